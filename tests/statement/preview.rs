//! What an import would do, told through the API before it is done.

use serde_json::{Value, json};

use super::{ROWS, Visitor, file};
use crate::house::on_both_sizes;

const PREVIEW: &str = "mutation($input: ImportStatementInput!) { previewImport(input: $input) {
    format refusal lineCount newCount duplicateCount changedCount rejectedCount unsupportedCount isTruncated
    accounts { accountId name currency closingBalance { amount } closingDate } rejects { line row field reason } mapping { delimiter }
    rows { line row account date amount { amount currency } descriptor outcome reason transactionId } } }";

impl Visitor {
    async fn preview(&self, name: &str, bytes: &[u8], input: Value) -> Value {
        let answer = file::upload(&self.api, &self.session.access, PREVIEW, name, bytes, input).await;
        answer.done()["previewImport"].clone()
    }
}

on_both_sizes! {
    async fn a_preview_says_what_the_import_does_and_writes_nothing(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "careful@example.org").await;
        let account = visitor.account("mine", "EUR").await;
        let input = json!({ "accountId": account });
        let march = "Date,Amount,Description,Balance\n2026-03-01,-3.50,STARBUCKS COFFEE 114,96.50\n2026-03-02,-42.17,REWE MARKT,54.33\n2026-03-32,-10.00,NETFLIX.COM,44.33\n";
        let told = visitor.preview("march.csv", march.as_bytes(), input.clone()).await;
        assert_eq!((&told["newCount"], &told["rejectedCount"], &told["rejects"][0]["field"]), (&json!(2), &json!(1), &json!("day")), "{told}");
        assert_eq!(told["accounts"], json!([{ "accountId": account, "name": "mine", "currency": "EUR", "closingBalance": { "amount": "54.33" }, "closingDate": "2026-03-02" }]));
        assert_eq!(told["rows"][0], json!({ "line": 2, "row": 1, "account": 0, "date": "2026-03-01", "amount": { "amount": "-3.50", "currency": "EUR" },
            "descriptor": "STARBUCKS COFFEE 114", "outcome": "NEW", "reason": null, "transactionId": null }));
        assert_eq!(visitor.ask(ROWS, json!({})).await["transactions"]["edges"], json!([]));
        assert_eq!(visitor.ask("{ statements { id } accounts { balance { amount } } }", json!({})).await, json!({ "statements": [], "accounts": [{ "balance": { "amount": "0.00" } }] }));

        visitor.import("march.csv", march.as_bytes(), input.clone()).await;
        let rows = visitor.ask(ROWS, json!({})).await;
        let coffee = rows["transactions"]["edges"][0]["node"]["id"].clone();
        let shop = rows["transactions"]["edges"][1]["node"]["id"].clone();
        visitor.ask("mutation($id: ID!) { deleteTransaction(id: $id) }", json!({ "id": shop })).await;
        let spring = "Date,Amount,Description\n2026-03-01,-3.50,STARBUCKS COFFEE 114\n2026-03-01,-3.50,STARBUCKS COFFEE 114\n2026-03-02,-42.17,REWE MARKT\n";
        let told = visitor.preview("spring.csv", spring.as_bytes(), input.clone()).await;
        let seen: Vec<_> = told["rows"].as_array().expect("rows").iter().map(|row| json!([row["outcome"], row["reason"], row["transactionId"]])).collect();
        assert_eq!(seen, [json!(["DUPLICATE", "IMPORTED_BEFORE", coffee]), json!(["NEW", null, null]), json!(["DUPLICATE", "DELETED", shop])]);
        let done = visitor.import("spring.csv", spring.as_bytes(), input).await;
        for count in ["lineCount", "newCount", "duplicateCount", "changedCount", "rejectedCount", "unsupportedCount"] {
            assert_eq!(told[count], done[count], "{count}");
        }

        // Accounts that it would make, and a file that it would refuse.
        let ofx = std::fs::read(file::folder().join("ofx/ofx_v211.ofx")).expect("a fixture");
        let told = visitor.preview("two.ofx", &ofx, json!({})).await;
        assert_eq!((told["accounts"].as_array().map(Vec::len), &told["accounts"][0]["accountId"], &told["newCount"]), (Some(2), &json!(null), &json!(3)), "{told}");
        assert_eq!(visitor.ask("{ accounts { id } }", json!({})).await["accounts"].as_array().map(Vec::len), Some(1));
        let told = visitor.preview("no.csv", b"Date,Description\n2026-03-01,NOTHING\n", json!({ "accountId": account })).await;
        assert_eq!((&told["refusal"], &told["rows"]), (&json!("the file has no column for the amount"), &json!([])));
        file::upload(&visitor.api, &visitor.session.access, PREVIEW, "x.pdf", b"%PDF-1.7 ...", json!({})).await.assert_invalid("file");
        house.end(vec![running]).await;
    }
}
