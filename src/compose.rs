//! Puts a process together from its configuration: the database, the hints, the workers; and takes it apart again.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use connector::{
    bank::{Bank, Provider, Secret},
    rate::{CentralBank, Publisher},
};
use service::{
    Ambient, Db, Keys,
    archive::Archive,
    db::{Options, Place},
    exchange,
    hint::{Hints, Messenger, News, RedisNews},
    outside::{Institution, Outside, SANDBOX},
};
use tokio_util::sync::CancellationToken;
use worker::ticket::Ringer;

use crate::config::{Config, Engine, MasterKey, key};

/// How long a server may take to answer when the process starts; later it may be away for as long as it likes.
const FIRST_ANSWER: Duration = Duration::from_secs(10);
/// A process that does nothing for so long inside of a transaction may only be busy.
const IDLE_AT_LEAST: Duration = Duration::from_secs(5);
/// What is left of the time to stop once the running jobs were told to end.
const HAND_BACK: Duration = Duration::from_secs(2);

/// Connects for one command: what it leaves to do is found by the sweep of whoever serves.
pub(crate) async fn connect(config: &Config) -> Result<Db> {
    let key = key::load_or_generate(config)?;
    let db = open(config, &key, Hints::in_process()).await?;
    assert_migrated(&db).await?;
    Ok(db)
}

/// Refuses to work on a schema that is behind.
pub(crate) async fn assert_migrated(db: &Db) -> Result<()> {
    match answered("the database", db.pending_migrations()).await? {
        0 => Ok(()),
        1 => bail!("the schema of the database is 1 step behind: run `florin migrate`, or start `florin serve`"),
        pending => {
            bail!("the schema of the database is {pending} steps behind: run `florin migrate`, or start `florin serve`")
        }
    }
}

/// Connects to serve: rings at once, here and in the other processes.
pub(crate) async fn connect_to_serve(config: &Config, key: &MasterKey, stop: &CancellationToken) -> Result<Db> {
    let news = News::default();
    let mut messengers: Vec<Arc<dyn Messenger>> = Vec::new();
    if let Some(url) = &config.redis_url {
        let url = url.expose();
        messengers.push(Arc::new(answered("Redis", RedisNews::start(url, news.clone(), stop.clone())).await?));
        messengers.push(Arc::new(answered("Redis", Ringer::start(url, stop.clone())).await?));
    }
    open(config, key, Hints::new(news, messengers)).await
}

/// Connects to the database alone.
pub(crate) async fn open(config: &Config, key: &MasterKey, hints: Hints) -> Result<Db> {
    config
        .create_data_folder()
        .with_context(|| format!("the data folder {} cannot be made", config.data_folder.display()))?;
    let place = match &config.database.engine {
        Engine::Sqlite(file) => Place::Sqlite { file: file.clone(), readers: config.database.connections },
        Engine::Postgres(url) => Place::Postgres {
            url: url.expose().to_owned(),
            connections: config.database.connections,
            partitions: config.database.partitions,
            idle_limit: config.worker.lease.max(IDLE_AT_LEAST),
        },
    };
    let options = Options { place, event_retention: config.event.retention };
    answered("the database", Db::open(&options, Keys::derive(key.expose())?, Ambient::system(), hints)).await
}

/// The largest answer of a bank, or of whoever publishes exchange rates, that is read.
const BANK_ANSWER_BYTES: usize = 16 << 20;

/// The ways out of this process. `public_url` is where banks send people back to, `sandbox` where the sandbox bank is, if there is one.
pub(crate) fn outside(config: &Config, db: &Db, public_url: &str, sandbox: Option<&str>) -> Result<Outside> {
    let options = connector::bank::Options {
        connect_timeout: config.bank_timeout / 3,
        request_timeout: config.bank_timeout,
        answer_limit_bytes: BANK_ANSWER_BYTES,
    };
    let bank = Bank::new(&options).context("no client for banks could be made")?;
    let mut institutions = Vec::new();
    if let Some(url) = sandbox {
        let client = sandbox::Options::default();
        let provider = Provider::new(url.parse()?, client.client_id, Some(Secret::new(client.client_secret)))?;
        institutions.push(Institution { id: SANDBOX, name: "Sandbox Bank".to_owned(), provider, is_sandbox: true });
    }
    let publisher = match &config.rates_url {
        None => None,
        Some(folder) => {
            let publisher = CentralBank::new(&options, folder.clone()).context("no client for exchange rates")?;
            Some(Box::new(publisher) as Box<dyn Publisher>)
        }
    };
    let archive = Archive::open(config.archive_folder.clone(), db.ambient().chance.number());
    Ok(Outside::new(institutions, bank, publisher, archive, public_url.parse()?))
}

/// Works until `stop`.
pub(crate) async fn work(config: &Config, db: Db, outside: Outside, stop: CancellationToken) -> Result<()> {
    Box::pin(exchange::keep_fetching(&db, &outside)).await?;
    let redis = config.redis_url.as_ref().map(|url| url.expose().to_owned());
    let listening = redis.map(|url| tokio::spawn(listen(url, db.hints().clone(), stop.clone())));
    worker::run(db.clone(), outside, options(config), name(&db), stop).await;
    if let Some(listening) = listening {
        listening.await?;
    }
    Ok(())
}

/// Works until `stop` for a command that waits for a job of its own: one job at a time in each lane.
pub(crate) async fn work_for_one(config: Config, db: Db, outside: Outside, stop: CancellationToken) -> Result<()> {
    let options = worker::Options { urgent_slots: 1, routine_slots: 1, bulk_slots: 1, ..options(&config) };
    worker::run(db.clone(), outside, options, name(&db), stop).await;
    Ok(())
}

/// Tells the processes of an installation apart.
fn name(db: &Db) -> String {
    format!("{}:{:08x}", std::process::id(), db.ambient().chance.number() >> 32)
}

fn options(config: &Config) -> worker::Options {
    worker::Options {
        urgent_slots: config.worker.urgent_slots,
        routine_slots: config.worker.routine_slots,
        bulk_slots: config.worker.bulk_slots,
        lease: config.worker.lease,
        sweep: config.worker.sweep,
        grace: config.stop.saturating_sub(HAND_BACK),
    }
}

async fn listen(url: String, hints: Hints, stop: CancellationToken) {
    if let Err(error) = worker::ticket::listen(&url, hints, stop).await {
        tracing::error!(reason = %error, "tickets are not heard; the sweep replaces them");
    }
}

async fn answered<T>(who: &str, answer: impl Future<Output = service::Result<T>>) -> Result<T> {
    let answer = tokio::time::timeout(FIRST_ANSWER, answer).await;
    answer
        .with_context(|| format!("{who} did not answer within {} s", FIRST_ANSWER.as_secs()))?
        .with_context(|| format!("{who} does not answer"))
}
