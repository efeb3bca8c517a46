//! Budgets: what is meant to be spent on a category in a month.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::category::tree::Tree;
use service::{
    Scope,
    budget::{self, Budgets, SetBudget},
};

use super::{
    category::{Category, category_id},
    db,
    money::Money,
    scope,
};
use crate::{
    fallible::Fallible,
    scalar::{Decimal, Month},
};

/// A budget in a month, and what has become of it.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Budget {
    /// The category; it covers all that is in it.
    category: Category,
    /// The month.
    month: Month,
    /// What is meant to be spent.
    amount: Money,
    /// What was spent, refunds taken off: positive.
    spent: Money,
    /// What is announced and not booked yet: positive.
    pending: Money,
    /// What is left of `amount` after `spent`; negative when it is exceeded.
    remaining: Money,
    /// What an even spread over the days of the month would have spent by now (by the day in UTC).
    expected: Money,
    /// `spent` in percent of `expected`: 100 is exactly on pace, 150 half as fast again. Null before the month begins.
    pace_percent: Option<i64>,
}

impl Budget {
    fn new(budget: &budget::Budget, categories: &Arc<Tree>, scope: Scope) -> Self {
        Self {
            category: Category::new(categories, budget.category, scope.household()),
            month: budget.month.into(),
            amount: budget.amount.into(),
            spent: budget.spent.into(),
            pending: budget.pending.into(),
            remaining: budget.remaining.into(),
            expected: budget.expected.into(),
            pace_percent: budget.pace_percent,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct BudgetQuery;

/// Questions about budgets.
#[Object]
impl BudgetQuery {
    /// The budgets of a month.
    #[graphql(complexity = "20 * child_complexity")]
    async fn budgets(&self, ctx: &Context<'_>, #[graphql(desc = "The month.")] month: Month) -> Fallible<Vec<Budget>> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let Budgets { categories, all } = budget::list(db(ctx), scope, month.read("month")?).await?;
            Ok(all.iter().map(|budget| Budget::new(budget, &categories, scope)).collect())
        })
        .await
    }
}

/// A budget that is to be set.
#[derive(InputObject)]
pub(crate) struct SetBudgetInput {
    /// The category, with all that is in it; of spending.
    category_id: ID,
    /// A month, not negative; null ends the budget.
    amount: Option<Decimal>,
    /// ISO 4217; the household's if it is left out. Each currency has budgets of its own.
    currency: Option<String>,
    /// From this month on; the present one if it is left out. Earlier months stay as they were.
    from: Option<Month>,
}

#[derive(Debug, Default)]
pub(crate) struct BudgetMutation;

/// Changes of budgets.
#[Object]
impl BudgetMutation {
    /// Sets what is meant to be spent on a category each month. Answers with the budget of the first month, or null when it was ended.
    async fn set_budget(&self, ctx: &Context<'_>, input: SetBudgetInput) -> Fallible<Option<Budget>> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = SetBudget {
                category: category_id(&input.category_id, scope, "categoryId")?,
                currency: input.currency,
                amount: input.amount.map(|amount| amount.read("amount")).transpose()?,
                from: input.from.map(|month| month.read("from")).transpose()?,
            };
            let (categories, budget) = budget::set(db(ctx), scope, command).await?;
            Ok(budget.map(|budget| Budget::new(&budget, &categories, scope)))
        })
        .await
    }
}
