//! Drift: how much, since when, and what is likely to be behind it.

use serde_json::{Value, json};

use super::{
    bank::{Bank, text_of},
    person::{DELETE, Linked, Person},
};
use crate::house::{House, on_both_sizes};

const DRIFT: &str = "{ accounts { id name drift { amount currency since culprit { cause rows { transactionId date amount { amount currency } descriptor } } } } }";

/// The drift of the account that was listed first.
async fn drift(anna: &Person) -> Value {
    anna.done(DRIFT, json!({})).await[0]["drift"].clone()
}

on_both_sizes! {
    async fn a_drift_names_since_when_and_what_is_behind_it(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let mut linked = Linked::new(&anna, &bank, "anna", 1).await;
        let nothing = json!({ "amount": "0.00", "currency": "EUR", "since": null, "culprit": null });
        assert_eq!(drift(&anna).await, nothing);

        // The person throws away what the bank counts: known at once, noted at the next pull, and as old as that at the one after.
        bank.purchase("anna", 0, "-12.34", "NORTH ELECTRIC", json!({})).await;
        linked.refresh(&anna).await;
        let gone = anna.found("NORTH ELECTRIC").await;
        anna.done(DELETE, json!({ "id": gone["id"] })).await;
        let row = json!({ "transactionId": gone["id"], "date": gone["date"], "amount": { "amount": "-12.34", "currency": "EUR" }, "descriptor": "NORTH ELECTRIC" });
        let thrown_away = json!({ "cause": "THROWN_AWAY", "rows": [row] });
        assert_eq!(drift(&anna).await, json!({ "amount": "-12.34", "currency": "EUR", "since": null, "culprit": thrown_away }));
        linked.refresh(&anna).await;
        let noted = drift(&anna).await;
        assert!(noted["since"].is_string(), "{noted}");
        assert_eq!(noted["culprit"], thrown_away);
        linked.refresh(&anna).await;
        assert_eq!(drift(&anna).await, noted);
        house.end(vec![running]).await;
    }

    async fn a_booking_that_is_there_twice_is_suspected(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        bank.purchase("anna", 0, "-12.34", "NORTH ELECTRIC", json!({})).await;
        Linked::new(&anna, &bank, "anna", 1).await;
        let booked = anna.found("NORTH ELECTRIC").await;
        let csv = format!("Date,Description,Amount\n{},Lastschrift 11,-12.34\n", text_of(&booked["date"]));
        let account = anna.accounts().await[0]["id"].clone();
        anna.import("late.csv", &csv, json!({ "accountId": account })).await;
        let double = anna.found("Lastschrift 11").await;
        let found = drift(&anna).await;
        assert_eq!(found["amount"], "12.34");
        assert!(found["since"].is_string(), "the statement was the end of something: {found}");
        assert_eq!(found["culprit"]["cause"], "TWICE");
        let mut named: Vec<&Value> = found["culprit"]["rows"].as_array().expect("rows").iter().map(|row| &row["transactionId"]).collect();
        named.sort_by_key(ToString::to_string);
        let mut both = vec![&booked["id"], &double["id"]];
        both.sort_by_key(ToString::to_string);
        assert_eq!(named, both);
        house.end(vec![running]).await;
    }
}
