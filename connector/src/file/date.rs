//! Days as banks write them.

use domain::day::{Day, NotADay};
use serde::{Deserialize, Serialize};

/// In which order a day of numbers is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// `21/11/2026`
    DayMonthYear,
    /// `11/21/2026`
    MonthDayYear,
    /// `2026-11-21`; also what is written when every day names its month.
    YearMonthDay,
    /// `46347`: the number of the day, as spreadsheets keep it.
    Serial,
}

/// What spreadsheets call the first of January 1970.
const SERIAL_OF_1970: i32 = 25_569;

/// What one text says of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The year stands first, or the month has a name: it is read the same in any order.
    Plain,
    /// Only this one makes a day of it.
    Only(DateOrder),
    /// Written with points, as in German: the day stands first.
    Points,
    /// It may be either.
    Either,
}

/// The first letters of months in English, German, French, Spanish, Portuguese, Italian, Dutch, the languages of Scandinavia,
/// Polish and Romanian; `jui` is told apart by the next one.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "gen", "sty", "ian"],
    &["feb", "fev", "fév", "lut"],
    &["mar", "mär", "mrt", "maa"],
    &["apr", "avr", "abr", "kwi"],
    &["may", "mai", "maj", "mei", "mag"],
    &["jun", "juin", "giu", "cze", "iun"],
    &["jul", "juil", "lug", "lip", "iul"],
    &["aug", "ago", "aou", "aoû", "sie"],
    &["sep", "set", "wrz"],
    &["oct", "okt", "out", "ott", "paz", "paź"],
    &["nov", "lis", "noi"],
    &["dec", "dez", "dic", "déc", "des", "gru"],
];

fn month_of(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    let index = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    u32::try_from(index + 1).ok()
}

/// The parts of a day in the order in which they are written.
#[derive(Debug, PartialEq, Eq)]
enum Written {
    /// Year, month and day are known.
    Known(i32, u32, u32),
    /// Two small numbers and a year, with what stands between them.
    Open(u32, u32, i32, char),
}

fn year_of(digits: &str) -> Option<i32> {
    let year: i32 = digits.parse().ok()?;
    match digits.len() {
        4 => Some(year),
        // Statements are of the past: a year is of this century unless it would be far ahead.
        2 => Some(if year < 80 { 2000 + year } else { 1900 + year }),
        _ => None,
    }
}

/// Eight digits in a row.
fn compact(digits: &str) -> Option<Written> {
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u32>().ok();
    let year = digits.get(..4)?.parse::<i32>().ok()?;
    if (1900..=2200).contains(&year) && number(4..6)? <= 12 {
        return Some(Written::Known(year, number(4..6)?, number(6..8)?));
    }
    Some(Written::Open(number(0..2)?, number(2..4)?, digits.get(4..8)?.parse().ok()?, ' '))
}

/// A day as most are: `2026-11-21`, `21/11/2026`, `11.21.2026`. `None`: it is to be looked at more closely.
fn plain(text: &str) -> Option<Written> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    let number = |range: std::ops::Range<usize>| {
        bytes[range]
            .iter()
            .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| 10 * number + u32::from(byte - b'0')))
    };
    let is_mark = |first: u8, second: u8| first == second && matches!(first, b'-' | b'/' | b'.');
    if is_mark(bytes[4], bytes[7]) {
        return Some(Written::Known(i32::try_from(number(0..4)?).ok()?, number(5..7)?, number(8..10)?));
    }
    let year = i32::try_from(number(6..10)?).ok()?;
    is_mark(bytes[2], bytes[5]).then_some(Written::Open(number(0..2)?, number(3..5)?, year, char::from(bytes[2])))
}

fn written(text: &str) -> Option<Written> {
    plain(text).or_else(|| closely(text))
}

fn closely(text: &str) -> Option<Written> {
    let text = text.trim().trim_matches(['\'', '"']);
    let mut pieces: [&str; 3] = [""; 3];
    let mut count = 0;
    let mut between = ' ';
    let mut rest = text;
    while count < 3 && !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let length = if digits > 0 { digits } else { rest.len() - rest.trim_start_matches(char::is_alphabetic).len() };
        if length == 0 {
            return None;
        }
        let piece = &rest[..length];
        rest = &rest[length..];
        // A weekday before the day says nothing.
        let is_weekday = digits == 0 && count == 0 && month_of(piece).is_none();
        if !is_weekday {
            pieces[count] = piece;
            count += 1;
            between = rest.chars().next().filter(|_| count == 1).unwrap_or(between);
        }
        if count == 1 && piece.len() == 8 && digits == 8 {
            return is_end(rest).then(|| compact(piece)).flatten();
        }
        if count < 3 {
            rest = rest.trim_start_matches(['-', '/', '.', ' ', ',', '\u{a0}', '年', '月']);
        }
    }
    if count < 3 || !is_end(rest) {
        return None;
    }
    arranged(pieces, between)
}

/// Whether a day may end here: at the end, or before a time.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with([' ', 'T', 't', ',', '\u{a0}', '.', '日'])
}

fn arranged([first, second, third]: [&str; 3], between: char) -> Option<Written> {
    let is_number = |piece: &str| piece.bytes().all(|byte| byte.is_ascii_digit());
    let small = |piece: &str| (piece.len() <= 2).then(|| piece.parse::<u32>().ok()).flatten();
    if !is_number(second) {
        return Some(Written::Known(year_of(third)?, month_of(second)?, small(first)?));
    }
    if !is_number(first) {
        return Some(Written::Known(year_of(third)?, month_of(first)?, small(second)?));
    }
    if first.len() == 4 {
        return Some(Written::Known(year_of(first)?, small(second)?, small(third)?));
    }
    Some(Written::Open(small(first)?, small(second)?, year_of(third)?, between))
}

/// A day in an order; a time behind it is left out.
pub(crate) fn parse(text: &str, order: DateOrder) -> Result<Day, NotADay> {
    if order == DateOrder::Serial
        && let Some(number) = serial(text)
    {
        return Day::from_number(Day::from_ymd(1970, 1, 1)?.number() + number - SERIAL_OF_1970);
    }
    match written(text).ok_or(NotADay)? {
        Written::Known(year, month, day) => Day::from_ymd(year, month, day),
        Written::Open(day, month, year, _) if order == DateOrder::DayMonthYear => Day::from_ymd(year, month, day),
        Written::Open(month, day, year, _) if order == DateOrder::MonthDayYear => Day::from_ymd(year, month, day),
        // 26-11-21: a year of two digits in front. What has four behind is written otherwise.
        Written::Open(year, month, _, _) => {
            let year = i32::try_from(year).map_err(|_| NotADay)?;
            let day = short_end(text).ok_or(NotADay)?;
            Day::from_ymd(2000 + year, month, day)
        }
    }
}

/// Three numbers of two digits at most.
fn short_parts(text: &str) -> Option<[u32; 3]> {
    let text = text.trim().trim_matches(['\'', '"']);
    let end = text.find([' ', 'T']).unwrap_or(text.len());
    let mut parts =
        text[..end].split(['-', '/', '.']).map(|part| (part.len() <= 2).then(|| part.parse().ok()).flatten());
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

/// The last of them, which is the day where the year stands first.
fn short_end(text: &str) -> Option<u32> {
    short_parts(text).map(|[.., last]| last)
}

/// Whether days of three short numbers have their year in front: it is the same or the next in all of them, while what stands last goes through
/// a month. With few days it may be either.
pub(super) fn has_short_year_first<'a>(days: impl Iterator<Item = &'a str>) -> bool {
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for day in days {
        let Some([front, _, end]) = short_parts(day) else { return false };
        first.push(front);
        last.push(end);
    }
    for numbers in [&mut first, &mut last] {
        numbers.sort_unstable();
        numbers.dedup();
    }
    let is_year = first.last().zip(first.first()).is_some_and(|(most, least)| *least >= 15 && most - least <= 1);
    is_year && last.len() > first.len() + 1 && last.last().is_some_and(|most| *most <= 31)
}

/// Whether a text may be a day as a spreadsheet keeps it, from 1954 to 2119; a time behind it is a fraction.
pub(super) fn is_serial(text: &str) -> bool {
    serial(text).is_some_and(|number| (20_000..80_000).contains(&number))
}

fn serial(text: &str) -> Option<i32> {
    let (days, time) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    (days.len() == 5 && is_number(days) && is_number(time)).then(|| days.parse().ok()).flatten()
}

/// What a text says of the order; `None` if it is no day in any.
pub(super) fn evidence(text: &str) -> Option<Order> {
    match written(text)? {
        Written::Known(year, month, day) => {
            ((1..=12).contains(&month) && (1..=31).contains(&day) && year > 1000).then_some(Order::Plain)
        }
        Written::Open(first, second, year, between) => {
            let possible = |month, day| Day::from_ymd(year, month, day).is_ok();
            match (possible(second, first), possible(first, second)) {
                (true, true) if between == '.' => Some(Order::Points),
                (true, true) => Some(Order::Either),
                (true, false) => Some(Order::Only(DateOrder::DayMonthYear)),
                (false, true) => Some(Order::Only(DateOrder::MonthDayYear)),
                // Two numbers and a year that are no day, such as 30/02/2026, still are meant as one.
                (false, false) => {
                    let likely =
                        (1..=31).contains(&first) && (1..=31).contains(&second) && (1900..=2200).contains(&year);
                    likely.then_some(Order::Either)
                }
            }
        }
    }
}

/// The order of a file by all of its days, those in `rows` being one of each row; and whether they prove it.
pub(super) fn order_of<'a>(
    days: impl Iterator<Item = &'a str>,
    rows: impl Iterator<Item = &'a str>,
    month_first_is_likely: bool,
) -> (DateOrder, bool) {
    let orders: Vec<Order> = days.filter_map(evidence).collect();
    let count = |wanted| orders.iter().filter(|order| **order == wanted).count();
    let day_first = count(Order::Only(DateOrder::DayMonthYear));
    let month_first = count(Order::Only(DateOrder::MonthDayYear));
    let rows: Vec<&str> = rows.collect();
    if has_short_year_first(rows.iter().copied()) {
        return (DateOrder::YearMonthDay, false);
    }
    if day_first + month_first > 0 {
        let order = if day_first >= month_first { DateOrder::DayMonthYear } else { DateOrder::MonthDayYear };
        return (order, day_first == 0 || month_first == 0);
    }
    if count(Order::Points) > 0 {
        return (DateOrder::DayMonthYear, true);
    }
    if count(Order::Either) == 0 {
        return (DateOrder::YearMonthDay, !orders.is_empty());
    }
    // Rows are written in the order of time: that speaks for one order, and proves none.
    let (mut as_day_first, mut as_month_first) = (Vec::new(), Vec::new());
    for day in rows {
        as_day_first.extend(parse(day, DateOrder::DayMonthYear));
        as_month_first.extend(parse(day, DateOrder::MonthDayYear));
    }
    let is_sorted = |days: &[Day]| days.is_sorted() || days.is_sorted_by(|first, second| first >= second);
    let order = match (is_sorted(&as_day_first), is_sorted(&as_month_first)) {
        (true, false) => DateOrder::DayMonthYear,
        (false, true) => DateOrder::MonthDayYear,
        _ if month_first_is_likely => DateOrder::MonthDayYear,
        _ => DateOrder::DayMonthYear,
    };
    (order, false)
}

/// A day in whatever form, if it can only be one.
pub(super) fn alone(text: &str) -> Option<Day> {
    let order = match evidence(text)? {
        Order::Plain => DateOrder::YearMonthDay,
        Order::Only(order) => order,
        Order::Points => DateOrder::DayMonthYear,
        Order::Either => return None,
    };
    parse(text, order).ok()
}

/// A day of OFX: `20261121`, `20261121093000.000[-5:EST]`. The day is the one that is written, in the zone that is written with it: that is
/// the bank's day of booking.
pub(super) fn ofx(text: &str) -> Result<Day, NotADay> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &text[digits..];
    let plain = digits == 8 || (10..=14).contains(&digits);
    if plain && (rest.is_empty() || rest.starts_with(['.', '[', ' ', ',', '+', '-', ':'])) {
        let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().map_err(|_| NotADay);
        let year = i32::try_from(number(0..4)?).map_err(|_| NotADay)?;
        return Day::from_ymd(year, number(4..6)?, number(6..8)?);
    }
    // Some write 2026-11-21.
    if text.get(4..5) == Some("-") { parse(text, DateOrder::YearMonthDay) } else { Err(NotADay) }
}

/// A day of XML: `2026-11-21`, `2026-11-21+01:00`, `2026-11-21T23:59:59Z`. The day is the one that is written, in the zone that is written with
/// it: that is the bank's day. In another form it counts if it can only be one.
pub(super) fn xml(text: &str) -> Result<Day, NotADay> {
    if text.get(4..5) != Some("-") {
        return alone(text).ok_or(NotADay);
    }
    let day = text.get(..10).unwrap_or(text);
    let is_end = text[day.len()..].bytes().next().is_none_or(|next| b"Tt +-Zz".contains(&next));
    if is_end { parse(day, DateOrder::YearMonthDay) } else { Err(NotADay) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    #[test]
    fn days_are_read_as_banks_write_them() {
        use DateOrder::{DayMonthYear, MonthDayYear, Serial, YearMonthDay};
        for (text, order, expected) in [
            ("2026-11-05", DayMonthYear, "2026-11-05"),
            ("2026/11/05", MonthDayYear, "2026-11-05"),
            ("20261105", DayMonthYear, "2026-11-05"),
            ("05112026", DayMonthYear, "2026-11-05"),
            ("05/11/2026", DayMonthYear, "2026-11-05"),
            ("11/05/2026", MonthDayYear, "2026-11-05"),
            ("5.11.26", DayMonthYear, "2026-11-05"),
            ("5 Nov 2026", YearMonthDay, "2026-11-05"),
            ("12-Dec-2019", YearMonthDay, "2019-12-12"),
            ("Nov 5, 2026", YearMonthDay, "2026-11-05"),
            ("Thu, 5 November 2026", YearMonthDay, "2026-11-05"),
            ("05/11/2026 13:45", DayMonthYear, "2026-11-05"),
            ("2026-11-05T13:45:00.123Z", DayMonthYear, "2026-11-05"),
            ("5 août 2026", DayMonthYear, "2026-08-05"),
            ("15. März 2026", DayMonthYear, "2026-03-15"),
            ("14 juil. 2026", DayMonthYear, "2026-07-14"),
            ("'05/11/2026", DayMonthYear, "2026-11-05"),
            ("05Nov2026", YearMonthDay, "2026-11-05"),
            ("2026-11-05 13:45:00 EST", DayMonthYear, "2026-11-05"),
            ("2026-11-05T23:45:00+13:00", DayMonthYear, "2026-11-05"),
            ("2026.11.05.", DayMonthYear, "2026-11-05"),
            ("5. maj 2026", DayMonthYear, "2026-05-05"),
            ("46331", Serial, "2026-11-05"),
            ("46331.5729", Serial, "2026-11-05"),
        ] {
            assert_eq!(parse(text, order), Ok(day(expected)), "{text}");
        }
        assert_eq!(parse("26-11-05", YearMonthDay), Ok(day("2026-11-05")));
        assert_eq!(parse("02/07/2024", YearMonthDay), Err(NotADay));
        for wrong in
            ["", "30/02/2026", "Pending", "2026", "12,34", "1.234,56", "05/11", "05/11/2026x", "1/1/1", "99/99/9999"]
        {
            assert_eq!(parse(wrong, DayMonthYear), Err(NotADay), "{wrong}");
        }
    }

    #[test]
    fn the_order_is_found_where_it_is_clear() {
        use DateOrder::{DayMonthYear, MonthDayYear};
        for (text, order) in [
            ("21/11/2026", Some(Order::Only(DayMonthYear))),
            ("11/21/2026", Some(Order::Only(MonthDayYear))),
            ("11/12/2026", Some(Order::Either)),
            ("11.12.2026", Some(Order::Points)),
            ("2026-11-12", Some(Order::Plain)),
            ("12 Nov 2026", Some(Order::Plain)),
            ("1111/11/11", Some(Order::Plain)),
            ("30/02/2026", Some(Order::Either)),
            ("-33.50", None),
            ("12.50", None),
            ("1234.56", None),
            ("Coffee", None),
            ("06-0600-0123456-00", None),
        ] {
            assert_eq!(evidence(text), order, "{text}");
        }
    }

    #[test]
    fn a_short_year_in_front_shows_in_all_days_together() {
        let is_first = |days: &[&str]| has_short_year_first(days.iter().copied());
        assert!(is_first(&["26-11-18", "26-11-17", "26-11-02"]));
        assert!(is_first(&["25.12.30", "26.01.02", "26.01.09", "26.01.11"]));
        // The statement of a day, and days with their year behind.
        assert!(!is_first(&["26-11-18", "26-11-18"]));
        assert!(!is_first(&["18.11.26", "17.11.26", "02.11.26"]));
        assert!(!is_first(&["26/11/2026", "27/11/2026", "28/11/2026"]));
    }

    #[test]
    fn days_of_ofx_are_the_ones_written() {
        for (text, expected) in [
            ("20261121", "2026-11-21"),
            ("20140717000000[-5:EST]", "2014-07-17"),
            ("20170308020026.712[-5:EST]", "2017-03-08"),
            ("201708291200", "2017-08-29"),
            (" 20091009080000 ", "2009-10-09"),
            ("2026-11-21", "2026-11-21"),
        ] {
            assert_eq!(ofx(text), Ok(day(expected)), "{text}");
        }
        for wrong in ["", "201120000000", "20260230", "2026", "30/06/2025", "00000000", "é", "20261é"] {
            assert_eq!(ofx(wrong), Err(NotADay), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_day_or_not(text in "\\PC{0,30}") {
            let _ = (ofx(&text), xml(&text), evidence(&text), parse(&text, DateOrder::YearMonthDay));
        }

        #[test]
        fn what_is_plain_is_read_as_by_a_closer_look(text in "[0-9]{2}[0-9]{0,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2}[0-9]{0,2}") {
            if let Some(plain) = plain(&text) {
                prop_assert_eq!(Some(plain), closely(&text));
            }
        }

        #[test]
        fn days_come_back(number in Day::FIRST.number()..=Day::LAST.number()) {
            let day = Day::from_number(number).expect("a day");
            let date = day.date();
            prop_assert_eq!(parse(&date.format("%d/%m/%Y").to_string(), DateOrder::DayMonthYear), Ok(day));
            prop_assert_eq!(parse(&date.format("%m/%d/%Y").to_string(), DateOrder::MonthDayYear), Ok(day));
            prop_assert_eq!(parse(&date.format("%e %B %Y").to_string(), DateOrder::MonthDayYear), Ok(day));
            prop_assert_eq!(xml(&date.format("%Y-%m-%dT00:00:00+02:00").to_string()), Ok(day));
            prop_assert_eq!(ofx(&date.format("%Y%m%d120000[-5:EST]").to_string()), Ok(day));
        }
    }
}
