//! What people set on a row, beside what rules gave it: a person's word stays, a rule's follows the rule.

use domain::{
    categorize::Source,
    category::CategoryId,
    id::TagId,
    place::Place,
    split::{self, Part},
};
use entity::transaction::Model;

use super::counted_as;

/// What a row may have from a person or from rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// What the merchant is called.
    Name = 1,
    /// The note.
    Note = 2,
    /// The tags.
    Tags = 4,
    /// The parts that it is split into.
    Parts = 8,
    /// Where it was. No rule gives it.
    Place = 16,
    /// That it is neither spending nor income.
    Excluded = 32,
    /// Of which purchase it is a refund. No rule gives it.
    Refund = 64,
}

impl Mark {
    pub(crate) const ALL: [Self; 7] =
        [Self::Name, Self::Note, Self::Tags, Self::Parts, Self::Place, Self::Excluded, Self::Refund];

    const fn bit(self) -> i16 {
        self as i16
    }

    /// Whether a row has it.
    pub(crate) fn is_on(self, row: &Model) -> bool {
        match self {
            Self::Name => row.merchant_name.is_some(),
            Self::Note => row.note.is_some(),
            Self::Tags => row.tags.is_some(),
            Self::Parts => row.parts.is_some(),
            Self::Place => row.place.is_some(),
            Self::Excluded => row.excluded.is_some(),
            Self::Refund => row.refund_of.is_some(),
        }
    }

    /// Whether rules gave it to the row, and nobody has touched it since.
    pub(crate) fn is_ruled(self, row: &Model) -> bool {
        row.ruled.unwrap_or(0) & self.bit() != 0
    }

    /// Whether it is a person's word: they gave it to the row, or took it away.
    pub(crate) fn is_persons(self, row: &Model) -> bool {
        (self.is_on(row) && !self.is_ruled(row)) || self.is_taken_away(row)
    }

    /// Whether a person took it away.
    fn is_taken_away(self, row: &Model) -> bool {
        row.ruled.unwrap_or(0) & self.away() != 0
    }

    const fn away(self) -> i16 {
        self.bit() << 8
    }

    /// Whether a rule may give it to a row.
    pub(crate) fn is_open(self, row: &Model) -> bool {
        !self.is_persons(row)
    }

    fn set_bits(self, row: &mut Model, bits: i16) {
        let others = row.ruled.unwrap_or(0) & !(self.bit() | self.away());
        row.ruled = Some(others | bits).filter(|ruled| *ruled != 0);
    }

    /// Says that it is rules' now.
    pub(crate) fn set_ruled(self, row: &mut Model) {
        self.set_bits(row, self.bit());
    }

    /// Says that it is a person's now: what is there, or that nothing is.
    pub(crate) fn set_persons(self, row: &mut Model) {
        self.set_bits(row, if self.is_on(row) { 0 } else { self.away() });
    }

    /// Gives a row what another one has, and whose it is. With the merchant's name goes the merchant.
    pub(crate) fn copy(self, row: &mut Model, from: &Model) {
        match self {
            Self::Name => {
                row.merchant_id = from.merchant_id;
                row.merchant_name.clone_from(&from.merchant_name);
            }
            Self::Note => row.note.clone_from(&from.note),
            Self::Tags => row.tags.clone_from(&from.tags),
            Self::Place => row.place.clone_from(&from.place),
            Self::Excluded => row.excluded = from.excluded,
            Self::Refund => row.refund_of = from.refund_of,
            Self::Parts => {
                row.parts.clone_from(&from.parts);
                fit_parts(row);
            }
        }
        self.set_bits(row, from.ruled.unwrap_or(0) & (self.bit() | self.away()));
    }

    /// Has a row not have it, as if it never had. `merchant` is who its text names.
    pub(crate) fn remove(self, row: &mut Model, merchant: i64) {
        match self {
            Self::Name => (row.merchant_id, row.merchant_name) = (merchant, None),
            Self::Note => row.note = None,
            Self::Tags => row.tags = None,
            Self::Parts => row.parts = None,
            Self::Place => row.place = None,
            Self::Excluded => row.excluded = None,
            Self::Refund => uncount_refund(row),
        }
        self.set_bits(row, 0);
    }
}

/// Whether a person has chosen the category of a row.
pub(crate) fn is_chosen(row: &Model) -> bool {
    row.category_source == Source::Person.code()
}

/// Whether a person has set anything on a row.
pub(crate) fn is_marked(row: &Model) -> bool {
    is_chosen(row) || Mark::ALL.into_iter().any(|mark| mark.is_persons(row))
}

/// The same in SQL.
pub(crate) fn marked() -> String {
    let column = |mark| match mark {
        Mark::Name => "merchant_name",
        Mark::Note => "note",
        Mark::Tags => "tags",
        Mark::Parts => "parts",
        Mark::Place => "place",
        Mark::Excluded => "excluded",
        Mark::Refund => "refund_of",
    };
    let is_persons = |mark: Mark| {
        let (column, bit, away) = (column(mark), mark.bit(), mark.away());
        format!("({column} IS NOT NULL AND coalesce(ruled, 0) & {bit} = 0) OR coalesce(ruled, 0) & {away} <> 0")
    };
    let marks: Vec<String> = Mark::ALL.into_iter().map(is_persons).collect();
    format!("(category_source = {} OR {})", Source::Person.code(), marks.join(" OR "))
}

/// The tags of a row.
pub(crate) fn tags(row: &Model) -> Vec<TagId> {
    let numbers = row.tags.as_deref().unwrap_or_default().split(',');
    numbers.filter_map(|number| number.parse().ok()).map(TagId).collect()
}

/// Tags as a row has them.
pub(crate) fn tags_text(tags: impl IntoIterator<Item = TagId>) -> Option<String> {
    let mut tags: Vec<TagId> = tags.into_iter().collect();
    tags.sort_unstable();
    tags.dedup();
    let numbers: Vec<String> = tags.iter().map(|tag| tag.0.to_string()).collect();
    (!numbers.is_empty()).then(|| format!(",{},", numbers.join(",")))
}

/// The parts that a row is split into; none where it is not.
pub(crate) fn parts(row: &Model) -> Vec<Part> {
    // `florin verify` finds what cannot be read.
    row.parts.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Parts as a row has them.
pub(crate) fn parts_text(parts: &[Part]) -> Option<String> {
    (!parts.is_empty()).then(|| serde_json::to_string(parts).unwrap_or_default())
}

/// Has the parts of a row add up to its amount, which its source has changed.
pub(crate) fn fit_parts(row: &mut Model) {
    if row.parts.is_some() {
        row.parts = parts_text(&split::rescaled(&parts(row), row.amount_minor));
    }
}

/// What a row counts as: categories with amounts in minor units.
pub(crate) fn counted(row: &Model) -> Vec<(CategoryId, i64)> {
    let parts = if row.counted_as.is_none() && row.excluded.is_none() { parts(row) } else { Vec::new() };
    if parts.is_empty() {
        return vec![(counted_as(row), row.amount_minor)];
    }
    parts.iter().map(|part| (part.category(), part.minor())).collect()
}

/// Has a refund be none: it counts as what it is itself.
fn uncount_refund(row: &mut Model) {
    if row.refund_of.is_some() {
        (row.refund_of, row.counted_as) = (None, None);
        take_back_parts(row);
    }
}

/// Takes from a refund the parts that its purchase has.
fn take_back_parts(row: &mut Model) {
    if Mark::Parts.is_ruled(row) {
        row.parts = None;
        Mark::Parts.set_bits(row, row.ruled.unwrap_or(0) & Mark::Parts.away());
    }
}

/// A refund as it counts beside its purchase: as the purchase does, in proportion where that is split. What a person has split or excluded
/// counts as they say. `None`: without a purchase, as what it is itself.
pub(crate) fn beside(row: &Model, purchase: Option<&Model>) -> Model {
    let mut row = row.clone();
    row.counted_as = None;
    take_back_parts(&mut row);
    let Some(purchase) = purchase.filter(|_| row.excluded.is_none() && row.parts.is_none()) else { return row };
    // A person may say that the refund counts all the same.
    let is_excluded = purchase.excluded.is_some() && purchase.counted_as.is_none() && Mark::Excluded.is_open(&row);
    let counts = if is_excluded {
        vec![(counted_as(&Model { excluded: Some(1), ..row.clone() }), row.amount_minor)]
    } else {
        counted(&Model { excluded: None, ..purchase.clone() })
    };
    let parts: Vec<Part> = counts.into_iter().map(|(category, minor)| Part(category, minor, None)).collect();
    let mut parts = split::rescaled(&parts, row.amount_minor);
    parts.retain(|part| part.minor() != 0);
    if let [whole] = parts.as_slice() {
        row.counted_as = Some(whole.category().0);
    } else {
        row.parts = parts_text(&parts);
        // That a person took parts of its own away says nothing of its purchase's, and is not forgotten.
        let away = row.ruled.unwrap_or(0) & Mark::Parts.away();
        Mark::Parts.set_bits(&mut row, Mark::Parts.bit() | away);
    }
    row
}

/// Where a row was.
pub(crate) fn place(row: &Model) -> Option<Place> {
    row.place.as_deref().and_then(|text| serde_json::from_str(text).ok())
}

/// A place as a row has it.
pub(crate) fn place_text(place: &Place) -> Option<String> {
    serde_json::to_string(place).ok()
}
