//! The key under which a household's archive is sealed. Without this row its pages can never be read again.

use sea_orm::entity::prelude::*;

/// A household's data key.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household_key")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Sealed under the master key.
    pub sealed: String,
}

impl ActiveModelBehavior for ActiveModel {}
