//! Spending: sums of a period.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, Object, ScalarType, SimpleObject, Value};
use domain::category::{Kind, tree::Tree};
use service::{
    Scope, exchange,
    spending::{self, ConvertedSum, Grouping, Key, Question, Sum},
};

use super::{
    account::Account,
    category::{Category, CategoryKind, category_id},
    db,
    exchange::Total,
    merchant::Merchant,
    money::Money,
    scope, seq,
    shelf::Shelf,
};
use crate::{
    at_hand::{AtHand, Below, Quick},
    fallible::Fallible,
    scalar::{Date, Month},
};

/// By what sums are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Grouping")]
pub(crate) enum SpendingGrouping {
    /// By category, each by itself.
    Category,
    /// By group of categories; with `categoryId` by what is directly in that category, itself for its own transactions.
    Group,
    /// By merchant.
    Merchant,
    /// By account.
    Account,
    /// By month.
    Month,
}

/// A sum of a period, in one currency.
#[derive(Clone, Debug)]
pub(crate) struct SpendingGroup {
    sum: Sum,
    category: Option<Category>,
    account: Option<Account>,
}

/// A sum of a period, in one currency. What it is a sum of is in the one of `category`, `merchant`, `account` and `month` that is not null.
#[Object]
impl SpendingGroup {
    /// What was spent less what was refunded; for income what came in less what went back. Booked transactions only.
    async fn amount(&self) -> Money {
        self.sum.amount.into()
    }

    /// The same of pending transactions.
    async fn pending(&self) -> Money {
        self.sum.pending.into()
    }

    /// How many booked transactions; one that is split counts once for each of its parts.
    async fn count(&self) -> i64 {
        self.sum.count
    }

    /// Its part of the total of its currency, from 0 to 1 to four decimals, below 0 for what was refunded; null where the total is not positive.
    async fn share(&self) -> Option<f64> {
        self.part()
    }

    /// When sums are by category or group.
    async fn category(&self) -> Option<&Category> {
        self.category.as_ref()
    }

    /// When sums are by merchant.
    async fn merchant(&self) -> Option<Merchant> {
        merchant(&self.sum.key)
    }

    /// When sums are by account.
    async fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// When sums are by month.
    async fn month(&self) -> Option<Month> {
        month(&self.sum.key)
    }
}

impl SpendingGroup {
    fn part(&self) -> Option<f64> {
        let share = i32::try_from(self.sum.share_of_ten_thousand?).ok()?;
        Some(f64::from(share) / 10_000.0)
    }
}

impl AtHand for SpendingGroup {
    fn value(&self, field: &str, below: Below<'_>) -> Option<Value> {
        match (field, &self.sum.key) {
            ("amount", _) => below.object(&Money::from(self.sum.amount)),
            ("pending", _) => below.object(&Money::from(self.sum.pending)),
            ("count", _) => Some(self.sum.count.into()),
            ("share", _) => Some(self.part().map_or(Value::Null, Value::from)),
            ("category", Key::Category(_)) => below.object(self.category.as_ref()?),
            ("merchant", Key::Merchant(id, name)) => below.object(&Merchant { id: *id, name: name.clone() }),
            ("account", Key::Account(_)) => below.object(self.account.as_ref()?),
            ("month", Key::Month(month)) => Some(Month::from(*month).to_value()),
            ("category" | "merchant" | "account" | "month", _) => Some(Value::Null),
            _ => None,
        }
    }
}

/// The sums of a period.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Spending {
    /// The total of each currency. Currencies are not added up here, but in `converted`.
    totals: Vec<Quick<Money>>,
    /// The largest first within each currency; months in their order.
    groups: Vec<Quick<SpendingGroup>>,
    #[graphql(skip)]
    question: Question,
    #[graphql(skip)]
    shelf: Shelf,
}

/// The sums of a period.
#[ComplexObject]
impl Spending {
    /// All currencies in one, each transaction at the rate of its day.
    #[graphql(complexity = "20 + child_complexity")]
    async fn converted(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which currency, ISO 4217; the household's if it is left out.")] currency: Option<String>,
    ) -> Fallible<ConvertedSpending> {
        Fallible::run(async {
            let (db, scope) = (db(ctx), self.shelf.scope());
            let currency = exchange::base_or(db, scope, "currency", currency.as_deref()).await?;
            let converted = spending::converted(db, scope, self.question, currency).await?;
            let mut groups = Vec::with_capacity(converted.sums.len());
            for sum in converted.sums {
                let (category, account) =
                    (category(&sum.key, &converted.categories, scope), account(&sum.key, &self.shelf).await?);
                groups.push(ConvertedSpendingGroup { sum, category, account });
            }
            Ok(ConvertedSpending { total: (&converted.total).into(), groups })
        })
        .await
    }
}

/// The sums of a period in one currency.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ConvertedSpending {
    /// Of everything.
    total: Total,
    /// The largest first, as far as it is known; months in their order.
    groups: Vec<ConvertedSpendingGroup>,
}

/// A sum of a period, all currencies in one.
#[derive(Clone, Debug)]
pub(crate) struct ConvertedSpendingGroup {
    sum: ConvertedSum,
    category: Option<Category>,
    account: Option<Account>,
}

/// A sum of a period, all currencies in one. What it is a sum of is in the one of `category`, `merchant`, `account` and `month` that is not null.
#[Object]
impl ConvertedSpendingGroup {
    /// What was spent less what was refunded; for income what came in less what went back. Booked transactions only.
    async fn amount(&self) -> Total {
        (&self.sum.amount).into()
    }

    /// The same of pending transactions.
    async fn pending(&self) -> Total {
        (&self.sum.pending).into()
    }

    /// How many booked transactions; one that is split counts once for each of its parts.
    async fn count(&self) -> i64 {
        self.sum.count
    }

    /// When sums are by category or group.
    async fn category(&self) -> Option<&Category> {
        self.category.as_ref()
    }

    /// When sums are by merchant.
    async fn merchant(&self) -> Option<Merchant> {
        merchant(&self.sum.key)
    }

    /// When sums are by account.
    async fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// When sums are by month.
    async fn month(&self) -> Option<Month> {
        month(&self.sum.key)
    }
}

fn category(key: &Key, categories: &Arc<Tree>, scope: Scope) -> Option<Category> {
    if let Key::Category(id) = key { Some(Category::new(categories, *id, scope.household())) } else { None }
}

fn merchant(key: &Key) -> Option<Merchant> {
    if let Key::Merchant(id, name) = key { Some(Merchant { id: *id, name: name.clone() }) } else { None }
}

fn month(key: &Key) -> Option<Month> {
    if let Key::Month(month) = key { Some((*month).into()) } else { None }
}

async fn account(key: &Key, shelf: &Shelf) -> service::Result<Option<Account>> {
    let Key::Account(id) = key else { return Ok(None) };
    let account = shelf.accounts().await?.iter().find(|account| account.id == *id).cloned();
    Ok(account.map(|account| Account::new(account, shelf)))
}

#[derive(Debug, Default)]
pub(crate) struct SpendingQuery;

/// Questions about sums.
#[Object]
impl SpendingQuery {
    /// What was spent in a period of at most 3660 days, by category, group, merchant, account or month. Transfers between own accounts are neither spending nor income.
    #[graphql(complexity = "100 * child_complexity")]
    async fn spending(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day.")] from: Date,
        #[graphql(desc = "Last day.")] to: Date,
        #[graphql(desc = "By what.")] group_by: SpendingGrouping,
        #[graphql(desc = "Spending, income or transfers.", default_with = "CategoryKind::Spending")] kind: CategoryKind,
        #[graphql(desc = "Only what is of this category or of one in it.")] category_id: Option<ID>,
    ) -> Fallible<Spending> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let question = Question {
                from: from.read("from")?,
                to: to.read("to")?,
                grouping: group_by.into(),
                kind: Kind::from(kind),
                within: category_id.map(|id| self::category_id(&id, scope, "categoryId")).transpose()?,
            };
            let spending = spending::sum(db(ctx), scope, seq(ctx), question).await?;
            let shelf = Shelf::new(db(ctx), scope);
            let mut groups = Vec::with_capacity(spending.sums.len());
            for sum in spending.sums {
                let (category, account) =
                    (category(&sum.key, &spending.categories, scope), account(&sum.key, &shelf).await?);
                groups.push(Quick(SpendingGroup { sum, category, account }));
            }
            let totals = spending.totals.into_iter().map(|total| Quick(total.into())).collect();
            Ok(Spending { totals, groups, question, shelf })
        })
        .await
    }
}
