//! Money: an exact integer of minor units with its currency. Decimals exist at the edges alone; no float ever holds money.

use std::fmt;

use rust_decimal::Decimal;

use crate::currency::Currency;

/// The most that one amount may be, in minor units: 14 digits. The sum of ninety thousand such amounts still fits 64 bits.
pub const LARGEST_MINOR: i64 = 99_999_999_999_999;

/// An amount of a currency. In is positive, out negative. Two of them are added only by [`Money::plus`], which refuses two currencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units: cents of a euro, yen of a yen.
    pub minor: i64,
    /// Of what.
    pub currency: Currency,
}

/// Why a decimal is no amount of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMoney {
    /// There are digits beyond the minor unit, and they are not zero.
    #[error("must have at most {digits} decimals: that is the minor unit of {code}")]
    TooManyDecimals {
        /// What the currency has.
        digits: u8,
        /// Its code.
        code: Code,
    },
    /// It is out of proportion.
    #[error("must have at most 14 digits, those of the minor unit included")]
    TooLarge,
}

/// A currency's code, to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(Currency);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code())
    }
}

impl Money {
    /// So many minor units.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The amount of a decimal, exactly. Zeros at the end are fine; other digits beyond the minor unit are not.
    pub fn from_decimal(decimal: Decimal, currency: Currency) -> Result<Self, NotMoney> {
        let digits = currency.digits();
        let plain = decimal.normalize();
        if plain.scale() > u32::from(digits) {
            return Err(NotMoney::TooManyDecimals { digits, code: Code(currency) });
        }
        let scale = 10_i128.pow(u32::from(digits) - plain.scale());
        let minor = plain.mantissa().checked_mul(scale).and_then(|minor| i64::try_from(minor).ok());
        match minor {
            Some(minor) if minor.unsigned_abs() <= LARGEST_MINOR.unsigned_abs() => Ok(Self { minor, currency }),
            _ => Err(NotMoney::TooLarge),
        }
    }

    /// As a decimal with all digits of the minor unit: 18.50, not 18.5.
    #[must_use]
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, u32::from(self.currency.digits()))
    }

    /// The sum; `None` for two currencies, or beyond 64 bits.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        (self.currency == other.currency)
            .then(|| self.minor.checked_add(other.minor))
            .flatten()
            .map(|minor| Self { minor, ..self })
    }
}

/// `-18.50 EUR`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        Currency::from_code(code).expect(code)
    }

    fn read(text: &str, code: &str) -> Result<i64, NotMoney> {
        Money::from_decimal(text.parse().expect("a decimal"), currency(code)).map(|money| money.minor)
    }

    #[test]
    fn digits_beyond_the_minor_unit_are_refused_unless_they_are_zero() {
        assert_eq!(read("18.150", "EUR"), Ok(1_815));
        assert_eq!(read("-18.5", "EUR"), Ok(-1_850));
        assert_eq!(read("18", "JPY"), Ok(18));
        assert_eq!(read("18.0000", "JPY"), Ok(18));
        assert_eq!(read("1.234", "KWD"), Ok(1_234));
        let refusal = read("18.151", "EUR").expect_err("three decimals");
        assert_eq!(refusal.to_string(), "must have at most 2 decimals: that is the minor unit of EUR");
        assert!(matches!(read("0.5", "JPY"), Err(NotMoney::TooManyDecimals { digits: 0, .. })));
    }

    #[test]
    fn what_is_out_of_proportion_is_refused() {
        assert_eq!(read("999999999999.99", "EUR"), Ok(LARGEST_MINOR));
        for text in ["1000000000000", "-1000000000000", "79228162514264337593543950335"] {
            assert_eq!(read(text, "EUR"), Err(NotMoney::TooLarge), "{text}");
        }
    }

    #[test]
    fn two_currencies_have_no_sum() {
        let euro = Money::new(1, currency("EUR"));
        assert_eq!(euro.plus(Money::new(2, currency("EUR"))), Some(Money::new(3, currency("EUR"))));
        assert_eq!(euro.plus(Money::new(2, currency("USD"))), None);
        assert_eq!(euro.plus(Money::new(i64::MAX, currency("EUR"))), None);
    }

    proptest! {
        #[test]
        fn amounts_come_back(minor in -LARGEST_MINOR..=LARGEST_MINOR, code in prop::sample::select(vec!["EUR", "JPY", "KWD", "CLF"])) {
            let money = Money::new(minor, currency(code));
            prop_assert_eq!(Money::from_decimal(money.decimal(), money.currency), Ok(money));
        }
    }
}
