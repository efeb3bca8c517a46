//! For tests: a bank with a clock that stands still, and a client that has consented.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
    response::Response,
};
use serde_json::Value;
use tower::ServiceExt;
use url::Url;

use crate::{Options, bank::Bank, router};

/// 2026-11-21T12:00:00Z.
pub(crate) const NOW_MS: i64 = 1_795_262_400_000;
pub(crate) const REDIRECT: &str = "http://127.0.0.1:9/callback?a=b";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A bank whose clock only moves when it is told to.
pub(crate) struct House {
    pub(crate) router: Router,
    clock: Arc<AtomicI64>,
}

/// An answer: its status, headers and body.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body in memory");
        let body = String::from_utf8(bytes.to_vec()).expect("text");
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.body))
    }

    /// The pairs in the query of where it sends the browser.
    pub(crate) fn redirected(&self) -> HashMap<String, String> {
        assert_eq!(self.status, StatusCode::FOUND, "{}", self.body);
        let location = self.headers[header::LOCATION].to_str().expect("text");
        assert!(location.starts_with("http://127.0.0.1:9/callback?a=b&"), "{location}");
        Url::parse(location).expect("an address").query_pairs().into_owned().collect()
    }
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The parameters of an authorization request, some of them replaced.
pub(crate) fn asking<'a>(with: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let plain = [
        ("response_type", "code"),
        ("client_id", "florin"),
        ("redirect_uri", REDIRECT),
        ("scope", "accounts"),
        ("state", "a state & more"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("customer", "anna"),
        ("decision", "allow"),
    ];
    let kept = plain.into_iter().filter(|(name, _)| !with.iter().any(|(other, _)| other == name));
    kept.chain(with.iter().copied()).collect()
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with(Options::default(), NOW_MS)
    }

    pub(crate) fn with(options: Options, now_ms: i64) -> Self {
        let clock = Arc::new(AtomicI64::new(now_ms));
        let read = clock.clone();
        Self { router: router(options, Arc::new(move || read.load(Ordering::SeqCst))), clock }
    }

    pub(crate) fn pass_ms(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) async fn ask(&self, method: Method, uri: &str, head: &[(&str, &str)], body: String) -> Answer {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in head {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).expect("a request");
        Answer::of(self.router.clone().oneshot(request).await.expect("an answer")).await
    }

    pub(crate) async fn decide(&self, with: &[(&str, &str)]) -> Answer {
        self.ask(Method::POST, "/authorize/decision", &[], form(&asking(with))).await
    }

    pub(crate) async fn code(&self, customer: &str) -> String {
        self.decide(&[("customer", customer)]).await.redirected().remove("code").expect("a code")
    }

    pub(crate) async fn redeem(&self, code: &str, with: &[(&str, &str)]) -> Answer {
        let plain = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("client_id", "florin"),
            ("client_secret", "florin-sandbox"),
        ];
        let kept = plain.into_iter().filter(|(name, _)| !with.iter().any(|(other, _)| other == name));
        let pairs: Vec<_> = kept.chain(with.iter().copied()).collect();
        self.ask(Method::POST, "/token", &[], form(&pairs)).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        // HTTP Basic of florin:florin-sandbox.
        let head = [("authorization", "Basic ZmxvcmluOmZsb3Jpbi1zYW5kYm94")];
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.ask(Method::POST, "/token", &head, form(&pairs)).await
    }

    /// The tokens of a customer who has just consented.
    pub(crate) async fn tokens(&self, customer: &str) -> Value {
        let answer = self.redeem(&self.code(customer).await, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    pub(crate) async fn access(&self, customer: &str) -> String {
        text(&self.tokens(customer).await["access_token"])
    }

    pub(crate) async fn get(&self, resource: &str, token: &str) -> Answer {
        let uri = format!("/open-banking/v4.0/aisp/{resource}");
        self.ask(Method::GET, &uri, &[("authorization", &format!("Bearer {token}"))], String::new()).await
    }

    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Answer {
        let head = [("content-type", "application/json")];
        self.ask(method, &format!("/control/{path}"), &head, body.to_string()).await
    }
}

/// A bank without HTTP, at a moment.
pub(crate) fn bank(now_ms: i64) -> Bank {
    Bank::new(Options::default(), Arc::new(move || now_ms))
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}
