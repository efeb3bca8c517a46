//! Ids: 64 bit, ordered by time, made by the application, shown to clients as typed opaque text.
//!
//! From the top: sign bit 0, 41 bits of milliseconds since [`EPOCH_MS`], 10 bits of node, 12 bits of sequence.
//! 41 bits of milliseconds last until the year 2094.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// 2025-01-01T00:00:00Z in milliseconds of Unix time. Never changes: it is part of every id ever issued.
pub const EPOCH_MS: i64 = 1_735_689_600_000;
/// Nodes that can issue ids at the same time.
pub const NODES: u16 = 1 << NODE_BITS;
/// Ids that one node can issue in one millisecond.
pub const SEQUENCES: u16 = 1 << SEQUENCE_BITS;

const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;
const MILLIS_BITS: u32 = 41;

/// Puts an id together.
///
/// # Panics
/// When a part does not fit its bits: an id that cannot be taken apart again must never be issued.
#[must_use]
pub fn compose(at_ms: i64, node: u16, sequence: u16) -> i64 {
    let millis = at_ms - EPOCH_MS;
    assert!((0..1 << MILLIS_BITS).contains(&millis), "the clock stands outside the span of ids: {at_ms} ms");
    assert!(node < NODES && sequence < SEQUENCES, "node {node} or sequence {sequence} does not fit an id");
    (millis << (NODE_BITS + SEQUENCE_BITS)) | (i64::from(node) << SEQUENCE_BITS) | i64::from(sequence)
}

/// Unix milliseconds at which an id was issued.
#[must_use]
pub fn issued_at_ms(id: i64) -> i64 {
    (id >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MS
}

/// The node that issued an id.
#[must_use]
pub fn node(id: i64) -> u16 {
    u16::try_from((id >> SEQUENCE_BITS) & i64::from(NODES - 1)).unwrap_or_else(|_| unreachable!("masked to ten bits"))
}

/// Why a text is not an id of the kind that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an id that starts with `{prefix}_`")]
pub struct NotAnId {
    /// What the text should have started with.
    pub prefix: &'static str,
}

/// Digits of the text form: Crockford's base 32, without the letters that are mistaken for digits.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 13 digits of 5 bits hold 64 bits.
const TEXT_DIGITS: usize = 13;

fn encode(prefix: &str, id: i64) -> String {
    let mut bits = id.cast_unsigned();
    let mut digits = [b'0'; TEXT_DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(bits & 31) as usize];
        bits >>= 5;
    }
    let mut text = String::with_capacity(prefix.len() + 1 + TEXT_DIGITS);
    text.push_str(prefix);
    text.push('_');
    text.extend(digits.iter().map(|digit| char::from(*digit)));
    text
}

fn decode(prefix: &'static str, text: &str) -> Result<i64, NotAnId> {
    let refuse = NotAnId { prefix };
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(refuse)?;
    decode_digits(digits).ok_or(refuse)
}

/// The text of a number that means the same in every household, such as a category's.
#[must_use]
pub fn shared_text(prefix: &str, number: i64) -> String {
    encode(prefix, number)
}

/// The number of such a text.
pub fn shared_number(prefix: &'static str, text: &str) -> Result<i64, NotAnId> {
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_'));
    digits.and_then(decode_bits).map(u64::cast_signed).ok_or(NotAnId { prefix })
}

fn decode_digits(digits: &str) -> Option<i64> {
    decode_bits(digits).and_then(|bits| i64::try_from(bits).ok())
}

fn decode_bits(digits: &str) -> Option<u64> {
    if digits.len() != TEXT_DIGITS {
        return None;
    }
    let mut bits: u64 = 0;
    for digit in digits.bytes() {
        let value = DIGITS.iter().position(|known| *known == digit)?;
        bits = bits.checked_mul(32).and_then(|high| high.checked_add(value as u64))?;
    }
    Some(bits)
}

/// Declares a typed id: a number inside, an opaque text with its own prefix outside.
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&encode($prefix, self.0))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                decode($prefix, text).map(Self)
            }
        }
    };
}

/// Why a text is not the id of something in a household.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHere {
    /// It is no id of the kind at all.
    #[error(transparent)]
    NotAnId(#[from] NotAnId),
    /// It is one of another household: there is no such thing here.
    #[error("is of another household")]
    Elsewhere,
}

/// Something that belongs to a household. Its text says which, so that it is found without a search, and tells nothing about others.
pub trait Owned: Sized + Copy {
    /// What its text begins with.
    const PREFIX: &'static str;

    /// From the number in the rows.
    fn from_number(number: i64) -> Self;

    /// The number in the rows.
    fn number(self) -> i64;

    /// What clients see.
    fn text(self, household: HouseholdId) -> String {
        owned_text(self, household)
    }

    /// From what a client sent.
    fn parse(text: &str, household: HouseholdId) -> Result<Self, NotHere> {
        let (owner, id) = Self::parse_anywhere(text)?;
        if owner == household { Ok(id) } else { Err(NotHere::Elsewhere) }
    }

    /// From what an operator gave, who may name any household.
    fn parse_anywhere(text: &str) -> Result<(HouseholdId, Self), NotAnId> {
        let refuse = NotAnId { prefix: Self::PREFIX };
        let split = (Self::PREFIX.len() + 1 + TEXT_DIGITS).min(text.len());
        let (owner, number) = text.split_at_checked(split).ok_or(refuse)?;
        let owner = decode(Self::PREFIX, owner)?;
        let number = decode_digits(number).ok_or(refuse)?;
        Ok((HouseholdId(owner), Self::from_number(number)))
    }
}

/// The text of something that belongs to a household: with its household, then its number.
pub(crate) fn owned_text<T: Owned>(id: T, household: HouseholdId) -> String {
    let mut text = encode(T::PREFIX, household.0);
    text.push_str(&encode("", id.number())[1..]);
    text
}

/// Declares the id of something that belongs to a household.
macro_rules! owned_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl Owned for $name {
            const PREFIX: &'static str = $prefix;

            fn from_number(number: i64) -> Self {
                Self(number)
            }

            fn number(self) -> i64 {
                self.0
            }
        }
    };
}

owned_id!(
    /// A connection to a bank.
    ConnectionId,
    "con"
);
owned_id!(
    /// A link that was begun: its text is a part of the state that the bank sends back.
    LinkId,
    "lnk"
);
owned_id!(
    /// An account.
    AccountId,
    "acc"
);
owned_id!(
    /// A transaction.
    TransactionId,
    "txn"
);
owned_id!(
    /// Two transactions that a person made one.
    MergeId,
    "mrg"
);
owned_id!(
    /// A transfer: what went out of one account and came into another.
    TransferId,
    "trf"
);
owned_id!(
    /// A rule of a household.
    RuleId,
    "rul"
);
owned_id!(
    /// A tag of a household.
    TagId,
    "tag"
);
owned_id!(
    /// What a household chose for a merchant.
    ChoiceId,
    "cho"
);
owned_id!(
    /// A statement file.
    StatementId,
    "stm"
);
owned_id!(
    /// Something that a household was told.
    NotificationId,
    "ntf"
);

/// The text of a pair of things of one household, such as two transactions that may be one.
#[must_use]
pub fn pair_text<T: Owned>(prefix: &'static str, household: HouseholdId, first: T, second: T) -> String {
    let mut text = encode(prefix, household.0);
    text.extend([first, second].map(|one| encode("", one.number()).split_off(1)));
    text
}

typed_id!(
    /// A bank, or another source of accounts: the same for everybody.
    InstitutionId,
    "ins"
);
typed_id!(
    /// A household: the tenant.
    HouseholdId,
    "hh"
);
typed_id!(
    /// A person.
    UserId,
    "usr"
);
typed_id!(
    /// A session: what began with a sign-in.
    SessionId,
    "ses"
);
typed_id!(
    /// A job: one piece of work that is waiting, running, parked or dead.
    JobId,
    "job"
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_shows_its_kind_and_hides_its_number() {
        let id = HouseholdId(compose(EPOCH_MS + 1, 3, 7));
        assert_eq!(id.0, (1 << 22) | (3 << 12) | 7);
        assert_eq!(id.to_string(), "hh_0000000040c07");
    }

    #[test]
    fn text_of_another_kind_or_shape_is_refused() {
        let text = HouseholdId(5).to_string();
        assert_eq!(text, "hh_0000000000005");
        assert_eq!(text.parse::<JobId>(), Err(NotAnId { prefix: "job" }));
        for wrong in [
            "",
            "hh_",
            "hh_5",
            "hh_000000000000u",
            "hh_00000000000055",
            "HH_0000000000005",
            "hh_zzzzzzzzzzzzz",
            "hh_000000000000\u{e9}",
        ] {
            assert_eq!(wrong.parse::<HouseholdId>(), Err(NotAnId { prefix: "hh" }), "{wrong}");
        }
    }

    #[test]
    fn what_belongs_to_a_household_says_so() {
        let text = AccountId(5).text(HouseholdId(7));
        assert_eq!(text, "acc_00000000000070000000000005");
        assert_eq!(AccountId::parse(&text, HouseholdId(7)), Ok(AccountId(5)));
        assert_eq!(AccountId::parse(&text, HouseholdId(8)), Err(NotHere::Elsewhere));
        assert_eq!(TransactionId::parse(&text, HouseholdId(7)), Err(NotHere::NotAnId(NotAnId { prefix: "txn" })));
        for wrong in
            ["", "acc_", "acc_0000000000007", "acc_000000000000700000000000050", "acc_000000000000é0000000000005"]
        {
            let refusal = AccountId::parse(wrong, HouseholdId(7));
            assert_eq!(refusal, Err(NotHere::NotAnId(NotAnId { prefix: "acc" })), "{wrong}");
        }
    }

    #[test]
    fn a_pair_names_its_household_and_both() {
        let text = pair_text("dup", HouseholdId(7), TransactionId(1), TransactionId(2));
        assert_eq!(text, "dup_000000000000700000000000010000000000002");
    }

    #[test]
    fn shared_numbers_come_back_with_their_sign() {
        for number in [0, 1, -1, i64::MAX, i64::MIN] {
            assert_eq!(shared_number("mer", &shared_text("mer", number)), Ok(number));
        }
        assert_eq!(shared_number("cat", &shared_text("mer", 1)), Err(NotAnId { prefix: "cat" }));
    }

    #[test]
    #[should_panic(expected = "outside the span of ids")]
    fn a_clock_before_the_epoch_issues_nothing() {
        let _ = compose(EPOCH_MS - 1, 0, 0);
    }

    proptest! {
        #[test]
        fn parts_come_back(millis in 0..(1i64 << 41), n in 0..NODES, sequence in 0..SEQUENCES) {
            let id = compose(EPOCH_MS + millis, n, sequence);
            prop_assert!(id >= 0);
            prop_assert_eq!(issued_at_ms(id), EPOCH_MS + millis);
            prop_assert_eq!(node(id), n);
            prop_assert_eq!(JobId(id).to_string().parse::<JobId>(), Ok(JobId(id)));
        }

        #[test]
        fn later_ids_are_larger(millis in 0..(1i64 << 41) - 1, a in 0..NODES, b in 0..NODES, s in 0..SEQUENCES, t in 0..SEQUENCES) {
            prop_assert!(compose(EPOCH_MS + millis, a, s) < compose(EPOCH_MS + millis + 1, b, t));
        }
    }
}
