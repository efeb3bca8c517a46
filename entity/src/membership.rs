//! Who belongs to which household.

use sea_orm::entity::prelude::*;

/// A membership.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// The person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: i64,
    /// 0 viewer, 1 member, 2 owner.
    pub role: i16,
    /// Since when.
    pub created_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
