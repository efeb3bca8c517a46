//! `florin import`: a statement file from the command line, with or without a server beside it.

use std::{fs::File, time::Duration};

use anyhow::{Context, Result, bail};
use connector::file::csv::CsvMapping;
use domain::id::{AccountId, HouseholdId, Owned};
use serde_json::json;
use service::{
    Scope, hint,
    statement::{self, Import, Statement, Status},
};
use tokio_util::sync::CancellationToken;

use crate::{
    cli, compose,
    config::{Config, key},
};

/// How often progress is printed.
const PROGRESS: Duration = Duration::from_secs(2);

/// Imports a file, prints what became of it, and fails when it was refused.
pub(crate) async fn run(config: &Config, what: cli::Import) -> Result<()> {
    let file = File::open(&what.file).with_context(|| format!("{} cannot be opened", what.file.display()))?;
    let file_name = what.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (household, account) = whose(&what)?;
    let mapping = match &what.mapping {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
            Some(serde_json::from_str(&text).with_context(|| format!("{} is no mapping", path.display()))?)
        }
    };
    if what.preview {
        return preview(config, (household, account), (&what, file_name), mapping).await;
    }
    let master_key = key::load_or_generate(config)?;
    let db = compose::open(config, &master_key, hint::Hints::in_process()).await?;
    compose::assert_migrated(&db).await?;
    let outside = compose::outside(config, &db, &config.public_url(config.listen), None)?;
    let scope = Scope::of_operator(household);
    let import =
        Import { file, file_name, account, currency: what.currency, kind: None, mapping, idempotency_key: None };
    let begun = statement::begin(&db, &outside, scope, import).await?;
    // Whoever serves may be faster; without a server this process does the work.
    let stop = CancellationToken::new();
    let working = tokio::spawn(compose::work_for_one(config.clone(), db.clone(), outside, stop.clone()));
    let done = loop {
        let statement = statement::wait(&db, scope, begun.id, PROGRESS).await?;
        if statement.status.is_over() {
            break statement;
        }
        eprintln!("{} of {} transactions", statement.lines_done, statement.lines);
    };
    stop.cancel();
    working.await??;
    db.close().await?;
    report(&done, household)
}

/// Says what the import would do, as JSON: what `previewImport` answers, with each row on the standard output.
async fn preview(
    config: &Config,
    (household, account): (HouseholdId, Option<AccountId>),
    (what, file_name): (&cli::Import, String),
    mapping: Option<CsvMapping>,
) -> Result<()> {
    let db = compose::connect(config).await?;
    let path = what.file.clone();
    let file = move || File::open(&path);
    let currency = what.currency.clone();
    let import = Import { file, file_name, account, currency, kind: None, mapping, idempotency_key: None };
    let preview = statement::preview(&db, Scope::of_operator(household), import).await?;
    db.close().await?;
    let accounts = preview.accounts.iter().map(|account| {
        let closing = account.closing.map(|(money, day)| {
            json!({ "amount": money.decimal(), "currency": money.currency.code(), "day": day.map(|day| day.to_string()) })
        });
        let id = account.id.map(|id| id.text(household));
        json!({ "id": id, "name": account.name, "currency": account.currency.code(), "closing": closing })
    });
    let rows = preview.rows.iter().map(|row| {
        json!({
            "line": row.line,
            "account": row.account,
            "day": row.day.to_string(),
            "amount": row.amount.decimal(),
            "descriptor": row.descriptor,
            "outcome": format!("{:?}", row.outcome).to_lowercase(),
            "transaction": row.transaction.map(|id| id.text(household)),
        })
    });
    let answer = json!({
        "format": preview.format,
        "accounts": accounts.collect::<Vec<_>>(),
        "lines": preview.lines,
        "new": preview.new,
        "duplicate": preview.duplicate,
        "changed": preview.changed,
        "rejected": preview.rejected,
        "unsupported": preview.unsupported,
        "truncated": preview.is_truncated,
        "mapping": preview.mapping,
        "mapping_source": preview.mapping_source,
        "rejects": preview.rejects,
        "rows": rows.collect::<Vec<_>>(),
    });
    println!("{answer:#}");
    match &preview.refusal {
        Some(refusal) => bail!("it would not be imported: {refusal}"),
        None => Ok(()),
    }
}

fn whose(what: &cli::Import) -> Result<(HouseholdId, Option<AccountId>)> {
    match (&what.account, what.household) {
        (Some(text), _) => {
            let (household, account) = AccountId::parse_anywhere(text)?;
            Ok((household, Some(account)))
        }
        (None, Some(household)) => Ok((household, None)),
        (None, None) => bail!("give --account or --household"),
    }
}

fn report(done: &Statement, household: HouseholdId) -> Result<()> {
    let accounts: Vec<String> = done.accounts.iter().map(|id| id.text(household)).collect();
    let answer = json!({
        "statement": done.id.text(household),
        "format": done.format,
        "accounts": accounts,
        "lines": done.lines,
        "new": done.new,
        "duplicate": done.duplicate,
        "changed": done.changed,
        "rejected": done.rejected,
        "unsupported": done.unsupported,
        "truncated": done.is_truncated,
        "mapping": done.mapping,
        "mapping_source": done.mapping_source,
        "rejects": done.rejects,
    });
    println!("{answer:#}");
    match &done.refusal {
        Some(refusal) => bail!("nothing was imported: {refusal}"),
        None if done.status == Status::Failed => {
            bail!("the import failed: `florin jobs list --state dead` says why, `florin jobs restart` goes on")
        }
        None => Ok(()),
    }
}
