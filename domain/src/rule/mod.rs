//! Rules: what a household wants done to every transaction that fits a condition.
//!
//! They are asked in their order. Each that holds adds its tags, and puts its category, its merchant's name and its note in the place of
//! those of the rules before it; one that `stops` is the last. A condition sees a transaction as it came, but for the category and the tags,
//! which are what the rules before left. What a person set on a transaction is for the caller to keep.

mod condition;
mod expression;
mod set;
#[cfg(test)]
mod tests;

pub use condition::{CONDITIONS, Condition, DEPTH, Flaw, Size, TEXT_CHARS, VALUES, contains, equals};
pub use set::{Outcome, Set, Subject, TooMany};

use serde::{Deserialize, Serialize};

use crate::{
    category::CategoryId,
    id::{RuleId, TagId},
    money::Money,
    split::Measure,
};

/// So many rules a household may have.
pub const RULES: usize = 1_000;
/// So many regular expressions all of them together: each costs a transaction a step for each letter of its text.
pub const EXPRESSIONS: usize = 100;
/// So many characters all texts of all of them together: the automaton that looks for them grows with them.
pub const RULES_CHARS: usize = 50_000;
/// How sure a rule is: it says what the household wants, and the household may forget about it.
pub const RULED: u8 = 98;

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which.
    pub id: RuleId,
    /// For which transactions.
    pub condition: Condition,
    /// What is done to them.
    pub actions: Actions,
    /// Whether no rule after it is asked where it holds.
    pub stops: bool,
}

/// What a rule does. The names of the fields are stored: they never change their meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Actions {
    /// The category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryId>,
    /// Whether it is a transfer between accounts: then its category is that of one, in or out as the money goes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_transfer: bool,
    /// Whether it is neither spending nor income, whatever its category is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub excludes: bool,
    /// What the merchant is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_name: Option<String>,
    /// A note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Tags, beside those that are there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagId>,
    /// Of several things that it was for: what, and how much of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub split: Vec<Piece>,
}

/// A part of what a rule splits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// What it was for.
    pub category: CategoryId,
    /// How much, in units of the account's currency, whichever way the money goes; `None`: a share.
    pub amount: Option<Size>,
    /// How much of what the others leave, in proportion.
    pub share: Option<Size>,
}

impl Piece {
    /// How large it is, of a transaction; `None` where it has more decimals than the currency.
    #[must_use]
    pub fn measure(&self, whole: Money) -> Option<Measure> {
        match (self.amount, self.share) {
            (Some(Size(amount)), _) => {
                let size = Money::from_decimal(amount, whole.currency).ok()?.minor;
                Some(Measure::Minor(size * whole.minor.signum()))
            }
            (None, share) => share.map(|Size(share)| Measure::Share(share)),
        }
    }
}

impl Actions {
    /// Whether they do nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
