//! Work to do. A row is written in the transaction of the change that causes it, and deleted in that of its effect.

use sea_orm::entity::prelude::*;

/// Due now or later.
pub const WAITING: i16 = 0;
/// Claimed by a worker until its lease ends.
pub const RUNNING: i16 = 1;
/// Goes on when a person has acted.
pub const PARKED: i16 = 2;
/// Gave up: out of attempts, or hopeless.
pub const DEAD: i16 = 3;

/// A job.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The household whose rows it writes.
    pub household_id: i64,
    /// Name of the kind.
    pub kind: String,
    /// JSON, as the kind defines it.
    pub body: String,
    /// 0 urgent, 1 routine, 2 bulk.
    pub lane: i16,
    /// Virtual deadline: the order within the lane.
    pub rank: i64,
    /// Not before.
    pub run_at_ms: i64,
    /// One of the states above.
    pub state: i16,
    /// Attempts begun since the last success or planned wait.
    pub attempt: i32,
    /// Claims ever made: a write of an earlier claim is refused.
    pub fence: i32,
    /// When the claim ends unless it is renewed.
    pub lease_until_ms: Option<i64>,
    /// The process that holds or last held the claim.
    pub worker: Option<String>,
    /// At most one waiting job of this key.
    pub unique_key: Option<String>,
    /// Never two running jobs of this key.
    pub serial_key: Option<String>,
    /// At most `group_cap` running jobs of this key.
    pub group_key: Option<String>,
    /// The cap that goes with the group.
    pub group_cap: Option<i32>,
    /// The key that keeps a due job waiting.
    pub held_by: Option<String>,
    /// Why the last attempt failed, or what a person must do.
    pub reason: Option<String>,
    /// When it was first written.
    pub created_at_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
