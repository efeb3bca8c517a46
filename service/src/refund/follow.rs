//! What becomes of refunds when they or their purchases change: in the same commit.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::{id::AccountId, reconcile::State};
use entity::transaction;
use futures::{FutureExt, future::BoxFuture};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, sea_query::Expr};

use super::fits;
use crate::{
    Result, Unit, account,
    ledger::{
        self, Sums, state,
        theirs::{Mark, beside},
    },
    transaction::{Touched, announce},
    transfer,
};

/// Transactions have come, changed or gone: refunds among them, and those of purchases among them, count as these do now.
///
/// In a box: the future of every unit of work that changes a transaction would hold this one inside it otherwise.
pub(crate) fn follow<'a>(unit: &'a mut Unit, touched: Touched<'a>) -> BoxFuture<'a, Result<()>> {
    async move {
        let ids: Vec<i64> = [touched.new, touched.changed, touched.gone].concat();
        if ids.is_empty() || !unit.has_refunds() { Ok(()) } else { recount(unit, &ids).await }
    }
    .boxed()
}

/// Has some refunds, and those of some purchases, count as they should now. Whoever asks tells himself of `ids`.
pub(super) async fn recount(unit: &mut Unit, ids: &[i64]) -> Result<()> {
    use transaction::Column::{Id, RefundOf};
    let either = Condition::any().add(RefundOf.is_in(ids.iter().copied())).add(Id.is_in(ids.iter().copied()));
    let refunds = linked(unit, either).await?;
    if refunds.is_empty() {
        return Ok(());
    }
    let purchases: BTreeSet<i64> = refunds.iter().filter_map(|row| row.refund_of).collect();
    let purchases =
        unit.scope().find::<transaction::Entity>().filter(Id.is_in(purchases)).all(unit.connection()).await?;
    let purchases: HashMap<i64, transaction::Model> = purchases.into_iter().map(|row| (row.id, row)).collect();
    let in_transfers = transfer::confirmed(unit, &refunds.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    let mut changed = Vec::new();
    for row in &refunds {
        let purchase = row.refund_of.and_then(|id| purchases.get(&id));
        let after = if in_transfers.contains(&row.id) {
            // It was found to be the side of a transfer after all, and counts as that.
            transaction::Model { counted_as: row.counted_as, ..released(unit, row).await? }
        } else if purchase.is_none_or(|purchase| state(purchase) == State::Deleted || purchase.id == row.id) {
            released(unit, row).await?
        } else {
            beside(row, purchase.filter(|purchase| fits(row, purchase)))
        };
        if after != *row {
            changed.push((row, after));
        }
    }
    write(unit, changed, ids).await
}

/// A refund that is none any more: it counts as what it was found to be, and as rules say.
pub(super) async fn released(unit: &Unit, row: &transaction::Model) -> Result<transaction::Model> {
    let mut free = row.clone();
    Mark::Refund.remove(&mut free, row.merchant_id);
    let account = account::load(unit, AccountId(row.account_id)).await?;
    let found = ledger::answer(&free.descriptor, free.amount_minor, account::setting(&account)?);
    ledger::customs(unit).await?.give(&mut free, &found, true);
    Ok(free)
}

/// Writes rows that count otherwise, and tells of them, but for those of which whoever asks tells himself.
async fn write(unit: &mut Unit, changed: Vec<(&transaction::Model, transaction::Model)>, told: &[i64]) -> Result<()> {
    let (mut sums, mut ids, mut days) = (Sums::default(), Vec::new(), Vec::new());
    for (before, after) in changed {
        sums.subtract(before);
        sums.add(&after);
        if !told.contains(&after.id) {
            ids.push(after.id);
        }
        days.push(after.day);
        ledger::update(unit, after).await?;
    }
    sums.write(unit).await?;
    if ids.is_empty() {
        return Ok(());
    }
    announce(unit, Touched { changed: &ids, days: &days, ..Touched::default() }).await
}

/// One transaction takes the place of another one: what was given back of that was given back of it.
pub(crate) fn pass_on(unit: &mut Unit, from: i64, to: i64) -> BoxFuture<'_, Result<()>> {
    async move {
        if !unit.has_refunds() {
            return Ok(());
        }
        let of = transaction::Column::RefundOf;
        let refunds = unit.scope().update::<transaction::Entity>().filter(of.eq(from)).col_expr(of, Expr::value(to));
        if refunds.exec(unit.connection()).await?.rows_affected > 0 {
            recount(unit, &[to]).await?;
        }
        Ok(())
    }
    .boxed()
}

/// What was given back of a transaction.
pub(crate) async fn of(unit: &Unit, id: i64) -> Result<Vec<i64>> {
    if !unit.has_refunds() {
        return Ok(Vec::new());
    }
    let refunds = linked(unit, Condition::all().add(transaction::Column::RefundOf.eq(id))).await?;
    Ok(refunds.into_iter().map(|row| row.id).collect())
}

/// What was given back of one transaction is of another one again, as far as nobody has said otherwise meanwhile.
pub(crate) async fn give_back(unit: &Unit, refunds: &[i64], (from, to): (i64, i64)) -> Result<()> {
    use transaction::Column::{Id, RefundOf};
    let these = unit.scope().update::<transaction::Entity>().filter(Id.is_in(refunds.iter().copied()));
    these.filter(RefundOf.eq(from)).col_expr(RefundOf, Expr::value(to)).exec(unit.connection()).await?;
    Ok(())
}

/// Those of some transactions of which something was given back.
pub(crate) async fn refunded(unit: &Unit, ids: &[i64]) -> Result<HashSet<i64>> {
    if !unit.has_refunds() {
        return Ok(HashSet::new());
    }
    let refunds = linked(unit, Condition::all().add(transaction::Column::RefundOf.is_in(ids.iter().copied()))).await?;
    Ok(refunds.into_iter().filter_map(|row| row.refund_of).collect())
}

/// Accounts go with all their transactions: what was given back of these to other accounts counts as what it is.
pub(crate) async fn leave(unit: &mut Unit, accounts: &[i64]) -> Result<()> {
    use transaction::Column::{AccountId, Id};
    if !unit.has_refunds() {
        return Ok(());
    }
    let refunds = linked(unit, Condition::all().add(AccountId.is_not_in(accounts.iter().copied()))).await?;
    let of = refunds.iter().filter_map(|row| row.refund_of);
    let purchases = unit.scope().find::<transaction::Entity>().filter(Id.is_in(of)).select_only().column(Id);
    let leaving = purchases.filter(AccountId.is_in(accounts.iter().copied()));
    let leaving: HashSet<i64> = leaving.into_tuple().all(unit.connection()).await?.into_iter().collect();
    let mut alone = Vec::new();
    for row in refunds.iter().filter(|row| row.refund_of.is_some_and(|of| leaving.contains(&of))) {
        alone.push((row, released(unit, row).await?));
    }
    write(unit, alone, &[]).await
}

/// Linked refunds, shown or not.
async fn linked(unit: &Unit, which: Condition) -> Result<Vec<transaction::Model>> {
    let refunds = unit.scope().find::<transaction::Entity>().filter(transaction::Column::RefundOf.is_not_null());
    Ok(refunds.filter(which).all(unit.connection()).await?)
}
