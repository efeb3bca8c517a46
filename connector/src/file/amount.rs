//! Amounts as banks write them: signs before and behind, brackets, CR and DR, currency signs, and marks that mean thousands here and
//! decimals there.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What stands between the whole units and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `1,234.56`
    Point,
    /// `1.234,56`
    Comma,
}

impl DecimalMark {
    const fn char(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

/// What a text says of a direction, apart from the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Nothing.
    Unsaid,
    /// A plus, or CR.
    Plus,
    /// A minus, brackets, or DR.
    Minus,
}

/// A number with what was written around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amount {
    /// Without its sign.
    pub(super) size: Decimal,
    /// Its sign.
    pub(super) sign: Sign,
    /// Whether a currency stood with it.
    pub(super) has_currency: bool,
}

impl Amount {
    /// The number with its sign: minus is negative.
    pub(super) fn signed(&self) -> Decimal {
        if self.sign == Sign::Minus { -self.size } else { self.size }
    }
}

/// The body of an amount, digits and marks, and what was around it.
struct Parts<'a> {
    body: &'a str,
    sign: Sign,
    has_currency: bool,
}

/// Takes signs and currencies off both ends.
fn parts(text: &str) -> Option<Parts<'_>> {
    let mut body = text.trim_matches(is_blank);
    let mut sign = Sign::Unsaid;
    let mut has_currency = false;
    let mut signs = 0;
    if let Some(inner) = body.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (body, sign, signs) = (inner.trim_matches(is_blank), Sign::Minus, 1);
    }
    loop {
        let before = body;
        for (mark, meaning) in
            [('-', Sign::Minus), ('\u{2212}', Sign::Minus), ('\u{2013}', Sign::Minus), ('+', Sign::Plus)]
        {
            if let Some(rest) = body.strip_prefix(mark).or_else(|| body.strip_suffix(mark)) {
                (body, sign, signs) = (rest, meaning, signs + 1);
            }
        }
        if let Some((rest, word)) = split_word(body) {
            let is_behind = body.starts_with(rest);
            match word {
                "CR" | "Cr" | "cr" => (sign, signs) = (Sign::Plus, signs + 1),
                "DR" | "Dr" | "dr" | "DB" | "Db" | "db" => (sign, signs) = (Sign::Minus, signs + 1),
                // Soll and Haben, débito and crédito: behind the number, never before it.
                "H" | "C" if is_behind => (sign, signs) = (Sign::Plus, signs + 1),
                "S" | "D" if is_behind => (sign, signs) = (Sign::Minus, signs + 1),
                _ if is_currency(word) => has_currency = true,
                _ => return None,
            }
            body = rest;
        }
        body = body.trim_matches(is_blank);
        if body == before {
            break;
        }
    }
    (signs <= 1 && !body.is_empty()).then_some(Parts { body, sign, has_currency })
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// A run of letters or currency signs at an end of the text.
fn split_word(text: &str) -> Option<(&str, &str)> {
    let is_letter = |c: char| c.is_alphabetic() || "$£€¥₹₽₩₪₫₱฿₴₦₺".contains(c);
    let head = text.len() - text.trim_start_matches(is_letter).len();
    if head > 0 {
        let (word, rest) = text.split_at(head);
        // `Kr.` and `Rs.` end in a point that is no decimal mark.
        let rest = if word.chars().all(char::is_alphabetic) { rest.strip_prefix(". ").unwrap_or(rest) } else { rest };
        return Some((rest, word));
    }
    // `4,50 kr.`
    let text = text.strip_suffix('.').filter(|text| text.ends_with(char::is_alphabetic)).unwrap_or(text);
    let tail = text.trim_end_matches(is_letter).len();
    (tail < text.len()).then(|| text.split_at(tail))
}

fn is_currency(word: &str) -> bool {
    symbol_code(word).is_some()
        || [
            "$", "R$", "A$", "NZ$", "C$", "US$", "AU$", "S$", "HK$", "kr", "Kr", "Fr", "R", "zł", "Kč", "Ft", "Rs",
            "Rp",
        ]
        .contains(&word)
        || (word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// The currency of a sign that only one has.
pub(super) fn symbol_code(sign: &str) -> Option<&'static str> {
    Some(match sign {
        "€" => "EUR",
        "£" => "GBP",
        "₹" => "INR",
        "₽" => "RUB",
        "₩" => "KRW",
        "₪" => "ILS",
        "₫" => "VND",
        "₱" => "PHP",
        "฿" => "THB",
        "₴" => "UAH",
        "₦" => "NGN",
        "₺" => "TRY",
        _ => return None,
    })
}

/// The currency of the sign in an amount, if it is clear.
pub(super) fn symbol_of(text: &str) -> Option<&'static str> {
    let mut characters = [0; 4];
    text.chars().filter(|c| !c.is_ascii()).find_map(|c| symbol_code(c.encode_utf8(&mut characters)))
}

/// Digits of which any number of them fits.
const PLAIN_DIGITS: usize = 18;

/// An amount as nearly all are: a sign or none, digits, a mark or none, digits. `None`: it is to be looked at more closely.
fn plain(text: &str, mark: DecimalMark) -> Option<Amount> {
    let (sign, body) = match text.as_bytes() {
        [b'-', body @ ..] => (Sign::Minus, body),
        [b'+', body @ ..] => (Sign::Plus, body),
        body => (Sign::Unsaid, body),
    };
    if body.len() > PLAIN_DIGITS {
        return None;
    }
    let (mut mantissa, mut point) = (0_i64, None);
    for (at, byte) in body.iter().enumerate() {
        if byte.is_ascii_digit() {
            mantissa = 10 * mantissa + i64::from(byte - b'0');
        } else if char::from(*byte) == mark.char() && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    let digits = body.len() - usize::from(point.is_some());
    let scale = point.map_or(0, |at| body.len() - at - 1);
    let size = Decimal::try_new(mantissa, u32::try_from(scale).ok()?).ok().filter(|_| digits > 0)?;
    Some(Amount { size, sign, has_currency: false })
}

/// An amount, with the decimal mark that holds for the file.
pub(super) fn parse(text: &str, mark: DecimalMark) -> Option<Amount> {
    plain(text, mark).or_else(|| closely(text, mark))
}

fn closely(text: &str, mark: DecimalMark) -> Option<Amount> {
    let Parts { body, sign, has_currency } = parts(text)?;
    let size = number(body, mark)?;
    Some(Amount { size, sign, has_currency })
}

/// An amount where nothing is known of the mark: both marks say it themselves, one alone is the decimal mark unless it stands twice.
pub(super) fn parse_alone(text: &str) -> Option<Amount> {
    // With one mark it is that one, with none either.
    if let Some(amount) = plain(text, DecimalMark::Point).or_else(|| plain(text, DecimalMark::Comma)) {
        return Some(amount);
    }
    let mark = evidence(text).unwrap_or(if text.contains(',') { DecimalMark::Comma } else { DecimalMark::Point });
    parse(text, mark)
}

/// Digits, one decimal mark, and marks between thousands: groups of three, or of two but for the last (as in India).
fn number(body: &str, mark: DecimalMark) -> Option<Decimal> {
    let (whole, fraction) = body.split_once(mark.char()).unwrap_or((body, ""));
    let mut mantissa: i64 = 0;
    let mut digits = 0_u32;
    let mut push = |byte: u8| {
        digits += 1;
        mantissa = mantissa.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
        Some(())
    };
    let mut group = 0_usize;
    let mut separator = None;
    for c in whole.chars() {
        match c {
            '0'..='9' => {
                group += 1;
                push(u8::try_from(c).ok()?)?;
            }
            '.' | ',' | '\'' | '\u{2019}' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' if c != mark.char() => {
                let fits = if separator.is_none() { (1..=3).contains(&group) } else { group == 2 || group == 3 };
                if !fits || separator.is_some_and(|before| before != c) {
                    return None;
                }
                (separator, group) = (Some(c), 0);
            }
            _ => return None,
        }
    }
    if separator.is_some() && group != 3 {
        return None;
    }
    for byte in fraction.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        push(byte)?;
    }
    (digits > 0).then(|| Decimal::try_new(mantissa, u32::try_from(fraction.len()).ok()?).ok()).flatten()
}

/// What an amount says of the decimal mark of its file; `None` if it may be either.
pub(super) fn evidence(text: &str) -> Option<DecimalMark> {
    let body = parts(text)?.body;
    let (point, comma) = (body.rfind('.'), body.rfind(','));
    let alone = |at: usize, this: DecimalMark, other: DecimalMark| {
        let twice = body.matches(this.char()).count() > 1;
        let after = body.len() - at - 1;
        let zero = body[..at].bytes().all(|byte| byte == b'0');
        match after {
            _ if twice => Some(other),
            3 if !zero && at <= 3 => None,
            _ => Some(this),
        }
    };
    match (point, comma) {
        (Some(point), Some(comma)) if point > comma => Some(DecimalMark::Point),
        (Some(_), Some(_)) => Some(DecimalMark::Comma),
        (Some(at), None) => alone(at, DecimalMark::Point, DecimalMark::Comma),
        (None, Some(at)) => alone(at, DecimalMark::Comma, DecimalMark::Point),
        (None, None) => None,
    }
}

/// The decimal mark of a file by all of its amounts, and whether they prove it.
pub(super) fn mark_of<'a>(amounts: impl Iterator<Item = &'a str>) -> (DecimalMark, bool) {
    let (mut points, mut commas) = (0, 0);
    let (mut has_point, mut has_comma) = (false, false);
    for amount in amounts {
        match evidence(amount) {
            Some(DecimalMark::Point) => points += 1,
            Some(DecimalMark::Comma) => commas += 1,
            None if parse_alone(amount).is_some() => {
                has_point |= amount.contains('.');
                has_comma |= amount.contains(',');
            }
            None => {}
        }
    }
    if points + commas > 0 {
        let mark = if points >= commas { DecimalMark::Point } else { DecimalMark::Comma };
        return (mark, points == 0 || commas == 0);
    }
    // Only whole numbers, or 1,234 and the like: then the mark there is stands between thousands.
    match (has_point, has_comma) {
        (true, false) => (DecimalMark::Comma, false),
        (false, true) => (DecimalMark::Point, false),
        (has_marks, _) => (DecimalMark::Point, !has_marks),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, mark: DecimalMark) -> Option<String> {
        parse(text, mark).map(|amount| amount.signed().to_string())
    }

    #[test]
    fn amounts_are_read_as_banks_write_them() {
        for (text, expected) in [
            ("12.34", "12.34"),
            ("-12.34", "-12.34"),
            ("+ 12.34", "12.34"),
            ("12.34-", "-12.34"),
            ("(1,234.56)", "-1234.56"),
            ("($1,234.56)", "-1234.56"),
            ("-$5.00", "-5.00"),
            ("$-5.00", "-5.00"),
            ("£1,183.23", "1183.23"),
            ("+ £1,100.00", "1100.00"),
            ("12.34 CR", "12.34"),
            ("12.34DR", "-12.34"),
            ("12.34 DB", "-12.34"),
            ("12.34 S", "-12.34"),
            ("12.34 C", "12.34"),
            ("- $20.00", "-20.00"),
            ("\u{2013}7.00", "-7.00"),
            ("1\u{2009}234.50", "1234.50"),
            ("4.50 kr.", "4.50"),
            ("USD 1 234.50", "1234.50"),
            ("1'234.50 CHF", "1234.50"),
            ("1,00,000.00", "100000.00"),
            (".5", "0.5"),
            ("5.", "5"),
            ("\u{2212}7", "-7"),
            ("\u{a0}18.150", "18.150"),
        ] {
            assert_eq!(read(text, DecimalMark::Point).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(read("-1.234,56", DecimalMark::Comma).as_deref(), Some("-1234.56"));
        assert_eq!(read("R$ 5.326,43", DecimalMark::Comma).as_deref(), Some("5326.43"));
        for wrong in
            ["", "-", "12..34", "12,34", "1,2345", "--5", "-5 DR", "5 apples", "1e5", "0x10", "NaN", "1.2.3", "5\0"]
        {
            assert_eq!(read(wrong, DecimalMark::Point), None, "{wrong}");
        }
    }

    #[test]
    fn the_mark_is_found_where_it_is_clear() {
        use DecimalMark::{Comma, Point};
        for (text, mark) in [
            ("1,234.56", Some(Point)),
            ("1.234,56", Some(Comma)),
            ("12,5", Some(Comma)),
            ("12.50", Some(Point)),
            ("1.234", None),
            ("1,234", None),
            ("0,125", Some(Comma)),
            ("1.234.567", Some(Comma)),
            ("12345.678", Some(Point)),
            ("12", None),
        ] {
            assert_eq!(evidence(text), mark, "{text}");
        }
        assert_eq!(parse_alone("-11,76").map(|amount| amount.signed().to_string()).as_deref(), Some("-11.76"));
        assert_eq!(parse_alone("1,234").map(|amount| amount.signed().to_string()).as_deref(), Some("1.234"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not(text in ".{0,40}") {
            let _ = parse_alone(&text);
        }

        #[test]
        fn what_is_plain_is_read_as_by_a_closer_look(text in "[-+]?[0-9]{0,12}[.,]?[0-9]{0,7}", comma: bool) {
            let mark = if comma { DecimalMark::Comma } else { DecimalMark::Point };
            let exact = |amount: Option<Amount>| amount.map(|amount| (amount.size.scale(), amount));
            let other = if text.contains(',') { DecimalMark::Comma } else { DecimalMark::Point };
            let alone = closely(&text, evidence(&text).unwrap_or(other));
            prop_assert_eq!(exact(parse(&text, mark)), exact(closely(&text, mark)));
            prop_assert_eq!(exact(parse_alone(&text)), exact(alone));
        }

        #[test]
        fn what_is_written_is_read(minor in 0_i64..99_999_999_999, negative: bool, comma: bool) {
            let (thousands, mark, read_as) = if comma { ('.', ',', DecimalMark::Comma) } else { (',', '.', DecimalMark::Point) };
            let whole = (minor / 100).to_string();
            let mut grouped = String::new();
            for (index, digit) in whole.chars().enumerate() {
                if index > 0 && (whole.len() - index) % 3 == 0 {
                    grouped.push(thousands);
                }
                grouped.push(digit);
            }
            let text = format!("{}{grouped}{mark}{:02}", if negative { "-" } else { "" }, minor % 100);
            let expected = Decimal::new(if negative { -minor } else { minor }, 2);
            prop_assert_eq!(parse(&text, read_as).map(|amount| amount.signed()), Some(expected));
        }
    }
}
