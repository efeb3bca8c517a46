//! The consent: its page, and what becomes of the answer.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use url::Url;

use super::{CODE_MS, Code, customer, page, pairs};
use crate::bank::Bank;

/// An authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3) that can be answered.
pub(super) struct Asked {
    pub(super) client_id: String,
    pub(super) redirect_uri: Url,
    /// As it was written: the token request must repeat it letter by letter.
    pub(super) redirect_text: String,
    pub(super) state: Option<String>,
    pub(super) challenge: String,
}

impl Asked {
    /// Reads the parameters. Who asks and where to answer come first: as long as they are in doubt, nobody is sent anywhere.
    fn read(bank: &Bank, pairs: &HashMap<String, String>) -> Result<Self, Box<Response>> {
        let get = |name: &str| pairs.get(name).map_or("", String::as_str);
        if get("client_id") != bank.options.client_id {
            return Err(page::refused("The client_id is not one of ours.").into());
        }
        let redirect_uri = Url::parse(get("redirect_uri"))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.fragment().is_none());
        let Some(redirect_uri) = redirect_uri else {
            return Err(page::refused("The redirect_uri must be an http or https address without a fragment.").into());
        };
        let state = pairs.get("state").cloned();
        let challenge = get("code_challenge").to_owned();
        // BASE64URL of 32 bytes has 43 characters.
        let plain = challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let wrong = [
            (get("response_type") != "code", "response_type must be code"),
            (!get("scope").split(' ').any(|scope| scope == "accounts"), "scope must contain accounts"),
            (get("code_challenge_method") != "S256", "code_challenge_method must be S256"),
            (challenge.len() != 43 || !plain, "code_challenge must be the base64url text of a SHA-256"),
        ];
        let (client_id, redirect_text) = (get("client_id").to_owned(), get("redirect_uri").to_owned());
        let asked = Self { client_id, redirect_uri, redirect_text, state, challenge };
        match wrong.iter().find(|(wrong, _)| *wrong) {
            Some((_, why)) => Err(asked.back(&[("error", "invalid_request"), ("error_description", why)]).into()),
            None => Ok(asked),
        }
    }

    /// Sends the browser back to the client.
    fn back(&self, pairs: &[(&str, &str)]) -> Response {
        let mut url = self.redirect_uri.clone();
        url.query_pairs_mut().extend_pairs(pairs);
        if let Some(state) = &self.state {
            url.query_pairs_mut().append_pair("state", state);
        }
        let mut response = StatusCode::FOUND.into_response();
        match HeaderValue::from_str(url.as_str()) {
            Ok(value) => response.headers_mut().insert(header::LOCATION, value),
            Err(_) => return page::refused("The redirect_uri cannot be written into a header."),
        };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// `GET /authorize`: the consent page.
pub(crate) async fn authorize(State(bank): State<Arc<Bank>>, RawQuery(query): RawQuery) -> Response {
    let pairs = pairs(query.unwrap_or_default().as_bytes());
    let asked = match Asked::read(&bank, &pairs) {
        Ok(asked) => asked,
        Err(response) => return *response,
    };
    let named = pairs.get("customer").map_or("anna", String::as_str);
    page::consent(&bank, &asked, named, customer(named, pairs.get("months").map(String::as_str)))
}

/// `POST /authorize/decision`: the form of the page, or a script in its place.
pub(crate) async fn decide(State(bank): State<Arc<Bank>>, body: Bytes) -> Response {
    let pairs = pairs(&body);
    let asked = match Asked::read(&bank, &pairs) {
        Ok(asked) => asked,
        Err(response) => return *response,
    };
    match pairs.get("decision").map(String::as_str) {
        Some("allow") => {}
        Some("deny") => return asked.back(&[("error", "access_denied")]),
        _ => return page::refused("The decision must be allow or deny."),
    }
    let named = pairs.get("customer").map_or("", String::as_str);
    let (customer, months) = match customer(named, pairs.get("months").map(String::as_str)) {
        Ok(found) => found,
        Err(why) => return page::refused(why),
    };
    let consent = bank.consent(&customer, months);
    let code = Code {
        ticket: bank.ticket(consent, bank.now_ms() + CODE_MS),
        redirect_uri: asked.redirect_text.clone(),
        challenge: asked.challenge.clone(),
    };
    asked.back(&[("code", &bank.seal.close("code", &code))])
}
