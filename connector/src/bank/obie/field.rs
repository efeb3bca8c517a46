//! Single fields of a row.

use std::borrow::Cow;

use domain::{
    currency::Currency,
    day::Day,
    line::SOURCE_ID_BYTES,
    money::{Money, NotMoney},
};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bank::{Currencies, Problem, Reason};

/// A field as it stands in the answer; `None` if it is missing or null.
pub(super) type Field<'a> = Option<&'a RawValue>;

/// Money, of which OBIE says the direction in another field.
#[derive(Deserialize)]
struct Amount<'a> {
    #[serde(borrow, rename = "Amount")]
    amount: Field<'a>,
    #[serde(borrow, rename = "Currency")]
    currency: Field<'a>,
}

/// The names under which an amount and its currency are reported.
const AMOUNT: &str = "Amount.Amount";
const CURRENCY: &str = "Amount.Currency";

/// What JSON says, borrowed where no character is escaped.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

pub(super) fn text<'a>(field: Field<'a>, name: &'static str) -> Result<Cow<'a, str>, Reason> {
    let raw = field.ok_or(Reason { field: name, problem: Problem::Missing })?;
    let read: Result<Text<'a>, _> = serde_json::from_str(raw.get());
    read.map(|text| text.0).map_err(|_| Reason { field: name, problem: Problem::Unreadable })
}

/// A text that nothing depends on: one that cannot be read is as good as none.
pub(super) fn optional(field: Field<'_>) -> Option<Cow<'_, str>> {
    text(field, "").ok()
}

/// An object that nothing depends on.
pub(super) fn optional_object<'a, T: Deserialize<'a>>(field: Field<'a>) -> Option<T> {
    field.and_then(|raw| serde_json::from_str(raw.get()).ok())
}

/// An id of the bank's.
pub(super) fn id<'a>(field: Field<'a>, name: &'static str) -> Result<Cow<'a, str>, Reason> {
    let id = text(field, name)?;
    let problem = if id.trim().is_empty() {
        Problem::Empty
    } else if id.len() > SOURCE_ID_BYTES {
        Problem::TooLong
    } else if id.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER) {
        Problem::Unreadable
    } else {
        return Ok(id);
    };
    Err(Reason { field: name, problem })
}

/// An id to be reported beside a reason.
pub(super) fn readable_id(field: Field<'_>) -> Option<String> {
    id(field, "").ok().map(Cow::into_owned)
}

/// The id of an account that is linked, and its currency.
pub(super) fn account<'c>(field: Field<'_>, currencies: &'c Currencies) -> Result<(&'c String, Currency), Reason> {
    let name = "AccountId";
    let id = id(field, name)?;
    let known = currencies.get_key_value(&*id);
    known.map(|(id, currency)| (id, *currency)).ok_or(Reason { field: name, problem: Problem::UnknownAccount })
}

/// An amount in the currency of its account, which must be the one it names; a debit is negative.
pub(super) fn money(amount: Field<'_>, indicator: Field<'_>, currency: Currency) -> Result<Money, Reason> {
    let raw = amount.ok_or(Reason { field: "Amount", problem: Problem::Missing })?;
    let amount: Amount<'_> =
        serde_json::from_str(raw.get()).map_err(|_| Reason { field: "Amount", problem: Problem::Unreadable })?;
    let code = text(amount.currency, CURRENCY)?;
    if code != currency.code() {
        let known = Currency::from_code(&code).is_some();
        let problem = if known { Problem::OtherCurrency } else { Problem::UnknownCurrency };
        return Err(Reason { field: CURRENCY, problem });
    }
    let unsigned = decimal(&text(amount.amount, AMOUNT)?).map_err(|problem| Reason { field: AMOUNT, problem })?;
    let name = "CreditDebitIndicator";
    let signed = match &*text(indicator, name)? {
        "Credit" => unsigned,
        "Debit" => -unsigned,
        _ => return Err(Reason { field: name, problem: Problem::UnknownCode }),
    };
    Money::from_decimal(signed, currency).map_err(|error| Reason {
        field: AMOUNT,
        problem: match error {
            NotMoney::TooManyDecimals { .. } => Problem::TooManyDecimals,
            NotMoney::TooLarge => Problem::TooLarge,
        },
    })
}

/// An amount that nothing depends on, with its currency.
pub(super) fn amount(field: Field<'_>) -> Option<(Decimal, Currency)> {
    let amount: Amount<'_> = optional_object(field)?;
    Some((decimal(&optional(amount.amount)?).ok()?, Currency::from_code(&optional(amount.currency)?)?))
}

/// A decimal without a sign: digits, and a point between digits.
fn decimal(text: &str) -> Result<Decimal, Problem> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) {
        return Err(Problem::NotAnAmount);
    }
    Decimal::from_str_exact(text).map_err(|error| match error {
        rust_decimal::Error::Underflow => Problem::TooManyDecimals,
        _ => Problem::TooLarge,
    })
}

/// The day of a moment, as it is written there: a bank books on a day of its own calendar, whatever the day in Greenwich. The time
/// and the offset behind it are not looked at.
pub(super) fn day(field: Field<'_>, name: &'static str) -> Result<Day, Reason> {
    let text = text(field, name)?;
    let date = text.split_once('T').map_or(&*text, |(date, _)| date);
    date.parse().map_err(|_| Reason { field: name, problem: Problem::NotADay })
}
