//! Money as clients see it.

use async_graphql::{ScalarType, SimpleObject, Value};

use crate::{
    at_hand::{AtHand, Below},
    scalar::Decimal,
};

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

impl AtHand for Money {
    fn value(&self, field: &str, _: Below<'_>) -> Option<Value> {
        match field {
            "amount" => Some(self.amount.to_value()),
            "currency" => Some(Value::String(self.currency.clone())),
            _ => None,
        }
    }
}
