//! Two transactions of an account that may be one booking: a person says whether they are.

use sea_orm::entity::prelude::*;

/// It waits for a person.
pub const OPEN: i16 = 0;
/// A person has said that they are two. Remembered for ever.
pub const DISMISSED: i16 = 1;

/// A suggestion.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "duplicate_suggestion")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// The older transaction.
    #[sea_orm(primary_key, auto_increment = false)]
    pub first_id: i64,
    /// The younger one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub second_id: i64,
    /// The account of both.
    pub account_id: i64,
    /// One of `domain::reconcile::Reason`.
    pub reason: i16,
    /// Open or dismissed.
    pub state: i16,
    /// When it was made.
    pub created_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
