//! What happened in a household, in the order of its commits.

use sea_orm::entity::prelude::*;

/// An event.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Position in the household, without regard to when the transaction began.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// Name of the kind.
    pub kind: String,
    /// JSON, as the kind defines it.
    pub body: String,
    /// When the unit of work that caused it began.
    pub at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
