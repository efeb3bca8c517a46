//! Mending what differs: through the ledger, a bounded number of rows in each commit, and only while the connection stands where its
//! pages were read.

use entity::{account, connection};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, QueryFilter, sea_query::Expr};

use super::{Sides, Subject, moved, stands};
use crate::{
    Result, Unit,
    account::ANCHORED,
    connection::tell,
    event::Event,
    ledger::{self, Batch, Mend, Mode, Prepared, sums},
};

/// What is done about a number of rows.
#[derive(Debug, Default)]
pub(super) struct Cure {
    pub(super) missing: Vec<Prepared>,
    pub(super) mends: Vec<Mend>,
}

/// How an account stood beside its bank before it was mended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Balance {
    pub(super) drift: i64,
    pub(super) posted: i64,
    /// What the bank counts and the person does not.
    pub(super) thrown_away: i64,
}

impl Sides<'_> {
    /// Adds up an account's transactions anew.
    pub(super) async fn add_up(&self, of: Subject) -> Result<()> {
        if !self.replay.write {
            return Ok(());
        }
        self.db.write(self.scope, |unit| async move { self.added_up(unit, of).await }.scope_boxed()).await
    }

    async fn added_up(&self, unit: &mut Unit, of: Subject) -> Result<()> {
        self.assert_unmoved(unit).await?;
        sums::rebuild(unit, of.id).await?;
        unit.emit(Event::AccountsChanged {});
        Ok(())
    }

    pub(super) async fn cure(&self, of: Subject, cure: Cure) -> Result<()> {
        if !self.replay.write || (cure.missing.is_empty() && cure.mends.is_empty()) {
            return Ok(());
        }
        let Cure { missing: lines, mends } = cure;
        // What was in the opening balance is seen when all is done.
        let mode = Mode::Page { removed: Vec::new() };
        let batch = &[Batch { account: of.id, setting: of.setting, covered_day: None, mode, lines }];
        let mends = &mends;
        self.db.write(self.scope, |unit| async move { self.cured(unit, batch, mends).await }.scope_boxed()).await
    }

    async fn cured(&self, unit: &mut Unit, batch: &[Batch], mends: &[Mend]) -> Result<()> {
        self.assert_unmoved(unit).await?;
        let mended = ledger::mend(unit, mends).await?;
        tell(unit, &mended).await?;
        let booked = ledger::book(unit, batch).await?;
        tell(unit, &booked).await
    }

    pub(super) async fn balance(&self, of: Subject) -> Result<Option<Balance>> {
        let row = self.scope.find::<account::Entity>().filter(account::Column::Id.eq(of.id));
        let row = row.one(self.db.reader()).await?;
        Ok(row.and_then(|row| standing(&row)))
    }

    /// Where everything agreed with the bank without what was missing, the opening balance held it: it is taken out of there. Answers
    /// whether it was so.
    pub(super) async fn open(&self, of: Subject, before: Balance) -> Result<bool> {
        if !self.replay.write || before.drift != before.thrown_away {
            return Ok(false);
        }
        self.db.write(self.scope, |unit| async move { self.opened(unit, of, before).await }.scope_boxed()).await
    }

    async fn opened(&self, unit: &mut Unit, of: Subject, before: Balance) -> Result<bool> {
        self.assert_unmoved(unit).await?;
        let id = account::Column::Id.eq(of.id);
        let row = self.scope.find::<account::Entity>().filter(id.clone()).one(unit.connection()).await?;
        let Some((row, now)) = row.and_then(|row| standing(&row).map(|now| (row, now))) else { return Ok(false) };
        if now.posted == before.posted {
            return Ok(false);
        }
        let opening = row.opening_minor - (now.posted - before.posted);
        let update = self.scope.update::<account::Entity>().filter(id);
        update.col_expr(account::Column::OpeningMinor, Expr::value(opening)).exec(unit.connection()).await?;
        unit.emit(Event::AccountsChanged {});
        Ok(true)
    }

    /// A pull that went on meanwhile has written rows that the pages which were read know nothing of.
    async fn assert_unmoved(&self, unit: &Unit) -> Result<()> {
        let row = self.scope.find::<connection::Entity>().filter(connection::Column::Id.eq(self.replay.connection.0));
        let row = row.one(unit.connection()).await?;
        if row.is_some_and(|row| stands(&row, self.connection)) { Ok(()) } else { Err(moved()) }
    }
}

/// How an account stands whose opening balance its bank has said.
fn standing(row: &account::Model) -> Option<Balance> {
    let bank = row.bank_minor.filter(|_| row.anchored == ANCHORED)?;
    let drift = bank - row.opening_minor - row.posted_minor;
    Some(Balance { drift, posted: row.posted_minor, thrown_away: 0 })
}
