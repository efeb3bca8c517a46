//! Finds out how the days and amounts of a file are written.

use domain::{account::AccountKind, currency::Currency};

use super::{
    super::{
        Options, amount,
        csv::{CsvMapping, Positive},
        date::{self, DateOrder},
    },
    Section, day, header_words,
};

/// How a file is read, by its beginning.
pub(super) fn mapping(sample: &str, is_whole: bool, options: &Options) -> CsvMapping {
    let seen = Seen::of(sample, is_whole);
    let days = || seen.days.iter().map(String::as_str);
    let amounts = || seen.amounts.iter().copied();
    let (date_order, date_order_certain) =
        seen.told.map_or_else(|| date::order_of(days(), days(), options.is_american()), |order| (order, true));
    let (decimal_mark, decimal_mark_certain) = amount::mark_of(amounts());
    let currency = amounts().find_map(amount::symbol_of);
    let is_negative = |text| amount::parse(text, decimal_mark).is_some_and(|amount| amount.signed().is_sign_negative());
    let has_minus = amounts().any(is_negative);
    // Some banks write what is spent with a card without a minus, and leave out what was paid to it.
    let is_card = options.kind == Some(AccountKind::CreditCard) || seen.is_card;
    let positive = if is_card && !has_minus { Positive::Out } else { Positive::In };
    CsvMapping {
        delimiter: '\n',
        skip_lines: 0,
        columns: Vec::new(),
        date_order,
        date_order_certain,
        decimal_mark,
        decimal_mark_certain,
        positive,
        positive_certain: has_minus,
        currency: currency.or_else(|| options.currency.as_ref().map(Currency::code)).map(str::to_owned),
    }
}

/// The days and amounts of a sample.
#[derive(Default)]
struct Seen<'a> {
    days: Vec<String>,
    amounts: Vec<&'a str>,
    /// `!Option:MDY`
    told: Option<DateOrder>,
    /// Whether rows are a card's.
    is_card: bool,
}

impl<'a> Seen<'a> {
    fn of(sample: &'a str, is_whole: bool) -> Self {
        let end = if is_whole { sample.len() } else { sample.rfind(['\n', '\r']).unwrap_or(0) };
        let mut seen = Self::default();
        let mut section = Section::Rows(String::new());
        let mut buffer = String::new();
        for line in sample[..end].split(['\n', '\r']).map(str::trim) {
            if line.starts_with('!') {
                section = Section::of(line, &section);
                seen.told = seen.told.or_else(|| told(line));
                seen.is_card |= section == Section::Rows("ccard".to_owned());
                continue;
            }
            let Some((letter, value)) = line.split_at_checked(1) else { continue };
            match (&section, letter) {
                (Section::Rows(_) | Section::Trades, "D") => seen.days.push(day::plain(value, &mut buffer).to_owned()),
                (Section::Rows(_) | Section::Trades, "T" | "U" | "$") => seen.amounts.push(value),
                _ => {}
            }
        }
        seen
    }
}

fn told(header: &str) -> Option<DateOrder> {
    let (word, value) = header_words(header);
    match (word.as_str(), value.as_str()) {
        ("option", "mdy") => Some(DateOrder::MonthDayYear),
        ("option", "dmy") => Some(DateOrder::DayMonthYear),
        ("option", "ymd") => Some(DateOrder::YearMonthDay),
        _ => None,
    }
}
