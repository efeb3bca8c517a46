//! What people say that a currency is worth.

use std::collections::BTreeSet;

use domain::{
    currency::Currency,
    day::Day,
    exchange::{self, Quote, STALE_DAYS},
};
use entity::household_rate as row;
use rust_decimal::Decimal;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};

use super::load;
use crate::{Db, Error, Result, Scope, account, event::Event, transfer};

/// A rate that a person sets.
#[derive(Clone, Debug)]
pub struct SetRate {
    /// Of what there is one.
    pub from: String,
    /// In what the rate is.
    pub to: String,
    /// Of which day.
    pub day: Day,
    /// `None` takes back what was set.
    pub rate: Option<Decimal>,
}

/// Sets a rate, or takes it back. Answers what holds on that day now.
pub async fn set(db: &Db, scope: Scope, command: SetRate) -> Result<Option<Quote>> {
    let (from, to) = (account::currency("from", &command.from)?, account::currency("to", &command.to)?);
    if from == to {
        return Err(Error::invalid("to", "must be another currency than `from`"));
    }
    let check = |rate| exchange::check(rate).map_err(|error| Error::invalid("rate", error.to_string()));
    let rate = command.rate.map(check).transpose()?;
    let day = command.day;
    db.write(scope, move |unit| {
        async move {
            let (low, high) = (from.min(to), from.max(to));
            let household = unit.scope().household().0;
            if let Some(rate) = rate {
                let new = row::ActiveModel {
                    household_id: Set(household),
                    low: Set(low.code().to_owned()),
                    high: Set(high.code().to_owned()),
                    day: Set(day.number()),
                    is_turned: Set(i16::from(from != low)),
                    rate: Set(rate.to_string()),
                    set_at_ms: Set(unit.now_ms()),
                };
                let again = OnConflict::columns([
                    row::Column::HouseholdId,
                    row::Column::Low,
                    row::Column::High,
                    row::Column::Day,
                ])
                .update_columns([row::Column::IsTurned, row::Column::Rate, row::Column::SetAtMs])
                .to_owned();
                row::Entity::insert(new).on_conflict(again).exec_without_returning(unit.connection()).await?;
            } else {
                let set = unit.scope().delete::<row::Entity>().filter(row::Column::Low.eq(low.code()));
                let set = set.filter(row::Column::High.eq(high.code())).filter(row::Column::Day.eq(day.number()));
                set.exec(unit.connection()).await?;
            }
            unit.emit(Event::ExchangeRatesChanged {});
            // Amounts that did not fit may be the two sides of a transfer at this rate.
            transfer::ask_for_match(unit, &[day.number(), day.plus(STALE_DAYS).number()]).await?;
            let among = [from, to].into_iter().collect::<BTreeSet<Currency>>();
            let rates = load(unit.db(), unit.connection(), unit.scope(), &among, day, day).await?;
            Ok(rates.quote(from, to, day))
        }
        .scope_boxed()
    })
    .await
}
