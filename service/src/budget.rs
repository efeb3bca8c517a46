//! Budgets: what a household means to spend on a category in a month, and what has become of it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use domain::{
    budget::{self, Threshold},
    category::{CategoryId, Kind, tree::Tree},
    currency::Currency,
    day::{Day, Month, UTC},
    money::Money,
};
use entity::budget as row;
use rust_decimal::Decimal;
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::OnConflict,
};

use crate::{
    Db, Error, Result, Scope, Unit,
    account::{currency, minor},
    ambient::millis,
    category,
    event::Event,
    exchange,
    job::{Job, Run, Verdict},
    notification::{self, Told},
    scope::Tenant,
};

/// A time zone is at most so far from UTC: what is today somewhere is today within it.
const ZONES: std::time::Duration = std::time::Duration::from_hours(14);

impl Tenant for row::Entity {
    const HOUSEHOLD: Self::Column = row::Column::HouseholdId;
}

/// A budget in a month. A budget of a group covers all its categories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The category, or a group of them.
    pub category: CategoryId,
    /// The month.
    pub month: Month,
    /// What was meant to be spent.
    pub amount: Money,
    /// What was: posted transactions, refunds taken off.
    pub spent: Money,
    /// What is announced.
    pub pending: Money,
    /// What is left, without regard to what is pending; negative when it is exceeded.
    pub remaining: Money,
    /// What an even spread would have used by now.
    pub expected: Money,
    /// What is spent in percent of that; `None` before the month begins.
    pub pace_percent: Option<i64>,
}

/// A budget that is to be set from a month on.
#[derive(Clone, Debug)]
pub struct SetBudget {
    /// The category, or a group of them.
    pub category: CategoryId,
    /// ISO 4217; `None`: the household's.
    pub currency: Option<String>,
    /// A month; `None` ends the budget.
    pub amount: Option<Decimal>,
    /// From when on; `None`: from the present month.
    pub from: Option<Month>,
}

/// Sets a budget from a month on; earlier months stay as they were. Returns it as it stands in that month, or nothing when it was ended.
pub async fn set(db: &Db, scope: Scope, command: SetBudget) -> Result<(Arc<Tree>, Option<Budget>)> {
    let month = command.from.unwrap_or_else(|| today(db.now_ms()).month());
    let currency = match command.currency {
        Some(code) => currency("currency", &code)?,
        None => exchange::base(db, scope).await?,
    };
    let amount = command.amount.map(|amount| minor("amount", amount, currency)).transpose()?;
    if amount.is_some_and(|amount| amount < 0) {
        return Err(Error::invalid("amount", "must not be negative"));
    }
    let asked = command.category;
    let category = db
        .write(scope, move |unit| {
            async move {
                // Here, where nobody merges it meanwhile.
                let tree = category::tree_of(unit).await?;
                let known = tree.get(asked).ok_or(Error::NotFound { what: "category" })?;
                if known.kind != Kind::Spending {
                    return Err(Error::invalid("categoryId", "must be a category of spending"));
                }
                let category = known.id;
                let budget = row::ActiveModel {
                    household_id: Set(unit.scope().household().0),
                    category_id: Set(category.0),
                    currency: Set(currency.code().to_owned()),
                    from_month: Set(month.number()),
                    amount_minor: Set(amount),
                };
                let again = OnConflict::columns([
                    row::Column::HouseholdId,
                    row::Column::CategoryId,
                    row::Column::Currency,
                    row::Column::FromMonth,
                ])
                .update_column(row::Column::AmountMinor)
                .to_owned();
                row::Entity::insert(budget).on_conflict(again).exec_without_returning(unit.connection()).await?;
                unit.emit(Event::BudgetsChanged {});
                unit.enqueue(Job::EvaluateBudgets {})?;
                Ok(category)
            }
            .scope_boxed()
        })
        .await?;
    let Budgets { categories, all } = list(db, scope, month).await?;
    let category = categories.resolve(category);
    let budget = all.into_iter().find(|budget| budget.category == category && budget.amount.currency == currency);
    Ok((categories, budget))
}

/// The budgets of a month, and the categories that they were looked up by.
#[derive(Clone, Debug)]
pub struct Budgets {
    /// The household's categories.
    pub categories: Arc<Tree>,
    /// One for each category and currency that has any.
    pub all: Vec<Budget>,
}

/// The budgets of a month.
pub async fn list(db: &Db, scope: Scope, month: Month) -> Result<Budgets> {
    // Budgets, sums and categories are of one moment: between two a category may have become a part of another.
    let snapshot = db.snapshot().await?;
    let categories = category::load(&snapshot, scope).await?;
    let all = standing(db, &snapshot, scope, &categories, month).await;
    snapshot.rollback().await?;
    Ok(Budgets { categories, all: all? })
}

async fn standing(
    db: &Db,
    connection: &impl ConnectionTrait,
    scope: Scope,
    categories: &Tree,
    month: Month,
) -> Result<Vec<Budget>> {
    let set = scope
        .find::<row::Entity>()
        .filter(row::Column::FromMonth.lte(month.number()))
        .order_by_asc(row::Column::FromMonth)
        .all(connection)
        .await?;
    // The latest of each category and currency holds.
    let mut latest: BTreeMap<(i32, String), Option<i64>> = BTreeMap::new();
    for row in set {
        latest.insert((row.category_id, row.currency), row.amount_minor);
    }
    latest.retain(|_, amount| amount.is_some());
    if latest.is_empty() {
        return Ok(Vec::new());
    }
    let used = used(db, connection, scope, month).await?;
    let now = today(db.now_ms());
    let budgets = latest.into_iter().filter_map(|((category, code), amount)| {
        let (category, currency) = (CategoryId(category), Currency::from_code(&code)?);
        let covered = categories.covered(category);
        let (spent, pending) = covered
            .iter()
            .filter_map(|id| used.get(&(id.0, code.clone())))
            .fold((0, 0), |(spent, pending), cell| (spent + cell.0, pending + cell.1));
        let amount = amount?;
        let money = |minor| Money::new(minor, currency);
        Some(Budget {
            category,
            month,
            amount: money(amount),
            spent: money(spent),
            pending: money(pending),
            remaining: money(amount - spent),
            expected: money(budget::expected_minor(amount, month, now)),
            pace_percent: budget::pace_percent(amount, spent, month, now),
        })
    });
    Ok(budgets.collect())
}

/// What was spent and what is pending in a month, by category and currency: positive.
async fn used(
    db: &Db,
    connection: &impl ConnectionTrait,
    scope: Scope,
    month: Month,
) -> Result<HashMap<(i32, String), (i64, i64)>> {
    let sql =
        "SELECT s.category_id, a.currency, CAST(sum(s.posted_minor) AS bigint), CAST(sum(s.pending_minor) AS bigint)
               FROM monthly_spending s JOIN account a ON a.household_id = s.household_id AND a.id = s.account_id
               WHERE s.household_id = $1 AND s.month = $2 GROUP BY s.category_id, a.currency";
    let rows = connection.query_all_raw(db.statement(sql, [scope.household().0.into(), month.number().into()])).await?;
    rows.iter()
        .map(|row| {
            let (posted, pending): (i64, i64) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
            Ok(((row.try_get_by_index(0)?, row.try_get_by_index(1)?), (-posted, -pending)))
        })
        .collect()
}

/// Leaves the evaluation of the budgets, when there are any and a present month has changed.
pub(crate) async fn ask_for_evaluation(unit: &mut Unit, months: &BTreeSet<i32>) -> Result<()> {
    let present = present_months(unit.now_ms());
    if !present.iter().any(|month| months.contains(&month.number())) {
        return Ok(());
    }
    let any = unit.scope().find::<row::Entity>().one(unit.connection()).await?;
    if any.is_some() {
        unit.enqueue(Job::EvaluateBudgets {})?;
    }
    Ok(())
}

/// Tells which budgets of the present month have passed a threshold: once for each budget, month and threshold. What is pending counts:
/// whoever hears of it when it is booked hears it too late.
pub async fn evaluate(run: &Run) -> Result<Verdict> {
    let finished = run
        .finish(|unit| {
            async move {
                let mut all = Vec::new();
                let categories = category::tree_of(unit).await?;
                for month in present_months(unit.now_ms()) {
                    let budgets = standing(unit.db(), unit.connection(), unit.scope(), &categories, month).await?;
                    all.extend(budgets.iter().filter_map(noteworthy));
                }
                notification::tell(unit, all).await
            }
            .scope_boxed()
        })
        .await?;
    Ok(Verdict::Done(finished))
}

fn noteworthy(budget: &Budget) -> Option<Told> {
    let used_minor = budget.spent.minor + budget.pending.minor;
    let threshold: Threshold = budget::passed(budget.amount.minor, used_minor)?;
    Some(Told::Budget {
        category: budget.category.0,
        currency: budget.amount.currency.code().to_owned(),
        month: budget.month.number(),
        percent: threshold.percent(),
        budget_minor: budget.amount.minor,
        used_minor,
    })
}

fn today(now_ms: i64) -> Day {
    Day::at(now_ms, UTC)
}

/// The months that it is somewhere.
fn present_months(now_ms: i64) -> BTreeSet<Month> {
    [-millis(ZONES), 0, millis(ZONES)].into_iter().map(|apart| today(now_ms + apart).month()).collect()
}
