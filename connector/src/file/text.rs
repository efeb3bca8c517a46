//! The text of a file, in whatever encoding, as a window of UTF-8 that moves on. What is in memory is the window, never the file.

use std::io::BufRead;

use encoding_rs::{
    CoderResult, Decoder, DecoderResult, EUC_JP, EUC_KR, Encoding, GB18030, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE,
    WINDOWS_1250, WINDOWS_1251, WINDOWS_1252,
};

use super::Refusal;

/// Bytes that are read and decoded at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes of the beginning of a file from which is guessed how it is written.
const SAMPLE_BYTES: usize = 256 * 1024;
/// Bytes in which a declaration of the encoding is looked for.
const DECLARATION_BYTES: usize = 1024;

/// The text of a file, read once from its beginning.
pub(crate) struct Text<R> {
    input: R,
    encoding: Known,
    /// Read and not decoded yet.
    raw: Vec<u8>,
    window: String,
    start: usize,
    line: u64,
    line_end: u8,
    ended: bool,
    limit_bytes: usize,
}

/// What is known of the encoding.
enum Known {
    /// Only ASCII so far: the first other byte decides between UTF-8 and this one.
    Ascii(&'static Encoding),
    /// Decided.
    Settled(Decoder),
}

impl<R: BufRead> Text<R> {
    /// Opens a file and looks at its head; no element may be longer than the limit.
    pub(crate) fn open(input: R, limit_bytes: usize) -> Result<Self, Refusal> {
        let mut text = Self {
            input,
            encoding: Known::Ascii(WINDOWS_1252),
            raw: Vec::with_capacity(CHUNK_BYTES),
            window: String::new(),
            start: 0,
            line: 1,
            line_end: b'\n',
            ended: false,
            limit_bytes,
        };
        text.fill_raw()?;
        let (encoding, mark_bytes) = encoding_of(&text.raw);
        text.encoding = encoding;
        text.raw.drain(..mark_bytes);
        text.decode();
        Ok(text)
    }

    /// What is read and not consumed.
    pub(crate) fn window(&self) -> &str {
        &self.window[self.start..]
    }

    /// Refuses what is longer than one element may be.
    pub(super) const fn check(&self, bytes: usize) -> Result<(), Refusal> {
        if bytes > self.limit_bytes {
            return Err(Refusal::TooLong { line: self.line, limit_bytes: self.limit_bytes });
        }
        Ok(())
    }

    /// Whether the window reaches to the end of the file.
    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The line, from 1, at which the window begins.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Lets lines end with another sign, from here on.
    pub(super) fn set_line_end(&mut self, line_end: u8) {
        self.line_end = line_end;
    }

    /// Leaves the first bytes of the window behind.
    pub(super) fn consume(&mut self, bytes: usize) {
        let end = self.start + bytes;
        let lines = memchr::memchr_iter(self.line_end, &self.window.as_bytes()[self.start..end]).count();
        self.line += lines as u64;
        self.start = end;
    }

    /// Makes the window longer; false at the end of the file. Refuses a window beyond the limit: one element does not end in it.
    pub(super) fn more(&mut self) -> Result<bool, Refusal> {
        self.check(self.window.len() - self.start)?;
        if self.ended {
            return Ok(false);
        }
        self.window.drain(..self.start);
        self.start = 0;
        self.fill_raw()?;
        self.decode();
        Ok(true)
    }

    /// Makes the window long enough for a look at the beginning: a sample, or what one element may have, and a whole line if that is needed.
    /// Says whether that is the whole file.
    pub(super) fn sample(&mut self, limit_bytes: usize, needs_line: bool) -> Result<bool, Refusal> {
        while !self.ended {
            let window = self.window();
            let has_line = !needs_line || window.contains(['\n', '\r']);
            if window.len() >= SAMPLE_BYTES.min(limit_bytes) && has_line {
                break;
            }
            self.more()?;
        }
        Ok(self.ended)
    }

    fn fill_raw(&mut self) -> Result<(), Refusal> {
        while self.raw.len() < CHUNK_BYTES {
            let piece = match self.input.fill_buf() {
                Ok(piece) => piece,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            if piece.is_empty() {
                self.ended = true;
                break;
            }
            let taken = piece.len().min(CHUNK_BYTES - self.raw.len());
            self.raw.extend_from_slice(&piece[..taken]);
            self.input.consume(taken);
        }
        Ok(())
    }

    fn decode(&mut self) {
        if let Known::Ascii(otherwise) = self.encoding {
            let plain = Encoding::ascii_valid_up_to(&self.raw);
            self.window.push_str(std::str::from_utf8(&self.raw[..plain]).unwrap_or_default());
            self.raw.drain(..plain);
            match settle(&self.raw, self.ended, otherwise) {
                Some(encoding) => self.encoding = Known::Settled(encoding.new_decoder_without_bom_handling()),
                None => return,
            }
        }
        if let Known::Settled(decoder) = &mut self.encoding {
            let room = decoder.max_utf8_buffer_length(self.raw.len()).unwrap_or(self.raw.len() * 3);
            self.window.reserve(room);
            let mut read = 0;
            loop {
                let (result, bytes, _) = decoder.decode_to_string(&self.raw[read..], &mut self.window, self.ended);
                read += bytes;
                match result {
                    CoderResult::InputEmpty => break,
                    CoderResult::OutputFull => self.window.reserve(CHUNK_BYTES),
                }
            }
            self.raw.clear();
        }
    }
}

/// The encoding of bytes of which the first is not ASCII; `None` if more must be seen. What is valid as UTF-8 is UTF-8 whatever the file
/// declares: banks declare 1252 and write UTF-8, and no text of another encoding is valid by chance for long.
fn settle(raw: &[u8], ended: bool, otherwise: &'static Encoding) -> Option<&'static Encoding> {
    match std::str::from_utf8(raw) {
        Ok("") => None,
        Ok(_) => Some(UTF_8),
        // A sign may be cut off by the end of a piece, and by that of a file that is cut off.
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => Some(UTF_8),
        Err(error) if error.error_len().is_none() && !ended => None,
        Err(_) if otherwise != WINDOWS_1252 => Some(otherwise),
        Err(_) => {
            Some(other_letters(raw).unwrap_or(if is_central_european(raw) { WINDOWS_1250 } else { WINDOWS_1252 }))
        }
    }
}

/// The encoding of text whose words have no letter of ASCII in them: Cyrillic, Chinese, Japanese or Korean. `None` where most bytes that are
/// not ASCII stand alone or in pairs, as letters with accents do.
fn other_letters(raw: &[u8]) -> Option<&'static Encoding> {
    let high = || raw.iter().copied().filter(|byte| *byte >= 0x80);
    let of = |is_it: fn(u8) -> bool| high().filter(|byte| is_it(*byte)).count();
    let all = high().count();
    let within_words: usize = raw.split(|byte| *byte < 0x80).map(<[u8]>::len).filter(|length| *length > 2).sum();
    if within_words * 2 < all {
        return None;
    }
    // Ё, №, quotation marks, dashes and hard spaces beside the letters.
    let cyrillic =
        of(|byte| byte >= 0xC0 || [0x96, 0x97, 0xA0, 0xA8, 0xAB, 0xB3, 0xB8, 0xB9, 0xBA, 0xBB, 0xBF].contains(&byte));
    if cyrillic * 20 >= all * 19 {
        return Some(WINDOWS_1251);
    }
    if of(|byte| (0x81..=0x9F).contains(&byte)) * 8 > all {
        return [SHIFT_JIS, GB18030].into_iter().find(|&encoding| is_valid(raw, encoding));
    }
    // Which table a character is of says the first byte of its pair: signs, kana, syllables of Korean.
    let leads = leads(raw);
    let of = |table: std::ops::RangeInclusive<u8>| leads.iter().filter(|lead| table.contains(*lead)).count();
    let (letters, kana, hangul) = (leads.len() - of(0xA1..=0xA3), of(0xA4..=0xA5), of(0xB0..=0xC8));
    let first = if hangul * 10 >= letters * 9 {
        EUC_KR
    } else if kana * 8 > letters {
        EUC_JP
    } else {
        GB18030
    };
    [first, GB18030].into_iter().find(|&encoding| is_valid(raw, encoding))
}

/// The first bytes of all pairs.
fn leads(raw: &[u8]) -> Vec<u8> {
    let mut bytes = raw.iter().copied();
    let mut leads = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte >= 0x80 {
            leads.push(byte);
            bytes.next();
        }
    }
    leads
}

/// Whether bytes, of which the last may be cut off, are text of an encoding.
fn is_valid(raw: &[u8], encoding: &'static Encoding) -> bool {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let Some(room) = decoder.max_utf8_buffer_length_without_replacement(raw.len()) else { return false };
    let mut text = vec![0; room];
    matches!(decoder.decode_to_utf8_without_replacement(raw, &mut text, false).0, DecoderResult::InputEmpty)
}

/// Whether signs stand within words that are letters of Polish in Windows-1250 and none in Windows-1252: `Tytu³` is `Tytuł`.
fn is_central_european(raw: &[u8]) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte >= 0xC0;
    // What stands before the first sign that is not ASCII is decoded already.
    let begins_within = matches!(*raw, [0xB3 | 0xB9 | 0xBF, after, ..] if is_letter(after));
    begins_within
        || raw.windows(3).any(|piece| match *piece {
            [before, 0xB3 | 0xB9 | 0xBF, after] => is_letter(before) && is_letter(after),
            [_, 0xA3 | 0xA5 | 0xAF, after] => is_letter(after),
            _ => false,
        })
}

/// What the first bytes say of the encoding, and how many of them are its mark.
fn encoding_of(head: &[u8]) -> (Known, usize) {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(head) {
        let known = if encoding == UTF_8 {
            Known::Ascii(WINDOWS_1252)
        } else {
            Known::Settled(encoding.new_decoder_without_bom_handling())
        };
        return (known, mark_bytes);
    }
    if let Some(encoding) = wide(head) {
        return (Known::Settled(encoding.new_decoder_without_bom_handling()), 0);
    }
    (Known::Ascii(declared(head).unwrap_or(WINDOWS_1252)), 0)
}

/// UTF-16 without a mark: every other byte of a text that begins in ASCII is zero.
fn wide(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.get(..head.len().min(256) & !1)?;
    let zeros = |offset: usize| pairs.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = pairs.len() * 2 / 5;
    match pairs.len() {
        0..=3 => None,
        _ if odd > many && even == 0 => Some(UTF_16LE),
        _ if even > many && odd == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// The encoding that a head of OFX 1.x (`CHARSET:1252`) or of XML (`encoding="…"`) declares, if it is another than Unicode's.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head: String = head.iter().take(DECLARATION_BYTES).map(|byte| char::from(*byte).to_ascii_lowercase()).collect();
    let word = |key: &str| {
        let rest = head.split_once(key)?.1.trim_start_matches([' ', '"', '\'']);
        rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next()
    };
    let label = word("charset:").filter(|label| *label != "none").or_else(|| word("encoding="))?;
    let is_number = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
    let encoding = if is_number {
        Encoding::for_label(format!("windows-{label}").as_bytes())
    } else {
        Encoding::for_label(label.as_bytes())
    };
    encoding.filter(|encoding| ![UTF_8, UTF_16BE, UTF_16LE].contains(encoding) && encoding.is_ascii_compatible())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Cursor};

    fn read(bytes: &[u8], buffer_bytes: usize) -> String {
        let mut text = Text::open(BufReader::with_capacity(buffer_bytes, Cursor::new(bytes)), 1 << 30).expect("a head");
        while text.more().expect("a file") {}
        text.window().to_owned()
    }

    #[test]
    fn encodings_are_found() {
        let long = format!("{}é", "a".repeat(CHUNK_BYTES - 1));
        let wide: Vec<u8> = "Tag;Größe 1 2 3".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked: Vec<u8> = [0xFE, 0xFF].into_iter().chain("é€".encode_utf16().flat_map(u16::to_be_bytes)).collect();
        let cases: [(&[u8], &str); 16] = [
            (b"\xb0\xc5\xb7\xa1\xc0\xcf;\xc0\xdc\xbe\xd7", "거래일;잔액"),
            (b"\xc4\xe0\xf2\xe0;\xd1\xf3\xec\xec\xe0", "Дата;Сумма"),
            (b"\xbd\xbb\xd2\xd7\xca\xb1\xbc\xe4,\xbd\xf0\xb6\xee", "交易时间,金额"),
            (b"\x8e\xe6\x88\xf8\x93\xfa,\x8ec\x8d\x82", "取引日,残高"),
            (b"", ""),
            (b"plain", "plain"),
            ("caf\u{e9} \u{20ac}".as_bytes(), "café €"),
            (b"caf\xe9 \x80", "café €"),
            (b"caf\xc3\xa9 \xe2\x82", "café \u{fffd}"),
            (b"\xef\xbb\xbfcaf\xc3\xa9", "café"),
            (&wide, "Tag;Größe 1 2 3"),
            (&marked, "é€"),
            (b"P\xb3atno\x9c\xe6", "Płatność"),
            (b"20 m\xb3 -\xa34", "20 m³ -£4"),
            (b"CHARSET:1251\n\xcf\xf0", "CHARSET:1251\nПр"),
            (long.as_bytes(), &long),
        ];
        for (bytes, expected) in cases {
            for buffer_bytes in [1, 7, 8192] {
                assert_eq!(read(bytes, buffer_bytes), expected);
            }
        }
    }

    #[test]
    fn a_wrong_declaration_does_not_matter() {
        assert_eq!(read("ENCODING:USASCII\nCHARSET:1252\nT\u{cd}TULO".as_bytes(), 8192).lines().last(), Some("TÍTULO"));
        assert_eq!(read(b"ENCODING:UTF-8\nCHARSET:NONE\nT\xcdTULO", 8192).lines().last(), Some("TÍTULO"));
        assert_eq!(read(b"<?xml encoding='x-no-such'?>T\xcdTULO", 8192).chars().last(), Some('O'));
    }

    #[test]
    fn a_window_without_end_is_refused() {
        let mut text = Text::open(Cursor::new(vec![b'x'; 3 * CHUNK_BYTES]), CHUNK_BYTES).expect("a head");
        text.consume(1);
        assert_eq!(text.more(), Ok(true));
        assert_eq!(text.more(), Err(Refusal::TooLong { line: 1, limit_bytes: CHUNK_BYTES }));
    }
}
