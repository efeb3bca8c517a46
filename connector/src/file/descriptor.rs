//! Descriptors of several texts: what a bank says of one row in many places, each thing once.

use domain::line;

/// The texts in their order; one that another holds too is left out, because banks cut a name off and repeat all of it elsewhere.
pub(super) fn once<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut kept: Vec<String> = Vec::new();
    for text in texts {
        let text = line::descriptor(text);
        if text.is_empty() || kept.iter().any(|other| contains(other, &text)) {
            continue;
        }
        kept.retain(|other| !contains(&text, other));
        kept.push(text);
    }
    match kept.as_slice() {
        [only] => only.clone(),
        many => line::descriptor(&many.join(" ")),
    }
}

/// Whether a text holds another, in any case of letters.
pub(super) fn contains(whole: &str, part: &str) -> bool {
    let (whole, part) = (whole.as_bytes(), part.as_bytes());
    let Some(first) = part.first() else { return true };
    let Some(last_start) = whole.len().checked_sub(part.len()) else { return false };
    let starts = memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), &whole[..=last_start]);
    starts.into_iter().any(|at| whole[at..at + part.len()].eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_holds_another_in_any_case() {
        for (whole, part) in
            [("a", ""), ("", ""), ("Coffee Bar", "BAR"), ("bar", "BAR"), ("aab", "ab"), ("\u{e9}b", "B")]
        {
            assert!(contains(whole, part), "{whole} {part}");
        }
        for (whole, part) in [("", "a"), ("ba", "bar"), ("b ar", "bar")] {
            assert!(!contains(whole, part), "{whole} {part}");
        }
    }
}
