//! The contract with clients: the schema in the repository is the one that the program serves.

use crate::house::{House, Size};

#[tokio::test]
async fn the_schema_is_written_down() {
    let printed = House::new(Size::Embedded).await.command(&["schema"]).await;
    let written = include_str!("../schema.graphql");
    let place = printed.lines().zip(written.lines()).position(|(printed, written)| printed != written);
    let line = place.unwrap_or_else(|| printed.lines().count().min(written.lines().count())) + 1;
    assert!(
        printed == written,
        "schema.graphql differs from line {line} on: run `cargo run -- schema > schema.graphql`"
    );
}
