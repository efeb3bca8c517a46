//! Whether a file tells anew, under other names, what an earlier file of the same kind has told: its bank completes texts, makes new
//! ids at every download, or the file is of another format.
//!
//! A file has all rows of its days. So a row of these days that a file has brought and this one does not call by name is either told
//! with other words, or this file is another excerpt: the one of a second card, or one that begins in the middle of a day. Which of
//! the two shows in the rows as a whole. Where they do not, a person is asked.

use std::collections::{HashMap, HashSet};

use super::{
    super::{
        Incoming, Known, State, is_thrown_away_entry,
        reach::{FileDays, covers},
    },
    likeness::{Candidates, Pair},
};
use crate::day::Day;

/// Of four rows that files have brought three must be found again, before the words of one are held for other words.
const FOUND_OF_FOUR: usize = 3;
/// Pairs of different words that must agree in day and amount, where nothing is called by name any more. Half of them must be of amounts that
/// are there once: fares are there again and again, and two people who ride together have the same ones.
const OTHER_WORDS: usize = 3;

/// What the rows of a file's days say about it.
pub(super) struct Evidence<'a> {
    known: &'a [Known],
    /// Most rows that files have brought are found in this file.
    is_found: bool,
    /// The same, of several days and amounts.
    is_whole: bool,
    /// None is called by name, and nearly all are found by day and amount: everything has other words.
    is_reworded: bool,
    /// Edge days with rows that are not in this file: it may begin or end in the middle of them.
    cut: HashSet<Day>,
}

impl<'a> Evidence<'a> {
    /// `covered` are the days of which the batch has all lines of `file`.
    pub(super) fn new(
        lines: &[Incoming],
        known: &'a [Known],
        claimed: &[bool],
        candidates: &Candidates,
        (file, covered): (Option<FileDays>, Option<FileDays>),
    ) -> Self {
        let kinds: HashSet<_> = lines.iter().map(|line| line.origin).collect();
        let pairs = candidates.pairs(|_| true);
        let paired: HashSet<usize> = pairs.iter().filter(|pair| pair.is_again).map(|pair| pair.known).collect();
        let is_of_files = |row: &Known| {
            matches!(row.state, State::Posted | State::Deleted)
                && covers(covered, candidates.told_on(row))
                && !is_thrown_away_entry(row)
                && row.identities.iter().any(|(origin, _)| kinds.contains(origin))
        };
        let (mut of_files, mut called, mut found) = (0, 0, 0);
        let (mut days, mut amounts, mut cut) = (HashSet::new(), HashSet::new(), HashSet::new());
        for (place, row) in known.iter().enumerate().filter(|(_, row)| is_of_files(row)) {
            let is_found = claimed[place] || paired.contains(&place);
            let is_edge = file.is_some_and(|file| file.is_edge(candidates.told_on(row)));
            if is_found {
                days.insert(row.day);
                amounts.insert(row.amount_minor);
            } else if is_edge {
                cut.insert(row.day);
            }
            // What is missing at an edge may be the other half of the day.
            if is_found || !is_edge {
                of_files += 1;
                called += usize::from(claimed[place]);
                found += usize::from(is_found);
            }
        }
        let lines_of = times(lines.iter().map(|line| line.amount_minor));
        let rows_of = times(known.iter().filter(|row| is_of_files(row)).map(|row| row.amount_minor));
        let is_once = |amount: &i64| lines_of.get(amount) == Some(&1) && rows_of.get(amount) == Some(&1);
        let singular = paired.iter().filter(|place| is_once(&known[**place].amount_minor)).count();
        // One amount on one day agrees by chance; so do the tickets of two people, day by day.
        let is_diverse = days.len() >= 2 && amounts.len() >= 2;
        let is_found = found > 0 && found * 4 >= of_files * FOUND_OF_FOUR;
        let is_whole = is_diverse && is_found;
        let are_telling = paired.len() >= OTHER_WORDS && singular * 2 >= paired.len();
        let is_reworded = is_whole && called == 0 && are_telling && found * 10 >= of_files * 9;
        Self { known, is_found, is_whole, is_reworded, cut }
    }

    /// Whether a pair is certainly one.
    pub(super) fn proves(&self, pair: &Pair) -> bool {
        let day = self.known[pair.known].day;
        self.is_whole && (pair.is_alike || self.is_reworded) && !self.cut.contains(&day)
    }

    /// Whether a person is to be asked, where it is not certain.
    pub(super) fn suggests(&self, pair: &Pair) -> bool {
        pair.is_same_day && (pair.is_alike || self.is_found) && !self.cut.contains(&self.known[pair.known].day)
    }
}

/// How often each amount is there.
fn times(amounts: impl Iterator<Item = i64>) -> HashMap<i64, usize> {
    let mut times = HashMap::new();
    for amount in amounts {
        *times.entry(amount).or_default() += 1;
    }
    times
}
