//! The words of a descriptor, as they are compared.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::table::word_hash;

/// Words that are looked at; the rest of a descriptor is references.
const MOST_WORDS: usize = 24;
/// The hashes of the words of a text of the tables, which is split exactly as a descriptor is.
pub(crate) fn words(text: &str) -> Vec<u64> {
    Words::of(text).hashes().to_vec()
}

/// A word of a descriptor.
#[derive(Clone, Copy, Default)]
pub(crate) struct Word {
    /// Where it stands in the folded text.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where it stood in the descriptor.
    pub(super) from: usize,
    pub(super) to: usize,
    /// The mark right before it: a dot, a hash.
    pub(crate) before: u8,
    /// Whether an asterisk or an underscore follows.
    pub(super) star: bool,
    pub(crate) digits: u8,
    /// Changes between letters and digits.
    pub(super) changes: u8,
}

impl Word {
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) fn is_number(&self) -> bool {
        usize::from(self.digits) == self.len()
    }
}

/// The words of a descriptor: capitals, without accents and apostrophes. "And" is left out, a lone S joins the word before it.
pub(crate) struct Words {
    folded: String,
    pub(crate) list: [Word; MOST_WORDS],
    pub(super) hashes: [u64; MOST_WORDS],
    pub(super) count: usize,
}

/// Marks that are written or left out as one likes.
const APOSTROPHES: [char; 5] = ['\'', '\u{2019}', '\u{2018}', '`', '\u{b4}'];

/// A letter or a digit that is none of ASCII, in capitals and without accents; nothing for everything else.
fn fold_letter(c: char, folded: &mut String) {
    let parts = |c: char| std::iter::once(c).nfkd().filter(|part| !is_combining_mark(*part));
    for part in parts(c).take(4) {
        match in_latin(part) {
            Some(letters) => folded.push_str(letters),
            // A capital may have parts of its own.
            None => folded.extend(part.to_uppercase().flat_map(parts).filter(|part| part.is_alphanumeric())),
        }
    }
}

/// Marks that show nothing: joiners, marks of direction, soft hyphens.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A pattern for [`fold`]ed texts: without accents and apostrophes, letters beyond ASCII in capitals. What is in brackets stays something.
pub(crate) fn fold_pattern(pattern: &str) -> String {
    let mut folded = String::with_capacity(pattern.len());
    let (mut is_escaped, mut is_class) = (false, false);
    for c in pattern.chars().filter(|c| !is_invisible(*c)) {
        let stands = is_escaped || is_class;
        match c {
            '[' if !is_escaped => is_class = true,
            ']' if !is_escaped => is_class = false,
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
        if APOSTROPHES.contains(&c) {
            folded.extend(stands.then_some('\''));
            continue;
        }
        let before = folded.len();
        if !c.is_ascii() {
            fold_letter(c, &mut folded);
        }
        if folded.len() == before && !is_combining_mark(c) {
            folded.push(c);
        }
    }
    folded
}

/// A text as texts are searched for each other: capitals, without accents and apostrophes, one space for several.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.trim().chars() {
        if APOSTROPHES.contains(&c) || is_invisible(c) {
            continue;
        }
        if c.is_whitespace() || c.is_control() {
            if !folded.ends_with(' ') {
                folded.push(' ');
            }
            continue;
        }
        let before = folded.len();
        if c.is_ascii() {
            folded.push(c.to_ascii_uppercase());
        } else {
            fold_letter(c, &mut folded);
        }
        if folded.len() == before && !is_combining_mark(c) {
            folded.push(c);
        }
    }
    folded
}

/// Some words of a descriptor that stand side by side.
pub(super) type Span = std::ops::Range<usize>;

impl Words {
    /// Splits a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut words = Self {
            folded: String::with_capacity(text.len() + 8),
            list: [Word::default(); MOST_WORDS],
            hashes: [0; MOST_WORDS],
            count: 0,
        };
        let mut open = Word::default();
        let mut before = b' ';
        for (at, c) in text.char_indices() {
            let (from, to) = (at, at + c.len_utf8());
            if APOSTROPHES.contains(&c) {
                continue;
            }
            if words.push(c) {
                if open.to == 0 {
                    (open.from, open.before) = (from, before);
                }
                open.to = to;
                continue;
            }
            if words.close(&mut open, c) == Full::Yes {
                return words;
            }
            if c == '+' && before.is_ascii_alphanumeric() {
                words.folded.push_str("PLUS");
                let mut plus = Word { from, to, before: b' ', ..Word::default() };
                if words.close(&mut plus, c) == Full::Yes {
                    return words;
                }
            }
            before = if c.is_ascii() { c as u8 } else { b' ' };
        }
        words.close(&mut open, ' ');
        words
    }

    /// The folded form of a character goes to the open word; `false` when it is none of letter and digit.
    fn push(&mut self, c: char) -> bool {
        if c.is_ascii() {
            if c.is_ascii_alphanumeric() {
                self.folded.push(c.to_ascii_uppercase());
            }
            return c.is_ascii_alphanumeric();
        }
        let before = self.folded.len();
        fold_letter(c, &mut self.folded);
        self.folded.len() > before || is_combining_mark(c)
    }

    /// Ends the open word.
    fn close(&mut self, open: &mut Word, next: char) -> Full {
        let start = self.count.checked_sub(1).map_or(0, |last| self.list[last].end + 1);
        let mut word = Word { start, end: self.folded.len(), star: matches!(next, '*' | '_'), ..std::mem::take(open) };
        let text = &self.folded[start.min(word.end)..];
        if text.is_empty() {
            return Full::No;
        }
        if text == "AND" && self.count > 0 {
            self.folded.truncate(start);
            return Full::No;
        }
        if text == "S" && self.count > 0 {
            let last = &mut self.list[self.count - 1];
            if last.len() >= 3 && last.digits == 0 {
                self.folded.truncate(last.end);
                self.folded.push('S');
                last.end += 1;
                last.to = word.to;
                self.hashes[self.count - 1] = word_hash(&self.folded.as_bytes()[last.start..last.end]);
                self.folded.push(' ');
                return Full::No;
            }
        }
        if let Some(number) = number_behind_name(text) {
            // `IMPARK00010236`: a name with its store's number. Split, so that the name is found.
            let number = self.folded.split_off(start + number);
            let mut name = Word { to: word.to - number.len().min(word.to - word.from), ..word };
            let mut behind = Word { from: name.to, to: word.to, before: b' ', ..Word::default() };
            if self.close(&mut name, ' ') == Full::Yes {
                return Full::Yes;
            }
            self.folded.push_str(&number);
            return self.close(&mut behind, next);
        }
        if self.count == MOST_WORDS {
            self.folded.truncate(start);
            return Full::Yes;
        }
        let mut was_digit = None;
        for c in text.chars() {
            let digit = c.is_ascii_digit();
            word.digits = word.digits.saturating_add(u8::from(digit));
            word.changes = word.changes.saturating_add(u8::from(was_digit.is_some_and(|was| was != digit)));
            was_digit = Some(digit);
        }
        self.hashes[self.count] = word_hash(text.as_bytes());
        self.list[self.count] = word;
        self.count += 1;
        self.folded.push(' ');
        Full::No
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Their hashes.
    pub(crate) fn hashes(&self) -> &[u64] {
        &self.hashes[..self.count]
    }

    /// The words from one to before another, with a space between.
    pub(crate) fn text(&self, start: usize, end: usize) -> &str {
        if start >= end { "" } else { &self.folded[self.list[start].start..self.list[end - 1].end] }
    }

    /// Whether an asterisk stands before a word.
    pub(super) fn after_star(&self, at: usize) -> bool {
        at > 0 && self.list[at - 1].star
    }

    /// The words for people: as they were written, a shouted word with one capital.
    pub(super) fn display(&self, descriptor: &str, start: usize, end: usize) -> String {
        let mut text = String::with_capacity(32);
        for at in start..end {
            let word = &self.list[at];
            if at > start {
                let between = descriptor.get(self.list[at - 1].to..word.from).unwrap_or(" ");
                text.push_str(if matches!(between, "&" | "-" | " & " | ".") { between } else { " " });
            }
            let written = descriptor.get(word.from..word.to).unwrap_or_default();
            match written.split_once(char::is_whitespace) {
                // A lone S that has lost its apostrophe.
                Some((owner, _)) => {
                    title(&mut text, owner);
                    text.push_str("'s");
                }
                None => title(&mut text, written),
            }
        }
        text
    }
}

/// Letters that no decomposition takes apart.
fn in_latin(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' | 'ẞ' => "SS",
        'ł' | 'Ł' => "L",
        'ø' | 'Ø' => "O",
        'æ' | 'Æ' => "AE",
        'œ' | 'Œ' => "OE",
        'đ' | 'Đ' | 'ð' | 'Ð' => "D",
        'þ' | 'Þ' => "TH",
        'ı' => "I",
        _ => return None,
    })
}

/// Where four digits or more begin behind four letters or more.
fn number_behind_name(word: &str) -> Option<usize> {
    let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = word.bytes().skip(letters).take_while(u8::is_ascii_digit).count();
    (letters >= 4 && digits >= 4).then_some(letters)
}

/// Whether no more words fit.
#[derive(PartialEq, Eq)]
enum Full {
    No,
    Yes,
}

fn title(text: &mut String, word: &str) {
    // There is hardly a capital ß: it says nothing.
    let shouted = !word.chars().any(|c| c.is_lowercase() && c != 'ß');
    let whispered = !word.chars().any(char::is_uppercase);
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    // Written with care, or an abbreviation.
    if !(shouted || whispered) || (letters <= 2 && word.chars().any(|c| c.is_ascii_digit())) {
        text.push_str(word);
        return;
    }
    for (at, c) in word.chars().enumerate() {
        if at == 0 {
            text.extend(c.to_uppercase());
        } else {
            text.extend(c.to_lowercase());
        }
    }
}
