//! Lanes: what is urgent overtakes what is not, and what is not still advances.

use harness::within_a_minute;

use crate::house::{HANGS_AFTER, on_both_sizes};

on_both_sizes! {
    async fn an_urgent_job_overtakes_ten_thousand_bulk_jobs(house: House) {
        house.florin.run(&["migrate"]).await;
        house.probe(&["--count", "10000", "--lane", "bulk", "--label", "bulk"]).await;
        let running = house.serve().await;
        house.probe(&["--lane", "urgent", "--label", "urgent"]).await;
        within_a_minute("the urgent one is done", async || (house.effects("urgent").await.len() == 1).then_some(())).await;
        assert!(house.count("waiting").await > 1000, "bulk jobs were left when the urgent one was done");
        house.stop(vec![running]).await;
    }

    async fn bulk_advances_under_an_endless_stream_of_urgent_jobs(house: House) {
        let running = house.serve().await;
        // Eight slots, each busy for longer than it takes to refill the lane.
        house.probe(&["--count", "400", "--lane", "urgent", "--hold-milliseconds", "100", "--label", "urgent"]).await;
        house.probe(&["--count", "20", "--lane", "bulk", "--label", "bulk"]).await;
        within_a_minute("the bulk jobs are done", async || (house.effects("bulk").await.len() == 20).then_some(())).await;
        assert!(house.count("waiting").await > 0, "urgent jobs were still waiting");
        house.end(vec![running]).await;
    }

    async fn a_clean_stop_finishes_or_hands_back(house: House) {
        // The claims outlive a slow machine: nobody but the process itself hands anything back.
        let house = house.with("FLORIN_WORKER_LEASE_SECONDS", "60");
        let first = house.serve().await;
        house.probe(&["--label", "short", "--hold-milliseconds", "1500"]).await;
        house.probe(&["--label", "long", "--hold-milliseconds", "200000", "--lane", "bulk"]).await;
        within_a_minute("both run", async || (house.count("running").await == 2).then_some(())).await;
        first.terminate();
        let status = first.wait(HANGS_AFTER).await;
        assert!(status.success(), "{status}: {}", first.stderr());
        house.assert_each_once("short", 1).await;
        let waiting = house.jobs("waiting").await;
        assert_eq!(waiting.len(), 1);
        // Handed back, not failed: the attempt does not count, the claim does.
        assert_eq!((&waiting[0]["attempt"], &waiting[0]["fence"]), (&0.into(), &1.into()));
    }
}
