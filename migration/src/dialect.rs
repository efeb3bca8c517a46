//! The few words in which the SQL of a step differs between the engines.
//!
//! | word | PostgreSQL | SQLite |
//! |---|---|---|
//! | `{{id}}` | `bigint PRIMARY KEY` | `integer PRIMARY KEY` (the rowid itself) |
//! | `{{queue}}` | storage settings of a table whose rows come and go | nothing |
//! | `{{partitioned}}` | `PARTITION BY HASH (household_id)` | `WITHOUT ROWID` (rows lie in the order of their key) |
//! | `{{partitions of TABLE}}` | creates the partitions | nothing |

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

/// Vacuum early and without pauses: an index over dead jobs makes every claim slower.
const QUEUE: &str = "WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)";

/// The number of partitions is the session's `florin.partitions`, 16 where nobody set it.
const PARTITIONS: &str = "DO $do$
DECLARE n int := coalesce(nullif(current_setting('florin.partitions', true), ''), '16')::int;
BEGIN
  FOR i IN 0 .. n - 1 LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS %s, REMAINDER %s)', '<table>_p' || i, '<table>', n, i);
  END LOOP;
END
$do$";

/// Declares a step of the module it stands in: its name is the module's.
macro_rules! step {
    ($up:ident, $down:ident) => {
        #[derive(sea_orm_migration::prelude::DeriveMigrationName)]
        pub(crate) struct Migration;

        #[async_trait::async_trait]
        impl sea_orm_migration::MigrationTrait for Migration {
            async fn up(&self, manager: &sea_orm_migration::SchemaManager) -> Result<(), sea_orm_migration::DbErr> {
                crate::dialect::run(manager, $up).await
            }

            async fn down(&self, manager: &sea_orm_migration::SchemaManager) -> Result<(), sea_orm_migration::DbErr> {
                crate::dialect::run(manager, $down).await
            }
        }
    };
}
pub(crate) use step;

/// Runs the statements of a step. They are separated by a line that holds `;` alone.
pub(crate) async fn run(manager: &SchemaManager<'_>, script: &str) -> Result<(), DbErr> {
    let postgres = manager.get_database_backend() == DatabaseBackend::Postgres;
    for statement in script.split("\n;\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        let sql = translate(statement, postgres);
        if !sql.is_empty() {
            manager.get_connection().execute_unprepared(&sql).await?;
        }
    }
    Ok(())
}

fn translate(statement: &str, postgres: bool) -> String {
    if let Some(table) = statement.strip_prefix("{{partitions of ").and_then(|rest| rest.strip_suffix("}}")) {
        return if postgres { PARTITIONS.replace("<table>", table) } else { String::new() };
    }
    let words = if postgres {
        [
            ("{{id}}", "bigint PRIMARY KEY"),
            ("{{queue}}", QUEUE),
            ("{{partitioned}}", "PARTITION BY HASH (household_id)"),
        ]
    } else {
        [("{{id}}", "integer PRIMARY KEY"), ("{{queue}}", ""), ("{{partitioned}}", "WITHOUT ROWID")]
    };
    words.iter().fold(statement.to_owned(), |sql, (word, meaning)| sql.replace(word, meaning))
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn each_engine_gets_its_own_words() {
        let script = "CREATE TABLE a (id {{id}}) {{queue}}";
        assert!(translate(script, true).contains("bigint PRIMARY KEY) WITH (fillfactor"));
        assert_eq!(translate(script, false), "CREATE TABLE a (id integer PRIMARY KEY) ");
    }

    #[test]
    fn partitions_exist_on_postgresql_only() {
        let sql = translate("{{partitions of event}}", true);
        assert!(sql.contains("'CREATE TABLE %I PARTITION OF %I") && sql.contains("'event_p' || i, 'event'"), "{sql}");
        assert_eq!(translate("{{partitions of event}}", false), "");
    }
}
