//! `florin categorize FILE`: what the categorizer says of descriptors in a table, without a household; and how often it is right, where the
//! table says what they were.

use std::{
    fs::File,
    io::{self, BufReader, Read, Write},
    path::Path,
};

use anyhow::{Context, Result, bail};
use domain::{
    categorize::{self, Answer},
    category,
};

use crate::cli;
use trainer::{
    corrected::Corrected,
    score::Score,
    table::{Row, Table},
};

/// Reads the table and prints what was asked for.
pub(crate) fn run(what: &cli::Categorize) -> Result<()> {
    let table = opened(&what.file)?;
    if what.score {
        return scored(table);
    }
    if what.corrected {
        return corrected(table);
    }
    let mut output = io::BufWriter::new(io::stdout().lock());
    let mut wrong = 0;
    writeln!(output, "group\tcategory\tmerchant\tconfidence\tsource")?;
    for line in table {
        let (line, row) = line?;
        match row {
            Ok(row) => writeln!(output, "{}", printed(&row, &row.answer()))?,
            Err(problem) => {
                wrong += 1;
                eprintln!("line {line}: {problem}");
                // The lines of the output stay beside those of the input.
                writeln!(output, "\t\t\t\t")?;
            }
        }
    }
    output.flush()?;
    if wrong > 0 {
        bail!("{wrong} lines were wrong");
    }
    Ok(())
}

/// The table of a file; `-` is standard input.
pub(super) fn opened(path: &Path) -> Result<Table<Box<dyn Read>>> {
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?)
    };
    Ok(Table::new(BufReader::new(source))?)
}

fn printed(row: &Row, answer: &Answer) -> String {
    let group = category::group(answer.category).map_or("", category::key);
    let merchant = categorize::merchant_name(answer.merchant, &row.descriptor);
    let confidence = f64::from(answer.confidence_percent) / 100.0;
    // A name holds no tab: a descriptor is split at them.
    format!("{group}\t{}\t{merchant}\t{confidence:.2}\t{}", category::key(answer.category), answer.source.name())
}

fn scored(table: Table<impl Read>) -> Result<()> {
    let mut score = Score::default();
    for row in table.labelled(left_out) {
        let (label, row) = row?;
        score.take(&label, &row.answer());
    }
    Ok(write!(io::stdout().lock(), "{score}")?)
}

fn corrected(table: Table<impl Read>) -> Result<()> {
    let mut corrected = Corrected::default();
    for row in table.labelled(left_out) {
        let (label, row) = row?;
        corrected.take(&label, &row);
    }
    Ok(write!(io::stdout().lock(), "{corrected}")?)
}

/// Tells of a line of a labelled table that says nothing.
pub(super) fn left_out(line: u64, problem: &str) {
    eprintln!("line {line} is left out: {problem}");
}
