//! Events: whoever was away gets everything since, in order, once.

use harness::within_a_minute;
use serde_json::Value;

use crate::house::on_both_sizes;

on_both_sizes! {
    async fn a_subscriber_that_was_away_gets_everything_since_its_cursor(house: House) {
        let running = house.serve().await;
        house.probe(&["--count", "30", "--label", "seen"]).await;
        house.until_idle().await;
        let first = house.events(0).await;
        assert_eq!(first.len(), 30);
        let cursor = first[19]["seq"].as_i64().expect("a number");

        // It comes back after its twentieth event, and stays.
        let follower = house.florin.start(&["events", "--follow", "--after", &cursor.to_string()]);
        let heard = async |count: usize| {
            within_a_minute("everything is heard", async || {
                let heard: Vec<Value> = follower.stdout().lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
                (heard.len() >= count).then_some(heard)
            }).await
        };
        assert_eq!(heard(10).await, first[20..]);
        house.probe(&["--count", "500", "--label", "live"]).await;
        let all = heard(510).await;
        house.until_idle().await;
        assert_eq!(all, house.events(cursor).await, "the same events in the same order");
        let numbers: Vec<i64> = all.iter().map(|event| event["seq"].as_i64().expect("a number")).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "numbers grow: {numbers:?}");
        follower.kill();
        house.end(vec![running]).await;
    }
}
