#![no_main]
//! Any bytes, read as MT940.

use connector::file::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::check_plain(Format::Mt940, bytes));
