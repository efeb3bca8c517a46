//! OAuth 2 (RFC 6749) with PKCE (RFC 7636): consents, codes and tokens. None of them is stored: each is a signed text that says
//! whose consent it belongs to, so a bank that is started again knows them all.

mod authorize;
mod page;
mod token;

use axum::http::{HeaderMap, StatusCode, header};
use domain::day::Day;
use serde::{Deserialize, Serialize};

pub(crate) use authorize::{authorize, decide};
pub(crate) use token::token;

use crate::{
    bank::Bank,
    life::{DAY_MS, beginning, day_at},
    problem::Problem,
};

/// How long a code is good (RFC 6749 §4.1.2 asks for little).
const CODE_MS: i64 = 60_000;
/// How long an access token is good.
const ACCESS_SECONDS: i64 = 3_600;
/// How much of a life a consent shows, unless something else is asked for.
pub(crate) const MONTHS: u32 = 24;
const MOST_MONTHS: u32 = 240;

/// What a customer has allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Consent {
    pub(crate) customer: String,
    given_ms: i64,
    /// The first day that is shown.
    since: i32,
}

impl Consent {
    pub(crate) fn since(&self) -> Day {
        Day::of_row(self.since)
    }
}

/// An access or refresh token.
#[derive(Serialize, Deserialize)]
struct Ticket {
    consent: Consent,
    until_ms: i64,
    nonce: String,
}

/// An authorization code.
#[derive(Serialize, Deserialize)]
struct Code {
    ticket: Ticket,
    redirect_uri: String,
    challenge: String,
}

/// A customer's name, and how many months of their life are shown. `anna@6` is anna with six months.
pub(crate) fn customer(text: &str, months: Option<&str>) -> Result<(String, u32), &'static str> {
    let lower = text.trim().to_ascii_lowercase();
    let (name, after) = lower.split_once('@').map_or((lower.as_str(), None), |(name, after)| (name, Some(after)));
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    if !(1..=64).contains(&name.len()) || !name.chars().all(allowed) {
        return Err("the customer's name must have 1 to 64 letters, digits, '-', '_' or '.'");
    }
    let months = match after.or(months.filter(|text| !text.is_empty())) {
        None => MONTHS,
        Some(text) => {
            let number = text.parse().ok().filter(|number| (1..=MOST_MONTHS).contains(number));
            number.ok_or("months must be a number from 1 to 240")?
        }
    };
    Ok((name.to_owned(), months))
}

/// The first day of a consent that is given now and shows so many months.
pub(crate) fn since(now_ms: i64, months: u32) -> Day {
    let month = day_at(now_ms).month().plus(-i32::try_from(months).unwrap_or(i32::MAX));
    month.max(beginning()).first_day()
}

/// The pairs of a form or query; of a name that stands twice, the last one.
fn pairs(form: &[u8]) -> std::collections::HashMap<String, String> {
    url::form_urlencoded::parse(form).into_owned().collect()
}

impl Bank {
    fn consent(&self, customer: &str, months: u32) -> Consent {
        let now_ms = self.now_ms();
        let since = since(now_ms, months);
        let given_ms = self.touched(customer, |touched| {
            touched.since = Some(touched.since.map_or(since, |known| known.min(since)));
            // One that follows a revocation within the same millisecond is still a later one.
            touched.revoked_ms.map_or(now_ms, |revoked| now_ms.max(revoked + 1))
        });
        Consent { customer: customer.to_owned(), given_ms, since: since.number() }
    }

    fn ends_ms(&self, consent: &Consent) -> i64 {
        consent.given_ms + i64::from(self.options.consent_days) * DAY_MS
    }

    fn stands(&self, consent: &Consent, now_ms: i64) -> bool {
        let revoked = self.touched(&consent.customer, |touched| touched.revoked_ms);
        now_ms < self.ends_ms(consent) && revoked.is_none_or(|revoked| consent.given_ms > revoked)
    }

    fn ticket(&self, consent: Consent, until_ms: i64) -> Ticket {
        Ticket { consent, until_ms, nonce: self.seal.nonce(self.now_ms(), self.count()) }
    }

    /// Whose accounts a request may see.
    pub(crate) fn bearer(&self, headers: &HeaderMap) -> Result<Consent, Problem> {
        let refuse = |message| Problem::new(StatusCode::UNAUTHORIZED, "U020", message);
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (scheme, token) = value.split_once(' ').unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(refuse("an access token is missing"));
        }
        let ticket: Ticket = self.seal.open("access", token.trim()).ok_or_else(|| refuse("this is no access token"))?;
        let now_ms = self.now_ms();
        if !self.stands(&ticket.consent, now_ms) {
            return Err(Problem::new(StatusCode::FORBIDDEN, "U021", "the consent has ended"));
        }
        if now_ms >= ticket.until_ms {
            return Err(refuse("the access token has expired"));
        }
        let since = ticket.consent.since();
        self.touched(&ticket.consent.customer, |touched| {
            touched.since = Some(touched.since.map_or(since, |known| known.min(since)));
        });
        Ok(ticket.consent)
    }
}

#[cfg(test)]
mod tests;
