//! What has become of the lines of a file: a row for each commit and account. From it an import is taken back, also when a later Florin
//! would read the file otherwise.

use std::collections::HashMap;

use domain::{
    day::Day,
    reconcile::{Identity, LIKENESS_DAYS, Origin},
};
use entity::{statement, statement_booking, transaction};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use serde::{Deserialize, Serialize};

use super::{stored, to_store};
use crate::{
    Error, Result, Scope, Unit,
    ledger::{Became, How, stored::Stored},
    scope::Tenant,
};

impl Tenant for statement_booking::Entity {
    const HOUSEHOLD: Self::Column = statement_booking::Column::HouseholdId;
}

/// Two files may differ so much about a row that a third source leads.
const OVERLAP_DAYS: i32 = 2 * LIKENESS_DAYS;

/// A line as it is stored: its row, its name (kind, fingerprint, number), and how it became the row. Positions and names never change
/// their meaning.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry(i64, i16, i64, i16, Way);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Way {
    Known,
    New,
    Named,
    Changed(Box<Stored>),
    TakenOver(Box<Stored>),
}

impl From<&Became> for Entry {
    fn from(became: &Became) -> Self {
        let before = |row: &transaction::Model| Box::new(Stored::new(row, &[]));
        let way = match &became.how {
            How::Known => Way::Known,
            How::New => Way::New,
            How::Named => Way::Named,
            How::Changed(row) => Way::Changed(before(row)),
            How::TakenOver(row) => Way::TakenOver(before(row)),
        };
        let Identity { fingerprint, ordinal } = became.name;
        Self(became.transaction, became.origin.code(), fingerprint, ordinal, way)
    }
}

impl Entry {
    fn read(self, place: usize, household: i64) -> Result<Became> {
        let Self(transaction, origin, fingerprint, ordinal, way) = self;
        let before = |stored: Box<Stored>| Box::new(stored.row(household).0);
        let origin = Origin::from_code(origin).ok_or_else(|| Error::broken("an unknown origin"))?;
        let how = match way {
            Way::Known => How::Known,
            Way::New => How::New,
            Way::Named => How::Named,
            Way::Changed(stored) => How::Changed(before(stored)),
            Way::TakenOver(stored) => How::TakenOver(before(stored)),
        };
        Ok(Became { place, transaction, origin, name: Identity { fingerprint, ordinal }, how, was: None })
    }
}

/// Notes what has become of the lines of a batch.
pub(super) async fn keep(
    unit: &Unit,
    (statement, first_line): (i64, i64),
    account: i64,
    days: (i32, i32),
    lines: &[Became],
) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let entries: Vec<Entry> = lines.iter().map(Entry::from).collect();
    let row = statement_booking::Model {
        household_id: unit.scope().household().0,
        account_id: account,
        statement_id: statement,
        first_line,
        first_day: days.0,
        last_day: days.1,
        lines: to_store(&entries)?,
    };
    statement_booking::Entity::insert(statement_booking::ActiveModel::from(row))
        .exec_without_returning(unit.connection())
        .await?;
    Ok(())
}

/// The latest lines of a statement that are not taken back yet, and where they stand.
pub(super) async fn latest(unit: &Unit, statement: i64) -> Result<Option<(statement_booking::Model, Vec<Became>)>> {
    let found = unit
        .scope()
        .find::<statement_booking::Entity>()
        .filter(statement_booking::Column::StatementId.eq(statement))
        .order_by_desc(statement_booking::Column::FirstLine)
        .order_by_desc(statement_booking::Column::AccountId)
        .one(unit.connection())
        .await?;
    let Some(row) = found else { return Ok(None) };
    let lines = read(&row)?;
    Ok(Some((row, lines)))
}

/// The rows that a statement has named.
pub(crate) async fn named_rows(connection: &impl ConnectionTrait, scope: Scope, statement: i64) -> Result<Vec<i64>> {
    let found = scope.find::<statement_booking::Entity>();
    let found = found.filter(statement_booking::Column::StatementId.eq(statement)).all(connection).await?;
    let mut named = Vec::new();
    for row in found {
        named.extend(stored::<Vec<Entry>>(&row.lines)?.into_iter().map(|entry| entry.0));
    }
    Ok(named)
}

/// The first day of what a statement has told of an account.
pub(crate) async fn first_day(
    connection: &impl ConnectionTrait,
    scope: Scope,
    statement: i64,
    account: i64,
) -> Result<Option<Day>> {
    let found = scope.find::<statement_booking::Entity>();
    let found = found.filter(statement_booking::Column::StatementId.eq(statement));
    let found = found.filter(statement_booking::Column::AccountId.eq(account));
    let first = found.order_by_asc(statement_booking::Column::FirstDay).one(connection).await?;
    Ok(first.map(|row| Day::of_row(row.first_day)))
}

/// Forgets lines that are taken back.
pub(super) async fn forget(unit: &Unit, row: &statement_booking::Model) -> Result<()> {
    unit.scope()
        .delete::<statement_booking::Entity>()
        .filter(statement_booking::Column::AccountId.eq(row.account_id))
        .filter(statement_booking::Column::StatementId.eq(row.statement_id))
        .filter(statement_booking::Column::FirstLine.eq(row.first_line))
        .exec(unit.connection())
        .await?;
    Ok(())
}

/// What other statements say about the rows around the days of some lines.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// Each with its lines, and whether one of them has come into something.
    bookings: Vec<(statement_booking::Model, Vec<Entry>, bool)>,
    /// Where a row is named: by which line of which booking.
    named: HashMap<i64, Vec<(usize, usize)>>,
}

impl Others {
    /// Loads them.
    pub(super) async fn of(unit: &Unit, row: &statement_booking::Model) -> Result<Self> {
        let found = unit
            .scope()
            .find::<statement_booking::Entity>()
            .filter(statement_booking::Column::AccountId.eq(row.account_id))
            .filter(statement_booking::Column::StatementId.ne(row.statement_id))
            .filter(statement_booking::Column::LastDay.gte(row.first_day - OVERLAP_DAYS))
            .filter(statement_booking::Column::FirstDay.lte(row.last_day + OVERLAP_DAYS))
            .order_by_asc(statement_booking::Column::StatementId)
            .all(unit.connection())
            .await?;
        let mut others = Self::default();
        for (place, booking) in found.into_iter().enumerate() {
            let entries: Vec<Entry> = stored(&booking.lines)?;
            for (line, entry) in entries.iter().enumerate() {
                others.named.entry(entry.0).or_default().push((place, line));
            }
            others.bookings.push((booking, entries, false));
        }
        Ok(others)
    }

    /// Whether one of them gives a row this name.
    pub(super) fn give(&self, line: &Became) -> bool {
        let places = self.named.get(&line.transaction).map_or(&[][..], Vec::as_slice);
        places.iter().any(|(booking, place)| self.bookings[*booking].1[*place].2 == line.name.fingerprint)
    }

    /// What a line did becomes what the first of them did that speaks of its row: when that one is taken back too, nothing of it is left.
    /// Who has made a row leaves it to any other; who has changed it only to one that came later and found it so: what was there earlier is
    /// said again. Answers whether there is one.
    pub(super) fn inherit(&mut self, line: &Became, statement: i64) -> bool {
        let places = self.named.get(&line.transaction).map_or(&[][..], Vec::as_slice);
        let is_heir = |booking: usize| line.how == How::New || self.bookings[booking].0.statement_id > statement;
        let Some((booking, place)) = places.iter().find(|(booking, _)| is_heir(*booking)).copied() else {
            return false;
        };
        let (_, entries, has_inherited) = &mut self.bookings[booking];
        entries[place].4 = Entry::from(line).4;
        *has_inherited = true;
        true
    }

    /// Writes what they have come into.
    pub(super) async fn write(self, unit: &Unit) -> Result<()> {
        for (booking, entries, _) in self.bookings.into_iter().filter(|(.., has_inherited)| *has_inherited) {
            unit.scope()
                .update::<statement_booking::Entity>()
                .filter(statement_booking::Column::AccountId.eq(booking.account_id))
                .filter(statement_booking::Column::StatementId.eq(booking.statement_id))
                .filter(statement_booking::Column::FirstLine.eq(booking.first_line))
                .col_expr(statement_booking::Column::Lines, Expr::value(to_store(&entries)?))
                .exec(unit.connection())
                .await?;
        }
        Ok(())
    }
}

fn read(row: &statement_booking::Model) -> Result<Vec<Became>> {
    let entries: Vec<Entry> = stored(&row.lines)?;
    entries.into_iter().enumerate().map(|(place, entry)| entry.read(place, row.household_id)).collect()
}

/// Whether a statement was imported before it was noted what became of its lines.
pub(super) fn is_unknown(row: &statement::Model, has_bookings: bool) -> bool {
    !has_bookings && row.new_count + row.duplicate_count + row.changed_count > 0
}
