//! Errors of use cases as clients see them: a code, the field, when to come back; never SQL or paths.

use async_graphql::{Error, ErrorExtensionValues};

/// The GraphQL error of a use case's error. What is unexpected goes to the log, in the span of the request.
pub(crate) fn from_service(error: &service::Error) -> Error {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", error.code());
    let message = match error {
        service::Error::Invalid { field, .. } => {
            extensions.set("field", *field);
            error.to_string()
        }
        service::Error::Throttled { after } => {
            extensions.set("retryAfterSeconds", after.as_secs() + 1);
            error.to_string()
        }
        service::Error::Broken { reason } => {
            tracing::error!(%reason, "a use case broke");
            "internal error".to_owned()
        }
        service::Error::Fenced => {
            tracing::error!("a job's fence reached a client");
            "internal error".to_owned()
        }
        service::Error::Busy { reason } => {
            tracing::warn!(%reason, "busy");
            "busy, try again".to_owned()
        }
        _ => error.to_string(),
    };
    Error { message, source: None, extensions: Some(extensions) }
}
