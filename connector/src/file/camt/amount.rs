//! Amounts of entries and balances: a size, its currency, and the direction beside it.

use domain::{currency::Currency, money::Money};
use rust_decimal::Decimal;

use super::{
    super::{Field, Reason, amount},
    account::currency_of,
};

/// An amount while it is read.
#[derive(Debug, Default)]
pub(super) struct Amount {
    size: String,
    pub(super) currency: String,
    pub(super) direction: String,
}

impl Amount {
    /// Takes the size with its currency; of two the first counts.
    pub(super) fn take(&mut self, size: &str, currency: &str) {
        if self.size.is_empty() {
            size.clone_into(&mut self.size);
            currency.clone_into(&mut self.currency);
        }
    }

    /// How much it is, in the currency of its account; or which field is wrong, and why. The size has no sign of its own: what a bank means by
    /// one beside a direction nobody knows.
    pub(super) fn money(&self, currency: Currency) -> Result<Money, (Field, Reason)> {
        if !self.currency.is_empty() && !self.currency.eq_ignore_ascii_case(currency.code()) {
            let is_known = currency_of(&self.currency).is_some();
            let reason = if is_known { Reason::OtherCurrency } else { Reason::unknown_currency(&self.currency) };
            return Err((Field::Currency, reason));
        }
        self.signed(currency).map_err(|reason| (Field::Amount, reason))
    }

    fn signed(&self, currency: Currency) -> Result<Money, Reason> {
        let size = self.size()?;
        let signed = match self.is_in() {
            Some(true) => size,
            Some(false) => -size,
            None if self.direction.is_empty() => return Err(Reason::Missing),
            None => return Err(Reason::NoDirection),
        };
        Ok(Money::from_decimal(signed, currency)?)
    }

    fn size(&self) -> Result<Decimal, Reason> {
        if self.size.is_empty() {
            return Err(Reason::Missing);
        }
        let size = amount::parse_alone(&self.size).ok_or(Reason::NotAnAmount)?;
        let is_plain = size.sign != amount::Sign::Minus && !size.has_currency;
        if is_plain { Ok(size.size) } else { Err(Reason::NotAnAmount) }
    }

    /// Whether it is money in. A reversal is no exception: the standard gives the direction of the reversal itself, and of what was reversed
    /// the other one (ISO 20022, definition of `RvslInd`).
    pub(super) fn is_in(&self) -> Option<bool> {
        match self.direction.as_str() {
            "CRDT" => Some(true),
            "DBIT" => Some(false),
            _ => None,
        }
    }

    /// What it says, if it is one of another currency than this.
    pub(super) fn foreign(&self, currency: Currency) -> Option<(Decimal, Currency)> {
        let other = currency_of(&self.currency).filter(|other| *other != currency)?;
        let size = self.size().ok().filter(|size| !size.is_zero())?;
        Some((size, other))
    }
}
