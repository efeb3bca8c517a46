//! What people say about refunds.

use std::collections::BTreeSet;

use domain::id::{AccountId, TransactionId};
use entity::transaction;
use scoped_futures::ScopedFutureExt;
use sea_orm::ConnectionTrait;

use super::{Refund, follow::released};
use crate::{
    Db, Error, Result, Scope, Unit, account,
    ledger::theirs::beside,
    transaction::{Touched, load, shown, tell, write_changed},
    transfer,
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
            if before.refund_of != Some(purchase.id) {
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
            let after = released(unit, &before).await?;
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
    let other = refund.refund_of.filter(|of| *of != purchase.id).map(TransactionId);
    if let Some(other) = other
        && is_shown(unit, other).await?
    {
        return Err(Error::Conflict { reason: "it is the refund of another purchase: unlink it first".into() });
    }
    if !transfer::confirmed(unit, &[refund.id, purchase.id]).await?.is_empty() {
        return Err(Error::Conflict { reason: "one of them is a side of a transfer: unlink that first".into() });
    }
    let currency = |row: &transaction::Model| account::load(unit, AccountId(row.account_id));
    if currency(refund).await?.currency != currency(purchase).await?.currency {
        return Err(Error::invalid("purchaseId", "must be of the currency of `refundId`"));
    }
    Ok(())
}

async fn put(unit: &mut Unit, before: &transaction::Model, after: transaction::Model) -> Result<()> {
    // What is left of either purchase is another amount now.
    let ids: BTreeSet<i64> = [Some(after.id), before.refund_of, after.refund_of].into_iter().flatten().collect();
    let (ids, days): (Vec<i64>, _) = (ids.into_iter().collect(), [after.day]);
    write_changed(unit, before, after).await?;
    tell(unit, Touched { changed: &ids, days: &days, ..Touched::default() }).await
}

async fn both(unit: &Unit, refund: TransactionId, purchase: TransactionId) -> Result<Refund> {
    let purchase =
        if is_shown(unit, purchase).await? { Some(shown(unit, load(unit, purchase).await?).await?) } else { None };
    Ok(Refund { refund: shown(unit, load(unit, refund).await?).await?, purchase })
}

async fn is_shown(unit: &Unit, id: TransactionId) -> Result<bool> {
    match load(unit, id).await {
        Ok(_) => Ok(true),
        Err(Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
