//! What a household says of merchants: what they are called, and which of them are one. It is so in lists, sums, rules and choices at once, for
//! what is there and what is to come, and is taken back as easily.

use serde_json::{Value, json};

use super::{
    bank::text_of,
    manual::account,
    person::{Person, UPDATE},
};
use crate::house::on_both_sizes;

macro_rules! summary {
    () => {
        "{ merchant { id name isKnown } givenName merged { id name } transactionCount amounts { amount currency } firstDate lastDate }"
    };
}

const LIST: &str = concat!(
    "query($text: String, $orderBy: MerchantOrder! = LATEST, $first: Int, $after: String) {
       merchants(text: $text, orderBy: $orderBy, first: $first, after: $after) {
         count edges { cursor node ",
    summary!(),
    " } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
);
const GET: &str = concat!("query($id: ID!) { merchant(id: $id) ", summary!(), " }");
const NAME: &str = concat!("mutation($input: UpdateMerchantInput!) { updateMerchant(input: $input) ", summary!(), " }");
pub(super) const MERGE: &str =
    concat!("mutation($input: MergeMerchantsInput!) { mergeMerchants(input: $input) ", summary!(), " }");
const SEPARATE: &str = concat!("mutation($id: ID!) { separateMerchant(id: $id) ", summary!(), " }");
const SPENT: &str = r#"{ spending(from: "2026-03-01", to: "2026-03-31", groupBy: MERCHANT) {
    groups { merchant { id name } amount { amount } } } }"#;
const RULE: &str = "mutation($input: CreateRuleInput!) { createRule(input: $input) { id } }";

impl Person {
    pub(super) async fn merchant_of(&self, row: &str) -> (String, String) {
        let query = "query($id: ID!) { node(id: $id) { ... on Transaction { merchant { id name } } } }";
        let merchant = self.done(query, json!({ "id": row })).await["merchant"].clone();
        (text_of(&merchant["id"]), text_of(&merchant["name"]))
    }

    /// The names of merchants, and how many transactions are with each.
    async fn merchants(&self, asked: Value) -> Vec<(String, u64)> {
        let page = self.done(LIST, asked).await;
        let edges = page["edges"].as_array().expect("edges");
        let one = |edge: &Value| {
            let node = &edge["node"];
            (text_of(&node["merchant"]["name"]), node["transactionCount"].as_u64().expect("a count"))
        };
        edges.iter().map(one).collect()
    }

    async fn spent_by_merchant(&self) -> Vec<(String, String)> {
        let spending = self.done(SPENT, json!({})).await;
        let group = |group: &Value| (text_of(&group["merchant"]["name"]), text_of(&group["amount"]["amount"]));
        spending["groups"].as_array().expect("groups").iter().map(group).collect()
    }

    async fn with_merchant(&self, id: &str) -> usize {
        self.listed(json!({ "merchantIds": [id] }), "DATE_DESCENDING", 200).await.len()
    }
}

fn named(name: &str, count: u64) -> (String, u64) {
    (name.to_owned(), count)
}

on_both_sizes! {
    async fn a_merchant_is_called_as_the_household_likes(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let (purse, hers) = (account(&anna, "Purse", "EUR", "0").await, account(&berta, "Purse", "EUR", "0").await);
        let first = anna.enter(&purse, "QWYLLA 0001 BERLIN", "-5").await;
        let second = anna.enter(&purse, "POS PURCHASE QWYLLA 0002", "-7").await;
        let mine = anna.enter(&purse, "QWYLLA 0003", "-1").await;
        anna.put(UPDATE, json!({ "id": mine, "merchantName": "That one evening" })).await;
        let netflix = anna.enter(&purse, "NETFLIX.COM", "-12.99").await;
        let theirs = berta.enter(&hers, "QWYLLA 0001 BERLIN", "-5").await;
        let (id, name) = anna.merchant_of(&first).await;
        assert_eq!((name.as_str(), anna.merchant_of(&second).await.0), ("Qwylla", id.clone()));

        let known = anna.put(NAME, json!({ "id": id, "name": " The pub  " })).await;
        assert_eq!((&known["merchant"], &known["givenName"]), (&json!({ "id": id, "name": "The pub", "isKnown": false }), &json!("The pub")));
        assert_eq!((&known["transactionCount"], &known["amounts"]), (&json!(2), &json!([{ "amount": "-12.00", "currency": "EUR" }])));
        assert_eq!((&known["firstDate"], &known["lastDate"], &known["merged"]), (&json!("2026-03-05"), &json!("2026-03-05"), &json!([])));
        let next = anna.enter(&purse, "QWYLLA 0004", "-3").await;
        for row in [&first, &second, &next] {
            assert_eq!(anna.merchant_of(row).await, (id.clone(), "The pub".to_owned()));
        }
        assert_eq!(anna.merchant_of(&mine).await.1, "That one evening", "it was called so by itself");
        assert_eq!(berta.merchant_of(&theirs).await.1, "Qwylla", "it is another household's");
        assert_eq!(anna.spent_by_merchant().await, [("The pub".into(), "15.00".into()), ("Netflix".into(), "12.99".into()), ("That one evening".into(), "1.00".into())]);

        // It is found by either name, and so do rules find it.
        assert_eq!(anna.with_text("the PUB").await.len(), 3);
        assert_eq!(anna.with_text("qwylla").await.len(), 4);
        let rule = json!({ "name": "R", "condition": { "equals": "the pub" }, "actions": { "note": "by rule" } });
        anna.put(RULE, rule).await;
        anna.enter(&purse, "QWYLLA 0005", "-3").await;
        assert_eq!(anna.with_text("by rule").await.len(), 1);

        // One that Florin knows too. All in their orders, a page after the other.
        let (seller, _) = anna.merchant_of(&netflix).await;
        let known = anna.put(NAME, json!({ "id": seller, "name": "Films" })).await;
        assert_eq!(known["merchant"], json!({ "id": seller, "name": "Films", "isKnown": true }));
        assert_eq!(anna.merchants(json!({ "orderBy": "NAME" })).await, [named("Films", 1), named("That one evening", 1), named("The pub", 4)]);
        assert_eq!(anna.merchants(json!({ "orderBy": "COUNT", "first": 1 })).await, [named("The pub", 4)]);
        assert_eq!(anna.merchants(json!({ "text": "FILM" })).await, [named("Films", 1)]);
        for order in ["LATEST", "COUNT", "NAME"] {
            let whole = anna.merchants(json!({ "orderBy": order })).await;
            let (mut paged, mut after) = (Vec::new(), Value::Null);
            loop {
                let asked = json!({ "orderBy": order, "first": 1, "after": after });
                let page = anna.done(LIST, asked.clone()).await;
                paged.extend(anna.merchants(asked).await);
                assert_eq!((&page["count"], &page["pageInfo"]["hasPreviousPage"]), (&json!(3), &json!(!after.is_null())));
                after = page["pageInfo"]["endCursor"].clone();
                if page["pageInfo"]["hasNextPage"] == json!(false) {
                    break;
                }
            }
            assert_eq!(paged, whole, "{order}");
        }

        // Taken back.
        let known = anna.put(NAME, json!({ "id": id, "name": null })).await;
        assert_eq!((&known["merchant"]["name"], &known["givenName"]), (&json!("Qwylla"), &Value::Null));
        assert_eq!(anna.merchant_of(&first).await.1, "Qwylla");
        anna.put(NAME, json!({ "id": seller, "name": null })).await;
        assert_eq!(anna.merchant_of(&netflix).await.1, "Netflix");

        // What is refused.
        anna.try_put(NAME, json!({ "id": id })).await.assert_invalid("input");
        anna.try_put(NAME, json!({ "id": id, "name": " " })).await.assert_invalid("name");
        anna.try_put(NAME, json!({ "id": "mer_x", "name": "X" })).await.assert_invalid("id");
        let (evening, _) = anna.merchant_of(&mine).await;
        berta.try_put(NAME, json!({ "id": evening, "name": "X" })).await.assert_refused(200, "NOT_FOUND");
        berta.ask(GET, json!({ "id": evening })).await.assert_refused(200, "NOT_FOUND");
        anna.ask(LIST, json!({ "text": "x".repeat(101) })).await.assert_invalid("text");
        anna.ask(LIST, json!({ "first": 201 })).await.assert_invalid("first");
        anna.ask(LIST, json!({ "after": "x" })).await.assert_invalid("after");
        house.end(vec![running]).await;
    }

    async fn a_list_of_merchants_goes_on_behind_one_that_has_gone(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let purse = account(&anna, "Purse", "EUR", "0").await;
        let mut ids = Vec::new();
        for text in ["QWYLLA 0001", "ZXQWV 0001", "HEXUM 0001", "VRXUM 0001", "PLONKO ZED 0001"] {
            let row = anna.enter(&purse, text, "-5").await;
            ids.push(anna.merchant_of(&row).await.0);
        }
        let page = anna.done(LIST, json!({ "orderBy": "COUNT", "first": 2 })).await;
        let last = text_of(&page["edges"][1]["node"]["merchant"]["id"]);
        let into = text_of(&page["edges"][0]["node"]["merchant"]["id"]);
        anna.put(MERGE, json!({ "merchantIds": [last], "intoId": into })).await;
        let rest = anna.merchants(json!({ "orderBy": "COUNT", "first": 10, "after": page["pageInfo"]["endCursor"] })).await;
        assert_eq!(rest.len(), 3, "{rest:?}");

        // Named on a transaction, merged, and named there no more: there is nothing of it left but what was said.
        let row = anna.enter(&purse, "ZXQWV 0002", "-5").await;
        anna.put(UPDATE, json!({ "id": row, "merchantName": "My Om" })).await;
        let mine = anna.merchant_of(&row).await.0;
        anna.put(MERGE, json!({ "merchantIds": [mine], "intoId": ids[2] })).await;
        anna.put(UPDATE, json!({ "id": row, "merchantName": null })).await;
        let known = anna.done(SEPARATE, json!({ "id": mine })).await;
        assert_eq!((&known["merchant"]["name"], &known["transactionCount"]), (&json!("My Om"), &json!(0)));
        // Lines that name nobody are of no merchant.
        let nameless = anna.enter(&purse, "***", "-1").await;
        let nobody = anna.merchant_of(&nameless).await.0;
        anna.try_put(NAME, json!({ "id": nobody, "name": "Somebody" })).await.assert_refused(200, "NOT_FOUND");
        anna.try_put(MERGE, json!({ "merchantIds": [nobody], "intoId": ids[2] })).await.assert_refused(200, "NOT_FOUND");

        // A rule on its own name holds, whatever it is called.
        let seller = anna.enter(&purse, "AMZN MKTP US*2K3AB4CD0", "-9").await;
        let seller = anna.merchant_of(&seller).await.0;
        anna.put(NAME, json!({ "id": seller, "name": "Jungle" })).await;
        for (text, note) in [("amazon", "own"), ("jungle", "given")] {
            let rule = json!({ "name": "R", "condition": { "equals": text }, "actions": { "note": note } });
            anna.put(RULE, rule).await;
            anna.enter(&purse, "AMZN MKTP US*2K3AB4CD1", "-9").await;
            assert_eq!(anna.with_text(note).await.len(), 1, "{text}");
        }
        assert_eq!(anna.merchants(json!({ "text": "amazon" })).await, [named("Jungle", 3)]);
        house.end(vec![running]).await;
    }

    async fn merchants_that_are_one_are_one_everywhere(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let purse = account(&anna, "Purse", "EUR", "0").await;
        let (gifts, coffee) = (anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await, anna.category("FOOD_AND_DRINK_COFFEE").await);
        let [shop, online, stand] = ["QWYLLA 0001", "ZXQWV 0001", "HEXUM 0001"].map(|text| anna.enter(&purse, text, "-5"));
        let (shop, online, stand) = (shop.await, online.await, stand.await);
        let ids = [anna.merchant_of(&shop).await.0, anna.merchant_of(&online).await.0, anna.merchant_of(&stand).await.0];
        anna.choose(&online, &coffee).await;
        // What somebody else knows.
        let berta = Person::register(&running, "berta@example.org").await;
        let hers = account(&berta, "Purse", "EUR", "0").await;
        let (kroger, unknown) = (berta.enter(&hers, "KROGER 0001", "-5").await, berta.enter(&hers, "VRXUM 0001", "-5").await);
        let (kroger, unknown) = (berta.merchant_of(&kroger).await.0, berta.merchant_of(&unknown).await.0);

        // One into another, and that into a third.
        let known = anna.put(MERGE, json!({ "merchantIds": [ids[0]], "intoId": ids[1] })).await;
        assert_eq!(known["merchant"], json!({ "id": ids[1], "name": "Zxqwv", "isKnown": false }));
        assert_eq!((&known["merged"], &known["transactionCount"]), (&json!([{ "id": ids[0], "name": "Qwylla" }]), &json!(2)));
        assert_eq!(anna.merchant_of(&shop).await, (ids[1].clone(), "Zxqwv".to_owned()));
        assert_eq!([anna.with_merchant(&ids[0]).await, anna.with_merchant(&ids[1]).await], [2, 2]);
        assert_eq!(anna.merchants(json!({ "text": "qwyl" })).await, [named("Zxqwv", 2)], "found by the name of what is part of it");
        // What is chosen for one is chosen for the other; a choice for what is part of it, before, too.
        let next = anna.enter(&purse, "QWYLLA 0002", "-5").await;
        anna.is_of(&next, &coffee, "CHOICE").await;
        assert_eq!(anna.why(&next).await["categorization"]["because"], json!("Your household chose it for Zxqwv before."));
        anna.choose(&next, &gifts).await;
        assert_eq!(anna.why(&next).await["alikeCount"], json!(1), "the other one was chosen by a person");
        anna.is_of(&anna.enter(&purse, "ZXQWV 0002", "-5").await, &gifts, "CHOICE").await;
        let queue = "{ reviewQueue(first: 10) { items { transaction { merchant { name } } count } } }";
        let items = anna.done(queue, json!({})).await["items"].clone();
        assert_eq!(items, json!([{ "transaction": { "merchant": { "name": "Hexum" } }, "count": 1 }, { "transaction": { "merchant": { "name": "Zxqwv" } }, "count": 1 }]));

        anna.put(MERGE, json!({ "merchantIds": [ids[1]], "intoId": ids[2] })).await;
        anna.put(NAME, json!({ "id": ids[0], "name": "The house" })).await;
        assert_eq!(anna.merchants(json!({})).await, [named("The house", 5)]);
        assert_eq!(anna.spent_by_merchant().await, [("The house".into(), "25.00".into())]);
        for row in [&shop, &online, &stand] {
            assert_eq!(anna.merchant_of(row).await, (ids[2].clone(), "The house".to_owned()));
        }
        anna.is_of(&anna.enter(&purse, "HEXUM 0002", "-5").await, &gifts, "CHOICE").await;
        // Rules that name one of them mean it and what is part of it.
        for (at, note) in [(2, "stand"), (1, "online"), (0, "shop")] {
            anna.put(RULE, json!({ "name": note, "condition": { "merchantIds": [ids[at]] }, "actions": { "note": note } })).await;
        }
        let notes = async |text: &str| {
            let row = anna.enter(&purse, text, "-6").await;
            anna.done("query($id: ID!) { node(id: $id) { ... on Transaction { note } } }", json!({ "id": row })).await["note"].clone()
        };
        assert_eq!([notes("QWYLLA 0003").await, notes("ZXQWV 0003").await, notes("HEXUM 0003").await], ["shop", "online", "stand"].map(Value::from));

        // Again is no change; in a circle is refused; nothing of it is half done.
        anna.put(MERGE, json!({ "merchantIds": [ids[0], ids[1]], "intoId": ids[2] })).await;
        anna.try_put(MERGE, json!({ "merchantIds": [ids[2]], "intoId": ids[0] })).await.assert_refused(200, "CONFLICT");
        anna.try_put(MERGE, json!({ "merchantIds": [ids[0], ids[2]], "intoId": ids[2] })).await.assert_invalid("merchantIds");
        anna.try_put(MERGE, json!({ "merchantIds": [], "intoId": ids[2] })).await.assert_invalid("merchantIds");
        anna.try_put(MERGE, json!({ "merchantIds": [ids[0], unknown], "intoId": ids[2] })).await.assert_refused(200, "NOT_FOUND");
        let count = anna.merchants(json!({})).await;
        assert_eq!(count, [named("The house", 9)]);

        // Into a seller that the household has never paid.
        let known = anna.put(MERGE, json!({ "merchantIds": [ids[2]], "intoId": kroger })).await;
        assert_eq!(known["merchant"], json!({ "id": kroger, "name": "Kroger", "isKnown": true }));
        assert_eq!(known["merged"].as_array().map(Vec::len), Some(3));

        // Taken apart: the one that was merged last takes along what was merged into it.
        let known = anna.done(SEPARATE, json!({ "id": ids[1] })).await;
        assert_eq!((&known["merchant"]["name"], &known["merged"][0]["name"], &known["transactionCount"]), (&json!("Zxqwv"), &json!("Qwylla"), &json!(6)));
        anna.ask(SEPARATE, json!({ "id": ids[1] })).await.assert_refused(200, "CONFLICT");
        anna.done(SEPARATE, json!({ "id": ids[0] })).await;
        anna.done(SEPARATE, json!({ "id": ids[2] })).await;
        assert_eq!(anna.merchants(json!({ "orderBy": "NAME" })).await, [named("Qwylla", 3), named("The house", 3), named("Zxqwv", 3)]);
        anna.ask(GET, json!({ "id": unknown })).await.assert_refused(200, "NOT_FOUND");
        house.end(vec![running]).await;
    }
}
