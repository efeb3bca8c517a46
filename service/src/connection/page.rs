//! A page of a bank's feed, from its entries to one commit.

use std::collections::HashMap;

use connector::bank::Entries;
use domain::{
    currency::Currency,
    reconcile::{self, FingerprintKey},
};
use entity::connection;
use sea_orm::{ColumnTrait, QueryFilter, sea_query::Expr};

use super::{listing, source_account::Source};
use crate::{
    Error, Result, Unit,
    archive::{self, Saying},
    ledger::{self, Batch, Booked, Mode, Prepared},
    transaction::{self as transactions, Touched},
};

/// The lines of each account, fingerprinted and categorized. `listing` names the connection whose history is told once more.
pub(crate) fn batches(
    key: &FingerprintKey,
    accounts: &HashMap<String, Source>,
    entries: Entries,
    listing: Option<i64>,
) -> Vec<Batch> {
    let mut batches: HashMap<i64, (Source, Vec<Prepared>, Vec<i64>)> = HashMap::new();
    for (source_id, line) in entries.lines {
        let Some(source) = accounts.get(&source_id) else { continue };
        let (_, lines, _) = batches.entry(source.account).or_insert((*source, Vec::new(), Vec::new()));
        lines.push(Prepared::new(key, ledger::Source::Bank, source.setting, line));
    }
    for (source_id, removed_id) in entries.removed {
        let Some(source) = accounts.get(&source_id) else { continue };
        let (_, _, removed) = batches.entry(source.account).or_insert((*source, Vec::new(), Vec::new()));
        removed.push(reconcile::fingerprint_of_id(key, &removed_id));
    }
    let mut batches: Vec<Batch> = batches
        .into_iter()
        .map(|(account, (source, lines, removed))| {
            let mode = match listing {
                Some(connection) => Mode::Listing { connection, removed },
                None => Mode::Page { removed },
            };
            let (setting, covered_day) = (source.setting, source.covered_day);
            Batch { account, setting, covered_day, mode, lines }
        })
        .collect();
    batches.sort_by_key(|batch| batch.account);
    batches
}

/// What one page writes.
pub(crate) struct Step {
    pub(crate) connection: i64,
    /// The cursor that the page was asked for.
    pub(crate) before: Option<String>,
    pub(crate) after: String,
    /// Whether the bank tells its history once more.
    pub(crate) is_listing: bool,
    pub(crate) rejected: i64,
    pub(crate) kept: archive::Kept,
    pub(crate) batches: Vec<Batch>,
}

impl Step {
    /// False when the connection is gone.
    pub(crate) async fn write(&self, unit: &mut Unit) -> Result<bool> {
        if !self.move_cursor(unit).await? {
            return Ok(false);
        }
        if self.before.is_none() {
            listing::begin(unit, self.connection, self.is_listing).await?;
        }
        archive::record(unit, &self.kept, self.saying()).await?;
        let booked = ledger::book(unit, &self.batches).await?;
        tell(unit, &booked).await?;
        Ok(true)
    }

    const fn saying(&self) -> Saying {
        match (self.is_listing, &self.before) {
            (false, _) => Saying::Changes,
            (true, Some(_)) => Saying::Listing,
            (true, None) => Saying::ListingBegins,
        }
    }

    /// Compares and sets: a page is booked once, from where it was read.
    async fn move_cursor(&self, unit: &Unit) -> Result<bool> {
        let column = connection::Column::Cursor;
        let stands = self.before.as_ref().map_or_else(|| column.is_null(), |before| column.eq(before));
        let moved = unit
            .scope()
            .update::<connection::Entity>()
            .filter(connection::Column::Id.eq(self.connection))
            .filter(stands)
            .col_expr(column, Expr::value(self.after.as_str()))
            .col_expr(
                connection::Column::Rejected,
                sea_orm::ExprTrait::add(Expr::col(connection::Column::Rejected), self.rejected),
            )
            .exec(unit.connection())
            .await?;
        if moved.rows_affected == 1 {
            return Ok(true);
        }
        match super::load(unit, self.connection).await {
            Ok(_) => Err(Error::broken("the cursor was moved meanwhile")),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Leaves the event and the follow-up jobs of what was booked.
pub(crate) async fn tell(unit: &mut Unit, booked: &Booked) -> Result<()> {
    if !booked.is_visible() {
        return Ok(());
    }
    let Booked { new, changed, gone, days, .. } = booked;
    transactions::tell(unit, Touched { new, changed, gone, days: &days.iter().copied().collect::<Vec<_>>() }).await
}

/// The currency of a row, which was checked when it was written.
pub(crate) fn currency(code: &str) -> Result<Currency> {
    Currency::from_code(code).ok_or_else(|| Error::broken("a row in an unknown currency"))
}
