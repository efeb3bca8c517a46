//! What a household says of a merchant: what it is called, and which one it is part of. Rows keep the merchant that their text names.

use sea_orm::entity::prelude::*;

/// A saying.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "merchant")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Of whom: a known seller (positive), or the hash of a name (negative).
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: i64,
    /// What the household calls it.
    pub name: Option<String>,
    /// What it was called when the household first said something of it.
    pub known_as: String,
    /// Which merchant it is part of.
    pub merged_into: Option<i64>,
    /// When this was said, the last time.
    pub changed_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
