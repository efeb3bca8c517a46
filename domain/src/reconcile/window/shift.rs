//! By how many days a file's lines follow another source's: one has the day of booking where the other has that of the value. Without
//! it the nearest day is the wrong one, wherever equal amounts stand close to each other.

use super::super::LIKENESS_DAYS;

/// The days of the lines and of the rows of one amount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) lines: Vec<i32>,
    pub(super) rows: Vec<i32>,
}

/// Amounts that must speak for a shift: one alone may be a ticket that is bought every day.
const WITNESSES: usize = 2;

/// The shift that most amounts are explained by, if it is clear; otherwise none.
pub(super) fn shift<'a>(amounts: impl Iterator<Item = &'a mut Days>) -> i32 {
    let mut better = [0_usize; SHIFTS];
    let mut worse = [0_usize; SHIFTS];
    for days in amounts.filter(|days| !days.lines.is_empty() && !days.rows.is_empty()) {
        days.lines.sort_unstable();
        days.rows.sort_unstable();
        let unshifted = explained(days, 0);
        for (place, shift) in (-LIKENESS_DAYS..=LIKENESS_DAYS).enumerate() {
            let explained = explained(days, shift);
            better[place] += usize::from(explained > unshifted);
            worse[place] += usize::from(explained < unshifted);
        }
    }
    let clear = (-LIKENESS_DAYS..=LIKENESS_DAYS).enumerate().filter(|(place, _)| {
        let (better, worse) = (better[*place], worse[*place]);
        better >= WITNESSES && better > worse * 2
    });
    clear.max_by_key(|(place, shift)| (better[*place] - worse[*place], -shift.abs())).map_or(0, |(_, shift)| shift)
}

/// Shifts that are tried.
const SHIFTS: usize = 2 * LIKENESS_DAYS.unsigned_abs() as usize + 1;

/// How many lines find a row of their own exactly so many days before. Both lists are in order.
fn explained(days: &Days, shift: i32) -> usize {
    let mut rows = days.rows.iter().copied().peekable();
    let mut count = 0;
    for line in days.lines.iter().map(|line| line - shift) {
        while rows.next_if(|row| *row < line).is_some() {}
        count += usize::from(rows.next_if_eq(&line).is_some());
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(amounts: &[(&[i32], &[i32])]) -> i32 {
        let mut amounts: Vec<Days> =
            amounts.iter().map(|(lines, rows)| Days { lines: lines.to_vec(), rows: rows.to_vec() }).collect();
        shift(amounts.iter_mut())
    }

    #[test]
    fn a_shift_is_what_several_amounts_agree_on() {
        assert_eq!(of(&[]), 0);
        assert_eq!(of(&[(&[7, 9, 11], &[5, 7, 9]), (&[8], &[6])]), 2);
        assert_eq!(of(&[(&[7, 9, 11], &[5, 7, 9]), (&[8], &[6]), (&[3], &[3])]), 0, "one speaks against it");
        assert_eq!(of(&[(&[7], &[8]), (&[9, 10], &[10, 11]), (&[20], &[21])]), -1);
    }

    #[test]
    fn one_amount_alone_proves_nothing() {
        // A ticket each day; the last one is not at the bank yet.
        assert_eq!(of(&[(&[2, 3, 4, 5, 6], &[1, 2, 3, 4, 5])]), 0);
        assert_eq!(of(&[(&[2, 3, 4], &[2, 3, 4]), (&[9], &[9])]), 0);
    }
}
