//! What a household says of a category: all of one of its own, and of one that comes with Florin what it changed.

use sea_orm::entity::prelude::*;

/// A category of a household.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Below ten thousand one that comes with Florin; from a million on the household's own, counted upwards and never used again.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Of an own one: what it is in; none for a group.
    pub parent_id: Option<i32>,
    /// Of an own group: 0 income, 1 spending, 2 transfer.
    pub kind: Option<i16>,
    /// What the household calls it.
    pub name: Option<String>,
    /// What it shows for it.
    pub icon: Option<String>,
    /// In which colour.
    pub color: Option<String>,
    /// Whether it is not offered any more.
    pub is_archived: i16,
    /// What it has become a part of.
    pub merged_into: Option<i32>,
    /// When the household first said something of it.
    pub created_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
