//! zip, as PKWARE's APPNOTE.TXT describes it, read forward only: one entry after the other by its local header, then the directory.
//!
//! Ready-made readers were no help: most need to jump to the end of the file first, and the bytes come from an archive that only goes
//! forward; those that do not either refuse entries whose length stands behind them, as servers write them, or leave the directory
//! unread, by which a file is known to be whole.
//!
//! What stands in the directory decides nothing but that: every entry is read, summed, and counted against it.

mod header;

use std::io::BufRead;

use self::header::{Entry, Kind};
use super::{super::Refusal, CHUNK_BYTES, PackedFault, is_packed, source::Source};

/// What an archive begins with: an entry, or the end of one that has none.
pub(super) const MAGIC: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// What a record of the archive begins with.
mod record {
    pub(super) const ENTRY: [u8; 4] = *b"PK\x03\x04";
    pub(super) const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
    pub(super) const IN_DIRECTORY: [u8; 4] = *b"PK\x01\x02";
    pub(super) const SIGNATURE: [u8; 4] = *b"PK\x05\x05";
    pub(super) const LONG_END: [u8; 4] = *b"PK\x06\x06";
    pub(super) const LONG_END_PLACE: [u8; 4] = *b"PK\x06\x07";
    pub(super) const END: [u8; 4] = *b"PK\x05\x06";
}

/// An archive that is being read.
pub(super) struct Zip<R> {
    source: Source<R>,
    entry: Option<Entry>,
    /// Entries that were begun.
    entries: u64,
    /// Which of them is the file, and what it is called.
    file: Option<(u64, String)>,
    is_through: bool,
}

impl<R: BufRead> Zip<R> {
    /// Goes on behind the first bytes.
    pub(super) fn new(source: Source<R>, magic: [u8; 4]) -> Result<Self, Refusal> {
        let mut zip = Self { source, entry: None, entries: 0, file: None, is_through: false };
        zip.begin(magic)?;
        Ok(zip)
    }

    /// What the file is called, once something of it was unpacked.
    pub(super) fn name(&self) -> Option<&str> {
        self.file.as_ref().map(|(_, name)| name.as_str())
    }

    /// Unpacks the next chunk of the one file; nothing at the end of the archive.
    pub(super) fn fill(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        while !self.is_through && out.len() < CHUNK_BYTES {
            let Some(entry) = &mut self.entry else {
                let magic = self.source.array()?;
                self.begin(magic)?;
                continue;
            };
            let before = out.len();
            entry.content.fill(&mut self.source, out)?;
            if out.len() > before {
                match entry.kind {
                    Kind::Junk => out.truncate(before),
                    Kind::Folder => return Err(self.source.damaged("a folder has content")),
                    Kind::File => self.take(&out[before..])?,
                }
            }
            self.end_entry()?;
        }
        Ok(())
    }

    /// Something of a file was unpacked: it is the one, or one too many.
    fn take(&mut self, new: &[u8]) -> Result<(), Refusal> {
        let Some(entry) = &self.entry else { return Ok(()) };
        match &self.file {
            Some((file, _)) if *file == self.entries => Ok(()),
            Some(_) => Err(PackedFault::SeveralFiles { at: entry.at }.into()),
            None if is_packed(new) => Err(PackedFault::Nested.into()),
            None => {
                self.file = Some((self.entries, entry.name.clone()));
                Ok(())
            }
        }
    }

    fn end_entry(&mut self) -> Result<(), Refusal> {
        if let Some(entry) = self.entry.take_if(|entry| entry.content.has_ended()) {
            entry.check(&mut self.source)?;
        }
        Ok(())
    }

    /// A record begins: an entry, or the directory, which is read to the end of the file.
    fn begin(&mut self, magic: [u8; 4]) -> Result<(), Refusal> {
        if magic == record::ENTRY {
            self.entries += 1;
            self.entry = Some(Entry::begin(&mut self.source)?);
            return Ok(());
        }
        self.directory(magic)?;
        self.is_through = true;
        if self.file.is_none() { Err(PackedFault::NoFile.into()) } else { Ok(()) }
    }

    fn directory(&mut self, mut magic: [u8; 4]) -> Result<(), Refusal> {
        let mut listed = 0;
        loop {
            match magic {
                record::IN_DIRECTORY => {
                    listed += 1;
                    let fixed: [u8; 42] = self.source.array()?;
                    // Of its name, its other fields, and its comment.
                    let lengths = [24, 26, 28].map(|at| u16::from_le_bytes([fixed[at], fixed[at + 1]]));
                    self.source.skip(lengths.into_iter().map(u64::from).sum())?;
                }
                record::SIGNATURE => {
                    let length = self.source.u16()?;
                    self.source.skip(length.into())?;
                }
                record::LONG_END => {
                    let length = u64::from_le_bytes(self.source.array()?);
                    self.source.skip(length)?;
                }
                record::LONG_END_PLACE => self.source.skip(16)?,
                record::END => break,
                _ => return Err(self.source.damaged("what comes next is no part of an archive")),
            }
            magic = self.source.array()?;
        }
        self.source.skip(16)?;
        let comment = self.source.u16()?;
        self.source.skip(comment.into())?;
        if listed != self.entries {
            return Err(self.source.damaged("its directory has another number of entries"));
        }
        let at = self.source.at();
        if self.source.piece()?.is_empty() { Ok(()) } else { Err(PackedFault::Trailing { at }.into()) }
    }
}
