//! Exchange rates: where they are published, and the files in which they are. Nothing here knows a database or a clock.
//!
//! [`Publisher`] is whoever publishes reference rates; [`CentralBank`] is the first. [`read()`] reads its files, from wherever they come.

mod central_bank;
mod file;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, fmt};

use domain::{currency::Currency, day::Day};
use futures::future::BoxFuture;
use rust_decimal::Decimal;

pub use self::{
    central_bank::{CentralBank, DEFAULT_URL},
    file::{NotRates, Wrong, read},
};
use crate::bank::Outage;

/// A reference rate: so many units of a currency for one euro.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Of which day.
    pub day: Day,
    /// The currency.
    pub currency: Currency,
    /// Units for one euro, exactly as published.
    pub per_euro: Decimal,
}

/// What was published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// The rates, in the order of the file.
    pub references: Vec<Reference>,
    /// Codes that were passed over, because no account can be in them: mostly of currencies that have become the euro.
    pub passed: BTreeSet<String>,
}

/// How much of what was published is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// The last day.
    Day,
    /// The last ninety days.
    Quarter,
    /// Everything since 1999.
    All,
}

/// Why nothing came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The way there, or whoever is there, is out of order: try again.
    #[error("the exchange rates cannot be had: {0}")]
    Unavailable(Outage),
    /// What came cannot be read. Trying again soon brings the same.
    #[error("the exchange rates cannot be read: {0}")]
    Malformed(NotRates),
    /// What came is longer than anything that is published.
    #[error("the exchange rates are longer than what is read")]
    TooLarge,
    /// It is refused: a matter for who runs Florin.
    #[error("the exchange rates are refused with status {0}")]
    Refused(u16),
}

/// Whoever publishes reference rates against the euro.
pub trait Publisher: fmt::Debug + Send + Sync {
    /// What was published in a span.
    fn published(&self, span: Span) -> BoxFuture<'_, Result<Published, Failure>>;
}
