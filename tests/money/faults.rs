//! A bank that fails in every way: the pull goes on where it stopped, nothing is lost and nothing is doubled.

use harness::within_a_minute;
use serde_json::{Value, json};

use super::{
    bank::{Bank, text_of},
    person::{COMPLETE, Linked, Person, REFRESH},
};
use crate::house::{House, on_both_sizes};

/// How a bank fails, and how the connection says so.
const FAULTS: [(&str, &str); 5] = [
    ("too_many_requests", "RATE_LIMITED"),
    ("server_error", "UNAVAILABLE"),
    ("hang", "UNAVAILABLE"),
    ("cut", "UNAVAILABLE"),
    ("malformed", "MALFORMED"),
];
/// Longer than any test: only a person asks earlier.
const LATER_SECONDS: u32 = 3_600;

fn order(customer: &str, path: &str, kind: &str, retry_after_seconds: u32) -> Value {
    json!({ "customer": customer, "path": path, "kind": kind, "times": 1, "retry_after_seconds": retry_after_seconds })
}

/// Waits until the ordered failure has been noted, which is another one than `before`. Gives the connection.
async fn failed(anna: &Person, id: &str, before: &Value) -> Value {
    anna.until(id, "has failed", |now| now["failure"].is_string() && now["nextPullAt"] != before["nextPullAt"]).await
}

/// As if the time had come that the bank gave. Gives the connection.
async fn let_time_pass(house: &House, anna: &Person, id: &str) -> Value {
    house.sql("UPDATE connection SET next_pull_at_ms = 0 WHERE failure = 'RATE_LIMITED'").await;
    anna.connection(id).await
}

/// How it must stand after so many failures in a row: the first two are not made a matter of, unless the bank says when it may be asked.
fn status(failures: usize, is_complete: bool) -> &'static str {
    match (failures > 2, is_complete) {
        (true, _) => "FAILING",
        (false, true) => "ACTIVE",
        (false, false) => "PULLING",
    }
}

on_both_sizes! {
    async fn a_first_pull_survives_every_failure(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let all: Vec<_> =
            ["accounts", "transactions", "balances"].into_iter().flat_map(|path| FAULTS.map(|fault| (path, fault))).collect();
        let (path, (kind, _)) = all[0];
        bank.fail(order("anna", path, kind, LATER_SECONDS)).await;
        let mut linked = Linked::begin(&anna, &bank, "anna", 6).await;
        let id = linked.connection.clone();
        let mut shown = "PULLING";
        for (place, (path, (kind, name))) in all.iter().enumerate() {
            let mut before = json!({ "nextPullAt": null });
            if place > 0 {
                bank.fail(order("anna", path, kind, LATER_SECONDS)).await;
                before = let_time_pass(&house, &anna, &id).await;
                anna.done(REFRESH, json!({ "id": id })).await;
            }
            let now = failed(&anna, &id, &before).await;
            assert!(bank.has_failed().await, "{kind} on {path}");
            // A bank that says when it may be asked again is not out of order.
            if *kind != "too_many_requests" {
                shown = status(place + 1, false);
            }
            assert_eq!((&now["failure"], &now["status"]), (&json!(name), &json!(shown)), "{kind} on {path}: {now}");
            assert!(now["failingSince"].is_string() && now["pulledAt"].is_null(), "{now}");
        }
        // The last ones are waited out, as nobody would ask.
        bank.fail(order("anna", "transactions", "too_many_requests", 1)).await;
        linked.remember().await;
        anna.done(REFRESH, json!({ "id": id })).await;
        let now = linked.complete(&anna).await;
        assert_eq!([&now["failure"], &now["failingSince"], &now["rejectedLines"]], [&json!(null), &json!(null), &json!(0)]);
        assert!(bank.has_failed().await);
        linked.assert_agrees(&anna).await;
        house.end(vec![running]).await;
    }

    async fn a_bank_that_says_when_is_not_asked_before(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        bank.fail(order("anna", "accounts", "too_many_requests", LATER_SECONDS)).await;
        let mut linked = Linked::begin(&anna, &bank, "anna", 1).await;
        let id = linked.connection.clone();
        let limited = failed(&anna, &id, &json!({ "nextPullAt": null })).await;
        assert_eq!(limited["failure"], "RATE_LIMITED");
        // Whoever asks now meets this.
        bank.fail(order("anna", "accounts", "server_error", 0)).await;
        let pull = async || house.jobs("waiting").await.into_iter().find(|job| job["kind"] == "pull");
        for _ in 0..3 {
            let before = pull().await.expect("the pull waits");
            anna.done(REFRESH, json!({ "id": id })).await;
            let after = within_a_minute("the pull was looked at, and waits again", async || {
                pull().await.filter(|job| job["fence"].as_i64() > before["fence"].as_i64())
            })
            .await;
            assert_eq!(after["runAtMs"], before["runAtMs"]);
            assert_eq!(anna.connection(&id).await, limited);
        }
        assert!(!bank.has_failed().await, "nobody asked");
        let before = let_time_pass(&house, &anna, &id).await;
        anna.done(REFRESH, json!({ "id": id })).await;
        let now = failed(&anna, &id, &before).await;
        assert_eq!((&now["failure"], bank.has_failed().await), (&json!("UNAVAILABLE"), true));
        linked.remember().await;
        anna.done(REFRESH, json!({ "id": id })).await;
        linked.complete(&anna).await;
        linked.assert_agrees(&anna).await;
        house.end(vec![running]).await;
    }

    async fn a_failure_passes_by_itself(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        bank.fail(order("anna", "transactions", "cut", 0)).await;
        let mut linked = Linked::new(&anna, &bank, "anna", 2).await;
        assert!(bank.has_failed().await);
        linked.assert_agrees(&anna).await;
        house.end(vec![running]).await;
    }

    async fn many_pages_are_read_once_through_failures(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let customer = "load-20000";
        let mut linked = Linked::begin(&anna, &bank, customer, 24).await;
        let mut before = json!({ "nextPullAt": null });
        let mut failures = 0;
        for (kind, name) in FAULTS {
            // Somewhere in the middle; a machine may be fast enough to be done before the last of them.
            bank.fail(order(customer, "transactions", kind, LATER_SECONDS)).await;
            let now = anna
                .until(&linked.connection, "has failed or is done", |now| {
                    now["pulledAt"].is_string() || (now["failure"].is_string() && now["nextPullAt"] != before["nextPullAt"])
                })
                .await;
            if now["pulledAt"].is_string() {
                break;
            }
            assert_eq!(now["failure"], name);
            failures += 1;
            linked.remember().await;
            before = let_time_pass(&house, &anna, &linked.connection).await;
            anna.done(REFRESH, json!({ "id": linked.connection })).await;
        }
        assert!(failures > 0, "the first failure came too late to show anything");
        bank.take_back_failures().await;
        linked.complete(&anna).await;
        linked.assert_sums_agree(&anna).await;
        house.end(vec![running]).await;
    }

    async fn tokens_are_renewed_through_failures(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let mut linked = Linked::new(&anna, &bank, "anna", 1).await;
        let id = linked.connection.clone();
        // The access token is over, the refresh token is not.
        bank.advance(1).await;
        let mut shown = "ACTIVE";
        for (place, (kind, name)) in FAULTS.into_iter().enumerate() {
            bank.fail(order("anna", "token", kind, LATER_SECONDS)).await;
            let before = let_time_pass(&house, &anna, &id).await;
            anna.done(REFRESH, json!({ "id": id })).await;
            let now = failed(&anna, &id, &before).await;
            if kind != "too_many_requests" {
                shown = status(place + 1, true);
            }
            assert_eq!((&now["failure"], &now["status"]), (&json!(name), &json!(shown)), "{kind}: {now}");
        }
        linked.refresh(&anna).await;
        linked.assert_agrees(&anna).await;
        house.end(vec![running]).await;
    }

    async fn a_link_that_the_bank_fails_can_be_tried_again(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let started = anna.start(None).await;
        let address = text_of(&started["authorizationUrl"]);
        for (kind, _) in FAULTS {
            // A code may be used up by an answer that is lost: the person presses the button once more.
            let (state, code) = bank.allow(&address, "anna@1").await;
            bank.fail(order("anna", "token", kind, 1)).await;
            let answer = anna.try_put(COMPLETE, json!({ "state": state, "code": code })).await;
            answer.assert_refused(200, "BUSY");
            assert_eq!(anna.connections().await, Vec::<Value>::new(), "{kind}");
        }
        let (state, code) = bank.allow(&address, "anna@1").await;
        anna.put(COMPLETE, json!({ "state": state, "code": code })).await;
        house.end(vec![running]).await;
    }
}
