//! The resources: accounts, balances and the log of transactions, in the shapes of OBIE account information 4.0. Money is a positive
//! amount with an indicator of its direction.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::{Query, State},
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use chrono::Datelike;
use domain::{account::AccountKind, currency::Currency};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    bank::Bank,
    fault::{self, Target},
    life::{Account, Change, DAY_MS, Entry, Place, Row, day_at},
    oauth::Consent,
    problem::Problem,
};

const LIMIT: usize = 500;
const MOST: usize = 1_000;

/// An amount with all digits of its minor unit and, out of an account, a minus.
pub(crate) fn amount(minor: i64, currency: Currency) -> String {
    let (sign, digits) = (if minor < 0 { "-" } else { "" }, u32::from(currency.digits()));
    let (whole, part) = (minor.unsigned_abs() / 10_u64.pow(digits), minor.unsigned_abs() % 10_u64.pow(digits));
    match digits {
        0 => format!("{sign}{whole}"),
        digits => format!("{sign}{whole}.{part:0width$}", width = digits as usize),
    }
}

/// The id of a row, as clients see it.
pub(crate) fn transaction_id(id: u64) -> String {
    format!("{id:016x}")
}

fn date_time(at_ms: i64) -> String {
    let (date, ms) = (day_at(at_ms).date(), at_ms.rem_euclid(DAY_MS));
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    let (year, month, day) = (date.year(), date.month(), date.day());
    // Pages have thousands of these: chrono's own formatting took half of a page's time.
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}+00:00", ms % 1_000)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Amount<'a> {
    amount: String,
    currency: &'a str,
}

impl<'a> Amount<'a> {
    fn new(minor: i64, currency: &'a Currency) -> Self {
        Self { amount: amount(minor.abs(), *currency), currency: currency.code() }
    }
}

const fn indicator(minor: i64) -> &'static str {
    if minor < 0 { "Debit" } else { "Credit" }
}

/// `OBTransaction6`, as far as this bank fills it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names of the standard")]
struct Transaction<'a> {
    account_id: &'a str,
    transaction_id: String,
    credit_debit_indicator: &'static str,
    status: &'static str,
    booking_date_time: String,
    value_date_time: String,
    transaction_information: &'a str,
    amount: Amount<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_details: Option<Merchant<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplementary_data: Option<Supplement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Merchant<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_category_code: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Supplement {
    pending_transaction_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Removed<'a> {
    account_id: &'a str,
    transaction_id: String,
}

fn transaction<'a>(row: &'a Row, account: &'a Account) -> Transaction<'a> {
    let merchant = row.merchant.is_some() || row.code.is_some();
    Transaction {
        account_id: &account.id,
        transaction_id: transaction_id(row.id),
        credit_debit_indicator: indicator(row.amount_minor),
        status: if row.pending { "PDNG" } else { "BOOK" },
        booking_date_time: date_time(row.booking_ms),
        value_date_time: date_time(row.value_ms),
        transaction_information: &row.descriptor,
        amount: Amount::new(row.amount_minor, &account.currency),
        merchant_details: merchant.then(|| Merchant {
            merchant_name: row.merchant.as_deref(),
            merchant_category_code: row.code.map(|code| format!("{code:04}")),
        }),
        supplementary_data: row.replaces.map(|id| Supplement { pending_transaction_id: transaction_id(id) }),
    }
}

/// What surrounds every answer.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<D> {
    data: D,
    links: Links,
    meta: Meta,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Links {
    #[serde(rename = "Self")]
    this: String,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_more: Option<bool>,
}

/// A request for a resource: whose it is, and its own address.
struct Asked {
    consent: Consent,
    this: String,
}

impl Asked {
    fn respond(self, data: impl Serialize, meta: Meta) -> Response {
        // Texts and numbers under texts always have a JSON form.
        let body = serde_json::to_vec(&Envelope { data, links: Links { this: self.this }, meta }).unwrap_or_default();
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}

/// Lets in who may see something, fails as ordered, and answers.
async fn enter(
    bank: &Bank,
    headers: &HeaderMap,
    uri: &Uri,
    target: Target,
    work: impl FnOnce(Asked) -> Result<Response, Problem>,
) -> Response {
    let consent = match bank.bearer(headers) {
        Ok(consent) => consent,
        Err(problem) => return problem.into_response(),
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let this = format!("http://{host}{uri}");
    let due = bank.faults.due(target, Some(&consent.customer));
    fault::answer(due, async { work(Asked { consent, this }).unwrap_or_else(IntoResponse::into_response) }).await
}

/// `GET /accounts`: `OBReadAccount6`.
pub(crate) async fn accounts(State(bank): State<Arc<Bank>>, uri: Uri, headers: HeaderMap) -> Response {
    enter(&bank, &headers, &uri, Target::Accounts, |asked| {
        let life = bank.life(&asked.consent.customer);
        let list: Vec<Value> = life.accounts.iter().map(|account| shown(account, &asked.consent.customer)).collect();
        Ok(asked.respond(json!({ "Account": list }), Meta::default()))
    })
    .await
}

fn shown(account: &Account, customer: &str) -> Value {
    let (code, scheme) = match account.kind {
        AccountKind::Savings => ("SVGS", "UK.OBIE.IBAN"),
        AccountKind::CreditCard => ("CARD", "UK.OBIE.PAN"),
        _ => ("CACC", "UK.OBIE.IBAN"),
    };
    json!({
        "AccountId": account.id,
        "Status": "Enabled",
        "Currency": account.currency.code(),
        "AccountCategory": "Personal",
        "AccountTypeCode": code,
        "Nickname": account.nickname,
        "Description": account.description,
        "Account": [{"SchemeName": scheme, "Identification": account.number, "Name": customer}],
        "Servicer": {
            "SchemeName": "UK.OBIE.BICFI",
            "Identification": "FLRNDEFFXXX",
            "Name": "Florin Sandbox Bank",
        },
    })
}

/// `GET /balances`: `OBReadBalance1`.
pub(crate) async fn balances(State(bank): State<Arc<Bank>>, uri: Uri, headers: HeaderMap) -> Response {
    enter(&bank, &headers, &uri, Target::Balances, |asked| {
        let now_ms = bank.now_ms();
        let life = bank.life(&asked.consent.customer);
        let balances = bank.balances(&asked.consent.customer, now_ms);
        let mut list = Vec::new();
        for (index, account) in life.accounts.iter().enumerate() {
            let booked = balances.booked[index];
            for (kind, minor) in [("ITBD", booked), ("ITAV", booked + balances.pending[index])] {
                list.push(json!({
                    "AccountId": account.id,
                    "Amount": Amount::new(minor, &account.currency),
                    "CreditDebitIndicator": indicator(minor),
                    "Type": kind,
                    "DateTime": date_time(now_ms),
                }));
            }
        }
        Ok(asked.respond(json!({ "Balance": list }), Meta::default()))
    })
    .await
}

/// `GET /transactions?cursor=…&limit=…`: the log from a place on, over all accounts of the consent.
pub(crate) async fn transactions(
    State(bank): State<Arc<Bank>>,
    uri: Uri,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    enter(&bank, &headers, &uri, Target::Transactions, |asked| {
        let limit = match query.get("limit").map(|text| text.parse()) {
            None => LIMIT,
            Some(Ok(limit)) if (1..=MOST).contains(&limit) => limit,
            Some(_) => return Err(Problem::field("limit must be a number from 1 to 1000")),
        };
        let customer = asked.consent.customer.clone();
        let purpose = format!("cursor {customer}");
        let after: Option<Place> = match query.get("cursor") {
            None => None,
            Some(text) => {
                let place = bank.seal.open(&purpose, text);
                Some(place.ok_or_else(|| Problem::field("cursor is not one that this bank gave for these accounts"))?)
            }
        };
        let page = bank.page(&customer, asked.consent.since(), after, limit, bank.now_ms());
        let cursor = Some(bank.seal.close(&purpose, &page.end));
        let life = bank.life(&customer);
        let (rows, removed) = sorted(&page.entries, &life.accounts);
        let data = Log { transaction: rows, removed };
        Ok(asked.respond(data, Meta { cursor, has_more: Some(page.more) }))
    })
    .await
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Log<'a> {
    transaction: Vec<Transaction<'a>>,
    removed: Vec<Removed<'a>>,
}

fn sorted<'a>(entries: &'a [Entry], accounts: &'a [Account]) -> (Vec<Transaction<'a>>, Vec<Removed<'a>>) {
    let (mut rows, mut removed) = (Vec::new(), Vec::new());
    for entry in entries {
        match &entry.change {
            Change::Row(row) => rows.push(transaction(row, &accounts[row.account])),
            Change::Gone { account, id } => {
                removed.push(Removed { account_id: &accounts[*account].id, transaction_id: transaction_id(*id) });
            }
        }
    }
    (rows, removed)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, SecondsFormat};
    use domain::money::Money;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn moments_and_amounts_are_written_as_elsewhere(
            at_ms in 0..4_000_000_000_000_i64,
            minor in -1_000_000_000..1_000_000_000_i64,
            code in prop::sample::select(vec!["EUR", "JPY", "KWD"]),
        ) {
            let moment = DateTime::from_timestamp_millis(at_ms).expect("a moment");
            prop_assert_eq!(date_time(at_ms), moment.to_rfc3339_opts(SecondsFormat::Millis, false));
            let currency = Currency::from_code(code).expect(code);
            prop_assert_eq!(amount(minor, currency), Money::new(minor, currency).decimal().to_string());
        }
    }
}
