//! What households chose for a merchant helps others, if enough of them agreed to it; nothing else leaves a household.

use serde_json::{Value, json};

use super::{manual::account, person::Person};
use crate::house::on_both_sizes;

const SET: &str = "mutation($isOn: Boolean!) { setCrowdContribution(isOn: $isOn) { isOn voteCount } }";
const GET: &str = "{ crowdContribution { isOn voteCount } }";

on_both_sizes! {
    async fn what_five_households_chose_helps_a_sixth(house: House) {
        let running = house.serve().await;
        let stranger = Person::register(&running, "stranger@example.org").await;
        let purse = account(&stranger, "Purse", "EUR", "0").await;
        let coffee = stranger.category("FOOD_AND_DRINK_COFFEE").await;
        assert_eq!(stranger.done(GET, json!({})).await, json!({ "isOn": false, "voteCount": 0 }), "nobody contributes unasked");
        let mut homes = Vec::new();
        for number in 0..5 {
            house.until_idle().await;
            let before = stranger.enter(&purse, "QWYLLA 0001", "-5").await;
            assert_ne!(stranger.why(&before).await["categorization"]["source"], json!("CROWD"), "{number} are too few");
            let home = Person::register(&running, &format!("home{number}@example.org")).await;
            let theirs = account(&home, "Purse", "EUR", "0").await;
            // What was chosen before counts, and what is chosen afterwards.
            if number % 2 == 0 {
                assert_eq!(home.done(SET, json!({ "isOn": true })).await, json!({ "isOn": true, "voteCount": 0 }));
            }
            home.choose(&home.enter(&theirs, "QWYLLA 0002 BERLIN", "-7").await, &coffee).await;
            assert_eq!(home.done(SET, json!({ "isOn": true })).await, json!({ "isOn": true, "voteCount": 1 }));
            homes.push(home);
        }
        house.until_idle().await;
        let helped = stranger.enter(&purse, "POS QWYLLA 0003", "-5").await;
        stranger.is_of(&helped, &coffee, "CROWD").await;
        let why = stranger.why(&helped).await;
        assert_eq!(why["categorization"]["because"], json!("Most households that chose a category for Qwylla chose this one."));
        assert_eq!((&why["categorization"]["confidence"], &why["isCategoryLocked"]), (&json!(0.75), &json!(false)));

        // Taken back, it helps nobody.
        assert_eq!(homes[0].done(SET, json!({ "isOn": false })).await, json!({ "isOn": false, "voteCount": 0 }));
        house.until_idle().await;
        let after = stranger.enter(&purse, "QWYLLA 0004", "-5").await;
        assert_ne!(stranger.why(&after).await["categorization"]["source"], json!("CROWD"));
        stranger.is_of(&helped, &coffee, "CROWD").await;
        assert_eq!(stranger.ask(SET, json!({ "isOn": Value::Null })).await.codes(), ["GRAPHQL_VALIDATION_FAILED"]);
        house.end(vec![running]).await;
    }
}
