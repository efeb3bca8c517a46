//! An entry of an archive: what its local header says, and what stands behind its content.

use std::io::BufRead;

use super::{
    super::{super::Refusal, PackedFault, content::Content, source::Source},
    record,
};

/// Bits of an entry.
mod flag {
    pub(super) const ENCRYPTED: u16 = 1;
    /// Sum and lengths stand behind the content.
    pub(super) const DESCRIBED_BEHIND: u16 = 1 << 3;
    /// A difference to another file.
    pub(super) const PATCH: u16 = 1 << 5;
    pub(super) const STRONGLY_ENCRYPTED: u16 = 1 << 6;
    pub(super) const MASKED: u16 = 1 << 13;
}

/// How an entry is packed.
mod method {
    pub(super) const STORED: u16 = 0;
    pub(super) const DEFLATED: u16 = 8;
    /// The mark of one that is encrypted with AES.
    pub(super) const AES: u16 = 99;
}

/// The field with lengths of eight bytes.
const LONG: u16 = 1;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// What an operating system leaves in archives.
    Junk,
}

/// Sum and lengths of what is in an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Measure {
    sum: u32,
    packed_bytes: u64,
    length: u64,
}

/// An entry that is being read.
pub(super) struct Entry {
    pub(super) at: u64,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) content: Content,
    /// What the header says; `None`: it stands behind the content.
    measure: Option<Measure>,
    /// Whether lengths have eight bytes.
    is_long: bool,
}

impl Entry {
    /// Reads a local header behind its first four bytes.
    pub(super) fn begin<R: BufRead>(source: &mut Source<R>) -> Result<Self, Refusal> {
        let at = source.at() - 4;
        let fixed: [u8; 26] = source.array()?;
        let short = |place: usize| u16::from_le_bytes([fixed[place], fixed[place + 1]]);
        let word = |place: usize| u64::from(short(place)) | u64::from(short(place + 2)) << 16;
        let (flags, packing) = (short(2), short(4));
        let name = source.bytes(short(22).into())?;
        let name = String::from_utf8_lossy(&name).into_owned();
        if is_of_a_spreadsheet(&name) {
            return Err(Refusal::UnknownFormat);
        }
        let more = source.bytes(short(24).into())?;
        if flags & (flag::ENCRYPTED | flag::STRONGLY_ENCRYPTED | flag::MASKED) != 0 || packing == method::AES {
            return Err(PackedFault::Encrypted { at }.into());
        }
        let long = long_lengths(&more);
        let (length, packed_bytes) = match long {
            Some(long) if word(14) == u64::from(u32::MAX) || word(18) == u64::from(u32::MAX) => long,
            _ => (word(18), word(14)),
        };
        let is_behind = flags & flag::DESCRIBED_BEHIND != 0;
        let content = match packing {
            // Where it ends cannot be seen in it.
            method::STORED if is_behind && packed_bytes == 0 && !name.ends_with('/') => {
                return Err(PackedFault::Method { at }.into());
            }
            method::STORED => Content::stored(packed_bytes),
            method::DEFLATED if flags & flag::PATCH == 0 => Content::deflated((!is_behind).then_some(packed_bytes)),
            _ => return Err(PackedFault::Method { at }.into()),
        };
        let sum = u32::from_le_bytes([fixed[10], fixed[11], fixed[12], fixed[13]]);
        let measure = (!is_behind).then_some(Measure { sum, packed_bytes, length });
        Ok(Self { at, kind: kind(&name), name, content, measure, is_long: long.is_some() })
    }

    /// Compares what was unpacked with what the archive says of it.
    pub(super) fn check<R: BufRead>(&self, source: &mut Source<R>) -> Result<(), Refusal> {
        let content = &self.content;
        let found = Measure { sum: content.sum(), packed_bytes: content.packed_bytes(), length: content.length() };
        let said = match self.measure {
            Some(measure) => measure,
            None => self.measure_behind(source, found.length)?,
        };
        if said.sum != found.sum {
            return Err(source.damaged("its checksum is another one"));
        }
        if said != found {
            return Err(source.damaged("its length is another one"));
        }
        Ok(())
    }

    /// What stands behind the content. Its first four bytes may be missing. Whether the lengths have four or eight bytes is seen from
    /// them, because not every writer says so in the header: no file that is read has a length that needs more than four.
    fn measure_behind<R: BufRead>(&self, source: &mut Source<R>, length: u64) -> Result<Measure, Refusal> {
        let mut first = source.array()?;
        if first == record::DESCRIPTOR {
            first = source.array()?;
        }
        let (packed_bytes, next) = (u64::from(source.u32()?), u64::from(source.u32()?));
        let is_long = if length == 0 { self.is_long } else { next == 0 };
        let (packed_bytes, length) = if is_long {
            (packed_bytes | next << 32, u64::from_le_bytes(source.array()?))
        } else {
            (packed_bytes, next)
        };
        Ok(Measure { sum: u32::from_le_bytes(first), packed_bytes, length })
    }
}

/// The lengths of eight bytes among the other fields of a header: of the content, and packed.
fn long_lengths(mut more: &[u8]) -> Option<(u64, u64)> {
    while let [id_low, id_high, length_low, length_high, rest @ ..] = more {
        let length = usize::from(u16::from_le_bytes([*length_low, *length_high]));
        let field = rest.get(..length)?;
        if u16::from_le_bytes([*id_low, *id_high]) == LONG {
            let (length, packed_bytes) = (field.first_chunk()?, field.get(8..)?.first_chunk()?);
            return Some((u64::from_le_bytes(*length), u64::from_le_bytes(*packed_bytes)));
        }
        more = &rest[length..];
    }
    None
}

fn kind(name: &str) -> Kind {
    let last = name.rsplit('/').next().unwrap_or_default();
    match last {
        "" => Kind::Folder,
        ".DS_Store" | "Thumbs.db" | "desktop.ini" => Kind::Junk,
        _ if name.starts_with("__MACOSX/") || last.starts_with("._") => Kind::Junk,
        _ => Kind::File,
    }
}

/// Whether an archive with such an entry is a document of an office program.
fn is_of_a_spreadsheet(name: &str) -> bool {
    matches!(name, "[Content_Types].xml" | "mimetype")
        || ["_rels/", "docProps/", "xl/"].iter().any(|folder| name.starts_with(folder))
}
