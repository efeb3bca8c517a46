//! Exchange rates, and what amounts come to in another currency.

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use domain::{
    day::{Day, UTC},
    exchange,
};
use service::exchange::{self as rates, SetRate};

use super::{db, money::Money, scope};
use crate::{
    fallible::Fallible,
    scalar::{Date, Decimal},
};

/// Who says what a rate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "exchange::Source")]
pub(crate) enum ExchangeRateSource {
    /// The account's bank, which has converted this very amount: the rate is what it took, for what it was. Never among `exchangeRates`.
    Bank,
    /// The reference rates of the European Central Bank; between two currencies other than the euro, by way of it.
    CentralBank,
    /// A person of the household.
    Person,
}

/// What one unit of a currency is in another.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ExchangeRate {
    /// Of what there is one: ISO 4217.
    from: String,
    /// In what the rate is: ISO 4217.
    to: String,
    /// So many units of `to` for one of `from`, to 12 significant digits.
    rate: Decimal,
    /// Of which day: at weekends and on holidays none are published, and that of the last day holds, for 7 days.
    date: Date,
    /// Who says so.
    source: ExchangeRateSource,
}

impl From<exchange::Quote> for ExchangeRate {
    fn from(quote: exchange::Quote) -> Self {
        Self {
            from: quote.from.code().to_owned(),
            to: quote.to.code().to_owned(),
            rate: quote.rate.into(),
            date: quote.day.into(),
            source: quote.source.into(),
        }
    }
}

/// An amount in another currency.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Conversion {
    /// The amount, rounded to the minor unit.
    amount: Money,
    /// The rate; null where the currency is the same.
    rate: Option<ExchangeRate>,
}

impl From<exchange::Converted> for Conversion {
    fn from(converted: exchange::Converted) -> Self {
        Self { amount: converted.money.into(), rate: converted.quote.map(Into::into) }
    }
}

/// A sum of several currencies in one of them, each amount at the rate of its day.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Total {
    /// What could be converted, rounded once to the minor unit.
    known: Money,
    /// What is not in it, for want of a rate: each currency in its own money. Empty where the sum is whole.
    missing: Vec<Money>,
}

impl From<&exchange::Total> for Total {
    fn from(total: &exchange::Total) -> Self {
        Self { known: total.known().into(), missing: total.missing().into_iter().map(Money::from).collect() }
    }
}

#[derive(Debug, Default)]
pub(crate) struct ExchangeQuery;

/// Questions about exchange rates.
#[Object]
impl ExchangeQuery {
    /// What each currency was worth in one of them on a day, in the order of the codes, as far as it is known. A rate holds for 7 days; what a person has set comes before what was published for the same day.
    #[graphql(complexity = "40 * child_complexity")]
    async fn exchange_rates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this day; today if it is left out.")] date: Option<Date>,
        #[graphql(desc = "In which currency, ISO 4217; the household's if it is left out.")] to: Option<String>,
    ) -> Fallible<Vec<ExchangeRate>> {
        Fallible::run(async {
            let (db, scope) = (db(ctx), scope(ctx)?);
            let to = rates::base_or(db, scope, "to", to.as_deref()).await?;
            let day = date.map(|date| date.read("date")).transpose()?;
            let day = day.unwrap_or_else(|| Day::at(db.now_ms(), UTC));
            Ok(rates::quotes(db, scope, to, day).await?.into_iter().map(Into::into).collect())
        })
        .await
    }
}

/// An exchange rate that a person sets.
#[derive(InputObject)]
pub(crate) struct SetExchangeRateInput {
    /// Of what there is one: ISO 4217.
    from: String,
    /// In what the rate is: ISO 4217.
    to: String,
    /// Of which day. It holds for 7 days, or until a later rate is published.
    date: Date,
    /// So many units of `to` for one of `from`: more than zero, at most 15 digits. Null takes back what was set for the pair and the day.
    rate: Option<Decimal>,
}

#[derive(Debug, Default)]
pub(crate) struct ExchangeMutation;

/// What people say that currencies are worth.
#[Object]
impl ExchangeMutation {
    /// Sets what one currency is worth in another on a day, both ways, in this household; what was set before for the pair and the day is replaced. Answers what holds on that day now: null where nothing does.
    async fn set_exchange_rate(
        &self,
        ctx: &Context<'_>,
        input: SetExchangeRateInput,
    ) -> Fallible<Option<ExchangeRate>> {
        Fallible::run(async {
            let command = SetRate {
                from: input.from,
                to: input.to,
                day: input.date.read("date")?,
                rate: input.rate.map(|rate| rate.read("rate")).transpose()?,
            };
            Ok(rates::set(db(ctx), scope(ctx)?, command).await?.map(Into::into))
        })
        .await
    }
}
