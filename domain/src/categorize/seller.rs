//! The built-in lists of sellers, and which of them a descriptor speaks of.
//!
//! Two lists: the well-known sellers, written by hand with their spellings, and under them the world's, collected from open data. The
//! second has breadth and little else: what it says is believed where the whole name fits, and where it is not far from home.

use std::{cmp::Ordering, sync::OnceLock};

use super::{
    guard::{Countries, Hit, Home, MOST_COUNTRIES, Nearness, Place},
    near::Near,
    normalize::Name,
    table::{Sequences, rows, word_hash},
    trade,
    words::{Span, Words, words},
};
use crate::{
    category::{self, CategoryId},
    merchant::MerchantId,
};

/// The files of well-known sellers, each with a block of ten thousand numbers of its own.
const KNOWN: [&str; 10] = [
    include_str!("../../data/seller/food.csv"),
    include_str!("../../data/seller/restaurant.csv"),
    include_str!("../../data/seller/retail.csv"),
    include_str!("../../data/seller/transport.csv"),
    include_str!("../../data/seller/travel.csv"),
    include_str!("../../data/seller/home.csv"),
    include_str!("../../data/seller/digital.csv"),
    include_str!("../../data/seller/health.csv"),
    include_str!("../../data/seller/service.csv"),
    include_str!("../../data/seller/finance.csv"),
];
/// The world's sellers, behind all of them.
const WORLD: &str = include_str!("../../data/seller/world.csv");
/// The number of the first of them; the last one is below a million.
pub const FIRST_OF_WORLD: i64 = 200_001;

/// Whether a seller of the lists is one of the well-known.
pub(super) const fn is_well_known(seller: MerchantId) -> bool {
    0 < seller.0 && seller.0 < FIRST_OF_WORLD
}

/// A line of the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number, for ever.
    pub id: MerchantId,
    /// What people call it.
    pub name: &'static str,
    /// The category of what is paid to it.
    pub category: CategoryId,
    /// Of money that comes from it; `None`: a refund, of the same category.
    pub category_in: Option<CategoryId>,
    countries: &'static str,
    spellings: &'static str,
}

impl Listed {
    fn read(file: &'static str) -> impl Iterator<Item = Self> {
        rows(file).map(|[id, name, key, key_in, countries, spellings]| Self {
            id: MerchantId(id.parse().expect("an id of the file is a number")),
            name,
            category: category::by_key(key).expect("a key of the file is a category's").id,
            category_in: category::by_key(key_in).map(|category| category.id),
            countries,
            spellings,
        })
    }

    /// Whether it is one of the well-known.
    #[must_use]
    pub fn is_well_known(&self) -> bool {
        is_well_known(self.id)
    }

    /// Where it is: codes of ISO 3166 in capitals. None: everywhere.
    ///
    /// # Panics
    /// When a code of the files has not two letters: a test reads every one.
    pub fn countries(&self) -> impl Iterator<Item = [u8; 2]> + use<> {
        self.countries.split_whitespace().map(|code| code.as_bytes().try_into().expect("two letters"))
    }

    /// How banks write it, and whether that counts only as the whole name.
    pub fn spellings(&self) -> impl Iterator<Item = (&'static str, bool)> + use<> {
        let all = self.spellings.split('|').filter(|spelling| !spelling.is_empty());
        all.map(|spelling| spelling.strip_prefix('=').map_or((spelling, false), |text| (text, true)))
    }
}

/// The well-known sellers, then the world's, by their numbers.
pub fn listed() -> impl Iterator<Item = Listed> {
    KNOWN.into_iter().chain([WORLD]).flat_map(Listed::read)
}

/// A seller of the lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seller {
    id: u32,
    category: u16,
    /// Of money that comes in; a refund of a seller without one, which is 0, keeps the category.
    category_in: u16,
    /// Which of the sets of countries.
    countries: u16,
    name: &'static str,
}

impl Seller {
    /// Its number.
    pub(super) fn id(&self) -> MerchantId {
        MerchantId(i64::from(self.id))
    }

    /// The category of money to or from it.
    pub(super) fn category(&self, amount_minor: i64) -> CategoryId {
        let of = if amount_minor > 0 && self.category_in != 0 { self.category_in } else { self.category };
        CategoryId(i32::from(of))
    }

    fn is_well_known(&self) -> bool {
        is_well_known(self.id())
    }
}

/// A way to write a seller.
#[derive(Clone, Copy)]
pub(super) struct Spelling {
    seller: u32,
    /// Counts only when it is the whole name: a common word.
    pub(super) whole: bool,
    /// Words of another spelling, written as one.
    pub(super) joined: bool,
}

/// Spellings of the same words, which stand side by side.
#[derive(Clone, Copy)]
struct Run {
    start: u32,
    end: u32,
}

/// The lists with their index.
pub(crate) struct Catalog {
    /// By their numbers.
    sellers: Vec<Seller>,
    spellings: Vec<Spelling>,
    runs: Sequences<Run>,
    near: Near,
    /// How many spellings a word is in. Words are counted by their hash, two of one place together: a few count for commoner than they are.
    common: Vec<u16>,
    countries: Vec<[u8; 2]>,
    sets: Vec<Countries>,
}

/// A seller found, with how sure that is, in percent.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) seller: Seller,
    pub(super) confidence_percent: u8,
    /// The words that are its spelling.
    pub(super) span: Span,
}

impl Found {
    /// Whether nothing of a name is left beside it.
    pub(super) fn is_all_of(&self, name: Name) -> bool {
        self.span.start <= name.start && self.span.end >= name.end
    }
}

/// The lists, read once.
pub(crate) fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::of(listed()))
}

/// Places in which the spellings of words are counted.
const WORD_PLACES: usize = 1 << 17;

/// Where the spellings of a word are counted.
fn word_place(word: u64) -> usize {
    usize::try_from(word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 47).unwrap_or_default() % WORD_PLACES
}

/// Letters that a spelling of several words has at least to be found where they are written as one.
const JOINED_LETTERS: usize = 7;

/// Less than is certain: the model is asked too.
const UNSURE: u8 = 60;
/// Banks leave that many letters at least.
const CUT_FROM: usize = 14;

impl Catalog {
    fn of(listed: impl Iterator<Item = Listed>) -> Self {
        let mut catalog = Self {
            sellers: Vec::new(),
            spellings: Vec::new(),
            runs: Sequences::new(),
            near: Near::of(Vec::new()),
            common: vec![0; WORD_PLACES],
            countries: Vec::new(),
            sets: vec![Countries::default()],
        };
        let mut spelled: Vec<(Vec<u64>, Spelling)> = Vec::new();
        // What nobody has written down: the name alone, and several words written as one.
        let mut derived: Vec<(Vec<u64>, Spelling)> = Vec::new();
        let mut texts: Vec<(&'static str, u32)> = Vec::new();
        for listed in listed {
            let seller = u32::try_from(catalog.sellers.len()).expect("the lists are short");
            let row = catalog.row(&listed);
            catalog.sellers.push(row);
            for (text, whole) in listed.spellings() {
                spelled.push((words(text), Spelling { seller, whole, joined: false }));
                texts.push((text, seller));
                let one: String = text.split(' ').collect();
                let is_long = one.len() >= JOINED_LETTERS && !one.bytes().any(|byte| byte.is_ascii_digit());
                if listed.is_well_known() && text.contains(' ') && is_long {
                    derived.push((vec![word_hash(one.as_bytes())], Spelling { seller, whole, joined: true }));
                }
            }
            if listed.is_well_known() {
                derived.push((words(listed.name), Spelling { seller, whole: true, joined: false }));
            }
        }
        let written = spelled.len();
        for word in spelled.iter().flat_map(|(words, _)| words) {
            let count = &mut catalog.common[word_place(*word)];
            *count = count.saturating_add(1);
        }
        spelled.append(&mut derived);
        // In the order of the files where the words are the same, and what is derived behind what is written.
        let mut order: Vec<usize> = (0..spelled.len()).collect();
        order.sort_by(|a, b| spelled[*a].0.cmp(&spelled[*b].0).then(a.cmp(b)));
        for same in order.chunk_by(|a, b| spelled[*a].0 == spelled[*b].0) {
            let start = catalog.spellings.len();
            for at in same {
                let spelling = spelled[*at].1;
                let is_taken =
                    |it: &Spelling| it.seller == spelling.seller || catalog.sellers[it.seller as usize].is_well_known();
                if *at < written || !catalog.spellings[start..].iter().any(is_taken) {
                    catalog.spellings.push(spelling);
                }
            }
            let place = |at: usize| u32::try_from(at).expect("the lists are short");
            let run = Run { start: place(start), end: place(catalog.spellings.len()) };
            catalog.runs.entry(&spelled[same[0]].0).or_insert(run);
        }
        catalog.sellers.shrink_to_fit();
        catalog.spellings.shrink_to_fit();
        catalog.runs.shrink_to_fit();
        catalog.near = Near::of(texts);
        catalog
    }

    fn row(&mut self, listed: &Listed) -> Seller {
        let mut set = Countries::default();
        for code in listed.countries() {
            let bit = self.countries.iter().position(|known| *known == code).unwrap_or_else(|| {
                assert!(self.countries.len() < MOST_COUNTRIES, "too many countries");
                self.countries.push(code);
                self.countries.len() - 1
            });
            set[bit / 64] |= 1 << (bit % 64);
        }
        // The newest sets are the likeliest ones.
        let countries = self.sets.iter().rposition(|known| *known == set).unwrap_or_else(|| {
            self.sets.push(set);
            self.sets.len() - 1
        });
        let number = |category: CategoryId| u16::try_from(category.0).expect("a category of the file is below 10,000");
        Seller {
            id: u32::try_from(listed.id.0).expect("an id of the file is short"),
            category: number(listed.category),
            category_in: listed.category_in.map_or(0, number),
            countries: u16::try_from(countries).expect("fewer sets than that"),
            name: listed.name,
        }
    }

    /// What is known of where a line comes from.
    fn home(&self, codes: [Option<[u8; 2]>; 2]) -> Home {
        let mut home = Home { countries: Countries::default(), is_known: false };
        for code in codes.into_iter().flatten() {
            home.is_known = true;
            if let Some(bit) = self.countries.iter().position(|known| *known == code) {
                home.countries[bit / 64] |= 1 << (bit % 64);
            }
        }
        home
    }

    /// The name of a seller.
    pub(crate) fn name(&self, id: MerchantId) -> Option<&'static str> {
        let at = self.sellers.binary_search_by_key(&id.0, |seller| i64::from(seller.id)).ok()?;
        Some(self.sellers[at].name)
    }

    /// How much it tells that two names share a word: the logarithm of how many times rarer it is than any (its inverse document frequency, Spärck
    /// Jones, 1972), among the spellings of the lists.
    pub(super) fn tells(&self, word: u64) -> f32 {
        let count = self.common[word_place(word)].max(1);
        let sellers = u16::try_from(self.sellers.len()).unwrap_or(u16::MAX);
        (f32::from(sellers) / (f32::from(count) + 1.0)).ln()
    }

    /// The seller that words speak of.
    pub(super) fn find(&self, words: &Words, name: Name, country: Option<[u8; 2]>) -> Option<Found> {
        let home = self.home([country, words.country()]);
        // As the bank wrote it, because billing forms look like noise; then without what stands before the name.
        let mut tried = [usize::MAX; 3];
        for (turn, start) in [0, name.lead, name.start].into_iter().enumerate() {
            if !tried.contains(&start)
                && let Some(found) = self.at(words, start, name, home)
            {
                return Some(found);
            }
            tried[turn] = start;
        }
        (name.start + 1..name.end)
            .find_map(|start| self.at(words, start, name, home))
            .or_else(|| self.nearly(words, name, home))
    }

    /// The seller whose spelling the whole name nearly is. Of several the surest, and nobody where they do not sell the same.
    fn nearly(&self, words: &Words, name: Name, home: Home) -> Option<Found> {
        let text = words.text(name.start, name.end);
        // Where nothing stands behind the name, the end of the descriptor may have cut it off.
        let may_be_cut = name.end == words.len() && words.text(0, name.end).len() >= CUT_FROM;
        let cut = may_be_cut.then(|| self.near.cut(text)).into_iter().flatten();
        let mut best: Option<Found> = None;
        for seller in cut.chain(self.near.slipped(text)).map(|at| self.sellers[at as usize]) {
            let near = home.nearness(seller.countries, &self.sets);
            let sure = match (near, seller.is_well_known()) {
                (Nearness::Abroad, _) | (Nearness::Unknown, false) => continue,
                // Less than is certain: the model is asked too.
                (Nearness::Home, true) => 68,
                (_, true) => 60,
                (Nearness::Home, false) => 55,
                (_, false) => 45,
            };
            // What is in no sum is not guessed.
            if category::is_transfer(seller.category(0)) {
                continue;
            }
            if best.as_ref().is_some_and(|best| best.seller.category(0) != seller.category(0)) {
                return None;
            }
            if best.as_ref().is_none_or(|best| sure > best.confidence_percent) {
                best = Some(Found { seller, confidence_percent: sure, span: name.start..name.end });
            }
        }
        best.filter(|found| !other_trade(words, name.start, name.end, found.seller))
    }

    /// The best seller whose spelling begins at a word, the longest spelling first.
    fn at(&self, words: &Words, start: usize, name: Name, home: Home) -> Option<Found> {
        let place = match start.cmp(&name.start) {
            Ordering::Less => Place::Before,
            Ordering::Equal => Place::Beginning,
            Ordering::Greater => Place::Inside,
        };
        let mut world = None;
        // `THE CHURCHILL` is a pub.
        let is_behind_the = start > 0 && words.text(start - 1, start) == "THE";
        for (length, run) in self.runs.starting(&words.hashes()[start..]) {
            // A part of what only says how it was paid, as the Google of `GOOGLE PAY`.
            if place == Place::Before && start + length < name.lead {
                continue;
            }
            let mut hit = Hit {
                words: length,
                letters: words.text(start, start + length).len(),
                full: start + length >= name.end,
                place,
                after_star: words.after_star(start),
                is_behind_the,
                nearness: Nearness::Unknown,
            };
            let best = self.spellings[run.start as usize..run.end as usize]
                .iter()
                .filter_map(|spelling| {
                    let seller = self.sellers[spelling.seller as usize];
                    hit.nearness = home.nearness(seller.countries, &self.sets);
                    let sure = if seller.is_well_known() { hit.of_known(*spelling) } else { hit.of_world(*spelling) };
                    // A name that goes on may be another's, and what is taken for a transfer is in no sum.
                    let is_moved = length == 1 && !hit.full && category::is_transfer(seller.category(0));
                    let sure = sure.map(|sure| if is_moved { sure.min(UNSURE) } else { sure });
                    sure.map(|sure| (sure, seller))
                })
                .reduce(|best, other| if other.0 > best.0 { other } else { best });
            if let Some((confidence_percent, seller)) = best
                && ((length > 1 && seller.is_well_known())
                    || hit.full
                    || !other_trade(words, start + length, name.end, seller))
            {
                let found = Found { seller, confidence_percent, span: start..start + length };
                // A well-known seller whose name another one begins with is meant.
                if seller.is_well_known() {
                    return Some(found);
                }
                world.get_or_insert(found);
            }
        }
        world
    }
}

/// Whether the words behind a spelling name another trade: the Mercury of `MERCURY CAFE` sells no electricity.
fn other_trade(words: &Words, start: usize, end: usize, seller: Seller) -> bool {
    trade::strongest(words, start, end).is_some_and(|(trade, _)| {
        trade.strength == 3 && category::group(trade.category) != category::group(seller.category(0))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn the_files_are_sorted_and_say_nothing_twice() {
        let mut names: HashSet<(&str, &str)> = HashSet::new();
        let mut spelled: HashMap<&str, Vec<(Listed, bool)>> = HashMap::new();
        let mut counts = [0, 0];
        let blocks = KNOWN.into_iter().zip((1..).map(|block| block * 10_000..(block + 1) * 10_000));
        for (file, numbers) in blocks.chain([(WORLD, FIRST_OF_WORLD..1_000_000)]) {
            let mut last = 0;
            for listed in Listed::read(file) {
                let name = listed.name;
                assert!(listed.id.0 > last, "{name} is not behind the one before it");
                assert!(numbers.contains(&listed.id.0), "{name} stands in another file's block");
                last = listed.id.0;
                let is_known = listed.is_well_known();
                counts[usize::from(is_known)] += 1;
                for category in [Some(listed.category), listed.category_in].into_iter().flatten() {
                    assert!(category::get(category).is_some_and(|it| it.parent.is_some()), "{name}: {category:?}");
                }
                assert!(!is_known || names.insert((name, listed.countries)), "{name} stands twice");
                assert!(!is_known || listed.spellings().next().is_some(), "{name} is spelled in no way");
                for (spelling, _) in listed.spellings() {
                    let count = words(spelling).len();
                    assert!((1..=super::super::table::MAX_WORDS).contains(&count), "{name}: {spelling}");
                    let others = spelled.entry(spelling).or_default();
                    for (other, _) in others.iter().filter(|(_, other_is_known)| *other_is_known == is_known) {
                        assert!(!overlap(other, &listed), "{spelling} is spelled by {name} and {}", other.name);
                    }
                    others.push((listed, is_known));
                }
            }
        }
        assert_eq!(catalog().sellers.len(), counts[0] + counts[1]);
        assert!(counts[1] >= 6_000 && counts[0] + counts[1] >= 50_000, "{counts:?}");
    }

    fn overlap(one: &Listed, other: &Listed) -> bool {
        let everywhere = |listed: &Listed| listed.countries().next().is_none();
        (everywhere(one) && everywhere(other)) || one.countries().any(|code| other.countries().any(|it| it == code))
    }
}
