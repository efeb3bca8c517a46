//! Phrases of banks themselves: fees, interest, cash, wages, transfers, payments of cards.

use std::sync::OnceLock;

use super::{
    Question,
    normalize::Name,
    table::{Sequences, rows},
    trade,
    words::{Span, Words, words},
};
use crate::{
    account::AccountKind,
    category::{self, CategoryId},
};

/// When a phrase is asked: one that says what the line is comes before the sellers, one that says how it was paid after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// `FOREIGN TRANSACTION FEE NETFLIX.COM` is a fee.
    BeforeSellers,
    /// `BILL PAYMENT NETFLIX.COM` is a subscription.
    AfterSellers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Anywhere,
    Start,
    Whole,
}

struct Phrase {
    money_out: Option<CategoryId>,
    money_in: Option<CategoryId>,
    place: Place,
    turn: Turn,
    /// Only on a credit card (`true`), or only on another account (`false`).
    on_card: Option<bool>,
}

/// The phrases of banks, and the category of money that goes out under them.
pub fn phrases() -> impl Iterator<Item = (&'static str, CategoryId)> {
    let lines = rows(include_str!("../../data/phrase.csv"));
    lines.filter_map(|[text, money_out, ..]: [&str; 6]| Some((text, category::by_key(money_out)?.id)))
}

fn table() -> &'static Sequences<Vec<Phrase>> {
    static PHRASES: OnceLock<Sequences<Vec<Phrase>>> = OnceLock::new();
    PHRASES.get_or_init(|| {
        let category = |key: &str| category::by_key(key).map(|category| category.id);
        let mut phrases: Sequences<Vec<Phrase>> = Sequences::new();
        for [text, money_out, money_in, place, turn, account] in rows(include_str!("../../data/phrase.csv")) {
            phrases.entry(&words(text)).or_default().push(Phrase {
                money_out: category(money_out),
                money_in: category(money_in),
                place: match place {
                    "start" => Place::Start,
                    "whole" => Place::Whole,
                    _ => Place::Anywhere,
                },
                turn: if turn == "before" { Turn::BeforeSellers } else { Turn::AfterSellers },
                on_card: match account {
                    "card" => Some(true),
                    "bank" => Some(false),
                    _ => None,
                },
            });
        }
        phrases
    })
}

/// How many words from one on are a phrase of banks.
pub(super) fn named_at(words: &Words, at: usize) -> Option<usize> {
    table().starting(&words.hashes()[at..]).next().map(|(length, _)| length)
}

/// Whether words name a trade: `INTEREST COFFEE` sells coffee.
fn names_trade(words: &Words, start: usize, end: usize) -> bool {
    start < end && trade::strongest(words, start, end).is_some_and(|(trade, _)| trade.strength == 3)
}

/// The category that the longest phrase of a turn gives, and which words it is.
pub(super) fn find(words: &Words, name: Name, question: &Question<'_>, turn: Turn) -> Option<(CategoryId, Span)> {
    let phrases = table();
    let on_card = question.account_kind == AccountKind::CreditCard;
    let is_spent = question.amount_minor <= 0 || on_card;
    let mut best: Option<(CategoryId, Span)> = None;
    for at in 0..words.len() {
        for (length, meanings) in phrases.starting(&words.hashes()[at..]) {
            if best.as_ref().is_some_and(|(_, longest)| longest.len() >= length) {
                break;
            }
            let whole = (at, at + length) == (name.start, name.end) || (at == 0 && length == words.len());
            // Behind a processor stands a name, whatever it is called.
            let is_name = name.processor().is_some() && at >= name.start;
            let start = at == 0 || at == name.lead || (at == name.start && !is_name);
            let is_trade = length == 1 && is_spent && names_trade(words, at + 1, name.end);
            let found = meanings
                .iter()
                .filter(|phrase| phrase.turn == turn && phrase.on_card.is_none_or(|card| card == on_card))
                .filter(|phrase| match phrase.place {
                    // `GELDAUTOMAT` is in no name.
                    Place::Anywhere if phrase.turn == Turn::BeforeSellers => true,
                    Place::Anywhere | Place::Start if is_trade => false,
                    Place::Anywhere => true,
                    Place::Start => start,
                    Place::Whole => whole,
                })
                .find_map(|phrase| if question.amount_minor > 0 { phrase.money_in } else { phrase.money_out });
            if let Some(category) = found {
                best = Some((category, at..at + length));
                break;
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_file_can_be_asked() {
        for [text, money_out, money_in, place, turn, account] in rows(include_str!("../../data/phrase.csv")) {
            for key in [money_out, money_in] {
                assert!(key.is_empty() || category::by_key(key).is_some(), "{text}: {key}");
            }
            assert!(!(money_out.is_empty() && money_in.is_empty()), "{text}");
            assert!(["any", "start", "whole"].contains(&place), "{text}: {place}");
            assert!(["before", "after"].contains(&turn), "{text}: {turn}");
            assert!(["any", "bank", "card"].contains(&account), "{text}: {account}");
            let words = words(text);
            assert!((1..=super::super::table::MAX_WORDS).contains(&words.len()), "{text}");
        }
    }
}
