//! What began with a sign-in, and goes on with every refresh.

use sea_orm::entity::prelude::*;

/// A session. It holds no token: tokens are derived from the master key and from what stands here.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// The household that its next access token is for.
    pub household_id: i64,
    /// Random; a part of every refresh token.
    pub salt: i64,
    /// Number of the refresh token that is good now.
    pub generation: i32,
    /// Since when it is.
    pub rotated_at_ms: i64,
    /// When the session ends unless it is refreshed.
    pub expires_at_ms: i64,
    /// When it was ended.
    pub ended_at_ms: Option<i64>,
    /// When it began.
    pub created_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
