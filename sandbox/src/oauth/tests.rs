use axum::http::{Method, StatusCode};
use serde_json::json;

use super::*;
use crate::{
    Options,
    testing::{CHALLENGE, House, NOW_MS, REDIRECT, VERIFIER, asking, form, text},
};

async fn page(house: &House, with: &[(&str, &str)]) -> crate::testing::Answer {
    house.ask(Method::GET, &format!("/authorize?{}", form(&asking(with))), &[], String::new()).await
}

#[test]
fn customers_have_names_and_months() {
    for (name, months, expected) in [
        ("anna", None, Ok(("anna", 24))),
        (" Anna ", Some(""), Ok(("anna", 24))),
        ("anna@6", None, Ok(("anna", 6))),
        ("anna", Some("12"), Ok(("anna", 12))),
        ("load-1000000-a.b_c", None, Ok(("load-1000000-a.b_c", 24))),
        ("", None, Err(())),
        ("anna bell", None, Err(())),
        ("<anna>", None, Err(())),
        ("anna@", None, Err(())),
        ("anna@0", None, Err(())),
        ("anna", Some("241"), Err(())),
    ] {
        let expected = expected.map(|(name, months)| (name.to_owned(), months));
        assert_eq!(customer(name, months).map_err(|_| ()), expected, "{name}");
    }
}

#[tokio::test]
async fn the_page_shows_the_accounts_and_escapes_what_it_is_told() {
    let house = House::new();
    let answer = page(&house, &[("state", "\"><script>")]).await;
    assert_eq!(answer.status, StatusCode::OK);
    for part in [
        "Sandbox: no real bank",
        "Credit card",
        "Travel",
        "value=\"allow\"",
        "value=\"deny\"",
        "&quot;&gt;&lt;script&gt;",
    ] {
        assert!(answer.body.contains(part), "{part}: {}", answer.body);
    }
    assert!(!answer.body.contains("<script") && !answer.body.contains("{{"));
    assert!(answer.headers["content-security-policy"].to_str().expect("text").contains("default-src 'none'"));
    let answer = page(&house, &[("customer", "<b>")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("&lt;b&gt;") && !answer.body.contains("value=\"allow\""));
}

#[tokio::test]
async fn a_doubtful_client_or_address_is_never_sent_anywhere() {
    let house = House::new();
    for with in [
        ("client_id", "other"),
        ("redirect_uri", ""),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", "/callback"),
        ("redirect_uri", "https://a.example/#part"),
    ] {
        for answer in [page(&house, &[with]).await, house.decide(&[with]).await] {
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{with:?}");
            assert!(!answer.headers.contains_key("location"));
            assert!(answer.headers["content-type"].to_str().expect("text").starts_with("text/html"));
        }
    }
}

#[tokio::test]
async fn other_mistakes_go_back_to_the_client() {
    let house = House::new();
    for with in [
        ("response_type", "token"),
        ("scope", "payments"),
        ("code_challenge_method", "plain"),
        ("code_challenge", VERIFIER.get(1..).expect("ascii")),
        ("code_challenge", ""),
    ] {
        let pairs = page(&house, &[with]).await.redirected();
        assert_eq!(
            (pairs["error"].as_str(), pairs["state"].as_str()),
            ("invalid_request", "a state & more"),
            "{with:?}"
        );
    }
    let pairs = house.decide(&[("decision", "deny")]).await.redirected();
    assert_eq!((pairs["error"].as_str(), pairs["state"].as_str()), ("access_denied", "a state & more"));
    assert!(!pairs.contains_key("code"));
}

#[tokio::test]
async fn a_code_is_good_for_whoever_asked_for_it_and_once() {
    let house = House::new();
    let code = house.code("anna").await;
    let other = VERIFIER.replace('d', "e");
    for (with, error) in [
        (("code_verifier", other.as_str()), "invalid_grant"),
        (("code_verifier", CHALLENGE), "invalid_grant"),
        (("redirect_uri", "http://127.0.0.1:9/callback"), "invalid_grant"),
        (("code", "x.y"), "invalid_grant"),
        (("grant_type", "password"), "unsupported_grant_type"),
    ] {
        let answer = house.redeem(&code, &[with]).await;
        assert_eq!(
            (answer.status, text(&answer.json()["error"])),
            (StatusCode::BAD_REQUEST, error.to_owned()),
            "{with:?}"
        );
    }
    let answer = house.redeem(&code, &[("client_secret", "wrong")]).await;
    assert_eq!((answer.status, text(&answer.json()["error"])), (StatusCode::UNAUTHORIZED, "invalid_client".to_owned()));
    let answer = house.redeem(&code, &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let body = answer.json();
    assert_eq!(
        (&body["token_type"], &body["expires_in"], &body["scope"]),
        (&json!("Bearer"), &json!(3600), &json!("accounts"))
    );
    let again = house.redeem(&code, &[]).await;
    assert_eq!(text(&again.json()["error"]), "invalid_grant");
}

#[tokio::test]
async fn a_code_expires_after_a_minute() {
    let house = House::new();
    let code = house.code("anna").await;
    house.pass_ms(CODE_MS);
    assert_eq!(text(&house.redeem(&code, &[]).await.json()["error"]), "invalid_grant");
    let code = house.code("anna").await;
    house.pass_ms(CODE_MS - 1);
    assert_eq!(house.redeem(&code, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn refresh_tokens_rotate_and_the_old_one_stays_good() {
    let house = House::new();
    let tokens = house.tokens("anna").await;
    let (access, first) = (text(&tokens["access_token"]), text(&tokens["refresh_token"]));
    house.pass_ms(ACCESS_SECONDS * 1_000);
    assert_eq!(house.get("accounts", &access).await.status, StatusCode::UNAUTHORIZED);
    let second = text(&house.refresh(&first).await.json()["refresh_token"]);
    assert_ne!(first, second);
    for token in [&first, &second] {
        let answer = house.refresh(token).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(house.get("accounts", &text(&answer.json()["access_token"])).await.status, StatusCode::OK);
    }
    assert_eq!(text(&house.refresh(&access).await.json()["error"]), "invalid_grant", "no refresh token");
    assert_eq!(house.get("accounts", &first).await.status, StatusCode::UNAUTHORIZED, "no access token");
    assert_eq!(house.get("accounts", "").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_consent_ends() {
    let house = House::new();
    let tokens = house.tokens("anna").await;
    let refresh = text(&tokens["refresh_token"]);
    house.pass_ms(90 * DAY_MS - 1);
    let access = text(&house.refresh(&refresh).await.json()["access_token"]);
    assert_eq!(house.get("balances", &access).await.status, StatusCode::OK);
    house.pass_ms(1);
    assert_eq!(text(&house.refresh(&refresh).await.json()["error"]), "invalid_grant");
    let answer = house.get("balances", &access).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.json()["Code"], "403 Forbidden");
}

#[tokio::test]
async fn a_revoked_consent_is_void_and_a_new_one_is_not() {
    let house = House::new();
    let tokens = house.tokens("anna").await;
    let code = house.code("anna").await;
    let other = house.access("ben").await;
    assert_eq!(house.control(Method::DELETE, "consent?customer=anna", json!({})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(house.get("accounts", &text(&tokens["access_token"])).await.status, StatusCode::FORBIDDEN);
    assert_eq!(text(&house.refresh(&text(&tokens["refresh_token"])).await.json()["error"]), "invalid_grant");
    assert_eq!(text(&house.redeem(&code, &[]).await.json()["error"]), "invalid_grant");
    assert_eq!(house.get("accounts", &other).await.status, StatusCode::OK);
    let again = house.access("anna").await;
    assert_eq!(house.get("accounts", &again).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_bank_that_is_started_again_knows_what_it_gave() {
    let (before, after) = (House::new(), House::new());
    let tokens = before.tokens("anna").await;
    let (access, refresh) = (text(&tokens["access_token"]), text(&tokens["refresh_token"]));
    let page = before.get("transactions?limit=7", &access).await;
    assert_eq!(after.get("transactions?limit=7", &access).await.body, page.body);
    let next = format!("transactions?limit=7&cursor={}", text(&page.json()["Meta"]["Cursor"]));
    assert_eq!(after.get(&next, &access).await.body, before.get(&next, &access).await.body);
    assert_eq!(after.refresh(&refresh).await.status, StatusCode::OK);
    assert_eq!(after.redeem(&before.code("anna").await, &[]).await.status, StatusCode::OK);
    let other = House::with(Options { seed: 2, ..Options::default() }, NOW_MS);
    assert_eq!(other.get("accounts", &access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(text(&other.refresh(&refresh).await.json()["error"]), "invalid_grant");
}

#[tokio::test]
async fn the_client_may_say_who_it_is_in_a_header_or_in_the_form() {
    let options = Options { client_id: "a b".to_owned(), client_secret: "p:%&+".to_owned(), ..Options::default() };
    let house = House::with(options, NOW_MS);
    let code = house.decide(&[("client_id", "a b")]).await.redirected().remove("code").expect("a code");
    let body = |code: &str| {
        form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ])
    };
    // "a+b:p%3A%25%26%2B": each half written like a value of a form.
    let right = [("authorization", "Basic YStiOnAlM0ElMjUlMjYlMkI=")];
    let wrong = [("authorization", "Basic YStiOng=")];
    assert_eq!(house.ask(Method::POST, "/token", &wrong, body(&code)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(house.ask(Method::POST, "/token", &[], body(&code)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(house.ask(Method::POST, "/token", &right, body(&code)).await.status, StatusCode::OK);
}
