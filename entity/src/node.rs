//! Who may issue ids: a process reserves a node up to a moment, and issues no id later than that.

use sea_orm::entity::prelude::*;

/// A node of the id space.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "node")]
pub struct Model {
    /// 0 to 1023.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    /// Random mark of the process that holds it.
    pub holder: i64,
    /// The holder issues ids up to this moment and no later; then anyone may take the node.
    pub reserved_until_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
