//! Merging: a person says that two transactions are one booking.

use domain::{
    id::{AccountId, TransactionId},
    reconcile,
};
use entity::{account, transaction, transaction_merge};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use super::{load, names, opening, pair, remove_names, suggestion};
use crate::{
    Db, Error, Result, Scope, Unit, account as accounts,
    idempotency::Once,
    ledger::{
        self, Sums,
        stored::{Name, Stored, side},
    },
    refund,
    transaction::{self as transactions, Touched, Transaction},
    transfer,
};

/// Two transactions of an account that are one booking.
#[derive(Clone, Debug)]
pub struct MergeTransactions {
    /// Stays, under its id.
    pub kept: TransactionId,
    /// Becomes a part of it.
    pub gone: TransactionId,
    /// The client's key of this request.
    pub idempotency_key: Option<String>,
}

/// Makes one transaction of two. It bears the names of both from then on, so that no later delivery of either comes back.
pub async fn merge(db: &Db, scope: Scope, command: MergeTransactions) -> Result<Transaction> {
    #[derive(Serialize)]
    struct Input(i64, i64);
    let MergeTransactions { kept, gone, idempotency_key } = command;
    if kept == gone {
        return Err(Error::invalid("goneId", "must be another transaction than `keepId`"));
    }
    let once = &Once::new(db, "mergeTransactions", idempotency_key.as_deref(), &Input(kept.0, gone.0))?;
    db.write(scope, move |unit| {
        async move {
            if let Some(before) = once.recall(unit).await? {
                let row = transactions::load(unit, TransactionId(before)).await?;
                return transactions::shown(unit, row).await;
            }
            let (kept, gone) = (load(unit, kept).await?, load(unit, gone).await?);
            if kept.account_id != gone.account_id {
                return Err(Error::invalid("goneId", "must be of the same account as `keepId`"));
            }
            if kept.refund_of == Some(gone.id) || gone.refund_of == Some(kept.id) {
                return Err(Error::Conflict { reason: "one is the refund of the other: unlink it first".into() });
            }
            if !reconcile::may_be_one(&side(&kept)?, &side(&gone)?) {
                return Err(Error::invalid("goneId", "must have the same amount, unless one of the two is pending"));
            }
            let account = accounts::load(unit, AccountId(kept.account_id)).await?;
            transfer::pass_on(unit, gone.id, kept.id).await?;
            let refunds = refund::of(unit, gone.id).await?;
            refund::pass_on(unit, gone.id, kept.id).await?;
            let (kept, gone) = (load(unit, TransactionId(kept.id)).await?, load(unit, TransactionId(gone.id)).await?);
            let row = write(unit, &account, &kept, &gone, refunds).await?;
            once.remember(unit, row.id).await?;
            let days = &[kept.day, gone.day, row.day];
            transactions::tell(unit, Touched { new: &[], changed: &[row.id], gone: &[gone.id], days }).await?;
            transactions::shown(unit, row).await
        }
        .scope_boxed()
    })
    .await
}

/// Writes everything that follows from a merge. Answers with the kept row as it is then.
async fn write(
    unit: &Unit,
    account: &account::Model,
    kept: &transaction::Model,
    gone: &transaction::Model,
    refunds: Vec<i64>,
) -> Result<transaction::Model> {
    let row = pair::merged(kept, gone)?;
    let (kept_names, gone_names) = (names_of(unit, kept.id).await?, names_of(unit, gone.id).await?);
    let names = pair::names(&row, (kept, &kept_names), (gone, &gone_names));

    // A name is given up before it is taken.
    remove_names(unit, kept.id).await?;
    remove_names(unit, gone.id).await?;
    let of = transaction::Column::Id.eq(gone.id);
    unit.scope().delete::<transaction::Entity>().filter(of).exec(unit.connection()).await?;
    ledger::update(unit, row.clone()).await?;
    ledger::insert_aliases(unit, names.into_iter().map(|name| name.of(&row)).collect()).await?;

    let mut sums = Sums::default();
    sums.subtract(kept);
    sums.subtract(gone);
    sums.add(&row);
    sums.write(unit).await?;
    let opening_minor = opening::raise(unit, account, (side(kept)?, side(gone)?), side(&row)?).await?;

    let merge = transaction_merge::Model {
        household_id: row.household_id,
        id: unit.next_id()?,
        account_id: account.id,
        kept_id: kept.id,
        gone_id: gone.id,
        gone: Stored::new(gone, &gone_names).refunded(refunds).text()?,
        kept_before: Stored::new(kept, &kept_names).text()?,
        opening_minor,
        at_ms: unit.now_ms(),
    };
    transaction_merge::Entity::insert(transaction_merge::ActiveModel::from(merge))
        .exec_without_returning(unit.connection())
        .await?;
    suggestion::remove_answered(unit, kept.id, gone.id).await?;
    // The kept row may bear a name of the source of one that it was held for.
    suggestion::refute(unit, &[kept.id]).await?;
    Ok(row)
}

async fn names_of(unit: &Unit, id: i64) -> Result<Vec<Name>> {
    Ok(names(unit, id).await?.iter().map(Name::from).collect())
}
