//! The days of a household whose transactions have changed since transfers were looked for among them.

use sea_orm::entity::prelude::*;

/// Days that are due.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transfer_due")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// The first of them.
    pub first_day: i32,
    /// The last of them.
    pub last_day: i32,
}

impl ActiveModelBehavior for ActiveModel {}
