//! The beginning of a table, as it is looked at to find out what its columns mean.

use std::{
    collections::{BTreeMap, HashMap},
    io::Cursor,
};

use domain::currency::Currency;
use rust_decimal::Decimal;

use super::{
    super::{Refusal, amount, date, text::Text},
    record::{Next, Records},
    word,
};

/// Columns that are looked at: what is beyond is ignored.
pub(super) const COLUMNS: usize = 200;
/// Rows that are looked at.
const ROWS: usize = 3000;

/// Rows of fields, each with its line.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) rows: Vec<(u64, Vec<String>)>,
    /// The line after each row.
    ends: Vec<u64>,
}

/// What the fields of one column look like.
#[derive(Debug, Default)]
pub(super) struct Column {
    pub(super) rows: usize,
    pub(super) filled: usize,
    pub(super) days: usize,
    pub(super) amounts: usize,
    pub(super) negatives: usize,
    /// Amounts with a sign, or with digits behind a mark: other numbers may be numbers of checks.
    pub(super) money: usize,
    /// Fields with a letter.
    pub(super) words: usize,
    /// Codes of currencies in use.
    pub(super) codes: usize,
    /// Fields of three letters.
    pub(super) triples: usize,
    pub(super) category_codes: usize,
    pub(super) ids: usize,
    /// Numbers of accounts (IBAN, ISO 13616).
    pub(super) ibans: usize,
    pub(super) directions: usize,
    /// Words for a state of a row, booked or not.
    pub(super) states: usize,
    /// Days as numbers of a spreadsheet.
    pub(super) serials: usize,
    /// Fields of a single sign.
    pub(super) singles: usize,
    /// Fields that are a plus or a minus and nothing else.
    pub(super) signs: usize,
    pub(super) distinct: usize,
    /// How many fields the most frequent text has.
    pub(super) most: usize,
}

impl Table {
    /// Splits a sample of a file. If the file goes on, its last row is cut off and left out.
    pub(super) fn read(sample: &str, is_whole: bool, delimiter: u8) -> Result<Self, Refusal> {
        let mut records = Records::new(Text::open(Cursor::new(sample.as_bytes()), usize::MAX)?, delimiter);
        let mut table = Self::default();
        while table.rows.len() < ROWS {
            match records.next()? {
                Next::End => break,
                Next::OpenQuote { .. } => {}
                Next::Record { line } => {
                    let fields = (0..records.len().min(COLUMNS)).map(|index| records.get(index).to_owned()).collect();
                    table.rows.push((line, fields));
                    table.ends.push(records.text.line());
                }
            }
        }
        if !is_whole && table.rows.len() < ROWS && table.rows.len() > 1 {
            table.rows.pop();
        }
        Ok(table)
    }

    /// Leaves out what stands below a table that begins after a row of names: another table, and the same names again.
    pub(super) fn end_at_other_names(&mut self, header: usize, is_header: impl Fn(&[String]) -> bool) {
        let own = self.rows[header].1.clone();
        let below = self.rows.iter().enumerate().skip(header + 1);
        let again: Vec<(usize, bool)> = below
            .filter(|(_, (_, fields))| is_header(fields))
            .map(|(index, (_, fields))| (index, *fields == own))
            .collect();
        // The row after the names may be a second row of names.
        let other = again.iter().find(|(index, is_own)| !is_own && *index > header + 1);
        if let Some((other, _)) = other {
            self.rows.truncate(*other);
        }
        for (index, _) in again.into_iter().rev().filter(|(_, is_own)| *is_own) {
            if index < self.rows.len() {
                self.rows.remove(index);
                self.ends.remove(index);
            }
        }
    }

    /// How well a delimiter explains the rows: how many have the most common number of fields, and how many fields those are.
    pub(super) fn evenness(&self) -> usize {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for (_, fields) in self.rows.iter().filter(|(_, fields)| fields.len() > 1) {
            *counts.entry(fields.len()).or_default() += 1;
        }
        let most = counts.iter().map(|(length, count)| (*count, *length)).max();
        most.map_or(0, |(count, length)| count * (length - 1).min(20))
    }

    /// Lines of text before a row, or, if it is given, after a row of names.
    pub(super) fn lines_before(&self, first: usize, header: Option<usize>) -> u64 {
        let next = match header {
            Some(header) => self.ends.get(header).copied(),
            None => self.rows.get(first).map(|(line, _)| *line),
        };
        next.unwrap_or(1) - 1
    }

    /// The number of columns.
    pub(super) fn width(&self, from: usize) -> usize {
        self.rows[from.min(self.rows.len())..].iter().map(|(_, fields)| fields.len()).max().unwrap_or(0)
    }

    /// A field of a row, which may be shorter.
    pub(super) fn get(&self, row: usize, column: usize) -> &str {
        self.rows.get(row).and_then(|(_, fields)| fields.get(column)).map_or("", String::as_str)
    }

    /// What a column looks like from a row on.
    pub(super) fn column(&self, from: usize, index: usize) -> Column {
        let mut column = Column::default();
        let mut texts: HashMap<&str, usize> = HashMap::new();
        for row in from..self.rows.len() {
            let width = self.rows[row].1.iter().filter(|field| !field.is_empty()).count();
            // Blank lines and remarks below a table are no rows.
            if width < 2 {
                continue;
            }
            column.rows += 1;
            let field = self.get(row, index);
            column.signs += usize::from(matches!(field, "+" | "-"));
            // A dash says that nothing stands there.
            if !matches!(field, "" | "-" | "--") {
                column.add(field);
                *texts.entry(field).or_default() += 1;
            }
        }
        column.distinct = texts.len();
        column.most = texts.into_values().max().unwrap_or(0);
        column
    }

    /// A column as amounts with their signs, where they are legible.
    pub(super) fn amounts(&self, from: usize, index: usize, mark: amount::DecimalMark) -> Vec<Option<Decimal>> {
        let read = |row| amount::parse(self.get(row, index), mark).map(|amount| amount.signed());
        (from..self.rows.len()).map(read).collect()
    }
}

/// Whether a field is written as an IBAN is: a country, two digits, and 11 letters and digits at least.
fn is_iban(field: &str) -> bool {
    let plain: Vec<u8> = field.bytes().filter(|byte| *byte != b' ').collect();
    matches!(plain.as_slice(), [a, b, c, d, rest @ ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase()
        && c.is_ascii_digit() && d.is_ascii_digit()
        && (11..=30).contains(&rest.len()) && rest.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()))
}

impl Column {
    fn add(&mut self, field: &str) {
        self.filled += 1;
        let amount = amount::parse_alone(field);
        self.days += usize::from(date::evidence(field).is_some());
        self.amounts += usize::from(amount.is_some());
        self.negatives += usize::from(amount.is_some_and(|amount| amount.signed().is_sign_negative()));
        let is_money = |amount: amount::Amount| {
            (1..=4).contains(&amount.size.scale()) || amount.sign != amount::Sign::Unsaid || amount.has_currency
        };
        self.money += usize::from(amount.is_some_and(is_money));
        self.words += usize::from(field.contains(char::is_alphabetic));
        self.triples += usize::from(field.len() == 3 && field.bytes().all(|byte| byte.is_ascii_alphabetic()));
        self.codes += usize::from(Currency::from_code(&field.to_ascii_uppercase()).is_some());
        self.category_codes += usize::from(field.len() == 4 && field.bytes().all(|byte| byte.is_ascii_digit()));
        let is_id = field.len() >= 4 && field.contains(|c: char| c.is_ascii_digit()) && !field.contains(' ');
        self.ids += usize::from(is_id);
        self.ibans += usize::from(is_iban(field));
        self.directions += usize::from(word::is_in(field).is_some());
        self.states += usize::from(word::state_of(field).is_some());
        self.serials += usize::from(date::is_serial(field));
        self.singles += usize::from(field.chars().nth(1).is_none());
    }

    /// Whether most fields are days.
    pub(super) fn is_days(&self) -> bool {
        self.days * 2 > self.filled
    }

    /// Whether most fields are amounts.
    pub(super) fn is_amounts(&self) -> bool {
        self.amounts * 2 > self.filled
    }

    /// Whether nearly every row has a field.
    pub(super) fn is_full(&self) -> bool {
        self.filled * 10 >= self.rows * 8 && self.filled > 0
    }
}
