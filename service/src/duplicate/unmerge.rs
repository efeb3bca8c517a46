//! Undoing a merge: one transaction becomes the two that it was.

use domain::id::{AccountId, MergeId, TransactionId};
use entity::{transaction, transaction_merge};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    load, names, opening,
    pair::{self, Parted},
    remove_names, suggestion,
};
use crate::{
    Db, Error, Result, Scope, Unit, account as accounts,
    ledger::{
        self, Sums,
        stored::{Name, Stored, side},
    },
    refund,
    transaction::{self as transactions, Touched, Transaction},
};

/// A merge that is to be undone.
#[derive(Clone, Debug)]
pub struct UnmergeTransactions {
    /// Which.
    pub merge: MergeId,
}

/// The two transactions of a merge that was undone.
#[derive(Clone, Debug)]
pub struct Unmerged {
    /// The one that was there all the time.
    pub kept: Transaction,
    /// The one that has come back.
    pub restored: Transaction,
}

/// Makes two transactions of one again. From then on they are two for good: the pair is never suggested any more.
pub async fn unmerge(db: &Db, scope: Scope, command: UnmergeTransactions) -> Result<Unmerged> {
    db.write(scope, move |unit| {
        async move {
            let merge = of_latest(unit, command.merge).await?;
            let (kept, restored) = write(unit, &merge).await?;
            let days = &[kept.day, restored.day];
            transactions::tell(unit, Touched { new: &[restored.id], changed: &[kept.id], gone: &[], days }).await?;
            let kept = transactions::shown(unit, kept).await?;
            Ok(Unmerged { kept, restored: transactions::shown(unit, restored).await? })
        }
        .scope_boxed()
    })
    .await
}

/// A merge that is the latest one of its transaction: what came later stands on what it made.
async fn of_latest(unit: &Unit, id: MergeId) -> Result<transaction_merge::Model> {
    let merges = || unit.scope().find::<transaction_merge::Entity>();
    let merge = merges().filter(transaction_merge::Column::Id.eq(id.0)).one(unit.connection()).await?;
    let merge = merge.ok_or(Error::NotFound { what: "merge" })?;
    let later = merges()
        .filter(transaction_merge::Column::KeptId.eq(merge.kept_id))
        .filter(transaction_merge::Column::Id.gt(merge.id))
        .one(unit.connection())
        .await?;
    match later {
        None => Ok(merge),
        Some(_) => Err(Error::Conflict {
            reason: "another transaction was merged into the same one later: undo that first".into(),
        }),
    }
}

/// Writes everything that follows. Answers with both rows.
async fn write(unit: &Unit, merge: &transaction_merge::Model) -> Result<(transaction::Model, transaction::Model)> {
    let now = load(unit, TransactionId(merge.kept_id)).await?;
    let now_names: Vec<Name> = names(unit, now.id).await?.iter().map(Name::from).collect();
    let account = accounts::load(unit, AccountId(merge.account_id)).await?;
    let setting = accounts::setting(&account)?;
    let automatic = |row: &transaction::Model| ledger::answer(&row.descriptor, row.amount_minor, setting).merchant.0;
    let (kept_before, gone_before) = (Stored::parse(&merge.kept_before)?, Stored::parse(&merge.gone)?);
    let refunds = gone_before.refunds.clone();
    let (kept_before, gone_before) = (kept_before.row(merge.household_id), gone_before.row(merge.household_id));
    let Parted { kept, kept_names, gone, gone_names } =
        pair::parted((&now, &now_names), kept_before, gone_before, automatic)?;

    // A name is given up before it is taken.
    remove_names(unit, now.id).await?;
    ledger::update(unit, kept.clone()).await?;
    transaction::Entity::insert(transaction::ActiveModel::from(gone.clone()))
        .exec_without_returning(unit.connection())
        .await?;
    refund::give_back(unit, &refunds, (kept.id, gone.id)).await?;
    let of_kept = kept_names.into_iter().map(|name| name.of(&kept));
    ledger::insert_aliases(unit, of_kept.chain(gone_names.into_iter().map(|name| name.of(&gone))).collect()).await?;

    let mut sums = Sums::default();
    sums.subtract(&now);
    sums.add(&kept);
    sums.add(&gone);
    sums.write(unit).await?;
    opening::lower(unit, &account, merge, (side(&kept)?, side(&gone)?), side(&now)?).await?;

    let of = transaction_merge::Column::Id.eq(merge.id);
    unit.scope().delete::<transaction_merge::Entity>().filter(of).exec(unit.connection()).await?;
    suggestion::set_dismissed(unit, account.id, kept.id, gone.id).await?;
    Ok((kept, gone))
}
