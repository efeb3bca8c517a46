//! Days as Quicken writes them: padded with spaces, and with an apostrophe before the years from 2000 on (`6/ 5'24`).

/// A day in the form in which others write it.
pub(super) fn plain<'a>(text: &'a str, buffer: &'a mut String) -> &'a str {
    let text = text.trim();
    if !text.contains(['\'', ' ']) {
        return text;
    }
    buffer.clear();
    let is_separator = |c: char| matches!(c, '/' | '-' | '.' | '\'');
    let (front, year) = text.split_once('\'').map_or((text, None), |(front, year)| (front, Some(year.trim())));
    let mut spaces = 0;
    for c in front.chars() {
        match c {
            ' ' => spaces += 1,
            c => {
                // Spaces beside a separator are padding; between words they stay.
                if spaces > 0 && !is_separator(c) && !buffer.ends_with(is_separator) {
                    buffer.push(' ');
                }
                spaces = 0;
                buffer.push(c);
            }
        }
    }
    if let Some(year) = year {
        buffer.push_str(match year.len() {
            1 => "/200",
            2 => "/20",
            _ => "/",
        });
        buffer.push_str(year);
    }
    buffer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_and_apostrophes_go() {
        for (text, expected) in [
            ("6/ 5'24", "6/5/2024"),
            ("12/28' 4", "12/28/2004"),
            ("1/ 1'2000", "1/1/2000"),
            ("12.31'99", "12.31/2099"),
            (" 6/ 5/98", "6/5/98"),
            ("6 / 5 / 2024", "6/5/2024"),
            ("5 Nov 2026", "5 Nov 2026"),
            ("2022-09-23", "2022-09-23"),
            ("05/11/2026 13:45", "05/11/2026 13:45"),
            ("'", "/"),
            ("", ""),
        ] {
            assert_eq!(plain(text, &mut String::new()), expected, "{text}");
        }
    }
}
