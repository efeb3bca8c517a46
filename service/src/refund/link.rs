//! What people say about refunds.

use domain::id::{AccountId, TransactionId};
use entity::transaction;
use scoped_futures::ScopedFutureExt;
use sea_orm::ConnectionTrait;

use super::{Refund, follow::in_transfers};
use crate::{
    Db, Error, Result, Scope, Unit, account,
    ledger::theirs::{Mark, beside},
    transaction::{Touched, load, shown, tell, write_changed},
};

/// A refund of a purchase.
#[derive(Clone, Copy, Debug)]
pub struct LinkRefund {
    /// Came in.
    pub refund: TransactionId,
    /// Went out.
    pub purchase: TransactionId,
}

/// Says of which purchase a transaction is the refund: it counts as that does from now on, whatever becomes of that.
pub async fn link(db: &Db, scope: Scope, command: LinkRefund) -> Result<Refund> {
    db.write(scope, move |unit| {
        async move {
            let (before, purchase) = (load(unit, command.refund).await?, load(unit, command.purchase).await?);
            check(unit, &before, &purchase).await?;
            if before.refund_of.is_none() {
                let linked = transaction::Model { refund_of: Some(purchase.id), ..before.clone() };
                put(unit, &before, beside(&linked, Some(&purchase))).await?;
                let sql = "UPDATE household SET has_refunds = 1 WHERE id = $1";
                unit.connection().execute_raw(unit.db().statement(sql, [before.household_id.into()])).await?;
            }
            both(unit, TransactionId(before.id), TransactionId(purchase.id)).await
        }
        .scope_boxed()
    })
    .await
}

/// Says that a transaction is the refund of no purchase: it counts as what it is itself. Answers with both, as far as
/// they are shown.
pub async fn unlink(db: &Db, scope: Scope, refund: TransactionId) -> Result<Refund> {
    db.write(scope, move |unit| {
        async move {
            let before = load(unit, refund).await?;
            let Some(purchase) = before.refund_of else {
                return Err(Error::Conflict { reason: "it is the refund of no purchase".into() });
            };
            let mut after = before.clone();
            Mark::Refund.remove(&mut after, before.merchant_id);
            put(unit, &before, after).await?;
            both(unit, TransactionId(before.id), TransactionId(purchase)).await
        }
        .scope_boxed()
    })
    .await
}

/// Whether one can be the refund of the other.
async fn check(unit: &Unit, refund: &transaction::Model, purchase: &transaction::Model) -> Result<()> {
    if refund.amount_minor <= 0 {
        return Err(Error::invalid("refundId", "must be a transaction that came in"));
    }
    if purchase.amount_minor >= 0 {
        return Err(Error::invalid("purchaseId", "must be a transaction that went out"));
    }
    if refund.refund_of.is_some_and(|of| of != purchase.id) {
        return Err(Error::Conflict { reason: "it is the refund of another purchase: unlink it first".into() });
    }
    if !in_transfers(unit, [refund.id, purchase.id]).await?.is_empty() {
        return Err(Error::Conflict { reason: "one of them is a side of a transfer: unlink that first".into() });
    }
    let currency = |row: &transaction::Model| account::load(unit, AccountId(row.account_id));
    if currency(refund).await?.currency != currency(purchase).await?.currency {
        return Err(Error::invalid("purchaseId", "must be of the currency of `refundId`"));
    }
    Ok(())
}

async fn put(unit: &mut Unit, before: &transaction::Model, after: transaction::Model) -> Result<()> {
    let (ids, days) = ([Some(after.id), before.refund_of.or(after.refund_of)], [after.day]);
    let ids: Vec<i64> = ids.into_iter().flatten().collect();
    write_changed(unit, before, after).await?;
    tell(unit, Touched { changed: &ids, days: &days, ..Touched::default() }).await
}

async fn both(unit: &Unit, refund: TransactionId, purchase: TransactionId) -> Result<Refund> {
    let purchase = match load(unit, purchase).await {
        Ok(row) => Some(shown(unit, row).await?),
        Err(Error::NotFound { .. }) => None,
        Err(error) => return Err(error),
    };
    Ok(Refund { refund: shown(unit, load(unit, refund).await?).await?, purchase })
}
