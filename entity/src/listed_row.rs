//! A row that a bank has named since it began to tell its history once more.

use sea_orm::entity::prelude::*;

/// A named row. Kept until the listing is complete.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "listed_row")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Whose history it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: i64,
    /// The row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub transaction_id: i64,
    /// Whether it was only likeness that named it (1), or one of its names (0).
    pub is_guess: i16,
}

impl ActiveModelBehavior for ActiveModel {}
