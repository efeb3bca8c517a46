//! A window of days, as in a statement file: nothing it lacks is taken back, and another source may have brought the same.

use std::collections::{HashMap, HashSet};

use super::{Decision, Identity, Incoming, Known, LIKENESS_DAYS, Origin, Plan, State, is_alike, is_thrown_away_entry};

/// Decides about a window of one account. `known` has at least the rows with an identity that a line names, and all rows of the
/// window's days and [`super::DOUBT_DAYS`] around it.
///
/// Lines with the same fingerprint are numbered by their source ([`number`](super::number)): k equal lines stand for k rows, and those
/// that have a row of their number are known; where there are ids, they are believed as far as the content agrees. What is left is compared with the rows that no source of this kind has named yet: a bank's, a person's, another kind of
/// file's. A row of the same kind of source with another identity is another transaction, however alike.
#[must_use]
pub fn window(lines: &[Incoming], known: &[Known]) -> Plan {
    let mut names = Names::new(known);
    let mut claimed = vec![false; known.len()];
    let mut open = Vec::new();
    let mut decisions = Vec::with_capacity(lines.len());
    for (place, line) in lines.iter().enumerate() {
        decisions.push(if let Some((name, row)) = names.find(line, known) {
            claimed[row] = true;
            recognized(line, &known[row], (name, row))
        } else {
            open.push(place);
            Decision::New { ordinal: names.free_ordinal(line) }
        });
    }
    for (place, row) in likeness(lines, known, &open, &claimed) {
        let Decision::New { ordinal } = decisions[place] else { continue };
        decisions[place] = match known[row].state {
            // The tombstone learns the name, so that it swallows the next delivery at once.
            State::Deleted | State::Posted => Decision::Alias { known: row, ordinal },
            State::Pending | State::Vanished => Decision::TakeOver { known: row, ordinal },
        };
    }
    Plan { decisions, ..Plan::default() }
}

/// Which rows bear which names, which of these a line has called, and which numbers of a name are taken.
struct Names {
    rows: HashMap<i64, Vec<(Identity, usize)>>,
    called: HashSet<Identity>,
    next: HashMap<i64, i16>,
}

impl Names {
    fn new(known: &[Known]) -> Self {
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
    /// as the content agrees: some banks number the rows of each file anew, and what would be overwritten then is another transaction.
    /// A row that a person made of two bears both names, and each of two lines calls one.
    fn find(&mut self, line: &Incoming, known: &[Known]) -> Option<(Identity, usize)> {
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
            agrees.then_some((apart, *name, *row))
        };
        let (_, name, row) = named.iter().filter_map(agreement).min_by_key(|(apart, ..)| *apart)?;
        self.called.insert(name);
        Some((name, row))
    }

    /// A number of the line's name that no row bears.
    fn free_ordinal(&mut self, line: &Incoming) -> i16 {
        let next = self.next.entry(line.fingerprint).or_default();
        let ordinal = if line.origin == Origin::FileContent { line.ordinal } else { *next };
        *next = (*next).max(ordinal.saturating_add(1));
        ordinal
    }
}

fn recognized(line: &Incoming, known: &Known, (name, row): (Identity, usize)) -> Decision {
    let own = known.identities.first().is_some_and(|(origin, own)| *own == name && *origin == line.origin);
    let same = known.day == line.day && known.amount_minor == line.amount_minor && known.state == State::Posted;
    match known.state {
        State::Deleted => Decision::Swallowed { known: row },
        // Another source leads this row; a file does not correct it.
        _ if !own || same => Decision::Same { known: row },
        _ => Decision::Change { known: row },
    }
}

/// Pairs of lines and rows that are alike: same amount, same merchant, nearly the same day; nearer days go first.
fn likeness(lines: &[Incoming], known: &[Known], open: &[usize], claimed: &[bool]) -> Vec<(usize, usize)> {
    let mut by_amount: HashMap<i64, Vec<usize>> = HashMap::new();
    for (row, other) in known.iter().enumerate().filter(|(row, _)| !claimed[*row]) {
        by_amount.entry(other.amount_minor).or_default().push(row);
    }
    let mut candidates: Vec<(i32, bool, usize, usize)> = Vec::new();
    for &place in open {
        let line = &lines[place];
        for &row in by_amount.get(&line.amount_minor).into_iter().flatten() {
            if comparable(line, &known[row]) && is_alike(line, &known[row]) {
                // Of two on one day, what counts already: what is pending will be booked yet.
                let is_open = matches!(known[row].state, State::Pending | State::Vanished);
                candidates.push((line.day.since(known[row].day).abs(), is_open, place, row));
            }
        }
    }
    candidates.sort_unstable();
    let (mut taken_lines, mut taken_rows) = (HashMap::new(), HashMap::new());
    let mut pairs = Vec::new();
    for (.., place, row) in candidates {
        if !taken_lines.contains_key(&place) && !taken_rows.contains_key(&row) {
            taken_lines.insert(place, row);
            taken_rows.insert(row, place);
            pairs.push((place, row));
        }
    }
    pairs
}

/// Whether the row can be the line's: not when a source of the same kind has named it otherwise.
fn comparable(line: &Incoming, known: &Known) -> bool {
    !line.pending && !is_thrown_away_entry(known) && known.identities.iter().all(|(origin, _)| *origin != line.origin)
}
