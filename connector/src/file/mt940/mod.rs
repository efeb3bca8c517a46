//! MT940 of SWIFT, the statements of banks in Europe, and MT942, their reports during the day: fields that begin a line with a tag between
//! colons (`:61:`), with or without the envelope of a message.
//!
//! - Nothing but a known tag ends a field: texts are broken after 65 characters, also within `16:26:37`.
//! - A row has no id. What banks write as a reference is `NONREF`, the same for many rows, or another one in the next file; day, amount
//!   and text recognize it better.
//! - Rows of MT942 are announced, not booked: they come again in the statement of the day.
//! - A row in a currency that is not in use is rejected, and so is its balance; the others go on.

mod details;
mod entry;

use std::io::BufRead;

use domain::{
    account::AccountKind,
    currency::Currency,
    line::{self, Line},
    money::Money,
};

pub(super) use self::details::sepa_purpose;
use self::{
    details::Details,
    entry::{Balance, Entry},
};
use super::{
    BalanceKind, ClosingBalance, Field, Options, Position, Queue, Reason, Refusal, StatementAccount, lines::Lines,
    source_id, tail, text::Text,
};

/// Lines at the beginning in which a file shows what it is; before them may be remarks of the bank.
const HEAD_LINES: usize = 60;

/// A file that is being read.
pub(super) struct Mt940<R> {
    lines: Lines<R>,
    options: Options,
    /// The field that is being read.
    tag: Option<Tag>,
    tag_line: u64,
    /// Its text so far: lines with a line feed between them.
    text: String,
    header: Header,
    row: Option<Row>,
    rows: u64,
    /// Whether a statement has begun whose closing balance has not come.
    is_open: bool,
    began: bool,
}

/// The fields that mean something here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    /// `:20:`, and what stands above it.
    Begin,
    /// `:25:`
    Account,
    /// `:60F:`, `:60M:`
    Opening,
    /// `:34F:`, `:13D:`: a report during the day.
    Interim,
    /// `:61:`
    Row,
    /// `:86:`
    Details,
    /// `:NS:`, which some banks write instead of, or beside, `:86:`.
    OwnDetails,
    /// `:62F:`
    Closing,
    /// `:64:`
    Available,
    /// `:62M:`, `:90D:`, `:90C:`: no more rows follow.
    End,
    /// Any other that is known.
    Other,
}

/// What stands above the rows.
#[derive(Debug, Default)]
struct Header {
    account: String,
    currency: Option<String>,
    is_interim: bool,
    has_rows: bool,
    index: Option<Index>,
}

/// The account of a statement, once it is known.
#[derive(Clone, Debug)]
enum Index {
    Account(usize, Currency),
    Refused(Reason),
}

/// A row that waits for its details.
#[derive(Debug)]
struct Row {
    position: Position,
    entry: Result<Entry, (Field, Reason)>,
    details: String,
    own_details: String,
}

/// Whether the beginning of a file, in small letters, is of this format.
pub(super) fn is_it(lower: &str) -> bool {
    const TAGS: [&str; 9] = [":20:", ":25:", ":28:", ":28c:", ":60f:", ":60m:", ":61:", ":86:", ":940:"];
    let mut lines = lower.lines().take(HEAD_LINES).map(trimmed);
    lines.any(|line| TAGS.iter().any(|tag| line.starts_with(tag)) || after_envelope(line).is_some())
}

fn trimmed(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}')
}

/// What stands behind the headers of a message; the Swedish alphabet of seven bits has Ä for the bracket.
fn after_envelope(line: &str) -> Option<&str> {
    let at = line.find("{4:").map(|at| at + 3);
    at.or_else(|| line.strip_prefix("Ä4:").map(|rest| line.len() - rest.len())).map(|at| &line[at..])
}

impl<R: BufRead> Mt940<R> {
    pub(super) fn new(text: Text<R>, options: &Options) -> Self {
        Self {
            lines: Lines::new(text),
            options: options.clone(),
            tag: None,
            tag_line: 0,
            text: String::new(),
            header: Header::default(),
            row: None,
            rows: 0,
            is_open: false,
            began: false,
        }
    }

    /// Reads one line; false at the end.
    pub(super) fn step(&mut self, queue: &mut Queue) -> Result<bool, Refusal> {
        let Some((line, number)) = self.lines.next()? else {
            self.end(queue)?;
            return Ok(false);
        };
        let is_end = is_end(line);
        let rest = after_envelope(line);
        if is_end || rest.is_some() || line.starts_with('{') {
            let rest = rest.map(str::to_owned);
            self.field(queue)?;
            if is_end {
                self.release(queue)?;
                self.is_open = false;
            }
            if let Some((tag, value)) = rest.as_deref().and_then(|rest| tag_of(rest, None)) {
                self.begin(tag, value, number);
            }
            return Ok(true);
        }
        if let Some((tag, value)) = tag_of(line, self.tag) {
            let value = value.to_owned();
            self.field(queue)?;
            self.begin(tag, &value, number);
        } else if self.tag.is_some() {
            self.text.push('\n');
            self.text.push_str(line);
        }
        let waiting = self.row.as_ref().map_or(0, |row| row.details.len() + row.own_details.len());
        self.lines.check(self.text.len() + waiting)?;
        Ok(true)
    }

    fn begin(&mut self, tag: Tag, value: &str, line: u64) {
        self.began = true;
        self.tag = Some(tag);
        self.tag_line = line;
        self.text.clear();
        self.text.push_str(value);
    }

    /// Ends the field that was being read.
    fn field(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        let Some(tag) = self.tag.take() else { return Ok(()) };
        match tag {
            Tag::Details | Tag::OwnDetails => {
                // Without a row it is about the statement as a whole.
                if let Some(row) = &mut self.row {
                    let target = if tag == Tag::Details { &mut row.details } else { &mut row.own_details };
                    if !target.is_empty() {
                        target.push('\n');
                    }
                    target.push_str(&self.text);
                }
                return Ok(());
            }
            Tag::Other => return Ok(()),
            _ => self.release(queue)?,
        }
        match tag {
            Tag::Begin | Tag::Account => {
                if self.header.has_rows {
                    self.header = Header::default();
                }
                if tag == Tag::Account {
                    self.text.clone_into(&mut self.header.account);
                }
            }
            Tag::Opening => {
                self.header.currency = entry::currency(&self.text).map(str::to_owned);
                self.header.has_rows = true;
                self.is_open = true;
                self.account(queue)?;
            }
            Tag::Interim => {
                self.header.is_interim = true;
                let code = entry::leading_currency(&self.text).map(str::to_owned);
                self.header.currency = code.or_else(|| self.header.currency.take());
            }
            Tag::Row => {
                self.rows += 1;
                self.header.has_rows = true;
                self.is_open = true;
                self.row = Some(Row {
                    position: Position { line: self.tag_line, row: self.rows },
                    entry: entry::entry(&self.text),
                    details: String::new(),
                    own_details: String::new(),
                });
            }
            Tag::Closing => {
                self.is_open = false;
                self.balance(BalanceKind::Ledger, queue)?;
            }
            Tag::Available => self.balance(BalanceKind::Available, queue)?,
            Tag::End => self.is_open = false,
            Tag::Details | Tag::OwnDetails | Tag::Other => {}
        }
        Ok(())
    }

    /// Hands out the row that was waiting.
    fn release(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        let Some(row) = self.row.take() else { return Ok(()) };
        match self.account(queue)? {
            Index::Account(account, currency) => match row.line(currency, self.header.is_interim) {
                Ok(line) => queue.line(account, row.position, line),
                Err((field, reason)) => queue.reject(Some(account), row.position, field, reason),
            },
            Index::Refused(reason) => queue.reject(None, row.position, Field::Currency, reason),
        }
        Ok(())
    }

    fn balance(&mut self, kind: BalanceKind, queue: &mut Queue) -> Result<(), Refusal> {
        self.header.has_rows = true;
        let position = Position { line: self.tag_line, row: 0 };
        if self.header.currency.is_none() {
            self.header.currency = entry::currency(&self.text).map(str::to_owned);
        }
        match self.account(queue)? {
            Index::Account(account, currency) => match Balance::of(&self.text).and_then(|it| it.money(currency)) {
                Ok((money, day)) => queue.balance(ClosingBalance { account, position, money, day, kind }),
                Err(reason) => queue.reject(Some(account), position, Field::Balance, reason),
            },
            Index::Refused(reason) => queue.reject(None, position, Field::Currency, reason),
        }
        Ok(())
    }

    /// The account of the statement, announced when it is first needed.
    fn account(&mut self, queue: &mut Queue) -> Result<Index, Refusal> {
        if let Some(index) = &self.header.index {
            return Ok(index.clone());
        }
        let (number, suffix) = number_of(&self.header.account);
        let code = self.header.currency.as_deref().or(suffix);
        let index = match currency(code, self.options.currency) {
            Ok(currency) => {
                let account = statement_account(&number, currency, self.options.kind);
                Index::Account(queue.account(account, self.tag_line)?, currency)
            }
            Err(reason) => Index::Refused(reason),
        };
        self.header.index = Some(index.clone());
        Ok(index)
    }

    /// A row whose statement the file does not finish may have lost a part of its text, and with it what it is recognized by.
    fn end(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        let is_in_row = matches!(self.tag, Some(Tag::Row | Tag::Details | Tag::OwnDetails));
        self.field(queue)?;
        queue.summary.truncated = self.is_open;
        if let Some(row) = self.row.take_if(|_| is_in_row) {
            queue.reject(None, row.position, Field::Row, Reason::CutOff);
        }
        self.release(queue)?;
        if self.began { Ok(()) } else { Err(Refusal::UnknownFormat) }
    }
}

impl Row {
    fn line(&self, currency: Currency, is_interim: bool) -> Result<Line, (Field, Reason)> {
        let entry = self.entry.as_ref().map_err(Clone::clone)?;
        let money = Money::from_decimal(entry.amount, currency).map_err(|error| (Field::Amount, error.into()))?;
        let details = Details::of(&self.details, &self.own_details, entry);
        let original = details.original.and_then(|(size, other)| line::original(money, size, other));
        Ok(Line {
            source_id: None,
            replaces_source_id: None,
            day: entry.day,
            amount_minor: money.minor,
            original,
            pending: is_interim || entry.is_expected,
            descriptor: details.descriptor,
            merchant_name: details.name,
            merchant_category_code: None,
            category: None,
        })
    }
}

/// Whether a line ends a message: a hyphen alone, or before what closes the envelope.
fn is_end(line: &str) -> bool {
    let mut rest = trimmed(line).chars();
    rest.next() == Some('-') && rest.next().is_none_or(|c| c == '}' || (c == 'å' || c == 'Å') && rest.next().is_none())
}

/// The tag with which a line begins, and what follows. Within details a line may begin with a part of a time instead.
fn tag_of(line: &str, within: Option<Tag>) -> Option<(Tag, &str)> {
    let inner = line.trim_start().strip_prefix(':')?;
    let (name, value) = match inner.bytes().take(4).position(|byte| byte == b':') {
        Some(at) => (inner.get(..at)?, &inner[at + 1..]),
        None => unclosed(inner)?,
    };
    let tag = match name.to_ascii_uppercase().as_str() {
        "20" | "940" | "942" => Tag::Begin,
        "25" | "25P" => Tag::Account,
        "60" | "60F" | "60M" => Tag::Opening,
        "34F" | "13" | "13D" => Tag::Interim,
        "61" => Tag::Row,
        "86" => Tag::Details,
        "NS" => Tag::OwnDetails,
        "62" | "62F" => Tag::Closing,
        "64" => Tag::Available,
        "62M" | "90C" | "90D" => Tag::End,
        "21" | "28" | "28C" | "65" => Tag::Other,
        _ => return None,
    };
    let is_minute = name.len() == 2 && name < "60";
    (!(within == Some(Tag::Details) && is_minute && is_seconds(value))).then_some((tag, value))
}

/// The tag of a balance without the colon behind it: `:62FC261126EUR1,00`.
fn unclosed(inner: &str) -> Option<(&str, &str)> {
    let (name, value) = inner.split_at_checked(3)?;
    let is_balance = value.starts_with(['C', 'D']) && value.bytes().skip(1).take_while(u8::is_ascii_digit).count() == 6;
    (is_balance && ["60F", "60M", "62F", "62M"].contains(&name)).then_some((name, value))
}

/// Whether a text begins with two digits that stand alone, as the seconds of a time do, or with the date that follows an hour.
fn is_seconds(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    digits == 2 && !text[2..].starts_with(|c: char| c.is_alphanumeric())
}

/// The currency of a statement.
fn currency(code: Option<&str>, otherwise: Option<Currency>) -> Result<Currency, Reason> {
    match code {
        Some(code) => Currency::from_code(code).ok_or_else(|| Reason::unknown_currency(code)),
        None => otherwise.ok_or(Reason::Missing),
    }
}

/// An account's number in one spelling, and the currency that some banks write behind it.
fn number_of(text: &str) -> (String, Option<&str>) {
    let first = text.lines().next().unwrap_or_default().trim();
    let before = first.len().checked_sub(3).filter(|at| first.is_char_boundary(*at));
    let code = before.map(|at| first.split_at(at)).filter(|(number, code)| {
        !number.is_empty() && !number.ends_with(char::is_alphabetic) && Currency::from_code(code).is_some()
    });
    let (number, code) = code.map_or((first, None), |(number, code)| (number, Some(code)));
    let kept = number.chars().filter(|c| c.is_alphanumeric() || *c == '/').map(|c| c.to_ascii_uppercase());
    (kept.collect::<String>().trim_matches('/').to_owned(), code)
}

fn statement_account(number: &str, currency: Currency, kind: Option<AccountKind>) -> StatementAccount {
    // The bank's number stands before the account's.
    let own = number.rsplit('/').next().unwrap_or_default();
    let id = (!number.is_empty()).then(|| source_id(&format!("{number}/{}", currency.code()))).flatten();
    StatementAccount { source_id: id, kind, currency, tail: tail(own), name_hint: None }
}

#[cfg(test)]
mod tests;
