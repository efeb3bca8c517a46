//! Books the lines of a file, a batch in each commit, with how far it is.

use std::collections::{BTreeMap, HashMap, HashSet};

use connector::file::Position;
use domain::reconcile::{self, FileDays};
use entity::statement;
use sea_orm::{ColumnTrait, ExprTrait, QueryFilter, sea_query::Expr};

use super::{account::Ours, booking, read::Lines};
use crate::{
    Error, Result, Unit, connection,
    event::Event,
    investment,
    ledger::{self, Batch, Mode, Prepared},
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

/// A batch of lines, ready to be booked.
pub(super) struct Step {
    pub(super) statement: i64,
    /// How many lines of the file were through before.
    pub(super) first_line: i64,
    pub(super) lines: i64,
    /// Pending lines of files are left out: the bank books them under another id, and no file says that they are gone.
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
        let mut batches: BTreeMap<i64, Batch> = BTreeMap::new();
        let mut places: BTreeMap<i64, Vec<Position>> = BTreeMap::new();
        for line in lines {
            let Some(&Ours { account, kind }) = ours.get(line.account) else {
                return Err(Error::broken("a line of an account that the file did not name"));
            };
            if line.line.pending {
                left_out += 1;
                continue;
            }
            let mut prepared = Prepared::with_trade(key, ledger::Source::File, kind, line.line, line.trade);
            let seen = self.seen.entry(account).or_default();
            let Some(ordinal) = reconcile::number(seen, prepared.incoming.fingerprint) else {
                // Tens of thousands of equal lines are no statement of anybody's life.
                left_out += 1;
                continue;
            };
            prepared.incoming.ordinal = ordinal;
            let file = self.days.get(&line.account).copied().filter(|_| is_whole && !self.shared.contains(&account));
            let batch = batches.entry(account);
            let batch = batch.or_insert_with(|| {
                let (mode, lines) = (Mode::Window { file }, Vec::new());
                Batch { account, kind, covered_day: None, mode, lines }
            });
            batch.lines.push(prepared);
            places.entry(account).or_default().push(line.position);
        }
        let lines = i64::try_from(count).map_err(|_| Error::broken("too many lines"))?;
        Ok(Step { statement, first_line, lines, left_out, batches: batches.into_values().collect(), places })
    }
}

impl Step {
    pub(super) async fn write(&self, unit: &mut Unit) -> Result<()> {
        let booked = ledger::book(unit, &self.batches).await?;
        connection::tell(unit, &booked).await?;
        for batch in &self.batches {
            let days = || batch.lines.iter().map(|line| line.line.day.number());
            let days = (days().min().unwrap_or_default(), days().max().unwrap_or_default());
            let lines = booked.lines.get(&batch.account).map_or(&[][..], Vec::as_slice);
            booking::keep(unit, (self.statement, self.first_line), batch.account, days, lines).await?;
            investment::keep_trades(unit, self.statement, batch, lines).await?;
        }
        let more = |column: statement::Column, by: i64| (column, Expr::col(column).add(by));
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let mut update = unit.scope().update::<statement::Entity>().filter(statement::Column::Id.eq(self.statement));
        for (column, expression) in [
            more(statement::Column::LinesDone, self.lines),
            more(statement::Column::NewCount, number(booked.new.len())),
            more(statement::Column::DuplicateCount, number(booked.same)),
            more(statement::Column::ChangedCount, number(booked.changed.len())),
            more(statement::Column::UnsupportedCount, self.left_out),
        ] {
            update = update.col_expr(column, expression);
        }
        update.exec(unit.connection()).await?;
        unit.emit(Event::StatementUpdated { statement: self.statement });
        Ok(())
    }
}
