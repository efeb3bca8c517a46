//! A window of days, as in a statement file: nothing it lacks is taken back, and another source may have brought the same.

mod again;
mod likeness;
mod names;
mod shift;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use self::{again::Evidence, likeness::Candidates, names::Names};
use super::{
    Asked, Decision, Identity, Incoming, Known, Plan, State,
    reach::{FileDays, Reach},
};
use crate::day::Day;

/// Decides about a window of one account. `known` has at least the rows with an identity that a line names, and all rows of the
/// window's days and [`super::DOUBT_DAYS`] around it.
///
/// `told` is the day up to which the account's bank has told, or will tell, if it is linked.
///
/// Lines with the same fingerprint are numbered by their source ([`number`](super::number)): k equal lines stand for k rows, and those
/// that have a row of their number are known; where there are ids, they are believed as far as the content agrees. What is left is
/// compared with the rows that no source of this kind has named yet: a bank's, a person's, another kind of file's. A row that a file
/// has named otherwise is another transaction, however alike, unless the whole file shows that it is told anew (`again.rs`).
#[must_use]
pub fn window(lines: &[Incoming], known: &[Known], file: Option<FileDays>, told: Option<Day>) -> Plan {
    let mut names = Names::new(known);
    let days = FileDays::of(lines.iter().map(|line| line.day));
    let reach = file.or(days);
    let corrected: HashSet<i64> = lines.iter().filter_map(|line| line.replaces).collect();
    let mut claimed = vec![false; known.len()];
    let mut open = Vec::new();
    let mut decisions = Vec::with_capacity(lines.len());
    for (place, line) in lines.iter().enumerate() {
        decisions.push(if let Some((name, row)) = names.find(line, known, reach) {
            claimed[row] = true;
            recognized(line, &known[row], (name, row))
        } else if corrected.contains(&line.fingerprint) {
            // Another line of the batch says what it should have been.
            Decision::Stale
        } else if let Some(row) = names.corrected(line).filter(|row| !claimed[*row]) {
            claimed[row] = true;
            corrects(line, &known[row], row, names.free_ordinal(line))
        } else {
            open.push(place);
            Decision::New { ordinal: names.free_ordinal(line) }
        });
    }
    let covered = file.and(days);
    let candidates = Candidates::new(lines, known, &open, &claimed, (&Reach::of_file(known, file, told), covered));
    let evidence = Evidence::new(lines, known, &claimed, &candidates, (file, covered));
    let pairs = candidates.pairs(|pair| !pair.is_again || evidence.proves(pair));
    let mut asked = Vec::new();
    for pair in candidates.pairs(|_| true).into_iter().filter(|pair| pair.is_again && evidence.suggests(pair)) {
        if pairs.iter().all(|taken| taken.line != pair.line && taken.known != pair.known) {
            asked.push(Asked { line: pair.line, known: pair.known });
        }
    }
    for pair in pairs {
        let Decision::New { ordinal } = decisions[pair.line] else { continue };
        decisions[pair.line] = match known[pair.known].state {
            // A file has named it before, and its leader has taken it back since: another name changes nothing about that.
            _ if pair.is_again => Decision::Alias { known: pair.known, ordinal },
            // The tombstone learns the name, so that it swallows the next delivery at once.
            State::Deleted | State::Posted => Decision::Alias { known: pair.known, ordinal },
            State::Pending | State::Vanished => Decision::TakeOver { known: pair.known, ordinal },
        };
    }
    Plan { decisions, asked, ..Plan::default() }
}

/// What becomes of a row when a line says that it corrects it: a file corrects what a file has led.
fn corrects(line: &Incoming, known: &Known, row: usize, ordinal: i16) -> Decision {
    let is_led_by_file = known.identities.first().is_some_and(|(origin, _)| *origin == line.origin);
    if is_led_by_file && known.state == State::Posted {
        Decision::TakeOver { known: row, ordinal }
    } else {
        Decision::Alias { known: row, ordinal }
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
