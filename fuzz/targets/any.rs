#![no_main]
//! Any bytes, as a person uploads them: the format is found by the head, and the whole is read in it.

use connector::file::detect;

/// What a head is cut to.
const HEAD_BYTES: usize = 4096;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(format) = detect(&bytes[..bytes.len().min(HEAD_BYTES)], Some("statement.csv")) {
        fuzz::check(format, bytes);
    }
});
