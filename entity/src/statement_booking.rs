//! What has become of the lines of a statement file that one commit booked into one account.

use sea_orm::entity::prelude::*;

/// Lines that were booked together.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "statement_booking")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: i64,
    /// The statement.
    #[sea_orm(primary_key, auto_increment = false)]
    pub statement_id: i64,
    /// How many lines of the file were through before.
    #[sea_orm(primary_key, auto_increment = false)]
    pub first_line: i64,
    /// The earliest day of a line; days since 1970-01-01.
    pub first_day: i32,
    /// The latest one.
    pub last_day: i32,
    /// JSON: for each line its row, its name, and how it became the row.
    pub lines: String,
}

impl ActiveModelBehavior for ActiveModel {}
