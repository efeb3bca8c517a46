//! What people buy, and the keys to their bank, are in no log and in no error.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use super::{
    bank::{Bank, text_of},
    manual::{account, entry},
    person::{COMPLETE, CREATE, LIST, Linked, Person, REFRESH, SET_BUDGET, UPDATE},
};
use crate::house::{House, lines, on_both_sizes};

/// Found nowhere else by chance, in any spelling.
const MARKER: &str = "marker";
/// An amount, with its point and without.
const AMOUNT: [&str; 2] = ["87654.32", "8765432"];
/// How every code and token of the sandbox bank begins: a JSON object in base64.
const TOKEN: &str = "eyJ";
/// How every access and refresh token begins: so long that no bytes of a database or an archive look like it by chance.
const TICKET: &str = r#"{"consent":{"customer":"#;

/// All bytes of the files below a folder.
fn bytes_below(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        all.extend(if path.is_dir() { bytes_below(&path) } else { fs::read(&path).expect("a file") });
    }
    all
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
}

on_both_sizes! {
    async fn nothing_of_what_people_buy_is_logged(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let house = house.with("FLORIN_LOG", "trace");
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        bank.purchase("anna", 2, "-87654.32", "MARKER-SHOP", json!({ "merchant_name": "Marker Shop" })).await;
        for kind in ["malformed", "cut", "server_error"] {
            bank.fail(json!({ "customer": "anna", "path": "transactions", "kind": kind })).await;
        }
        let started = anna.start(None).await;
        let (state, code) = bank.allow(&text_of(&started["authorizationUrl"]), "anna@1").await;
        anna.try_put(COMPLETE, json!({ "state": state, "code": "marker-code" })).await.assert_invalid("code");
        let id = text_of(&anna.put(COMPLETE, json!({ "state": state, "code": code })).await["id"]);
        for _ in 0..3 {
            let before = anna.connection(&id).await["nextPullAt"].clone();
            anna.until(&id, "failed again, or not", |now| now["nextPullAt"] != before || now["failure"].is_string()).await;
            anna.done(REFRESH, json!({ "id": id })).await;
        }
        anna.until(&id, "active", |now| now["status"] == "ACTIVE").await;
        let bought = anna.found("MARKER-SHOP").await;
        anna.put(UPDATE, json!({ "id": bought["id"], "note": "marker note", "merchantName": "Marker name" })).await;
        let cash = account(&anna, "Marker purse", "EUR", "87654.32").await;
        let mut input = entry(&cash, "2026-11-01", "-87654.32", "marker by hand");
        input["idempotencyKey"] = json!("marker key");
        anna.put(CREATE, input.clone()).await;
        input["note"] = json!("marker");
        anna.try_put(CREATE, input).await.assert_refused(200, "CONFLICT");
        let category = text_of(&bought["category"]["id"]);
        anna.put(SET_BUDGET, json!({ "categoryId": category, "amount": "87654.32" })).await;
        // Refusals do not repeat what they refuse.
        for (document, input) in [
            (CREATE, entry(&cash, "2026-11-01", "87654.321", "marker")),
            (CREATE, entry(&cash, "marker", "1", "marker")),
            (CREATE, entry("marker", "2026-11-01", "1", "marker")),
            (COMPLETE, json!({ "state": state, "code": code })),
            (COMPLETE, json!({ "state": "marker", "code": code })),
        ] {
            let answer = anna.try_put(document, input).await;
            let said = json!(answer.errors).to_string().to_lowercase();
            assert!(answer.codes().len() == 1, "{answer:?}");
            assert!(!said.contains(MARKER) && !said.contains(TOKEN) && AMOUNT.iter().all(|amount| !said.contains(amount)), "{said}");
        }
        anna.ask(LIST, json!({ "order": "DATE_DESCENDING", "filter": { "text": "marker", "minAmount": "-87654.32" } })).await.done();
        bank.revoke("anna").await;
        anna.done(REFRESH, json!({ "id": id })).await;
        anna.until(&id, "signed out", |now| now["status"] == "SIGN_IN_NEEDED").await;
        house.until_idle().await;

        let log = running.stderr();
        let of = |message: &str| lines(&running).iter().filter(|line| line["message"] == message).count();
        assert!(of("graphql") > 25 && of("job") > 3, "it is logged what happens: {log}");
        let secrets = [MARKER, AMOUNT[0], AMOUNT[1]];
        for secret in secrets {
            assert!(!log.to_lowercase().contains(secret), "{secret} is logged");
        }
        for secret in [TOKEN, &state[state.len() - 24..], "florin-sandbox"] {
            assert!(!log.contains(secret), "{secret} is logged");
        }
        // The archive has every word of the bank, and shows none of it.
        let archive = bytes_below(&house.data().join("archive"));
        assert!(!archive.is_empty());
        assert!([MARKER, "descriptor", "TransactionInformation"].iter().all(|text| !holds(&archive, text)));
        // Tokens are sealed before they are stored.
        let ticket = URL_SAFE_NO_PAD.encode(&TICKET.as_bytes()[..21]);
        assert!(!holds(&bytes_below(&house.data()), &ticket));
        let body = URL_SAFE_NO_PAD.decode(code.split('.').next().expect("a body")).expect("base64");
        assert!(holds(&body, TICKET), "a code has such a ticket in it");
        house.end(vec![running]).await;
    }

    async fn what_failed_is_told_without_what_it_said(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let house = house.with("FLORIN_LOG", "trace");
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        bank.purchase("anna", 2, "-87654.32", "MARKER-SHOP", json!({})).await;
        bank.fail(json!({ "customer": "anna", "path": "transactions", "kind": "malformed" })).await;
        let linked = Linked::begin(&anna, &bank, "anna", 1).await;
        anna.until(&linked.connection, "failed", |now| now["failure"] == "MALFORMED").await;
        let jobs = format!("{:?}", house.jobs("waiting").await).to_lowercase();
        assert!(jobs.contains("pull") && !jobs.contains(MARKER) && !jobs.contains(AMOUNT[0]), "{jobs}");
        anna.done(REFRESH, json!({ "id": linked.connection })).await;
        linked.complete(&anna).await;
        let events = house.command(&["events", "--household", &anna.session.household]).await.to_lowercase();
        assert!(events.contains("transactions_changed") && !events.contains(MARKER) && !events.contains(AMOUNT[1]), "{events}");
        house.end(vec![running]).await;
    }
}
