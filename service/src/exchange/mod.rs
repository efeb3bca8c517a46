//! Exchange rates: kept as a central bank publishes them, with what the people of a household have set beside them. What they mean is decided
//! in `domain::exchange`.

mod fetch;
mod keep;
mod person;

pub use fetch::{fetch, keep_fetching};
pub use keep::{Kept, import, latest};
pub use person::{SetRate, set};

use std::{collections::BTreeSet, ops::RangeInclusive};

use domain::{
    currency::Currency,
    day::Day,
    exchange::{Quote, Rates, STALE_DAYS},
};
use entity::{exchange_rate, household_rate};
use sea_orm::{ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter, Statement};

use crate::{
    Db, Error, Result, Scope, account,
    connection::currency,
    db::{Column, Table, decimal},
    scope::Tenant,
};

impl Tenant for household_rate::Entity {
    const HOUSEHOLD: Self::Column = household_rate::Column::HouseholdId;
}

/// The base currency of a household.
pub async fn base(db: &Db, scope: Scope) -> Result<Currency> {
    let sql = "SELECT currency FROM household WHERE id = $1";
    let row = db.reader().query_one_raw(db.statement(sql, [scope.household().0.into()])).await?;
    let code: String = row.ok_or(Error::NotFound { what: "household" })?.try_get_by_index(0)?;
    currency(&code)
}

/// A currency that a client names, or else the household's.
pub async fn base_or(db: &Db, scope: Scope, field: &'static str, code: Option<&str>) -> Result<Currency> {
    match code {
        None => base(db, scope).await,
        Some(code) => account::currency(field, code),
    }
}

/// The rates between some currencies that a conversion as of any day of a period may need.
pub async fn rates(db: &Db, scope: Scope, among: &BTreeSet<Currency>, from: Day, to: Day) -> Result<Rates> {
    load(db, db.reader(), scope, among, from, to).await
}

pub(crate) async fn load(
    db: &Db,
    connection: &impl ConnectionTrait,
    scope: Scope,
    among: &BTreeSet<Currency>,
    from: Day,
    to: Day,
) -> Result<Rates> {
    let mut rates = Rates::default();
    if among.len() < 2 {
        return Ok(rates);
    }
    let (first, last) = (from.plus(-STALE_DAYS).number(), to.number());
    let codes = among.iter().filter(|one| **one != Currency::EURO).map(|one| one.code().to_owned()).collect();
    let engine = db.engine();
    let table = Table::new([("currency", Column::Text(codes))]);
    let sql = format!(
        "SELECT r.* FROM {} {} exchange_rate r ON r.currency = v.currency AND r.day BETWEEN $1 AND $2",
        table.source(engine, 3),
        Table::<1>::join(engine)
    );
    let statement = db.statement_of(&sql, table.parameters(engine, [first.into(), last.into()]));
    add(&mut rates, connection, scope, statement, first..=last).await?;
    Ok(rates)
}

/// What each currency was worth in another on a day, as far as it is known: in the order of the codes.
pub async fn quotes(db: &Db, scope: Scope, to: Currency, day: Day) -> Result<Vec<Quote>> {
    let (first, last) = (day.plus(-STALE_DAYS).number(), day.number());
    let mut rates = Rates::default();
    let sql = "SELECT * FROM exchange_rate WHERE day BETWEEN $1 AND $2";
    let statement = db.statement(sql, [first.into(), last.into()]);
    let known = add(&mut rates, db.reader(), scope, statement, first..=last).await?;
    Ok(known.into_iter().filter_map(|from| rates.quote(from, to, day)).collect())
}

/// Adds what a statement finds of what is published, and what people set on some days. Answers the currencies of which something is known.
async fn add(
    rates: &mut Rates,
    connection: &impl ConnectionTrait,
    scope: Scope,
    published: Statement,
    days: RangeInclusive<i32>,
) -> Result<BTreeSet<Currency>> {
    let mut known = BTreeSet::from([Currency::EURO]);
    for row in exchange_rate::Model::find_by_statement(published).all(connection).await? {
        let one = currency(&row.currency)?;
        known.insert(one);
        rates.add_reference(one, Day::of_row(row.day), decimal(&row.per_euro)?);
    }
    let set = household_rate::Column::Day.between(*days.start(), *days.end());
    for row in scope.find::<household_rate::Entity>().filter(set).all(connection).await? {
        let (low, high) = (currency(&row.low)?, currency(&row.high)?);
        known.extend([low, high]);
        let (from, to) = if row.is_turned == 0 { (low, high) } else { (high, low) };
        rates.set(from, to, Day::of_row(row.day), decimal(&row.rate)?);
    }
    Ok(known)
}
