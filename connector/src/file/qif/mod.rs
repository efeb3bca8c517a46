//! QIF, which Quicken and its successors write, and many banks: records of lines, each with a letter for what it says. It says neither its
//! currency nor how days and amounts are written: the one must be given, the others are guessed ([`guess`]).
//!
//! - Lists of categories, classes, securities, prices and the like are passed over. A list of accounts announces none: an account is
//!   announced when rows of it begin.
//! - `Opening Balance` is what Quicken books on an account that is new there, and no transaction: it is a balance of the evening before
//!   the first row.
//! - Of investments the plain movements of cash are lines; trades are counted as unsupported.
//! - A record that the file does not end is rejected: a part of its text may be missing, and with it what it is recognized by.

mod day;
mod guess;
mod row;

use std::io::BufRead;

use domain::{account::AccountKind, currency::Currency, day::Day, line, money::Money};

use self::row::{Cash, Row};
use super::{
    BalanceKind, ClosingBalance, Field, Options, Position, Queue, Reason, Refusal, StatementAccount, csv::CsvMapping,
    lines::Lines, source_id, tail, text::Text,
};

/// Lines at the beginning in which a file shows what it is.
const HEAD_LINES: usize = 60;

/// Whether the beginning of a file, in small letters, is of this format: by a header, or where that is missing by the end of a record.
pub(super) fn is_it(lower: &str) -> bool {
    lower.lines().flat_map(|line| line.split('\r')).take(HEAD_LINES).map(str::trim).any(|line| {
        let word = || header_words(line).0;
        line == "^" || (line.starts_with('!') && ["type", "account", "option", "clear"].contains(&word().as_str()))
    })
}

/// A file that is being read.
pub(super) struct Qif<R> {
    lines: Lines<R>,
    mapping: CsvMapping,
    currency: Option<Currency>,
    kind: Option<AccountKind>,
    section: Section,
    account: Account,
    /// Accounts since the last header of accounts.
    listed: usize,
    row: Row,
    /// The line on which the record begins that is being read.
    record_at: Option<u64>,
    rows: u64,
    openings: Vec<Opening>,
    /// The first day of each account.
    first_days: Vec<Option<Day>>,
    began: bool,
}

/// What the records are that follow a header.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Section {
    /// Accounts.
    Accounts,
    /// Transactions of an account of some type.
    Rows(String),
    /// What happened in an investment account.
    Trades,
    /// A list of something else.
    Passed,
}

/// The account of the rows that follow.
#[derive(Debug, Default)]
struct Account {
    name: String,
    /// `Bank`, `CCard` and so on, as its own record says.
    kind: String,
    index: Option<usize>,
}

/// What an account held before its first row.
struct Opening {
    account: usize,
    position: Position,
    day: Day,
    money: Money,
}

impl<R: BufRead> Qif<R> {
    /// Looks at the beginning and gets ready for the first line.
    pub(super) fn new(mut text: Text<R>, options: &Options) -> Result<Self, Refusal> {
        let is_whole = text.sample(options.limits.element_bytes, true)?;
        let mapping = match &options.mapping {
            Some(mapping) => mapping.clone(),
            None => guess::mapping(text.window(), is_whole, options),
        };
        mapping.check()?;
        Ok(Self {
            lines: Lines::new(text),
            currency: mapping.currency.as_deref().and_then(Currency::from_code).or(options.currency),
            mapping,
            kind: options.kind,
            section: Section::Rows(String::new()),
            account: Account::default(),
            listed: 0,
            row: Row::default(),
            record_at: None,
            rows: 0,
            openings: Vec::new(),
            first_days: Vec::new(),
            began: false,
        })
    }

    pub(super) const fn mapping(&self) -> &CsvMapping {
        &self.mapping
    }

    /// Reads one line; false at the end.
    pub(super) fn step(&mut self, queue: &mut Queue) -> Result<bool, Refusal> {
        let Some((line, number)) = self.lines.next()? else {
            self.end(queue)?;
            return Ok(false);
        };
        let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}');
        match line.as_bytes().first() {
            None => {}
            Some(b'!') => {
                let next = Section::of(line, &self.section);
                self.record(queue)?;
                self.begin(next, queue, number)?;
            }
            Some(b'^') => self.record(queue)?,
            Some(first) => {
                // Where the sign between two rows is missing, the next day begins the next row.
                let is_open = self.record_at.is_some() && self.row.is_whole();
                if is_open && *first == b'D' && matches!(self.section, Section::Rows(_)) {
                    let line = line.to_owned();
                    self.record(queue)?;
                    self.record_at = Some(number);
                    self.row.clear();
                    self.row.take(&line);
                    return Ok(true);
                }
                if self.record_at.is_none() {
                    self.record_at = Some(number);
                    self.row.clear();
                    if self.section == Section::Accounts {
                        self.account = Account::default();
                    }
                }
                match self.section {
                    Section::Accounts => self.account.take(line),
                    Section::Rows(_) | Section::Trades => self.row.take(line),
                    Section::Passed => {}
                }
                let bytes = self.row.bytes();
                self.lines.check(bytes)?;
            }
        }
        Ok(true)
    }

    fn begin(&mut self, next: Section, queue: &mut Queue, line: u64) -> Result<(), Refusal> {
        self.began = true;
        let has_rows = matches!(next, Section::Rows(_) | Section::Trades);
        match &next {
            Section::Accounts => self.listed = 0,
            // Of a list of accounts none is more likely than another.
            _ if has_rows && self.listed > 1 => (self.account, self.listed) = (Account::default(), 0),
            _ => {}
        }
        self.section = next;
        if has_rows && !self.account.name.is_empty() {
            self.account(queue, line)?;
        }
        Ok(())
    }

    /// Ends the record that was being read, if one was.
    fn record(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        let Some(line) = self.record_at.take() else { return Ok(()) };
        match self.section {
            Section::Accounts => self.listed += 1,
            Section::Rows(_) | Section::Trades if self.row.is_bare() => {}
            Section::Rows(_) | Section::Trades => self.transaction(queue, line)?,
            Section::Passed => {}
        }
        Ok(())
    }

    fn transaction(&mut self, queue: &mut Queue, line: u64) -> Result<(), Refusal> {
        self.rows += 1;
        let position = Position { line, row: self.rows };
        let cash = if self.section == Section::Trades { self.row.cash() } else { Cash::AsWritten };
        if cash == Cash::None {
            queue.summary.unsupported += 1;
            return Ok(());
        }
        let is_opening = self.row.is_opening() && self.is_own(self.row.transfer());
        if is_opening && self.account.name.is_empty() && self.account.index.is_none() {
            // Without a record of its account, this is where a file names it.
            self.account.name = self.row.transfer().unwrap_or_default().to_owned();
        }
        let (account, currency) = self.account(queue, line)?;
        match self.row.line(&self.mapping, cash, currency) {
            Err((field, reason)) => queue.reject(Some(account), position, field, reason),
            Ok(line) if is_opening => {
                let money = Money::new(line.amount_minor, currency);
                self.openings.push(Opening { account, position, day: line.day, money });
            }
            Ok(line) => {
                if self.first_days.len() <= account {
                    self.first_days.resize(account + 1, None);
                }
                let first = self.first_days[account].get_or_insert(line.day);
                *first = line.day.min(*first);
                queue.line(account, position, line);
            }
        }
        Ok(())
    }

    /// Whether an opening balance comes from the account itself, as Quicken writes it, and not from another one.
    fn is_own(&self, transfer: Option<&str>) -> bool {
        transfer.is_none_or(|from| self.account.name.is_empty() || from.eq_ignore_ascii_case(&self.account.name))
    }

    /// The account of the rows, announced when it is first needed.
    fn account(&mut self, queue: &mut Queue, line: u64) -> Result<(usize, Currency), Refusal> {
        let currency = self.currency.ok_or(Refusal::CurrencyNeeded)?;
        if let Some(index) = self.account.index {
            return Ok((index, currency));
        }
        let kind = match &self.section {
            Section::Trades => Some(AccountKind::Investment),
            Section::Rows(word) if self.account.kind.is_empty() => kind_of(word),
            _ => kind_of(&self.account.kind),
        };
        let name = line::descriptor(&self.account.name);
        let index = queue.account(
            StatementAccount {
                source_id: (!name.is_empty()).then(|| source_id(&format!("{name}/{}", currency.code()))).flatten(),
                // Savings are a `Bank` as well: there the person knows better.
                kind: if kind == Some(AccountKind::Checking) { self.kind.or(kind) } else { kind.or(self.kind) },
                currency,
                tail: tail(&name).filter(|tail| tail.len() == 4 && tail.bytes().all(|byte| byte.is_ascii_digit())),
                name_hint: (!name.is_empty()).then_some(name),
            },
            line,
        )?;
        self.account.index = Some(index);
        Ok((index, currency))
    }

    /// What an account held before its first row, and what is cut off.
    fn end(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        if let Some(line) = self.record_at.take() {
            queue.summary.truncated = true;
            if matches!(self.section, Section::Rows(_) | Section::Trades) {
                self.rows += 1;
                queue.reject(None, Position { line, row: self.rows }, Field::Row, Reason::CutOff);
            }
        }
        for Opening { account, position, day, money } in self.openings.drain(..) {
            let first = self.first_days.get(account).copied().flatten();
            let day = first.map_or(day, |first| first.min(day)).plus(-1);
            let position = Position { row: 0, ..position };
            queue.balance(ClosingBalance { account, position, money, day: Some(day), kind: BalanceKind::Ledger });
        }
        if self.began || self.rows > 0 { Ok(()) } else { Err(Refusal::UnknownFormat) }
    }
}

impl Account {
    /// Takes a line of an account's record.
    fn take(&mut self, line: &str) {
        match line.split_at_checked(1) {
            Some(("N", name)) => name.trim().clone_into(&mut self.name),
            Some(("T", kind)) => kind.trim().clone_into(&mut self.kind),
            _ => {}
        }
    }
}

impl Section {
    /// What follows a header; an option changes nothing.
    fn of(header: &str, now: &Self) -> Self {
        let (word, value) = header_words(header);
        match (word.as_str(), value.as_str()) {
            ("account", _) | ("type", "account") => Self::Accounts,
            ("option" | "clear", _) => now.clone(),
            ("type", "invst" | "port") => Self::Trades,
            (
                "type",
                "cat" | "class" | "memorized" | "security" | "prices" | "budget" | "tag" | "template" | "invitem",
            ) => Self::Passed,
            ("type", _) => Self::Rows(value),
            _ => Self::Passed,
        }
    }
}

/// The two words of a header, in small letters: `! Type : Bank` is `type` and `bank`.
fn header_words(header: &str) -> (String, String) {
    let text = header.trim_start_matches('!').trim().to_lowercase();
    let (word, value) = text.split_once([':', ' ']).unwrap_or((&text, ""));
    (word.trim().to_owned(), value.trim_start_matches([':', ' ']).trim().to_owned())
}

/// The kind of account that a type means.
fn kind_of(word: &str) -> Option<AccountKind> {
    match word.to_lowercase().as_str() {
        "bank" => Some(AccountKind::Checking),
        "cash" => Some(AccountKind::Cash),
        "ccard" => Some(AccountKind::CreditCard),
        "oth a" => Some(AccountKind::Other),
        "oth l" => Some(AccountKind::Loan),
        "invst" | "port" | "mutual" | "401(k)/403(b)" => Some(AccountKind::Investment),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
