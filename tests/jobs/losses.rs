//! Whatever is killed, frozen, flushed or restarted: every job has its effect exactly once.

use std::time::Duration;

use harness::{postgres, redis, within_a_minute};

use crate::house::{HANGS_AFTER, House, on_both_sizes, runs};

/// Puts every ticket that was ever pushed into the queue of the routine lane twenty more times.
const DOUBLE_TICKETS: &str = "
    local tickets = redis.call('hkeys', 'florin-routine:data')
    for _, ticket in ipairs(tickets) do
        for _ = 1, 20 do redis.call('rpush', 'florin-routine:active', ticket) end
    end
    return #tickets";

on_both_sizes! {
    async fn a_killed_worker_loses_and_doubles_nothing(house: House) {
        let first = house.serve().await;
        house.probe(&["--count", "40", "--label", "kill", "--hold-milliseconds", "400"]).await;
        within_a_minute("some are done and some run", async || {
            let (done, running) = (house.effects("kill").await.len(), house.count("running").await);
            (done > 0 && running > 0).then_some(())
        }).await;
        first.kill();
        first.wait(HANGS_AFTER).await;
        assert!(house.effects("kill").await.len() < 40, "the kill came too late to show anything");
        assert!(house.count("running").await > 0, "the claims of the dead process are still there");
        let second = house.serve().await;
        house.until_idle().await;
        house.assert_each_once("kill", 40).await;
        assert!(runs(&second).iter().any(|run| run["attempt"] == 2), "a second attempt was made");
        house.end(vec![second]).await;
    }

    async fn a_frozen_worker_writes_nothing_when_it_wakes(house: House) {
        let frozen = house.serve().await;
        house.probe(&["--label", "freeze", "--hold-milliseconds", "1500"]).await;
        within_a_minute("it runs", async || (house.count("running").await == 1).then_some(())).await;
        house.freeze(&frozen).await;
        let other = house.worker().await;
        within_a_minute("the other one did it", async || (house.effects("freeze").await.len() == 1).then_some(())).await;
        frozen.thaw();
        within_a_minute("the late write was refused", async || {
            runs(&frozen).iter().any(|run| run["outcome"] == "fenced").then_some(())
        }).await;
        house.assert_each_once("freeze", 1).await;
        house.end(vec![frozen, other]).await;
    }

    async fn a_job_that_kills_its_process_is_given_up(house: House) {
        house.florin.run(&["migrate"]).await;
        house.probe(&["--abort", "--label", "abort"]).await;
        // Five attempts are all it gets; every one of them takes a process along.
        for _ in 0..5 {
            let victim = house.florin.start(&["serve"]);
            assert!(!victim.wait(Duration::from_mins(1)).await.success());
        }
        let survivor = house.serve().await;
        within_a_minute("it is dead", async || (house.count("dead").await == 1).then_some(())).await;
        let dead = &house.jobs("dead").await[0];
        assert_eq!((&dead["attempt"], &dead["reason"]), (&5.into(), &"busy: the worker was lost during the attempt".into()));
        house.command(&["jobs", "remove", dead["id"].as_str().expect("an id")]).await;
        house.end(vec![survivor]).await;
    }
}

#[tokio::test]
async fn a_flushed_redis_loses_nothing() {
    let redis = redis::Server::start();
    let house = House::on(postgres::shared(), redis.url()).await;
    let processes = vec![house.serve().await, house.worker().await];
    house.probe(&["--count", "10000", "--label", "flush"]).await;
    for _ in 0..5 {
        redis.flush_all();
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert!(house.count("waiting").await > 0, "the flushes came too late to show anything");
    redis.flush_all();
    house.until_idle().await;
    house.assert_each_once("flush", 10_000).await;
    // The doorbells have recovered too: the queues are registered anew.
    house.probe(&["--label", "after"]).await;
    house.end(processes).await;
    house.assert_each_once("after", 1).await;
}

#[tokio::test]
async fn a_redis_that_is_away_delays_at_most_a_sweep() {
    let mut redis = redis::Server::start();
    let house = House::on(postgres::shared(), redis.url()).await;
    let processes = vec![house.serve().await, house.worker().await];
    house.probe(&["--count", "500", "--label", "before", "--hold-milliseconds", "20"]).await;
    redis.stop_immediately();
    // Every ticket of these is lost.
    house.probe(&["--count", "500", "--label", "without"]).await;
    house.until_idle().await;
    house.assert_each_once("before", 500).await;
    house.assert_each_once("without", 500).await;
    redis.start_again();
    house.probe(&["--count", "500", "--label", "again"]).await;
    house.end(processes).await;
    house.assert_each_once("again", 500).await;
}

#[tokio::test]
async fn doubled_tickets_make_no_difference() {
    let redis = redis::Server::start();
    let house = House::on(postgres::shared(), redis.url()).await;
    let processes = vec![house.serve().await, house.worker().await];
    house.probe(&["--count", "300", "--label", "doubled", "--hold-milliseconds", "10"]).await;
    let mut doubled = 0;
    while house.count("waiting").await > 0 {
        doubled += redis.evaluate(DOUBLE_TICKETS);
    }
    assert!(doubled > 0, "there was no ticket to double");
    house.end(processes).await;
    house.assert_each_once("doubled", 300).await;
}

#[tokio::test]
async fn a_restarted_postgresql_is_found_again() {
    let mut server = postgres::Server::start();
    let redis = redis::Server::start();
    let house = House::on(server.url(), redis.url()).await;
    let processes = vec![house.serve().await, house.worker().await];
    house.probe(&["--count", "2000", "--label", "restart", "--hold-milliseconds", "5"]).await;
    within_a_minute("some are done", async || (house.effects("restart").await.len() > 50).then_some(())).await;
    server.stop_immediately();
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.start_again();
    house.until_idle().await;
    house.end(processes).await;
    house.assert_each_once("restart", 2000).await;
}
