//! Transactions as people enter, change, split and delete them.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use domain::id::{Owned, TransactionId};
use service::transaction::{
    self, CreateTransaction, NewPart, NewPlace, SplitTransaction, UpdateTransaction, UpdateTransactions,
};

use super::{
    super::{category::category_id, db, given, owned, scope, shelf::Shelf, tag::tag_ids},
    Transaction,
};
use crate::{
    fallible::Fallible,
    scalar::{Date, Decimal},
};

/// A transaction that a person enters, in an account that no bank feeds.
#[derive(InputObject)]
pub(crate) struct CreateTransactionInput {
    /// The account.
    account_id: ID,
    /// The day.
    date: Date,
    /// In positive, out negative; not zero.
    amount: Decimal,
    /// What it was: merchant and category are found by it. At most 200 characters.
    description: String,
    /// The category; if it is left out it is found by the description.
    category_id: Option<ID>,
    /// A note; at most 2000 characters.
    note: Option<String>,
    /// Where it was.
    location: Option<LocationInput>,
    /// Of the client's choice: the same key with the same input is answered with the first answer, and enters nothing twice.
    idempotency_key: Option<String>,
}

/// A change of a transaction. What is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateTransactionInput {
    /// The transaction.
    id: ID,
    /// The category. From then on nothing but a person changes it.
    category_id: Option<ID>,
    /// Whether the category is for transactions like this one that are still to come, too: of the same merchant, in the same direction.
    #[graphql(default = true)]
    remember: bool,
    /// A note, at most 2000 characters; null removes it.
    note: MaybeUndefined<String>,
    /// What the person calls the merchant, at most 100 characters; null brings the automatic name back.
    merchant_name: MaybeUndefined<String>,
    /// All its tags, at most 20; an empty list removes them.
    tag_ids: Option<Vec<ID>>,
    /// Where it was; null removes it.
    location: MaybeUndefined<LocationInput>,
    /// Whether it is neither spending nor income, whatever its category is.
    is_excluded: Option<bool>,
}

/// A place, as a person or their device says.
#[derive(InputObject)]
pub(crate) struct LocationInput {
    /// In degrees (WGS 84), north positive.
    latitude: f64,
    /// In degrees, east positive.
    longitude: f64,
    /// What the place is called, at most 100 characters.
    place_name: Option<String>,
}

impl From<LocationInput> for NewPlace {
    fn from(input: LocationInput) -> Self {
        let LocationInput { latitude, longitude, place_name } = input;
        Self { latitude, longitude, name: place_name }
    }
}

/// A change of several transactions at once. What is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateTransactionsInput {
    /// The transactions, 1 to 500.
    ids: Vec<ID>,
    /// The category of all of them. From then on nothing but a person changes it. It is not remembered for others.
    category_id: Option<ID>,
    /// A note, at most 2000 characters; null removes it.
    note: MaybeUndefined<String>,
    /// What the person calls the merchant, at most 100 characters; null brings the automatic names back.
    merchant_name: MaybeUndefined<String>,
    /// Whether they are neither spending nor income, whatever their categories are.
    is_excluded: Option<bool>,
    /// Tags that they get beside those that they have, at most 20 each in all.
    add_tag_ids: Option<Vec<ID>>,
    /// Tags that they do not keep.
    remove_tag_ids: Option<Vec<ID>>,
}

/// What was changed at once.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct UpdateTransactionsPayload {
    /// The transactions, as they are now.
    transactions: Vec<Transaction>,
}

/// A split of a transaction.
#[derive(InputObject)]
pub(crate) struct SplitTransactionInput {
    /// The transaction; not a side of a confirmed transfer.
    transaction_id: ID,
    /// What it was for: 2 to 50 parts that add up to it; none: it is one again.
    parts: Vec<TransactionPartInput>,
}

/// A part that a transaction is to have: of an amount, or of a share.
#[derive(InputObject)]
pub(crate) struct TransactionPartInput {
    /// What it was for.
    category_id: ID,
    /// How much of it, signed as the transaction is: in positive, out negative.
    amount: Option<Decimal>,
    /// How much of what the amounts of the other parts leave, in proportion: percents, or how many of them paid.
    share: Option<Decimal>,
    /// A note, at most 2000 characters.
    note: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct TransactionMutation;

/// Changes of transactions.
#[Object]
impl TransactionMutation {
    /// Enters a transaction.
    async fn create_transaction(&self, ctx: &Context<'_>, input: CreateTransactionInput) -> Fallible<Transaction> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = CreateTransaction {
                account: owned(&input.account_id, scope, "accountId", "account")?,
                day: input.date.read("date")?,
                amount: input.amount.read("amount")?,
                description: input.description,
                category: input.category_id.map(|id| category_id(&id, scope, "categoryId")).transpose()?,
                note: input.note,
                place: input.location.map(NewPlace::from),
                idempotency_key: input.idempotency_key,
            };
            let transaction = transaction::create(db(ctx), scope, command).await?;
            Ok(Transaction { transaction, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }

    /// Changes a transaction. What a person set stays: no pull and no rule overwrites it.
    async fn update_transaction(&self, ctx: &Context<'_>, input: UpdateTransactionInput) -> Fallible<Transaction> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = UpdateTransaction {
                id: owned(&input.id, scope, "id", "transaction")?,
                category: input.category_id.map(|id| category_id(&id, scope, "categoryId")).transpose()?,
                is_remembered: input.remember,
                note: given(input.note),
                merchant_name: given(input.merchant_name),
                is_excluded: input.is_excluded,
                place: given(input.location).map(|place| place.map(NewPlace::from)),
                tags: input.tag_ids.map(|ids| tag_ids(&ids, scope, "tagIds")).transpose()?,
            };
            let transaction = transaction::update(db(ctx), scope, command).await?;
            Ok(Transaction { transaction, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }

    /// Changes several transactions at once: all of them, or none.
    #[graphql(complexity = "100 * child_complexity")]
    async fn update_transactions(
        &self,
        ctx: &Context<'_>,
        input: UpdateTransactionsInput,
    ) -> Fallible<UpdateTransactionsPayload> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = UpdateTransactions {
                ids: input.ids.iter().map(|id| owned(id, scope, "ids", "transaction")).collect::<Result<_, _>>()?,
                category: input.category_id.map(|id| category_id(&id, scope, "categoryId")).transpose()?,
                note: given(input.note),
                merchant_name: given(input.merchant_name),
                is_excluded: input.is_excluded,
                added_tags: tag_ids(&input.add_tag_ids.unwrap_or_default(), scope, "addTagIds")?,
                removed_tags: tag_ids(&input.remove_tag_ids.unwrap_or_default(), scope, "removeTagIds")?,
            };
            let changed = transaction::update_many(db(ctx), scope, command).await?;
            let shelf = Shelf::around(db(ctx), scope, changed.iter().map(|one| one.id));
            let shown = |transaction| Transaction { transaction, shelf: shelf.clone() };
            Ok(UpdateTransactionsPayload { transactions: changed.into_iter().map(shown).collect() })
        })
        .await
    }

    /// Splits a transaction into parts of their own categories, or makes it one again. The split stays whatever its source does: where the amount
    /// changes, the parts change in proportion.
    async fn split_transaction(&self, ctx: &Context<'_>, input: SplitTransactionInput) -> Fallible<Transaction> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let part = |part: TransactionPartInput| {
                Ok(NewPart {
                    category: category_id(&part.category_id, scope, "categoryId")?,
                    amount: part.amount.map(|amount| amount.read("amount")).transpose()?,
                    share: part.share.map(|share| share.read("share")).transpose()?,
                    note: part.note,
                })
            };
            let command = SplitTransaction {
                id: owned(&input.transaction_id, scope, "transactionId", "transaction")?,
                parts: input.parts.into_iter().map(part).collect::<service::Result<_>>()?,
            };
            let transaction = transaction::split(db(ctx), scope, command).await?;
            Ok(Transaction { transaction, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }

    /// Deletes a transaction: it is not shown or counted any more, and does not come back when its bank delivers it again. Answers with its id.
    async fn delete_transaction(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The transaction.")] id: ID,
    ) -> Fallible<ID> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let id: TransactionId = owned(&id, scope, "id", "transaction")?;
            Ok(transaction::delete(db(ctx), scope, id).await?.text(scope.household()).into())
        })
        .await
    }
}
