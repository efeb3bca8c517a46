//! What the columns of a table mean, and how days and amounts are written: found by guessing, shown to the person, and taken back
//! corrected. A file whose fields stand on lines of their own, as in QIF, has no columns, and all the rest.

use domain::currency::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::super::{
    Needed, Refusal,
    amount::{Amount, DecimalMark, Sign},
    date::DateOrder,
};

/// How a table, or another file that leaves days and amounts open, is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvMapping {
    /// What stands between two fields; the end of a line where there are no columns.
    pub delimiter: char,
    /// Lines of text before the first row: what a bank writes above its table, and the names of the columns.
    pub skip_lines: u64,
    /// The columns, in their order.
    pub columns: Vec<CsvColumn>,
    /// In which order a day is written.
    pub date_order: DateOrder,
    /// Whether the rows prove it. If not, the person must be asked: 03/04 is two different days.
    pub date_order_certain: bool,
    /// What stands before cents.
    pub decimal_mark: DecimalMark,
    /// Whether the rows prove it.
    pub decimal_mark_certain: bool,
    /// What an amount without a minus means.
    pub positive: Positive,
    /// Whether the rows prove it. Of a pair of columns: whether it is certain which is which.
    pub positive_certain: bool,
    /// The currency of rows that do not name theirs.
    pub currency: Option<String>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvColumn {
    /// Its name in the file.
    pub name: Option<String>,
    /// What it means.
    pub role: Role,
}

/// What a column means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Nothing that is read.
    Ignored,
    /// The day of booking.
    Day,
    /// A day that counts where the day of booking is empty.
    DayOtherwise,
    /// The amount, in and out.
    Amount,
    /// Money out; the sign does not matter if most of the column has the same.
    Debit,
    /// Money in.
    Credit,
    /// What is taken beside the amount, and moves the balance as well. Beside no amount it is the amount.
    Fee,
    /// A word for in or out.
    Direction,
    /// A part of the descriptor.
    Description,
    /// What becomes the descriptor where all parts of it are empty.
    DescriptionOtherwise,
    /// The merchant's name, apart from the descriptor.
    Merchant,
    /// The merchant category code (ISO 18245).
    CategoryCode,
    /// What the bank, or whoever kept the books, says that the row was for. Several columns go from the general to the particular.
    Category,
    /// The balance after the row.
    Balance,
    /// The currency of the row's account.
    Currency,
    /// The amount in the currency that it was of before the bank converted it; the sign is that of the amount.
    OriginalAmount,
    /// Which currency that was.
    OriginalCurrency,
    /// The bank's id of the row.
    Id,
    /// The number or the name of the row's account.
    Account,
    /// Whether the row is booked, pending, or was declined.
    Status,
}

/// What files with one and the same mapping have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The names of the columns with what stands between them, or, of a table without names, how many there are.
    pub key: String,
    /// Where the rows begin, if names stand above them: what a bank writes above those may be of another length in each file.
    pub skip_lines: Option<u64>,
}

/// What an amount without a minus means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Positive {
    /// Money in, as most accounts write it.
    In,
    /// Money out, as many cards write it; a minus, a plus or CR is money in.
    Out,
}

impl Positive {
    /// An amount with its sign, positive for money in.
    pub(in super::super) fn signed(self, amount: &Amount) -> Decimal {
        match (self, amount.sign) {
            (Self::In, _) => amount.signed(),
            (Self::Out, Sign::Unsaid) => -amount.size,
            (Self::Out, Sign::Plus | Sign::Minus) => amount.size,
        }
    }
}

impl CsvMapping {
    /// Whether what it says can be read at all; a mapping may come back from a person.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.currency.as_deref().is_some_and(|code| Currency::from_code(code).is_none()) {
            return Err(Refusal::Mapping("the currency is not in use"));
        }
        if self.has_no_columns() {
            return Ok(());
        }
        if !self.delimiter.is_ascii() || self.delimiter.is_ascii_alphanumeric() || "\"\r\n".contains(self.delimiter) {
            return Err(Refusal::Mapping("the delimiter must be a sign such as , or ;"));
        }
        let mut missing = Vec::new();
        if self.columns_of(Role::Day).is_empty() {
            missing.push(Needed::Day);
        }
        let amounts = self.columns_of(Role::Amount);
        if amounts.is_empty() && self.columns_of(Role::Debit).is_empty() && self.columns_of(Role::Credit).is_empty() {
            missing.push(Needed::Amount);
        }
        if !missing.is_empty() {
            return Err(Refusal::MissingColumns(missing));
        }
        if amounts.len() > 1 {
            return Err(Refusal::Mapping("two columns are the amount"));
        }
        Ok(())
    }

    /// Whether it is of a file whose fields stand on lines of their own.
    pub(in super::super) fn has_no_columns(&self) -> bool {
        self.delimiter == '\n' && self.columns.is_empty()
    }

    /// The columns that mean something, by their index.
    pub(super) fn columns_of(&self, role: Role) -> Vec<usize> {
        let columns = self.columns.iter().enumerate();
        columns.filter(|(_, column)| column.role == role).map(|(index, _)| index).collect()
    }
}
