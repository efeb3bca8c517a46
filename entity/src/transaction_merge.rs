//! Two transactions that a person has made one: what is needed to make them two again.

use sea_orm::entity::prelude::*;

/// A merge.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transaction_merge")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The account of both.
    pub account_id: i64,
    /// The transaction that is still there.
    pub kept_id: i64,
    /// The one that is no row any more.
    pub gone_id: i64,
    /// JSON of its row and its other names.
    pub gone: String,
    /// JSON of the kept row as it was, and its other names.
    pub kept_before: String,
    /// By how much the account's opening balance rose.
    pub opening_minor: i64,
    /// When it was done.
    pub at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
