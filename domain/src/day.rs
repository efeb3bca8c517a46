//! Calendar days and months, without a time zone: a bank books on a day, not at a moment.

use std::{fmt, str::FromStr};

pub use chrono::Weekday;
use chrono::{DateTime, Datelike, NaiveDate};
use chrono_tz::Tz;
pub use chrono_tz::UTC;

/// A calendar day, as the number of days since 1970-01-01: what the rows hold. Made only for days between [`Day::FIRST`] and
/// [`Day::LAST`], so a typing error of a century is found where it enters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// Why a text or a number is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a day between 1900-01-01 and 2200-12-31, such as 2026-11-21")]
pub struct NotADay;

/// 1970-01-01 as chrono counts days from the year 1.
const EPOCH_FROM_CE: i32 = 719_163;

impl Day {
    /// 1900-01-01.
    pub const FIRST: Self = Self(-25_567);
    /// 2200-12-31.
    pub const LAST: Self = Self(84_370);

    /// The day of a row.
    pub const fn from_number(number: i32) -> Result<Self, NotADay> {
        if number < Self::FIRST.0 || number > Self::LAST.0 { Err(NotADay) } else { Ok(Self(number)) }
    }

    /// The day of a row, which was checked when it was written: one that is outside is moved to the border.
    #[must_use]
    pub fn of_row(number: i32) -> Self {
        Self(number.clamp(Self::FIRST.0, Self::LAST.0))
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// A day of the calendar.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Result<Self, NotADay> {
        NaiveDate::from_ymd_opt(year, month, day).ok_or(NotADay).and_then(Self::from_date)
    }

    /// From chrono's form.
    pub fn from_date(date: NaiveDate) -> Result<Self, NotADay> {
        Self::from_number(date.num_days_from_ce() - EPOCH_FROM_CE)
    }

    /// As chrono's form.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(self.0 + EPOCH_FROM_CE).unwrap_or(NaiveDate::MIN)
    }

    /// The day that it is somewhere at a moment, given in milliseconds of Unix time.
    #[must_use]
    pub fn at(now_ms: i64, zone: Tz) -> Self {
        let moment = DateTime::from_timestamp_millis(now_ms).unwrap_or_default().with_timezone(&zone);
        Self::of_row(moment.date_naive().num_days_from_ce() - EPOCH_FROM_CE)
    }

    /// So many days later, or earlier; stays within the borders.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self::of_row(self.0.saturating_add(days))
    }

    /// Days from another one to this one.
    #[must_use]
    pub const fn since(self, other: Self) -> i32 {
        self.0 - other.0
    }

    /// Business days from another one to this one: Monday to Friday, whatever is celebrated. What lies on a weekend counts as its
    /// Friday, so a Monday is one day after the Saturday before it, and a Saturday none after its Friday.
    #[must_use]
    pub const fn business_days_since(self, other: Self) -> i32 {
        self.business_number() - other.business_number()
    }

    /// Business days up to this one, itself included, from a Monday on.
    const fn business_number(self) -> i32 {
        // 1970-01-01 was a Thursday.
        let from_monday = self.0 + 3;
        let of_week = from_monday.rem_euclid(7) + 1;
        from_monday.div_euclid(7) * 5 + if of_week < 5 { of_week } else { 5 }
    }

    /// Its month.
    #[must_use]
    pub fn month(self) -> Month {
        let date = self.date();
        Month(date.year() * 12 + date.month0().cast_signed())
    }

    /// Its number in its month, from 1 on.
    #[must_use]
    pub fn of_month(self) -> u8 {
        u8::try_from(self.date().day()).unwrap_or(1)
    }

    /// Its day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        self.date().weekday()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date().format("%Y-%m-%d"))
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = NotADay;

    /// `2026-11-21`, and nothing around it.
    fn from_str(text: &str) -> Result<Self, NotADay> {
        let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date = plain.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
        date.ok_or(NotADay).and_then(Self::from_date)
    }
}

/// A calendar month, as `year × 12 + month − 1`: what the rows hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

/// Why a text is no month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a month between 1900-01 and 2200-12, such as 2026-11")]
pub struct NotAMonth;

impl Month {
    /// The month of a row.
    #[must_use]
    pub fn of_row(number: i32) -> Self {
        Self(number.clamp(Day::FIRST.month().0, Day::LAST.month().0))
    }

    /// What the row holds.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// The month of the year, from 1.
    #[must_use]
    pub fn month(self) -> u32 {
        self.0.rem_euclid(12).unsigned_abs() + 1
    }

    /// So many months later, or earlier; stays within the borders.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self::of_row(self.0.saturating_add(months))
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Day {
        Day::from_ymd(self.year(), self.month(), 1).unwrap_or(Day::FIRST)
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> Day {
        self.first_day().plus(self.days() - 1)
    }

    /// How many days it has.
    #[must_use]
    pub fn days(self) -> i32 {
        match self.month() {
            4 | 6 | 9 | 11 => 30,
            2 if NaiveDate::from_ymd_opt(self.year(), 2, 29).is_some() => 29,
            2 => 28,
            _ => 31,
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    /// `2026-11`.
    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        if text.len() != 7 {
            return Err(NotAMonth);
        }
        format!("{text}-01").parse::<Day>().map(Day::month).map_err(|_| NotAMonth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_borders_are_what_they_say() {
        assert_eq!(Day::FIRST.to_string(), "1900-01-01");
        assert_eq!(Day::LAST.to_string(), "2200-12-31");
        assert_eq!(Day::from_number(0).map(|day| day.to_string()), Ok("1970-01-01".to_owned()));
        assert_eq!("1899-12-31".parse::<Day>(), Err(NotADay));
        assert_eq!("2201-01-01".parse::<Day>(), Err(NotADay));
        assert_eq!(Day::LAST.plus(1), Day::LAST);
    }

    #[test]
    fn business_days_leave_out_weekends() {
        let day = |text: &str| text.parse::<Day>().expect("a day");
        for (from, to, days) in [
            ("2026-11-16", "2026-11-16", 0),
            ("2026-11-16", "2026-11-20", 4),
            // From Friday over the weekend to Monday.
            ("2026-11-20", "2026-11-21", 0),
            ("2026-11-20", "2026-11-22", 0),
            ("2026-11-20", "2026-11-23", 1),
            ("2026-11-21", "2026-11-23", 1),
            ("2026-11-20", "2026-11-27", 5),
            ("1969-12-26", "1970-01-02", 5),
        ] {
            assert_eq!(day(to).business_days_since(day(from)), days, "{from} {to}");
            assert_eq!(day(from).business_days_since(day(to)), -days, "{to} {from}");
        }
    }

    #[test]
    fn only_days_of_the_calendar_are_days() {
        for wrong in [
            "",
            "2026-11",
            "2026-02-29",
            "2026-13-01",
            "21.11.2026",
            "2026-11-21T",
            " 2026-11-21",
            "+026-11-21",
            "2026-1-211",
        ] {
            assert_eq!(wrong.parse::<Day>(), Err(NotADay), "{wrong}");
        }
        assert_eq!("2024-02-29".parse::<Day>().map(|day| day.month().to_string()), Ok("2024-02".to_owned()));
        for wrong in ["", "2026", "2026-13", "2026-1-", "1899-12", "2026-111"] {
            assert_eq!(wrong.parse::<Month>(), Err(NotAMonth), "{wrong}");
        }
    }

    #[test]
    fn the_day_depends_on_the_place() {
        // 2026-01-01T00:30:00Z
        let moment = 1_767_227_400_000;
        assert_eq!(Day::at(moment, chrono_tz::Europe::Zurich).to_string(), "2026-01-01");
        assert_eq!(Day::at(moment, chrono_tz::America::New_York).to_string(), "2025-12-31");
    }

    proptest! {
        #[test]
        fn days_come_back(number in Day::FIRST.number()..=Day::LAST.number()) {
            let day = Day::from_number(number).expect("a day");
            prop_assert_eq!(day.to_string().parse::<Day>(), Ok(day));
            prop_assert!(day.month().first_day() <= day && day <= day.month().last_day());
            prop_assert_eq!(day.month().to_string().parse::<Month>(), Ok(day.month()));
            prop_assert_eq!(day.month().last_day().month(), day.month());
        }
    }
}
