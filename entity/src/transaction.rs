//! What happened to an account: the projection of what its sources said and what the person set.

use sea_orm::entity::prelude::*;

/// A transaction.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transaction")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The account.
    pub account_id: i64,
    /// In minor units; in positive, out negative.
    pub amount_minor: i64,
    /// A known seller (positive), or the hash of a name (negative).
    pub merchant_id: i64,
    /// Hash of the source's own id, or of the line where it has none.
    pub fingerprint: i64,
    /// Booked on, or while pending authorized on; days since 1970-01-01.
    pub day: i32,
    /// The category.
    pub category_id: i32,
    /// Number among equal fingerprints of the account.
    pub ordinal: i16,
    /// One of `domain::reconcile::State`.
    pub state: i16,
    /// Who chose the category: one of `domain::categorize::Source`.
    pub category_source: i16,
    /// Which kind of source leads it: one of `domain::reconcile::Origin`.
    pub origin: i16,
    /// What the source wrote.
    pub descriptor: String,
    /// What the person calls the merchant.
    pub merchant_name: Option<String>,
    /// What the person noted.
    pub note: Option<String>,
    /// Of what a person has deleted, its state before; of what its source has taken back too, until the pull ends.
    pub was: Option<i16>,
    /// What it counts as instead of its category, because it is a side of a confirmed transfer, or the refund of a purchase.
    pub counted_as: Option<i32>,
    /// In minor units of another currency, before the bank converted it.
    pub original_minor: Option<i64>,
    /// Of which that is: ISO 4217.
    pub original_currency: Option<String>,
    /// How sure the category is, in percent; none where that was not kept yet.
    pub confidence: Option<i16>,
    /// The rule that chose the category, where one did.
    pub rule_id: Option<i64>,
    /// The numbers of its tags in ascending order, each between commas: `,3,14,`.
    pub tags: Option<String>,
    /// Whose what it has is. Low bits: which of merchant's name (1), note (2), tags (4), parts (8) and exclusion (32) rules gave it, and no person
    /// has touched since. The same bits 8 higher, and that of the place (16): which a person has taken away.
    pub ruled: Option<i16>,
    /// What it was for, part by part, where it was for several things: `domain::split::Part`s as JSON. They add up to its amount, and are what
    /// it counts as, unless it is a side of a confirmed transfer.
    pub parts: Option<String>,
    /// Where it was, as a person says: `domain::place::Place` as JSON.
    pub place: Option<String>,
    /// 1: it is neither spending nor income, whatever its category is.
    pub excluded: Option<i16>,
    /// The purchase that it gives money back of, as a person says.
    pub refund_of: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
