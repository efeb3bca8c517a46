//! What a household was told. Never twice for the same fact.

use sea_orm::entity::prelude::*;

/// A notification.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The fact, by which a second telling is recognized.
    pub fact: String,
    /// Name of the kind.
    pub kind: String,
    /// JSON, as the kind defines it.
    pub body: String,
    /// When it was told.
    pub at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
