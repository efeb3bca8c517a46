//! Attempts: limited for each account and for each address, whatever way they come.

use harness::within_a_minute;
use serde_json::{Value, json};

use super::client::{Answer, Api, LOGIN, PASSWORD, written};
use crate::house::on_both_sizes;

/// A document that tries so many times to sign in.
fn attempts(email: &str, password: &str, count: usize) -> String {
    let input = format!("{{ email: \"{email}\", password: \"{password}\" }}");
    let field = |n| format!("a{n}: login(input: {input}) {{ me {{ id }} }} ");
    format!("mutation {{ {} }}", written(count, field))
}

/// Asserts that an attempt was refused for being one too many; gives the seconds to wait.
#[track_caller]
fn refused(answer: &Answer) -> u64 {
    answer.assert_refused(200, "RATE_LIMITED");
    answer.errors[0]["extensions"]["retryAfterSeconds"].as_u64().expect("when to come back")
}

on_both_sizes! {
    async fn each_alias_is_an_attempt_at_the_account(house: House) {
        let processes = vec![house.serve().await, house.second().await];
        let (api, other) = (Api::of(&processes[0]), Api::of(&processes[1]));
        api.register("anna@example.org").await;
        api.register("berta@example.org").await;
        let none = json!({});
        // Far too many are refused before the first of them.
        for document in [
            attempts("anna@example.org", "wrong horse", 1000),
            attempts("anna@example.org", "wrong horse", 21),
            // Neither a fragment nor a second operation hides them.
            attempts("anna@example.org", "wrong horse", 11).replacen(
                "mutation {",
                "mutation { ...F ...F } fragment F on Mutation {",
                1,
            ),
            format!(
                "query Q {{ __typename }} {}",
                attempts("anna@example.org", "wrong horse", 21).replacen("mutation", "mutation M", 1)
            ),
        ] {
            api.ask(&document, none.clone()).await.assert_refused(400, "QUERY_TOO_COSTLY");
        }
        // As many as there may be: ten are looked at, and no other; so nothing of the above was.
        let answer = api.ask(&attempts("anna@example.org", "wrong horse", 20), none).await;
        let (looked_at, turned_away) = (["WRONG_CREDENTIALS"; 10], ["RATE_LIMITED"; 10]);
        assert_eq!(answer.codes(), [looked_at, turned_away].concat());
        assert!(
            answer.data.as_object().is_some_and(|fields| fields.len() == 20 && fields.values().all(Value::is_null))
        );
        for error in &answer.errors[10..] {
            let seconds = error["extensions"]["retryAfterSeconds"].as_u64();
            assert!(seconds.is_some_and(|seconds| (1..=31).contains(&seconds)), "{error}");
        }
        // The right password is refused too, in every process and in every spelling; other accounts are free.
        for api in [&api, &other] {
            let wait = refused(&api.login(" ANNA@example.org", PASSWORD).await);
            assert!((1..=31).contains(&wait), "{wait}");
        }
        other.sign_in("berta@example.org").await;
        house.stop(processes).await;
    }

    async fn who_knows_the_password_begins_afresh(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        let anna = api.register("anna@example.org").await;
        let wrong = attempts("anna@example.org", "wrong horse", 9);
        assert_eq!(api.ask(&wrong, json!({})).await.codes(), ["WRONG_CREDENTIALS"; 9]);
        api.sign_in("anna@example.org").await;
        assert_eq!(api.ask(&wrong, json!({})).await.codes(), ["WRONG_CREDENTIALS"; 9]);
        // A change of password is an attempt as well: whoever found a session open may not guess on. This is the tenth.
        let guess = "changePassword(input: { currentPassword: \"wrong horse\", newPassword: \"battery staple\" })";
        let guesses = format!("mutation {{ a: {guess} b: {guess} }}");
        assert_eq!(api.ask_as(&anna.access, &guesses, json!({})).await.codes(), ["INVALID", "RATE_LIMITED"]);
        assert!(api.admits(&anna.access).await);
        house.stop(vec![running]).await;
    }

    async fn attempts_from_an_address_are_limited_over_all_accounts(house: House) {
        let house = house.with("FLORIN_TRUSTED_PROXIES", "127.0.0.0/8");
        let running = house.serve().await;
        let api = Api::of(&running);
        api.register("anna@example.org").await;
        let from = async |address: &str| {
            let variables = json!({ "input": { "email": "anna@example.org", "password": PASSWORD } });
            api.graphql(LOGIN, variables, &[("x-forwarded-for", address)]).await
        };
        // The last hop that is no proxy of ours counts; what is left of it anybody can write.
        let mut tried = 0;
        let wait = loop {
            let variables = json!({ "input": { "email": format!("nobody{tried}@example.org"), "password": PASSWORD } });
            let forwarded = format!("192.0.2.{tried}, 198.51.100.7");
            let answer = api.graphql(LOGIN, variables, &[("x-forwarded-for", &forwarded)]).await;
            if answer.codes() != ["WRONG_CREDENTIALS"] {
                break refused(&answer);
            }
            tried += 1;
        };
        // Thirty at once, and those for which there was room again meanwhile.
        assert!((30..60).contains(&tried) && (1..=4).contains(&wait), "{tried} attempts, {wait} s");
        refused(&from("198.51.100.7").await);
        from("198.51.100.8").await.done();
        // It was full for a short while only.
        within_a_minute("there is room again", async || (from("198.51.100.7").await.codes().is_empty()).then_some(()))
            .await;
        house.stop(vec![running]).await;
    }

    async fn a_header_of_nobodys_proxy_is_not_believed(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        let mut answers = Vec::new();
        for n in 0..3 {
            let document = attempts(&format!("nobody{n}@example.org"), PASSWORD, 20);
            let answer = api.graphql(&document, json!({}), &[("x-forwarded-for", &format!("192.0.2.{n}"))]).await;
            answers.extend(answer.codes().into_iter().map(str::to_owned));
        }
        // The third account would have had room for ten, the address had not.
        let looked_at = answers[40..].iter().filter(|code| *code == "WRONG_CREDENTIALS").count();
        assert!(looked_at < 10, "{answers:?}");
        house.stop(vec![running]).await;
    }
}
