//! The pages that people see: the consent, and why there is none.

use std::fmt::Write;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::account::AccountKind;

use super::{authorize::Asked, since};
use crate::{bank::Bank, resource::amount};

const CONSENT: &str = include_str!("consent.html");
const REFUSED: &str = include_str!("refused.html");
/// Customers that the page offers.
const OFFERED: [&str; 4] = ["anna", "ben", "clara", "load-100000"];
/// Nothing is loaded from anywhere, and the page stands in no frame. `form-action` is left out: browsers apply it to the redirect
/// that answers the form as well, and that leads to the client.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

fn html(status: StatusCode, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, text).into_response()
}

/// A text inside HTML, between tags or in quotes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A page for a request that cannot be answered: nobody is sent on.
pub(super) fn refused(why: &str) -> Response {
    html(StatusCode::BAD_REQUEST, REFUSED.replace("{{why}}", &escaped(why)))
}

/// The consent page, for a customer; with the reason if the name is none.
pub(super) fn consent(
    bank: &Bank,
    asked: &Asked,
    named: &str,
    customer: Result<(String, u32), &'static str>,
) -> Response {
    let hidden = hidden(asked);
    let client = asked.redirect_uri.host_str().unwrap_or_default();
    let offers = OFFERED.iter().fold(String::new(), |mut html, name| {
        let pressed = named == *name;
        // Writing to a text cannot fail.
        let _ = write!(html, r#"<button name="customer" value="{name}" aria-pressed="{pressed}">{name}</button>"#);
        html
    });
    let (status, decision) = match customer {
        Ok((customer, months)) => (StatusCode::OK, decision(bank, &customer, months, &hidden)),
        Err(why) => (StatusCode::BAD_REQUEST, format!(r#"<p class="wrong" role="alert">{}</p>"#, escaped(why))),
    };
    let page = CONSENT
        .replace("{{offers}}", &offers)
        .replace("{{days}}", &bank.options.consent_days.to_string())
        .replace("{{client}}", &escaped(client))
        .replace("{{client_id}}", &escaped(&asked.client_id))
        .replace("{{named}}", &escaped(named))
        .replace("{{decision}}", &decision)
        .replace("{{hidden}}", &hidden);
    html(status, page)
}

/// The request's parameters, to be sent along with a form.
fn hidden(asked: &Asked) -> String {
    let mut pairs = vec![
        ("response_type", "code"),
        ("scope", "accounts"),
        ("code_challenge_method", "S256"),
        ("client_id", &asked.client_id),
        ("redirect_uri", &asked.redirect_text),
        ("code_challenge", &asked.challenge),
    ];
    pairs.extend(asked.state.as_deref().map(|state| ("state", state)));
    pairs.iter().fold(String::new(), |mut html, (name, value)| {
        let _ = write!(html, r#"<input type="hidden" name="{name}" value="{}">"#, escaped(value));
        html
    })
}

/// The accounts, and the two buttons.
fn decision(bank: &Bank, customer: &str, months: u32, hidden: &str) -> String {
    let now_ms = bank.now_ms();
    let balances = bank.balances(customer, now_ms);
    let life = bank.life(customer);
    let rows = life.accounts.iter().zip(balances.booked).fold(String::new(), |mut html, (account, minor)| {
        let kind = match account.kind {
            AccountKind::Savings => "savings",
            AccountKind::CreditCard => "credit card",
            _ => "checking",
        };
        let _ = write!(
            html,
            "<tr><th scope=\"row\">{}<small>{kind}, {}</small></th><td>{} {}</td></tr>",
            account.nickname,
            account.number,
            amount(minor, account.currency),
            account.currency.code(),
        );
        html
    });
    let first = since(now_ms, months);
    format!(
        r#"<form method="post" action="/authorize/decision">{hidden}
<input type="hidden" name="customer" value="{customer}"><input type="hidden" name="months" value="{months}">
<table><caption>Accounts of {customer}, shown from {first} on</caption><tbody>{rows}</tbody></table>
<p class="answer"><button class="main" name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button></p>
</form>"#
    )
}
