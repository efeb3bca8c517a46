//! The log: a line for every operation, and nothing of what people keep to themselves.

use harness::{http::Request, within_a_minute};
use serde_json::json;

use super::{
    client::{Api, LOGOUT, ME, REGISTER, Session, anna},
    sockets::Follower,
};
use crate::house::{lines, on_both_sizes};

/// What must not be logged, each found nowhere else by chance.
const EMAIL: &str = "marker-address@example.org";
const PASSWORD: &str = "marker-password";
const NEXT_PASSWORD: &str = "marker-new-password";
const NAME: &str = "Marker-Name";
const HOUSEHOLD: &str = "Marker-Household";
const WORDS: &str = "marker";

on_both_sizes! {
    async fn nothing_that_people_keep_to_themselves_is_logged(house: House) {
        let house = house.with("FLORIN_LOG", "debug");
        let running = house.serve().await;
        let api = Api::of(&running);
        let mut input = anna(EMAIL);
        input["password"] = json!(PASSWORD);
        input["name"] = json!(NAME);
        let first = Session::of(&api.ask(REGISTER, json!({ "input": input })).await.done()["register"]);
        api.ask(REGISTER, json!({ "input": input })).await.assert_refused(200, "CONFLICT");
        api.change_password(&first.access, PASSWORD, NEXT_PASSWORD).await.done();
        let second = Session::of(&api.login(EMAIL, NEXT_PASSWORD).await.done()["login"]);
        for _ in 0..10 {
            api.login(EMAIL, "marker-wrong").await;
        }
        api.login(EMAIL, NEXT_PASSWORD).await.assert_refused(200, "RATE_LIMITED");
        let third = api.refreshed(&first.refresh).await;

        // As literals, as what does not parse, as what does not fit, and as what is refused.
        let literal = format!(
            "mutation {{ login(input: {{ email: \"{EMAIL}\", password: \"{PASSWORD}\" }}) {{ accessToken }} }}"
        );
        api.ask(&literal, json!({})).await;
        for document in [
            format!("{{ {literal}"),
            format!("{{ a(x: \"{PASSWORD}\") }}"),
            format!("query Q($x: Int) {{ __typename }} # {EMAIL}"),
        ] {
            api.ask(&document, json!({ "x": PASSWORD })).await;
        }
        let profile =
            format!("mutation {{ updateProfile(input: {{ name: \"{NAME}\", locale: \"{WORDS}\" }}) {{ name }} }}");
        api.ask_as(&first.access, &profile, json!({})).await.assert_invalid("locale");
        api.found(&first.access, HOUSEHOLD, "EUR").await;
        let switch = format!("mutation {{ switchHousehold(id: \"{WORDS}\") {{ accessToken }} }}");
        api.ask_as(&first.access, &switch, json!({})).await.assert_refused(200, "NOT_FOUND");
        let cookie = format!("florin_access={}; florin_refresh={}", second.access, second.refresh);
        api.graphql(ME, json!({}), &[("cookie", &cookie), ("x-florin-client", WORDS)]).await.done();
        api.graphql(ME, json!({}), &[("authorization", &format!("Bearer {}x", second.access))]).await;
        api.send(&Request::get(&format!("/graphql?query=%7B__typename%7D&variables=%7B%22x%22:%22{WORDS}%22%7D")))
            .await;
        api.send(&Request::get(&format!("/{WORDS}?token={}", second.access))).await;
        api.send(&Request::post("/graphql", format!("{{\"{PASSWORD}\"")).header("content-type", "application/json"))
            .await;
        let follower = Follower::start(&running, &third, Some(&json!(WORDS)));
        assert_eq!(follower.hears(1).await[0]["errors"][0]["extensions"]["code"], "INVALID");
        drop(follower);
        within_a_minute("the socket is gone", async || running.stderr().contains("socket closed").then_some(())).await;
        // A token from long ago ends the session, which is worth a line.
        let fourth = api.refreshed(&third.refresh).await;
        api.refresh(&first.refresh).await.assert_refused(200, "UNAUTHENTICATED");
        api.ask_as(&second.access, LOGOUT, json!({})).await.done();

        let log = running.stderr();
        let operations = lines(&running).iter().filter(|line| line["message"] == "graphql").count();
        assert!(operations > 25 && log.contains("\"DEBUG\""), "{operations} operations, at debug");
        let mut secrets = vec![WORDS.to_owned()];
        for session in [first, second, third, fourth] {
            // Neither whole nor in part.
            secrets.extend([session.access, session.refresh].map(|token| token[token.len() - 24..].to_owned()));
        }
        let log = log.to_lowercase();
        for secret in secrets {
            assert!(!log.contains(&secret.to_lowercase()), "{secret} is logged: {log}");
        }
        house.stop(vec![running]).await;
    }
}
