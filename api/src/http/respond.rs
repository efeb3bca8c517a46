//! What goes back: the shape that HTTP answers and socket messages share, its codes and its status.

use std::collections::BTreeMap;

use async_graphql::{Response, ServerError, Value};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use serde::Serialize;

use super::{
    accept::Media,
    error::{Code, Refusal, shorten},
    request_id::RequestId,
};

/// A GraphQL answer with every error coded and named.
#[derive(Debug, Serialize)]
pub(super) struct Reply {
    /// Absent, not null, if execution never began.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ServerError>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: BTreeMap<String, Value>,
    /// Headers that resolvers set, such as cookies.
    #[serde(skip)]
    headers: HeaderMap,
    /// The status of a reply without data.
    #[serde(skip)]
    status: StatusCode,
}

impl Reply {
    /// A validation of 64 KiB can find thousands of faults; the first ones tell enough.
    const MOST_VALIDATION_ERRORS: usize = 20;

    pub(super) fn refused(refusal: Refusal, id: &RequestId) -> Self {
        let status = refusal.status;
        let mut headers = HeaderMap::new();
        if let Some(wait) = refusal.retry_after {
            let seconds = wait.as_millis().div_ceil(1_000);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)));
        }
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::METHOD_NOT_ALLOWED => {
                headers.insert(header::ALLOW, HeaderValue::from_static(refusal.allow));
            }
            _ => {}
        }
        let mut error = refusal.into_error();
        name(&mut error, id);
        Self { data: None, errors: vec![error], extensions: BTreeMap::new(), headers, status }
    }

    /// From what the schema answered. Errors without a path and without data come from its validation.
    pub(super) fn executed(response: Response, id: &RequestId) -> Self {
        let Response { data, extensions, mut errors, http_headers, .. } = response;
        let began = data != Value::Null || errors.is_empty() || errors.iter().any(|error| !error.path.is_empty());
        if began {
            for error in &mut errors {
                settle_field(error, id);
            }
        } else {
            errors.truncate(Self::MOST_VALIDATION_ERRORS);
            for error in &mut errors {
                settle_request(error, id);
            }
        }
        let status = errors.first().and_then(code_of).and_then(known).map_or(StatusCode::BAD_REQUEST, Code::status);
        Self { data: began.then_some(data), errors, extensions, headers: http_headers, status }
    }

    pub(super) fn began(&self) -> bool {
        self.data.is_some()
    }

    /// The code of the first error, or `OK`.
    pub(super) fn code(&self) -> &str {
        self.errors.first().map_or("OK", |error| code_of(error).unwrap_or("INTERNAL"))
    }

    pub(super) fn errors(&self) -> &[ServerError] {
        &self.errors
    }

    /// 200 for everything that was executed, with or without errors. What was not executed has its own
    /// status; only a document that does not parse or fit keeps 200 for `application/json`, whose
    /// clients take any other status for a failure of the transport.
    pub(super) fn status(&self, media: Media) -> StatusCode {
        let graphql = [Code::ParseFailed.as_str(), Code::ValidationFailed.as_str()];
        if self.began() || (media == Media::Json && graphql.contains(&self.code())) {
            StatusCode::OK
        } else {
            self.status
        }
    }

    pub(super) fn into_http(self, media: Media) -> axum::response::Response {
        let status = self.status(media);
        let body =
            serde_json::to_vec(&self).unwrap_or_else(|_| br#"{"errors":[{"message":"internal error"}]}"#.to_vec());
        let mut response = axum::response::Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        // Appended one by one: several cookies are several lines.
        let mut last = None;
        for (key, value) in self.headers {
            last = key.or(last);
            if let Some(key) = &last {
                headers.append(key, value);
            }
        }
        headers.insert(header::CONTENT_TYPE, media.content_type());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

fn known(code: &str) -> Option<Code> {
    Code::ALL.into_iter().find(|known| known.as_str() == code)
}

fn name(error: &mut ServerError, id: &RequestId) {
    error.extensions.get_or_insert_default().set("requestId", id.as_str());
}

fn set_code(error: &mut ServerError, code: Code) {
    error.extensions.get_or_insert_default().set("code", code.as_str());
}

/// Gives an error of the schema's validation its code. The library marks them by their words only.
fn settle_request(error: &mut ServerError, id: &RequestId) {
    const COSTLY: [&str; 4] = [
        "Query is too complex.",
        "Query is nested too deep.",
        "The recursion depth of the query",
        "The number of directives on the field",
    ];
    if code_of(error).is_none() {
        let costly = COSTLY.iter().any(|words| error.message.starts_with(words));
        set_code(error, if costly { Code::QueryTooCostly } else { Code::ValidationFailed });
    }
    error.message = shorten(&error.message).into_owned();
    name(error, id);
}

/// Gives an error of a field its code. One that carries none was not meant for clients: it may hold
/// SQL or paths, so it goes to the log, and the client learns only the name to look for there.
fn settle_field(error: &mut ServerError, id: &RequestId) {
    if code_of(error).is_none() {
        if is_argument_error(error) {
            set_code(error, Code::Invalid);
            error.message = shorten(&error.message).into_owned();
        } else {
            tracing::error!(request_id = %id, path = %path(error), error = %error.message, "a resolver failed unexpectedly");
            "internal error".clone_into(&mut error.message);
            error.source = None;
            error.extensions = None;
            set_code(error, Code::Internal);
        }
    }
    name(error, id);
}

/// Argument values are parsed by the library right before a resolver runs; a value that its scalar or
/// validator refuses yields one of these sentences, always without a source.
fn is_argument_error(error: &ServerError) -> bool {
    const ARGUMENT: [&str; 2] = ["Failed to parse \"", "Expected input type \""];
    error.source.is_none()
        && (ARGUMENT.iter().any(|words| error.message.starts_with(words))
            || (error.message.starts_with("Variable ") && error.message.ends_with(" is not defined.")))
}

fn path(error: &ServerError) -> String {
    let segments: Vec<String> = error
        .path
        .iter()
        .map(|segment| match segment {
            async_graphql::PathSegment::Field(name) => name.clone(),
            async_graphql::PathSegment::Index(index) => index.to_string(),
        })
        .collect();
    segments.join(".")
}
