//! How a job ends other than by success at once: retried, put off, parked, dead; and what an operator does then.

use harness::within_a_minute;

use crate::house::{House, on_both_sizes, runs};

on_both_sizes! {
    async fn a_failing_job_is_tried_again_after_growing_pauses(house: House) {
        let running = house.serve().await;
        house.probe(&["--fail-first", "3", "--label", "flaky"]).await;
        house.end_with_effect("flaky", vec![running], |runs| {
            let outcomes: Vec<_> = runs.iter().map(|run| (run["attempt"].as_u64(), run["outcome"].as_str())).collect();
            assert_eq!(outcomes, [(Some(1), Some("retry")), (Some(2), Some("retry")), (Some(3), Some("retry")), (Some(4), Some("done"))]);
        }).await;
    }

    async fn a_job_out_of_attempts_is_dead_until_restarted(house: House) {
        let running = house.serve().await;
        house.probe(&["--fail-first", "5", "--label", "broken"]).await;
        within_a_minute("it is dead", async || (house.count("dead").await == 1).then_some(())).await;
        let dead = house.jobs("dead").await;
        assert_eq!((&dead[0]["attempt"], &dead[0]["reason"]), (&5.into(), &"busy: the probe fails as asked".into()));
        // Restarted it begins anew, and fails five times again.
        house.command(&["jobs", "restart", dead[0]["id"].as_str().expect("an id")]).await;
        within_a_minute("it is dead again", async || {
            (house.jobs("dead").await.first().is_some_and(|job| job["fence"] == 10)).then_some(())
        }).await;
        assert_eq!(house.command(&["jobs", "remove", "--all", "dead"]).await.trim(), "removed 1");
        house.end(vec![running]).await;
        house.assert_each_once("broken", 0).await;
    }

    async fn a_hopeless_job_is_not_tried_again(house: House) {
        let running = house.serve().await;
        house.probe(&["--never", "--label", "hopeless"]).await;
        within_a_minute("it is dead", async || (house.count("dead").await == 1).then_some(())).await;
        assert_eq!(house.jobs("dead").await[0]["attempt"], 1);
        house.command(&["jobs", "remove", "--all", "dead"]).await;
        house.end(vec![running]).await;
    }

    async fn a_panic_takes_nothing_along(house: House) {
        let running = house.serve().await;
        house.probe(&["--panic", "--label", "panic"]).await;
        house.probe(&["--count", "50", "--label", "beside"]).await;
        within_a_minute("it is dead", async || (house.count("dead").await == 1).then_some(())).await;
        assert_eq!(house.jobs("dead").await[0]["reason"], "broken: the handler panicked");
        house.command(&["jobs", "remove", "--all", "dead"]).await;
        house.end(vec![running]).await;
        house.assert_each_once("beside", 50).await;
    }

    async fn a_parked_job_goes_on_when_a_person_has_acted(house: House) {
        let running = house.serve().await;
        house.probe(&["--park", "--count", "2", "--label", "parked"]).await;
        within_a_minute("they are parked", async || (house.count("parked").await == 2).then_some(())).await;
        let parked = house.jobs("parked").await;
        assert_eq!(parked[0]["reason"], "the probe waits for a person");
        let id = parked[0]["id"].as_str().expect("an id");
        assert_eq!(house.command(&["jobs", "restart", id]).await.trim(), "restarted 1");
        within_a_minute("one is done", async || (house.effects("parked").await.len() == 1).then_some(())).await;
        assert_eq!(house.command(&["jobs", "restart", "--all", "parked"]).await.trim(), "restarted 1");
        house.end(vec![running]).await;
        house.assert_each_once("parked", 2).await;
        let gone = house.refused(&["jobs", "restart", id]).await;
        assert!(gone.stderr.contains("no such parked or dead job"), "{}", gone.stderr);
    }

    async fn a_job_that_puts_itself_off_has_not_failed(house: House) {
        let running = house.serve().await;
        house.probe(&["--later-once", "300", "--label", "later"]).await;
        house.end_with_effect("later", vec![running], |runs| {
            let outcomes: Vec<_> = runs.iter().map(|run| (run["attempt"].as_u64(), run["outcome"].as_str())).collect();
            assert_eq!(outcomes, [(Some(1), Some("later")), (Some(1), Some("done"))]);
        }).await;
    }
}

impl House {
    /// Waits for one effect, looks at the runs, and ends the scenario.
    async fn end_with_effect(
        &self,
        label: &str,
        processes: Vec<harness::process::Running>,
        look: impl Fn(&[serde_json::Value]),
    ) {
        within_a_minute("it had its effect", async || (self.effects(label).await.len() == 1).then_some(())).await;
        within_a_minute("the end is logged", async || {
            processes.iter().flat_map(runs).any(|run| run["outcome"] == "done").then_some(())
        })
        .await;
        look(&processes.iter().flat_map(runs).collect::<Vec<_>>());
        self.end(processes).await;
    }
}
