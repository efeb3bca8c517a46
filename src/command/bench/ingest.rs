//! `florin bench ingest`: pages through the whole pipeline, against the ceiling.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::Result;
use domain::day::{Day, UTC};
use service::{Db, bench::Target, outside::Outside};
use tokio::{
    sync::Mutex,
    task::JoinSet,
    time::{Duration, Instant},
};

use super::page::page;
use crate::{cli::BenchIngest, compose, config::Config};

/// How long the ceiling is measured.
const CEILING: Duration = Duration::from_secs(8);

pub(super) async fn run(config: &Config, db: &Db, size: &BenchIngest) -> Result<()> {
    let outside = compose::outside(config, db, "http://localhost", None)?;
    let rows = size.rows as usize;
    println!(
        "{} pages of {rows} transactions into {} households, {} at once, {} connections",
        size.pages, size.households, size.at_once, config.database.connections
    );
    let ceiling = if db.engine() == service::db::Engine::Postgres { Some(ceiling(db, size).await?) } else { None };
    let rate = pipeline(db, &outside, size).await?;
    println!(
        "pipeline  {rate:>8.0} transactions a second: decoded, archived, reconciled, categorized, inserted, summed, committed"
    );
    match ceiling {
        Some(ceiling) => {
            println!("ceiling   {ceiling:>8.0} transactions a second: one statement a page, on the same tables");
            println!("ratio     {:>8.2}", rate / ceiling);
        }
        None => println!("the ceiling is measured on PostgreSQL only"),
    }
    Ok(())
}

async fn pipeline(db: &Db, outside: &Outside, size: &BenchIngest) -> Result<f64> {
    let rows = size.rows as usize;
    let mut targets = Vec::new();
    for _ in 0..size.households {
        targets.push(Arc::new(Mutex::new(Target::found(db).await?)));
    }
    let today = Day::at(db.now_ms(), UTC);
    // Made before the clock runs: the bank's work is not ours.
    let pages: Arc<Vec<Vec<u8>>> = Arc::new((0..size.pages).map(|n| page(n * rows, rows, today, n)).collect());
    let (next, targets) = (Arc::new(AtomicUsize::new(0)), Arc::new(targets));
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..size.at_once {
        let (db, outside, pages, next, targets) =
            (db.clone(), outside.clone(), pages.clone(), next.clone(), targets.clone());
        workers.spawn(async move {
            let mut lines = 0;
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(raw) = pages.get(n) else { return anyhow::Ok(lines) };
                lines += targets[n % targets.len()].lock().await.take(&db, outside.archive(), raw).await?;
            }
        });
    }
    let mut lines = 0;
    while let Some(done) = workers.join_next().await {
        lines += done??;
    }
    anyhow::ensure!(lines == size.pages * rows, "{lines} of {} lines went through", size.pages * rows);
    Ok(f64::from(u32::try_from(lines)?) / begun.elapsed().as_secs_f64())
}

/// As many at once as the pipeline.
async fn ceiling(db: &Db, size: &BenchIngest) -> Result<f64> {
    let mut targets = Vec::new();
    for _ in 0..size.at_once {
        targets.push(Target::found(db).await?);
    }
    let (rows, until) = (size.rows as usize, Instant::now() + CEILING);
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for (worker, target) in targets.into_iter().enumerate() {
        let db = db.clone();
        workers.spawn(async move {
            let mut first = i64::try_from(worker)? << 40;
            let mut written = 0;
            while Instant::now() < until {
                target.write_at_once(&db, first, rows).await?;
                first += i64::try_from(rows)?;
                written += rows;
            }
            anyhow::Ok(written)
        });
    }
    let mut written = 0;
    while let Some(done) = workers.join_next().await {
        written += done??;
    }
    Ok(f64::from(u32::try_from(written)?) / begun.elapsed().as_secs_f64())
}
