//! Where in the archive a page lies: what a bank sent, or a part of a statement file.

use sea_orm::entity::prelude::*;

/// It says what has changed, or is a part of a file.
pub const CHANGES: i16 = 0;
/// It goes on telling a bank's history once more.
pub const LISTING: i16 = 1;
/// It begins to tell a bank's history once more.
pub const LISTING_BEGINS: i16 = 2;

/// A page.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "archive_page")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The connection through which it came, or the statement that it is a part of.
    pub source_id: i64,
    /// The file.
    pub segment: String,
    /// First byte in it.
    pub start: i64,
    /// How many.
    pub bytes: i64,
    /// When it came.
    pub at_ms: i64,
    /// Whether it is of a history that was told once more: one of the above.
    pub is_listing: i16,
}

impl ActiveModelBehavior for ActiveModel {}
