//! An exchange rate that a person of the household has set.

use sea_orm::entity::prelude::*;

/// A rate.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household_rate")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// The first of the two codes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub low: String,
    /// The second.
    #[sea_orm(primary_key, auto_increment = false)]
    pub high: String,
    /// Of which day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i32,
    /// Whether it is of the first for one of the second.
    pub is_turned: i16,
    /// Units of the one for one of the other: a decimal as text.
    pub rate: String,
    /// When it was set.
    pub set_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
