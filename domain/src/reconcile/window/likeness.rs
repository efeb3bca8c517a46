//! Which rows the lines may be that nobody has called by name.

use std::collections::{HashMap, HashSet};

use super::{
    super::{Incoming, Known, LIKENESS_DAYS, Origin, State, is_thrown_away_entry},
    FileDays,
    shift::{Days, shift},
};
use crate::day::Day;

/// A line and a row that may be it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// Place of the line.
    pub(super) line: usize,
    /// Place among the known.
    pub(super) known: usize,
    /// Whether a file of the same kind has named the row otherwise.
    pub(super) is_again: bool,
    /// Whether their texts name one merchant.
    pub(super) is_alike: bool,
    /// Whether their days are the same, but for the shift of the whole file.
    pub(super) is_same_day: bool,
}

/// Lines and rows of one amount that may be each other, the likeliest first.
pub(super) struct Candidates {
    pairs: Vec<Pair>,
    /// By how many days the file follows the files before it.
    again_shift: i32,
}

impl Candidates {
    /// `reach` is what the sources reach, `covered` the days of the file of which the batch has all lines.
    ///
    /// A booking that one source has on another day than the other must lie where one of them reaches: a row of a day that the file has is
    /// looked for in it, and a line of a day that a row's source has is looked for there. Beyond that nothing is known, and whoever buys the
    /// same each week brings a file a week.
    pub(super) fn new(
        lines: &[Incoming],
        known: &[Known],
        open: &[usize],
        claimed: &[bool],
        (reach, covered): (&Reach, Option<FileDays>),
    ) -> Self {
        let reached = |line: &Incoming, row: usize, shift: i32| match Kinship::of(line, &known[row]) {
            Some(Kinship::Again) => covers(covered, known[row].day.plus(shift)),
            Some(Kinship::Other) => reach.allows(line, &known[row]),
            None => false,
        };
        let mut by_amount: HashMap<i64, Vec<usize>> = HashMap::new();
        for (row, other) in known.iter().enumerate().filter(|(row, _)| !claimed[*row]) {
            by_amount.entry(other.amount_minor).or_default().push(row);
        }
        let rows_of = |line: &Incoming| by_amount.get(&line.amount_minor).into_iter().flatten().copied();
        let shifts = Kinship::BOTH.map(|kinship| {
            let mut amounts: HashMap<i64, Days> = HashMap::new();
            let mut seen = HashSet::new();
            for line in open.iter().map(|place| &lines[*place]) {
                let days = amounts.entry(line.amount_minor).or_default();
                days.lines.push(line.day.number());
                let rows = rows_of(line).filter(|row| Kinship::of(line, &known[*row]) == Some(kinship));
                let rows = rows.filter(|row| reached(line, *row, 0));
                days.rows.extend(rows.filter(|row| seen.insert(*row)).map(|row| known[row].day.number()));
            }
            shift(amounts.values_mut())
        });
        let mut ranked = Vec::new();
        for &place in open {
            let line = &lines[place];
            for row in rows_of(line) {
                let Some(kinship) = Kinship::of(line, &known[row]) else { continue };
                let (is_again, shift) = (kinship == Kinship::Again, shifts[kinship as usize]);
                if !reached(line, row, shift) {
                    continue;
                }
                let is_alike = line.merchant == known[row].merchant;
                let apart = line.day.since(known[row].day);
                let off = (apart - shift).abs();
                // What a file told of the very day may be told with other words.
                if (is_alike && apart.abs() <= LIKENESS_DAYS) || (is_again && off == 0) {
                    // Of two on one day, what counts already: what is pending will be booked yet.
                    let is_open = matches!(known[row].state, State::Pending | State::Vanished);
                    let pair = Pair { line: place, known: row, is_again, is_alike, is_same_day: off == 0 };
                    ranked.push(((!is_alike, off, apart.abs(), is_open, is_again, place, row), pair));
                }
            }
        }
        ranked.sort_unstable_by_key(|(rank, _)| *rank);
        let pairs = ranked.into_iter().map(|(_, pair)| pair).collect();
        Self { pairs, again_shift: shifts[Kinship::Again as usize] }
    }

    /// The day on which the file would tell a row that files have told before.
    pub(super) fn told_on(&self, row: &Known) -> Day {
        row.day.plus(self.again_shift)
    }

    /// Pairs of those that are allowed: each line and each row once, the likeliest first.
    pub(super) fn pairs(&self, is_allowed: impl Fn(&Pair) -> bool) -> Vec<Pair> {
        let (mut lines, mut rows) = (HashSet::new(), HashSet::new());
        let mut pairs = Vec::new();
        for pair in self.pairs.iter().filter(|pair| is_allowed(pair)) {
            if !lines.contains(&pair.line) && !rows.contains(&pair.known) {
                lines.insert(pair.line);
                rows.insert(pair.known);
                pairs.push(*pair);
            }
        }
        pairs
    }
}

/// The days that each source has.
pub(super) struct Reach {
    /// Of the file; a file that is in no order does not show it.
    file: Option<FileDays>,
    /// Of the sources of the rows, as far as the rows show it.
    sources: HashMap<Origin, FileDays>,
}

impl Reach {
    /// `told` is the day up to which a bank that is linked has told, or will tell: what a line took of it comes again with the bank's own.
    pub(super) fn new(known: &[Known], file: Option<FileDays>, told: Option<Day>) -> Self {
        let mut sources: HashMap<Origin, FileDays> = HashMap::new();
        for row in known {
            for (origin, _) in &row.identities {
                let days = sources.entry(*origin).or_insert(FileDays { first: row.day, last: row.day });
                *days = FileDays { first: days.first.min(row.day), last: days.last.max(row.day) };
            }
        }
        if let (Some(bank), Some(told)) = (sources.get_mut(&Origin::Bank), told) {
            bank.last = bank.last.max(told);
        }
        // What a person enters is nobody's list.
        sources.remove(&Origin::Manual);
        Self { file, sources }
    }

    /// Whether a line and a row of different days may be one booking.
    fn allows(&self, line: &Incoming, row: &Known) -> bool {
        let has = |(origin, _): &(Origin, _)| covers(self.sources.get(origin).copied(), line.day);
        line.day == row.day || self.file.is_none() || covers(self.file, row.day) || row.identities.iter().any(has)
    }
}

/// Who has named a row that is compared with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kinship {
    /// No source of the line's kind.
    Other,
    /// One has, otherwise than the line.
    Again,
}

impl Kinship {
    const BOTH: [Self; 2] = [Self::Other, Self::Again];

    /// `None` where they are not compared.
    fn of(line: &Incoming, known: &Known) -> Option<Self> {
        if line.pending || is_thrown_away_entry(known) {
            return None;
        }
        let is_again = known.identities.iter().any(|(origin, _)| *origin == line.origin);
        Some(if is_again { Self::Again } else { Self::Other })
    }
}

/// Whether a day is one of those that all lines are known of.
pub(super) fn covers(covered: Option<FileDays>, day: Day) -> bool {
    covered.is_some_and(|covered| (covered.first..=covered.last).contains(&day))
}
