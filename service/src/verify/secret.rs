//! Secrets: what is sealed in rows opens with the master key of this process, at the place where it lies.

use domain::id::{ConnectionId, Owned};
use entity::connection;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Check, look::Look};
use crate::{Result, archive, connection as connections};

/// Connections that are read at once.
const AT_ONCE: u64 = 100;

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    if archive::key_opens(look.db(), look.scope(), look.snapshot()).await? == Some(false) {
        let about = look.household().to_string();
        look.found(Check::Secret, about, "the key of the household's archive does not open");
    }
    let mut after = -1;
    loop {
        let rows = look
            .scope()
            .find::<connection::Entity>()
            .filter(connection::Column::Id.gt(after))
            .order_by_asc(connection::Column::Id)
            .limit(AT_ONCE)
            .all(look.snapshot())
            .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        for row in rows {
            if !connections::secret_opens(look.db(), &row) {
                let about = ConnectionId(row.id).text(look.household());
                look.found(Check::Secret, about, "the bank's tokens do not open");
            }
        }
    }
}
