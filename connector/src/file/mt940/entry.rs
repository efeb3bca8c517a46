//! The fields with days and amounts: `:61:`, a row, and `:62F:` and the like, a balance.

use domain::{
    currency::Currency,
    day::{Day, NotADay},
    money::Money,
};
use rust_decimal::Decimal;

use super::super::{
    Field, Reason,
    amount::{self, DecimalMark},
};

/// What `:61:` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The day of booking; where none is written, the day from which interest counts.
    pub(super) day: Day,
    /// Positive for money in.
    pub(super) amount: Decimal,
    /// Whether the bank only expects it.
    pub(super) is_expected: bool,
    /// The reference of whoever gave the order, or what the bank writes there; empty if it means nothing.
    pub(super) reference: String,
    /// The bank's own reference.
    pub(super) bank_reference: String,
    /// What stands on the lines below.
    pub(super) more: String,
}

/// Words that banks write where there is no reference.
const NO_REFERENCE: [&str; 10] =
    ["NONREF", "NOREF", "NOTPROVIDED", "NOT PROVIDED", "EREF", "KREF", "KREF+", "EREF+", "MARF", "PREF"];

/// Whether a reference says nothing.
pub(super) fn is_nothing(reference: &str) -> bool {
    reference.len() < 2 || NO_REFERENCE.iter().any(|word| reference.eq_ignore_ascii_case(word))
}

/// Takes so many digits off the beginning.
fn digits(text: &str, count: usize) -> Option<(&str, &str)> {
    let (taken, rest) = text.split_at_checked(count)?;
    taken.bytes().all(|byte| byte.is_ascii_digit()).then_some((taken, rest))
}

fn number(text: &str, at: usize) -> u32 {
    text.get(at..at + 2).and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// A year of two digits: statements are of the past.
fn year(text: &str) -> i32 {
    let year = i32::try_from(number(text, 0)).unwrap_or(0);
    if year < 80 { 2000 + year } else { 1900 + year }
}

/// The day of booking is written without its year: it is the one that lies nearest to the day of interest.
fn booked(value: &str, entry: Option<&str>) -> Result<Day, NotADay> {
    let value_month = number(value, 2);
    let written = entry.map(|entry| (number(entry, 0), number(entry, 2)));
    let Some((month, day)) = written.filter(|(month, day)| (1..=12).contains(month) && (1..=31).contains(day)) else {
        return Day::from_ymd(year(value), value_month, number(value, 4));
    };
    let turn = match (value_month, month) {
        (value, month) if value + 6 < month => -1,
        (value, month) if month + 6 < value => 1,
        _ => 0,
    };
    Day::from_ymd(year(value) + turn, month, day)
}

/// The sign of a mark, what follows it, and whether the booking is only expected. A reversed credit goes out.
fn mark(text: &str) -> Option<(bool, bool, &str)> {
    const MARKS: [(&str, bool, bool); 8] = [
        ("RC", false, false),
        ("RD", true, false),
        ("EC", true, true),
        ("ED", false, true),
        ("CR", true, false),
        ("DR", false, false),
        ("C", true, false),
        ("D", false, false),
    ];
    let found =
        MARKS.iter().find(|(word, ..)| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word)));
    found.map(|(word, is_in, is_expected)| (*is_in, *is_expected, &text[word.len()..]))
}

/// An amount: its comma stands before cents, however many digits follow.
fn size(text: &str) -> Option<(Decimal, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.').unwrap_or(text.len());
    let (body, rest) = text.split_at(end);
    let mark = if body.contains(',') { DecimalMark::Comma } else { DecimalMark::Point };
    Some((amount::parse(body, mark)?.size, rest))
}

/// Reads `:61:`.
pub(super) fn entry(text: &str) -> Result<Entry, (Field, Reason)> {
    let (first, more) = text.split_once('\n').unwrap_or((text, ""));
    let (value, rest) = digits(first.trim_start(), 6).ok_or((Field::Day, NotADay.into()))?;
    let rest = rest.trim_start();
    let (entry, rest) = digits(rest, 4).map_or((None, rest), |(entry, rest)| (Some(entry), rest));
    let day = booked(value, entry).map_err(|error| (Field::Day, error.into()))?;
    let (is_in, is_expected, rest) = mark(rest.trim_start()).ok_or((Field::Amount, Reason::NoDirection))?;
    // The third letter of the currency may stand before the amount.
    let rest = rest.trim_start();
    let rest = rest.strip_prefix(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest);
    let (size, rest) = size(rest.trim_start()).ok_or((Field::Amount, Reason::NotAnAmount))?;
    // A letter and three signs say what kind it is.
    let references = rest.char_indices().nth(4).map_or("", |(at, _)| &rest[at..]);
    let (reference, bank_reference) = references.split_once("//").unwrap_or((references, ""));
    // Where a bank fills the reference up with spaces, the name of the other side follows.
    let (reference, name) = reference.split_once("  ").unwrap_or((reference, ""));
    let mut lines = vec![name.trim()];
    lines.extend(more.lines().map(str::trim));
    lines.retain(|line| !line.is_empty());
    let known = |reference: &str| if is_nothing(reference) { String::new() } else { reference.to_owned() };
    Ok(Entry {
        day,
        amount: if is_in { size } else { -size },
        is_expected,
        reference: known(reference.trim()),
        bank_reference: known(bank_reference.trim()),
        more: lines.join(" "),
    })
}

/// What a balance says.
pub(super) struct Balance {
    amount: Decimal,
    day: Option<Day>,
}

/// Takes the mark and the day of a balance off.
fn balance_head(text: &str) -> Option<(bool, &str, &str)> {
    let text = text.trim_start();
    let (is_in, _, rest) = mark(text)?;
    let (day, rest) = digits(rest.trim_start(), 6)?;
    Some((is_in, day, rest.trim_start()))
}

/// The currency with which a text begins.
pub(super) fn leading_currency(text: &str) -> Option<&str> {
    let code = text.trim_start().get(..3)?;
    code.bytes().all(|byte| byte.is_ascii_uppercase()).then_some(code)
}

/// The currency of a balance.
pub(super) fn currency(text: &str) -> Option<&str> {
    leading_currency(balance_head(text)?.2)
}

impl Balance {
    /// Reads `:62F:`.
    pub(super) fn of(text: &str) -> Result<Self, Reason> {
        let first = text.lines().next().unwrap_or_default();
        let (is_in, day, rest) = balance_head(first).ok_or(Reason::NotAnAmount)?;
        let rest = leading_currency(rest).map_or(rest, |code| &rest[code.len()..]);
        let (size, _) = size(rest.trim_start()).ok_or(Reason::NotAnAmount)?;
        Ok(Self { amount: if is_in { size } else { -size }, day: booked(day, None).ok() })
    }

    /// How much it is, and of which day.
    pub(super) fn money(&self, currency: Currency) -> Result<(Money, Option<Day>), Reason> {
        Ok((Money::from_decimal(self.amount, currency)?, self.day))
    }
}
