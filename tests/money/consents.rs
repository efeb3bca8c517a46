//! Consents end, are renewed, given twice and taken back: an account is the same through all of it.

use serde_json::{Value, json};

use super::{
    bank::{Bank, text_of},
    person::{Linked, Person, REFRESH, REMOVE},
};
use crate::house::{House, on_both_sizes};

fn ids(all: &[Value]) -> Vec<String> {
    let mut ids: Vec<String> = all.iter().map(|one| text_of(&one["id"])).collect();
    ids.sort_unstable();
    ids
}

on_both_sizes! {
    async fn a_revoked_consent_is_renewed(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let mut linked = Linked::new(&anna, &bank, "anna", 2).await;
        let id = linked.connection.clone();
        // What is a transfer is found after the pull.
        house.until_idle().await;
        let before = linked.assert_agrees(&anna).await;
        bank.revoke("anna").await;
        anna.done(REFRESH, json!({ "id": id })).await;
        let ended = anna.until(&id, "signed out", |now| now["status"] == "SIGN_IN_NEEDED").await;
        assert_eq!((&ended["failure"], &ended["nextPullAt"]), (&json!("SIGN_IN_NEEDED"), &json!(null)));
        anna.ask(REFRESH, json!({ "id": id })).await.assert_refused(200, "CONFLICT");
        house.until_idle().await;
        assert_eq!(house.jobs("waiting").await, Vec::<Value>::new(), "nobody asks a closed door");
        assert_eq!(anna.transactions().await, before, "what was pulled stays");

        bank.purchase("anna", 0, "-33.00", "MEANWHILE", json!({})).await;
        linked.remember().await;
        let renewed = anna.link(&bank, "anna@2", Some(&id)).await;
        assert_eq!((text_of(&renewed["id"]), &renewed["failure"]), (id.clone(), &json!(null)));
        anna.until(&id, "pulled", |now| now["status"] == "ACTIVE" && now["pulledAt"] != ended["pulledAt"]).await;
        let after = linked.assert_agrees(&anna).await;
        let kept: Vec<Value> = after.iter().filter(|one| one["descriptor"] != "MEANWHILE").cloned().collect();
        assert!(ids(&before).iter().all(|id| ids(&kept).contains(id)));
        assert_eq!(anna.found("MEANWHILE").await["amount"]["amount"], "-33.00");
        assert_eq!(anna.connections().await.len(), 1);
        house.end(vec![running]).await;
    }

    async fn a_consent_that_ends_by_itself_asks_for_the_person(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let linked = Linked::new(&anna, &bank, "anna", 1).await;
        bank.advance(91).await;
        anna.done(REFRESH, json!({ "id": linked.connection })).await;
        anna.until(&linked.connection, "signed out", |now| now["status"] == "SIGN_IN_NEEDED").await;
        house.end(vec![running]).await;
    }

    async fn a_second_link_finds_the_accounts(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let mut linked = Linked::new(&anna, &bank, "anna", 2).await;
        let (accounts, before) = (anna.accounts().await, linked.assert_agrees(&anna).await);
        let first = linked.connection.clone();

        linked.remember().await;
        linked.connection = text_of(&anna.link(&bank, "anna@2", None).await["id"]);
        assert_ne!(linked.connection, first);
        linked.complete(&anna).await;
        let after = linked.assert_agrees(&anna).await;
        assert_eq!(ids(&anna.accounts().await), ids(&accounts));
        assert!(ids(&before).iter().all(|id| ids(&after).contains(id)));
        let connections = anna.connections().await;
        assert_eq!(ids(&connections), [linked.connection.clone()], "the one that has nothing left is gone");
        assert_eq!(ids(connections[0]["accounts"].as_array().expect("accounts")), ids(&accounts));

        // Without a connection they stay, and a third link finds them as well.
        let removed = anna.put(REMOVE, json!({ "id": linked.connection })).await;
        assert_eq!(removed, json!(linked.connection));
        assert_eq!(anna.connections().await, Vec::<Value>::new());
        assert_eq!(anna.transactions().await, after);
        assert!(anna.accounts().await.iter().all(|account| account["connection"].is_null()));
        linked.remember().await;
        linked.connection = text_of(&anna.link(&bank, "anna@2", None).await["id"]);
        linked.complete(&anna).await;
        linked.assert_agrees(&anna).await;
        assert_eq!(ids(&anna.accounts().await), ids(&accounts));
        house.end(vec![running]).await;
    }

    async fn what_is_removed_with_its_accounts_is_gone(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let linked = Linked::new(&anna, &bank, "anna", 2).await;
        let berta = Person::register(&running, "berta@example.org").await;
        let mut hers = Linked::new(&berta, &bank, "berta", 2).await;
        house.until_idle().await;
        let before = anna.transactions().await;
        let (account, transaction) = (text_of(&anna.accounts().await[0]["id"]), text_of(&before[0]["id"]));
        anna.assert_sums(&before, ("2020-01-01", "2029-12-31")).await;

        anna.put(REMOVE, json!({ "id": linked.connection, "deleteAccounts": true })).await;
        assert_eq!((anna.accounts().await, anna.connections().await, anna.transactions().await), (vec![], vec![], vec![]));
        anna.assert_sums(&[], ("2020-01-01", "2029-12-31")).await;
        anna.assert_sums(&[], ("2020-01-05", "2029-12-30")).await;
        for id in [&account, &transaction, &linked.connection] {
            anna.node(id).await.assert_refused(200, "NOT_FOUND");
        }
        hers.assert_agrees(&berta).await;
        let mut again = Linked::new(&anna, &bank, "anna", 2).await;
        let after = again.assert_agrees(&anna).await;
        assert!(ids(&after).iter().all(|id| !ids(&before).contains(id)), "new rows are new");
        house.end(vec![running]).await;
    }

    async fn whoever_is_removed_in_the_middle_of_a_pull_stays_away(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let linked = Linked::begin(&anna, &bank, "load-20000", 12).await;
        harness::within_a_minute("some rows are here", async || {
            (!anna.done("{ transactions(first: 1) { edges { cursor } } }", json!({})).await["edges"]
                .as_array()?
                .is_empty())
            .then_some(())
        })
        .await;
        anna.put(REMOVE, json!({ "id": linked.connection, "deleteAccounts": true })).await;
        house.until_idle().await;
        assert_eq!((anna.accounts().await, anna.connections().await, anna.transactions().await), (vec![], vec![], vec![]));
        anna.assert_sums(&[], ("2020-01-01", "2029-12-31")).await;
        house.end(vec![running]).await;
    }
}
