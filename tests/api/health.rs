//! What operators ask: is it alive, is it ready, what has it done.

use harness::{http::Request, postgres, redis, within_a_minute};
use serde_json::{Value, json};

use super::client::Api;
use crate::house::{House, on_both_sizes};

/// Status and body of a page for operators.
async fn page(api: &Api, path: &str) -> (u16, String) {
    let answer = api.send(&Request::get(path)).await;
    assert_eq!(answer.headers.get("cache-control"), Some("no-store"), "{path}");
    (answer.status, answer.text())
}

async fn state(api: &Api, path: &str) -> (u16, Value) {
    let (status, text) = page(api, path).await;
    (status, serde_json::from_str(&text).expect("JSON"))
}

on_both_sizes! {
    async fn a_process_says_that_it_is_well_and_what_it_did(house: House) {
        let processes = vec![house.serve().await, house.second().await];
        for running in &processes {
            let api = Api::of(running);
            assert_eq!(state(&api, "/health/live").await, (200, json!({ "status": "live" })));
            assert_eq!(state(&api, "/health/ready").await, (200, json!({ "status": "ready" })));
            api.ask("{ __typename }", json!({})).await.done();
            api.ask("query Q { __typename }", json!({})).await.done();
            api.login("anna@example.org", "wrong horse").await.assert_refused(200, "WRONG_CREDENTIALS");
            api.ask("{", json!({})).await.assert_refused(400, "GRAPHQL_PARSE_FAILED");
            let (status, metrics) = page(&api, "/metrics").await;
            assert_eq!(status, 200);
            for (kind, code, count) in
                [("query", "OK", 2), ("mutation", "WRONG_CREDENTIALS", 1), ("none", "GRAPHQL_PARSE_FAILED", 1)]
            {
                let line =
                    format!("florin_operations_total{{transport=\"http\",kind=\"{kind}\",code=\"{code}\"}} {count}");
                assert!(metrics.lines().any(|known| known == line), "{line} in {metrics}");
            }
            assert!(metrics.contains("florin_operation_seconds"), "{metrics}");
        }
        house.stop(processes).await;
    }
}

#[tokio::test]
async fn without_its_database_a_process_is_alive_but_not_ready() {
    let mut server = postgres::Server::start();
    let house = House::on(server.url(), redis::shared()).await;
    let running = house.serve().await;
    let api = Api::of(&running);
    let anna = api.register("anna@example.org").await;
    assert_eq!(state(&api, "/health/ready").await.0, 200);
    server.stop_immediately();
    assert_eq!(state(&api, "/health/ready").await, (503, json!({ "status": "unready", "reasons": ["DATABASE"] })));
    assert_eq!(state(&api, "/health/live").await.0, 200);
    // Who is asking cannot be known: that is no reason to sign anybody out.
    api.ask_as(&anna.access, "{ me { id } }", json!({})).await.assert_refused(503, "BUSY");
    api.login("anna@example.org", "correct horse").await.assert_refused(200, "BUSY");
    server.start_again();
    within_a_minute("it is ready again", async || (state(&api, "/health/ready").await.0 == 200).then_some(())).await;
    assert!(api.admits(&anna.access).await);
    api.sign_in("anna@example.org").await;
    house.stop(vec![running]).await;
}
