//! The installation: which master key its database belongs to. Under another key every token would be refused and every sealed
//! secret be lost, so a process with the wrong key must not start.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::installation;
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};

use crate::{Db, Error, Result, key::Purpose};

const ONLY: i64 = 1;

/// Makes sure that this process has the key of the database. The first process to ask sets it.
pub async fn assert_key(db: &Db) -> Result<()> {
    let mine = URL_SAFE_NO_PAD.encode(db.keys().sign(Purpose::Check, b"florin"));
    let row = installation::ActiveModel { id: Set(ONLY), key_check: Set(mine.clone()) };
    let keep = OnConflict::column(installation::Column::Id).do_nothing().to_owned();
    installation::Entity::insert(row).on_conflict(keep).exec_without_returning(db.writer()).await?;
    compare(db, &mine).await
}

/// The same for a process that writes nothing.
pub async fn compare_key(db: &Db) -> Result<()> {
    let mine = URL_SAFE_NO_PAD.encode(db.keys().sign(Purpose::Check, b"florin"));
    compare(db, &mine).await
}

async fn compare(db: &Db, mine: &str) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "the table has no household")]
    let known = installation::Entity::find().one(db.reader()).await?;
    if known.is_none_or(|row| row.key_check == mine) {
        return Ok(());
    }
    let reason = "the master key is not the one that this database was set up with: bring the old key back (FLORIN_MASTER_KEY, or master.key in the data folder)";
    Err(Error::Conflict { reason: reason.to_owned() })
}
