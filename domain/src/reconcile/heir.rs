//! Heirs: what a person set on a row that its source takes back without a successor passes on to the one row that fits. No amount, day
//! or state changes with it, so no total can suffer; at worst a note sits on a twin.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{LIKENESS_DAYS, SETTLEMENT_DAYS, State};
use crate::day::Day;

/// A row that its source has taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departed {
    /// Its day.
    pub day: Day,
    /// In minor units.
    pub amount_minor: i64,
    /// Who.
    pub merchant: i64,
    /// What it was before; `None` where nobody knows any more, because an earlier pull took it back.
    pub was: Option<State>,
    /// Whether a person has set something on it.
    pub is_marked: bool,
}

/// A row that is shown and has come in the same pull or since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its day.
    pub day: Day,
    /// In minor units.
    pub amount_minor: i64,
    /// Who.
    pub merchant: i64,
    /// Whether a person has set something on it.
    pub is_marked: bool,
}

/// How a row speaks for being what became of another one; the stronger evidence goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Evidence {
    /// Merchant and amount.
    Both,
    /// The merchant, and the direction of the money: such as with a tip.
    Merchant,
    /// The amount, under another name.
    Amount,
}

impl Evidence {
    /// What rows of a pair have in common.
    fn key(self, amount_minor: i64, merchant: i64) -> (i64, i64) {
        match self {
            Self::Both => (merchant, amount_minor),
            Self::Merchant => (merchant, amount_minor.signum()),
            Self::Amount => (0, amount_minor),
        }
    }

    /// By how many days the one may follow the other.
    fn days(self, was: Option<State>) -> std::ops::RangeInclusive<i32> {
        match (was, self) {
            // What was booked is booked again on its day, or on that of its value.
            (Some(State::Posted), Self::Both) => -LIKENESS_DAYS..=LIKENESS_DAYS,
            (Some(State::Posted), Self::Merchant | Self::Amount) => 0..=0,
            (_, Self::Both | Self::Merchant) => SETTLEMENT_DAYS,
            (_, Self::Amount) => *SETTLEMENT_DAYS.start()..=LIKENESS_DAYS,
        }
    }
}

/// Places among the departed and the arrived, days that lie between.
type Pair = (usize, usize, i32);

/// Who inherits from whom: places among the departed and the arrived.
///
/// A row has one heir at most, and is the heir of one at most. One that nobody has set anything on takes part all the same: it may
/// have become what would otherwise be the heir of another. Where it is open which of several rows is meant, nobody inherits, unless
/// they are of one day: then it makes no difference.
#[must_use]
pub fn heirs(departed: &[Departed], arrived: &[Arrived]) -> Vec<(usize, usize)> {
    if !departed.iter().any(|row| row.is_marked) {
        return Vec::new();
    }
    let (mut settled_departed, mut settled_arrived) = (BTreeSet::new(), BTreeSet::new());
    let mut heirs = Vec::new();
    for evidence in [Evidence::Both, Evidence::Merchant, Evidence::Amount] {
        let mut pairs = pairs(evidence, departed, arrived);
        pairs.retain(|(from, to, _)| !settled_departed.contains(from) && !settled_arrived.contains(to));
        for group in groups(&nearest(&pairs)) {
            // Whoever has stronger evidence for several rows does not take what has weaker.
            settled_departed.extend(group.iter().map(|(from, ..)| *from));
            settled_arrived.extend(group.iter().map(|(_, to, _)| *to));
            heirs.extend(matched(evidence, &group, departed, arrived));
        }
    }
    heirs.retain(|(from, to)| departed[*from].is_marked && !arrived[*to].is_marked);
    heirs.sort_unstable();
    heirs
}

fn pairs(evidence: Evidence, departed: &[Departed], arrived: &[Arrived]) -> Vec<Pair> {
    let mut by_key: HashMap<(i64, i64), Vec<usize>> = HashMap::new();
    for (to, row) in arrived.iter().enumerate() {
        by_key.entry(evidence.key(row.amount_minor, row.merchant)).or_default().push(to);
    }
    let mut pairs = Vec::new();
    for (from, row) in departed.iter().enumerate() {
        let days = evidence.days(row.was);
        for &to in by_key.get(&evidence.key(row.amount_minor, row.merchant)).into_iter().flatten() {
            let apart = arrived[to].day.since(row.day);
            if days.contains(&apart) {
                pairs.push((from, to, apart.abs()));
            }
        }
    }
    pairs
}

/// Without those of which either side has one that is nearer by more than sources usually differ.
fn nearest(pairs: &[Pair]) -> Vec<Pair> {
    let (mut of_departed, mut of_arrived) = (HashMap::new(), HashMap::new());
    for &(from, to, apart) in pairs {
        let best: &mut i32 = of_departed.entry(from).or_insert(apart);
        *best = apart.min(*best);
        let best: &mut i32 = of_arrived.entry(to).or_insert(apart);
        *best = apart.min(*best);
    }
    let is_near = |(from, to, apart): &Pair| *apart <= of_departed[from].min(of_arrived[to]) + LIKENESS_DAYS;
    pairs.iter().filter(|pair| is_near(pair)).copied().collect()
}

/// Pairs that hang together, because they share a row.
fn groups(pairs: &[Pair]) -> Vec<Vec<Pair>> {
    let (mut by_departed, mut by_arrived) = (BTreeMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
    for pair in pairs {
        by_departed.entry(pair.0).or_default().push(*pair);
        by_arrived.entry(pair.1).or_default().push(*pair);
    }
    let mut groups = Vec::new();
    let mut seen = BTreeSet::new();
    for &first in by_departed.keys() {
        let (mut group, mut open) = (BTreeSet::new(), vec![first]);
        while let Some(from) = open.pop() {
            if seen.insert(from) {
                for pair in &by_departed[&from] {
                    group.insert(*pair);
                    open.extend(by_arrived[&pair.1].iter().map(|(other, ..)| *other));
                }
            }
        }
        if !group.is_empty() {
            groups.push(group.into_iter().collect());
        }
    }
    groups
}

/// Who of a group inherits from whom. Weaker evidence counts only between one and one.
fn matched(evidence: Evidence, group: &[Pair], departed: &[Departed], arrived: &[Arrived]) -> Vec<(usize, usize)> {
    let mut from: Vec<usize> = group.iter().map(|(from, ..)| *from).collect();
    let mut to: Vec<usize> = group.iter().map(|(_, to, _)| *to).collect();
    // Of two of one day the one that has something to pass on, and the one that has room for it.
    from.sort_unstable_by_key(|row| (departed[*row].day, !departed[*row].is_marked, *row));
    to.sort_unstable_by_key(|row| (arrived[*row].day, arrived[*row].is_marked, *row));
    from.dedup();
    to.dedup();
    let is_one_day = match from.len().cmp(&to.len()) {
        std::cmp::Ordering::Equal => true,
        std::cmp::Ordering::Less => to.iter().all(|row| arrived[*row].day == arrived[to[0]].day),
        std::cmp::Ordering::Greater => from.iter().all(|row| departed[*row].day == departed[from[0]].day),
    };
    let is_certain = is_one_day && (evidence == Evidence::Both || group.len() == 1);
    let is_pair = |(from, to): &(usize, usize)| group.iter().any(|pair| (pair.0, pair.1) == (*from, *to));
    let matched = from.into_iter().zip(to).filter(|pair| is_certain && is_pair(pair));
    matched.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(on: i32) -> Day {
        Day::from_number(20_000 + on).expect("a day")
    }

    fn gone(on: i32, amount_minor: i64, merchant: i64) -> Departed {
        Departed { day: day(on), amount_minor, merchant, was: Some(State::Pending), is_marked: true }
    }

    fn come(on: i32, amount_minor: i64, merchant: i64) -> Arrived {
        Arrived { day: day(on), amount_minor, merchant, is_marked: false }
    }

    fn booked(row: Departed) -> Departed {
        Departed { was: Some(State::Posted), ..row }
    }

    #[test]
    fn one_that_fits_inherits() {
        for (from, to, is_heir) in [
            (gone(5, -350, 1), come(6, -350, 1), true),
            (gone(5, -350, 1), come(4, -350, 1), true),
            (gone(5, -350, 1), come(19, -350, 1), true),
            // Nothing settles so late, or before it was bought.
            (gone(5, -350, 1), come(20, -350, 1), false),
            (gone(5, -350, 1), come(3, -350, 1), false),
            // A tip; a refund is none.
            (gone(5, -350, 1), come(6, -400, 1), true),
            (gone(5, -350, 1), come(6, 350, 1), false),
            // Another name.
            (gone(5, -350, 1), come(9, -350, 2), true),
            (gone(5, -350, 1), come(10, -350, 2), false),
            (gone(5, -350, 1), come(5, -351, 2), false),
            // What was booked does not wander far.
            (booked(gone(5, -350, 1)), come(9, -350, 1), true),
            (booked(gone(5, -350, 1)), come(1, -350, 1), true),
            (booked(gone(5, -350, 1)), come(10, -350, 1), false),
            (booked(gone(5, -350, 1)), come(5, -350, 2), true),
            (booked(gone(5, -350, 1)), come(6, -350, 2), false),
            (booked(gone(5, -350, 1)), come(6, -400, 1), false),
            // There is nothing to pass on, or no room for it.
            (Departed { is_marked: false, ..gone(5, -350, 1) }, come(5, -350, 1), false),
            (gone(5, -350, 1), Arrived { is_marked: true, ..come(5, -350, 1) }, false),
        ] {
            let expected: &[(usize, usize)] = if is_heir { &[(0, 0)] } else { &[] };
            assert_eq!(heirs(&[from], &[to]), expected, "{from:?} {to:?}");
        }
    }

    #[test]
    fn where_it_is_open_who_is_meant_nobody_inherits() {
        let one = gone(5, -350, 1);
        assert_eq!(heirs(&[one], &[come(6, -350, 1), come(7, -350, 1)]), []);
        // The second is too far behind the first to be meant.
        assert_eq!(heirs(&[one], &[come(6, -350, 1), come(11, -350, 1)]), [(0, 0)]);
        // Of two of one day it makes no difference, and the one with room for it is taken.
        let noted = Arrived { is_marked: true, ..come(6, -350, 1) };
        assert_eq!(heirs(&[one], &[come(6, -350, 1), come(6, -350, 1)]), [(0, 0)]);
        assert_eq!(heirs(&[one], &[noted, come(6, -350, 1)]), [(0, 1)]);
        assert_eq!(heirs(&[one], &[noted, come(7, -350, 1)]), []);
        // Weaker evidence is certain between one and one only.
        assert_eq!(heirs(&[one], &[come(6, -400, 1), come(6, -450, 1)]), []);
        assert_eq!(heirs(&[one, gone(5, -999, 1)], &[come(6, -400, 1)]), []);
        assert_eq!(heirs(&[one], &[come(5, -350, 2), come(5, -350, 3)]), []);
        // And not for whoever has stronger evidence for several.
        assert_eq!(heirs(&[one], &[come(6, -350, 1), come(7, -350, 1), come(5, -350, 2)]), []);
    }

    #[test]
    fn a_twin_that_nobody_marked_has_its_own_booking() {
        let bare = Departed { is_marked: false, ..gone(11, -350, 1) };
        assert_eq!(heirs(&[gone(5, -350, 1), bare], &[come(12, -350, 1)]), []);
        assert_eq!(heirs(&[gone(5, -350, 1), bare], &[come(6, -350, 1), come(12, -350, 1)]), [(0, 0)]);
        // As many as there are, in the order of their days.
        let days = [come(9, -350, 1), come(8, -350, 1)];
        assert_eq!(heirs(&[gone(7, -350, 1), gone(8, -350, 1)], &days), [(0, 1), (1, 0)]);
        // One of two of one day was booked: what a person wrote is on it.
        let bare = Departed { is_marked: false, ..gone(5, -350, 1) };
        assert_eq!(heirs(&[bare, gone(5, -350, 1)], &[come(6, -350, 1)]), [(1, 0)]);
    }

    #[test]
    fn what_another_row_is_clearly_nearer_to_is_its_own() {
        // The one of the tenth was booked on its day, so what came on the sixteenth is left for the one of the fourth.
        let unmarked = |row: Departed| Departed { is_marked: false, ..row };
        let departed = [unmarked(gone(10, -1, 3)), unmarked(gone(4, -2, 3)), Departed { was: None, ..gone(4, -1, 3) }];
        let arrived = [come(16, -1, 3), come(4, -2, 3), come(10, -1, 3)];
        assert_eq!(heirs(&departed, &arrived), [(2, 0)]);
    }

    fn departed_rows() -> impl Strategy<Value = Vec<Departed>> {
        let was = prop::option::of(prop_oneof![Just(State::Posted), Just(State::Pending)]);
        let row = (0..20_i32, 1..4_i64, 1..4_i64, was, any::<bool>());
        prop::collection::vec(row, 0..12).prop_map(|rows| {
            let row = |(on, amount, merchant, was, is_marked): (i32, i64, i64, Option<State>, bool)| Departed {
                was,
                is_marked,
                ..gone(on, -amount, merchant)
            };
            rows.into_iter().map(row).collect()
        })
    }

    fn arrived_rows() -> impl Strategy<Value = Vec<Arrived>> {
        prop::collection::vec((0..20_i32, 1..4_i64, 1..4_i64, any::<bool>()), 0..12).prop_map(|rows| {
            let row = |(on, amount, merchant, is_marked): (i32, i64, i64, bool)| Arrived {
                is_marked,
                ..come(on, -amount, merchant)
            };
            rows.into_iter().map(row).collect()
        })
    }

    proptest! {
        #[test]
        fn nobody_inherits_twice_and_nothing_is_put_over_what_a_person_set(
            departed in departed_rows(),
            arrived in arrived_rows(),
        ) {
            let heirs = heirs(&departed, &arrived);
            let (mut from, mut to) = (BTreeSet::new(), BTreeSet::new());
            for pair in heirs {
                prop_assert!(from.insert(pair.0) && to.insert(pair.1), "twice");
                let (gone, come) = (departed[pair.0], arrived[pair.1]);
                prop_assert!(gone.is_marked && !come.is_marked);
                prop_assert!(SETTLEMENT_DAYS.contains(&come.day.since(gone.day)) || gone.was == Some(State::Posted));
                prop_assert!(gone.merchant == come.merchant || gone.amount_minor == come.amount_minor);
            }
        }

        /// Whoever inherits is as near as anything of the same evidence, but for what sources differ by, and for what another row was clearly
        /// nearer to.
        #[test]
        fn nothing_that_is_clearly_nearer_is_passed_over(departed in departed_rows(), arrived in arrived_rows()) {
            let is_like = |one: &Departed, row: &Arrived| (row.merchant, row.amount_minor) == (one.merchant, one.amount_minor);
            let reaches = |one: &Departed, row: &Arrived| {
                is_like(one, row) && Evidence::Both.days(one.was).contains(&row.day.since(one.day))
            };
            let apart = |one: &Departed, row: &Arrived| row.day.since(one.day).abs();
            for (from, to) in heirs(&departed, &arrived) {
                let (gone, heir) = (&departed[from], &arrived[to]);
                if !is_like(gone, heir) {
                    continue;
                }
                let is_open = |row: &&Arrived| {
                    departed.iter().filter(|one| reaches(one, row)).all(|one| apart(gone, row) <= apart(one, row) + LIKENESS_DAYS)
                };
                let rivals = arrived.iter().filter(|row| reaches(gone, row)).filter(is_open);
                if let Some(nearest) = rivals.map(|row| apart(gone, row)).min() {
                    prop_assert!(apart(gone, heir) <= nearest + LIKENESS_DAYS);
                }
            }
        }

        /// Equal rows of one day, however many on either side: as many notes are passed on as there is room for.
        #[test]
        fn of_equal_twins_as_many_inherit_as_there_are(marks in prop::collection::vec(any::<bool>(), 1..6), rooms in prop::collection::vec(any::<bool>(), 1..6)) {
            let departed: Vec<_> = marks.iter().map(|is_marked| Departed { is_marked: *is_marked, ..gone(5, -350, 1) }).collect();
            let arrived: Vec<_> = rooms.iter().map(|is_room| Arrived { is_marked: !is_room, ..come(6, -350, 1) }).collect();
            let count = |all: &[bool]| all.iter().filter(|is| **is).count();
            prop_assert_eq!(heirs(&departed, &arrived).len(), count(&marks).min(count(&rooms)));
        }
    }
}
