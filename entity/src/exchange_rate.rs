//! A reference rate that a central bank has published: so many units of a currency for one euro. It belongs to no household.

use sea_orm::entity::prelude::*;

/// A rate.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exchange_rate")]
pub struct Model {
    /// The currency.
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: String,
    /// Of which day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i32,
    /// Units for one euro: a decimal as text.
    pub per_euro: String,
}

impl ActiveModelBehavior for ActiveModel {}
