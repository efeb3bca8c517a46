//! A page of a source with stable ids, which says itself what it takes back.

use std::collections::{HashMap, HashSet};

use super::{
    Decision, Incoming, Known, LIKENESS_DAYS, Origin, Plan, SETTLEMENT_DAYS, State, is_alike, is_thrown_away_entry,
    reach::Reach,
};
use crate::day::Day;

/// Decides about a page of one account. `removed` are the fingerprints of what the source takes back on this page; `known` has at least
/// the rows with an identity that a line or a removal names, the account's vanished rows, and those rows of around the same days that
/// no bank has named ([`super::DOUBT_DAYS`] around, for the doubts). `since` is the first day of which the bank has told before, if
/// [it matters](wants_reach).
///
/// A row that is still pending is only matched by what the source says, never by likeness: the source will say when it goes. A row
/// that has vanished no longer counts in any sum, so a booked line may take its place by likeness: at worst the person's note sits on
/// its twin, and no total is wrong.
#[must_use]
pub fn page(lines: &[Incoming], removed: &[i64], known: &[Known], since: Option<Day>) -> Plan {
    let mut page = Page::new(lines, removed, known, since);
    page.fold_repeats();
    page.match_identities();
    page.match_links();
    page.take_back();
    page.match_vanished();
    page.finish()
}

/// Whether there are rows that no bank has booked, from before the first line, that a line may be, though of another day: only if the bank
/// has told of their days, too.
#[must_use]
pub fn wants_reach(lines: &[Incoming], known: &[Known]) -> bool {
    let Some(first) = lines.iter().map(|line| line.day).min() else { return false };
    known.iter().any(|row| row.day < first && first.since(row.day) <= LIKENESS_DAYS && is_foreign(row))
}

pub(super) struct Page<'a> {
    pub(super) lines: &'a [Incoming],
    removed: HashSet<i64>,
    pub(super) known: &'a [Known],
    pub(super) by_fingerprint: HashMap<i64, usize>,
    pub(super) claimed: Vec<bool>,
    pub(super) decisions: Vec<Option<Decision>>,
    pub(super) vanished: Vec<usize>,
    forerunners: Vec<(usize, i64)>,
    reach: Reach,
}

impl<'a> Page<'a> {
    pub(super) fn new(lines: &'a [Incoming], removed: &[i64], known: &'a [Known], since: Option<Day>) -> Self {
        let identities = known
            .iter()
            .enumerate()
            .flat_map(|(place, row)| row.identities.iter().map(move |(_, identity)| (identity.fingerprint, place)));
        Self {
            lines,
            removed: removed.iter().copied().collect(),
            known,
            by_fingerprint: identities.collect(),
            claimed: vec![false; known.len()],
            decisions: vec![None; lines.len()],
            vanished: Vec::new(),
            forerunners: Vec::new(),
            reach: Reach::of_bank(lines, known, since),
        }
    }

    /// Of several lines with one id the last counts, but a booked one is never undone by a pending one. A line that the same page
    /// takes back never becomes a row.
    pub(super) fn fold_repeats(&mut self) {
        let mut latest: HashMap<i64, usize> = HashMap::new();
        for (place, line) in self.lines.iter().enumerate() {
            match latest.get(&line.fingerprint) {
                Some(&before) if line.pending && !self.lines[before].pending => {
                    self.decisions[place] = Some(Decision::Stale);
                }
                Some(&before) => {
                    self.decisions[before] = Some(Decision::Stale);
                    latest.insert(line.fingerprint, place);
                }
                None => {
                    latest.insert(line.fingerprint, place);
                }
            }
        }
        for (place, line) in self.lines.iter().enumerate() {
            if self.removed.contains(&line.fingerprint) && !self.by_fingerprint.contains_key(&line.fingerprint) {
                self.decisions[place] = Some(Decision::Stale);
            }
        }
    }

    pub(super) fn match_identities(&mut self) {
        for (place, line) in self.lines.iter().enumerate() {
            let Some(&row) = self.by_fingerprint.get(&line.fingerprint) else { continue };
            if self.decisions[place].is_some() {
                continue;
            }
            if self.claimed[row] {
                // Another name of a row that this page has spoken of already.
                self.decisions[place] = Some(Decision::Stale);
                continue;
            }
            // A removal of a row that this page also lists is settled by the removal: ids do not come back.
            let taken_back = self.removed.contains(&line.fingerprint);
            let known = &self.known[row];
            let is_alias = known.identities.first().is_some_and(|(_, own)| own.fingerprint != line.fingerprint);
            self.decisions[place] = Some(if taken_back {
                Decision::Stale
            } else if known.state == State::Deleted {
                self.claimed[row] = true;
                Decision::Swallowed { known: row }
            } else if is_alias || (line.pending && known.state == State::Posted) {
                // An alias is what the row was before it was booked: the row is further on.
                Decision::Stale
            } else {
                self.claimed[row] = true;
                if says_nothing_new(line, known) {
                    Decision::Same { known: row }
                } else {
                    Decision::Change { known: row }
                }
            });
        }
    }

    /// The source itself says which pending line a booked one replaces.
    pub(super) fn match_links(&mut self) {
        for (place, line) in self.lines.iter().enumerate() {
            let Some(pending) = line.replaces.filter(|_| self.decisions[place].is_none()) else { continue };
            match self.by_fingerprint.get(&pending) {
                // A statement has booked it already: that row is the booking, and the pending one goes.
                Some(&row) if self.known[row].state != State::Deleted && self.is_booked_elsewhere(line) => {}
                Some(&row) if !self.claimed[row] && !is_booked_by_bank(&self.known[row]) => {
                    self.claimed[row] = true;
                    self.decisions[place] = Some(Decision::TakeOver { known: row, ordinal: 0 });
                }
                // The pending line came and went on this page, or was never seen: so that it does not come back later, the
                // booked row remembers it.
                None => self.forerunners.push((place, pending)),
                Some(_) => {}
            }
        }
    }

    pub(super) fn take_back(&mut self) {
        let mut rows: Vec<usize> =
            self.removed.iter().filter_map(|gone| self.by_fingerprint.get(gone).copied()).collect();
        rows.sort_unstable();
        rows.dedup();
        // A row that took over another pending one, or that a person made of two, goes with what it is now.
        let goes = |row: &usize| {
            let known = &self.known[*row];
            !self.claimed[*row]
                && matches!(known.state, State::Pending | State::Posted)
                && is_led_by_bank(known)
                && self.is_taken_back(known)
        };
        self.vanished = rows.into_iter().filter(goes).collect();
    }

    /// Booked lines that nobody claims take the place of what has vanished, or of what the bank has never named: first of the same
    /// amount and merchant, then, where exactly one line and one vanished row are left of a merchant, also of another amount,
    /// such as with a tip.
    pub(super) fn match_vanished(&mut self) {
        let gone: Vec<usize> = (0..self.known.len())
            .filter(|row| !self.claimed[*row])
            .filter(|row| match self.known[*row].state {
                State::Vanished => true,
                // Thrown away by the person: what it becomes is thrown away as well.
                State::Deleted => self.is_withdrawn(&self.known[*row]),
                State::Pending | State::Posted => self.vanished.contains(row),
            })
            .collect();
        let foreign: Vec<usize> = (0..self.known.len())
            .filter(|row| !self.claimed[*row])
            .filter(|row| is_foreign(&self.known[*row]))
            .collect();
        let open: Vec<usize> = (0..self.lines.len())
            .filter(|place| self.decisions[*place].is_none() && !self.lines[*place].pending)
            .collect();
        for &place in &open {
            let line = &self.lines[place];
            let settled = gone.iter().filter(|row| self.may_follow(line, &self.known[**row])).map(|row| (1, *row));
            let elsewhere =
                foreign.iter().filter(|row| self.is_twin_elsewhere(line, &self.known[**row])).map(|row| (0, *row));
            let best = settled
                .chain(elsewhere)
                .filter(|(_, row)| !self.claimed[*row] && self.known[*row].amount_minor == line.amount_minor);
            // What counts goes before what has vanished: left over, it would count twice. Then what goes in this very pull; then what
            // was shown before what was thrown away, because a purchase that is lost is worse than one that comes back; then the
            // nearest day, and the page; of equal ones the first, which is the oldest.
            let nearest = |(kind, row): &(u8, usize)| {
                let known = &self.known[*row];
                let (is_of_page, is_thrown_away) = (self.is_taken_back(known), known.state == State::Deleted);
                let is_of_pull = is_of_page || goes_in_this_pull(known);
                (*kind, !is_of_pull, is_thrown_away, line.day.since(known.day).abs(), !is_of_page)
            };
            if let Some((_, row)) = best.min_by_key(nearest) {
                self.take_over(place, row);
            }
        }
        let pairs: Vec<(usize, usize)> = open
            .iter()
            .filter(|place| self.decisions[**place].is_none())
            .flat_map(|place| gone.iter().map(move |row| (*place, *row)))
            .filter(|(place, row)| !self.claimed[*row] && plausible(&self.lines[*place], &self.known[*row]))
            .filter(|(place, row)| self.lines[*place].amount_minor.signum() == self.known[*row].amount_minor.signum())
            // A tombstone never swallows what is only like what was thrown away.
            .filter(|(_, row)| self.known[*row].state != State::Deleted)
            .collect();
        for &(place, row) in &pairs {
            let lone = pairs.iter().filter(|(other, _)| *other == place).count() == 1
                && pairs.iter().filter(|(_, other)| *other == row).count() == 1;
            if lone {
                self.take_over(place, row);
            }
        }
    }

    /// Whether the source takes back what the row is now, not what it was before it was booked.
    fn is_taken_back(&self, known: &Known) -> bool {
        known.identities.first().is_some_and(|(_, own)| self.removed.contains(&own.fingerprint))
    }

    /// Whether a row that the bank has never booked is exactly this line.
    fn is_booked_elsewhere(&self, line: &Incoming) -> bool {
        let mut rows = self.known.iter().zip(&self.claimed);
        rows.any(|(known, claimed)| {
            !claimed && known.state == State::Posted && is_foreign(known) && self.is_twin_elsewhere(line, known)
        })
    }

    /// Whether a row that no bank has booked may be this line.
    fn is_twin_elsewhere(&self, line: &Incoming, known: &Known) -> bool {
        is_alike(line, known) && self.reach.allows(line, known)
    }

    /// Whether a line may be what has become of a row that has gone. Of what was thrown away an announcement is booked within days, but
    /// a booking only comes back on its very day; and so does an announcement of an earlier pull, unless another one may be meant.
    fn may_follow(&self, line: &Incoming, known: &Known) -> bool {
        let is_same_day = line.merchant == known.merchant && line.day == known.day;
        let is_awaited = known.identities.first().is_some_and(|(origin, _)| *origin == Origin::Awaited);
        match (known.state, known.was) {
            (State::Deleted, Some(State::Pending)) if !is_awaited => plausible(line, known),
            (State::Deleted, _) => is_same_day && !(is_awaited && self.is_announced(line)),
            _ => plausible(line, known),
        }
    }

    /// Whether something is still pending that the line may be.
    fn is_announced(&self, line: &Incoming) -> bool {
        self.known.iter().zip(&self.claimed).any(|(known, claimed)| {
            !claimed
                && known.state == State::Pending
                && known.amount_minor == line.amount_minor
                && plausible(line, known)
        })
    }

    /// Whether the bank has taken back what the person had thrown away, on this page or before.
    fn is_withdrawn(&self, known: &Known) -> bool {
        known.identities.first().is_some_and(|(origin, _)| origin.is_withdrawn())
            || (is_led_by_bank(known) && self.is_taken_back(known))
    }

    /// Announcements whose booked line has taken another row's place: that of a statement, which was there before.
    fn heirs(&self) -> Vec<(usize, usize)> {
        let heir = |(line, decision): (&Incoming, &Option<Decision>)| {
            let Some(Decision::TakeOver { known: heir, .. }) = *decision else { return None };
            let announced = *self.by_fingerprint.get(&line.replaces?)?;
            let is_gone = matches!(self.known[announced].state, State::Pending | State::Vanished);
            (announced != heir && is_gone && !self.claimed[announced]).then_some((announced, heir))
        };
        self.lines.iter().zip(&self.decisions).filter_map(heir).collect()
    }

    pub(super) fn take_over(&mut self, place: usize, row: usize) {
        self.claimed[row] = true;
        self.decisions[place] = Some(Decision::TakeOver { known: row, ordinal: 0 });
    }

    pub(super) fn finish(self) -> Plan {
        let is_withdrawn = |row: &usize| {
            let known = &self.known[*row];
            known.state == State::Deleted && !self.claimed[*row] && is_led_by_bank(known) && self.is_withdrawn(known)
        };
        let withdrawn = (0..self.known.len()).filter(is_withdrawn).collect();
        let heirs = self.heirs();
        let Self { decisions, vanished, mut forerunners, claimed, .. } = self;
        let decisions: Vec<Decision> =
            decisions.into_iter().map(|decision| decision.unwrap_or(Decision::New { ordinal: 0 })).collect();
        forerunners.retain(|(place, _)| matches!(decisions[*place], Decision::New { .. } | Decision::TakeOver { .. }));
        let vanished = vanished.into_iter().filter(|row| !claimed[*row]).collect();
        Plan { decisions, vanished, withdrawn, forerunners, heirs, ..Plan::default() }
    }
}

/// Whether the bank has never booked the row: its own identity becomes the bank's with the booking. It may have announced it.
pub(super) fn is_foreign(known: &Known) -> bool {
    let is_elsewhere = |origin: Origin| origin != Origin::Bank && !origin.is_withdrawn();
    known.identities.first().is_some_and(|(origin, _)| is_elsewhere(*origin)) && !is_thrown_away_entry(known)
}

/// Whether the row's own name is a bank's.
pub(super) fn is_led_by_bank(known: &Known) -> bool {
    known.identities.first().is_none_or(|(origin, _)| *origin == Origin::Bank)
}

/// Whether an earlier page of the pull has taken the row back.
fn goes_in_this_pull(known: &Known) -> bool {
    match known.state {
        State::Vanished => known.was.is_some(),
        _ => known.identities.first().is_some_and(|(origin, _)| *origin == Origin::TakenBack),
    }
}

/// Whether the bank has named the row, and not only announced it.
fn is_booked_by_bank(known: &Known) -> bool {
    known.state == State::Posted && is_led_by_bank(known)
}

pub(super) fn plausible(line: &Incoming, known: &Known) -> bool {
    line.merchant == known.merchant && SETTLEMENT_DAYS.contains(&line.day.since(known.day))
}

fn says_nothing_new(line: &Incoming, known: &Known) -> bool {
    let state = if line.pending { State::Pending } else { State::Posted };
    known.state == state
        && known.day == line.day
        && known.amount_minor == line.amount_minor
        && known.merchant == line.merchant
}
