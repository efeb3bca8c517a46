//! A bank that tells its history once more, over rows that are here: because its cursor was refused, or because the person linked it
//! anew. What it no longer tells is gone, as far as its balance agrees.

use std::collections::HashMap;

use domain::{id::AccountId, reconcile::State};
use entity::{connection, listed_row, transaction};
use sea_orm::{ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter, sea_query::Expr};

use super::{page::tell, source_account::Source};
use crate::{Db, Result, Scope, Unit, account as accounts, ledger};

/// Whether one of the accounts has rows that a bank has named.
pub(crate) async fn is_needed(db: &Db, scope: Scope, accounts: &HashMap<String, Source>) -> Result<bool> {
    let sql = r#"SELECT 1 FROM "transaction" WHERE household_id = $1 AND account_id = $2 AND origin = 0 LIMIT 1"#;
    for source in accounts.values() {
        let values = [scope.household().0.into(), source.account.into()];
        if db.reader().query_one_raw(db.statement(sql, values)).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Notes, with the first page, whether it begins a listing.
pub(crate) async fn begin(unit: &Unit, connection: i64, is_listing: bool) -> Result<()> {
    forget(unit, connection).await?;
    set(unit, connection, is_listing).await
}

/// The listing is complete. `booked` are the bank's balances of its accounts, as of now.
pub(crate) async fn settle(
    unit: &mut Unit,
    connection: i64,
    accounts: &HashMap<String, Source>,
    booked: impl Fn(i64) -> Option<i64>,
) -> Result<()> {
    for source in accounts.values() {
        let unnamed = unnamed(unit, connection, source.account).await?;
        let (posted, mut gone): (Vec<_>, Vec<_>) =
            unnamed.into_iter().partition(|row| ledger::state(row) == State::Posted);
        // What was booked goes only where the bank's balance says so, too: a listing may be short of something.
        let sum: i64 = posted.iter().map(|row| row.amount_minor).sum();
        let account = accounts::load(unit, AccountId(source.account)).await?;
        let deleted = deleted_minor(unit, connection, source.account).await?;
        let drift = booked(source.account).map(|booked| booked - (account.opening_minor + account.posted_minor - sum));
        if drift.is_some_and(|drift| drift == 0 || drift == deleted) {
            gone.extend(posted);
        }
        let booked = ledger::take_back(unit, &gone).await?;
        tell(unit, &booked).await?;
    }
    end(unit, connection).await
}

/// The listing is complete, and nobody knows the bank's balances of that moment: all that it has not named goes. Answers with what was
/// booked of it, which may as well have stayed.
pub(crate) async fn settle_unbalanced(
    unit: &Unit,
    connection: i64,
    accounts: &HashMap<String, Source>,
) -> Result<Vec<i64>> {
    let mut undecided = Vec::new();
    for source in accounts.values() {
        let gone = unnamed(unit, connection, source.account).await?;
        ledger::take_back(unit, &gone).await?;
        undecided.extend(gone.iter().filter(|row| ledger::state(row) == State::Posted).map(|row| row.id));
    }
    end(unit, connection).await?;
    Ok(undecided)
}

/// The first day that the listing ($2) tells of an account ($3).
const FIRST_DAY: &str = r#"SELECT min(n.day) FROM listed_row l JOIN "transaction" n ON n.household_id = $1 AND n.id = l.transaction_id
    WHERE l.household_id = $1 AND l.connection_id = $2 AND n.account_id = $3"#;
/// Whether the listing has named a row.
const IS_NAMED: &str = "EXISTS (SELECT 1 FROM listed_row l WHERE l.household_id = $1 AND l.connection_id = $2 AND l.transaction_id = t.id)";

/// Rows of a bank that the listing has not named: of what was booked those since the first day that it tells of.
async fn unnamed(unit: &Unit, connection: i64, account: i64) -> Result<Vec<transaction::Model>> {
    let sql = format!(
        r#"SELECT t.* FROM "transaction" t
           WHERE t.household_id = $1 AND t.account_id = $3 AND t.origin = 0 AND t.state IN (0, 1)
             AND (t.state = 1 OR t.day >= ({FIRST_DAY})) AND NOT {IS_NAMED} ORDER BY t.id"#
    );
    let values = [unit.scope().household().0.into(), connection.into(), account.into()];
    Ok(transaction::Model::find_by_statement(unit.db().statement(&sql, values)).all(unit.connection()).await?)
}

/// What the person has deleted and the bank still counts.
async fn deleted_minor(unit: &Unit, connection: i64, account: i64) -> Result<i64> {
    let sql = format!(
        r#"SELECT CAST(coalesce(sum(t.amount_minor), 0) AS bigint) FROM "transaction" t
           WHERE t.household_id = $1 AND t.account_id = $3 AND t.state = 2 AND t.origin = 0 AND (t.day < ({FIRST_DAY}) OR {IS_NAMED})"#
    );
    let values = [unit.scope().household().0.into(), connection.into(), account.into()];
    let sum = unit.connection().query_one_raw(unit.db().statement(&sql, values)).await?;
    Ok(sum.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0))
}

async fn end(unit: &Unit, connection: i64) -> Result<()> {
    forget(unit, connection).await?;
    set(unit, connection, false).await
}

async fn forget(unit: &Unit, connection: i64) -> Result<()> {
    let of = listed_row::Column::ConnectionId.eq(connection);
    unit.scope().delete::<listed_row::Entity>().filter(of).exec(unit.connection()).await?;
    Ok(())
}

async fn set(unit: &Unit, connection: i64, is_listing: bool) -> Result<()> {
    unit.scope()
        .update::<connection::Entity>()
        .filter(connection::Column::Id.eq(connection))
        .col_expr(connection::Column::IsListing, Expr::value(i16::from(is_listing)))
        .exec(unit.connection())
        .await?;
    Ok(())
}
