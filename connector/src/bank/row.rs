//! What a bank tells, in Florin's terms, and which of its rows could not be used. What is shown of these by `Debug` holds no amount,
//! no descriptor and no name.

use std::{collections::HashMap, fmt};

use bytes::Bytes;
use domain::{account::AccountKind, currency::Currency, line::Line, money::Money};

/// The currencies of the accounts that are linked, by the bank's own ids of them.
pub type Currencies = HashMap<String, Currency>;

/// Rows of one kind, and those that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// The good ones, as the bank ordered them.
    pub rows: Vec<T>,
    /// The others.
    pub rejected: Vec<Rejected>,
}

/// An account as its bank tells it.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceAccount {
    /// The bank's own id of it.
    pub source_id: String,
    /// What it is.
    pub kind: AccountKind,
    /// Its currency.
    pub currency: Currency,
    /// How the bank, or the person at the bank, calls it; empty where neither does.
    pub name: String,
    /// The last four characters of its number (of an IBAN, of a card), by which a person knows it again.
    pub number_tail: Option<String>,
}

impl fmt::Debug for SourceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source_id, kind, currency, name: _, number_tail: _ } = self;
        let currency = currency.code();
        f.debug_struct("SourceAccount")
            .field("source_id", source_id)
            .field("kind", kind)
            .field("currency", &currency)
            .finish_non_exhaustive()
    }
}

/// Which balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BalanceKind {
    /// Of what is booked.
    Booked,
    /// What can be spent: pending transactions and a credit line may be in it.
    Available,
}

/// A balance as its bank tells it.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceBalance {
    /// The bank's own id of the account.
    pub account_source_id: String,
    /// Which balance.
    pub kind: BalanceKind,
    /// What is owed is negative.
    pub money: Money,
}

impl fmt::Debug for SourceBalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account_source_id, kind, money: _ } = self;
        f.debug_struct("SourceBalance")
            .field("account_source_id", account_source_id)
            .field("kind", kind)
            .finish_non_exhaustive()
    }
}

/// A page of the feed of transactions.
#[derive(Clone, PartialEq, Eq)]
pub struct Page {
    /// What the bank sent, byte by byte (decompressed), for the archive: decoding it again brings the same entries.
    pub raw: Bytes,
    /// What it says.
    pub entries: Entries,
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { raw, entries } = self;
        f.debug_struct("Page").field("raw_bytes", &raw.len()).field("entries", entries).finish()
    }
}

/// What a page of the feed says.
#[derive(Clone, PartialEq, Eq)]
pub struct Entries {
    /// Each with the bank's own id of its account.
    pub lines: Vec<(String, Line)>,
    /// Pending lines that are no more: the bank's own ids of the account and of the line.
    pub removed: Vec<(String, String)>,
    /// Rows that could not be used.
    pub rejected: Vec<Rejected>,
    /// Where the next page begins. It is the bank's, and means nothing to us.
    pub cursor: String,
    /// Whether there is more behind the cursor already.
    pub has_more: bool,
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, removed, rejected, cursor: _, has_more } = self;
        f.debug_struct("Entries")
            .field("lines", &lines.len())
            .field("removed", &removed.len())
            .field("rejected", rejected)
            .field("has_more", has_more)
            .finish_non_exhaustive()
    }
}

/// A row that could not be used. The archive has all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The list in which it stands.
    pub list: List,
    /// Its place there, from 0.
    pub index: usize,
    /// The bank's own id of its account, as far as it could be read.
    pub account_source_id: Option<String>,
    /// The bank's own id of the transaction, as far as it could be read.
    pub source_id: Option<String>,
    /// Why.
    pub reason: Reason,
}

/// A list of rows in a bank's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum List {
    /// Accounts.
    Accounts,
    /// Balances.
    Balances,
    /// Transactions of a page.
    Transactions,
    /// Removed transactions of a page.
    Removed,
}

/// Why a row could not be used: the bank's name of the field, and what is wrong with it. Never what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct Reason {
    /// As the bank calls it.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is not there, or null.
    #[error("is missing")]
    Missing,
    /// It is of another JSON type, or the text in it is damaged.
    #[error("cannot be read")]
    Unreadable,
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// It is an id beyond 255 bytes.
    #[error("is too long")]
    TooLong,
    /// It is none of the codes that are known.
    #[error("is not a known code")]
    UnknownCode,
    /// It is an account that is not linked.
    #[error("is not a linked account")]
    UnknownAccount,
    /// It is no currency in use.
    #[error("is not a currency in use")]
    UnknownCurrency,
    /// It is not the currency of the account.
    #[error("is not the currency of the account")]
    OtherCurrency,
    /// It is no plain decimal number.
    #[error("is not an amount")]
    NotAnAmount,
    /// There are digits beyond the currency's minor unit.
    #[error("has too many decimals for its currency")]
    TooManyDecimals,
    /// It is out of proportion.
    #[error("is too large")]
    TooLarge,
    /// It does not begin with a day between 1900 and 2200.
    #[error("is not a day that can be")]
    NotADay,
}
