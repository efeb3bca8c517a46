//! What a merge does to the opening balance of its account, and its undoing.

use domain::{
    day::Day,
    id::issued_at_ms,
    reconcile::{Anchor, Side},
};
use entity::{account, balance, transaction_merge};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use crate::{Result, Unit, account::BY_STATEMENT, ledger};

/// What makes the account's balance true.
async fn anchor(unit: &Unit, account: &account::Model) -> Result<Anchor> {
    if let Some(covered) = account.covered_day {
        let at_ms = account.anchored_at_ms.unwrap_or(account.created_at_ms);
        return Ok(Anchor::Bank { at_ms, covered: Day::of_row(covered) });
    }
    if account.anchored != BY_STATEMENT {
        return Ok(Anchor::Fixed);
    }
    let latest = unit
        .scope()
        .find::<balance::Entity>()
        .filter(balance::Column::AccountId.eq(account.id))
        .order_by_desc(balance::Column::Day)
        .one(unit.connection())
        .await?;
    Ok(latest.map_or(Anchor::Fixed, |latest| Anchor::Statement { day: Day::of_row(latest.day) }))
}

/// Raises the opening balance for two rows that have become one. Answers by how much.
pub(super) async fn raise(
    unit: &Unit,
    account: &account::Model,
    (one, other): (Side, Side),
    merged: Side,
) -> Result<i64> {
    let rise = anchor(unit, account).await?.rise(&one, &other, &merged);
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
    let anchor = anchor(unit, account).await?;
    let fall = match anchor {
        Anchor::Bank { at_ms, .. } if at_ms <= issued_at_ms(merge.id) => merge.opening_minor,
        _ => anchor.rise(&one, &other, &merged),
    };
    ledger::lower_opening(unit, account.id, fall).await
}
