//! `florin bench parse`: how fast statement files are read, on one core, from memory, without anything that comes after.

use std::{
    io::{Cursor, Write},
    path::Path,
    time::Instant,
};

use anyhow::{Context, Result};
use connector::file::{self, Format, Item, Options};
use domain::currency::Currency;
use flate2::{Compression, write::GzEncoder};

use super::statement;
use crate::cli;

/// Bytes from which the format of a file is known.
const HEAD_BYTES: usize = 64 << 10;

/// Reads a file of each format, or the one that is given.
pub(super) fn run(size: &cli::BenchParse) -> Result<()> {
    if let Some(path) = &size.file {
        return given(path, size.rounds);
    }
    for (name, format, make) in statement::ALL {
        let text = make(usize::from(size.megabytes) * 1_000_000)?;
        report(name, format, text.as_bytes(), text.len(), size.rounds)?;
        if format == Format::Csv && name == "CSV" {
            let packed = gzip(text.as_bytes())?;
            report("CSV in gzip", format, &packed, text.len(), size.rounds)?;
        }
    }
    Ok(())
}

fn given(path: &Path, rounds: u16) -> Result<()> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let format = file::detect(&bytes[..bytes.len().min(HEAD_BYTES)], Some(&name))?;
    report(format.name(), format, &bytes, bytes.len(), rounds)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Reads a file once to warm up and then so many times; the median counts, over the length that it has unpacked.
fn report(name: &str, format: Format, bytes: &[u8], length: usize, rounds: u16) -> Result<()> {
    // Amounts that say no currency must have one.
    let options = Options { currency: Currency::from_code("USD"), ..Options::default() };
    let (mut seconds, mut lines) = (Vec::with_capacity(rounds.into()), 0);
    for round in 0..=rounds {
        let begun = Instant::now();
        let mut sum = 0_i64;
        let summary = file::read(format, Cursor::new(bytes), &options, |item| {
            if let Item::Line(row) = item {
                sum = sum.wrapping_add(row.line.amount_minor);
            }
        })?;
        // What nobody looks at need not be read.
        std::hint::black_box(sum);
        lines = summary.lines;
        if round > 0 {
            seconds.push(begun.elapsed().as_secs_f64());
        }
    }
    seconds.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "megabytes of a file in memory")]
    let megabytes = length as f64 / 1e6;
    let median = seconds[seconds.len() / 2];
    println!("{name:<22} {lines:>8} lines {megabytes:>5.0} MB {:>6.0} MB/s", megabytes / median);
    Ok(())
}
