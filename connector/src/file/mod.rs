//! Statement files: what a person downloads from a bank. Bytes in, lines out, in the order of the file, as they are read: what is in
//! memory is a row, never the file. A file that is packed is read as what is inside. Nothing here knows a database, a network or a clock; what a file may cost is bounded by [`Limits`].
//!
//! A row that is wrong is a [`Reject`] and takes no other with it. Only what makes every following row doubtful is a [`Refusal`].

pub mod amount;
mod camt;
pub mod csv;
pub mod date;
mod descriptor;
mod lines;
pub(crate) mod markup;
mod mt940;
mod ofx;
mod packed;
mod qif;
mod queue;
mod refusal;
mod text;

use std::io::BufRead;

use domain::{
    account::AccountKind,
    currency::Currency,
    day::Day,
    investment::{Holding, Security, Trade},
    line::{Line, SOURCE_ID_BYTES},
    money::Money,
};

use self::queue::Queue;
pub(crate) use self::{lines::Lines, packed::Unpacked, text::Text};
pub use self::{
    packed::PackedFault,
    refusal::{Field, Needed, Reason, Refusal, Reject},
};

/// The longest file that is read, in bytes, packed or not.
pub const FILE_BYTES: u64 = 512 << 20;

/// Formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// OFX 1.x (SGML) and 2.x (XML), and QFX, which is OFX with a few elements more.
    Ofx,
    /// A table of text, in any of the forms that banks give it.
    Csv,
    /// The Quicken interchange format.
    Qif,
    /// MT940 of SWIFT, and MT942.
    Mt940,
    /// ISO 20022 camt.052, camt.053 and camt.054, in any version.
    Camt,
}

impl Format {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Ofx, Self::Csv, Self::Qif, Self::Mt940, Self::Camt];

    /// What it is called in the rows and by clients. Never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ofx => "ofx",
            Self::Csv => "csv",
            Self::Qif => "qif",
            Self::Mt940 => "mt940",
            Self::Camt => "camt",
        }
    }

    /// The format of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }
}

/// What one file may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one row or one element, as UTF-8.
    pub element_bytes: usize,
    /// Accounts in one file.
    pub accounts: usize,
    /// Bytes to which a packed file unpacks.
    pub unpacked_bytes: u64,
    /// Securities in one file; and what is held of them.
    pub securities: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // To pack a file changes nothing of whether it is read: what may be given unpacked is what may be unpacked.
        Self { element_bytes: 1 << 20, accounts: 1000, securities: 10_000, unpacked_bytes: FILE_BYTES }
    }
}

/// What the caller knows of a file beside its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The currency of amounts that do not say theirs; also what tells a day of the United States from the others where both fit.
    pub currency: Option<Currency>,
    /// The kind of the account, if the person chose one. A card's file may write what was spent without a sign.
    pub kind: Option<AccountKind>,
    /// What the columns of a table mean, and how days and amounts are written. Without it that is guessed.
    pub mapping: Option<csv::CsvMapping>,
    /// What the file may cost.
    pub limits: Limits,
}

impl Options {
    /// Whether the month is likely to stand before the day.
    fn is_american(&self) -> bool {
        self.currency.is_some_and(|currency| currency.code() == "USD")
    }
}

/// Where something stands in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line of text, from 1.
    pub line: u64,
    /// Which row of the statement, from 1: whole files stand on one line. 0 for what is no row.
    pub row: u64,
}

/// An account as a file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementAccount {
    /// The same for the same account in every file of its bank: bank, branch, number, type and currency. `None` if the file does not say.
    pub source_id: Option<String>,
    /// Its kind; `None` if the file does not say.
    pub kind: Option<AccountKind>,
    /// Its currency.
    pub currency: Currency,
    /// The last four letters or digits of its number.
    pub tail: Option<String>,
    /// What a person may recognize it by: the bank's name, or the account's.
    pub name_hint: Option<String>,
}

/// One transaction, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// Its account: an index in the order of [`Item::Account`].
    pub account: usize,
    /// Where it stands.
    pub position: Position,
    /// What it says.
    pub line: Line,
    /// What was done with a security, where it is that.
    pub trade: Option<Box<Trade>>,
}

/// Which balance it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BalanceKind {
    /// Of what is booked.
    Ledger,
    /// Of what may be spent.
    Available,
}

/// A balance at the end of a statement, or of another day, with the sign that the bank gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosingBalance {
    /// Its account: an index in the order of [`Item::Account`].
    pub account: usize,
    /// Where it stands.
    pub position: Position,
    /// How much.
    pub money: Money,
    /// As of; `None` if the file does not say it legibly.
    pub day: Option<Day>,
    /// Of what.
    pub kind: BalanceKind,
}

/// What an account holds of a security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementHolding {
    /// Its account: an index in the order of [`Item::Account`].
    pub account: usize,
    /// How much of what.
    pub holding: Holding,
}

/// The end of what an account holds: that, and nothing else. An account may hold nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldingsEnd {
    /// The account: an index in the order of [`Item::Account`].
    pub account: usize,
    /// As of; `None` if the file does not say it legibly.
    pub day: Option<Day>,
}

/// One thing that a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// An account, before anything of it. The first has index 0.
    Account(StatementAccount),
    /// A transaction.
    Line(StatementLine),
    /// A row or a balance that could not be read.
    Reject(Reject),
    /// A closing balance.
    Balance(ClosingBalance),
    /// What an account holds of a security.
    Holding(StatementHolding),
    /// All holdings of an account since its last end are through.
    HoldingsEnd(HoldingsEnd),
    /// What a security is. Often after all rows.
    Security(Security),
}

/// What was read so far; at the end: what the file held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Accounts.
    pub accounts: usize,
    /// Lines.
    pub lines: u64,
    /// Rows and balances that were rejected.
    pub rejects: u64,
    /// Rows that are legible and of a sort that is not imported: payments that were declined, trades of securities in QIF.
    pub unsupported: u64,
    /// Balances.
    pub balances: u64,
    /// Whether the file ends before what it began has ended. What was handed out was whole.
    pub truncated: bool,
}

/// Says which format a file has, from its first bytes (a few kilobytes are enough) and, where those leave it open, its name: of a file
/// that is packed the one inside.
pub fn detect(head: &[u8], file_name: Option<&str>) -> Result<Format, Refusal> {
    let head = Unpacked::head(head)?;
    let inner_name = head.name().map(str::to_owned);
    let text = Text::open(head, usize::MAX)?;
    let window = text.window().trim_start_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}');
    if window.is_empty() {
        return Err(Refusal::Empty);
    }
    let lower = window.to_ascii_lowercase();
    if lower.contains("<ofx>") || lower.starts_with("ofxheader") || lower.contains("<?ofx") {
        return Ok(Format::Ofx);
    }
    if camt::is_begun(&lower) {
        return Ok(Format::Camt);
    }
    let has_extension = |wanted: &[&str]| {
        let name = inner_name.as_deref().or_else(|| file_name.map(|name| name.strip_suffix(".gz").unwrap_or(name)));
        let extension =
            name.and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension.to_ascii_lowercase());
        extension.is_some_and(|extension| wanted.contains(&extension.as_str()))
    };
    let is_text = lower.chars().filter(|c| c.is_control() && !c.is_whitespace()).count() * 20 <= lower.len();
    if is_text && qif::is_it(&lower) {
        return Ok(Format::Qif);
    }
    if is_text && mt940::is_it(&lower) {
        return Ok(Format::Mt940);
    }
    // What other formats begin with: other XML and HTML, PDF.
    let others = ["<", "{", "%pdf"];
    if !is_text || others.iter().any(|other| lower.starts_with(other)) {
        return Err(Refusal::UnknownFormat);
    }
    let is_table = lower.lines().take(50).filter(|line| line.contains([',', ';', '\t', '|'])).count() > 0;
    if is_table || has_extension(&["csv", "tsv", "txt"]) { Ok(Format::Csv) } else { Err(Refusal::UnknownFormat) }
}

/// A file that is being read: an iterator of what it says. After a refusal there is nothing more.
pub struct Statement<R> {
    source: Source<Unpacked<R>>,
    queue: Queue,
    done: bool,
}

enum Source<R> {
    Ofx(Box<ofx::Ofx<R>>),
    Csv(Box<csv::Csv<R>>),
    Qif(Box<qif::Qif<R>>),
    Mt940(Box<mt940::Mt940<R>>),
    Camt(Box<camt::Camt<R>>),
}

impl<R: BufRead> Statement<R> {
    /// Begins to read a file: only its head, as much as is needed to understand the rest.
    pub fn open(format: Format, input: R, options: &Options) -> Result<Self, Refusal> {
        let input = Unpacked::open(input, options.limits.unpacked_bytes)?;
        let text = Text::open(input, options.limits.element_bytes)?;
        let source = match format {
            Format::Ofx => Source::Ofx(Box::new(ofx::Ofx::new(text, options)?)),
            Format::Csv => Source::Csv(Box::new(csv::Csv::new(text, options)?)),
            Format::Qif => Source::Qif(Box::new(qif::Qif::new(text, options)?)),
            Format::Mt940 => Source::Mt940(Box::new(mt940::Mt940::new(text, options))),
            Format::Camt => Source::Camt(Box::new(camt::Camt::new(text, options))),
        };
        Ok(Self { source, queue: Queue::new(options.limits), done: false })
    }

    /// What was read so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.queue.summary
    }

    /// How the columns of a table are understood, or the days and amounts of a file without columns: to be shown, and to be given back, corrected, in [`Options::mapping`].
    #[must_use]
    pub fn mapping(&self) -> Option<&csv::CsvMapping> {
        match &self.source {
            Source::Ofx(_) | Source::Mt940(_) | Source::Camt(_) => None,
            Source::Csv(csv) => Some(csv.mapping()),
            Source::Qif(qif) => Some(qif.mapping()),
        }
    }

    fn step(&mut self) -> Result<bool, Refusal> {
        match &mut self.source {
            Source::Ofx(ofx) => ofx.step(&mut self.queue),
            Source::Csv(csv) => csv.step(&mut self.queue),
            Source::Qif(qif) => qif.step(&mut self.queue),
            Source::Mt940(mt940) => mt940.step(&mut self.queue),
            Source::Camt(camt) => camt.step(&mut self.queue),
        }
    }
}

impl<R: BufRead> Iterator for Statement<R> {
    type Item = Result<Item, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.queue.next() {
                return Some(Ok(item));
            }
            if self.done {
                return None;
            }
            match self.step() {
                Ok(more) => self.done = !more,
                Err(refusal) => {
                    self.done = true;
                    return Some(Err(refusal));
                }
            }
        }
    }
}

/// Reads a whole file and hands out what it says.
pub fn read(
    format: Format,
    input: impl BufRead,
    options: &Options,
    mut sink: impl FnMut(Item),
) -> Result<Summary, Refusal> {
    let mut statement = Statement::open(format, input, options)?;
    for item in statement.by_ref() {
        sink(item?);
    }
    Ok(statement.summary())
}

/// A source's id as a line holds it. One that is too long is none: cut off, two of them could become the same.
fn source_id(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= SOURCE_ID_BYTES && !text.contains(char::is_control)).then(|| text.to_owned())
}

/// The last four letters or digits of an account's number.
fn tail(number: &str) -> Option<String> {
    let characters: Vec<char> = number.chars().filter(char::is_ascii_alphanumeric).collect();
    let last = &characters[characters.len().saturating_sub(4)..];
    (!last.is_empty()).then(|| last.iter().collect())
}

#[cfg(test)]
mod tests;
