//! The bytes of a packed file, one after the other, and how many of them there were.

use std::io::{BufRead, ErrorKind};

use super::{super::Refusal, PackedFault};

/// A packed file that is read once, forward.
pub(super) struct Source<R> {
    input: R,
    at: u64,
    unpacked_bytes: u64,
    limit_bytes: u64,
}

impl<R: BufRead> Source<R> {
    pub(super) const fn new(input: R, limit_bytes: u64) -> Self {
        Self { input, at: 0, unpacked_bytes: 0, limit_bytes }
    }

    /// How many bytes were consumed.
    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    /// The file itself, from where it stands.
    pub(super) fn into_inner(self) -> R {
        self.input
    }

    /// What comes next; nothing at the end of the file.
    pub(super) fn piece(&mut self) -> Result<&[u8], Refusal> {
        while let Err(error) = self.input.fill_buf() {
            if error.kind() != ErrorKind::Interrupted {
                return Err(error.into());
            }
        }
        // What was filled is given again.
        Ok(self.input.fill_buf()?)
    }

    pub(super) fn consume(&mut self, bytes: usize) {
        self.input.consume(bytes);
        self.at += bytes as u64;
    }

    /// The next bytes, as many as fit; fewer at the end of the file.
    pub(super) fn up_to<const N: usize>(&mut self) -> Result<Vec<u8>, Refusal> {
        self.take(N)
    }

    /// The next bytes, so many.
    pub(super) fn bytes(&mut self, count: usize) -> Result<Vec<u8>, Refusal> {
        let bytes = self.take(count)?;
        if bytes.len() < count { Err(self.cut_off()) } else { Ok(bytes) }
    }

    /// The next bytes, so many.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        self.take(N)?.try_into().map_err(|_| self.cut_off())
    }

    /// A number of four bytes, the lowest first.
    pub(super) fn u32(&mut self) -> Result<u32, Refusal> {
        self.array().map(u32::from_le_bytes)
    }

    /// A number of two bytes, the lowest first.
    pub(super) fn u16(&mut self) -> Result<u16, Refusal> {
        self.array().map(u16::from_le_bytes)
    }

    /// Passes over so many bytes.
    pub(super) fn skip(&mut self, mut count: u64) -> Result<(), Refusal> {
        while count > 0 {
            let length = self.piece()?.len();
            if length == 0 {
                return Err(self.cut_off());
            }
            let passed = usize::try_from(count).unwrap_or(usize::MAX).min(length);
            self.consume(passed);
            count -= passed as u64;
        }
        Ok(())
    }

    /// Counts what was unpacked: everything, also what nobody is given.
    pub(super) fn count(&mut self, unpacked: usize) -> Result<(), Refusal> {
        self.unpacked_bytes += unpacked as u64;
        if self.unpacked_bytes > self.limit_bytes {
            return Err(PackedFault::TooLarge { at: self.at, limit_bytes: self.limit_bytes }.into());
        }
        Ok(())
    }

    pub(super) fn cut_off(&self) -> Refusal {
        PackedFault::CutOff { at: self.at }.into()
    }

    pub(super) fn damaged(&self, what: &'static str) -> Refusal {
        PackedFault::Damaged { at: self.at, what }.into()
    }

    fn take(&mut self, count: usize) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        while bytes.len() < count {
            let piece = self.piece()?;
            let taken = piece.len().min(count - bytes.len());
            if taken == 0 {
                break;
            }
            bytes.extend_from_slice(&piece[..taken]);
            self.consume(taken);
        }
        Ok(bytes)
    }
}
