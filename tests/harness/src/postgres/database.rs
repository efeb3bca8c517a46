//! Fresh databases, each with a name of its own, so that tests run side by side on one server.

use std::{thread, time::Duration};

use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Executor, PgConnection};

use crate::folder::unique;

/// A database of one test, dropped with everything in it on drop, also while connections to it are open.
///
/// A static is never dropped: on the server of `DATABASE_URL` a template kept in one stays behind as `florin_test_…`.
#[derive(Debug)]
pub struct Database {
    name: String,
    server_url: String,
    url: String,
}

impl Database {
    /// An empty database on the server at `server_url`.
    ///
    /// # Panics
    /// When the server does not answer, or refuses.
    pub async fn create(server_url: &str) -> Self {
        // What somebody put into template1 of the server at DATABASE_URL is not part of any test.
        Self::copy("template0", server_url).await
    }

    /// A copy of `template`, which nobody may be connected to: an open pool on it makes this fail after five seconds.
    ///
    /// # Panics
    /// When the server does not answer, or refuses.
    pub async fn clone_of(template: &Self) -> Self {
        Self::copy(&template.name, &template.server_url).await
    }

    /// For the program under test and for the test itself.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    async fn copy(template: &str, server_url: &str) -> Self {
        let name = format!("florin_test_{}", unique());
        execute(server_url, format!(r#"CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING 'UTF8'"#))
            .await
            .unwrap_or_else(|error| panic!("no database like {template} on the server of the tests: {error}"));
        Self { url: with_database(server_url, &name), server_url: server_url.to_owned(), name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!(r#"DROP DATABASE IF EXISTS "{}" WITH (FORCE)"#, self.name);
        let server_url = self.server_url.clone();
        // Its own thread, because the runtime of the test cannot be waited on from inside of it. A server that the
        // test has stopped says no, and that is fine: the database goes with it.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let dropping =
                async { tokio::time::timeout(Duration::from_secs(30), execute(&server_url, statement)).await };
            std::io::Result::Ok(runtime.block_on(dropping).is_ok_and(|done| done.is_ok()))
        });
        let _ = dropping.join();
    }
}

async fn execute(server_url: &str, statement: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(server_url).await?;
    connection.execute(AssertSqlSafe(statement)).await?;
    connection.close().await
}

/// `postgres://user@host:port/other?options` with the database `name`.
fn with_database(server_url: &str, name: &str) -> String {
    let (rest, options) =
        server_url.split_once('?').map_or((server_url, None), |(rest, options)| (rest, Some(options)));
    let (scheme, rest) = rest.split_once("://").unwrap_or(("postgres", rest));
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{scheme}://{host}/{name}{options}")
}

#[cfg(test)]
mod tests {
    use sea_orm::sqlx::query_scalar;

    use super::*;
    use crate::postgres::shared;

    async fn notes(url: &str) -> Result<i64, sqlx::Error> {
        let mut connection = PgConnection::connect(url).await?;
        let count = query_scalar("SELECT count(*) FROM note").fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(count)
    }

    #[tokio::test]
    async fn two_databases_are_separate() {
        let (one, other) = tokio::join!(Database::create(shared()), Database::create(shared()));
        execute(one.url(), "CREATE TABLE note AS SELECT 1 AS id".into()).await.expect("a table");
        assert_eq!(notes(one.url()).await.expect("a count"), 1);
        let error = notes(other.url()).await.expect_err("no such table in the other database");
        assert!(error.to_string().contains("does not exist"), "{error}");
    }

    #[tokio::test]
    async fn a_clone_has_the_rows_and_its_own_life() {
        let template = Database::create(shared()).await;
        execute(template.url(), "CREATE TABLE note AS SELECT 1 AS id".into()).await.expect("a table");
        let (one, other) = tokio::join!(Database::clone_of(&template), Database::clone_of(&template));
        execute(one.url(), "INSERT INTO note VALUES (2)".into()).await.expect("a row");
        assert_eq!(notes(one.url()).await.expect("a count"), 2);
        assert_eq!(notes(other.url()).await.expect("a count"), 1);
    }

    #[tokio::test]
    async fn drop_removes_the_database_under_an_open_connection() {
        let database = Database::create(shared()).await;
        let _open = PgConnection::connect(database.url()).await.expect("a connection");
        let name = database.name.clone();
        drop(database);
        let mut connection = PgConnection::connect(shared()).await.expect("a connection");
        let left: i64 = query_scalar("SELECT count(*) FROM pg_database WHERE datname = $1")
            .bind(name)
            .fetch_one(&mut connection)
            .await
            .expect("a count");
        assert_eq!(left, 0);
    }

    #[test]
    fn the_database_of_a_url_is_replaced() {
        let cases = [
            ("postgres://me@localhost:5432/postgres?host=/tmp/x", "postgres://me@localhost:5432/new?host=/tmp/x"),
            (
                "postgres://me:secret@db.example/old?sslmode=require",
                "postgres://me:secret@db.example/new?sslmode=require",
            ),
            ("postgres://db.example/old", "postgres://db.example/new"),
            ("postgres://db.example", "postgres://db.example/new"),
        ];
        for (url, expected) in cases {
            assert_eq!(with_database(url, "new"), expected);
        }
    }
}
