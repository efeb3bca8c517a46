//! From the bytes of a request to a GraphQL request: bodies, query strings, content types.

use std::{borrow::Cow, collections::HashMap, time::Duration};

use async_graphql::{Request, Value, Variables};
use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::Query,
    http::{HeaderMap, Uri, header},
};
use futures::StreamExt;
use serde::Deserialize;

use super::{
    accept::is_utf8,
    error::{Code, Refusal, shorten},
};

/// The parameters of a request, as the specification names them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a GraphQL request: an object with `query`")]
pub(super) struct Parameters {
    query: String,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Variables,
    #[serde(default)]
    extensions: Option<HashMap<String, Value>>,
}

impl Parameters {
    pub(super) fn into_request(self) -> Request {
        let mut request = Request::new(self.query).variables(self.variables);
        request.operation_name = self.operation_name;
        request.extensions.0 = self.extensions.unwrap_or_default();
        request
    }
}

/// What a body holds, as its `Content-Type` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    Json,
    Multipart,
}

pub(super) fn content(headers: &HeaderMap) -> Result<Content, Refusal> {
    let refuse =
        || Code::UnsupportedMediaType.refuse("send application/json in utf-8, or multipart/form-data with files");
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).ok_or_else(refuse)?;
    let (kind, parameters) = text.split_once(';').unwrap_or((text, ""));
    let kind = kind.trim();
    if kind.eq_ignore_ascii_case("multipart/form-data") {
        return Ok(Content::Multipart);
    }
    let foreign_charset = parameters
        .split(';')
        .filter_map(|part| part.split_once('='))
        .any(|(name, value)| name.trim().eq_ignore_ascii_case("charset") && !is_utf8(value.trim().trim_matches('"')));
    if kind.eq_ignore_ascii_case("application/json") && !foreign_charset { Ok(Content::Json) } else { Err(refuse()) }
}

/// The request of a JSON body.
pub(super) fn from_json(body: &[u8]) -> Result<Request, Refusal> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Code::BadRequest.refuse("batches are not served; send one request at a time"));
    }
    serde_json::from_slice::<Parameters>(body)
        .map(Parameters::into_request)
        .map_err(|error| Code::BadRequest.refuse(described("the body is not a GraphQL request", &error)))
}

/// The request of a query string; `variables` and `extensions` are JSON texts.
pub(super) fn from_query_string(uri: &Uri) -> Result<Request, Refusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Texts {
        query: String,
        operation_name: Option<String>,
        variables: Option<String>,
        extensions: Option<String>,
    }
    fn parse<T: Default + for<'de> Deserialize<'de>>(name: &str, text: Option<&str>) -> Result<T, Refusal> {
        match text {
            None | Some("") => Ok(T::default()),
            Some(text) => serde_json::from_str(text)
                .map_err(|error| Code::BadRequest.refuse(described(&format!("`{name}` is not a JSON object"), &error))),
        }
    }
    let Query(texts) = Query::<Texts>::try_from_uri(uri).map_err(|rejection| {
        let text = rejection.body_text();
        Code::BadRequest.refuse(format!("the query string is not a GraphQL request: {}", shorten(&text)))
    })?;
    let parameters = Parameters {
        query: texts.query,
        operation_name: texts.operation_name,
        variables: parse("variables", texts.variables.as_deref())?,
        extensions: parse("extensions", texts.extensions.as_deref())?,
    };
    Ok(parameters.into_request())
}

fn described(what: &str, error: &serde_json::Error) -> Cow<'static, str> {
    Cow::Owned(format!("{what}: {}", shorten(&error.to_string())))
}

/// The whole body, if it is short enough and comes in time.
pub(super) async fn read(headers: &HeaderMap, body: Body, limit: usize, wait: Duration) -> Result<Bytes, Refusal> {
    let too_large = || Code::PayloadTooLarge.refuse(format!("the body is longer than {limit} bytes"));
    let mut chunks = body.into_data_stream();
    if announced(headers).is_some_and(|length| length > limit as u64) {
        discard(headers, chunks);
        return Err(too_large());
    }
    let collect = async {
        let mut whole = Vec::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Code::BadRequest.refuse("the body broke off"))?;
            if whole.len() + chunk.len() > limit {
                return Err(too_large());
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(Bytes::from(whole))
    };
    let read = tokio::time::timeout(wait, collect)
        .await
        .unwrap_or_else(|_| Err(Code::RequestTimeout.refuse("the body came too slowly")));
    if read.is_err() {
        discard(headers, chunks);
    }
    read
}

/// The length a request announces.
pub(super) fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads on, beside the answer, what a refused client is still sending. Closing the connection under
/// its hands would make its operating system throw our answer away before the client has read it.
pub(super) fn discard(headers: &HeaderMap, mut chunks: BodyDataStream) {
    const MOST_BYTES: usize = 128 << 20;
    const LONGEST: Duration = Duration::from_secs(10);
    // Such a client sends nothing before it is told to.
    if headers.contains_key(header::EXPECT) {
        return;
    }
    tokio::spawn(tokio::time::timeout(LONGEST, async move {
        let mut left = MOST_BYTES;
        while let Some(Ok(chunk)) = chunks.next().await {
            left = left.saturating_sub(chunk.len());
            if left == 0 {
                break;
            }
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> Refusal {
        from_json(body.as_bytes()).expect_err(body)
    }

    #[test]
    fn a_json_body_is_decoded() {
        let body =
            r#"{"query":"{a}","operationName":"q","variables":{"x":[1,{"y":null}]},"extensions":{"k":1},"more":0}"#;
        let request = from_json(body.as_bytes()).unwrap();
        assert_eq!(request.query, "{a}");
        assert_eq!(request.operation_name.as_deref(), Some("q"));
        assert_eq!(request.variables.to_string(), "{x: [1, {y: null}]}");
        assert_eq!(request.extensions.len(), 1);
        let nulls = r#"{"query":"{a}","operationName":null,"variables":null,"extensions":null}"#;
        assert!(from_json(nulls.as_bytes()).unwrap().operation_name.is_none());
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for body in [
            "",
            "{",
            "null",
            "1",
            "{}",
            r#"{"query":null}"#,
            r#"{"query":1}"#,
            r#"{"query":["a"]}"#,
            r#"{"query":"{a}","operationName":1}"#,
            r#"{"query":"{a}","variables":"x"}"#,
            r#"{"query":"{a}","variables":[1]}"#,
            r#"{"query":"{a}","extensions":"x"}"#,
            r#"{"query":"{a}","query":"{b}"}"#,
            " [{\"query\":\"{a}\"}]",
            "[]",
        ] {
            let refusal = refused(body);
            assert_eq!((refusal.status.as_u16(), refusal.code), (400, "BAD_REQUEST"), "{body}");
        }
        assert_eq!(from_json(b"{\"query\":\"\xff\"}").unwrap_err().code, "BAD_REQUEST");
        assert!(refused("[]").message.contains("batches"));
        let long = format!(r#"{{"query":"{{a}}","variables":"{}"}}"#, "x".repeat(9_999));
        assert!(refused(&long).message.len() < 500);
    }

    #[test]
    fn deep_variables_do_not_overflow_the_stack() {
        let deep =
            format!(r#"{{"query":"{{a}}","variables":{{"x":{}1{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(refused(&deep).code, "BAD_REQUEST");
    }

    #[test]
    fn a_query_string_is_decoded() {
        let uri: Uri = "/graphql?query=%7Ba%7D&variables=%7B%22x%22%3A1%7D&operationName=q".parse().unwrap();
        let request = from_query_string(&uri).unwrap();
        assert_eq!(request.query, "{a}");
        assert_eq!(request.variables.to_string(), "{x: 1}");
        for uri in [
            "/graphql",
            "/graphql?query=a&query=b",
            "/graphql?query=a&variables=%5B1%5D",
            "/graphql?query=a&extensions=1",
        ] {
            assert_eq!(from_query_string(&uri.parse().unwrap()).unwrap_err().code, "BAD_REQUEST", "{uri}");
        }
    }

    #[test]
    fn content_types() {
        let of = |text: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(text) = text {
                headers.insert(header::CONTENT_TYPE, text.parse().unwrap());
            }
            content(&headers).ok()
        };
        assert_eq!(of(Some("application/json")), Some(Content::Json));
        assert_eq!(of(Some("Application/Json;charset=\"UTF-8\"")), Some(Content::Json));
        assert_eq!(of(Some("multipart/form-data; boundary=x")), Some(Content::Multipart));
        for other in [
            None,
            Some("application/json; charset=latin1"),
            Some("text/plain"),
            Some("application/graphql"),
            Some("application/jsonx"),
        ] {
            assert_eq!(of(other), None, "{other:?}");
        }
    }

    #[tokio::test]
    async fn bodies_are_bounded_in_length_and_time() {
        let none = HeaderMap::new();
        let second = Duration::from_secs(1);
        assert_eq!(read(&none, Body::from("12345"), 5, second).await.unwrap(), "12345");
        assert_eq!(read(&none, Body::from("123456"), 5, second).await.unwrap_err().code, "PAYLOAD_TOO_LARGE");
        let mut announcing = HeaderMap::new();
        announcing.insert(header::CONTENT_LENGTH, 6.into());
        assert_eq!(read(&announcing, Body::empty(), 5, second).await.unwrap_err().code, "PAYLOAD_TOO_LARGE");
        let never = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let moment = Duration::from_millis(5);
        assert_eq!(read(&none, never, 5, moment).await.unwrap_err().code, "REQUEST_TIMEOUT");
    }
}
