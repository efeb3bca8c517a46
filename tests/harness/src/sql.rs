//! Statements past the program under test: a test breaks what only a fault would break.

use sea_orm::{ConnectionTrait, Database};

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
