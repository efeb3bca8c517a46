//! A bank in memory: a log of lines, and what it would swear to.

use std::collections::HashSet;

use connector::bank::Entries;
use domain::{day::Day, line::Line};

/// An entry of the log.
#[derive(Clone, Debug)]
pub(in crate::connection) enum Entry {
    Line(Line),
    Removed(String),
}

/// A bank with one account.
#[derive(Clone, Debug, Default)]
pub(in crate::connection) struct Bank {
    pub(in crate::connection) log: Vec<Entry>,
    /// Before the first line.
    pub(in crate::connection) opening_minor: i64,
    /// Cursors of an earlier log are refused.
    edition: usize,
}

/// A line with the bank's id.
pub(in crate::connection) fn line(id: &str, day: Day, amount_minor: i64, text: &str) -> Line {
    Line {
        source_id: Some(id.to_owned()),
        replaces_source_id: None,
        day,
        amount_minor,
        pending: false,
        descriptor: text.to_owned(),
        merchant_name: None,
        original: None,
        merchant_category_code: None,
        category: None,
    }
}

pub(in crate::connection) fn id(line: &Line) -> &str {
    line.source_id.as_deref().expect("a bank names its lines")
}

impl Bank {
    /// A page behind a cursor; `None` where the cursor is not of this log.
    pub(super) fn page(&self, cursor: Option<&str>, rows: usize) -> Option<Entries> {
        let from = match cursor {
            None => 0,
            Some(cursor) => {
                let (edition, place) = cursor.split_once(':').expect("ours");
                (edition == self.edition.to_string()).then(|| place.parse().expect("ours"))?
            }
        };
        let to = self.log.len().min(from + rows);
        let mut entries = Entries {
            lines: Vec::new(),
            removed: Vec::new(),
            rejected: Vec::new(),
            cursor: format!("{}:{to}", self.edition),
            has_more: to < self.log.len(),
        };
        for entry in &self.log[from..to] {
            match entry {
                Entry::Line(line) => entries.lines.push((super::ACCOUNT.to_owned(), line.clone())),
                Entry::Removed(id) => entries.removed.push((super::ACCOUNT.to_owned(), id.clone())),
            }
        }
        Some(entries)
    }

    /// What it has, the latest word about each: first of all what came first.
    pub(in crate::connection) fn lines(&self) -> Vec<Line> {
        let mut seen = HashSet::new();
        let mut lines = Vec::new();
        for entry in self.log.iter().rev() {
            match entry {
                Entry::Removed(id) => {
                    seen.insert(id.clone());
                }
                Entry::Line(line) => {
                    if seen.insert(id(line).to_owned()) {
                        lines.push(line.clone());
                    }
                }
            }
        }
        lines.reverse();
        lines
    }

    /// What it has booked.
    pub(in crate::connection) fn booked(&self) -> Vec<Line> {
        self.lines().into_iter().filter(|line| !line.pending).collect()
    }

    /// What it has announced.
    pub(in crate::connection) fn pending(&self) -> Vec<Line> {
        self.lines().into_iter().filter(|line| line.pending).collect()
    }

    pub(super) fn balance(&self) -> i64 {
        self.opening_minor + self.booked().iter().map(|line| line.amount_minor).sum::<i64>()
    }

    /// Begins a new log with these lines: whoever comes with a cursor of the old one is refused.
    pub(in crate::connection) fn begin_again(&mut self, lines: Vec<Line>) {
        let told: i64 = lines.iter().filter(|line| !line.pending).map(|line| line.amount_minor).sum();
        self.opening_minor = self.balance() - told;
        self.log = lines.into_iter().map(Entry::Line).collect();
        self.edition += 1;
    }
}
