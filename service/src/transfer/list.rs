//! Transfers as they are shown.

use std::collections::HashMap;

use domain::id::{AccountId, TransactionId};
use entity::transfer;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};

use super::{State, Transfer};
use crate::{
    Db, Result, Scope, account as accounts,
    transaction::{self as transactions, Cut, Transaction},
};

/// A page of transfers.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Each with its cursor.
    pub rows: Vec<(String, Transfer)>,
    /// Whether the list goes on after it.
    pub has_next: bool,
    /// Whether there is something before it.
    pub has_previous: bool,
}

/// A page of the household's transfers, the latest found first; of all states and accounts, or of one.
pub async fn list(
    db: &Db,
    scope: Scope,
    state: Option<State>,
    account: Option<AccountId>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Page> {
    if let Some(account) = account {
        accounts::get(db, scope, account).await?;
    }
    let cut = Cut::new(&("transfers", state, account), first, after)?;
    let mut query = scope.find::<transfer::Entity>().filter(transfer::Column::State.ne(transfer::LAPSED));
    if let Some(state) = state {
        query = query.filter(transfer::Column::State.eq(state.code()));
    }
    if let Some(account) = account {
        let (out, into) = (transfer::Column::OutAccountId, transfer::Column::InAccountId);
        query = query.filter(Condition::any().add(out.eq(account.0)).add(into.eq(account.0)));
    }
    if let Some((_, id)) = cut.from {
        query = query.filter(transfer::Column::Id.lt(id));
    }
    let size = u64::from(cut.size);
    let mut rows = query.order_by_desc(transfer::Column::Id).limit(size + 1).all(db.reader()).await?;
    let has_next = rows.len() > cut.size as usize;
    rows.truncate(cut.size as usize);
    let shown = with_transactions(db, scope, rows).await?;
    let rows = shown.into_iter().map(|transfer| (cut.cursor(transfer.id.0, transfer.id.0), transfer)).collect();
    Ok(Page { rows, has_next, has_previous: cut.from.is_some() })
}

/// The transfer of each of some transactions that is a side of one, confirmed or proposed.
pub async fn of_transactions(db: &Db, scope: Scope, ids: &[TransactionId]) -> Result<HashMap<TransactionId, Transfer>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let of = |column: transfer::Column| column.is_in(ids.iter().map(|id| id.0));
    let either = Condition::any().add(of(transfer::Column::OutId)).add(of(transfer::Column::InId));
    let rows = scope
        .find::<transfer::Entity>()
        .filter(either)
        .filter(transfer::Column::State.is_in([transfer::PROPOSED, transfer::CONFIRMED]))
        .all(db.reader())
        .await?;
    let shown = with_transactions(db, scope, rows).await?;
    Ok(shown.into_iter().flat_map(|one| [(one.out.id, one.clone()), (one.into.id, one)]).collect())
}

/// Where a transaction has gone between two reads there is nothing to show.
async fn with_transactions(db: &Db, scope: Scope, rows: Vec<transfer::Model>) -> Result<Vec<Transfer>> {
    let sides: Vec<TransactionId> =
        rows.iter().flat_map(|row| [TransactionId(row.out_id), TransactionId(row.in_id)]).collect();
    let all: HashMap<TransactionId, Transaction> =
        transactions::get_many(db, scope, &sides).await?.into_iter().map(|one| (one.id, one)).collect();
    let shown = rows.iter().filter_map(|row| {
        let side = |id: i64| all.get(&TransactionId(id)).cloned();
        Some(Transfer::new(row, side(row.out_id)?, side(row.in_id)?))
    });
    shown.collect()
}
