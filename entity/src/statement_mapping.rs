//! What a person said of the columns of a table: used again for files of the same shape into the same account.

use sea_orm::entity::prelude::*;

/// A mapping that was given.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "statement_mapping")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: i64,
    /// A hash of the names of the columns, or of how many there are.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shape: String,
    /// JSON: what the columns mean.
    pub mapping: String,
    /// When it was given.
    pub given_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
