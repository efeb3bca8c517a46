//! Imports that are taken back, through the API.

use harness::within_a_minute;
use serde_json::{Value, json};

use super::{ROWS, STATEMENT, Visitor, file};
use crate::{
    api::client::Api,
    house::{HANGS_AFTER, on_both_sizes},
};

pub(super) const UNDO: &str = concat!(
    "mutation($id: ID!, $keepEdited: Boolean) { undoImport(statementId: $id, keepEdited: $keepEdited) ",
    statement!(),
    " }"
);
const BALANCE: &str = "{ accounts { name balance { amount } } }";

fn ids(rows: &Value) -> Vec<Value> {
    let edges = rows["transactions"]["edges"].as_array().expect("rows");
    edges.iter().map(|edge| edge["node"]["id"].clone()).collect()
}

on_both_sizes! {
    async fn an_import_that_is_taken_back_leaves_what_others_know(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "undo@example.org").await;
        let stranger = Visitor::register(&running, "stranger@example.org").await;
        let input = json!({ "accountId": visitor.account("mine", "EUR").await });
        let march = "Date,Amount,Description,Balance\n2026-03-01,-3.50,STARBUCKS COFFEE 114,96.50\n2026-03-02,-42.17,REWE MARKT,54.33\n2026-03-03,-10.00,NETFLIX.COM,44.33\n";
        let spring = format!("{march}2026-04-01,-7.00,STARBUCKS COFFEE 114,37.33\n");
        let first = visitor.import("march.csv", march.as_bytes(), input.clone()).await;
        let second = visitor.import("spring.csv", spring.as_bytes(), input.clone()).await;
        assert_eq!((&first["newCount"], &second["newCount"]), (&json!(3), &json!(1)));
        let note = "mutation($input: UpdateTransactionInput!) { updateTransaction(input: $input) { id } }";
        let coffee = ids(&visitor.ask(ROWS, json!({})).await)[3].clone();
        visitor.ask(note, json!({ "input": { "id": coffee, "note": "with Ada" } })).await;
        assert_eq!(visitor.ask(BALANCE, json!({})).await["accounts"][0]["balance"]["amount"], "37.33");

        let foreign = json!({ "id": second["id"], "keepEdited": false });
        stranger.api.ask_as(&stranger.session.access, UNDO, foreign).await.assert_refused(200, "NOT_FOUND");

        // The second goes: what the first has too stays, and so does what the person wrote on.
        let undone = visitor.undo(&second["id"], true).await;
        assert_eq!(undone["undo"], json!({ "goneCount": 0, "restoredCount": 0, "keptCount": 1, "kept": [{ "transactionId": coffee, "reason": "EDITED" }] }));
        assert_eq!(ids(&visitor.ask(ROWS, json!({})).await).len(), 4);
        // The first goes wholly: nothing else that stands has its rows.
        let undone = visitor.undo(&first["id"], false).await;
        assert_eq!((&undone["status"], &undone["undo"]["goneCount"]), (&json!("UNDONE"), &json!(3)));
        assert_eq!(ids(&visitor.ask(ROWS, json!({})).await), [coffee]);
        assert_eq!(visitor.ask(BALANCE, json!({})).await["accounts"][0]["balance"]["amount"], "-7.00", "no statement says more");
        // Again is no second time, and the file can be imported anew.
        assert_eq!(visitor.undo(&first["id"], false).await, undone);
        let anew = visitor.import("spring.csv", spring.as_bytes(), input).await;
        assert_eq!((&anew["newCount"], &anew["duplicateCount"]), (&json!(3), &json!(1)));
        assert_eq!(visitor.ask(BALANCE, json!({})).await["accounts"][0]["balance"]["amount"], "37.33");
        let refused = visitor.import("no.csv", b"Date,Description\n2026-03-01,NOTHING\n", json!({ "accountId": visitor.account("other", "EUR").await })).await;
        let refused = json!({ "id": refused["id"], "keepEdited": false });
        visitor.api.ask_as(&visitor.session.access, UNDO, refused).await.assert_refused(200, "CONFLICT");
        house.end(vec![running]).await;
    }

    async fn a_process_that_dies_while_it_takes_an_import_back_leaves_it_to_the_next(house: House) {
        let running = house.serve().await;
        let visitor = Visitor::register(&running, "dying@example.org").await;
        let (csv, _) = file::long_csv(20_000);
        let statement = visitor.import("long.csv", csv.as_bytes(), json!({ "accountId": visitor.account("long", "EUR").await })).await;
        let id = statement["id"].clone();
        let (api, session) = (visitor.api.clone(), visitor.session.access.clone());
        let asked = tokio::spawn({
            let variables = json!({ "id": id, "keepEdited": false });
            async move { api.ask_as(&session, UNDO, variables).await }
        });
        within_a_minute("some of it is gone", async || {
            let now = visitor.ask(STATEMENT, json!({ "id": id })).await;
            (now["statement"]["undo"]["goneCount"].as_u64() > Some(1_000)).then_some(())
        })
        .await;
        running.kill();
        running.wait(HANGS_AFTER).await;
        // The answer was cut off with its process, or came before.
        drop(asked.await);
        let running = house.serve().await;
        let visitor = Visitor { api: Api::of(&running), session: visitor.session };
        let undone = visitor.through(statement).await;
        assert_eq!((&undone["status"], &undone["undo"]["goneCount"]), (&json!("UNDONE"), &json!(20_000)));
        assert_eq!(ids(&visitor.ask(ROWS, json!({})).await), Vec::<Value>::new());
        house.end(vec![running]).await;
    }
}
