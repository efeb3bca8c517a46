//! Calls to a bank that answers well, badly, too much, and not at all.

use std::time::Duration;

use serde_json::json;

use super::{
    testing::{Script, Server, answer, good, gzip, gzip_of_zeros, head},
    *,
};

/// What must not be seen: it stands in every token, code, verifier, and in what banks say beside their codes.
const MARKER: &str = "MARKER";
const MEGABYTE: usize = 1024 * 1024;
const LIMIT_BYTES: usize = 16 * MEGABYTE;
const NOW_MS: i64 = 1_795_219_200_000;

fn bank_with_patience(request_timeout: Duration) -> Bank {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let connect_timeout = Duration::from_secs(10);
    Bank::new(&Options { connect_timeout, request_timeout, answer_limit_bytes: LIMIT_BYTES }).expect("a client")
}

fn bank() -> Bank {
    bank_with_patience(Duration::from_secs(30))
}

fn provider(server: &Server) -> Provider {
    Provider::new(server.url(), "florin", Some(Secret::new("MARKER-secret"))).expect("a base URL")
}

fn tokens() -> Tokens {
    let refresh = Some(Secret::new("MARKER-refresh"));
    Tokens { access: Secret::new("MARKER-access"), refresh, expires_at_ms: Some(NOW_MS) }
}

fn verifier() -> Verifier {
    Verifier::from_random([7; 32])
}

fn currencies() -> Currencies {
    [("giro".to_owned(), domain::currency::Currency::from_code("EUR").expect("euro"))].into()
}

/// A page with one line.
fn page(cursor: &str, has_more: bool) -> String {
    json!({
        "Data": {"Transaction": [{
            "AccountId": "giro", "TransactionId": "t-1", "CreditDebitIndicator": "Debit", "Status": "BOOK",
            "BookingDateTime": "2026-11-21T10:00:00+01:00", "TransactionInformation": "MARKER shop",
            "Amount": {"Amount": "18.50", "Currency": "EUR"},
        }]},
        "Meta": {"Cursor": cursor, "HasMore": has_more},
    })
    .to_string()
}

/// Asks a bank that plays one script for transactions.
async fn page_of(script: Script, cursor: Option<&str>) -> (Result<Page, Failure>, Vec<String>) {
    let server = Server::start(vec![script]).await;
    let page = bank().transactions(&provider(&server), &tokens(), &currencies(), cursor, 500).await;
    (page, server.requests())
}

async fn failure_of(script: Script) -> Failure {
    let (page, requests) = page_of(script, None).await;
    assert_eq!(requests.len(), 1, "asked once");
    page.expect_err("a failure")
}

async fn exchange(script: Script) -> (Result<Tokens, Failure>, Vec<String>) {
    let server = Server::start(vec![script]).await;
    let redirect_uri = "https://florin.example/back".parse().expect("a URL");
    let tokens = bank().exchange(&provider(&server), &redirect_uri, "MARKER-code", &verifier(), NOW_MS).await;
    (tokens, server.requests())
}

async fn refresh(script: Script) -> (Result<Tokens, Failure>, Vec<String>) {
    let server = Server::start(vec![script]).await;
    let tokens = bank().refresh(&provider(&server), &tokens(), NOW_MS).await;
    (tokens, server.requests())
}

/// The fields of a form that was posted.
fn form(request: &str) -> Vec<(String, String)> {
    let (_, body) = request.split_once("\r\n\r\n").expect("a body");
    let mut fields: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    fields.sort();
    fields
}

fn fields(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_code_is_exchanged_for_tokens() {
    let body = json!({"access_token": "a-1", "token_type": "bearer", "expires_in": 300, "refresh_token": "r-1", "scope": "accounts"});
    let (tokens, requests) = exchange(good(body.to_string())).await;
    let tokens = tokens.expect("tokens");
    assert_eq!((tokens.access.expose(), tokens.refresh.as_ref().map(Secret::expose)), ("a-1", Some("r-1")));
    assert_eq!(tokens.expires_at_ms, Some(NOW_MS + 300_000));
    assert!(tokens.good_at(NOW_MS + 299_999) && !tokens.good_at(NOW_MS + 300_000));
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert!(request.starts_with("POST /token HTTP/1.1\r\n"), "{request}");
    // "florin:MARKER-secret"
    assert!(request.contains("authorization: Basic ZmxvcmluOk1BUktFUi1zZWNyZXQ=\r\n"), "{request}");
    assert_eq!(
        form(request),
        fields(&[
            ("code", "MARKER-code"),
            ("code_verifier", verifier().expose()),
            ("grant_type", "authorization_code"),
            ("redirect_uri", "https://florin.example/back"),
        ])
    );
}

#[tokio::test]
async fn tokens_are_refreshed_and_the_old_refresh_token_stays_if_there_is_no_new_one() {
    let rotated = json!({"access_token": "a-2", "token_type": "Bearer", "expires_in": 300, "refresh_token": "r-2"});
    let (tokens, requests) = refresh(good(rotated.to_string())).await;
    assert_eq!(tokens.expect("tokens").refresh.as_ref().map(Secret::expose), Some("r-2"));
    assert_eq!(form(&requests[0]), fields(&[("grant_type", "refresh_token"), ("refresh_token", "MARKER-refresh")]));
    let (tokens, _) = refresh(good(json!({"access_token": "a-2", "token_type": "Bearer"}).to_string())).await;
    let tokens = tokens.expect("tokens");
    assert_eq!(tokens.refresh.as_ref().map(Secret::expose), Some("MARKER-refresh"));
    assert_eq!((tokens.expires_at_ms, tokens.good_at(i64::MAX)), (None, true));
    let endless = json!({"access_token": "a-2", "token_type": "Bearer", "expires_in": u64::MAX});
    let (tokens, _) = refresh(good(endless.to_string())).await;
    assert_eq!(tokens.expect("tokens").expires_at_ms, Some(i64::MAX));
}

#[tokio::test]
async fn without_a_refresh_token_nobody_is_asked() {
    let server = Server::start(vec![]).await;
    let tokens = Tokens { refresh: None, ..tokens() };
    let outcome = bank().refresh(&provider(&server), &tokens, NOW_MS).await;
    assert_eq!(outcome, Err(Failure::SignInNeeded { why: SignIn::NoRefreshToken }));
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn a_public_client_names_itself_in_the_form() {
    let server = Server::start(vec![good(json!({"access_token": "a", "token_type": "Bearer"}).to_string())]).await;
    let public = Provider::new(server.url(), "florin", None).expect("a base URL");
    bank().refresh(&public, &tokens(), NOW_MS).await.expect("tokens");
    let requests = server.requests();
    assert!(!requests[0].contains("authorization:"), "{requests:?}");
    assert!(form(&requests[0]).contains(&("client_id".to_owned(), "florin".to_owned())));
}

#[tokio::test]
async fn refusals_of_the_token_endpoint_say_what_to_do() {
    let refused = |status, code: Option<&str>| Failure::Refused { status, code: code.map(str::to_owned) };
    for (status, body, expected) in [
        (
            400,
            r#"{"error": "invalid_grant", "error_description": "MARKER"}"#,
            Failure::SignInNeeded { why: SignIn::GrantEnded },
        ),
        (401, r#"{"error": "invalid_client"}"#, refused(401, Some("invalid_client"))),
        (400, r#"{"error": "invalid_request"}"#, refused(400, Some("invalid_request"))),
        (400, r#"{"error": "temporarily_unavailable"}"#, Failure::Unavailable { reason: Outage::Status(400) }),
        (400, r#"{"error": "MARKER"}"#, refused(400, None)),
        (403, "<html>MARKER</html>", refused(403, None)),
        (400, "", refused(400, None)),
        (500, "MARKER", Failure::Unavailable { reason: Outage::Status(500) }),
        (302, "MARKER", Failure::Unavailable { reason: Outage::Redirected(302) }),
        (429, "MARKER", Failure::RateLimited { retry_after: None }),
        (200, "MARKER", Failure::Malformed { what: Defect::NoToken }),
        (200, "", Failure::Malformed { what: Defect::NoToken }),
        (200, r#"{"token_type": "Bearer"}"#, Failure::Malformed { what: Defect::NoToken }),
        (200, r#"{"access_token": "", "token_type": "Bearer"}"#, Failure::Malformed { what: Defect::NoToken }),
        (200, r#"{"access_token": "MARKER", "token_type": "mac"}"#, Failure::Malformed { what: Defect::NoToken }),
        (200, r#"{"access_token": "MARKER\n", "token_type": "Bearer"}"#, Failure::Malformed { what: Defect::NoToken }),
    ] {
        for (outcome, requests) in [exchange(answer(status, &[], body)).await, refresh(answer(status, &[], body)).await]
        {
            assert_eq!(outcome, Err(expected.clone()), "{status} {body}");
            assert_eq!(requests.len(), 1);
        }
    }
}

#[tokio::test]
async fn a_page_is_asked_for_by_cursor_and_kept_as_it_came() {
    let body = page("c/2", true);
    let (page, requests) = page_of(good(&body), Some("c&1=")).await;
    let page = page.expect("a page");
    assert_eq!(page.raw, body.as_bytes());
    assert_eq!(obie::decode_page(&page.raw, &currencies()), Ok(page.entries.clone()));
    assert_eq!((page.entries.lines.len(), &*page.entries.cursor, page.entries.has_more), (1, "c/2", true));
    let request = &requests[0];
    let line = "GET /open-banking/v4.0/aisp/transactions?cursor=c%261%3D&limit=500 HTTP/1.1\r\n";
    assert!(request.starts_with(line), "{request}");
    assert!(request.contains("authorization: Bearer MARKER-access\r\n"), "{request}");
    assert!(request.contains("user-agent: florin/"), "{request}");
}

#[tokio::test]
async fn the_limit_is_kept_within_what_banks_take() {
    for (limit, line) in [(0, "/transactions?limit=1 "), (9_999, "/transactions?limit=1000 ")] {
        let server = Server::start(vec![good(page("c", false))]).await;
        bank().transactions(&provider(&server), &tokens(), &currencies(), None, limit).await.expect("a page");
        assert!(server.requests()[0].contains(line), "{limit}");
    }
}

#[tokio::test]
async fn a_feed_that_stands_still_is_refused() {
    let (page_that_stands, _) = page_of(good(page("c-1", true)), Some("c-1")).await;
    assert_eq!(page_that_stands, Err(Failure::Malformed { what: Defect::CursorStands }));
    let (page_at_the_end, _) = page_of(good(page("c-1", false)), Some("c-1")).await;
    assert_eq!(page_at_the_end.map(|page| page.entries.has_more), Ok(false));
}

#[tokio::test]
async fn accounts_and_balances_are_asked_for() {
    let accounts = json!({"Data": {"Account": [{"AccountId": "giro", "Currency": "EUR", "AccountTypeCode": "CACC"}]}});
    let balances = json!({"Data": {"Balance": [{"AccountId": "giro", "Type": "ITBD", "CreditDebitIndicator": "Debit",
        "Amount": {"Amount": "1.00", "Currency": "EUR"}}]}});
    let server = Server::start(vec![good(accounts.to_string()), good(balances.to_string())]).await;
    let listed = bank().accounts(&provider(&server), &tokens()).await.expect("accounts");
    assert_eq!(listed.rows.iter().map(|account| &*account.source_id).collect::<Vec<_>>(), ["giro"]);
    let listed = bank().balances(&provider(&server), &tokens(), &currencies()).await.expect("balances");
    assert_eq!(listed.rows.iter().map(|balance| balance.money.minor).collect::<Vec<_>>(), [-100]);
    let lines: Vec<String> =
        server.requests().iter().filter_map(|request| request.lines().next().map(str::to_owned)).collect();
    assert_eq!(
        lines,
        ["GET /open-banking/v4.0/aisp/accounts HTTP/1.1", "GET /open-banking/v4.0/aisp/balances HTTP/1.1"]
    );
}

#[tokio::test]
async fn refusals_of_resources_say_what_to_do() {
    let bad_cursor = r#"{"Errors": [{"ErrorCode": "U002", "Message": "MARKER"}]}"#;
    let other = r#"{"Errors": [{"ErrorCode": "U005", "Message": "MARKER"}]}"#;
    let refused = |status, code: Option<&str>| Failure::Refused { status, code: code.map(str::to_owned) };
    for (status, headers, body, expected) in [
        (400, None, bad_cursor, Failure::CursorRefused),
        (400, None, other, refused(400, Some("U005"))),
        (404, None, bad_cursor, refused(404, Some("U002"))),
        (404, None, "MARKER", refused(404, None)),
        (401, None, other, Failure::SignInNeeded { why: SignIn::TokenRefused }),
        (403, None, other, Failure::SignInNeeded { why: SignIn::ConsentEnded }),
        (408, None, "MARKER", Failure::Unavailable { reason: Outage::Status(408) }),
        (500, None, other, Failure::Unavailable { reason: Outage::Status(500) }),
        (503, None, "MARKER", Failure::Unavailable { reason: Outage::Status(503) }),
        (429, None, other, Failure::RateLimited { retry_after: None }),
        (429, Some(("retry-after", "17")), other, Failure::RateLimited { retry_after: Some(Duration::from_secs(17)) }),
        (204, None, "", Failure::Malformed { what: Defect::NotJson }),
    ] {
        let headers: Vec<_> = headers.into_iter().collect();
        let (page, _) = page_of(answer(status, &headers, body), Some("c-1")).await;
        assert_eq!(page, Err(expected), "{status} {body}");
    }
    // Without a cursor nothing can be wrong with it.
    assert_eq!(failure_of(answer(400, &[], bad_cursor)).await, refused(400, Some("U002")));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Server::start(vec![good(page("c", false))]).await;
        let location = elsewhere.url().join("/stolen?token=MARKER").expect("a URL").to_string();
        let failure = failure_of(answer(status, &[("location", &location)], "")).await;
        assert_eq!(failure, Failure::Unavailable { reason: Outage::Redirected(status) });
        assert_eq!(elsewhere.requests(), [""; 0]);
    }
}

#[tokio::test]
async fn answers_that_are_cut_off_are_known_as_such() {
    let body = page("c", false);
    let half = body.as_bytes().split_at(body.len() / 2).0;
    let cut = |headers: &[(&str, &str)], body: &[u8]| Script::Send([head(200, headers), body.to_vec()].concat());
    let length = body.len().to_string();
    let piece = [format!("{:x}\r\n", half.len()).as_bytes(), half, b"\r\n"].concat();
    let packed = gzip(body.as_bytes());
    let packed_half = &packed[..packed.len() / 2];
    let packed_length = packed_half.len().to_string();
    for script in [
        cut(&[("content-length", &length)], half),
        cut(&[("transfer-encoding", "chunked")], &piece),
        // Complete as HTTP, and still only half of what was packed.
        cut(&[("content-encoding", "gzip"), ("content-length", &packed_length)], packed_half),
        Script::Send(b"HTTP/1.1 200 O".to_vec()),
        Script::Send(Vec::new()),
    ] {
        assert_eq!(failure_of(script).await, Failure::Unavailable { reason: Outage::CutOff });
    }
    // Of a refusal the status is enough.
    let refusal = Script::Send([head(400, &[("content-length", "100")]), b"{".to_vec()].concat());
    assert_eq!(failure_of(refusal).await, Failure::Refused { status: 400, code: None });
}

#[tokio::test]
async fn a_bank_that_hangs_is_left() {
    for started in [Vec::new(), head(200, &[("content-length", "100")])] {
        let server = Server::start(vec![Script::Hang(started)]).await;
        let hasty = bank_with_patience(Duration::from_millis(200));
        let page = hasty.transactions(&provider(&server), &tokens(), &currencies(), None, 500).await;
        assert_eq!(page, Err(Failure::Unavailable { reason: Outage::TimedOut }));
    }
}

#[tokio::test]
async fn where_nobody_listens_there_is_no_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address")).parse().expect("a URL");
    drop(listener);
    let nobody = Provider::new(url, "florin", None).expect("a base URL");
    let accounts = bank().accounts(&nobody, &tokens()).await;
    assert_eq!(accounts, Err(Failure::Unavailable { reason: Outage::NoConnection }));
    let refreshed = bank().refresh(&nobody, &tokens(), NOW_MS).await;
    assert_eq!(refreshed, Err(Failure::Unavailable { reason: Outage::NoConnection }));
}

#[tokio::test]
async fn answers_are_read_up_to_the_limit_and_no_further() {
    let too_large = Failure::Malformed { what: Defect::TooLarge { limit_bytes: LIMIT_BYTES } };
    let twenty = vec![b' '; 20 * MEGABYTE];
    assert_eq!(failure_of(good(&twenty)).await, too_large, "with its length");
    // What announces too much is not waited for.
    let length = (LIMIT_BYTES + 1).to_string();
    assert_eq!(failure_of(Script::Hang(head(200, &[("content-length", &length)]))).await, too_large);
    let close = head(200, &[("connection", "close")]);
    assert_eq!(failure_of(Script::Send([close.clone(), twenty].concat())).await, too_large, "without a length");
    // These end only because the client stops reading.
    assert_eq!(failure_of(Script::Endless(close, vec![b' '; MEGABYTE])).await, too_large, "without an end");
    let refusal = Script::Endless(head(400, &[("connection", "close")]), vec![b' '; MEGABYTE]);
    assert_eq!(failure_of(refusal).await, Failure::Refused { status: 400, code: None });
    // 16 MB to the byte is fine, one more is not.
    let mut body = page("c", false).into_bytes();
    body.resize(LIMIT_BYTES, b' ');
    assert_eq!(page_of(good(&body), None).await.0.map(|page| page.raw.len()), Ok(LIMIT_BYTES));
    body.push(b' ');
    let one_more = Script::Send([head(200, &[("connection", "close")]), body].concat());
    assert_eq!(failure_of(one_more).await, too_large);
}

#[tokio::test]
async fn packed_answers_are_bounded_by_what_comes_out() {
    let packed = [("content-encoding", "gzip")];
    let body = page("c", false);
    let (unpacked, requests) = page_of(answer(200, &packed, gzip(body.as_bytes())), None).await;
    assert_eq!(unpacked.map(|page| page.raw), Ok(body.into()));
    assert!(requests[0].contains("accept-encoding: gzip\r\n"), "{requests:?}");
    let bomb = gzip_of_zeros(256);
    assert!(bomb.len() < 2 * MEGABYTE, "small on the way");
    let too_large = Failure::Malformed { what: Defect::TooLarge { limit_bytes: LIMIT_BYTES } };
    assert_eq!(failure_of(answer(200, &packed, &bomb)).await, too_large);
    let (token, _) = refresh(answer(200, &packed, &bomb)).await;
    assert_eq!(token, Err(too_large));
}

#[tokio::test]
async fn nothing_that_can_be_shown_shows_a_secret() {
    let body = page("MARKER-cursor", true);
    let token_body =
        json!({"access_token": "MARKER-a", "token_type": "Bearer", "refresh_token": "MARKER-r", "expires_in": 60});
    let (page, _) = page_of(good(&body), None).await;
    let page = page.expect("a page");
    let (new_tokens, _) = exchange(good(token_body.to_string())).await;
    let new_tokens = new_tokens.expect("tokens");
    let server = Server::start(vec![]).await;
    let (provider, secret, bank) = (provider(&server), Secret::new(MARKER), bank());
    let mut shown = vec![
        format!("{provider:?} {secret} {secret:?} {bank:?}"),
        format!("{new_tokens:?} {:?} {:?}", tokens(), verifier()),
        format!("{page:?} {:#?}", page.entries),
    ];
    let unreadable = format!(r#"{{"access_token": "{MARKER}", "token_type": 5}}"#);
    let half = Script::Send([head(200, &[("content-length", "100")]), MARKER.as_bytes().to_vec()].concat());
    for failure in [
        failure_of(answer(400, &[], r#"{"Errors": [{"ErrorCode": "MARKER"}]}"#)).await,
        failure_of(answer(401, &[("www-authenticate", MARKER)], MARKER)).await,
        failure_of(answer(302, &[("location", "/?MARKER")], MARKER)).await,
        failure_of(answer(429, &[("retry-after", MARKER)], MARKER)).await,
        failure_of(answer(500, &[], MARKER)).await,
        failure_of(good(MARKER)).await,
        failure_of(good(format!(r#"{{"Data": "{MARKER}"}}"#))).await,
        failure_of(half).await,
        exchange(good(unreadable)).await.0.expect_err("no token"),
        refresh(answer(400, &[], r#"{"error": "MARKER"}"#)).await.0.expect_err("refused"),
        bank.refresh(&provider, &tokens(), NOW_MS).await.expect_err("silence"),
    ] {
        let sources: Vec<String> = std::iter::successors(std::error::Error::source(&failure), |error| error.source())
            .map(ToString::to_string)
            .collect();
        shown.push(format!("{failure} {failure:?} {sources:?}"));
    }
    for text in shown {
        assert!(!text.contains(MARKER) && !text.contains(verifier().expose()) && !text.contains("1850"), "{text}");
    }
    // What is sealed is whole.
    let sealed = serde_json::to_string(&new_tokens).expect("JSON");
    assert_eq!(serde_json::from_str::<Tokens>(&sealed).expect("tokens"), new_tokens);
    let sealed = serde_json::to_string(&verifier()).expect("JSON");
    assert_eq!(serde_json::from_str::<Verifier>(&sealed).expect("a verifier"), verifier());
}
