//! The built-in list of sellers, and which of them a descriptor speaks of.

use std::sync::OnceLock;

use super::{
    normalize::Name,
    table::{ByHash, Sequences, rows, word_hash},
    trade,
    words::{Words, words},
};
use crate::{
    category::{self, CategoryId},
    merchant::MerchantId,
};

/// The files, each with a block of ten thousand numbers of its own.
const FILES: [&str; 10] = [
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

/// A set of the countries that the list knows: a bit each.
type Countries = u32;

/// A seller of the list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seller {
    pub(super) id: MerchantId,
    name: &'static str,
    category: CategoryId,
    /// Of money that comes in; a refund of a seller without one keeps the category.
    category_in: Option<CategoryId>,
    /// Empty: everywhere.
    countries: Countries,
}

impl Seller {
    /// The category of money to or from it.
    pub(super) fn category(&self, amount_minor: i64) -> CategoryId {
        self.category_in.filter(|_| amount_minor > 0).unwrap_or(self.category)
    }
}

/// A way to write a seller.
#[derive(Clone, Copy)]
struct Spelling {
    seller: u32,
    /// Counts only when it is the whole name: a common word.
    whole: bool,
    /// Words of another spelling, written as one.
    joined: bool,
}

/// The list with its index.
pub(crate) struct Catalog {
    sellers: Vec<Seller>,
    by_id: ByHash<u32>,
    spellings: Sequences<Vec<Spelling>>,
    countries: Vec<[u8; 2]>,
}

/// A seller found, with how sure that is, in percent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) seller: Seller,
    pub(super) confidence_percent: u8,
}

/// The list, read once.
pub(crate) fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::read(&FILES))
}

impl Catalog {
    fn read(files: &[&'static str]) -> Self {
        let mut catalog = Self {
            sellers: Vec::with_capacity(8_192),
            by_id: ByHash::default(),
            spellings: Sequences::new(),
            countries: Vec::new(),
        };
        let mut joined = Vec::new();
        for [id, name, key, key_in, countries, spellings] in files.iter().flat_map(|file| rows(file)) {
            let at = u32::try_from(catalog.sellers.len()).expect("the list is short");
            let id: i64 = id.parse().expect("an id of the file is a number");
            let countries = countries.split_whitespace().fold(0, |set, code| set | catalog.bit_of_listed(code));
            catalog.sellers.push(Seller {
                id: MerchantId(id),
                name,
                category: category::by_key(key).expect("a key of the file is a category's").id,
                category_in: category::by_key(key_in).map(|category| category.id),
                countries,
            });
            catalog.by_id.insert(id.cast_unsigned(), at);
            for spelling in spellings.split('|') {
                let (text, whole) = spelling.strip_prefix('=').map_or((spelling, false), |text| (text, true));
                catalog.spellings.entry(&words(text)).or_default().push(Spelling { seller: at, whole, joined: false });
                let one: String = text.split(' ').collect();
                if text.contains(' ') && one.len() >= 7 && !one.bytes().any(|byte| byte.is_ascii_digit()) {
                    joined.push((word_hash(one.as_bytes()), Spelling { seller: at, whole, joined: true }));
                }
            }
        }
        for (word, spelling) in joined {
            let here = catalog.spellings.entry(&[word]).or_default();
            if !here.iter().any(|it| !it.joined || it.seller == spelling.seller) {
                here.push(spelling);
            }
        }
        catalog
    }

    fn bit_of_listed(&mut self, code: &str) -> Countries {
        let code: [u8; 2] = code.as_bytes().try_into().expect("a country of the file has two letters");
        if !self.countries.contains(&code) {
            self.countries.push(code);
        }
        self.bit(code)
    }

    /// The bit of a country; for one that no seller is listed for a bit that no seller has.
    fn bit(&self, code: [u8; 2]) -> Countries {
        self.countries.iter().position(|known| *known == code).map_or(1 << 31, |at| 1 << at)
    }

    /// The name of a seller.
    pub(crate) fn name(&self, id: MerchantId) -> Option<&'static str> {
        let at = self.by_id.get(&id.0.cast_unsigned())?;
        Some(self.sellers[*at as usize].name)
    }

    /// The seller that words speak of.
    pub(super) fn find(&self, words: &Words, name: Name, country: Option<[u8; 2]>) -> Option<Found> {
        let home = country.map_or(0, |code| self.bit(code)) | words.country().map_or(0, |code| self.bit(code));
        // As the bank wrote it, because billing forms look like noise; then without what stands before the name.
        let mut tried = [usize::MAX; 3];
        for (turn, start) in [0, name.lead, name.start].into_iter().enumerate() {
            if !tried.contains(&start)
                && let Some(found) = self.at(words, start, name, home, false)
            {
                return Some(found);
            }
            tried[turn] = start;
        }
        (name.start + 1..name.end).find_map(|start| self.at(words, start, name, home, true))
    }

    /// The best seller whose spelling begins at a word, the longest spelling first.
    fn at(&self, words: &Words, start: usize, name: Name, home: Countries, inside: bool) -> Option<Found> {
        for (length, spellings) in self.spellings.starting(&words.hashes()[start..]) {
            let hit = Hit {
                words: length,
                letters: words.text(start, start + length).len(),
                full: start + length >= name.end,
                inside,
                after_star: words.after_star(start),
                home,
            };
            let best = spellings
                .iter()
                .filter_map(|spelling| {
                    let seller = self.sellers[spelling.seller as usize];
                    hit.confidence_percent(*spelling, seller.countries).map(|sure| (sure, seller))
                })
                .reduce(|best, other| if other.0 > best.0 { other } else { best });
            if let Some((confidence_percent, seller)) = best
                && (length > 1 || hit.full || !other_trade(words, start + 1, name.end, seller))
            {
                return Some(Found { seller, confidence_percent });
            }
        }
        None
    }
}

/// Whether the words behind a single word name another trade: the Mercury of `MERCURY CAFE` sells no electricity.
fn other_trade(words: &Words, start: usize, end: usize, seller: Seller) -> bool {
    trade::strongest(words, start, end)
        .is_some_and(|trade| trade.strength == 3 && category::group(trade.category) != category::group(seller.category))
}

/// How a spelling was met.
struct Hit {
    words: usize,
    letters: usize,
    /// Nothing of the name is left behind it.
    full: bool,
    /// It stands inside the name, not at its beginning.
    inside: bool,
    /// An asterisk stands before it.
    after_star: bool,
    /// The countries that the question speaks of; empty: unknown.
    home: Countries,
}

impl Hit {
    /// How sure a seller of some countries is; `None` when a guard refuses it. Measured on names of open data: a full name in its
    /// own country is right in nine of ten, a single word of another country in one of six.
    fn confidence_percent(&self, spelling: Spelling, countries: Countries) -> Option<u8> {
        let one_word = self.words == 1;
        if (spelling.whole && !self.full) || (spelling.joined && self.inside) {
            return None;
        }
        let sure: u8 = match (self.full, one_word) {
            (true, false) => 95,
            (true, true) => 91,
            (false, false) => 89,
            (false, true) if self.letters >= 5 => 83,
            (false, true) => 75,
        };
        let sure = if countries == 0 {
            sure
        } else if countries & self.home != 0 {
            sure + 3
        } else if self.home == 0 {
            if one_word && !self.full && self.letters < 4 {
                return None;
            }
            sure - 8
        } else {
            let long = if self.full { self.letters >= 6 } else { self.letters >= 9 };
            if self.inside || !long || spelling.whole {
                return None;
            }
            sure - 25
        };
        if !self.inside {
            return Some(sure);
        }
        let long = if one_word { self.letters >= 8 || self.after_star } else { self.letters >= 7 };
        (!spelling.whole && long).then_some(sure - 18)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn the_files_are_sorted_and_say_nothing_twice() {
        let mut names: HashSet<(&str, &str)> = HashSet::new();
        let mut spelled: HashMap<Vec<u64>, Vec<(Countries, &str)>> = HashMap::new();
        let catalog = catalog();
        let mut count = 0;
        for (block, file) in FILES.iter().enumerate() {
            let mut last = 0;
            for [id, name, key, key_in, countries, spellings] in rows(file) {
                let id: i64 = id.parse().expect("a number");
                assert!(id > last, "{name} is not behind the one before it");
                assert!(id > 10_000, "{name} stands in the block of categories");
                assert_eq!(id / 10_000, FIRST_BLOCK[block], "{name} stands in another file's block");
                last = id;
                count += 1;
                for key in [key, key_in].into_iter().filter(|key| !key.is_empty()) {
                    assert!(category::by_key(key).is_some_and(|it| it.parent.is_some()), "{name}: {key}");
                }
                assert!(names.insert((name, countries)), "{name} stands twice");
                let bits = countries
                    .split_whitespace()
                    .fold(0, |set, code| catalog.bit(code.as_bytes().try_into().expect("two letters")) | set);
                for spelling in spellings.split('|') {
                    let words = words(spelling.trim_start_matches('='));
                    assert!((1..=super::super::table::MAX_WORDS).contains(&words.len()), "{name}: {spelling}");
                    let others = spelled.entry(words).or_default();
                    for (other, by) in others.iter() {
                        let both = if bits == 0 && *other == 0 { 1 } else { bits & other };
                        assert_eq!(both, 0, "{spelling} is spelled by {name} and {by}");
                    }
                    others.push((bits, name));
                }
            }
        }
        assert_eq!(catalog.sellers.len(), count);
        assert!(count >= 5_000);
    }

    /// The block of numbers of each of [`FILES`], in ten thousands.
    const FIRST_BLOCK: [i64; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
}
