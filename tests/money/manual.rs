//! Accounts of a person's own: every currency has its decimals, and a request that is repeated takes effect once.

use serde_json::{Value, json};

use super::{
    bank::{Bank, text_of},
    person::{CREATE, CREATE_ACCOUNT, DELETE, Linked, Person, UPDATE, UPDATE_ACCOUNT},
};
use crate::house::{House, on_both_sizes};

fn money(amount: &str, currency: &str) -> Value {
    json!({ "amount": amount, "currency": currency })
}

/// Makes an account; gives its id.
pub(super) async fn account(anna: &Person, name: &str, currency: &str, opening: &str) -> String {
    let input = json!({ "name": name, "kind": "CASH", "currency": currency, "openingBalance": opening });
    text_of(&anna.put(CREATE_ACCOUNT, input).await["id"])
}

/// What enters a transaction.
pub(super) fn entry(account: &str, date: &str, amount: &str, description: &str) -> Value {
    json!({ "accountId": account, "date": date, "amount": amount, "description": description })
}

/// The balance of an account.
async fn balance(anna: &Person, id: &str) -> Value {
    let all = anna.accounts().await;
    all.iter().find(|account| account["id"] == id).expect("the account")["balance"].clone()
}

on_both_sizes! {
    async fn currencies_have_their_own_decimals(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        for (currency, opening, amount, rest) in
            [("JPY", "10000", "-380", "9620"), ("KWD", "1.500", "-0.255", "1.245"), ("EUR", "0.10", "-0.30", "-0.20")]
        {
            let input = json!({ "name": currency, "kind": "CASH", "currency": currency, "openingBalance": opening });
            let made = anna.put(CREATE_ACCOUNT, input).await;
            assert_eq!((&made["balance"], &made["pending"]), (&money(opening, currency), &zero(currency)));
            assert!(["drift", "institution", "connection"].iter().all(|field| made[*field].is_null()), "{made}");
            let id = text_of(&made["id"]);
            let entered = anna.put(CREATE, entry(&id, "2026-03-14", amount, "MARKET STALL")).await;
            assert_eq!((&entered["amount"], &entered["isPending"]), (&money(amount, currency), &json!(false)));
            assert_eq!(balance(&anna, &id).await, money(rest, currency));
            let again = anna.put(UPDATE_ACCOUNT, json!({ "id": id, "name": "Purse", "kind": "OTHER", "openingBalance": "0" })).await;
            assert_eq!((&again["name"], &again["kind"], &again["balance"]), (&json!("Purse"), &json!("OTHER"), &money(amount, currency)));
        }
        let all = anna.transactions().await;
        assert_eq!(all.len(), 3);
        anna.assert_sums(&all, ("2026-03-01", "2026-03-31")).await;
        anna.assert_sums(&all, ("2026-03-14", "2026-03-14")).await;
        house.end(vec![running]).await;
    }

    async fn an_entry_is_changed_and_deleted(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let cash = account(&anna, "Cash", "EUR", "100").await;
        let groceries = anna.category("FOOD_AND_DRINK_GROCERIES").await;
        let mut input = entry(&cash, "2026-05-01", "-12.5", "  Lidl  sagt Danke ");
        input["note"] = json!(" for two ");
        let made = anna.put(CREATE, input).await;
        assert_eq!([&made["descriptor"], &made["note"], &made["isCategoryLocked"]], [&json!("Lidl sagt Danke"), &json!("for two"), &json!(false)]);
        let id = made["id"].clone();
        let merchant = made["merchant"].clone();
        let changed = anna.put(UPDATE, json!({ "id": id, "categoryId": groceries, "merchantName": " The corner ", "note": null })).await;
        assert_eq!(
            [&changed["category"]["id"], &changed["isCategoryLocked"], &changed["merchant"]["name"], &changed["note"], &changed["amount"]],
            [&json!(groceries), &json!(true), &json!("The corner"), &json!(null), &money("-12.50", "EUR")]
        );
        assert_ne!(changed["merchant"]["id"], merchant["id"]);
        let all = anna.transactions().await;
        assert_eq!(all, std::slice::from_ref(&changed));
        anna.assert_sums(&all, ("2026-05-01", "2026-05-31")).await;
        let back = anna.put(UPDATE, json!({ "id": id, "merchantName": null })).await;
        assert_eq!((&back["merchant"], &back["category"]["id"]), (&merchant, &json!(groceries)));
        assert_eq!(anna.put(UPDATE, json!({ "id": id })).await, back, "what is left out stays");
        anna.done(DELETE, json!({ "id": id })).await;
        assert_eq!((anna.transactions().await, balance(&anna, &cash).await), (vec![], money("100.00", "EUR")));
        anna.try_put(UPDATE, json!({ "id": id, "note": "x" })).await.assert_refused(200, "NOT_FOUND");
        anna.assert_sums(&[], ("2026-05-01", "2026-05-31")).await;
        house.end(vec![running]).await;
    }

    async fn a_repeated_request_takes_effect_once(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let mut wanted = json!({ "name": "Cash", "kind": "CASH", "currency": "EUR", "idempotencyKey": "key 1" });
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(anna.put(CREATE_ACCOUNT, wanted.clone()).await);
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert_eq!(anna.accounts().await.len(), 1);
        wanted["name"] = json!("Purse");
        anna.try_put(CREATE_ACCOUNT, wanted).await.assert_refused(200, "CONFLICT");
        let cash = text_of(&answers[0]["id"]);

        let mut input = entry(&cash, "2026-05-01", "-7.00", "KIOSK");
        input["idempotencyKey"] = json!("key 2");
        let ten = std::array::from_fn::<_, 10, _>(|_| anna.try_put(CREATE, input.clone()));
        let mut ids = Vec::new();
        for answer in futures::future::join_all(ten).await {
            ids.push(text_of(&answer.done()["createTransaction"]["id"]));
        }
        ids.dedup();
        assert_eq!(ids.len(), 1, "{ids:?}");
        // Written differently it is the same input; any other is another request.
        input["amount"] = json!("-7.0");
        assert_eq!(text_of(&anna.put(CREATE, input.clone()).await["id"]), ids[0]);
        for (field, value) in [("amount", "-7.01"), ("date", "2026-05-02"), ("description", "KIOSK 2"), ("note", "x")] {
            let mut other = input.clone();
            other[field] = json!(value);
            anna.try_put(CREATE, other).await.assert_refused(200, "CONFLICT");
        }
        let mut account = json!({ "name": "Cash", "kind": "CASH", "currency": "EUR", "idempotencyKey": "key 2" });
        anna.try_put(CREATE_ACCOUNT, account.clone()).await.assert_refused(200, "CONFLICT");
        for key in ["", &"k".repeat(256)] {
            account["idempotencyKey"] = json!(key);
            anna.try_put(CREATE_ACCOUNT, account.clone()).await.assert_invalid("idempotencyKey");
        }
        // Another household's keys are its own.
        let berta = Person::register(&running, "berta@example.org").await;
        account["idempotencyKey"] = json!("key 1");
        berta.put(CREATE_ACCOUNT, account).await;
        assert_eq!((anna.accounts().await.len(), anna.transactions().await.len()), (1, 1));
        assert_eq!(balance(&anna, &cash).await, money("-7.00", "EUR"));
        // Without a key each request is one.
        for _ in 0..2 {
            anna.put(CREATE, entry(&cash, "2026-05-01", "-7.00", "KIOSK")).await;
        }
        assert_eq!(anna.transactions().await.len(), 3);
        house.end(vec![running]).await;
    }

    async fn what_a_bank_feeds_is_not_written_by_hand(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let mut linked = Linked::new(&anna, &Bank::at(&House::address(&banking)), "anna", 1).await;
        house.until_idle().await;
        let before = linked.assert_agrees(&anna).await;
        let account = text_of(&anna.accounts().await[0]["id"]);
        anna.try_put(CREATE, entry(&account, "2026-05-01", "-1", "BY HAND")).await.assert_refused(200, "CONFLICT");
        for (field, value) in [("openingBalance", "5"), ("kind", "CASH")] {
            let mut input = json!({ "id": account, "name": "Renamed" });
            input[field] = json!(value);
            anna.try_put(UPDATE_ACCOUNT, input).await.assert_refused(200, "CONFLICT");
        }
        house.until_idle().await;
        assert_eq!(linked.assert_agrees(&anna).await, before);
        let renamed = anna.put(UPDATE_ACCOUNT, json!({ "id": account, "name": "Everyday" })).await;
        assert_eq!(renamed["name"], "Everyday");
        linked.refresh(&anna).await;
        assert_eq!(anna.accounts().await[0]["name"], "Everyday", "the bank does not take a person's name away");
        house.end(vec![running]).await;
    }
}

/// Nothing, in a currency.
fn zero(currency: &str) -> Value {
    let amount = match currency {
        "JPY" => "0",
        "KWD" => "0.000",
        _ => "0.00",
    };
    money(amount, currency)
}
