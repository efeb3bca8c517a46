//! Statements past the program under test: a test breaks what only a fault would break.

use std::path::Path;

use sea_orm::{
    ConnectionTrait, Database,
    sqlx::{Connection, Executor, SqliteConnection},
};

/// Runs a statement at `postgres://…` or `sqlite://…`. Gives how many rows it changed.
///
/// # Panics
/// When the database does not answer, or refuses.
pub async fn execute(url: &str, statement: &str) -> u64 {
    let connection = Database::connect(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    let done = connection.execute_unprepared(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    connection.close().await.unwrap_or_else(|error| panic!("{url}: {error}"));
    done.rows_affected()
}

/// The one place to write of a SQLite file, held so that nobody else has it.
#[derive(Debug)]
pub struct Writer(SqliteConnection);

impl Writer {
    /// Waits until nobody else writes, some seconds at most.
    ///
    /// # Panics
    /// When it does not come to its turn.
    pub async fn take(file: &Path) -> Self {
        let url = format!("sqlite://{}", file.display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        connection.execute("BEGIN IMMEDIATE").await.unwrap_or_else(|error| panic!("{url}: {error}"));
        Self(connection)
    }

    /// Gives it back.
    ///
    /// # Panics
    /// When that fails.
    pub async fn release(mut self) {
        self.0.execute("ROLLBACK").await.expect("nothing was written");
        self.0.close().await.expect("a connection that closes");
    }
}
