//! What the model learns from: names whose category is known, made to look like lines of banks.
//!
//! Nobody's account is in it. Names are drawn as consumers pay: the category by its share (`data/consumer.csv`), within it a name of the
//! lists of sellers, an invented name that a word of the trade stands in, a phrase of banks, or words of a merchant category's text. The
//! same seed draws the same lines.

use std::collections::HashMap;

use domain::{
    account::AccountKind,
    categorize::{self, Listed, Question, Setting},
    category::{self, CategoryId},
};

use crate::chance::Chance;

const CONSUMER: &str = include_str!("../data/consumer.csv");
const TEXTS: &str = include_str!("../data/merchant_category.csv");

/// Where the lines that the model is judged by come from; names of other countries teach it less.
const NEAR: [&[u8; 2]; 7] = [b"US", b"GB", b"AU", b"NZ", b"ZA", b"CA", b"IE"];
/// How many of the lines say nothing but whom nobody knows.
const NAMELESS: f64 = 0.15;
/// How long banks leave a descriptor.
const LENGTHS: [usize; 5] = [16, 18, 22, 25, 28];

/// A line to learn from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// What a bank might write.
    pub descriptor: String,
    /// Negative: spent.
    pub amount_minor: i64,
    /// The category, as a number of its class.
    pub class: usize,
}

impl Example {
    /// As the categorizer is asked.
    #[must_use]
    pub fn question(&self) -> Question<'_> {
        let setting = Setting { kind: AccountKind::Checking, country: Some(*b"US") };
        Question::of(&self.descriptor, self.amount_minor, setting)
    }
}

/// A category and everything that is known of it.
#[derive(Debug)]
struct Class {
    category: CategoryId,
    /// Natural logarithm of the typical amount in cents, and its spread.
    amount: (f64, f64),
    names: Weighted<String>,
    trades: Weighted<&'static str>,
    phrases: Weighted<&'static str>,
    texts: Weighted<&'static str>,
}

impl Class {
    fn is_of(&self, group: &str) -> bool {
        category::group(self.category) == category::by_key(group).map(|group| group.id)
    }

    /// Whether it is paid to many whose names say nothing.
    fn has_nameless(&self) -> bool {
        let groups = ["FOOD_AND_DRINK", "GENERAL_MERCHANDISE", "PERSONAL_CARE", "ENTERTAINMENT", "GENERAL_SERVICES"];
        groups.into_iter().any(|group| self.is_of(group))
    }
}

/// Things that are drawn as often as they weigh.
#[derive(Debug)]
struct Weighted<T> {
    all: Vec<(f64, T)>,
    total: f64,
}

impl<T> Default for Weighted<T> {
    fn default() -> Self {
        Self { all: Vec::new(), total: 0.0 }
    }
}

impl<T> Weighted<T> {
    fn add(&mut self, weight: f64, one: T) {
        self.total += weight;
        self.all.push((self.total, one));
    }

    fn draw(&self, chance: &mut Chance) -> Option<&T> {
        let at = chance.part() * self.total;
        let place = self.all.partition_point(|(upto, _)| *upto <= at);
        self.all.get(place).or(self.all.last()).map(|(_, one)| one)
    }
}

/// Which sellers are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of them: for the model that is shipped.
    All,
    /// All but one in ten: to measure on the others.
    Learned,
    /// That one in ten, which no other part has seen.
    HeldOut,
}

impl Part {
    fn has(self, listed: &Listed) -> bool {
        let is_held_out = Chance::new(listed.id.0.cast_unsigned()).below(10) == 0;
        match self {
            Self::All => true,
            Self::Learned => !is_held_out,
            Self::HeldOut => is_held_out,
        }
    }
}

/// Everything there is to learn from.
#[derive(Debug)]
pub struct Corpus {
    classes: Vec<Class>,
    shares: Weighted<usize>,
    /// Words of names, to invent names with.
    fillers: Vec<String>,
    part: Part,
}

impl Corpus {
    /// A part of it.
    ///
    /// # Panics
    /// When a file that is built in is wrong: a test reads every one.
    #[must_use]
    pub fn of(part: Part) -> Self {
        let mut corpus = Self { classes: Vec::new(), shares: Weighted::default(), fillers: Vec::new(), part };
        let mut places: HashMap<CategoryId, usize> = HashMap::new();
        for line in CONSUMER.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split(',');
            let mut field = || fields.next().expect("four fields");
            let category = category::by_key(field()).expect("a key of the file is a category's").id;
            let mut number = || field().parse::<f64>().expect("a number");
            let (share, typical, spread) = (number(), number(), number());
            places.insert(category, corpus.classes.len());
            corpus.shares.add(share, corpus.classes.len());
            corpus.classes.push(Class {
                category,
                amount: ((typical * 100.0).ln(), spread),
                names: Weighted::default(),
                trades: Weighted::default(),
                phrases: Weighted::default(),
                texts: Weighted::default(),
            });
        }
        corpus.take_names(&places);
        for (word, category, strength) in categorize::trade_words() {
            if let Some(at) = places.get(&category) {
                corpus.classes[*at].trades.add([0.0, 0.15, 0.5, 1.0][usize::from(strength.min(3))], word);
            }
        }
        for (phrase, category) in categorize::phrases() {
            if let Some(at) = places.get(&category) {
                corpus.classes[*at].phrases.add(1.0, phrase);
            }
        }
        for line in TEXTS.lines().filter(|line| !line.starts_with('#')) {
            let (text, key) = line.rsplit_once(',').expect("two fields");
            if let Some(at) = category::by_key(key).and_then(|category| places.get(&category.id)) {
                corpus.classes[*at].texts.add(1.0, text.trim_matches('"'));
            }
        }
        corpus
    }

    fn take_names(&mut self, places: &HashMap<CategoryId, usize>) {
        for listed in categorize::listed() {
            let Some(class) = places.get(&listed.category) else { continue };
            let is_everywhere = listed.countries().next().is_none();
            let is_near = is_everywhere || listed.countries().any(|code| NEAR.contains(&&code));
            let weight = match (listed.is_well_known(), is_near) {
                (true, true) => 4.0,
                (true, false) | (false, true) => 1.0,
                (false, false) => 0.15,
            };
            for (spelling, _) in listed.spellings().take(3).filter(|(spelling, _)| spelling.is_ascii()) {
                let filler =
                    spelling.split(' ').find(|word| word.len() >= 4 && categorize::normalize::spelled(word) == *word);
                if let Some(filler) = filler.filter(|word| is_near && !categorize::normalize::names_nobody(word)) {
                    self.fillers.push(filler.to_owned());
                }
                if self.part.has(&listed) {
                    self.classes[*class].names.add(weight, spelling.to_owned());
                }
            }
        }
    }

    /// The categories, by class.
    #[must_use]
    pub fn categories(&self) -> Vec<CategoryId> {
        self.classes.iter().map(|class| class.category).collect()
    }

    /// A line, drawn as consumers pay.
    ///
    /// # Panics
    /// When the file of categories is empty, which is built in.
    pub fn draw(&self, chance: &mut Chance) -> Example {
        let number = *self.shares.draw(chance).expect("categories of the file");
        let class = &self.classes[number];
        let text = match self.part {
            Part::HeldOut => class.names.draw(chance).cloned().or_else(|| self.invented(class, chance)),
            _ => self.text(class, chance),
        };
        let descriptor = self.disguised(class, &text.unwrap_or_else(|| self.filler(chance)), chance);
        let (middle, spread) = class.amount;
        #[expect(clippy::cast_possible_truncation, reason = "an amount of cents")]
        let cents = (middle + spread * chance.normal()).exp() as i64;
        Example { descriptor, amount_minor: -cents.max(1), class: number }
    }

    fn text(&self, class: &Class, chance: &mut Chance) -> Option<String> {
        if chance.is(NAMELESS) && class.has_nameless() {
            return Some(format!("{} {}", self.filler(chance), self.filler(chance)));
        }
        let drawn = chance.part();
        let by_name = || class.names.all.len() >= 20;
        let text = if drawn < 0.45 && by_name() {
            class.names.draw(chance).cloned()
        } else if drawn < 0.85 {
            self.invented(class, chance)
        } else if drawn < 0.93 {
            class.texts.draw(chance).map(|text| some_words(text, chance))
        } else {
            class.phrases.draw(chance).map(|phrase| (*phrase).to_owned())
        };
        text.or_else(|| class.names.draw(chance).cloned())
            .or_else(|| class.phrases.draw(chance).map(|it| (*it).to_owned()))
    }

    fn filler(&self, chance: &mut Chance) -> String {
        self.fillers[chance.below(self.fillers.len())].clone()
    }

    /// A name that nobody bears, with a word of the trade in it.
    fn invented(&self, class: &Class, chance: &mut Chance) -> Option<String> {
        let word = *class.trades.draw(chance)?;
        let other = self.filler(chance);
        Some(match word.strip_prefix('*') {
            Some(ending) => format!("{other}{ending}"),
            None => match chance.below(8) {
                0 | 1 => format!("{other} {word}"),
                2 => format!("{other} {} {word}", self.filler(chance)),
                3 => format!("{word} {other}"),
                4 => format!("THE {other} {word}"),
                5 => format!("{word} {} {other}", ["OF", "AT", "DE", "ON"][chance.below(4)]),
                6 => format!("{other}S {word}"),
                _ => word.to_owned(),
            },
        })
    }

    /// As a bank might write it.
    fn disguised(&self, class: &Class, name: &str, chance: &mut Chance) -> String {
        let mut text = name.to_ascii_uppercase();
        if chance.is(0.07) {
            text = text.replace(' ', "");
        } else if chance.is(0.10)
            && let Some((most, _)) = text.rsplit_once(' ')
        {
            text = most.to_owned();
        }
        if chance.is(0.08) {
            text.push_str(".COM");
        }
        if chance.is(0.25) {
            text = format!("{text} {}", self.filler(chance));
        }
        if chance.is(0.35) {
            text = format!("{text} {}", 100 + chance.below(9_900));
        }
        if chance.is(0.20) {
            // Whose machines stand where: restaurants have their own, shops on the web another.
            let machines: &[&str] = if class.is_of("FOOD_AND_DRINK") {
                &["SQ *", "SQ *", "SQ *", "TST* ", "TST* ", "SUMUP *", "ZETTLE_*"]
            } else if class.is_of("GENERAL_MERCHANDISE") {
                &["SQ *", "SP ", "SP ", "PAYPAL *", "PAYPAL *", "SUMUP *", "ZETTLE_*"]
            } else if class.is_of("PERSONAL_CARE") || class.is_of("ENTERTAINMENT") {
                &["SQ *", "PAYPAL *", "SUMUP *", "EB *"]
            } else {
                &["POS PURCHASE ", "POS PURCHASE ", "PAYPAL *", "SQ *"]
            };
            text = format!("{}{text}", machines[chance.below(machines.len())]);
        }
        if chance.is(0.35) {
            let length = LENGTHS[chance.below(LENGTHS.len())];
            text = text.chars().take(length).collect();
        }
        text
    }
}

/// One to three words of a text that stand side by side.
fn some_words(text: &str, chance: &mut Chance) -> String {
    let words: Vec<&str> = text.split([' ', ',', '/', '-']).filter(|word| word.len() > 2).collect();
    if words.is_empty() {
        return text.to_owned();
    }
    let from = chance.below(words.len());
    let length = (1 + chance.below(3)).min(words.len() - from);
    words[from..from + length].join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_category_of_spending_has_a_share_and_something_to_draw() {
        let corpus = Corpus::of(Part::All);
        let classes = corpus.categories();
        let is_income = |key: &str| key.starts_with("INCOME") || key.starts_with("TRANSFER_IN");
        let missing: Vec<&str> = category::all()
            .iter()
            .filter(|it| it.parent.is_some() && !is_income(it.key) && !classes.contains(&it.id))
            .map(|it| it.key)
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
        for class in &corpus.classes {
            let sources =
                [class.names.all.len(), class.trades.all.len(), class.phrases.all.len(), class.texts.all.len()];
            assert!(sources.iter().sum::<usize>() > 0, "{:?}", class.category);
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_lines_and_held_out_names_are_never_learned() {
        let draw = |part| {
            let (corpus, mut chance) = (Corpus::of(part), Chance::new(3));
            (0..50).map(|_| corpus.draw(&mut chance)).collect::<Vec<_>>()
        };
        assert_eq!(draw(Part::Learned), draw(Part::Learned));
        assert!(draw(Part::Learned).iter().all(|example| example.amount_minor < 0 && !example.descriptor.is_empty()));
        let names = |part| {
            let classes = Corpus::of(part).classes;
            classes.into_iter().flat_map(|class| class.names.all).map(|(_, name)| name).collect::<Vec<_>>()
        };
        let (all, learned, held_out) = (names(Part::All), names(Part::Learned), names(Part::HeldOut));
        assert_eq!(all.len(), learned.len() + held_out.len());
        assert!(held_out.len() * 20 > all.len() && held_out.len() * 5 < all.len());
    }
}
