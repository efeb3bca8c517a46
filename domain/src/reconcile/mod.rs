//! Reconciling: which lines of a source are new, which are known, which have changed, and which rows the source has taken back.
//!
//! Decided over a whole batch at once, as a multiset: each row is claimed by at most one line and each line claims at most one row,
//! strong evidence before weak, so two equal coffees stay two. The index of the database only guards a race.
//!
//! Three kinds of batches. A [`page()`] comes from a source with stable ids and a cursor, which says itself what it takes back. A page
//! of a [`listing()`] comes from such a source when it tells its history from the beginning once more. A
//! [`window()`] is a list of days without such a promise, as in a statement file, laid over rows that another source may have brought.
//!
//! What a person set on a row that is taken back without a successor passes on to its heir ([`heirs()`]).
//!
//! What is not certain becomes a row of its own and a [`Doubt`]. A person says whether two rows are one booking; [`gone_leads()`] and
//! [`Anchor`] say what becomes of them then.

mod doubt;
mod heir;
mod listing;
mod merge;
mod page;
mod reach;
mod sketch;
#[cfg(test)]
mod tests;
mod window;

pub use doubt::{DOUBT_DAYS, Doubt, Reason, doubts, is_refuted};
pub use heir::{Arrived, Departed, heirs};
pub use listing::{Listed, listing};
pub use merge::{Anchor, Side, gone_leads, may_be_one, one_note};
pub use page::{page, wants_reach};
pub use reach::FileDays;
pub use sketch::Sketch;
pub use window::window;

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher},
};

use siphasher::sip::SipHasher13;

use crate::{day::Day, line::Line};

/// The key of the fingerprints of an installation: nobody outside can make two lines that collide.
pub type FingerprintKey = [u8; 16];

/// What kind of evidence an identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A bank's id.
    Bank,
    /// Entered by a person: there is no identity outside.
    Manual,
    /// A statement file's id.
    FileId,
    /// The content of a line of a statement file, which had no id.
    FileContent,
    /// A bank's id that the bank has taken back in the pull that is under way, of a row that the person had thrown away before.
    TakenBack,
    /// One that it took back in an earlier pull, while the row was pending.
    Awaited,
}

impl Origin {
    /// The number in the rows. Never changes.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Bank => 0,
            Self::Manual => 1,
            Self::FileId => 2,
            Self::FileContent => 3,
            Self::TakenBack => 4,
            Self::Awaited => 5,
        }
    }

    /// The origin of a number from the rows.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        [Self::Bank, Self::Manual, Self::FileId, Self::FileContent, Self::TakenBack, Self::Awaited]
            .into_iter()
            .find(|origin| origin.code() == code)
    }

    /// Whether the bank has taken the id back, of what the person had thrown away.
    #[must_use]
    pub const fn is_withdrawn(self) -> bool {
        matches!(self, Self::TakenBack | Self::Awaited)
    }

    /// Whether a bank has told it.
    #[must_use]
    pub const fn is_of_bank(self) -> bool {
        matches!(self, Self::Bank | Self::TakenBack | Self::Awaited)
    }
}

/// How a line or a row is recognized: a fingerprint within its account, and its number among equal ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// Hash of the source's id, or of the content.
    pub fingerprint: i64,
    /// 0 for the first of equal lines.
    pub ordinal: i16,
}

/// The fingerprint of a source's own id.
#[must_use]
pub fn fingerprint_of_id(key: &FingerprintKey, source_id: &str) -> i64 {
    let mut hasher = SipHasher13::new_with_key(key);
    hasher.write(b"id\0");
    hasher.write(source_id.as_bytes());
    hasher.finish().cast_signed()
}

/// The fingerprint of a line that a file has under an id. No bank's id, even if the two are written alike: a bank's interface and its
/// files number independently, and short numbers meet.
#[must_use]
pub fn fingerprint_of_file_id(key: &FingerprintKey, source_id: &str) -> i64 {
    let mut hasher = SipHasher13::new_with_key(key);
    hasher.write(b"file id\0");
    hasher.write(source_id.as_bytes());
    hasher.finish().cast_signed()
}

/// The fingerprint of a line that has no id: of everything that its source said.
#[must_use]
pub fn fingerprint_of_content(key: &FingerprintKey, line: &Line) -> i64 {
    let mut hasher = SipHasher13::new_with_key(key);
    hasher.write(b"content\0");
    hasher.write_i32(line.day.number());
    hasher.write_i64(line.amount_minor);
    hasher.write(line.descriptor.as_bytes());
    hasher.finish().cast_signed()
}

/// Numbers the lines of one source in their order: the next number of a fingerprint. `None` beyond what a row can hold.
pub fn number<S: BuildHasher>(seen: &mut HashMap<i64, i16, S>, fingerprint: i64) -> Option<i16> {
    let next = seen.entry(fingerprint).or_insert(-1);
    *next = next.checked_add(1)?;
    Some(*next)
}

/// A line as it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Of its id, or of its content.
    pub fingerprint: i64,
    /// Its number among lines of its source with the same fingerprint: k equal lines stand for k rows. 0 where ids tell them apart.
    pub ordinal: i16,
    /// Whether it is of an id or of the content, and whose.
    pub origin: Origin,
    /// The line that its source says it takes the place of: a bank of a pending one, a file of one that it corrects.
    pub replaces: Option<i64>,
    /// Booked on; while it is pending: authorized on.
    pub day: Day,
    /// In minor units.
    pub amount_minor: i64,
    /// Whether it is not booked.
    pub pending: bool,
    /// Who, as the categorizer names it: the same for two spellings of one merchant.
    pub merchant: i64,
}

/// The state of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Booked.
    Posted,
    /// Announced, not booked.
    Pending,
    /// Deleted by the person: swallows every delivery of what it was.
    Deleted,
    /// Was pending, and its source took it back; a booked line may still take its place.
    Vanished,
}

impl State {
    /// The number in the rows. Never changes.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Posted => 0,
            Self::Pending => 1,
            Self::Deleted => 2,
            Self::Vanished => 3,
        }
    }

    /// The state of a number from the rows.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        [Self::Posted, Self::Pending, Self::Deleted, Self::Vanished].into_iter().find(|state| state.code() == code)
    }
}

/// A row as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// How its sources call it: its own identity first, then the aliases.
    pub identities: Vec<(Origin, Identity)>,
    /// Day and amount that a source says under one of these names, where the row may say something else.
    pub said: Vec<(Identity, Day, i64)>,
    /// Its day.
    pub day: Day,
    /// In minor units.
    pub amount_minor: i64,
    /// Its state.
    pub state: State,
    /// What it was before, of a row that was thrown away, or that its source has taken back in the pull that is under way.
    pub was: Option<State>,
    /// Who.
    pub merchant: i64,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It becomes a row.
    New {
        /// Its number among equal fingerprints.
        ordinal: i16,
    },
    /// It is this row, and says nothing new.
    Same {
        /// Place among the known.
        known: usize,
    },
    /// It is this row, and says something new about it.
    Change {
        /// Place among the known.
        known: usize,
    },
    /// It takes the row's place: the row takes on what the line says, and the line's identity; its former one stays as an alias.
    TakeOver {
        /// Place among the known.
        known: usize,
        /// The line's number among equal fingerprints.
        ordinal: i16,
    },
    /// It is this row, which came from elsewhere: the line's identity becomes an alias, the row stays as it is.
    Alias {
        /// Place among the known.
        known: usize,
        /// The line's number among equal fingerprints.
        ordinal: i16,
    },
    /// It is a row that the person has deleted.
    Swallowed {
        /// Place among the known.
        known: usize,
    },
    /// It has no effect: a later line of the batch says more, or the row is further on already.
    Stale,
}

impl Decision {
    /// The row that the line claims, as a place among the known.
    #[must_use]
    pub const fn known(self) -> Option<usize> {
        match self {
            Self::Same { known }
            | Self::Change { known }
            | Self::TakeOver { known, .. }
            | Self::Alias { known, .. }
            | Self::Swallowed { known } => Some(known),
            Self::New { .. } | Self::Stale => None,
        }
    }
}

/// What a batch does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// For each line, in their order.
    pub decisions: Vec<Decision>,
    /// Rows that the source has taken back: places among the known.
    pub vanished: Vec<usize>,
    /// Rows that the person has thrown away and the source has taken back: what it tells in their place is thrown away, too.
    pub withdrawn: Vec<usize>,
    /// Lines whose pending forerunner stood in the same batch and never became a row: (place of the line, fingerprint of the forerunner).
    pub forerunners: Vec<(usize, i64)>,
    /// Lines that became rows although a file has named a row that they may be.
    pub asked: Vec<Asked>,
    /// Names that rows give back, because a line of its own bears them: (place among the known, fingerprint).
    pub released: Vec<(usize, i64)>,
    /// Rows that the source says were announcements of others: what a person set on them passes on. Places among the known.
    pub heirs: Vec<(usize, usize)>,
}

/// A new line of a file, and the row that an earlier file of the same kind may have named otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Place of the line.
    pub line: usize,
    /// Place among the known.
    pub known: usize,
}

/// Days by which two sources may differ about one booking.
pub const LIKENESS_DAYS: i32 = 4;

/// Whether two sources may speak of one booking: same amount, same merchant, nearly the same day.
fn is_alike(line: &Incoming, known: &Known) -> bool {
    line.amount_minor == known.amount_minor
        && line.merchant == known.merchant
        && line.day.since(known.day).abs() <= LIKENESS_DAYS
}

/// Whether a person entered the row and threw it away again: perhaps because the real one is on its way, so it swallows nothing.
fn is_thrown_away_entry(known: &Known) -> bool {
    known.state == State::Deleted && known.identities.iter().all(|(origin, _)| *origin == Origin::Manual)
}

/// Days by which a booking may follow its authorization.
const SETTLEMENT_DAYS: std::ops::RangeInclusive<i32> = -1..=14;
