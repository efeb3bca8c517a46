//! Descriptors that are made of several texts of a row.

use domain::line;

/// Two texts as one descriptor, unless one says the other too.
pub(super) fn joined(first: &str, second: &str) -> String {
    match (first.trim(), second.trim()) {
        ("", only) | (only, "") => line::descriptor(only),
        (first, second) => {
            let (first, second) = (line::descriptor(first), line::descriptor(second));
            if contains(&second, &first) {
                second
            } else if contains(&first, &second) {
                first
            } else {
                line::descriptor(&format!("{first} {second}"))
            }
        }
    }
}

/// Whether a text holds another, in any case of letters.
fn contains(whole: &str, part: &str) -> bool {
    part.len() <= whole.len()
        && whole.as_bytes().windows(part.len().max(1)).any(|piece| piece.eq_ignore_ascii_case(part.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_twice_stands_once() {
        assert_eq!(joined("COFFEE BAR", "coffee bar  12"), "coffee bar 12");
        assert_eq!(joined("Coffee bar 12", "COFFEE BAR"), "Coffee bar 12");
        assert_eq!(joined(" Coffee ", "12"), "Coffee 12");
        assert_eq!(joined("", " 12"), "12");
        assert_eq!(joined("Coffee", "\u{0}"), "Coffee");
        assert_eq!(joined("", ""), "");
    }
}
