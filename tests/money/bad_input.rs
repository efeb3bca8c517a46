//! Bad input: each has a code, names its field, and changes nothing.

use serde_json::{Value, json};

use super::{
    bank::{Bank, text_of},
    manual::{account, entry},
    person::{
        COMPLETE, CREATE, CREATE_ACCOUNT, DELETE, LIST, Linked, Person, REFRESH, REMOVE, SET_BUDGET, UPDATE,
        UPDATE_ACCOUNT,
    },
    sums::{GROUPINGS, SPENDING},
};
use crate::{
    api::client::Answer,
    house::{House, on_both_sizes},
};

/// What is no number with two decimals within the limits.
fn bad_amounts() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "1,50",
        "1.005",
        "-0.001",
        "1000000000000.00",
        "-1000000000000",
        "NaN",
        "Infinity",
        "0x10",
        "1\u{0}",
        "ten",
        "--1",
    ];
    let mut all: Vec<Value> = texts.iter().map(|text| json!(text)).collect();
    all.extend([json!("9".repeat(40)), json!("9".repeat(10_000)), json!(1.5), json!(true)]);
    all
}

/// What is no day between 1900 and 2200.
const BAD_DATES: [&str; 10] = [
    "",
    "2026-02-30",
    "2026-13-01",
    "2026-00-10",
    "1899-12-31",
    "2201-01-01",
    "21.11.2026",
    "2026-1-1",
    "2026-11-21T00:00:00Z",
    "tomorrow",
];

fn with(mut input: Value, field: &str, value: &Value) -> Value {
    input[field] = value.clone();
    input
}

/// Asserts that a value which the schema itself may refuse was refused, with its field where a use case did it.
#[track_caller]
fn assert_wrong(answer: &Answer, field: &str) {
    if answer.codes() != ["GRAPHQL_VALIDATION_FAILED"] {
        answer.assert_invalid(field);
    }
}

on_both_sizes! {
    async fn a_bad_transaction_is_not_entered(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let cash = account(&anna, "Cash", "EUR", "10").await;
        let yen = account(&anna, "Yen", "JPY", "0").await;
        let good = entry(&cash, "2026-05-01", "-1.50", "KIOSK");
        for amount in bad_amounts() {
            assert_wrong(&anna.try_put(CREATE, with(good.clone(), "amount", &amount)).await, "amount");
        }
        anna.try_put(CREATE, with(good.clone(), "amount", &json!("0.00"))).await.assert_invalid("amount");
        anna.try_put(CREATE, entry(&yen, "2026-05-01", "-1.5", "KIOSK")).await.assert_invalid("amount");
        for date in BAD_DATES {
            anna.try_put(CREATE, with(good.clone(), "date", &json!(date))).await.assert_invalid("date");
        }
        for text in [String::new(), " \t ".to_owned(), "x".repeat(201), "a\0b".to_owned(), "a\u{7f}".to_owned()] {
            anna.try_put(CREATE, with(good.clone(), "description", &json!(text))).await.assert_invalid("description");
        }
        for text in ["x".repeat(2_001), "a\0b".to_owned(), "a\u{1b}[31m".to_owned()] {
            anna.try_put(CREATE, with(good.clone(), "note", &json!(text))).await.assert_invalid("note");
        }
        let group = anna.category("FOOD_AND_DRINK").await;
        anna.try_put(CREATE, with(good.clone(), "categoryId", &json!(group))).await.assert_invalid("categoryId");
        anna.try_put(CREATE, with(good.clone(), "categoryId", &json!("cat_0000000000zzz"))).await.assert_refused(200, "NOT_FOUND");
        for id in ["", "cat_", "cat_1", "42", "acc_0000000000001", "cat_000000000000\0"] {
            anna.try_put(CREATE, with(good.clone(), "categoryId", &json!(id))).await.assert_invalid("categoryId");
        }
        for id in ["", "acc_", "42", "cat_0000000000001", "' OR 1=1 --", &"a".repeat(10_000), "äöü_äöüäöüäöüäöü"] {
            anna.try_put(CREATE, with(good.clone(), "accountId", &json!(id))).await.assert_invalid("accountId");
        }
        for missing in ["accountId", "date", "amount", "description"] {
            let mut input = good.clone();
            input.as_object_mut().expect("an object").remove(missing);
            anna.try_put(CREATE, input).await.assert_refused(400, "GRAPHQL_VALIDATION_FAILED");
        }
        assert_eq!(anna.transactions().await, Vec::<Value>::new());
        // The longest and the largest are taken, and zeros at the end are no decimals.
        let mut input = entry(&cash, "1900-01-01", "999999999999.9900", &"ß".repeat(200));
        input["note"] = json!("ß".repeat(2_000));
        assert_eq!(anna.put(CREATE, input).await["amount"]["amount"], "999999999999.99");
        assert_eq!(anna.put(CREATE, entry(&yen, "2200-12-31", "-99999999999999.000", "x")).await["amount"]["amount"], "-99999999999999");
        assert_eq!(anna.put(CREATE, entry(&cash, "2026-05-01", "-2", "x")).await["amount"]["amount"], "-2.00");
        house.end(vec![running]).await;
    }

    async fn a_bad_change_changes_nothing(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let cash = account(&anna, "Cash", "EUR", "10").await;
        let id = text_of(&anna.put(CREATE, entry(&cash, "2026-05-01", "-1.50", "KIOSK")).await["id"]);
        let before = (anna.accounts().await, anna.transactions().await);
        let group = anna.category("FOOD_AND_DRINK").await;
        for (field, value) in [
            ("note", "x".repeat(2_001)),
            ("note", "a\0b".to_owned()),
            ("merchantName", "x".repeat(101)),
            ("merchantName", "a\0b".to_owned()),
            ("merchantName", "  ".to_owned()),
            ("categoryId", group),
            ("categoryId", "nothing".to_owned()),
        ] {
            // A good field beside the bad one is not written either.
            let good = if field == "note" { json!({ "id": id, "merchantName": "new" }) } else { json!({ "id": id, "note": "new" }) };
            anna.try_put(UPDATE, with(good, field, &json!(value))).await.assert_invalid(field);
        }
        for wrong in ["", "txn_", "42", &cash, "txn_000000000000000000000000\0"] {
            anna.try_put(UPDATE, json!({ "id": wrong, "note": "x" })).await.assert_invalid("id");
            anna.ask(DELETE, json!({ "id": wrong })).await.assert_invalid("id");
            anna.ask(REFRESH, json!({ "id": wrong })).await.assert_invalid("id");
            anna.try_put(REMOVE, json!({ "id": wrong, "deleteAccounts": true })).await.assert_invalid("id");
        }
        for (field, value) in [("name", json!("")), ("name", json!("x".repeat(101))), ("name", json!("a\0")), ("openingBalance", json!("0.001")), ("openingBalance", json!("1e15"))] {
            assert_wrong(&anna.try_put(UPDATE_ACCOUNT, with(json!({ "id": cash, "kind": "OTHER" }), field, &value)).await, field);
        }
        assert_eq!((anna.accounts().await, anna.transactions().await), before);
        house.end(vec![running]).await;
    }

    async fn a_bad_account_or_budget_is_not_made(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let good = json!({ "name": "Cash", "kind": "CASH", "currency": "EUR" });
        for (field, values) in [
            ("currency", vec![json!("XXX"), json!("eur"), json!("EURO"), json!(""), json!("EU\0"), json!("DEM")]),
            ("name", vec![json!(""), json!("x".repeat(101)), json!("a\0b"), json!("a\nb")]),
            ("openingBalance", bad_amounts()),
        ] {
            for value in values {
                assert_wrong(&anna.try_put(CREATE_ACCOUNT, with(good.clone(), field, &value)).await, field);
            }
        }
        assert_eq!(anna.accounts().await, Vec::<Value>::new());
        let groceries = anna.category("FOOD_AND_DRINK_GROCERIES").await;
        let good = json!({ "categoryId": groceries, "amount": "100" });
        for (field, values) in [
            ("amount", [bad_amounts(), vec![json!("-0.01"), json!("-100")]].concat()),
            ("currency", vec![json!("XXX"), json!("eur"), json!("")]),
            ("from", ["", "2026-13", "1899-12", "2201-01", "2026-11-21", "11.2026"].map(|text| json!(text)).to_vec()),
            ("categoryId", vec![json!(""), json!("cat_"), json!("42")]),
        ] {
            for value in values {
                assert_wrong(&anna.try_put(SET_BUDGET, with(good.clone(), field, &value)).await, field);
            }
        }
        for key in ["INCOME_WAGES", "INCOME", "TRANSFER_IN"] {
            let id = anna.category(key).await;
            anna.try_put(SET_BUDGET, json!({ "categoryId": id, "amount": "1" })).await.assert_invalid("categoryId");
        }
        anna.try_put(SET_BUDGET, json!({ "categoryId": "cat_0000000000zzz", "amount": "1" })).await.assert_refused(200, "NOT_FOUND");
        let budgets = anna.done("{ budgets(month: \"2026-11\") { month } }", json!({})).await;
        assert_eq!(budgets, json!([]));
        house.end(vec![running]).await;
    }

    async fn a_bad_question_names_its_field(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let cash = account(&anna, "Cash", "EUR", "10").await;
        anna.put(CREATE, entry(&cash, "2026-05-01", "-1.50", "KIOSK")).await;
        let many: Vec<&str> = vec![cash.as_str(); 201];
        for (filter, field) in [
            (json!({ "text": "x".repeat(101) }), "text"),
            (json!({ "text": "a\0b" }), "text"),
            (json!({ "from": "2026-05-02", "to": "2026-05-01" }), "to"),
            (json!({ "from": "2026-02-30" }), "from"),
            (json!({ "to": "yesterday" }), "to"),
            (json!({ "minAmount": "x" }), "minAmount"),
            (json!({ "maxAmount": "" }), "maxAmount"),
            (json!({ "minAmount": "2", "maxAmount": "1" }), "maxAmount"),
            (json!({ "accountIds": ["nothing"] }), "accountIds"),
            (json!({ "accountIds": many }), "accountIds"),
            (json!({ "categoryIds": ["nothing"] }), "categoryIds"),
            (json!({ "merchantIds": ["nothing"] }), "merchantIds"),
        ] {
            anna.ask(LIST, json!({ "order": "DATE_DESCENDING", "filter": filter })).await.assert_invalid(field);
        }
        let unknown = json!({ "order": "DATE_DESCENDING", "filter": { "categoryIds": ["cat_0000000000zzz"] } });
        anna.ask(LIST, unknown).await.assert_refused(200, "NOT_FOUND");
        let history = "query($id: ID!, $from: Date!, $to: Date!) { balanceHistory(accountId: $id, from: $from, to: $to) { date } }";
        for (from, to, field) in [
            ("2026-05-02", "2026-05-01", "to"),
            ("2000-01-01", "2026-01-01", "to"),
            ("2026-02-30", "2026-03-01", "from"),
            ("2026-02-01", "2026-02-30", "to"),
        ] {
            for by in GROUPINGS {
                let asked = json!({ "from": from, "to": to, "by": by, "kind": "SPENDING" });
                anna.ask(SPENDING, asked).await.assert_invalid(field);
            }
            anna.ask(history, json!({ "id": cash, "from": from, "to": to })).await.assert_invalid(field);
        }
        for id in ["", "nothing", "cash", "hh_0000000000001", "\0", &"x".repeat(10_000)] {
            anna.node(id).await.assert_invalid("id");
            anna.ask(history, json!({ "id": id, "from": "2026-01-01", "to": "2026-01-01" })).await.assert_invalid("accountId");
        }
        for first in [0, -1, 201, 1_000_000] {
            anna.ask(&format!("{{ notifications(first: {first}) {{ id }} }}"), json!({})).await.assert_invalid("first");
        }
        anna.ask("{ budgets(month: \"2026-13\") { month } }", json!({})).await.assert_invalid("month");
        house.end(vec![running]).await;
    }

    async fn a_link_is_completed_by_whom_it_was_begun(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let institution = anna.institution().await;
        let own = House::address(&running);
        for uri in ["https://evil.example/", "", "x", "javascript:alert(1)", "//evil.example", "http://127.0.0.1/", &format!("{own}@evil.example/"),
            &format!("{own}/#fragment"), &own.replace("http://", "http://user@"), &own.replace("http", "https")] {
            anna.try_start(json!({ "institutionId": institution, "redirectUri": uri })).await.assert_invalid("redirectUri");
        }
        for id in ["", "ins_", "42", &anna.session.household] {
            anna.try_start(json!({ "institutionId": id })).await.assert_invalid("institutionId");
            anna.try_start(json!({ "institutionId": institution, "connectionId": id })).await.assert_invalid("connectionId");
        }
        let unknown = format!("{}9", &institution[..institution.len() - 1]);
        anna.try_start(json!({ "institutionId": unknown })).await.assert_refused(200, "NOT_FOUND");

        let page = format!("{own}/done");
        let started = anna.put("mutation($input: StartLinkInput!) { startLink(input: $input) { authorizationUrl state } }",
            json!({ "institutionId": institution, "redirectUri": page })).await;
        let address = text_of(&started["authorizationUrl"]);
        assert!(bank.decide(&address, "anna@1", "deny").await.query().is_some_and(|query| query.contains("error=access_denied")));
        assert!(bank.decide(&address, "anna@1", "allow").await.as_str().starts_with(&page));
        let (state, code) = bank.allow(&address, "anna@1").await;
        let signature = state.split_once('.').expect("two parts").1.to_owned();
        let other = text_of(&anna.start(None).await["state"]);
        let forged = [
            String::new(),
            "x".to_owned(),
            "\0".to_owned(),
            "x".repeat(10_000),
            format!("{state}A"),
            state[..state.len() - 1].to_owned(),
            format!("{}.{signature}", other.split_once('.').expect("two parts").0),
            state.to_uppercase(),
        ];
        for forged in forged {
            anna.try_put(COMPLETE, json!({ "state": forged, "code": code })).await.assert_invalid("state");
        }
        berta.try_put(COMPLETE, json!({ "state": state, "code": code })).await.assert_invalid("state");
        for wrong in [String::new(), "x".to_owned(), "\0".to_owned(), "x".repeat(5_000), format!("{code}A")] {
            anna.try_put(COMPLETE, json!({ "state": state, "code": wrong })).await.assert_invalid("code");
        }
        // A code of another link is of no use here: its challenge is another.
        let (_, foreign) = bank.allow(&text_of(&berta.start(None).await["authorizationUrl"]), "berta@1").await;
        anna.try_put(COMPLETE, json!({ "state": state, "code": foreign })).await.assert_invalid("code");
        assert_eq!((anna.connections().await, berta.connections().await), (vec![], vec![]));
        // The right ones are good once.
        anna.put(COMPLETE, json!({ "state": state, "code": code })).await;
        anna.try_put(COMPLETE, json!({ "state": state, "code": code })).await.assert_refused(200, "CONFLICT");
        assert_eq!((anna.connections().await.len(), berta.connections().await), (1, vec![]));
        // Nor is a state good for two at once.
        let (state, code) = bank.allow(&text_of(&berta.start(None).await["authorizationUrl"]), "berta@1").await;
        let both = json!({ "state": state, "code": code });
        let (one, two) = tokio::join!(berta.try_put(COMPLETE, both.clone()), berta.try_put(COMPLETE, both));
        assert_eq!([one.codes(), two.codes()].concat().len(), 1, "{one:?} {two:?}");
        assert_eq!(berta.connections().await.len(), 1);
        house.end(vec![running]).await;
    }

    async fn nobody_sees_money_without_signing_in(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let linked = Linked::new(&anna, &Bank::at(&House::address(&banking)), "anna", 1).await;
        let id = text_of(&anna.accounts().await[0]["id"]);
        for document in [
            "{ accounts { id } }".to_owned(),
            "{ connections { id } }".to_owned(),
            "{ institutions { id } }".to_owned(),
            "{ categories { id } }".to_owned(),
            "{ transactions { edges { cursor } } }".to_owned(),
            "{ notifications { id } }".to_owned(),
            "{ budgets(month: \"2026-11\") { month } }".to_owned(),
            "{ spending(from: \"2026-11-01\", to: \"2026-11-30\", groupBy: MONTH) { totals { amount } } }".to_owned(),
            format!("{{ node(id: \"{id}\") {{ id }} }}"),
            format!("{{ account(id: \"{id}\") {{ id }} }}"),
            format!("mutation {{ refreshConnection(id: \"{}\") {{ id }} }}", linked.connection),
            format!("mutation {{ removeConnection(input: {{ id: \"{}\", deleteAccounts: true }}) }}", linked.connection),
        ] {
            let answer = anna.api.ask(&document, json!({})).await;
            assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{document}: {answer:?}");
        }
        assert_eq!(anna.connections().await.len(), 1);
        house.end(vec![running]).await;
    }
}
