//! What a household that contributes to the crowd chose for a merchant, and what of it was counted.

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
    /// The category, one that comes with Florin; none: the vote is taken back.
    pub category_id: Option<i32>,
    /// The one that was counted.
    pub counted_id: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}
