//! The bank's log: entries in the order of their moments.

use std::borrow::Cow;

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// A place in the log: a moment in Unix milliseconds, and what decides among entries of one moment.
pub(crate) type Place = (i64, u64);

/// A transaction as the bank shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: u64,
    /// Which of the customer's accounts.
    pub(crate) account: usize,
    /// In positive, out negative.
    pub(crate) amount_minor: i64,
    pub(crate) pending: bool,
    pub(crate) booking_ms: i64,
    pub(crate) value_ms: i64,
    pub(crate) descriptor: String,
    pub(crate) merchant: Option<Cow<'static, str>>,
    pub(crate) code: Option<u16>,
    /// The pending row it takes the place of, where the bank says so.
    pub(crate) replaces: Option<u64>,
}

/// What happens at a place of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// A row appears.
    Row(Row),
    /// A pending row goes.
    Gone {
        /// Of which account.
        account: usize,
        /// Which row.
        id: u64,
    },
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at_ms: i64,
    pub(crate) tie: u64,
    pub(crate) change: Change,
}

/// Ids of generated rows are below this: their ties are below those of rows that tests add.
pub(crate) const GENERATED_IDS: u64 = 1 << 62;

impl Entry {
    /// A row that appears at its booking. One that follows the end of a pending row stands right after it.
    pub(crate) fn row(row: Row) -> Self {
        Self { at_ms: row.booking_ms, tie: row.id << 1 | 1, change: Change::Row(row) }
    }

    /// A pending row goes; `follower` is the row that takes its place, or itself.
    pub(crate) fn gone(at_ms: i64, account: usize, id: u64, follower: u64) -> Self {
        Self { at_ms, tie: follower << 1, change: Change::Gone { account, id } }
    }

    pub(crate) fn place(&self) -> Place {
        (self.at_ms, self.tie)
    }

    /// What it adds to which account's booked balance.
    pub(crate) fn booked(&self) -> Option<(usize, i64)> {
        match &self.change {
            Change::Row(row) if !row.pending => Some((row.account, row.amount_minor)),
            _ => None,
        }
    }
}

/// A stretch of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// The booked balances, account by account, before its first entry.
    pub(crate) opening: Vec<i64>,
    /// In the order of their places.
    pub(crate) entries: Vec<Entry>,
}
