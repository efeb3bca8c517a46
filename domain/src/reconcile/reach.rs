//! Which days a source has: beyond them it is silent, and its silence proves nothing.

use std::collections::HashMap;

use super::{Incoming, Known, Origin};
use crate::day::Day;

/// The first and the last day of an account in a file. Given with a batch that has all lines of the file of each day that it names: a
/// row of such a day that no line calls is not in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileDays {
    /// The earliest day of a line.
    pub first: Day,
    /// The latest day of a line.
    pub last: Day,
}

impl FileDays {
    /// Of all lines of a file; `None` if there are none.
    #[must_use]
    pub fn of(days: impl Iterator<Item = Day> + Clone) -> Option<Self> {
        Some(Self { first: days.clone().min()?, last: days.max()? })
    }

    pub(super) const fn is_edge(self, day: Day) -> bool {
        day.number() == self.first.number() || day.number() == self.last.number()
    }
}

/// Whether a day is one of those that all lines are known of.
pub(super) fn covers(covered: Option<FileDays>, day: Day) -> bool {
    covered.is_some_and(|covered| (covered.first..=covered.last).contains(&day))
}

/// The days that the source of some lines has, and those that the sources of the rows have.
///
/// A booking that one source has on another day than the other must lie where one of them reaches: a row of a day that the lines' source
/// has is looked for in it, and a line of a day that a row's source has is looked for there. Beyond that nothing is known, and whoever buys
/// the same each week brings a file a week.
pub(super) struct Reach {
    /// Of the lines' source; a file that is in no order does not show it.
    own: Option<FileDays>,
    /// Of the sources of the rows, as far as the rows show it.
    sources: HashMap<Origin, FileDays>,
}

impl Reach {
    /// Of the lines of a file. `told` is the day up to which a bank that is linked has told, or will tell: what a line took of it comes again
    /// with the bank's own.
    pub(super) fn of_file(known: &[Known], file: Option<FileDays>, told: Option<Day>) -> Self {
        let mut sources = shown(known);
        if let (Some(bank), Some(told)) = (sources.get_mut(&Origin::Bank), told) {
            bank.last = bank.last.max(told);
        }
        Self { own: file, sources }
    }

    /// Of the lines of a bank, which has told of the days since `since`, and goes on.
    pub(super) fn of_bank(lines: &[Incoming], known: &[Known], since: Option<Day>) -> Self {
        let first = lines.iter().map(|line| line.day).chain(since).min();
        Self { own: first.map(|first| FileDays { first, last: Day::LAST }), sources: shown(known) }
    }

    /// Whether a line and a row of different days may be one booking.
    pub(super) fn allows(&self, line: &Incoming, row: &Known) -> bool {
        let has = |(origin, _): &(Origin, _)| covers(self.sources.get(origin).copied(), line.day);
        line.day == row.day || self.own.is_none() || covers(self.own, row.day) || row.identities.iter().any(has)
    }
}

/// The days that each source of the rows has.
fn shown(known: &[Known]) -> HashMap<Origin, FileDays> {
    let mut sources: HashMap<Origin, FileDays> = HashMap::new();
    for row in known {
        for (origin, _) in &row.identities {
            let days = sources.entry(*origin).or_insert(FileDays { first: row.day, last: row.day });
            *days = FileDays { first: days.first.min(row.day), last: days.last.max(row.day) };
        }
    }
    // What a person enters is nobody's list.
    sources.remove(&Origin::Manual);
    sources
}
