//! Chance that can be repeated: every number follows from a seed, so a life is the same however often it is asked for.

/// `SplitMix64` (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
pub(crate) struct Dice(u64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finalizer of `SplitMix64`: every bit of the input moves every bit of the output.
pub(crate) const fn mix(number: u64) -> u64 {
    let a = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    b ^ (b >> 31)
}

/// A seed that belongs to all of these numbers, in their order.
pub(crate) fn seed(parts: &[u64]) -> u64 {
    parts.iter().fold(GOLDEN, |seed, part| mix(seed.wrapping_add(GOLDEN) ^ mix(part.wrapping_add(GOLDEN))))
}

/// A seed that belongs to a number and a text.
pub(crate) fn seed_of_text(number: u64, text: &str) -> u64 {
    let bytes = text.bytes().fold(0, |seed, byte| mix(seed ^ u64::from(byte)).wrapping_add(GOLDEN));
    seed(&[number, bytes, text.len() as u64])
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// From 0 to below `end`; 0 when that is empty.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // The high half of a product instead of a remainder: no division, and no bias that matters.
        u64::try_from((u128::from(self.number()) * u128::from(end)) >> 64).unwrap_or(0)
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(low.abs_diff(high) + 1).cast_signed()
    }

    /// As [`Self::between`], small ones far more often: what people spend is skewed that way.
    pub(crate) fn skewed(&mut self, low: i64, high: i64) -> i64 {
        let top = self.between(low, high);
        let other = self.between(low, high);
        low + (top - low) * (other - low) / (high - low).max(1)
    }

    /// True in so many of a thousand cases.
    pub(crate) fn permille(&mut self, share: u64) -> bool {
        self.below(1_000) < share
    }

    /// One of them; earlier ones more often when `regular`.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T], regular: bool) -> Option<&'a T> {
        let first = self.below(from.len() as u64);
        let index = if regular { first.min(self.below(from.len() as u64)) } else { first };
        from.get(usize::try_from(index).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_says_everything() {
        let row = |seed| {
            let mut dice = Dice::new(seed);
            (0..8).map(|_| dice.number()).collect::<Vec<_>>()
        };
        assert_eq!(row(7), row(7));
        assert_ne!(row(7), row(8));
        assert_ne!(seed(&[1, 2]), seed(&[2, 1]));
        assert_ne!(seed_of_text(1, "anna"), seed_of_text(1, "anne"));
        assert_ne!(seed_of_text(1, "anna"), seed_of_text(2, "anna"));
    }

    #[test]
    fn numbers_stay_within_their_borders_and_reach_them() {
        let mut dice = Dice::new(1);
        let drawn: Vec<i64> = (0..10_000).map(|_| dice.between(-3, 3)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&-3), Some(&3)));
        assert!((0..10_000).map(|_| dice.skewed(100, 900)).all(|n| (100..=900).contains(&n)));
        let hits = (0..10_000).filter(|_| dice.permille(250)).count();
        assert!((2_300..2_700).contains(&hits), "{hits}");
        assert_eq!(dice.pick::<u8>(&[], true), None);
    }
}
