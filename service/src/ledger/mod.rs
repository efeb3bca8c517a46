//! The ledger: books lines into rows. Pulls, statement files and people all write transactions through here, so that sums and
//! balances follow every change in the same commit.
//!
//! [`Prepared::new`] does the thinking that needs no database, before the transaction begins; [`book()`] loads what may be the same,
//! lets `domain::reconcile` decide, and writes. Lines of a file whose names alone say that they are known go through [`recognize()`].

mod book;
mod customs;
mod heir;
mod known;
mod listing;
mod mend;
mod recognize;
pub(crate) mod stored;
pub(crate) mod sums;
pub(crate) mod theirs;
mod unbook;
mod write;

pub(crate) use book::{Batch, Became, Booked, How, Mode, book, take_back};
pub(crate) use customs::{Customs, customs};
pub(crate) use heir::settle as settle_heirs;
pub(crate) use known::first_told;
pub(crate) use mend::{Mend, mend};
pub(crate) use recognize::recognize;
pub(crate) use sums::Sums;
pub(crate) use unbook::Unbooked;
pub(crate) use write::{insert_aliases, lower_opening, update};

use domain::{
    categorize::{self, Answer, Question, Setting},
    category::CategoryId,
    currency::Currency,
    day::Day,
    id::HouseholdId,
    investment::{Trade, TradeKind},
    line::Line,
    merchant::MerchantId,
    money::Money,
    reconcile::{self, FingerprintKey, Incoming, Origin, State},
};
use entity::{account, balance, monthly_spending, transaction, transaction_alias};

use crate::scope::Tenant;

impl Tenant for account::Entity {
    const HOUSEHOLD: Self::Column = account::Column::HouseholdId;
}

impl Tenant for balance::Entity {
    const HOUSEHOLD: Self::Column = balance::Column::HouseholdId;
}

impl Tenant for transaction::Entity {
    const HOUSEHOLD: Self::Column = transaction::Column::HouseholdId;
}

impl Tenant for transaction_alias::Entity {
    const HOUSEHOLD: Self::Column = transaction_alias::Column::HouseholdId;
}

impl Tenant for monthly_spending::Entity {
    const HOUSEHOLD: Self::Column = monthly_spending::Column::HouseholdId;
}

/// A line and how it is recognized.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) line: Line,
    /// What was done with a security, where it is that.
    pub(crate) trade: Option<Box<Trade>>,
    pub(crate) origin: Origin,
    pub(crate) fingerprint: i64,
    pub(crate) ordinal: i16,
}

impl Named {
    /// Names a line of a bank or of a file: the first of its fingerprint.
    pub(crate) fn new(key: &FingerprintKey, source: Source, line: Line, trade: Option<Box<Trade>>) -> Self {
        let (fingerprint, origin) = match (&line.source_id, source) {
            (Some(id), Source::Bank) => (reconcile::fingerprint_of_id(key, id), Origin::Bank),
            (Some(id), Source::File) => (reconcile::fingerprint_of_file_id(key, id), Origin::FileId),
            (None, Source::Bank) => (reconcile::fingerprint_of_content(key, &line), Origin::Bank),
            (None, Source::File) => (reconcile::fingerprint_of_content(key, &line), Origin::FileContent),
        };
        Self { line, trade, origin, fingerprint, ordinal: 0 }
    }
}

/// A line with everything that can be said about it without the database.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub(crate) line: Line,
    pub(crate) incoming: Incoming,
    pub(crate) answer: Answer,
    /// What was done with a security, where it is that.
    pub(crate) trade: Option<Box<Trade>>,
}

impl Prepared {
    /// Fingerprints and categorizes a line of a bank or of a file.
    pub(crate) fn new(key: &FingerprintKey, source: Source, setting: Setting, line: Line) -> Self {
        Self::of_named(key, setting, Named::new(key, source, line, None))
    }

    /// Categorizes a line.
    pub(crate) fn of_named(key: &FingerprintKey, setting: Setting, named: Named) -> Self {
        let Named { line, trade, origin, fingerprint, ordinal } = named;
        let answer = categorize(&line, setting, trade.as_ref().map(|trade| trade.kind));
        // Rows are compared by what they say, and a row does not say what its source called the merchant. A category code decides no merchant.
        let merchant = if line.merchant_name.is_none() {
            answer.merchant.0
        } else {
            merchant_by_descriptor(&line.descriptor, line.amount_minor, setting)
        };
        let incoming = Incoming {
            fingerprint,
            ordinal,
            origin,
            replaces: line.replaces_source_id.as_ref().map(|id| match origin {
                Origin::FileId | Origin::FileContent => reconcile::fingerprint_of_file_id(key, id),
                _ => reconcile::fingerprint_of_id(key, id),
            }),
            day: line.day,
            amount_minor: line.amount_minor,
            pending: line.pending,
            merchant,
        };
        Self { line, incoming, answer, trade }
    }
}

impl Prepared {
    /// The line of a bank that a row was made of. `replaces` is the name that the row bore while it was pending.
    pub(crate) fn of_row(row: &transaction::Model, replaces: Option<i64>, setting: Setting) -> Self {
        let (day, amount_minor, pending) = (Day::of_row(row.day), row.amount_minor, state(row) == State::Pending);
        let line = Line {
            source_id: None,
            replaces_source_id: None,
            day,
            amount_minor,
            pending,
            descriptor: row.descriptor.clone(),
            original: original(row),
            merchant_name: None,
            merchant_category_code: None,
            category: None,
        };
        let incoming = Incoming {
            fingerprint: row.fingerprint,
            ordinal: row.ordinal,
            origin: Origin::Bank,
            replaces,
            day,
            amount_minor,
            pending,
            merchant: merchant_by_descriptor(&row.descriptor, amount_minor, setting),
        };
        let answer = Answer {
            category: CategoryId(row.category_id),
            merchant: MerchantId(row.merchant_id),
            source: categorize::Source::from_code(row.category_source).unwrap_or(categorize::Source::None),
            confidence_percent: 0,
            is_phrase: false,
            is_told: false,
        };
        Self { line, incoming, answer, trade: None }
    }
}

/// What kind of source a batch comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A bank with stable ids and a cursor.
    Bank,
    /// A statement file.
    File,
}

fn categorize(line: &Line, setting: Setting, trade: Option<TradeKind>) -> Answer {
    categorize::answer(&Question {
        merchant_name: line.merchant_name.as_deref(),
        merchant_category_code: line.merchant_category_code,
        told: line.category,
        trade,
        ..Question::of(&line.descriptor, line.amount_minor, setting)
    })
}

/// The merchant as two lines of one purchase have it in common: a pending line and a booked one, a bank's and a file's.
fn merchant_by_descriptor(descriptor: &str, amount_minor: i64, setting: Setting) -> i64 {
    answer(descriptor, amount_minor, setting).merchant.0
}

/// What a descriptor alone says: a row keeps nothing else of its source.
pub(crate) fn answer(descriptor: &str, amount_minor: i64, setting: Setting) -> Answer {
    categorize::answer(&Question::of(descriptor, amount_minor, setting))
}

/// Gives a row the category of another one, with who says so and how sure that is.
pub(crate) fn take_category(row: &mut transaction::Model, from: &transaction::Model) {
    (row.category_id, row.category_source, row.confidence) = (from.category_id, from.category_source, from.confidence);
    row.rule_id = from.rule_id;
}

/// Gives a row the category that was found.
pub(crate) fn set_category(row: &mut transaction::Model, answer: &Answer) {
    let confidence = Some(i16::from(answer.confidence_percent));
    (row.category_id, row.category_source, row.confidence) = (answer.category.0, answer.source.code(), confidence);
    row.rule_id = None;
}

/// Whether a row is shown.
pub(crate) fn is_shown(row: &transaction::Model) -> bool {
    matches!(state(row), State::Pending | State::Posted)
}

/// A row of an account of which nothing is known yet, and on which nobody has set anything.
pub(crate) const fn blank(household: HouseholdId, id: i64, account: i64) -> transaction::Model {
    transaction::Model {
        household_id: household.0,
        id,
        account_id: account,
        amount_minor: 0,
        merchant_id: 0,
        fingerprint: 0,
        day: 0,
        category_id: 0,
        ordinal: 0,
        state: 0,
        category_source: 0,
        origin: 0,
        descriptor: String::new(),
        merchant_name: None,
        note: None,
        was: None,
        counted_as: None,
        original_minor: None,
        original_currency: None,
        confidence: None,
        rule_id: None,
        tags: None,
        ruled: None,
        parts: None,
        place: None,
        excluded: None,
        refund_of: None,
    }
}

/// What a row counts as, in SQL: the category of its own, unless it is a side of a confirmed transfer, or is excluded: then it counts as
/// another transfer, which is neither spending nor income. [`counted_as`] says the same.
pub(crate) const COUNTED_AS: &str =
    "coalesce(counted_as, CASE WHEN excluded IS NULL THEN category_id WHEN amount_minor > 0 THEN 206 ELSE 305 END)";
/// `TRANSFER_IN_OTHER_TRANSFER_IN` and `TRANSFER_OUT_OTHER_TRANSFER_OUT`.
const EXCLUDED: (i32, i32) = (206, 305);

/// Whether a row counts as its parts, in SQL.
pub(crate) const IS_SPLIT: &str = "parts IS NOT NULL AND counted_as IS NULL AND excluded IS NULL";

/// What a row that is here counts as, if it does not count as its parts.
pub(crate) fn counted_as(row: &transaction::Model) -> CategoryId {
    let own = match row.excluded {
        None => row.category_id,
        Some(_) if row.amount_minor > 0 => EXCLUDED.0,
        Some(_) => EXCLUDED.1,
    };
    CategoryId(row.counted_as.unwrap_or(own))
}

/// What a row was in another currency before its bank converted it.
pub(crate) fn original(row: &transaction::Model) -> Option<Money> {
    let currency = row.original_currency.as_deref().and_then(Currency::from_code)?;
    Some(Money::new(row.original_minor?, currency))
}

/// The state of a row.
pub(crate) fn state(row: &transaction::Model) -> State {
    // The table checks the range.
    State::from_code(row.state).unwrap_or(State::Posted)
}
