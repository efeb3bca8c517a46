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
mod record;
mod role;
mod table;
mod word;

use std::io::{BufRead, Cursor};

use domain::{
    currency::Currency,
    day::Day,
    line::{self, Line},
    money::Money,
};
use rust_decimal::Decimal;

pub use self::mapping::{CsvColumn, CsvMapping, Positive, Role};
use self::{
    balance::{Balances, Seen},
    column::Columns,
    record::{Next, Records},
    word::Status,
};
use super::{
    BalanceKind, ClosingBalance, Field, Options, Position, Queue, Reason, Refusal, StatementAccount,
    amount::{self, Sign},
    date, source_id, tail,
    text::Text,
};

/// How a table is read, by its beginning: some hundred kilobytes, or all of it. `is_whole` says which. The currency may be left open.
pub fn guess(head: &[u8], is_whole: bool, options: &Options) -> Result<CsvMapping, Refusal> {
    let mut text = Text::open(Cursor::new(head), usize::MAX)?;
    let is_all = text.sample()?;
    guess::mapping(text.window(), is_whole && is_all, options)
}

/// A file that is being read.
pub(super) struct Csv<R> {
    records: Records<R>,
    mapping: CsvMapping,
    columns: Columns,
    /// The currency of rows that do not name theirs.
    currency: Option<Currency>,
    kind: Option<domain::account::AccountKind>,
    /// Whether most of the column for money out is negative.
    debit_is_negative: bool,
    /// Whether most of the column for money in is negative, as a card's bank may see it.
    credit_is_negative: bool,
    /// The account of the last row: what it was called, and its index.
    account: Option<Named>,
    /// The last row, which waits for its descriptor to go on.
    held: Option<Held>,
    balances: Vec<Balances>,
    rows: u64,
    /// How many fields the row above has.
    width: usize,
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
        let is_whole = text.sample()?;
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
        let sample = Sample { text: text.window(), is_whole, delimiter, mapping: &mapping };
        let debit_is_negative = columns.debit.is_some_and(|column| sample.is_negative(column));
        let credit_is_negative = columns.credit.is_some_and(|column| sample.is_negative(column));
        let account = columns.account.and_then(|column| sample.first_word(column));
        let mut csv = Self {
            records: Records::new(text, delimiter),
            columns,
            currency,
            kind: options.kind,
            debit_is_negative,
            credit_is_negative,
            account: account.zip(currency).map(|(name, currency)| Named { name, currency, index: usize::MAX }),
            held: None,
            balances: Vec::new(),
            rows: 0,
            width: 0,
            mapping,
        };
        csv.records.skip_lines(csv.mapping.skip_lines)?;
        Ok(csv)
    }

    pub(super) const fn mapping(&self) -> &CsvMapping {
        &self.mapping
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
        let has_amount = [self.columns.amount, self.columns.debit, self.columns.credit]
            .into_iter()
            .any(|column| is_figure(self.field(column)));
        let has_day =
            [self.columns.day, self.columns.day_otherwise].into_iter().any(|column| is_figure(self.field(column)));
        if !has_amount && !has_day {
            self.continue_descriptor();
            return Ok(());
        }
        self.release(queue);
        self.rows += 1;
        let position = Position { line, row: self.rows };
        let is_balance = !has_amount && !self.field(self.columns.balance).is_empty();
        let status = word::status_of(self.field(self.columns.status));
        if is_balance || status == Status::Declined {
            queue.summary.unsupported += 1;
            return Ok(());
        }
        match self.account(line, queue)? {
            Err(reason) => queue.reject(None, position, Field::Currency, reason),
            Ok((account, currency)) => match self.line(currency, status) {
                Err((field, reason)) => queue.reject(Some(account), position, field, reason),
                Ok(line) => {
                    self.count(account, currency, position, &line);
                    self.held = Some(Held { account, position, line });
                }
            },
        }
        Ok(())
    }

    /// Adds the words of a row that has nothing else to the descriptor of the row above.
    fn continue_descriptor(&mut self) {
        let is_described = |index: &usize| self.columns.description.contains(index);
        let others = (0..self.records.len()).filter(|index| !is_described(index));
        let has_others = others.into_iter().any(|index| !self.records.get(index).is_empty());
        let Some(held) = self.held.as_mut().filter(|_| !has_others) else { return };
        for column in &self.columns.description {
            let words = self.records.get(*column);
            if !words.is_empty() {
                held.line.descriptor = line::descriptor(&format!("{} {words}", held.line.descriptor));
            }
        }
    }

    /// The account of the row; announced if it is new. A row that does not name one belongs to the account of the row above.
    fn account(&mut self, line: u64, queue: &mut Queue) -> Result<Result<(usize, Currency), Reason>, Refusal> {
        let code = self.field(self.columns.currency);
        let currency = match (code, self.currency, &self.account) {
            ("", Some(currency), _) => currency,
            ("", None, Some(before)) => before.currency,
            ("", None, None) => return Ok(Err(Reason::Missing)),
            (code, ..) => match Currency::from_code(&code.to_ascii_uppercase()) {
                Some(currency) => currency,
                None => return Ok(Err(Reason::unknown_currency(&code.to_ascii_uppercase()))),
            },
        };
        let name = self.field(self.columns.account);
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

    /// The day of booking, or the one that stands in for it; `None` if there is neither.
    fn day(&self) -> Option<Result<Day, domain::day::NotADay>> {
        let read = |text: &str| date::parse(text, self.mapping.date_order);
        match (self.field(self.columns.day), self.field(self.columns.day_otherwise)) {
            ("", "") => None,
            ("", otherwise) => Some(read(otherwise)),
            (day, _) => Some(read(day)),
        }
    }

    fn line(&self, currency: Currency, status: Status) -> Result<Line, (Field, Reason)> {
        let day = self.day().ok_or((Field::Day, Reason::Missing))?.map_err(|error| (Field::Day, error.into()))?;
        let decimal = self.amount().map_err(|reason| (Field::Amount, reason))?;
        let money = Money::from_decimal(decimal, currency).map_err(|error| (Field::Amount, error.into()))?;
        let merchant = line::descriptor(self.field(self.columns.merchant));
        let mut descriptor = self.joined(&self.columns.description);
        if descriptor.is_empty() {
            descriptor.clone_from(&merchant);
        }
        if descriptor.is_empty() {
            descriptor = self.joined(&self.columns.description_otherwise);
        }
        Ok(Line {
            source_id: source_id(self.field(self.columns.id)),
            pending_source_id: None,
            day,
            amount_minor: money.minor,
            pending: status == Status::Pending,
            descriptor,
            merchant_name: (!merchant.is_empty()).then_some(merchant),
            merchant_category_code: self
                .field(self.columns.category_code)
                .parse()
                .ok()
                .filter(|code| (1..10_000).contains(code)),
        })
    }

    /// The parts of a descriptor, each once.
    fn joined(&self, columns: &[usize]) -> String {
        if let [column] = columns {
            return line::descriptor(self.records.get(*column));
        }
        let mut text = String::new();
        for column in columns {
            let part = self.records.get(*column);
            if !part.is_empty() && !text.contains(part) {
                text.push(' ');
                text.push_str(part);
            }
        }
        line::descriptor(&text)
    }

    fn amount(&self) -> Result<Decimal, Reason> {
        let read = |text: &str| amount::parse(text, self.mapping.decimal_mark).ok_or(Reason::NotAnAmount);
        if let Some(column) = self.columns.amount {
            let text = self.records.get(column);
            if text.is_empty() {
                return Err(Reason::Missing);
            }
            return self.signed(read(text)?);
        }
        let side = |column: Option<usize>| match self.field(column) {
            "" | "-" => Ok(None),
            text => read(text).map(|amount| Some(amount.signed())),
        };
        let (debit, credit) = (side(self.columns.debit)?, side(self.columns.credit)?);
        let out = debit.map(|debit| if self.debit_is_negative { debit } else { -debit });
        let credit = credit.map(|credit| if self.credit_is_negative { -credit } else { credit });
        match (out, credit) {
            (None, None) => Err(Reason::Missing),
            (Some(out), Some(credit)) if !out.is_zero() && !credit.is_zero() => Err(Reason::BothWays),
            (out, credit) => Ok(out.unwrap_or_default() + credit.unwrap_or_default()),
        }
    }

    /// The amount of the one column, positive for money in.
    fn signed(&self, amount: amount::Amount) -> Result<Decimal, Reason> {
        let word = self.field(self.columns.direction);
        if !word.is_empty() {
            let is_in = word::is_in(word).ok_or(Reason::NoDirection)?;
            // A debit of minus five is a correction: it comes in.
            let size = if amount.sign == Sign::Minus { -amount.size } else { amount.size };
            return Ok(if is_in { size } else { -size });
        }
        Ok(self.mapping.positive.signed(&amount))
    }

    fn count(&mut self, account: usize, currency: Currency, position: Position, line: &Line) {
        let Some(column) = self.columns.balance else { return };
        if self.balances.len() <= account {
            self.balances.resize(account + 1, Balances::default());
        }
        let balance = amount::parse(self.records.get(column), self.mapping.decimal_mark);
        let money = balance.and_then(|balance| Money::from_decimal(balance.signed(), currency).ok());
        let Line { day, amount_minor, .. } = *line;
        let seen = money.map(|money| Seen { day, amount_minor, balance_minor: money.minor, currency, position });
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
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    digits > 0 && (digits >= letters || date::evidence(text).is_some() || amount::parse_alone(text).is_some())
}

/// The beginning of a file whose mapping is known.
struct Sample<'a> {
    text: &'a str,
    is_whole: bool,
    delimiter: u8,
    mapping: &'a CsvMapping,
}

impl Sample<'_> {
    fn fields(&self, column: usize) -> Vec<String> {
        let table = table::Table::read(self.text, self.is_whole, self.delimiter).unwrap_or_default();
        let rows = table.rows.into_iter().filter(|(line, _)| *line > self.mapping.skip_lines);
        rows.filter_map(|(_, mut fields)| (column < fields.len()).then(|| fields.swap_remove(column))).collect()
    }

    /// Whether most amounts of a column are negative.
    fn is_negative(&self, column: usize) -> bool {
        let fields = self.fields(column);
        let amounts = fields.iter().filter_map(|field| amount::parse(field, self.mapping.decimal_mark));
        let (mut negative, mut positive) = (0, 0);
        for amount in amounts.filter(|amount| !amount.size.is_zero()) {
            if amount.sign == Sign::Minus { negative += 1 } else { positive += 1 }
        }
        negative > positive
    }

    /// The first field of a column that is not empty.
    fn first_word(&self, column: usize) -> Option<String> {
        self.fields(column).into_iter().find(|field| !field.is_empty())
    }
}

#[cfg(test)]
mod tests;
