//! How sure it is that a spelling means its seller: by how it was met, and how far from home.

use super::seller::Spelling;

/// The most countries that sellers are listed for.
pub(super) const MOST_COUNTRIES: usize = 256;

/// A set of countries: a bit each.
pub(super) type Countries = [u64; MOST_COUNTRIES / 64];

/// Where a line comes from, as far as is known.
#[derive(Clone, Copy)]
pub(super) struct Home {
    pub(super) countries: Countries,
    pub(super) is_known: bool,
}

/// Where a seller is, seen from a line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nearness {
    /// Everywhere.
    Everywhere,
    /// In the line's country.
    Home,
    /// The line's country is not known.
    Unknown,
    /// In other countries only.
    Abroad,
}

impl Home {
    pub(super) fn nearness(&self, set: u16, sets: &[Countries]) -> Nearness {
        let set = &sets[usize::from(set)];
        if *set == Countries::default() {
            Nearness::Everywhere
        } else if !self.is_known {
            Nearness::Unknown
        } else if set.iter().zip(&self.countries).any(|(a, b)| a & b != 0) {
            Nearness::Home
        } else {
            Nearness::Abroad
        }
    }
}

/// Where in a descriptor a spelling stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Before the name: a billing form, which looks like noise.
    Before,
    /// Where the name begins.
    Beginning,
    /// Inside the name.
    Inside,
}

/// How a spelling was met.
pub(super) struct Hit {
    pub(super) words: usize,
    pub(super) letters: usize,
    /// Nothing of the name is left behind it.
    pub(super) full: bool,
    pub(super) place: Place,
    /// An asterisk stands before it.
    pub(super) after_star: bool,
    /// `THE` stands before it, which is no part of it.
    pub(super) is_behind_the: bool,
    pub(super) nearness: Nearness,
}

impl Hit {
    fn is_inside(&self) -> bool {
        self.place == Place::Inside
    }

    /// How sure a well-known seller is; `None` when a guard refuses it. Measured on names of open data: a full name in its own country is
    /// right in nine of ten, a single word of another country in one of six.
    pub(super) fn of_known(&self, spelling: Spelling) -> Option<u8> {
        let one_word = self.words == 1;
        if (spelling.whole && !self.full) || (spelling.joined && self.is_inside()) {
            return None;
        }
        let sure: u8 = match (self.full, one_word) {
            (true, false) => 95,
            (true, true) => 91,
            (false, false) => 89,
            (false, true) if self.letters >= 5 => 83,
            (false, true) => 75,
        };
        let sure = if self.is_behind_the { sure - 25 } else { sure };
        let sure = match self.nearness {
            Nearness::Everywhere => sure,
            Nearness::Home => sure + 3,
            Nearness::Unknown => {
                if one_word && !self.full && self.letters < 4 {
                    return None;
                }
                sure - 8
            }
            Nearness::Abroad => {
                let long = if self.full { self.letters >= 6 } else { self.letters >= 9 };
                if self.is_inside() || !long || spelling.whole {
                    return None;
                }
                sure - 25
            }
        };
        if !self.is_inside() {
            return Some(sure);
        }
        let long = if one_word { self.letters >= 8 || self.after_star } else { self.letters >= 7 };
        (!spelling.whole && long).then_some(sure - 18)
    }

    /// How sure a seller of the world's list is, of which nobody says how many people pay it.
    pub(super) fn of_world(&self, spelling: Spelling) -> Option<u8> {
        let one_word = self.words == 1;
        if (spelling.whole && !self.full) || self.place == Place::Before {
            return None;
        }
        let sure: u8 = match (self.full, one_word) {
            (true, false) => 86,
            (true, true) => 82,
            (false, false) => 70,
            (false, true) if self.letters >= 7 => 55,
            (false, true) => return None,
        };
        let sure = match self.nearness {
            Nearness::Home => sure + 4,
            Nearness::Everywhere => sure - 4,
            Nearness::Unknown if one_word => sure - 25,
            Nearness::Unknown => sure - 12,
            Nearness::Abroad if self.full && !one_word && self.letters >= 9 => sure - 30,
            Nearness::Abroad => return None,
        };
        let is_at_home = self.nearness == Nearness::Home;
        let is_found_inside = self.is_inside() && is_at_home && !one_word && self.letters >= 9;
        if self.is_inside() { is_found_inside.then_some(sure - 20) } else { Some(sure) }
    }
}
