//! A line: one transaction as its source tells it, whether a bank's interface, a statement file or a person. What reconciling compares
//! with the rows that are there.

use rust_decimal::Decimal;

use crate::{category::CategoryId, currency::Currency, day::Day, money::Money};

/// Characters of a descriptor that are kept; the archive has all of it.
pub const DESCRIPTOR_CHARS: usize = 200;
/// Bytes of an id that a source gives a line.
pub const SOURCE_ID_BYTES: usize = 255;

/// One transaction as its source tells it. The account, and with it the currency, is known from where the line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The source's own id of it; never empty.
    pub source_id: Option<String>,
    /// The source's own id of the line that this one takes the place of: a pending one of a bank, or one that a file corrects.
    pub replaces_source_id: Option<String>,
    /// Booked on; while it is pending: authorized on.
    pub day: Day,
    /// In minor units of the account's currency; in positive, out negative.
    pub amount_minor: i64,
    /// What it was in another currency before the bank converted it, as [`original`] makes it.
    pub original: Option<Money>,
    /// Whether the bank has not booked it yet.
    pub pending: bool,
    /// What the bank writes about it, made tidy by [`descriptor`].
    pub descriptor: String,
    /// The merchant's name, where the source gives one apart from the descriptor.
    pub merchant_name: Option<String>,
    /// The merchant category code (ISO 18245) that came with a card payment.
    pub merchant_category_code: Option<u16>,
    /// The category, or the group of categories, that the source names, as far as it is known ([`crate::categorize::told`]).
    pub category: Option<CategoryId>,
}

/// What an amount was in another currency, of which a source says the size: the direction is that of the amount. `None` where it says nothing more
/// than the amount, or what is no amount of that currency.
#[must_use]
pub fn original(amount: Money, size: Decimal, currency: Currency) -> Option<Money> {
    let original = Money::from_decimal(size.abs(), currency).ok().filter(|original| original.minor != 0)?;
    let is_other = currency != amount.currency && amount.minor != 0;
    is_other.then_some(Money { minor: original.minor * amount.minor.signum(), ..original })
}

/// A descriptor as it is kept: one line, single spaces, no control characters, at most [`DESCRIPTOR_CHARS`] long.
#[must_use]
pub fn descriptor(text: &str) -> String {
    if is_tidy(text.as_bytes()) {
        return text.to_owned();
    }
    let spaced = |c: char| if c.is_control() || c.is_whitespace() { ' ' } else { c };
    let mut tidy = String::with_capacity(text.len().min(DESCRIPTOR_CHARS * 4));
    for (count, c) in text
        .chars()
        .map(spaced)
        .filter({
            let mut before = ' ';
            move |c| std::mem::replace(&mut before, *c) != ' ' || *c != ' '
        })
        .enumerate()
    {
        if count == DESCRIPTOR_CHARS {
            break;
        }
        tidy.push(c);
    }
    tidy.truncate(tidy.trim_end().len());
    tidy
}

/// Whether a text is plain ASCII with single spaces within, as most are.
fn is_tidy(text: &[u8]) -> bool {
    let mut before = b' ';
    let is_plain = |byte: &u8| {
        let was_space = std::mem::replace(&mut before, *byte) == b' ';
        (b'!'..=b'~').contains(byte) || (*byte == b' ' && !was_space)
    };
    text.len() <= DESCRIPTOR_CHARS && text.iter().all(is_plain) && !text.ends_with(b" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_original_amount_goes_the_way_of_the_amount() {
        let currency = |code: &str| Currency::from_code(code).expect(code);
        let of = |minor, size: &str, code| {
            let size = size.parse().expect("a decimal");
            original(Money::new(minor, Currency::EURO), size, currency(code)).map(|money| money.minor)
        };
        assert_eq!(
            [of(-950, "10.00", "USD"), of(-950, "-10", "USD"), of(950, "-10", "USD")],
            [Some(-1_000), Some(-1_000), Some(1_000)]
        );
        assert_eq!(of(-950, "1500", "JPY"), Some(-1_500));
        for nothing in [of(-950, "9.50", "EUR"), of(0, "10", "USD"), of(-950, "0", "USD"), of(-950, "10.123", "USD")] {
            assert_eq!(nothing, None);
        }
    }

    #[test]
    fn descriptors_are_tidy() {
        assert_eq!(descriptor("  SQ *COFFEE\t\r\nBAR \u{0}12  "), "SQ *COFFEE BAR 12");
        for tidy in ["", "SQ *COFFEE BAR 12", "~a!"] {
            assert!(is_tidy(tidy.as_bytes()) && descriptor(tidy) == tidy, "{tidy}");
        }
        for (text, expected) in [(" a", "a"), ("a ", "a"), ("a  b", "a b"), ("a\tb", "a b"), ("\u{e9}", "\u{e9}")] {
            assert!(!is_tidy(text.as_bytes()) && descriptor(text) == expected, "{text}");
        }
        assert_eq!(descriptor(""), "");
        assert_eq!(descriptor(" \n "), "");
        assert_eq!(descriptor(&"é".repeat(500)).chars().count(), DESCRIPTOR_CHARS);
    }
}
