//! Packed files, made up.

use std::io::{Read, Write};

use flate2::{Compression, Crc, bufread::DeflateEncoder, write::GzEncoder};

/// A file in gzip.
pub(in crate::file) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// A file in an archive of its own.
pub(in crate::file) fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    archive(&[Packing::of(name, bytes)])
}

/// An entry of an archive, as it is to be written.
#[derive(Clone, Copy)]
pub(in crate::file) struct Packing<'a> {
    pub(in crate::file) name: &'a str,
    pub(in crate::file) bytes: &'a [u8],
    pub(in crate::file) flags: u16,
    pub(in crate::file) method: u16,
}

impl<'a> Packing<'a> {
    pub(in crate::file) fn of(name: &'a str, bytes: &'a [u8]) -> Self {
        Self { name, bytes, flags: 0, method: 8 }
    }

    /// Sum and lengths stand behind the content.
    pub(in crate::file) fn described_behind(self) -> Self {
        Self { flags: self.flags | 8, ..self }
    }

    /// Not deflated.
    pub(in crate::file) fn stored(self) -> Self {
        Self { method: 0, ..self }
    }
}

/// An archive of entries.
pub(in crate::file) fn archive(entries: &[Packing<'_>]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let mut content = Vec::new();
        if entry.method == 8 {
            DeflateEncoder::new(entry.bytes, Compression::default()).read_to_end(&mut content).expect("memory");
        } else {
            content.extend(entry.bytes);
        }
        let mut crc = Crc::new();
        crc.update(entry.bytes);
        let length = |bytes: usize| u32::try_from(bytes).expect("short").to_le_bytes();
        let measure = [crc.sum().to_le_bytes(), length(content.len()), length(entry.bytes.len())].concat();
        let is_behind = entry.flags & 8 != 0;
        let at = length(archive.len());
        let name = entry.name.as_bytes();
        let name_length = u16::try_from(name.len()).expect("short").to_le_bytes();
        let common = [&[20, 0][..], &entry.flags.to_le_bytes(), &entry.method.to_le_bytes(), &[0; 4]].concat();
        let shown = if is_behind { vec![0; 12] } else { measure.clone() };
        archive.extend([b"PK\x03\x04", &common[..], &shown, &name_length, &[0; 2], name, &content].concat());
        if is_behind {
            archive.extend([b"PK\x07\x08", &measure[..]].concat());
        }
        let listed = [b"PK\x01\x02", &[20, 0][..], &common, &measure, &name_length, &[0; 12], &at, name].concat();
        directory.extend(listed);
    }
    let count = u16::try_from(entries.len()).expect("few").to_le_bytes();
    let length = |bytes: usize| u32::try_from(bytes).expect("short").to_le_bytes();
    let (begin, bytes) = (length(archive.len()), length(directory.len()));
    archive.extend(directory);
    archive.extend([b"PK\x05\x06", &[0; 4][..], &count, &count, &bytes, &begin, &[0; 2]].concat());
    archive
}
