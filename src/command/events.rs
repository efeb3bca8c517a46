//! `florin events`: what happened in a household.

use anyhow::Result;
use serde_json::json;
use service::{
    Db, Scope, event,
    event::{Feed, Page, Seen},
    household,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{cli, compose, config::Config};

/// Events read at once.
const PAGE: u64 = 1000;

/// Prints them.
pub(crate) async fn run(config: &Config, what: cli::Events) -> Result<()> {
    let scope = Scope::of_operator(what.household.unwrap_or(household::HOUSE));
    let db = compose::connect(config).await?;
    if what.follow {
        let _sweeping = sweep(config, &db);
        return follow(&db, scope, what.after).await;
    }
    let mut after = what.after;
    loop {
        let events = event::list(&db, scope, after, PAGE).await?;
        events.iter().for_each(print);
        match events.last() {
            Some(last) => after = last.seq,
            None => return Ok(db.close().await?),
        }
    }
}

/// Looks for news for as long as the guard lives.
fn sweep(config: &Config, db: &Db) -> DropGuard {
    let stop = CancellationToken::new();
    tokio::spawn(event::sweep(db.clone(), config.worker.sweep, stop.clone()));
    stop.drop_guard()
}

async fn follow(db: &Db, scope: Scope, after: i64) -> Result<()> {
    let mut feed = Feed::begin(db, scope, Some(after)).await?;
    loop {
        match feed.next().await? {
            Page::Events(events) => events.iter().for_each(print),
            Page::Gap { resume_after } => println!("{}", json!({ "gap": true, "resumeAfter": resume_after })),
        }
    }
}

fn print(seen: &Seen) {
    println!("{}", json!({ "seq": seen.seq, "atMs": seen.at_ms, "event": event(&seen.event) }));
}

/// An event of a kind that this version does not know is named so, and stops nobody.
fn event(event: &event::Event) -> serde_json::Value {
    serde_json::to_value(event).unwrap_or_else(|_| json!({ "kind": "unknown" }))
}
