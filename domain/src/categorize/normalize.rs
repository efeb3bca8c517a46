//! What of a descriptor names who was paid.

use super::{
    noise::{Noise, noise},
    trade,
    words::{Span, Words},
};

/// What a descriptor says about who was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalized {
    /// The name in capitals without accents and marks, for comparing. It normalizes to itself.
    pub name: String,
    /// The name for people, such as "Blue Bottle Coffee".
    pub display_name: String,
    /// Who took the payment for the seller, such as `SQ`.
    pub processor: Option<String>,
    /// A large city that stood behind the name.
    pub city: Option<String>,
    /// The number of the store, where one stood right behind the name.
    pub store: Option<String>,
    /// How it was paid, where words around the name say so.
    pub channel: Option<Channel>,
    /// Whether something was cut off behind the name: a store number, a reference, a telephone number.
    pub cut: bool,
}

/// How something was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// With a card at a till.
    Card,
    /// With a card or a telephone held to a till.
    Contactless,
    /// On the web.
    Online,
    /// Collected by who is paid.
    DirectDebit,
    /// Sent by who pays.
    Transfer,
    /// In notes.
    Cash,
}

/// Takes a descriptor apart.
#[must_use]
pub fn normalize(descriptor: &str) -> Normalized {
    let words = Words::of(descriptor);
    let name = words.name();
    Normalized {
        name: words.text(name.start, name.end).to_owned(),
        display_name: words.display(descriptor, name.start, name.end),
        processor: name.processor.map(|(start, end)| words.text(start, end).to_owned()),
        city: name.city.map(|(start, end)| words.text(start, end).to_owned()),
        store: words.store(name),
        channel: words.channel(name),
        cut: name.cut,
    }
}

/// A name as the lists spell it: its words as they are compared, and nothing taken away.
#[must_use]
pub fn spelled(name: &str) -> String {
    let words = Words::of(name);
    words.text(0, words.len()).to_owned()
}

/// A spelling without the form of the company at its end.
#[must_use]
pub fn without_legal_form(spelling: &str) -> String {
    let (words, noise) = (Words::of(spelling), noise());
    let mut end = words.len();
    while let Some(length) = (1..=3.min(end.saturating_sub(1))).rev().find(|length| {
        noise.legal.longest(&words.hashes()[end - length..end], 0).is_some_and(|(all, ())| all == *length)
    }) {
        end -= length;
    }
    words.text(0, end).to_owned()
}

/// Whether a spelling names nobody: each of its words names a trade, a place or a form of company, or says how something was paid.
#[must_use]
pub fn names_nobody(spelling: &str) -> bool {
    let words = Words::of(spelling);
    is_nobody(&words, 0..words.len(), |at| nobody_at(&words, at))
}

/// Whether some words name nobody: numbers, single letters, and what is known to name none, from a word on so many.
pub(super) fn is_nobody(words: &Words, span: Span, known: impl Fn(usize) -> Option<usize>) -> bool {
    let mut at = span.start;
    while at < span.end {
        let is_sign = words.list[at].is_number() || words.list[at].len() == 1;
        let Some(length) = known(at).or(is_sign.then_some(1)) else { return false };
        at += length;
    }
    true
}

/// How many words from one on name a trade, a place or a form of company, or say how something was paid.
pub(super) fn nobody_at(words: &Words, at: usize) -> Option<usize> {
    noise_at(words, at).or_else(|| trade::named_at(words, at))
}

/// How many words from one on name a place or a form of company, or say how something was paid.
pub(super) fn noise_at(words: &Words, at: usize) -> Option<usize> {
    let noise = noise();
    let sets = [&noise.lead, &noise.processor, &noise.tail, &noise.legal, &noise.region, &noise.place];
    let rest = &words.hashes()[at..];
    sets.iter().filter_map(|set| set.longest(rest, 0)).map(|(length, ())| length).max()
}

/// Digits of the number of a store.
const STORE_DIGITS: u8 = 6;

/// Which words are the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// The first.
    pub(super) start: usize,
    /// Behind the last.
    pub(super) end: usize,
    /// Where the words before a processor's name end: the name begins there or later.
    pub(super) lead: usize,
    processor: Option<(usize, usize)>,
    city: Option<(usize, usize)>,
    cut: bool,
}

impl Name {
    /// The words of who took the payment for another.
    pub(super) fn processor(&self) -> Option<(usize, usize)> {
        self.processor
    }
}

impl Words {
    /// Whether a word is a store's number, a date or a reference and not part of a name.
    fn is_reference(&self, at: usize, end: usize, noise: &Noise) -> bool {
        let word = &self.list[at];
        let next_is_number = at + 1 < end && self.list[at + 1].is_number();
        if word.is_number() {
            let month_follows = at + 1 < end && noise.is_month(self.hashes[at + 1]);
            return word.digits >= 3 || word.before == b'#' || next_is_number || month_follows;
        }
        word.digits >= 3
            || (word.len() >= 6 && word.changes >= 3)
            || self.text(at, at + 1).bytes().all(|byte| byte == b'X') && word.len() >= 3
    }

    /// Which words are the name. It takes away what is not until nothing changes: so a name is its own name.
    pub(super) fn name(&self) -> Name {
        let noise = noise();
        let mut name = Name { end: self.count, ..Name::default() };
        loop {
            let before = (name.start, name.end);
            self.strip_front(&mut name, noise);
            self.cut(&mut name, noise);
            self.strip_place(&mut name, noise);
            if before == (name.start, name.end) {
                return name;
            }
        }
    }

    fn strip_front(&self, name: &mut Name, noise: &Noise) {
        while name.end - name.start > 1 {
            let rest = &self.hashes[name.start..name.end];
            let (length, by_processor) = if let Some((length, ())) = noise.lead.longest(rest, 1) {
                (length, false)
            } else if let Some((length, ())) = noise.processor.longest(rest, 1) {
                (length, true)
            } else if self.list[name.start].star && noise.star.longest(&rest[..1], 0).is_some() {
                (1, true)
            } else if self.letters_follow(name) && self.is_date_or_reference(name, noise) {
                (1, false)
            } else {
                return;
            };
            if by_processor && name.processor.is_none() {
                name.processor = Some((name.start, name.start + length));
            }
            name.start += length;
            if name.processor.is_none() {
                name.lead = name.start;
            }
        }
    }

    /// Whether the first word is a reference, or a part of a date.
    fn is_date_or_reference(&self, name: &Name, noise: &Noise) -> bool {
        let first = name.start;
        self.is_reference(first, name.end, noise)
            || self.goes_on_with_number(first)
            || (noise.is_month(self.hashes[first]) && self.list[first + 1].is_number())
    }

    /// Whether a word is a number behind another, as the month of a date.
    fn goes_on_with_number(&self, at: usize) -> bool {
        at > 0 && self.list[at].is_number() && self.list[at - 1].is_number()
    }

    /// Whether a word with letters and without a reference's look follows the first.
    fn letters_follow(&self, name: &Name) -> bool {
        (name.start + 1..name.end).any(|at| self.list[at].digits == 0)
    }

    fn cut(&self, name: &mut Name, noise: &Noise) {
        for at in name.start + 1..name.end {
            let rest = &self.hashes[at..name.end];
            let domain = self.text(at, at + 1);
            let in_domain =
                self.list[at].before == b'.' && matches!(domain, "NET" | "ORG" | "CO" | "IO" | "DE" | "FR" | "CH");
            if domain == "COM"
                || in_domain
                || self.is_reference(at, name.end, noise)
                || noise.legal.longest(rest, 0).is_some()
                || noise.tail.longest(rest, 0).is_some()
            {
                name.end = at;
                name.cut = true;
                return;
            }
        }
    }

    fn strip_place(&self, name: &mut Name, noise: &Noise) {
        while name.end - name.start > 1 {
            let last = name.end - 1;
            if noise.region.longest(&self.hashes[last..name.end], 0).is_some() {
                name.end = last;
                continue;
            }
            let city = (1..=3.min(name.end - name.start - 1))
                .rev()
                .find(|length| {
                    let rest = &self.hashes[name.end - length..name.end];
                    noise.place.longest(rest, 0).is_some_and(|(found, ())| found == *length)
                })
                .map(|length| name.end - length);
            let Some(start) = city else { return };
            name.city.get_or_insert((start, name.end));
            name.end = start;
        }
    }

    /// The first number behind the name, unless it is too long for a store's or a date goes on from it.
    fn store(&self, name: Name) -> Option<String> {
        let behind = (name.end..self.count).find(|at| self.list[*at].digits > 0)?;
        let word = &self.list[behind];
        let next = (behind + 1 < self.count).then(|| &self.list[behind + 1]);
        let is_date = next.is_some_and(|next| next.is_number() && matches!(next.before, b'/' | b'-' | b'.' | b':'))
            || (behind + 1 < self.count && noise().is_month(self.hashes[behind + 1]));
        let is_near = behind < name.end + 2 || word.before == b'#';
        (word.is_number() && word.digits <= STORE_DIGITS && is_near && !is_date)
            .then(|| self.text(behind, behind + 1).to_owned())
    }

    /// What the words around the name say of how it was paid, or several words in it: the surest first.
    fn channel(&self, name: Name) -> Option<Channel> {
        let said = (0..self.count).filter_map(|at| {
            let (length, channel) = noise().channel(&self.hashes()[at..])?;
            let is_around = at < name.start || at >= name.end;
            (is_around || length > 1).then_some(channel)
        });
        said.max_by_key(|channel| match channel {
            Channel::Card => 0,
            Channel::Online | Channel::Transfer => 1,
            Channel::Contactless | Channel::DirectDebit | Channel::Cash => 2,
        })
    }

    /// The country whose code of three letters stands last, or right before a card's mark.
    pub(super) fn country(&self) -> Option<[u8; 2]> {
        self.hashes().iter().skip(1).rev().find_map(|word| noise().country(*word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_the_name_is_taken_away() {
        for (descriptor, name, display) in [
            ("SQ *BLUE BOTTLE COFFEE Oakland CA", "BLUE BOTTLE COFFEE", "Blue Bottle Coffee"),
            ("TST* The Green Table - 0042", "GREEN TABLE", "Green Table"),
            ("PAYPAL *GARTENFREUND 35314369001", "GARTENFREUND", "Gartenfreund"),
            ("POS PURCHASE 12/03 CARD 1234 McGuffin's Yard #55", "MCGUFFINS YARD", "McGuffin's Yard"),
            ("Bäckerei Müller GmbH Köln", "BACKEREI MULLER", "Bäckerei Müller"),
            ("STRAßENCAFÉ ŁÓDŹ", "STRASSENCAFE LODZ", "Straßencafé Łódź"),
            ("WWW.EXAMPLESHOP.CO.UK 02071234567", "EXAMPLESHOP", "Exampleshop"),
            ("H&M 0123 BERLIN", "H M", "H&M"),
            ("LEON S FURNITURE SC 07 OCT", "LEONS FURNITURE", "Leon's Furniture"),
            ("INVOICE 2026 MEISSNER", "MEISSNER", "Meissner"),
            ("Rechnung Nr. 4711 Kundennummer 1234 Zahnarzt Grothe", "ZAHNARZT GROTHE", "Zahnarzt Grothe"),
            ("jolene's sydney nsw", "JOLENES", "Jolene's"),
            ("the fiddler rouse hill nsw tap and pay 6055", "FIDDLER ROUSE HILL", "Fiddler Rouse Hill"),
            // The marks of kana go as accents do: the name is only compared.
            ("スターバックス 渋谷", "スターハックス 渋谷", "スターバックス 渋谷"),
            ("", "", ""),
            ("***", "", ""),
            ("12345", "12345", "12345"),
        ] {
            let normalized = normalize(descriptor);
            assert_eq!((normalized.name.as_str(), normalized.display_name.as_str()), (name, display), "{descriptor}");
        }
    }

    #[test]
    fn the_processor_and_the_city_are_named() {
        let normalized = normalize("SQ *BLUE DOOR #12 SAN FRANCISCO CA");
        assert_eq!(normalized.processor.as_deref(), Some("SQ"));
        assert!(normalized.cut);
        assert_eq!(normalized.store.as_deref(), Some("12"));
        for (descriptor, store, channel) in [
            ("TARGET 00012345 OAKLAND CA", None, None),
            ("TARGET T-1234 OAKLAND", Some("1234"), None),
            ("POS PURCHASE SHELL 1234", Some("1234"), Some(Channel::Card)),
            ("jolenes sydney nsw tap and pay 6055", None, Some(Channel::Contactless)),
            ("DIRECT DEBIT VODAFONE 12/03", None, Some(Channel::DirectDebit)),
            ("EXAMPLESHOP.COM 02071234567", None, Some(Channel::Online)),
            ("STANDING ORDER SMITH", None, Some(Channel::Transfer)),
            ("SMITH", None, None),
        ] {
            let normalized = normalize(descriptor);
            assert_eq!((normalized.store.as_deref(), normalized.channel), (store, channel), "{descriptor}");
        }
        let normalized = normalize("BLUE DOOR SAN FRANCISCO CA");
        assert_eq!((normalized.city.as_deref(), normalized.cut), (Some("SAN FRANCISCO"), false));
    }

    #[test]
    fn a_name_of_common_words_names_nobody() {
        for (name, spelling, nobody) in [
            ("Café & Bar", "CAFE BAR", true),
            ("London Pharmacy Ltd.", "LONDON PHARMACY LTD", true),
            ("7-Eleven", "7 ELEVEN", false),
            ("Müller's", "MULLERS", false),
            ("", "", true),
        ] {
            assert_eq!((spelled(name).as_str(), names_nobody(name)), (spelling, nobody), "{name}");
        }
        assert_eq!(without_legal_form("LONDON PHARMACY LTD"), "LONDON PHARMACY");
        assert_eq!(without_legal_form("LTD"), "LTD");
    }

    proptest! {
        #[test]
        fn a_name_normalizes_to_itself(text in "\\PC{0,60}|([A-Z]{1,8}[ *#'&+.-]|[0-9]{1,6}[ /*]|SQ |POS |THE |AND |S |CARD |LTD |OAKLAND ){0,10}") {
            let once = normalize(&text);
            let twice = normalize(&once.name);
            prop_assert_eq!(&twice.name, &once.name);
            // What has a letter or a digit has a name.
            prop_assert_eq!(once.name.is_empty(), Words::of(&text).len() == 0);
        }
    }
}
