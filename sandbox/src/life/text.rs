//! What terminals and banks print: patterns become descriptors.

use std::fmt::Write;

use domain::day::Month;

use crate::dice::{Dice, seed_of_text};

/// Characters of a descriptor that a card network passes on.
pub(super) const CARD_CHARS: usize = 22;

/// Letters and digits of order numbers.
const ORDER: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Writes a pattern: `%` a digit that belongs to `owner` and the pattern, `~` a letter or digit of `dice`, `@` the city, `^` the month.
pub(super) fn write(pattern: &str, owner: u64, dice: &mut Dice, city: &str, month: Month) -> String {
    let mut own = Dice::new(seed_of_text(owner, pattern));
    let mut text = String::with_capacity(pattern.len() + city.len() + 8);
    for c in pattern.chars() {
        match c {
            '%' => text.push(char::from(b'0' + u8::try_from(own.below(10)).unwrap_or(0))),
            '~' => text.push(char::from(ORDER[usize::try_from(dice.below(32)).unwrap_or(0)])),
            '@' => text.push_str(city),
            '^' => {
                // Writing to a text cannot fail.
                let _ = write!(text, "{:02}/{}", month.month(), month.year());
            }
            other => text.push(other),
        }
    }
    text
}

/// As a card network passes it on.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(CARD_CHARS).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_stores_stay_and_numbers_of_orders_change() {
        let month = "2025-03".parse().expect("a month");
        let mut dice = Dice::new(1);
        let mut print = |pattern, owner| write(pattern, owner, &mut dice, "BERLIN", month);
        assert_eq!(print("REWE %%%% @", 7), print("REWE %%%% @", 7));
        assert_ne!(print("REWE %%%% @", 7), print("REWE %%%% @", 8));
        assert_ne!(print("UBER *~~~~~", 7), print("UBER *~~~~~", 7));
        assert_eq!(print("GEHALT ^", 7), "GEHALT 03/2025");
        assert_eq!(cut("REWE SAGT DANKE 42103 BERLIN"), "REWE SAGT DANKE 42103");
    }
}
