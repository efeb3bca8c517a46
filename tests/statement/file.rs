//! Files to import, and how they are sent.

use std::{collections::BTreeMap, fmt::Write, path::PathBuf};

use harness::http::Request;
use serde_json::{Value, json};

use crate::api::client::{Answer, Api};

/// Where the fixtures are.
pub(super) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("connector/fixtures")
}

/// What a person has read in a fixture.
pub(super) struct Expected {
    pub(super) file: String,
    pub(super) lines: u64,
    pub(super) rejects: u64,
    pub(super) unsupported: u64,
    /// Closing balances of what is booked, by the account's place in the file and the day: of two of a day the later one holds.
    pub(super) ledger: BTreeMap<(usize, String), String>,
    pub(super) refusal: Option<String>,
}

/// The table of all fixtures.
pub(super) fn expectations() -> Vec<Expected> {
    let table = std::fs::read_to_string(folder().join("expected.csv")).expect("the table");
    table.lines().skip(1).map(expected).collect()
}

fn expected(line: &str) -> Expected {
    let fields: Vec<&str> = line.splitn(7, ',').collect();
    let number = |field: &str| if field.is_empty() { 0 } else { field.parse().expect("a number") };
    let ledger = fields[5].split("; ").filter_map(|balance| {
        let words: Vec<&str> = balance.split(' ').collect();
        let [place, "ledger", amount, _, day] = words.as_slice() else { return None };
        Some(((place.parse().expect("a place"), (*day).to_owned()), (*amount).to_owned()))
    });
    Expected {
        file: fields[0].to_owned(),
        lines: number(fields[2]),
        rejects: number(fields[3]),
        unsupported: number(fields[4]),
        ledger: ledger.collect(),
        refusal: Some(fields[6].to_owned()).filter(|refusal| !refusal.is_empty()),
    }
}

/// A table of so many rows, two of which are equal now and then; and the sum of its amounts.
pub(super) fn long_csv(lines: usize) -> (String, String) {
    let mut csv = "Date,Description,Amount\n".to_owned();
    let mut cents: i64 = 0;
    for n in 0..lines {
        // Every tenth row is the one before once more.
        let n = if n % 10 == 9 { n - 1 } else { n };
        let amount = -(i64::try_from(n % 97).expect("small") * 100 + 50);
        cents += amount;
        let day = format!("2025-{:02}-{:02}", n * 12 / lines.max(1) + 1, n % 28 + 1);
        // Writing into a string never fails.
        let _ = writeln!(csv, "{day},SHOP {} BERLIN,-{}.{:02}", n % 400, -amount / 100, -amount % 100);
    }
    (csv, format!("-{}.{:02}", -cents / 100, -cents % 100))
}

/// Sends a file in a multipart request.
pub(crate) async fn upload(
    api: &Api,
    access: &str,
    document: &str,
    name: &str,
    bytes: &[u8],
    mut input: Value,
) -> Answer {
    const BOUNDARY: &str = "----florin-test-boundary";
    input["file"] = Value::Null;
    let operations = json!({ "query": document, "variables": { "input": input } }).to_string();
    let mut body = Vec::with_capacity(bytes.len() + operations.len() + 600);
    for (part, content) in [("operations", operations.as_str()), ("map", r#"{"0":["variables.input.file"]}"#)] {
        body.extend(
            format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{part}\"\r\n\r\n{content}\r\n")
                .into_bytes(),
        );
    }
    let name = name.rsplit('/').next().expect("a name");
    body.extend(
        format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"0\"; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n")
            .into_bytes(),
    );
    body.extend(bytes);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    let request = Request::post("/graphql", body)
        .header("content-type", &format!("multipart/form-data; boundary={BOUNDARY}"))
        .header("accept", "application/graphql-response+json")
        .header("x-florin-client", "test")
        .header("authorization", &format!("Bearer {access}"));
    Answer::read(&api.send(&request).await)
}
