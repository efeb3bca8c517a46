//! `florin bench …`: how fast it is, against a ceiling measured in the same run on the same machine.

mod categorize;
mod import;
mod ingest;
mod page;
mod parse;
mod read;
mod statement;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Result, bail};
use domain::id::{HouseholdId, JobId};
use scoped_futures::ScopedFutureExt;
use service::{Db, Scope, event::Event, household, identity, job, probe};
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{cli, compose, config::Config};

/// How long the ceiling is measured.
const CEILING: Duration = Duration::from_secs(5);
/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(100);
/// Jobs that a household gets at once.
const ROUND: u32 = 2;

/// Runs one of them.
pub(crate) async fn run(config: &Config, what: cli::Bench) -> Result<()> {
    match what {
        cli::Bench::Jobs(size) => in_database(config, async |db, stop| jobs(config, db, size, stop).await).await,
        cli::Bench::Import(size) => {
            in_database(config, async |db, stop| import::run(config, db, &size, stop).await).await
        }
        cli::Bench::Ingest(size) => in_database(config, async |db, _| ingest::run(config, db, &size).await).await,
        cli::Bench::Read(size) => in_database(config, async |db, stop| read::run(config, db, &size, stop).await).await,
        cli::Bench::Parse(size) => parse::run(&size),
        cli::Bench::Categorize(size) => categorize::run(&size),
    }
}

/// Runs one that needs a database: one without people.
async fn in_database(config: &Config, bench: impl AsyncFnOnce(&Db, &CancellationToken) -> Result<()>) -> Result<()> {
    let stop = CancellationToken::new();
    let key = crate::config::key::load_or_generate(config)?;
    let db = compose::connect_to_serve(config, &key, &stop).await?;
    db.migrate().await?;
    if identity::any_registered(&db).await? {
        bail!(
            "a benchmark leaves rows behind, and this database has people in it: give it one of its own (DATABASE_URL, FLORIN_DATA_FOLDER)"
        );
    }
    let outcome = bench(&db, &stop).await;
    stop.cancel();
    db.close().await?;
    outcome
}

/// Durable jobs without work, end to end: claimed, run, their effect and their end committed. The ceiling is the commit of the same
/// effect without a job.
async fn jobs(config: &Config, db: &Db, size: cli::BenchJobs, stop: &CancellationToken) -> Result<()> {
    let slots = config.worker.routine_slots;
    let mut households = Vec::with_capacity(size.households);
    for _ in 0..size.households {
        households.push(household::create(db, "bench", "XXX").await?);
    }
    println!(
        "{} jobs in {} households, {slots} at once, {} connections",
        size.count, size.households, config.database.connections
    );
    let ceiling = commits(db, &households, slots).await?;
    println!("ceiling   {ceiling:>8.0} commits a second, of one event each");
    let wanted = job::Probe {
        label: "bench".to_owned(),
        lane: domain::job::Lane::Routine.name().to_owned(),
        hold_ms: 0,
        end: job::ProbeEnd::Done,
        unique: None,
        serial: None,
        group: None,
    };
    let rounds = size.count.div_ceil(u32::try_from(households.len())?).div_ceil(ROUND);
    for _ in 0..rounds {
        // Neighbours in the table belong to different households, as those of a real day do.
        let round =
            households.iter().map(|household| probe::enqueue(db, Scope::of_operator(*household), &wanted, ROUND));
        futures::future::try_join_all(round).await?;
    }
    let total = f64::from(rounds * ROUND) * f64::from(u32::try_from(households.len())?);
    let begun = Instant::now();
    let worker = stop.child_token();
    let work = tokio::spawn({
        let (config, db, worker) = (config.clone(), db.clone(), worker.clone());
        let outside = compose::outside(&config, &db, "http://localhost", None)?;
        async move { compose::work(&config, db, outside, worker).await }
    });
    while job::counts(db).await?.values().sum::<i64>() > 0 {
        tokio::time::sleep(LOOK).await;
    }
    let rate = total / begun.elapsed().as_secs_f64();
    worker.cancel();
    work.await??;
    println!("jobs      {rate:>8.0} a second, end to end: {:.0} % of the ceiling", 100.0 * rate / ceiling);
    println!("retries   {:>8} units of work began again because another transaction was in the way", db.retries());
    Ok(())
}

/// Commits a second of units of work that leave one event, `at_once` of them at a time.
async fn commits(db: &Db, households: &[HouseholdId], at_once: usize) -> Result<f64> {
    let (done, begun) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let mut tasks = JoinSet::new();
    for first in 0..at_once {
        let (db, done, households) = (db.clone(), done.clone(), households.to_vec());
        tasks.spawn(async move {
            let mine = households.iter().cycle().skip(first);
            for household in mine {
                if begun.elapsed() >= CEILING {
                    break;
                }
                let scope = Scope::of_operator(*household);
                let effect = |unit: &mut service::Unit| unit.emit(Event::probe_done(JobId(1), "ceiling"));
                db.write(scope, |unit| {
                    async move {
                        effect(unit);
                        Ok(())
                    }
                    .scope_boxed()
                })
                .await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            service::Result::Ok(())
        });
    }
    while let Some(outcome) = tasks.join_next().await {
        outcome??;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of a few seconds")]
    let count = done.load(Ordering::Relaxed) as f64;
    Ok(count / begun.elapsed().as_secs_f64())
}
