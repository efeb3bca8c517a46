//! Lines of a text that was broken after 65 signs, whatever stood there.

/// Signs of a full line.
const WIDTH: usize = 65;

/// The lines as one text: a full line goes on in the middle of its last word, others end with a word.
pub(super) fn joined(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        whole.push_str(line);
        if lines.peek().is_some() && line.chars().count() != WIDTH {
            whole.push(' ');
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_lines_are_cut_within_a_word() {
        let full = format!("{} Bet", "x".repeat(61));
        assert_eq!(joined(&format!("{full}\nreff")), format!("{full}reff"));
        let trimmed = "x".repeat(64);
        assert_eq!(joined(&format!("{trimmed}\nBetreff")), format!("{trimmed} Betreff"));
        assert_eq!(joined("one\ntwo"), "one two");
        assert_eq!(joined(""), "");
    }
}
