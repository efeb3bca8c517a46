//! How the columns of a table are read.

use async_graphql::{Enum, InputObject, SimpleObject};
use service::statement::{
    MappingSource as Source,
    mapping::{CsvColumn as Column, CsvMapping as Mapping, DateOrder as Days, DecimalMark as Mark, Positive, Role},
};

/// What a column of a table means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Role")]
pub(crate) enum CsvRole {
    /// Nothing that is read.
    Ignored,
    /// The day of booking.
    Day,
    /// A day that counts where the day of booking is empty.
    DayOtherwise,
    /// The amount, in and out.
    Amount,
    /// Money out.
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

/// In which order a day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Days")]
pub(crate) enum DateOrder {
    /// `21/11/2026`
    DayMonthYear,
    /// `11/21/2026`
    MonthDayYear,
    /// `2026-11-21`; also what is written when every day names its month.
    YearMonthDay,
    /// `46347`: the number of the day, as spreadsheets keep it.
    Serial,
}

/// Where the mapping of a table comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Source")]
pub(crate) enum MappingSource {
    /// It was found in the file.
    Guessed,
    /// It was given with the file.
    Given,
    /// It was given with an earlier file of the same shape: into the same account, if one was chosen.
    Remembered,
}

/// What stands before cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Mark")]
pub(crate) enum DecimalMark {
    /// `1,234.56`
    Point,
    /// `1.234,56`
    Comma,
}

/// What an amount without a minus means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Positive")]
pub(crate) enum PositiveAmount {
    /// Money in, as most accounts write it.
    In,
    /// Money out, as many cards write it.
    Out,
}

/// A column of a table.
#[derive(Clone, Debug, SimpleObject, InputObject)]
#[graphql(input_name = "CsvColumnInput")]
pub(crate) struct CsvColumn {
    /// Its name in the file.
    name: Option<String>,
    /// What it means.
    role: CsvRole,
}

/// How a table, or a QIF file, is read: found by guessing, to be given back corrected.
#[derive(Clone, Debug, SimpleObject, InputObject)]
#[graphql(input_name = "CsvMappingInput")]
pub(crate) struct CsvMapping {
    /// What stands between two fields: one sign. The end of a line in QIF, which has no columns.
    delimiter: String,
    /// Lines of text before the first row, the names of the columns among them.
    skip_lines: i32,
    /// The columns, in their order.
    columns: Vec<CsvColumn>,
    /// In which order a day is written.
    date_order: DateOrder,
    /// Whether the rows prove it. If not, ask: 03/04 is two different days.
    date_order_certain: bool,
    /// What stands before cents.
    decimal_mark: DecimalMark,
    /// Whether the rows prove it.
    decimal_mark_certain: bool,
    /// What an amount without a minus means.
    positive: PositiveAmount,
    /// Whether the rows prove it.
    positive_certain: bool,
    /// The currency of rows that do not name theirs, ISO 4217.
    currency: Option<String>,
}

impl From<Mapping> for CsvMapping {
    fn from(mapping: Mapping) -> Self {
        let column = |column: Column| CsvColumn { name: column.name, role: column.role.into() };
        Self {
            delimiter: mapping.delimiter.to_string(),
            skip_lines: i32::try_from(mapping.skip_lines).unwrap_or(i32::MAX),
            columns: mapping.columns.into_iter().map(column).collect(),
            date_order: mapping.date_order.into(),
            date_order_certain: mapping.date_order_certain,
            decimal_mark: mapping.decimal_mark.into(),
            decimal_mark_certain: mapping.decimal_mark_certain,
            positive: mapping.positive.into(),
            positive_certain: mapping.positive_certain,
            currency: mapping.currency,
        }
    }
}

impl CsvMapping {
    pub(super) fn read(self) -> service::Result<Mapping> {
        let mut signs = self.delimiter.chars();
        let (Some(delimiter), None) = (signs.next(), signs.next()) else {
            return Err(service::Error::invalid("mapping", "must have a delimiter of one sign"));
        };
        let skip_lines = u64::try_from(self.skip_lines)
            .map_err(|_| service::Error::invalid("mapping", "must have at least 0 lines in `skipLines`"))?;
        let column = |column: CsvColumn| Column { name: column.name, role: column.role.into() };
        Ok(Mapping {
            delimiter,
            skip_lines,
            columns: self.columns.into_iter().map(column).collect(),
            date_order: self.date_order.into(),
            date_order_certain: self.date_order_certain,
            decimal_mark: self.decimal_mark.into(),
            decimal_mark_certain: self.decimal_mark_certain,
            positive: self.positive.into(),
            positive_certain: self.positive_certain,
            currency: self.currency,
        })
    }
}
