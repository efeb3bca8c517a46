//! `florin sellers`: builds the list of sellers of the world anew from its sources. Numbers that were given stay.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use trainer::sellers::{Sources, build};

use crate::cli;

/// Builds it.
pub(crate) fn run(what: &cli::Sellers) -> Result<()> {
    let read = |path: &Path| fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()));
    let mut paths = Vec::new();
    for entry in fs::read_dir(&what.banks).with_context(|| format!("{} cannot be read", what.banks.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    let banks = paths.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?;
    let sources = Sources {
        index: &read(&what.index)?,
        counts: &read(&what.counts)?,
        universities: &read(&what.universities)?,
        colleges: &read(&what.colleges)?,
        banks: &banks,
        list: &read(&what.list)?,
    };
    let list = build(&sources)?;
    fs::write(&what.list, &list).with_context(|| format!("{} cannot be written", what.list.display()))?;
    println!("{} sellers in {}", list.lines().count().saturating_sub(1), what.list.display());
    Ok(())
}
