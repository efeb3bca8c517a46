//! Scalars of our own.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, SecondsFormat, Utc};

use crate::http::Code;

/// A moment in UTC, as RFC 3339 writes it, with milliseconds: `2026-11-21T09:30:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// From milliseconds of Unix time. A moment that no calendar holds becomes the epoch: rows hold none.
    pub(crate) fn from_ms(ms: i64) -> Self {
        Self(DateTime::from_timestamp_millis(ms).unwrap_or_default())
    }
}

/// A moment in UTC, as RFC 3339 writes it, with milliseconds: `2026-11-21T09:30:00.000Z`.
#[Scalar(name = "Timestamp", specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for Timestamp {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let moment = DateTime::parse_from_rfc3339(text)
            .map_err(|_| InputValueError::custom("must be a moment, such as 2026-11-21T09:30:00Z"))?;
        Ok(Self(moment.to_utc()))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// A place in a household's events. Opaque: give it back to go on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor(pub(crate) i64);

/// A place in a household's events. Opaque: give it back to go on from there.
#[Scalar(name = "Cursor")]
impl ScalarType for Cursor {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let seq =
            text.strip_prefix("evt_").and_then(|digits| i64::from_str_radix(digits, 36).ok()).filter(|seq| *seq >= 0);
        // The library does not say which argument it parses; every cursor is one that is given as `after`.
        let refusal = || InputValueError::custom("must be a cursor that an event came with");
        seq.map(Self)
            .ok_or_else(|| refusal().with_extension("code", Code::Invalid.as_str()).with_extension("field", "after"))
    }

    fn to_value(&self) -> Value {
        Value::String(format!("evt_{}", base36(self.0)))
    }
}

/// An input that is checked where the name of its field is known: the library does not tell a scalar which argument it parses.
type Checked<T> = std::result::Result<T, &'static str>;

/// Declares a scalar that is a text outside, and whose input is checked by `read` in the resolver.
macro_rules! checked_scalar {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $graphql:literal, $refusal:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct $name(Checked<$inner>);

        impl $name {
            /// What was given in a field, if it is one.
            pub(crate) fn read(self, field: &'static str) -> service::Result<$inner> {
                self.0.map_err(|reason| service::Error::invalid(field, reason))
            }
        }

        impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self(Ok(value))
            }
        }

        $(#[$doc])*
        #[Scalar(name = $graphql)]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                Ok(Self(match value {
                    Value::String(text) => text.parse().map_err(|_| $refusal),
                    Value::Number(number) if number.is_i64() => number.to_string().parse().map_err(|_| $refusal),
                    _ => Err($refusal),
                }))
            }

            fn to_value(&self) -> Value {
                self.0.map_or(Value::Null, |value| Value::String(value.to_string()))
            }
        }
    };
}

checked_scalar!(
    /// An exact decimal number, as a string: `"18.50"`. Never a float.
    Decimal,
    rust_decimal::Decimal,
    "Decimal",
    "must be a decimal number as a string, such as \"18.50\""
);
checked_scalar!(
    /// A calendar day: `2026-11-21`.
    Date,
    domain::day::Day,
    "Date",
    "must be a day between 1900-01-01 and 2200-12-31, such as 2026-11-21"
);
checked_scalar!(
    /// A calendar month: `2026-11`.
    Month,
    domain::day::Month,
    "Month",
    "must be a month between 1900-01 and 2200-12, such as 2026-11"
);

fn base36(number: i64) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit(u32::try_from(rest % 36).unwrap_or(0), 36).unwrap_or('0'));
        rest /= 36;
        if rest == 0 {
            return digits.iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back() {
        for seq in [0, 1, 35, 36, 1_000_000, i64::MAX] {
            assert_eq!(Cursor::parse(Cursor(seq).to_value()).ok(), Some(Cursor(seq)));
        }
        for wrong in ["", "1", "evt_", "evt_-1", "evt_zzzzzzzzzzzzzzz"] {
            assert!(Cursor::parse(Value::String(wrong.to_owned())).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused_where_its_field_is_known() {
        let read =
            |value: Value| Decimal::parse(value).expect("parses").read("amount").map(|amount| amount.to_string());
        assert_eq!(read(Value::String("18.50".into())).ok().as_deref(), Some("18.50"));
        assert_eq!(read(Value::Number(7.into())).ok().as_deref(), Some("7"));
        for wrong in [Value::Null, Value::String("1,5".into()), Value::String(String::new()), Value::Boolean(true)] {
            assert!(matches!(read(wrong), Err(service::Error::Invalid { field: "amount", .. })));
        }
        let float = serde_json::Number::from_f64(0.1).expect("a float");
        assert!(read(Value::Number(float)).is_err(), "a float is not exact");
        let day = Date::parse(Value::String("2026-02-30".into())).expect("parses");
        assert!(matches!(day.read("from"), Err(service::Error::Invalid { field: "from", .. })));
    }

    #[test]
    fn timestamps_are_utc_with_milliseconds() {
        assert_eq!(Timestamp::from_ms(1_795_231_800_123).to_value(), Value::String("2026-11-21T03:30:00.123Z".into()));
        assert!(Timestamp::parse(Value::String("yesterday".into())).is_err());
        assert_eq!(
            Timestamp::parse(Value::String("2026-11-21T05:10:00.123+01:00".into())).ok(),
            Some(Timestamp::from_ms(1_795_234_200_123))
        );
    }
}
