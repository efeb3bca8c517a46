//! What statements say against each other, of an account that no bank feeds: between two closing balances the rows add up to what the
//! balances differ by, unless something is missing or counted twice.
//!
//! The latest closing balance is what the account holds, so a difference shows in the earlier ones: the sum of everything since then is not
//! what they say.

use std::collections::BTreeMap;

use domain::{day::Day, id};
use entity::statement;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use crate::{Db, Error, Result, Scope, statement::Closing};

/// Rows that statements have told: those that a person has thrown away since were in their balances too, and what a person entered was not.
const TOLD: &str = "state IN (0, 2) AND origin <> 1";

/// Two closing balances that the rows between them do not explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// What is missing: in positive, out negative.
    pub(super) minor: i64,
    /// The day of the earlier balance.
    pub(super) after: Day,
    /// The day of the later one, which agrees with all that are later still.
    pub(super) until: Day,
}

/// What a statement said an account held.
struct Said {
    day: Day,
    minor: i64,
    /// When its statement was through.
    at_ms: i64,
}

/// The latest gap of an account, if statements say what it holds, and whether they do.
pub(super) async fn gap(
    db: &Db,
    connection: &impl ConnectionTrait,
    scope: Scope,
    account: i64,
) -> Result<(bool, Option<Gap>)> {
    let said = said(connection, scope, account).await?;
    let Some(latest) = said.last() else { return Ok((false, None)) };
    let sums = sums(db, connection, scope, account).await?;
    let until = |day: Day| sums.range(..=day).next_back().map_or(0, |(_, sum)| *sum);
    let mut agreed = latest.day;
    for earlier in said.iter().rev().skip(1) {
        let minor = (latest.minor - earlier.minor) - (until(latest.day) - until(earlier.day));
        if minor == 0 {
            agreed = earlier.day;
        } else if minor != told_later(db, connection, scope, (account, earlier)).await? {
            return Ok((true, Some(Gap { minor, after: earlier.day, until: agreed })));
        }
    }
    Ok((true, None))
}

/// The closing balances of the statements that stand, in the order of their days; of one day the one that was told last, and as of when it was
/// told first.
async fn said(connection: &impl ConnectionTrait, scope: Scope, account: i64) -> Result<Vec<Said>> {
    let standing = scope
        .find::<statement::Entity>()
        .filter(statement::Column::Status.eq(statement::DONE))
        .filter(statement::Column::UndoState.eq(statement::STANDS))
        .all(connection)
        .await?;
    let mut of_days: BTreeMap<Day, Said> = BTreeMap::new();
    for row in standing {
        let Some(at_ms) = row.finished_at_ms else { continue };
        for closing in Closing::of(&row)?.into_iter().filter(|closing| closing.account() == account) {
            let said = Said { day: closing.day(), minor: closing.minor(), at_ms };
            let is_over = |before: &Said| {
                if before.minor == said.minor {
                    // Who says the same again knows no more than who said it first.
                    at_ms < before.at_ms
                } else {
                    at_ms >= before.at_ms
                }
            };
            if of_days.get(&said.day).is_none_or(is_over) {
                of_days.insert(said.day, said);
            }
        }
    }
    Ok(of_days.into_values().collect())
}

/// What the rows add up to by the end of each day.
async fn sums(db: &Db, connection: &impl ConnectionTrait, scope: Scope, account: i64) -> Result<BTreeMap<Day, i64>> {
    let sql = format!(
        r#"SELECT day, CAST(sum(amount_minor) AS bigint) FROM "transaction"
           WHERE household_id = $1 AND account_id = $2 AND {TOLD} GROUP BY day ORDER BY day"#
    );
    let values = [scope.household().0.into(), account.into()];
    let mut sum = 0_i64;
    let rows = connection.query_all_raw(db.statement(&sql, values)).await?;
    let by_day = rows.iter().map(|row| {
        let (day, moved): (i32, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        sum = sum.checked_add(moved).ok_or_else(|| Error::broken("a sum beyond 64 bits"))?;
        Ok((Day::of_row(day), sum))
    });
    by_day.collect()
}

/// What came only after a statement was through, and is of its last day or before: a file that was downloaded at noon has half a day, and some
/// banks book with an earlier day.
async fn told_later(
    db: &Db,
    connection: &impl ConnectionTrait,
    scope: Scope,
    (account, said): (i64, &Said),
) -> Result<i64> {
    let sql = format!(
        r#"SELECT CAST(coalesce(sum(amount_minor), 0) AS bigint) FROM "transaction"
           WHERE household_id = $1 AND account_id = $2 AND {TOLD} AND day <= $3 AND id >= $4"#
    );
    let first = id::compose(said.at_ms.saturating_add(1), 0, 0);
    let values = [scope.household().0.into(), account.into(), said.day.number().into(), first.into()];
    let row = connection.query_one_raw(db.statement(&sql, values)).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0))
}

/// The first and the last day of what statements have told of an account, commit by commit.
pub(super) async fn covered(db: &Db, scope: Scope, account: i64) -> Result<Vec<(Day, Day)>> {
    let sql = "SELECT first_day, last_day FROM statement_booking WHERE household_id = $1 AND account_id = $2";
    let rows = db.reader().query_all_raw(db.statement(sql, [scope.household().0.into(), account.into()])).await?;
    let days =
        |row: &sea_orm::QueryResult| Ok((Day::of_row(row.try_get_by_index(0)?), Day::of_row(row.try_get_by_index(1)?)));
    rows.iter().map(days).collect()
}
