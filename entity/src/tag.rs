//! What a household marks transactions with.

use sea_orm::entity::prelude::*;

/// A tag.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tag")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Counted from 1 on; never given again.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// `#` and six hexadecimal digits.
    pub color: Option<String>,
    /// 1: it is gone, also where transactions still have its number.
    pub is_removed: i16,
}

impl ActiveModelBehavior for ActiveModel {}
