//! Spellings that are nearly what a bank wrote: cut off by the end of the descriptor, or one slip away.
//!
//! A slip (a letter too many, too few, another one, or two the wrong way round) leaves one half of a spelling whole. So the halves are
//! what is looked up, and only spellings that share one are compared.

use super::table::word_hash;

/// Letters that a spelling has at least to be recognized with a slip in it: shorter ones are a slip away from each other.
const SLIP_LETTERS: usize = 9;
/// Letters that must be left of what was cut off.
const CUT_LETTERS: usize = 8;
/// Slots of the halves.
const SLOTS: usize = 1 << 16;

/// Spellings, each with who is spelled so.
pub(super) struct Near {
    /// In the order of their letters.
    texts: Vec<(&'static str, u32)>,
    /// Where the halves of each slot begin; one more at the end.
    starts: Vec<u32>,
    /// Which text a half is of.
    halves: Vec<u32>,
}

fn slot(half: &[u8], length: usize, is_end: bool) -> usize {
    let kind = u64::try_from(2 * length + usize::from(is_end)).unwrap_or_default();
    let mixed = (word_hash(half) ^ kind).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 48).unwrap_or_default() % SLOTS
}

/// The halves of a text as a text of some length would have them: the middle letter of an odd one is in neither.
fn halves(text: &[u8], length: usize) -> [usize; 2] {
    let half = (length / 2).min(text.len());
    [slot(&text[..half], length, false), slot(&text[text.len() - half..], length, true)]
}

impl Near {
    pub(super) fn of(mut texts: Vec<(&'static str, u32)>) -> Self {
        texts.sort_unstable();
        let mut slots: Vec<(usize, u32)> = Vec::new();
        for (at, (text, _)) in (0..).zip(&texts) {
            if text.len() >= SLIP_LETTERS && text.is_ascii() {
                slots.extend(halves(text.as_bytes(), text.len()).map(|slot| (slot, at)));
            }
        }
        slots.sort_unstable();
        let mut starts = vec![0; SLOTS + 1];
        for (slot, _) in &slots {
            starts[slot + 1] += 1;
        }
        for slot in 0..SLOTS {
            starts[slot + 1] += starts[slot];
        }
        texts.shrink_to_fit();
        Self { texts, starts, halves: slots.into_iter().map(|(_, at)| at).collect() }
    }

    /// Whoever has a spelling that goes on in the middle of a text's last word: where a word ends, another seller may be meant.
    pub(super) fn cut<'a>(&'a self, text: &'a str) -> impl Iterator<Item = u32> + use<'a> {
        let is_long = text.len() >= CUT_LETTERS;
        let from = if is_long { self.texts.partition_point(|(known, _)| *known < text) } else { self.texts.len() };
        self.texts[from..].iter().take_while(move |(known, _)| known.starts_with(text)).filter_map(|(known, seller)| {
            known.as_bytes().get(text.len()).is_some_and(|next| *next != b' ').then_some(*seller)
        })
    }

    /// Whoever has a spelling that a text is one slip away from.
    pub(super) fn slipped<'a>(&'a self, text: &'a str) -> impl Iterator<Item = u32> + use<'a> {
        let bytes = text.as_bytes();
        let is_long = bytes.len() >= SLIP_LETTERS && text.is_ascii();
        let lengths = if is_long { bytes.len() - 1..bytes.len() + 2 } else { 0..0 };
        let slots = lengths.flat_map(|length| halves(bytes, length));
        slots.flat_map(|slot| &self.halves[self.starts[slot] as usize..self.starts[slot + 1] as usize]).filter_map(
            |at| {
                let (known, seller) = self.texts[*at as usize];
                // Nobody slips at the first letter.
                (known.as_bytes()[0] == bytes[0] && is_slip(known.as_bytes(), bytes)).then_some(seller)
            },
        )
    }
}

/// Whether one text becomes another by one slip.
pub(super) fn is_slip(one: &[u8], other: &[u8]) -> bool {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[same..], &other[same..]);
    let same = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[..one.len() - same], &other[..other.len() - same]);
    match (one.len(), other.len()) {
        // A space is no letter: what it parts are two words.
        (0 | 1, 1) | (1, 0) => !one.contains(&b' ') && !other.contains(&b' '),
        (2, 2) => one[0] == other[1] && one[1] == other[0],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_cut_off_or_a_slip_away_is_found() {
        let near = Near::of(vec![("CHEMIST WAREHOUSE", 1), ("CHEMISTRY SHOP", 2), ("MORRISONS", 3), ("TESCO", 4)]);
        let cut = |text| near.cut(text).collect::<Vec<_>>();
        assert_eq!(
            (cut("CHEMIST WAR"), cut("CHEMISTR"), cut("CHEMIST"), cut("CHEMIST WX")),
            (vec![1], vec![2], vec![], vec![])
        );
        for (text, expected) in [
            ("MORRISNS", None),
            ("MORRRISONS", Some(3)),
            ("MORRISOSN", Some(3)),
            ("MORRISXNS", Some(3)),
            ("NORRISONS", None),
            ("MORRI ONS", None),
            ("MORRISONX", Some(3)),
            ("MORISSONS", None),
            ("TESCP", None),
            ("", None),
        ] {
            assert_eq!(near.slipped(text).next(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_slip_is_found(text in "[A-Z]{10,30}", at in 0..30_usize, letter in "[A-Z]", kind in 0..4_u8) {
            let known: &'static str = Box::leak(text.clone().into_boxed_str());
            let near = Near::of(vec![(known, 7)]);
            let mut letters = text.into_bytes();
            let at = 1 + at % (letters.len() - 2);
            match kind {
                0 => letters.insert(at, letter.as_bytes()[0]),
                1 => drop(letters.remove(at)),
                2 => letters[at] = letter.as_bytes()[0],
                // Across the middle neither half is whole.
                _ if at + 1 != letters.len() / 2 && at + 1 != letters.len().div_ceil(2) => letters.swap(at, at + 1),
                _ => {}
            }
            let slipped = String::from_utf8(letters).expect("letters");
            prop_assert_eq!(near.slipped(&slipped).next().is_some(), slipped != known, "{}", slipped);
        }
    }
}
