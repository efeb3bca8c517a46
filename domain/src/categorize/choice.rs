//! What a household chose for merchants. It goes before everything that Florin finds by itself.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use super::{Answer, Source, normalize, phrase, seller, similar::Similar, words::Words};
use crate::{
    category::{CategoryId, Kind},
    merchant::{Directory, MerchantId},
};

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
    /// The lines that one is like, from what is found of it without a choice. `None` where its text names nobody: `CHECK 1001` is like no
    /// other check. Merchants that are one for the household are one here.
    #[must_use]
    pub fn of(found: &Answer, descriptor: &str, amount_minor: i64, directory: &Directory) -> Option<Self> {
        let says_who = found.merchant.is_listed() || names_somebody(descriptor);
        (says_who && found.source != Source::Investment).then_some(Self::key(found, amount_minor, directory))
    }

    fn key(found: &Answer, amount_minor: i64, directory: &Directory) -> Self {
        Self { merchant: directory.resolve(found.merchant), comes_in: amount_minor > 0, is_phrase: found.is_phrase }
    }
}

/// Words of what is on many lines of different people, beside those that the lists know.
const NOBODY: [&str; 54] = [
    "ACCOUNT",
    "ACCT",
    "ACH",
    "BILL",
    "BONIFICO",
    "CARD",
    "CHECK",
    "CHECKING",
    "CHEQUE",
    "CHK",
    "CREDIT",
    "DEBIT",
    "DEPOSIT",
    "DHR",
    "DR",
    "FRAU",
    "FROM",
    "HERR",
    "INST",
    "INTERAC",
    "KARTENZAHLUNG",
    "LASTSCHRIFT",
    "MISC",
    "MISS",
    "MLLE",
    "MME",
    "MR",
    "MRS",
    "MS",
    "ONLINE",
    "ORDER",
    "OVERBOEKING",
    "PAID",
    "PAYMENT",
    "PAYPAL",
    "POS",
    "PRLV",
    "PURCHASE",
    "SAV",
    "SAVINGS",
    "SEPA",
    "SIG",
    "SRA",
    "STANDING",
    "TFR",
    "TO",
    "TRANSFER",
    "TRF",
    "UBERWEISUNG",
    "UNKNOWN",
    "VENMO",
    "VIREMENT",
    "WITHDRAWAL",
    "XFER",
];

/// Whether a word is on many lines of different people.
pub(super) fn is_common(word: &str) -> bool {
    NOBODY.binary_search(&word).is_ok()
}

/// Whether a text names who was paid, or who paid: a word of its name is none of banks, trades, places, numbers and single letters.
fn names_somebody(descriptor: &str) -> bool {
    let words = Words::of(descriptor);
    let name = words.name();
    let known = |at| {
        let is_common = is_common(words.text(at, at + 1)).then_some(1);
        phrase::named_at(&words, at).max(normalize::nobody_at(&words, at)).or(is_common)
    };
    !normalize::is_nobody(&words, name.start..name.end, known)
}

/// What a household chose for lines of a merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// For which lines.
    pub lines: Alike,
    /// The category.
    pub category: CategoryId,
    /// Whether it is income, spending or a transfer.
    pub kind: Kind,
    /// The name that one of their texts has.
    pub name: String,
}

/// The choices of a household.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    all: Vec<Chosen>,
    by_lines: HashMap<Alike, (CategoryId, Kind)>,
    directory: Arc<Directory>,
    /// Read when the first line asks.
    similar: OnceLock<Similar>,
}

impl Choices {
    /// From what the household chose, the latest last. Of what it chose for several that are one now, it is what it chose for that one, and
    /// else the latest.
    #[must_use]
    pub fn new(all: Vec<Chosen>, directory: Arc<Directory>) -> Self {
        let mut by_lines = HashMap::new();
        let mut own = Vec::new();
        for Chosen { lines, category, kind, .. } in &all {
            let merchant = directory.resolve(lines.merchant);
            if merchant == lines.merchant {
                own.push((*lines, (*category, *kind)));
            } else {
                by_lines.insert(Alike { merchant, ..*lines }, (*category, *kind));
            }
        }
        by_lines.extend(own);
        Self { all, by_lines, directory, similar: OnceLock::new() }
    }

    /// What the household chose for the lines that one is of which this is found, if it did.
    #[must_use]
    pub fn answer(&self, found: &Answer, amount_minor: i64) -> Option<Answer> {
        // A choice is only ever kept for lines that name somebody.
        let lines = Alike::key(found, amount_minor, &self.directory);
        let (category, _) = *self.by_lines.get(&lines).filter(|_| found.source != Source::Investment)?;
        Some(Answer { category, source: Source::Choice, confidence_percent: CHOSEN, ..*found })
    }

    /// What is found of a line, where that is no more than a guess, in the light of what the household chose for merchants of similar names.
    #[must_use]
    pub fn adapted(&self, found: &Answer, descriptor: &str, amount_minor: i64) -> Answer {
        if self.all.is_empty() || !found.is_guess() {
            return *found;
        }
        self.similar.get_or_init(|| self.similar()).answer(found, descriptor, amount_minor > 0)
    }

    fn similar(&self) -> Similar {
        Similar::of(self.all.iter().filter_map(|Chosen { lines, name, .. }| {
            let one = Alike { merchant: self.directory.resolve(lines.merchant), ..*lines };
            let (category, kind) = *self.by_lines.get(&one)?;
            // What would take a line out of every sum, or out of spending, is not guessed.
            let is_in_sums = match kind {
                Kind::Spending => true,
                Kind::Income => lines.comes_in,
                Kind::Transfer => false,
            };
            // Everybody knows who the well-known sellers are: what one household does with one of them says nothing of others.
            let speaks = is_in_sums && !lines.is_phrase && !seller::is_well_known(lines.merchant);
            speaks.then_some((name.as_str(), lines.comes_in, category))
        }))
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
        merchant::Saying,
    };

    fn found(descriptor: &str, amount_minor: i64) -> Answer {
        answer(&Question::of(descriptor, amount_minor, Setting { kind: AccountKind::Checking, country: Some(*b"US") }))
    }

    fn alike(found: &Answer, descriptor: &str, amount_minor: i64) -> Option<Alike> {
        Alike::of(found, descriptor, amount_minor, &Directory::default())
    }

    fn of(descriptor: &str, amount_minor: i64) -> Alike {
        alike(&found(descriptor, amount_minor), descriptor, amount_minor).expect("somebody")
    }

    fn choice(descriptor: &str, amount_minor: i64, category: CategoryId) -> Chosen {
        let name = normalize::normalize(descriptor).name;
        Chosen { lines: of(descriptor, amount_minor), category, kind: Kind::Spending, name }
    }

    #[test]
    fn common_words_stand_in_their_order() {
        assert!(NOBODY.is_sorted());
    }

    #[test]
    fn what_is_one_merchant_has_one_choice() {
        let [gifts, games] = ["GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES", "ENTERTAINMENT_VIDEO_GAMES"]
            .map(|key| category::by_key(key).expect("known").id);
        let (green, red) = ("GREEN DOOR TEXTILES", "RED DOOR TEXTILES");
        let into = Saying { merged_into: Some(of(red, -1).merchant), ..Saying::default() };
        let directory = Arc::new(Directory::from_iter([(of(green, -1).merchant, into)]));
        let chosen = |all: &[Chosen], text| {
            let answer = Choices::new(all.to_vec(), directory.clone()).answer(&found(text, -1), -1);
            answer.map(|answer| answer.category)
        };
        for (all, expected) in [
            (vec![], None),
            (vec![choice(green, -1, gifts)], Some(gifts)),
            (vec![choice(red, -1, games)], Some(games)),
            (vec![choice(red, -1, games), choice(green, -1, gifts)], Some(games)),
            (vec![choice(green, 1, gifts)], None),
        ] {
            assert_eq!([chosen(&all, green), chosen(&all, red)], [expected; 2], "{all:?}");
        }
    }

    #[test]
    fn a_choice_is_for_all_lines_of_its_merchant_and_for_no_others() {
        let gifts = category::by_key("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").expect("known").id;
        let chosen = [("AMZN MKTP US*2K3AB4CD0", -900), ("SQ *GREEN DOOR TEXTILES", -500)];
        let chosen = chosen.map(|(descriptor, amount)| choice(descriptor, amount, gifts));
        let choices = Choices::new(chosen.to_vec(), Arc::default());
        for (descriptor, amount, is_chosen) in [
            ("Amazon.com*MA1B2", -4_200, true),
            ("GREEN DOOR TEXTILES #12 OAKLAND CA", -100, true),
            ("AMZN MKTP US*2K3AB4CD0", 900, false),
            ("FOREIGN TRANSACTION FEE AMZN MKTP", -30, false),
            ("FOREIGN TRANSACTION FEE GREEN DOOR TEXTILES", -30, false),
            ("RED DOOR TEXTILES", -100, false),
        ] {
            let before = found(descriptor, amount);
            let expected = Answer { category: gifts, source: Source::Choice, confidence_percent: CHOSEN, ..before };
            assert_eq!(choices.answer(&before, amount), is_chosen.then_some(expected), "{descriptor}");
        }
    }

    #[test]
    fn what_would_leave_the_sums_is_not_heard_of_others() {
        let [gifts, savings, wages] =
            ["GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES", "TRANSFER_OUT_SAVINGS", "INCOME_WAGES"]
                .map(|key| category::by_key(key).expect("known"));
        let ask = |category: &category::Category, amount: i64| {
            let one = Chosen { kind: category.kind, ..choice("PLONKO ZEDRIK", amount, category.id) };
            let choices = Choices::new(vec![one], Arc::default());
            let line = "PLONKO ZEDRIK QUORRALTON";
            choices.adapted(&found(line, amount), line, amount).source == Source::Similar
        };
        assert_eq!([ask(gifts, -9), ask(savings, -9), ask(wages, -9), ask(wages, 9)], [true, false, false, true]);
        // Nor what is done with a seller that everybody knows, nor of what is known for sure.
        let netflix = Choices::new(vec![choice("NETFLIX.COM", -9, gifts.id)], Arc::default());
        let line = "NETFLIXY ZEDRIK";
        assert_ne!(netflix.adapted(&found(line, -9), line, -9).source, Source::Similar);
        let zedrik = Choices::new(vec![choice("PLONKO ZEDRIK", -9, gifts.id)], Arc::default());
        for line in ["NETFLIX.COM PLONKO ZEDRIK", "FOREIGN TRANSACTION FEE PLONKO ZEDRIK QUORRALTON"] {
            assert_eq!(zedrik.adapted(&found(line, -9), line, -9), found(line, -9), "{line}");
        }
    }

    #[test]
    fn lines_that_name_nobody_are_not_alike() {
        for text in [
            "***",
            "CHECK 1001",
            "Check Paid #204",
            "PAYMENT",
            "POS",
            "DEBIT CARD PURCHASE",
            "BILL PAYMENT",
            "ACH DEBIT",
            "MISC DEBIT",
            "STANDING ORDER",
            "LASTSCHRIFT",
            "ÜBERWEISUNG",
            "KARTENZAHLUNG",
            "VIREMENT",
            "PRLV SEPA",
            "TRANSFERENCIA",
            "BONIFICO SEPA",
            "OVERBOEKING",
            "INTERAC E-TRF- 1234",
            "Online Transfer to CHK ...1234",
            "SQ *",
            "VISA",
            "UNKNOWN",
            "N/A",
            "12345678",
            "WITHDRAWAL",
            "DEPOSIT",
        ] {
            assert_eq!(alike(&found(text, -100), text, -100), None, "{text}");
        }
        assert!(alike(&found("STANDING ORDER J SMITHERS", -100), "STANDING ORDER J SMITHERS", -100).is_some());
        let setting = Setting { kind: AccountKind::Investment, country: None };
        let bought = Question { trade: Some(TradeKind::Buy), ..Question::of("ACME CORP", -100, setting) };
        assert_eq!(alike(&answer(&bought), "ACME CORP", -100), None);
    }
}
