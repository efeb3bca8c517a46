//! What comes back of a purchase is taken off what it cost, in its category, and follows what becomes of it.

use serde_json::{Value, json};

use super::{
    bank::text_of,
    manual::{account, entry},
    person::{CREATE, Person, UPDATE},
};
use crate::house::on_both_sizes;

macro_rules! refund {
    () => {
        "{ refund { id refundOf { id } category { id } categorization { because } netAmount { amount } }
           purchase { id netAmount { amount currency } refunds { id amount { amount } } } }"
    };
}

pub(super) const LINK: &str =
    concat!("mutation($input: LinkRefundInput!) { linkRefund(input: $input) ", refund!(), " }");
const UNLINK: &str = concat!("mutation($id: ID!) { unlinkRefund(id: $id) ", refund!(), " }");
const OFFERED: &str = "query($id: ID!, $first: Int) { node(id: $id) { ... on Transaction {
    refundCandidates(first: $first) { id netAmount { amount } } } } }";
const LISTED: &str =
    "{ transactions(first: 20) { edges { node { id refundOf { id } refunds { id } netAmount { amount } } } } }";
const SPENT: &str = r"query($from: Date!, $to: Date!) { spending(from: $from, to: $to, groupBy: CATEGORY) { totals { amount }
    groups { category { id } amount { amount } } } }";

impl Person {
    /// What was spent in a month of 2026: all of it, and by category.
    async fn spent_in(&self, month: u32) -> (Value, Vec<(String, String)>) {
        let days = json!({ "from": format!("2026-{month:02}-01"), "to": format!("2026-{month:02}-28") });
        let spending = self.done(SPENT, days).await;
        let group = |group: &Value| (text_of(&group["category"]["id"]), text_of(&group["amount"]["amount"]));
        let groups = spending["groups"].as_array().expect("groups").iter().map(group).collect();
        (spending["totals"][0]["amount"].clone(), groups)
    }

    async fn on(&self, account: &str, day: &str, text: &str, amount: &str) -> String {
        text_of(&self.put(CREATE, entry(account, day, amount, text)).await["id"])
    }
}

on_both_sizes! {
    async fn a_refund_is_taken_off_what_its_purchase_cost(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let (card, bank) = (account(&anna, "Card", "EUR", "0").await, account(&anna, "Bank", "EUR", "0").await);
        let (coffee, gifts) = (anna.category("FOOD_AND_DRINK_COFFEE").await, anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await);
        let purchase = anna.on(&card, "2026-02-03", "QWYLLA 0001", "-100").await;
        let other = anna.on(&card, "2026-02-20", "QWYLLA 0002", "-40").await;
        let refund = anna.on(&bank, "2026-02-21", "QWYLLA 0003", "40").await;
        anna.put(UPDATE, json!({ "id": purchase, "categoryId": gifts, "remember": false })).await;

        // The one of just so much is offered first.
        let offered = anna.done(OFFERED, json!({ "id": refund })).await["refundCandidates"].clone();
        assert_eq!(offered, json!([{ "id": other, "netAmount": { "amount": "-40.00" } }, { "id": purchase, "netAmount": { "amount": "-100.00" } }]));
        assert_eq!(anna.ask(OFFERED, json!({ "id": refund, "first": 51 })).await.codes(), ["INVALID"]);

        let linked = anna.put(LINK, json!({ "refundId": refund, "purchaseId": purchase })).await;
        assert_eq!(linked["refund"], json!({
            "id": refund, "refundOf": { "id": purchase }, "category": { "id": gifts }, "netAmount": { "amount": "40.00" },
            "categorization": { "because": "It is a refund, and counts as its purchase." },
        }));
        assert_eq!(linked["purchase"], json!({
            "id": purchase, "netAmount": { "amount": "-60.00", "currency": "EUR" }, "refunds": [{ "id": refund, "amount": { "amount": "40.00" } }],
        }));
        assert_eq!(anna.put(LINK, json!({ "refundId": refund, "purchaseId": purchase })).await, linked, "again is no change");
        let (total, groups) = anna.spent_in(2).await;
        assert_eq!(total, json!("100.00"));
        assert!(groups.contains(&(gifts.clone(), "60.00".into())), "{groups:?}");

        // It follows the purchase: its category, its parts. A month has what moved in it.
        anna.put(UPDATE, json!({ "id": purchase, "categoryId": coffee, "remember": false })).await;
        assert!(anna.spent_in(2).await.1.contains(&(coffee.clone(), "60.00".into())));
        let split = "mutation($input: SplitTransactionInput!) { splitTransaction(input: $input) { id } }";
        anna.put(split, json!({ "transactionId": purchase, "parts": [{ "categoryId": coffee, "amount": "-75" }, { "categoryId": gifts, "amount": "-25" }] })).await;
        let (total, groups) = anna.spent_in(2).await;
        assert_eq!(total, json!("100.00"));
        assert!(groups.contains(&(coffee.clone(), "45.00".into())) && groups.contains(&(gifts.clone(), "15.00".into())), "{groups:?}");
        let late = anna.on(&bank, "2026-03-02", "QWYLLA 0004", "10.01").await;
        anna.put(LINK, json!({ "refundId": late, "purchaseId": purchase })).await;
        assert_eq!(anna.spent_in(3).await, (json!("-10.01"), vec![(gifts.clone(), "-2.50".into()), (coffee.clone(), "-7.51".into())]));
        let listed = anna.done(LISTED, json!({})).await;
        let rows: Vec<Value> = listed["edges"].as_array().expect("edges").iter().map(|edge| edge["node"].clone()).collect();
        assert_eq!(rows, [
            json!({ "id": late, "refundOf": { "id": purchase }, "refunds": [], "netAmount": { "amount": "10.01" } }),
            json!({ "id": refund, "refundOf": { "id": purchase }, "refunds": [], "netAmount": { "amount": "40.00" } }),
            json!({ "id": other, "refundOf": null, "refunds": [], "netAmount": { "amount": "-40.00" } }),
            json!({ "id": purchase, "refundOf": null, "refunds": [{ "id": refund }, { "id": late }], "netAmount": { "amount": "-49.99" } }),
        ]);

        // What is refused.
        anna.try_put(LINK, json!({ "refundId": other, "purchaseId": purchase })).await.assert_invalid("refundId");
        anna.try_put(LINK, json!({ "refundId": late, "purchaseId": refund })).await.assert_invalid("purchaseId");
        anna.try_put(LINK, json!({ "refundId": late, "purchaseId": other })).await.assert_refused(200, "CONFLICT");
        anna.put(split, json!({ "transactionId": purchase, "parts": [] })).await;
        anna.try_put(UPDATE, json!({ "id": refund, "categoryId": gifts })).await.assert_refused(200, "CONFLICT");
        anna.try_put(split, json!({ "transactionId": refund, "parts": [{ "categoryId": coffee, "share": "1" }, { "categoryId": gifts, "share": "1" }] })).await.assert_refused(200, "CONFLICT");
        berta.try_put(LINK, json!({ "refundId": refund, "purchaseId": purchase })).await.assert_refused(200, "NOT_FOUND");
        berta.ask(UNLINK, json!({ "id": refund })).await.assert_refused(200, "NOT_FOUND");

        let unlinked = anna.done(UNLINK, json!({ "id": late })).await;
        assert_eq!((&unlinked["refund"]["refundOf"], &unlinked["purchase"]["netAmount"]["amount"]), (&Value::Null, &json!("-60.00")));
        anna.ask(UNLINK, json!({ "id": late })).await.assert_refused(200, "CONFLICT");
        assert_eq!(anna.spent_in(3).await.0, Value::Null, "what comes in from nobody known is income");
        house.end(vec![running]).await;
    }
}
