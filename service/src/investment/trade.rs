//! Trades: what was done with a security behind a transaction.
//!
//! Each statement that has a transaction says it for itself; what is shown is what the latest of them says. A transaction that became a
//! part of another one keeps its own under its number, so that nothing is lost when a merge is undone.

use std::collections::{BTreeMap, HashMap};

use domain::{
    id::TransactionId,
    investment::{self, Security, TradeKind, canonical},
};
use entity::trade;
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{AT_ONCE, security};
use crate::{
    Db, Error, Result, Scope, Unit,
    connection::currency,
    db::decimal,
    duplicate,
    ledger::{Batch, Became},
};

/// What was done, with what is known of the security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trade {
    /// What was done.
    pub trade: investment::Trade,
    /// With which security, where it was one.
    pub security: Option<Security>,
}

/// Keeps what a statement says of the lines of a batch.
pub(crate) async fn keep(unit: &Unit, statement: i64, batch: &Batch, lines: &[Became]) -> Result<()> {
    // Two lines may have become one transaction: the first counts.
    let mut said: BTreeMap<i64, &investment::Trade> = BTreeMap::new();
    for line in lines {
        if let Some(trade) = batch.lines[line.place].trade.as_deref() {
            said.entry(line.transaction).or_insert(trade);
        }
    }
    if said.is_empty() {
        return Ok(());
    }
    let named: Vec<Security> = said.values().filter_map(|trade| trade.security.clone()).map(Security::bare).collect();
    let ids = security::keep(unit, &named).await?;
    let rows: Vec<trade::ActiveModel> = said
        .into_iter()
        .map(|(transaction_id, said)| {
            let number = |number: Option<Decimal>| number.map(canonical);
            let row = trade::Model {
                household_id: unit.scope().household().0,
                transaction_id,
                statement_id: statement,
                account_id: batch.account,
                security_id: said.security.as_ref().and_then(|key| ids.get(key)).copied(),
                kind: said.kind.code(),
                currency: said.currency.code().to_owned(),
                units: number(said.units),
                unit_price: number(said.unit_price),
                commission: number(said.commission),
                fees: number(said.fees),
                taxes: number(said.taxes),
                total: number(said.total),
            };
            trade::ActiveModel::from(row)
        })
        .collect();
    // A file may say one transaction in two of its commits.
    let known = sea_orm::sea_query::OnConflict::columns([
        trade::Column::HouseholdId,
        trade::Column::TransactionId,
        trade::Column::StatementId,
    ])
    .do_nothing()
    .to_owned();
    for some in rows.chunks(AT_ONCE) {
        trade::Entity::insert_many(some.to_vec())
            .on_conflict(known.clone())
            .exec_without_returning(unit.connection())
            .await?;
    }
    Ok(())
}

/// Takes back what a statement says of some transactions.
pub(crate) async fn take_back(unit: &Unit, statement: i64, transactions: &[i64]) -> Result<()> {
    for some in transactions.chunks(AT_ONCE) {
        unit.scope()
            .delete::<trade::Entity>()
            .filter(trade::Column::TransactionId.is_in(some.iter().copied()))
            .filter(trade::Column::StatementId.eq(statement))
            .exec(unit.connection())
            .await?;
    }
    Ok(())
}

/// Forgets what anybody says of transactions that are gone.
pub(crate) async fn forget(unit: &Unit, transactions: &[i64]) -> Result<()> {
    for some in transactions.chunks(AT_ONCE) {
        let of = trade::Column::TransactionId.is_in(some.iter().copied());
        unit.scope().delete::<trade::Entity>().filter(of).exec(unit.connection()).await?;
    }
    Ok(())
}

/// The trades behind some transactions; also where the trade was that of one that became a part of it.
pub async fn trades(db: &Db, scope: Scope, shown: &[TransactionId]) -> Result<HashMap<TransactionId, Trade>> {
    let mut found = latest(db, scope, shown).await?;
    // Of each part the transaction that is shown.
    let mut parts: HashMap<TransactionId, TransactionId> =
        shown.iter().filter(|id| !found.contains_key(id)).map(|id| (*id, *id)).collect();
    while !parts.is_empty() {
        let wholes: Vec<TransactionId> = parts.keys().copied().collect();
        let mut inner = HashMap::new();
        for (whole, merges) in duplicate::merged(db, scope, &wholes).await? {
            inner.extend(merges.into_iter().map(|merge| (merge.gone, parts[&whole])));
        }
        let gone: Vec<TransactionId> = inner.keys().copied().collect();
        for (part, trade) in latest(db, scope, &gone).await? {
            found.entry(inner[&part]).or_insert(trade);
        }
        inner.retain(|_, whole| !found.contains_key(whole));
        parts = inner;
    }
    with_securities(db, scope, found).await
}

/// What the latest statement says of each.
async fn latest(db: &Db, scope: Scope, of: &[TransactionId]) -> Result<HashMap<TransactionId, trade::Model>> {
    let mut found = HashMap::new();
    for some in of.chunks(AT_ONCE) {
        let rows = scope
            .find::<trade::Entity>()
            .filter(trade::Column::TransactionId.is_in(some.iter().map(|id| id.0)))
            .order_by_asc(trade::Column::StatementId)
            .all(db.reader())
            .await?;
        found.extend(rows.into_iter().map(|row| (TransactionId(row.transaction_id), row)));
    }
    Ok(found)
}

async fn with_securities(
    db: &Db,
    scope: Scope,
    rows: HashMap<TransactionId, trade::Model>,
) -> Result<HashMap<TransactionId, Trade>> {
    let known = security::by_id(db.reader(), scope, rows.values().filter_map(|row| row.security_id)).await?;
    rows.into_iter()
        .map(|(id, row)| {
            let security = row.security_id.and_then(|security| known.get(&security)).cloned();
            Ok((id, Trade { trade: read(&row, security.as_ref())?, security }))
        })
        .collect()
}

fn read(row: &trade::Model, security: Option<&Security>) -> Result<investment::Trade> {
    let number = |text: &Option<String>| text.as_deref().map(decimal).transpose();
    Ok(investment::Trade {
        kind: TradeKind::from_code(row.kind).ok_or_else(|| Error::broken("a trade of an unknown kind"))?,
        security: security.map(|security| security.key.clone()),
        units: number(&row.units)?,
        unit_price: number(&row.unit_price)?,
        commission: number(&row.commission)?,
        fees: number(&row.fees)?,
        taxes: number(&row.taxes)?,
        total: number(&row.total)?,
        currency: currency(&row.currency)?,
    })
}
