//! Subscriptions: whoever was away gets everything since, and a session that ends takes its sockets along.

use chrono::DateTime;
use harness::{
    process::{Florin, Running},
    within_a_minute,
};
use serde_json::{Value, json};

use super::{
    client::{Api, LOGOUT, PASSWORD, Session},
    node::{node, script},
};
use crate::house::{House, on_both_sizes};

/// A client that listens to a household until it is dropped.
pub(crate) struct Follower(Running);

impl Follower {
    pub(crate) fn start(running: &Running, session: &Session, after: Option<&Value>) -> Self {
        Self::run(node(), running, session, after)
    }

    /// One that subscribes something else: a document with one field and `$after`.
    pub(crate) fn of(document: &str, running: &Running, session: &Session, after: Option<&Value>) -> Self {
        Self::run(node().env("FLORIN_SUBSCRIPTION", document), running, session, after)
    }

    fn run(node: Florin, running: &Running, session: &Session, after: Option<&Value>) -> Self {
        let (script, address) = (script("replay.mjs"), House::address(running));
        let cursor = after.map(|cursor| cursor.as_str().expect("a cursor"));
        let arguments: Vec<&str> = [script.as_str(), &address].into_iter().chain(cursor).collect();
        Self(node.env("FLORIN_TOKEN", &session.access).start(&arguments))
    }

    /// All that it has heard so far.
    pub(crate) fn heard(&self) -> Vec<Value> {
        self.0.stdout().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// All that it has heard, once it is so much.
    pub(crate) async fn hears(&self, count: usize) -> Vec<Value> {
        within_a_minute(&format!("{count} lines of a follower"), async || {
            assert_eq!(self.0.stderr(), "");
            Some(self.heard()).filter(|heard| heard.len() >= count)
        })
        .await
    }

    /// Asserts that its socket is closed because the session has ended.
    async fn is_sent_away(&self) {
        let closed = json!({ "closed": 4403, "reason": "Session ended" });
        within_a_minute("the socket is closed", async || self.heard().contains(&closed).then_some(())).await;
    }
}

/// Lets so many events happen in a session's household.
async fn happen(house: &House, session: &Session, count: usize) {
    house.probe(&["--household", &session.household, "--count", &count.to_string()]).await;
    house.until_idle().await;
}

/// When each event of a session's household happened, in milliseconds.
async fn events(house: &House, session: &Session) -> Vec<i64> {
    let lines = house.command(&["events", "--household", &session.household]).await;
    let events = lines.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    events.map(|event: Value| event["atMs"].as_i64().expect("a number")).collect()
}

/// When a client was told that an event happened, in milliseconds.
fn moment(event: &Value) -> i64 {
    let at = event["at"].as_str().and_then(|at| DateTime::parse_from_rfc3339(at).ok());
    at.unwrap_or_else(|| panic!("no event: {event}")).timestamp_millis()
}

on_both_sizes! {
    async fn a_client_that_was_away_gets_everything_since_its_cursor(house: House) {
        // The jobs run in the one process, the sockets are in the other.
        let processes = vec![house.serve().await, house.second().await];
        let (api, there) = (Api::of(&processes[0]), &processes[1]);
        let (anna, berta) = (api.register("anna@example.org").await, api.register("berta@example.org").await);

        // One stays all the time. Nobody is told when its subscription has begun: things happen until it hears of one.
        let witness = Follower::start(there, &anna, None);
        within_a_minute("the witness hears", async || {
            happen(&house, &anna, 1).await;
            (!witness.heard().is_empty()).then_some(())
        })
        .await;
        happen(&house, &berta, 2).await;
        happen(&house, &anna, 5).await;
        let known = events(&house, &anna).await;
        let begun =
            known.iter().position(|known| *known == moment(&witness.heard()[0])).expect("what was heard has happened");
        let seen = witness.hears(known.len() - begun).await;

        let [.., first, _, _, _, _] = seen.as_slice() else { panic!("not five: {seen:?}") };
        let late = Follower::start(there, &anna, Some(&first["cursor"]));
        assert_eq!(late.hears(4).await, seen[seen.len() - 4..]);
        late.0.kill();
        happen(&house, &anna, 3).await;
        let back = Follower::start(there, &anna, late.heard().last().map(|last| &last["cursor"]));
        let seen = witness.hears(seen.len() + 3).await;
        assert_eq!(back.hears(3).await, seen[seen.len() - 3..]);
        // The next thing it hears is the next thing that happens.
        happen(&house, &anna, 1).await;
        let seen = witness.hears(seen.len() + 1).await;
        assert_eq!(back.hears(4).await, seen[seen.len() - 4..]);
        assert_eq!(late.heard().len(), 4, "it was gone");

        // What was heard is what happened here, once and in order, and nothing of others.
        assert_eq!(seen.iter().map(moment).collect::<Vec<_>>(), events(&house, &anna).await[begun..]);
        assert!(seen.iter().all(|event| event["kind"] == "PROBE_DONE"), "{seen:?}");
        drop((witness, back));
        house.end(processes).await;
    }

    async fn a_cursor_that_is_none_is_refused(house: House) {
        let running = house.serve().await;
        let anna = Api::of(&running).register("anna@example.org").await;
        for garbage in ["", "garbage", "evt_", "evt_-1", "1"] {
            let follower = Follower::start(&running, &anna, Some(&json!(garbage)));
            let heard = follower.hears(1).await;
            assert_eq!(heard[0]["errors"][0]["extensions"]["code"], "INVALID", "{garbage:?}: {heard:?}");
        }
        house.stop(vec![running]).await;
    }

    async fn a_session_that_ends_takes_its_sockets_along(house: House) {
        let processes = vec![house.serve().await, house.second().await];
        let (api, there) = (Api::of(&processes[0]), &processes[1]);
        let own = api.register("anna@example.org").await;
        let beside = api.sign_in("anna@example.org").await;
        // A third one is in another household, which hears of it by a job.
        let away = api.sign_in("anna@example.org").await;
        let household = api.found(&away.access, "WG", "EUR").await;
        let away = api.switched(&away.access, &household["id"]).await;
        let followers = [&own, &beside, &away].map(|session| Follower::start(there, session, None));
        for (follower, session) in followers.iter().zip([&own, &beside, &away]) {
            within_a_minute("it listens", async || {
                happen(&house, session, 1).await;
                (!follower.heard().is_empty()).then_some(())
            })
            .await;
        }
        api.change_password(&own.access, PASSWORD, "battery staple").await.done();
        let [own_follower, others @ ..] = &followers;
        for other in others {
            other.is_sent_away().await;
        }
        assert!(own_follower.heard().iter().all(|line| line["closed"].is_null()), "her own session goes on");
        api.ask_as(&own.access, LOGOUT, json!({})).await.done();
        own_follower.is_sent_away().await;
        house.end(processes).await;
    }
}
