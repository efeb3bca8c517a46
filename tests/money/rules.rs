//! What a household wants done to every transaction that fits a condition: to those to come by itself, to those that are there when it
//! asks; and its tags. Nothing that a person set is touched.

use serde_json::{Value, json};

use super::{
    bank::text_of,
    manual::{account, entry},
    person::{CREATE, Person, UPDATE, list_of},
};
use crate::{
    api::client::Answer,
    house::on_both_sizes,
    statement::{IMPORT, file::upload},
};

macro_rules! rule {
    () => {
        "{ id name stops isOn condition { contains equals matches direction accountIds merchantIds categoryIds tagIds amount { atLeast atMost }
             dayOfMonth { from to } any { contains } all { contains direction not { categoryIds } amount { atLeast atMost } } }
           actions { category { id } isTransfer merchantName note tags { id } } progress { state lookedAt total changed } }"
    };
}

const RULES: &str = concat!("{ rules ", rule!(), " }");
const CREATE_RULE: &str = concat!("mutation($input: CreateRuleInput!) { createRule(input: $input) ", rule!(), " }");
const UPDATE_RULE: &str = concat!("mutation($input: UpdateRuleInput!) { updateRule(input: $input) ", rule!(), " }");
const REMOVE_RULE: &str = "mutation($id: ID!) { removeRule(id: $id) }";
const REORDER: &str = "mutation($ids: [ID!]!) { reorderRules(ids: $ids) { id } }";
const APPLY: &str = concat!("mutation($id: ID!) { applyRule(id: $id) ", rule!(), " }");
const PREVIEW: &str = "query($input: PreviewRuleInput!, $first: Int) { previewRule(input: $input, first: $first) {
    holdsCount changeCount lockedCount lookedAt isComplete
    samples { transaction { id category { id } } category { id } merchantName note tags { name } } } }";
const TAGS: &str = "{ tags { id name color } }";
const CREATE_TAG: &str = "mutation($input: CreateTagInput!) { createTag(input: $input) { id name color } }";
const UPDATE_TAG: &str = "mutation($input: UpdateTagInput!) { updateTag(input: $input) { id name color } }";
const REMOVE_TAG: &str = "mutation($id: ID!) { removeTag(id: $id) }";
const MARKS: &str = "query($id: ID!) { node(id: $id) { ... on Transaction { note merchant { name } tags { name }
    categorization { source because rule { id name } } } } }";

impl Person {
    async fn rule(&self, name: &str, condition: Value, actions: Value) -> String {
        text_of(&self.put(CREATE_RULE, json!({ "name": name, "condition": condition, "actions": actions })).await["id"])
    }

    async fn try_rule(&self, condition: Value, actions: Value) -> Answer {
        self.try_put(CREATE_RULE, json!({ "name": "R", "condition": condition, "actions": actions })).await
    }

    async fn rules(&self) -> Vec<Value> {
        list_of(self.done(RULES, json!({})).await)
    }

    async fn tag(&self, name: &str) -> String {
        text_of(&self.put(CREATE_TAG, json!({ "name": name })).await["id"])
    }

    /// What is marked on a transaction: its note, what its merchant is called, and the names of its tags.
    async fn marks(&self, id: &str) -> (Value, String, Vec<String>) {
        let marks = self.done(MARKS, json!({ "id": id })).await;
        let tags = marks["tags"].as_array().expect("tags").iter().map(|tag| text_of(&tag["name"])).collect();
        (marks["note"].clone(), text_of(&marks["merchant"]["name"]), tags)
    }
}

on_both_sizes! {
    async fn a_rule_is_for_what_comes(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let (purse, hers) = (account(&anna, "Purse", "EUR", "0").await, account(&berta, "Purse", "EUR", "0").await);
        let (coffee, gifts) = (anna.category("FOOD_AND_DRINK_COFFEE").await, anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await);
        let trips = anna.tag("Trips").await;
        let before = anna.enter(&purse, "ZXQWV 0001", "-5").await;

        let input = json!({
            "name": "The place", "idempotencyKey": "k",
            "condition": { "contains": "zxqwv", "direction": "OUT", "not": { "categoryIds": [coffee] }, "amount": { "atMost": "20.00" } },
            "actions": { "categoryId": gifts, "merchantName": "The place", "note": "by rule", "tagIds": [trips, trips] },
        });
        let made = anna.put(CREATE_RULE, input.clone()).await;
        assert_eq!(anna.put(CREATE_RULE, input).await, made, "again is once");
        assert_eq!(anna.rules().await, vec![made.clone()]);
        assert_eq!((&made["stops"], &made["isOn"], &made["progress"]), (&json!(false), &json!(true), &Value::Null));
        let all = made["condition"]["all"].as_array().expect("several conditions");
        assert_eq!(all.len(), 4);
        assert_eq!((&all[0]["not"]["categoryIds"], &all[1]["contains"]), (&json!([coffee]), &json!("zxqwv")));
        assert_eq!((&all[2]["amount"]["atMost"], &all[3]["direction"]), (&json!("20"), &json!("OUT")));
        assert_eq!(made["actions"], json!({ "category": { "id": gifts }, "isTransfer": false, "merchantName": "The place", "note": "by rule", "tags": [{ "id": trips }] }));

        // What comes, and nothing else.
        let one = anna.enter(&purse, "POS Zxqwv 0002 BERLIN", "-20.00").await;
        anna.is_of(&one, &gifts, "RULE").await;
        assert_eq!(anna.marks(&one).await, (json!("by rule"), "The place".to_owned(), vec!["Trips".to_owned()]));
        let why = anna.done(MARKS, json!({ "id": one })).await;
        assert_eq!(why["categorization"], json!({ "source": "RULE", "because": "A rule of your household says so.", "rule": { "id": made["id"], "name": "The place" } }));
        for (text, amount) in [("ZXQWV 0003", "-20.01"), ("ZXQWV 0003", "20"), ("QWYLLA", "-20")] {
            let id = anna.enter(&purse, text, amount).await;
            assert_eq!(anna.marks(&id).await.2, Vec::<String>::new(), "{text} {amount}");
        }
        assert_eq!(anna.marks(&before).await.0, Value::Null, "what is there stays");
        let other = berta.enter(&hers, "ZXQWV 0002", "-5").await;
        assert_eq!(berta.marks(&other).await.0, Value::Null, "it is another household's");

        // It goes before what was chosen for the merchant, and not before what is chosen for the very transaction.
        anna.choose(&one, &coffee).await;
        anna.is_of(&one, &coffee, "PERSON").await;
        let gift = anna.enter(&purse, "ZXQWV 0009", "-3").await;
        anna.is_of(&gift, &coffee, "CHOICE").await;
        anna.put(UPDATE_RULE, json!({ "id": made["id"], "condition": { "contains": "ZXQWV" } })).await;
        anna.is_of(&anna.enter(&purse, "ZXQWV 0010", "-3").await, &gifts, "RULE").await;
        let given = anna.put(CREATE, json!({ "accountId": purse, "date": "2026-03-05", "amount": "-1", "description": "ZXQWV 0011", "categoryId": coffee, "note": "mine" })).await;
        anna.is_of(&text_of(&given["id"]), &coffee, "PERSON").await;
        assert_eq!(anna.marks(&text_of(&given["id"])).await, (json!("mine"), "The place".to_owned(), vec!["Trips".to_owned()]));

        // The last one has the last word, unless one before it stops.
        let second = anna.rule("Second", json!({ "merchantIds": [text_of(&anna.found("QWYLLA").await["merchant"]["id"])] }), json!({ "isTransfer": true })).await;
        let third = anna.rule("Third", json!({ "any": [{ "contains": "qwylla" }, { "contains": "hexum" }] }), json!({ "categoryId": coffee })).await;
        let transfer = anna.category("TRANSFER_OUT_ACCOUNT_TRANSFER").await;
        anna.is_of(&anna.enter(&purse, "QWYLLA", "-9").await, &coffee, "RULE").await;
        anna.put(UPDATE_RULE, json!({ "id": second, "stops": true })).await;
        anna.is_of(&anna.enter(&purse, "QWYLLA", "-9").await, &transfer, "RULE").await;
        let order = [&third, &second, &text_of(&made["id"])];
        let reordered = list_of(anna.done(REORDER, json!({ "ids": order })).await);
        assert_eq!(reordered.iter().map(|rule| text_of(&rule["id"])).collect::<Vec<_>>(), order.map(Clone::clone));
        assert_eq!(anna.rules().await.iter().map(|rule| text_of(&rule["id"])).collect::<Vec<_>>(), order.map(Clone::clone));
        anna.put(UPDATE_RULE, json!({ "id": second, "isOn": false })).await;
        anna.is_of(&anna.enter(&purse, "QWYLLA", "-9").await, &coffee, "RULE").await;

        // A category that is archived is given to nothing until it is offered again; one that is merged is what it became.
        anna.done("mutation($input: ArchiveCategoryInput!) { archiveCategory(input: $input) { id } }", json!({ "input": { "id": coffee } })).await;
        assert_ne!(anna.why(&anna.enter(&purse, "QWYLLA", "-9").await).await["categorization"]["source"], json!("RULE"));
        anna.done("mutation($input: ArchiveCategoryInput!) { archiveCategory(input: $input) { id } }", json!({ "input": { "id": coffee, "isArchived": false } })).await;
        anna.done("mutation($input: MergeCategoriesInput!) { mergeCategories(input: $input) { id } }", json!({ "input": { "fromId": coffee, "intoId": gifts } })).await;
        anna.is_of(&anna.enter(&purse, "QWYLLA", "-9").await, &gifts, "RULE").await;

        // What it did stays when it goes.
        let last = anna.enter(&purse, "HEXUM", "-9").await;
        assert_eq!(anna.done(REMOVE_RULE, json!({ "id": third })).await, json!(third));
        anna.is_of(&last, &gifts, "RULE").await;
        assert_eq!(anna.done(MARKS, json!({ "id": last })).await["categorization"]["rule"], Value::Null);
        assert_ne!(anna.why(&anna.enter(&purse, "HEXUM", "-9").await).await["categorization"]["source"], json!("RULE"));
        for answer in [
            anna.ask(REMOVE_RULE, json!({ "id": third })).await,
            berta.ask(REMOVE_RULE, json!({ "id": second })).await,
            berta.ask(APPLY, json!({ "id": second })).await,
            berta.try_put(UPDATE_RULE, json!({ "id": second, "isOn": true })).await,
            berta.ask(REORDER, json!({ "ids": [second] })).await,
            berta.try_rule(json!({ "accountIds": [purse] }), json!({ "note": "x" })).await,
            berta.try_rule(json!({ "tagIds": [trips] }), json!({ "note": "x" })).await,
            berta.try_rule(json!({ "contains": "x" }), json!({ "tagIds": [trips] })).await,
        ] {
            answer.assert_refused(200, "NOT_FOUND");
        }
        let rows = anna.transactions().await;
        anna.assert_sums(&rows, ("2026-03-01", "2026-03-31")).await;
        house.end(vec![running]).await;
    }

    async fn a_rule_is_tried_and_applied_to_what_is_there(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let account = account(&anna, "Current", "EUR", "0").await;
        let line = |number: i32| {
            let (year, month, day) = (2022 + number / 1_200, 1 + number / 100 % 12, 1 + number % 28);
            let name = if number % 2 == 0 { "GREEN DOOR BOOKSHOP" } else { "RED DOOR BAKERY" };
            format!("{year}-{month:02}-{day:02},{name} {number:04},-{}.{:02}\n", 1 + number % 40, number % 100)
        };
        let csv = format!("Date,Description,Amount\n{}", (0..1_300).map(line).collect::<String>());
        let import = async |csv: String| {
            let answer = upload(&anna.api, &anna.session.access, IMPORT, "rows.csv", csv.as_bytes(), json!({ "accountId": account })).await;
            assert_eq!(answer.done()["importStatement"]["refusal"], Value::Null);
            house.until_idle().await;
        };
        import(csv.clone()).await;
        let (coffee, gifts) = (anna.category("FOOD_AND_DRINK_COFFEE").await, anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await);
        let books = anna.tag("Books").await;
        let locked = text_of(&anna.with_text("GREEN DOOR").await[7]["id"]);
        anna.put(UPDATE, json!({ "id": locked, "categoryId": coffee, "remember": false, "note": "mine" })).await;
        let before = anna.transactions().await;
        assert_eq!(before.len(), 1_300);

        let condition = json!({ "contains": "green door" });
        let actions = json!({ "categoryId": gifts, "note": "by rule", "tagIds": [books] });
        let preview = anna.done(PREVIEW, json!({ "input": { "condition": condition, "actions": actions }, "first": 3 })).await;
        assert_eq!(
            ["holdsCount", "changeCount", "lockedCount", "lookedAt"].map(|field| preview[field].clone()),
            [json!(650), json!(650), json!(1), json!(1_300)]
        );
        let samples = preview["samples"].as_array().expect("samples");
        assert_eq!((samples.len(), &preview["isComplete"]), (3, &json!(true)));
        assert!(samples.iter().all(|sample| sample["category"]["id"] == gifts && sample["transaction"]["category"]["id"] != gifts && sample["note"] == "by rule" && sample["tags"] == json!([{ "name": "Books" }])));
        assert_eq!(anna.transactions().await, before, "nothing is written");
        let hers = berta.done(PREVIEW, json!({ "input": { "condition": condition, "actions": { "note": "x" } } })).await;
        assert_eq!((&hers["lookedAt"], &hers["holdsCount"]), (&json!(0), &json!(0)));

        let rule = anna.rule("Books", condition, actions).await;
        assert_eq!(anna.transactions().await, before, "what is there stays until it is asked for");
        let begun = anna.done(APPLY, json!({ "id": rule })).await;
        assert_eq!((&begun["progress"]["state"], &begun["progress"]["total"]), (&json!("RUNNING"), &json!(1_300)));
        house.until_idle().await;
        assert_eq!(anna.rules().await[0]["progress"], json!({ "state": "DONE", "lookedAt": 1_300, "total": 1_300, "changed": 650 }));
        let after = anna.transactions().await;
        let of = |category: &str| after.iter().filter(|row| row["category"]["id"] == category).count();
        assert_eq!((of(&gifts), of(&coffee)), (649, 1));
        anna.is_of(&locked, &coffee, "PERSON").await;
        assert_eq!(anna.marks(&locked).await.0, json!("mine"));
        assert_eq!(anna.marks(&locked).await.2, ["Books"]);
        assert_eq!(anna.listed(json!({ "tagIds": [books] }), "DATE_DESCENDING", 200).await.len(), 650);
        anna.assert_sums(&after, ("2020-01-01", "2024-12-31")).await;

        // The same file once more changes nothing; another one meets the rule as it comes.
        import(csv).await;
        assert_eq!(anna.transactions().await, after);
        import("Date,Description,Amount\n2026-03-02,GREEN DOOR BOOKSHOP 9001,-4.00\n2026-03-03,RED DOOR BAKERY 9002,-5.00\n".to_owned()).await;
        let new = text_of(&anna.found("9001").await["id"]);
        anna.is_of(&new, &gifts, "RULE").await;
        assert_eq!(anna.marks(&new).await.2, ["Books"]);
        assert_eq!(anna.marks(&text_of(&anna.found("9002").await["id"])).await.2, Vec::<String>::new());
        house.end(vec![running]).await;
    }

    async fn what_is_no_rule_is_refused(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let (coffee, food) = (anna.category("FOOD_AND_DRINK_COFFEE").await, anna.category("FOOD_AND_DRINK").await);
        let note = || json!({ "note": "x" });
        let nested = |depth: usize| (0..depth).fold(json!({ "contains": "x" }), |inner, _| json!({ "all": [inner] }));
        for (condition, said) in [
            (json!({}), "at `all` must not be empty"),
            (json!({ "any": [] }), "at `any` must not be empty"),
            (json!({ "contains": " ' " }), "at `contains` must not be empty"),
            (json!({ "any": [{ "contains": "x" }, { "amount": { "atMost": "ten" } }] }), "at `any[1].amount.atMost`"),
            (json!({ "not": { "tagIds": ["tag_1"] } }), "at `not.tagIds`"),
            (json!({ "all": [{ "merchantIds": ["kiosk"] }] }), "at `all[0].merchantIds`"),
            (json!({ "contains": "x".repeat(201) }), "at most 200 characters"),
            (json!({ "matches": "(" }), "must be a regular expression"),
            (json!({ "matches": "((x{99}){99}){99}" }), "too large"),
            (json!({ "matches": "(a)\\1" }), "must be a regular expression"),
            (json!({ "any": [{ "contains": "x" }, { "amount": { "atLeast": "9", "atMost": "3" } }] }), "at `any[1].amount`"),
            (json!({ "amount": { "atLeast": "-1" } }), "must not be negative"),
            (json!({ "amount": { "atLeast": "1,5" } }), "must be a decimal"),
            (json!({ "dayOfMonth": { "from": 0, "to": 32 } }), "must be of days from 1 to 31"),
            (json!({ "dayOfMonth": { "from": 300, "to": -1 } }), "must be of days from 1 to 31"),
            (json!({ "tagIds": [] }), "must have 1 to 200 values"),
            (json!({ "merchantIds": ["mer_x"] }), "mer_"),
            (json!({ "categoryIds": ["cat_x"] }), "cat_"),
            (nested(4), "4 conditions"),
            (nested(20), "4 conditions"),
            (json!({ "any": vec![json!({ "contains": "x" }); 101] }), "at most 100 conditions"),
        ] {
            let answer = anna.try_rule(condition.clone(), note()).await;
            answer.assert_invalid("condition");
            let message = answer.errors[0]["message"].to_string();
            assert!(message.contains(said), "{condition}: {message}");
            anna.ask(PREVIEW, json!({ "input": { "condition": condition, "actions": note() } })).await.assert_invalid("condition");
        }
        let fits = || json!({ "contains": "x" });
        for (actions, field) in [
            (json!({}), "actions"),
            (json!({ "note": " " }), "actions"),
            (json!({ "tagIds": [] }), "actions"),
            (json!({ "categoryId": food }), "categoryId"),
            (json!({ "categoryId": "cat_x" }), "categoryId"),
            (json!({ "categoryId": coffee, "isTransfer": true }), "isTransfer"),
            (json!({ "merchantName": " " }), "merchantName"),
            (json!({ "note": "x".repeat(2_001) }), "note"),
            (json!({ "tagIds": ["tag_1"] }), "tagIds"),
        ] {
            anna.try_rule(fits(), actions).await.assert_invalid(field);
        }
        anna.try_put(CREATE_RULE, json!({ "name": "", "condition": fits(), "actions": note() })).await.assert_invalid("name");
        assert_eq!(anna.rules().await, Vec::<Value>::new(), "nothing is kept");

        // A category that is archived later; an order that forgets one.
        let rule = anna.rule("One", fits(), json!({ "categoryId": coffee })).await;
        anna.done("mutation($input: ArchiveCategoryInput!) { archiveCategory(input: $input) { id } }", json!({ "input": { "id": coffee } })).await;
        anna.try_rule(fits(), json!({ "categoryId": coffee })).await.assert_invalid("categoryId");
        anna.put(UPDATE_RULE, json!({ "id": rule, "name": "Another" })).await;
        for ids in [json!([]), json!([rule, rule])] {
            anna.ask(REORDER, json!({ "ids": ids })).await.assert_invalid("ids");
        }
        for first in [-1, 101] {
            anna.ask(PREVIEW, json!({ "input": { "condition": fits(), "actions": note() }, "first": first })).await.assert_invalid("first");
        }
        // However many somebody makes, a thousand is what a household has.
        for batch in 0..50 {
            let field = |number: usize| format!(r#"r{number}: createRule(input: {{ name: "R", condition: {{ contains: "T{batch}X{number}" }}, actions: {{ note: "n" }} }}) {{ id }}"#);
            let document = format!("mutation {{ {} }}", (0..20).map(field).collect::<Vec<_>>().join(" "));
            let answer = anna.ask(&document, json!({})).await;
            if batch < 49 {
                answer.done();
            } else {
                assert_eq!(answer.codes(), ["CONFLICT"], "one of them is one too many");
            }
        }
        assert_eq!(anna.rules().await.len(), 1_000);
        let purse = account(&anna, "Purse", "EUR", "0").await;
        let id = anna.enter(&purse, "ZZ T12X7 ZZ", "-1").await;
        assert_eq!(anna.marks(&id).await.0, json!("n"));
        house.end(vec![running]).await;
    }

    async fn tags_are_made_given_and_removed(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let purse = account(&anna, "Purse", "EUR", "0").await;
        let input = json!({ "name": " Trips ", "color": "#ff8800", "idempotencyKey": "k" });
        let trips = anna.put(CREATE_TAG, input.clone()).await;
        assert_eq!((&trips["name"], &trips["color"]), (&json!("Trips"), &json!("#FF8800")));
        assert_eq!(anna.put(CREATE_TAG, input).await, trips);
        let (trips, fun) = (text_of(&trips["id"]), anna.tag("fun").await);
        anna.try_put(CREATE_TAG, json!({ "name": "TRIPS" })).await.assert_refused(200, "CONFLICT");
        anna.try_put(CREATE_TAG, json!({ "name": "" })).await.assert_invalid("name");
        anna.try_put(CREATE_TAG, json!({ "name": "x", "color": "red" })).await.assert_invalid("color");
        anna.try_put(UPDATE_TAG, json!({ "id": fun, "name": "trips" })).await.assert_refused(200, "CONFLICT");
        anna.try_put(UPDATE_TAG, json!({ "id": fun })).await.assert_invalid("input");
        let renamed = anna.put(UPDATE_TAG, json!({ "id": fun, "name": "FUN", "color": null })).await;
        assert_eq!(renamed["name"], json!("FUN"));
        let names = async || list_of(anna.done(TAGS, json!({})).await).iter().map(|tag| text_of(&tag["name"])).collect::<Vec<_>>();
        assert_eq!(names().await, ["FUN", "Trips"]);

        let row = text_of(&anna.put(CREATE, entry(&purse, "2026-03-05", "-3", "KIOSK")).await["id"]);
        anna.put(UPDATE, json!({ "id": row, "tagIds": [trips, fun, trips] })).await;
        assert_eq!(anna.marks(&row).await.2, ["FUN", "Trips"]);
        anna.put(UPDATE, json!({ "id": row, "note": "x" })).await;
        assert_eq!(anna.marks(&row).await.2, ["FUN", "Trips"], "what is left out stays");
        for (filter, count) in [(json!({ "tagIds": [trips] }), 1), (json!({ "tagIds": [] }), 1), (json!({ "tagIds": [fun], "text": "none" }), 0)] {
            assert_eq!(anna.listed(filter, "DATE_DESCENDING", 50).await.len(), count);
        }
        for answer in [
            berta.try_put(UPDATE_TAG, json!({ "id": trips, "name": "x" })).await,
            berta.ask(REMOVE_TAG, json!({ "id": trips })).await,
            berta.ask("query($filter: TransactionFilter) { transactions(filter: $filter) { edges { cursor } } }", json!({ "filter": { "tagIds": [trips] } })).await,
        ] {
            answer.assert_refused(200, "NOT_FOUND");
        }
        assert_eq!(list_of(berta.done(TAGS, json!({})).await), Vec::<Value>::new());

        // A tag that is removed is gone everywhere, and its number is nobody's.
        anna.rule("Tags", json!({ "contains": "KIOSK" }), json!({ "tagIds": [trips, fun] })).await;
        anna.rule("Notes", json!({ "tagIds": [trips] }), json!({ "note": "never" })).await;
        anna.done(REMOVE_TAG, json!({ "id": trips })).await;
        assert_eq!(anna.marks(&row).await.2, ["FUN"]);
        let next = anna.enter(&purse, "KIOSK", "-3").await;
        assert_eq!((anna.marks(&next).await.0, anna.marks(&next).await.2), (Value::Null, vec!["FUN".to_owned()]));
        anna.try_put(UPDATE, json!({ "id": row, "tagIds": [trips] })).await.assert_refused(200, "NOT_FOUND");
        let filter = json!({ "filter": { "tagIds": [trips] } });
        anna.ask("query($filter: TransactionFilter) { transactions(filter: $filter) { edges { cursor } } }", filter).await.assert_refused(200, "NOT_FOUND");
        for name in ["\u{200b}", "a\u{202e}b"] {
            anna.try_put(CREATE_TAG, json!({ "name": name })).await.assert_invalid("name");
        }
        anna.try_put(CREATE_TAG, json!({ "name": "fu\u{308}n" })).await.done();
        anna.try_put(CREATE_TAG, json!({ "name": "f\u{fc}n" })).await.assert_refused(200, "CONFLICT");
        anna.ask(REMOVE_TAG, json!({ "id": trips })).await.assert_refused(200, "NOT_FOUND");
        let again = anna.tag("Trips").await;
        assert_ne!(again, trips);
        assert_eq!(anna.marks(&row).await.2, ["FUN"]);
        anna.put(UPDATE, json!({ "id": row, "tagIds": [] })).await;
        assert_eq!(anna.marks(&row).await.2, Vec::<String>::new());
        house.end(vec![running]).await;
    }
}
