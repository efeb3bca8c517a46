#![no_main]
//! Any bytes, read as QIF.

use connector::file::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::check_plain(Format::Qif, bytes));
