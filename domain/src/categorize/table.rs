//! The tables that are built in: lines of fields, and sequences of words that are found by hash, the longest first.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Rows of a built-in table with `N` fields: separated by commas, in quotation marks where one holds a comma; a line that starts
/// with `#` is a comment.
///
/// # Panics
/// When a line has another number of fields: the tables are part of the program, and a test reads every one.
pub(crate) fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let mut rest = Some(line);
        let row = std::array::from_fn(|_| {
            let line = rest.unwrap_or_else(|| panic!("too few fields: {line}"));
            let (field, after) = split_field(line);
            rest = after;
            field
        });
        assert!(rest.is_none(), "too many fields: {line}");
        row
    })
}

fn split_field(line: &'static str) -> (&'static str, Option<&'static str>) {
    if let Some((field, after)) = line.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
        return (field, after.strip_prefix(','));
    }
    match line.split_once(',') {
        Some((field, after)) => (field, Some(after)),
        None => (line, None),
    }
}

/// The hash of a word. The model's weights are found by it, so it never changes.
pub(super) fn word_hash(word: &[u8]) -> u64 {
    word.iter().fold(EMPTY, |hash, byte| hash_on(hash, *byte))
}

/// The hash of no letters.
pub(super) const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

/// The hash of some letters and one more.
pub(super) const fn hash_on(hash: u64, byte: u8) -> u64 {
    // FNV-1a: words are short, and nothing an attacker could make collide costs more than a wrong category of his own row.
    (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
}

fn join(sequence: u64, word: u64) -> u64 {
    (sequence.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Takes a hash for what it is.
#[derive(Default)]
pub(super) struct Already(u64);

impl Hasher for Already {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are hashes");
    }

    fn write_u64(&mut self, hash: u64) {
        // The map looks at the highest and the lowest bits.
        self.0 = hash ^ (hash >> 32);
    }
}

/// A map whose keys are hashes already.
pub(super) type ByHash<V> = HashMap<u64, V, BuildHasherDefault<Already>>;

/// Sequences of words, each with what it means.
pub(super) struct Sequences<V> {
    meaning: ByHash<V>,
    /// Of the first word: the length of the longest sequence that begins with it.
    longest: ByHash<u8>,
}

impl<V> Sequences<V> {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { meaning: ByHash::default(), longest: ByHash::default() }
    }

    /// The place of a sequence's meaning.
    pub(super) fn entry(&mut self, words: &[u64]) -> std::collections::hash_map::Entry<'_, u64, V> {
        if let Some(first) = words.first() {
            let longest = self.longest.entry(*first).or_default();
            *longest = u8::try_from(words.len()).unwrap_or(u8::MAX).max(*longest);
        }
        self.meaning.entry(words.iter().fold(0, |sequence, word| join(sequence, *word)))
    }

    /// Gives back what was only needed to grow.
    pub(super) fn shrink_to_fit(&mut self) {
        self.meaning.shrink_to_fit();
        self.longest.shrink_to_fit();
    }

    /// What begins at the first of these words, the longest first, with its length.
    pub(super) fn starting<'a>(&'a self, words: &[u64]) -> impl Iterator<Item = (usize, &'a V)> + use<'a, V> {
        let longest = match words.first() {
            Some(first) => self.longest.get(first).map_or(0, |longest| usize::from(*longest)).min(words.len()),
            None => 0,
        };
        let mut found: [Option<&V>; MAX_WORDS] = [None; MAX_WORDS];
        let mut sequence = 0;
        for (at, word) in words.iter().take(longest.min(MAX_WORDS)).enumerate() {
            sequence = join(sequence, *word);
            found[at] = self.meaning.get(&sequence);
        }
        (0..longest.min(MAX_WORDS)).rev().filter_map(move |at| found[at].map(|meaning| (at + 1, meaning)))
    }

    /// The longest that begins at the first of these words and leaves at least `spare` of them.
    pub(super) fn longest(&self, words: &[u64], spare: usize) -> Option<(usize, &V)> {
        self.starting(words).find(|(length, _)| length + spare <= words.len())
    }
}

/// The most words that a sequence of a table has.
pub(super) const MAX_WORDS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_may_hold_a_comma() {
        let rows: Vec<[&str; 3]> = rows("# comment\na,\"b, c\",d\n\n1,,3\n").collect();
        assert_eq!(rows, [["a", "b, c", "d"], ["1", "", "3"]]);
    }

    #[test]
    fn the_longest_sequence_comes_first() {
        let words = |text: &str| -> Vec<u64> { text.split(' ').map(|word| word_hash(word.as_bytes())).collect() };
        let mut sequences = Sequences::new();
        for (text, meaning) in [("UBER", 1), ("UBER EATS", 2), ("EATS", 3)] {
            assert!(sequences.entry(&words(text)).insert_entry(meaning).get() == &meaning);
        }
        let found: Vec<(usize, i32)> = sequences.starting(&words("UBER EATS NOW")).map(|(n, it)| (n, *it)).collect();
        assert_eq!(found, [(2, 2), (1, 1)]);
        assert_eq!(sequences.longest(&words("UBER EATS"), 1), Some((1, &1)));
        assert_eq!(sequences.longest(&words("EATS UBER"), 0), Some((1, &3)));
        assert_eq!(sequences.longest(&words("NOW"), 0), None);
        assert_eq!(sequences.longest(&[], 0), None);
    }
}
