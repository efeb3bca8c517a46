//! What a household chose for merchants. It goes before everything that Florin finds by itself.

use std::collections::HashMap;

use super::{Answer, Source};
use crate::{category::CategoryId, merchant::MerchantId};

/// How sure a choice is of the next line of its merchant: nineteen of twenty are for the same.
pub const CHOSEN: u8 = 95;

/// Lines that a choice for one of them is a choice for all of.
///
/// What a shop gives back is not what it was paid for, and a bank's fee on a purchase is no purchase: so these are lines of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alike {
    /// Who was paid, or who paid.
    pub merchant: MerchantId,
    /// Whether money came in.
    pub comes_in: bool,
    /// Whether a phrase of banks says what they are.
    pub is_phrase: bool,
}

impl Alike {
    /// The lines that one is like, from what is found of it without a choice. `None` where that names nobody: an empty name is everybody's.
    #[must_use]
    pub fn of(found: &Answer, amount_minor: i64) -> Option<Self> {
        let says_who = found.merchant != MerchantId::of_name("") && found.source != Source::Investment;
        says_who.then_some(Self { merchant: found.merchant, comes_in: amount_minor > 0, is_phrase: found.is_phrase })
    }
}

/// The choices of a household.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices(HashMap<Alike, CategoryId>);

impl Choices {
    /// What the household says of a line that this is found of.
    #[must_use]
    pub fn answer(&self, found: &Answer, amount_minor: i64) -> Answer {
        let chosen = || self.0.get(&Alike::of(found, amount_minor)?).copied();
        match if self.0.is_empty() { None } else { chosen() } {
            Some(category) => Answer { category, source: Source::Choice, confidence_percent: CHOSEN, ..*found },
            None => *found,
        }
    }
}

impl FromIterator<(Alike, CategoryId)> for Choices {
    fn from_iter<T: IntoIterator<Item = (Alike, CategoryId)>>(choices: T) -> Self {
        Self(choices.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::AccountKind,
        categorize::{Question, Setting, answer},
        category,
        investment::TradeKind,
    };

    fn found(descriptor: &str, amount_minor: i64) -> Answer {
        answer(&Question::of(descriptor, amount_minor, Setting { kind: AccountKind::Checking, country: Some(*b"US") }))
    }

    #[test]
    fn a_choice_is_for_all_lines_of_its_merchant_and_for_no_others() {
        let gifts = category::by_key("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").expect("known").id;
        let of = |descriptor, amount| Alike::of(&found(descriptor, amount), amount).expect("somebody");
        let choices: Choices =
            [(of("AMZN MKTP US*2K3AB4CD0", -900), gifts), (of("SQ *GREEN DOOR TEXTILES", -500), gifts)]
                .into_iter()
                .collect();
        for (descriptor, amount, is_chosen) in [
            ("Amazon.com*MA1B2", -4_200, true),
            ("GREEN DOOR TEXTILES #12 OAKLAND CA", -100, true),
            ("AMZN MKTP US*2K3AB4CD0", 900, false),
            ("FOREIGN TRANSACTION FEE AMZN MKTP", -30, false),
            ("FOREIGN TRANSACTION FEE GREEN DOOR TEXTILES", -30, false),
            ("RED DOOR TEXTILES", -100, false),
        ] {
            let (before, after) = (found(descriptor, amount), choices.answer(&found(descriptor, amount), amount));
            let expected = Answer { category: gifts, source: Source::Choice, confidence_percent: CHOSEN, ..before };
            assert_eq!(after, if is_chosen { expected } else { before }, "{descriptor}");
        }
    }

    #[test]
    fn lines_that_name_nobody_are_not_alike() {
        assert_eq!(Alike::of(&found("***", -100), -100), None);
        let setting = Setting { kind: AccountKind::Investment, country: None };
        let bought = Question { trade: Some(TradeKind::Buy), ..Question::of("ACME CORP", -100, setting) };
        assert_eq!(Alike::of(&answer(&bought), -100), None);
    }
}
