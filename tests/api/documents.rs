//! Documents and bodies that are not carried out: each has its status and its code.

use std::time::{Duration, Instant};

use harness::http::Request;
use serde_json::{Value, json};

use super::client::{Answer, Api, written};
use crate::house::{House, Size};

/// The largest body of the house, and a byte more.
const TOO_LARGE: usize = (1 << 20) + 1;

/// Fields in fields, so many levels.
fn deep(levels: usize) -> String {
    format!("{{ __type(name: \"Query\") {}{{ name }}{} }}", "{ ofType ".repeat(levels), " }".repeat(levels))
}

#[tokio::test]
async fn a_costly_document_is_refused_before_it_runs() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let api = Api::of(&running);
    let doubling = written(40, |n| format!("fragment F{n} on Query {{ ...F{0} ...F{0} }} ", n + 1));
    for (what, document) in [
        ("depth of the schema", deep(20)),
        ("depth of the document", deep(60)),
        ("depth of the parser", deep(5_000)),
        ("depth of a value", format!("{{ __type(name: {}{}) {{ name }} }}", "[".repeat(5_000), "]".repeat(5_000))),
        ("fields", format!("{{ {} }}", written(2_001, |n| format!("a{n}: __typename ")))),
        ("fields in lists", format!("{{ __schema {{ types {{ {} }} }} }}", written(2_001, |n| format!("a{n}: name ")))),
        (
            "fragments",
            format!("{{ __typename }} {}", written(101, |n| format!("fragment F{n} on Query {{ __typename }} "))),
        ),
        ("fragments in fragments", format!("{{ ...F0 }} {doubling} fragment F40 on Query {{ __typename }}")),
        ("directives", format!("{{ __typename {} }}", "@skip(if: false) ".repeat(5))),
        ("root fields of a mutation", format!("mutation {{ {} }}", written(21, |n| format!("a{n}: logout ")))),
        ("length", format!("{{ __typename }} #{}", "x".repeat(64 << 10))),
        (
            "variables",
            format!("query($x: String!) {{ {} }}", written(100, |n| format!("a{n}: __type(name: $x) {{ name }} "))),
        ),
    ] {
        let variables = json!({ "x": "x".repeat(800_000) });
        let start = Instant::now();
        let answer = api.ask(&document, if what == "variables" { variables } else { json!({}) }).await;
        let expected = if what.ends_with("value") || what.ends_with("parser") {
            "GRAPHQL_PARSE_FAILED"
        } else {
            "QUERY_TOO_COSTLY"
        };
        assert_eq!((answer.status, answer.codes()), (400, vec![expected]), "{what}: {:?}", answer.errors);
        assert!(start.elapsed() < Duration::from_secs(5), "{what}: {:?}", start.elapsed());
    }
    api.ask("{ __typename }", json!({})).await.done();
    house.stop(vec![running]).await;
}

#[tokio::test]
async fn a_document_that_does_not_fit_is_refused() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let api = Api::of(&running);
    for (document, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ __typename \0 }", "GRAPHQL_PARSE_FAILED"),
        ("{ ledgers { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ me }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($x: String!) { __type(name: $x) { name } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...F } fragment F on Query { ...F }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...Nobody }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { householdChanged { cursor } }", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        let answer = api.ask(document, json!({})).await;
        assert_eq!((answer.status, answer.codes().first()), (400, Some(&code)), "{document:?}: {answer:?}");
    }
    house.stop(vec![running]).await;
}

#[tokio::test]
async fn a_body_that_is_no_request_is_refused() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let api = Api::of(&running);
    let json = |body: &str| Request::post("/graphql", body).header("content-type", "application/json");
    let nested =
        format!(r#"{{"query":"{{__typename}}","variables":{{"x":{}1{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let long = format!(r#"{{"query":"{{__typename}}","extensions":{{"x":"{}"}}}}"#, "x".repeat(TOO_LARGE));
    for (what, request, status, code) in [
        ("no JSON", json("{"), 400, "BAD_REQUEST"),
        ("nothing", json(""), 400, "BAD_REQUEST"),
        ("no object", json("\"{ __typename }\""), 400, "BAD_REQUEST"),
        ("a batch", json(r#"[{"query":"{__typename}"}]"#), 400, "BAD_REQUEST"),
        ("no query", json(r#"{"variables":{}}"#), 400, "BAD_REQUEST"),
        ("a query that is no text", json(r#"{"query":["{__typename}"]}"#), 400, "BAD_REQUEST"),
        ("variables that are no object", json(r#"{"query":"{__typename}","variables":[1]}"#), 400, "BAD_REQUEST"),
        ("deep variables", json(&nested), 400, "BAD_REQUEST"),
        (
            "no UTF-8",
            Request::post("/graphql", b"{\"query\":\"\xe4\"}".as_slice()).header("content-type", "application/json"),
            400,
            "BAD_REQUEST",
        ),
        ("too long", json(&long), 413, "PAYLOAD_TOO_LARGE"),
        (
            "another type",
            Request::post("/graphql", "{__typename}").header("content-type", "application/graphql"),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "a form",
            Request::post("/graphql", "query={__typename}").header("content-type", "application/x-www-form-urlencoded"),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        ("no type", Request::post("/graphql", "{}"), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (
            "another charset",
            Request::post("/graphql", "{}").header("content-type", "application/json; charset=utf-16"),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "an answer that is not served",
            json(r#"{"query":"{__typename}"}"#).header("accept", "text/html"),
            406,
            "NOT_ACCEPTABLE",
        ),
    ] {
        let answer = Answer::read(&api.send(&request).await);
        assert_eq!((answer.status, answer.codes(), &answer.data), (status, vec![code], &Value::Null), "{what}");
    }
    house.stop(vec![running]).await;
}

#[tokio::test]
async fn a_hundred_megabytes_are_refused_unread() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let api = Api::of(&running);
    // The lists and the program itself were there before.
    let most = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", running.pid())).expect("a running process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a Linux process says its peak");
        line.trim().strip_suffix(" kB").and_then(|most| most.parse::<u32>().ok()).expect("a number of kilobytes")
    };
    let before = most();
    let json = |body: Vec<u8>| Request::post("/graphql", body).header("content-type", "application/json");
    // Announced: the answer does not wait for them.
    let announced = json(Vec::new()).header("content-length", "104857600");
    // Not announced: as soon as there is a byte too much.
    let chunk = [b"100001\r\n".as_slice(), &vec![b' '; TOO_LARGE], b"\r\n"].concat();
    let chunked = json(chunk).header("transfer-encoding", "chunked");
    // Announced, and sent.
    let sent = json(vec![b' '; 100 << 20]);
    for request in [announced, chunked, sent] {
        let answer = Answer::read(&api.send(&request).await);
        assert_eq!((answer.status, answer.codes()), (413, vec!["PAYLOAD_TOO_LARGE"]));
    }
    let more = most() - before;
    assert!(more < 50 << 10, "kept in memory: {more} kB more");
    house.stop(vec![running]).await;
}

#[tokio::test]
async fn what_changes_something_comes_by_post() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let api = Api::of(&running);
    let anna = api.register("anna@example.org").await;
    let bearer = format!("Bearer {}", anna.access);
    let get = async |query: &str| {
        api.send(&Request::get(&format!("/graphql?query={query}")).header("authorization", &bearer)).await
    };
    let refused = get("mutation%7Blogout%7D").await;
    assert_eq!((refused.status, refused.headers.get("allow")), (405, Some("POST")));
    assert_eq!(Answer::read(&refused).codes(), ["METHOD_NOT_ALLOWED"]);
    let answer = Answer::read(&get("%7Bme%7Bid%7D%7D").await);
    assert_eq!(answer.done()["me"]["id"], anna.person, "nobody was signed out");
    house.stop(vec![running]).await;
}
