//! Exchange rates: kept as a central bank publishes them, with what the people of a household have set beside them. What they mean is decided
//! in `domain::exchange`.

mod fetch;
mod keep;
mod person;

pub use fetch::{fetch, keep_fetching};
pub use keep::{Kept, import, latest};
pub use person::{SetRate, set};

use std::collections::BTreeSet;

use domain::{
    currency::Currency,
    day::Day,
    exchange::{Quote, Rates, STALE_DAYS},
};
use entity::{exchange_rate, household_rate};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter};

use crate::{
    Db, Error, Result, Scope,
    connection::currency,
    db::{Column, Table},
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
        Some(code) => named(field, code),
    }
}

fn named(field: &'static str, code: &str) -> Result<Currency> {
    let unknown = || Error::invalid(field, "must be the code of a currency in use (ISO 4217), in capitals");
    Currency::from_code(code).ok_or_else(unknown)
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
    for row in exchange_rate::Model::find_by_statement(statement).all(connection).await? {
        add_reference(&mut rates, &row)?;
    }
    let set = household_rate::Column::Day.between(first, last);
    for row in scope.find::<household_rate::Entity>().filter(set).all(connection).await? {
        add_set(&mut rates, &row)?;
    }
    Ok(rates)
}

/// What each currency was worth in another on a day, as far as it is known: in the order of the codes.
pub async fn quotes(db: &Db, scope: Scope, to: Currency, day: Day) -> Result<Vec<Quote>> {
    let (first, last) = (day.plus(-STALE_DAYS).number(), day.number());
    let mut rates = Rates::default();
    let mut known = BTreeSet::from([Currency::EURO]);
    let sql = "SELECT * FROM exchange_rate WHERE day BETWEEN $1 AND $2";
    let statement = db.statement(sql, [first.into(), last.into()]);
    for row in exchange_rate::Model::find_by_statement(statement).all(db.reader()).await? {
        known.extend(Currency::from_code(&row.currency));
        add_reference(&mut rates, &row)?;
    }
    let set = household_rate::Column::Day.between(first, last);
    for row in scope.find::<household_rate::Entity>().filter(set).all(db.reader()).await? {
        known.extend([&row.low, &row.high].into_iter().filter_map(|code| Currency::from_code(code)));
        add_set(&mut rates, &row)?;
    }
    Ok(known.into_iter().filter_map(|from| rates.quote(from, to, day)).collect())
}

fn add_reference(rates: &mut Rates, row: &exchange_rate::Model) -> Result<()> {
    rates.add_reference(currency(&row.currency)?, Day::of_row(row.day), decimal(&row.per_euro)?);
    Ok(())
}

fn add_set(rates: &mut Rates, row: &household_rate::Model) -> Result<()> {
    let (low, high) = (currency(&row.low)?, currency(&row.high)?);
    let (from, to) = if row.is_turned == 0 { (low, high) } else { (high, low) };
    rates.set(from, to, Day::of_row(row.day), decimal(&row.rate)?);
    Ok(())
}

fn decimal(text: &str) -> Result<Decimal> {
    Decimal::from_str_exact(text).map_err(|_| Error::broken("an exchange rate that is no number"))
}
