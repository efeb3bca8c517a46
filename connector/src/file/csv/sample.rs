//! The beginning of a file, as far as it is looked at before the first row is read.

use super::{
    super::amount,
    column::Columns,
    mapping::{CsvMapping, Role},
    prove::{Movements, movements, runs_by_days},
    reading::{Reading, Signs},
    table::Table,
};

/// The beginning of a table whose mapping is known.
pub(super) struct Sample<'a> {
    table: Table,
    first: usize,
    mapping: &'a CsvMapping,
}

impl<'a> Sample<'a> {
    pub(super) fn read(text: &str, is_whole: bool, delimiter: u8, mapping: &'a CsvMapping) -> Self {
        let table = Table::read(text, is_whole, delimiter).unwrap_or_default();
        let first = table.rows.iter().position(|(line, _)| *line > mapping.skip_lines).unwrap_or(table.rows.len());
        Self { table, first, mapping }
    }

    fn fields(&self, column: usize) -> impl Iterator<Item = &str> {
        (self.first..self.table.rows.len()).map(move |row| self.table.get(row, column))
    }

    /// How rows are read: what signs mean in each column is seen here.
    pub(super) fn reading(&self, mapping: &CsvMapping, columns: Columns) -> Reading {
        let sides = [(Role::Debit, columns.debit), (Role::Credit, columns.credit), (Role::Fee, columns.fee)];
        let is_negative = |column: Option<usize>| column.is_some_and(|column| self.is_negative(column));
        let negative = sides.into_iter().filter(|(_, column)| is_negative(*column)).map(|(role, _)| role).collect();
        let signs = Signs { negative, balance_is_owed: false, balance_is_before: false };
        let mut reading = Reading { mapping: mapping.clone(), columns, signs };
        if let Some(found) = self.balance(&reading) {
            reading.signs.balance_is_owed = found.positive_is_in() == Some(false);
            reading.signs.balance_is_before = found.is_before;
        }
        reading
    }

    /// Whether most amounts of a column are negative.
    fn is_negative(&self, column: usize) -> bool {
        let amounts = self.fields(column).filter_map(|field| amount::parse(field, self.mapping.decimal_mark));
        let (mut negative, mut positive) = (0, 0);
        for amount in amounts.filter(|amount| !amount.size.is_zero()) {
            if amount.signed().is_sign_negative() { negative += 1 } else { positive += 1 }
        }
        negative > positive
    }

    /// How the balance moves with what the rows say: that of a card may be what is owed, and it may stand before its row.
    fn balance(&self, reading: &Reading) -> Option<Movements> {
        let balance = reading.columns.balance?;
        let rows = self.first..self.table.rows.len();
        let amount =
            |row| reading.amount(&|column: Option<usize>| column.map_or("", |column| self.table.get(row, column)));
        let amounts: Vec<_> = rows.map(|row| amount(row).ok()).collect();
        let balances = self.table.amounts(self.first, balance, self.mapping.decimal_mark);
        let roles: Vec<Role> = self.mapping.columns.iter().map(|column| column.role).collect();
        Some(movements(&amounts, &balances, runs_by_days(&self.table, self.first, &roles)))
    }

    /// The first field of a column that is not empty.
    pub(super) fn first_word(&self, column: usize) -> Option<String> {
        self.fields(column).find(|field| !field.is_empty()).map(str::to_owned)
    }
}
