//! What clients can hear about transactions.

use async_graphql::{Context, Error, ID, SimpleObject, Subscription};
use domain::id::{Owned, TransactionId};
use futures::{Stream, StreamExt, TryStreamExt};
use service::{event::Event, transaction};

use super::{
    super::{
        db, scope,
        shelf::Shelf,
        stream::{Heard, heard},
    },
    Transaction,
};
use crate::{error::from_service, scalar::Cursor};

/// Transactions that appeared, changed or went, in one commit.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct TransactionsChange {
    /// Its place. Subscribe `after` it to go on from here.
    cursor: Cursor,
    /// Whether events before this one are no longer kept: load the present state anew.
    is_gap: bool,
    /// How many are new.
    new_count: u64,
    /// How many say something else now.
    changed_count: u64,
    /// How many are no longer shown.
    gone_count: u64,
    /// Whether `transactions` and `goneIds` name all of them. They do where they are few; where they are many: load what is on the screen anew.
    is_complete: bool,
    /// Those that are new or changed, as they are now.
    transactions: Vec<Transaction>,
    /// Ids of those that are no longer shown.
    gone_ids: Vec<ID>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TransactionSubscription;

/// What clients can hear about transactions.
#[Subscription]
impl TransactionSubscription {
    /// Transactions as they appear, change and go. With `after`, everything since that event comes first.
    async fn transactions_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cursor of the last event that was received.")] after: Option<Cursor>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<TransactionsChange>> + use<>> {
        let (db, scope) = (db(ctx).clone(), scope(ctx).map_err(|error| from_service(&error))?);
        let all = heard(ctx, after).await?;
        let changes = all.and_then(move |heard| {
            let db = db.clone();
            async move {
                let (cursor, changed) = match heard {
                    Heard::Gap(cursor) => return Ok(Some(TransactionsChange::gap(cursor))),
                    Heard::Event(seen) => match seen.event {
                        Event::TransactionsChanged(changed) => (Cursor(seen.seq), changed),
                        _ => return Ok(None),
                    },
                };
                let ids: Vec<TransactionId> = changed.ids.iter().copied().map(TransactionId).collect();
                let now = transaction::get_many(&db, scope, &ids).await.map_err(|error| from_service(&error))?;
                let gone = ids.iter().filter(|id| now.iter().all(|transaction| transaction.id != **id));
                let gone_ids = gone.map(|id| id.text(scope.household()).into()).collect();
                let around = Shelf::around(&db, scope, now.iter().map(|transaction| transaction.id));
                let transactions =
                    now.into_iter().map(|transaction| Transaction { transaction, shelf: around.clone() }).collect();
                let (new_count, changed_count, gone_count) = (changed.new, changed.changed, changed.gone);
                let is_complete = changed.ids.len() as u64 == new_count + changed_count + gone_count;
                Ok::<_, Error>(Some(TransactionsChange {
                    cursor,
                    is_gap: false,
                    new_count,
                    changed_count,
                    gone_count,
                    is_complete,
                    transactions,
                    gone_ids,
                }))
            }
        });
        Ok(changes.filter_map(|change| async move { change.transpose() }))
    }
}

impl TransactionsChange {
    const fn gap(cursor: Cursor) -> Self {
        Self {
            cursor,
            is_gap: true,
            new_count: 0,
            changed_count: 0,
            gone_count: 0,
            is_complete: false,
            transactions: Vec::new(),
            gone_ids: Vec::new(),
        }
    }
}
