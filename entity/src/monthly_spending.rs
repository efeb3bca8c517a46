//! Sums of a month by account and category, kept true in the transaction that changes a row they count.

use sea_orm::entity::prelude::*;

/// A sum.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "monthly_spending")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Year × 12 + month − 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: i32,
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: i64,
    /// The category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: i32,
    /// Posted transactions.
    pub posted_count: i32,
    /// Pending transactions.
    pub pending_count: i32,
    /// Their sum, in minor units of the account's currency.
    pub posted_minor: i64,
    /// Their sum, in minor units of the account's currency.
    pub pending_minor: i64,
}

impl ActiveModelBehavior for ActiveModel {}
