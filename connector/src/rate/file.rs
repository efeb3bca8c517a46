//! The files of the European Central Bank: XML (`eurofxref-daily.xml`, `eurofxref-hist-90d.xml`, `eurofxref-hist.xml`) and tables
//! (`eurofxref.csv`, `eurofxref-hist.csv`), also packed, as the tables are published. A file is believed as a whole or not at all: a rate
//! that cannot be read, or the end that is missing, refuses it.

use std::io::BufRead;

use domain::{
    currency::Currency,
    day::Day,
    exchange::{self, NotARate},
};
use rust_decimal::Decimal;

use super::{Published, Reference};
use crate::file::{
    Lines, Refusal, Text, Unpacked,
    date::{self, DateOrder},
    markup::{self, Markup},
};

/// What a file may unpack to. All that was published since 1999 is a tenth of it.
const UNPACKED_BYTES: u64 = 64 << 20;
/// The longest line or element.
const ELEMENT_BYTES: usize = 64 << 10;
/// What a table writes where there is no rate.
const NO_RATE: [&str; 3] = ["", "N/A", "-"];

/// Why a file is no file of rates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRates {
    /// It cannot be read at all.
    #[error(transparent)]
    Unreadable(#[from] Refusal),
    /// It is something else.
    #[error("the file holds no exchange rates: expected XML or CSV of the European Central Bank, as it is or packed")]
    SomethingElse,
    /// It does not reach its end.
    #[error("the file is cut off")]
    CutOff,
    /// Something in it is wrong.
    #[error("line {line}: {what}")]
    Wrong {
        /// Where.
        line: u64,
        /// What.
        what: Wrong,
    },
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The day.
    #[error("that is no day")]
    Day,
    /// A rate without its day.
    #[error("the rate has no day")]
    NoDay,
    /// A rate.
    #[error("the rate {0}")]
    Rate(#[from] NotARate),
    /// Not a number.
    #[error("the rate is no number")]
    NotANumber,
    /// It has other fields than the row of names.
    #[error("the row has more or fewer fields than there are names")]
    Fields,
}

/// Reads a file of rates.
pub fn read<R: BufRead>(input: R) -> Result<Published, NotRates> {
    let text = Text::open(Unpacked::open(input, UNPACKED_BYTES)?, ELEMENT_BYTES)?;
    let published = if text.window().trim_start().starts_with('<') { xml(text)? } else { table(text)? };
    if published.references.is_empty() { Err(NotRates::SomethingElse) } else { Ok(published) }
}

impl Published {
    fn add(&mut self, code: &str, day: Day, rate: &str) -> Result<(), Wrong> {
        let rate = Decimal::from_str_exact(rate).map_err(|_| Wrong::NotANumber)?;
        let per_euro = exchange::check(rate)?;
        match Currency::from_code(code) {
            Some(currency) => self.references.push(Reference { day, currency, per_euro }),
            None => _ = self.passed.insert(code.to_owned()),
        }
        Ok(())
    }
}

/// `Cube` of a day, and in it a `Cube` for each currency.
fn xml<R: BufRead>(text: Text<R>) -> Result<Published, NotRates> {
    let mut markup = Markup::new(text);
    let mut published = Published::default();
    let mut day = None;
    let mut depth = 0_usize;
    while let Some(bytes) = markup.find_tag(false)? {
        let line = markup.line();
        let at = |what| NotRates::Wrong { line, what };
        let tag = markup.tag(bytes);
        if tag.starts_with('/') {
            depth = depth.checked_sub(1).ok_or(NotRates::CutOff)?;
        } else {
            depth += usize::from(!tag.ends_with('/'));
            if markup::name_of(tag.as_bytes()) == b"Cube" {
                let [time, code, rate] = ["time", "currency", "rate"].map(|name| markup::attribute(tag, name));
                if !time.is_empty() {
                    day = Some(day_of(time).map_err(at)?);
                }
                if !code.is_empty() {
                    let day = day.ok_or(at(Wrong::NoDay))?;
                    published.add(code, day, rate).map_err(at)?;
                }
            }
        }
        markup.leave(bytes);
    }
    if depth == 0 { Ok(published) } else { Err(NotRates::CutOff) }
}

/// `Date` and a column for each currency.
fn table<R: BufRead>(text: Text<R>) -> Result<Published, NotRates> {
    let mut lines = Lines::new(text);
    let mut published = Published::default();
    let mut codes: Vec<String> = Vec::new();
    while let Some((text, line)) = lines.next()? {
        let at = |what| NotRates::Wrong { line, what };
        let mut fields = text.split(',').map(str::trim);
        let first = fields.next().unwrap_or_default();
        if codes.is_empty() {
            if first != "Date" {
                return Err(NotRates::SomethingElse);
            }
            codes = fields.map(str::to_owned).collect();
            continue;
        }
        if first.is_empty() {
            continue;
        }
        let day = day_of(first).map_err(at)?;
        if fields.clone().count() != codes.len() {
            return Err(at(Wrong::Fields));
        }
        let rates = codes.iter().zip(fields).filter(|(code, rate)| !code.is_empty() && !NO_RATE.contains(rate));
        for (code, rate) in rates {
            published.add(code, day, rate).map_err(at)?;
        }
    }
    Ok(published)
}

/// `2026-11-20`, or as the table of a single day has it, `20 November 2026`.
fn day_of(text: &str) -> Result<Day, Wrong> {
    date::parse(text, DateOrder::YearMonthDay).map_err(|_| Wrong::Day)
}
