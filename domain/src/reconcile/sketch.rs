//! What a descriptor looks like, small enough to be compared with many others.

use crate::categorize::normalize::normalize;

/// The groups of three letters of the name in a descriptor, as a set of 128 bits: equal groups meet in one bit, different ones seldom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sketch(u128);

impl Sketch {
    /// Of a descriptor. What surrounds the name (store numbers, cities, references) does not count, nor do spaces: one source writes
    /// `PAY PAL` where the other writes `PAYPAL`.
    #[must_use]
    pub fn of(descriptor: &str) -> Self {
        let name: Vec<char> = normalize(descriptor).name.chars().filter(|letter| !letter.is_whitespace()).collect();
        let groups = name.windows(3.min(name.len().max(1)));
        Self(groups.fold(0, |bits, group| bits | 1 << bit(group)))
    }

    /// How alike two are, in percent: the groups that both have, of all that either has. Nothing is like nothing else.
    #[must_use]
    pub fn likeness(self, other: Self) -> u32 {
        let all = (self.0 | other.0).count_ones();
        ((self.0 & other.0).count_ones() * 100).checked_div(all).unwrap_or(0)
    }
}

/// The bit of a group: its letters side by side, mixed as in the last step of `MurmurHash3`.
fn bit(group: &[char]) -> u64 {
    let letters = group.iter().fold(0_u64, |letters, letter| letters << 21 | u64::from(u32::from(*letter)));
    let mixed = (letters ^ letters >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed ^ mixed >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53) >> 57
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn likeness(one: &str, other: &str) -> u32 {
        Sketch::of(one).likeness(Sketch::of(other))
    }

    #[test]
    fn spellings_of_one_name_are_more_alike_than_other_names() {
        for (one, other, stranger) in [
            ("REWE MARKT 1234 BERLIN", "REWE SAGT DANKE 5531", "SHELL STATION 77"),
            ("AMZN Mktp DE*2X1", "AMAZON MKTPLACE", "DEUTSCHE BAHN"),
            ("Blue Bottle Coffee", "BLUEBOTTLECOFFEE 0042", "RED LOBSTER"),
        ] {
            assert!(likeness(one, other) > likeness(one, stranger), "{one}, {other}, {stranger}");
        }
        assert_eq!(likeness("Blue Bottle Coffee", "BLUE BOTTLE COFFEE"), 100);
    }

    #[test]
    fn short_and_empty_names_are_compared_too() {
        assert_eq!(likeness("", ""), 0);
        assert_eq!(likeness("A", "A"), 100);
        assert_eq!(likeness("DM", "DM 0815"), 100);
    }

    proptest! {
        #[test]
        fn any_two_texts_have_a_likeness(one in ".{0,60}", other in ".{0,60}") {
            let percent = likeness(&one, &other);
            prop_assert!(percent <= 100);
            prop_assert_eq!(percent, likeness(&other, &one));
        }
    }
}
