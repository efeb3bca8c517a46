//! What statements say against each other: of an account that no bank feeds, closing balances differ by what lies between them.

use serde_json::{Value, json};

use super::Visitor;
use crate::house::on_both_sizes;

const DRIFT: &str =
    "{ accounts { balance { amount } drift { amount since culprit { cause from to rows { date } } } } }";
const CREATE: &str = "mutation($input: CreateTransactionInput!) { createTransaction(input: $input) { id } }";
const DELETE: &str = "mutation($id: ID!) { deleteTransaction(id: $id) }";
const FIND: &str =
    "query($text: String!) { transactions(first: 1, filter: { text: $text }) { edges { node { id } } } }";

/// A table with a balance behind each row.
fn table(rows: &[(&str, &str, &str)]) -> String {
    let rows: Vec<String> =
        rows.iter().map(|(day, amount, balance)| format!("{day},SHOP {day},{amount},{balance}\n")).collect();
    format!("Date,Description,Amount,Balance\n{}", rows.concat())
}

impl Visitor {
    /// The only account.
    async fn only(&self) -> Value {
        self.ask(DRIFT, json!({})).await["accounts"][0].clone()
    }
}

on_both_sizes! {
    async fn statements_are_held_against_each_other(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "anna@example.org").await;
        let account = visitor.account("Giro", "EUR").await;
        let take = async |table: &str| visitor.import("table.csv", table.as_bytes(), json!({ "accountId": account })).await["id"].clone();
        let nothing = json!({ "amount": "0.00", "since": null, "culprit": null });
        assert_eq!(visitor.only().await["drift"], Value::Null, "nobody has said what it holds");
        let january = table(&[("2026-01-05", "-10.00", "90.00"), ("2026-01-31", "-20.00", "70.00")]);
        let february = table(&[("2026-02-10", "-15.00", "55.00"), ("2026-02-20", "5.00", "60.00")]);
        let march = table(&[("2026-03-02", "-1.00", "59.00"), ("2026-03-30", "-9.00", "50.00")]);
        take(&january).await;
        assert_eq!(visitor.only().await, json!({ "balance": { "amount": "70.00" }, "drift": nothing }));
        // The one between the two is missing: -15.00 and 5.00.
        let later = take(&march).await;
        let found = visitor.only().await;
        assert_eq!((&found["balance"]["amount"], &found["drift"]["amount"]), (&json!("50.00"), &json!("-10.00")));
        assert!(found["drift"]["since"].is_string());
        let missing = json!({ "cause": "MISSING_STATEMENT", "from": "2026-02-01", "to": "2026-03-01", "rows": [] });
        assert_eq!(found["drift"]["culprit"], missing);
        // It is as old as it is, whatever else comes.
        let again = take(&january).await;
        assert_eq!(visitor.only().await, found);
        let between = take(&february).await;
        assert_eq!(visitor.only().await, json!({ "balance": { "amount": "50.00" }, "drift": nothing }));
        // What a person throws away was in the balances all the same, and what comes by hand was not.
        let gone = visitor.ask(FIND, json!({ "text": "SHOP 2026-02-10" })).await["transactions"]["edges"][0]["node"]["id"].clone();
        visitor.ask(DELETE, json!({ "id": gone })).await;
        let entry = json!({ "accountId": account, "date": "2026-02-11", "amount": "-3.00", "description": "MARKET" });
        visitor.ask(CREATE, json!({ "input": entry })).await;
        let once_more = take(&march).await;
        assert_eq!(visitor.only().await["drift"], nothing);
        // Taken back, it is missing again; what is left when the later ones are gone fits together.
        visitor.undo(&between, false).await;
        assert_eq!(visitor.only().await["drift"]["amount"], "-10.00");
        for statement in [&later, &once_more] {
            visitor.undo(statement, false).await;
        }
        assert_eq!(visitor.only().await["drift"], nothing);
        visitor.undo(&again, false).await;
        house.end(vec![running]).await;
    }

    async fn a_file_of_half_a_day_is_no_drift(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "anna@example.org").await;
        let account = visitor.account("Giro", "EUR").await;
        let rows = [("2026-01-05", "-10.00", "90.00"), ("2026-01-15", "-20.00", "70.00"), ("2026-01-15", "-7.00", "63.00"), ("2026-01-16", "-3.00", "60.00")];
        let (noon, evening) = (table(&rows[..2]), table(&rows));
        for table in [&noon, &evening, &noon] {
            visitor.import("table.csv", table.as_bytes(), json!({ "accountId": account })).await;
            assert_eq!(visitor.only().await["drift"]["amount"], "0.00", "{table}");
        }
        // The later download first; what comes with nothing new knows no better what the account holds.
        let other = Visitor::register(&running, "berta@example.org").await;
        let account = other.account("Giro", "EUR").await;
        let (noon, night) = (table(&rows[..2]), table(&rows[..3]));
        for table in [&night, &noon, &table(&rows[3..]), &noon] {
            other.import("table.csv", table.as_bytes(), json!({ "accountId": account })).await;
            assert_eq!(other.only().await["drift"]["amount"], "0.00", "{table}");
        }
        assert_eq!(other.only().await["balance"]["amount"], "60.00");
        // Nor does it matter that the half day comes last, or only once.
        let third = Visitor::register(&running, "clara@example.org").await;
        let account = third.account("Giro", "EUR").await;
        for table in [&table(&rows[2..]), &noon] {
            third.import("table.csv", table.as_bytes(), json!({ "accountId": account })).await;
            assert_eq!(third.only().await["drift"]["amount"], "0.00", "{table}");
        }
        house.end(vec![running]).await;
    }

    async fn what_a_person_entered_and_what_is_there_twice_is_told_apart(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "anna@example.org").await;
        let account = visitor.account("Giro", "EUR").await;
        let take = async |table: &str| visitor.import("table.csv", table.as_bytes(), json!({ "accountId": account })).await["id"].clone();
        // A file knows what a person has entered before.
        let entry = json!({ "accountId": account, "date": "2026-02-10", "amount": "-15.00", "description": "SHOP 2026-02-10" });
        visitor.ask(CREATE, json!({ "input": entry })).await;
        take(&table(&[("2026-01-31", "-20.00", "70.00")])).await;
        take(&table(&[("2026-02-10", "-15.00", "55.00"), ("2026-02-20", "5.00", "60.00")])).await;
        assert_eq!(visitor.only().await["drift"]["amount"], "0.00");
        // Told once more in other words, and without a balance.
        take("Date,Description,Amount\n2026-02-10,LASTSCHRIFT 77,-15.00\n").await;
        take(&table(&[("2026-03-01", "-1.00", "59.00")])).await;
        let found = visitor.only().await;
        assert_eq!((&found["drift"]["amount"], &found["drift"]["culprit"]["cause"]), (&json!("15.00"), &json!("TWICE")), "{found}");
        // The one of the two that a person throws away was never in a balance.
        let double = visitor.ask(FIND, json!({ "text": "LASTSCHRIFT 77" })).await["transactions"]["edges"][0]["node"]["id"].clone();
        visitor.ask(DELETE, json!({ "id": double })).await;
        take(&table(&[("2026-03-02", "-1.00", "58.00")])).await;
        assert_eq!(visitor.only().await["drift"]["amount"], "0.00");
        house.end(vec![running]).await;
    }
}
