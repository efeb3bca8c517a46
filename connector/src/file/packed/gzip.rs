//! gzip, as RFC 1952 describes it: members one behind the other, whose contents are one file. Nothing says how many there are, so a
//! file that is cut off exactly between two of them is a whole one.

use std::io::BufRead;

use super::{super::Refusal, CHUNK_BYTES, PackedFault, content::Content, source::Source};

/// What a member begins with.
pub(super) const MAGIC: &[u8] = b"\x1f\x8b";
/// Bytes of a name or a comment: no system has longer names.
const TEXT_BYTES: usize = 1024;

/// Parts that the head of a member may have.
mod flag {
    pub(super) const HEADER_SUM: u8 = 1 << 1;
    pub(super) const EXTRA: u8 = 1 << 2;
    pub(super) const NAME: u8 = 1 << 3;
    pub(super) const COMMENT: u8 = 1 << 4;
    /// Zero in every file: what they will mean is not known.
    pub(super) const RESERVED: u8 = 0b1110_0000;
}

/// A file that is being read.
pub(super) struct Gzip<R> {
    source: Source<R>,
    /// `None`: the file is through.
    member: Option<Content>,
    name: Option<String>,
}

impl<R: BufRead> Gzip<R> {
    /// Goes on behind the first bytes.
    pub(super) fn new(mut source: Source<R>) -> Result<Self, Refusal> {
        let name = head(&mut source)?;
        Ok(Self { source, member: Some(Content::deflated(None)), name })
    }

    /// What the first member says that the file is called.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Unpacks the next chunk; nothing at the end of the file.
    pub(super) fn fill(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        while let Some(member) = &mut self.member {
            member.fill(&mut self.source, out)?;
            if !member.has_ended() {
                break;
            }
            let (sum, length) = (self.source.u32()?, self.source.u32()?);
            if sum != member.sum() {
                return Err(self.source.damaged("its checksum is another one"));
            }
            // The length is kept modulo 2^32.
            if u64::from(length) != member.length() & u64::from(u32::MAX) {
                return Err(self.source.damaged("its length is another one"));
            }
            self.member = self.next()?;
            if out.len() >= CHUNK_BYTES {
                break;
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Content>, Refusal> {
        let at = self.source.at();
        let magic = self.source.up_to::<2>()?;
        if magic.is_empty() {
            return Ok(None);
        }
        if magic != MAGIC {
            return Err(PackedFault::Trailing { at }.into());
        }
        head(&mut self.source)?;
        Ok(Some(Content::deflated(None)))
    }
}

/// Reads the head of a member behind its first bytes; the name in it.
fn head<R: BufRead>(source: &mut Source<R>) -> Result<Option<String>, Refusal> {
    let at = source.at();
    // The time, what packed it, and on which system say nothing that is needed.
    let [method, flags, ..] = source.array::<8>()?;
    if method != 8 {
        return Err(PackedFault::Method { at }.into());
    }
    if flags & flag::RESERVED != 0 {
        return Err(source.damaged("its head has parts that are not known"));
    }
    if flags & flag::EXTRA != 0 {
        let length = source.u16()?;
        source.skip(length.into())?;
    }
    let name = if flags & flag::NAME == 0 { None } else { Some(text(source)?) };
    if flags & flag::COMMENT != 0 {
        text(source)?;
    }
    if flags & flag::HEADER_SUM != 0 {
        source.skip(2)?;
    }
    Ok(name)
}

/// A text up to a byte that is zero.
fn text<R: BufRead>(source: &mut Source<R>) -> Result<String, Refusal> {
    let mut text = Vec::new();
    loop {
        let [byte] = source.array()?;
        if byte == 0 {
            return Ok(String::from_utf8_lossy(&text).into_owned());
        }
        if text.len() >= TEXT_BYTES {
            return Err(source.damaged("its head has a text without end"));
        }
        text.push(byte);
    }
}
