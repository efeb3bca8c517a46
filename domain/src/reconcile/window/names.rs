//! How the lines of a file call the rows that files have named before.

use std::collections::{HashMap, HashSet};

use super::super::{
    Identity, Incoming, Known, LIKENESS_DAYS, Origin,
    reach::{FileDays, covers},
};

/// Which rows bear which names, which of these a line has called, and which numbers of a name are taken.
pub(super) struct Names {
    rows: HashMap<i64, Vec<(Identity, usize)>>,
    called: HashSet<Identity>,
    next: HashMap<i64, i16>,
}

impl Names {
    pub(super) fn new(known: &[Known]) -> Self {
        let (mut rows, mut next) = (HashMap::<i64, Vec<_>>::new(), HashMap::<i64, i16>::new());
        for (place, row) in known.iter().enumerate() {
            for (_, identity) in &row.identities {
                rows.entry(identity.fingerprint).or_default().push((*identity, place));
                let next = next.entry(identity.fingerprint).or_default();
                *next = (*next).max(identity.ordinal.saturating_add(1));
            }
        }
        Self { rows, called: HashSet::new(), next }
    }

    /// The row that a line names, and by which name. A line without an id is its content and its number. An id is believed only as far
    /// as the content agrees: some banks number the rows of each file anew, and what would be overwritten then is another transaction. A booking
    /// may move to another day, but one of another merchant, on a day that the lines do not reach, is another one.
    /// A row that a person made of two bears both names, and each of two lines calls one.
    pub(super) fn find(
        &mut self,
        line: &Incoming,
        known: &[Known],
        reach: Option<FileDays>,
    ) -> Option<(Identity, usize)> {
        let named = self.rows.get(&line.fingerprint)?;
        if line.origin == Origin::FileContent {
            return named.iter().find(|(identity, _)| identity.ordinal == line.ordinal).copied();
        }
        let says = |name: &Identity, row: &Known| {
            let said = row.said.iter().find(|(said, ..)| said == name);
            said.map_or((row.day, row.amount_minor), |(_, day, amount_minor)| (*day, *amount_minor))
        };
        let agreement = |(name, row): &(Identity, usize)| {
            let (day, amount_minor) = says(name, &known[*row]);
            let apart = line.day.since(day).abs();
            let agrees = !self.called.contains(name) && amount_minor == line.amount_minor && apart <= LIKENESS_DAYS;
            // A row that another source leads does not say what this one called the merchant.
            let is_led = known[*row].identities.first().is_some_and(|(_, own)| own == name);
            let is_same = apart == 0 || !is_led || line.merchant == known[*row].merchant || covers(reach, day);
            (agrees && is_same).then_some((apart, *name, *row))
        };
        let (_, name, row) = named.iter().filter_map(agreement).min_by_key(|(apart, ..)| *apart)?;
        self.called.insert(name);
        Some((name, row))
    }

    /// The row of what a line corrects, if it is known.
    pub(super) fn corrected(&self, line: &Incoming) -> Option<usize> {
        let rows = self.rows.get(&line.replaces?)?;
        rows.first().map(|(_, row)| *row)
    }

    /// A number of the line's name that no row bears.
    pub(super) fn free_ordinal(&mut self, line: &Incoming) -> i16 {
        let next = self.next.entry(line.fingerprint).or_default();
        let ordinal = if line.origin == Origin::FileContent { line.ordinal } else { *next };
        *next = (*next).max(ordinal.saturating_add(1));
        ordinal
    }
}
