//! What a household says of merchants: none is part of itself.

use domain::merchant::MerchantId;

use super::{Check, look::Look};
use crate::{Result, merchant};

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    let directory = merchant::load(look.snapshot(), look.scope()).await?;
    let mut all: Vec<MerchantId> = directory.sayings().map(|(id, _)| id).collect();
    all.sort_unstable();
    // Who is in a circle, or is merged into one, goes on where the last of its path should be.
    let goes_on = |id: MerchantId| directory.saying(id).is_some_and(|saying| saying.merged_into.is_some());
    for id in all.into_iter().filter(|id| directory.path(*id).last().is_some_and(goes_on)) {
        look.found(Check::Merchant, format!("merchant {id}"), "it is part of itself");
    }
    Ok(())
}
