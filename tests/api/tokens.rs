//! Tokens: what we did not issue, or no longer stand by, admits nobody.

use serde_json::json;

use super::client::{Api, ME};
use crate::house::{House, Size};

/// A token with another character at each place, one token a place.
fn altered(token: &str) -> impl Iterator<Item = String> {
    token.char_indices().map(|(place, old)| {
        let new = if old == 'A' { 'B' } else { 'A' };
        format!("{}{new}{}", &token[..place], &token[place + 1..])
    })
}

#[tokio::test]
async fn a_forged_access_token_admits_nobody() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let api = Api::of(&running);
    let anna = api.register("anna@example.org").await;
    // Version, session, household, moment of expiry and code: every character of each.
    for forged in altered(&anna.access) {
        assert!(!api.admits(&forged).await, "{forged}");
    }
    for length in 0..anna.access.len() {
        assert!(!api.admits(&anna.access[..length]).await, "{length}");
    }
    for forged in
        [&anna.refresh, &format!("{}A", anna.access), &format!("{}=", anna.access), &anna.access[4..], &anna.household]
    {
        assert!(!api.admits(forged).await, "{forged}");
    }
    assert!(api.admits(&anna.access).await);
    house.stop(vec![running]).await;
}

#[tokio::test]
async fn a_forged_refresh_token_gets_nothing_and_ends_nothing() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let api = Api::of(&running);
    let anna = api.register("anna@example.org").await;
    for forged in altered(&anna.refresh) {
        api.refresh(&forged).await.assert_refused(200, "UNAUTHENTICATED");
    }
    for forged in [
        "",
        "frt_",
        "\0",
        "garbage",
        &anna.access,
        &anna.refresh[..40],
        &format!("{}A", anna.refresh),
        &"f".repeat(100_000),
    ] {
        api.refresh(forged).await.assert_refused(200, "UNAUTHENTICATED");
    }
    assert!(api.admits(&anna.access).await);
    let next = api.refreshed(&anna.refresh).await;
    assert!(api.admits(&next.access).await);
    house.stop(vec![running]).await;
}

#[tokio::test]
async fn a_token_is_of_one_installation() {
    let (here, there) = (House::new(Size::Embedded).await, House::new(Size::Embedded).await);
    let processes = [here.serve().await, there.serve().await];
    let [api, other] = processes.each_ref().map(Api::of);
    let (anna, stranger) = (api.register("anna@example.org").await, other.register("anna@example.org").await);
    assert!(api.admits(&anna.access).await && other.admits(&stranger.access).await);
    assert!(!api.admits(&stranger.access).await && !other.admits(&anna.access).await);
    api.refresh(&stranger.refresh).await.assert_refused(200, "UNAUTHENTICATED");
    let [one, two] = processes;
    here.stop(vec![one]).await;
    there.stop(vec![two]).await;
}

#[tokio::test]
async fn a_presented_token_must_be_good() {
    let house = House::new(Size::Embedded).await;
    let running = house.serve().await;
    let api = Api::of(&running);
    let anna = api.register("anna@example.org").await;
    let status = async |authorization: &str| {
        let answer = api.graphql(ME, json!({}), &[("authorization", authorization)]).await;
        if answer.status == 401 {
            answer.assert_refused(401, "UNAUTHENTICATED");
        }
        answer.status
    };
    for garbage in [
        "garbage",
        "",
        "Bearer",
        "Bearer ",
        "Basic YW5uYTpob3JzZQ==",
        "Bearer \u{e9}",
        &anna.access,
        &format!("Basic {}", anna.access),
    ] {
        assert_eq!(status(garbage).await, 401, "{garbage}");
    }
    // Also where no token is needed: whoever sends one wants to be known.
    let public = api.graphql("{ __typename }", json!({}), &[("authorization", "Bearer garbage")]).await;
    public.assert_refused(401, "UNAUTHENTICATED");
    for good in ["Bearer ", "bearer ", "BEARER ", "Bearer   "] {
        assert_eq!(status(&format!("{good}{}", anna.access)).await, 200, "{good}");
    }
    house.stop(vec![running]).await;
}
