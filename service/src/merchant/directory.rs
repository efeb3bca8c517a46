//! What a household says of merchants, loaded: wherever transactions are shown, compared or summed by merchant.

use std::sync::Arc;

use domain::merchant::{Directory, MerchantId, Saying};
use entity::merchant;
use sea_orm::ConnectionTrait;

use crate::{Db, Result, Scope, Unit, scope::Tenant};

impl Tenant for merchant::Entity {
    const HOUSEHOLD: Self::Column = merchant::Column::HouseholdId;
}

/// What a household says of merchants: from memory, where the caller has just read the household's number.
pub async fn directory(db: &Db, scope: Scope, seq: Option<i64>) -> Result<Arc<Directory>> {
    let household = scope.household();
    if let Some(kept) = seq.and_then(|seq| db.memory().directories.recall(household, seq)) {
        return Ok(kept);
    }
    let directory = Arc::new(load(db.reader(), scope).await?);
    if let Some(seq) = seq {
        db.memory().directories.keep(household, seq, directory.clone());
    }
    Ok(directory)
}

/// What the unit's household says, as it was when the unit began. It is kept as of the commit that changed it the last time; a household
/// that says nothing pays nothing.
pub(crate) async fn directory_of(unit: &Unit) -> Result<Arc<Directory>> {
    let (household, seq) = (unit.scope().household(), unit.merchants_seq());
    if seq == 0 {
        return Ok(Arc::default());
    }
    if let Some(kept) = unit.db().memory().merchants.recall(household, seq) {
        return Ok(kept);
    }
    let directory = Arc::new(load(unit.connection(), unit.scope()).await?);
    unit.db().memory().merchants.keep(household, seq, directory.clone());
    Ok(directory)
}

pub(crate) async fn load(connection: &impl ConnectionTrait, scope: Scope) -> Result<Directory> {
    let rows = scope.find::<merchant::Entity>().all(connection).await?;
    let saying = |row: merchant::Model| {
        let merged_into = row.merged_into.map(MerchantId);
        (MerchantId(row.merchant_id), Saying { name: row.name, known_as: row.known_as, merged_into })
    };
    Ok(rows.into_iter().map(saying).collect())
}
