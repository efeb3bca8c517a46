//! Which of the two media types a client wants its answer in.

use axum::http::{HeaderMap, HeaderValue, header};

use super::error::{Code, Refusal};

/// A media type of answers. They differ in the status of requests that never began to execute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: such a request has status 400.
    Response,
    /// `application/json`: it has status 200, as clients from before the specification expect.
    Json,
}

impl Media {
    pub(super) const fn content_type(self) -> HeaderValue {
        match self {
            Self::Response => HeaderValue::from_static("application/graphql-response+json; charset=utf-8"),
            Self::Json => HeaderValue::from_static("application/json; charset=utf-8"),
        }
    }
}

struct Range<'a> {
    kind: &'a str,
    quality: f32,
    position: usize,
}

/// The best media type both sides know. No `Accept` header, `*/*` and `application/*` mean JSON.
pub(super) fn negotiate(headers: &HeaderMap) -> Result<Media, Refusal> {
    let lines: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let ranges: Vec<Range<'_>> = lines
        .iter()
        .flat_map(|line| line.split(','))
        .enumerate()
        .filter_map(|(position, text)| range(text, position))
        .collect();
    if !headers.contains_key(header::ACCEPT) || lines.iter().all(|line| line.trim().is_empty()) {
        return Ok(Media::Json);
    }
    let json = preference(&ranges, "application/json");
    let response = preference(&ranges, "application/graphql-response+json");
    match (json, response) {
        (None, None) => {
            Err(Code::NotAcceptable
                .refuse("answers are application/graphql-response+json or application/json, in utf-8"))
        }
        (Some(_), None) => Ok(Media::Json),
        (None, Some(_)) => Ok(Media::Response),
        (Some((json, json_at)), Some((response, response_at))) => {
            // The same wildcard matches both at the same place: then JSON, which everybody can read.
            if response > json || (response >= json && response_at < json_at) {
                Ok(Media::Response)
            } else {
                Ok(Media::Json)
            }
        }
    }
}

/// Quality and place of the most specific range that covers the media type; `None` if it is unwanted.
fn preference(ranges: &[Range<'_>], media: &str) -> Option<(f32, usize)> {
    [media, "application/*", "*/*"]
        .iter()
        .find_map(|kind| ranges.iter().find(|range| range.kind.eq_ignore_ascii_case(kind)))
        .filter(|range| range.quality > 0.0)
        .map(|range| (range.quality, range.position))
}

fn range(text: &str, position: usize) -> Option<Range<'_>> {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().filter(|kind| !kind.is_empty())?;
    let mut quality = 1.0;
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim().trim_matches('"');
        match name.trim() {
            name if name.eq_ignore_ascii_case("q") => quality = value.parse().unwrap_or(0.0),
            // We write utf-8 only; a range for another character set does not cover our answers.
            name if name.eq_ignore_ascii_case("charset") && !is_utf8(value) => return None,
            _ => {}
        }
    }
    Some(Range { kind, quality, position })
}

pub(super) fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negotiated(accept: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        negotiate(&headers).ok()
    }

    #[test]
    fn the_client_chooses() {
        let cases = [
            ("application/graphql-response+json", Some(Media::Response)),
            ("application/json", Some(Media::Json)),
            ("Application/JSON; charset=UTF-8", Some(Media::Json)),
            ("*/*", Some(Media::Json)),
            ("application/*", Some(Media::Json)),
            ("", Some(Media::Json)),
            ("application/graphql-response+json, application/json;q=0.9", Some(Media::Response)),
            ("application/json, application/graphql-response+json", Some(Media::Json)),
            ("application/json;q=0.5, application/graphql-response+json", Some(Media::Response)),
            ("application/graphql-response+json;charset=utf-8,*/*;q=0.1", Some(Media::Response)),
            ("*/*, application/json;q=0", Some(Media::Response)),
            ("application/json; charset=iso-8859-1", None),
            ("application/json;q=0", None),
            ("text/html", None),
            ("text/html, */*;q=0.8", Some(Media::Json)),
            (",,;", None),
        ];
        for (accept, expected) in cases {
            assert_eq!(negotiated(accept), expected, "{accept}");
        }
    }

    #[test]
    fn no_header_means_json() {
        assert_eq!(negotiate(&HeaderMap::new()).ok(), Some(Media::Json));
    }

    #[test]
    fn several_lines_are_one_list() {
        let mut headers = HeaderMap::new();
        headers.append(header::ACCEPT, "text/html".parse().unwrap());
        headers.append(header::ACCEPT, "application/graphql-response+json".parse().unwrap());
        assert_eq!(negotiate(&headers).ok(), Some(Media::Response));
    }
}
