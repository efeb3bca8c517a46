//! Processes are killed and frozen in the middle of a pull: it is done once, by whoever is left.

use harness::within_a_minute;
use serde_json::json;

use super::{
    bank::Bank,
    person::{Linked, Person},
};
use crate::house::{HANGS_AFTER, House, on_both_sizes};

/// Many pages: there is a middle.
const CUSTOMER: &str = "load-20000";
const MONTHS: u32 = 9;

/// Begins to pull, and waits until some pages are booked and others are not.
async fn half_pulled(anna: &Person, bank: &Bank) -> Linked {
    let linked = Linked::begin(anna, bank, CUSTOMER, MONTHS).await;
    within_a_minute("some rows are here", async || {
        let page = anna.done("{ transactions(first: 1) { edges { cursor } } }", json!({})).await;
        (!page["edges"].as_array()?.is_empty()).then_some(())
    })
    .await;
    linked
}

on_both_sizes! {
    async fn a_killed_process_leaves_half_a_pull_to_the_next(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let running = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&running, "anna@example.org").await;
        let mut linked = half_pulled(&anna, &bank).await;
        running.kill();
        running.wait(HANGS_AFTER).await;
        let next = house.serve().await;
        let anna = anna.at(&next);
        assert_eq!(anna.connection(&linked.connection).await["status"], "PULLING", "the kill came too late to show anything");
        linked.complete(&anna).await;
        linked.assert_sums_agree(&anna).await;
        house.end(vec![next]).await;
    }

    async fn a_frozen_process_loses_its_pull_to_another(house: House) {
        let (house, banking) = house.with_sandbox().await;
        // One serves, and works where there is but one process; the other takes over.
        let frozen = house.serve().await;
        let bank = Bank::at(&House::address(&banking));
        let anna = Person::register(&frozen, "anna@example.org").await;
        let mut linked = half_pulled(&anna, &bank).await;
        house.freeze(&frozen).await;
        let other = house.second().await;
        let worker = if house.size == crate::house::Size::Production { Some(house.worker().await) } else { None };
        let anna = anna.at(&other);
        assert_eq!(anna.connection(&linked.connection).await["status"], "PULLING", "it froze too late to show anything");
        linked.complete(&anna).await;
        frozen.thaw();
        // Whatever it still wrote is refused: the claim is another's.
        within_a_minute("the late pull ends", async || {
            let runs = crate::house::runs(&frozen);
            runs.iter().any(|run| run["outcome"] == "fenced").then_some(())
        })
        .await;
        linked.assert_sums_agree(&anna).await;
        house.end([Some(frozen), Some(other), worker].into_iter().flatten().collect()).await;
    }

    async fn two_workers_pull_many_and_each_once(house: House) {
        let (house, banking) = house.with_sandbox().await;
        let processes = vec![house.serve().await, house.worker().await];
        let bank = Bank::at(&House::address(&banking));
        let mut all = Vec::new();
        for n in 0..6 {
            let person = Person::register(&processes[0], &format!("person{n}@example.org")).await;
            let linked = Linked::begin(&person, &bank, &format!("person{n}"), 3).await;
            all.push((person, linked));
        }
        for (person, linked) in &mut all {
            linked.complete(person).await;
            linked.assert_agrees(person).await;
        }
        house.end(processes).await;
    }
}
