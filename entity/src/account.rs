//! Where money is kept. What it holds is the opening balance and all its posted transactions.

use sea_orm::entity::prelude::*;

/// An account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Through which connection it is pulled.
    pub connection_id: Option<i64>,
    /// At which bank it is; stays when the connection goes, so that a new one finds it.
    pub institution_id: Option<i32>,
    /// The bank's own id of it.
    pub source_id: Option<String>,
    /// What statement files call it.
    pub file_source_id: Option<String>,
    /// One of `domain::account::AccountKind`.
    pub kind: i16,
    /// ISO 4217.
    pub currency: String,
    /// What the person calls it.
    pub name: String,
    /// What its source calls it.
    pub source_name: String,
    /// The last digits of its number.
    pub tail: String,
    /// What it held before the first transaction.
    pub opening_minor: i64,
    /// Sum of the posted transactions.
    pub posted_minor: i64,
    /// Sum of the pending ones.
    pub pending_minor: i64,
    /// 0 the opening balance is not known, 1 a bank or a person said it, 2 it follows from the latest statement.
    pub anchored: i16,
    /// The earliest day that was known when the bank said the balance: what comes from before it was in the opening balance.
    pub covered_day: Option<i32>,
    /// When the bank said it; `None` in rows from before this was noted.
    pub anchored_at_ms: Option<i64>,
    /// The booked balance that the bank named last.
    pub bank_minor: Option<i64>,
    /// What the bank said is available.
    pub available_minor: Option<i64>,
    /// When the bank said so.
    pub bank_at_ms: Option<i64>,
    /// The bank's balance less what the transactions added up to, when that was looked at last.
    pub drift_minor: Option<i64>,
    /// Since when it is that much; none where it is nothing.
    pub drift_since_ms: Option<i64>,
    /// When it was made.
    pub created_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
