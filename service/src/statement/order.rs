//! In which order a file tells its days, and where it may be cut: a batch that has all lines of each of its days says more about the
//! rows of these days than one that is cut through the middle of them.

use std::collections::HashMap;

use connector::file::StatementLine;
use domain::{day::Day, reconcile::FileDays};

/// So many times its size a batch grows at most while it waits for the end of a day.
const LONGEST: usize = 4;

/// What a first look at a file found out about its days.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    lines: usize,
    whole: Direction,
    accounts: HashMap<usize, (FileDays, Direction)>,
    latest: Option<(usize, Day)>,
    /// Whether an account goes on after another one.
    is_mixed: bool,
}

/// Which directions days have taken so far.
#[derive(Clone, Copy, Debug, Default)]
struct Direction {
    latest: Option<Day>,
    goes_back: bool,
    goes_on: bool,
}

impl Direction {
    fn take(&mut self, day: Day) {
        if let Some(latest) = self.latest.replace(day) {
            self.goes_on |= day > latest;
            self.goes_back |= day < latest;
        }
    }

    const fn is_one(self) -> bool {
        !(self.goes_on && self.goes_back)
    }
}

impl Order {
    /// Looks at the next line of the file.
    pub(super) fn take(&mut self, line: &StatementLine) {
        let (account, day) = (line.account, line.line.day);
        self.lines += 1;
        self.whole.take(day);
        let is_other = self.latest.is_some_and(|(latest, _)| latest != account);
        self.is_mixed |= is_other && self.accounts.contains_key(&account);
        let of = self.accounts.entry(account);
        let (days, direction) = of.or_insert((FileDays { first: day, last: day }, Direction::default()));
        (days.first, days.last) = (days.first.min(day), days.last.max(day));
        direction.take(day);
        self.latest = Some((account, day));
    }

    /// The first and the last day of each account.
    pub(super) fn days(&self) -> HashMap<usize, FileDays> {
        self.accounts.iter().map(|(account, (days, _))| (*account, *days)).collect()
    }

    /// Whether the lines of a day stand together: in all accounts, or account by account.
    const fn is_by_day(&self) -> bool {
        self.whole.is_one()
    }

    fn is_by_account(&self) -> bool {
        !self.is_mixed && self.accounts.values().all(|(_, direction)| direction.is_one())
    }

    /// How a file of this order is cut into batches of about so many lines.
    pub(super) fn cutter(&self, size: usize) -> Cutter {
        Cutter {
            size,
            is_ordered: self.is_by_day() || self.is_by_account() || self.lines <= size,
            latest: None,
            count: 0,
            is_cut: false,
        }
    }
}

/// Says after which lines a batch ends. The same at every reading of a file.
pub(super) struct Cutter {
    size: usize,
    is_ordered: bool,
    latest: Option<Day>,
    count: usize,
    /// Whether the batch begins in the middle of a day.
    is_cut: bool,
}

/// The batch before a line is full.
pub(super) struct Cut {
    /// Whether it has all lines of each of its days.
    pub(super) is_whole: bool,
}

impl Cutter {
    /// Whether the batch ends before this line.
    pub(super) fn before(&mut self, line: &StatementLine) -> Option<Cut> {
        let is_other_day = self.latest.replace(line.line.day).is_some_and(|latest| latest != line.line.day);
        let may_end = is_other_day || !self.is_ordered || self.count >= self.size * LONGEST;
        let cut = (self.count >= self.size && may_end).then(|| {
            let is_whole = self.is_ordered && !self.is_cut && is_other_day;
            self.is_cut = !is_other_day;
            self.count = 0;
            Cut { is_whole }
        });
        self.count += 1;
        cut
    }

    /// The batch that the file ends with.
    pub(super) const fn end(self) -> Cut {
        Cut { is_whole: self.is_ordered && !self.is_cut }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector::file::Position;
    use domain::line::Line;

    fn line((account, day): (usize, i32)) -> StatementLine {
        let line = Line {
            source_id: None,
            replaces_source_id: None,
            day: Day::from_number(20_000 + day).expect("a day"),
            amount_minor: -350,
            pending: false,
            descriptor: "SHOP".to_owned(),
            merchant_name: None,
            original: None,
            merchant_category_code: None,
            category: None,
        };
        StatementLine { account, position: Position::default(), line, trade: None }
    }

    /// The lengths of the batches, and whether each is whole.
    fn cut(lines: &[(usize, i32)], size: usize) -> Vec<(usize, bool)> {
        let lines: Vec<_> = lines.iter().copied().map(line).collect();
        let mut order = Order::default();
        for line in &lines {
            order.take(line);
        }
        let mut cutter = order.cutter(size);
        let (mut cuts, mut count) = (Vec::new(), 0);
        for line in &lines {
            if let Some(cut) = cutter.before(line) {
                cuts.push((std::mem::take(&mut count), cut.is_whole));
            }
            count += 1;
        }
        cuts.push((count, cutter.end().is_whole));
        cuts
    }

    #[test]
    fn a_file_is_cut_between_its_days() {
        assert_eq!(cut(&[(0, 1), (0, 1), (0, 1), (0, 2), (0, 3)], 2), [(3, true), (2, true)]);
        assert_eq!(cut(&[(0, 3), (0, 2), (0, 2), (0, 1)], 2), [(3, true), (1, true)]);
        // Two accounts side by side, and one after the other.
        assert_eq!(cut(&[(0, 1), (1, 1), (0, 1), (1, 2)], 2), [(3, true), (1, true)]);
        assert_eq!(cut(&[(0, 1), (0, 2), (1, 1), (1, 2)], 2), [(2, true), (2, true)]);
        // A short file is whole in any order.
        assert_eq!(cut(&[(0, 2), (0, 1), (0, 2)], 3), [(3, true)]);
    }

    #[test]
    fn what_is_in_no_order_or_has_too_long_days_is_cut_anywhere() {
        assert_eq!(cut(&[(0, 2), (0, 1), (0, 2)], 2), [(2, false), (1, false)]);
        assert_eq!(cut(&[(0, 1), (1, 2), (0, 2), (1, 1)], 2), [(2, false), (2, false)]);
        let long = [(0, 1); 6];
        assert_eq!(cut(&[&long[..], &[(0, 2)]].concat(), 1), [(4, false), (2, false), (1, true)]);
    }
}
