//! Cases with names, and what the tests of this folder share.

mod cases;
mod life;
mod properties;

use super::{Account, History, Household, Pair, Proposal, Rate, Row, propose};
use crate::{
    account::AccountKind,
    categorize::{Question, Setting, answer},
    currency::Currency,
    day::Day,
    id::{AccountId, TransactionId},
};

/// Accounts of a household: two for payments, savings, a card, a loan, cash, dollars.
const ACCOUNTS: [(AccountKind, &str, &str, &str); 7] = [
    (AccountKind::Checking, "EUR", "Main", "1111"),
    (AccountKind::Savings, "EUR", "Savings", "2222"),
    (AccountKind::CreditCard, "EUR", "Gold", "3333"),
    (AccountKind::Checking, "EUR", "Household", "4444"),
    (AccountKind::Loan, "EUR", "House", "5555"),
    (AccountKind::Cash, "EUR", "Purse", ""),
    (AccountKind::Checking, "USD", "Travel", "7777"),
];
const MAIN: usize = 0;
const SAVINGS: usize = 1;
const CARD: usize = 2;
const OTHER: usize = 3;
const LOAN: usize = 4;
const CASH: usize = 5;
const DOLLARS: usize = 6;

fn currency(code: &str) -> Currency {
    Currency::from_code(code).expect(code)
}

fn accounts() -> Vec<Account<'static>> {
    let numbered = ACCOUNTS.iter().zip(1..);
    numbered
        .map(|((kind, code, name, tail), id)| Account {
            id: AccountId(id),
            kind: *kind,
            currency: currency(code),
            name,
            tail,
        })
        .collect()
}

/// A row as a source would bring it, with the category that its text gets. Days count from Monday, 2026-11-02.
fn row(id: i64, account: usize, on: i32, amount_minor: i64, descriptor: &str) -> Row<'_> {
    let setting = Setting { kind: ACCOUNTS[account].0, country: None };
    let answer = answer(&Question::of(descriptor, amount_minor, setting));
    Row {
        id: TransactionId(id),
        account: AccountId(i64::try_from(account).expect("small") + 1),
        day: Day::from_ymd(2026, 11, 2).expect("a day").plus(on),
        amount_minor,
        descriptor,
        merchant: answer.merchant,
        category: answer.category,
        category_source: answer.source,
        pending: false,
    }
}

fn no_rate(_: Currency, _: Currency, _: Day) -> Option<Rate> {
    None
}

/// A household of which nothing is known but its accounts and rows.
fn household<'a>(accounts: &'a [Account<'a>], rows: &'a [Row<'a>]) -> Household<'a> {
    Household { accounts, rows, settled: &[], rejected: &[], history: &[], names: &[], fees: &[], rate: &no_rate }
}

fn pair(out: i64, into: i64) -> Pair {
    Pair { out: TransactionId(out), into: TransactionId(into) }
}

/// The proposals as numbers of rows, and whether they are sure.
fn brief(proposals: &[Proposal]) -> Vec<(i64, i64, bool)> {
    proposals.iter().map(|it| (it.pair.out.0, it.pair.into.0, it.is_sure())).collect()
}
