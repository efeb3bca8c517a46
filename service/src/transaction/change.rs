//! What every change of transactions does: the row, the sums, what follows in the same commit, and the event.

use domain::{day::Day, id::TransactionId};
use entity::transaction;
use futures::{FutureExt, future::BoxFuture};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::{
    Error, Result, Unit, budget,
    event::{Changed, Event},
    ledger::{self, Sums},
    refund, transfer,
};

/// Writes a changed row, and carries the sums along.
pub(crate) async fn write_changed(unit: &Unit, before: &transaction::Model, row: transaction::Model) -> Result<()> {
    let mut sums = Sums::default();
    sums.subtract(before);
    sums.add(&row);
    ledger::update(unit, row).await?;
    sums.write(unit).await
}

/// What a commit has done to transactions: their ids, and the days on which they were and are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Touched<'a> {
    pub(crate) new: &'a [i64],
    pub(crate) changed: &'a [i64],
    pub(crate) gone: &'a [i64],
    pub(crate) days: &'a [i32],
}

/// Does what follows in the same commit, and leaves the event and the follow-up jobs.
pub(crate) fn tell<'a>(unit: &'a mut Unit, touched: Touched<'a>) -> BoxFuture<'a, Result<()>> {
    async move {
        transfer::follow(unit, touched).await?;
        refund::follow(unit, touched).await?;
        transfer::ask_for_match(unit, touched.days).await?;
        announce(unit, touched).await
    }
    .boxed()
}

/// Leaves the event, and has the budgets of the present looked at.
pub(crate) async fn announce(unit: &mut Unit, touched: Touched<'_>) -> Result<()> {
    unit.emit(Event::TransactionsChanged(Changed::of(touched.new, touched.changed, touched.gone)));
    let months = touched.days.iter().map(|day| Day::of_row(*day).month().number()).collect();
    budget::ask_for_evaluation(unit, &months).await
}

/// A transaction of the unit's household that is shown.
pub(crate) async fn load(unit: &Unit, id: TransactionId) -> Result<transaction::Model> {
    let row = unit
        .scope()
        .find::<transaction::Entity>()
        .filter(transaction::Column::Id.eq(id.0))
        .filter(sea_orm::sea_query::Expr::cust(super::SHOWN))
        .one(unit.connection())
        .await?;
    row.ok_or(Error::NotFound { what: "transaction" })
}
