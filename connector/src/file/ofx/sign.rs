//! Cards whose bank writes what was spent without a minus. The format says that money out is negative; what kind a row is (`TRNTYPE`)
//! shows where a bank sees it the other way round.

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

/// Whether the beginning of a file proves that its cards write money out without a minus: all of what is spent is positive, and nothing
/// that comes in is.
pub(super) fn cards_are_inverted(sample: &str) -> Result<bool, Refusal> {
    let mut tokens = Tokens::new(Text::open(Cursor::new(sample.as_bytes()), usize::MAX)?);
    let (mut count, mut is_card) = (Count::default(), false);
    let (mut kind, mut size) = (String::new(), None);
    loop {
        match tokens.next()? {
            Event::End => break,
            Event::Open(Tag::Card) => is_card = true,
            Event::Close(Tag::Card) => is_card = false,
            Event::Open(Tag::Row) => (kind, size) = (String::new(), None),
            Event::Field(Tag::Kind) => kind = tokens.value().to_ascii_uppercase(),
            Event::Field(Tag::Amount) => size = amount::parse_alone(tokens.value()),
            Event::Close(Tag::Row) if is_card => {
                if let Some(amount) = size.take().filter(|amount| !amount.size.is_zero()) {
                    count.add(&kind, amount.signed().is_sign_negative());
                }
            }
            _ => {}
        }
    }
    Ok(count.is_inverted())
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
