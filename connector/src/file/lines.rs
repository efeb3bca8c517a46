//! Lines of text, one at a time, whatever they end with.

use std::io::BufRead;

use super::{Refusal, text::Text};

/// A reader of lines.
pub(crate) struct Lines<R> {
    text: Text<R>,
    end: u8,
    /// Bytes of the window that were handed out.
    given: usize,
}

impl<R: BufRead> Lines<R> {
    /// Lines end with a line feed, unless the beginning has none and has carriage returns.
    pub(crate) fn new(mut text: Text<R>) -> Self {
        let window = text.window().as_bytes();
        let is_old = memchr::memchr(b'\n', window).is_none() && memchr::memchr(b'\r', window).is_some();
        let end = if is_old { b'\r' } else { b'\n' };
        text.set_line_end(end);
        Self { text, end, given: 0 }
    }

    /// The next line without its end, and its number; `None` at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<(&str, u64)>, Refusal> {
        self.text.consume(std::mem::take(&mut self.given));
        let mut seen = 0;
        let bytes = loop {
            let window = self.text.window().as_bytes();
            if let Some(at) = memchr::memchr(self.end, &window[seen..]) {
                self.given = seen + at + 1;
                break seen + at;
            }
            seen = window.len();
            if !self.text.more()? {
                if seen == 0 {
                    return Ok(None);
                }
                self.given = seen;
                break seen;
            }
        };
        self.text.check(bytes)?;
        let line = self.text.window()[..bytes].trim_end_matches(['\r', '\n']);
        Ok(Some((line, self.text.line())))
    }

    /// Refuses what is longer than one element may be.
    pub(crate) const fn check(&self, bytes: usize) -> Result<(), Refusal> {
        self.text.check(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Cursor};

    fn lines(source: &str) -> Vec<(String, u64)> {
        let input = BufReader::with_capacity(3, Cursor::new(source.as_bytes()));
        let mut lines = Lines::new(Text::open(input, 1 << 20).expect("a head"));
        let mut found = Vec::new();
        while let Some((line, number)) = lines.next().expect(source) {
            found.push((line.to_owned(), number));
        }
        found
    }

    #[test]
    fn lines_end_in_any_way() {
        let expected: Vec<(String, u64)> =
            [("a", 1), ("", 2), ("b", 3)].map(|(line, number)| (line.to_owned(), number)).to_vec();
        for source in ["a\n\nb", "a\r\n\r\nb\r\n", "a\r\rb", "a\r\r\n\nb\n"] {
            assert_eq!(lines(source), expected, "{source:?}");
        }
        assert_eq!(lines(""), []);
        let long = "x".repeat(200_000);
        assert_eq!(lines(&format!("{long}\n{long}")), [(long.clone(), 1), (long, 2)]);
    }
}
