//! Duplicates: two transactions that may be one booking, and two that a person has made one.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::{
    id::{MergeId, Owned, TransactionId, pair_text},
    reconcile::Reason,
};
use service::{
    Scope,
    duplicate::{self, MergeTransactions, UnmergeTransactions},
};

use super::{
    account::Account,
    db, owned, scope,
    shelf::Shelf,
    transaction::{PageInfo, Transaction},
};
use crate::{fallible::Fallible, scalar::Timestamp};

/// What the id of a suggestion begins with.
const PREFIX: &str = "dup";

/// Why two transactions are not taken for one, though they may be. Their amounts are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Reason")]
pub(crate) enum DuplicateReason {
    /// Of nearly the same day, but the texts of their sources name different merchants.
    #[graphql(name = "TEXT_DIFFERS")]
    Text,
    /// Of the same merchant, but their days lie further apart than sources usually differ, 5 to 7 days, or one of them lies on a day that the file of the other does not reach.
    #[graphql(name = "DAY_DIFFERS")]
    Day,
    /// Of the same merchant and nearly the same day, but one of them is not booked yet.
    #[graphql(name = "PENDING")]
    Pending,
    /// Of the same day: a file has brought the one, and a later file of the same days has the other in its place.
    #[graphql(name = "TOLD_AGAIN")]
    Again,
}

/// Two transactions of an account that may be one booking, which two sources have brought. A person says whether they are.
#[derive(Clone, Debug)]
pub(crate) struct DuplicateSuggestion {
    suggestion: duplicate::Suggestion,
    shelf: Shelf,
}

/// Two transactions of an account that may be one booking, which two sources have brought. A person says whether they are: `mergeTransactions` or `dismissDuplicate`.
#[Object]
impl DuplicateSuggestion {
    /// Its id.
    async fn id(&self) -> ID {
        let (first, second) = (self.suggestion.first.id, self.suggestion.second.id);
        pair_text(PREFIX, self.shelf.scope().household(), first, second).into()
    }

    /// The transaction that was there first.
    async fn first(&self) -> Transaction {
        Transaction { transaction: self.suggestion.first.clone(), shelf: self.shelf.clone() }
    }

    /// The one that came later.
    async fn second(&self) -> Transaction {
        Transaction { transaction: self.suggestion.second.clone(), shelf: self.shelf.clone() }
    }

    /// The account of both.
    async fn account(&self) -> Account {
        Account::new(self.suggestion.first.account.clone(), &self.shelf)
    }

    /// Why they were not taken for one.
    async fn reason(&self) -> DuplicateReason {
        self.suggestion.reason.into()
    }

    /// When it was found.
    async fn created_at(&self) -> Timestamp {
        Timestamp::from_ms(self.suggestion.created_at_ms)
    }
}

/// A suggestion in a list.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct DuplicateSuggestionEdge {
    /// Its place in this list.
    cursor: String,
    /// The suggestion.
    node: DuplicateSuggestion,
}

/// A page of suggestions.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct DuplicateSuggestionConnection {
    /// The suggestions with their cursors.
    edges: Vec<DuplicateSuggestionEdge>,
    /// Where the page stands.
    page_info: PageInfo,
}

impl DuplicateSuggestionConnection {
    fn new(page: duplicate::Page, shelf: &Shelf) -> Self {
        let cursors: Vec<&String> = page.rows.iter().map(|(cursor, _)| cursor).collect();
        let page_info = PageInfo::new(page.has_next, page.has_previous, &cursors);
        let edge = |(cursor, suggestion)| DuplicateSuggestionEdge {
            cursor,
            node: DuplicateSuggestion { suggestion, shelf: shelf.clone() },
        };
        Self { edges: page.rows.into_iter().map(edge).collect(), page_info }
    }
}

/// What was merged into a transaction. Undone by `unmergeTransactions`, the latest one first.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct TransactionMerge {
    /// Its id.
    id: ID,
    /// The transaction that is not shown any more.
    gone_id: ID,
    /// When.
    merged_at: Timestamp,
}

impl TransactionMerge {
    pub(crate) fn new(merge: &duplicate::Merge, scope: Scope) -> Self {
        let household = scope.household();
        Self {
            id: merge.id.text(household).into(),
            gone_id: merge.gone.text(household).into(),
            merged_at: Timestamp::from_ms(merge.at_ms),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct DuplicateQuery;

/// Questions about duplicates.
#[Object]
impl DuplicateQuery {
    /// A page of the pairs of transactions that may be one booking and wait for a person's word, the latest first; 50 if `first` is left out, and at most 200.
    #[graphql(complexity = "first.unwrap_or(50).clamp(1, 200) as usize * child_complexity")]
    async fn duplicate_suggestions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this account only.")] account_id: Option<ID>,
        #[graphql(desc = "So many.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
    ) -> Fallible<DuplicateSuggestionConnection> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let account = account_id.map(|id| owned(&id, scope, "accountId", "account")).transpose()?;
            let page = duplicate::list(db(ctx), scope, account, first, after.as_deref()).await?;
            let shown = page.rows.iter().flat_map(|(_, one)| [one.first.id, one.second.id]);
            let shelf = Shelf::around(db(ctx), scope, shown);
            Ok(DuplicateSuggestionConnection::new(page, &shelf))
        })
        .await
    }
}

/// Two transactions of an account that are one booking.
#[derive(InputObject)]
pub(crate) struct MergeTransactionsInput {
    /// The transaction that stays, with its id. A category, a merchant's name and a note that a person set on it stay.
    keep_id: ID,
    /// The transaction that becomes a part of it: of the same account, and of the same amount unless one of the two is pending.
    gone_id: ID,
    /// Of the client's choice: the same key with the same input is answered with the first answer.
    idempotency_key: Option<String>,
}

/// A merge that is to be undone.
#[derive(InputObject)]
pub(crate) struct UnmergeTransactionsInput {
    /// The merge, from `merged` of the transaction: the latest one of it.
    merge_id: ID,
}

/// Two transactions that are two.
#[derive(InputObject)]
pub(crate) struct DismissDuplicateInput {
    /// One of them.
    first_id: ID,
    /// The other.
    second_id: ID,
}

/// The two transactions of a merge that was undone.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct UnmergedTransactions {
    /// The one that was shown all the time.
    kept: Transaction,
    /// The one that is shown again.
    restored: Transaction,
}

#[derive(Debug, Default)]
pub(crate) struct DuplicateMutation;

/// What a person says about duplicates.
#[Object]
impl DuplicateMutation {
    /// Makes one transaction of two that are one booking, and answers with it. Whichever is kept: day, amount and descriptor follow the source that knows more, which is the bank before a file, and a file before a person. No source brings either of the two again.
    async fn merge_transactions(&self, ctx: &Context<'_>, input: MergeTransactionsInput) -> Fallible<Transaction> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = MergeTransactions {
                kept: owned(&input.keep_id, scope, "keepId", "transaction")?,
                gone: owned(&input.gone_id, scope, "goneId", "transaction")?,
                idempotency_key: input.idempotency_key,
            };
            let transaction = duplicate::merge(db(ctx), scope, command).await?;
            Ok(Transaction { transaction, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }

    /// Undoes a merge: both transactions are what they were, but for what sources and people have said since. They are never suggested again.
    async fn unmerge_transactions(
        &self,
        ctx: &Context<'_>,
        input: UnmergeTransactionsInput,
    ) -> Fallible<UnmergedTransactions> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let merge: MergeId = owned(&input.merge_id, scope, "mergeId", "merge")?;
            let unmerged = duplicate::unmerge(db(ctx), scope, UnmergeTransactions { merge }).await?;
            let shelf = Shelf::new(db(ctx), scope);
            let shown = |transaction| Transaction { transaction, shelf: shelf.clone() };
            Ok(UnmergedTransactions { kept: shown(unmerged.kept), restored: shown(unmerged.restored) })
        })
        .await
    }

    /// Says that two transactions are two, which is remembered for ever: they are not suggested again. Answers with true.
    async fn dismiss_duplicate(&self, ctx: &Context<'_>, input: DismissDuplicateInput) -> Fallible<bool> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let first: TransactionId = owned(&input.first_id, scope, "firstId", "transaction")?;
            let second: TransactionId = owned(&input.second_id, scope, "secondId", "transaction")?;
            duplicate::dismiss(db(ctx), scope, first, second).await?;
            Ok(true)
        })
        .await
    }
}
