//! What a household wants done to every transaction that fits a condition.

use sea_orm::entity::prelude::*;

/// A rule.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rule")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// In this order rules are asked.
    pub place: i32,
    /// What people call it.
    pub name: String,
    /// 1: it is asked.
    pub is_on: i16,
    /// 1: where it holds, no rule after it is asked.
    pub stops: i16,
    /// `domain::rule::Condition` as JSON.
    pub condition: String,
    /// `domain::rule::Actions` as JSON.
    pub actions: String,
    /// When it was changed, the last time.
    pub changed_at_ms: i64,
    /// Of its last application to the past: which that is.
    pub run: Option<i64>,
    /// 0: it goes on; 1: it is through; 2: it has stopped.
    pub run_state: Option<i16>,
    /// Transactions up to this id are through.
    pub run_after: Option<i64>,
    /// How many that are.
    pub run_looked: Option<i64>,
    /// How many there were when it began.
    pub run_total: Option<i64>,
    /// How many it has changed.
    pub run_changed: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
