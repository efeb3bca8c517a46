//! A person is on the way to a bank and back.

use sea_orm::entity::prelude::*;

/// A link that was begun.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "link")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Which bank.
    pub institution_id: i32,
    /// The connection that is to be renewed.
    pub connection_id: Option<i64>,
    /// The verifier of PKCE, sealed.
    pub secret: String,
    /// When the bank's answer comes too late.
    pub expires_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
