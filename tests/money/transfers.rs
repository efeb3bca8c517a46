//! Transfers between accounts of a household: found, confirmed, rejected, linked by hand; every sum follows at once.

use harness::within_a_minute;
use serde_json::{Value, json};

use super::{
    bank::text_of,
    manual::{account, entry},
    person::{CREATE, CREATE_ACCOUNT, DELETE, Person, UPDATE},
};
use crate::house::on_both_sizes;

const TRANSFERS: &str = "query($state: TransferState, $account: ID, $first: Int, $after: String) {
    transfers(state: $state, accountId: $account, first: $first, after: $after) {
      edges { cursor node { id state isByPerson countsAsExpense paysLoan confidence reserve evidence createdAt decidedAt
        out { id amount { amount } category { key } account { id } } in { id amount { amount } category { key } transfer { id } } } }
      pageInfo { hasNextPage hasPreviousPage endCursor } } }";
const CONFIRM: &str = "mutation($input: ConfirmTransferInput!) { confirmTransfer(input: $input) { id state countsAsExpense isByPerson } }";
const REJECT: &str = "mutation($input: RejectTransferInput!) { rejectTransfer(input: $input) { id state } }";
const LINK: &str = "mutation($input: LinkTransferInput!) { linkTransfer(input: $input) { id state confidence out { category { key } } } }";
const UNLINK: &str =
    "mutation($input: UnlinkTransferInput!) { unlinkTransfer(input: $input) { id state out { category { key } } } }";

impl Person {
    async fn transfers(&self, variables: Value) -> Vec<Value> {
        let page = self.done(TRANSFERS, variables).await;
        page["edges"].as_array().expect("edges").iter().map(|edge| edge["node"].clone()).collect()
    }

    /// The id of a new transaction.
    async fn entered(&self, account: &str, date: &str, amount: &str, description: &str) -> String {
        text_of(&self.put(CREATE, entry(account, date, amount, description)).await["id"])
    }

    /// What was spent in March, in whole months and day by day.
    async fn spent(&self) -> String {
        let spending = "query($from: Date!, $to: Date!) { spending(from: $from, to: $to, groupBy: CATEGORY) { totals { amount currency } } }";
        let mut totals = Vec::new();
        for (from, to) in [("2026-03-01", "2026-03-31"), ("2026-02-28", "2026-03-31")] {
            let said = self.done(spending, json!({ "from": from, "to": to })).await;
            let euro = said["totals"].as_array().expect("totals").iter().find(|total| total["currency"] == "EUR");
            totals.push(euro.map_or_else(|| "0.00".to_owned(), |total| text_of(&total["amount"])));
        }
        assert_eq!(totals[0], totals[1], "the sums are what the rows say");
        totals.swap_remove(0)
    }
}

on_both_sizes! {
    async fn a_transfer_is_no_spending_as_long_as_it_is_one(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let stranger = Person::register(&running, "berta@example.org").await;
        let (purse, box_) = (account(&anna, "Purse", "EUR", "0").await, account(&anna, "Box", "EUR", "0").await);
        let yen = account(&anna, "Yen", "JPY", "0").await;
        let out = anna.entered(&purse, "2026-03-02", "-80", "REWE MARKT 1").await;
        let into = anna.entered(&box_, "2026-03-03", "80", "SALARY").await;
        let less = anna.entered(&box_, "2026-03-03", "79", "SALARY").await;
        let abroad = anna.entered(&yen, "2026-03-03", "13000", "SALARY").await;
        anna.entered(&purse, "2026-03-04", "-10", "REWE MARKT 2").await;
        house.until_idle().await;
        let before = anna.spent().await;

        // What cannot be one.
        for (one, other, field) in [(&out, &out, "inId"), (&into, &out, "outId"), (&out, &less, "inId")] {
            anna.try_put(LINK, json!({ "outId": one, "inId": other })).await.assert_invalid(field);
        }
        anna.try_put(LINK, json!({ "outId": out, "inId": into, "countAsExpense": true })).await.assert_invalid("countAsExpense");
        anna.try_put(LINK, json!({ "outId": out, "inId": "txn_1" })).await.assert_invalid("inId");
        stranger.try_put(LINK, json!({ "outId": out, "inId": into })).await.assert_refused(200, "NOT_FOUND");
        assert_eq!(anna.spent().await, before, "nothing is half done");

        // By hand, once however often it is asked.
        let input = json!({ "outId": out, "inId": into, "idempotencyKey": "k" });
        let linked = anna.put(LINK, input.clone()).await;
        assert_eq!((&linked["state"], &linked["confidence"]), (&json!("CONFIRMED"), &Value::Null));
        assert_eq!(linked["out"]["category"]["key"], "TRANSFER_OUT_WITHDRAWAL");
        assert_eq!(anna.put(LINK, input).await, linked);
        assert_eq!((before.as_str(), anna.spent().await.as_str()), ("90.00", "10.00"));
        let id = linked["id"].clone();
        for document in [CONFIRM, REJECT, UNLINK] {
            stranger.try_put(document, json!({ "transferId": id })).await.assert_refused(200, "NOT_FOUND");
        }
        anna.try_put(REJECT, json!({ "transferId": id })).await.assert_refused(200, "CONFLICT");
        anna.try_put(LINK, json!({ "outId": out, "inId": abroad })).await.assert_refused(200, "CONFLICT");
        let groceries = anna.category("FOOD_AND_DRINK_GROCERIES").await;
        anna.try_put(UPDATE, json!({ "id": out, "categoryId": groceries })).await.assert_refused(200, "CONFLICT");
        let listed = anna.transfers(json!({ "state": "CONFIRMED", "account": box_ })).await;
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0]["in"]["transfer"]["id"], id);
        assert_eq!(stranger.transfers(json!({})).await, [] as [Value; 0]);

        // Taken apart, everything is as it was.
        let apart = anna.put(UNLINK, json!({ "transferId": id })).await;
        assert_eq!((&apart["state"], &apart["out"]["category"]["key"]), (&json!("REJECTED"), &json!("FOOD_AND_DRINK_GROCERIES")));
        assert_eq!(anna.spent().await, before);
        // Across currencies a person's word is enough.
        anna.put(LINK, json!({ "outId": out, "inId": abroad })).await;
        anna.ask(DELETE, json!({ "id": abroad })).await.done();
        assert_eq!(anna.spent().await, before, "the other side went");
        assert_eq!(anna.transfers(json!({ "state": "CONFIRMED" })).await, [] as [Value; 0]);
        house.end(vec![running]).await;
    }

    async fn what_says_so_itself_is_found(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let made = |name: &str, kind: &str| json!({ "name": name, "kind": kind, "currency": "EUR" });
        let giro = text_of(&anna.put(CREATE_ACCOUNT, made("Giro", "CHECKING")).await["id"]);
        let savings = text_of(&anna.put(CREATE_ACCOUNT, made("Nest egg", "SAVINGS")).await["id"]);
        for month in 1..=3 {
            anna.entered(&giro, &format!("2026-0{month}-02"), "-123.45", "TRANSFER TO SAVINGS").await;
            anna.entered(&savings, &format!("2026-0{month}-03"), "123.45", "TRANSFER FROM CHECKING").await;
        }
        let found = within_a_minute("three are found", async || {
            let found = anna.transfers(json!({})).await;
            (found.len() == 3).then_some(found)
        })
        .await;
        house.until_idle().await;
        for transfer in &found {
            assert!(transfer["evidence"].as_array().expect("a list").contains(&json!("AMOUNT")), "{transfer}");
            assert_eq!((&transfer["isByPerson"], &transfer["out"]["amount"]["amount"]), (&json!(false), &json!("-123.45")));
        }
        let first = anna.done(TRANSFERS, json!({ "first": 2 })).await;
        assert_eq!(first["pageInfo"]["hasNextPage"], true);
        let rest = anna.done(TRANSFERS, json!({ "first": 2, "after": first["pageInfo"]["endCursor"] })).await;
        assert_eq!((rest["edges"].as_array().map(Vec::len), &rest["pageInfo"]["hasNextPage"]), (Some(1), &json!(false)));
        // What is confirmed stays so; what is rejected is not found again.
        let confirmed = anna.put(CONFIRM, json!({ "transferId": found[0]["id"] })).await;
        assert_eq!((&confirmed["state"], &confirmed["isByPerson"]), (&json!("CONFIRMED"), &json!(true)));
        anna.put(UNLINK, json!({ "transferId": found[0]["id"] })).await;
        anna.entered(&giro, "2026-03-05", "-1", "COFFEE").await;
        house.until_idle().await;
        let state = |transfers: Vec<Value>, wanted: &str| transfers.iter().filter(|one| one["state"] == wanted).count();
        assert_eq!(state(anna.transfers(json!({})).await, "REJECTED"), 1);
        house.end(vec![running]).await;
    }
}
