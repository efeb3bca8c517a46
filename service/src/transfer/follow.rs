//! What becomes of transfers when their transactions change: in the same commit.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::reconcile::State;
use entity::{transaction, transfer};
use futures::{FutureExt, future::BoxFuture};
use sea_orm::{ColumnTrait, Condition, QueryFilter, sea_query::Expr};

use super::count::{Recounted, accounts, categories, rows};
use crate::{
    Result, Unit,
    event::Event,
    ledger::{is_shown, state},
    transaction::Touched,
};

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
        rows(unit, sides.iter().copied()).await?.into_iter().map(|row| (row.id, row)).collect();
    let accounts = accounts(unit, &transfers).await?;
    let currency = |id: i64| accounts.get(&id).map(|account| account.currency.as_str());
    let mut recounted = Recounted::default();
    for row in &transfers {
        let sides = [row.out_id, row.in_id].map(|id| known.get(&id));
        let fate = match sides {
            [Some(out), Some(into)] => fate(row, out, into, currency(out.account_id) == currency(into.account_id)),
            _ => Fate::Goes,
        };
        // A side may be in another one by now.
        let is_late = row.state == transfer::LAPSED && fate == Fate::Stands && is_taken(unit, row).await?;
        let fate = if is_late { Fate::Goes } else { fate };
        meet(unit, row, fate).await?;
        let counts_as = match (row.state, fate) {
            (transfer::CONFIRMED | transfer::LAPSED, Fate::Stands) => categories(row, &accounts)?,
            (transfer::CONFIRMED, _) => [None, None],
            _ => continue,
        };
        for (side, category) in sides.into_iter().zip(counts_as) {
            if let Some(side) = side {
                recounted.count(unit, side, category).await?;
            }
        }
    }
    unit.emit(Event::TransfersChanged {});
    recounted.write(unit, &ids).await
}

/// What becomes of a transfer whose transactions have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is as it was, or is again.
    Stands,
    /// It waits for the side that its source has taken back.
    Lapses,
    Goes,
}

async fn meet(unit: &Unit, row: &transfer::Model, fate: Fate) -> Result<()> {
    match (fate, row.state) {
        (Fate::Stands, transfer::LAPSED) => set_state(unit, row, transfer::CONFIRMED).await,
        (Fate::Lapses, transfer::CONFIRMED) => set_state(unit, row, transfer::LAPSED).await,
        (Fate::Goes, _) => remove(unit, row.id).await,
        (Fate::Stands | Fate::Lapses, _) => Ok(()),
    }
}

fn fate(row: &transfer::Model, out: &transaction::Model, into: &transaction::Model, is_one_currency: bool) -> Fate {
    // What a person has rejected is remembered as long as both are there.
    if row.state == transfer::REJECTED || holds(out, into, is_one_currency) {
        return Fate::Stands;
    }
    let waits = [out, into].iter().any(|side| state(side) == State::Vanished)
        && [out, into].iter().all(|side| state(side) != State::Deleted);
    if row.is_by_person != 0 && waits { Fate::Lapses } else { Fate::Goes }
}

/// Whether two rows can still be one transfer, whoever said so: what stayed on the way would be lost from every sum.
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

pub(super) async fn remove(unit: &Unit, id: i64) -> Result<()> {
    unit.scope().delete::<transfer::Entity>().filter(transfer::Column::Id.eq(id)).exec(unit.connection()).await?;
    Ok(())
}

/// One transaction takes the place of another one of its account: as the side of a confirmed transfer, too, unless it is one already.
pub(crate) fn pass_on(unit: &mut Unit, from: i64, to: i64) -> BoxFuture<'_, Result<()>> {
    passed_on(unit, from, to).boxed()
}

async fn passed_on(unit: &mut Unit, from: i64, to: i64) -> Result<()> {
    let passes = |row: &transfer::Model| row.state == transfer::CONFIRMED || row.is_by_person != 0;
    let all: Vec<transfer::Model> = of(unit, &[from]).await?.into_iter().filter(passes).collect();
    if all.is_empty() {
        return Ok(());
    }
    for row in all {
        let is_out = row.out_id == from;
        let pair = if is_out { (to, row.in_id) } else { (row.out_id, to) };
        let of_heir = of(unit, &[to]).await?;
        let same = of_heir.iter().find(|other| (other.out_id, other.in_id) == pair);
        let is_taken =
            row.state != transfer::REJECTED && of_heir.iter().any(|other| other.state == transfer::CONFIRMED);
        match same {
            // What was found or proposed of the same two is answered.
            Some(same) if row.is_by_person != 0 && same.is_by_person == 0 => take_apart(unit, same).await?,
            Some(same) if same.state == transfer::PROPOSED => remove(unit, same.id).await?,
            Some(_) => continue,
            None if is_taken => continue,
            None => {}
        }
        let column = if is_out { transfer::Column::OutId } else { transfer::Column::InId };
        unit.scope()
            .update::<transfer::Entity>()
            .filter(transfer::Column::Id.eq(row.id))
            .col_expr(column, Expr::value(to))
            .exec(unit.connection())
            .await?;
    }
    uncount(unit, [from], &[from]).await?;
    follow(unit, Touched { changed: &[to], ..Touched::default() }).await
}

/// Removes a transfer. Its sides count as what they are.
async fn take_apart(unit: &mut Unit, row: &transfer::Model) -> Result<()> {
    remove(unit, row.id).await?;
    if row.state == transfer::CONFIRMED { uncount(unit, [row.out_id, row.in_id], &[]).await } else { Ok(()) }
}

/// Sides of transfers count as what they are. `told` are those of which whoever asks tells himself.
async fn uncount(unit: &mut Unit, sides: impl IntoIterator<Item = i64>, told: &[i64]) -> Result<()> {
    let mut recounted = Recounted::default();
    for side in rows(unit, sides).await? {
        recounted.count(unit, &side, None).await?;
    }
    recounted.write(unit, told).await
}

/// Whether a side of a transfer is one of another that is confirmed.
async fn is_taken(unit: &Unit, row: &transfer::Model) -> Result<bool> {
    let others = of(unit, &[row.out_id, row.in_id]).await?;
    Ok(others.iter().any(|other| other.id != row.id && other.state == transfer::CONFIRMED))
}

async fn set_state(unit: &Unit, row: &transfer::Model, state: i16) -> Result<()> {
    let set = unit.scope().update::<transfer::Entity>().filter(transfer::Column::Id.eq(row.id));
    set.col_expr(transfer::Column::State, Expr::value(state)).exec(unit.connection()).await?;
    Ok(())
}

/// Those of some transactions about which a person has decided as sides of transfers, and which pass it on to their heirs.
pub(crate) async fn decided(unit: &Unit, ids: &[i64]) -> Result<HashSet<i64>> {
    let transfers = of(unit, ids).await?.into_iter().filter(|row| row.is_by_person != 0);
    Ok(transfers.flat_map(|row| [row.out_id, row.in_id]).collect())
}

/// Those of some transactions that are sides of confirmed transfers, with the other sides.
pub(crate) async fn confirmed(unit: &Unit, ids: &[i64]) -> Result<HashSet<i64>> {
    let transfers = of(unit, ids).await?.into_iter().filter(|row| row.state == transfer::CONFIRMED);
    Ok(transfers.flat_map(|row| [row.out_id, row.in_id]).collect())
}

/// Accounts go with all their transactions: what was transferred to and from them counts as what it is.
pub(crate) async fn leave(unit: &mut Unit, accounts: &[i64]) -> Result<()> {
    let of = |column: transfer::Column| column.is_in(accounts.iter().copied());
    let either = Condition::any().add(of(transfer::Column::OutAccountId)).add(of(transfer::Column::InAccountId));
    let found = unit.scope().find::<transfer::Entity>().filter(either.clone()).all(unit.connection()).await?;
    let confirmed = found.iter().filter(|row| row.state == transfer::CONFIRMED);
    let sides: Vec<i64> = confirmed.flat_map(|row| [row.out_id, row.in_id]).collect();
    uncount(unit, sides, &[]).await?;
    unit.scope().delete::<transfer::Entity>().filter(either).exec(unit.connection()).await?;
    if !found.is_empty() {
        unit.emit(Event::TransfersChanged {});
    }
    Ok(())
}
