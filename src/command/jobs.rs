//! `florin jobs …`: the operator's desk.

use anyhow::Result;
use serde_json::json;
use service::{
    Db, Scope, household, job,
    job::{Filter, Listed, ProbeEnd, Restart},
    probe,
};

use crate::{cli, compose, config::Config};

/// Runs one of them.
pub(crate) async fn run(config: &Config, what: cli::Jobs) -> Result<()> {
    let db = compose::connect(config).await?;
    let outcome = act(&db, what).await;
    db.close().await?;
    outcome
}

async fn act(db: &Db, what: cli::Jobs) -> Result<()> {
    match what {
        cli::Jobs::Counts => counts(db).await,
        cli::Jobs::List(list) => {
            let filter = Filter { state: list.state, lane: list.lane, after: list.after };
            job::list(db, filter, list.limit).await?.iter().for_each(print);
            Ok(())
        }
        cli::Jobs::Restart(stopped) => {
            println!("restarted {}", job::restart(db, which(&stopped)).await?);
            Ok(())
        }
        cli::Jobs::Remove(stopped) => {
            println!("removed {}", job::remove(db, which(&stopped)).await?);
            Ok(())
        }
        cli::Jobs::Probe(asked) => enqueue(db, asked).await,
    }
}

/// `{"urgent":{"waiting":0,…},…}`
async fn counts(db: &Db) -> Result<()> {
    let counts = job::counts(db).await?;
    let lane = |lane: domain::job::Lane| {
        let states = job::State::ALL
            .map(|state| (state.name().to_owned(), json!(counts.get(&(lane.name(), state)).copied().unwrap_or(0))));
        (lane.name().to_owned(), serde_json::Value::Object(states.into_iter().collect()))
    };
    println!("{}", serde_json::Value::Object(domain::job::Lane::ALL.map(lane).into_iter().collect()));
    Ok(())
}

fn print(job: &Listed) {
    println!(
        "{}",
        json!({
            "id": job.id.to_string(),
            "household": job.household.to_string(),
            "kind": job.kind,
            "lane": job.lane.name(),
            "state": job.state.name(),
            "attempt": job.attempt,
            "fence": job.fence,
            "runAtMs": job.run_at_ms,
            "worker": job.worker,
            "heldBy": job.held_by,
            "reason": job.reason,
        })
    );
}

fn which(stopped: &cli::Stopped) -> Restart {
    match (stopped.id, stopped.all) {
        (Some(id), _) => Restart::One(id),
        (None, Some(state)) => Restart::All(state),
        (None, None) => unreachable!("the command line demands one of them"),
    }
}

async fn enqueue(db: &Db, asked: cli::Probe) -> Result<()> {
    let scope = Scope::of_operator(asked.household.unwrap_or(household::HOUSE));
    let end = match asked.end {
        cli::ProbeEnd { fail_first: Some(attempts), .. } => ProbeEnd::FailFirst(attempts),
        cli::ProbeEnd { later_once: Some(after_ms), .. } => ProbeEnd::LaterOnce { after_ms },
        cli::ProbeEnd { park: true, .. } => ProbeEnd::Park,
        cli::ProbeEnd { never: true, .. } => ProbeEnd::Never,
        cli::ProbeEnd { panic: true, .. } => ProbeEnd::Panic,
        cli::ProbeEnd { abort: true, .. } => ProbeEnd::Abort,
        cli::ProbeEnd { .. } => ProbeEnd::Done,
    };
    let wanted = job::Probe {
        label: asked.label,
        lane: asked.lane.name().to_owned(),
        hold_ms: asked.hold_milliseconds,
        end,
        unique: asked.unique,
        serial: asked.serial,
        group: asked.group,
    };
    probe::enqueue(db, scope, &wanted, asked.count).await?;
    println!("enqueued {}", asked.count);
    Ok(())
}
