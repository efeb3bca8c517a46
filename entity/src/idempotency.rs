//! Answers that are given again when the same write is asked for under the same key.

use sea_orm::entity::prelude::*;

/// A remembered answer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// The client's key, hashed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Hash of what was asked for.
    pub input: String,
    /// JSON of what was answered.
    pub answer: String,
    /// Until when it is remembered.
    pub expires_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
