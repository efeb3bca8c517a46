//! Books the lines of a file, a batch in each commit, with how far it is.

use std::collections::{BTreeMap, HashMap, HashSet};

use connector::file::Position;
use domain::{
    categorize::Setting,
    day::Day,
    reconcile::{self, FileDays},
};
use entity::statement;
use sea_orm::{ColumnTrait, ExprTrait, QueryFilter, sea_query::Expr};

use super::{account::Ours, booking, read::Lines};
use crate::{
    Error, Result, Unit, connection,
    event::Event,
    investment,
    ledger::{self, Batch, Booked, Mode, Named, Prepared},
};

/// Lines of a commit. Each reads the rows of some days around it and writes sums and numbers, whatever its length: with a third of this an
/// import took half as long again. Nobody else writes to the household meanwhile, for a tenth of a second.
pub(super) const BATCH_LINES: usize = 3_000;

/// Numbers equal lines of each account throughout the file, and makes batches.
pub(super) struct Numbering {
    seen: HashMap<i64, HashMap<i64, i16>>,
    /// Of each account of the file its first and its last day.
    days: HashMap<usize, FileDays>,
    /// Accounts of ours that several accounts of the file are: their days stand in several places of it.
    shared: HashSet<i64>,
}

/// Lines that are booked together.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) statement: i64,
    /// How many lines of the file were through before.
    first_line: i64,
    pub(super) lines: i64,
    /// Pending lines of files are left out: the bank books them under another id, and no file says that they are gone.
    pub(super) left_out: i64,
    parts: Vec<Part>,
}

/// Those of one account of ours.
#[derive(Clone)]
struct Part {
    account: i64,
    setting: Setting,
    /// The days of the file, if these are all its lines of their days.
    file: Option<FileDays>,
    lines: Vec<Named>,
    /// Where they stand in the file.
    places: Vec<Position>,
}

/// The same with everything that can be said about them without the database.
pub(super) struct Ready {
    statement: i64,
    first_line: i64,
    pub(super) lines: i64,
    pub(super) left_out: i64,
    pub(super) batches: Vec<Batch>,
    /// Where the lines of each batch stand in the file, in their order.
    pub(super) places: BTreeMap<i64, Vec<Position>>,
}

impl Numbering {
    pub(super) fn new(ours: &[Ours], days: HashMap<usize, FileDays>) -> Self {
        let mut seen = HashSet::new();
        let shared = ours.iter().map(|ours| ours.account).filter(|account| !seen.insert(*account)).collect();
        Self { seen: HashMap::new(), days, shared }
    }

    pub(super) fn step(
        &mut self,
        key: &reconcile::FingerprintKey,
        (statement, first_line): (i64, i64),
        ours: &[Ours],
        Lines { lines, is_whole }: Lines,
    ) -> Result<Step> {
        let count = lines.len();
        let mut left_out = 0;
        // Two accounts of the file may be one of ours.
        let mut parts: BTreeMap<i64, Part> = BTreeMap::new();
        for line in lines {
            let Some(&Ours { account, setting }) = ours.get(line.account) else {
                return Err(Error::broken("a line of an account that the file did not name"));
            };
            if line.line.pending {
                left_out += 1;
                continue;
            }
            let mut named = Named::new(key, ledger::Source::File, line.line, line.trade);
            let seen = self.seen.entry(account).or_default();
            let Some(ordinal) = reconcile::number(seen, named.fingerprint) else {
                // Tens of thousands of equal lines are no statement of anybody's life.
                left_out += 1;
                continue;
            };
            named.ordinal = ordinal;
            let file = self.days.get(&line.account).copied().filter(|_| is_whole && !self.shared.contains(&account));
            let part = parts.entry(account);
            let part = part.or_insert_with(|| Part { account, setting, file, lines: Vec::new(), places: Vec::new() });
            part.lines.push(named);
            part.places.push(line.position);
        }
        let lines = i64::try_from(count).map_err(|_| Error::broken("too many lines"))?;
        Ok(Step { statement, first_line, lines, left_out, parts: parts.into_values().collect() })
    }
}

impl Step {
    /// Books the lines if all of them are known and say what is known. Answers whether they were; if not, nothing is written.
    pub(super) async fn write_known(&self, unit: &mut Unit) -> Result<bool> {
        let mut known = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            // What is said of a security is compared where it is kept.
            let is_plain = part.lines.iter().all(|line| line.trade.is_none());
            let found = if is_plain { ledger::recognize(unit, part.account, &part.lines).await? } else { None };
            let Some(found) = found else { return Ok(false) };
            known.push(found);
        }
        for (part, lines) in self.parts.iter().zip(&known) {
            let days = days(part.lines.iter().map(|line| line.line.day));
            booking::keep(unit, (self.statement, self.first_line), part.account, days, lines).await?;
        }
        let same = known.iter().map(Vec::len).sum();
        note(unit, self.statement, self.lines, self.left_out, &Booked { same, ..Booked::default() }).await?;
        Ok(true)
    }

    /// Says what can be said about the lines without the database.
    pub(super) fn prepare(self, key: &reconcile::FingerprintKey) -> Ready {
        let Self { statement, first_line, lines, left_out, parts } = self;
        let (mut batches, mut places) = (Vec::with_capacity(parts.len()), BTreeMap::new());
        for Part { account, setting, file, lines, places: of_lines } in parts {
            let lines = lines.into_iter().map(|named| Prepared::of_named(key, setting, named)).collect();
            batches.push(Batch { account, setting, covered_day: None, mode: Mode::Window { file }, lines });
            places.insert(account, of_lines);
        }
        Ready { statement, first_line, lines, left_out, batches, places }
    }
}

impl Ready {
    /// Books the lines. Answers whether all of them were known.
    pub(super) async fn write(&self, unit: &mut Unit) -> Result<bool> {
        let booked = ledger::book(unit, &self.batches).await?;
        connection::tell(unit, &booked).await?;
        for batch in &self.batches {
            let days = days(batch.lines.iter().map(|line| line.line.day));
            let lines = booked.lines.get(&batch.account).map_or(&[][..], Vec::as_slice);
            booking::keep(unit, (self.statement, self.first_line), batch.account, days, lines).await?;
            investment::keep_trades(unit, self.statement, batch, lines).await?;
        }
        note(unit, self.statement, self.lines, self.left_out, &booked).await?;
        Ok(!booked.is_visible())
    }
}

/// The first and the last of some days.
fn days(days: impl Iterator<Item = Day> + Clone) -> (i32, i32) {
    FileDays::of(days).map_or((0, 0), |days| (days.first.number(), days.last.number()))
}

/// Notes how far a statement is.
async fn note(unit: &mut Unit, statement: i64, lines: i64, left_out: i64, booked: &Booked) -> Result<()> {
    let more = |column: statement::Column, by: i64| (column, Expr::col(column).add(by));
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let mut update = unit.scope().update::<statement::Entity>().filter(statement::Column::Id.eq(statement));
    for (column, expression) in [
        more(statement::Column::LinesDone, lines),
        more(statement::Column::NewCount, number(booked.new.len())),
        more(statement::Column::DuplicateCount, number(booked.same)),
        more(statement::Column::ChangedCount, number(booked.changed.len())),
        more(statement::Column::UnsupportedCount, left_out),
    ] {
        update = update.col_expr(column, expression);
    }
    update.exec(unit.connection()).await?;
    unit.emit(Event::StatementUpdated { statement });
    Ok(())
}
