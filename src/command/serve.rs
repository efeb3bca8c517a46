//! `florin serve`, `florin api` and `florin worker`: run until SIGTERM or SIGINT.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::future::BoxFuture;
use service::{Db, event, installation, outside::Outside};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    compose,
    config::{Config, Engine, key},
    listen::Listener,
    sandbox::Sandbox,
};

/// Which halves run in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Halves {
    /// Everything, and the schema is brought up to date.
    Both,
    /// The API alone.
    Api,
    /// The workers alone.
    Worker,
}

impl Halves {
    const fn name(self) -> &'static str {
        match self {
            Self::Both => "florin serve",
            Self::Api => "florin api",
            Self::Worker => "florin worker",
        }
    }
}

/// What is left of the time to stop for everything but the listener.
const AFTER_LISTENER: Duration = Duration::from_secs(3);

/// What stands when a process is ready.
pub(crate) struct Standing {
    pub(crate) db: Db,
    pub(crate) outside: Outside,
    /// The address that people use.
    pub(crate) address: String,
}

/// Something to do once everything is ready, while it serves. When it fails the process ends.
pub(crate) type Guide = Box<dyn FnOnce(Standing) -> BoxFuture<'static, Result<()>> + Send>;

/// Runs until it is told to stop.
pub(crate) async fn run(config: Config, halves: Halves) -> Result<()> {
    run_with(config, halves, None).await
}

/// Runs until it is told to stop, with something to do meanwhile.
pub(crate) async fn run_with(config: Config, halves: Halves, guide: Option<Guide>) -> Result<()> {
    if halves != Halves::Both && matches!(config.database.engine, Engine::Sqlite(_)) {
        bail!(
            "`{}` alone needs PostgreSQL (DATABASE_URL): the embedded database belongs to one process, `florin serve`",
            halves.name()
        );
    }
    // Beside what follows: whoever asks first must not wait for it inside of a transaction.
    let lists = tokio::task::spawn_blocking(domain::categorize::load);
    let key = key::load_or_generate(&config)?;
    // The port is taken first: a second server is told so before it touches anything.
    let listener = if halves == Halves::Worker { None } else { Some(Listener::bind(&config).await?) };
    let sandbox = Sandbox::bind(&config).await?;
    let stop = CancellationToken::new();
    let db = compose::connect_to_serve(&config, &key, &stop).await?;
    if halves == Halves::Both {
        db.migrate().await.context("the schema was not brought up to date")?;
    }
    compose::assert_migrated(&db).await?;
    installation::assert_key(&db).await?;
    lists.await.context("the lists of the categorizer were not read")?;
    until_stopped(&config, db, (listener, sandbox), halves, stop, guide).await
}

async fn until_stopped(
    config: &Config,
    db: Db,
    (listener, sandbox): (Option<Listener>, Option<Sandbox>),
    halves: Halves,
    stop: CancellationToken,
    guide: Option<Guide>,
) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let news = tokio::spawn(event::sweep(db.clone(), config.worker.sweep, stop.clone()));
    let address = listener.as_ref().map(|listener| listener.public_url(config));
    let listening = listener.as_ref().map(|listener| tracing::field::display(listener.address()));
    let own = sandbox.as_ref().map(Sandbox::url);
    let at = config.sandbox.url.clone().or(own);
    let public_url = address.clone().unwrap_or_else(|| config.public_url(config.listen));
    let outside = compose::outside(config, &db, &public_url, at.as_deref())?;
    let grace = config.stop.saturating_sub(AFTER_LISTENER);
    let serving = async {
        match listener {
            Some(listener) => listener.serve(config, db.clone(), outside.clone(), grace, stop.clone()).await,
            None => Ok(()),
        }
    };
    let working = async {
        if halves == Halves::Api {
            Ok(())
        } else {
            compose::work(config, db.clone(), outside.clone(), stop.clone()).await
        }
    };
    let banking = async {
        match sandbox {
            Some(sandbox) => sandbox.serve(db.ambient(), stop.clone()).await,
            None => Ok(()),
        }
    };
    let standing = Standing { db: db.clone(), outside: outside.clone(), address: public_url.clone() };
    let guiding = async {
        match guide {
            Some(guide) => guide(standing).await,
            None => Ok(()),
        }
    };
    let mut both = std::pin::pin!(async { tokio::try_join!(serving, working, banking, guiding) });
    tracing::info!(address, listening, sandbox = at, "ready");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        ended = &mut both => {
            ended?;
        }
    }
    tracing::info!("stopping");
    stop.cancel();
    match tokio::time::timeout(config.stop, both).await {
        Ok(outcome) => drop(outcome?),
        // Leases end by themselves: what was not handed back is done later, by somebody else.
        Err(_elapsed) => bail!("did not stop within {} s", config.stop.as_secs()),
    }
    news.await?;
    if let Err(error) = db.close().await {
        tracing::warn!(reason = %error, "the database was not told that this process ends");
    }
    tracing::info!("stopped");
    Ok(())
}
