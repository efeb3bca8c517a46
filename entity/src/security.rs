//! A security that a household's files speak of.

use sea_orm::entity::prelude::*;

/// A security.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "security")]
pub struct Model {
    /// The household.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: i64,
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Who gives such codes, in capitals: `CUSIP`, `ISIN` and the like.
    pub id_type: String,
    /// The code.
    pub code: String,
    /// What it is: one of `domain::investment::SecurityKind`.
    pub kind: Option<i16>,
    /// What it is called at the exchange.
    pub ticker: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
