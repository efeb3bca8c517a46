//! What a household chose for a merchant as texts name it, and what of it was counted in the crowd.

use sea_orm::entity::prelude::*;

/// A vote.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "merchant_vote")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Who was paid, or who paid, as texts say.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: i64,
    /// 1: for money that comes in.
    #[sea_orm(primary_key, auto_increment = false)]
    pub comes_in: i16,
    /// The category, as it was chosen; none: the choice was forgotten.
    pub category_id: Option<i32>,
    /// The choice that it is of.
    pub choice_id: Option<i64>,
    /// What it was counted for, a category that comes with Florin.
    pub counted_id: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}
