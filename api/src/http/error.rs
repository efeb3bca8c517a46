//! Why a request is not served: the codes of this layer, and the refusal that carries one.

use std::{borrow::Cow, time::Duration};

use async_graphql::{ErrorExtensionValues, Pos, ServerError};
use axum::http::StatusCode;

/// Every code that the HTTP and socket layer itself puts into `extensions.code`.
/// Resolvers add codes of their own (see `service::Error`); those pass through unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "`meaning` says it, for the documentation too")]
pub enum Code {
    BadRequest,
    ParseFailed,
    ValidationFailed,
    QueryTooCostly,
    Invalid,
    Unauthenticated,
    ClientHeaderRequired,
    OriginNotAllowed,
    MethodNotAllowed,
    NotAcceptable,
    RequestTimeout,
    PayloadTooLarge,
    UnsupportedMediaType,
    TooManyOperations,
    Internal,
    Busy,
    Timeout,
}

impl Code {
    /// All of them, so that a test can hold the documentation against the list.
    pub const ALL: [Self; 17] = [
        Self::BadRequest,
        Self::ParseFailed,
        Self::ValidationFailed,
        Self::QueryTooCostly,
        Self::Invalid,
        Self::Unauthenticated,
        Self::ClientHeaderRequired,
        Self::OriginNotAllowed,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::RequestTimeout,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::TooManyOperations,
        Self::Internal,
        Self::Busy,
        Self::Timeout,
    ];

    /// What clients see; never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::QueryTooCostly => "QUERY_TOO_COSTLY",
            Self::Invalid => "INVALID",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::ClientHeaderRequired => "CLIENT_HEADER_REQUIRED",
            Self::OriginNotAllowed => "ORIGIN_NOT_ALLOWED",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::NotAcceptable => "NOT_ACCEPTABLE",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::TooManyOperations => "TOO_MANY_OPERATIONS",
            Self::Internal => "INTERNAL",
            Self::Busy => "BUSY",
            Self::Timeout => "TIMEOUT",
        }
    }

    /// The status of a response that holds nothing but this error.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest | Self::ParseFailed | Self::ValidationFailed | Self::QueryTooCostly | Self::Invalid => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::ClientHeaderRequired | Self::OriginNotAllowed => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyOperations => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy | Self::Timeout => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// One sentence for the documentation.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::BadRequest => {
                "The request is not a GraphQL request: no JSON, no query, a parameter of the wrong type, a batch."
            }
            Self::ParseFailed => "The document is not GraphQL.",
            Self::ValidationFailed => "The document or its variables do not fit the schema.",
            Self::QueryTooCostly => "The document is too long, too deep, too wide or too complex.",
            Self::Invalid => "An argument's value was refused.",
            Self::Unauthenticated => "Nobody is signed in, or the token is no longer good.",
            Self::ClientHeaderRequired => "The request needs the header X-Florin-Client.",
            Self::OriginNotAllowed => "A page of another site tried to open a socket.",
            Self::MethodNotAllowed => "The method is not served here, or a mutation came by GET.",
            Self::NotAcceptable => "The client accepts no media type that is served.",
            Self::RequestTimeout => "The request's body came too slowly.",
            Self::PayloadTooLarge => "The body, a file or the number of files is above the limit.",
            Self::UnsupportedMediaType => "The body's content type or character set is not served.",
            Self::TooManyOperations => "The socket already runs as many operations as it may.",
            Self::Internal => "Something is broken on our side; quote the request id.",
            Self::Busy => "There is no room right now; try again.",
            Self::Timeout => {
                "The operation took too long. A mutation may have happened: repeat it with its idempotency key."
            }
        }
    }

    /// A refusal with this code.
    pub fn refuse(self, message: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal::new(self.status(), self.as_str(), message)
    }
}

/// A request that is not carried out, and what its sender is told.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The status of the response over HTTP.
    pub status: StatusCode,
    /// Becomes `extensions.code`.
    pub code: &'static str,
    /// A sentence for people; clients decide by the code.
    pub message: Cow<'static, str>,
    /// Becomes the header `Retry-After`, in whole seconds, rounded up.
    pub retry_after: Option<Duration>,
    /// Where in the document the fault is.
    pub locations: Vec<Pos>,
    /// The methods that are served, if this one is not.
    pub(super) allow: &'static str,
}

impl Refusal {
    /// With a code of one's own; most have a [`Code`] and use [`Code::refuse`].
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), retry_after: None, locations: Vec::new(), allow: "GET, POST" }
    }

    /// Tells the client when to come back.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Says where in the document the fault is.
    #[must_use]
    pub fn at(mut self, locations: Vec<Pos>) -> Self {
        self.locations = locations;
        self
    }

    /// The refusal as a GraphQL error.
    pub(super) fn into_error(self) -> ServerError {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code);
        let mut error = ServerError::new(self.message, None);
        error.locations = self.locations;
        error.extensions = Some(extensions);
        error
    }
}

/// Messages quote what the client sent; nobody needs 64 KiB of it back.
pub(super) fn shorten(message: &str) -> Cow<'_, str> {
    const LONGEST_MESSAGE: usize = 300;
    match message.char_indices().nth(LONGEST_MESSAGE) {
        None => Cow::Borrowed(message),
        Some((end, _)) => Cow::Owned(format!("{}…", &message[..end])),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_listed_once_and_spelled_alike() {
        let names: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.as_str().chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{code:?}");
            assert!(code.status().as_u16() >= 400);
            assert!(code.meaning().ends_with('.'));
        }
    }

    #[test]
    fn every_code_is_documented_with_its_status_and_meaning() {
        let documents = include_str!("../../../docs/ERRORS.md");
        for code in Code::ALL {
            let row = format!("| `{}` | {} | {} |", code.as_str(), code.status().as_u16(), code.meaning());
            assert!(documents.contains(&row), "docs/ERRORS.md lacks: {row}");
        }
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        assert_eq!(shorten("short"), "short");
        let cut = shorten(&"é".repeat(1000)).into_owned();
        assert_eq!(cut.chars().count(), 301);
    }
}
