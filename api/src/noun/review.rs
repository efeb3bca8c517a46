//! Review: what a person is asked about, because nobody is sure of its category, and the answers.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use service::{
    Error, exchange as rates,
    merchant::{self, Confirmation, ITEMS},
};

use super::{
    category::{Category, category_id},
    db,
    exchange::Total,
    owned, scope, seq,
    shelf::Shelf,
    transaction::Transaction,
};
use crate::fallible::Fallible;

/// Transactions that are alike (of the same merchant, in the same direction), and whose category is uncertain.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ReviewItem {
    /// The one that came last. An answer about it is one for all of them.
    transaction: Transaction,
    /// How many they are.
    count: u64,
    /// What they come to, in or out, in the household's currency at the rates of today.
    total: Total,
    /// What the household's latest choices say of them, those for merchants of similar names included; `null` where they say nothing, or what
    /// the transaction has already.
    suggested_category: Option<Category>,
}

/// What a person is asked about.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ReviewQueue {
    /// What is worth most to answer, first: the most money times uncertainty.
    items: Vec<ReviewItem>,
    /// How many items there are in all.
    item_count: u64,
    /// How many transactions they are.
    transaction_count: u64,
}

#[derive(Debug, Default)]
pub(crate) struct ReviewQuery;

/// Questions about what is uncertain.
#[Object]
impl ReviewQuery {
    /// Transactions of the last 13 months whose category is surer than 0.7 by nobody: those that are alike together, the most money times
    /// uncertainty first. `confirmCategories` answers.
    #[graphql(complexity = "200 + first.unwrap_or(20).clamp(1, 100) as usize * child_complexity")]
    async fn review_queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "So many items: 20 if it is left out, and at most 100.")] first: Option<i32>,
    ) -> Fallible<ReviewQueue> {
        Fallible::run(async {
            let (db, scope) = (db(ctx), scope(ctx)?);
            let first = usize::try_from(first.unwrap_or(20)).ok().filter(|first| (1..=ITEMS).contains(first));
            let first = first.ok_or_else(|| Error::invalid("first", format!("must be 1 to {ITEMS}")))?;
            let base = rates::base(db, scope).await?;
            let queue = merchant::queue(db, scope, base, first).await?;
            let shelf = Shelf::around(db, scope, queue.items.iter().map(|item| item.transaction.id));
            shelf.fetch_categories(seq(ctx)).await?;
            let mut items = Vec::with_capacity(queue.items.len());
            for item in queue.items {
                let suggested_category = match item.suggested {
                    Some(id) => Some(shelf.category(id).await?),
                    None => None,
                };
                items.push(ReviewItem {
                    suggested_category,
                    total: Total::from(&item.total),
                    count: item.count,
                    transaction: Transaction { transaction: item.transaction, shelf: shelf.clone() },
                });
            }
            Ok(ReviewQueue { items, item_count: queue.item_count as u64, transaction_count: queue.transaction_count })
        })
        .await
    }
}

/// A person's answer about a transaction, and all that are alike.
#[derive(InputObject)]
pub(crate) struct ConfirmationInput {
    /// The transaction.
    transaction_id: ID,
    /// Its category: that which it has, or another one.
    category_id: ID,
}

/// A person's answers.
#[derive(InputObject)]
pub(crate) struct ConfirmCategoriesInput {
    /// One to 100 of them, each about another transaction.
    items: Vec<ConfirmationInput>,
}

/// What was answered.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ConfirmCategoriesPayload {
    /// The transactions that were named, as they are now.
    transactions: Vec<Transaction>,
}

#[derive(Debug, Default)]
pub(crate) struct ReviewMutation;

/// A person's answers to what is uncertain.
#[Object]
impl ReviewMutation {
    /// Gives transactions their categories, and each one's to all that are alike, but those whose category a person has chosen; and remembers
    /// it for those to come. All answers are taken, or none.
    async fn confirm_categories(
        &self,
        ctx: &Context<'_>,
        input: ConfirmCategoriesInput,
    ) -> Fallible<ConfirmCategoriesPayload> {
        Fallible::run(async {
            let (db, scope) = (db(ctx), scope(ctx)?);
            let read = |item: ConfirmationInput| {
                Ok(Confirmation {
                    transaction: owned(&item.transaction_id, scope, "transactionId", "transaction")?,
                    category: category_id(&item.category_id, scope, "categoryId")?,
                })
            };
            let confirmations = input.items.into_iter().map(read).collect::<service::Result<Vec<_>>>()?;
            let confirmed = merchant::confirm(db, scope, confirmations).await?;
            let shelf = Shelf::around(db, scope, confirmed.iter().map(|one| one.id));
            let shown = |transaction| Transaction { transaction, shelf: shelf.clone() };
            Ok(ConfirmCategoriesPayload { transactions: confirmed.into_iter().map(shown).collect() })
        })
        .await
    }
}
