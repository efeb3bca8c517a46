//! To which master key this database belongs.

use sea_orm::entity::prelude::*;

/// The installation: one row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "installation")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Derived from the master key, and reveals nothing of it.
    pub key_check: String,
}

impl ActiveModelBehavior for ActiveModel {}
