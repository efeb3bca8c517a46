//! What is packed in a member of a gzip file or an entry of an archive: unpacked piece by piece, summed and counted.

use std::io::BufRead;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::{super::Refusal, CHUNK_BYTES, PackedFault, source::Source};

/// Packed bytes that are being read.
pub(super) struct Content {
    /// `None`: as they are.
    inflate: Option<Decompress>,
    /// Packed bytes that are left, where that was said before them.
    left: Option<u64>,
    packed_bytes: u64,
    crc: Crc,
    length: u64,
    has_ended: bool,
}

impl Content {
    /// Bytes in the format deflate, which says itself where it ends.
    pub(super) fn deflated(packed_bytes: Option<u64>) -> Self {
        Self::new(Some(Decompress::new(false)), packed_bytes)
    }

    /// Bytes as they are.
    pub(super) fn stored(bytes: u64) -> Self {
        Self::new(None, Some(bytes))
    }

    fn new(inflate: Option<Decompress>, left: Option<u64>) -> Self {
        let has_ended = inflate.is_none() && left == Some(0);
        Self { inflate, left, packed_bytes: 0, crc: Crc::new(), length: 0, has_ended }
    }

    /// Whether all of it is unpacked.
    pub(super) const fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// The sum of what was unpacked, as CRC-32.
    pub(super) fn sum(&self) -> u32 {
        self.crc.sum()
    }

    /// Bytes that were unpacked.
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// Bytes from which they were.
    pub(super) const fn packed_bytes(&self) -> u64 {
        self.packed_bytes
    }

    /// Unpacks until there is a chunk, or the end.
    pub(super) fn fill<R: BufRead>(&mut self, source: &mut Source<R>, out: &mut Vec<u8>) -> Result<(), Refusal> {
        out.reserve(CHUNK_BYTES.saturating_sub(out.len()));
        while !self.has_ended && out.len() < CHUNK_BYTES {
            let before = out.len();
            let (taken, is_dry) = self.step(source, out)?;
            source.consume(taken);
            self.packed_bytes += taken as u64;
            if let Some(left) = &mut self.left {
                *left -= taken as u64;
                self.has_ended |= self.inflate.is_none() && *left == 0;
            }
            let new = &out[before..];
            self.crc.update(new);
            self.length += new.len() as u64;
            source.count(new.len())?;
            if taken == 0 && new.is_empty() && !self.has_ended && out.len() < CHUNK_BYTES {
                return Err(if is_dry { source.cut_off() } else { source.damaged("its content does not end in time") });
            }
        }
        if self.has_ended && self.left.is_some_and(|left| left > 0) {
            return Err(source.damaged("its content ends too early"));
        }
        Ok(())
    }

    /// Unpacks a piece: how many bytes of the source that took, and whether the source has no more.
    fn step<R: BufRead>(&mut self, source: &mut Source<R>, out: &mut Vec<u8>) -> Result<(usize, bool), Refusal> {
        let left = self.left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
        // Where nothing is left, nothing is waited for.
        let piece = if left == 0 { &[] } else { source.piece()? };
        let is_dry = left > 0 && piece.is_empty();
        let piece = &piece[..piece.len().min(left)];
        let Some(inflate) = &mut self.inflate else {
            let taken = piece.len().min(CHUNK_BYTES - out.len());
            out.extend_from_slice(&piece[..taken]);
            return Ok((taken, is_dry));
        };
        let before = inflate.total_in();
        let status = inflate.decompress_vec(piece, out, FlushDecompress::None);
        let taken = usize::try_from(inflate.total_in() - before).unwrap_or(usize::MAX).min(piece.len());
        match status {
            Ok(Status::StreamEnd) => self.has_ended = true,
            Ok(Status::Ok | Status::BufError) => {}
            // How far it came depends on how the bytes arrive: what is damaged is told by where it begins.
            Err(_) => {
                let at = source.at() - self.packed_bytes;
                return Err(PackedFault::Damaged { at, what: "its content cannot be unpacked" }.into());
            }
        }
        Ok((taken, is_dry))
    }
}
