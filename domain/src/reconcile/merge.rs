//! Merging: a person says that two rows are one booking. Which source leads from then on, and what becomes of the opening balance.

use super::{Origin, State};
use crate::{
    day::{Day, UTC},
    id,
};

/// One of two rows that are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// The row's id, which says when it was made.
    pub id: i64,
    /// Which kind of source leads it.
    pub origin: Origin,
    /// Posted or pending.
    pub state: State,
    /// Its day.
    pub day: Day,
    /// In minor units.
    pub amount_minor: i64,
}

/// What makes an account's balance true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Nothing, or a person who said what the account held: that stays as it was said.
    Fixed,
    /// A bank's balance, from which the opening balance was found.
    Bank {
        /// When it was found, in milliseconds of Unix time.
        at_ms: i64,
        /// The earliest day that was known then: what came later from before it was taken out of the opening balance.
        covered: Day,
    },
    /// A statement's closing balance.
    Statement {
        /// The day that it is of.
        day: Day,
    },
}

/// Whether two rows can be one booking: their amounts are equal, or one is not booked yet. Two booked amounts are what their sources
/// swear to, and no total may change without a source's word.
#[must_use]
pub fn may_be_one(kept: &Side, gone: &Side) -> bool {
    kept.amount_minor == gone.amount_minor || [kept, gone].iter().any(|side| side.state == State::Pending)
}

/// Whether the source of the row that goes leads from now on: what is booked before what is pending, a bank before a file, an id before
/// a content, a file before a person; of two bank's ids the younger one, because a bank that changes ids uses the new one from then on.
#[must_use]
pub fn gone_leads(kept: &Side, gone: &Side) -> bool {
    let rank = |side: &Side| {
        let source = match side.origin {
            Origin::Bank | Origin::TakenBack | Origin::Awaited => 0,
            Origin::FileId => 1,
            Origin::FileContent => 2,
            Origin::Manual => 3,
        };
        (side.state != State::Posted, source)
    };
    match rank(gone).cmp(&rank(kept)) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Greater => false,
        std::cmp::Ordering::Equal => gone.origin == Origin::Bank && gone.id > kept.id,
    }
}

impl Anchor {
    /// By how much the opening balance rises when two rows become one, so that today's balance stays the bank's.
    ///
    /// A double that was there when the opening balance was found is hidden in it: that was the bank's balance less all rows. A double
    /// that came later shows as drift, which goes with it.
    #[must_use]
    pub fn rise(self, one: &Side, other: &Side, merged: &Side) -> i64 {
        match self {
            Self::Fixed => 0,
            Self::Bank { at_ms, covered } => {
                let vanishes = posted(one) + posted(other) - posted(merged);
                if is_hidden(one, other, at_ms, covered) { vanishes } else { 0 }
            }
            Self::Statement { day } => {
                let within = |side: &Side| if side.day <= day { posted(side) } else { 0 };
                within(one) + within(other) - within(merged)
            }
        }
    }
}

impl Anchor {
    /// By how much the opening balance rises when a row of a file goes as if the file had never been there. What a statement's closing
    /// balance makes true is found anew.
    #[must_use]
    pub fn rise_without(self, gone: &Side) -> i64 {
        let Self::Bank { at_ms, covered } = self else { return 0 };
        // What a person threw away was given back to the opening balance then.
        if is_inside(gone, at_ms, covered) { posted(gone) } else { 0 }
    }

    /// By how much the opening balance rises when a person throws a row away, so that today's balance stays what its source says. What a
    /// bank has told it counts on: that shows as drift, with the row as its culprit.
    #[must_use]
    pub fn rise_deleted(self, gone: &Side) -> i64 {
        match self {
            Self::Fixed => 0,
            Self::Bank { .. } if gone.origin.is_of_bank() => 0,
            Self::Bank { .. } => self.rise_without(gone),
            Self::Statement { day } => {
                if gone.day <= day {
                    posted(gone)
                } else {
                    0
                }
            }
        }
    }

    /// By how much the opening balance falls when a person enters a row: what a statement has sworn to is not moved by it.
    #[must_use]
    pub fn fall_entered(self, new: &Side) -> i64 {
        match self {
            Self::Statement { .. } => self.rise_deleted(new),
            Self::Fixed | Self::Bank { .. } => 0,
        }
    }
}

fn posted(side: &Side) -> i64 {
    if side.state == State::Posted { side.amount_minor } else { 0 }
}

/// Whether the opening balance hides one of them. The bank's own row was in its balance or came along with it; so beside one it is the
/// other row that counts, and without one the later of the two.
fn is_hidden(one: &Side, other: &Side, at_ms: i64, covered: Day) -> bool {
    let inside = |side: &Side| is_inside(side, at_ms, covered);
    match (one.origin == Origin::Bank, other.origin == Origin::Bank) {
        (true, false) => inside(other),
        (false, true) => inside(one),
        _ => inside(one) && inside(other),
    }
}

/// Whether a row was counted when the opening balance was found from the bank's, or taken out of it when it came.
fn is_inside(side: &Side, at_ms: i64, covered: Day) -> bool {
    let was_there = id::issued_at_ms(side.id) <= at_ms;
    match side.origin {
        // What was pending then is booked on a later day.
        Origin::Bank | Origin::TakenBack | Origin::Awaited => {
            was_there && side.day <= Day::at(at_ms, UTC) || side.day < covered
        }
        Origin::FileId | Origin::FileContent => was_there || side.day < covered,
        Origin::Manual => was_there,
    }
}

/// The note of a row that was two: both, where they differ and there is room; else that of the row that is kept.
#[must_use]
pub fn one_note(kept: Option<&str>, gone: Option<&str>, most_chars: usize) -> Option<String> {
    match (kept, gone) {
        (Some(kept), Some(gone)) if kept != gone => {
            let both = format!("{kept}\n{gone}");
            Some(if both.chars().count() <= most_chars { both } else { kept.to_owned() })
        }
        (kept, gone) => kept.or(gone).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    /// When the opening balance was found.
    const AT_MS: i64 = id::EPOCH_MS + 1_000 * MINUTE;

    fn today() -> Day {
        Day::at(AT_MS, UTC)
    }

    /// A row that was made so many minutes after the opening balance was found, of a day so many days after.
    fn row(origin: Origin, minutes: i64, days: i32) -> Side {
        let id = id::compose(AT_MS + minutes * MINUTE, 0, 0);
        Side { id, origin, state: State::Posted, day: today().plus(days), amount_minor: -350 }
    }

    fn pending(side: Side) -> Side {
        Side { state: State::Pending, ..side }
    }

    #[test]
    fn the_source_that_knows_more_leads() {
        let (bank, file, content, hand) = (
            row(Origin::Bank, 0, 0),
            row(Origin::FileId, 0, 0),
            row(Origin::FileContent, 0, 0),
            row(Origin::Manual, 0, 0),
        );
        let order = [bank, file, content, hand, pending(bank)];
        for (place, better) in order.iter().enumerate() {
            for worse in &order[place + 1..] {
                assert!(gone_leads(worse, better) && !gone_leads(better, worse), "{better:?} {worse:?}");
            }
            assert!(!gone_leads(better, better), "of equal ones the kept one");
        }
        let younger = row(Origin::Bank, 1, 0);
        assert!(gone_leads(&bank, &younger) && !gone_leads(&younger, &bank));
        assert!(!gone_leads(&file, &row(Origin::FileId, 1, 0)), "of two files the one that the person keeps");
    }

    #[test]
    fn booked_amounts_must_be_equal() {
        let (one, tipped) = (row(Origin::Bank, 0, 0), Side { amount_minor: -400, ..row(Origin::FileId, 0, 0) });
        assert!(may_be_one(&one, &one) && !may_be_one(&one, &tipped) && !may_be_one(&tipped, &one));
        assert!(may_be_one(&pending(one), &tipped) && may_be_one(&tipped, &pending(one)));
    }

    #[test]
    fn the_opening_balance_rises_by_what_it_hides() {
        use Origin::{Bank, FileContent, FileId, Manual};
        let anchor = Anchor::Bank { at_ms: AT_MS, covered: today().plus(-60) };
        for (one, other, hidden) in [
            // The statement first, then its bank: both were there.
            (row(FileId, -9, -5), row(Bank, -1, -5), true),
            // The statement later: it shows as drift.
            (row(FileId, 9, -5), row(Bank, -1, -5), false),
            // Later, and from before the earliest day: taken out of the opening balance when it came.
            (row(FileId, 9, -61), row(Bank, -1, -60), true),
            (row(FileContent, 9, -61), row(FileId, 8, -62), true),
            // The bank's row came later than a row that was there: the bank's balance went along with it.
            (row(FileId, -9, 0), row(Bank, 9, 1), true),
            (row(Manual, 9, -61), row(Bank, -1, -60), false),
            // Two ids of a bank, two files: the later one is the double.
            (row(Bank, -9, -5), row(Bank, -1, -5), true),
            (row(Bank, -9, -5), row(Bank, 9, -5), false),
            (row(FileId, -9, -5), row(FileContent, 9, -5), false),
            // It was pending when the balance was read.
            (row(Bank, -9, 1), row(Bank, -1, -1), false),
        ] {
            let expected = if hidden { -350 } else { 0 };
            assert_eq!(anchor.rise(&one, &other, &one), expected, "{one:?} {other:?}");
            assert_eq!(anchor.rise(&other, &one, &one), expected, "whichever is kept");
            assert_eq!(Anchor::Fixed.rise(&one, &other, &one), 0);
            // A pending row is in no balance.
            assert_eq!(anchor.rise(&one, &pending(other), &one), 0);
        }
    }

    #[test]
    fn a_statements_balance_stays_true() {
        let anchor = Anchor::Statement { day: today() };
        let (early, late) = (row(Origin::FileId, 0, -1), row(Origin::Manual, 0, 1));
        assert_eq!(anchor.rise(&early, &early, &early), -350);
        assert_eq!(anchor.rise(&early, &late, &early), 0);
        assert_eq!(anchor.rise(&early, &late, &late), -350);
        assert_eq!(anchor.rise(&late, &late, &late), 0);
    }

    #[test]
    fn what_a_person_throws_away_moves_no_balance_that_its_source_has_sworn_to() {
        use Origin::{Bank, FileContent, FileId, Manual, TakenBack};
        let bank = Anchor::Bank { at_ms: AT_MS, covered: today().plus(-60) };
        let statement = Anchor::Statement { day: today() };
        for (side, of_bank, of_statement) in [
            // It was there, and is hidden in the opening balance.
            (row(FileId, -9, -5), true, true),
            (row(Manual, -9, -5), true, true),
            // It was taken out of the opening balance when it came.
            (row(FileContent, 9, -61), true, true),
            // It came later, and shows as drift, which goes with it.
            (row(FileId, 9, -5), false, true),
            // The bank counts it on.
            (row(Bank, -9, -5), false, true),
            (row(TakenBack, -9, -5), false, true),
            (row(FileId, 9, 1), false, false),
            (pending(row(FileId, -9, -5)), false, false),
        ] {
            let minor = |rises: bool| if rises { -350 } else { 0 };
            assert_eq!(bank.rise_deleted(&side), minor(of_bank), "{side:?}");
            assert_eq!(statement.rise_deleted(&side), minor(of_statement), "{side:?}");
            assert_eq!(statement.fall_entered(&side), minor(of_statement), "{side:?}");
            assert_eq!(
                (Anchor::Fixed.rise_deleted(&side), Anchor::Fixed.fall_entered(&side), bank.fall_entered(&side)),
                (0, 0, 0)
            );
            // Afterwards it is in no balance, and its file can go without moving one.
            assert_eq!(bank.rise_without(&Side { state: State::Deleted, ..side }), 0);
        }
    }

    #[test]
    fn no_note_is_lost_where_there_is_room() {
        assert_eq!(one_note(None, None, 9), None);
        assert_eq!(one_note(Some("a"), None, 9).as_deref(), Some("a"));
        assert_eq!(one_note(None, Some("b"), 9).as_deref(), Some("b"));
        assert_eq!(one_note(Some("a"), Some("b"), 3).as_deref(), Some("a\nb"));
        assert_eq!(one_note(Some("a"), Some("b"), 2).as_deref(), Some("a"));
        assert_eq!(one_note(Some("a"), Some("a"), 9).as_deref(), Some("a"));
    }
}
