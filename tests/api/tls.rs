//! TLS that the program ends by itself, with a certificate that only these tests trust: `tls/test-localhost.certificate.pem`, for
//! `localhost`, valid to 2126. Its key lies beside it and protects nothing.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    path::Path,
    sync::Arc,
    time::Duration,
};

use harness::http::{Client, Request};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::{Value, json};

use super::client::{REGISTER, anna};
use crate::house::{House, on_both_sizes};

/// The longest that a server may be silent.
const SILENCE: Duration = Duration::from_mins(1);

/// A file of the test's pair.
fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/tls").join(name);
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// A client that trusts the test's certificate, and no other.
fn client() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(file("test-localhost.certificate.pem")).expect("a certificate");
    roots.add(certificate).expect("a root");
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Sends a document over TLS to the server that calls itself localhost. Gives the lines of the head, and the body.
fn post(authority: &str, document: &str, variables: &Value, cookies: &str) -> (Vec<String>, Value) {
    let body = json!({ "query": document, "variables": variables }).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         x-florin-client: test\r\ncookie: {cookies}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let stream = TcpStream::connect(authority).expect("a connection");
    stream.set_read_timeout(Some(SILENCE)).expect("a time limit");
    let name = ServerName::try_from("localhost").expect("a name");
    let session = ClientConnection::new(Arc::new(client()), name).expect("a session");
    let mut stream = StreamOwned::new(session, stream);
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        // The body says whether anything is missing.
        Err(error) => assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{error}"),
    }
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}"));
    (head.lines().map(str::to_owned).collect(), serde_json::from_str(body).expect("JSON"))
}

async fn ask(authority: &str, document: &'static str, variables: Value, cookies: &str) -> (Vec<String>, Value) {
    let (authority, cookies) = (authority.to_owned(), cookies.to_owned());
    let asked = tokio::task::spawn_blocking(move || post(&authority, document, &variables, &cookies));
    let (head, body) = asked.await.expect("an answer");
    assert_eq!((head[0].as_str(), &body["errors"]), ("HTTP/1.1 200 OK", &Value::Null), "{body}");
    (head, body["data"].clone())
}

on_both_sizes! {
    async fn https_is_served_and_nothing_else_on_its_port(house: House) {
        let house = house
            .with("FLORIN_TLS_CERTIFICATE", &file("test-localhost.certificate.pem"))
            .with("FLORIN_TLS_KEY", &file("test-localhost.key.pem"));
        let running = house.serve().await;
        let address = House::address(&running);
        let authority = address.strip_prefix("https://").expect("an address of https");
        let mut input = anna("anna@example.org");
        input["cookies"] = json!(true);
        let (head, registered) = ask(authority, REGISTER, json!({ "input": input }), "").await;
        assert_eq!(registered["register"]["me"]["email"], "anna@example.org");
        // What a browser keeps it shows to no server without TLS.
        let cookies: Vec<&str> = head.iter().filter_map(|line| line.strip_prefix("set-cookie: ")).collect();
        assert!(!cookies.is_empty() && cookies.iter().all(|cookie| cookie.contains("; Secure")), "{head:?}");
        let cookies: Vec<&str> = cookies.iter().filter_map(|cookie| cookie.split(';').next()).collect();

        // The same port without TLS.
        let body = json!({ "query": "{ __typename }" }).to_string();
        let request = Request::post("/graphql", body).header("content-type", "application/json");
        let plain = Client::new(&format!("http://{authority}")).send(&request).await;
        assert!(plain.is_err(), "answered without TLS: {plain:?}");

        let (_, me) = ask(authority, "{ me { email } }", json!({}), &cookies.join("; ")).await;
        assert_eq!(me, json!({ "me": { "email": "anna@example.org" } }));
        house.end(vec![running]).await;
    }
}
