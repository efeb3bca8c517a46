//! What a household means to spend on a category, from a month on.

use sea_orm::entity::prelude::*;

/// A budget.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "budget")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// The category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: i32,
    /// ISO 4217.
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: String,
    /// Year × 12 + month − 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub from_month: i32,
    /// A month, in minor units; none: the budget ends.
    pub amount_minor: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
