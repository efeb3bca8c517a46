//! `POST /token`: codes and refresh tokens against tokens (RFC 6749 §4.1.3, §5, §6).

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{ACCESS_SECONDS, Code, Consent, Ticket, pairs};
use crate::{
    bank::Bank,
    fault::{self, Target},
    seal,
};

/// A refusal of RFC 6749 §5.2.
struct Refusal {
    error: &'static str,
    why: &'static str,
}

const fn refusal(error: &'static str, why: &'static str) -> Refusal {
    Refusal { error, why }
}

const fn bad_grant(why: &'static str) -> Refusal {
    refusal("invalid_grant", why)
}

fn private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let client = self.error == "invalid_client";
        let status = if client { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        let body = json!({"error": self.error, "error_description": self.why});
        let mut response = (status, Json(body)).into_response();
        if client {
            let challenge = HeaderValue::from_static("Basic realm=\"sandbox\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// `POST /token`.
pub(crate) async fn token(State(bank): State<Arc<Bank>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = pairs(&body);
    if let Err(refusal) = client(&bank, &headers, &form) {
        return private(refusal.into_response());
    }
    let due = bank.faults.due(Target::Token, customer(&bank, &form).as_deref());
    private(fault::answer(due, async { grant(&bank, &form).unwrap_or_else(IntoResponse::into_response) }).await)
}

/// Who is asking: HTTP Basic, whose parts are written like a form's (§2.3.1), or fields of the form.
fn client(bank: &Bank, headers: &HeaderMap, form: &HashMap<String, String>) -> Result<(), Refusal> {
    let refuse = || refusal("invalid_client", "the client is unknown, or its secret is wrong");
    let (id, secret) = if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().ok().and_then(|value| value.split_once(' '));
        let encoded = text.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic")).ok_or_else(refuse)?.1;
        let bytes = STANDARD.decode(encoded.trim()).map_err(|_| refuse())?;
        let plain = String::from_utf8(bytes).map_err(|_| refuse())?;
        let (id, secret) = plain.split_once(':').ok_or_else(refuse)?;
        (decoded(id), decoded(secret))
    } else {
        let field = |name| form.get(name).cloned().unwrap_or_default();
        (field("client_id"), field("client_secret"))
    };
    let known = id == bank.options.client_id && secret == bank.options.client_secret;
    known.then_some(()).ok_or_else(refuse)
}

/// One value of a form.
fn decoded(text: &str) -> String {
    // Separators of a form are plain characters here.
    let text = text.replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(text.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into_owned())
}

/// Whose grant it is, as far as it is one.
fn customer(bank: &Bank, form: &HashMap<String, String>) -> Option<String> {
    let code = form.get("code").and_then(|text| bank.seal.open::<Code>("code", text)).map(|code| code.ticket);
    let refresh = || form.get("refresh_token").and_then(|text| bank.seal.open::<Ticket>("refresh", text));
    code.or_else(refresh).map(|ticket| ticket.consent.customer)
}

fn grant(bank: &Bank, form: &HashMap<String, String>) -> Result<Response, Refusal> {
    let get = |name: &str| {
        form.get(name).map(String::as_str).ok_or(refusal("invalid_request", "a parameter of the grant is missing"))
    };
    let consent = match get("grant_type")? {
        "authorization_code" => redeem(bank, get("code")?, get("redirect_uri")?, get("code_verifier")?)?,
        "refresh_token" => {
            let ticket: Ticket =
                bank.seal.open("refresh", get("refresh_token")?).ok_or(bad_grant("this is no refresh token"))?;
            ticket.consent
        }
        _ => return Err(refusal("unsupported_grant_type", "authorization_code or refresh_token")),
    };
    if !bank.stands(&consent, bank.now_ms()) {
        return Err(bad_grant("the consent has ended"));
    }
    Ok(issue(bank, consent))
}

fn redeem(bank: &Bank, text: &str, redirect_uri: &str, verifier: &str) -> Result<Consent, Refusal> {
    let code: Code = bank.seal.open("code", text).ok_or(bad_grant("this is no code"))?;
    let now_ms = bank.now_ms();
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let plain = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
    if !plain || seal::challenge(verifier) != code.challenge {
        return Err(bad_grant("the code_verifier does not fit the code_challenge"));
    }
    if code.redirect_uri != redirect_uri {
        return Err(bad_grant("the redirect_uri is not the one of the request"));
    }
    if now_ms >= code.ticket.until_ms {
        return Err(bad_grant("the code has expired"));
    }
    if !bank.use_up(&code.ticket.nonce, code.ticket.until_ms, now_ms) {
        return Err(bad_grant("the code has been used"));
    }
    Ok(code.ticket.consent)
}

/// New tokens. The refresh token before stays good: whoever did not get this answer can ask again.
fn issue(bank: &Bank, consent: Consent) -> Response {
    let (now_ms, ends_ms) = (bank.now_ms(), bank.ends_ms(&consent));
    let access = bank.ticket(consent.clone(), now_ms + ACCESS_SECONDS * 1_000);
    let refresh = bank.ticket(consent, ends_ms);
    let body = json!({
        "access_token": bank.seal.close("access", &access),
        "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS,
        "refresh_token": bank.seal.close("refresh", &refresh),
        "scope": "accounts",
    });
    Json(body).into_response()
}
