//! What was done with a security, behind a transaction: what one statement says of it. Numbers are decimals as text.

use sea_orm::entity::prelude::*;

/// A trade.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trade")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// The transaction; it may have become a part of another one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub transaction_id: i64,
    /// The statement that says so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub statement_id: i64,
    /// The account.
    pub account_id: i64,
    /// With which security, where it was one.
    pub security_id: Option<i64>,
    /// What was done: one of `domain::investment::TradeKind`.
    pub kind: i16,
    /// In which currency price and costs are.
    pub currency: String,
    /// So many units; in positive, out negative.
    pub units: Option<String>,
    /// The price of one.
    pub unit_price: Option<String>,
    /// What the broker took.
    pub commission: Option<String>,
    /// Other fees.
    pub fees: Option<String>,
    /// Taxes.
    pub taxes: Option<String>,
    /// What it came to.
    pub total: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
