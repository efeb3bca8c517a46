//! A bank's history, listed anew: after its cursor was refused, or after the person has linked the bank again. Some banks give every
//! row another id then.

use std::collections::HashMap;

use super::{
    Decision, Identity, Incoming, Known, Origin, Plan, State,
    page::{Page, is_foreign, is_led_by_bank, plausible},
};
use crate::day::Day;

/// What the listing has said about a row so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// Nothing.
    #[default]
    Not,
    /// One of its names.
    Named,
    /// A line that is like it, under a name that is new.
    Guessed,
}

impl Plan {
    /// What a decision says about which row of a listing.
    #[must_use]
    pub const fn listed(decision: &Decision) -> Option<(usize, Listed)> {
        match *decision {
            Decision::Same { known } | Decision::Change { known } | Decision::Swallowed { known } => {
                Some((known, Listed::Named))
            }
            Decision::TakeOver { known, .. } => Some((known, Listed::Guessed)),
            Decision::Alias { .. } | Decision::New { .. } | Decision::Stale => None,
        }
    }
}

/// Decides about a page of a listing, as [`super::page()`] does about a page of changes; `known` has in addition all rows of around the
/// lines' days, and `listed` says of each what earlier pages of the listing have said.
///
/// In a listing each booking stands once. So a line under an unknown id may be a row that no line has named yet. When the row's own
/// name comes after all, on a later page, that line is another booking: the row gives the name back.
#[must_use]
pub fn listing(lines: &[Incoming], removed: &[i64], known: &[Known], listed: &[Listed], since: Option<Day>) -> Plan {
    let mut page = Page::new(lines, removed, known, since);
    page.fold_repeats();
    page.match_identities();
    let released = return_names(&mut page, listed);
    page.match_links();
    page.take_back();
    match_unnamed(&mut page, listed);
    page.match_vanished();
    Plan { released, ..page.finish() }
}

/// Lines under a name that a row bears besides its own.
fn return_names(page: &mut Page<'_>, listed: &[Listed]) -> Vec<(usize, i64)> {
    let last: HashMap<i64, usize> =
        page.lines.iter().enumerate().map(|(place, line)| (line.fingerprint, place)).collect();
    let mut released = Vec::new();
    for (place, line) in page.lines.iter().enumerate() {
        let Some(&row) = page.by_fingerprint.get(&line.fingerprint) else { continue };
        let is_alias = page.known[row].identities.first().is_some_and(|(_, own)| own.fingerprint != line.fingerprint);
        if !is_alias || last.get(&line.fingerprint) != Some(&place) {
            continue;
        }
        if is_of_merged(&page.known[row], line.fingerprint) {
            // A person has made one row of two bookings: both names are its own for good, and either says that it is there.
            if !page.claimed[row] && listed.get(row).copied().unwrap_or_default() == Listed::Not {
                page.claimed[row] = true;
                page.decisions[place] = Some(Decision::Same { known: row });
            }
            continue;
        }
        match listed.get(row).copied().unwrap_or_default() {
            Listed::Guessed => {
                page.decisions[place] = None;
                released.push((row, line.fingerprint));
            }
            // The bank has returned to a name of before.
            Listed::Not if !page.claimed[row] && !line.pending && page.known[row].state == State::Posted => {
                page.take_over(place, row);
            }
            Listed::Not | Listed::Named => {}
        }
    }
    released
}

/// Whether a name is of a booking of the bank that a person has merged into the row.
fn is_of_merged(row: &Known, fingerprint: i64) -> bool {
    let is_of_bank =
        |name: &Identity| row.identities.iter().any(|(origin, other)| other == name && *origin == Origin::Bank);
    row.said.iter().any(|(name, ..)| name.fingerprint == fingerprint && is_of_bank(name))
}

/// Lines whose names are new, and rows that the listing has not named: of one amount, merchant and day. Those that no bank has named
/// go first: left over, nothing would ever take them back.
fn match_unnamed(page: &mut Page<'_>, listed: &[Listed]) {
    let free = |row: &usize| {
        !page.claimed[*row]
            && listed.get(*row).copied().unwrap_or_default() == Listed::Not
            && (is_led_by_bank(&page.known[*row]) || is_foreign(&page.known[*row]))
            && !page.vanished.contains(row)
    };
    let mut by_amount: HashMap<i64, Vec<usize>> = HashMap::new();
    for row in (0..page.known.len()).filter(free) {
        by_amount.entry(page.known[row].amount_minor).or_default().push(row);
    }
    let mut pairs = Vec::new();
    let open = page.lines.iter().enumerate().filter(|(place, _)| page.decisions[*place].is_none());
    for (place, line) in open {
        let rows = by_amount.get(&line.amount_minor).into_iter().flatten().copied();
        pairs.extend(rows.filter_map(|row| Some((distance(line, &page.known[row])?, place, row))));
    }
    pairs.sort_unstable();
    for (_, place, row) in pairs {
        if page.decisions[place].is_none() && !page.claimed[row] {
            page.take_over(place, row);
        }
    }
}

/// How far a line is from a row that it may be. What is booked is only the row of the very day: a row of a day that the listing does
/// not tell of any more must not be taken for a new purchase of the next.
fn distance(line: &Incoming, known: &Known) -> Option<(u8, i32)> {
    let apart = line.day.since(known.day).abs();
    let same = line.merchant == known.merchant && apart == 0;
    match (line.pending, known.state) {
        (false, State::Posted) if same && is_foreign(known) => Some((0, apart)),
        (false, State::Posted) | (true, State::Pending) if same => Some((1, apart)),
        (false, State::Deleted) if same => Some((2, apart)),
        (false, State::Pending) if plausible(line, known) => Some((3, apart)),
        _ => None,
    }
}
