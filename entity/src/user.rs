//! People.

use sea_orm::entity::prelude::*;

/// A person.
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Trimmed and in lower case.
    pub mail_address: String,
    /// Argon2id, in the PHC string format.
    pub password_hash: String,
    /// What the person calls themselves.
    pub name: String,
    /// Language tag.
    pub locale: String,
    /// Of the IANA database.
    pub time_zone: String,
    /// The household in which the next sign-in begins.
    pub household_id: i64,
    /// When they registered.
    pub created_at_ms: i64,
}

/// Neither the address nor the hash may reach a log.
impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("user::Model").field("id", &self.id).finish_non_exhaustive()
    }
}

/// None: people are read by their own keys.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
