//! A row that went out of one account of the household, and the row that it came in as.

use sea_orm::entity::prelude::*;

/// It waits for a person, and changes nothing.
pub const PROPOSED: i16 = 0;
/// It is one: neither spending nor income.
pub const CONFIRMED: i16 = 1;
/// A person has said that it is none. Remembered for ever.
pub const REJECTED: i16 = 2;
/// A person has confirmed it, and the source of a side has taken that back. It stands again when the side comes back or has an heir.
pub const LAPSED: i16 = 3;

/// A transfer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transfer")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The transaction that went out.
    pub out_id: i64,
    /// Its account.
    pub out_account_id: i64,
    /// The transaction that came in.
    pub in_id: i64,
    /// Its account.
    pub in_account_id: i64,
    /// Proposed, confirmed, rejected or lapsed.
    pub state: i16,
    /// Whether a person decided so, not the evidence.
    pub is_by_person: i16,
    /// Whether what goes out counts as spending all the same, as a household may want it of a loan.
    pub is_expense: i16,
    /// Whether it pays a loan.
    pub pays_loan: i16,
    /// How likely it was found to be, in percent; of one that a person linked nobody has found anything.
    pub confidence: Option<i16>,
    /// Why it was only proposed: one of `domain::transfer::Reserve`.
    pub reserve: Option<i16>,
    /// What speaks for it: the bits of `domain::transfer::Evidence`.
    pub evidence: i64,
    /// When it was made.
    pub created_at_ms: i64,
    /// When it was confirmed or rejected.
    pub decided_at_ms: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
