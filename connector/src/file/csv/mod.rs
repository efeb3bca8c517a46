//! Tables: what their columns mean is guessed from names and contents ([`guess()`]), or given as a [`CsvMapping`].
//!
//! - A row with mere words, or nothing, where day and amount belong is no transaction: if it has words where descriptors are, they belong to the row
//!   above (banks break long texts), otherwise it is a remark and is passed over.
//! - A row with a balance and no amount (an opening balance) and a declined payment are counted as unsupported.
//! - Rows name their account and currency, if anything does: each pair is an account of its own.

mod balance;
mod column;
mod guess;
mod mapping;
mod name;
mod prove;
mod reading;
mod record;
mod role;
mod sample;
mod table;
mod word;

use std::io::BufRead;

use domain::{
    currency::Currency,
    line::{self, Line},
    money::Money,
};

pub use self::mapping::{CsvColumn, CsvMapping, Positive, Role, Shape};
use self::{
    balance::{Balances, Seen},
    column::Columns,
    reading::Reading,
    record::{Next, Records},
    sample::Sample,
    table::COLUMNS,
    word::Status,
};
use super::{
    BalanceKind, ClosingBalance, Field, Options, Position, Queue, Reason, Refusal, StatementAccount, amount, date,
    packed::Unpacked, source_id, tail, text::Text,
};

/// How a table is read, by its beginning: some hundred kilobytes, or all of it. `is_whole` says which. The currency may be left open.
pub fn guess(head: &[u8], is_whole: bool, options: &Options) -> Result<CsvMapping, Refusal> {
    let mut text = Text::open(Unpacked::head(head)?, usize::MAX)?;
    let is_all = text.sample(usize::MAX, true)?;
    guess::mapping(text.window(), is_whole && is_all, options)
}

/// What makes tables of one bank alike, by the beginning of one: the names of its columns, or how many there are.
pub fn shape(head: &[u8], is_whole: bool) -> Result<Shape, Refusal> {
    let mut text = Text::open(Unpacked::head(head)?, usize::MAX)?;
    let is_all = text.sample(usize::MAX, true)?;
    guess::shape(text.window(), is_whole && is_all)
}

/// A file that is being read.
pub(super) struct Csv<R> {
    records: Records<R>,
    reading: Reading,
    /// The currency of rows that do not name theirs.
    currency: Option<Currency>,
    kind: Option<domain::account::AccountKind>,
    /// The account of the last row: what it was called, and its index.
    account: Option<Named>,
    /// The last row, which waits for its descriptor to go on.
    held: Option<Held>,
    balances: Vec<Balances>,
    rows: u64,
    /// How many fields the row above has.
    width: usize,
    /// Whether the rows are another table's, which stands below: other names stood above them.
    is_elsewhere: bool,
    /// What the heading above the rows says of those that do not say it themselves.
    heading: Status,
}

struct Named {
    name: String,
    currency: Currency,
    index: usize,
}

struct Held {
    account: usize,
    position: Position,
    line: Line,
}

impl<R: BufRead> Csv<R> {
    /// Looks at the beginning and gets ready for the first row.
    pub(super) fn new(mut text: Text<R>, options: &Options) -> Result<Self, Refusal> {
        let is_whole = text.sample(options.limits.element_bytes, true)?;
        let mapping = match &options.mapping {
            Some(mapping) => mapping.clone(),
            None => guess::mapping(text.window(), is_whole, options)?,
        };
        mapping.check()?;
        if mapping.has_no_columns() {
            return Err(Refusal::Mapping("it is of a file without columns"));
        }
        let code = mapping.currency.as_deref();
        let currency = code.and_then(Currency::from_code).or(options.currency);
        let columns = Columns::of(&mapping);
        if currency.is_none() && columns.currency.is_none() {
            return Err(Refusal::CurrencyNeeded);
        }
        let delimiter = u8::try_from(mapping.delimiter).map_err(|_| Refusal::Mapping("the delimiter must be ASCII"))?;
        let sample = Sample::read(text.window(), is_whole, delimiter, &mapping);
        let account = columns.account.and_then(|column| sample.first_word(column));
        let reading = sample.reading(&mapping, columns);
        let mut csv = Self {
            records: Records::new(text, delimiter),
            reading,
            currency,
            kind: options.kind,
            account: account.zip(currency).map(|(name, currency)| Named { name, currency, index: usize::MAX }),
            held: None,
            balances: Vec::new(),
            rows: 0,
            width: 0,
            is_elsewhere: false,
            heading: Status::Booked,
        };
        csv.records.skip_lines(mapping.skip_lines)?;
        Ok(csv)
    }

    pub(super) const fn mapping(&self) -> &CsvMapping {
        &self.reading.mapping
    }

    /// Reads one row; false at the end.
    pub(super) fn step(&mut self, queue: &mut Queue) -> Result<bool, Refusal> {
        match self.records.next()? {
            Next::End => {
                self.release(queue);
                self.close(queue);
                return Ok(false);
            }
            Next::OpenQuote { line } => {
                self.rows += 1;
                self.release(queue);
                queue.reject(None, Position { line, row: self.rows }, Field::Row, Reason::OpenQuote);
            }
            Next::Record { line } => self.row(line, queue)?,
        }
        Ok(true)
    }

    /// The fields, as far as a table is looked at.
    fn fields(&self) -> Vec<String> {
        (0..self.records.len().min(COLUMNS)).map(|index| self.records.get(index).to_owned()).collect()
    }

    fn field(&self, column: Option<usize>) -> &str {
        column.map_or("", |column| self.records.get(column))
    }

    fn row(&mut self, line: u64, queue: &mut Queue) -> Result<(), Refusal> {
        let before = std::mem::replace(&mut self.width, self.records.len());
        if self.records.is_unfinished() && (2..before).contains(&self.width) {
            // What is missing may be digits of the amount.
            self.rows += 1;
            self.release(queue);
            queue.summary.truncated = true;
            queue.reject(None, Position { line, row: self.rows }, Field::Row, Reason::CutOff);
            return Ok(());
        }
        let columns = &self.reading.columns;
        let has_amount = [columns.amount, columns.debit, columns.credit, columns.fee]
            .into_iter()
            .any(|column| is_figure(self.field(column)));
        let has_day = [columns.day, columns.day_otherwise].into_iter().any(|column| is_figure(self.field(column)));
        if !has_amount && !has_day {
            self.remark();
        }
        if self.is_elsewhere {
            queue.summary.unsupported += u64::from(guess::is_row(&self.fields()));
            return Ok(());
        }
        if !has_amount && !has_day {
            return Ok(());
        }
        self.release(queue);
        self.rows += 1;
        let position = Position { line, row: self.rows };
        if self.has_too_many_fields() {
            queue.reject(None, position, Field::Row, Reason::TooManyFields);
            return Ok(());
        }
        // What has a balance beside it is booked, whatever stands above.
        let heading = if self.field(self.reading.columns.balance).is_empty() { self.heading } else { Status::Booked };
        let status = word::state_of(self.field(self.reading.columns.status)).unwrap_or(heading);
        if status == Status::Declined || self.is_no_booking(has_amount) || self.is_odd(before) {
            queue.summary.unsupported += 1;
            return Ok(());
        }
        match self.account(line, queue)? {
            Err(reason) => queue.reject(None, position, Field::Currency, reason),
            Ok((account, currency)) => match self.reading.line(&|column| self.field(column), currency, status) {
                Err((field, reason)) => queue.reject(Some(account), position, field, reason),
                Ok(line) => {
                    self.count(account, currency, position, &line);
                    self.held = Some(Held { account, position, line });
                }
            },
        }
        Ok(())
    }

    /// Whether a row is what an account holds, a sum of others, or not booked yet and so without a day.
    fn is_no_booking(&self, has_amount: bool) -> bool {
        let columns = &self.reading.columns;
        if !has_amount && !self.field(columns.balance).is_empty() {
            return true;
        }
        if self.reading.day(&|column| self.field(column)).is_some_and(|day| day.is_ok()) {
            let mut texts = columns.description.iter().map(|column| self.records.get(*column));
            let is_silent = texts.clone().all(str::is_empty);
            // Some banks write it beside the column of texts.
            let anywhere =
                || (0..self.records.len().min(COLUMNS)).any(|index| word::is_balance(self.records.get(index)));
            return texts.any(word::is_balance) || (is_silent && anywhere());
        }
        (0..self.records.len().min(COLUMNS)).any(|index| word::is_total(self.records.get(index)))
            || word::state_of(self.field(columns.day)) == Some(Status::Pending)
    }

    /// Whether a row that commas divide has something behind the last column that is known: with one more in an amount everything stands in a
    /// wrong place.
    fn has_too_many_fields(&self) -> bool {
        let mapping = &self.reading.mapping;
        let is_known = |column: &CsvColumn| column.name.is_some() || column.role != Role::Ignored;
        let Some(last) = mapping.columns.iter().rposition(is_known) else { return false };
        let mut behind = last + 1..self.records.len();
        mapping.delimiter == ',' && self.reading.has_names() && behind.any(|index| !self.records.get(index).is_empty())
    }

    /// Whether a row of a table without names has other columns than the row above, and no text: what an account holds stands below its rows so.
    fn is_odd(&self, width_before: usize) -> bool {
        let texts = || self.reading.columns.description.iter();
        !self.reading.has_names()
            && self.rows > 1
            && self.width != width_before
            && texts().next().is_some()
            && texts().all(|column| self.records.get(*column).is_empty())
    }

    /// Takes a row without a day and an amount: names of columns, more words for the row above, or nothing of use.
    fn remark(&mut self) {
        let fields = self.fields();
        // A heading stands in the first column alone; any other one ends what it says.
        let mut words = fields.iter().enumerate().filter(|(_, field)| !field.is_empty());
        let alone = words.next().filter(|(index, _)| *index == 0 && words.next().is_none());
        if let Some((_, text)) =
            alone.filter(|(_, text)| self.heading != Status::Booked || word::is_heading_of_pending(text))
        {
            self.heading = if word::is_heading_of_pending(text) { Status::Pending } else { Status::Booked };
            return;
        }
        if self.reading.has_names() && guess::is_header(&fields) {
            self.is_elsewhere = self.rows > 0 && !self.reading.is_named(&fields);
        } else if !self.is_elsewhere {
            self.continue_descriptor();
        }
    }

    /// Adds the words of a row that has nothing else to the descriptor of the row above.
    fn continue_descriptor(&mut self) {
        let is_described = |index: &usize| self.reading.columns.description.contains(index);
        let others = (0..self.records.len()).filter(|index| !is_described(index));
        let has_others = others.into_iter().any(|index| !self.records.get(index).is_empty());
        let Some(held) = self.held.as_mut().filter(|_| !has_others) else { return };
        for column in &self.reading.columns.description {
            let words = self.records.get(*column);
            if !words.is_empty() {
                held.line.descriptor = line::descriptor(&format!("{} {words}", held.line.descriptor));
            }
        }
    }

    /// The account of the row; announced if it is new. A row that does not name one belongs to the account of the row above.
    fn account(&mut self, line: u64, queue: &mut Queue) -> Result<Result<(usize, Currency), Reason>, Refusal> {
        let code = self.field(self.reading.columns.currency);
        let currency = match (code, self.currency, &self.account) {
            ("", Some(currency), _) => currency,
            ("", None, Some(before)) => before.currency,
            ("", None, None) => return Ok(Err(Reason::Missing)),
            (code, ..) => match Currency::from_code(&code.to_ascii_uppercase()) {
                Some(currency) => currency,
                None => return Ok(Err(Reason::unknown_currency(&code.to_ascii_uppercase()))),
            },
        };
        let name = self.field(self.reading.columns.account);
        if let Some(before) = &self.account {
            let is_same = before.index != usize::MAX && before.currency == currency;
            if is_same && (name.is_empty() || name == before.name) {
                return Ok(Ok((before.index, currency)));
            }
        }
        let before = self.account.as_ref().map(|before| before.name.as_str()).unwrap_or_default();
        let name = if name.is_empty() { before } else { name }.to_owned();
        let has_letters = name.contains(' ') && name.contains(char::is_alphabetic);
        let account = StatementAccount {
            source_id: (!name.is_empty()).then(|| source_id(&format!("{name}/{}", currency.code()))).flatten(),
            kind: self.kind,
            currency,
            tail: tail(&name).filter(|tail| tail.bytes().any(|byte| byte.is_ascii_digit())),
            name_hint: has_letters.then(|| line::descriptor(&name)),
        };
        let index = queue.account(account, line)?;
        self.account = Some(Named { name, currency, index });
        Ok(Ok((index, currency)))
    }

    fn count(&mut self, account: usize, currency: Currency, position: Position, line: &Line) {
        // What is not booked moves no balance, whatever stands beside it.
        let Some(column) = self.reading.columns.balance.filter(|_| !line.pending) else { return };
        if self.balances.len() <= account {
            self.balances.resize(account + 1, Balances::default());
        }
        let balance = amount::parse(self.records.get(column), self.reading.mapping.decimal_mark);
        let balance = balance.map(|balance| self.reading.signs.balance(balance.signed()));
        let money = balance.and_then(|balance| Money::from_decimal(balance, currency).ok());
        let Line { day, amount_minor, .. } = *line;
        let moved = if self.reading.signs.balance_is_before { amount_minor } else { 0 };
        let balance_minor = money.and_then(|money| money.minor.checked_add(moved));
        let seen = balance_minor.map(|balance_minor| Seen { day, amount_minor, balance_minor, currency, position });
        self.balances[account].add(amount_minor, seen);
    }

    fn release(&mut self, queue: &mut Queue) {
        if let Some(Held { account, position, line }) = self.held.take() {
            queue.line(account, position, line);
        }
    }

    /// Balances at the end: of the row that is the latest.
    fn close(&mut self, queue: &mut Queue) {
        for (account, balances) in self.balances.iter().enumerate() {
            if let Some(seen) = balances.closing() {
                queue.balance(ClosingBalance {
                    account,
                    position: Position { line: seen.position.line, row: 0 },
                    money: Money::new(seen.balance_minor, seen.currency),
                    day: Some(seen.day),
                    kind: BalanceKind::Ledger,
                });
            }
        }
    }
}

/// Whether a text is meant as a day or an amount, legible or not: it is not mostly letters, or it is legible.
fn is_figure(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 {
        return false;
    }
    // What is of ASCII need not be taken apart.
    let letters = if text.is_ascii() {
        text.bytes().filter(u8::is_ascii_alphabetic).count()
    } else {
        text.chars().filter(|c| c.is_alphabetic()).count()
    };
    digits >= letters || date::evidence(text).is_some() || amount::parse_alone(text).is_some()
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;
