//! The tenant. Every writing transaction of a household first takes this row and advances `seq`.

use sea_orm::entity::prelude::*;

/// A household.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household")]
pub struct Model {
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// What its members call it.
    pub name: String,
    /// Base currency, ISO 4217.
    pub currency: String,
    /// Number of the last commit: the cursor of events, replays and caches.
    pub seq: i64,
    /// Events up to this one were removed when their retention ended.
    pub event_floor_seq: i64,
    /// 1: it has chosen categories for merchants.
    pub has_choices: i16,
    /// Number of the commit that changed its rules, the last time; 0: it has never had one.
    pub rules_seq: i64,
    /// Number of the commit that changed what it says of merchants, the last time; 0: it has never said anything.
    pub merchants_seq: i64,
    /// 1: it has linked refunds to their purchases.
    pub has_refunds: i16,
    /// Who of its owners had what it chooses for merchants count for others.
    pub contributor_id: Option<i64>,
    /// When it was founded.
    pub created_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
