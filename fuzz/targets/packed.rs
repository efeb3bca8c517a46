#![no_main]
//! Any bytes, packed and then damaged in one place; and any bytes as a packed file.

use connector::file::{Format, detect};
use fuzz::{Reading, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(format) = detect(bytes, None) {
        fuzz::check(format, bytes);
    }
    let [place, place_high, bit, content @ ..] = bytes else { return };
    let mut packed = fuzz::gzip(content);
    let plain = read(Format::Csv, content);
    // What begins as a packed file is not packed twice.
    if !content.starts_with(b"\x1f\x8b") && !content.starts_with(b"PK") && content.get(257..262) != Some(b"ustar") {
        assert_eq!(read(Format::Csv, &packed), plain, "packed and unpacked say the same");
    }
    let place = usize::from(u16::from_le_bytes([*place, *place_high])) % packed.len();
    packed[place] ^= 1 << (bit % 8);
    // What does not begin as a packed file is another file.
    if place >= 2
        && let Reading { refusal: None, .. } = read(Format::Csv, &packed)
    {
        assert_eq!(read(Format::Csv, &packed), plain, "a damaged file says the same, or is refused");
    }
    let cut = read(Format::Csv, &packed[..place.max(2)]);
    assert!(cut.refusal.is_some(), "a file that is cut off is refused");
});
