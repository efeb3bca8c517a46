//! `florin replay`: what a connection's archived pages say, beside what its rows say; and, where it is asked for, the rows mended.

use std::process::ExitCode;

use anyhow::{Context, Result};
use domain::{
    id::{ConnectionId, HouseholdId, Owned},
    reconcile::State,
};
use serde_json::{Value, json};
use service::{
    Scope,
    archive::Archive,
    installation,
    replay::{self, Difference, Outcome, Replay, Said},
};

use crate::{cli, command::FOUND, compose, config::Config};

/// Replays, and prints a line for each difference.
pub(crate) async fn run(config: &Config, what: &cli::Replay) -> Result<ExitCode> {
    let (household, connection) =
        ConnectionId::parse_anywhere(&what.connection).with_context(|| format!("`{}`", what.connection))?;
    tokio::task::spawn_blocking(domain::categorize::load).await?;
    let db = compose::connect(config).await?;
    // Under another key no page opens.
    installation::compare_key(&db).await?;
    let dice = db.ambient().chance.number();
    let archive = Archive::open(config.archive_folder.clone(), dice);
    let scratch = config.data_folder.join(format!("replay-{dice:016x}"));
    let replay = Replay { connection, scratch, write: what.write, named: what.limit };
    let outcome = replay::replay(&db, &archive, Scope::of_operator(household), &replay).await?;
    db.close().await?;
    for difference in &outcome.differences {
        println!("{}", told(difference, household, what));
    }
    sum_up(&outcome, what);
    Ok(if what.write || outcome.is_same() { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}

fn told(difference: &Difference, household: HouseholdId, what: &cli::Replay) -> String {
    let Difference { kind, account, transaction, archived, kept } = difference;
    let (name, account) = (kind.name(), account.text(household));
    let transaction = transaction.map(|id| id.text(household));
    if what.json {
        let side = |said: &Option<Said>| said.as_ref().filter(|_| what.amounts).map_or(Value::Null, as_json);
        return json!({ "kind": name, "account": account, "transaction": transaction, "archived": side(archived), "kept": side(kept) })
            .to_string();
    }
    let mut line = format!("{name:<9}  {account}");
    if let Some(transaction) = transaction {
        line = format!("{line} {transaction}");
    }
    if what.amounts {
        for (side, said) in [("archived", archived), ("kept", kept)] {
            if let Some(said) = said {
                let Said { day, amount, descriptor, state } = said;
                let (amount, currency, state) = (amount.decimal(), amount.currency.code(), state_name(*state));
                line = format!("{line}\n           {side}: {day} {amount} {currency} {state} {descriptor}");
            }
        }
    }
    line
}

fn as_json(said: &Said) -> Value {
    json!({
        "day": said.day.to_string(),
        "amount": said.amount.decimal().to_string(),
        "currency": said.amount.currency.code(),
        "state": state_name(said.state),
        "descriptor": said.descriptor,
    })
}

const fn state_name(state: State) -> &'static str {
    match state {
        State::Posted => "posted",
        State::Pending => "pending",
        State::Deleted => "deleted",
        State::Vanished => "taken back",
    }
}

fn sum_up(outcome: &Outcome, what: &cli::Replay) {
    let Outcome { pages, lines, rejected, rows, missing, different, extra, sums, openings, differences: _ } = outcome;
    if what.json {
        println!(
            "{}",
            json!({ "pages": pages, "lines": lines, "rejected": rejected, "rows": rows, "missing": missing, "different": different,
                "extra": extra, "sums": sums, "openings": openings, "written": what.write })
        );
        return;
    }
    println!("{pages} pages, {lines} lines ({rejected} not understood), {rows} transactions of the bank");
    let mended = match (outcome.is_same(), what.write) {
        (true, _) => "",
        (false, true) => "; written",
        (false, false) => "; nothing was written: --write mends it",
    };
    println!("{missing} missing, {different} different, {extra} extra, sums of {sums} accounts{mended}");
    if *openings > 0 {
        println!("the opening balance of {openings} accounts held what was missing, and was corrected");
    }
}
