//! The layer as its clients meet it, over a small schema and a door that knows one token and one cookie.

use std::{io::Read, time::Duration};

use async_graphql::{Context, EmptySubscription, Error, ErrorExtensions, Object, Result, Schema, Subscription};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
    routing::get,
};
use futures::{Stream, stream};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use super::*;

#[derive(Clone)]
struct Door;

impl Authenticate for Door {
    type Caller = &'static str;

    async fn by_headers(&self, credentials: Credentials<'_>) -> Result<Option<&'static str>, Refusal> {
        let text = |name| credentials.headers.get(name).and_then(|value| value.to_str().ok());
        match (text(header::AUTHORIZATION), text(header::COOKIE)) {
            (Some("Bearer good"), _) => Ok(Some("bearer")),
            (Some(_), _) => Err(Code::Unauthenticated.refuse("the token is not good")),
            (None, Some(_)) if credentials.cookie_counts => Ok(Some("cookie")),
            (None, Some(_)) => Err(Code::ClientHeaderRequired.refuse("send X-Florin-Client")),
            (None, None) => Ok(None),
        }
    }

    async fn by_init(
        &self,
        _: &Map<String, Value>,
        credentials: Credentials<'_>,
    ) -> Result<Option<&'static str>, Refusal> {
        self.by_headers(credentials).await
    }

    async fn ended(&self, _: &&'static str) {
        std::future::pending::<()>().await;
    }
}

struct Query;

#[Object]
impl Query {
    async fn who(&self, ctx: &Context<'_>) -> String {
        let info = ctx.data_unchecked::<RequestInfo>();
        format!("{} {} {}", ctx.data_opt::<&'static str>().unwrap_or(&"nobody"), info.id, info.client)
    }
    async fn boom(&self) -> i32 {
        assert!(std::hint::black_box(false), "a secret");
        0
    }
    async fn broken(&self) -> Result<Option<i32>> {
        Err(Error::new("SELECT secret FROM vault"))
    }
    async fn missing(&self) -> Result<i32> {
        Err(Error::new("no such account").extend_with(|_, e| e.set("code", "NOT_FOUND")))
    }
    async fn short(&self, #[graphql(validator(max_length = 3))] text: String) -> String {
        text
    }
    async fn sleep(&self) -> i32 {
        std::future::pending().await
    }
    async fn query(&self) -> Self {
        Self
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn login(&self, ctx: &Context<'_>) -> bool {
        ctx.append_http_header(header::SET_COOKIE, "a=1");
        ctx.append_http_header(header::SET_COOKIE, "b=2");
        true
    }
    async fn keep(&self, ctx: &Context<'_>, file: Option<Upload>, files: Option<Vec<Upload>>) -> Result<Vec<String>> {
        let uploads = file.into_iter().chain(files.into_iter().flatten());
        uploads
            .map(|upload| {
                let (file, mut text) = (upload.file(ctx)?, String::new());
                file.open()?.read_to_string(&mut text)?;
                Ok(format!("{}={text}", file.name))
            })
            .collect()
    }
}

struct Events;

#[Subscription]
impl Events {
    async fn count(&self) -> impl Stream<Item = i32> {
        stream::iter(0..3)
    }
}

fn app() -> Router {
    let schema = Schema::build(Query, Mutation, Events).limit_depth(5).limit_complexity(50).finish();
    let mut options =
        Options { execution_timeout: Duration::from_millis(50), body_bytes: 10_000, ..Options::default() };
    options.upload.file_bytes = 100;
    options.upload.files = 2;
    let mut hooks = Hooks::new(|| "made".to_owned());
    hooks.metrics = std::sync::Arc::new(|| "up 1\n".to_owned());
    hooks.ready = std::sync::Arc::new(|| Box::pin(async { Err(vec!["DATABASE".to_owned()]) }));
    let more = Router::new().route("/panic", get(async || assert!(std::hint::black_box(false))));
    router(schema, Door, options, hooks, more)
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or("OK")
    }
}

async fn send(request: Request<Body>) -> Answer {
    let response = app().oneshot(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into());
    Answer { status, headers, body }
}

const RESPONSE: &str = "application/graphql-response+json";

async fn post(accept: &str, query: &str) -> Answer {
    post_as(&[("accept", accept)], query).await
}

async fn post_as(headers: &[(&str, &str)], query: &str) -> Answer {
    let mut request = Request::post("/graphql").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request.body(json!({ "query": query }).to_string().into()).unwrap()).await
}

async fn fetch(path: &str) -> Answer {
    send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn data_comes_with_status_200() {
    for accept in [RESPONSE, "application/json"] {
        let answer = post(accept, "{ who }").await;
        assert_eq!((answer.status, &answer.body), (200, &json!({ "data": { "who": "nobody made 0.0.0.0" } })));
        assert_eq!(answer.headers["content-type"], format!("{accept}; charset=utf-8"));
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn what_is_not_executed_has_its_own_status_and_no_data() {
    let wide = format!(
        "mutation {{ {} }}",
        ('a'..='u').map(|alias| [alias.into(), ": login ".to_owned()].concat()).collect::<String>()
    );
    for (query, code, with_json) in [
        ("{", "GRAPHQL_PARSE_FAILED", 200),
        ("{ nobody }", "GRAPHQL_VALIDATION_FAILED", 200),
        ("{ short(text: 1) }", "GRAPHQL_VALIDATION_FAILED", 200),
        ("subscription { count }", "GRAPHQL_VALIDATION_FAILED", 200),
        ("{ query { query { query { query { query { who } } } } } }", "QUERY_TOO_COSTLY", 400),
        (wide.as_str(), "QUERY_TOO_COSTLY", 400),
    ] {
        for (accept, status) in [(RESPONSE, 400), ("application/json", with_json)] {
            let answer = post(accept, query).await;
            assert_eq!((answer.status, answer.code()), (status, code), "{query}");
            assert!(answer.body.get("data").is_none(), "{query}");
            assert_eq!(answer.body["errors"][0]["extensions"]["requestId"], "made");
        }
    }
}

#[tokio::test]
async fn a_field_that_fails_keeps_status_200() {
    for (query, code, message) in [
        ("{ broken }", "INTERNAL", "internal error"),
        ("{ missing }", "NOT_FOUND", "no such account"),
        ("{ short(text: \"long\") }", "INVALID", "Failed to parse"),
    ] {
        let answer = post(RESPONSE, query).await;
        assert_eq!((answer.status, answer.code()), (200, code));
        let error = &answer.body["errors"][0];
        assert!(error["message"].as_str().unwrap().starts_with(message), "{error}");
        assert_eq!(error["extensions"]["requestId"], "made");
        assert!(error["path"].is_array() && answer.body["data"].is_null());
        assert!(!answer.body.to_string().contains("SELECT"));
    }
}

#[tokio::test]
async fn neither_a_panic_nor_an_endless_resolver_stays_unanswered() {
    let answer = post("application/json", "{ boom }").await;
    assert_eq!((answer.status, answer.code()), (500, "INTERNAL"));
    assert!(!answer.body.to_string().contains("secret"));
    let answer = post("application/json", "{ sleep }").await;
    assert_eq!((answer.status, answer.code()), (503, "TIMEOUT"));
    let answer = fetch("/panic").await;
    assert_eq!((answer.status, answer.code()), (500, "INTERNAL"));
    assert_eq!(answer.headers["x-request-id"], "made");
}

#[tokio::test]
async fn only_queries_come_by_get() {
    assert_eq!(fetch("/graphql?query=%7Bwho%7D").await.status, 200);
    let answer = fetch("/graphql?query=mutation%7Blogin%7D").await;
    assert_eq!((answer.status, answer.code()), (405, "METHOD_NOT_ALLOWED"));
    assert_eq!(answer.headers["allow"], "POST");
    let answer = send(Request::delete("/graphql").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, &answer.headers["allow"]), (405, &"GET, POST".parse().unwrap()));
}

#[tokio::test]
async fn bodies_that_are_no_requests() {
    let body = |kind: &str, text: String| Request::post("/graphql").header("content-type", kind).body(Body::from(text));
    for (kind, text, status, code) in [
        ("application/json", "[{\"query\":\"{who}\"}]".to_owned(), 400, "BAD_REQUEST"),
        ("application/json", "{}".to_owned(), 400, "BAD_REQUEST"),
        ("application/json; charset=latin1", "{}".to_owned(), 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("text/plain", "{}".to_owned(), 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("application/json", " ".repeat(10_001), 413, "PAYLOAD_TOO_LARGE"),
    ] {
        let answer = send(body(kind, text).unwrap()).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{kind}");
    }
    let answer = post("text/html", "{ who }").await;
    assert_eq!((answer.status, answer.code()), (406, "NOT_ACCEPTABLE"));
    assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
}

#[tokio::test]
async fn callers_are_known_by_token_or_by_cookie_with_the_header() {
    let who = async |headers: &[(&str, &str)]| {
        let answer = post_as(headers, "{ who }").await;
        (answer.status, answer.body["data"]["who"].as_str().map_or(answer.code().to_owned(), ToString::to_string))
    };
    assert_eq!(who(&[("authorization", "Bearer good")]).await, (200, "bearer made 0.0.0.0".to_owned()));
    assert_eq!(who(&[("authorization", "Bearer bad")]).await, (401, "UNAUTHENTICATED".to_owned()));
    assert_eq!(who(&[("cookie", "a=b")]).await, (403, "CLIENT_HEADER_REQUIRED".to_owned()));
    assert_eq!(who(&[("cookie", "a=b"), ("x-florin-client", " ")]).await.0, 403);
    assert_eq!(who(&[("cookie", "a=b"), ("x-florin-client", "web")]).await.0, 200);
    let answer = post_as(&[("authorization", "Bearer bad")], "{ who }").await;
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn resolvers_set_cookies() {
    let answer = post(RESPONSE, "mutation { login }").await;
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
}

#[tokio::test]
async fn every_response_is_named_and_strict() {
    for path in ["/graphql?query=%7Bwho%7D", "/nowhere", "/health/live", "/graphiql", "/graphiql/nothing"] {
        let request = Request::get(path).header("x-request-id", "mine-1").body(Body::empty()).unwrap();
        let answer = send(request).await;
        assert_eq!(answer.headers["x-request-id"], "mine-1", "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
    }
}

#[tokio::test]
async fn health_and_metrics() {
    assert_eq!(fetch("/health/live").await.body, json!({ "status": "live" }));
    let ready = fetch("/health/ready").await;
    assert_eq!((ready.status, ready.body), (503, json!({ "status": "unready", "reasons": ["DATABASE"] })));
    let metrics = fetch("/metrics").await;
    assert_eq!(metrics.body, json!("up 1\n"));
    assert_eq!(metrics.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
}

#[tokio::test]
async fn pages_are_kept_by_browsers() {
    let page = fetch("/graphiql").await;
    let text = page.body.as_str().unwrap();
    let start = text.find("/graphiql/start.js?v=").unwrap();
    let path = text[start..].split('"').next().unwrap();
    let asset = fetch(path).await;
    assert!(asset.headers["cache-control"].to_str().unwrap().contains("immutable"));
    assert_eq!(fetch("/graphiql/start.js").await.headers["cache-control"], "no-cache");
    let again = Request::get(path).header("if-none-match", asset.headers["etag"].clone()).body(Body::empty()).unwrap();
    assert_eq!(send(again).await.status, 304);
    let packed = fetch("/graphiql/react.min.js").await;
    assert_eq!((packed.status, &packed.headers["content-encoding"]), (200, &"gzip".parse().unwrap()));
}

#[tokio::test]
async fn a_schema_without_subscriptions_serves_too() {
    let schema = Schema::new(Query, Mutation, EmptySubscription);
    let app = router(
        schema,
        Door,
        Options { graphiql: false, ..Options::default() },
        Hooks::new(|| "x".to_owned()),
        Router::new(),
    );
    let response = app.oneshot(Request::get("/graphiql").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

/// A part of a form and its text; a name with `@` is a file.
type Part<'a> = (&'a str, &'a str);

async fn form(headers: &[(&str, &str)], parts: &[Part<'_>]) -> Answer {
    let mut body = String::new();
    for (name, text) in parts {
        let file = name.strip_suffix('@').map_or(String::new(), |name| format!("; filename=\"dir/{name}.csv\""));
        let name = name.trim_end_matches('@');
        let head = format!("content-disposition: form-data; name=\"{name}\"{file}");
        body = [&body, "--B\r\n", &head, "\r\n\r\n", text, "\r\n"].concat();
    }
    body += "--B--\r\n";
    let mut request = Request::post("/graphql").header("content-type", "multipart/form-data; boundary=B");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request.body(body.into()).unwrap()).await
}

const SIGNED: [(&str, &str); 2] = [("authorization", "Bearer good"), ("x-florin-client", "test")];
const ONE: (&str, &str) =
    ("operations", r#"{"query":"mutation($f: Upload!) { keep(file: $f) }","variables":{"f":null}}"#);
const TWO: (&str, &str) =
    ("operations", r#"{"query":"mutation($f: [Upload!]!) { keep(files: $f) }","variables":{"f":[null,null]}}"#);

#[tokio::test]
async fn files_reach_their_resolver() {
    let answer = form(&SIGNED, &[ONE, ("map", r#"{"0":["variables.f"]}"#), ("0@", "hello")]).await;
    assert_eq!(answer.body, json!({ "data": { "keep": ["0.csv=hello"] } }));
    // Any order, and one file in two places.
    let map = ("map", r#"{"b":["variables.f.0"],"a":["variables.f.1"]}"#);
    let answer = form(&SIGNED, &[TWO, map, ("b@", "B"), ("a@", "A")]).await;
    assert_eq!(answer.body, json!({ "data": { "keep": ["b.csv=B", "a.csv=A"] } }));
    let map = ("map", r#"{"x":["variables.f.0","variables.f.1"]}"#);
    let answer = form(&SIGNED, &[TWO, map, ("x@", "X")]).await;
    assert_eq!(answer.body, json!({ "data": { "keep": ["x.csv=X", "x.csv=X"] } }));
}

#[tokio::test]
async fn forms_need_the_header_and_a_caller() {
    let parts = [ONE, ("map", r#"{"0":["variables.f"]}"#), ("0@", "hello")];
    let answer = form(&SIGNED[..1], &parts).await;
    assert_eq!((answer.status, answer.code()), (403, "CLIENT_HEADER_REQUIRED"));
    let answer = form(&SIGNED[1..], &parts).await;
    assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
}

#[tokio::test]
async fn forms_are_bounded_and_checked() {
    let map = ("map", r#"{"0":["variables.f"]}"#);
    let long = "x".repeat(101);
    let cases: [(&[Part<'_>], u16, &str); 12] = [
        (&[ONE, map, ("0@", &long)], 413, "PAYLOAD_TOO_LARGE"),
        (&[ONE, ("map", r#"{"0":[],"1":[],"2":[]}"#)], 413, "PAYLOAD_TOO_LARGE"),
        (&[ONE, map], 400, "BAD_REQUEST"),
        (&[ONE, map, ("1@", "a")], 400, "BAD_REQUEST"),
        (&[ONE, map, ("0@", "a"), ("0@", "b")], 400, "BAD_REQUEST"),
        (&[map, ONE, ("0@", "a")], 400, "BAD_REQUEST"),
        (&[ONE, ("0@", "a")], 400, "BAD_REQUEST"),
        (&[ONE, ("map", r#"{"0":["variables.g"]}"#), ("0@", "a")], 400, "BAD_REQUEST"),
        (&[ONE, ("map", r#"{"0":["operationName"]}"#), ("0@", "a")], 400, "BAD_REQUEST"),
        (&[ONE, ("map", "[]"), ("0@", "a")], 400, "BAD_REQUEST"),
        (&[("operations", "[]"), map, ("0@", "a")], 400, "BAD_REQUEST"),
        (&[("operations", r#"{"query":"{ who }"}"#), ("map", "{}")], 200, "OK"),
    ];
    for (parts, status, code) in cases {
        let answer = form(&SIGNED, parts).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{parts:?} {}", answer.body);
    }
}

#[tokio::test]
async fn no_file_can_be_claimed_without_sending_it() {
    for value in ["0", "#__graphql_file__:0", "#__graphql_file__:x"] {
        let query = format!("mutation {{ keep(file: \"{value}\") }}");
        assert_eq!(post(RESPONSE, &query).await.code(), "GRAPHQL_VALIDATION_FAILED");
    }
}
