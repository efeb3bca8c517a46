//! Statement files, through the API and the command line: every fixture with the counts and balances that its reader has seen in it, and
//! what must never happen to any file.

mod drift;
pub(crate) mod file;
mod invest;

use std::{collections::BTreeMap, path::Path};

use harness::{process::Running, within_a_minute};
use serde_json::{Value, json};

use crate::{
    api::client::{Api, Session},
    house::{HANGS_AFTER, House, on_both_sizes},
};
use file::{Expected, expectations};

/// Everything of a statement.
macro_rules! statement {
    () => {
        "{ id status refusal format fileName lineCount doneCount newCount duplicateCount changedCount rejectedCount unsupportedCount isTruncated
           accounts { id name currency balance { amount } } undo { goneCount restoredCount keptCount kept { transactionId reason } } rejects { line row field reason }
           mappingSource mapping { delimiter dateOrder columns { name role } } }"
    };
}

mod packed;
mod preview;
mod undo;

pub(crate) const IMPORT: &str =
    concat!("mutation($input: ImportStatementInput!) { importStatement(input: $input) ", statement!(), " }");
pub(crate) const STATEMENT: &str = concat!("query($id: ID!) { statement(id: $id) ", statement!(), " }");
const CREATE_ACCOUNT: &str = "mutation($input: CreateAccountInput!) { createAccount(input: $input) { id } }";
const HISTORY: &str =
    "query($id: ID!, $day: Date!) { balanceHistory(accountId: $id, from: $day, to: $day) { balance { amount } } }";
const ROWS: &str =
    "{ transactions(first: 200, order: DATE_ASCENDING) { edges { node { id date amount { amount } descriptor } } } }";

/// A household with a file to import.
struct Visitor {
    api: Api,
    session: Session,
}

impl Visitor {
    async fn register(running: &Running, email: &str) -> Self {
        let api = Api::of(running);
        let session = api.register(email).await;
        Self { api, session }
    }

    /// The same person in a household of its own.
    async fn in_new_household(&self, name: &str) -> Self {
        let household = self.api.found(&self.session.access, name, "EUR").await;
        let session = self.api.switched(&self.session.access, &household["id"]).await;
        Self { api: self.api.clone(), session }
    }

    async fn ask(&self, document: &str, variables: Value) -> Value {
        self.api.ask_as(&self.session.access, document, variables).await.done().clone()
    }

    async fn import(&self, name: &str, bytes: &[u8], input: Value) -> Value {
        let answer = self.try_import(name, bytes, input).await;
        let statement = answer.done()["importStatement"].clone();
        self.through(statement).await
    }

    async fn try_import(&self, name: &str, bytes: &[u8], input: Value) -> crate::api::client::Answer {
        file::upload(&self.api, &self.session.access, IMPORT, name, bytes, input).await
    }

    /// The statement once it is through.
    async fn through(&self, statement: Value) -> Value {
        within_a_minute("the statement is through", async || {
            let now = self.ask(STATEMENT, json!({ "id": statement["id"] })).await["statement"].clone();
            matches!(now["status"].as_str(), Some("DONE" | "REFUSED" | "UNDONE")).then_some(now)
        })
        .await
    }

    /// Takes an import back; answers when it is.
    async fn undo(&self, statement: &Value, keep_edited: bool) -> Value {
        let variables = json!({ "id": statement, "keepEdited": keep_edited });
        let answer = self.ask(undo::UNDO, variables).await["undoImport"].clone();
        self.through(answer).await
    }

    async fn account(&self, name: &str, currency: &str) -> Value {
        let input = json!({ "name": name, "kind": "CHECKING", "currency": currency });
        self.ask(CREATE_ACCOUNT, json!({ "input": input })).await["createAccount"]["id"].clone()
    }

    /// Imports a file as a person does who follows what it is told: in euros if it does not say, into the account that it is asked for, of
    /// the currency that it is told.
    async fn import_patiently(&self, name: &str, bytes: &[u8]) -> (Value, Value) {
        let mut input = json!({});
        for _ in 0..3 {
            let statement = self.import(name, bytes, input.clone()).await;
            let Some(refusal) = statement["refusal"].as_str() else { return (statement, input) };
            if refusal.contains("must be given with it") {
                input = json!({ "currency": "EUR" });
            } else if refusal.contains("does not name its account") {
                input = json!({ "accountId": self.account("first", "EUR").await });
            } else if let Some(rest) = refusal.strip_prefix("the file is in ") {
                input = json!({ "accountId": self.account("second", &rest[..3]).await });
            } else {
                return (statement, input);
            }
        }
        (self.import(name, bytes, input.clone()).await, input)
    }
}

async fn check(visitor: &Visitor, expected: &Expected) {
    let name = &expected.file;
    let bytes = std::fs::read(file::folder().join(name)).expect("a fixture");
    if let Some(refusal) = &expected.refusal {
        let (statement, _) = visitor.import_patiently(name, &bytes).await;
        assert_eq!(
            (statement["status"].as_str(), statement["refusal"].as_str()),
            (Some("REFUSED"), Some(refusal.as_str())),
            "{name}"
        );
        assert_eq!(visitor.ask(ROWS, json!({})).await["transactions"]["edges"], json!([]), "{name}");
        return;
    }
    let (statement, input) = visitor.import_patiently(name, &bytes).await;
    let count =
        |statement: &Value, field: &str| statement[field].as_u64().unwrap_or_else(|| panic!("{name}: {statement}"));
    assert_eq!(statement["status"], "DONE", "{name}: {statement}");
    assert_eq!(
        (count(&statement, "lineCount"), count(&statement, "rejectedCount")),
        (expected.lines, expected.rejects),
        "{name}"
    );
    assert_eq!(statement["rejects"].as_array().map(Vec::len), usize::try_from(expected.rejects).ok(), "{name}");
    // Pending rows of files are understood and left out.
    let left_out = count(&statement, "unsupportedCount") - expected.unsupported;
    assert_eq!(count(&statement, "newCount") + left_out, expected.lines, "{name}: {statement}");
    for (place, day, amount) in &expected.ledger {
        let account = &statement["accounts"][*place]["id"];
        let history = visitor.ask(HISTORY, json!({ "id": account, "day": day })).await;
        assert_eq!(
            history["balanceHistory"][0]["balance"]["amount"],
            json!(amount),
            "{name}, account {place} on {day}"
        );
    }
    let rows = visitor.ask(ROWS, json!({})).await;
    assert_eq!(
        rows["transactions"]["edges"].as_array().map(|rows| rows.len() as u64),
        Some(count(&statement, "newCount")),
        "{name}"
    );
    let again = visitor.import(name, &bytes, input).await;
    assert_eq!((count(&again, "newCount"), count(&again, "changedCount")), (0, 0), "{name}: {again}");
    assert_eq!(count(&again, "duplicateCount"), count(&statement, "newCount"), "{name}");
    assert_eq!(again["accounts"], statement["accounts"], "{name}");
    assert_eq!(visitor.ask(ROWS, json!({})).await, rows, "{name}");
    // Taken back in the order of their import: the second has all of it, so that only the last leaves nothing.
    let undone = visitor.undo(&statement["id"], false).await;
    assert_eq!((&undone["status"], count(&undone["undo"], "goneCount")), (&json!("UNDONE"), 0), "{name}: {undone}");
    assert_eq!(visitor.ask(ROWS, json!({})).await, rows, "{name}");
    visitor.undo(&again["id"], false).await;
    let left = visitor.ask(ROWS, json!({})).await["transactions"]["edges"].as_array().map(Vec::len);
    assert_eq!(left, Some(0), "{name}");
    for account in
        visitor.ask("{ accounts { balance { amount } } }", json!({})).await["accounts"].as_array().expect("a list")
    {
        assert_eq!(
            account["balance"]["amount"].as_str().map(|amount| amount.trim_matches(['0', '.'])),
            Some(""),
            "{name}: {account}"
        );
    }
}

on_both_sizes! {
    async fn every_fixture_says_what_its_reader_has_seen_in_it(house: House) {
        let running = house.serve().await;
        let person = Visitor::register(&running, "reader@example.org").await;
        let expected = expectations();
        assert!(expected.len() > 50, "the table is there");
        for file in &expected {
            let visitor = person.in_new_household("a household of one file").await;
            check(&visitor, file).await;
        }
        house.end(vec![running]).await;
    }

    async fn a_file_from_the_command_line_is_the_same_file(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "shell@example.org").await;
        let path = file::folder().join("ofx/ofx_v211.ofx");
        let path = path.to_str().expect("UTF-8");
        let first: Value = serde_json::from_str(&house.command(&["import", path, "--household", &visitor.session.household]).await).expect("JSON");
        assert_eq!((&first["new"], &first["duplicate"], &first["rejected"]), (&json!(3), &json!(0), &json!(0)));
        let again = visitor.import("ofx_v211.ofx", &std::fs::read(path).expect("a fixture"), json!({})).await;
        assert_eq!((&again["newCount"], &again["duplicateCount"]), (&json!(0), &json!(3)));
        let euros = visitor.account("coffee", "EUR").await;
        house.stop(vec![running]).await;
        // Nobody serves: the command does the work itself.
        let csv = file::folder().join("own/two_coffees.csv");
        let csv = csv.to_str().expect("UTF-8");
        let unnamed = house.refused(&["import", csv, "--household", &visitor.session.household]).await;
        assert!(unnamed.stderr.contains("nothing was imported: the file does not"), "{}", unnamed.stderr);
        let account = first["accounts"][0].as_str().expect("an account").to_owned();
        let mismatch = house.refused(&["import", csv, "--account", &account]).await;
        assert!(mismatch.stderr.contains("the file is in EUR, the chosen account in USD"), "{}", mismatch.stderr);
        let euros = euros.as_str().expect("an id");
        // Looked at first, and nothing is there of it.
        for _ in 0..2 {
            let looked = house.command(&["import", csv, "--account", euros, "--preview"]).await;
            let looked: Value = serde_json::from_str(&looked).expect("JSON");
            assert_eq!((&looked["new"], &looked["duplicate"]), (&json!(2), &json!(0)), "{looked}");
            assert_eq!((&looked["rows"][0]["outcome"], &looked["accounts"][0]["id"]), (&json!("new"), &json!(euros)));
        }
        let refused = house.refused(&["import", csv, "--account", &account, "--preview"]).await;
        assert!(refused.stderr.contains("it would not be imported: the file is in EUR"), "{}", refused.stderr);
        let coffees = house.command(&["import", csv, "--account", euros, "--currency", "EUR"]).await;
        let coffees: Value = serde_json::from_str(&coffees).expect("JSON");
        assert_eq!(coffees["new"], 2, "{coffees}");
        let running = house.serve().await;
        house.end(vec![running]).await;
    }

    async fn a_booking_that_a_bank_reports_twice_is_one(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "reports@example.org").await;
        let fixture = |name: &str| std::fs::read(file::folder().join("own").join(name)).expect("a fixture");
        // Told in its parts first, then as a whole.
        let first = visitor.import("camt054.xml", &fixture("camt054_household.xml"), json!({})).await;
        assert_eq!((&first["format"], &first["newCount"]), (&json!("CAMT"), &json!(2)), "{first}");
        let month = visitor.import("camt053.xml", &fixture("camt053_household.xml"), json!({})).await;
        assert_eq!((&month["newCount"], &month["duplicateCount"], &month["changedCount"]), (&json!(4), &json!(2), &json!(0)), "{month}");
        assert_eq!(month["accounts"][0]["id"], first["accounts"][0]["id"]);
        assert_eq!(month["accounts"][0]["balance"]["amount"], "2313.61");
        let again = visitor.import("camt054.xml", &fixture("camt054_household.xml"), json!({})).await;
        assert_eq!((&again["newCount"], &again["duplicateCount"]), (&json!(0), &json!(2)));
        house.end(vec![running]).await;
    }

    async fn a_process_that_dies_in_the_middle_of_a_file_loses_and_doubles_nothing(house: House) {
        const LINES: usize = 30_000;
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "long@example.org").await;
        let account = visitor.account("long", "EUR").await;
        let (csv, sum) = file::long_csv(LINES);
        let begun = visitor.try_import("long.csv", csv.as_bytes(), json!({ "accountId": account })).await.done()["importStatement"].clone();
        let id = begun["id"].clone();
        within_a_minute("some of it is through", async || {
            let now = visitor.ask(STATEMENT, json!({ "id": id })).await;
            (now["statement"]["doneCount"].as_u64() > Some(1_000)).then_some(())
        })
        .await;
        running.kill();
        running.wait(HANGS_AFTER).await;
        let running = house.serve().await;
        let visitor = Visitor { api: Api::of(&running), session: visitor.session };
        let done = within_a_minute("the statement is through", async || {
            let now = visitor.ask(STATEMENT, json!({ "id": id })).await["statement"].clone();
            (now["status"] == "DONE").then_some(now)
        })
        .await;
        assert_eq!((&done["newCount"], &done["duplicateCount"], &done["doneCount"]), (&json!(LINES), &json!(0), &json!(LINES)));
        assert_eq!(done["accounts"][0]["balance"]["amount"], json!(sum));
        // Three times at once, while nothing is new: nothing is added.
        let again = visitor.import("long.csv", csv.as_bytes(), json!({ "accountId": account })).await;
        assert_eq!((&again["newCount"], &again["duplicateCount"]), (&json!(0), &json!(LINES)));
        house.end(vec![running]).await;
    }

    async fn one_file_sent_many_times_at_once_is_one_file(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "hasty@example.org").await;
        let account = visitor.account("hasty", "EUR").await;
        let (csv, sum) = file::long_csv(500);
        let input = json!({ "accountId": account });
        let keyed = json!({ "accountId": account, "idempotencyKey": "once" });
        let imports = (0..6).map(|n| visitor.import("hasty.csv", csv.as_bytes(), if n % 2 == 0 { input.clone() } else { keyed.clone() }));
        let all = futures::future::join_all(imports).await;
        let mut by_id = BTreeMap::new();
        for statement in &all {
            by_id.insert(statement["id"].as_str().expect("an id"), statement["newCount"].as_u64().expect("a count"));
        }
        assert_eq!((by_id.len(), by_id.values().sum::<u64>()), (4, 500), "three without a key, one with: {by_id:?}");
        assert_eq!(all[5]["accounts"][0]["balance"]["amount"], json!(sum));
        let other = visitor.try_import("other.csv", file::long_csv(2).0.as_bytes(), keyed).await;
        other.assert_refused(200, "CONFLICT");
        house.end(vec![running]).await;
    }

    async fn the_days_of_qif_are_shown_and_corrected(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "quicken@example.org").await;
        let qif = b"!Type:Bank\nD03/04/2026\nT-1,50\nPCoffee\n^\n";
        let day = |rows: Value| rows["transactions"]["edges"][0]["node"]["date"].clone();
        let unsaid = visitor.import("a.qif", qif, json!({})).await;
        assert_eq!(unsaid["refusal"], "the file does not say its currency: it must be given with it");
        let account = visitor.account("guessed", "EUR").await;
        let guessed = visitor.import("a.qif", qif, json!({ "accountId": account })).await;
        assert_eq!(guessed["mapping"], json!({ "delimiter": "\n", "dateOrder": "DAY_MONTH_YEAR", "columns": [] }));
        assert_eq!(day(visitor.ask(ROWS, json!({})).await), "2026-04-03");
        let other = visitor.in_new_household("corrected").await;
        let account = other.account("corrected", "EUR").await;
        let mapping = json!({ "delimiter": "\n", "skipLines": 0, "columns": [], "dateOrder": "MONTH_DAY_YEAR", "dateOrderCertain": true,
            "decimalMark": "COMMA", "decimalMarkCertain": true, "positive": "IN", "positiveCertain": true });
        let corrected = other.import("a.qif", qif, json!({ "accountId": account, "mapping": mapping })).await;
        assert_eq!((&corrected["status"], &corrected["mapping"]["dateOrder"]), (&json!("DONE"), &json!("MONTH_DAY_YEAR")));
        assert_eq!(day(other.ask(ROWS, json!({})).await), "2026-03-04");
        house.end(vec![running]).await;
    }

    async fn a_file_that_is_none_changes_nothing(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "odd@example.org").await;
        let other = Visitor::register(&running, "other@example.org").await;
        let account = visitor.account("odd", "EUR").await;
        let input = json!({ "accountId": account });
        let zip: Vec<u8> = [b"PK\x03\x04".as_slice(), &[0; 4000]].concat();
        for (name, bytes) in [("bomb.zip", zip.as_slice()), ("x.pdf", b"%PDF-1.7 ..."), ("empty.csv", b""), ("noise.bin", &[7; 300])] {
            visitor.try_import(name, bytes, input.clone()).await.assert_invalid("file");
        }
        let csv = file::long_csv(3).0;
        let theirs = json!({ "accountId": other.account("theirs", "EUR").await });
        visitor.try_import("a.csv", csv.as_bytes(), theirs).await.assert_refused(200, "NOT_FOUND");
        visitor.try_import("a.csv", csv.as_bytes(), json!({ "accountId": account, "currency": "XYZ" })).await.assert_invalid("currency");
        let mapping = json!({ "delimiter": ",,", "skipLines": 0, "columns": [], "dateOrder": "DAY_MONTH_YEAR", "dateOrderCertain": true,
            "decimalMark": "POINT", "decimalMarkCertain": true, "positive": "IN", "positiveCertain": true });
        visitor.try_import("a.csv", csv.as_bytes(), json!({ "accountId": account, "mapping": mapping })).await.assert_invalid("mapping");
        assert_eq!(visitor.ask("{ statements { id } }", json!({})).await["statements"], json!([]));
        let dollars = visitor.import("a.csv", csv.as_bytes(), json!({ "accountId": account, "currency": "USD" })).await;
        assert_eq!(dollars["refusal"], "the file is in USD, the chosen account in EUR");
        assert_eq!(visitor.ask(ROWS, json!({})).await["transactions"]["edges"], json!([]));
        house.end(vec![running]).await;
    }
}

on_both_sizes! {
    /// What a person corrected once holds for the next file of the same shape, from the command line as well.
    async fn a_corrected_mapping_is_remembered(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "corrects@example.org").await;
        let account = visitor.account("corrected", "EUR").await;
        let table = |day: &str| format!("Date,Text,Amount\n{day}/04/2026,Coffee,4.50\n");
        let input = json!({ "accountId": account });
        let guessed = visitor.import("a.csv", table("01").as_bytes(), input.clone()).await;
        assert_eq!((&guessed["mappingSource"], &guessed["mapping"]["dateOrder"]), (&json!("GUESSED"), &json!("DAY_MONTH_YEAR")));
        let mapping = json!({ "delimiter": ",", "skipLines": 1, "dateOrder": "MONTH_DAY_YEAR", "dateOrderCertain": true,
            "columns": [{ "name": "Date", "role": "DAY" }, { "name": "Text", "role": "DESCRIPTION" }, { "name": "Amount", "role": "AMOUNT" }],
            "decimalMark": "POINT", "decimalMarkCertain": true, "positive": "OUT", "positiveCertain": true });
        let given = visitor.import("b.csv", table("02").as_bytes(), json!({ "accountId": account, "mapping": &mapping })).await;
        assert_eq!(given["mappingSource"], "GIVEN");
        let mut backwards = mapping.clone();
        backwards["skipLines"] = json!(-1);
        let refused = visitor.try_import("b.csv", table("02").as_bytes(), json!({ "mapping": backwards })).await;
        assert_eq!((refused.codes(), &refused.errors[0]["extensions"]["field"]), (vec!["INVALID"], &json!("mapping")));
        let remembered = visitor.import("c.csv", table("03").as_bytes(), input).await;
        assert_eq!((&remembered["mappingSource"], &remembered["mapping"]["dateOrder"]), (&json!("REMEMBERED"), &json!("MONTH_DAY_YEAR")));
        let rows = visitor.ask(ROWS, json!({})).await;
        let rows: Vec<_> = rows["transactions"]["edges"].as_array().expect("edges").iter()
            .map(|edge| (edge["node"]["date"].as_str().expect("a day"), edge["node"]["amount"]["amount"].as_str().expect("an amount")))
            .collect();
        assert_eq!(rows, [("2026-02-04", "-4.50"), ("2026-03-04", "-4.50"), ("2026-04-01", "4.50")]);
        // A table that names its account, and comes for none in particular, is read alike as long as all that were said agree.
        let named = |day: &str| format!("Date,Text,Amount,Account\n{day}/04/2026,Coffee,4.50,DE5001\n");
        let mut of_account = mapping;
        of_account["columns"].as_array_mut().expect("columns").push(json!({ "name": "Account", "role": "ACCOUNT" }));
        let input = json!({ "currency": "EUR", "mapping": &of_account });
        assert_eq!(visitor.import("d.csv", named("05").as_bytes(), input).await["mappingSource"], "GIVEN");
        let elsewhere = visitor.import("e.csv", named("06").as_bytes(), json!({ "currency": "EUR" })).await;
        assert_eq!((&elsewhere["mappingSource"], &elsewhere["mapping"]["dateOrder"]), (&json!("REMEMBERED"), &json!("MONTH_DAY_YEAR")));
        let other = visitor.account("other", "EUR").await;
        of_account["positive"] = json!("IN");
        visitor.import("f.csv", named("07").as_bytes(), json!({ "accountId": other, "mapping": of_account })).await;
        let doubtful = visitor.import("g.csv", named("08").as_bytes(), json!({ "currency": "EUR" })).await;
        assert_eq!(doubtful["mappingSource"], "GUESSED");
        house.end(vec![running]).await;
    }
}

/// 100 MB are refused while they arrive, on a size of its own: nothing of it reaches a database.
#[tokio::test]
async fn a_file_of_100_megabytes_is_refused() {
    let house = House::new(crate::house::Size::Embedded).await;
    let running = house.serve().await;
    let visitor = Visitor::register(&running, "huge@example.org").await;
    let answer = visitor.try_import("huge.csv", &vec![b'a'; 100 << 20], json!({})).await;
    assert_eq!((answer.status, answer.codes()), (413, vec!["PAYLOAD_TOO_LARGE"]));
    assert_eq!(visitor.ask("{ statements { id } }", json!({})).await["statements"], json!([]));
    house.end(vec![running]).await;
}

/// The fixtures are where their table says.
#[test]
fn the_table_of_fixtures_is_whole() {
    for expected in expectations() {
        assert!(Path::new(&file::folder().join(&expected.file)).is_file(), "{}", expected.file);
    }
}
