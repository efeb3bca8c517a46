//! Purchases that tests make: appended to a customer's log at the bank's present, and kept in memory.

use std::sync::Arc;

use axum::{Json, extract::State};
use domain::{day::Day, line, money::Money};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::customer;
use crate::{
    bank::{Bank, Touched},
    dice,
    life::{Account, Change, Entry, GENERATED_IDS, Row, moment},
    problem::Problem,
    resource::transaction_id,
};

/// Ties of what tests add: behind everything that a life has at the same moment.
const ADDED: u64 = 1 << 63;
/// What one customer's log takes.
const MOST_ADDED: usize = 20_000;

/// The account by its place in the list, or by its id.
#[derive(Deserialize)]
#[serde(untagged)]
enum Which {
    Index(usize),
    Id(String),
}

impl Which {
    fn index(&self, accounts: &[Account]) -> Result<usize, Problem> {
        let index = match self {
            Self::Index(index) => Some(*index).filter(|index| *index < accounts.len()),
            Self::Id(id) => accounts.iter().position(|account| account.id == *id),
        };
        index.ok_or_else(|| Problem::missing("the customer has no such account"))
    }
}

fn minor(text: &str, account: &Account) -> Result<i64, Problem> {
    let decimal: Decimal = text.parse().map_err(|_| Problem::field("amount must be a decimal, such as -18.50"))?;
    let money = Money::from_decimal(decimal, account.currency);
    money.map(|money| money.minor).map_err(|why| Problem::field(format!("amount {why}")))
}

fn day(text: Option<&str>) -> Result<Option<Day>, Problem> {
    text.map(str::parse).transpose().map_err(|why| Problem::field(format!("booked_day {why}")))
}

/// When it counts as booked: noon of the day that is wished for, or now.
fn booking_ms(day: Option<Day>, now_ms: i64) -> i64 {
    day.map_or(now_ms, |day| moment(day) + 12 * 3_600_000)
}

#[derive(Deserialize)]
pub(super) struct Purchase {
    customer: String,
    account: Which,
    amount: String,
    descriptor: String,
    merchant_category_code: Option<u16>,
    merchant_name: Option<String>,
    #[serde(default)]
    pending: bool,
    booked_day: Option<String>,
}

/// Appends entries at the bank's present, after everything that a client can have seen.
fn append<T>(
    bank: &Bank,
    customer: &str,
    make: impl FnOnce(&mut Touched, i64) -> Result<(Vec<Change>, T), Problem>,
) -> Result<T, Problem> {
    // Under the lock: the order in the list is the order of the moments.
    bank.touched(customer, |touched| {
        let at_ms = bank.now_ms();
        let (changes, answer) = make(touched, at_ms)?;
        if touched.added.len() + changes.len() > MOST_ADDED {
            return Err(Problem::field("this customer's log takes no more additions"));
        }
        for change in changes {
            touched.added.push(Entry { at_ms, tie: ADDED | bank.count(), change });
        }
        Ok(answer)
    })
}

/// An id for a row that a test adds: not one of the life's, nor one from before a restart.
fn new_id(bank: &Bank, customer: &str, at_ms: i64) -> u64 {
    GENERATED_IDS | dice::seed(&[dice::seed_of_text(bank.options.seed, customer), at_ms.cast_unsigned(), bank.count()])
}

/// `POST /control/purchase`.
pub(super) async fn purchase(
    State(bank): State<Arc<Bank>>,
    Json(asked): Json<Purchase>,
) -> Result<Json<Value>, Problem> {
    let name = customer(&asked.customer)?;
    let life = bank.life(&name);
    let account = asked.account.index(&life.accounts)?;
    let amount_minor = minor(&asked.amount, &life.accounts[account])?;
    let day = day(asked.booked_day.as_deref())?;
    let descriptor = line::descriptor(&asked.descriptor);
    if descriptor.is_empty() {
        return Err(Problem::field("descriptor must not be empty"));
    }
    let id = append(&bank, &name, |_, at_ms| {
        let id = new_id(&bank, &name, at_ms);
        let booking_ms = booking_ms(day, at_ms);
        let row = Row {
            id,
            account,
            amount_minor,
            pending: asked.pending,
            booking_ms,
            value_ms: booking_ms,
            descriptor,
            merchant: asked.merchant_name.map(Into::into),
            code: asked.merchant_category_code,
            replaces: None,
        };
        Ok((vec![Change::Row(row)], id))
    })?;
    Ok(Json(json!({ "account_id": life.accounts[account].id, "transaction_id": transaction_id(id) })))
}

#[derive(Deserialize)]
pub(super) struct Post {
    customer: String,
    transaction_id: String,
    amount: Option<String>,
    descriptor: Option<String>,
    booked_day: Option<String>,
    /// Whether the booked row names the pending one.
    #[serde(default = "yes")]
    linked: bool,
}

const fn yes() -> bool {
    true
}

/// A pending purchase that was added and has not gone.
fn waiting(touched: &Touched, id: &str) -> Result<Row, Problem> {
    let gone = |row: &Row| touched.added.iter().any(|e| matches!(e.change, Change::Gone { id, .. } if id == row.id));
    let rows = touched.added.iter().filter_map(|entry| match &entry.change {
        Change::Row(row) if row.pending => Some(row),
        _ => None,
    });
    let found = rows.into_iter().find(|row| transaction_id(row.id) == id && !gone(row)).cloned();
    found.ok_or_else(|| Problem::missing("no purchase with this id is pending"))
}

/// `POST /control/post`.
pub(super) async fn post(State(bank): State<Arc<Bank>>, Json(asked): Json<Post>) -> Result<Json<Value>, Problem> {
    let name = customer(&asked.customer)?;
    let life = bank.life(&name);
    let day = day(asked.booked_day.as_deref())?;
    let (account, id) = append(&bank, &name, |touched, at_ms| {
        let pending = waiting(touched, &asked.transaction_id)?;
        let account = pending.account;
        let amount = asked.amount.as_deref().map(|text| minor(text, &life.accounts[account])).transpose()?;
        let id = new_id(&bank, &name, at_ms);
        let gone = Change::Gone { account, id: pending.id };
        let booked = Row {
            id,
            amount_minor: amount.unwrap_or(pending.amount_minor),
            pending: false,
            booking_ms: booking_ms(day, at_ms),
            descriptor: asked.descriptor.as_deref().map_or(pending.descriptor, line::descriptor),
            replaces: asked.linked.then_some(pending.id),
            ..pending
        };
        Ok((vec![gone, Change::Row(booked)], (account, id)))
    })?;
    Ok(Json(json!({ "account_id": life.accounts[account].id, "transaction_id": transaction_id(id) })))
}

#[derive(Deserialize)]
pub(super) struct Expire {
    customer: String,
    transaction_id: String,
}

/// `POST /control/expire`.
pub(super) async fn expire(State(bank): State<Arc<Bank>>, Json(asked): Json<Expire>) -> Result<Json<Value>, Problem> {
    let name = customer(&asked.customer)?;
    append(&bank, &name, |touched, _| {
        let pending = waiting(touched, &asked.transaction_id)?;
        Ok((vec![Change::Gone { account: pending.account, id: pending.id }], ()))
    })?;
    Ok(Json(json!({ "transaction_id": asked.transaction_id })))
}
