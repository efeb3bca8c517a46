//! Rows that differ from what the archive keeps are found, and mended without touching what the person set.

use serde_json::{Value, json};

use super::{
    bank::{Bank, text_of},
    merge::MERGE,
    person::{DELETE, Linked, Person, UPDATE},
};
use crate::house::{House, on_both_sizes};

/// Replays; gives the exit code, the differences, and the sum.
async fn replay(house: &House, connection: &str, more: &[&str]) -> (Option<i32>, Vec<Value>, Value) {
    let output = house.florin.run(&[&["replay", connection, "--json"], more].concat()).await;
    let lines = output.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let mut lines: Vec<Value> = lines.collect();
    let sum = lines.pop().unwrap_or_else(|| panic!("{}", output.stderr));
    (output.status.code(), lines, sum)
}

/// Missing, different, extra, and accounts with wrong sums.
fn counts(sum: &Value) -> [u64; 4] {
    ["missing", "different", "extra", "sums"].map(|field| sum[field].as_u64().expect("a count"))
}

/// Asserts that both sides say the same.
async fn assert_same(house: &House, connection: &str) {
    let (code, differences, sum) = replay(house, connection, &["--amounts"]).await;
    assert_eq!((code, differences, counts(&sum)), (Some(0), vec![], [0; 4]), "{sum}");
    assert!(sum["pages"].as_u64() > Some(0) && sum["rows"].as_u64() > Some(0), "{sum}");
}

on_both_sizes! {
    async fn what_was_broken_is_named_and_mended(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        for text in ["LOST SHOP", "WRONG SHOP", "LOST TWIN", "LOST TWIN"] {
            bank.purchase("anna", 2, "-12.34", text, json!({})).await;
        }
        let tipped = bank.purchase("anna", 2, "-18.50", "TIPPED CAFE 11", json!({ "pending": true })).await;
        let expired = bank.purchase("anna", 2, "-99.00", "HOTEL DEPOSIT", json!({ "pending": true })).await;
        bank.purchase("anna", 2, "-5.00", "WAITING SHOP", json!({ "pending": true })).await;
        let mut linked = Linked::new(&anna, &bank, "anna", 3).await;
        bank.book("anna", &tipped, json!({ "amount": "-20.50" })).await;
        bank.expire("anna", &expired).await;
        linked.refresh(&anna).await;
        let connection = linked.connection.clone();
        assert_same(&house, &connection).await;

        let gifts = anna.category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").await;
        let wrong = anna.found("WRONG SHOP").await["id"].clone();
        let adorned = json!({ "id": wrong, "categoryId": gifts, "note": "with Berta", "merchantName": "Our shop" });
        let adorned = anna.put(UPDATE, adorned).await;
        linked.assert_agrees(&anna).await;
        assert_same(&house, &connection).await;

        let lost = r#"DELETE FROM "transaction" WHERE descriptor IN ('LOST SHOP', 'LOST TWIN', 'TIPPED CAFE 11')"#;
        assert_eq!(house.sql(lost).await, 4);
        house.sql("DELETE FROM transaction_alias").await;
        assert_eq!(house.sql(r#"UPDATE "transaction" SET amount_minor = amount_minor - 100 WHERE descriptor = 'WRONG SHOP'"#).await, 1);
        assert_eq!(house.sql(r#"UPDATE "transaction" SET state = 0 WHERE descriptor = 'WAITING SHOP'"#).await, 1);
        let stray = r#"INSERT INTO "transaction" (household_id, id, account_id, amount_minor, merchant_id, fingerprint, day, category_id,
              ordinal, state, category_source, origin, descriptor)
            SELECT household_id, (SELECT max(id) + 1 FROM "transaction"), account_id, -777, merchant_id, 12345, day, category_id,
              ordinal, 0, 0, origin, 'STRAY SHOP' FROM "transaction" WHERE descriptor = 'WRONG SHOP'"#;
        assert_eq!(house.sql(stray).await, 1);
        let strayed = anna.found("STRAY SHOP").await["id"].clone();
        let waiting = anna.found("WAITING SHOP").await["id"].clone();

        // Shown, as often as it is asked for, and nothing is written.
        let faults = house.faults().await;
        assert!(faults.contains_key("spending-sums") && faults.contains_key("account-sums"), "{faults:?}");
        for _ in 0..2 {
            let (code, differences, sum) = replay(&house, &connection, &[]).await;
            assert_eq!((code, counts(&sum)), (Some(1), [4, 2, 1, 1]), "{differences:?}");
            let of = |kind: &str| -> Vec<&Value> {
                differences.iter().filter(|one| one["kind"] == kind).map(|one| &one["transaction"]).collect()
            };
            let mut different = of("different");
            different.sort_by_key(|id| id.as_str());
            let mut expected = vec![&wrong, &waiting];
            expected.sort_by_key(|id| id.as_str());
            assert_eq!((different, of("extra")), (expected, vec![&strayed]));
            assert!(differences.iter().all(|one| one["archived"].is_null() && one["kept"].is_null()), "no amounts unless asked for");
        }
        assert_eq!(house.faults().await, faults);
        let (_, shown, _) = replay(&house, &connection, &["--amounts", "--limit", "3"]).await;
        assert!(shown.len() == 3 && shown.iter().any(|one| one["archived"]["amount"] == "-12.34"), "{shown:?}");

        // Mended, beside the server: everything is as the bank would swear to, and what the person set is theirs.
        let (code, _, sum) = replay(&house, &connection, &["--write"]).await;
        assert_eq!((code, counts(&sum), &sum["openings"]), (Some(0), [4, 2, 1, 1], &json!(0)));
        assert_same(&house, &connection).await;
        assert_eq!(house.verify().await, Vec::<Value>::new());
        linked.assert_agrees(&anna).await;
        assert_eq!(anna.found("WRONG SHOP").await, adorned);
        assert_eq!(anna.with_text("STRAY SHOP").await, Vec::<Value>::new());
        assert_eq!(anna.with_text("LOST TWIN").await.len(), 2);
        // And the bank goes on as if nothing had been.
        linked.refresh(&anna).await;
        linked.assert_agrees(&anna).await;
        assert_same(&house, &connection).await;
        let data = std::fs::read_dir(house.data()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        let left: Vec<_> = data.filter(|name| name.to_string_lossy().starts_with("replay")).collect();
        assert!(left.is_empty(), "no scratch database is left: {left:?}");
        house.end(vec![running]).await;
    }

    async fn a_pull_that_goes_on_meanwhile_is_no_fault_and_no_difference(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let linked = Linked::begin(&anna, &Bank::at(&House::address(&banking)), "load-20000", 9).await;
        loop {
            let is_done = anna.connection(&linked.connection).await["status"] == "ACTIVE";
            house.verify().await;
            let output = house.florin.run(&["replay", &linked.connection, "--write"]).await;
            let told = format!("{:?} {} {}", output.status.code(), output.stdout, output.stderr);
            match output.status.code() {
                Some(0) => assert!(output.stdout.contains("0 missing, 0 different, 0 extra, sums of 0 accounts"), "{told}"),
                _ => assert!(!is_done && output.stderr.contains("pulled meanwhile: replay it again"), "{told}"),
            }
            if is_done {
                break;
            }
        }
        assert_same(&house, &linked.connection).await;
        house.end(vec![running]).await;
    }

    async fn what_a_person_threw_away_is_no_difference(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        bank.purchase("anna", 2, "-12.34", "GONE SHOP", json!({})).await;
        let waiting = bank.purchase("anna", 2, "-5.00", "GONE CAFE", json!({ "pending": true })).await;
        bank.purchase("anna", 2, "-7.00", "ABSORBED SHOP", json!({})).await;
        let linked = Linked::new(&anna, &bank, "anna", 1).await;
        for text in ["GONE SHOP", "GONE CAFE"] {
            anna.done(DELETE, json!({ "id": anna.found(text).await["id"] })).await;
        }
        bank.book("anna", &waiting, json!({})).await;
        anna.refresh(&linked.connection).await;
        assert_same(&house, &linked.connection).await;
        let (code, ..) = replay(&house, &linked.connection, &["--write"]).await;
        assert_eq!(code, Some(0));
        assert_eq!(anna.with_text("GONE").await, Vec::<Value>::new());
        assert_eq!(anna.accounts().await[2]["drift"]["amount"], "-17.34", "what was thrown away");

        // A line that was never booked is in the opening balance, because that is what makes the bank's balance true.
        let opening = "UPDATE account SET opening_minor = opening_minor - 700
            WHERE id = (SELECT account_id FROM \"transaction\" WHERE descriptor = 'ABSORBED SHOP')";
        assert_eq!(house.sql(opening).await, 1);
        assert_eq!(house.sql(r#"DELETE FROM "transaction" WHERE descriptor = 'ABSORBED SHOP'"#).await, 1);
        let (code, _, sum) = replay(&house, &linked.connection, &["--write"]).await;
        assert_eq!((code, counts(&sum), &sum["openings"]), (Some(0), [1, 0, 0, 1], &json!(1)));
        assert_eq!(anna.with_text("ABSORBED SHOP").await.len(), 1);
        assert_eq!(anna.accounts().await[2]["drift"]["amount"], "-17.34", "as before");
        assert_same(&house, &linked.connection).await;
        house.end(vec![running]).await;
    }

    async fn a_history_that_was_told_once_more_and_a_merge_are_no_difference(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        for text in ["LONE SHOP", "TWIN COFFEE", "TWIN COFFEE"] {
            bank.purchase("anna", 2, "-4.20", text, json!({})).await;
        }
        let waiting = bank.purchase("anna", 2, "-5.00", "WAITING SHOP", json!({ "pending": true })).await;
        let mut linked = Linked::new(&anna, &bank, "anna", 3).await;
        assert_eq!(house.sql("UPDATE connection SET cursor = 'nobody gave it'").await, 1);
        bank.book("anna", &waiting, json!({ "amount": "-5.50" })).await;
        linked.refresh(&anna).await;
        linked.assert_agrees(&anna).await;
        let told = "UPDATE archive_page SET at_ms = at_ms WHERE is_listing = ";
        assert_eq!(house.sql(&format!("{told}2")).await, 1, "one page began it");
        assert_same(&house, &linked.connection).await;

        let twins = anna.with_text("TWIN COFFEE").await;
        anna.put(MERGE, json!({ "keepId": twins[0]["id"], "goneId": twins[1]["id"] })).await;
        assert_same(&house, &linked.connection).await;
        assert_eq!(house.sql("UPDATE connection SET cursor = 'nobody gave it'").await, 1);
        linked.refresh(&anna).await;
        let (code, _, sum) = replay(&house, &linked.connection, &["--write"]).await;
        assert_eq!((code, counts(&sum)), (Some(0), [0; 4]));
        assert_eq!(house.sql(&format!("{told}2")).await, 2);
        assert_eq!(anna.with_text("TWIN COFFEE").await.len(), 1, "one it stays");

        assert_eq!(house.sql(r#"DELETE FROM "transaction" WHERE descriptor = 'LONE SHOP'"#).await, 1);
        let (code, _, sum) = replay(&house, &linked.connection, &["--write"]).await;
        assert_eq!((code, counts(&sum)), (Some(0), [1, 0, 0, 1]));
        assert_same(&house, &linked.connection).await;
        house.end(vec![running]).await;
    }

    async fn what_a_former_connection_brought_is_no_difference(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        bank.purchase("anna", 2, "-4.20", "TWIN COFFEE", json!({})).await;
        let mut linked = Linked::new(&anna, &bank, "anna", 6).await;
        let count = linked.assert_agrees(&anna).await.len();
        let former = linked.connection.clone();
        linked.remember().await;
        // The new one brings a month; five months are in the pages of the former one, which is gone.
        linked.connection = text_of(&anna.link(&bank, "anna@1", None).await["id"]);
        linked.complete(&anna).await;
        assert_same(&house, &linked.connection).await;
        let (code, _, sum) = replay(&house, &linked.connection, &["--write"]).await;
        assert!(sum["rows"].as_u64() < Some(count as u64), "the new one knows less: {sum}");
        assert_eq!((code, linked.assert_agrees(&anna).await.len() >= count), (Some(0), true));
        for (id, word) in [(former.as_str(), "no such connection"), ("con_1", "is not an id"), ("acc_1", "con_")] {
            let refused = house.refused(&["replay", id, "--write"]).await;
            assert_eq!(refused.status.code(), Some(2), "{}", refused.stdout);
            assert!(refused.stderr.contains(word), "{}", refused.stderr);
        }
        house.end(vec![running]).await;
    }
}
