//! Duplicates: pairs of transactions that may be one booking, and what a person says about them. Nothing here is decided without a person,
//! and every merge can be undone.

mod merge;
mod opening;
mod pair;
mod suggestion;
#[cfg(test)]
mod tests;
mod unmerge;

pub use merge::{MergeTransactions, merge};
pub use suggestion::{Page, Suggestion, dismiss, list};
pub(crate) use suggestion::{Pair, forget, forget_all, record, refute};
pub use unmerge::{UnmergeTransactions, Unmerged, unmerge};

use std::collections::HashMap;

use domain::id::{MergeId, TransactionId};
use entity::{duplicate_suggestion, transaction, transaction_alias, transaction_merge};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use crate::{Db, Error, Result, Scope, Unit, scope::Tenant, transaction as transactions};

impl Tenant for duplicate_suggestion::Entity {
    const HOUSEHOLD: Self::Column = duplicate_suggestion::Column::HouseholdId;
}

impl Tenant for transaction_merge::Entity {
    const HOUSEHOLD: Self::Column = transaction_merge::Column::HouseholdId;
}

/// What was merged into a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The merge, which can be undone.
    pub id: MergeId,
    /// The transaction that is not shown any more.
    pub gone: TransactionId,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
}

/// What was merged into each of some transactions, the latest first.
pub async fn merged(db: &Db, scope: Scope, kept: &[TransactionId]) -> Result<HashMap<TransactionId, Vec<Merge>>> {
    let mut of: HashMap<TransactionId, Vec<Merge>> = HashMap::new();
    if kept.is_empty() {
        return Ok(of);
    }
    let rows = scope
        .find::<transaction_merge::Entity>()
        .filter(transaction_merge::Column::KeptId.is_in(kept.iter().map(|id| id.0)))
        .order_by_desc(transaction_merge::Column::Id)
        .all(db.reader())
        .await?;
    for row in rows {
        let merge = Merge { id: MergeId(row.id), gone: TransactionId(row.gone_id), at_ms: row.at_ms };
        of.entry(TransactionId(row.kept_id)).or_default().push(merge);
    }
    Ok(of)
}

/// A transaction that is shown. One that was merged into another is there no more, and its request contradicts that.
async fn load(unit: &Unit, id: TransactionId) -> Result<transaction::Model> {
    let missing = match transactions::load(unit, id).await {
        Err(error @ Error::NotFound { .. }) => error,
        other => return other,
    };
    let merge = unit.scope().find::<transaction_merge::Entity>().filter(transaction_merge::Column::GoneId.eq(id.0));
    match merge.one(unit.connection()).await? {
        Some(_) => Err(Error::Conflict { reason: "this transaction was merged into another one already".into() }),
        None => Err(missing),
    }
}

/// The other names of a transaction.
async fn names(unit: &Unit, id: i64) -> Result<Vec<transaction_alias::Model>> {
    let of = transaction_alias::Column::TransactionId.eq(id);
    Ok(unit.scope().find::<transaction_alias::Entity>().filter(of).all(unit.connection()).await?)
}

/// Takes the other names of a transaction away.
async fn remove_names(unit: &Unit, id: i64) -> Result<()> {
    let of = transaction_alias::Column::TransactionId.eq(id);
    unit.scope().delete::<transaction_alias::Entity>().filter(of).exec(unit.connection()).await?;
    Ok(())
}
