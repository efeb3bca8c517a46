//! What the reference clients of GraphQL say: over HTTP, over sockets, and of the schema.

use super::{
    client::Api,
    node::{node, script},
};
use crate::house::{HANGS_AFTER, House, Size};

#[tokio::test]
async fn every_audit_of_graphql_http_passes() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let audits = node().run(&[&script("audit.mjs"), &House::address(&running)]).await;
    assert!(audits.status.success() && audits.stdout.contains("\n61 of 61 ok"), "{}{}", audits.stdout, audits.stderr);
    house.stop(vec![running]).await;
}

#[tokio::test]
async fn every_check_of_graphql_transport_ws_passes() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let api = Api::of(&running);
    let (anna, browser) = (api.register("anna@example.org").await, api.sign_in("anna@example.org").await);
    let node = node()
        .env("FLORIN_TOKEN", &anna.access)
        .env("FLORIN_COOKIE", format!("florin_access={}", browser.access))
        .env("FLORIN_SUBSCRIPTION", "subscription { householdChanged { cursor kind } }")
        .env("FLORIN_REVOKE", "mutation { logout }")
        .env("FLORIN_STOP_PID", running.pid().to_string());
    let checks = node.run(&[&script("sockets.mjs"), &House::address(&running)]).await;
    assert!(checks.status.success(), "{}{}", checks.stdout, checks.stderr);
    for check in [
        "a cookie counts from the own origin only",
        "a revoked token closes its sockets with 4403",
        "a server that stops closes with 1001",
    ] {
        assert!(checks.stdout.contains(&format!("ok     {check}\n")), "{check}: {}", checks.stdout);
    }
    let status = running.wait(HANGS_AFTER).await;
    assert!(status.success(), "{status}: {}", running.stderr());
}

#[tokio::test]
async fn tools_learn_the_schema_that_is_written_down() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    let compared = node().run(&[&script("introspection.mjs"), &House::address(&running), schema]).await;
    assert!(compared.status.success(), "{}{}", compared.stdout, compared.stderr);
    house.stop(vec![running]).await;
}
