//! The dialect of Open Banking UK (OBIE account information 4.0), with a cursor over the transactions of all accounts.
//!
//! Of each row the fields are read one by one, so that a bad one costs its row alone and can be named.

mod account;
mod balance;
mod field;
mod page;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{error::Category, value::RawValue};
use url::Url;

pub use account::decode_accounts;
pub use balance::decode_balances;
pub use page::decode_page;

use super::{Defect, Failure, List, Provider, Reason, Rejected, SignIn, http::Answer};

/// The address of a resource.
pub(super) fn url(provider: &Provider, resource: &str) -> Url {
    provider.url(&["open-banking", "v4.0", "aisp", resource])
}

/// The body of an answer that is no refusal.
pub(super) fn accepted(answer: Answer) -> Result<Bytes, Failure> {
    match answer.status.as_u16() {
        200..300 => Ok(answer.body),
        401 => Err(Failure::SignInNeeded { why: SignIn::TokenRefused }),
        403 => Err(Failure::SignInNeeded { why: SignIn::ConsentEnded }),
        status => Err(Failure::Refused { status, code: code(&answer.body) }),
    }
}

/// A refusal of a request with a cursor: a field that is not valid can only be that one, because the limit is ours.
pub(super) fn about_the_cursor(failure: Failure) -> Failure {
    match failure {
        Failure::Refused { status: 400, code: Some(code) } if code == "U002" => Failure::CursorRefused,
        other => other,
    }
}

/// The code of the first error, if it looks like one of OBIE's: a letter and three digits. Another text may say anything.
fn code(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(rename = "Errors")]
        errors: Vec<Error>,
    }
    #[derive(Deserialize)]
    struct Error {
        #[serde(rename = "ErrorCode")]
        code: String,
    }
    let body: Body = serde_json::from_slice(body).ok()?;
    let code = body.errors.into_iter().next()?.code;
    let known = matches!(code.as_bytes(), [b'A'..=b'Z', digits @ ..] if digits.len() == 3 && digits.iter().all(u8::is_ascii_digit));
    known.then_some(code)
}

/// What all answers look like from outside.
#[derive(Deserialize)]
struct Envelope<D> {
    #[serde(rename = "Data")]
    data: Option<D>,
    #[serde(rename = "Meta")]
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "Cursor")]
    cursor: Option<String>,
    #[serde(rename = "HasMore")]
    has_more: Option<bool>,
}

/// The rows of a list, each to be read by itself. A list that is missing or null is an empty one.
type Rows<'a> = Option<Vec<&'a RawValue>>;

/// JSON is UTF-8 (RFC 8259, 8.1). One byte in one descriptor that is not must not cost the page: it is replaced.
fn text(raw: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(raw)
}

fn envelope<'a, D: Deserialize<'a>>(text: &'a str) -> Result<(D, Option<Meta>), Failure> {
    let envelope: Envelope<D> = serde_json::from_str(text).map_err(|error| {
        let what = if error.classify() == Category::Data { Defect::Shape } else { Defect::NotJson };
        Failure::Malformed { what }
    })?;
    let data = envelope.data.ok_or(Failure::Malformed { what: Defect::NoData })?;
    Ok((data, envelope.meta))
}

/// Reads each row of a list; the bad ones go to `rejected`, with the ids that `ids` finds.
fn each<'a, R: Deserialize<'a>, T>(
    list: List,
    rows: Rows<'a>,
    rejected: &mut Vec<Rejected>,
    read: impl Fn(&R) -> Result<T, Reason>,
    ids: impl Fn(&R) -> (Option<String>, Option<String>),
) -> Vec<T> {
    let rows = rows.unwrap_or_default();
    let mut good = Vec::with_capacity(rows.len());
    for (index, row) in rows.into_iter().enumerate() {
        let (ids, outcome) = match serde_json::from_str::<R>(row.get()) {
            Ok(row) => match read(&row) {
                Ok(row) => {
                    good.push(row);
                    continue;
                }
                Err(reason) => (ids(&row), reason),
            },
            Err(_) => ((None, None), Reason { field: "the row", problem: super::Problem::Unreadable }),
        };
        let (account_source_id, source_id) = ids;
        rejected.push(Rejected { list, index, account_source_id, source_id, reason: outcome });
    }
    good
}
