//! Keys: what is unique waits once, what is serial never overlaps, a full group delays no other.

use chrono::DateTime;
use harness::{process::Running, within_a_minute};

use crate::house::{on_both_sizes, runs};

on_both_sizes! {
    async fn two_jobs_of_one_serial_key_never_overlap(house: House) {
        let processes = vec![house.serve().await, house.worker().await];
        // Over two lanes: the key holds across them.
        house.probe(&["--count", "15", "--serial", "one", "--hold-milliseconds", "40", "--lane", "urgent", "--label", "serial"]).await;
        house.probe(&["--count", "15", "--serial", "one", "--hold-milliseconds", "40", "--lane", "bulk", "--label", "serial"]).await;
        house.probe(&["--count", "15", "--serial", "two", "--hold-milliseconds", "40", "--label", "other"]).await;
        house.until_idle().await;
        house.assert_each_once("serial", 30).await;
        house.assert_each_once("other", 15).await;
        let spans = spans(&processes, &house.effects("serial").await, 40);
        assert_eq!(spans.len(), 30);
        for pair in spans.windows(2) {
            assert!(pair[0].1 <= pair[1].0, "overlap: {pair:?}");
        }
        house.end(processes).await;
    }

    async fn a_group_at_its_cap_delays_no_other(house: House) {
        let running = house.serve().await;
        // A hanging bank: far more jobs than slots, each longer than the test.
        house.probe(&["--count", "300", "--group", "hanging:2", "--hold-milliseconds", "50000", "--label", "hanging"]).await;
        within_a_minute("the bank hangs", async || (house.count("running").await == 2).then_some(())).await;
        house.probe(&["--count", "300", "--group", "healthy:8", "--label", "healthy"]).await;
        house.probe(&["--count", "300", "--label", "free"]).await;
        within_a_minute("all others are done", async || {
            (house.effects("healthy").await.len() == 300 && house.effects("free").await.len() == 300).then_some(())
        }).await;
        assert_eq!(house.count("running").await, 2, "the cap held throughout");
        assert_eq!(house.effects("hanging").await.len(), 0);
        house.stop(vec![running]).await;
    }

    async fn a_group_at_its_cap_goes_on_when_it_has_room(house: House) {
        let processes = vec![house.serve().await, house.worker().await];
        house.probe(&["--count", "30", "--group", "bank:3", "--hold-milliseconds", "40", "--label", "bank"]).await;
        house.until_idle().await;
        house.assert_each_once("bank", 30).await;
        let spans = spans(&processes, &house.effects("bank").await, 40);
        for (begun, _) in &spans {
            let beside = spans.iter().filter(|(other, ended)| other <= begun && begun < ended).count();
            assert!(beside <= 3, "{beside} at once");
        }
        house.end(processes).await;
    }

    async fn a_unique_job_waits_once(house: House) {
        house.florin.run(&["migrate"]).await;
        for _ in 0..3 {
            house.probe(&["--count", "50", "--unique", "budget", "--label", "unique", "--lane", "bulk"]).await;
        }
        // The more urgent request makes the one that waits more urgent.
        house.probe(&["--unique", "budget", "--label", "joins", "--lane", "urgent"]).await;
        let waiting = house.jobs("waiting").await;
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0]["lane"], "urgent");
        let running = house.serve().await;
        house.end(vec![running]).await;
        house.assert_each_once("unique", 1).await;
    }

    async fn a_request_during_the_run_is_not_lost(house: House) {
        let running = house.serve().await;
        house.probe(&["--unique", "budget", "--label", "first", "--hold-milliseconds", "1000"]).await;
        within_a_minute("it runs", async || (house.count("running").await == 1).then_some(())).await;
        house.probe(&["--unique", "budget", "--label", "second"]).await;
        house.end(vec![running]).await;
        house.assert_each_once("first", 1).await;
        house.assert_each_once("second", 1).await;
    }
}

/// From when to when the runs of some jobs surely held their claims, in milliseconds, in the order of their beginnings. A run is logged some
/// time after it was settled, and others may have begun since: what is certain is that it held from its beginning, and half of the hold leaves
/// room for how exact a log is.
fn spans(processes: &[Running], jobs: &[String], hold_ms: i64) -> Vec<(i64, i64)> {
    let runs = processes.iter().flat_map(runs).filter(|run| jobs.iter().any(|job| run["job"] == **job));
    let mut spans: Vec<(i64, i64)> = runs
        .map(|run| {
            let logged = DateTime::parse_from_rfc3339(run["timestamp"].as_str().expect("a time"))
                .expect("RFC 3339")
                .timestamp_millis();
            let begun = logged - run["milliseconds"].as_i64().expect("a length");
            (begun, begun + hold_ms / 2)
        })
        .collect();
    spans.sort_unstable();
    spans
}
