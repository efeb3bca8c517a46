//! Two rows of one booking: they are suggested, a person merges them, and nothing of what any source says later makes two of them again,
//! but for the person.

use std::fmt::Write;

use harness::within_a_minute;
use serde_json::{Value, json};

use super::{
    bank::{Bank, text_of},
    ledger::amount,
    manual::{account, entry},
    person::{CREATE, CREATE_ACCOUNT, DELETE, Linked, Person, REMOVE, UPDATE, list_of},
};
use crate::{
    house::{House, on_both_sizes},
    statement::{IMPORT, STATEMENT, file},
};

const SUGGESTIONS: &str = "query($account: ID, $first: Int, $after: String) {
    duplicateSuggestions(accountId: $account, first: $first, after: $after) {
      edges { cursor node { id reason createdAt account { id }
        first { id date amount { amount } descriptor merged { id } } second { id date amount { amount } descriptor merged { id } } } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
pub(super) const MERGE: &str = "mutation($input: MergeTransactionsInput!) {
    mergeTransactions(input: $input) { id date amount { amount currency } descriptor note isPending merged { id goneId mergedAt } } }";
const UNMERGE: &str = "mutation($input: UnmergeTransactionsInput!) {
    unmergeTransactions(input: $input) { kept { id descriptor note merged { id } } restored { id descriptor note merged { id } } } }";
const DISMISS: &str = "mutation($input: DismissDuplicateInput!) { dismissDuplicate(input: $input) }";
const MERGED: &str =
    "query($account: ID!) { transactions(first: 200, filter: { accountIds: [$account], isPending: false }) {
      edges { node { id merged { id goneId mergedAt } } } } }";

impl Person {
    /// Imports a file that must be taken.
    pub(super) async fn import(&self, name: &str, text: &str, input: Value) -> Value {
        let begun = file::upload(&self.api, &self.session.access, IMPORT, name, text.as_bytes(), input).await;
        let id = begun.done()["importStatement"]["id"].clone();
        let statement = within_a_minute("the statement is through", async || {
            let now = self.done(STATEMENT, json!({ "id": id })).await;
            matches!(now["status"].as_str(), Some("DONE" | "REFUSED")).then_some(now)
        })
        .await;
        assert_eq!(statement["status"], "DONE", "{statement}");
        statement
    }

    /// All open suggestions of an account, read in pages of a size.
    async fn suggestions(&self, account: Option<&str>, size: usize) -> Vec<Value> {
        let mut all = Vec::new();
        let mut after = Value::Null;
        loop {
            let page = self.done(SUGGESTIONS, json!({ "account": account, "first": size, "after": after })).await;
            let edges = page["edges"].as_array().expect("edges");
            assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
            all.extend(edges.iter().map(|edge| edge["node"].clone()));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                return all;
            }
            assert_eq!(edges.len(), size);
        }
    }

    async fn merge(&self, kept: &Value, gone: &Value) -> Value {
        self.put(MERGE, json!({ "keepId": kept, "goneId": gone })).await
    }

    /// The number that an account's drift is.
    async fn drift(&self, place: usize) -> i64 {
        amount(&self.accounts().await[place]["drift"])
    }
}

/// What a bank has booked in one of its accounts, as its statement would say it, in words of its own.
fn statement_of(rows: &[Value], tail: &str) -> String {
    let mut ofx = format!(
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR
<BANKACCTFROM><BANKID>FLORIN<ACCTID>0000{tail}<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST>\n"
    );
    for (place, row) in rows.iter().enumerate() {
        let (day, amount) = (text_of(&row["date"]).replace('-', ""), text_of(&row["amount"]["amount"]));
        let kind = if amount.starts_with('-') { "DEBIT" } else { "CREDIT" };
        // Writing into a string never fails.
        let _ = writeln!(
            ofx,
            "<STMTTRN><TRNTYPE>{kind}<DTPOSTED>{day}<TRNAMT>{amount}<FITID>F{place}<NAME>Buchung Q{place}X</STMTTRN>"
        );
    }
    ofx.push_str("</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n");
    ofx
}

/// The booked rows of an account.
fn booked_in(rows: &[Value], account: &Value) -> Vec<Value> {
    let of = |row: &&Value| row["account"]["id"] == account["id"] && row["isPending"] == false;
    rows.iter().filter(of).cloned().collect()
}

on_both_sizes! {
    async fn a_statement_before_its_bank_in_other_words_becomes_the_banks_rows(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        // What the statement says is what the bank says to somebody else.
        let berta = Person::register(&running, "berta@example.org").await;
        Linked::new(&berta, &bank, "anna", 1).await;
        let theirs = berta.accounts().await[0].clone();
        let statement = statement_of(&booked_in(&berta.transactions().await, &theirs), theirs["numberTail"].as_str().expect("a tail"));

        let anna = Person::register(&running, "anna@example.org").await;
        let imported = anna.import("old.ofx", &statement, json!({})).await;
        let count = imported["newCount"].as_u64().expect("a count");
        assert!(count > 10, "{imported}");
        let mut linked = Linked::new(&anna, &bank, "anna", 1).await;
        let today = bank.today().await.to_string();
        let ours = anna.accounts().await[0].clone();
        assert_eq!(ours["id"], imported["accounts"][0]["id"], "the bank takes the account over");
        assert_eq!(anna.drift(0).await, 0, "the opening balance hides the doubles");
        let id = ours["id"].as_str();

        let suggestions = anna.suggestions(id, 7).await;
        assert_eq!((suggestions.len() as u64, anna.suggestions(None, 200).await.len() as u64), (count, count));
        assert!(suggestions.iter().all(|one| one["account"]["id"] == ours["id"] && one["reason"] == "TEXT_DIFFERS"), "{suggestions:?}");
        assert!(anna.suggestions(anna.accounts().await[1]["id"].as_str(), 7).await.is_empty());
        for (place, one) in suggestions.iter().enumerate() {
            let (kept, gone) = if place % 2 == 0 { ("first", "second") } else { ("second", "first") };
            let row = anna.merge(&one[kept]["id"], &one[gone]["id"]).await;
            assert_eq!((&row["id"], &row["descriptor"]), (&one[kept]["id"], &one["second"]["descriptor"]), "the bank leads");
            assert_eq!(row["merged"][0]["goneId"], one[gone]["id"]);
        }
        assert_eq!(anna.suggestions(None, 7).await, Vec::<Value>::new());
        house.until_idle().await;
        let merged = linked.assert_agrees(&anna).await;
        anna.assert_sums(&merged, (&linked.since, &today)).await;
        let rows = anna.done(MERGED, json!({ "account": id })).await;
        let rows = rows["edges"].as_array().expect("rows");
        let is_merged = |row: &&Value| row["node"]["merged"].as_array().is_some_and(|merged| merged.len() == 1);
        assert_eq!(rows.iter().filter(is_merged).count() as u64, count.min(200), "each row names what was merged into it");

        // All of it again: nothing is new.
        let again = anna.import("old.ofx", &statement, json!({})).await;
        assert_eq!((&again["newCount"], &again["changedCount"], &again["duplicateCount"]), (&json!(0), &json!(0), &json!(count)));
        linked.refresh(&anna).await;
        house.until_idle().await;
        assert_eq!(linked.assert_agrees(&anna).await, merged);
        assert_eq!(anna.suggestions(None, 7).await, Vec::<Value>::new());

        // One is two after all, and stays it.
        let one = &suggestions[0];
        let merge = anna.node_merges(&one["first"]["id"]).await[0]["id"].clone();
        let parted = anna.put(UNMERGE, json!({ "mergeId": merge })).await;
        assert_eq!((&parted["kept"]["id"], &parted["restored"]["id"]), (&one["first"]["id"], &one["second"]["id"]));
        assert_eq!(
            (&parted["kept"]["descriptor"], &parted["restored"]["descriptor"], &parted["kept"]["merged"]),
            (&one["first"]["descriptor"], &one["second"]["descriptor"], &json!([]))
        );
        house.until_idle().await;
        let all = anna.transactions().await;
        assert_eq!((all.len(), anna.drift(0).await), (merged.len() + 1, 0));
        anna.assert_sums(&all, (&linked.since, &today)).await;
        anna.try_put(UNMERGE, json!({ "mergeId": merge })).await.assert_refused(200, "NOT_FOUND");
        anna.import("old.ofx", &statement, json!({})).await;
        linked.refresh(&anna).await;
        house.until_idle().await;
        assert_eq!((anna.transactions().await, anna.suggestions(None, 7).await), (all, vec![]));
        anna.merge(&one["first"]["id"], &one["second"]["id"]).await;
        let all = linked.assert_agrees(&anna).await;

        // Deleted it is gone under both names.
        anna.done(DELETE, json!({ "id": one["first"]["id"] })).await;
        anna.import("old.ofx", &statement, json!({})).await;
        linked.refresh(&anna).await;
        assert_eq!(anna.transactions().await.len(), all.len() - 1);

        // Nothing of it stands in the way when the bank goes.
        anna.put(REMOVE, json!({ "id": linked.connection, "deleteAccounts": true })).await;
        assert_eq!((anna.transactions().await, anna.suggestions(None, 7).await), (vec![], vec![]));
        house.end(vec![running]).await;
    }

    async fn a_double_that_came_later_is_drift_until_it_is_merged(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        for (amount, text) in [("-12.34", "NORTH ELECTRIC"), ("-7.77", "SOUTH WATER"), ("-7.77", "SOUTH WATER")] {
            bank.purchase("anna", 0, amount, text, json!({})).await;
        }
        let mut linked = Linked::new(&anna, &bank, "anna", 1).await;
        linked.assert_agrees(&anna).await;
        let day = text_of(&anna.found("NORTH ELECTRIC").await["date"]);
        let ours = anna.accounts().await[0]["id"].clone();
        let csv = format!("Date,Description,Amount\n{day},Lastschrift 11,-12.34\n{day},Abbuchung 22,-7.77\n{day},Abbuchung 22,-7.77\n{day},Only in the file,-1.11\n");
        let input = json!({ "accountId": ours });
        let imported = anna.import("late.csv", &csv, input.clone()).await;
        assert_eq!(imported["newCount"], 4);
        let only = anna.found("Only in the file").await;
        anna.done(DELETE, json!({ "id": only["id"] })).await;
        assert_eq!(anna.drift(0).await, 27_88 * 100);
        let suggestions = anna.suggestions(ours.as_str(), 200).await;
        assert_eq!(suggestions.len(), 3, "{suggestions:?}");

        // Dismissed for ever, whichever comes first.
        let dismissed = &suggestions[0];
        for (first, second) in [("first", "second"), ("second", "first")] {
            let input = json!({ "firstId": dismissed[first]["id"], "secondId": dismissed[second]["id"] });
            assert_eq!(anna.put(DISMISS, input).await, json!(true));
        }
        let again = anna.import("late.csv", &csv, input.clone()).await;
        assert_eq!((&again["newCount"], &again["duplicateCount"]), (&json!(0), &json!(4)));
        linked.refresh(&anna).await;
        assert_eq!(anna.suggestions(None, 200).await.len(), 2);
        for one in &suggestions {
            anna.merge(&one["first"]["id"], &one["second"]["id"]).await;
        }
        assert_eq!(anna.drift(0).await, 0);
        house.until_idle().await;
        let merged = linked.assert_agrees(&anna).await;
        anna.import("late.csv", &csv, input).await;
        linked.refresh(&anna).await;
        house.until_idle().await;
        assert_eq!(linked.assert_agrees(&anna).await, merged);
        assert_eq!(anna.suggestions(None, 200).await, Vec::<Value>::new());
        house.end(vec![running]).await;
    }

    async fn a_statements_balance_stays_true(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let input = json!({ "name": "Old bank", "kind": "CHECKING", "currency": "EUR" });
        let id = text_of(&anna.put(CREATE_ACCOUNT, input).await["id"]);
        let csv = "Date,Description,Amount\n2026-03-02,Lastschrift 11,-12.34\n2026-03-09,Abbuchung 22,-7.77\n2026-03-20,Later,-1.00\n";
        anna.import("table.csv", csv, json!({ "accountId": id })).await;
        let row = |date: &str, amount: &str| json!({ "date": date, "amount": { "amount": amount } });
        let ofx = statement_of(&[row("2026-03-02", "-12.34"), row("2026-03-10", "-7.77")], "4711");
        let ofx = ofx.replace("</STMTRS>", "<LEDGERBAL><BALAMT>100.00<DTASOF>20260315</LEDGERBAL></STMTRS>");
        anna.import("statement.ofx", &ofx, json!({ "accountId": id })).await;
        // What was booked after the statement counts.
        let balance = async || amount(&anna.accounts().await[0]["balance"]);
        assert_eq!(balance().await, 99_00 * 100);
        let suggestions = anna.suggestions(Some(&id), 200).await;
        assert_eq!(suggestions.len(), 2, "{suggestions:?}");
        let mut merges = Vec::new();
        for one in &suggestions {
            merges.push(anna.merge(&one["first"]["id"], &one["second"]["id"]).await["merged"][0]["id"].clone());
            assert_eq!(balance().await, 99_00 * 100);
        }
        let fewer = anna.transactions().await;
        assert_eq!(fewer.len(), 3);
        for (name, text) in [("table.csv", csv), ("statement.ofx", &ofx)] {
            assert_eq!(anna.import(name, text, json!({ "accountId": id })).await["newCount"], 0);
            assert_eq!((anna.transactions().await, balance().await), (fewer.clone(), 99_00 * 100));
        }
        for merge in merges {
            anna.put(UNMERGE, json!({ "mergeId": merge })).await;
            assert_eq!(balance().await, 99_00 * 100);
        }
        let all = anna.transactions().await;
        assert_eq!(all.len(), 5);
        anna.assert_sums(&all, ("2026-03-01", "2026-03-31")).await;
        house.end(vec![running]).await;
    }

    async fn what_a_person_says_of_a_pair_is_checked(house: House) {
        let running = house.serve().await;
        let anna = Person::register(&running, "anna@example.org").await;
        let berta = Person::register(&running, "berta@example.org").await;
        let (cash, purse) = (account(&anna, "Cash", "EUR", "100").await, account(&anna, "Purse", "EUR", "100").await);
        let enter = async |account: &str, amount: &str, text: &str| {
            text_of(&anna.put(CREATE, entry(account, "2026-05-01", amount, text)).await["id"])
        };
        let (one, two) = (enter(&cash, "-5", "BAKER").await, enter(&cash, "-5", "BAKERY").await);
        let (dear, elsewhere) = (enter(&cash, "-6", "BAKERY").await, enter(&purse, "-5", "BAKERY").await);
        let hers = account(&berta, "Cash", "EUR", "1").await;
        let hers = text_of(&berta.put(CREATE, entry(&hers, "2026-05-01", "-5", "BAKER")).await["id"]);
        // Whatever one source has brought is no suggestion.
        assert_eq!(anna.suggestions(None, 200).await, Vec::<Value>::new());
        for (kept, gone) in [(&one, &one), (&one, &dear), (&one, &elsewhere), (&one, &cash)] {
            anna.try_put(MERGE, json!({ "keepId": kept, "goneId": gone })).await.assert_invalid("goneId");
        }
        anna.try_put(MERGE, json!({ "keepId": "nonsense", "goneId": one })).await.assert_invalid("keepId");
        anna.try_put(DISMISS, json!({ "firstId": one, "secondId": one })).await.assert_invalid("secondId");
        anna.try_put(DISMISS, json!({ "firstId": one, "secondId": elsewhere })).await.assert_invalid("secondId");
        anna.try_put(UNMERGE, json!({ "mergeId": one })).await.assert_invalid("mergeId");
        anna.ask(SUGGESTIONS, json!({ "first": 201 })).await.assert_invalid("first");
        anna.ask(SUGGESTIONS, json!({ "after": "nonsense" })).await.assert_invalid("after");
        for (kept, gone) in [(&one, &hers), (&hers, &one), (&hers, &hers)] {
            let answer = anna.try_put(MERGE, json!({ "keepId": kept, "goneId": gone })).await;
            answer.assert_refused(200, "NOT_FOUND");
            anna.try_put(DISMISS, json!({ "firstId": kept, "secondId": gone })).await.assert_refused(200, "NOT_FOUND");
        }
        assert_eq!((anna.transactions().await.len(), berta.transactions().await.len()), (4, 1));

        // What a person set is not lost, and of many at once one wins.
        anna.put(UPDATE, json!({ "id": one, "note": "with cream" })).await;
        anna.put(UPDATE, json!({ "id": two, "note": "and sugar", "merchantName": "The corner" })).await;
        let attempts = (0..6).map(|place| {
            let (kept, gone) = if place % 2 == 0 { (&one, &two) } else { (&two, &one) };
            anna.try_put(MERGE, json!({ "keepId": kept, "goneId": gone }))
        });
        let mut won = Vec::new();
        for answer in futures::future::join_all(attempts).await {
            match answer.codes().as_slice() {
                [] => won.push(answer.done()["mergeTransactions"].clone()),
                codes => assert_eq!(codes, ["CONFLICT"]),
            }
        }
        let [row] = won.as_slice() else { panic!("{won:?}") };
        let (kept, gone) = if row["id"] == json!(one) { (&one, &two) } else { (&two, &one) };
        let notes = if kept == &one { "with cream\nand sugar" } else { "and sugar\nwith cream" };
        assert_eq!((&row["note"], &row["merged"][0]["goneId"]), (&json!(notes), &json!(gone)));
        let all = anna.transactions().await;
        assert_eq!((all.len(), amount(&anna.accounts().await[0]["balance"])), (3, 89_00 * 100));
        anna.assert_sums(&all, ("2026-05-01", "2026-05-31")).await;
        anna.node(gone).await.assert_refused(200, "NOT_FOUND");

        // To undo it is the household's own business as well.
        let merge = row["merged"][0]["id"].clone();
        berta.try_put(UNMERGE, json!({ "mergeId": merge })).await.assert_refused(200, "NOT_FOUND");
        let parted = anna.put(UNMERGE, json!({ "mergeId": merge })).await;
        let notes: Vec<_> = ["kept", "restored"].iter().map(|side| text_of(&parted[*side]["note"])).collect();
        assert_eq!(notes, if kept == &one { ["with cream", "and sugar"] } else { ["and sugar", "with cream"] });
        assert_eq!((anna.transactions().await.len(), amount(&anna.accounts().await[0]["balance"])), (4, 84_00 * 100));

        // The same request again is the same merge.
        let keyed = json!({ "keepId": one, "goneId": two, "idempotencyKey": "key 1" });
        let first = anna.put(MERGE, keyed.clone()).await;
        assert_eq!(anna.put(MERGE, keyed.clone()).await, first);
        anna.try_put(MERGE, json!({ "keepId": two, "goneId": one, "idempotencyKey": "key 1" })).await.assert_refused(200, "CONFLICT");
        anna.try_put(MERGE, json!({ "keepId": two, "goneId": one })).await.assert_refused(200, "CONFLICT");
        house.end(vec![running]).await;
    }
}

impl Person {
    /// What was merged into a transaction.
    async fn node_merges(&self, id: &Value) -> Vec<Value> {
        let document = "query($id: ID!) { node(id: $id) { ... on Transaction { merged { id goneId mergedAt } } } }";
        list_of(self.done(document, json!({ "id": id })).await["merged"].clone())
    }
}
