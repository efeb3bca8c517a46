//! What is held: `INVPOS`.

use domain::{
    currency::Currency,
    day::Day,
    investment::{HeldIn, Holding},
    money::Money,
};
use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    super::{
        super::{Field, Reason, date},
        token::Tag,
    },
    Record, Wrong,
};

impl Record {
    /// The holding, of a list as of a day. A value is a valuation, no money that has moved: units of a fund have more decimals than a
    /// currency, so it is rounded to a minor unit. What is sold short is owed, whichever sign its bank writes.
    pub(in super::super) fn into_holding(self, account: Currency, listed: Option<Day>) -> Result<Holding, Wrong> {
        let security = self.security()?.ok_or((Field::Security, Reason::Missing))?;
        let currency = self.currency(account)?;
        let is_short = self.says(Tag::Side, "SHORT");
        let signed = |number: Decimal| if is_short { -number.abs() } else { number };
        let value = signed(self.needed(Tag::MarketValue, Field::Value)?)
            .round_dp_with_strategy(u32::from(currency.digits()), RoundingStrategy::MidpointNearestEven);
        let held_in = match self.get(Tag::HeldIn).unwrap_or_default().to_ascii_uppercase().as_str() {
            "CASH" => HeldIn::Cash,
            "MARGIN" => HeldIn::Margin,
            "SHORT" => HeldIn::Short,
            _ => HeldIn::Other,
        };
        Ok(Holding {
            security,
            held_in,
            units: signed(self.needed(Tag::Units, Field::Units)?),
            unit_price: self.needed(Tag::UnitPrice, Field::Price)?,
            value: Money::from_decimal(value, currency).map_err(|not_money| (Field::Value, not_money.into()))?,
            day: self.get(Tag::PricedOn).and_then(|day| date::ofx(day).ok()).or(listed),
        })
    }
}
