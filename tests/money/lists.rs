//! Lists: every filter, every order, forwards and backwards, without a row lost or doubled.

use serde_json::{Value, json};

use super::{
    bank::text_of,
    ledger::{amount, exact as number},
    manual::{account, entry},
    person::{CREATE, LIST, Person, UPDATE},
};
use crate::house::on_both_sizes;

const ORDERS: [&str; 4] = ["DATE_DESCENDING", "DATE_ASCENDING", "AMOUNT_DESCENDING", "AMOUNT_ASCENDING"];

/// Everything that objects of long lists have at hand, plainly and through fragments and other names.
const EVERYTHING: [&str; 3] = [
    "{ transactions(first: 50) { edges { __typename cursor node { __typename id date amount { __typename amount currency } isPending descriptor
         merchant { __typename id name isKnown } category { __typename id key name group { __typename id key group { id } } } isCategoryLocked note
         account { __typename id name currency balance { __typename amount currency } } } } pageInfo { endCursor } } }",
    "{ transactions(first: 50) { edges { __typename where: cursor what: node { ...Row ... on Transaction { __typename note } } } } }
     fragment Row on Transaction { when: date amount { ... { __typename currency } } account { ...Where } }
     fragment Where on Account { __typename name kind numberTail institution { name } }",
    "{ spending(from: \"2026-01-01\", to: \"2026-03-31\", groupBy: CATEGORY) { totals { __typename amount currency } groups { __typename amount { __typename amount currency }
         pending { amount } count share category { __typename name } merchant { name } account { name } month } } }",
];

/// A household with accounts in three currencies, and so many transactions in them with equal days and equal amounts.
struct Books {
    anna: Person,
    accounts: [String; 3],
    all: Vec<Value>,
}

impl Books {
    async fn new(running: &harness::process::Running) -> Self {
        let anna = Person::register(running, "anna@example.org").await;
        let accounts = [
            account(&anna, "Euro", "EUR", "0").await,
            account(&anna, "Yen", "JPY", "0").await,
            account(&anna, "Dinar", "KWD", "0").await,
        ];
        let texts =
            ["REWE MARKT", "100% BIO_LADEN", "SALARY ACME", "100 PERCENT BIOXLADEN", "PATH C:\\TEMP", "CAFÉ Ünder"];
        for n in 0..42_usize {
            let amount = format!("{}{}", if n % 6 == 2 { "" } else { "-" }, 10 + n % 5);
            let date = format!("2026-{:02}-{:02}", 1 + (n / 3) % 3, 1 + n % 4);
            anna.put(CREATE, entry(&accounts[n % 3], &date, &amount, texts[n % 6])).await;
        }
        let all = anna.transactions().await;
        assert_eq!(all.len(), 42);
        Self { anna, accounts, all }
    }

    /// Asserts that a filter finds exactly what a reader of the whole list would.
    async fn assert_finds(&self, filter: Value, is_meant: impl Fn(&Value) -> bool) {
        let expected: Vec<Value> = self.all.iter().filter(|one| is_meant(one)).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < self.all.len(), "{filter} shows nothing: {}", expected.len());
        assert_eq!(self.anna.listed(filter.clone(), "DATE_DESCENDING", 200).await, expected, "{filter}");
    }

    /// A page, whatever becomes of it.
    async fn page(&self, asked: Value) -> crate::api::client::Answer {
        self.anna.ask(LIST, asked).await
    }
}

fn text_has(one: &Value, wanted: &str) -> bool {
    ["descriptor", "note"]
        .iter()
        .any(|field| one[*field].as_str().is_some_and(|text| text.to_lowercase().contains(wanted)))
}

on_both_sizes! {
    async fn filters_find_what_they_say(house: House) {
        let running = house.serve().await;
        let mut books = Books::new(&running).await;
        let noted = books.all[7]["id"].clone();
        books.anna.put(UPDATE, json!({ "id": noted, "note": "50%_off", "merchantName": "Zebra" })).await;
        books.all = books.anna.transactions().await;
        let [euro, yen, _] = books.accounts.clone();
        books.assert_finds(json!({ "accountIds": [euro] }), |one| one["account"]["id"] == euro).await;
        books.assert_finds(json!({ "accountIds": [euro, yen] }), |one| [&euro, &yen].iter().any(|id| one["account"]["id"] == **id)).await;
        let groceries = books.anna.category("FOOD_AND_DRINK_GROCERIES").await;
        let food = books.anna.category("FOOD_AND_DRINK").await;
        let income = books.anna.category("INCOME").await;
        books.assert_finds(json!({ "categoryIds": [groceries] }), |one| one["category"]["id"] == groceries).await;
        let members = books.anna.done("{ categories { id group { id } } }", json!({})).await;
        let in_group = |one: &Value, group: &str| {
            let members = members.as_array().expect("categories").iter();
            members.filter(|known| known["group"]["id"] == group).any(|known| known["id"] == one["category"]["id"])
        };
        books.assert_finds(json!({ "categoryIds": [food] }), |one| in_group(one, &food)).await;
        books.assert_finds(json!({ "categoryIds": [food, income] }), |one| in_group(one, &food) || in_group(one, &income)).await;
        let merchant = books.all.iter().find(|one| text_has(one, "rewe")).expect("a shop")["merchant"]["id"].clone();
        books.assert_finds(json!({ "merchantIds": [merchant] }), |one| one["merchant"]["id"] == merchant).await;
        for text in ["rewe", "100% bio", "bio_laden", "c:\\temp", "%", "_", "\\"] {
            books.assert_finds(json!({ "text": text }), |one| text_has(one, text)).await;
        }
        books.assert_finds(json!({ "text": "zebra" }), |one| one["id"] == noted).await;
        books.assert_finds(json!({ "text": "50%_OFF" }), |one| one["id"] == noted).await;
        for nothing in ["100%bio", "xyz", "c:/temp"] {
            assert_eq!(books.anna.with_text(nothing).await, Vec::<Value>::new(), "{nothing}");
        }
        // A bound is a number of the currency, not of its minor units.
        for (min, max) in [(Some("-12.5"), None), (None, Some("-11")), (Some("-13.999"), Some("-11.0001")), (Some("10"), Some("12"))] {
            let within = |one: &Value| {
                let exact = |text: &str| number(&json!(text));
                let amount = amount(&one["amount"]);
                min.is_none_or(|min| exact(min) <= amount) && max.is_none_or(|max| amount <= exact(max))
            };
            books.assert_finds(json!({ "minAmount": min, "maxAmount": max }), within).await;
        }
        books.assert_finds(json!({ "from": "2026-02-02", "to": "2026-03-01" }), |one| {
            one["date"].as_str().is_some_and(|date| ("2026-02-02"..="2026-03-01").contains(&date))
        }).await;
        books.assert_finds(json!({ "from": "2026-02-02", "accountIds": [euro], "text": "rewe", "maxAmount": "0", "isPending": false }), |one| {
            one["date"].as_str() >= Some("2026-02-02") && one["account"]["id"] == euro && text_has(one, "rewe")
        }).await;
        assert_eq!(books.anna.listed(json!({ "isPending": true }), "DATE_ASCENDING", 200).await, Vec::<Value>::new());
        assert_eq!(books.anna.listed(json!({ "isPending": false }), "DATE_DESCENDING", 200).await, books.all);
        house.end(vec![running]).await;
    }

    async fn orders_and_directions_show_the_same_rows(house: House) {
        let running = house.serve().await;
        let books = Books::new(&running).await;
        for order in ORDERS {
            let whole = books.anna.listed(json!({}), order, 200).await;
            assert_eq!(whole.len(), books.all.len());
            for pair in whole.windows(2) {
                let days = [text_of(&pair[0]["date"]), text_of(&pair[1]["date"])];
                let minor = |one: &Value| text_of(&one["amount"]["amount"]).replace('.', "").parse::<i64>().expect("minor units");
                let amounts = [minor(&pair[0]), minor(&pair[1])];
                let in_order = match order {
                    "DATE_DESCENDING" => days[0] >= days[1],
                    "DATE_ASCENDING" => days[0] <= days[1],
                    "AMOUNT_DESCENDING" => amounts[0] >= amounts[1],
                    _ => amounts[0] <= amounts[1],
                };
                assert!(in_order, "{order}: {pair:?}");
            }
            for size in [1, 4, 7, 42] {
                assert_eq!(books.anna.listed(json!({}), order, size).await, whole, "{order} by {size}");
            }
            // Backwards, page by page, from the end.
            let mut backwards: Vec<Value> = Vec::new();
            let mut before = Value::Null;
            loop {
                let page = books.page(json!({ "order": order, "last": 5, "before": before })).await;
                let page = page.done()["transactions"].clone();
                assert_eq!(page["pageInfo"]["hasNextPage"], !before.is_null());
                let edges = page["edges"].as_array().expect("edges").clone();
                backwards.splice(0..0, edges.iter().map(|edge| edge["node"].clone()));
                assert!(backwards.len() <= whole.len(), "{order}");
                if page["pageInfo"]["hasPreviousPage"] == false {
                    break;
                }
                before = page["pageInfo"]["startCursor"].clone();
            }
            assert_eq!(backwards, whole, "{order} backwards");
        }
        house.end(vec![running]).await;
    }

    async fn rows_that_come_meanwhile_shift_nothing(house: House) {
        let running = house.serve().await;
        let books = Books::new(&running).await;
        let first = books.page(json!({ "order": "DATE_DESCENDING", "first": 10 })).await;
        let info = first.done()["transactions"]["pageInfo"].clone();
        for date in ["2026-03-05", "2026-03-04", "2026-03-05"] {
            books.anna.put(CREATE, entry(&books.accounts[0], date, "-1", "LATE")).await;
        }
        let rest = books.page(json!({ "order": "DATE_DESCENDING", "first": 200, "after": info["endCursor"] })).await;
        let rest: Vec<Value> =
            rest.done()["transactions"]["edges"].as_array().expect("edges").iter().map(|edge| edge["node"].clone()).collect();
        let late = rest.iter().filter(|one| one["descriptor"] == "LATE").count();
        let known: Vec<&Value> = rest.iter().filter(|one| one["descriptor"] != "LATE").collect();
        assert_eq!(known, books.all[10..].iter().collect::<Vec<_>>());
        assert!(late <= 1, "only what lies behind the cursor");
        house.end(vec![running]).await;
    }

    async fn whatever_way_an_object_is_resolved_it_is_the_same(house: House) {
        let running = house.serve().await;
        let books = Books::new(&running).await;
        books.anna.put(UPDATE, json!({ "id": books.all[3]["id"], "note": "mine", "merchantName": "Zebra" })).await;
        // One name twice in a selection: the library merges them, object by object.
        let twice = |document: &str| document.replace("__typename", "__typename __typename");
        for document in EVERYTHING {
            let at_hand = books.anna.done(document, json!({})).await;
            assert!(at_hand.to_string().contains("EUR"), "{at_hand}");
            assert_eq!(books.anna.done(&twice(document), json!({})).await, at_hand, "{document}");
        }
        house.end(vec![running]).await;
    }

    async fn what_is_kept_in_memory_is_never_old(house: House) {
        let running = house.serve().await;
        let books = Books::new(&running).await;
        let names = || async {
            let edges = books.anna.done("{ transactions(first: 200) { edges { node { account { id name } } } } }", json!({})).await;
            let nodes = edges["edges"].as_array().expect("edges").iter().map(|edge| edge["node"]["account"].clone());
            nodes.filter(|account| account["id"] == books.accounts[0].as_str()).map(|account| text_of(&account["name"]).clone()).collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(names().await, ["Euro".to_owned()].into());
        for name in ["Purse", "Wallet"] {
            let rename = "mutation($input: UpdateAccountInput!) { updateAccount(input: $input) { id } }";
            books.anna.put(rename, json!({ "id": books.accounts[0], "name": name })).await;
            assert_eq!(names().await, [name.to_owned()].into());
        }
        // An account that is newer than what was kept.
        let lira = account(&books.anna, "Lira", "TRY", "0").await;
        books.anna.put(CREATE, entry(&lira, "2026-04-01", "-7", "KIOSK")).await;
        let first = books.anna.done("{ transactions(first: 1) { edges { node { account { name } amount { currency } } } } }", json!({})).await;
        assert_eq!(first["edges"][0]["node"], json!({ "account": { "name": "Lira" }, "amount": { "currency": "TRY" } }));
        let spent = books.anna.done(r#"{ spending(from: "2026-04-01", to: "2026-04-30", groupBy: ACCOUNT) { totals { amount currency } groups { account { name } count } } }"#, json!({})).await;
        assert_eq!(spent, json!({ "totals": [{ "amount": "7.00", "currency": "TRY" }], "groups": [{ "account": { "name": "Lira" }, "count": 1 }] }));
        house.end(vec![running]).await;
    }

    async fn wrong_pages_are_refused(house: House) {
        let running = house.serve().await;
        let books = Books::new(&running).await;
        for size in [0, -1, 201, 1_000_000, i32::MIN] {
            for field in ["first", "last"] {
                let mut asked = json!({ "order": "DATE_DESCENDING" });
                asked[field] = json!(size);
                let answer = books.page(asked).await;
                assert!(answer.codes() == ["INVALID"] || answer.codes() == ["QUERY_TOO_COSTLY"], "{field} {size}: {answer:?}");
                // A long page of everything is too much before it is too long.
                if size < 200 {
                    answer.assert_invalid(field);
                }
            }
        }
        // The plainest of all documents, so that nothing else is too much.
        for size in [0, -1, 201, 1_000_000] {
            books.anna.ask(&format!("{{ transactions(first: {size}) {{ edges {{ cursor }} }} }}"), json!({})).await.assert_invalid("first");
        }
        let page = books.page(json!({ "order": "DATE_DESCENDING", "first": 3 })).await;
        let cursor = page.done()["transactions"]["pageInfo"]["endCursor"].clone();
        let before = |field: &str, cursor: &Value, more: Value| {
            let mut asked = json!({ "order": "DATE_DESCENDING" });
            asked[field] = cursor.clone();
            asked.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            asked
        };
        for (field, size) in [("after", "first"), ("before", "last")] {
            for more in [json!({ "order": "DATE_ASCENDING" }), json!({ "order": "AMOUNT_ASCENDING" }), json!({ "filter": { "text": "rewe" } })] {
                let mut asked = before(field, &cursor, more);
                asked[size] = json!(3);
                books.page(asked).await.assert_invalid(field);
            }
            for garbage in ["", "garbage", "AAAA", "\0", &"A".repeat(34), &"A".repeat(10_000)] {
                books.page(before(field, &json!(garbage), json!({}))).await.assert_invalid(field);
            }
        }
        for (asked, field) in [
            (json!({ "first": 3, "last": 3 }), "last"),
            (json!({ "after": cursor, "before": cursor }), "before"),
            (json!({ "first": 3, "before": cursor }), "before"),
        ] {
            books.page(before("first", &json!(null), asked)).await.assert_invalid(field);
        }
        // The same list, written in another way, is the same list.
        books.page(before("after", &cursor, json!({ "filter": {} }))).await.done();
        house.end(vec![running]).await;
    }
}
