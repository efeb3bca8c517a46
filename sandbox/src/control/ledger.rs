//! What the bank would swear to: balances and rows at its present, account by account.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use domain::day::Day;
use serde::{Deserialize, Serialize};

use super::customer;
use crate::{
    bank::Bank,
    life::{Account, Change, Row, day_at},
    oauth,
    problem::Problem,
    resource::{amount, transaction_id},
};

#[derive(Deserialize)]
pub(super) struct Asked {
    customer: String,
    /// The first day; absent: the first one that any consent of the customer shows.
    since: Option<String>,
    #[serde(default)]
    summary: bool,
}

/// A row in the ledger.
#[derive(Serialize)]
struct Line {
    transaction_id: String,
    day: String,
    amount: String,
    descriptor: String,
}

impl Line {
    fn new(row: &Row, account: &Account) -> Self {
        Self {
            transaction_id: transaction_id(row.id),
            day: day_at(row.booking_ms).to_string(),
            amount: amount(row.amount_minor, account.currency),
            descriptor: row.descriptor.clone(),
        }
    }
}

/// An account in the ledger: `opening` and the booked sum are the balance.
#[derive(Serialize)]
struct Page {
    account_id: String,
    currency: String,
    opening: String,
    balance: String,
    booked_count: usize,
    booked_sum: String,
    pending_count: usize,
    pending_sum: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    booked: Option<Vec<Line>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<Vec<Line>>,
}

/// The whole ledger of a customer.
#[derive(Serialize)]
pub(super) struct Ledger {
    customer: String,
    now_ms: i64,
    since: String,
    accounts: Vec<Page>,
}

/// Beyond so many rows only the summary is given.
const MOST_ROWS: usize = 200_000;

/// `GET /control/ledger`.
pub(super) async fn ledger(State(bank): State<Arc<Bank>>, Query(asked): Query<Asked>) -> Result<Json<Ledger>, Problem> {
    let name = customer(&asked.customer)?;
    let since = asked.since.as_deref().map(str::parse).transpose();
    let since = since.map_err(|why| Problem::field(format!("since {why}")))?;
    // Millions of rows may have to be counted.
    let work = tokio::task::spawn_blocking(move || write(&bank, name, since, asked.summary));
    let failed = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "U000", "the ledger could not be written");
    work.await.map_err(failed)?.map(Json)
}

#[derive(Default, Clone)]
struct Sum {
    count: usize,
    minor: i64,
    rows: Vec<Row>,
}

impl Sum {
    fn add(&mut self, row: &Row, keep: bool) {
        self.count += 1;
        self.minor += row.amount_minor;
        if keep {
            self.rows.push(row.clone());
        }
    }
}

fn write(bank: &Bank, customer: String, since: Option<Day>, summary: bool) -> Result<Ledger, Problem> {
    let now_ms = bank.now_ms();
    let shown = bank.touched(&customer, |touched| touched.since);
    let since = since.or(shown).unwrap_or_else(|| oauth::since(now_ms, oauth::MONTHS));
    let life = bank.life(&customer);
    let mut booked = vec![Sum::default(); life.accounts.len()];
    let mut pending: HashMap<u64, Row> = HashMap::new();
    let mut kept = 0;
    bank.each(&customer, since, now_ms, |entry| match &entry.change {
        Change::Row(row) if row.pending => {
            pending.insert(row.id, row.clone());
        }
        Change::Row(row) => {
            let keep = !summary && kept < MOST_ROWS;
            kept += 1;
            booked[row.account].add(row, keep);
        }
        Change::Gone { id, .. } => {
            pending.remove(id);
        }
    });
    if !summary && kept > MOST_ROWS {
        return Err(Problem::field("there are too many rows: ask for summary=true"));
    }
    let mut waiting = vec![Sum::default(); life.accounts.len()];
    let mut rows: Vec<Row> = pending.into_values().collect();
    rows.sort_unstable_by_key(|row| (row.booking_ms, row.id));
    for row in &rows {
        waiting[row.account].add(row, !summary);
    }
    let opening = bank.opening(&customer, since);
    let balances = bank.balances(&customer, now_ms).booked;
    let accounts = life.accounts.iter().enumerate().map(|(index, account)| {
        let show = |minor| amount(minor, account.currency);
        let lines = |sum: &Sum| (!summary).then(|| sum.rows.iter().map(|row| Line::new(row, account)).collect());
        Page {
            account_id: account.id.clone(),
            currency: account.currency.code().to_owned(),
            opening: show(opening[index]),
            balance: show(balances[index]),
            booked_count: booked[index].count,
            booked_sum: show(booked[index].minor),
            pending_count: waiting[index].count,
            pending_sum: show(waiting[index].minor),
            booked: lines(&booked[index]),
            pending: lines(&waiting[index]),
        }
    });
    let accounts = accounts.collect();
    Ok(Ledger { customer, now_ms, since: since.to_string(), accounts })
}
