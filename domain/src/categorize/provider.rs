//! What a source itself says that a line was for: the category of a bank's file, or of a program that a person kept their books with.
//!
//! Names of many languages are known, with what they are here: a category, or only a group of them (`Shopping`).

use std::sync::OnceLock;

use super::{
    Answer, KNOWN, PHRASE, Question, Source, model,
    normalize::Name,
    table::{Sequences, rows},
    words::Words,
};
use crate::category::{self, CategoryId};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Meaning {
    money_out: Option<CategoryId>,
    money_in: Option<CategoryId>,
}

fn table() -> &'static Sequences<Meaning> {
    static NAMES: OnceLock<Sequences<Meaning>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let category = |key: &str| category::by_key(key).map(|category| category.id);
        let mut names: Sequences<Meaning> = Sequences::new();
        for [money_out, money_in, all] in rows(include_str!("../../data/provider_category.csv")) {
            let told = Meaning { money_out: category(money_out), money_in: category(money_in) };
            for name in all.split('|') {
                names.entry(Words::of(name).hashes()).or_insert(told);
            }
        }
        names
    })
}

/// The category, or the group, that a source names. Of several, `Auto:Fuel`, the last that is known to be a category says most.
#[must_use]
pub fn told(text: &str, comes_in: bool) -> Option<CategoryId> {
    let of = |name: &str| {
        let words = Words::of(name);
        let (length, told) = table().longest(words.hashes(), 0)?;
        // Income and transfers have names of their own; what a shop gives back is of the category of the shop.
        let told = if comes_in { told.money_in.or(told.money_out) } else { told.money_out };
        told.filter(|_| length == words.len())
    };
    let parts = || text.rsplit([':', '>', '/', '|', '–']).filter(|part| !part.trim().is_empty());
    let known: Vec<CategoryId> = of(text).into_iter().chain(parts().filter_map(of)).collect();
    known.iter().copied().find(|id| !is_group(*id)).or(known.first().copied())
}

/// Whether it is a group, which says less than a category.
fn is_group(id: CategoryId) -> bool {
    category::get(id).is_some_and(|category| category.parent.is_none())
}

/// What is found by the text, with the words that led to it, held against what the source names.
pub(super) fn held_against(
    question: &Question<'_>,
    words: &Words,
    name: Name,
    (found, told): (Answer, Option<super::Told>),
    named: CategoryId,
) -> (Answer, Option<super::Told>) {
    if is_group(named) {
        within(question, words, name, (found, told), named)
    } else if outdoes(&found, named) {
        (found, told)
    } else {
        (Answer { category: named, source: Source::Provider, confidence_percent: TOLD, ..found }, None)
    }
}

/// Whether what is found by the text goes before a category that the source names: it is as sure, and says more, or what the source says would
/// take what was bought out of every sum.
fn outdoes(found: &Answer, named: CategoryId) -> bool {
    let is_seller = found.source == Source::Seller && found.confidence_percent >= KNOWN;
    let is_fee = found.source == Source::Phrase && found.confidence_percent >= PHRASE;
    let is_moved = category::is_transfer(named) && !category::is_transfer(found.category);
    is_fee || (is_seller && (is_moved || category::group(found.category) == category::group(named)))
}

/// What is found by the text, held against the group that the source names: it is wrong about a group less often than a list that is not sure,
/// and says nothing more.
fn within(
    question: &Question<'_>,
    words: &Words,
    name: Name,
    (found, told): (Answer, Option<super::Told>),
    group: CategoryId,
) -> (Answer, Option<super::Told>) {
    if category::group(found.category) == Some(group) {
        return (Answer { confidence_percent: found.confidence_percent.max(AGREED), ..found }, told);
    }
    let is_sure = match found.source {
        Source::Seller => found.confidence_percent >= KNOWN,
        source => source == Source::Phrase,
    };
    if is_sure {
        return (found, told);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of one")]
    let (category, source, confidence_percent) = match model::model().ask(question, words, name).within(group) {
        Some((category, chance)) if chance >= MOSTLY => {
            (category, Source::Model, (f32::from(AGREED) * chance).round() as u8)
        }
        _ => (category::other(group).unwrap_or(found.category), Source::Provider, GROUPED),
    };
    (Answer { category, source, confidence_percent, ..found }, None)
}

/// How sure a category is that the source names.
pub(super) const TOLD: u8 = 90;
/// How sure it is where two agree on the group.
const AGREED: u8 = 85;
/// How sure it is that nothing but the group is known.
const GROUPED: u8 = 50;
/// What the model must find as likely within the group.
const MOSTLY: f32 = 0.4;

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn names_of_sources_are_known_in_many_languages() {
        for (text, comes_in, expected) in [
            ("Groceries", false, Some("FOOD_AND_DRINK_GROCERIES")),
            ("eating_out", false, Some("FOOD_AND_DRINK_RESTAURANT")),
            ("Food & Drink", false, Some("FOOD_AND_DRINK")),
            ("Auto:Fuel", false, Some("TRANSPORTATION_GAS")),
            ("Everyday Expenses: Groceries", false, Some("FOOD_AND_DRINK_GROCERIES")),
            ("Groceries:Organic", false, Some("FOOD_AND_DRINK_GROCERIES")),
            ("Alquiler", false, Some("RENT_AND_UTILITIES_RENT")),
            ("Lebensmittel", true, Some("FOOD_AND_DRINK_GROCERIES")),
            ("Gehalt", true, Some("INCOME_WAGES")),
            ("Gehalt", false, None),
            ("Transfers", true, Some("TRANSFER_IN_ACCOUNT_TRANSFER")),
            ("Merchant Fuel Shopping", false, None),
            ("General", false, None),
            ("", false, None),
            (":", false, None),
        ] {
            assert_eq!(told(text, comes_in).map(category::key), expected, "{text}");
        }
    }

    #[test]
    fn no_name_means_two_things() {
        let mut names: HashMap<Vec<u64>, &str> = HashMap::new();
        for [money_out, money_in, all] in rows(include_str!("../../data/provider_category.csv")) {
            assert!(!(money_out.is_empty() && money_in.is_empty()), "{all}");
            for key in [money_out, money_in].into_iter().filter(|key| !key.is_empty()) {
                assert!(category::by_key(key).is_some(), "{key}");
            }
            for name in all.split('|') {
                let words = Words::of(name).hashes().to_vec();
                assert!((1..=super::super::table::MAX_WORDS).contains(&words.len()), "{name}");
                let other = names.insert(words, name);
                assert_eq!(other, None, "{name} stands twice");
            }
        }
        assert!(names.len() > 1_500);
    }
}
