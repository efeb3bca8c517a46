//! What a household chose for merchants of similar names: a small layer over the model, which hears each choice at once.
//!
//! Every choice whose merchant's name is near speaks for its category, the louder the nearer it is, and what is found without it speaks beside
//! them as a prior, the louder the surer it is: a regression by kernels (Nadaraya, *On estimating regression*, 1964; Watson, *Smooth regression
//! analysis*, 1964), whose sums say how sure it is at once. Two names are near by what their words tell: a word that many sellers have tells
//! little.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use super::{
    Answer, Source,
    choice::is_common,
    near::is_slip,
    normalize::noise_at,
    seller::catalog,
    table::{EMPTY, hash_on},
    words::Words,
};
use crate::category::CategoryId;

/// Words of a name that are looked at.
const WORDS: usize = 8;
/// Letters that words must begin with alike to be compared, and that must be left of one that was cut off.
const LETTERS: usize = 3;
/// Letters of a word that is recognized with a slip in it.
const SLIP_LETTERS: usize = 6;
/// What a word tells that says nothing of who was paid.
const LITTLE: f32 = 1.0;
/// What each letter of a word tells that was cut off, unless the whole word tells less.
const BY_LETTER: f32 = 2.0;
/// How much of what a word tells is left with a slip in it: it may as well be another one, as Andrea is another than Andreas.
const SLIPPED: f32 = 0.5;
/// Names have nothing to do with each other that share less: a word that one seller in three thousand has.
const SHARED: f32 = 8.0;
/// How loud the answer is that is found without the household, where it is not sure at all; a name that is the same speaks with 1.
const PRIOR: f32 = 0.15;
/// What is less sure is not said.
const LEAST: f32 = 0.35;
/// Nothing that is found is taken for surer.
const SURE: u8 = 95;
/// What one name says alone is not surer, so that a person is asked: it may be somebody else's.
const ALONE: u8 = 69;
/// Nothing is surer: another merchant is another one, however similar its name is.
const SUREST: u8 = 90;

/// A word of a name.
#[derive(Clone, Debug, PartialEq)]
struct Telling {
    text: Box<str>,
    hash: u64,
    tells: f32,
}

/// The words of a name, with what each tells.
fn telling(words: &Words) -> Vec<Telling> {
    let name = words.name();
    let end = name.end.min(name.start + WORDS);
    let mut noise_until = 0;
    let of = |at| {
        if let Some(length) = noise_at(words, at) {
            noise_until = noise_until.max(at + length);
        }
        let (word, hash) = (&words.list[at], words.hashes()[at]);
        let is_little = at < noise_until || word.is_number() || word.len() == 1 || is_common(words.text(at, at + 1));
        let tells = if is_little { LITTLE } else { catalog().tells(hash) };
        Telling { text: words.text(at, at + 1).into(), hash, tells }
    };
    (name.start..end).map(of).collect()
}

/// Where the words stand that begin as one does.
fn beginning(word: &str) -> u64 {
    word.bytes().take(LETTERS).fold(EMPTY, hash_on)
}

/// How near two names are: what the words that they share tell, of what all their words tell. `None`: they share too little.
fn nearness(one: &[Telling], other: &[Telling]) -> Option<f32> {
    let mut is_taken = [false; WORDS];
    let (mut shared, mut rest) = (0.0, 0.0);
    let mut left = [None; WORDS];
    for (word, left) in one.iter().zip(&mut left) {
        match (0..other.len()).find(|at| !is_taken[*at] && other[*at].hash == word.hash) {
            Some(at) => (is_taken[at], shared) = (true, shared + word.tells),
            None => *left = Some(word),
        }
    }
    let (one_last, other_last) = (one.len().wrapping_sub(1), other.len().wrapping_sub(1));
    for (place, word) in left.iter().enumerate().filter_map(|(place, word)| word.map(|word| (place, word))) {
        let part = |at: usize| {
            let near = &other[at];
            let cut = |is_last: bool, cut: &Telling, whole: &Telling| {
                let letters = u8::try_from(cut.text.len()).unwrap_or(u8::MAX);
                let is_cut = is_last && cut.text.len() >= LETTERS && whole.text.starts_with(&*cut.text);
                is_cut.then(|| (whole.tells.min(BY_LETTER * f32::from(letters)), 0.0))
            };
            let slipped = || {
                let is_long = word.text.len().min(near.text.len()) >= SLIP_LETTERS;
                let (a, b) = (word.text.as_bytes(), near.text.as_bytes());
                let tells = word.tells.min(near.tells);
                (is_long && a[0] == b[0] && is_slip(a, b)).then_some((SLIPPED * tells, (1.0 - SLIPPED) * tells))
            };
            cut(place == one_last, word, near).or_else(|| cut(at == other_last, near, word)).or_else(slipped)
        };
        match (0..other.len()).filter(|at| !is_taken[*at]).find_map(|at| part(at).map(|both| (at, both))) {
            Some((at, (alike, unlike))) => {
                (is_taken[at], shared, rest) = (true, shared + alike, rest + unlike);
            }
            None => rest += word.tells,
        }
    }
    rest += other.iter().zip(is_taken).filter(|(_, is_taken)| !is_taken).map(|(word, _)| word.tells).sum::<f32>();
    (shared >= SHARED).then(|| shared / (shared + rest))
}

/// Names that a household chose categories for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Similar {
    names: Vec<(Vec<Telling>, CategoryId)>,
    /// Which names have a word that begins so. Words that tell little lead nowhere.
    starts: HashMap<(bool, u64), Vec<u32>>,
}

impl Similar {
    /// Of names, each with whether money came in and with what was chosen for it.
    pub(super) fn of<'a>(all: impl IntoIterator<Item = (&'a str, bool, CategoryId)>) -> Self {
        let mut similar = Self::default();
        for (name, comes_in, category) in all {
            let words = telling(&Words::of(name));
            let at = u32::try_from(similar.names.len()).unwrap_or(u32::MAX);
            for word in words.iter().filter(|word| word.tells > LITTLE) {
                let of = similar.starts.entry((comes_in, beginning(&word.text))).or_default();
                if of.last() != Some(&at) {
                    of.push(at);
                }
            }
            similar.names.push((words, category));
        }
        similar
    }

    /// What is found of a line, in the light of what was chosen for merchants of similar names.
    pub(super) fn answer(&self, found: &Answer, descriptor: &str, comes_in: bool) -> Answer {
        let words = telling(&Words::of(descriptor));
        let starts = words.iter().filter_map(|word| self.starts.get(&(comes_in, beginning(&word.text))));
        let mut near: Vec<u32> = starts.flatten().copied().collect();
        near.sort_unstable();
        near.dedup();
        let mut loud: BTreeMap<CategoryId, f32> = BTreeMap::new();
        let mut count = 0_usize;
        for (name, category) in near.iter().map(|at| &self.names[*at as usize]) {
            if let Some(near) = nearness(&words, name) {
                *loud.entry(*category).or_default() += near * near;
                count += 1;
            }
        }
        if count == 0 {
            return *found;
        }
        // What is as good as certain is hardly moved by one name, what is a guess by every one.
        let sure = f32::from(found.confidence_percent.min(SURE)) / 100.0;
        let prior = PRIOR / (1.0 - sure).powi(2);
        let all = prior + loud.values().sum::<f32>();
        *loud.entry(found.category).or_default() += prior * sure;
        let loudest = loud.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(Reverse(a.0).cmp(&Reverse(b.0))));
        let Some((category, chance)) = loudest.map(|(category, loud)| (category, loud / all)) else { return *found };
        let is_other = category != found.category;
        if is_other && chance < LEAST {
            return *found;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of one")]
        let confidence_percent = (100.0 * chance).round() as u8;
        let surest = if is_other && count == 1 { ALONE } else { SUREST };
        let confidence_percent = confidence_percent.min(surest);
        let source = if is_other { Source::Similar } else { found.source };
        Answer { category, source, confidence_percent, ..*found }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        account::AccountKind,
        categorize::{Question, Setting, answer},
        category,
    };

    fn of(key: &str) -> CategoryId {
        category::by_key(key).expect("known").id
    }

    fn found(descriptor: &str, amount_minor: i64) -> Answer {
        answer(&Question::of(descriptor, amount_minor, Setting { kind: AccountKind::Checking, country: Some(*b"US") }))
    }

    fn near(one: &str, other: &str) -> f32 {
        nearness(&telling(&Words::of(one)), &telling(&Words::of(other))).unwrap_or_default()
    }

    #[test]
    fn names_are_near_by_what_their_words_tell() {
        for (one, other, from, to) in [
            ("PLONKO ZED", "PLONKO ZED", 1.0, 1.0),
            ("ZED PLONKO", "POS PLONKO ZED #12 OAKLAND CA", 1.0, 1.0),
            // A branch.
            ("PLONKO ZEDRIK", "PLONKO ZEDRIK QUORRALTON", 0.6, 0.9),
            // The end is cut off; a letter is wrong, or it is another name.
            ("PLONKO ZEDRIK", "PLONKO ZED", 0.9, 1.0),
            ("PLONKORIA ZEDRIK", "PLONKARIA ZEDRIK", 0.7, 0.8),
            // One word of two.
            ("PLONKO HEXUM", "PLONKO VRXUM", 0.3, 0.4),
            // Words of many sellers, of trades and of banks tell little.
            ("FIRST NATIONAL QWYLLA", "FIRST NATIONAL PLONKO", 0.2, 0.4),
            ("UNIVERSITY PLONKO", "UNIVERSITY QWYLLA", 0.0, 0.0),
            ("CARD 77 PLONKO", "CARD 77 QWYLLA", 0.0, 0.0),
            ("PLO", "PLO", 1.0, 1.0),
            ("", "", 0.0, 0.0),
        ] {
            let both = [near(one, other), near(other, one)];
            assert!(both.iter().all(|near| (from..=to).contains(near)), "{one}, {other}: {both:?}");
        }
    }

    #[test]
    fn each_choice_is_heard_as_loud_as_its_name_is_near() {
        let [gifts, games] = [of("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES"), of("ENTERTAINMENT_VIDEO_GAMES")];
        let ask = |chosen: &[(&str, CategoryId)], descriptor, amount: i64| {
            let similar = Similar::of(chosen.iter().map(|(name, category)| (*name, false, *category)));
            let answer = similar.answer(&found(descriptor, amount), descriptor, amount > 0);
            (answer.category, answer.source, answer.confidence_percent)
        };
        let line = "PLONKO ZEDRIK QUORRALTON";
        let before = found(line, -900);
        let alone = (before.category, before.source, before.confidence_percent);
        assert_eq!(ask(&[], line, -900), alone);
        let (category, source, one) = ask(&[("PLONKO ZEDRIK", gifts)], line, -900);
        assert_eq!((category, source), (gifts, Source::Similar));
        assert!((55..=80).contains(&one), "{one}");
        // Several that agree are surer, and one that does not makes it less sure.
        let (_, _, two) = ask(&[("PLONKO ZEDRIK", gifts), ("PLONKO ZEDRIK VUXTON", gifts)], line, -900);
        let (_, _, but) = ask(&[("PLONKO ZEDRIK", gifts), ("PLONKO ZEDRIK VUXTON", games)], line, -900);
        assert!(two > one && but < one, "{one} {two} {but}");
        let many: Vec<String> = (0..50).map(|number| format!("PLONKO ZEDRIK {}", "VUX".repeat(number))).collect();
        let many: Vec<(&str, CategoryId)> = many.iter().map(|name| (name.as_str(), gifts)).collect();
        assert_eq!(ask(&many, line, -900).2, SUREST);
        // Money that comes in is something else, and so is another name.
        assert_ne!(ask(&[("PLONKO ZEDRIK", gifts)], line, 900).1, Source::Similar);
        assert_ne!(ask(&[("PLONKO HEXUM", gifts)], "PLONKO VRXUM ZEDRIK QUORRALTON", -900).1, Source::Similar);
    }

    #[test]
    fn what_is_found_is_heard_as_loud_as_it_is_sure() {
        let gifts = of("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES");
        let similar = Similar::of([("PLONKO ZEDRIK", false, gifts)]);
        let line = "PLONKO ZEDRIK QUORRALTON";
        let coffee = of("FOOD_AND_DRINK_COFFEE");
        let ask = |confidence_percent| {
            let found = Answer { category: coffee, source: Source::TradeWord, confidence_percent, ..found(line, -900) };
            similar.answer(&found, line, false)
        };
        for (before, source) in
            [(0, Source::Similar), (40, Source::Similar), (85, Source::TradeWord), (100, Source::TradeWord)]
        {
            assert_eq!(ask(before).source, source, "{before}");
        }
        // One name makes what is as good as certain no question.
        assert!((80..=95).contains(&ask(95).confidence_percent), "{}", ask(95).confidence_percent);
        let dentist = found("PLONKO ZEDRIK DENTISTRY", -900);
        assert_eq!(similar.answer(&dentist, "PLONKO ZEDRIK DENTISTRY", false).category, dentist.category);
    }

    proptest! {
        #[test]
        fn nearness_is_a_part_of_one_and_the_same_from_either_side(one in "([A-C]{1,9} ){0,9}", other in "([A-C]{1,9} ){0,9}") {
            let both = [near(&one, &other), near(&other, &one)];
            prop_assert!(both.iter().all(|near| (0.0..=1.0).contains(near)), "{:?}", both);
            let name = telling(&Words::of(&one));
            if let Some(near) = nearness(&name, &name) {
                prop_assert!((near - 1.0).abs() < 1e-6, "{}", near);
            }
        }

        #[test]
        fn whatever_was_chosen_the_answer_is_one_of_two(names in proptest::collection::vec("([A-C]{3,9} ?){1,3}", 0..9), line in "([A-C]{3,9} ?){1,3}") {
            let gifts = of("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES");
            let similar = Similar::of(names.iter().map(|name| (name.as_str(), false, gifts)));
            let before = found(&line, -900);
            let after = similar.answer(&before, &line, false);
            prop_assert!(after.category == before.category || (after.category, after.source) == (gifts, Source::Similar));
            prop_assert!(after.merchant == before.merchant && after.confidence_percent <= SUREST.max(before.confidence_percent));
        }
    }
}
