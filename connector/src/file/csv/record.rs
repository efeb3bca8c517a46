//! Rows of a table. A row ends with its line, unless a quotation mark is open; one that never closes costs its own line and no other.

use std::{io::BufRead, ops::Range};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::super::{Refusal, text::Text};

/// Lines that one row may have.
const LINES_A_ROW: usize = 40;

/// A reader of rows. It holds one at a time.
pub(super) struct Records<R> {
    pub(super) text: Text<R>,
    delimiter: u8,
    terminator: u8,
    quoted: Reader,
    /// The text of the row's fields, and where each stands in it, without spaces around it.
    output: String,
    fields: Vec<Range<usize>>,
    /// What is taken out of quotation marks, and where each field ends in it.
    unquoted: Vec<u8>,
    ends: Vec<usize>,
    is_unfinished: bool,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A row: [`Records::get`] has its fields.
    Record { line: u64 },
    /// A line in which a quotation mark opens and does not close.
    OpenQuote { line: u64 },
    /// The end of the file.
    End,
}

/// Where a row ends in the window.
enum End {
    /// After so many bytes, its terminator included.
    At { bytes: usize, has_quotes: bool },
    /// After so many bytes, because a quotation mark does not close.
    OpenQuote { bytes: usize },
    /// Beyond the window.
    Cut,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(mut text: Text<R>, delimiter: u8) -> Self {
        let terminator = terminator(text.window());
        text.set_line_end(terminator);
        let quoted = ReaderBuilder::new().delimiter(delimiter).build();
        Self {
            text,
            delimiter,
            terminator,
            quoted,
            output: String::new(),
            fields: Vec::new(),
            unquoted: Vec::new(),
            ends: Vec::new(),
            is_unfinished: false,
        }
    }

    /// Leaves lines of text behind, whatever is in them.
    pub(super) fn skip_lines(&mut self, lines: u64) -> Result<(), Refusal> {
        for _ in 0..lines {
            loop {
                if let Some(at) = memchr::memchr(self.terminator, self.text.window().as_bytes()) {
                    self.text.consume(at + 1);
                    break;
                }
                if !self.text.more()? {
                    self.text.consume(self.text.window().len());
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Reads the next row.
    pub(super) fn next(&mut self) -> Result<Next, Refusal> {
        loop {
            let window = self.text.window().as_bytes();
            if !window.is_empty() || self.text.is_ended() {
                match self.end_of_row(window) {
                    End::At { bytes: 0, .. } => return Ok(Next::End),
                    End::At { bytes, has_quotes } => {
                        let line = self.text.line();
                        self.is_unfinished = window[bytes - 1] != self.terminator;
                        self.split(bytes, has_quotes);
                        self.text.consume(bytes);
                        return Ok(Next::Record { line });
                    }
                    End::OpenQuote { bytes } => {
                        let line = self.text.line();
                        self.text.consume(bytes);
                        return Ok(Next::OpenQuote { line });
                    }
                    End::Cut => {}
                }
            }
            self.text.more()?;
        }
    }

    /// Whether the file ends before the row's line does.
    pub(super) const fn is_unfinished(&self) -> bool {
        self.is_unfinished
    }

    /// How many fields the row has.
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// A field, without spaces around it; empty if the row is shorter.
    pub(super) fn get(&self, index: usize) -> &str {
        self.fields.get(index).map_or("", |field| &self.output[field.clone()])
    }

    fn end_of_row(&self, window: &[u8]) -> End {
        let ended = self.text.is_ended();
        let first = match memchr::memchr(self.terminator, window) {
            Some(at) => at + 1,
            None if ended => window.len(),
            None => return End::Cut,
        };
        if memchr::memchr(b'"', &window[..first]).is_none() {
            return End::At { bytes: first, has_quotes: false };
        }
        let mut lines = 1;
        let (mut in_quotes, mut index) = (false, 0);
        while let Some(step) = memchr::memchr2(b'"', self.terminator, &window[index..]) {
            let at = index + step;
            index = at + 1;
            match (window[at] == b'"', in_quotes) {
                (true, true) if window.get(index) == Some(&b'"') => index += 1,
                (true, true) => in_quotes = false,
                // Within a field it is a letter like others.
                (true, false) => in_quotes = at == 0 || window[at - 1] == self.delimiter,
                (false, false) => return End::At { bytes: index, has_quotes: true },
                (false, true) => {
                    lines += 1;
                    if lines > LINES_A_ROW {
                        return End::OpenQuote { bytes: first };
                    }
                }
            }
        }
        match (ended, in_quotes) {
            (false, _) => End::Cut,
            (true, true) => End::OpenQuote { bytes: first },
            (true, false) => End::At { bytes: window.len(), has_quotes: true },
        }
    }

    /// Takes the fields of a row out of the window.
    fn split(&mut self, bytes: usize, has_quotes: bool) {
        self.fields.clear();
        self.output.clear();
        if has_quotes {
            self.split_quoted(bytes);
            return;
        }
        let row = &self.text.window()[..bytes];
        self.output.push_str(row.trim_end_matches(['\n', '\r']));
        let mut start = 0;
        for at in memchr::memchr_iter(self.delimiter, self.output.as_bytes()) {
            self.fields.push(trimmed(&self.output, start..at));
            start = at + 1;
        }
        self.fields.push(trimmed(&self.output, start..self.output.len()));
    }

    fn split_quoted(&mut self, bytes: usize) {
        let mut input = &self.text.window().as_bytes()[..bytes];
        self.quoted.reset();
        self.unquoted.resize(bytes + 1, 0);
        // There are at most as many fields as bytes.
        self.ends.resize(bytes + 2, 0);
        let (mut written, mut ended) = (0, 0);
        loop {
            let (result, read, output, ends) =
                self.quoted.read_record(input, &mut self.unquoted[written..], &mut self.ends[ended..]);
            input = &input[read..];
            written += output;
            ended += ends;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record
                | ReadRecordResult::End
                | ReadRecordResult::OutputFull
                | ReadRecordResult::OutputEndsFull => break,
            }
        }
        // What is left out is ASCII: the rest stays text.
        self.output.push_str(std::str::from_utf8(&self.unquoted[..written]).unwrap_or_default());
        let mut start = 0;
        for end in &self.ends[..ended] {
            let end = (*end).min(self.output.len());
            self.fields.push(trimmed(&self.output, start..end));
            start = end;
        }
    }
}

/// Where a field stands without what is around it.
fn trimmed(row: &str, field: Range<usize>) -> Range<usize> {
    let text = &row[field.clone()];
    // Nearly every field begins and ends with what belongs to it.
    if let [first, .., last] = text.as_bytes()
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
        && !matches!(first, b'=' | b'"')
    {
        return field;
    }
    let is_around = |c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0';
    let behind = text.trim_start_matches(is_around);
    let (mut start, mut inner) = (field.end - behind.len(), behind.trim_end_matches(is_around));
    // `="0012"` is how a spreadsheet is told that digits are a text.
    if inner.starts_with("=\"") {
        (start, inner) = (start + 1, &inner[1..]);
    }
    // `"a", "b"`: with a space before it a quotation mark opens nothing, and is kept.
    if let Some(quoted) = inner.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
        (start, inner) = (start + 1 + quoted.len() - quoted.trim_start().len(), quoted.trim());
    }
    start..start + inner.len()
}

/// What ends a line: files of old Macintosh programs have carriage returns alone.
fn terminator(window: &str) -> u8 {
    if window.contains('\r') && !window.contains('\n') { b'\r' } else { b'\n' }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Cursor};

    fn rows(source: &str) -> Vec<Vec<String>> {
        let text = Text::open(BufReader::with_capacity(2, Cursor::new(source.as_bytes())), 1 << 20).expect("a head");
        let mut records = Records::new(text, b',');
        let mut found = Vec::new();
        loop {
            match records.next().expect(source) {
                Next::End => return found,
                Next::OpenQuote { line } => found.push(vec![format!("open quote in {line}")]),
                Next::Record { .. } => {
                    found.push((0..records.len()).map(|index| records.get(index).to_owned()).collect());
                }
            }
        }
    }

    #[test]
    fn rows_are_split_as_programs_write_them() {
        let cases: [(&str, &[&[&str]]); 9] = [
            ("a,b\r\nc,\n", &[&["a", "b"], &["c", ""]]),
            ("a,\"b,\"\"c\"\"\nd\",e\nf", &[&["a", "b,\"c\"\nd", "e"], &["f"]]),
            ("a, \"b\" ,5\" pipe\n", &[&["a", "b", "5\" pipe"]]),
            ("a\rb,c\r", &[&["a"], &["b", "c"]]),
            ("\n\na", &[&[""], &[""], &["a"]]),
            ("", &[]),
            ("a,\"b\nc,d\ne,f", &[&["open quote in 1"], &["c", "d"], &["e", "f"]]),
            ("é,\"ü\"", &[&["é", "ü"]]),
            ("=\"0012\",\"=\"\"0013\"\"\",=A1", &[&["0012", "0013", "=A1"]]),
        ];
        for (source, expected) in cases {
            assert_eq!(rows(source), expected, "{source:?}");
        }
    }

    #[test]
    fn a_quotation_mark_that_never_closes_costs_one_line() {
        let source = format!("a,\"b\n{}", "c,d\n".repeat(100));
        let found = rows(&source);
        assert_eq!(found.len(), 101);
        assert_eq!(found[0], ["open quote in 1"]);
    }
}
