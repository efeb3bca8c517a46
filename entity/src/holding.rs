//! What an account holds of a security: what one statement says of it. Units and prices are decimals as text.

use sea_orm::entity::prelude::*;

/// A holding.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "holding")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: i64,
    /// The statement that says so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub statement_id: i64,
    /// Its place among those of the statement.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i32,
    /// Of which security.
    pub security_id: i64,
    /// What it is worth, in minor units.
    pub value_minor: i64,
    /// The day of its price; days since 1970-01-01.
    pub day: i32,
    /// In which part of the account: one of `domain::investment::HeldIn`.
    pub held_in: i16,
    /// 1 where this is what the account holds, 0 where another statement says that.
    pub stands: i16,
    /// In which currency price and value are.
    pub currency: String,
    /// So many units.
    pub units: String,
    /// The price of one.
    pub unit_price: String,
}

impl ActiveModelBehavior for ActiveModel {}
