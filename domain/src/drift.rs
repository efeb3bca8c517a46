//! Drift: the bank's balance less what the transactions add up to. What is likely to be behind it.

use crate::{
    day::Day,
    reconcile::{LIKENESS_DAYS, State},
};

/// What is likely to be behind a drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The person has thrown away what the bank counts.
    ThrownAway,
    /// One booking is there twice.
    Twice,
    /// The bank has taken back what its balance still counts.
    TakenBack,
    /// The bank's balance counts what it calls pending.
    Pending,
    /// Lines of the bank could not be understood.
    NotUnderstood,
    /// Between two statements lie days of which none has anything.
    MissingStatement,
}

/// A row that may have to do with a drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: i64,
    /// Its day.
    pub day: Day,
    /// In minor units.
    pub amount_minor: i64,
    /// Who.
    pub merchant: i64,
    /// Its state.
    pub state: State,
}

/// A cause, with the rows that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspicion {
    /// The cause.
    pub cause: Cause,
    /// Ids of the rows; none where no row shows it.
    pub rows: Vec<i64>,
}

/// The likeliest cause of a drift: rows that explain all of it, to the cent; else whether lines were not understood. `None` where
/// nothing is known that would explain it.
#[must_use]
pub fn suspect(drift_minor: i64, rows: &[Row], lines_not_understood: bool) -> Option<Suspicion> {
    let found = [Cause::ThrownAway, Cause::Twice, Cause::TakenBack, Cause::Pending].into_iter().find_map(|cause| {
        let rows = match cause {
            Cause::Twice => twice(-drift_minor, rows)?,
            Cause::ThrownAway => adding_up(drift_minor, rows, State::Deleted)?,
            Cause::TakenBack => adding_up(drift_minor, rows, State::Vanished)?,
            Cause::Pending => adding_up(drift_minor, rows, State::Pending)?,
            Cause::NotUnderstood | Cause::MissingStatement => return None,
        };
        Some(Suspicion { cause, rows })
    });
    found.or_else(|| lines_not_understood.then(|| Suspicion { cause: Cause::NotUnderstood, rows: Vec::new() }))
}

/// Days between two others of which nothing is covered: the longest stretch, the latest of several. `covered` are first and last days.
#[must_use]
pub fn uncovered(after: Day, until: Day, covered: &[(Day, Day)]) -> Option<(Day, Day)> {
    let mut covered: Vec<(Day, Day)> = covered.to_vec();
    covered.sort_unstable();
    covered.push((until.plus(1), until.plus(1)));
    let (mut open, mut longest) = (after.plus(1), None);
    for (first, last) in covered {
        let (from, to) = (open, first.plus(-1).min(until));
        let length = |(from, to): (Day, Day)| to.since(from);
        if from <= to && longest.is_none_or(|before| length((from, to)) >= length(before)) {
            longest = Some((from, to));
        }
        open = open.max(last.plus(1));
    }
    longest
}

/// The one row of a state that is the sum, the latest of several; else all of them, if together they are.
fn adding_up(sum: i64, rows: &[Row], state: State) -> Option<Vec<i64>> {
    let of = || rows.iter().filter(move |row| row.state == state);
    let one = of().filter(|row| row.amount_minor == sum).max_by_key(|row| (row.day, row.id));
    let all = || of().map(|row| i128::from(row.amount_minor)).sum::<i128>() == i128::from(sum);
    match one {
        Some(row) => Some(vec![row.id]),
        None if of().count() > 1 && all() => Some(of().map(|row| row.id).collect()),
        None => None,
    }
}

/// Two booked rows of an amount within a few days: rather of one merchant than of two, the nearest two, the latest of several.
fn twice(amount_minor: i64, rows: &[Row]) -> Option<Vec<i64>> {
    let of: Vec<&Row> =
        rows.iter().filter(|row| row.state == State::Posted && row.amount_minor == amount_minor).collect();
    let pairs = of.iter().enumerate().flat_map(|(place, one)| of[place + 1..].iter().map(move |other| (one, other)));
    let apart = |one: &Row, other: &Row| one.day.since(other.day).abs();
    let near = pairs.filter(|(one, other)| apart(one, other) <= LIKENESS_DAYS);
    let (one, other) = near.min_by_key(|(one, other)| {
        (one.merchant != other.merchant, apart(one, other), std::cmp::Reverse(one.day.max(other.day)))
    })?;
    Some(vec![one.id.min(other.id), one.id.max(other.id)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, day: i32, amount_minor: i64, state: State) -> Row {
        Row { id, day: Day::of_row(20_000 + day), amount_minor, merchant: -7, state }
    }

    #[test]
    fn the_longest_days_without_a_statement_are_named() {
        let day = |on: i32| Day::of_row(20_000 + on);
        let of = |covered: &[(i32, i32)]| {
            let covered: Vec<(Day, Day)> = covered.iter().map(|(first, last)| (day(*first), day(*last))).collect();
            uncovered(day(31), day(90), &covered).map(|(from, to)| (from.number() - 20_000, to.number() - 20_000))
        };
        assert_eq!(of(&[]), Some((32, 90)));
        assert_eq!(of(&[(1, 31), (60, 90)]), Some((32, 59)));
        assert_eq!(of(&[(60, 88), (1, 40)]), Some((41, 59)));
        assert_eq!(of(&[(33, 40), (38, 50), (52, 90)]), Some((51, 51)));
        assert_eq!(of(&[(20, 60), (50, 120)]), None);
    }

    #[test]
    fn the_rows_that_explain_all_of_it_are_named() {
        let rows = [
            row(1, 1, -350, State::Posted),
            row(2, 3, -350, State::Posted),
            row(3, 4, -350, State::Posted),
            row(4, 5, -900, State::Deleted),
            row(5, 5, -100, State::Deleted),
            row(6, 6, -1_700, State::Pending),
            row(7, 6, -2_200, State::Vanished),
            Row { merchant: -8, ..row(8, 5, -4_000, State::Posted) },
            row(9, 5, -4_000, State::Posted),
            row(10, 15, -5_000, State::Posted),
            row(11, 5, -5_000, State::Posted),
        ];
        let named = |drift| suspect(drift, &rows, false).map(|found| (found.cause, found.rows));
        assert_eq!(named(350), Some((Cause::Twice, vec![2, 3])), "the nearest two");
        assert_eq!(named(-900), Some((Cause::ThrownAway, vec![4])));
        assert_eq!(named(-1_000), Some((Cause::ThrownAway, vec![4, 5])), "together");
        assert_eq!(named(-1_700), Some((Cause::Pending, vec![6])));
        assert_eq!(named(-2_200), Some((Cause::TakenBack, vec![7])));
        assert_eq!(named(4_000), Some((Cause::Twice, vec![8, 9])), "in other words, perhaps");
        assert_eq!(named(5_000), None, "ten days");
        assert_eq!(named(-350), None, "the bank has more, not we");
        assert_eq!(named(1), None);
        let blind = suspect(1, &rows, true).map(|found| (found.cause, found.rows));
        assert_eq!(blind, Some((Cause::NotUnderstood, vec![])));
    }
}
