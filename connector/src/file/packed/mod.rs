//! Packed statement files: gzip and zip are known by their first bytes, and what is inside is handed out as if it had been given. In
//! memory is a chunk, never the file or an entry of it; what unpacks without end is bounded by [`super::Limits::unpacked_bytes`].
//!
//! A checksum stands behind what it is of. So a damaged file may have handed out rows, also wrong ones, before it is refused: whoever
//! reads must believe nothing before the end. The import does not: it reads the whole file once before it writes anything, and a
//! refusal ends it there.
//!
//! One level is unpacked. Everything in the file must be in order to its last byte: what is cut off, contradicts itself, or has
//! something behind its end is refused, because nobody can tell what was meant to be there.

mod content;
mod fault;
mod gzip;
mod source;
#[cfg(test)]
pub(super) mod testing;
mod zip;

use std::io::{self, BufRead, Cursor, Read};

pub use self::fault::PackedFault;
use self::{gzip::Gzip, source::Source, zip::Zip};
use super::Refusal;

/// Bytes that are unpacked at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// What a head may unpack to: what stands before the file in an archive counts too. Less than of a whole file, as somebody waits.
const HEAD_UNPACKED_BYTES: u64 = 4 << 20;

/// A file as it was before it was packed, if it is.
pub(crate) struct Unpacked<R> {
    form: Form<R>,
    /// Handed out before anything else.
    present: Vec<u8>,
    at: usize,
    /// Whether only the beginning of the file is there.
    is_head: bool,
    has_ended: bool,
}

enum Form<R> {
    /// Not packed.
    Plain(R),
    Gzip(Gzip<R>),
    Zip(Zip<R>),
}

impl<'a> Unpacked<Cursor<&'a [u8]>> {
    /// The beginning of a file: where it ends is no fault of it, unless nothing was unpacked.
    pub(super) fn head(head: &'a [u8]) -> Result<Self, Refusal> {
        Self::new(Cursor::new(head), HEAD_UNPACKED_BYTES, true)
    }
}

impl<R: BufRead> Unpacked<R> {
    /// Opens a file that may unpack to so many bytes.
    pub(crate) fn open(input: R, limit_bytes: u64) -> Result<Self, Refusal> {
        Self::new(input, limit_bytes, false)
    }

    fn new(input: R, limit_bytes: u64, is_head: bool) -> Result<Self, Refusal> {
        let mut source = Source::new(input, limit_bytes);
        let mut present = source.up_to::<2>()?;
        let form = if present == gzip::MAGIC {
            Form::Gzip(Gzip::new(source)?)
        } else {
            present.extend(source.up_to::<2>()?);
            match <[u8; 4]>::try_from(present.as_slice()) {
                Ok(magic) if zip::MAGIC.contains(&magic.as_slice()) => Form::Zip(Zip::new(source, magic)?),
                _ => Form::Plain(source.into_inner()),
            }
        };
        let mut unpacked = Self { form, present, at: 0, is_head, has_ended: false };
        if !matches!(unpacked.form, Form::Plain(_)) {
            unpacked.fill()?;
        }
        if matches!(unpacked.form, Form::Gzip(_)) && is_packed(&unpacked.present) {
            return Err(PackedFault::Nested.into());
        }
        Ok(unpacked)
    }

    /// What the file is called inside of what it came in.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.form {
            Form::Plain(_) => None,
            Form::Gzip(gzip) => gzip.name(),
            Form::Zip(zip) => zip.name(),
        }
    }

    /// Unpacks the next chunk.
    fn fill(&mut self) -> Result<(), Refusal> {
        let is_first = self.at == 0;
        self.present.clear();
        self.at = 0;
        let filled = match &mut self.form {
            Form::Plain(_) => Ok(()),
            Form::Gzip(gzip) => gzip.fill(&mut self.present),
            Form::Zip(zip) => zip.fill(&mut self.present),
        };
        match filled {
            Err(Refusal::Packed(PackedFault::CutOff { .. })) if self.is_head => {
                self.has_ended = true;
                // Where nothing was unpacked, nothing can be said of the file.
                if is_first && self.present.is_empty() { filled } else { Ok(()) }
            }
            filled => filled,
        }
    }
}

impl<R: BufRead> BufRead for Unpacked<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let is_plain = matches!(self.form, Form::Plain(_));
        if self.at >= self.present.len() && !is_plain && !self.has_ended {
            self.fill().map_err(io::Error::other)?;
            self.has_ended |= self.present.is_empty();
        }
        match &mut self.form {
            Form::Plain(input) if self.at >= self.present.len() => input.fill_buf(),
            _ => Ok(&self.present[self.at..]),
        }
    }

    fn consume(&mut self, bytes: usize) {
        match &mut self.form {
            Form::Plain(input) if self.at >= self.present.len() => input.consume(bytes),
            _ => self.at += bytes,
        }
    }
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

/// Whether a file is packed, or an archive of any sort that would be taken for text: a tape's keeps its files as they are.
fn is_packed(head: &[u8]) -> bool {
    head.starts_with(gzip::MAGIC)
        || zip::MAGIC.iter().any(|magic| head.starts_with(magic))
        || head.get(257..).is_some_and(|head| head.starts_with(b"ustar"))
}

#[cfg(test)]
mod tests;
