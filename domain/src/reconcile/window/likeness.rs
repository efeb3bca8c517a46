//! Which rows the lines may be that nobody has called by name.

use std::collections::{HashMap, HashSet};

use super::{
    super::{
        Incoming, Known, LIKENESS_DAYS, State, is_thrown_away_entry,
        reach::{FileDays, Reach, covers},
    },
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
