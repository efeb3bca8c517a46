//! Packed statement files through the API: the same file, packed or not.

use serde_json::{Value, json};

use super::{ROWS, Visitor, file};
use crate::house::on_both_sizes;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(file::folder().join("own").join(name)).expect("a fixture")
}

fn counts(statement: &Value) -> [&Value; 5] {
    ["status", "format", "newCount", "duplicateCount", "rejectedCount"].map(|field| &statement[field])
}

/// A gzip file of blocks that are stored as they are, with a sum that is not theirs.
fn with_wrong_sum(bytes: &[u8]) -> Vec<u8> {
    let mut packed = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    for block in bytes.chunks(60_000) {
        let length = u16::try_from(block.len()).expect("short");
        packed.push(0);
        packed.extend([length.to_le_bytes(), (!length).to_le_bytes()].as_flattened());
        packed.extend(block);
    }
    // The last block is empty.
    packed.extend(b"\x01\0\0\xff\xff");
    packed.extend([[0; 4], u32::try_from(bytes.len()).expect("short").to_le_bytes()].as_flattened());
    packed
}

on_both_sizes! {
    async fn a_packed_file_is_the_file_in_it(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "packed@example.org").await;
        let account = visitor.account("packed", "EUR").await;
        let input = json!({ "accountId": account });
        let known = [json!("DONE"), json!("CSV"), json!(0), json!(2), json!(0)];
        let gzip = visitor.import("november.csv.gz", &fixture("packed/named.csv.gz"), input.clone()).await;
        assert_eq!(counts(&gzip), [&json!("DONE"), &json!("CSV"), &json!(2), &json!(0), &json!(0)], "{gzip}");
        let rows = visitor.ask(ROWS, json!({})).await;
        for (name, packed) in [
            ("november.csv.gz", "packed/named.csv.gz"),
            ("november.zip", "packed/folder.zip"),
            ("november.zip", "packed/described_behind.zip"),
            ("november.csv", "two_coffees.csv"),
        ] {
            let again = visitor.import(name, &fixture(packed), input.clone()).await;
            assert_eq!(counts(&again), known.each_ref(), "{packed}: {again}");
        }
        assert_eq!(visitor.ask(ROWS, json!({})).await, rows);
        let other = visitor.in_new_household("from an archive").await;
        let account = other.account("packed", "EUR").await;
        let archive = other.import("november.zip", &fixture("packed/long_behind.zip"), json!({ "accountId": account })).await;
        assert_eq!(counts(&archive), counts(&gzip), "{archive}");
        house.end(vec![running]).await;
    }

    async fn a_packed_file_that_is_damaged_changes_nothing(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "damaged@example.org").await;
        let account = visitor.account("damaged", "EUR").await;
        let input = json!({ "accountId": account });
        // Its rows come before the sum that they do not have.
        let mut wrong_sum = fixture("packed/named.csv.gz");
        let sum = wrong_sum.len() - 8;
        wrong_sum[sum] ^= 1;
        visitor.try_import("november.csv.gz", &wrong_sum, input.clone()).await.assert_invalid("file");
        let long = visitor.import("year.csv.gz", &with_wrong_sum(file::long_csv(10_000).0.as_bytes()), input).await;
        assert_eq!(long["status"], "REFUSED", "{long}");
        let refusal = long["refusal"].as_str().expect("a refusal");
        assert!(refusal.ends_with("the packed file is damaged: its checksum is another one"), "{refusal}");
        assert_eq!(visitor.ask(ROWS, json!({})).await["transactions"]["edges"], json!([]));
        house.end(vec![running]).await;
    }
}
