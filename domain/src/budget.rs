//! Budgets: what is left of one, how fast it is used, and which threshold is passed.

use crate::day::{Day, Month};

/// A threshold of which people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Threshold {
    /// At least 80 % is used.
    Approaching,
    /// More than all of it is used.
    Exceeded,
}

impl Threshold {
    /// Its part of the budget, in percent.
    #[must_use]
    pub const fn percent(self) -> i64 {
        match self {
            Self::Approaching => 80,
            Self::Exceeded => 100,
        }
    }
}

/// The highest threshold that is passed. All amounts are positive minor units.
#[must_use]
pub fn passed(budget_minor: i64, used_minor: i64) -> Option<Threshold> {
    let (budget, used) = (i128::from(budget_minor), i128::from(used_minor));
    if used > budget {
        Some(Threshold::Exceeded)
    } else if used > 0 && used * 100 >= budget * i128::from(Threshold::Approaching.percent()) {
        Some(Threshold::Approaching)
    } else {
        None
    }
}

/// What an even spread over the month would have used by the end of a day.
#[must_use]
pub fn expected_minor(budget_minor: i64, month: Month, today: Day) -> i64 {
    let gone = i128::from(today.since(month.first_day()).saturating_add(1).clamp(0, month.days()));
    i64::try_from(i128::from(budget_minor) * gone / i128::from(month.days())).unwrap_or(budget_minor)
}

/// What is used in percent of an even spread: 100 is exactly on pace, 150 half as fast again. `None` before the month begins, and without a budget.
#[must_use]
pub fn pace_percent(budget_minor: i64, used_minor: i64, month: Month, today: Day) -> Option<i64> {
    let expected = expected_minor(budget_minor, month, today);
    (expected > 0).then(|| i64::try_from(i128::from(used_minor) * 100 / i128::from(expected)).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_passed_at_80_percent_and_beyond_100() {
        let cases = [
            (10_000, 0, None),
            (10_000, 7_999, None),
            (10_000, 8_000, Some(Threshold::Approaching)),
            (10_000, 10_000, Some(Threshold::Approaching)),
            (10_000, 10_001, Some(Threshold::Exceeded)),
            (10_000, -500, None),
            (0, 0, None),
            (0, 1, Some(Threshold::Exceeded)),
            (i64::MAX, i64::MAX, Some(Threshold::Approaching)),
        ];
        for (budget, used, expected) in cases {
            assert_eq!(passed(budget, used), expected, "{used} of {budget}");
        }
    }

    #[test]
    fn pace_compares_with_an_even_spread() {
        let month: Month = "2026-11".parse().expect("a month");
        let on = |day: &str| day.parse::<Day>().expect("a day");
        assert_eq!(expected_minor(30_000, month, on("2026-11-15")), 15_000);
        assert_eq!(pace_percent(30_000, 22_500, month, on("2026-11-15")), Some(150));
        assert_eq!(expected_minor(30_000, month, on("2026-12-24")), 30_000);
        assert_eq!(pace_percent(30_000, 100, month, on("2026-10-31")), None);
        assert_eq!(pace_percent(0, 100, month, on("2026-11-15")), None);
    }
}
