//! Merchants: who was paid, and which categories the household chose for their transactions.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject, Value};
use domain::{
    category::tree::Tree,
    id::{HouseholdId, Owned, shared_number, shared_text},
    merchant::MerchantId,
};
use service::{
    Error, Result, category as categories,
    merchant::{self, CategorizeAlike, Choice, Known, MergeMerchants, Page, Question, UpdateMerchant},
};

use super::{category::Category, db, money::Money, owned, scope, seq, transaction::PageInfo};
use crate::{
    at_hand::{AtHand, Below},
    fallible::Fallible,
    scalar::{Date, Timestamp},
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

    /// The merchant, by the name that the household gave it, or else that it had when it was chosen.
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

/// A merchant, as the household knows it.
#[derive(Clone, Debug)]
pub(crate) struct MerchantSummary {
    known: Known,
}

/// A merchant, as the household knows it: what it calls it, which ones are part of it, and what there was with it.
#[Object]
impl MerchantSummary {
    /// The merchant.
    async fn merchant(&self) -> Merchant {
        Merchant { id: self.known.id, name: self.known.name.clone() }
    }

    /// What the household calls it; null where it leaves it its own name.
    async fn given_name(&self) -> Option<&str> {
        self.known.given_name.as_deref()
    }

    /// Those that are part of it, each by its own name: `separateMerchant` makes one of them a merchant of its own again.
    async fn merged(&self) -> Vec<Merchant> {
        self.known.merged.iter().map(|(id, name)| Merchant { id: *id, name: name.clone() }).collect()
    }

    /// How many transactions are with it, pending ones among them.
    async fn transaction_count(&self) -> u64 {
        self.known.count
    }

    /// What these come to, a sum for each currency: in positive, out negative.
    async fn amounts(&self) -> Vec<Money> {
        self.known.amounts.iter().copied().map(Money::from).collect()
    }

    /// The day of the first of them.
    async fn first_date(&self) -> Option<Date> {
        self.known.first.map(Date::from)
    }

    /// The day of the last of them.
    async fn last_date(&self) -> Option<Date> {
        self.known.last.map(Date::from)
    }
}

/// The order of merchants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "merchant::Order")]
pub(crate) enum MerchantOrder {
    /// That of the latest transaction first.
    Latest,
    /// That of the most transactions first.
    Count,
    /// By name.
    Name,
}

/// A merchant with its cursor.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct MerchantEdge {
    /// Its place in this list.
    cursor: String,
    /// The merchant.
    node: MerchantSummary,
}

/// A page of merchants.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct MerchantConnection {
    /// The merchants with their cursors.
    edges: Vec<MerchantEdge>,
    /// Where the page stands.
    page_info: PageInfo,
    /// How many there are in all.
    count: usize,
}

impl From<Page> for MerchantConnection {
    fn from(page: Page) -> Self {
        let cursors: Vec<&String> = page.rows.iter().map(|(cursor, _)| cursor).collect();
        let page_info = PageInfo::new(page.has_next, page.has_previous, &cursors);
        let edge = |(cursor, known)| MerchantEdge { cursor, node: MerchantSummary { known } };
        Self { edges: page.rows.into_iter().map(edge).collect(), page_info, count: page.count }
    }
}

#[derive(Debug, Default)]
pub(crate) struct MerchantQuery;

/// Questions about merchants.
#[Object]
impl MerchantQuery {
    /// The merchants of the household's transactions, at most 200 at once. Those that are part of another one are counted there.
    #[graphql(complexity = "100 + first.unwrap_or(50).clamp(1, 200) as usize * child_complexity")]
    async fn merchants(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only those with this text in their name, or in that of one that is part of them; at most 100 characters."
        )]
        text: Option<String>,
        #[graphql(desc = "In which order.", default_with = "MerchantOrder::Latest")] order_by: MerchantOrder,
        #[graphql(desc = "How many, at most 200; 50 if it is left out.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Fallible<MerchantConnection> {
        Fallible::run(async {
            let question = Question { text, order: order_by.into(), first, after };
            Ok(merchant::list(db(ctx), scope(ctx)?, seq(ctx), &question).await?.into())
        })
        .await
    }

    /// A merchant, as the household knows it. The id of one that is part of another one gives that one.
    #[graphql(complexity = "100 + child_complexity")]
    async fn merchant(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Fallible<MerchantSummary> {
        Fallible::run(async {
            let id = merchant_id(&id, "id")?;
            Ok(MerchantSummary { known: merchant::get(db(ctx), scope(ctx)?, id).await? })
        })
        .await
    }

    /// The categories that the household chose for merchants, the latest first: `updateTransaction` remembers them. At most 5,000 are kept.
    #[graphql(complexity = "100 * child_complexity")]
    async fn merchant_choices(&self, ctx: &Context<'_>) -> Fallible<Vec<MerchantChoice>> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let tree = categories::tree(db(ctx), scope, seq(ctx)).await?;
            let choices = merchant::list_choices(db(ctx), scope).await?;
            let shown = |choice| MerchantChoice { choice, tree: tree.clone(), household: scope.household() };
            Ok(choices.into_iter().map(shown).collect())
        })
        .await
    }
}

/// What a household calls a merchant.
#[derive(InputObject)]
pub(crate) struct UpdateMerchantInput {
    /// The merchant.
    id: ID,
    /// What it is called, at most 100 characters; null leaves it its own name again.
    name: MaybeUndefined<String>,
}

/// Merchants that are one.
#[derive(InputObject)]
pub(crate) struct MergeMerchantsInput {
    /// These become part of it, at most 100. One that is part of another one already brings that along.
    merchant_ids: Vec<ID>,
    /// Which they are.
    into_id: ID,
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

    /// Says what a merchant is called, in all its transactions, those to come among them. What a person called the merchant of one transaction
    /// is a merchant of its own.
    async fn update_merchant(&self, ctx: &Context<'_>, input: UpdateMerchantInput) -> Fallible<MerchantSummary> {
        Fallible::run(async {
            let name = match input.name {
                MaybeUndefined::Undefined => return Err(Error::invalid("input", "must change something")),
                MaybeUndefined::Null => None,
                MaybeUndefined::Value(name) => Some(name),
            };
            let command = UpdateMerchant { id: merchant_id(&input.id, "id")?, name };
            Ok(MerchantSummary { known: merchant::update(db(ctx), scope(ctx)?, command).await? })
        })
        .await
    }

    /// Says that merchants are one: their transactions, those to come among them, are that one's, in lists, sums, rules and choices. Nothing
    /// of them is lost: `separateMerchant` takes it back.
    async fn merge_merchants(&self, ctx: &Context<'_>, input: MergeMerchantsInput) -> Fallible<MerchantSummary> {
        Fallible::run(async {
            let ids = input.merchant_ids.iter().map(|id| merchant_id(id, "merchantIds")).collect::<Result<_>>()?;
            let command = MergeMerchants { merchants: ids, into: merchant_id(&input.into_id, "intoId")? };
            Ok(MerchantSummary { known: merchant::merge(db(ctx), scope(ctx)?, command).await? })
        })
        .await
    }

    /// Makes a merchant that is part of another one a merchant of its own again, with all that were part of it before.
    async fn separate_merchant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The one that is part of another one.")] id: ID,
    ) -> Fallible<MerchantSummary> {
        Fallible::run(async {
            let id = merchant_id(&id, "id")?;
            Ok(MerchantSummary { known: merchant::separate(db(ctx), scope(ctx)?, id).await? })
        })
        .await
    }

    /// Forgets what the household chose for a merchant, and for those that are merged into it: transactions to come have the category again
    /// that is found for them. Those that are there keep theirs. Answers with the id of the choice.
    async fn forget_merchant_choice(&self, ctx: &Context<'_>, #[graphql(desc = "The choice.")] id: ID) -> Fallible<ID> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let id = merchant::forget(db(ctx), scope, owned(&id, scope, "id", "choice")?).await?;
            Ok(id.text(scope.household()).into())
        })
        .await
    }
}
