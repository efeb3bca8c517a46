//! Many transactions changed at once, and places.

use serde_json::{Value, json};

use super::{
    bank::text_of,
    choices::CONFIRM,
    manual::{account, entry},
    person::{CREATE, Person, UPDATE},
    refunds::LINK,
};
use crate::house::on_both_sizes;

const MANY: &str = "mutation($input: UpdateTransactionsInput!) { updateTransactions(input: $input) {
    transactions { id category { id } isCategoryLocked note merchant { name } tags { name } } } }";
const WHERE: &str =
    "query($id: ID!) { node(id: $id) { ... on Transaction { location { latitude longitude placeName } } } }";
const TAG: &str = "mutation($input: CreateTagInput!) { createTag(input: $input) { id } }";

on_both_sizes! {
    async fn many_are_changed_or_none(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let (purse, hers) = (account(&anna, "Purse", "EUR", "0").await, account(&berta, "Purse", "EUR", "0").await);
        let (gifts, food) = (anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await, anna.category("FOOD_AND_DRINK").await);
        let tag = async |name: &str| text_of(&anna.put(TAG, json!({ "name": name })).await["id"]);
        let (one, two) = (tag("one").await, tag("two").await);
        let mut ids = Vec::new();
        for number in 0..30 {
            ids.push(anna.enter(&purse, "KIOSK", &format!("-{}", number + 1)).await);
        }
        anna.put(UPDATE, json!({ "id": ids[0], "tagIds": [one], "note": "mine" })).await;
        let input = json!({ "ids": ids, "categoryId": gifts, "merchantName": "The kiosk", "addTagIds": [two], "removeTagIds": [one] });
        let changed = anna.put(MANY, input.clone()).await["transactions"].clone();
        let changed = changed.as_array().expect("transactions");
        let is_so = |row: &Value| row["category"]["id"] == gifts && row["isCategoryLocked"] == true && row["merchant"]["name"] == "The kiosk" && row["tags"] == json!([{ "name": "two" }]);
        assert!(changed.len() == 30 && changed.iter().all(is_so), "{changed:?}");
        assert_eq!(changed.iter().filter(|row| row["note"] == "mine").count(), 1, "what is left out stays");
        assert_ne!(anna.why(&anna.enter(&purse, "KIOSK", "-1").await).await["categorization"]["source"], json!("CHOICE"), "it is for these");
        let named = anna.put(MANY, json!({ "ids": [ids[3], ids[3]], "merchantName": null, "note": "x" })).await["transactions"].clone();
        assert_eq!((named.as_array().map(Vec::len), &named[0]["merchant"]["name"], &named[0]["note"]), (Some(1), &json!("Kiosk"), &json!("x")));

        // One that cannot be changed, and nothing is.
        let before = anna.transactions().await;
        let other = berta.enter(&hers, "KIOSK", "-1").await;
        for (input, field) in [
            (json!({ "ids": [], "note": "y" }), "ids"),
            (json!({ "ids": vec![&ids[0]; 1], "categoryId": food }), "categoryId"),
            (json!({ "ids": [ids[0]] }), "input"),
            (json!({ "ids": ["txn_1"], "note": "y" }), "ids"),
            (json!({ "ids": [ids[0]], "note": "y".repeat(2_001) }), "note"),
            (json!({ "ids": [ids[0]], "merchantName": "" }), "merchantName"),
            (json!({ "ids": [ids[0]], "addTagIds": ["tag_1"] }), "addTagIds"),
            (json!({ "ids": [ids[0]], "addTagIds": [one], "removeTagIds": [one] }), "removeTagIds"),
            (json!({ "ids": vec![&ids[0]; 501], "note": "y" }), "ids"),
        ] {
            anna.try_put(MANY, input).await.assert_invalid(field);
        }
        anna.try_put(MANY, json!({ "ids": [ids[0], other], "note": "y" })).await.assert_refused(200, "NOT_FOUND");
        berta.try_put(MANY, json!({ "ids": [ids[0]], "note": "y" })).await.assert_refused(200, "NOT_FOUND");
        anna.done("mutation($id: ID!) { deleteTransaction(id: $id) }", json!({ "id": ids[1] })).await;
        anna.try_put(MANY, json!({ "ids": [ids[0], ids[1]], "note": "y" })).await.assert_refused(200, "NOT_FOUND");
        let after = anna.transactions().await;
        assert_eq!(after.len(), before.len() - 1);
        assert!(after.iter().all(|row| row["note"] != "y" && before.contains(row)));
        anna.assert_sums(&after, ("2026-03-01", "2026-03-31")).await;

        // Which one it is that has no category of its own.
        let refund = anna.enter(&purse, "KIOSK", "1").await;
        anna.put(LINK, json!({ "refundId": refund, "purchaseId": ids[2] })).await;
        for answer in [
            anna.try_put(MANY, json!({ "ids": [ids[0], refund], "categoryId": gifts })).await,
            anna.try_put(CONFIRM, json!({ "items": [{ "transactionId": refund, "categoryId": gifts }] })).await,
        ] {
            answer.assert_refused(200, "CONFLICT");
            let message = answer.errors[0]["message"].to_string();
            assert!(message.contains(&refund), "{message}");
        }
        house.end(vec![running]).await;
    }

    async fn a_place_is_kept(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let purse = account(&anna, "Purse", "EUR", "0").await;
        let at = async |id: &str| anna.done(WHERE, json!({ "id": id })).await["location"].clone();
        let with = |place: Value| {
            let mut input = entry(&purse, "2026-03-05", "-3", "KIOSK");
            input["location"] = place;
            input
        };
        let here = json!({ "latitude": 52.520_008, "longitude": 13.404_954, "placeName": "Alexanderplatz" });
        let mut input = with(here.clone());
        input["idempotencyKey"] = json!("k");
        let row = text_of(&anna.put(CREATE, input.clone()).await["id"]);
        assert_eq!(text_of(&anna.put(CREATE, input.clone()).await["id"]), row);
        input["location"]["latitude"] = json!(1.5);
        anna.try_put(CREATE, input).await.assert_refused(200, "CONFLICT");
        assert_eq!(at(&row).await, here);
        anna.put(UPDATE, json!({ "id": row, "note": "x" })).await;
        assert_eq!(at(&row).await, here, "what is left out stays");
        anna.put(UPDATE, json!({ "id": row, "location": { "latitude": -90, "longitude": 180 } })).await;
        assert_eq!(at(&row).await, json!({ "latitude": -90.0, "longitude": 180.0, "placeName": null }));
        anna.put(UPDATE, json!({ "id": row, "location": null })).await;
        assert_eq!(at(&row).await, Value::Null);
        for (place, field) in [
            (json!({ "latitude": 90.1, "longitude": 0 }), "latitude"),
            (json!({ "latitude": 0, "longitude": -180.1 }), "longitude"),
            (json!({ "latitude": 0, "longitude": 0, "placeName": "" }), "placeName"),
        ] {
            anna.try_put(CREATE, with(place.clone())).await.assert_invalid(field);
            anna.try_put(UPDATE, json!({ "id": row, "location": place })).await.assert_invalid(field);
        }
        assert_eq!(anna.transactions().await.len(), 1);
        house.end(vec![running]).await;
    }
}
