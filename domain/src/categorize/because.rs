//! Why a line has its category, as a person reads it.

use super::{Question, Source, judge, merchant_name, model, named, words::Words};
use crate::{
    category::{CategoryId, UNCATEGORIZED},
    merchant::{self, MerchantId},
};

/// The reason for a category that a line has, from what is known of it now: who said so, and the words that led there. Where the lists say
/// something else today, what they said then. `called` is what the household calls the merchant.
#[must_use]
pub fn because(
    question: &Question<'_>,
    category: CategoryId,
    (merchant, called): (MerchantId, &str),
    source: Source,
) -> String {
    let words = Words::of(question.descriptor);
    let name = named(question);
    let (now, told) = judge(question, &words, name.as_ref());
    let told = match now.source {
        Source::Model => model::model().telling(question, &words, words.name(), category).map(|at| (false, at..at + 1)),
        _ => told,
    };
    let told = told.filter(|_| (now.category, now.source) == (category, source)).map(|(by_name, span)| {
        let words = name.as_ref().filter(|_| by_name).unwrap_or(&words);
        words.text(span.start, span.end).to_owned()
    });
    let seller = merchant::name(merchant);
    match (source, told, seller) {
        (Source::Person, ..) => "A person chose it.".to_owned(),
        (Source::Rule, ..) => "A rule of your household says so.".to_owned(),
        (Source::Choice, ..) => format!("Your household chose it for {called} before."),
        (Source::Similar, ..) => "Your household chose it for merchants of similar names.".to_owned(),
        (Source::Seller, Some(told), Some(seller)) => {
            format!("“{told}” is how banks write {seller}, a seller of this category.")
        }
        (Source::Seller, _, Some(seller)) => format!("{seller} is a seller of this category."),
        (Source::Seller, ..) => "The seller is one of this category.".to_owned(),
        (Source::Phrase, Some(told), _) => format!("“{told}” is what banks write for it."),
        (Source::Phrase, None, _) => "Banks write so for it.".to_owned(),
        (Source::MerchantCategoryCode, ..) => "The code of the card payment names what the merchant sells.".to_owned(),
        (Source::TradeWord, Some(told), _) => format!("“{told}” names what the merchant sells."),
        (Source::TradeWord, None, _) => "A word of the name says what the merchant sells.".to_owned(),
        (Source::Model, Some(told), _) => format!("“{told}” is typical of merchants of this category."),
        (Source::Model, None, _) => "Its name and amount are typical of this category.".to_owned(),
        (Source::Crowd, ..) => {
            let merchant = merchant_name(merchant, question.descriptor);
            format!("Most households that chose a category for {merchant} chose this one.")
        }
        (Source::Provider, ..) => "Its source names the category, or the group.".to_owned(),
        (Source::Investment, ..) => "What was done with a security says it.".to_owned(),
        (Source::None, ..) if question.amount_minor > 0 && category != UNCATEGORIZED => {
            "Money that came in, from nobody that is known.".to_owned()
        }
        (Source::None, ..) => "Nothing in its text is known.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::AccountKind,
        categorize::{Setting, answer},
        category,
        investment::TradeKind,
    };

    #[test]
    fn a_reason_names_the_words_that_led_to_it() {
        let setting = Setting { kind: AccountKind::Checking, country: None };
        let question = |descriptor, amount_minor| Question::of(descriptor, amount_minor, setting);
        let coded = Question { merchant_category_code: Some(5814), ..question("***", -100) };
        let named = Question { merchant_name: Some("Netflix"), ..question("***", -100) };
        let bought = Question { trade: Some(TradeKind::Buy), ..question("***", -100) };
        for (asked, expected) in [
            (
                question("SQ *STARBUCKS 0815 BERLIN", -350),
                "“STARBUCKS” is how banks write Starbucks, a seller of this category.",
            ),
            (named, "“NETFLIX” is how banks write Netflix, a seller of this category."),
            (question("FOREIGN TRANSACTION FEE 3.00", -300), "“FOREIGN TRANSACTION FEE” is what banks write for it."),
            (question("TST* EL CAMINO TAQUERIA", -1_200), "“TAQUERIA” names what the merchant sells."),
            (coded, "The code of the card payment names what the merchant sells."),
            (bought, "What was done with a security says it."),
            (question("***", 100), "Money that came in, from nobody that is known."),
            (question("***", -100), "Nothing in its text is known."),
        ] {
            let found = answer(&asked);
            assert_eq!(
                because(&asked, found.category, (found.merchant, ""), found.source),
                expected,
                "{}",
                asked.descriptor
            );
        }
        // What was known then, and is said no more.
        let other = category::by_key("TRAVEL_FLIGHTS").expect("known").id;
        let netflix = answer(&named).merchant;
        let asked = question("***", -100);
        assert_eq!(
            because(&asked, other, (netflix, "Netflix"), Source::Seller),
            "Netflix is a seller of this category."
        );
        assert_eq!(because(&asked, other, (netflix, "Netflix"), Source::Person), "A person chose it.");
        assert_eq!(
            because(&asked, other, (netflix, "Netflix"), Source::Choice),
            "Your household chose it for Netflix before."
        );
        assert_eq!(
            because(&asked, other, (netflix, "Netflix"), Source::TradeWord),
            "A word of the name says what the merchant sells."
        );
    }
}
