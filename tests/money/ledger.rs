//! Whether Florin says what the bank would swear to, row by row and to the cent.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    bank::text_of,
    person::{Linked, Person, list_of},
};

/// Decimals in which amounts are compared: no currency has more.
const DECIMALS: usize = 4;

/// A decimal text as an exact number.
#[track_caller]
pub(super) fn exact(text: &Value) -> i64 {
    let text = text.as_str().unwrap_or_else(|| panic!("no decimal: {text}"));
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    assert!(part.len() <= DECIMALS, "{text}");
    format!("{whole}{part:0<DECIMALS$}").parse().unwrap_or_else(|_| panic!("no decimal: {text}"))
}

/// The exact number of an amount of money.
#[track_caller]
pub(super) fn amount(money: &Value) -> i64 {
    exact(&money["amount"])
}

/// What both sides know of a row: the account's place, day, amount, descriptor, and whether it is pending.
type Row = (usize, String, i64, String, bool);

/// How often each row is there: equal ones count.
fn counted<T: Ord>(all: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    all.into_iter().fold(BTreeMap::new(), |mut counts, one| {
        *counts.entry(one).or_default() += 1;
        counts
    })
}

/// The rows of a ledger.
pub(super) fn ledger_rows(accounts: &[Value]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (place, account) in accounts.iter().enumerate() {
        for (list, pending) in [("booked", false), ("pending", true)] {
            for line in account[list].as_array().expect("rows") {
                let (day, descriptor) = (text_of(&line["day"]), text_of(&line["descriptor"]));
                rows.push((place, day, exact(&line["amount"]), descriptor, pending));
            }
        }
    }
    rows
}

/// The same of transactions.
pub(super) fn rows_of(transactions: &[Value], accounts: &[Value]) -> Vec<Row> {
    let places: BTreeMap<String, usize> =
        accounts.iter().enumerate().map(|(place, account)| (text_of(&account["id"]), place)).collect();
    let row = |transaction: &Value| {
        let place = places[&text_of(&transaction["account"]["id"])];
        assert_eq!(transaction["amount"]["currency"], accounts[place]["currency"]);
        let (day, descriptor) = (text_of(&transaction["date"]), text_of(&transaction["descriptor"]));
        (place, day, amount(&transaction["amount"]), descriptor, transaction["isPending"] == true)
    };
    transactions.iter().map(row).collect()
}

/// Asserts that two lists hold the same rows, each as often.
#[track_caller]
pub(super) fn assert_same<T: Ord + std::fmt::Debug>(ours: Vec<T>, theirs: Vec<T>) {
    let (ours, theirs) = (counted(ours), counted(theirs));
    let differ: Vec<_> = ours
        .keys()
        .chain(theirs.keys())
        .filter(|row| ours.get(row) != theirs.get(row))
        .map(|row| (row, ours.get(row), theirs.get(row)))
        .collect();
    assert!(differ.is_empty(), "{} differ, such as {:?}", differ.len(), &differ[..differ.len().min(6)]);
}

impl Linked {
    /// Asserts that rows, balances and sums of the accounts are those of the bank. Gives the transactions.
    pub(super) async fn assert_agrees(&mut self, person: &Person) -> Vec<Value> {
        let sworn = list_of(self.sworn(person).await);
        let accounts = person.accounts().await;
        let transactions = person.transactions().await;
        assert_same(rows_of(&transactions, &accounts), ledger_rows(&sworn));
        assert_balances(&accounts, &sworn);
        transactions
    }

    /// The same by counts and sums, for lives that are too large for rows.
    pub(super) async fn assert_sums_agree(&mut self, person: &Person) {
        let sworn = list_of(self.sworn(person).await);
        let accounts = person.accounts().await;
        let transactions = person.transactions().await;
        for (place, account) in sworn.iter().enumerate() {
            for (list, pending) in [("booked", false), ("pending", true)] {
                let rows = rows_of(&transactions, &accounts);
                let rows: Vec<_> = rows.into_iter().filter(|row| row.0 == place && row.4 == pending).collect();
                let (count, sum) = (rows.len(), rows.iter().map(|row| row.2).sum::<i64>());
                let theirs = (&account[format!("{list}_count")], exact(&account[format!("{list}_sum")]));
                assert_eq!((&Value::from(count), sum), theirs, "{list} of {place}");
            }
        }
        assert_balances(&accounts, &sworn);
    }
}

/// Asserts that each account has the balance of the bank's, and nothing is missing or doubled in it.
#[track_caller]
fn assert_balances(accounts: &[Value], sworn: &[Value]) {
    assert_eq!(accounts.len(), sworn.len());
    for (ours, theirs) in accounts.iter().zip(sworn) {
        assert_eq!(ours["currency"], theirs["currency"]);
        assert_eq!(amount(&ours["balance"]), exact(&theirs["balance"]), "{ours} {theirs}");
        assert_eq!(amount(&ours["drift"]), 0, "{ours}");
        assert_eq!(amount(&ours["pending"]), exact(&theirs["pending_sum"]), "{ours} {theirs}");
    }
}
