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
    part.is_empty()
        || part.len() <= whole.len()
            && whole.as_bytes().windows(part.len()).any(|piece| piece.eq_ignore_ascii_case(part.as_bytes()))
}
