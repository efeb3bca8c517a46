//! A failure pattern as its file writes it.

use std::path::Path;

use domain::{day::Day, line::Line, money::Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::super::{bank::line, euro};

/// A file of the corpus.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pattern {
    pub(super) step: Vec<Step>,
    pub(super) expect: Expected,
}

/// Something happens.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// The bank says something, and it is pulled as one page.
    Page(Page),
    /// The bank says something that nobody pulls yet.
    Unheard(Said),
    /// The bank loses its log, and tells in another what it has: whoever comes with a cursor of the old one is refused.
    BeginAgain(Again),
    /// The person links the bank again: its whole log is pulled once more.
    LinkAgain(LinkAgain),
    Statement(Statement),
    /// The import of a statement is taken back.
    Undo(Undo),
    /// The person writes on a row.
    Note(Note),
    /// The person gives the merchant of a row another name.
    RenameMerchant(RenameMerchant),
    /// The person throws a row away.
    Delete(Delete),
    /// The person says that two rows are one.
    Merge(Merge),
    /// The person takes the latest merge back.
    Unmerge(Unmerge),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    #[serde(default)]
    pub(super) lines: Vec<BankLine>,
    /// Ids.
    #[serde(default)]
    pub(super) removed: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) lines: Vec<BankLine>,
    #[serde(default)]
    pub(super) removed: Vec<String>,
    /// The next step is a page of the same pull.
    #[serde(default)]
    pub(super) more: bool,
    /// Where the process dies that books it.
    pub(super) crash: Option<Death>,
    /// So many times more it is told.
    #[serde(default)]
    pub(super) again: usize,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Death {
    Before,
    After,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Again {
    pub(super) lines: Vec<BankLine>,
    #[serde(default = "many")]
    pub(super) rows: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkAgain {
    #[serde(default = "many")]
    pub(super) rows: usize,
}

fn many() -> usize {
    100
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Statement {
    pub(super) lines: Vec<FileLine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Undo {
    /// Which statement, in the order of their import: 0 is the first.
    #[serde(default)]
    pub(super) place: usize,
    /// What the person wrote on stays.
    #[serde(default)]
    pub(super) keep_edited: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    pub(super) of: Which,
    pub(super) text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RenameMerchant {
    pub(super) of: Which,
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Delete {
    pub(super) of: Which,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Merge {
    /// Stays.
    pub(super) kept: Which,
    /// Becomes a part of it.
    pub(super) gone: Which,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unmerge {}

/// A row that is shown: the only one that is so, or the first, second … of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    #[serde(default, deserialize_with = "some_day")]
    pub(super) day: Option<Day>,
    #[serde(default, deserialize_with = "some_minor")]
    pub(super) amount: Option<i64>,
    pub(super) text: Option<String>,
    pub(super) pending: Option<bool>,
    /// From 0 on, in the order in which they came.
    pub(super) place: Option<usize>,
}

/// A line of the bank.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BankLine {
    id: String,
    #[serde(deserialize_with = "day")]
    day: Day,
    #[serde(deserialize_with = "minor")]
    amount: i64,
    text: String,
    #[serde(default)]
    pending: bool,
    /// The id of the pending line that the bank says it takes the place of.
    replaces: Option<String>,
}

impl BankLine {
    pub(super) fn line(&self) -> Line {
        let line = line(&self.id, self.day, self.amount, &self.text);
        Line { pending: self.pending, replaces_source_id: self.replaces.clone(), ..line }
    }
}

/// A line of a statement file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileLine {
    id: Option<String>,
    #[serde(deserialize_with = "day")]
    day: Day,
    #[serde(deserialize_with = "minor")]
    amount: i64,
    text: String,
}

impl FileLine {
    pub(super) fn line(&self) -> Line {
        Line { source_id: self.id.clone(), ..line("", self.day, self.amount, &self.text) }
    }
}

/// What must be true at the end.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) posted: Vec<Row>,
    pub(super) pending: Vec<Row>,
    /// The bank's balance less ours.
    #[serde(deserialize_with = "minor")]
    pub(super) drift: i64,
    /// Pairs that the person is asked about.
    #[serde(default)]
    pub(super) asked: usize,
}

/// A row that is shown.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    #[serde(deserialize_with = "day")]
    pub(super) day: Day,
    #[serde(deserialize_with = "minor")]
    pub(super) amount: i64,
    /// Looked at only where it is written.
    pub(super) text: Option<String>,
    /// The person's note; none where none is written.
    pub(super) note: Option<String>,
    /// The person's name of the merchant; none where none is written.
    pub(super) merchant: Option<String>,
}

impl Row {
    /// Whether a row of ours, complete, is this one.
    pub(super) fn is(&self, ours: &Self) -> bool {
        let text = self.text.clone().or_else(|| ours.text.clone());
        Self { text, ..self.clone() } == *ours
    }
}

fn day<'de, D: Deserializer<'de>>(from: D) -> Result<Day, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

fn some_day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Day>, D::Error> {
    day(from).map(Some)
}

fn minor<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let decimal: Decimal = String::deserialize(from)?.parse().map_err(D::Error::custom)?;
    Money::from_decimal(decimal, euro()).map(|money| money.minor).map_err(D::Error::custom)
}

fn some_minor<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    minor(from).map(Some)
}

/// The pattern of a file, whose first line says what goes wrong elsewhere.
pub(super) fn parse(name: &Path, text: &str) -> Pattern {
    assert!(text.starts_with("# "), "{} opens with what goes wrong, and where", name.display());
    toml::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", name.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "posted = []\npending = []\ndrift = \"0\"\n";

    #[test]
    fn a_file_that_is_not_understood_is_refused() {
        for (step, expect) in [
            ("page.lnies = []", ROWS.to_owned()),
            ("page.again = 1\nstatement.lines = []", ROWS.to_owned()),
            ("delete.of.amuont = \"1\"", ROWS.to_owned()),
            ("page.removed = []", format!("{ROWS}dirft = \"0\"")),
            ("page.removed = []", ROWS.replace("\"0\"", "\"0.001\"")),
            ("page.removed = []", ROWS.replace("pending = []\n", "")),
            ("note.of.day = \"2026-02-30\"\nnote.text = \"\"", ROWS.to_owned()),
        ] {
            let text = format!("[[step]]\n{step}\n[expect]\n{expect}");
            assert!(toml::from_str::<Pattern>(&text).is_err(), "{text}");
        }
        let text = format!("[[step]]\npage.removed = []\n[expect]\n{ROWS}");
        toml::from_str::<Pattern>(&text).expect("a pattern");
    }
}
