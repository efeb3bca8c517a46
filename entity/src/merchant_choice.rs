//! The category that a household chose for lines of a merchant: it goes before what is found by itself.

use sea_orm::entity::prelude::*;

/// A choice.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "merchant_choice")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// The choice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Who was paid, or who paid: the automatic one, whatever a person calls it.
    pub merchant_id: i64,
    /// 1: for money that comes in.
    pub comes_in: i16,
    /// 1: for lines of which a phrase of banks says what they are.
    pub is_phrase: i16,
    /// The category.
    pub category_id: i32,
    /// What the merchant was called then.
    pub merchant_name: String,
    /// The name that the text had for which it was chosen; `None` of choices from before it was kept.
    pub name_in_text: Option<String>,
    /// When it was chosen, the last time.
    pub chosen_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
