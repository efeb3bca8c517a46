//! Places in a list of transactions. A place belongs to the list it was read from: another filter or another order refuses it.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The version of the format.
const VERSION: u8 = 1;
const BYTES: usize = 1 + 8 + 8 + 8;

/// A place: after, or before, the row with this key and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) key: i64,
    pub(super) id: i64,
}

/// What tells one list from another.
pub(super) fn list_of(what: &impl Hash) -> u64 {
    // Only ever compared with what the same program wrote; a new version may refuse an old cursor.
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

impl Place {
    pub(super) fn text(self, list: u64) -> String {
        let mut bytes = [0; BYTES];
        bytes[0] = VERSION;
        bytes[1..9].copy_from_slice(&list.to_be_bytes());
        bytes[9..17].copy_from_slice(&self.key.to_be_bytes());
        bytes[17..].copy_from_slice(&self.id.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// `None` when the text is no place, or one of another list.
    pub(super) fn parse(text: &str, list: u64) -> Option<Self> {
        let bytes: [u8; BYTES] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let number = |from: usize| bytes[from..from + 8].try_into().map(i64::from_be_bytes).ok();
        let known = bytes[0] == VERSION && bytes[1..9] == list.to_be_bytes();
        known.then_some(Self { key: number(9)?, id: number(17)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back_in_their_own_list_only() {
        let place = Place { key: -350, id: 7 };
        let text = place.text(3);
        assert_eq!(Place::parse(&text, 3), Some(place));
        assert_eq!(Place::parse(&text, 4), None);
        for wrong in ["", "!", "AQ", &text[1..]] {
            assert_eq!(Place::parse(wrong, 3), None, "{wrong}");
        }
    }
}
