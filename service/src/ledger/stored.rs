//! A row as text, complete, so that it can come back: one that was merged, or one that a file has changed.

use domain::reconcile::{Identity, Origin, Side, State};
use entity::{transaction, transaction_alias};
use sea_orm::ActiveValue::Set;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// A row with all its names. The names of the fields are stored: they never change their meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stored {
    id: i64,
    account: i64,
    amount_minor: i64,
    merchant: i64,
    fingerprint: i64,
    day: i32,
    category: i32,
    ordinal: i16,
    state: i16,
    category_source: i16,
    origin: i16,
    descriptor: String,
    merchant_name: Option<String>,
    note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    original_minor: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    original_currency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confidence: Option<i16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tags: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ruled: Option<i16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parts: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    excluded: Option<i16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refund_of: Option<i64>,
    /// What was given back of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) refunds: Vec<i64>,
    /// Its other names.
    names: Vec<Name>,
}

/// How a source calls a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Name {
    pub(crate) origin: i16,
    pub(crate) fingerprint: i64,
    pub(crate) ordinal: i16,
    pub(crate) expires_day: Option<i32>,
    pub(crate) said_day: Option<i32>,
    pub(crate) said_minor: Option<i64>,
}

impl Name {
    /// A row's own.
    pub(crate) fn own(row: &transaction::Model) -> Self {
        Self {
            origin: row.origin,
            fingerprint: row.fingerprint,
            ordinal: row.ordinal,
            expires_day: None,
            said_day: None,
            said_minor: None,
        }
    }

    /// On a row that says something else: what its source says is what this row says, unless it was another one's already.
    pub(crate) fn saying(self, row: &transaction::Model) -> Self {
        let (said_day, said_minor) = (self.said_day.or(Some(row.day)), self.said_minor.or(Some(row.amount_minor)));
        Self { said_day, said_minor, ..self }
    }

    /// What tells it apart from others.
    pub(crate) fn identity(&self) -> Identity {
        Identity { fingerprint: self.fingerprint, ordinal: self.ordinal }
    }

    /// Whether both are one name, whatever else is known of it.
    pub(crate) fn is(&self, other: &Self) -> bool {
        (self.fingerprint, self.ordinal) == (other.fingerprint, other.ordinal)
    }

    /// As another name of a row.
    pub(crate) fn of(self, row: &transaction::Model) -> transaction_alias::ActiveModel {
        transaction_alias::ActiveModel {
            household_id: Set(row.household_id),
            account_id: Set(row.account_id),
            fingerprint: Set(self.fingerprint),
            ordinal: Set(self.ordinal),
            origin: Set(self.origin),
            transaction_id: Set(row.id),
            expires_day: Set(self.expires_day),
            said_day: Set(self.said_day),
            said_minor: Set(self.said_minor),
        }
    }
}

impl From<&transaction_alias::Model> for Name {
    fn from(alias: &transaction_alias::Model) -> Self {
        Self {
            origin: alias.origin,
            fingerprint: alias.fingerprint,
            ordinal: alias.ordinal,
            expires_day: alias.expires_day,
            said_day: alias.said_day,
            said_minor: alias.said_minor,
        }
    }
}

impl Stored {
    pub(crate) fn new(row: &transaction::Model, names: &[Name]) -> Self {
        let row = row.clone();
        Self {
            id: row.id,
            account: row.account_id,
            amount_minor: row.amount_minor,
            merchant: row.merchant_id,
            fingerprint: row.fingerprint,
            day: row.day,
            category: row.category_id,
            ordinal: row.ordinal,
            state: row.state,
            category_source: row.category_source,
            origin: row.origin,
            descriptor: row.descriptor,
            merchant_name: row.merchant_name,
            note: row.note,
            original_minor: row.original_minor,
            original_currency: row.original_currency,
            confidence: row.confidence,
            rule: row.rule_id,
            tags: row.tags,
            ruled: row.ruled,
            parts: row.parts,
            place: row.place,
            excluded: row.excluded,
            refund_of: row.refund_of,
            refunds: Vec::new(),
            names: names.to_vec(),
        }
    }

    /// With what was given back of it.
    pub(crate) fn refunded(self, refunds: Vec<i64>) -> Self {
        Self { refunds, ..self }
    }

    pub(crate) fn text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::broken(error.to_string()))
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| Error::broken(format!("a stored row that is none: {error}")))
    }

    /// The row, in its household, and its other names.
    pub(crate) fn row(self, household_id: i64) -> (transaction::Model, Vec<Name>) {
        let row = transaction::Model {
            household_id,
            id: self.id,
            account_id: self.account,
            amount_minor: self.amount_minor,
            merchant_id: self.merchant,
            fingerprint: self.fingerprint,
            day: self.day,
            category_id: self.category,
            ordinal: self.ordinal,
            state: self.state,
            category_source: self.category_source,
            origin: self.origin,
            descriptor: self.descriptor,
            merchant_name: self.merchant_name,
            note: self.note,
            was: None,
            // A transfer is not kept with the row: it is taken apart before. What a refund counts as is found again.
            counted_as: None,
            original_minor: self.original_minor,
            original_currency: self.original_currency,
            confidence: self.confidence,
            rule_id: self.rule,
            tags: self.tags,
            ruled: self.ruled,
            parts: self.parts,
            place: self.place,
            excluded: self.excluded,
            refund_of: self.refund_of,
        };
        (row, self.names)
    }
}

/// A row as the decision about a merge sees it.
pub(crate) fn side(row: &transaction::Model) -> Result<Side> {
    Ok(Side {
        id: row.id,
        origin: Origin::from_code(row.origin).ok_or_else(|| Error::broken("an unknown origin"))?,
        state: State::from_code(row.state).ok_or_else(|| Error::broken("an unknown state"))?,
        day: domain::day::Day::of_row(row.day),
        amount_minor: row.amount_minor,
    })
}
