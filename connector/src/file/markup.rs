//! Markup, as SGML and as XML: what stands between one tag and the next, with escapes resolved. Comments, instructions and harmless
//! declarations are passed over; entities of a file's own are refused, and none is ever expanded.

use std::io::BufRead;

use super::{Refusal, text::Text};

/// A reader that goes from tag to tag.
pub(crate) struct Markup<R> {
    text: Text<R>,
    value: String,
}

/// A piece of markup in the window: what it is and how long it is.
enum Piece {
    Tag {
        bytes: usize,
    },
    /// Comments, instructions and declarations.
    Passed {
        bytes: usize,
    },
    Data {
        bytes: usize,
    },
    /// A sign that begins nothing: text.
    Stray,
    /// It does not end within the window.
    Cut,
}

impl<R: BufRead> Markup<R> {
    pub(crate) const fn new(text: Text<R>) -> Self {
        Self { text, value: String::new() }
    }

    /// The text that was kept, without spaces around it.
    pub(crate) fn value(&self) -> &str {
        self.value.trim_matches(|c: char| c.is_whitespace() || c == '\0')
    }

    /// Forgets the text that was kept.
    pub(crate) fn clear(&mut self) {
        self.value.clear();
    }

    /// The line of what comes next.
    pub(crate) fn line(&self) -> u64 {
        self.text.line()
    }

    /// Goes on to the next tag, and adds the text before it to the value if that is wanted. How long the tag is; `None` at the end.
    pub(crate) fn find_tag(&mut self, wanted: bool) -> Result<Option<usize>, Refusal> {
        loop {
            // A value may come in many pieces.
            self.text.check(self.value.len())?;
            if !self.pass_text(wanted)? {
                return Ok(None);
            }
            match piece(self.text.window(), self.text.is_ended()) {
                Piece::Cut => {
                    if !self.text.more()? {
                        self.text.consume(self.text.window().len());
                        return Ok(None);
                    }
                }
                Piece::Stray => self.keep(wanted, 1, 1),
                Piece::Data { bytes } => {
                    if wanted {
                        self.value.push_str(&self.text.window()["<![CDATA[".len()..bytes - "]]>".len()]);
                    }
                    self.text.consume(bytes);
                }
                Piece::Passed { bytes } => {
                    let passed = &self.text.window()[..bytes];
                    let declares = passed.starts_with("<!") && !passed.starts_with("<!--");
                    if declares && (passed.contains('[') || passed.starts_with("<!ENTITY")) {
                        return Err(Refusal::Entities { line: self.text.line() });
                    }
                    self.text.consume(bytes);
                }
                Piece::Tag { bytes } => return Ok(Some(bytes)),
            }
        }
    }

    /// What stands between the signs of the tag that was found.
    pub(crate) fn tag(&self, bytes: usize) -> &str {
        &self.text.window()[1..bytes - 1]
    }

    /// Leaves the tag behind.
    pub(crate) fn leave(&mut self, bytes: usize) {
        self.text.consume(bytes);
    }

    /// Takes text up to the next sign of markup; false at the end of the file.
    fn pass_text(&mut self, wanted: bool) -> Result<bool, Refusal> {
        let mut seen = 0;
        loop {
            let window = self.text.window();
            if let Some(at) = memchr::memchr(b'<', &window.as_bytes()[seen..]) {
                self.keep(wanted, seen + at, seen + at);
                return Ok(true);
            }
            seen = window.len();
            // What nobody wants need not be whole.
            if !wanted {
                self.text.consume(seen);
                seen = 0;
            }
            if !self.text.more()? {
                self.text.consume(seen);
                return Ok(false);
            }
        }
    }

    /// Adds the beginning of the window to the value, if it is wanted, and leaves it behind.
    fn keep(&mut self, wanted: bool, bytes: usize, consumed: usize) {
        if wanted {
            unescape(&self.text.window()[..bytes], &mut self.value);
        }
        self.text.consume(consumed);
    }
}

/// The name of a tag, of what stands between its signs: it ends before attributes, and begins after a namespace.
pub(crate) fn name_of(inner: &[u8]) -> &[u8] {
    let end = inner.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/').unwrap_or(inner.len());
    let name = &inner[..end];
    memchr::memchr(b':', name).map_or(name, |at| &name[at + 1..])
}

/// The value of an attribute; empty if there is none.
pub(crate) fn attribute<'a>(inner: &'a str, name: &str) -> &'a str {
    let value = || {
        let behind = inner.split_once(name)?.1.trim_start().strip_prefix('=')?.trim_start();
        let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        behind[1..].split_once(quote).map(|(value, _)| value.trim())
    };
    value().unwrap_or_default()
}

/// What begins at the start of the window, which is `<`.
fn piece(window: &str, is_ended: bool) -> Piece {
    let bytes = window.as_bytes();
    let up_to = |end: &str| memchr::memmem::find(bytes, end.as_bytes()).map(|at| at + end.len());
    match bytes.get(1) {
        None if is_ended => Piece::Stray,
        None => Piece::Cut,
        Some(b'!') if window.starts_with("<!--") => up_to("-->").map_or(Piece::Cut, |bytes| Piece::Passed { bytes }),
        Some(b'!') if window.starts_with("<![CDATA[") => up_to("]]>").map_or(Piece::Cut, |bytes| Piece::Data { bytes }),
        // It may be the beginning of either of those.
        Some(b'!') if bytes.len() < 9 && !is_ended => Piece::Cut,
        Some(b'!' | b'?') => up_to(">").map_or(Piece::Cut, |bytes| Piece::Passed { bytes }),
        Some(first) if first.is_ascii_alphabetic() || *first == b'/' => {
            match memchr::memchr2(b'<', b'>', &bytes[1..]) {
                Some(at) if bytes[at + 1] == b'>' => Piece::Tag { bytes: at + 2 },
                Some(_) => Piece::Stray,
                None => Piece::Cut,
            }
        }
        Some(_) => Piece::Stray,
    }
}

/// Adds text, with the escapes of XML and HTML resolved. A `&` that begins none of them is a `&`.
fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let escape = rest.as_bytes().iter().take(10).position(|byte| *byte == b';').map(|end| &rest[1..end]);
        let found = escape.and_then(|name| character(name).map(|c| (c, name.len() + 2)));
        let (c, bytes) = found.unwrap_or(('&', 1));
        rest = &rest[bytes..];
        // `&amp;lt;`: a bank has escaped what was escaped before.
        let again = rest.as_bytes().iter().take(9).position(|byte| *byte == b';').filter(|_| c == '&' && bytes > 1);
        if let Some((twice, end)) = again.and_then(|end| character(&rest[..end]).map(|twice| (twice, end))) {
            out.push(twice);
            rest = &rest[end + 1..];
        } else {
            out.push(c);
        }
    }
    out.push_str(rest);
}

fn character(name: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => match name.strip_prefix('#')? {
            hex if hex.starts_with(['x', 'X']) => number(&hex[1..], 16),
            decimal => number(decimal, 10),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_also_where_a_bank_wrote_them_twice() {
        for (text, expected) in [
            ("A &amp; B &#38; C", "A & B & C"),
            ("TPAY &amp;lt;X&amp;gt;", "TPAY <X>"),
            ("Books &amp;amp; Co", "Books & Co"),
            ("Books & Co; more", "Books & Co; more"),
            ("a &amp; b; c &amp;", "a & b; c &"),
        ] {
            let mut found = String::new();
            unescape(text, &mut found);
            assert_eq!(found, expected, "{text}");
        }
    }
}
