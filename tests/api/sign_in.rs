//! Registering and signing in.

use chrono::{DateTime, TimeDelta};
use harness::process::Running;
use serde_json::{Value, json};

use super::client::{Api, LOGOUT, PASSWORD, REGISTER, Session, anna, written};
use crate::house::on_both_sizes;

on_both_sizes! {
    async fn a_person_registers_and_signs_in(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        let answer = api.ask(REGISTER, json!({ "input": anna(" Anna.Meier@Example.org ") })).await;
        let first = Session::of(&answer.done()["register"]);
        assert!(answer.headers.get("set-cookie").is_none(), "nobody asked for cookies");

        let me = api.me(&first.access).await;
        let household = json!({ "id": first.household, "name": "Anna", "currency": "CHF", "role": "OWNER" });
        assert_eq!(
            me,
            json!({
                "id": first.person, "email": "anna.meier@example.org",
                "name": "Anna", "locale": "de-CH", "timeZone": "Europe/Zurich",
                "createdAt": me["createdAt"], "household": household, "households": [household],
            })
        );
        let left = |field: &str| moment(&answer.data["register"][field]) - moment(&me["createdAt"]);
        assert!((TimeDelta::minutes(10)..TimeDelta::minutes(11)).contains(&left("accessTokenExpiresAt")));
        assert!((TimeDelta::days(30)..TimeDelta::days(31)).contains(&left("refreshTokenExpiresAt")));

        let second = api.sign_in("ANNA.meier@EXAMPLE.ORG").await;
        assert_eq!((&second.person, &second.household), (&first.person, &first.household));
        assert!(second.access != first.access && second.refresh != first.refresh);
        assert!(api.admits(&first.access).await && api.admits(&second.access).await, "one sign-in ends no other");
        house.stop(vec![running]).await;
    }

    async fn what_is_left_out_has_its_default(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        let input = json!({ "email": "a@example.org", "password": PASSWORD, "name": "Ä", "currency": "JPY" });
        let session = Session::of(&api.ask(REGISTER, json!({ "input": input })).await.done()["register"]);
        let me = api.me(&session.access).await;
        assert_eq!((&me["locale"], &me["timeZone"]), (&json!("en"), &json!("UTC")));
        house.stop(vec![running]).await;
    }

    async fn an_address_registers_once(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        let first = api.register("anna@example.org").await;
        let mut again = anna("ANNA@example.org");
        again["password"] = json!("battery staple");
        let conflict = api.ask(REGISTER, json!({ "input": again })).await;
        conflict.assert_refused(200, "CONFLICT");
        // Four at once are one person too.
        let crowd = api.ask(&crowd("berta@example.org", 4), json!({})).await;
        assert_eq!(crowd.codes(), ["CONFLICT"; 3]);
        let (one, other) = tokio::join!(
            api.ask(REGISTER, json!({ "input": anna("cora@example.org") })),
            api.ask(REGISTER, json!({ "input": anna("cora@example.org") })),
        );
        assert_eq!([one.codes(), other.codes()].concat(), ["CONFLICT"]);
        // The first one is who she was.
        assert_eq!(api.sign_in("anna@example.org").await.person, first.person);
        api.login("anna@example.org", "battery staple").await.assert_refused(200, "WRONG_CREDENTIALS");
        house.stop(vec![running]).await;
    }

    async fn a_wrong_password_and_an_unknown_address_look_alike(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        api.register("anna@example.org").await;
        let wrong = api.login("anna@example.org", "wrong horse").await;
        wrong.assert_refused(200, "WRONG_CREDENTIALS");
        let long = "x".repeat(100_000);
        for (email, password) in [
            ("nobody@example.org", PASSWORD),
            ("not an address", PASSWORD),
            ("anna@example.org\0", PASSWORD),
            ("", ""),
            (&long, PASSWORD),
            ("anna@example.org", ""),
            ("anna@example.org", &long),
        ] {
            let unknown = api.login(email, password).await;
            assert_eq!(unknown.seen(), wrong.seen(), "{} {}", email.len(), password.len());
        }
        house.stop(vec![running]).await;
    }

    async fn a_wrong_password_and_an_unknown_address_are_the_same_work(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        api.register("anna@example.org").await;
        // The time on a processor, because the other time depends on what else the machine does.
        let mut work = [0; 2];
        for _ in 0..8 {
            for (work, email) in work.iter_mut().zip(["anna@example.org", "nobody@example.org"]) {
                let before = processor_ticks(&running);
                api.login(email, "wrong horse").await.assert_refused(200, "WRONG_CREDENTIALS");
                *work += processor_ticks(&running) - before;
            }
        }
        // Without the hashing it would be a tenth.
        let [known, unknown] = work;
        assert!(known < unknown * 2 && unknown < known * 2, "{known} and {unknown} ticks");
        house.stop(vec![running]).await;
    }

    async fn nobody_is_told_to_sign_in(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        for document in [
            "{ me { id } }",
            LOGOUT,
            "mutation { refreshSession { me { id } } }",
            "mutation { updateProfile(input: { name: \"X\" }) { id } }",
            "mutation { changePassword(input: { currentPassword: \"\", newPassword: \"battery staple\" }) }",
            "mutation { createHousehold(input: { name: \"X\", currency: \"EUR\" }) { id } }",
            "mutation { switchHousehold(id: \"hh_0000000000000\") { me { id } } }",
        ] {
            api.ask(document, json!({})).await.assert_refused(200, "UNAUTHENTICATED");
        }
        // A nullable field that fails is null, and its siblings survive.
        let answer = api.ask("{ me { name } __typename }", json!({})).await;
        assert_eq!((answer.status, &answer.data), (200, &json!({ "me": null, "__typename": "Query" })));
        assert_eq!((answer.codes(), &answer.errors[0]["path"]), (vec!["UNAUTHENTICATED"], &json!(["me"])));
        house.stop(vec![running]).await;
    }
}

fn moment(value: &Value) -> DateTime<chrono::FixedOffset> {
    DateTime::parse_from_rfc3339(value.as_str().expect("a moment")).expect("RFC 3339")
}

/// The time that a process has spent on processors, in hundredths of a second.
fn processor_ticks(running: &Running) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", running.pid())).expect("a running process");
    // The name before it may hold anything. Field 3 is the state; 14 and 15 are user and system time.
    let (_, fields) = stat.rsplit_once(") ").expect("a name in parentheses");
    fields.split(' ').skip(14 - 3).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
}

/// A document that registers one address so many times.
fn crowd(email: &str, count: usize) -> String {
    let input = format!("{{ email: \"{email}\", password: \"{PASSWORD}\", name: \"A\", currency: \"EUR\" }}");
    let field = |n| format!("a{n}: register(input: {input}) {{ me {{ id }} }} ");
    format!("mutation {{ {} }}", written(count, field))
}
