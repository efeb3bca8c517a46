//! Splits: one transaction that was for several things. The parts always add up to the whole, to the last minor unit.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{category::CategoryId, money::LARGEST_MINOR};

/// So many parts a transaction may have.
pub const PARTS: usize = 50;

/// A part of a transaction. It is stored as a list of its fields, in this order, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part(pub CategoryId, pub i64, pub Option<String>);

impl Part {
    /// What it was for.
    #[must_use]
    pub const fn category(&self) -> CategoryId {
        self.0
    }

    /// How much of the whole it is, in minor units.
    #[must_use]
    pub const fn minor(&self) -> i64 {
        self.1
    }

    /// What somebody noted on it.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.2.as_deref()
    }
}

/// A whole in proportion to some weights: each part is what it should be, but for less than a minor unit, and those that lose most by
/// rounding get the units that are left, the first ones first. Where the weights come to nothing, or to so little that a part would be larger
/// than any amount, the first part gets all.
#[must_use]
pub fn in_proportion(whole: i64, weights: &[i128]) -> Vec<i64> {
    let all: i128 = weights.iter().sum();
    let all_to_the_first = || (0..weights.len()).map(|place| if place == 0 { whole } else { 0 }).collect();
    if all == 0 {
        return all_to_the_first();
    }
    // Without signs, so that what comes in is split as what goes out.
    let (size, sign) = (i128::from(whole).abs(), i128::from(whole.signum()));
    let scaled: Vec<i128> = weights.iter().map(|weight| size * weight * all.signum()).collect();
    let all = all.abs();
    let mut parts: Vec<i128> = scaled.iter().map(|part| part.div_euclid(all)).collect();
    let left = size - parts.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..scaled.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(scaled[*place].rem_euclid(all)));
    // Each has lost less than one.
    for place in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[place] += 1;
    }
    for part in &mut parts {
        *part *= sign;
    }
    let largest = i128::from(LARGEST_MINOR);
    if parts.iter().any(|part| part.abs() > largest) {
        // They nearly cancel each other out: in proportion they would become larger than any amount.
        return all_to_the_first();
    }
    // All of them fit.
    parts.into_iter().filter_map(|part| i64::try_from(part).ok()).collect()
}

/// How large a part is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// So much, in minor units.
    Minor(i64),
    /// So much, in proportion, of what the others leave: more than nothing, and of so many digits as [`is_share`] allows.
    Share(Decimal),
}

/// Why a whole cannot be split so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uneven {
    /// The parts do not add up to it: so much is missing, in minor units.
    Missing(i64),
    /// There is nothing left for the shares, or it would go the other way.
    NothingLeft,
    /// A part would have more digits than an amount.
    TooLarge,
}

/// Whether a number is a share: more than nothing, at most a million, of 6 decimals.
#[must_use]
pub fn is_share(share: Decimal) -> bool {
    share > Decimal::ZERO && share <= Decimal::from(1_000_000) && share.normalize().scale() <= 6
}

/// The parts of a whole: those of a size as they are, and the shares in proportion, to the last minor unit.
pub fn measured(whole: i64, measures: &[Measure]) -> Result<Vec<i64>, Uneven> {
    let fixed = |measure: &Measure| match measure {
        Measure::Minor(minor) => Some(*minor),
        Measure::Share(_) => None,
    };
    let left = measures.iter().filter_map(fixed).fold(whole, i64::saturating_sub);
    let shares = measures.iter().filter(|measure| fixed(measure).is_none()).count();
    if shares == 0 {
        let minors = measures.iter().filter_map(fixed).collect();
        return if left == 0 { Ok(minors) } else { Err(Uneven::Missing(left)) };
    }
    if left == 0 || left.signum() != whole.signum() {
        return Err(Uneven::NothingLeft);
    }
    let weight = |measure: &Measure| match measure {
        Measure::Minor(_) => None,
        Measure::Share(share) => {
            let mut share = *share;
            share.rescale(6);
            Some(share.mantissa())
        }
    };
    let weights: Vec<i128> = measures.iter().filter_map(weight).collect();
    let mut shares = in_proportion(left, &weights).into_iter();
    let parts: Vec<i64> = measures.iter().filter_map(|measure| fixed(measure).or_else(|| shares.next())).collect();
    if parts.iter().any(|part| part.abs() > LARGEST_MINOR) { Err(Uneven::TooLarge) } else { Ok(parts) }
}

/// The parts of a whole that has become another amount.
#[must_use]
pub fn rescaled(parts: &[Part], whole: i64) -> Vec<Part> {
    let weights: Vec<i128> = parts.iter().map(|part| i128::from(part.minor())).collect();
    if weights.iter().sum::<i128>() == i128::from(whole) {
        return parts.to_vec();
    }
    let minors = in_proportion(whole, &weights);
    parts.iter().zip(minors).map(|(part, minor)| Part(part.category(), minor, part.2.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_left_goes_to_those_that_lose_most() {
        assert_eq!(in_proportion(-1_000, &[1, 1, 1]), [-334, -333, -333]);
        assert_eq!(in_proportion(1_000, &[1, 1, 1]), [334, 333, 333]);
        assert_eq!(in_proportion(-5_500, &[-3_000, -2_000]), [-3_300, -2_200]);
        // A discount among the parts.
        assert_eq!(in_proportion(-4_000, &[-3_000, -3_000, 1_000]), [-2_400, -2_400, 800]);
        assert_eq!(in_proportion(7, &[0, 0]), [7, 0]);
        assert_eq!(in_proportion(0, &[1, 2]), [0, 0]);
    }

    #[test]
    fn a_whole_is_measured_out() {
        let share = |share: &str| Measure::Share(share.parse().expect("a decimal"));
        let shares = ["33.3", "33.3", "33.4"].map(share);
        assert_eq!(measured(-1_000, &shares), Ok(vec![-333, -333, -334]));
        assert_eq!(measured(-1_000, &[Measure::Minor(-400), share("1"), share("2")]), Ok(vec![-400, -200, -400]));
        assert_eq!(measured(-1_000, &[Measure::Minor(200), share("1")]), Ok(vec![200, -1_200]));
        assert_eq!(measured(-1_000, &[Measure::Minor(-400), Measure::Minor(-600)]), Ok(vec![-400, -600]));
        assert_eq!(measured(-1_000, &[Measure::Minor(-400), Measure::Minor(-700)]), Err(Uneven::Missing(100)));
        assert_eq!(measured(-1_000, &[Measure::Minor(-1_000), share("1")]), Err(Uneven::NothingLeft));
        assert_eq!(measured(-1_000, &[Measure::Minor(-1_001), share("1")]), Err(Uneven::NothingLeft));
        assert_eq!(measured(-1_000, &[Measure::Minor(LARGEST_MINOR), share("1")]), Err(Uneven::TooLarge));
        let largest = Measure::Minor(LARGEST_MINOR - 1_000);
        assert_eq!(measured(-1_000, &[largest, share("1")]), Ok(vec![LARGEST_MINOR - 1_000, -LARGEST_MINOR]));
        for (number, expected) in [
            ("0", false),
            ("-1", false),
            ("0.000001", true),
            ("0.0000001", false),
            ("1000000", true),
            ("1000000.1", false),
        ] {
            assert_eq!(is_share(number.parse().expect("a decimal")), expected, "{number}");
        }
    }

    #[test]
    fn parts_are_stored_in_a_few_letters() {
        let parts = [Part(CategoryId(13), -150, None), Part(CategoryId(14), -50, Some("for Ann".to_owned()))];
        let text = serde_json::to_string(&parts).expect("JSON");
        assert_eq!(text, r#"[[13,-150,null],[14,-50,"for Ann"]]"#);
        assert_eq!(serde_json::from_str::<Vec<Part>>(&text).expect("the same"), parts);
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole(
            whole in -LARGEST_MINOR..=LARGEST_MINOR,
            weights in prop::collection::vec(-LARGEST_MINOR..=LARGEST_MINOR, 1..PARTS),
        ) {
            let weights: Vec<i128> = weights.into_iter().map(i128::from).collect();
            let parts = in_proportion(whole, &weights);
            prop_assert_eq!(parts.len(), weights.len());
            prop_assert_eq!(parts.iter().map(|part| i128::from(*part)).sum::<i128>(), i128::from(whole));
            let all: i128 = weights.iter().sum();
            let is_first_alone = parts[0] == whole && parts[1..].iter().all(|part| *part == 0);
            prop_assume!(all != 0 && !is_first_alone);
            for (part, weight) in parts.iter().zip(&weights) {
                let off = i128::from(*part) * all - i128::from(whole) * weight;
                prop_assert!(off.abs() < all.abs(), "off by less than a unit");
            }
        }

        #[test]
        fn what_is_measured_out_is_the_whole_or_is_refused(
            whole in -LARGEST_MINOR..=LARGEST_MINOR,
            fixed in prop::collection::vec(-LARGEST_MINOR..=LARGEST_MINOR, 0..4),
            shares in prop::collection::vec(1..1_000_000_i64, 0..4),
        ) {
            let shares = shares.into_iter().map(|share| Measure::Share(Decimal::new(share, 3)));
            let measures: Vec<Measure> = fixed.into_iter().map(Measure::Minor).chain(shares).collect();
            if let Ok(parts) = measured(whole, &measures) {
                prop_assert_eq!(parts.len(), measures.len());
                prop_assert_eq!(parts.iter().map(|part| i128::from(*part)).sum::<i128>(), i128::from(whole));
                prop_assert!(parts.iter().all(|part| part.abs() <= LARGEST_MINOR));
                let stays = |(part, measure): (&i64, &Measure)| !matches!(measure, Measure::Minor(minor) if minor != part);
                prop_assert!(parts.iter().zip(&measures).all(stays));
            }
        }

        #[test]
        fn the_same_whole_leaves_the_parts_alone(minors in prop::collection::vec(-1_000..1_000_i64, 1..10)) {
            let parts: Vec<Part> = minors.iter().map(|minor| Part(CategoryId(13), *minor, None)).collect();
            prop_assert_eq!(rescaled(&parts, minors.iter().sum()), parts);
        }
    }
}
