//! `florin serve` and `florin worker`: run until SIGTERM or SIGINT.

use anyhow::{Context, Result, bail};
use service::{Db, event};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    compose,
    config::{Config, Engine, key},
};

/// Everything in one process.
pub(crate) async fn serve(config: Config) -> Result<()> {
    key::load_or_generate(&config)?;
    let stop = CancellationToken::new();
    let db = compose::connect_to_serve(&config, &stop).await?;
    db.migrate().await.context("the schema was not brought up to date")?;
    until_stopped(&config, db, stop).await
}

/// The workers alone.
pub(crate) async fn worker(config: Config) -> Result<()> {
    if let Engine::Sqlite(_) = config.database.engine {
        bail!(
            "`florin worker` alone needs PostgreSQL (DATABASE_URL): the embedded database belongs to one process, `florin serve`"
        );
    }
    key::load_or_generate(&config)?;
    let stop = CancellationToken::new();
    let db = compose::connect_to_serve(&config, &stop).await?;
    let pending = db.pending_migrations().await?;
    if pending > 0 {
        bail!("the schema of the database is {pending} steps behind: run `florin migrate`");
    }
    until_stopped(&config, db, stop).await
}

async fn until_stopped(config: &Config, db: Db, stop: CancellationToken) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let news = tokio::spawn(event::sweep(db.clone(), config.worker.sweep, stop.clone()));
    let mut work = std::pin::pin!(compose::work(config, db.clone(), stop.clone()));
    tracing::info!("ready");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        ended = &mut work => ended?,
    }
    tracing::info!("stopping");
    stop.cancel();
    if tokio::time::timeout(config.stop, work).await.is_err() {
        // Leases end by themselves: what was not handed back is done later, by somebody else.
        bail!("did not stop within {} s", config.stop.as_secs());
    }
    news.await?;
    if let Err(error) = db.close().await {
        tracing::warn!(reason = %error, "the database was not told that this process ends");
    }
    tracing::info!("stopped");
    Ok(())
}
