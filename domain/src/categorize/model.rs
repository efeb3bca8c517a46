//! The model: for what no list knows, which category the letters and words of a name, and the amount, are typical of.
//!
//! A linear classifier over hashed features: pieces of three to five letters of each word, words, pairs of words, who took the payment, the
//! amount by its size. Its weights come from `florin train`; here they are only added up.

use std::sync::OnceLock;

use super::{
    Question,
    normalize::Name,
    table::{EMPTY, hash_on, word_hash},
    words::Words,
};
use crate::category::{CategoryId, UNCATEGORIZED, is_transfer};

/// The features are folded into so many.
pub const BUCKETS: usize = 1 << BITS;
const BITS: u32 = 17;
/// The shortest and the longest piece of a word.
const SHORTEST: usize = 3;
const LONGEST: usize = 5;
/// Words that are looked at.
const WORDS: usize = 8;

/// A feature of a line: where its weights stand, and which word of the line it is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Feature {
    /// Below [`BUCKETS`].
    pub bucket: u32,
    /// From zero on; `None` of the amount and the like.
    pub word: Option<u8>,
}

/// The features of a line, as the model is trained on them.
#[must_use]
pub fn features(question: &Question<'_>) -> Vec<Feature> {
    let words = Words::of(question.descriptor);
    let mut features = Vec::with_capacity(128);
    each(question, &words, words.name(), &mut features);
    features
}

/// What features are said to.
trait Sink {
    fn take(&mut self, feature: Feature);
}

impl Sink for Vec<Feature> {
    fn take(&mut self, feature: Feature) {
        self.push(feature);
    }
}

/// The first features of a line, without an allocation.
struct First {
    list: [Feature; MOST_FEATURES],
    count: usize,
}

impl First {
    fn of(question: &Question<'_>, words: &Words, name: Name) -> Self {
        let mut first = Self { list: [Feature::default(); MOST_FEATURES], count: 0 };
        each(question, words, name, &mut first);
        first
    }

    fn list(&self) -> &[Feature] {
        &self.list[..self.count]
    }
}

impl Sink for First {
    fn take(&mut self, feature: Feature) {
        if let Some(place) = self.list.get_mut(self.count) {
            *place = feature;
            self.count += 1;
        }
    }
}

fn bucket(kind: u64, hash: u64) -> u32 {
    let mixed = (hash ^ kind.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    u32::try_from(mixed >> (64 - BITS)).unwrap_or_default()
}

fn each(question: &Question<'_>, words: &Words, name: Name, sink: &mut impl Sink) {
    let end = name.end.min(name.start + WORDS);
    let mut before = None;
    for at in name.start..end {
        let place = u8::try_from(at).ok();
        let mut say = |kind, hash| sink.take(Feature { bucket: bucket(kind, hash), word: place });
        let (word, hash) = (words.text(at, at + 1).as_bytes(), words.hashes()[at]);
        say(1, hash);
        if let Some(before) = before {
            say(2, hash ^ u64::rotate_left(before, 17));
        }
        before = Some(hash);
        pieces(word, &mut say);
    }
    let mut say = |kind, hash| sink.take(Feature { bucket: bucket(kind, hash), word: None });
    if let Some((start, end)) = name.processor() {
        say(3, word_hash(words.text(start, end).as_bytes()));
    }
    say(4, u64::from(question.amount_minor > 0));
    if let Some(size) = size(question) {
        say(5, size);
    }
}

/// The pieces of a word, with a mark at either end.
fn pieces(word: &[u8], say: &mut impl FnMut(u64, u64)) {
    const MARK: u8 = b'_';
    let byte = |at: usize| if at == 0 || at == word.len() + 1 { MARK } else { word[at - 1] };
    let end = word.len() + 2;
    for start in 0..end - 1 {
        let mut hash = EMPTY;
        for at in start..end.min(start + LONGEST) {
            hash = hash_on(hash, byte(at));
            if at >= start + SHORTEST - 1 {
                say(6, hash);
            }
        }
    }
}

/// How large an amount is, in steps of about a half; `None` where nobody knows what its currency is worth.
fn size(question: &Question<'_>) -> Option<u64> {
    let worth = match &question.country? {
        b"US" | b"GB" | b"IE" | b"DE" | b"AT" | b"CH" | b"FR" | b"NL" | b"BE" | b"ES" | b"IT" | b"CA" | b"AU"
        | b"NZ" => 1,
        b"ZA" => 8,
        _ => return None,
    };
    let minor = (question.amount_minor.unsigned_abs() / worth).max(1);
    let log = u64::from(minor.ilog2());
    let half = if log == 0 { 0 } else { minor >> (log - 1) & 1 };
    Some(2 * log + half)
}

/// The classes of a model, and of each feature its weights.
#[derive(Debug, Default, PartialEq)]
pub struct Weights {
    /// The categories, by class.
    pub categories: Vec<CategoryId>,
    /// What each class begins with.
    pub bias: Vec<f32>,
    /// What a weight of one adds.
    pub scale: f32,
    /// Of each bucket the classes with their weights.
    pub rows: Vec<Vec<(u8, i8)>>,
}

const MARK: &[u8; 4] = b"FLM1";

impl Weights {
    /// As they are kept: little-endian; the mark, how many classes, the scale, of each class category and bias, of each bucket how many
    /// weights and each with its class.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MARK.to_vec();
        bytes.push(u8::try_from(self.categories.len()).unwrap_or(u8::MAX));
        bytes.extend(self.scale.to_le_bytes());
        for (category, bias) in self.categories.iter().zip(&self.bias) {
            bytes.extend(category.0.to_le_bytes());
            bytes.extend(bias.to_le_bytes());
        }
        for row in &self.rows {
            bytes.push(u8::try_from(row.len()).unwrap_or(u8::MAX));
            bytes.extend(row.iter().flat_map(|(class, weight)| [*class, weight.cast_unsigned()]));
        }
        bytes
    }
}

/// A model, ready to be asked.
#[derive(Debug)]
pub struct Model<'a> {
    categories: Vec<CategoryId>,
    bias: Vec<f32>,
    scale: f32,
    /// As it was kept: the weights stay where they are.
    bytes: &'a [u8],
    /// Where each bucket's weights begin; one more at the end. Between two of them a byte says how many the second has.
    starts: Vec<u32>,
    /// Where the weights of all classes stand of a bucket that has many.
    full_at: Vec<u32>,
    /// They are added up many at a time, and each has [`BIAS`] more: to widen what is never negative takes fewer instructions.
    full: Vec<[u8; MOST_CLASSES]>,
}

/// What the model says of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Likely<'a> {
    categories: &'a [CategoryId],
    /// Of each class, adding up to one.
    chances: [f32; MOST_CLASSES],
}

/// Classes are numbered in a byte; a multiple of what is added up at a time.
const MOST_CLASSES: usize = 112;
/// What a weight of [`Model::full`] has too much.
const BIAS: u16 = 128;
/// So many weights of a byte add up to less than two bytes hold.
const MOST_FEATURES: usize = 250;
/// From so many weights on those of all classes are kept.
const MANY: usize = 12;
/// Of a bucket that has fewer.
const NOT_FULL: u32 = u32::MAX;

/// The model that is built in.
pub(super) fn model() -> &'static Model<'static> {
    static MODEL: OnceLock<Model<'static>> = OnceLock::new();
    MODEL.get_or_init(|| {
        Model::read(include_bytes!("../../data/model.bin")).expect("the model that is built in is whole")
    })
}

impl<'a> Model<'a> {
    /// One that was kept; `None` when it is damaged.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MARK)?;
        let mut take = |length: usize| {
            let (taken, left) = rest.split_at_checked(length)?;
            rest = left;
            Some(taken)
        };
        let number = |bytes: &[u8]| Some(f32::from_le_bytes(bytes.try_into().ok()?));
        let classes = usize::from(*take(1)?.first()?);
        let scale = number(take(4)?)?;
        let (mut categories, mut bias) = (Vec::new(), Vec::new());
        for _ in 0..classes {
            categories.push(CategoryId(i32::from_le_bytes(take(4)?.try_into().ok()?)));
            bias.push(number(take(4)?)?);
        }
        let mut starts = Vec::with_capacity(BUCKETS + 1);
        let mut at = bytes.len() - rest.len();
        for _ in 0..BUCKETS {
            let row = at + 1..at + 1 + 2 * usize::from(*bytes.get(at)?);
            let is_known = |pair: &[u8]| usize::from(pair[0]) < classes;
            if !bytes.get(row.clone())?.chunks_exact(2).all(is_known) {
                return None;
            }
            starts.push(u32::try_from(row.start).ok()?);
            at = row.end;
        }
        starts.push(u32::try_from(at + 1).ok()?);
        let is_whole = at == bytes.len() && classes <= MOST_CLASSES;
        let mut model = Self { categories, bias, scale, bytes, starts, full_at: Vec::new(), full: Vec::new() };
        if is_whole {
            model.fill();
        }
        is_whole.then_some(model)
    }

    /// The likeliest category of a line, as the model alone sees it, and how likely that is.
    #[must_use]
    pub fn likeliest(&self, question: &Question<'_>) -> (CategoryId, f32) {
        let words = Words::of(question.descriptor);
        self.ask(question, &words, words.name()).best(None).unwrap_or((UNCATEGORIZED, 0.0))
    }

    /// What a line is likely to be for.
    pub(super) fn ask(&self, question: &Question<'_>, words: &Words, name: Name) -> Likely<'_> {
        // They are added up in two bytes, and what overflows on the way comes back.
        let mut sums = [0_u16; MOST_CLASSES];
        let mut biased = 0_u16;
        let features = First::of(question, words, name);
        // The rows lie far apart: all are asked of the memory before the first is waited for.
        std::hint::black_box(features.list().iter().fold(0, |all, feature| all ^ self.touch(*feature)));
        for feature in features.list() {
            biased += u16::from(self.add(*feature, &mut sums));
        }
        let mut chances = [0.0; MOST_CLASSES];
        let mut highest = f32::NEG_INFINITY;
        for (class, bias) in self.bias.iter().enumerate() {
            let sum = sums[class].wrapping_sub(biased.wrapping_mul(BIAS)).cast_signed();
            chances[class] = bias + f32::from(sum) * self.scale;
            highest = highest.max(chances[class]);
        }
        let mut total = 0.0;
        for chance in &mut chances[..self.bias.len()] {
            *chance = (*chance - highest).exp();
            total += *chance;
        }
        for chance in &mut chances[..self.bias.len()] {
            *chance /= total;
        }
        Likely { categories: &self.categories, chances }
    }

    fn fill(&mut self) {
        let (mut full_at, mut full) = (Vec::with_capacity(BUCKETS), Vec::new());
        for bucket in (0..).take(BUCKETS) {
            if self.row(bucket).count() < MANY {
                full_at.push(NOT_FULL);
                continue;
            }
            full_at.push(u32::try_from(full.len()).unwrap_or(NOT_FULL));
            let mut weights = [BIAS.to_le_bytes()[0]; MOST_CLASSES];
            for (class, weight) in self.row(bucket) {
                weights[class] = weights[class].wrapping_add_signed(weight);
            }
            full.push(weights);
        }
        full.shrink_to_fit();
        (self.full_at, self.full) = (full_at, full);
    }

    /// Of a bucket the classes with their weights.
    fn row(&self, bucket: u32) -> impl Iterator<Item = (usize, i8)> {
        let at = bucket as usize;
        let row = &self.bytes[self.starts[at] as usize..self.starts[at + 1] as usize - 1];
        row.chunks_exact(2).map(|pair| (usize::from(pair[0]), pair[1].cast_signed()))
    }

    /// Something of a feature's row.
    fn touch(&self, feature: Feature) -> u8 {
        match self.full.get(self.full_at[feature.bucket as usize] as usize) {
            Some(weights) => weights[0] ^ weights[MOST_CLASSES - 1],
            None => self.bytes[self.starts[feature.bucket as usize] as usize - 1],
        }
    }

    /// Adds up the weights of a feature. Answers whether each had [`BIAS`] too much.
    fn add(&self, feature: Feature, sums: &mut [u16; MOST_CLASSES]) -> bool {
        if let Some(weights) = self.full.get(self.full_at[feature.bucket as usize] as usize) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum = sum.wrapping_add(u16::from(*weight));
            }
            return true;
        }
        for (class, weight) in self.row(feature.bucket) {
            if let Some(sum) = sums.get_mut(class) {
                *sum = sum.wrapping_add_signed(i16::from(weight));
            }
        }
        false
    }

    /// The word that speaks most for a category.
    pub(super) fn telling(
        &self,
        question: &Question<'_>,
        words: &Words,
        name: Name,
        category: CategoryId,
    ) -> Option<usize> {
        let class = self.categories.iter().position(|known| *known == category)?;
        let mut says = [0_i32; WORDS];
        for feature in First::of(question, words, name).list() {
            let weight = self.row(feature.bucket).find(|(of, _)| *of == class);
            if let (Some(word), Some((_, weight))) = (feature.word, weight) {
                says[usize::from(word) - name.start] += i32::from(weight);
            }
        }
        let (at, most) = says.into_iter().enumerate().max_by_key(|(_, says)| *says)?;
        (most > 0).then_some(name.start + at)
    }
}

impl Likely<'_> {
    /// The likeliest category with its chance, after what else is known has spoken: a category that somebody else names, and by how much
    /// that makes it likelier. `None`: not even the group is likely.
    pub(super) fn best(&self, named: Option<(CategoryId, f32)>) -> Option<(CategoryId, f32)> {
        let mut chances = self.chances;
        let (mut total, mut groups) = (0.0, [0.0; MOST_GROUPS]);
        for (category, chance) in self.categories.iter().zip(&mut chances) {
            if let Some((_, times)) = named.filter(|(named, _)| named == category) {
                *chance = chance.max(LEAST) * times;
            }
            total += *chance;
            groups[group(*category)] += *chance;
        }
        let all = || self.categories.iter().copied().zip(chances.iter().map(|chance| chance / total));
        let (category, chance) = all().max_by(|a, b| a.1.total_cmp(&b.1))?;
        if chance >= LIKELY && (chance >= TRANSFER || !is_transfer(category)) {
            return Some((category, chance));
        }
        // Among many that are as likely the group has a meaning, and within it the likeliest.
        let spent = all().filter(|(category, _)| !is_transfer(*category));
        let of_group = |category: CategoryId| groups[group(category)];
        let (category, chance) =
            spent.max_by(|a, b| of_group(a.0).total_cmp(&of_group(b.0)).then(a.1.total_cmp(&b.1)))?;
        (of_group(category) / total >= GROUP).then_some((category, chance))
    }
}

impl Likely<'_> {
    /// The likeliest category of a group, and how likely it is among those of the group.
    pub(super) fn within(&self, of: CategoryId) -> Option<(CategoryId, f32)> {
        let is_in = |category: CategoryId| group(category) == group(of);
        let all = || self.categories.iter().copied().zip(self.chances).filter(|(category, _)| is_in(*category));
        let total: f32 = all().map(|(_, chance)| chance).sum();
        let (category, chance) = all().max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some((category, chance / total.max(f32::MIN_POSITIVE)))
    }
}

/// Groups are numbered by hundreds.
const MOST_GROUPS: usize = 32;

fn group(category: CategoryId) -> usize {
    usize::try_from(category.0 / 100).unwrap_or_default() % MOST_GROUPS
}

/// How likely a category must be to be said without its group being asked.
const LIKELY: f32 = 0.15;
/// How likely its group must be otherwise.
const GROUP: f32 = 0.2;
/// How likely a transfer must be: what is taken for one is in no sum.
const TRANSFER: f32 = 0.8;
/// What the model finds impossible is rare.
const LEAST: f32 = 0.002;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{account::AccountKind, categorize::Setting, category};

    fn question(descriptor: &str) -> Question<'_> {
        Question::of(descriptor, -2_000, Setting { kind: AccountKind::Checking, country: Some(*b"US") })
    }

    #[test]
    fn a_model_is_read_as_it_was_kept() {
        let mut weights = Weights {
            categories: vec![CategoryId(704), CategoryId(1402)],
            bias: vec![0.5, 0.0],
            scale: 0.25,
            rows: vec![Vec::new(); BUCKETS],
        };
        let fuel = question("ZXCVB FUEL");
        let word = features(&fuel).into_iter().find(|feature| feature.word == Some(1)).expect("a word");
        weights.rows[word.bucket as usize] = vec![(1, 10)];
        let bytes = weights.to_bytes();
        let model = Model::read(&bytes).expect("whole");
        // 2.5 against 0.5: odds of e squared.
        let (category, chance) = model.likeliest(&fuel);
        assert_eq!(category, CategoryId(1402));
        assert!((chance - 0.8808).abs() < 1e-3, "{chance}");
        assert_eq!(model.likeliest(&question("ZXCVB")).0, CategoryId(704));
        let words = Words::of(fuel.descriptor);
        assert_eq!(model.telling(&fuel, &words, words.name(), CategoryId(1402)), Some(1));
        assert_eq!(model.telling(&fuel, &words, words.name(), CategoryId(704)), None);
        for damaged in [&bytes[..bytes.len() - 1], &bytes[1..], &[bytes.as_slice(), &[0]].concat()] {
            assert!(Model::read(damaged).is_none());
        }
    }

    #[test]
    fn the_model_that_is_built_in_knows_trades_in_names_that_nobody_lists() {
        for (descriptor, expected) in [
            ("ZXQ BURRITO SHACK", "FOOD_AND_DRINK"),
            ("QWYLLA DENTISTRY", "MEDICAL"),
            ("HEXHAMBURG PARKING GARAGE 12", "TRANSPORTATION"),
        ] {
            let (category, chance) = model().likeliest(&question(descriptor));
            let group = category::group(category).and_then(category::get).expect("known");
            assert!(group.key == expected && chance > 0.2, "{descriptor}: {category:?} {chance}");
        }
        assert!(model().categories.iter().all(|id| category::get(*id).is_some_and(|it| it.parent.is_some())));
    }
}
