//! What a merge does to the opening balance of its account, and its undoing.

use domain::{
    id::issued_at_ms,
    reconcile::{Anchor, Side},
};
use entity::{account, transaction_merge};

use crate::{Result, Unit, account as accounts, ledger};

/// Raises the opening balance for two rows that have become one. Answers by how much.
pub(super) async fn raise(
    unit: &Unit,
    account: &account::Model,
    (one, other): (Side, Side),
    merged: Side,
) -> Result<i64> {
    let rise = accounts::anchor(unit, account).await?.rise(&one, &other, &merged);
    ledger::lower_opening(unit, account.id, -rise).await?;
    Ok(rise)
}

/// Lowers it again: by as much, unless it was found anew since.
pub(super) async fn lower(
    unit: &Unit,
    account: &account::Model,
    merge: &transaction_merge::Model,
    (one, other): (Side, Side),
    merged: Side,
) -> Result<()> {
    let anchor = accounts::anchor(unit, account).await?;
    let fall = match anchor {
        Anchor::Bank { at_ms, .. } if at_ms <= issued_at_ms(merge.id) => merge.opening_minor,
        _ => anchor.rise(&one, &other, &merged),
    };
    ledger::lower_opening(unit, account.id, fall).await
}
