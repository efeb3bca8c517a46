//! Households: the tenants.

use domain::id::HouseholdId;

use scoped_futures::ScopedFutureExt;

use crate::{Db, Result, db::Begin};

/// Household 0 is the house itself: jobs that belong to nobody else write there.
pub const HOUSE: HouseholdId = HouseholdId(0);

/// Founds a household.
pub async fn create(db: &Db, name: &str, currency: &str) -> Result<HouseholdId> {
    let id = HouseholdId(db.next_id().await?);
    db.unit(Begin::Found { id, name, currency }, |unit| async move { Ok(unit.scope().household()) }.scope_boxed()).await
}
