//! Refreshing: tokens rotate, a repeat gets the same answer for a while, a token from long ago ends the session.

use super::client::Api;
use crate::house::on_both_sizes;

on_both_sizes! {
    async fn a_refresh_rotates_and_its_repeat_gets_the_same(house: House) {
        let running = house.serve().await;
        let api = Api::of(&running);
        let first = api.register("anna@example.org").await;
        let second = api.refreshed(&first.refresh).await;
        assert_ne!(second.refresh, first.refresh);
        assert_eq!((&second.person, &second.household), (&first.person, &first.household));
        // A lost answer, and a second tab.
        for _ in 0..3 {
            assert_eq!(api.refreshed(&first.refresh).await.refresh, second.refresh);
        }
        assert!(api.admits(&first.access).await && api.admits(&second.access).await);
        let third = api.refreshed(&second.refresh).await;
        assert!(third.refresh != second.refresh && third.refresh != first.refresh);
        assert_eq!(api.refreshed(&second.refresh).await.refresh, third.refresh);
        house.stop(vec![running]).await;
    }

    async fn an_old_refresh_token_ends_the_session_at_once(house: House) {
        let processes = vec![house.serve().await, house.second().await];
        let (api, other) = (Api::of(&processes[0]), Api::of(&processes[1]));
        let first = api.register("anna@example.org").await;
        let beside = api.sign_in("anna@example.org").await;
        let second = api.refreshed(&first.refresh).await;
        let third = api.refreshed(&second.refresh).await;
        assert!(other.admits(&third.access).await);
        api.refresh(&first.refresh).await.assert_refused(200, "UNAUTHENTICATED");
        for session in [&first, &second, &third] {
            assert!(!other.admits(&session.access).await && !api.admits(&session.access).await);
            other.refresh(&session.refresh).await.assert_refused(200, "UNAUTHENTICATED");
        }
        // It was stolen or not, her other session was not.
        assert!(api.admits(&beside.access).await);
        api.refreshed(&beside.refresh).await;
        house.stop(processes).await;
    }

    async fn two_refreshes_at_once_get_the_same(house: House) {
        let processes = vec![house.serve().await, house.second().await];
        let (api, other) = (Api::of(&processes[0]), Api::of(&processes[1]));
        let mut session = api.register("anna@example.org").await;
        for round in 0..8 {
            let (one, two) = tokio::join!(api.refreshed(&session.refresh), other.refreshed(&session.refresh));
            assert_eq!(one.refresh, two.refresh, "round {round}");
            assert_ne!(one.refresh, session.refresh, "round {round}");
            assert!(other.admits(&one.access).await && api.admits(&two.access).await);
            session = two;
        }
        house.stop(processes).await;
    }
}
