//! A statement file that a person gave us, and what has become of it.

use sea_orm::entity::prelude::*;

/// Nobody has begun.
pub const WAITING: i16 = 0;
/// Its lines are being booked.
pub const RUNNING: i16 = 1;
/// All lines are through.
pub const DONE: i16 = 2;
/// It was refused as a whole: nothing was booked.
pub const REFUSED: i16 = 3;

/// What it brought is there.
pub const STANDS: i16 = 0;
/// It is being taken back.
pub const GOING: i16 = 1;
/// It was taken back.
pub const TAKEN_BACK: i16 = 2;

/// A statement.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "statement")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// One of the states above.
    pub status: i16,
    /// What the person's file is called.
    pub file_name: String,
    /// The name of its format.
    pub format: String,
    /// Its length.
    pub bytes: i64,
    /// The account that the person chose.
    pub account_id: Option<i64>,
    /// JSON: what the person said about the file, and what was guessed.
    pub options: String,
    /// JSON: ours for each account of the file, in its order.
    pub accounts: String,
    /// Why nothing of it was imported.
    pub refusal: Option<String>,
    /// Transactions in it.
    pub lines: i64,
    /// How many of them are through.
    pub lines_done: i64,
    /// That were new.
    pub new_count: i64,
    /// That were known.
    pub duplicate_count: i64,
    /// That said something new about a known one.
    pub changed_count: i64,
    /// Rows that are wrong.
    pub rejected_count: i64,
    /// Rows that are understood and not imported, such as pending ones.
    pub unsupported_count: i64,
    /// 1 when the file ends in the middle of something.
    pub is_truncated: i16,
    /// JSON: the first of the wrong rows, where they stand and why.
    pub rejects: String,
    /// When it was given.
    pub created_at_ms: i64,
    /// When it was through.
    pub finished_at_ms: Option<i64>,
    /// JSON: the closing balances that it brought: account, day, minor units.
    pub closing: String,
    /// JSON: of which accounts it said what they hold, and the day that it is of.
    pub held: String,
    /// Whether it is taken back.
    pub undo_state: i16,
    /// JSON: what became of it when it was taken back.
    pub undo: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
