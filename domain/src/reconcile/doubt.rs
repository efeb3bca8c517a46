//! Doubts: a line became a row although another source may have brought the same booking already. A person decides; nothing is merged by
//! itself.

use std::collections::{HashMap, HashSet};

use super::{Decision, Incoming, Known, LIKENESS_DAYS, Origin, Plan, Sketch, State};

/// Days by which two sources may differ about one booking of one merchant before nobody doubts any more.
pub const DOUBT_DAYS: i32 = 7;
/// From this likeness in percent on two texts speak for each other: a short name in a longer one has as much, strangers seldom half of it.
const ALIKE_PERCENT: u32 = 20;

/// Why two rows are not held for one, though they may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Amount and day fit; the texts name different merchants.
    Text,
    /// Amount and merchant fit; the days lie further apart than sources usually differ, or one source does not reach the day of the other.
    Day,
    /// Amount, merchant and day fit; one of them is not booked yet, and its source has not said what becomes of it.
    Pending,
    /// Amount and day fit; a file of the same kind has the one, and a later one that covers the day has the other in its place.
    Again,
}

impl Reason {
    /// The number in the rows. Never changes.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Text => 0,
            Self::Day => 1,
            Self::Pending => 2,
            Self::Again => 3,
        }
    }

    /// The reason of a number from the rows.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        [Self::Text, Self::Day, Self::Pending, Self::Again].into_iter().find(|reason| reason.code() == code)
    }
}

/// A new line that may be a known row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Place of the line, which becomes a row of its own.
    pub line: usize,
    /// Place among the known.
    pub known: usize,
    /// Why it is not certain.
    pub reason: Reason,
}

/// The doubts that a plan leaves. A line has one at most, about the likeliest row, and a row one at most.
///
/// Only where two kinds of source meet, or where a file [asks](Plan::asked): what one source names twice is two, however alike. A row that a line of the batch has claimed
/// is accounted for. `line_text` and `known_text` are asked once at most for each place, and only where there is a candidate.
pub fn doubts(
    lines: &[Incoming],
    known: &[Known],
    plan: &Plan,
    line_text: impl Fn(usize) -> Sketch,
    known_text: impl Fn(usize) -> Sketch,
) -> Vec<Doubt> {
    let by_amount = free_rows(known, plan);
    let is_free = |row: usize| by_amount.get(&known[row].amount_minor).is_some_and(|rows| rows.contains(&row));
    let asked = plan.asked.iter().filter(|asked| is_free(asked.known));
    let mut doubts: Vec<Doubt> =
        asked.map(|asked| Doubt { line: asked.line, known: asked.known, reason: Reason::Again }).collect();
    if by_amount.is_empty() {
        return doubts;
    }
    let mut texts: HashMap<usize, Sketch> = HashMap::new();
    let mut candidates = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        if !matches!(plan.decisions.get(place), Some(Decision::New { .. })) {
            continue;
        }
        let mut own = None;
        for &row in by_amount.get(&line.amount_minor).into_iter().flatten() {
            let Some(reason) = doubtful(line, &known[row]) else { continue };
            let own = *own.get_or_insert_with(|| line_text(place));
            let likeness = own.likeness(*texts.entry(row).or_insert_with(|| known_text(row)));
            let days = line.day.since(known[row].day).abs();
            let rank = (reason == Reason::Text && likeness < ALIKE_PERCENT, days, 100 - likeness);
            candidates.push((rank, place, row, reason));
        }
    }
    candidates.sort_unstable();
    let mut taken_lines: HashSet<usize> = doubts.iter().map(|doubt| doubt.line).collect();
    let mut taken_rows: HashSet<usize> = doubts.iter().map(|doubt| doubt.known).collect();
    for (_, line, known, reason) in candidates {
        if !taken_lines.contains(&line) && !taken_rows.contains(&known) {
            taken_lines.insert(line);
            taken_rows.insert(known);
            doubts.push(Doubt { line, known, reason });
        }
    }
    doubts
}

/// Whether a source names both rows: then it holds them for two. That files name both is what [`Reason::Again`] is about.
#[must_use]
pub fn is_refuted(reason: Reason, one: &[Origin], other: &[Origin]) -> bool {
    let counts = |origin: &Origin| reason != Reason::Again || *origin == Origin::Bank;
    one.iter().filter(|origin| counts(origin)).any(|origin| other.contains(origin))
}

/// The rows that are shown and that no line of the batch has claimed, by their amount.
fn free_rows(known: &[Known], plan: &Plan) -> HashMap<i64, Vec<usize>> {
    let claimed: HashSet<usize> = plan.decisions.iter().filter_map(|decision| decision.known()).collect();
    let mut by_amount: HashMap<i64, Vec<usize>> = HashMap::new();
    for (row, other) in known.iter().enumerate() {
        let is_shown = matches!(other.state, State::Posted | State::Pending) && !plan.vanished.contains(&row);
        if is_shown && !claimed.contains(&row) {
            by_amount.entry(other.amount_minor).or_default().push(row);
        }
    }
    by_amount
}

/// Why a line may be a row of the same amount; `None` where it is surely another one.
fn doubtful(line: &Incoming, known: &Known) -> Option<Reason> {
    let same_source = match line.origin {
        // What the bank only announced it may book under another id.
        Origin::Bank => known.identities.first().is_none_or(|(origin, _)| *origin == Origin::Bank),
        _ => known.identities.iter().any(|(origin, _)| *origin == line.origin),
    };
    let days = line.day.since(known.day).abs();
    if same_source || days > DOUBT_DAYS {
        return None;
    }
    match (line.merchant == known.merchant, days <= LIKENESS_DAYS) {
        (true, true) if line.pending || known.state == State::Pending => Some(Reason::Pending),
        // Far apart, or on a day that the file does not reach.
        (true, _) => Some(Reason::Day),
        (false, true) => Some(Reason::Text),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        day::Day,
        reconcile::{Identity, number, page, window},
    };

    fn day(on: i32) -> Day {
        Day::from_number(20_000 + on).expect("a day")
    }

    fn line(origin: Origin, fingerprint: i64, on: i32, amount_minor: i64, merchant: i64) -> Incoming {
        Incoming {
            fingerprint,
            ordinal: 0,
            origin,
            replaces: None,
            day: day(on),
            amount_minor,
            pending: false,
            merchant,
        }
    }

    fn row(names: &[Origin], fingerprint: i64, on: i32, amount_minor: i64, merchant: i64) -> Known {
        let identities = names
            .iter()
            .zip(fingerprint..)
            .map(|(origin, fingerprint)| (*origin, Identity { fingerprint, ordinal: 0 }));
        let (identities, state) = (identities.collect(), State::Posted);
        Known { identities, said: vec![], day: day(on), amount_minor, state, was: None, merchant }
    }

    /// Texts play no part.
    fn plain(lines: &[Incoming], known: &[Known], plan: &Plan) -> Vec<(usize, usize, Reason)> {
        let all = doubts(lines, known, plan, |_| Sketch::of("A"), |_| Sketch::of("A"));
        all.into_iter().map(|doubt| (doubt.line, doubt.known, doubt.reason)).collect()
    }

    #[test]
    fn what_two_sources_may_mean_is_doubted_and_what_one_names_twice_is_not() {
        use Origin::{Bank, FileContent, FileId, Manual};
        use Reason::{Day, Pending, Text};
        for (names, origin, apart, merchant, expected) in [
            (vec![FileId], Bank, 4, 2, Some(Text)),
            (vec![FileId], Bank, -4, 2, Some(Text)),
            (vec![FileId], Bank, 5, 2, None),
            (vec![FileId], Bank, 7, 1, Some(Day)),
            (vec![FileId], Bank, 8, 1, None),
            (vec![Bank], FileContent, 0, 2, Some(Text)),
            (vec![Bank], FileId, -7, 1, Some(Day)),
            (vec![FileId], FileContent, 1, 2, Some(Text)),
            (vec![Manual], FileContent, 1, 2, Some(Text)),
            (vec![Manual], Bank, 1, 2, Some(Text)),
            (vec![Bank], Bank, 1, 2, None),
            (vec![FileId], FileId, 1, 2, None),
            (vec![Bank, FileId], FileId, 1, 2, None),
            (vec![Bank, FileId], FileContent, 1, 2, Some(Text)),
            // The bank has announced it, and a file has booked it.
            (vec![FileId, Bank], Bank, 1, 2, Some(Text)),
        ] {
            let known = [row(&names, 100, 10, -350, 1)];
            let lines = [line(origin, 1, 10 + apart, -350, merchant)];
            let plan = if origin == Bank {
                page(&lines, &[], &known, Some(day(0)))
            } else {
                window(&lines, &known, None, None)
            };
            let expected: Vec<_> = expected.map(|reason| (0, 0, reason)).into_iter().collect();
            assert_eq!(plain(&lines, &known, &plan), expected, "{names:?} {origin:?} {apart} {merchant}");
        }
        // The bank announces what a file has booked.
        let known = [row(&[FileId], 100, 10, -350, 1)];
        let lines = [Incoming { pending: true, ..line(Bank, 1, 10, -350, 1) }];
        assert_eq!(plain(&lines, &known, &page(&lines, &[], &known, Some(day(0)))), [(0, 0, Pending)]);
    }

    #[test]
    fn another_amount_and_a_row_that_is_not_shown_are_not_doubted() {
        for state in [State::Deleted, State::Vanished] {
            let known = [Known { state, ..row(&[Origin::FileId], 100, 10, -350, 1) }];
            let lines = [line(Origin::Bank, 1, 10, -350, 2)];
            assert_eq!(plain(&lines, &known, &page(&lines, &[], &known, Some(day(0)))), []);
        }
        let known = [row(&[Origin::FileId], 100, 10, -351, 1)];
        let lines = [line(Origin::Bank, 1, 10, -350, 2)];
        assert_eq!(plain(&lines, &known, &page(&lines, &[], &known, Some(day(0)))), []);
    }

    #[test]
    fn a_row_that_a_line_has_claimed_is_accounted_for() {
        // Two coffees in the file, one at the bank: the second one is a second one.
        let known = [row(&[Origin::Bank], 100, 10, -350, 1)];
        let lines = [line(Origin::FileId, 1, 10, -350, 1), line(Origin::FileId, 2, 10, -350, 1)];
        let plan = window(&lines, &known, None, None);
        assert_eq!(plan.decisions.iter().filter(|decision| decision.known().is_some()).count(), 1);
        assert_eq!(plain(&lines, &known, &plan), []);
    }

    #[test]
    fn the_likelier_row_is_named() {
        let known = [
            row(&[Origin::FileId], 100, 11, -350, 1),
            row(&[Origin::FileId], 101, 10, -350, 2),
            row(&[Origin::FileId], 102, 12, -350, 3),
        ];
        let lines = [line(Origin::Bank, 1, 10, -350, 8), line(Origin::Bank, 2, 10, -350, 9)];
        let known_texts = ["SHELL STATION", "TEMPLE BAR", "REWE SAGT DANKE"];
        let line_texts = ["REWE MARKT", "SOMETHING ELSE"];
        let plan = page(&lines, &[], &known, Some(day(0)));
        let named =
            doubts(&lines, &known, &plan, |place| Sketch::of(line_texts[place]), |row| Sketch::of(known_texts[row]));
        let named: Vec<_> = named.iter().map(|doubt| (doubt.line, doubt.known)).collect();
        // The text decides before the day, and where no text speaks the day does.
        assert_eq!(named, [(0, 2), (1, 1)]);
    }

    #[test]
    fn what_one_source_names_is_two() {
        use Origin::{Bank, FileId, Manual};
        assert!(is_refuted(Reason::Text, &[Bank, FileId], &[FileId]));
        assert!(!is_refuted(Reason::Text, &[Bank], &[FileId, Manual]));
        assert!(!is_refuted(Reason::Again, &[Bank, FileId], &[FileId]));
        assert!(is_refuted(Reason::Again, &[Bank, FileId], &[FileId, Bank]));
    }

    fn origin() -> impl Strategy<Value = Origin> {
        prop_oneof![Just(Origin::Bank), Just(Origin::FileId), Just(Origin::FileContent), Just(Origin::Manual)]
    }

    prop_compose! {
        fn known_rows()(rows in prop::collection::vec((prop::collection::vec(origin(), 1..3), 0..12, 1..3_i64, 1..4_i64, 0..4_i16), 0..15)) -> Vec<Known> {
            rows.iter().zip(0..).map(|((names, on, amount, merchant, state), place)| {
                let state = State::from_code(*state).expect("a state");
                Known { state, ..row(names, 1_000 + place * 10, *on, -amount, *merchant) }
            }).collect()
        }
    }

    proptest! {
        #[test]
        fn each_doubt_is_of_a_new_line_and_a_free_row_and_no_two_share_one(
            known in known_rows(),
            drawn in prop::collection::vec((0..12, 1..3_i64, 1..4_i64, any::<bool>()), 0..15),
            source in prop_oneof![Just(Origin::Bank), Just(Origin::FileId), Just(Origin::FileContent)],
        ) {
            let mut seen = HashMap::new();
            let lines: Vec<Incoming> = drawn.iter().zip(1..).map(|((on, amount, merchant, pending), id)| {
                // Lines without an id that say the same are numbered.
                let fingerprint = if source == Origin::FileContent { 500 + i64::from(*on) * 100 + amount * 10 + merchant } else { id };
                let ordinal = number(&mut seen, fingerprint).expect("few");
                let pending = *pending && source == Origin::Bank;
                Incoming { ordinal, pending, ..line(source, fingerprint, *on, -amount, *merchant) }
            }).collect();
            let plan = if source == Origin::Bank { page(&lines, &[], &known, Some(day(0))) } else { window(&lines, &known, None, None) };
            let all = doubts(&lines, &known, &plan, |_| Sketch::of("A"), |_| Sketch::of("A"));
            let claimed: HashSet<usize> = plan.decisions.iter().filter_map(|decision| decision.known()).collect();
            let (mut in_doubt, mut doubted) = (HashSet::new(), HashSet::new());
            for doubt in all {
                prop_assert!(matches!(plan.decisions[doubt.line], Decision::New { .. }), "a line that was matched");
                prop_assert!(!claimed.contains(&doubt.known), "a row that was claimed");
                prop_assert!(in_doubt.insert(doubt.line) && doubted.insert(doubt.known), "twice");
                let (line, row) = (&lines[doubt.line], &known[doubt.known]);
                prop_assert!(row.identities[0].0 != source, "of one source");
                prop_assert!(matches!(row.state, State::Posted | State::Pending));
                prop_assert_eq!(line.amount_minor, row.amount_minor);
            }
        }

        /// However many equal coffees one source brings, in however many batches.
        #[test]
        fn coffees_of_one_source_never_doubt_one_another(batches in prop::collection::vec(1..6_usize, 1..5), source in origin()) {
            let source = if source == Origin::Manual { Origin::FileId } else { source };
            let mut known: Vec<Known> = Vec::new();
            let mut ordinals = 0;
            for count in batches {
                let lines: Vec<Incoming> = (0..count).map(|_| {
                    ordinals += 1;
                    let content = source == Origin::FileContent;
                    let fingerprint = if content { 7 } else { i64::from(ordinals) };
                    Incoming { ordinal: if content { ordinals } else { 0 }, ..line(source, fingerprint, 5, -350, 1) }
                }).collect();
                let plan = if source == Origin::Bank { page(&lines, &[], &known, Some(day(0))) } else { window(&lines, &known, None, None) };
                prop_assert_eq!(plain(&lines, &known, &plan), vec![]);
                for line in &lines {
                    let identity = Identity { fingerprint: line.fingerprint, ordinal: line.ordinal };
                    known.push(Known { identities: vec![(source, identity)], ..row(&[], 0, 5, -350, 1) });
                }
            }
        }
    }
}
