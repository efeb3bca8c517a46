//! Notifications: what a household is told, never twice for the same fact.

use std::collections::HashSet;

use domain::{
    budget::Threshold, category::CategoryId, currency::Currency, day::Month, id::NotificationId, money::Money,
};
use entity::notification;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use crate::{Db, Error, Result, Scope, Unit, event::Event, scope::Tenant};

impl Tenant for notification::Entity {
    const HOUSEHOLD: Self::Column = notification::Column::HouseholdId;
}

/// What is told. The names of kinds and fields are stored: they never change their meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub(crate) enum Told {
    /// A budget's threshold was passed.
    Budget { category: i32, currency: String, month: i32, percent: i64, budget_minor: i64, used_minor: i64 },
}

impl Told {
    /// The fact: a second telling of it has the same.
    fn fact(&self) -> String {
        match self {
            Self::Budget { category, currency, month, percent, .. } => {
                format!("budget:{category}:{currency}:{month}:{percent}")
            }
        }
    }

    /// The facts that make telling this one pointless: itself, and for a budget that approaches its end that it was exceeded.
    fn settled_by(&self) -> Vec<String> {
        match self {
            Self::Budget { percent, .. } => {
                let higher = [Threshold::Approaching, Threshold::Exceeded].map(Threshold::percent);
                let higher = higher.into_iter().filter(|other| other >= percent);
                higher.map(|percent| self.with_percent(percent).fact()).collect()
            }
        }
    }

    fn with_percent(&self, percent: i64) -> Self {
        let Self::Budget { category, currency, month, budget_minor, used_minor, .. } = self;
        let currency = currency.clone();
        Self::Budget {
            category: *category,
            currency,
            month: *month,
            percent,
            budget_minor: *budget_minor,
            used_minor: *used_minor,
        }
    }
}

/// A budget's alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetAlert {
    /// The notification.
    pub id: NotificationId,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// The budget's category.
    pub category: CategoryId,
    /// The month.
    pub month: Month,
    /// Which threshold.
    pub threshold: Threshold,
    /// The budget.
    pub budget: Money,
    /// What was used of it, pending transactions included.
    pub used: Money,
}

/// Tells what has not been told: rows, and an event for each.
pub(crate) async fn tell(unit: &mut Unit, all: Vec<Told>) -> Result<()> {
    let facts: Vec<String> = all.iter().flat_map(Told::settled_by).collect();
    if facts.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = unit
        .scope()
        .find::<notification::Entity>()
        .filter(notification::Column::Fact.is_in(facts))
        .select_only()
        .column(notification::Column::Fact)
        .into_tuple()
        .all(unit.connection())
        .await?;
    let told: HashSet<String> = told.into_iter().collect();
    for new in all.into_iter().filter(|new| !new.settled_by().iter().any(|fact| told.contains(fact))) {
        let id = unit.next_id()?;
        let (kind, body) = crate::job::split(serde_json::to_value(&new))?;
        let row = notification::ActiveModel {
            household_id: Set(unit.scope().household().0),
            id: Set(id),
            fact: Set(new.fact()),
            kind: Set(kind),
            body: Set(body),
            at_ms: Set(unit.now_ms()),
        };
        notification::Entity::insert(row).exec_without_returning(unit.connection()).await?;
        unit.emit(Event::AlertRaised { notification: id });
    }
    Ok(())
}

/// A notification.
pub async fn get(db: &Db, scope: Scope, id: NotificationId) -> Result<BudgetAlert> {
    let row = scope.find::<notification::Entity>().filter(notification::Column::Id.eq(id.0)).one(db.reader()).await?;
    read(&row.ok_or(Error::NotFound { what: "notification" })?)
}

/// What the household was told, the latest first.
pub async fn list(db: &Db, scope: Scope, limit: u64) -> Result<Vec<BudgetAlert>> {
    let rows = scope
        .find::<notification::Entity>()
        .order_by_desc(notification::Column::Id)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &notification::Model) -> Result<BudgetAlert> {
    let broken = || Error::broken("a notification that cannot be read");
    let told: Told = crate::job::join(&row.kind, &row.body).map_err(|_| broken())?;
    let Told::Budget { category, currency, month, percent, budget_minor, used_minor } = told;
    let currency = Currency::from_code(&currency).ok_or_else(broken)?;
    let threshold = [Threshold::Approaching, Threshold::Exceeded].into_iter().find(|known| known.percent() == percent);
    Ok(BudgetAlert {
        id: NotificationId(row.id),
        at_ms: row.at_ms,
        category: CategoryId(category),
        month: Month::of_row(month),
        threshold: threshold.ok_or_else(broken)?,
        budget: Money::new(budget_minor, currency),
        used: Money::new(used_minor, currency),
    })
}
