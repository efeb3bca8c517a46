//! Money as clients see it.

use async_graphql::SimpleObject;

use crate::scalar::Decimal;

/// An amount of a currency. In is positive, out negative, unless a field says otherwise.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Money {
    /// Exact, with all decimals of the currency's minor unit: `"18.50"`.
    amount: Decimal,
    /// ISO 4217.
    currency: String,
}

impl From<domain::money::Money> for Money {
    fn from(money: domain::money::Money) -> Self {
        Self { amount: money.decimal().into(), currency: money.currency.code().to_owned() }
    }
}
