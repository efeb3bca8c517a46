//! `florin verify`: whether everything that must always hold does hold. Reads, and writes nothing.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;
use service::{
    archive::Archive,
    installation,
    verify::{self, Figure, Finding, Question, Report},
};
use tokio::time::Instant;

use crate::{cli, command::FOUND, compose, config::Config};

/// Looks, and prints a line for each finding.
pub(crate) async fn run(config: &Config, what: cli::Verify) -> Result<ExitCode> {
    let begun = Instant::now();
    tokio::task::spawn_blocking(domain::categorize::load).await?;
    let db = compose::connect(config).await?;
    // With another key every secret would be a finding.
    installation::compare_key(&db).await?;
    let archive = what.archive.then(|| Archive::open(config.archive_folder.clone(), db.ambient().chance.number()));
    let question = Question { household: what.household, archive: archive.as_ref() };
    let report = verify::verify(&db, question, &mut |finding| print(&finding, &what)).await?;
    db.close().await?;
    sum_up(&report, begun.elapsed().as_secs_f64(), what.json);
    Ok(if report.faults == 0 { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}

fn print(finding: &Finding, what: &cli::Verify) {
    let shown = || finding.figures.iter().filter(|figure| what.amounts || !figure.is_amount);
    let (name, problem) = (finding.check.name(), &finding.problem);
    if what.json {
        let level = if finding.check.is_warning() { "warning" } else { "fault" };
        let figures: Vec<_> = shown()
            .map(|figure| json!({ "name": figure.name, "expected": figure.expected, "found": figure.found }))
            .collect();
        let household = finding.household.to_string();
        println!(
            "{}",
            json!({ "check": name, "level": level, "household": household, "about": finding.about, "problem": problem, "figures": figures })
        );
        return;
    }
    let level = if finding.check.is_warning() { "warn" } else { "FAIL" };
    let about = if finding.about.is_empty() { finding.household.to_string() } else { finding.about.clone() };
    let of = |figure: &Figure| format!("{} {} instead of {}", figure.name, figure.found, figure.expected);
    let figures: Vec<String> = shown().map(of).collect();
    let figures = if figures.is_empty() { String::new() } else { format!(" ({})", figures.join(", ")) };
    println!("{level}  {name}  {about}: {problem}{figures}");
}

fn sum_up(report: &Report, seconds: f64, is_json: bool) {
    let Report { households, accounts, transactions, pages, faults, warnings } = report;
    if is_json {
        println!(
            "{}",
            json!({ "households": households, "accounts": accounts, "transactions": transactions, "pages": pages,
                "faults": faults, "warnings": warnings, "seconds": seconds })
        );
    } else {
        println!(
            "{households} households, {accounts} accounts, {transactions} transactions, {pages} pages: {faults} faults, {warnings} warnings, in {seconds:.1} s"
        );
    }
}
