//! `florin rates`: exchange rates from the command line.

use std::{fs::File, io::BufReader};

use anyhow::{Context, Result};
use connector::rate;
use serde_json::json;
use service::exchange;

use crate::{cli::Rates, compose, config::Config};

/// Does what was asked for, and prints what became of it.
pub(crate) async fn run(config: &Config, what: Rates) -> Result<()> {
    let Rates::Import { file: path } = what;
    let file = File::open(&path).with_context(|| format!("{} cannot be opened", path.display()))?;
    // A file is read as a whole before anything is written: a wrong line in it changes nothing.
    let published = rate::read(BufReader::new(file)).with_context(|| format!("{} was refused", path.display()))?;
    let db = compose::connect(config).await?;
    let kept = exchange::import(&db, &published).await?;
    db.close().await?;
    let day = |day: Option<domain::day::Day>| day.map(|day| day.to_string());
    println!("{}", json!({ "rates": kept.rates, "from": day(kept.from), "to": day(kept.to), "passed": kept.passed }));
    Ok(())
}
