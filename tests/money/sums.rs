//! Spending as the program sums it, and as a reader of the list would.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    bank::text_of,
    ledger::{amount, exact},
    person::Person,
};

pub(super) const SPENDING: &str = "query($from: Date!, $to: Date!, $by: SpendingGrouping!, $kind: CategoryKind!) {
    spending(from: $from, to: $to, groupBy: $by, kind: $kind) {
        totals { amount currency }
        groups { amount { amount currency } pending { amount currency } count share
            category { id } merchant { id } account { id } month } } }";

/// By what sums are taken.
pub(super) const GROUPINGS: [&str; 4] = ["CATEGORY", "MERCHANT", "ACCOUNT", "MONTH"];

/// Currency and group: what is booked, what is pending, and how many are booked.
type Groups = BTreeMap<(String, String), (i64, i64, i64)>;

/// What a transaction counts as: its parts, or itself.
fn parts(transaction: &Value) -> Vec<&Value> {
    let parts = transaction["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
    if parts.is_empty() { vec![transaction] } else { parts.iter().collect() }
}

/// What a part of a transaction is counted under.
fn key(transaction: &Value, part: &Value, by: &str) -> String {
    match by {
        "CATEGORY" => text_of(&part["category"]["id"]),
        "MERCHANT" => text_of(&transaction["merchant"]["id"]),
        "ACCOUNT" => text_of(&transaction["account"]["id"]),
        _ => text_of(&transaction["date"])[..7].to_owned(),
    }
}

/// The sums of a list.
fn added_up(transactions: &[Value], (from, to): (&str, &str), by: &str, kind: &str) -> Groups {
    let sign = if kind == "INCOME" { 1 } else { -1 };
    let mut groups = Groups::new();
    for transaction in transactions {
        let date = transaction["date"].as_str().expect("a day");
        for part in parts(transaction) {
            if part["category"]["kind"] != kind || date < from || date > to {
                continue;
            }
            let currency = text_of(&transaction["amount"]["currency"]);
            let sum = groups.entry((currency, key(transaction, part, by))).or_default();
            let amount = sign * amount(&part["amount"]);
            if transaction["isPending"] == true {
                sum.1 += amount;
            } else {
                sum.0 += amount;
                sum.2 += 1;
            }
        }
    }
    groups
}

impl Person {
    /// Asserts that the sums of a period are those of its transactions, by everything and of every kind.
    pub(super) async fn assert_sums(&self, transactions: &[Value], period: (&str, &str)) {
        for kind in ["SPENDING", "INCOME", "TRANSFER"] {
            for by in GROUPINGS {
                self.assert_sum(transactions, period, by, kind).await;
            }
        }
    }

    async fn assert_sum(&self, transactions: &[Value], period: (&str, &str), by: &str, kind: &str) {
        let what = format!("{kind} by {by} from {} to {}", period.0, period.1);
        let asked = json!({ "from": period.0, "to": period.1, "by": by, "kind": kind });
        let answer = self.done(SPENDING, asked).await;
        let mut ours = Groups::new();
        let groups = answer["groups"].as_array().expect("groups");
        for group in groups {
            let named = match by {
                "MONTH" => &group["month"],
                by => &group[by.to_lowercase()]["id"],
            };
            let currency = text_of(&group["amount"]["currency"]);
            let sum = (amount(&group["amount"]), amount(&group["pending"]), group["count"].as_i64().expect("a count"));
            assert!(ours.insert((currency, text_of(named)), sum).is_none(), "{what}: a group stands twice");
        }
        assert_eq!(ours, added_up(transactions, period, by, kind), "{what}");
        let mut totals: BTreeMap<String, i64> = BTreeMap::new();
        for ((currency, _), (booked, ..)) in &ours {
            *totals.entry(currency.clone()).or_default() += booked;
        }
        let told = answer["totals"].as_array().expect("totals").iter();
        let told: BTreeMap<String, i64> = told.map(|total| (text_of(&total["currency"]), amount(total))).collect();
        assert_eq!(told, totals, "{what}");
        assert_order(groups, by, &what);
    }

    /// Asserts that the balance at the end of each day follows from the transactions, and ends with the account's balance.
    pub(super) async fn assert_history(&self, account: &Value, transactions: &[Value], from: &str, to: &str) {
        const HISTORY: &str = "query($account: ID!, $from: Date!, $to: Date!) {
            balanceHistory(accountId: $account, from: $from, to: $to) { date balance { amount currency } } }";
        let id = &account["id"];
        let days = self.done(HISTORY, json!({ "account": id, "from": from, "to": to })).await;
        let days = days.as_array().expect("days");
        let mut by_day: BTreeMap<&str, i64> = BTreeMap::new();
        let of = |transaction: &&Value| transaction["account"]["id"] == *id && transaction["isPending"] == false;
        for transaction in transactions.iter().filter(of) {
            *by_day.entry(transaction["date"].as_str().expect("a day")).or_default() += amount(&transaction["amount"]);
        }
        let (first, last) = (days.first().expect("a day"), days.last().expect("a day"));
        assert_eq!((&first["date"], &last["date"]), (&json!(from), &json!(to)));
        assert_eq!(last["balance"], account["balance"], "{account}");
        for pair in days.windows(2) {
            let date = pair[1]["date"].as_str().expect("a day");
            let change = exact(&pair[1]["balance"]["amount"]) - exact(&pair[0]["balance"]["amount"]);
            assert_eq!(change, by_day.get(date).copied().unwrap_or(0), "{date} of {account}");
        }
    }
}

/// Asserts the order that is promised: months as they follow, everything else the largest first within its currency.
#[track_caller]
fn assert_order(groups: &[Value], by: &str, what: &str) {
    for pair in groups.windows(2).filter(|pair| pair[0]["amount"]["currency"] == pair[1]["amount"]["currency"]) {
        let in_order = if by == "MONTH" {
            pair[0]["month"].as_str() < pair[1]["month"].as_str()
        } else {
            amount(&pair[0]["amount"]) >= amount(&pair[1]["amount"])
        };
        assert!(in_order, "{what}: {pair:?}");
    }
}
