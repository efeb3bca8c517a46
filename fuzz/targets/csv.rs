#![no_main]
//! Any bytes, read as a table.

use connector::file::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::check_plain(Format::Csv, bytes));
