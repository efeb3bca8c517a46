//! Takes an import back: the rows that it made, the names that it gave, the changes that it brought. What another source knows too stays.

use std::collections::{HashMap, HashSet};

use domain::{
    id::{StatementId, TransactionId},
    job::Lane,
    reconcile::Origin,
};
use entity::{statement, transaction, transaction_alias, transaction_merge};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, Condition, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};

use super::{
    Statement, anchor,
    begin::load,
    booking::{self, Others},
    stored, to_store,
};
use crate::{
    Db, Error, Result, Scope, Unit, account as accounts,
    event::Event,
    investment,
    job::{Job, Run, UndoStatement, Verdict},
    ledger::{
        Became, How, Unbooked, take_category,
        theirs::{fit_parts, is_chosen, is_marked},
    },
    transaction::{self as transactions, Touched},
};

/// Kept rows that are named; of more only the number is.
const KEPT: usize = 500;

/// An import that is to be taken back.
#[derive(Clone, Copy, Debug)]
pub struct UndoImport {
    /// Which.
    pub statement: StatementId,
    /// Whether rows stay on which a person has set something, or taken it away.
    pub keep_edited: bool,
}

/// What became of an import that is taken back; while it goes on: so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Undo {
    keep_edited: bool,
    /// Transactions that are gone.
    pub gone: u64,
    /// Transactions that say again what they said before.
    pub restored: u64,
    /// Transactions that stay.
    pub kept: u64,
    /// The first of them.
    pub kept_rows: Vec<Kept>,
}

/// A transaction of the import that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    transaction: i64,
    /// Why.
    pub reason: KeptBecause,
}

impl Kept {
    /// Which.
    #[must_use]
    pub const fn transaction(self) -> TransactionId {
        TransactionId(self.transaction)
    }
}

/// Why a transaction of an import stays when the import is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptBecause {
    /// Its bank has told it too.
    Bank,
    /// Another statement has it too.
    OtherStatement,
    /// A person has merged it with another one.
    Merged,
    /// A person has written on it, and what people wrote was to be kept.
    Edited,
}

/// Takes an import back. Asked again it answers with how far that is.
pub async fn undo(db: &Db, scope: Scope, command: UndoImport) -> Result<Statement> {
    db.write(scope, move |unit| {
        async move {
            let row = load(unit, command.statement.0).await?;
            let conflict = |reason: &str| Err(Error::Conflict { reason: reason.to_owned() });
            match row.status {
                statement::DONE => {}
                statement::REFUSED => return conflict("nothing of this statement was imported"),
                _ => return conflict("the statement is still being imported"),
            }
            match row.undo_state {
                statement::STANDS => {}
                statement::TAKEN_BACK => return row.try_into(),
                _ => {
                    // One that waits already is joined.
                    plan(unit, row.id)?;
                    return row.try_into();
                }
            }
            if booking::is_unknown(&row, booking::latest(unit, row.id).await?.is_some()) {
                return conflict("the statement was imported before imports could be taken back");
            }
            let undo = Undo { keep_edited: command.keep_edited, ..Undo::default() };
            note(unit, row.id, statement::GOING, &undo).await?;
            plan(unit, row.id)?;
            load(unit, row.id).await?.try_into()
        }
        .scope_boxed()
    })
    .await
}

fn plan(unit: &mut Unit, statement: i64) -> Result<()> {
    unit.enqueue(Job::UndoStatement(UndoStatement { statement, lane: Lane::Urgent.name().to_owned() }))
}

/// The job: the latest lines first, so that what was changed twice becomes what it was before the first time.
pub async fn take_back(run: &Run, order: &UndoStatement) -> Result<Verdict> {
    let id = order.statement;
    let found = run.scope().find::<statement::Entity>().filter(statement::Column::Id.eq(id));
    let open = found.one(run.db().reader()).await?.filter(|row| row.undo_state == statement::GOING);
    if open.is_some() {
        while run.write(move |unit| async move { step(unit, id).await }.scope_boxed()).await? {}
    }
    let is_open = open.is_some();
    let finished = run
        .finish(move |unit| {
            async move {
                if is_open {
                    close(unit, id).await?;
                }
                Ok(())
            }
            .scope_boxed()
        })
        .await?;
    Ok(Verdict::Done(finished))
}

async fn note(unit: &mut Unit, id: i64, state: i16, undo: &Undo) -> Result<()> {
    unit.scope()
        .update::<statement::Entity>()
        .filter(statement::Column::Id.eq(id))
        .col_expr(statement::Column::UndoState, Expr::value(state))
        .col_expr(statement::Column::Undo, Expr::value(to_store(undo)?))
        .exec(unit.connection())
        .await?;
    unit.emit(Event::StatementUpdated { statement: id });
    Ok(())
}

/// Takes the lines of one commit back. Answers whether there were any.
pub(super) async fn step(unit: &mut Unit, id: i64) -> Result<bool> {
    let Some((batch, lines)) = booking::latest(unit, id).await? else { return Ok(false) };
    let row = load(unit, id).await?;
    let undo: Undo = row.undo.as_deref().map(stored).transpose()?.unwrap_or_default();
    let others = Others::of(unit, &batch).await?;
    let mut taking = Taking { undo, ..Taking::load(unit, id, &lines, others).await? };
    for line in lines.iter().rev() {
        taking.take(line);
    }
    let Taking { undo, unbooked, days, others, left, .. } = taking;
    let spoken_of: Vec<i64> = lines.iter().map(|line| line.transaction).filter(|id| !left.contains(id)).collect();
    investment::take_trades_back(unit, id, &spoken_of).await?;
    others.write(unit).await?;
    let gone: Vec<i64> = unbooked.gone.iter().map(|row| row.id).collect();
    let restored: Vec<i64> = unbooked.restored.iter().map(|(row, _)| row.id).collect();
    let account = accounts::load(unit, domain::id::AccountId(batch.account_id)).await?;
    unbooked.write(unit, &account).await?;
    booking::forget(unit, &batch).await?;
    note(unit, id, statement::GOING, &undo).await?;
    if !(gone.is_empty() && restored.is_empty()) {
        transactions::tell(unit, Touched { new: &[], changed: &restored, gone: &gone, days: &days }).await?;
    }
    Ok(true)
}

/// What is taken back with one commit.
struct Taking {
    statement: i64,
    rows: HashMap<i64, transaction::Model>,
    names: HashMap<i64, Vec<transaction_alias::Model>>,
    merged: HashSet<i64>,
    others: Others,
    undo: Undo,
    unbooked: Unbooked,
    days: Vec<i32>,
    /// Rows that are left to a person as they are, with the trade behind them.
    left: HashSet<i64>,
}

impl Taking {
    async fn load(unit: &Unit, statement: i64, lines: &[Became], others: Others) -> Result<Self> {
        let touched = lines.iter().filter(|line| line.how != How::Known);
        let ids: HashSet<i64> = touched.map(|line| line.transaction).collect();
        let ids = || ids.iter().copied();
        let (scope, connection) = (unit.scope(), unit.connection());
        let found = scope.find::<transaction::Entity>().filter(transaction::Column::Id.is_in(ids()));
        let rows = found.all(connection).await?.into_iter().map(|row| (row.id, row)).collect();
        let found = scope.find::<transaction_alias::Entity>();
        let found = found.filter(transaction_alias::Column::TransactionId.is_in(ids()));
        let mut names: HashMap<i64, Vec<_>> = HashMap::new();
        for name in found.all(connection).await? {
            names.entry(name.transaction_id).or_default().push(name);
        }
        let in_merge = Condition::any()
            .add(transaction_merge::Column::KeptId.is_in(ids()))
            .add(transaction_merge::Column::GoneId.is_in(ids()));
        let both = scope.find::<transaction_merge::Entity>().filter(in_merge).all(connection).await?;
        let merged = both.iter().flat_map(|merge| [merge.kept_id, merge.gone_id]).collect();
        let (undo, unbooked, days, left) = (Undo::default(), Unbooked::default(), Vec::new(), HashSet::new());
        Ok(Self { statement, rows, names, merged, others, undo, unbooked, days, left })
    }

    fn take(&mut self, line: &Became) {
        let id = line.transaction;
        if line.how == How::Known {
            return;
        }
        if self.merged.contains(&id) {
            return self.keep(line, KeptBecause::Merged);
        }
        // What is gone already needs nothing more.
        let Some(row) = self.rows.get(&id).cloned() else { return };
        let is_own = (row.fingerprint, row.ordinal) == (line.name.fingerprint, line.name.ordinal);
        match &line.how {
            How::Known => {}
            How::Named => {
                if !is_own {
                    self.unname(line);
                }
            }
            _ if self.others.inherit(line, self.statement) => self.keep(line, KeptBecause::OtherStatement),
            How::New if self.is_known_to_bank(&row) => {
                self.keep(line, KeptBecause::Bank);
                if !is_own {
                    self.unname(line);
                }
            }
            How::New if self.undo.keep_edited && is_marked(&row) => self.keep(line, KeptBecause::Edited),
            How::New => {
                self.rows.remove(&id);
                self.days.push(row.day);
                self.undo.gone += 1;
                self.unbooked.gone.push(row);
            }
            How::Changed(before) | How::TakenOver(before) if is_own => self.restore(row, before),
            How::Changed(_) | How::TakenOver(_) => {
                self.keep(line, KeptBecause::Bank);
                self.unname(line);
            }
        }
    }

    /// What the source said before; what a person set since stays.
    fn restore(&mut self, now: transaction::Model, before: &transaction::Model) {
        let mut row = transaction::Model {
            amount_minor: before.amount_minor,
            day: before.day,
            descriptor: before.descriptor.clone(),
            original_minor: before.original_minor,
            original_currency: before.original_currency.clone(),
            fingerprint: before.fingerprint,
            ordinal: before.ordinal,
            origin: before.origin,
            state: before.state,
            ..now.clone()
        };
        fit_parts(&mut row);
        if !is_chosen(&now) {
            take_category(&mut row, before);
        }
        if now.merchant_name.is_none() {
            row.merchant_id = before.merchant_id;
        }
        self.days.extend([now.day, row.day]);
        self.undo.restored += 1;
        self.rows.insert(row.id, row.clone());
        self.unbooked.restored.push((now, row));
    }

    fn keep(&mut self, line: &Became, reason: KeptBecause) {
        self.undo.kept += 1;
        if matches!(reason, KeptBecause::Merged | KeptBecause::Edited) {
            self.left.insert(line.transaction);
        }
        if self.undo.kept_rows.len() < KEPT {
            self.undo.kept_rows.push(Kept { transaction: line.transaction, reason });
        }
    }

    /// Takes a name back, unless another statement gives it too.
    fn unname(&mut self, line: &Became) {
        if !self.others.give(line) {
            self.unbooked.names.push(line.name);
        }
    }

    fn is_known_to_bank(&self, row: &transaction::Model) -> bool {
        let is_of_bank = |origin: i16| {
            Origin::from_code(origin).is_some_and(|origin| origin == Origin::Bank || origin.is_withdrawn())
        };
        let names = self.names.get(&row.id).map_or(&[][..], Vec::as_slice);
        is_of_bank(row.origin) || names.iter().any(|name| is_of_bank(name.origin))
    }
}

/// The closing balances and the holdings go, and what is left says what the accounts held before.
pub(super) async fn close(unit: &mut Unit, id: i64) -> Result<()> {
    let row = load(unit, id).await?;
    let ours: Vec<i64> = stored(&row.accounts)?;
    let closing: Vec<anchor::Closing> = stored(&row.closing)?;
    anchor::take_back(unit, id, &ours, &closing).await?;
    investment::remove_holdings(unit, id).await?;
    let undo: Undo = row.undo.as_deref().map(stored).transpose()?.unwrap_or_default();
    note(unit, id, statement::TAKEN_BACK, &undo).await?;
    investment::settle(unit, &ours).await?;
    anchor::note_drifts(unit, &ours).await?;
    unit.emit(Event::AccountsChanged {});
    Ok(())
}
