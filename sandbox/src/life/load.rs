//! A life for the load generator: so many transactions a year, made period by period, so that any page costs one period however
//! long the life is. At the end of each period a sweep brings every account back to its target, as in a cash pool; so the
//! balance at the beginning of a period is known without what came before.

use std::borrow::Cow;

use domain::day::Day;

use super::{
    entry::{Chunk, DAY_MS, Entry, GENERATED_IDS, Row},
    region::Area,
    shop::shops,
    text,
};
use crate::dice::{self, Dice};

/// The life of a customer `load-N…`.
pub(crate) struct Load {
    key: u64,
    per_year: i64,
    period_days: i64,
}

/// Accounts: checking and card.
pub(super) const ACCOUNTS: usize = 2;
/// One for each account.
const SWEEPS: i64 = 2;
/// What a purchase costs on average, and a little more.
const PURCHASE_MINOR: i64 = 4_000;
/// The most a year may have; a period of it still fits the memory.
const MOST_PER_YEAR: i64 = 20_000_000;
/// How much happens on each day of the week, Monday first; seven thousand in all.
const WEEK: [i64; 7] = [930, 900, 920, 980, 1_150, 1_270, 850];
/// Days in a year, in thousandths of a weighted day.
const YEAR: i64 = 365_250;
/// Rows of a thousand that are pending first, and post a day later.
const PENDING: u64 = 120;

impl Load {
    /// How many transactions a year the customer's name asks for.
    pub(super) fn per_year(customer: &str) -> Option<i64> {
        let rest = customer.strip_prefix("load-")?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..digits].parse().ok()?;
        (1..=MOST_PER_YEAR).contains(&number).then_some(number)
    }

    pub(super) fn new(key: u64, per_year: i64) -> Self {
        let period_days = match per_year {
            36_500.. => 1,
            5_000.. => 7,
            _ => 28,
        };
        Self { key, per_year, period_days }
    }

    fn first_day() -> i64 {
        i64::from(super::beginning().first_day().number())
    }

    pub(super) fn span(&self, at_ms: i64) -> i64 {
        (at_ms.div_euclid(DAY_MS) - Self::first_day()).div_euclid(self.period_days)
    }

    pub(super) fn begins_ms(&self, span: i64) -> i64 {
        (Self::first_day() + span * self.period_days) * DAY_MS
    }

    /// What stands on each account at the beginning of every period: enough to last until its end.
    fn targets(&self) -> Vec<i64> {
        vec![250_000 + self.per_year * self.period_days / 365 * PURCHASE_MINOR, -40_000]
    }

    /// How many transactions there are before a day, since 1970-01-05, a Monday.
    fn before(&self, day: i64) -> i64 {
        let monday = day - 4;
        let partial: i64 = WEEK.iter().take(usize::try_from(monday.rem_euclid(7)).unwrap_or(0)).sum();
        let weighted = i128::from(monday.div_euclid(7) * 7_000 + partial);
        i64::try_from((weighted * i128::from(self.per_year)).div_euclid(i128::from(YEAR))).unwrap_or(0)
    }

    pub(super) fn chunk(&self, span: i64) -> Chunk {
        let from_ms = self.begins_ms(span);
        let to_ms = self.begins_ms(span + 1);
        let (first, last) = (from_ms / DAY_MS, to_ms / DAY_MS - 1);
        let mut entries = Vec::new();
        if span < 0 {
            return Chunk { opening: self.targets(), entries };
        }
        for day in (first - 1).max(Self::first_day())..=last {
            let mut count = self.before(day + 1) - self.before(day);
            if (day - Self::first_day() + 1) % self.period_days == 0 {
                // The sweeps are transactions as well.
                count = (count - SWEEPS).max(0);
            }
            // What began the day before only matters when it posts now.
            self.day(day, count, &mut entries, from_ms);
        }
        entries.retain(|entry| entry.at_ms < to_ms);
        self.sweep(span, to_ms - 1, &mut entries);
        entries.sort_unstable_by_key(Entry::place);
        Chunk { opening: self.targets(), entries }
    }

    /// What begins on a day, as far as it shows at `from_ms` or later.
    fn day(&self, day: i64, count: i64, entries: &mut Vec<Entry>, from_ms: i64) {
        let shops = shops(Area::Germany);
        let month = Day::of_row(i32::try_from(day).unwrap_or(0)).month();
        let before = day * DAY_MS < from_ms;
        for ordinal in 0..count {
            let stream = dice::seed(&[self.key, day.cast_unsigned(), ordinal.cast_unsigned()]);
            let mut dice = Dice::new(stream);
            let pending = dice.permille(PENDING);
            if before && !pending {
                continue;
            }
            let account = usize::from(dice.permille(400));
            let incoming = dice.permille(40);
            let Some(shop) = dice.pick(shops, false) else { continue };
            let amount = dice.skewed(shop.low, shop.high);
            // Six in the morning to ten in the evening, UTC.
            let at_ms = day * DAY_MS + dice.between(6 * 3_600_000, 22 * 3_600_000);
            let row = Row {
                id: stream % GENERATED_IDS,
                account,
                amount_minor: if incoming { amount } else { -amount },
                pending,
                booking_ms: at_ms,
                value_ms: at_ms,
                descriptor: text::cut(&text::write(shop.text, self.key, &mut dice, "BERLIN", month)),
                merchant: dice.permille(500).then_some(Cow::Borrowed(shop.name)),
                code: dice.permille(750).then_some(shop.code),
                replaces: None,
            };
            if !pending {
                entries.push(Entry::row(row));
                continue;
            }
            let id = dice::mix(row.id) % GENERATED_IDS;
            let booking_ms = (day + 1) * DAY_MS + dice.between(2 * 3_600_000, 5 * 3_600_000);
            let replaces = (!dice.permille(100)).then_some(row.id);
            entries.push(Entry::gone(booking_ms, account, row.id, id));
            entries.push(Entry::row(Row { id, pending: false, booking_ms, replaces, ..row.clone() }));
            if !before {
                entries.push(Entry::row(row));
            }
        }
    }

    /// Brings every account back to its target.
    fn sweep(&self, span: i64, at_ms: i64, entries: &mut Vec<Entry>) {
        let mut sums = [0; ACCOUNTS];
        for (account, amount) in entries.iter().filter_map(Entry::booked) {
            sums[account] += amount;
        }
        for (account, sum) in sums.into_iter().enumerate() {
            if sum != 0 {
                entries.push(Entry::row(Row {
                    id: dice::seed(&[self.key, u64::MAX, span.cast_unsigned(), account as u64]) % GENERATED_IDS,
                    account,
                    amount_minor: -sum,
                    pending: false,
                    booking_ms: at_ms,
                    value_ms: at_ms,
                    descriptor: "CASH POOLING ZERO BALANCING".to_owned(),
                    merchant: None,
                    code: None,
                    replaces: None,
                }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_how_much() {
        for (name, expected) in [
            ("load-1000000", Some(1_000_000)),
            ("load-1200-x7", Some(1_200)),
            ("load-", None),
            ("load-0", None),
            ("load-x", None),
            ("load-99999999", None),
            ("anna", None),
        ] {
            assert_eq!(Load::per_year(name), expected, "{name}");
        }
    }

    #[test]
    fn a_year_has_what_was_asked_for() {
        for per_year in [1_200, 12_000, 100_000] {
            let load = Load::new(5, per_year);
            // 2023 begins 1,096 days after 2020, in the middle of a period for the longer ones: four years end where they begin.
            let days = 4 * 365 + 1;
            let spans = days / load.period_days;
            let booked: usize =
                (0..spans).map(|span| load.chunk(span).entries.iter().filter(|e| e.booked().is_some()).count()).sum();
            let expected = per_year * 4 * (spans * load.period_days) / days;
            let difference = (i64::try_from(booked).expect("small") - expected).abs();
            assert!(difference <= expected / 50, "{per_year}: {booked} instead of {expected}");
        }
    }

    #[test]
    fn every_period_ends_on_its_target_and_hands_over() {
        let load = Load::new(9, 40_000);
        for span in [0, 1, 700] {
            let chunk = load.chunk(span);
            let mut sums = [0; ACCOUNTS];
            chunk.entries.iter().filter_map(Entry::booked).for_each(|(account, amount)| sums[account] += amount);
            assert_eq!(sums, [0; ACCOUNTS]);
            assert!(chunk.entries.iter().all(|e| load.span(e.at_ms) == span));
            assert!(chunk.entries.is_sorted_by_key(Entry::place));
        }
    }
}
