//! The sums that every change of a transaction carries along: by month, account and category, and the account's own.

use std::collections::BTreeMap;

use domain::{day::Day, reconcile::State};
use entity::transaction;
use sea_orm::ConnectionTrait;

use super::state;
use crate::{
    Result, Unit,
    db::{Column, Table},
};

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
        let cell =
            self.cells.entry((Day::of_row(row.day).month().number(), row.account_id, row.category_id)).or_default();
        let amount = row.amount_minor * i64::from(sign);
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
