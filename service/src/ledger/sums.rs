//! The sums that every change of a transaction carries along: by month, account and category, and the account's own.

use std::collections::BTreeMap;

use domain::{day::Day, reconcile::State};
use entity::transaction;
use sea_orm::ConnectionTrait;

use super::{COUNTED_AS, IS_SPLIT, state, theirs::counted};
use crate::{
    Result, Unit,
    db::{Column, Engine, Table},
};

/// The parts of a row in SQL, as a table to be named beside it, and the category of one: each is a list of category, amount and note.
pub(crate) const fn parts_of(engine: Engine) -> (&'static str, &'static str) {
    match engine {
        Engine::Postgres => ("jsonb_array_elements(parts::jsonb) AS part", "CAST(part ->> 0 AS integer)"),
        Engine::Sqlite => ("json_each(parts) AS part", "part.value ->> 0"),
    }
}

/// The sums as the transactions of household `$1` say them, in the columns of `monthly_spending`: what is kept there must be this. `and`
/// narrows the transactions.
///
/// The month is computed from the number of the day as Howard Hinnant describes it (`civil_from_days`, years that begin in March), in
/// integers that both engines divide alike; days outside the calendar count as its borders, as they do everywhere.
fn facts(engine: Engine, and: &str) -> String {
    let (parts, part_category) = parts_of(engine);
    let part_minor = match engine {
        Engine::Postgres => "CAST(part ->> 1 AS bigint)",
        Engine::Sqlite => "part.value ->> 1",
    };
    let (first, last) = (Day::FIRST.number(), Day::LAST.number());
    format!(
        r#"SELECT month, account_id, category_id, CAST(sum(posted_count) AS bigint) AS posted_count,
             CAST(sum(pending_count) AS bigint) AS pending_count, CAST(sum(posted_minor) AS bigint) AS posted_minor,
             CAST(sum(pending_minor) AS bigint) AS pending_minor
           FROM (
             SELECT (era * 400 + yoe) * 12 + (5 * (doe - (365 * yoe + yoe / 4 - yoe / 100)) + 2) / 153 + 2 AS month, day_sum.*
             FROM (
               SELECT (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365 AS yoe, by_era.* FROM (
                 SELECT shifted / 146097 AS era, shifted - shifted / 146097 * 146097 AS doe, by_day.* FROM (
                   SELECT CASE WHEN day < {first} THEN {first} WHEN day > {last} THEN {last} ELSE day END + 719468 AS shifted,
                     account_id, category_id,
                     sum(CASE WHEN state = 0 THEN 1 ELSE 0 END) AS posted_count,
                     sum(CASE WHEN state = 1 THEN 1 ELSE 0 END) AS pending_count,
                     sum(CASE WHEN state = 0 THEN amount_minor ELSE 0 END) AS posted_minor,
                     sum(CASE WHEN state = 1 THEN amount_minor ELSE 0 END) AS pending_minor
                   FROM (
                     SELECT day, account_id, {COUNTED_AS} AS category_id, state, amount_minor
                     FROM "transaction" WHERE household_id = $1 AND state IN (0, 1) AND NOT ({IS_SPLIT}) {and}
                     UNION ALL
                     SELECT day, account_id, {part_category} AS category_id, state, {part_minor} AS amount_minor
                     FROM "transaction", {parts} WHERE household_id = $1 AND state IN (0, 1) AND {IS_SPLIT} {and}
                   ) AS counted
                   GROUP BY day, account_id, category_id
                 ) AS by_day
               ) AS by_era
             ) AS day_sum
           ) AS by_month
           GROUP BY month, account_id, category_id"#
    )
}

/// The sums that are not what the transactions of household `$1` say, the one side beside the other. `and` narrows both sides.
pub(crate) fn differing(engine: Engine, and: &str) -> String {
    format!(
        "SELECT month, account_id, category_id,
           CAST(sum(posted) AS bigint), CAST(sum(pending) AS bigint), CAST(sum(posted_minor) AS bigint), CAST(sum(pending_minor) AS bigint),
           CAST(sum(kept_posted) AS bigint), CAST(sum(kept_pending) AS bigint), CAST(sum(kept_posted_minor) AS bigint),
           CAST(sum(kept_pending_minor) AS bigint)
         FROM (
           SELECT month, account_id, category_id, posted_count AS posted, pending_count AS pending, posted_minor, pending_minor,
             0 AS kept_posted, 0 AS kept_pending, 0 AS kept_posted_minor, 0 AS kept_pending_minor FROM ({}) AS fact
           UNION ALL
           SELECT month, account_id, category_id, 0, 0, 0, 0, posted_count, pending_count, posted_minor, pending_minor
           FROM monthly_spending WHERE household_id = $1 {and}
         ) AS both_sides
         GROUP BY month, account_id, category_id
         HAVING sum(posted) <> sum(kept_posted) OR sum(pending) <> sum(kept_pending)
           OR sum(posted_minor) <> sum(kept_posted_minor) OR sum(pending_minor) <> sum(kept_pending_minor)
         ORDER BY month, account_id, category_id",
        facts(engine, and)
    )
}

/// Accounts of household `$1` whose own sums are not those of their transactions, both sides: posted, pending, kept posted, kept pending.
pub(crate) fn differing_accounts(and: &str) -> String {
    format!(
        r#"SELECT a.id, coalesce(fact.posted, 0), coalesce(fact.pending, 0), a.posted_minor, a.pending_minor
           FROM account a LEFT JOIN (
             SELECT account_id, CAST(sum(CASE WHEN state = 0 THEN amount_minor ELSE 0 END) AS bigint) AS posted,
               CAST(sum(CASE WHEN state = 1 THEN amount_minor ELSE 0 END) AS bigint) AS pending
             FROM "transaction" WHERE household_id = $1 AND state IN (0, 1) GROUP BY account_id
           ) AS fact ON fact.account_id = a.id
           WHERE a.household_id = $1 AND (a.posted_minor <> coalesce(fact.posted, 0) OR a.pending_minor <> coalesce(fact.pending, 0)) {and}
           ORDER BY a.id"#
    )
}

/// Adds up the transactions of an account anew, in place of the sums that are kept.
pub(crate) async fn rebuild(unit: &Unit, account: i64) -> Result<()> {
    let added_up = format!(
        "INSERT INTO monthly_spending (household_id, month, account_id, category_id, posted_count, pending_count, posted_minor, pending_minor)
         SELECT $1, month, account_id, category_id, posted_count, pending_count, posted_minor, pending_minor FROM ({}) AS fact",
        facts(unit.db().engine(), "AND account_id = $2")
    );
    for sql in [
        "DELETE FROM monthly_spending WHERE household_id = $1 AND account_id = $2",
        &added_up,
        "UPDATE account SET
           posted_minor = (SELECT CAST(coalesce(sum(posted_minor), 0) AS bigint) FROM monthly_spending s WHERE s.household_id = $1 AND s.account_id = $2),
           pending_minor = (SELECT CAST(coalesce(sum(pending_minor), 0) AS bigint) FROM monthly_spending s WHERE s.household_id = $1 AND s.account_id = $2)
         WHERE household_id = $1 AND id = $2",
    ] {
        let values = [unit.scope().household().0.into(), account.into()];
        unit.connection().execute_raw(unit.db().statement(sql, values)).await?;
    }
    Ok(())
}

/// Differences that are to be added to the sums.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    /// By month, account and category.
    cells: BTreeMap<(i32, i64, i32), Cell>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    posted_count: i32,
    pending_count: i32,
    posted_minor: i64,
    pending_minor: i64,
}

impl Sums {
    /// Counts a row as it is now.
    pub(crate) fn add(&mut self, row: &transaction::Model) {
        self.count(row, 1);
    }

    /// Takes a row out as it was.
    pub(crate) fn subtract(&mut self, row: &transaction::Model) {
        self.count(row, -1);
    }

    fn count(&mut self, row: &transaction::Model, sign: i32) {
        let month = Day::of_row(row.day).month().number();
        for (category, minor) in counted(row) {
            let cell = self.cells.entry((month, row.account_id, category.0)).or_default();
            let amount = minor * i64::from(sign);
            match state(row) {
                State::Posted => {
                    cell.posted_count += sign;
                    cell.posted_minor += amount;
                }
                State::Pending => {
                    cell.pending_count += sign;
                    cell.pending_minor += amount;
                }
                State::Deleted | State::Vanished => {}
            }
        }
    }

    /// Writes the differences.
    pub(crate) async fn write(mut self, unit: &Unit) -> Result<()> {
        self.cells.retain(|_, cell| {
            (cell.posted_count, cell.pending_count, cell.posted_minor, cell.pending_minor) != (0, 0, 0, 0)
        });
        if self.cells.is_empty() {
            return Ok(());
        }
        self.write_months(unit).await?;
        self.write_accounts(unit).await?;
        self.remove_empty(unit).await
    }

    async fn write_months(&self, unit: &Unit) -> Result<()> {
        let cells = || self.cells.iter();
        let table = Table::new([
            ("month", Column::Int(cells().map(|((month, ..), _)| *month).collect())),
            ("account_id", Column::Long(cells().map(|((_, account, _), _)| *account).collect())),
            ("category_id", Column::Int(cells().map(|((.., category), _)| *category).collect())),
            ("posted_count", Column::Int(cells().map(|(_, cell)| cell.posted_count).collect())),
            ("pending_count", Column::Int(cells().map(|(_, cell)| cell.pending_count).collect())),
            ("posted_minor", Column::Long(cells().map(|(_, cell)| cell.posted_minor).collect())),
            ("pending_minor", Column::Long(cells().map(|(_, cell)| cell.pending_minor).collect())),
        ]);
        // SQLite takes ON for a join's unless a WHERE stands between.
        let sql = format!(
            "INSERT INTO monthly_spending (household_id, month, account_id, category_id, posted_count, pending_count, posted_minor, pending_minor)
             SELECT $1, v.month, v.account_id, v.category_id, v.posted_count, v.pending_count, v.posted_minor, v.pending_minor FROM {} WHERE true
             ON CONFLICT (household_id, month, account_id, category_id) DO UPDATE SET
               posted_count = monthly_spending.posted_count + excluded.posted_count,
               pending_count = monthly_spending.pending_count + excluded.pending_count,
               posted_minor = monthly_spending.posted_minor + excluded.posted_minor,
               pending_minor = monthly_spending.pending_minor + excluded.pending_minor",
            table.source(unit.db().engine(), 2)
        );
        super::write::execute(unit, &sql, table).await
    }

    async fn write_accounts(&self, unit: &Unit) -> Result<()> {
        let mut accounts: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for ((_, account, _), cell) in &self.cells {
            let sum = accounts.entry(*account).or_default();
            sum.0 += cell.posted_minor;
            sum.1 += cell.pending_minor;
        }
        let table = Table::new([
            ("account_id", Column::Long(accounts.keys().copied().collect())),
            ("posted_minor", Column::Long(accounts.values().map(|(posted, _)| *posted).collect())),
            ("pending_minor", Column::Long(accounts.values().map(|(_, pending)| *pending).collect())),
        ]);
        let sql = format!(
            "UPDATE account SET posted_minor = account.posted_minor + v.posted_minor, pending_minor = account.pending_minor + v.pending_minor
             FROM {} WHERE account.household_id = $1 AND account.id = v.account_id",
            table.source(unit.db().engine(), 2)
        );
        super::write::execute(unit, &sql, table).await
    }

    /// Cells that count nothing any more are no rows.
    async fn remove_empty(&self, unit: &Unit) -> Result<()> {
        let shrinks = |cell: &&Cell| cell.posted_count < 0 || cell.pending_count < 0;
        if !self.cells.values().any(|cell| shrinks(&cell)) {
            return Ok(());
        }
        let months = || self.cells.iter().filter(|(_, cell)| shrinks(cell)).map(|((month, ..), _)| *month);
        let (first, last) = (months().min().unwrap_or(0), months().max().unwrap_or(0));
        let sql = "DELETE FROM monthly_spending WHERE household_id = $1 AND month BETWEEN $2 AND $3 AND posted_count = 0 AND pending_count = 0";
        let values = [unit.scope().household().0.into(), first.into(), last.into()];
        unit.connection().execute_raw(unit.db().statement(sql, values)).await?;
        Ok(())
    }
}
