//! Refunds: each is of a transaction that is there, and counts as that does.

use std::collections::HashMap;

use domain::id::{Owned, TransactionId};
use entity::transaction;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use super::{Check, look::Look};
use crate::{Result, ledger::theirs::beside, refund::fits};

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    use transaction::Column::{Id, RefundOf};
    let all = || look.scope().find::<transaction::Entity>();
    let refunds = all().filter(RefundOf.is_not_null()).order_by_asc(Id).all(look.snapshot()).await?;
    let of = refunds.iter().filter_map(|row| row.refund_of);
    let purchases = all().filter(Id.is_in(of)).all(look.snapshot()).await?;
    let purchases: HashMap<i64, transaction::Model> = purchases.into_iter().map(|row| (row.id, row)).collect();
    for row in &refunds {
        let purchase = row.refund_of.and_then(|id| purchases.get(&id));
        let about = TransactionId(row.id).text(look.household());
        match purchase {
            None => look.found(Check::Refund, about, "what it is the refund of is not there"),
            Some(purchase) if purchase.id == row.id => look.found(Check::Refund, about, "it is the refund of itself"),
            Some(purchase) if beside(row, Some(purchase).filter(|purchase| fits(row, purchase))) != *row => {
                look.found(Check::Refund, about, "it does not count as what it is the refund of");
            }
            Some(_) => {}
        }
    }
    Ok(())
}
