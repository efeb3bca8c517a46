//! Households: a token is for one of them, and a person goes from one to another.

use serde_json::json;

use super::client::Api;
use crate::house::on_both_sizes;

on_both_sizes! {
    async fn a_person_goes_to_another_household(house: House) {
        let processes = vec![house.serve().await, house.second().await];
        let (api, other) = (Api::of(&processes[0]), Api::of(&processes[1]));
        let home = api.register("anna@example.org").await;
        let founded = api.found(&home.access, " WG ", "EUR").await;
        assert_eq!(founded, json!({ "id": founded["id"], "name": "WG", "currency": "EUR", "role": "OWNER" }));
        let me = api.me(&home.access).await;
        assert_eq!(
            (&me["household"]["id"], &me["households"][1]),
            (&json!(home.household), &founded),
            "nobody has gone anywhere yet"
        );

        let away = other.switched(&home.access, &founded["id"]).await;
        assert_eq!(founded["id"], away.household);
        assert_eq!(api.me(&away.access).await["household"], founded);
        assert_eq!(
            other.me(&home.access).await["household"]["id"],
            home.household,
            "the old token answers for the old household"
        );
        // The session and the next sign-in go on where she went.
        assert_eq!(api.refreshed(&away.refresh).await.household, away.household);
        assert_eq!(api.sign_in("anna@example.org").await.household, away.household);

        let back = api.switched(&away.access, &json!(home.household)).await;
        assert_eq!(back.household, home.household);
        assert_eq!(api.sign_in("anna@example.org").await.household, home.household);
        house.stop(processes).await;
    }
}
