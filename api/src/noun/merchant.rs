//! Merchants: who was paid, and which categories the household chose for their transactions.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, Value};
use domain::{
    category::tree::Tree,
    id::{HouseholdId, Owned, shared_number, shared_text},
    merchant::MerchantId,
};
use service::{
    Error, Result, category as categories,
    merchant::{self, CategorizeAlike, Choice},
};

use super::{category::Category, db, owned, scope, seq};
use crate::{
    at_hand::{AtHand, Below},
    fallible::Fallible,
    scalar::Timestamp,
};

/// Who was paid, or who paid.
#[derive(Clone, Debug)]
pub(crate) struct Merchant {
    pub(crate) id: MerchantId,
    pub(crate) name: String,
}

/// Who was paid, or who paid.
#[Object]
impl Merchant {
    /// Its id: the same for all transactions with this merchant.
    async fn id(&self) -> ID {
        shared_text(MERCHANT, self.id.0).into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is one of the sellers that Florin knows, rather than a name that was read from a descriptor or given by a person.
    async fn is_known(&self) -> bool {
        self.id.is_listed()
    }
}

impl AtHand for Merchant {
    fn value(&self, field: &str, _: Below<'_>) -> Option<Value> {
        match field {
            "id" => Some(Value::String(shared_text(MERCHANT, self.id.0))),
            "name" => Some(Value::String(self.name.clone())),
            "isKnown" => Some(Value::Boolean(self.id.is_listed())),
            _ => None,
        }
    }
}

/// What the ids of merchants begin with.
pub(crate) const MERCHANT: &str = "mer";

/// The merchant of an id.
pub(crate) fn merchant_id(id: &ID, field: &'static str) -> Result<MerchantId> {
    shared_number(MERCHANT, id).map(MerchantId).map_err(|error| Error::invalid(field, error.to_string()))
}

/// Which way money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum Direction {
    /// It comes in.
    In,
    /// It goes out.
    Out,
}

/// A category that the household chose for a merchant.
#[derive(Clone, Debug)]
pub(crate) struct MerchantChoice {
    choice: Choice,
    tree: Arc<Tree>,
    household: HouseholdId,
}

/// A category that the household chose for a merchant: transactions that come have it, whatever else is known of them.
#[Object]
impl MerchantChoice {
    /// Its id.
    async fn id(&self) -> ID {
        self.choice.id.text(self.household).into()
    }

    /// The merchant, by the name that it had when it was chosen.
    async fn merchant(&self) -> Merchant {
        Merchant { id: self.choice.lines.merchant, name: self.choice.merchant_name.clone() }
    }

    /// For transactions in this direction: what a shop gives back may be of another category than what it was paid for.
    async fn direction(&self) -> Direction {
        if self.choice.lines.comes_in { Direction::In } else { Direction::Out }
    }

    /// Whether it is only for transactions whose text says by itself what they are, such as a bank's fee on a purchase; else only for the others.
    async fn is_phrase(&self) -> bool {
        self.choice.lines.is_phrase
    }

    /// The category. While it is archived the choice waits.
    async fn category(&self) -> Category {
        Category::new(&self.tree, self.choice.category, self.household)
    }

    /// When it was chosen, the last time.
    async fn chosen_at(&self) -> Timestamp {
        Timestamp::from_ms(self.choice.chosen_at_ms)
    }
}

#[derive(Debug, Default)]
pub(crate) struct MerchantQuery;

/// Questions about merchants.
#[Object]
impl MerchantQuery {
    /// The categories that the household chose for merchants, the latest first: `updateTransaction` remembers them. At most 5,000 are kept.
    #[graphql(complexity = "100 * child_complexity")]
    async fn merchant_choices(&self, ctx: &Context<'_>) -> Fallible<Vec<MerchantChoice>> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let tree = categories::tree(db(ctx), scope, seq(ctx)).await?;
            let choices = merchant::list(db(ctx), scope).await?;
            let shown = |choice| MerchantChoice { choice, tree: tree.clone(), household: scope.household() };
            Ok(choices.into_iter().map(shown).collect())
        })
        .await
    }
}

/// A transaction whose category those like it are to have.
#[derive(InputObject)]
pub(crate) struct CategorizeAlikeInput {
    /// The transaction. A person has chosen its category.
    transaction_id: ID,
}

/// What becomes of the transactions like one.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct CategorizeAlikePayload {
    /// How many have its category now, or will in a moment: where they are many, the rest follows and is heard of by `transactionsChanged`.
    count: u64,
}

#[derive(Debug, Default)]
pub(crate) struct MerchantMutation;

/// What a person says about merchants.
#[Object]
impl MerchantMutation {
    /// Gives all transactions like one its category: those of the same merchant, in the same direction, but not those whose category a
    /// person has chosen. Every sum follows at once.
    async fn categorize_alike(
        &self,
        ctx: &Context<'_>,
        input: CategorizeAlikeInput,
    ) -> Fallible<CategorizeAlikePayload> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = CategorizeAlike { id: owned(&input.transaction_id, scope, "transactionId", "transaction")? };
            Ok(CategorizeAlikePayload { count: merchant::categorize(db(ctx), scope, command).await? })
        })
        .await
    }

    /// Forgets what the household chose for a merchant: transactions to come have the category again that is found for them. Those that are
    /// there keep theirs. Answers with the id of the choice.
    async fn forget_merchant_choice(&self, ctx: &Context<'_>, #[graphql(desc = "The choice.")] id: ID) -> Fallible<ID> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let id = merchant::forget(db(ctx), scope, owned(&id, scope, "id", "choice")?).await?;
            Ok(id.text(scope.household()).into())
        })
        .await
    }
}
