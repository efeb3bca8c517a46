//! What belongs to another household does not exist: it is not shown, not changed, and looks like nothing at all.

use serde_json::{Value, json};

use super::{
    bank::{Bank, text_of},
    manual::{account, entry},
    person::{
        COMPLETE, CREATE, CREATE_ACCOUNT, DELETE, LIST, Linked, Person, REFRESH, REMOVE, SET_BUDGET, UPDATE,
        UPDATE_ACCOUNT,
    },
};
use crate::house::{House, on_both_sizes};

/// Everything of a person that must not change.
async fn everything(person: &Person) -> Value {
    json!([
        person.accounts().await,
        person.connections().await,
        person.transactions().await,
        person
            .done("{ budgets(month: \"2026-11\") { category { id } amount { amount } spent { amount } } }", json!({}))
            .await,
        person.done("{ notifications { id kind } }", json!({})).await,
    ])
}

on_both_sizes! {
    async fn ids_of_another_household_are_ids_of_nothing(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let (anna, berta) = (Person::register(&running, "anna@example.org").await, Person::register(&running, "berta@example.org").await);
        let linked = Linked::new(&anna, &bank, "anna", 1).await;
        let cash = account(&anna, "Cash", "EUR", "5").await;
        let entered = text_of(&anna.put(CREATE, entry(&cash, "2026-11-02", "-1", "HERS"))
            .await["id"]);
        let groceries = anna.category("FOOD_AND_DRINK_GROCERIES").await;
        anna.put(SET_BUDGET, json!({ "categoryId": groceries, "amount": "1", "from": "2026-11" })).await;
        let own = account(&berta, "Cash", "EUR", "5").await;
        house.until_idle().await;
        let (before, hers) = (everything(&anna).await, everything(&berta).await);
        assert_eq!(hers[2], json!([]));
        let pulled = text_of(&anna.transactions().await[0]["id"]);
        for id in [&linked.connection, &cash, &entered, &pulled] {
            berta.node(id).await.assert_refused(200, "NOT_FOUND");
        }
        berta.ask("query($id: ID!) { account(id: $id) { id } }", json!({ "id": cash })).await.assert_refused(200, "NOT_FOUND");
        let history = "query($id: ID!) { balanceHistory(accountId: $id, from: \"2026-01-01\", to: \"2026-01-02\") { date } }";
        berta.ask(history, json!({ "id": cash })).await.assert_refused(200, "NOT_FOUND");
        for accounts in [json!([cash]), json!([own, cash])] {
            let asked = json!({ "order": "DATE_DESCENDING", "filter": { "accountIds": accounts } });
            berta.ask(LIST, asked).await.assert_refused(200, "NOT_FOUND");
        }
        let institution = berta.institution().await;
        for (document, input) in [
            (CREATE, entry(&cash, "2026-11-02", "-1", "MINE")),
            (UPDATE, json!({ "id": entered, "note": "mine" })),
            (UPDATE, json!({ "id": pulled, "note": "mine", "categoryId": groceries, "merchantName": "mine" })),
            (UPDATE_ACCOUNT, json!({ "id": cash, "name": "mine" })),
            (REMOVE, json!({ "id": linked.connection })),
            (REMOVE, json!({ "id": linked.connection, "deleteAccounts": true })),
        ] {
            berta.try_put(document, input).await.assert_refused(200, "NOT_FOUND");
        }
        for (document, id) in [(DELETE, &entered), (DELETE, &pulled), (REFRESH, &linked.connection)] {
            berta.ask(document, json!({ "id": id })).await.assert_refused(200, "NOT_FOUND");
        }
        berta.try_start(json!({ "institutionId": institution, "connectionId": linked.connection })).await.assert_refused(200, "NOT_FOUND");
        // A state is good in the household that began the link, and there it still is.
        let started = anna.start(Some(&linked.connection)).await;
        let (state, code) = bank.allow(started["authorizationUrl"].as_str().expect("an address"), "anna@1").await;
        berta.try_put(COMPLETE, json!({ "state": state, "code": code })).await.assert_invalid("state");
        house.until_idle().await;
        assert_eq!(everything(&anna).await, before);
        assert_eq!(everything(&berta).await, hers);
        anna.put(COMPLETE, json!({ "state": state, "code": code })).await;

        // One customer of the bank in two households is two sets of rows.
        let mut theirs = Linked::new(&berta, &bank, "anna", 1).await;
        let cashless = berta.accounts().await;
        assert!(cashless.iter().all(|account| !before[0].to_string().contains(&text_of(&account["id"]))));
        berta.put(CREATE_ACCOUNT, json!({ "name": "x", "kind": "CASH", "currency": "EUR" })).await;
        theirs.remember().await;
        berta.put(REMOVE, json!({ "id": theirs.connection, "deleteAccounts": true })).await;
        house.until_idle().await;
        let now = everything(&anna).await;
        let count = |all: &Value, place: usize| all[place].as_array().map(Vec::len);
        assert_eq!(count(&now, 0), count(&before, 0));
        assert!(count(&now, 2) >= count(&before, 2), "hers are hers");
        house.end(vec![running]).await;
    }
}
