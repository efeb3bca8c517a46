//! Bad input: each has a code, names its field, and changes nothing.

use serde_json::{Value, json};

use super::client::{Api, CREATE_HOUSEHOLD, PASSWORD, REGISTER, SWITCH, Session, anna};
use crate::house::on_both_sizes;

/// Names of more than 100 characters, or with characters that no line shows.
const BAD_NAMES: [&str; 5] = ["", " \t ", "a\0b", "a\nb", "\u{7f}x"];

on_both_sizes! {
    async fn a_bad_registration_names_its_field_and_registers_nobody(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        let long = "x".repeat(101);
        let bytes = "ß".repeat(129);
        let addresses = [
            "anna@example.org\r\nBcc: all@example.org",
            "anna\0@example.org",
            "anna@example.org\0",
            "",
            "   ",
            "anna",
            "anna@",
            "@example.org",
            "anna@localhost",
            "anna@@example.org",
            "an na@example.org",
            "<anna@example.org>",
            "anna@example..org",
        ];
        let (long_address, longest) = (format!("{}@example.org", "a".repeat(250)), "x".repeat(100_000));
        let wrong = [
            ("email", [&addresses[..], &[&long_address, &longest]].concat()),
            ("password", vec!["", "short", "ninechars", "aaaaaaaaaaaa", "\0\0\0\0\0\0\0\0\0\0", &bytes]),
            ("name", [&BAD_NAMES[..], &[&long]].concat()),
            ("currency", vec!["XXX", "eur", "EURO", "", "€", "EU\0", "DEM"]),
            ("locale", vec!["", "EN", "en_US", "klingon!", "en\0", "de-", "de-toolongpart"]),
            ("timeZone", vec!["", "Mars/Olympus", "CET+1", "../etc/passwd", "Europe/Zurich\0"]),
        ];
        for (field, values) in wrong {
            for value in values {
                let mut input = anna("anna@example.org");
                input[field] = json!(value);
                let answer = api.ask(REGISTER, json!({ "input": input })).await;
                answer.assert_invalid(field);
                let message = answer.errors[0]["message"].as_str().expect("a message");
                assert!(
                    message.starts_with(&format!("{field} must ")) && message.len() < 100,
                    "{field} {value:?}: {message}"
                );
            }
        }
        // What is of the wrong type never reaches a use case.
        for (field, value) in [
            ("email", json!(null)),
            ("password", json!(12)),
            ("currency", json!(["EUR"])),
            ("cookies", json!("yes")),
            ("admin", json!(true)),
        ] {
            let mut input = anna("anna@example.org");
            input[field] = value;
            api.ask(REGISTER, json!({ "input": input })).await.assert_refused(400, "GRAPHQL_VALIDATION_FAILED");
        }
        // Nobody was registered, and none of these counts as an attempt.
        api.register("anna@example.org").await;
        house.stop(vec![running]).await;
    }

    async fn the_longest_input_is_taken(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        let email = format!("{}@{}.example.org", "a".repeat(64), "b".repeat(177));
        let password = "äß".repeat(64);
        let mut input = anna(&email);
        input["password"] = json!(password);
        input["name"] = json!("ß".repeat(100));
        input["locale"] = json!("zh-Hant-TW");
        let session = Session::of(&api.ask(REGISTER, json!({ "input": input })).await.done()["register"]);
        assert_eq!(api.me(&session.access).await["name"], "ß".repeat(100));
        assert_eq!(Session::of(&api.login(&email, &password).await.done()["login"]).person, session.person);
        house.stop(vec![running]).await;
    }

    async fn a_bad_profile_names_its_field_and_changes_nothing(house: House) {
        const UPDATE: &str =
            "mutation($input: UpdateProfileInput!) { updateProfile(input: $input) { name locale timeZone } }";
        let running = house.serve().await;
        let api = Api::of(&running);
        let anna = api.register("anna@example.org").await;
        let update = async |input: Value| api.ask_as(&anna.access, UPDATE, json!({ "input": input })).await;
        let before = api.me(&anna.access).await;
        let long = "x".repeat(101);
        for (field, values) in [
            ("name", [&BAD_NAMES[..], &[&long]].concat()),
            ("locale", vec!["", "EN"]),
            ("timeZone", vec!["", "Nowhere"]),
        ] {
            for value in values {
                // A good field beside the bad one is not written either.
                let mut input = json!({ "name": "Berta", "locale": "fr", "timeZone": "UTC" });
                input[field] = json!(value);
                update(input).await.assert_invalid(field);
            }
        }
        assert_eq!(api.me(&anna.access).await, before);
        let changed = update(json!({ "name": " Anna M. ", "locale": "rm" })).await;
        assert_eq!(
            changed.done()["updateProfile"],
            json!({ "name": "Anna M.", "locale": "rm", "timeZone": "Europe/Zurich" })
        );
        assert_eq!(update(json!({})).await.done(), changed.done(), "what is left out stays");
        house.stop(vec![running]).await;
    }

    async fn a_bad_household_is_not_founded(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        let anna = api.register("anna@example.org").await;
        let long = "x".repeat(101);
        for (field, values) in
            [("name", [&BAD_NAMES[..], &[&long]].concat()), ("currency", vec!["XXX", "eur", "EURO", ""])]
        {
            for value in values {
                let mut input = json!({ "name": "WG", "currency": "EUR" });
                input[field] = json!(value);
                api.ask_as(&anna.access, CREATE_HOUSEHOLD, json!({ "input": input })).await.assert_invalid(field);
            }
        }
        assert_eq!(api.me(&anna.access).await["households"].as_array().map(Vec::len), Some(1));
        house.stop(vec![running]).await;
    }

    async fn ids_of_nothing_and_of_others_are_not_found(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        let (anna, berta) = (api.register("anna@example.org").await, api.register("berta@example.org").await);
        let unknown = format!("{}z", &anna.household[..anna.household.len() - 1]);
        let long = "9".repeat(100_000);
        for id in [
            &berta.household,
            &anna.person,
            &unknown,
            "hh_0000000000000",
            "hh_0000000000001",
            "hh_zzzzzzzzzzzzz",
            "hh_",
            "hh_0",
            "",
            "0",
            "-1",
            "' OR 1=1 --",
            "hh_000000000000\0",
            &long,
            &anna.household.to_uppercase(),
            &format!(" {}", anna.household),
        ] {
            let answer = api.ask_as(&anna.access, SWITCH, json!({ "id": id })).await;
            answer.assert_refused(200, "NOT_FOUND");
            assert_eq!(answer.errors[0]["message"], "no such household", "another's household looks like none");
        }
        api.ask_as(&anna.access, SWITCH, json!({ "id": { "id": 1 } }))
            .await
            .assert_refused(400, "GRAPHQL_VALIDATION_FAILED");
        // She is where she was, and so are her tokens and her next sign-in.
        assert_eq!(api.me(&anna.access).await["household"]["id"], anna.household);
        assert_eq!(api.refreshed(&anna.refresh).await.household, anna.household);
        assert_eq!(
            api.login("anna@example.org", PASSWORD).await.done()["login"]["me"]["household"]["id"],
            anna.household
        );
        house.stop(vec![running]).await;
    }
}
