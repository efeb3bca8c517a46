//! The crowd: what households that agreed to it chose for merchants, counted together. A household's vote is the category that its people chose for
//! a merchant (`vote`); a job counts votes (`count`), a merchant's in one place after the other, so that no two households wait for each other
//! in a circle. Nothing but numbers leaves a household: of the merchant, of a category that comes with Florin, and how many chose it; and nobody
//! hears of a category before [`domain::categorize::LEAST`] households have chosen it. Lines that are booked ask (`ask`).

mod count;
#[cfg(test)]
mod tests;
mod vote;

pub use count::count;
pub(crate) use count::{is_due, wanted};
pub use vote::{Contribution, contribution, set};
pub(crate) use vote::{cast, recount, withdraw};

use std::collections::BTreeSet;

use domain::{
    categorize::{Answer, Crowd, Lines, Popular},
    category::CategoryId,
    merchant::MerchantId,
};
use entity::merchant_vote;
use sea_orm::{ConnectionTrait, Value};

use crate::{
    Result, Unit,
    db::{Column, Table},
    scope::Tenant,
};

impl Tenant for merchant_vote::Entity {
    const HOUSEHOLD: Self::Column = merchant_vote::Column::HouseholdId;
}

/// What the crowd says of some lines, as far as it is worth asking: one look for each merchant, whatever number of households voted.
pub(crate) async fn ask<'a>(unit: &Unit, found: impl IntoIterator<Item = (&'a Answer, i64)>) -> Result<Crowd> {
    let asked: BTreeSet<Lines> =
        found.into_iter().filter_map(|(answer, amount_minor)| Crowd::asks(answer, amount_minor)).collect();
    if asked.is_empty() {
        return Ok(Crowd::default());
    }
    let engine = unit.db().engine();
    let table = Table::new([("merchant_id", Column::Long(asked.iter().map(|(merchant, _)| merchant.0).collect()))]);
    let sql = format!(
        "SELECT p.merchant_id, p.comes_in, p.category_id, p.households, p.total
         FROM {} {} merchant_popular p ON p.merchant_id = v.merchant_id WHERE p.households >= $1",
        table.source(engine, 2),
        Table::<1>::join(engine)
    );
    let least = i64::from(domain::categorize::LEAST);
    let statement = unit.db().statement_of(&sql, table.parameters(engine, [Value::from(least)]));
    let rows = unit.connection().query_all_raw(statement).await?;
    let popular = |row: &sea_orm::QueryResult| -> Result<(Lines, Popular)> {
        let lines = (MerchantId(row.try_get_by_index(0)?), row.try_get_by_index::<i16>(1)? != 0);
        let count = |at| -> Result<u32> { Ok(u32::try_from(row.try_get_by_index::<i32>(at)?).unwrap_or(0)) };
        Ok((lines, Popular { category: CategoryId(row.try_get_by_index(2)?), households: count(3)?, of: count(4)? }))
    };
    rows.iter().map(popular).collect()
}
