//! What an import would do.

use async_graphql::{Enum, ID, Object, SimpleObject};
use domain::id::Owned;
use service::statement::{Outcome, Preview, PreviewAccount, PreviewRow, Why};

use super::{
    super::investment::Trade,
    super::money::Money,
    super::shelf::Shelf,
    RejectedRow,
    mapping::{CsvMapping, MappingSource},
};
use crate::scalar::Date;

/// What would become of a transaction of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Outcome")]
pub(crate) enum ImportOutcome {
    /// It would be new.
    New,
    /// It is known: nothing would be added.
    Duplicate,
    /// It says something new about a known one.
    Changed,
}

/// Why a transaction of a file would not be new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Why")]
pub(crate) enum ImportReason {
    /// An earlier file had it.
    ImportedBefore,
    /// A bank, a person or another file has brought the same booking.
    SameBooking,
    /// A person has deleted it.
    Deleted,
    /// The file has another day for it.
    OtherDay,
    /// It was announced by the bank, and the file has it booked.
    Booked,
}

/// An account that a file would be booked into.
#[derive(Clone, Debug)]
pub(crate) struct ImportAccount {
    account: PreviewAccount,
    shelf: Shelf,
}

/// An account that a file would be booked into.
#[Object]
impl ImportAccount {
    /// Which; null for one that the import would make.
    async fn account_id(&self) -> Option<ID> {
        self.account.id.map(|id| id.text(self.shelf.scope().household()).into())
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.account.name
    }

    /// ISO 4217.
    async fn currency(&self) -> &str {
        self.account.currency.code()
    }

    /// The closing balance that the file brings.
    async fn closing_balance(&self) -> Option<Money> {
        self.account.closing.map(|(money, _)| Money::from(money))
    }

    /// The day that the closing balance is of, if the file says it.
    async fn closing_date(&self) -> Option<Date> {
        self.account.closing.and_then(|(_, day)| day).map(Date::from)
    }
}

/// A transaction of a file, and what would become of it.
#[derive(Clone, Debug)]
pub(crate) struct ImportRow {
    row: PreviewRow,
    shelf: Shelf,
}

/// A transaction of a file, and what would become of it.
#[Object]
impl ImportRow {
    /// The line of the file, from 1.
    async fn line(&self) -> u64 {
        self.row.line
    }

    /// Which row of the statement, from 1.
    async fn row(&self) -> u64 {
        self.row.row
    }

    /// Its account: a place in `accounts`, from 0.
    async fn account(&self) -> usize {
        self.row.account
    }

    /// Booked on.
    async fn date(&self) -> Date {
        self.row.day.into()
    }

    /// In positive, out negative.
    async fn amount(&self) -> Money {
        Money::from(self.row.amount)
    }

    /// What the file writes.
    async fn descriptor(&self) -> &str {
        &self.row.descriptor
    }

    /// What was done with a security, in an investment account; null for everything else.
    async fn trade(&self) -> Option<Trade> {
        self.row.trade.clone().map(Trade::from)
    }

    /// What would become of it.
    async fn outcome(&self) -> ImportOutcome {
        self.row.outcome.into()
    }

    /// Why it would not be new.
    async fn reason(&self) -> Option<ImportReason> {
        self.row.why.map(Into::into)
    }

    /// Which transaction it is.
    async fn transaction_id(&self) -> Option<ID> {
        self.row.transaction.map(|id| id.text(self.shelf.scope().household()).into())
    }
}

/// What an import would do. Nothing of it was written.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ImportPreview {
    /// The format of the file.
    format: String,
    /// Why the file would be refused as a whole: then nothing else is known.
    refusal: Option<String>,
    /// How the columns of a table are understood; null for other formats.
    mapping: Option<CsvMapping>,
    /// Where that comes from.
    mapping_source: Option<MappingSource>,
    /// The accounts that it would be booked into, in the order of the file.
    accounts: Vec<ImportAccount>,
    /// Transactions in it.
    line_count: u64,
    /// That would be new.
    new_count: u64,
    /// That are known.
    duplicate_count: u64,
    /// That say something new about a known one.
    changed_count: u64,
    /// Rows that are wrong.
    rejected_count: u64,
    /// Rows that are understood and would not be imported, such as pending ones and trades in QIF.
    unsupported_count: u64,
    /// Whether the file ends in the middle of something.
    is_truncated: bool,
    /// The first 500 of the wrong rows.
    rejects: Vec<RejectedRow>,
    /// The first 500 of the transactions.
    rows: Vec<ImportRow>,
}

impl ImportPreview {
    pub(super) fn new(preview: Preview, shelf: &Shelf) -> Self {
        let account = |account| ImportAccount { account, shelf: shelf.clone() };
        let row = |row| ImportRow { row, shelf: shelf.clone() };
        Self {
            format: preview.format.to_ascii_uppercase(),
            refusal: preview.refusal,
            mapping: preview.mapping.map(CsvMapping::from),
            mapping_source: preview.mapping_source.map(Into::into),
            line_count: preview.lines,
            new_count: preview.new,
            duplicate_count: preview.duplicate,
            changed_count: preview.changed,
            rejected_count: preview.rejected,
            unsupported_count: preview.unsupported,
            is_truncated: preview.is_truncated,
            rejects: preview.rejects.iter().map(RejectedRow::from).collect(),
            accounts: preview.accounts.into_iter().map(account).collect(),
            rows: preview.rows.into_iter().map(row).collect(),
        }
    }
}
