//! The name of a request in answers, logs and bug reports.

use std::{fmt, sync::Arc};

use axum::http::{HeaderMap, HeaderValue};

/// The header that carries it, both ways.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

const LONGEST: usize = 64;

/// Up to 64 characters of `A-Z a-z 0-9 _ -`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// `None` if the text is not fit to stand in headers and logs.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let sane = !text.is_empty()
            && text.len() <= LONGEST
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        sane.then(|| Self(text.into()))
    }

    /// The incoming one if it is sane, so that a chain of services shares one name; else a new one.
    pub(super) fn take_or_make(headers: &HeaderMap, make: impl FnOnce() -> String) -> Self {
        headers
            .get(REQUEST_ID_HEADER)
            .and_then(|value| value.to_str().ok())
            .and_then(Self::parse)
            .unwrap_or_else(|| Self::make(make))
    }

    pub(super) fn make(make: impl FnOnce() -> String) -> Self {
        Self::parse(&make()).unwrap_or_else(|| Self("unnamed".into()))
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn header_value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or(HeaderValue::from_static("unnamed"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(incoming: Option<&'static str>) -> String {
        let mut headers = HeaderMap::new();
        if let Some(text) = incoming {
            headers.insert(REQUEST_ID_HEADER, HeaderValue::from_static(text));
        }
        RequestId::take_or_make(&headers, || "made".to_owned()).to_string()
    }

    #[test]
    fn only_sane_names_are_taken() {
        assert_eq!(taken(Some("a-Z_09")), "a-Z_09");
        assert_eq!(taken(None), "made");
        assert_eq!(taken(Some("")), "made");
        assert_eq!(taken(Some("two words")), "made");
        assert_eq!(taken(Some("a\"b")), "made");
        assert!(RequestId::parse(&"x".repeat(64)).is_some());
        assert!(RequestId::parse(&"x".repeat(65)).is_none());
    }

    #[test]
    fn a_broken_generator_breaks_nothing() {
        assert_eq!(RequestId::make(|| "\n".to_owned()).as_str(), "unnamed");
    }
}
