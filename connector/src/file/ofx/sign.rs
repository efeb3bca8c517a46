//! Banks that write what was spent without a minus. The format says that money out is negative; what kind a row is (`TRNTYPE`) shows where
//! the bank of a card sees it the other way round, and where a bank writes no sign at all.

use std::io::Cursor;

use super::{
    super::{Refusal, amount, text::Text},
    token::{Event, Tag, Tokens},
};

/// Kinds of rows by which money goes out, and by which it comes in. What may be either is in neither.
const OUT: [&str; 8] = ["DEBIT", "POS", "ATM", "FEE", "SRVCHG", "CASH", "CHECK", "DIRECTDEBIT"];
const IN: [&str; 5] = ["CREDIT", "DEP", "DIRECTDEP", "DIV", "PAYMENT"];

/// The rows of cards by their kind and sign.
#[derive(Default)]
struct Count {
    out_positive: usize,
    out_negative: usize,
    in_positive: usize,
    in_negative: usize,
}

/// What signs mean in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Signs {
    /// Cards write money out without a minus, and what comes in with one.
    pub(super) cards_are_inverted: bool,
    /// There are none: the kind of a row says which way it goes.
    pub(super) is_unsigned: bool,
}

/// Whether money goes out by a row of this kind.
pub(super) fn is_out(kind: &str) -> bool {
    OUT.iter().any(|out| out.eq_ignore_ascii_case(kind))
}

/// What the beginning of a file proves of its signs: of cards that all of what is spent is positive, and nothing that comes in is; of all
/// accounts that nothing is negative, not even what goes out.
pub(super) fn signs(sample: &str) -> Result<Signs, Refusal> {
    let mut tokens = Tokens::new(Text::open(Cursor::new(sample.as_bytes()), usize::MAX)?);
    let (mut cards, mut all, mut is_card) = (Count::default(), Count::default(), false);
    let mut has_minus = false;
    let (mut kind, mut size) = (String::new(), None);
    loop {
        match tokens.next()? {
            Event::End => break,
            Event::Open(Tag::Card) => is_card = true,
            Event::Close(Tag::Card) => is_card = false,
            Event::Open(Tag::Row) => (kind, size) = (String::new(), None),
            Event::Field(Tag::Kind) => kind = tokens.value().to_ascii_uppercase(),
            Event::Field(Tag::Amount) => size = amount::parse_alone(tokens.value()),
            Event::Close(Tag::Row) => {
                if let Some(amount) = size.take().filter(|amount| !amount.size.is_zero()) {
                    let is_negative = amount.signed().is_sign_negative();
                    has_minus |= is_negative;
                    all.add(&kind, is_negative);
                    if is_card {
                        cards.add(&kind, is_negative);
                    }
                }
            }
            _ => {}
        }
    }
    let cards_are_inverted = cards.is_inverted();
    // One alone may be a purchase that was taken back.
    let is_unsigned = !cards_are_inverted && !has_minus && all.out_positive > 1;
    Ok(Signs { cards_are_inverted, is_unsigned })
}

impl Count {
    fn add(&mut self, kind: &str, is_negative: bool) {
        let place = match (OUT.contains(&kind), IN.contains(&kind), is_negative) {
            (true, _, true) => &mut self.out_negative,
            (true, _, false) => &mut self.out_positive,
            (_, true, true) => &mut self.in_negative,
            (_, true, false) => &mut self.in_positive,
            _ => return,
        };
        *place += 1;
    }

    /// One row alone may be a mistake; two agree.
    const fn is_inverted(&self) -> bool {
        self.out_negative == 0
            && self.in_positive == 0
            && self.out_positive > 0
            && self.out_positive + self.in_negative > 1
    }
}
