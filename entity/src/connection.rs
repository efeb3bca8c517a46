//! A person's consent at a bank: how to get in, and how far their transactions were pulled.

use sea_orm::entity::prelude::*;

/// Its first pull is not complete.
pub const PULLING: i16 = 0;
/// Everything the bank has is here.
pub const ACTIVE: i16 = 1;
/// The bank did not answer as it should; it is tried again.
pub const FAILING: i16 = 2;
/// A person must sign in at the bank.
pub const SIGN_IN_NEEDED: i16 = 3;

/// A connection.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connection")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Which bank.
    pub institution_id: i32,
    /// One of the states above.
    pub status: i16,
    /// The bank's tokens, sealed.
    pub secret: String,
    /// Where the bank goes on.
    pub cursor: Option<String>,
    /// Why the last pull failed: a name, for programs.
    pub failure: Option<String>,
    /// Pulls that failed since the last that did not.
    pub failures: i32,
    /// When the first of them failed.
    pub failing_since_ms: Option<i64>,
    /// Lines of the bank that could not be understood, ever.
    pub rejected: i64,
    /// When everything was pulled last.
    pub pulled_at_ms: Option<i64>,
    /// When the next pull is planned.
    pub next_pull_at_ms: Option<i64>,
    /// Whether the bank is telling its history once more (1), over rows that are here.
    pub is_listing: i16,
    /// When it was made.
    pub created_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
