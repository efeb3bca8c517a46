//! Tokens in cookies: for browsers, out of reach of scripts, and of no use to another site's page.

use std::net::TcpListener;

use harness::http::{Headers, Request};
use serde_json::{Value, json};

use super::client::{Answer, Api, LOGIN, LOGOUT, ME, PASSWORD, REFRESH, REGISTER, anna};
use crate::house::{House, Size};

const CLIENT: (&str, &str) = ("x-florin-client", "web");

/// A browser of one user: keeps cookies, and shows them to no script.
struct Browser {
    api: Api,
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn new(api: &Api) -> Self {
        Self { api: api.clone(), cookies: Vec::new() }
    }

    fn header(&self) -> String {
        let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// Sends a document from a page of ours.
    async fn ask(&mut self, query: &str, variables: Value) -> Answer {
        let answer = self.api.graphql(query, variables, &[CLIENT, ("cookie", &self.header())]).await;
        self.take(&answer.headers);
        answer
    }

    /// Sends a document from another site's page, which can add no header of its own.
    async fn ask_from_elsewhere(&mut self, query: &str, variables: Value) -> Answer {
        let answer = self.api.graphql(query, variables, &[("cookie", &self.header())]).await;
        self.take(&answer.headers);
        answer
    }

    fn take(&mut self, headers: &Headers) {
        for line in headers.all("set-cookie") {
            let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            self.cookies.retain(|(known, _)| known != name);
            if !line.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

fn login(cookies: bool) -> Value {
    json!({ "input": { "email": "anna@example.org", "password": PASSWORD, "cookies": cookies } })
}

#[tokio::test]
async fn a_browser_lives_on_cookies() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let api = Api::of(&running);
    let mut browser = Browser::new(&api);
    let mut input = anna("anna@example.org");
    input["cookies"] = json!(true);
    let registered = browser.ask(REGISTER, json!({ "input": input })).await;
    let session = &registered.done()["register"];
    assert!(session["accessToken"].is_null() && session["refreshToken"].is_null(), "{session}");
    assert!(session["accessTokenExpiresAt"].is_string() && session["me"]["id"].is_string(), "{session}");
    let lines = registered.headers.all("set-cookie");
    for (line, (name, seconds)) in
        lines.iter().zip([("florin_access=fat_", 590..=600), ("florin_refresh=frt_", 2_591_990..=2_592_000)])
    {
        let attributes: Vec<&str> = line.split("; ").collect();
        let age = attributes[2].strip_prefix("Max-Age=").and_then(|age| age.parse().ok());
        assert!(attributes[0].starts_with(name) && age.is_some_and(|age: u32| seconds.contains(&age)), "{line}");
        // Not secure: the address is plain http, and a browser would drop it.
        assert_eq!((attributes[1], &attributes[3..]), ("Path=/graphql", ["HttpOnly", "SameSite=Strict"].as_slice()));
    }
    assert_eq!(lines.len(), 2);

    assert_eq!(browser.ask(ME, json!({})).await.done()["me"]["email"], "anna@example.org");
    let before = browser.header();
    let refreshed = browser.ask(REFRESH, json!({})).await;
    assert!(refreshed.done()["refreshSession"]["accessToken"].is_null());
    assert!(refreshed.done()["refreshSession"]["refreshToken"].is_null());
    assert_ne!(browser.header(), before);
    browser.ask(ME, json!({})).await.done();
    // The access token has run out, and its cookie with it: the other one still refreshes and signs out.
    browser.cookies.retain(|(name, _)| name == "florin_refresh");
    browser.ask(ME, json!({})).await.assert_refused(200, "UNAUTHENTICATED");
    browser.ask(REFRESH, json!({})).await.done();
    let kept = browser.cookies.clone();
    browser.cookies.retain(|(name, _)| name == "florin_refresh");
    let out = browser.ask(LOGOUT, json!({})).await;
    assert_eq!((&out.done()["logout"], browser.header().as_str()), (&json!(true), ""));
    for line in out.headers.all("set-cookie") {
        assert!(line.contains("=; Path=/graphql; Max-Age=0; HttpOnly; SameSite=Strict"), "{line}");
    }
    // What a thief kept is worth nothing.
    browser.cookies = kept;
    browser.ask(ME, json!({})).await.assert_refused(200, "UNAUTHENTICATED");
    browser.ask(REFRESH, json!({})).await.assert_refused(200, "UNAUTHENTICATED");
    house.stop(vec![running]).await;
}

#[tokio::test]
async fn another_sites_page_gains_nothing() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let api = Api::of(&running);
    api.register("anna@example.org").await;
    let mut browser = Browser::new(&api);
    // It can neither have cookies set …
    browser.ask_from_elsewhere(LOGIN, login(true)).await.assert_invalid("cookies");
    assert_eq!(browser.header(), "");
    browser.ask(LOGIN, login(true)).await.done();
    let cookies = browser.header();
    // … nor use those that are there, …
    for document in [ME, LOGOUT, REFRESH, "{ __typename }"] {
        browser.ask_from_elsewhere(document, json!({})).await.assert_refused(403, "CLIENT_HEADER_REQUIRED");
    }
    let query = Request::get("/graphql?query=%7Bme%7Bid%7D%7D").header("cookie", &cookies);
    assert_eq!(api.send(&query).await.status, 403);
    let blank = api.graphql(ME, json!({}), &[("cookie", &cookies), ("x-florin-client", " ")]).await;
    blank.assert_refused(403, "CLIENT_HEADER_REQUIRED");
    // … nor the one that refreshes, when it is alone.
    browser.cookies.retain(|(name, _)| name == "florin_refresh");
    for document in [REFRESH, LOGOUT] {
        browser.ask_from_elsewhere(document, json!({})).await.assert_refused(200, "UNAUTHENTICATED");
    }
    assert!(cookies.contains(&browser.header()), "nothing was rotated");
    browser.ask(REFRESH, json!({})).await.done();
    browser.ask(ME, json!({})).await.done();
    house.stop(vec![running]).await;
}

#[tokio::test]
async fn a_token_goes_before_a_cookie() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let api = Api::of(&running);
    api.register("anna@example.org").await;
    let berta = api.register("berta@example.org").await;
    let mut browser = Browser::new(&api);
    browser.ask(LOGIN, login(true)).await.done();
    let (cookies, bearer) = (browser.header(), format!("Bearer {}", berta.access));
    let answer = api.graphql(ME, json!({}), &[("cookie", &cookies), ("authorization", &bearer)]).await;
    assert_eq!(answer.done()["me"]["email"], "berta@example.org");
    // A token that is no good is not made up for by a cookie.
    let bad = api.graphql(ME, json!({}), &[CLIENT, ("cookie", &cookies), ("authorization", "Bearer bad")]).await;
    bad.assert_refused(401, "UNAUTHENTICATED");
    // Nor does a cookie that is no good get in the way of signing in.
    let stale = [CLIENT, ("cookie", "florin_access=fat_garbage; florin_refresh=frt_garbage")];
    api.graphql(LOGIN, login(false), &stale).await.done();
    house.stop(vec![running]).await;
}

#[tokio::test]
async fn cookies_are_secure_behind_https() {
    // The log names the public address only, so the port is taken beforehand, on an address that nobody else binds.
    let listen = TcpListener::bind("127.0.0.71:0").and_then(|free| free.local_addr()).expect("a free port").to_string();
    let house = House::new(Size::Embedded).await;
    let house = house.with("FLORIN_PUBLIC_URL", "https://florin.example").with("FLORIN_LISTEN", &listen);
    let running = house.serve().await;
    assert_eq!(House::address(&running), "https://florin.example");
    let mut browser = Browser::new(&Api::at(&format!("http://{listen}")));
    browser.api.register("anna@example.org").await;
    for (document, variables) in [(LOGIN, login(true)), (REFRESH, json!({})), (LOGOUT, json!({}))] {
        let answer = browser.ask(document, variables).await;
        answer.done();
        let lines = answer.headers.all("set-cookie");
        assert!(lines.len() == 2 && lines.iter().all(|line| line.ends_with("; Secure")), "{lines:?}");
    }
    house.stop(vec![running]).await;
}
