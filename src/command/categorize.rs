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
    score::Score,
    table::{Row, Table},
};

/// Reads the table and prints what was asked for.
pub(crate) fn run(what: &cli::Categorize) -> Result<()> {
    let source = opened(&what.file)?;
    let table = Table::new(BufReader::new(source))?;
    if what.score {
        return scored(table);
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

fn opened(path: &Path) -> Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    Ok(Box::new(file))
}

fn printed(row: &Row, answer: &Answer) -> String {
    let key = |id| category::get(id).map_or("", |known| known.key);
    let group = category::group(answer.category).map_or("", key);
    let merchant = categorize::merchant_name(answer.merchant, &row.descriptor);
    let confidence = f64::from(answer.confidence_percent) / 100.0;
    // A name holds no tab: a descriptor is split at them.
    format!("{group}\t{}\t{merchant}\t{confidence:.2}\t{}", key(answer.category), answer.source.name())
}

fn scored(table: Table<impl Read>) -> Result<()> {
    let mut score = Score::default();
    for line in table {
        let (line, row) = line?;
        let row = match row {
            Ok(row) => row,
            Err(problem) => {
                eprintln!("line {line} is left out: {problem}");
                continue;
            }
        };
        let Some(label) = &row.label else { bail!("line {line}: category_primary: must be there to score by") };
        score.take(label, &row.answer());
    }
    print!("{score}");
    Ok(())
}
