//! The database: connections, units of work, and what a process needs to make them (ids, clock, hints).

mod connect;
mod table;
#[cfg(test)]
mod tests;
mod turn;
mod unit;

pub use connect::{Engine, Options, Place};
pub(crate) use table::{Column, Table};
pub use unit::Unit;

use std::{
    sync::{Arc, atomic::AtomicU64, atomic::Ordering},
    time::Duration,
};

use domain::id::HouseholdId;
use migration::Migrator;
use rust_decimal::Decimal;
use scoped_futures::ScopedBoxFuture;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use crate::{
    Ambient, Error, Keys, Result, Scope,
    error::{Fault, commit_error, fault},
    hint::Hints,
    identity::Hashing,
    job::Claim,
    memory::Memory,
    node::IdSource,
};

/// A unit of work that met another transaction is tried this often before the caller hears of it.
const TRIES: u32 = 10;
/// The longest first wait between tries.
const FIRST_WAIT_MS: u64 = 4;
/// Keeps migrations of several processes apart. Any constant will do; it must never change.
const MIGRATION_LOCK: i64 = 0x0F10_0001;

/// The database of a process. Clones share everything.
#[derive(Clone, Debug)]
pub struct Db {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    engine: Engine,
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    ambient: Ambient,
    ids: IdSource,
    turns: turn::Turns,
    hints: Hints,
    event_retention: Duration,
    keys: Keys,
    hashing: Hashing,
    memory: Memory,
    /// Units of work that were begun again because of contention: for the metrics.
    retries: AtomicU64,
}

impl Db {
    /// Connects. The schema is not touched.
    pub async fn open(options: &Options, keys: Keys, ambient: Ambient, hints: Hints) -> Result<Self> {
        let (writer, reader) = Box::pin(connect::connect(&options.place)).await?;
        let (engine, event_retention) = (options.place.engine(), options.event_retention);
        let ids = IdSource::new(ambient.chance.number());
        let inner = Inner {
            engine,
            writer,
            reader,
            ambient,
            ids,
            turns: turn::Turns::default(),
            hints,
            event_retention,
            keys,
            hashing: Hashing::default(),
            memory: Memory::default(),
            retries: AtomicU64::new(0),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Which engine it is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.inner.engine
    }

    /// The clock and the dice.
    #[must_use]
    pub fn ambient(&self) -> &Ambient {
        &self.inner.ambient
    }

    /// Where to ring when there is something new.
    #[must_use]
    pub fn hints(&self) -> &Hints {
        &self.inner.hints
    }

    /// UTC in milliseconds of Unix time.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.inner.ambient.clock.now_ms()
    }

    /// How often a unit of work was begun again because another transaction was in the way.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.inner.retries.load(Ordering::Relaxed)
    }

    /// Brings the schema up to date, in one transaction. Processes that do so at the same time take turns.
    pub async fn migrate(&self) -> Result<()> {
        let transaction = self.begin().await?;
        if self.inner.engine == Engine::Postgres {
            transaction
                .query_one_raw(self.statement("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK.into()]))
                .await?;
        }
        Migrator::up(&transaction, None).await?;
        transaction.commit().await.map_err(commit_error)
    }

    /// How many steps the schema is behind.
    pub async fn pending_migrations(&self) -> Result<usize> {
        Ok(Migrator::get_pending_migrations(&self.inner.writer).await?.len())
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.inner.reader.ping().await?)
    }

    /// Gives back what the process holds in the database, and closes the connections.
    pub async fn close(&self) -> Result<()> {
        self.inner.ids.release(&self.inner.writer).await?;
        self.inner.reader.clone().close().await?;
        if self.inner.engine == Engine::Sqlite {
            self.inner.writer.clone().close().await?;
        }
        Ok(())
    }

    /// Runs a unit of work in a household: takes the household's row and its next number first, then does the work, then
    /// writes the events and jobs it left, all in one transaction; afterwards rings for them. When another transaction is in
    /// the way everything is rolled back and the work begins again, so it must have no effect outside the unit.
    pub async fn write<'a, T, F>(&self, scope: Scope, work: F) -> Result<T>
    where
        F: for<'u> Fn(&'u mut Unit) -> ScopedBoxFuture<'a, 'u, Result<T>> + Send + Sync,
        T: Send,
    {
        self.unit(Begin::Write { scope, claim: Claim::None }, work).await
    }

    /// A unit of work from its beginning to its commit, as often as contention demands.
    pub(crate) async fn unit<'a, T, F>(&self, begin: Begin<'_>, work: F) -> Result<T>
    where
        F: for<'u> Fn(&'u mut Unit) -> ScopedBoxFuture<'a, 'u, Result<T>> + Send + Sync,
        T: Send,
    {
        let mut tries = Tries::default();
        loop {
            match self.unit_once(begin, &work).await {
                Err(Error::Busy { .. }) if tries.again(self).await => {}
                done => return done,
            }
        }
    }

    /// Runs a unit of work and takes everything back, however it ends: what would happen is told, and nothing has happened.
    pub(crate) async fn rehearse<'a, T, F>(&self, scope: Scope, work: F) -> Result<T>
    where
        F: for<'u> Fn(&'u mut Unit) -> ScopedBoxFuture<'a, 'u, Result<T>> + Send + Sync,
        T: Send,
    {
        let mut tries = Tries::default();
        loop {
            let done = {
                self.inner.ids.reserve(&self.inner.writer, self.now_ms()).await?;
                let _turn = self.inner.turns.take(scope.household()).await;
                let mut unit = Unit::begin(self, Begin::Write { scope, claim: Claim::None }).await?;
                let done = work(&mut unit).await;
                unit.rollback().await;
                done
            };
            match done {
                Err(Error::Busy { .. }) if tries.again(self).await => {}
                done => return done,
            }
        }
    }

    async fn unit_once<'a, T, F>(&self, begin: Begin<'_>, work: &F) -> Result<T>
    where
        F: for<'u> Fn(&'u mut Unit) -> ScopedBoxFuture<'a, 'u, Result<T>> + Send + Sync,
        T: Send,
    {
        self.inner.ids.reserve(&self.inner.writer, self.now_ms()).await?;
        let _turn = self.inner.turns.take(begin.household()).await;
        let mut unit = Unit::begin(self, begin).await?;
        match work(&mut unit).await {
            Ok(value) => unit.commit().await.map(|()| value),
            Err(error) => {
                unit.rollback().await;
                Err(error)
            }
        }
    }

    /// A transaction about no household's rows: the workers' own table.
    pub(crate) async fn transaction<'a, T, F>(&self, work: F) -> Result<T>
    where
        F: for<'u> Fn(&'u DatabaseTransaction) -> ScopedBoxFuture<'a, 'u, Result<T>> + Send + Sync,
        T: Send,
    {
        let mut tries = Tries::default();
        loop {
            match self.transaction_once(&work).await {
                Err(Error::Busy { .. }) if tries.again(self).await => {}
                done => return done,
            }
        }
    }

    async fn transaction_once<'a, T, F>(&self, work: &F) -> Result<T>
    where
        F: for<'u> Fn(&'u DatabaseTransaction) -> ScopedBoxFuture<'a, 'u, Result<T>> + Send + Sync,
        T: Send,
    {
        let transaction = self.begin().await?;
        let value = work(&transaction).await?;
        transaction.commit().await.map_err(commit_error)?;
        Ok(value)
    }

    /// For reading.
    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.inner.reader
    }

    /// For single statements that write.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.inner.writer
    }

    /// The keys of the installation.
    pub(crate) fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// What is remembered of households.
    pub(crate) fn memory(&self) -> &Memory {
        &self.inner.memory
    }

    /// Where passwords are hashed.
    pub(crate) fn hashing(&self) -> &Hashing {
        &self.inner.hashing
    }

    /// How long events are kept.
    pub(crate) fn event_retention(&self) -> Duration {
        self.inner.event_retention
    }

    /// A statement in the engine's dialect; `$1`, `$2` … on both.
    pub(crate) fn statement<const N: usize>(&self, sql: &str, values: [sea_orm::Value; N]) -> Statement {
        Statement::from_sql_and_values(self.inner.writer.get_database_backend(), sql, values)
    }

    /// A statement with as many values as its text asks for.
    pub(crate) fn statement_of(&self, sql: &str, values: Vec<sea_orm::Value>) -> Statement {
        Statement::from_sql_and_values(self.inner.writer.get_database_backend(), sql, values)
    }

    /// Begins a look at the database as it is at one moment, whatever is committed meanwhile.
    pub(crate) async fn snapshot(&self) -> Result<DatabaseTransaction> {
        let options = match self.inner.engine {
            Engine::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
            // A transaction of a reader is a snapshot from its first statement on.
            Engine::Sqlite => TransactionOptions::default(),
        };
        Ok(self.reader().begin_with_options(options).await?)
    }

    /// A new id, outside of a unit of work.
    pub(crate) async fn next_id(&self) -> Result<i64> {
        self.reserve_ids().await?;
        self.next_reserved_id()
    }

    /// Makes sure of ids for the transaction that begins next: inside of one there is no reserving.
    pub(crate) async fn reserve_ids(&self) -> Result<()> {
        self.inner.ids.reserve(&self.inner.writer, self.now_ms()).await
    }

    /// A new id, where the span is reserved already.
    pub(crate) fn next_reserved_id(&self) -> Result<i64> {
        self.inner.ids.next(self.now_ms())
    }

    /// Begins a transaction; on SQLite it holds the write lock from the start, so that it can never fail half-way for want of it.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: (self.inner.engine == Engine::Sqlite).then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let first = self.inner.writer.begin_with_options(options).await;
        match first {
            // The pool may hold connections that died with the server. Nothing was done yet: take another.
            Err(error) if fault(&error) == Fault::Unavailable && !matches!(error, DbErr::ConnectionAcquire(_)) => {
                Ok(self.inner.writer.begin_with_options(options).await?)
            }
            other => Ok(other?),
        }
    }
}

/// How a unit of work begins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Begin<'a> {
    /// In a household that exists, under a job's claim or none.
    Write { scope: Scope, claim: Claim },
    /// By writing the household's row.
    Found { id: HouseholdId, name: &'a str, currency: &'a str },
}

impl Begin<'_> {
    fn household(self) -> HouseholdId {
        match self {
            Self::Write { scope, .. } => scope.household(),
            Self::Found { id, .. } => id,
        }
    }
}

/// Counts the tries of a unit of work, and waits between them.
#[derive(Debug, Default)]
struct Tries {
    made: u32,
}

impl Tries {
    /// Whether to try again; if so, after a wait that doubles each time and is half chance.
    async fn again(&mut self, db: &Db) -> bool {
        self.made += 1;
        if self.made >= TRIES {
            return false;
        }
        db.inner.retries.fetch_add(1, Ordering::Relaxed);
        let whole = FIRST_WAIT_MS << (self.made - 1);
        tokio::time::sleep(Duration::from_millis(whole / 2 + db.inner.ambient.chance.number() % (whole / 2 + 1))).await;
        true
    }
}

/// A decimal of a row, which is kept as text: both engines keep all its digits so.
pub(crate) fn decimal(text: &str) -> Result<Decimal> {
    text.parse().map_err(|_| Error::broken("a decimal of a row is none"))
}
