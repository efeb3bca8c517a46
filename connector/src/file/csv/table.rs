//! The beginning of a table, as it is looked at to find out what its columns mean.

use std::{
    collections::{BTreeMap, HashSet},
    io::Cursor,
};

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
    pub(super) codes: usize,
    pub(super) category_codes: usize,
    pub(super) ids: usize,
    pub(super) directions: usize,
    pub(super) distinct: usize,
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
        let mut distinct = HashSet::new();
        for row in from..self.rows.len() {
            let width = self.rows[row].1.iter().filter(|field| !field.is_empty()).count();
            // Blank lines and remarks below a table are no rows.
            if width < 2 {
                continue;
            }
            column.rows += 1;
            let field = self.get(row, index);
            if !field.is_empty() {
                column.add(field);
                distinct.insert(field);
            }
        }
        column.distinct = distinct.len();
        column
    }

    /// A column as amounts with their signs, where they are legible.
    pub(super) fn amounts(&self, from: usize, index: usize, mark: amount::DecimalMark) -> Vec<Option<Decimal>> {
        let read = |row| amount::parse(self.get(row, index), mark).map(|amount| amount.signed());
        (from..self.rows.len()).map(read).collect()
    }
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
        self.codes += usize::from(field.len() == 3 && field.bytes().all(|byte| byte.is_ascii_alphabetic()));
        self.category_codes += usize::from(field.len() == 4 && field.bytes().all(|byte| byte.is_ascii_digit()));
        let is_id = field.len() >= 4 && field.contains(|c: char| c.is_ascii_digit()) && !field.contains(' ');
        self.ids += usize::from(is_id);
        self.directions += usize::from(word::is_in(field).is_some());
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

/// How often a balance moves by its row's amount, and how often by the opposite, for rows in either order of time.
pub(super) fn movements(amounts: &[Option<Decimal>], balances: &[Option<Decimal>]) -> Movements {
    let rows: Vec<(Decimal, Decimal)> =
        amounts.iter().zip(balances).filter_map(|(amount, balance)| Some(((*amount)?, (*balance)?))).collect();
    let mut down = Movements { of: rows.len().saturating_sub(1), ..Movements::default() };
    let mut up = down;
    for pair in rows.windows(2) {
        let [(first_amount, first), (second_amount, second)] = pair else { continue };
        let moved = second - first;
        down.along += usize::from(moved == *second_amount);
        down.against += usize::from(moved == -*second_amount);
        up.along += usize::from(-moved == *first_amount);
        up.against += usize::from(-moved == -*first_amount);
    }
    if down.along.max(down.against) >= up.along.max(up.against) { down } else { up }
}

/// The count of [`movements`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Movements {
    pub(super) of: usize,
    pub(super) along: usize,
    pub(super) against: usize,
}

impl Movements {
    /// Whether the balance shows that positive amounts come in; `None` if it shows nothing.
    pub(super) fn positive_is_in(self) -> Option<bool> {
        let enough = |count: usize| self.of > 0 && count * 10 >= self.of * 6;
        match (enough(self.along), enough(self.against)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }
}
