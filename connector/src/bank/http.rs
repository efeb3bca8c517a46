//! One request, one bounded answer. Redirects are not followed: where a request goes, and with it a token, is decided here alone.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{
    Request, Response, StatusCode,
    header::{ACCEPT, DATE, HeaderMap, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use url::Url;

use super::{Defect, Failure, Outage, Secret};

/// Of a refusal no more than this is read, for the sake of its code.
const REFUSAL_BYTES: usize = 64 * 1024;
/// The longest that a bank may make us wait by itself.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// How much patience and how much room a bank gets.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// For a connection, TLS included.
    pub connect_timeout: Duration,
    /// For the whole of a request: from the connection to the last byte of the answer.
    pub request_timeout: Duration,
    /// The longest answer that is read, counted after decompression.
    pub answer_limit_bytes: usize,
}

/// The HTTP client could not be made: the options or the TLS of this installation are at fault.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for banks cannot be made")]
pub struct NoClient(#[from] reqwest::Error);

/// What a bank answered: success with its whole body, or a refusal with as much of it as is worth reading.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    answer_limit_bytes: usize,
}

impl Http {
    pub(crate) fn new(options: &Options) -> Result<Self, NoClient> {
        // No proxy from the environment: where tokens travel is a setting, or nothing.
        let client = reqwest::Client::builder()
            .connect_timeout(options.connect_timeout)
            .timeout(options.request_timeout)
            .redirect(Policy::none())
            .no_proxy()
            .user_agent(concat!("florin/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, answer_limit_bytes: options.answer_limit_bytes })
    }

    /// Gets a resource with a bearer token.
    pub(super) async fn get(&self, url: Url, token: &Secret) -> Result<Answer, Failure> {
        let bearer = HeaderValue::try_from(format!("Bearer {}", token.expose()));
        let mut bearer = bearer.map_err(|_| Failure::Malformed { what: Defect::NoToken })?;
        bearer.set_sensitive(true);
        let mut request = Request::new(reqwest::Method::GET, url);
        request.headers_mut().insert(reqwest::header::AUTHORIZATION, bearer);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        self.send(request).await
    }

    /// Gets what anybody may have.
    pub(crate) async fn get_public(&self, url: Url) -> Result<Answer, Failure> {
        self.send(Request::new(reqwest::Method::GET, url)).await
    }

    /// Sends a request. What every bank means in the same way is a failure already; other refusals are for the dialect to read.
    pub(super) async fn send(&self, request: Request) -> Result<Answer, Failure> {
        let response = self.client.execute(request).await.map_err(|error| outage(&error))?;
        let status = response.status();
        match status.as_u16() {
            200..300 => Ok(Answer { status, body: body(response, self.answer_limit_bytes).await? }),
            300..400 => Err(Failure::Unavailable { reason: Outage::Redirected(status.as_u16()) }),
            429 => Err(Failure::RateLimited { retry_after: retry_after(response.headers()) }),
            408 | 500.. => Err(Failure::Unavailable { reason: Outage::Status(status.as_u16()) }),
            // The status has said what matters: a body that cannot be had takes only the code along.
            _ => Ok(Answer { status, body: body(response, REFUSAL_BYTES).await.unwrap_or_default() }),
        }
    }
}

/// The body, read piece by piece so that no more than the limit and one piece is ever held.
async fn body(mut response: Response, limit_bytes: usize) -> Result<Bytes, Failure> {
    let too_large = Failure::Malformed { what: Defect::TooLarge { limit_bytes } };
    let announced = response.content_length().unwrap_or_default();
    let announced = usize::try_from(announced).unwrap_or(usize::MAX);
    if announced > limit_bytes {
        return Err(too_large);
    }
    let mut whole = BytesMut::with_capacity(announced);
    while let Some(piece) = response.chunk().await.map_err(|error| outage(&error))? {
        if piece.len() > limit_bytes - whole.len() {
            return Err(too_large);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// What an error of the way means. The error itself is not kept: it names the URL.
fn outage(error: &reqwest::Error) -> Failure {
    let reason = if error.is_timeout() {
        Outage::TimedOut
    } else if error.is_connect() {
        Outage::NoConnection
    } else {
        Outage::CutOff
    };
    Failure::Unavailable { reason }
}

/// `Retry-After` (RFC 9110, 10.2.3): seconds, or a date. A date is taken relative to the answer's own `Date`, so that a bank whose
/// clock is wrong is wrong twice in the same direction.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::trim);
    let asked = text(RETRY_AFTER)?;
    let wait = if asked.bytes().all(|byte| byte.is_ascii_digit()) && !asked.is_empty() {
        Duration::from_secs(asked.parse().unwrap_or(u64::MAX))
    } else {
        let until = httpdate::parse_http_date(asked).ok()?;
        let now = httpdate::parse_http_date(text(DATE)?).ok()?;
        until.duration_since(now).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_in_both_forms_and_bounded() {
        let now = "Sat, 21 Nov 2026 10:00:00 GMT";
        for (asked, date, seconds) in [
            ("0", None, Some(0)),
            ("120", None, Some(120)),
            (" 7 ", None, Some(7)),
            ("86401", None, Some(86_400)),
            ("99999999999999999999999", None, Some(86_400)),
            ("Sat, 21 Nov 2026 10:02:00 GMT", Some(now), Some(120)),
            ("Saturday, 21-Nov-26 10:02:00 GMT", Some(now), Some(120)),
            ("Sat, 21 Nov 2026 09:00:00 GMT", Some(now), Some(0)),
            ("Thu, 21 Nov 2126 10:00:00 GMT", Some(now), Some(86_400)),
            ("Sat, 21 Nov 2026 10:02:00 GMT", None, None),
            ("Sat, 21 Nov 2026 10:02:00 GMT", Some("today"), None),
            ("-1", Some(now), None),
            ("1.5", Some(now), None),
            ("", Some(now), None),
            ("soon", Some(now), None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(asked));
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_static(date));
            }
            assert_eq!(retry_after(&headers), seconds.map(Duration::from_secs), "{asked} {date:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
