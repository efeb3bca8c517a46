use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    life::DAY_MS,
    testing::{House, list, text},
};

/// What a client has that follows the log: its rows by id, and where it stands.
#[derive(Default)]
struct Client {
    rows: std::collections::BTreeMap<String, Value>,
    cursor: Option<String>,
}

impl Client {
    /// Reads on until there is no more; says what came.
    async fn pull(&mut self, house: &House, token: &str, limit: usize) -> Vec<Value> {
        let mut came = Vec::new();
        loop {
            let cursor = self.cursor.as_ref().map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
            let page = house.get(&format!("transactions?limit={limit}{cursor}"), token).await.json();
            for row in list(&page["Data"]["Transaction"]) {
                let known = self.rows.insert(text(&row["TransactionId"]), row.clone());
                assert!(known.is_none(), "twice: {row}");
                came.push(row.clone());
            }
            for gone in list(&page["Data"]["Removed"]) {
                let row = self.rows.remove(&text(&gone["TransactionId"]));
                assert!(row.is_none_or(|row| row["Status"] == "PDNG"));
            }
            self.cursor = Some(text(&page["Meta"]["Cursor"]));
            if page["Meta"]["HasMore"] == false {
                return came;
            }
        }
    }

    /// The ledger and this client agree on every row.
    fn agrees(&self, ledger: &Value) {
        let mut count = 0;
        for account in list(&ledger["accounts"]) {
            for (status, rows) in [("BOOK", &account["booked"]), ("PDNG", &account["pending"])] {
                for line in list(rows) {
                    let row = &self.rows[&text(&line["transaction_id"])];
                    let sign = if row["CreditDebitIndicator"] == "Debit" { "-" } else { "" };
                    assert_eq!((&row["Status"], &row["AccountId"]), (&json!(status), &account["account_id"]));
                    assert_eq!(format!("{sign}{}", text(&row["Amount"]["Amount"])), text(&line["amount"]));
                    assert_eq!(text(&row["BookingDateTime"])[..10], text(&line["day"]));
                    assert_eq!(row["TransactionInformation"], line["descriptor"]);
                    count += 1;
                }
            }
        }
        assert_eq!(count, self.rows.len());
    }
}

async fn ledger(house: &House, query: &str) -> Value {
    house.control(Method::GET, &format!("ledger?{query}"), json!(null)).await.json()
}

/// The reported balance of a type, account by account, as cents.
async fn balances(house: &House, token: &str, kind: &str) -> Vec<i64> {
    let body = house.get("balances", token).await.json();
    let of_kind = list(&body["Data"]["Balance"]).iter().filter(|balance| balance["Type"] == kind);
    let cents = of_kind.map(|balance| {
        let minor = cents(&text(&balance["Amount"]["Amount"]));
        if balance["CreditDebitIndicator"] == "Debit" { -minor } else { minor }
    });
    cents.collect()
}

fn cents(text: &str) -> i64 {
    text.replace('.', "").parse().expect("an amount")
}

#[tokio::test]
async fn a_client_that_follows_the_log_has_what_the_ledger_says() {
    let house = House::new();
    let mut client = Client::default();
    for limit in [1_000, 3, 57, 500] {
        // The days that pass make tokens old; a later consent shows less, and the ledger still begins with the first one.
        let token = house.access("anna").await;
        client.pull(&house, &token, limit).await;
        let whole = ledger(&house, "customer=anna").await;
        assert_eq!(whole["since"], "2024-11-01");
        client.agrees(&whole);
        let booked = balances(&house, &token, "ITBD").await;
        for (account, booked) in list(&whole["accounts"]).iter().zip(booked) {
            assert_eq!(cents(&text(&account["opening"])) + cents(&text(&account["booked_sum"])), booked);
            assert_eq!(cents(&text(&account["balance"])), booked);
        }
        house.pass_ms(5 * 60_000);
        let answer = house.control(Method::POST, "clock", json!({"advance_days": 2})).await;
        assert_eq!(answer.status, StatusCode::OK);
        // A clock that is set back makes nothing unhappen.
        house.get("balances", &token).await;
        house.pass_ms(-DAY_MS);
    }
}

#[tokio::test]
async fn the_ledger_of_a_large_life_is_counted() {
    let house = House::new();
    house.access("load-60000@3").await;
    let summary = ledger(&house, "customer=load-60000&summary=true").await;
    assert_eq!(summary["since"], "2026-08-01");
    let count: u64 = list(&summary["accounts"]).iter().filter_map(|account| account["booked_count"].as_u64()).sum();
    // 112 days and a half of 60,000 a year.
    assert!((18_000..19_000).contains(&count), "{count}");
    for account in list(&summary["accounts"]) {
        let opening = cents(&text(&account["opening"]));
        assert_eq!(opening + cents(&text(&account["booked_sum"])), cents(&text(&account["balance"])));
        assert!(account.get("booked").is_none());
    }
}

#[tokio::test]
async fn purchases_are_appended_and_posted() {
    let house = House::new();
    let token = house.access("anna").await;
    let mut client = Client::default();
    client.pull(&house, &token, 1_000).await;
    let (booked, available) = (balances(&house, &token, "ITBD").await, balances(&house, &token, "ITAV").await);

    let body = json!({
        "customer": "anna", "account": 0, "amount": "-18.50", "descriptor": "  SQ *CORNER CAFE ",
        "merchant_category_code": 5814, "pending": true,
    });
    let answer = house.control(Method::POST, "purchase", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let pending = text(&answer.json()["transaction_id"]);
    let came = client.pull(&house, &token, 1_000).await;
    assert_eq!(came.len(), 1);
    assert_eq!((&came[0]["TransactionId"], &came[0]["Status"]), (&json!(pending), &json!("PDNG")));
    assert_eq!(came[0]["TransactionInformation"], "SQ *CORNER CAFE");
    assert_eq!(came[0]["MerchantDetails"], json!({"MerchantCategoryCode": "5814"}));
    assert_eq!(balances(&house, &token, "ITBD").await, booked);
    assert_eq!(balances(&house, &token, "ITAV").await[0], available[0] - 1_850);

    let body = json!({"customer": "anna", "transaction_id": pending, "amount": "-20.50", "booked_day": "2026-11-20"});
    let answer = house.control(Method::POST, "post", body.clone()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let came = client.pull(&house, &token, 1_000).await;
    assert_eq!((came.len(), &came[0]["Status"]), (1, &json!("BOOK")));
    assert_eq!(came[0]["TransactionId"], answer.json()["transaction_id"]);
    assert_eq!(came[0]["SupplementaryData"]["PendingTransactionId"], json!(pending));
    assert!(text(&came[0]["BookingDateTime"]).starts_with("2026-11-20T"));
    assert!(!client.rows.contains_key(&pending));
    assert_eq!(balances(&house, &token, "ITBD").await[0], booked[0] - 2_050);
    assert_eq!(balances(&house, &token, "ITAV").await[0], available[0] - 2_050);
    assert_eq!(house.control(Method::POST, "post", body).await.status, StatusCode::NOT_FOUND, "twice");
    client.agrees(&ledger(&house, "customer=anna").await);

    // By the account's id, booked at once; and one that goes again. Page by page of one entry.
    let account = text(&came[0]["AccountId"]);
    for (amount, pending) in [("-3.40", false), ("-3.40", false), ("-9", true)] {
        let body = json!({"customer": "Anna", "account": account, "amount": amount, "descriptor": "COFFEE", "pending": pending});
        assert_eq!(house.control(Method::POST, "purchase", body).await.status, StatusCode::OK);
    }
    let came = client.pull(&house, &token, 1).await;
    assert_eq!(came.len(), 3);
    let body = json!({"customer": "anna", "transaction_id": came[2]["TransactionId"]});
    assert_eq!(house.control(Method::POST, "expire", body).await.status, StatusCode::OK);
    assert!(client.pull(&house, &token, 1).await.is_empty());
    client.agrees(&ledger(&house, "customer=anna").await);
    assert_eq!(balances(&house, &token, "ITAV").await[0], available[0] - 2_050 - 680);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let house = House::new();
    let purchase = |with: Value| {
        let mut body = json!({"customer": "anna", "account": 0, "amount": "-1", "descriptor": "X"});
        body.as_object_mut().expect("an object").extend(with.as_object().expect("an object").clone());
        body
    };
    for (path, body, status) in [
        ("purchase", purchase(json!({"account": 4})), StatusCode::NOT_FOUND),
        ("purchase", purchase(json!({"account": "1"})), StatusCode::NOT_FOUND),
        ("purchase", purchase(json!({"amount": "-1.005"})), StatusCode::BAD_REQUEST),
        ("purchase", purchase(json!({"amount": "much"})), StatusCode::BAD_REQUEST),
        ("purchase", purchase(json!({"descriptor": " "})), StatusCode::BAD_REQUEST),
        ("purchase", purchase(json!({"booked_day": "2026-02-30"})), StatusCode::BAD_REQUEST),
        ("purchase", purchase(json!({"customer": ""})), StatusCode::BAD_REQUEST),
        ("expire", json!({"customer": "anna", "transaction_id": "0"}), StatusCode::NOT_FOUND),
        ("clock", json!({"advance_days": 5_000}), StatusCode::BAD_REQUEST),
        ("fault", json!({"kind": "fire"}), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let answer = house.control(Method::POST, path, body.clone()).await;
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.body);
    }
    let token = house.access("anna").await;
    let cursor = text(&house.get("transactions?limit=1", &house.access("ben").await).await.json()["Meta"]["Cursor"]);
    for query in ["limit=0".to_owned(), "limit=1001".to_owned(), "cursor=x".to_owned(), format!("cursor={cursor}")] {
        let answer = house.get(&format!("transactions?{query}"), &token).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.json()["Errors"][0]["ErrorCode"], "U002");
    }
}

#[tokio::test]
async fn a_page_has_the_shape_of_the_standard() {
    let house = House::new();
    let token = house.access("anna").await;
    let accounts = house.get("accounts", &token).await.json();
    let kinds: Vec<_> = list(&accounts["Data"]["Account"])
        .iter()
        .map(|account| (text(&account["AccountTypeCode"]), text(&account["Currency"])))
        .collect();
    let expected = [("CACC", "EUR"), ("SVGS", "EUR"), ("CARD", "EUR"), ("CACC", "USD")];
    assert_eq!(kinds, expected.map(|(kind, code)| (kind.to_owned(), code.to_owned())));
    assert!(text(&accounts["Links"]["Self"]).ends_with("/open-banking/v4.0/aisp/accounts"));
    assert!(accounts["Meta"].is_object());
    let page = house.get("transactions", &token).await.json();
    assert_eq!(page["Meta"]["HasMore"], true);
    let entries = list(&page["Data"]["Transaction"]).len() + list(&page["Data"]["Removed"]).len();
    assert_eq!(entries, 500);
    for row in list(&page["Data"]["Transaction"]) {
        assert!(["PDNG", "BOOK"].contains(&text(&row["Status"]).as_str()));
        assert!(["Credit", "Debit"].contains(&text(&row["CreditDebitIndicator"]).as_str()));
        assert!(text(&row["BookingDateTime"]).ends_with("+00:00"));
        assert!(!text(&row["Amount"]["Amount"]).starts_with('-'));
    }
}
