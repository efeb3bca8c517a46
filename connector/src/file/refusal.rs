//! Why a file or one of its rows is not read. Reasons never repeat what the file says: amounts and descriptors belong to a person.

use std::{fmt, io};

use domain::{day::NotADay, money::NotMoney};

use super::{PackedFault, Position};

/// Why nothing more of a file is read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no format that is known.
    #[error("the file is no statement that is understood: expected OFX, QFX, CSV, QIF, MT940 or CAMT")]
    UnknownFormat,
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// A row or an element is longer than [`super::Limits::element_bytes`].
    #[error("line {line}: a row or an element is longer than {limit_bytes} bytes")]
    TooLong {
        /// Where it begins.
        line: u64,
        /// What is allowed.
        limit_bytes: usize,
    },
    /// There are more accounts than [`super::Limits::accounts`].
    #[error("line {line}: there are more than {limit} accounts in the file")]
    TooManyAccounts {
        /// Where the one too many begins.
        line: u64,
        /// What is allowed.
        limit: usize,
    },
    /// There are more securities, or more of them are held, than [`super::Limits::securities`].
    #[error("line {line}: there are more than {limit} securities in the file")]
    TooManySecurities {
        /// Where the one too many begins.
        line: u64,
        /// What is allowed.
        limit: usize,
    },
    /// It declares entities of its own. Nothing that a bank writes needs them; they are how a small file grows without end.
    #[error("line {line}: the file declares entities of its own")]
    Entities {
        /// Where.
        line: u64,
    },
    /// Elements stand within one another, deeper than any statement does.
    #[error("line {line}: elements stand more than {limit} deep in one another")]
    TooDeep {
        /// Where the one too many begins.
        line: u64,
        /// What is allowed.
        limit: usize,
    },
    /// Columns that a statement needs were not found.
    #[error("the file has no column for {}", list(.0))]
    MissingColumns(Vec<Needed>),
    /// Neither the file nor the caller says in which currency its amounts are.
    #[error("the file does not say its currency: it must be given with it")]
    CurrencyNeeded,
    /// The mapping that was given does not fit.
    #[error("the mapping of columns does not fit: {0}")]
    Mapping(&'static str),
    /// It is packed, and not opened.
    #[error("{0}")]
    Packed(#[from] PackedFault),
    /// The source broke off.
    #[error("the file could not be read: {0}")]
    Unreadable(io::ErrorKind),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        // A reader in front of the text says in its own words why it goes no further.
        error.downcast().unwrap_or_else(|error| Self::Unreadable(error.kind()))
    }
}

/// A column that a statement cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// The day of booking.
    Day,
    /// The amount, or a pair of columns for money out and money in.
    Amount,
    /// Which of several columns of numbers is the amount.
    WhichAmount,
}

impl fmt::Display for Needed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Day => "the day",
            Self::Amount => "the amount",
            Self::WhichAmount => "the amount that is certain (there are several columns of numbers and no names)",
        })
    }
}

fn list(columns: &[Needed]) -> String {
    columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

/// One row, or one balance, that is not read; the others go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Whose it is, where that is known: an index in the order of [`super::Item::Account`].
    pub account: Option<usize>,
    /// Where it stands.
    pub position: Position,
    /// What of it is wrong.
    pub field: Field,
    /// Why.
    pub reason: Reason,
}

/// A part of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The day of booking.
    Day,
    /// The amount.
    Amount,
    /// The currency.
    Currency,
    /// The closing balance.
    Balance,
    /// Which security.
    Security,
    /// How many units of it.
    Units,
    /// Its price.
    Price,
    /// What is held of it is worth.
    Value,
    /// What was paid to the broker or withheld.
    Costs,
    /// The row as a whole.
    Row,
}

/// Why a row is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Nothing stands there.
    #[error("is missing")]
    Missing,
    /// It is no number, or one with a currency sign where the format has none.
    #[error("is no amount")]
    NotAnAmount,
    /// It is no code: longer than one may be, or with signs that are none.
    #[error("is no code of a security")]
    NotACode,
    /// It is not an amount of its currency.
    #[error("{0}")]
    NotMoney(#[from] NotMoney),
    /// It is no day of the calendar, or out of range.
    #[error("{0}")]
    NotADay(#[from] NotADay),
    /// The currency is not, or no longer, in use.
    #[error("{}", unknown_currency(.0.as_ref()))]
    UnknownCurrency(Option<[u8; 3]>),
    /// The amount is in another currency than the account.
    #[error("is in another currency than its account")]
    OtherCurrency,
    /// Money out and money in stand in the same row.
    #[error("is both money out and money in")]
    BothWays,
    /// The word that says the direction is none that is known.
    #[error("is neither money out nor money in")]
    NoDirection,
    /// The file ends within it.
    #[error("is cut off: the file ends within it")]
    CutOff,
    /// A quotation mark opens and does not close.
    #[error("has a quotation mark that does not close")]
    OpenQuote,
    /// There are more fields than names above them: a comma within an amount, perhaps, and no quotation marks around it.
    #[error("has more fields than there are names above them")]
    TooManyFields,
}

fn unknown_currency(code: Option<&[u8; 3]>) -> String {
    match code.and_then(|code| std::str::from_utf8(code).ok()) {
        Some(code) => format!("must be a currency in use; {code} is not"),
        None => "must be a currency in use, such as EUR".to_owned(),
    }
}

impl Reason {
    /// For a code that is not in the list. It is shown only if it looks like one.
    pub(super) fn unknown_currency(code: &str) -> Self {
        let shown = code.as_bytes().try_into().ok().filter(|code: &[u8; 3]| code.iter().all(u8::is_ascii_alphabetic));
        Self::UnknownCurrency(shown)
    }
}
