//! What the bank answers when it refuses, in the shape of OBIE's error response.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// A refusal: a status, a code (OBIE's, such as U002) and a sentence.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// A field that is not what it should be.
    pub(crate) fn field(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "U002", message)
    }

    /// Something that is not there.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "U011", message)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let reason = self.status.canonical_reason().unwrap_or("").replace(' ', "");
        let body = json!({
            "Code": format!("{} {reason}", self.status.as_u16()),
            "Message": self.message,
            "Errors": [{"ErrorCode": self.code, "Message": self.message}],
        });
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
