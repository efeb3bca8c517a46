//! Connections: one pool on PostgreSQL; on SQLite one writer and a pool of readers over the same file.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbErr, RuntimeErr, SqlxSqliteConnector,
    sqlx::{
        self, ConnectOptions as _, Connection, Sqlite,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    },
};

use sqlx_core::transaction::TransactionManager;

use crate::Result;

/// How long a request waits for a connection before it hears that the database is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(8);
/// How long a writer of SQLite waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that was unused for so long is asked whether it still stands.
const IDLE: Duration = Duration::from_secs(1);
/// How long a transaction waits for a row before it gives way.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file, for one machine.
    Sqlite,
    /// A server.
    Postgres,
}

/// The database of a process.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it is.
    pub place: Place,
    /// How long a household's events are kept.
    pub event_retention: Duration,
}

/// Where a database is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A file; made when it does not exist.
    Sqlite {
        /// The file.
        file: PathBuf,
        /// How many connections read at the same time.
        readers: u32,
    },
    /// A server.
    Postgres {
        /// `postgres://…`
        url: String,
        /// How many connections this process opens at most.
        connections: u32,
        /// Hash partitions that the migrations create.
        partitions: u32,
        /// A transaction whose process was silent for so long is ended by the server, so that a frozen process keeps no locks.
        idle_limit: Duration,
    },
}

impl Place {
    pub(super) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres { .. } => Engine::Postgres,
        }
    }
}

/// Opens the writer and the reader.
pub(super) async fn connect(place: &Place) -> Result<(DatabaseConnection, DatabaseConnection)> {
    match place {
        Place::Sqlite { file, readers } => {
            let writer = sqlite(file, 1, false).await?;
            let reader = sqlite(file, *readers, true).await?;
            Ok((writer, reader))
        }
        Place::Postgres { url, connections, partitions, idle_limit } => {
            let pool = postgres(url, *connections, *partitions, *idle_limit).await?;
            Ok((pool.clone(), pool))
        }
    }
}

async fn sqlite(file: &Path, connections: u32, read_only: bool) -> Result<DatabaseConnection> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(!read_only)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: a commit that was answered survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("query_only", if read_only { "on" } else { "off" })
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(BUSY_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // After a full disk SQLite ends a transaction by itself, and the driver believes that it is still open: what follows would
        // be a part of it, and never reach the disk. Such a connection is thrown away.
        .before_acquire(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(<Sqlite as sqlx::Database>::TransactionManager::get_transaction_depth(connection) == 0)
            })
        });
    let pool = pool.connect_with(options).await.map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

async fn postgres(url: &str, connections: u32, partitions: u32, idle_limit: Duration) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .sqlx_logging(false)
        // A connection that lay idle may have died with its server: it is asked before it is used.
        .map_sqlx_postgres_pool_opts(|pool| {
            pool.before_acquire(|connection, state| {
                Box::pin(async move {
                    if state.idle_for >= IDLE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
        })
        .map_sqlx_postgres_opts(move |postgres| {
            postgres.application_name("florin").options([
                ("florin.partitions", partitions.to_string()),
                // The queries are short and many: compiling them costs more than it saves.
                ("jit", "off".to_owned()),
                ("lock_timeout", LOCK_TIMEOUT.as_millis().to_string()),
                ("idle_in_transaction_session_timeout", idle_limit.as_millis().to_string()),
            ])
        });
    Ok(Database::connect(options).await?)
}
