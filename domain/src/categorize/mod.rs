//! Categorizing: what a line of an account was for and who was paid, from its descriptor alone.
//!
//! What was done with a security says its category by itself, and nothing else is asked. Otherwise what the household chose for the
//! merchant before goes first (`choice`), then the category that the source names (`provider`), and then, asked in this order, the first
//! that knows; where the source names a group only, it is held against that. What is no more than a guess then is held against what the
//! household chose for merchants of similar names (`similar`), and against what many households chose (`crowd`):
//!
//! 1. phrases of banks that say what the line is (`FOREIGN TRANSACTION FEE NETFLIX.COM` is a fee, whoever is named in it);
//! 2. the list of sellers: billing forms as the bank writes them, then the name without what surrounds it, the longest spelling
//!    first, one of the right country before others;
//! 3. phrases of banks that say how it was paid (`STANDING ORDER`);
//! 4. the merchant category code of a card payment;
//! 5. words that name a trade (`TAQUERIA`).
//!
//! Money that comes in from a seller is a refund and keeps the seller's category, so that a returned shirt lowers what clothing
//! cost; only brokers, remitters and tax offices have a category of their own for it. Money that comes in from nobody known is
//! other income, except on a credit card, whose only income is refunds and its own payment: there it is what the code or the trade
//! says, and uncategorized without them. A trade word says nothing about money that comes into another account: an employer's name
//! holds one as often as a shop's.

mod because;
mod choice;
mod crowd;
mod guard;
pub mod model;
mod near;
mod noise;
pub mod normalize;
mod phrase;
mod provider;
pub(crate) mod seller;
mod similar;
pub(crate) mod table;
mod trade;
pub(crate) mod words;

pub use because::because;
pub use choice::{Alike, CHOSEN, Choices, Chosen};
pub use crowd::{Crowd, LEAST, Lines, Popular};
pub use phrase::phrases;
pub use provider::told;
pub use seller::{FIRST_OF_WORLD, Listed, listed};
pub use trade::trade_words;

use std::{collections::BTreeMap, sync::OnceLock};

use crate::{
    account::AccountKind,
    category::{self, CategoryId, UNCATEGORIZED},
    currency::Currency,
    investment::TradeKind,
    merchant::MerchantId,
};
use normalize::Name;
use phrase::Turn;
use words::{Span, Words};

/// What is known of an account before its lines are categorized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Of which kind it is.
    pub kind: AccountKind,
    /// Where its lines come from, as far as is known: the code of ISO 3166 in capitals.
    pub country: Option<[u8; 2]>,
}

impl Setting {
    /// That of an account of a kind in a currency, whose country is the likeliest one.
    #[must_use]
    pub fn of(kind: AccountKind, currency: Currency) -> Self {
        Self { kind, country: currency.country() }
    }
}

/// What is known of a line before it is categorized.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What the bank writes.
    pub descriptor: &'a str,
    /// The merchant's name, where the source gives one.
    pub merchant_name: Option<&'a str>,
    /// The merchant category code (ISO 18245), where the source gives one.
    pub merchant_category_code: Option<u16>,
    /// In positive, out negative.
    pub amount_minor: i64,
    /// Of which kind of account.
    pub account_kind: AccountKind,
    /// Where the household lives: the code of ISO 3166 in capitals.
    pub country: Option<[u8; 2]>,
    /// What was done with a security, where the source says so.
    pub trade: Option<TradeKind>,
    /// The category or the group that the source names, if it does.
    pub told: Option<CategoryId>,
}

impl<'a> Question<'a> {
    /// Of a line of which nothing more is known.
    #[must_use]
    pub const fn of(descriptor: &'a str, amount_minor: i64, setting: Setting) -> Self {
        Self {
            descriptor,
            merchant_name: None,
            merchant_category_code: None,
            amount_minor,
            account_kind: setting.kind,
            country: setting.country,
            trade: None,
            told: None,
        }
    }
}

/// What a line was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The category.
    pub category: CategoryId,
    /// Who was paid.
    pub merchant: MerchantId,
    /// Who says so.
    pub source: Source,
    /// How sure that is; 0 when nothing is known.
    pub confidence_percent: u8,
    /// Whether a phrase of banks says what the line is, whoever else does: a bank's fee on a purchase is no purchase.
    pub is_phrase: bool,
    /// Whether its source names the category, or the group: then nobody else's guess is asked for.
    pub is_told: bool,
}

impl Answer {
    /// Whether nothing certain is found: no phrase, no code, none of the well-known sellers, and none of the others that is likely.
    const fn is_guess(&self) -> bool {
        let is_unsure = match self.source {
            Source::None | Source::TradeWord | Source::Model | Source::Similar => true,
            Source::Seller => self.confidence_percent < LISTED_FOR_SURE && !seller::is_well_known(self.merchant),
            _ => false,
        };
        is_unsure && !self.is_told && !self.is_phrase
    }
}

/// Sellers of the lists of this confidence on are no guess.
const LISTED_FOR_SURE: u8 = 82;

/// Who says what the category of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Nobody.
    None,
    /// The list of sellers.
    Seller,
    /// A phrase of banks.
    Phrase,
    /// The merchant category code.
    MerchantCategoryCode,
    /// A word that names a trade.
    TradeWord,
    /// What was done with a security.
    Investment,
    /// The model.
    Model,
    /// What many households chose for the merchant. [`answer`] knows none of them and never gives it: [`Crowd::answer`] does.
    Crowd,
    /// The source of the line: a bank's own category, or that of a program that a person kept their books with.
    Provider,
    /// A rule of the household. [`answer`] knows no household and never gives it.
    Rule,
    /// What the household chose for merchants of similar names. [`answer`] knows no household and never gives it: [`Choices::adapted`] does.
    Similar,
    /// What the household chose for the merchant before. [`answer`] knows no household and never gives it: [`Choices::answer`] does.
    Choice,
    /// A person. It locks the category: nothing else overwrites it, and [`answer`] never gives it.
    Person,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::None,
        Self::Seller,
        Self::Phrase,
        Self::MerchantCategoryCode,
        Self::TradeWord,
        Self::Investment,
        Self::Model,
        Self::Crowd,
        Self::Provider,
        Self::Rule,
        Self::Similar,
        Self::Choice,
        Self::Person,
    ];

    /// The number in the rows. Never changes; 1 to 99 are left for what a household sets.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Person => 1,
            Self::Rule => 5,
            Self::Choice => 10,
            Self::Seller => 100,
            Self::Phrase => 110,
            Self::MerchantCategoryCode => 120,
            Self::TradeWord => 130,
            Self::Investment => 140,
            Self::Model => 150,
            Self::Provider => 160,
            Self::Crowd => 170,
            Self::Similar => 180,
        }
    }

    /// The name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Person => "person",
            Self::Rule => "rule",
            Self::Choice => "choice",
            Self::Seller => "seller",
            Self::Phrase => "phrase",
            Self::MerchantCategoryCode => "merchant_category_code",
            Self::TradeWord => "trade_word",
            Self::Investment => "investment",
            Self::Model => "model",
            Self::Provider => "provider",
            Self::Crowd => "crowd",
            Self::Similar => "similar",
        }
    }

    /// The source of a number from the rows.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.code() == code)
    }
}

/// What a line was for. The same question has the same answer.
#[must_use]
pub fn answer(question: &Question<'_>) -> Answer {
    let words = Words::of(question.descriptor);
    judge(question, &words, named(question).as_ref()).0
}

/// Reads the lists and the model, which the first question would do otherwise: before anything that must not wait for it, such as a
/// transaction, begins.
pub fn load() {
    let setting = Setting { kind: AccountKind::CreditCard, country: None };
    let question = Question { merchant_category_code: Some(0), ..Question::of("FLORIN", -1, setting) };
    std::hint::black_box(answer(&question));
    std::hint::black_box((all_codes().len(), model::model().likeliest(&question)));
}

/// The seller that a text names, in a country.
#[must_use]
pub fn seller_of(text: &str, country: Option<[u8; 2]>) -> Option<MerchantId> {
    let words = Words::of(text);
    seller::catalog().find(&words, words.name(), country).map(|found| found.seller.id())
}

/// What the source calls the merchant, if it does.
fn named(question: &Question<'_>) -> Option<Words> {
    question.merchant_name.map(Words::of).filter(|named| named.len() > 0)
}

/// Words that led to an answer: whether they are of the merchant's name, and which.
type Told = (bool, Span);

fn judge(question: &Question<'_>, words: &Words, named: Option<&Words>) -> (Answer, Option<Told>) {
    // Who was paid is what the text says, so that another source's row of the same text has the same merchant.
    let name = words.name();
    let (by_text, told) = weighed(question, words, name, of_text(question, words, name, named));
    let is_phrase = by_text.source == Source::Phrase;
    let (answer, told) = match (question.trade, question.told) {
        (Some(trade), _) => {
            let category = trade.category(question.amount_minor);
            (Answer { category, source: Source::Investment, confidence_percent: 95, ..by_text }, told)
        }
        (None, Some(category)) => provider::held_against(question, words, name, (by_text, told), category),
        (None, None) => (by_text, told),
    };
    let confidence_percent = match answer.source {
        Source::Seller => measured(answer.confidence_percent),
        _ => answer.confidence_percent,
    };
    (Answer { confidence_percent, is_phrase, ..answer }, told)
}

/// How sure a seller of the lists is, as it was measured: what its guards made of 94 in 100 was right in 85 (of 2,500 labelled rows). Names
/// mean other sellers, and sellers sell several things.
const fn measured(sure: u8) -> u8 {
    sure - sure / 14
}

/// How sure a phrase is that says what a line is.
const PHRASE: u8 = 92;

/// What the lists say is held against what the model finds likely, unless it is as good as certain.
fn weighed(
    question: &Question<'_>,
    words: &Words,
    name: Name,
    (listed, told): (Answer, Option<Told>),
) -> (Answer, Option<Told>) {
    let comes_in = question.amount_minor > 0 && question.account_kind != AccountKind::CreditCard;
    let is_certain = match listed.source {
        Source::Seller => {
            listed.confidence_percent >= if seller::is_well_known(listed.merchant) { KNOWN } else { CERTAIN }
        }
        Source::TradeWord | Source::None => false,
        _ => true,
    };
    if comes_in || is_certain || words.len() == 0 {
        return (listed, told);
    }
    let likely = model::model().ask(question, words, name);
    let sure = f32::from(listed.confidence_percent) / 100.0;
    let odds = sure / (1.0 - sure);
    let named = match listed.source {
        Source::None => None,
        Source::TradeWord => Some((listed.category, WORD * odds)),
        _ => Some((listed.category, LISTED * odds)),
    };
    let Some((category, chance)) = likely.best(named) else { return (listed, told) };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of one")]
    let confidence_percent = ((100.0 * chance).round() as u8).min(SUREST);
    if category == listed.category {
        return (Answer { confidence_percent, ..listed }, told);
    }
    (Answer { category, source: Source::Model, confidence_percent, ..listed }, None)
}

/// What the world's list says is not asked about again from this confidence on.
const CERTAIN: u8 = 88;
/// The same of a well-known seller.
const KNOWN: u8 = 70;
/// Nothing that is weighed is surer.
const SUREST: u8 = 95;
/// By how much the odds of a list are worth more than the model's.
const LISTED: f32 = 3.0;
/// The same of a word that names a trade: the model has heard of it too.
const WORD: f32 = 1.0;

fn of_text(question: &Question<'_>, words: &Words, name: Name, named: Option<&Words>) -> (Answer, Option<Told>) {
    let catalog = seller::catalog();
    let unlisted = || match named {
        Some(named) => of_words(named),
        None => MerchantId::of_name(words.text(name.start, name.end)),
    };
    let says = |category, source, confidence_percent| Answer {
        category,
        merchant: unlisted(),
        source,
        confidence_percent,
        is_phrase: false,
        is_told: question.told.is_some(),
    };
    // A bank's own name is that of a seller too, whoever of the two says what the line was for.
    let phrased = |category, confidence_percent| {
        let whole = catalog.find(words, name, question.country).filter(|found| found.is_all_of(name));
        let merchant = whole.map_or_else(unlisted, |found| found.seller.id());
        Answer { merchant, ..says(category, Source::Phrase, confidence_percent) }
    };

    if let Some((category, span)) = phrase::find(words, name, question, Turn::BeforeSellers) {
        return (phrased(category, PHRASE), Some((false, span)));
    }
    let found = named
        .and_then(|named| catalog.find(named, named.name(), question.country).map(|found| (true, found)))
        .or_else(|| catalog.find(words, name, question.country).map(|found| (false, found)));
    if let Some((by_name, found)) = found {
        let category = found.seller.category(question.amount_minor);
        let category = pump(category, question.merchant_category_code).unwrap_or(category);
        let confidence_percent = found.confidence_percent;
        let answer = Answer { merchant: found.seller.id(), ..says(category, Source::Seller, confidence_percent) };
        return (answer, Some((by_name, found.span)));
    }
    if let Some((category, span)) = phrase::find(words, name, question, Turn::AfterSellers) {
        return (phrased(category, 80), Some((false, span)));
    }
    if let Some(category) = question.merchant_category_code.and_then(of_code) {
        return (says(category, Source::MerchantCategoryCode, 80), None);
    }
    let comes_in = question.amount_minor > 0;
    if !comes_in || question.account_kind == AccountKind::CreditCard {
        let by_name = named.and_then(|named| trade_of(named, named.name())).map(|found| (true, found));
        if let Some((by_name, (trade, span))) = by_name.or_else(|| trade_of(words, name).map(|found| (false, found))) {
            let sure = [0, 45, 60, 75][usize::from(trade.strength.min(3))];
            return (says(trade.category, Source::TradeWord, sure), Some((by_name, span)));
        }
        return (says(UNCATEGORIZED, Source::None, 0), None);
    }
    let other = category::by_key("INCOME_OTHER_INCOME").map_or(UNCATEGORIZED, |category| category.id);
    (says(other, Source::None, 30), None)
}

/// The name of a merchant to show: the listed seller's, or what is left of the descriptor.
#[must_use]
pub fn merchant_name(id: MerchantId, descriptor: &str) -> String {
    let known = crate::merchant::name(id).map(str::to_owned);
    let name = known.unwrap_or_else(|| normalize::normalize(descriptor).display_name);
    // A descriptor without a name, such as a bare number, is all that there is to show.
    if name.is_empty() { descriptor.trim().to_owned() } else { name }
}

fn of_words(words: &Words) -> MerchantId {
    let name = words.name();
    MerchantId::of_name(words.text(name.start, name.end))
}

fn trade_of(words: &Words, name: Name) -> Option<(trade::Trade, Span)> {
    // Behind the name stands a place, or what a company's form was cut off from.
    trade::strongest(words, name.start, name.end).or_else(|| trade::strongest(words, name.end, words.len()))
}

/// The pump of a grocer: the code knows what the name does not say.
fn pump(category: CategoryId, code: Option<u16>) -> Option<CategoryId> {
    let sells_other_things = ["FOOD_AND_DRINK", "GENERAL_MERCHANDISE"]
        .into_iter()
        .any(|key| category::group(category) == category::by_key(key).map(|group| group.id));
    (sells_other_things && matches!(code, Some(5541 | 5542 | 9752)))
        .then(|| category::by_key("TRANSPORTATION_GAS").map(|gas| gas.id))
        .flatten()
}

fn of_code(code: u16) -> Option<CategoryId> {
    all_codes().get(&code).copied()
}

/// The merchant category codes (ISO 18245) whose payments are of a category.
pub fn codes(category: CategoryId) -> impl Iterator<Item = u16> {
    all_codes().iter().filter(move |(_, of)| **of == category).map(|(code, _)| *code)
}

fn all_codes() -> &'static BTreeMap<u16, CategoryId> {
    static CODES: OnceLock<BTreeMap<u16, CategoryId>> = OnceLock::new();
    CODES.get_or_init(|| {
        table::rows(include_str!("../../data/merchant_category_code.csv"))
            .map(|[code, key]| {
                let code = code.parse().expect("a code of the file is a number");
                (code, category::by_key(key).expect("a key of the file is a category's").id)
            })
            .collect()
    })
}

#[cfg(test)]
mod consumer_test;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn question(descriptor: &str) -> Question<'_> {
        Question::of(descriptor, -1_000, Setting { kind: AccountKind::Checking, country: Some(*b"US") })
    }

    #[test]
    fn what_was_done_with_a_security_goes_before_any_text() {
        let fee = question("FOREIGN TRANSACTION FEE NETFLIX.COM");
        let bought = Question { trade: Some(TradeKind::Buy), ..fee };
        assert_eq!(key(&fee), "BANK_FEES_FOREIGN_TRANSACTION_FEES");
        assert_eq!(key(&bought), "TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS");
        assert_eq!((answer(&bought).source, answer(&bought).merchant), (Source::Investment, answer(&fee).merchant));
        let dividend =
            Question { trade: Some(TradeKind::Dividend), amount_minor: 1_259, ..question("DIVIDEND PAYMENT") };
        assert_eq!(key(&dividend), "INCOME_DIVIDENDS");
    }

    fn key(question: &Question<'_>) -> &'static str {
        category::get(answer(question).category).expect("known").key
    }

    #[test]
    fn numbers_of_sources_come_back() {
        for source in Source::ALL {
            assert_eq!(Source::from_code(source.code()), Some(source));
        }
        assert_eq!(Source::from_code(2), None);
    }

    #[test]
    fn the_sources_name_and_code_are_asked_too() {
        let unknown = question("***");
        assert_eq!((key(&unknown), answer(&unknown).source), ("UNCATEGORIZED", Source::None));
        let coded = Question { merchant_category_code: Some(5814), ..unknown };
        assert_eq!((key(&coded), answer(&coded).source), ("FOOD_AND_DRINK_FAST_FOOD", Source::MerchantCategoryCode));
        let named = Question { merchant_name: Some("Netflix"), ..coded };
        assert_eq!((key(&named), answer(&named).source), ("ENTERTAINMENT_TV_AND_MOVIES", Source::Seller));
        let empty = Question { merchant_name: Some("  "), ..unknown };
        assert_eq!(answer(&empty), answer(&unknown));
    }

    #[test]
    fn what_the_source_names_goes_before_what_is_found_and_a_group_is_filled() {
        let of = |descriptor, told: &str| {
            let told = category::by_key(told).map(|category| category.id);
            let answer = answer(&Question { told, ..question(descriptor) });
            (category::key(answer.category), answer.source, answer.confidence_percent)
        };
        let pets = "GENERAL_MERCHANDISE_PET_SUPPLIES";
        assert_eq!(of("NETFLIX.COM", pets), (pets, Source::Provider, provider::TOLD));
        assert_eq!(of("***", pets), (pets, Source::Provider, provider::TOLD));
        // A seller says more than another category of its group, and what was bought is not taken for a transfer.
        assert_eq!(of("STARBUCKS 0815", "FOOD_AND_DRINK_RESTAURANT").0, "FOOD_AND_DRINK_COFFEE");
        assert_eq!(of("NETFLIX.COM", "TRANSFER_OUT_SAVINGS").0, "ENTERTAINMENT_TV_AND_MOVIES");
        assert_eq!(of("ZXQWV HEXUM", "TRANSFER_OUT_SAVINGS").0, "TRANSFER_OUT_SAVINGS");
        // A group is right about what nobody knows, and is no more than what is known for sure.
        assert_eq!(of("***", "MEDICAL").1, Source::Provider);
        assert!(of("***", "MEDICAL").0.starts_with("MEDICAL_"));
        assert_eq!(of("NETFLIX.COM", "MEDICAL").1, Source::Seller);
        let (dentist, source, sure) = of("QWYLLA DENTISTRY", "MEDICAL");
        assert!(dentist == "MEDICAL_DENTAL_CARE" && source != Source::Provider && sure >= 50, "{dentist} {sure}");
        // A fee stays one of another kind than the purchase, whatever the source calls it.
        let told = category::by_key(pets).map(|category| category.id);
        assert!(answer(&Question { told, ..question("FOREIGN TRANSACTION FEE NETFLIX.COM") }).is_phrase);
    }

    #[test]
    fn a_grocers_pump_is_fuel_where_the_code_says_so() {
        let shop = Question { country: Some(*b"GB"), ..question("SAINSBURYS 1234") };
        assert_eq!(key(&shop), "FOOD_AND_DRINK_GROCERIES");
        assert_eq!(key(&Question { merchant_category_code: Some(5542), ..shop }), "TRANSPORTATION_GAS");
        assert_eq!(key(&Question { merchant_category_code: Some(5411), ..shop }), "FOOD_AND_DRINK_GROCERIES");
    }

    #[test]
    fn one_name_means_what_it_means_in_the_country() {
        for (country, expected) in [
            (Some(*b"AU"), "FOOD_AND_DRINK_GROCERIES"),
            (Some(*b"ZA"), "GENERAL_MERCHANDISE_DEPARTMENT_STORES"),
            (Some(*b"NZ"), "FOOD_AND_DRINK_GROCERIES"),
        ] {
            assert_eq!(key(&Question { country, ..question("WOOLWORTHS 1234") }), expected, "{country:?}");
        }
        // A single short word of another country is no answer.
        assert_ne!(answer(&question("DIRK PLOMBERIE")).source, Source::Seller);
    }

    #[test]
    fn money_in_is_a_refund_only_from_a_seller_or_on_a_card() {
        let refund = Question { amount_minor: 500, ..question("ZARA USA 123") };
        assert_eq!(key(&refund), "GENERAL_MERCHANDISE_CLOTHING_AND_ACCESSORIES");
        let from_employer = Question { amount_minor: 500, ..question("GOLDEN DRAGON RESTAURANT LLC") };
        assert_eq!(key(&from_employer), "INCOME_OTHER_INCOME");
        let on_card = Question { account_kind: AccountKind::CreditCard, ..from_employer };
        assert_eq!(key(&on_card), "FOOD_AND_DRINK_RESTAURANT");
        let unknown = Question { descriptor: "***", ..on_card };
        assert_eq!(key(&unknown), "UNCATEGORIZED");
    }

    #[test]
    fn the_name_to_show_is_the_listed_one_or_what_is_left() {
        for (descriptor, shown) in [
            ("AMZN MKTP US*2K3AB4CD0", "Amazon"),
            ("SQ *GREEN DOOR TEXTILES #12 OAKLAND CA", "Green Door Textiles"),
            (" 000123456 ", "000123456"),
            ("", ""),
        ] {
            let merchant = answer(&question(descriptor)).merchant;
            assert_eq!(merchant_name(merchant, descriptor), shown);
        }
    }

    #[test]
    fn every_code_of_the_file_has_a_category() {
        assert_eq!(of_code(5411), category::by_key("FOOD_AND_DRINK_GROCERIES").map(|it| it.id));
        assert_eq!(of_code(1), None);
        let groceries = category::by_key("FOOD_AND_DRINK_GROCERIES").expect("known").id;
        assert!(codes(groceries).any(|code| code == 5411) && codes(UNCATEGORIZED).next().is_none());
        let count = table::rows::<2>(include_str!("../../data/merchant_category_code.csv")).count();
        assert!((0..=u16::MAX).filter(|code| of_code(*code).is_some()).count() == count && count > 1_000);
    }

    proptest! {
        #[test]
        fn any_text_has_an_answer(text in "\\PC{0,80}|[ -~]{0,60}", name in proptest::option::of("\\PC{0,20}"), amount in any::<i64>()) {
            let question = Question { merchant_name: name.as_deref(), amount_minor: amount, ..question(&text) };
            let answer = answer(&question);
            prop_assert!(category::get(answer.category).is_some_and(|it| it.parent.is_some() || it.id == UNCATEGORIZED));
            prop_assert!(answer.merchant.0 != 0 && answer.confidence_percent <= 100 && answer.source != Source::Person);
            prop_assert_eq!(super::answer(&question), answer);
        }

        #[test]
        fn stores_of_a_seller_are_one_merchant(name in "[A-Z]{4,9} [A-Z]{4,9}", a in 100..99_999_u32, b in 100..99_999_u32) {
            let one = format!("SQ *{name} #{a} OAKLAND CA");
            let other = format!("POS PURCHASE {name} {b:05} AUSTIN TX");
            prop_assert_eq!(answer(&question(&one)).merchant, answer(&question(&other)).merchant);
        }
    }
}
