//! Processes: which ones may serve, and how they go.

use harness::{http::Request, within_a_minute};
use serde_json::json;

use super::client::Api;
use crate::house::{HANGS_AFTER, House, Size, lines, on_both_sizes};

const ANOTHER_KEY: &str = "YW5vdGhlciBtYXN0ZXIga2V5IG9mIDMyIGJ5dGVzIDo=";

on_both_sizes! {
    async fn a_restart_signs_nobody_out(house: House) {
        let first = house.serve().await;
        let api = Api::of(&first);
        let anna = api.register("anna@example.org").await;
        house.stop(vec![first]).await;
        let second = house.serve().await;
        let api = Api::of(&second);
        assert!(api.admits(&anna.access).await);
        api.refreshed(&anna.refresh).await;
        house.stop(vec![second]).await;
    }

    async fn a_process_with_another_master_key_refuses_to_start(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        let anna = api.register("anna@example.org").await;
        let stranger = house.florin.clone().env("FLORIN_MASTER_KEY", ANOTHER_KEY);
        let commands: &[&str] =
            if house.size == Size::Production { &["serve", "api", "worker", "migrate"] } else { &["serve", "migrate"] };
        for command in commands {
            let refused = stranger.run(&[command]).await;
            assert_eq!(refused.status.code(), Some(1), "{command}: {}", refused.stderr);
            assert!(
                refused.stderr.contains("FLORIN_MASTER_KEY") && !refused.stderr.contains("\"ready\""),
                "{command}: {}",
                refused.stderr
            );
            assert!(!refused.stderr.contains(ANOTHER_KEY), "{command} shows the key");
        }
        // Whoever has the right one goes on.
        assert!(api.admits(&anna.access).await);
        house.stop(vec![running]).await;
    }
}

#[tokio::test]
async fn a_stop_lets_answers_out_and_waits_for_nobody_else() {
    // Time enough for a slow machine to write the rest of a request.
    let house = House::new(Size::Embedded).await.with("FLORIN_STOP_SECONDS", "30");
    let running = house.serve().await;
    let api = Api::of(&running);
    let anna = api.register("anna@example.org").await;
    let body = json!({ "query": "{ me { email } }" }).to_string();
    let (half, rest) = body.split_at(10);
    let request = Request::post("/graphql", half)
        .header("content-type", "application/json")
        .header("content-length", &body.len().to_string())
        .header("expect", "100-continue")
        .header("authorization", &format!("Bearer {}", anna.access));
    let mut slow = api.client().begin(&request).await.expect("begun");
    let mut stalled = api.client().begin(&request).await.expect("begun");
    // Both are being read when the stop comes.
    for exchange in [&mut slow, &mut stalled] {
        assert!(exchange.is_being_read().await.expect("an interim answer"));
    }
    running.terminate();
    within_a_minute("it stops", async || {
        lines(&running).iter().any(|line| line["message"] == "stopping").then_some(())
    })
    .await;
    within_a_minute("nobody else is let in", async || api.client().send(&Request::get("/health/live")).await.err())
        .await;
    slow.send(rest.as_bytes()).await.expect("it is still read");
    let answer = slow.answer().await.expect("an answer");
    assert_eq!((answer.status, answer.text().contains("anna@example.org")), (200, true), "{}", answer.text());
    let status = running.wait(HANGS_AFTER).await;
    assert!(status.success(), "{status}: {}", running.stderr());
    assert!(!running.stderr().contains("\"ERROR\""), "{}", running.stderr());
}
