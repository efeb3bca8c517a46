//! The whole path: a person registers, links a bank, and sees to the cent what the bank would swear to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    bank::{Bank, text_of},
    ledger::{amount, exact, ledger_rows},
    person::{Linked, Person, list_of},
};
use crate::house::{House, on_both_sizes};

on_both_sizes! {
    async fn what_is_shown_is_what_the_bank_would_swear_to(house: House) {
        // The bank runs in the process that serves, as in a trial on one's own machine.
        let house = house.with("FLORIN_SANDBOX_LISTEN", "127.0.0.1:0");
        let running = house.serve().await;
        let bank = Bank::at(&House::sandbox(&running));
        let anna = Person::register(&running, "anna@example.org").await;
        assert_eq!(anna.accounts().await, Vec::<Value>::new());
        let mut linked = Linked::begin(&anna, &bank, "anna", 24).await;
        let connection = linked.complete(&anna).await;
        assert_eq!(
            [&connection["failure"], &connection["failingSince"], &connection["rejectedLines"]],
            [&json!(null), &json!(null), &json!(0)]
        );
        assert!(connection["pulledAt"].is_string() && connection["nextPullAt"].is_string(), "{connection}");

        // Transfers are found a moment later, and count as such then.
        house.until_idle().await;
        let transactions = linked.assert_agrees(&anna).await;
        assert!(transactions.len() > 1_000, "{}", transactions.len());
        let sworn = list_of(linked.sworn(&anna).await);
        assert_coffees_are_twice(&sworn);
        let accounts = anna.accounts().await;
        let held: Vec<_> = accounts.iter().map(|account| (&account["kind"], &account["currency"])).collect();
        let expected = [("CHECKING", "EUR"), ("SAVINGS", "EUR"), ("CREDIT_CARD", "EUR"), ("CHECKING", "USD")];
        assert_eq!(held, expected.map(|(kind, currency)| (json!(kind), json!(currency))).each_ref().map(|(k, c)| (k, c)));
        assert!(accounts.iter().all(|account| account["connection"]["id"] == linked.connection), "{accounts:?}");
        for (account, theirs) in accounts.iter().zip(&sworn) {
            let of = |one: &&Value| one["account"]["id"] == account["id"] && one["isPending"] == false;
            let posted: i64 = transactions.iter().filter(of).map(|one| amount(&one["amount"])).sum();
            assert_eq!(exact(&theirs["opening"]) + posted, amount(&account["balance"]), "{account}");
        }

        let today = bank.today().await.to_string();
        for account in &accounts {
            anna.assert_history(account, &transactions, &linked.since, &today).await;
        }
        let whole = (linked.since.as_str(), "2199-12-31");
        for period in periods(whole.0) {
            anna.assert_sums(&transactions, (&period.0, &period.1)).await;
        }
        // Every transaction is what its id says.
        for transaction in [&transactions[0], transactions.last().expect("transactions")] {
            let node = anna.node(transaction["id"].as_str().expect("an id")).await;
            let mut node = node.done()["node"].clone();
            assert_eq!(node.as_object_mut().expect("an object").remove("__typename"), Some(json!("Transaction")));
            assert_eq!(node, *transaction);
        }
        house.end(vec![running]).await;
    }

    async fn equal_purchases_are_as_many_as_they_are(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        for _ in 0..3 {
            bank.purchase("anna", 2, "-4.20", "TWIN COFFEE", json!({})).await;
        }
        let mut linked = Linked::new(&anna, &bank, "anna", 1).await;
        assert_eq!(anna.with_text("TWIN COFFEE").await.len(), 3);
        bank.purchase("anna", 2, "-4.20", "TWIN COFFEE", json!({})).await;
        linked.refresh(&anna).await;
        assert_eq!(anna.with_text("twin coffee").await.len(), 4);
        linked.assert_agrees(&anna).await;
        house.end(vec![running]).await;
    }
}

/// Whole months, parts of months, one day.
fn periods(since: &str) -> Vec<(String, String)> {
    let day = since.parse::<chrono::NaiveDate>().expect("a day");
    let after =
        |months: u32, days: i64| (day + chrono::Months::new(months) + chrono::TimeDelta::days(days)).to_string();
    vec![
        (after(0, 0), after(36, -1)),
        (after(3, 0), after(4, -1)),
        (after(3, 9), after(7, 16)),
        (after(20, 0), after(24, 11)),
        (after(5, 3), after(5, 3)),
    ]
}

/// A life has equal purchases on one day: otherwise the comparison proves less than it should.
#[track_caller]
fn assert_coffees_are_twice(sworn: &[Value]) {
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for row in ledger_rows(sworn) {
        *counts.entry(row).or_default() += 1;
    }
    assert!(counts.values().any(|count| *count == 2), "no two rows of {} are equal", text_of(&sworn[0]["account_id"]));
}
