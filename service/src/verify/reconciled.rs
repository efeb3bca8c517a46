//! What reconciling keeps beside the transactions: pairs that may be one booking, rows that a person has made one, and what a bank that
//! tells its history once more has named. Rows come and go under them, so no key of the tables guards them.

use domain::id::{AccountId, ConnectionId, MergeId, Owned, TransactionId};

use super::{Check, look::Look};
use crate::Result;

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    suggestions(look).await?;
    merges(look).await?;
    listings(look).await
}

/// Whether a row of an account is there, or is a part of another one: when the merge is undone it comes back.
fn is_there(id: &str, account: &str) -> String {
    format!(
        r#"(EXISTS (SELECT 1 FROM "transaction" t WHERE t.household_id = $1 AND t.id = {id} AND t.account_id = {account})
           OR EXISTS (SELECT 1 FROM transaction_merge g WHERE g.household_id = $1 AND g.gone_id = {id} AND g.account_id = {account}))"#
    )
}

async fn suggestions(look: &mut Look<'_>) -> Result<()> {
    let sql = format!(
        "SELECT s.first_id, s.second_id, s.account_id FROM duplicate_suggestion s WHERE s.household_id = $1
         AND NOT ({} AND {}) ORDER BY s.first_id, s.second_id",
        is_there("s.first_id", "s.account_id"),
        is_there("s.second_id", "s.account_id")
    );
    for row in look.offenders(Check::Suggestion, &sql).await? {
        let household = look.household();
        let transaction = |column| Ok::<_, crate::Error>(TransactionId(row.try_get_by_index(column)?).text(household));
        let account = AccountId(row.try_get_by_index(2)?).text(household);
        let about = format!("{account} {} {}", transaction(0)?, transaction(1)?);
        look.found(Check::Suggestion, about, "two that may be one booking, and not both are of this account");
    }
    // The table refuses it; a table that was made by hand does not.
    let sql =
        "SELECT first_id FROM duplicate_suggestion WHERE household_id = $1 AND first_id >= second_id ORDER BY first_id";
    look.each::<TransactionId>(Check::Suggestion, "the older of two that may be one booking is not the older", sql)
        .await
}

async fn merges(look: &mut Look<'_>) -> Result<()> {
    let sql = format!(
        "SELECT m.id FROM transaction_merge m WHERE m.household_id = $1 AND NOT {} ORDER BY m.id",
        is_there("m.kept_id", "m.account_id")
    );
    look.each::<MergeId>(Check::Merge, "the transaction that was kept is not there", &sql).await?;
    let sql = r#"SELECT m.id FROM transaction_merge m JOIN "transaction" t ON t.household_id = $1 AND t.id = m.gone_id
                 WHERE m.household_id = $1 ORDER BY m.id"#;
    look.each::<MergeId>(Check::Merge, "the transaction that became a part of another one is there as well", sql).await
}

async fn listings(look: &mut Look<'_>) -> Result<()> {
    for (problem, condition) in [
        (
            "what a bank named that told its history once more is kept, and it is not at it",
            "NOT EXISTS (SELECT 1 FROM connection c WHERE c.household_id = $1 AND c.id = l.connection_id AND c.is_listing <> 0)",
        ),
        (
            "a bank that tells its history once more has named a transaction that is not there",
            r#"NOT EXISTS (SELECT 1 FROM "transaction" t WHERE t.household_id = $1 AND t.id = l.transaction_id)
               AND NOT EXISTS (SELECT 1 FROM transaction_merge g WHERE g.household_id = $1 AND g.gone_id = l.transaction_id)"#,
        ),
    ] {
        let sql = format!(
            "SELECT l.connection_id, count(*) FROM listed_row l WHERE l.household_id = $1 AND {condition}
             GROUP BY l.connection_id ORDER BY l.connection_id"
        );
        for row in look.offenders(Check::ListedRow, &sql).await? {
            let (connection, rows): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let about = ConnectionId(connection).text(look.household());
            look.found(Check::ListedRow, about, &format!("{problem}: {rows} rows"));
        }
    }
    Ok(())
}
