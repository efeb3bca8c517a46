//! Refunds and purchases as they are shown.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};

use domain::{id::TransactionId, merchant::MerchantId};
use entity::transaction;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use crate::{
    Db, Result, Scope, merchant,
    transaction::{Lens, SHOWN, Transaction, get, get_many},
};

/// The most purchases that are offered for a refund.
pub const CANDIDATES: usize = 50;
/// What came so many days after a refund may still be its purchase: sources differ about days.
const AFTER: i32 = 5;
/// What is older than so many days before a refund is not offered.
const BEFORE: i32 = 366;
/// So many are looked at, the latest.
const LOOKED_AT: u64 = 500;

/// What was given back of each of some purchases, the first refund first.
pub async fn of_purchases(
    db: &Db,
    scope: Scope,
    ids: &[TransactionId],
) -> Result<HashMap<TransactionId, Vec<Transaction>>> {
    use transaction::Column::{Day, Id, RefundOf};
    let mut all: HashMap<TransactionId, Vec<Transaction>> = HashMap::new();
    if ids.is_empty() {
        return Ok(all);
    }
    let refunds = scope.find::<transaction::Entity>().filter(RefundOf.is_not_null()).filter(Expr::cust(SHOWN));
    let refunds = refunds.filter(RefundOf.is_in(ids.iter().map(|id| id.0))).order_by_asc(Day).order_by_asc(Id);
    let rows = refunds.all(db.reader()).await?;
    if rows.is_empty() {
        return Ok(all);
    }
    let lens = Lens::of(db, scope, None).await?;
    for row in rows {
        if let Some((of, refund)) = row.refund_of.map(TransactionId).zip(lens.show(row)?) {
            all.entry(of).or_default().push(refund);
        }
    }
    Ok(all)
}

/// The purchases of some refunds, by these.
pub async fn purchases(
    db: &Db,
    scope: Scope,
    refunds: &[TransactionId],
) -> Result<HashMap<TransactionId, Transaction>> {
    use transaction::Column::{Id, RefundOf};
    if refunds.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = scope.find::<transaction::Entity>().filter(RefundOf.is_not_null());
    let rows = rows.filter(Id.is_in(refunds.iter().map(|id| id.0))).select_only().column(Id).column(RefundOf);
    let linked: Vec<(i64, i64)> = rows.into_tuple().all(db.reader()).await?;
    let ids: BTreeSet<TransactionId> = linked.iter().map(|(_, purchase)| TransactionId(*purchase)).collect();
    let shown = get_many(db, scope, &ids.into_iter().collect::<Vec<_>>()).await?;
    let shown: HashMap<TransactionId, Transaction> = shown.into_iter().map(|one| (one.id, one)).collect();
    let pair = |(refund, purchase)| Some((TransactionId(refund), shown.get(&TransactionId(purchase))?.clone()));
    Ok(linked.into_iter().filter_map(pair).collect())
}

/// Purchases of which a transaction may be the refund, the likeliest first: of the same merchant, in the same currency, not older than a year.
/// First come those of which just so much is left, then those of which more is, then the others; among these the latest. One of some days after the
/// refund comes last, and one of which nothing is left does not.
pub async fn candidates(db: &Db, scope: Scope, refund: TransactionId, first: usize) -> Result<Vec<Transaction>> {
    use transaction::Column::{AccountId, AmountMinor, CountedAs, Day, Id, MerchantId as Of};
    let refund = get(db, scope, refund).await?;
    if refund.amount.minor <= 0 || refund.own_merchant == MerchantId::of_name("") {
        return Ok(Vec::new());
    }
    let lens = Lens::of(db, scope, None).await?;
    let same = lens.accounts().values().filter(|account| account.currency == refund.amount.currency);
    let same: Vec<i64> = same.map(|account| account.id.0).collect();
    let family = merchant::directory(db, scope, None).await?.family(refund.own_merchant);
    let rows = scope
        .find::<transaction::Entity>()
        .filter(Expr::cust(SHOWN))
        .filter(Day.between(refund.day.plus(-BEFORE).number(), refund.day.plus(AFTER).number()))
        .filter(Of.is_in(family.iter().map(|id| id.0)))
        .filter(AccountId.is_in(same))
        .filter(AmountMinor.lt(0))
        .filter(CountedAs.is_null())
        .order_by_desc(Day)
        .order_by_desc(Id)
        .limit(LOOKED_AT);
    let rows = rows.all(db.reader()).await?;
    let ids: Vec<TransactionId> = rows.iter().map(|row| TransactionId(row.id)).collect();
    let given_back = of_purchases(db, scope, &ids).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let refunds = given_back.get(&TransactionId(row.id)).into_iter().flatten();
        let others = refunds.filter(|other| other.id != refund.id).map(|other| other.amount.minor);
        let left = others.fold(row.amount_minor.saturating_neg(), i64::saturating_sub);
        if left <= 0 || row.excluded.is_some() {
            continue;
        }
        let is_later = row.day > refund.day.number();
        let order = (is_later, left != refund.amount.minor, left < refund.amount.minor, Reverse((row.day, row.id)));
        found.push((order, row));
    }
    found.sort_by_key(|(order, _)| *order);
    let rows = found.into_iter().take(first.min(CANDIDATES)).map(|(_, row)| lens.show(row));
    rows.filter_map(Result::transpose).collect()
}
