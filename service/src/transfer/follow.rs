//! What becomes of transfers when their transactions change: in the same commit.

use std::collections::{BTreeSet, HashMap};

use entity::{transaction, transfer};
use futures::{FutureExt, future::BoxFuture};
use sea_orm::{ColumnTrait, Condition, QueryFilter, sea_query::Expr};

use super::count::{Recounted, accounts, categories, is_shown, rows};
use crate::{Result, Unit, event::Event, transaction::Touched};

/// Transactions have changed or gone. A transfer that does not hold any more is taken apart: its other side counts as what it is.
///
/// In a box, as is [`pass_on`]: the future of every unit of work that changes a transaction would hold this one inside it otherwise.
pub(crate) fn follow<'a>(unit: &'a mut Unit, touched: Touched<'a>) -> BoxFuture<'a, Result<()>> {
    followed(unit, touched).boxed()
}

async fn followed(unit: &mut Unit, touched: Touched<'_>) -> Result<()> {
    let ids: Vec<i64> = touched.changed.iter().chain(touched.gone).copied().collect();
    let transfers = of(unit, &ids).await?;
    if transfers.is_empty() {
        return Ok(());
    }
    let sides: BTreeSet<i64> = transfers.iter().flat_map(|row| [row.out_id, row.in_id]).collect();
    let known: HashMap<i64, transaction::Model> =
        rows(unit, sides).await?.into_iter().map(|row| (row.id, row)).collect();
    let accounts = accounts(unit, &transfers).await?;
    let currency = |id: i64| accounts.get(&id).map(|account| account.currency.as_str());
    let mut recounted = Recounted::default();
    for row in &transfers {
        let [out, into] = [row.out_id, row.in_id].map(|id| known.get(&id));
        let holds = match (out, into) {
            (Some(out), Some(into)) => {
                let is_one_currency = currency(out.account_id) == currency(into.account_id);
                row.state == transfer::REJECTED || holds(out, into, is_one_currency)
            }
            _ => false,
        };
        let counts_as = match row.state {
            transfer::CONFIRMED if holds => categories(row, &accounts)?,
            transfer::CONFIRMED => [None, None],
            _ => {
                if !holds {
                    remove(unit, row.id).await?;
                }
                continue;
            }
        };
        for (side, category) in [out, into].into_iter().zip(counts_as) {
            if let Some(side) = side {
                recounted.count(unit, side, category).await?;
            }
        }
        if !holds {
            remove(unit, row.id).await?;
        }
    }
    unit.emit(Event::TransfersChanged {});
    recounted.write(unit, &ids).await
}

/// Whether two rows can still be one transfer, whoever said so: what stayed on the way would be lost from every sum. What a person has
/// rejected is remembered as long as both are there.
fn holds(out: &transaction::Model, into: &transaction::Model, is_one_currency: bool) -> bool {
    let is_one = is_shown(out) && is_shown(into) && out.amount_minor < 0 && into.amount_minor > 0;
    is_one && (!is_one_currency || out.amount_minor == -into.amount_minor)
}

/// The transfers of some transactions, whatever their state.
pub(super) async fn of(unit: &Unit, ids: &[i64]) -> Result<Vec<transfer::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let of = |column: transfer::Column| column.is_in(ids.iter().copied());
    let either = Condition::any().add(of(transfer::Column::OutId)).add(of(transfer::Column::InId));
    Ok(unit.scope().find::<transfer::Entity>().filter(either).all(unit.connection()).await?)
}

async fn remove(unit: &Unit, id: i64) -> Result<()> {
    unit.scope().delete::<transfer::Entity>().filter(transfer::Column::Id.eq(id)).exec(unit.connection()).await?;
    Ok(())
}

/// One transaction takes the place of another one of its account: as the side of a confirmed transfer, too, unless it is one already.
pub(crate) fn pass_on(unit: &mut Unit, from: i64, to: i64) -> BoxFuture<'_, Result<()>> {
    passed_on(unit, from, to).boxed()
}

async fn passed_on(unit: &mut Unit, from: i64, to: i64) -> Result<()> {
    let confirmed = |rows: Vec<transfer::Model>| rows.into_iter().find(|row| row.state == transfer::CONFIRMED);
    let Some(row) = confirmed(of(unit, &[from]).await?) else { return Ok(()) };
    if confirmed(of(unit, &[to]).await?).is_some() {
        return Ok(());
    }
    let column = if row.out_id == from { transfer::Column::OutId } else { transfer::Column::InId };
    let (out_id, in_id) = if row.out_id == from { (to, row.in_id) } else { (row.out_id, to) };
    // What was proposed or rejected of the same two is answered.
    unit.scope()
        .delete::<transfer::Entity>()
        .filter(transfer::Column::OutId.eq(out_id))
        .filter(transfer::Column::InId.eq(in_id))
        .exec(unit.connection())
        .await?;
    unit.scope()
        .update::<transfer::Entity>()
        .filter(transfer::Column::Id.eq(row.id))
        .col_expr(column, Expr::value(to))
        .exec(unit.connection())
        .await?;
    let mut recounted = Recounted::default();
    for side in rows(unit, [from]).await? {
        recounted.count(unit, &side, None).await?;
    }
    recounted.write(unit, &[from]).await?;
    follow(unit, Touched { changed: &[to], ..Touched::default() }).await
}

/// Accounts go with all their transactions: what was transferred to and from them counts as what it is.
pub(crate) async fn leave(unit: &mut Unit, accounts: &[i64]) -> Result<()> {
    let of = |column: transfer::Column| column.is_in(accounts.iter().copied());
    let either = Condition::any().add(of(transfer::Column::OutAccountId)).add(of(transfer::Column::InAccountId));
    let found = unit.scope().find::<transfer::Entity>().filter(either.clone()).all(unit.connection()).await?;
    let confirmed = found.iter().filter(|row| row.state == transfer::CONFIRMED);
    let sides: Vec<i64> = confirmed.flat_map(|row| [row.out_id, row.in_id]).collect();
    let mut recounted = Recounted::default();
    for side in rows(unit, sides).await? {
        recounted.count(unit, &side, None).await?;
    }
    unit.scope().delete::<transfer::Entity>().filter(either).exec(unit.connection()).await?;
    if !found.is_empty() {
        unit.emit(Event::TransfersChanged {});
    }
    recounted.write(unit, &[]).await
}
