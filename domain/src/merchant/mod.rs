//! Merchants: who was paid, as a number that means the same for ever.

mod directory;

pub use directory::{Directory, Saying};

use std::{fmt, hash::Hasher};

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;

use crate::categorize::seller;

/// The number of a merchant. Positive: a seller of the built-in list, whose number is permanent. Negative: made from the name of one
/// that nobody lists. Never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MerchantId(pub i64);

impl MerchantId {
    /// The number of a merchant that nobody lists, from the name that [`crate::categorize::normalize`] leaves of its descriptor.
    /// It stands in rows: neither the hash nor its key ever changes.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let mut hasher = SipHasher24::new_with_keys(0x666c_6f72_696e_2e6d, 0x6572_6368_616e_7431);
        hasher.write(name.as_bytes());
        // 63 bits below zero: the sign bit set, the rest from the hash. Never zero.
        Self((hasher.finish() | 1 << 63).cast_signed())
    }

    /// Whether it is one of the built-in list.
    #[must_use]
    pub const fn is_listed(self) -> bool {
        self.0 > 0
    }
}

impl fmt::Display for MerchantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a seller of the built-in list.
#[must_use]
pub fn name(id: MerchantId) -> Option<&'static str> {
    seller::catalog().name(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_the_same_number_for_ever() {
        assert_eq!(MerchantId::of_name("BLUE BOTTLE COFFEE"), MerchantId(-9_132_151_094_816_785_647));
        assert_eq!(MerchantId::of_name(""), MerchantId(-7_987_715_503_478_864_617));
        assert!(!MerchantId::of_name("X").is_listed());
    }

    #[test]
    fn listed_sellers_have_names() {
        assert_eq!(name(MerchantId(10_001)), Some("Kroger"));
        assert_eq!(name(MerchantId(1)), None);
        assert_eq!(name(MerchantId::of_name("KROGER")), None);
    }
}
