//! Who says that a transaction is of its category.

use async_graphql::{Enum, Object, Value, resolver_utils::enum_value};
use domain::{categorize::Source, id::RuleId};
use service::transaction::Transaction;

use super::super::{rule::Rule, shelf::Shelf};
use crate::{
    at_hand::{AtHand, Below},
    fallible::Fallible,
};

/// Who says that a transaction is of its category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Source")]
pub(crate) enum CategorizationSource {
    /// Nobody.
    None,
    /// The list of sellers.
    Seller,
    /// What banks themselves write for such a line.
    Phrase,
    /// The merchant category code of the card payment.
    MerchantCategoryCode,
    /// A word that names a trade.
    TradeWord,
    /// What was done with a security.
    Investment,
    /// The model, which knows what names and amounts are typical of: a guess.
    Model,
    /// Many households that chose it for the merchant.
    Crowd,
    /// The source itself, such as a column of a bank's file.
    Provider,
    /// A rule of the household.
    Rule,
    /// What the household chose for merchants of similar names: a guess.
    Similar,
    /// What the household chose for the merchant before.
    Choice,
    /// A person: then nothing else changes it.
    Person,
}

/// Who says that a transaction is of its category.
#[derive(Clone, Debug)]
pub(crate) struct Categorization {
    source: CategorizationSource,
    confidence: Option<f64>,
    because: String,
    rule: Option<RuleId>,
    shelf: Shelf,
}

impl Categorization {
    pub(super) fn of(transaction: &Transaction, shelf: &Shelf) -> Self {
        Self {
            source: transaction.category_source.into(),
            confidence: transaction.confidence_percent.map(|percent| f64::from(percent) / 100.0),
            because: transaction.because(),
            rule: transaction.rule,
            shelf: shelf.clone(),
        }
    }
}

/// Who says that a transaction is of its category.
#[Object]
impl Categorization {
    /// Who says so; of a side of a confirmed transfer: of the category that it has without.
    async fn source(&self) -> CategorizationSource {
        self.source
    }

    /// How sure that is, from 0 to 1; null where that was not kept yet.
    async fn confidence(&self) -> Option<f64> {
        self.confidence
    }

    /// Why, as a person reads it, in English.
    async fn because(&self) -> &str {
        &self.because
    }

    /// The rule that says so, where one does and it is still there.
    async fn rule(&self) -> Fallible<Option<Rule>> {
        Fallible::run(async {
            let Some(id) = self.rule else { return Ok(None) };
            let rule = self.shelf.rule(id).await?;
            Ok(rule.map(|rule| Rule { rule, shelf: self.shelf.clone() }))
        })
        .await
    }
}

impl AtHand for Categorization {
    fn value(&self, field: &str, _: Below<'_>) -> Option<Value> {
        match field {
            "source" => Some(enum_value(self.source)),
            "confidence" => Some(self.confidence.map_or(Value::Null, Value::from)),
            "because" => Some(Value::String(self.because.clone())),
            _ => None,
        }
    }
}
