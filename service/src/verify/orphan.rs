//! Orphans: rows of a household, an account, a connection, a person that is not there. The keys of the tables refuse most of them; a copy
//! that was put together by hand, or a table that was restored alone, has none to refuse it.

use domain::id::{AccountId, HouseholdId, TransactionId};
use sea_orm::ConnectionTrait;

use super::{
    Check, Finding,
    look::{Look, NAMED},
};
use crate::{Db, Result};

/// Tables whose rows belong to a household.
const TABLES: [&str; 32] = [
    "account",
    "archive_page",
    "balance",
    "budget",
    "category",
    "connection",
    "duplicate_suggestion",
    "event",
    "holding",
    "household_key",
    "household_rate",
    "idempotency",
    "job",
    "link",
    "listed_row",
    "membership",
    "merchant",
    "merchant_choice",
    "merchant_vote",
    "monthly_spending",
    "notification",
    "rule",
    "security",
    "statement",
    "statement_mapping",
    "tag",
    "trade",
    r#""transaction""#,
    "transaction_alias",
    "transaction_merge",
    "transfer",
    "transfer_due",
];

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    let no_account = |table: &str, columns: &str| {
        format!(
            "SELECT {columns} FROM {table} t WHERE t.household_id = $1
             AND NOT EXISTS (SELECT 1 FROM account a WHERE a.household_id = $1 AND a.id = t.account_id) ORDER BY 1"
        )
    };
    let sql = no_account(r#""transaction""#, "t.id");
    look.each::<TransactionId>(Check::Orphan, "its account is not there", &sql).await?;
    for (table, problem) in [
        ("balance", "balances of an account that is not there"),
        ("transaction_alias", "other names of transactions of an account that is not there"),
        ("duplicate_suggestion", "transactions that may be one booking, of an account that is not there"),
        ("transaction_merge", "merged transactions of an account that is not there"),
        ("monthly_spending", "sums of an account that is not there"),
        ("statement_mapping", "a remembered mapping of an account that is not there"),
        ("trade", "trades of an account that is not there"),
        ("holding", "holdings of an account that is not there"),
    ] {
        look.each::<AccountId>(Check::Orphan, problem, &no_account(table, "DISTINCT t.account_id")).await?;
    }
    let sql = "SELECT a.id FROM account a WHERE a.household_id = $1 AND a.connection_id IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM connection c WHERE c.household_id = $1 AND c.id = a.connection_id) ORDER BY a.id";
    look.each::<AccountId>(Check::Orphan, "its connection is not there", sql).await?;
    let sql = r#"SELECT m.user_id FROM membership m WHERE m.household_id = $1
                 AND NOT EXISTS (SELECT 1 FROM "user" u WHERE u.id = m.user_id) ORDER BY m.user_id"#;
    for row in look.offenders(Check::Orphan, sql).await? {
        let user: i64 = row.try_get_by_index(0)?;
        look.found(Check::Orphan, format!("person {user}"), "a member who is not there");
    }
    // A page may outlive its connection, but not its key.
    let sql = "SELECT DISTINCT p.source_id FROM archive_page p WHERE p.household_id = $1
               AND NOT EXISTS (SELECT 1 FROM household_key k WHERE k.household_id = $1) ORDER BY p.source_id";
    for row in look.offenders(Check::Orphan, sql).await? {
        let source: i64 = row.try_get_by_index(0)?;
        look.found(Check::Orphan, format!("source {source}"), "pages of the archive without the household's key");
    }
    Ok(())
}

/// Rows of households that are not there: no look at a household finds them.
pub(super) async fn of_no_household(db: &Db) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for table in TABLES {
        let sql = format!(
            "SELECT t.household_id, count(*) FROM {table} t
             WHERE NOT EXISTS (SELECT 1 FROM household h WHERE h.id = t.household_id)
             GROUP BY t.household_id ORDER BY t.household_id LIMIT {NAMED}"
        );
        for row in db.reader().query_all_raw(db.statement(&sql, [])).await? {
            let household = HouseholdId(row.try_get_by_index(0)?);
            let count: i64 = row.try_get_by_index(1)?;
            let table = table.trim_matches('"');
            let problem = format!("{count} rows of {table} belong to a household that is not there");
            let about = household.to_string();
            findings.push(Finding { check: Check::Orphan, household, about, problem, figures: Vec::new() });
        }
    }
    Ok(findings)
}
