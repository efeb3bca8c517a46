//! The balance that closes a table: that of its latest row, whichever way the rows run.

use domain::{currency::Currency, day::Day};

use super::super::Position;

/// The balances of an account's first and last row, and what lies between them.
#[derive(Clone, Copy, Default)]
pub(super) struct Balances {
    first: Option<Seen>,
    last: Option<Seen>,
    /// The amounts of all rows.
    sum: i64,
    /// Whether a row is later than the one above it, and whether one is earlier.
    rises: bool,
    falls: bool,
    /// Whether one balance differs from another.
    moves: bool,
}

/// A row with a balance.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) day: Day,
    pub(super) amount_minor: i64,
    pub(super) balance_minor: i64,
    pub(super) currency: Currency,
    pub(super) position: Position,
}

impl Balances {
    /// Takes the next row; its balance where it has one.
    pub(super) fn add(&mut self, amount_minor: i64, seen: Option<Seen>) {
        self.sum = self.sum.saturating_add(amount_minor);
        if let Some(seen) = seen {
            self.first.get_or_insert(seen);
            self.rises |= self.last.is_some_and(|last| seen.day > last.day);
            self.falls |= self.last.is_some_and(|last| seen.day < last.day);
            self.moves |= self.last.is_some_and(|last| seen.balance_minor != last.balance_minor);
            self.last = Some(seen);
        }
    }

    /// The latest row: by its day; on one and the same day by the amounts between. `None` if neither tells.
    pub(super) fn closing(&self) -> Option<Seen> {
        let (first, last) = (self.first?, self.last?);
        // What stands still while money moves is no running balance.
        if !self.moves && first.position != last.position && self.sum != first.amount_minor {
            return None;
        }
        match (self.rises, self.falls) {
            // In no order of time.
            (true, true) => return None,
            (true, false) => return Some(last),
            (false, true) => return Some(first),
            (false, false) if first.position == last.position => return Some(last),
            (false, false) => {}
        }
        let leads = |from: Seen, to: Seen| {
            let between = self.sum.checked_sub(from.amount_minor);
            between.and_then(|between| from.balance_minor.checked_add(between)) == Some(to.balance_minor)
        };
        match (leads(first, last), leads(last, first)) {
            (true, false) => Some(last),
            (false, true) => Some(first),
            _ => None,
        }
    }
}
