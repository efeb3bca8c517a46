//! Another identity of a transaction: of the pending line that it replaced, or in another source.

use sea_orm::entity::prelude::*;

/// An alias.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transaction_alias")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: i64,
    /// As in the transaction.
    #[sea_orm(primary_key, auto_increment = false)]
    pub fingerprint: i64,
    /// As in the transaction.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ordinal: i16,
    /// Which kind of source calls it so.
    pub origin: i16,
    /// Whose identity it is.
    pub transaction_id: i64,
    /// The day after which no source repeats it.
    pub expires_day: Option<i32>,
    /// The day that the source says under this name, where the row may say another one: of a file, and of what a person has merged.
    pub said_day: Option<i32>,
    /// The amount that it says there, in minor units.
    pub said_minor: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
