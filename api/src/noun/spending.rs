//! Spending: sums of a period.

use async_graphql::{Context, Enum, Object, ScalarType, SimpleObject, Value};
use domain::category::Kind;
use service::spending::{self, Grouping, Key, Question, Sum};

use super::{
    account::Account,
    category::{Category, CategoryKind, Merchant},
    db,
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
    /// By category.
    Category,
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

    /// How many booked transactions.
    async fn count(&self) -> i64 {
        self.sum.count
    }

    /// Its part of the total of its currency, from 0 to 1 to four decimals, below 0 for what was refunded; null where the total is not positive.
    async fn share(&self) -> Option<f64> {
        self.part()
    }

    /// When sums are by category.
    async fn category(&self) -> Option<Category> {
        match &self.sum.key {
            Key::Category(id) => Some(Category::new(*id)),
            _ => None,
        }
    }

    /// When sums are by merchant.
    async fn merchant(&self) -> Option<Merchant> {
        match &self.sum.key {
            Key::Merchant(id, name) => Some(Merchant { id: *id, name: name.clone() }),
            _ => None,
        }
    }

    /// When sums are by account.
    async fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// When sums are by month.
    async fn month(&self) -> Option<Month> {
        match &self.sum.key {
            Key::Month(month) => Some((*month).into()),
            _ => None,
        }
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
            ("category", Key::Category(id)) => below.object(&Category::new(*id)),
            ("merchant", Key::Merchant(id, name)) => below.object(&Merchant { id: *id, name: name.clone() }),
            ("account", Key::Account(_)) => below.object(self.account.as_ref()?),
            ("month", Key::Month(month)) => Some(Month::from(*month).to_value()),
            ("category" | "merchant" | "account" | "month", _) => Some(Value::Null),
            _ => None,
        }
    }
}

/// The sums of a period. Currencies are never added up.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Spending {
    /// The total of each currency.
    totals: Vec<Quick<Money>>,
    /// The largest first within each currency; months in their order.
    groups: Vec<Quick<SpendingGroup>>,
}

#[derive(Debug, Default)]
pub(crate) struct SpendingQuery;

/// Questions about sums.
#[Object]
impl SpendingQuery {
    /// What was spent in a period of at most 3660 days, by category, merchant, account or month. Transfers between own accounts are neither spending nor income.
    #[graphql(complexity = "100 * child_complexity")]
    async fn spending(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day.")] from: Date,
        #[graphql(desc = "Last day.")] to: Date,
        #[graphql(desc = "By what.")] group_by: SpendingGrouping,
        #[graphql(desc = "Spending, income or transfers.", default_with = "CategoryKind::Spending")] kind: CategoryKind,
    ) -> Fallible<Spending> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let question = Question {
                from: from.read("from")?,
                to: to.read("to")?,
                grouping: group_by.into(),
                kind: Kind::from(kind),
            };
            let spending = spending::sum(db(ctx), scope, seq(ctx), question).await?;
            let shelf = Shelf::new(db(ctx), scope);
            let mut groups = Vec::with_capacity(spending.sums.len());
            for sum in spending.sums {
                let account = match &sum.key {
                    Key::Account(id) => shelf.accounts().await?.iter().find(|account| account.id == *id).cloned(),
                    _ => None,
                };
                let account = account.map(|account| Account::new(account, &shelf));
                groups.push(Quick(SpendingGroup { sum, account }));
            }
            Ok(Spending { totals: spending.totals.into_iter().map(|total| Quick(total.into())).collect(), groups })
        })
        .await
    }
}
