//! The ends of sessions: signing out and a new password are known at once in every process.

use serde_json::json;

use super::client::{Api, LOGOUT, PASSWORD};
use crate::house::on_both_sizes;

const NEW_PASSWORD: &str = "battery staple";

on_both_sizes! {
    async fn signing_out_ends_one_session_in_every_process(house: House) {
        let processes = vec![house.serve().await, house.second().await];
        let (api, other) = (Api::of(&processes[0]), Api::of(&processes[1]));
        let first = api.register("anna@example.org").await;
        let second = other.sign_in("anna@example.org").await;
        assert!(other.admits(&first.access).await && api.admits(&second.access).await);
        assert_eq!(api.ask_as(&first.access, LOGOUT, json!({})).await.done()["logout"], true);
        assert!(!other.admits(&first.access).await && !api.admits(&first.access).await);
        other.refresh(&first.refresh).await.assert_refused(200, "UNAUTHENTICATED");
        assert!(api.admits(&second.access).await, "the other session goes on");
        house.stop(processes).await;
    }

    async fn a_new_password_ends_all_other_sessions_at_once(house: House) {
        let processes = vec![house.serve().await, house.second().await];
        let (api, other) = (Api::of(&processes[0]), Api::of(&processes[1]));
        let own = api.register("anna@example.org").await;
        let beside = other.sign_in("anna@example.org").await;
        // One more, in another household.
        let away = other.sign_in("anna@example.org").await;
        let household = other.found(&away.access, "WG", "EUR").await;
        let away = other.switched(&away.access, &household["id"]).await;
        let berta = api.register("berta@example.org").await;

        assert_eq!(api.change_password(&own.access, PASSWORD, NEW_PASSWORD).await.done()["changePassword"], true);
        for session in [&beside, &away] {
            assert!(!other.admits(&session.access).await && !api.admits(&session.access).await);
            other.refresh(&session.refresh).await.assert_refused(200, "UNAUTHENTICATED");
        }
        assert!(other.admits(&own.access).await && other.admits(&berta.access).await);
        api.refreshed(&own.refresh).await;
        other.login("anna@example.org", PASSWORD).await.assert_refused(200, "WRONG_CREDENTIALS");
        other.login("anna@example.org", NEW_PASSWORD).await.done();
        house.end(processes).await;
    }

    async fn a_bad_change_of_password_changes_nothing(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        let own = api.register("anna@example.org").await;
        let beside = api.sign_in("anna@example.org").await;
        let long = "ß".repeat(129);
        for current in ["wrong horse", "", "\0", &long] {
            api.change_password(&own.access, current, NEW_PASSWORD).await.assert_invalid("currentPassword");
        }
        for new in ["", "short", "aaaaaaaaaaaa", &long] {
            api.change_password(&own.access, PASSWORD, new).await.assert_invalid("newPassword");
        }
        assert!(api.admits(&beside.access).await);
        api.login("anna@example.org", NEW_PASSWORD).await.assert_refused(200, "WRONG_CREDENTIALS");
        api.sign_in("anna@example.org").await;
        house.stop(vec![running]).await;
    }
}
