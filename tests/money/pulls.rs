//! Pulled again: what is known stays what it is, what was pending is booked in its place, and what a person did to it stays.

use serde_json::{Value, json};

use super::{
    bank::{Bank, text_of},
    ledger::amount,
    person::{DELETE, Linked, Person, UPDATE},
    sums::SPENDING,
};
use crate::house::{House, on_both_sizes};

/// What a person set stays on a row whatever the bank says of it.
#[track_caller]
fn assert_theirs(transaction: &Value, category: &str) {
    assert_eq!(
        [
            &transaction["category"]["id"],
            &transaction["isCategoryLocked"],
            &transaction["note"],
            &transaction["merchant"]["name"]
        ],
        [&json!(category), &json!(true), &json!("with Berta"), &json!("Our café")]
    );
}

/// Gives a transaction a category, a note and a name that the bank knows nothing of.
async fn adorn(anna: &Person, transaction: &Value, category: &str) {
    let input =
        json!({ "id": transaction["id"], "categoryId": category, "note": "with Berta", "merchantName": "Our café" });
    assert_theirs(&anna.put(UPDATE, input).await, category);
}

on_both_sizes! {
    async fn what_is_known_stays_what_it_is(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let mut linked = Linked::new(&anna, &bank, "anna", 3).await;
        house.until_idle().await;
        let before = linked.assert_agrees(&anna).await;
        let accounts = anna.accounts().await;
        linked.refresh(&anna).await;
        house.until_idle().await;
        assert_eq!(linked.assert_agrees(&anna).await, before);
        assert_eq!(anna.accounts().await, accounts);
        assert_eq!(anna.connections().await.len(), 1);
        house.end(vec![running]).await;
    }

    async fn a_pending_purchase_is_booked_in_its_place(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let mut linked = Linked::new(&anna, &bank, "anna", 1).await;
        let gifts = anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await;
        // The bank says which pending row is booked, or it does not; with a merchant's name of its own, or without.
        let ways = [
            ("FIRST WAY CAFE 11", json!({}), json!({ "amount": "-20.50" })),
            ("SECOND WAY CAFE 22", json!({}), json!({ "amount": "-20.50", "linked": false })),
            ("THIRD WAY CAFE 33", json!({ "merchant_name": "Third Café" }), json!({ "amount": "-20.50", "linked": false })),
            ("FOURTH WAY CAFE 44", json!({}), json!({ "descriptor": "FOURTH WAY CAFE 44 BERLIN DE" })),
        ];
        let mut bought = Vec::new();
        for (text, more, _) in &ways {
            let mut more = more.clone();
            more["pending"] = json!(true);
            bought.push(bank.purchase("anna", 2, "-18.50", text, more).await);
        }
        linked.refresh(&anna).await;
        let mut before = Vec::new();
        for (text, ..) in &ways {
            let pending = anna.found(text).await;
            assert_eq!((&pending["isPending"], amount(&pending["amount"])), (&json!(true), -185_000));
            adorn(&anna, &pending, &gifts).await;
            before.push(text_of(&pending["id"]));
        }
        let count = linked.assert_agrees(&anna).await.len();
        for ((.., how), id) in ways.iter().zip(&bought) {
            bank.book("anna", id, how.clone()).await;
        }
        linked.refresh(&anna).await;
        for ((text, _, how), id) in ways.iter().zip(&before) {
            let booked = anna.found(text).await;
            assert_eq!((&text_of(&booked["id"]), &booked["isPending"]), (id, &json!(false)), "{text}");
            let expected = if how["amount"].is_string() { -205_000 } else { -185_000 };
            assert_eq!(amount(&booked["amount"]), expected, "{text}");
            assert_theirs(&booked, &gifts);
        }
        assert_eq!(linked.assert_agrees(&anna).await.len(), count);
        // Nothing of it comes back when the whole feed is read again.
        linked.remember().await;
        let again = anna.link(&bank, "anna@1", None).await;
        linked.connection = text_of(&again["id"]);
        linked.complete(&anna).await;
        assert_eq!(linked.assert_agrees(&anna).await.len(), count);
        for ((text, ..), id) in ways.iter().zip(&before) {
            let booked = anna.found(text).await;
            assert_eq!(text_of(&booked["id"]), *id, "{text}");
            assert_theirs(&booked, &gifts);
        }
        house.end(vec![running]).await;
    }

    async fn what_expires_goes(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let mut linked = Linked::new(&anna, &bank, "anna", 1).await;
        let bought = bank.purchase("anna", 2, "-99.00", "HOTEL DEPOSIT", json!({ "pending": true })).await;
        linked.refresh(&anna).await;
        let pending = anna.found("HOTEL DEPOSIT").await;
        linked.assert_agrees(&anna).await;
        bank.expire("anna", &bought).await;
        linked.refresh(&anna).await;
        assert_eq!(anna.with_text("HOTEL DEPOSIT").await, Vec::<Value>::new());
        anna.node(pending["id"].as_str().expect("an id")).await.assert_refused(200, "NOT_FOUND");
        linked.assert_agrees(&anna).await;
        house.end(vec![running]).await;
    }

    async fn what_is_deleted_stays_away(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        bank.purchase("anna", 2, "-12.34", "GONE SHOP", json!({})).await;
        let waiting = bank.purchase("anna", 2, "-5.00", "GONE LINKED", json!({ "pending": true })).await;
        let loose = bank.purchase("anna", 2, "-7.00", "GONE LOOSE", json!({ "pending": true })).await;
        let mut linked = Linked::new(&anna, &bank, "anna", 1).await;
        let all = linked.assert_agrees(&anna).await;
        for text in ["GONE SHOP", "GONE LINKED", "GONE LOOSE"] {
            let id = anna.found(text).await["id"].clone();
            assert_eq!(anna.done(DELETE, json!({ "id": id })).await, id);
            anna.ask(DELETE, json!({ "id": id })).await.assert_refused(200, "NOT_FOUND");
            anna.node(id.as_str().expect("an id")).await.assert_refused(200, "NOT_FOUND");
        }
        let left: Vec<Value> = all.into_iter().filter(|one| !text_of(&one["descriptor"]).starts_with("GONE ")).collect();
        house.until_idle().await;
        assert_away(&anna, &left, "-12.34").await;
        // Booked by the bank, delivered again, delivered from the beginning: what a person threw away stays away.
        bank.book("anna", &waiting, json!({})).await;
        bank.book("anna", &loose, json!({ "linked": false })).await;
        linked.refresh(&anna).await;
        house.until_idle().await;
        assert_away(&anna, &left, "-24.34").await;
        linked.connection = text_of(&anna.link(&bank, "anna@1", None).await["id"]);
        linked.complete(&anna).await;
        house.until_idle().await;
        assert_away(&anna, &left, "-24.34").await;
        house.end(vec![running]).await;
    }
}

/// Asserts that these are all transactions, that the sums are theirs, and by how much the card's balance differs from them.
async fn assert_away(anna: &Person, left: &[Value], drift: &str) {
    let now = anna.transactions().await;
    let found = now.iter().filter(|one| one["descriptor"].as_str().is_some_and(|text| text.starts_with("GONE ")));
    assert_eq!(found.collect::<Vec<_>>(), Vec::<&Value>::new());
    // The life may have gone on meanwhile, but nothing else is lost.
    assert!(left.iter().all(|one| now.iter().any(|other| other["id"] == one["id"])));
    anna.assert_sums(&now, ("2000-01-01", "2009-12-31")).await;
    anna.assert_sums(&now, ("2020-01-01", "2029-12-31")).await;
    let accounts = anna.accounts().await;
    assert_eq!(accounts[2]["drift"]["amount"], drift);
    let asked = json!({ "from": "2020-01-01", "to": "2029-12-31", "by": "MERCHANT", "kind": "SPENDING" });
    assert!(!anna.done(SPENDING, asked).await.to_string().contains("GONE"));
}
