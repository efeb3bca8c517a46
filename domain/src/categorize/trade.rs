//! Words that name a trade, in several languages: what is left to go by when nobody lists the seller.

use std::sync::OnceLock;

use super::{
    table::{ByHash, Sequences, rows, word_hash},
    words::{Span, Words, words},
};
use crate::category::{self, CategoryId};

/// Letters that a word cut off by the end of the descriptor must still have.
const CUT_LETTERS: usize = 6;
/// Letters that an ending of a compound has at most.
const ENDING_LETTERS: usize = 18;

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trade {
    pub(super) category: CategoryId,
    /// 3 names a trade; 1 is a hint.
    pub(super) strength: u8,
}

/// The words that name a trade: the word, of an ending of compounds with an asterisk before it; the category; and how surely, from 1 to 3.
///
/// # Panics
/// When a line of the file is wrong: a test reads every one.
pub fn trade_words() -> impl Iterator<Item = (&'static str, CategoryId, u8)> {
    rows(include_str!("../../data/trade_word.csv")).map(|[word, key, strength]| {
        let category = category::by_key(key).expect("a key of the file is a category's").id;
        (word, category, strength.parse().expect("a strength of the file is a number"))
    })
}

struct Trades {
    exact: Sequences<Trade>,
    /// The second part of compounds, such as `APOTHEKE` of `LINDENAPOTHEKE`.
    endings: ByHash<Trade>,
    /// Beginnings of words that belong to one category only, for a word that the end of the descriptor cuts off.
    beginnings: ByHash<Option<Trade>>,
}

fn trades() -> &'static Trades {
    static TRADES: OnceLock<Trades> = OnceLock::new();
    TRADES.get_or_init(|| {
        let mut trades = Trades { exact: Sequences::new(), endings: ByHash::default(), beginnings: ByHash::default() };
        let mut cut_last = Vec::new();
        for (word, category, strength) in trade_words() {
            let trade = Trade { category, strength };
            if let Some(ending) = word.strip_prefix('*') {
                trades.endings.insert(word_hash(ending.as_bytes()), trade);
                continue;
            }
            let all = words(word);
            trades.exact.entry(&all).or_insert(trade);
            if let (3, Some((first, last))) = (trade.strength, word.rsplit_once(' ')) {
                cut_last.extend((3..last.len()).map(|end| (words(&format!("{first} {}", &last[..end])), trade)));
            }
            if trade.strength == 3 && !word.contains(' ') && word.len() > CUT_LETTERS {
                for end in CUT_LETTERS..word.len() {
                    trades
                        .beginnings
                        .entry(word_hash(&word.as_bytes()[..end]))
                        .and_modify(|known| *known = known.filter(|it| it.category == trade.category))
                        .or_insert(Some(trade));
                }
            }
        }
        for (all, trade) in cut_last {
            trades.exact.entry(&all).or_insert(Trade { strength: 2, ..trade });
        }
        trades
    })
}

/// The strongest trade that words from one to before another name; of equal ones the last, because the noun comes last where
/// there are several.
pub(super) fn strongest(words: &Words, start: usize, end: usize) -> Option<(Trade, Span)> {
    let trades = trades();
    let mut best: Option<(Trade, Span)> = None;
    let mut at = start;
    while at < end {
        let rest = &words.hashes()[at..end];
        let (length, found) = match trades.exact.starting(rest).next() {
            Some((length, trade)) => (length, Some(*trade)),
            None => (1, by_ending(trades, words.text(at, at + 1))),
        };
        if let Some(trade) = found
            && best.as_ref().is_none_or(|(best, _)| trade.strength >= best.strength)
        {
            best = Some((trade, at..at + length));
        }
        at += length;
    }
    best.or_else(|| cut_off(trades, words, end).map(|trade| (trade, end - 1..end)))
}

/// How many words from one on name a trade together.
pub(super) fn named_at(words: &Words, at: usize) -> Option<usize> {
    trades().exact.starting(&words.hashes()[at..]).next().map(|(length, _)| length)
}

fn by_ending(trades: &Trades, word: &str) -> Option<Trade> {
    if word.len() < 8 || !word.is_ascii() {
        return None;
    }
    (word.len().saturating_sub(ENDING_LETTERS).max(3)..=word.len() - 4)
        .find_map(|from| trades.endings.get(&word_hash(&word.as_bytes()[from..])).copied())
}

fn cut_off(trades: &Trades, words: &Words, end: usize) -> Option<Trade> {
    let last = end.checked_sub(1)?;
    let word = words.text(last, end);
    let trade = trades.beginnings.get(&word_hash(word.as_bytes())).copied().flatten()?;
    Some(Trade { strength: 2, ..trade })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<&'static str> {
        let words = Words::of(text);
        strongest(&words, 0, words.len()).and_then(|(trade, _)| category::get(trade.category)).map(|it| it.key)
    }

    #[test]
    fn words_compounds_and_cut_words_name_a_trade() {
        for (text, expected) in [
            ("LA TAQUERIA DE MARIA", Some("FOOD_AND_DRINK_RESTAURANT")),
            ("Lindenapotheke", Some("MEDICAL_PHARMACIES_AND_SUPPLEMENTS")),
            ("Bäckerei Müller", Some("FOOD_AND_DRINK_OTHER_FOOD_AND_DRINK")),
            ("BELLA VISTA RESTAURA", Some("FOOD_AND_DRINK_RESTAURANT")),
            ("GOLDEN DRAGON ICE CREAM", Some("FOOD_AND_DRINK_OTHER_FOOD_AND_DRINK")),
            ("SMITH", None),
            ("", None),
        ] {
            assert_eq!(key(text), expected, "{text}");
        }
    }
}
