//! `florin bench import`: a statement file through the whole import, the same file again, and what a small pull costs beside a
//! household that is full of transactions.

use std::{fmt::Write, io::Cursor, time::Duration};

use anyhow::{Result, ensure};
use domain::{
    account::AccountKind,
    day::{Day, UTC},
};
use service::{
    Db, Scope, account,
    bench::Target,
    household,
    outside::Outside,
    statement::{self, Import, Statement},
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::page::{descriptor, page};
use crate::{
    cli::{BenchImport, StatementFormat},
    compose,
    config::Config,
};

/// How often the end of an import is looked for.
const LOOK: Duration = Duration::from_millis(20);
/// Days that a file is about.
const DAYS: usize = 3 * 365;
/// Transactions of a small pull.
const SMALL: usize = 6;
/// Small pulls into each of the two households.
const PULLS: usize = 200;
/// Transactions of the pages that fill a household.
const FILLING: usize = 1_000;

pub(super) async fn run(config: &Config, db: &Db, size: &BenchImport, stop: &CancellationToken) -> Result<()> {
    let outside = compose::outside(config, db, "http://localhost", None)?;
    let worker = stop.child_token();
    let working = tokio::spawn(compose::work_for_one(config.clone(), db.clone(), outside.clone(), worker.clone()));
    let imported = import_twice(db, &outside, size).await;
    worker.cancel();
    working.await??;
    imported?;
    if size.household > 0 { pulls(db, &outside, size.household).await } else { Ok(()) }
}

async fn import_twice(db: &Db, outside: &Outside, size: &BenchImport) -> Result<()> {
    let scope = Scope::of_operator(household::create(db, "bench", "EUR").await?);
    let command = account::CreateAccount {
        name: "bench".to_owned(),
        kind: AccountKind::Checking,
        currency: "EUR".to_owned(),
        opening_balance: None,
        idempotency_key: None,
    };
    let account = account::create(db, scope, command).await?.id;
    let file = file(size, Day::at(db.now_ms(), UTC));
    println!("{} transactions in a file of {} MB", size.count, file.len() >> 20);
    for (what, expected) in [("new", (size.count, 0)), ("again", (0, size.count))] {
        let import = Import {
            file: Cursor::new(file.clone()),
            file_name: "bench".to_owned(),
            account: Some(account),
            currency: None,
            kind: None,
            mapping: None,
            idempotency_key: None,
        };
        let begun = Instant::now();
        let statement = statement::begin(db, outside, scope, import).await?;
        let done = wait(db, scope, statement).await?;
        let seconds = begun.elapsed().as_secs_f64();
        let counts = (i64::from(expected.0), i64::from(expected.1));
        ensure!((done.new, done.duplicate) == counts, "{} new and {} known, not {counts:?}", done.new, done.duplicate);
        println!(
            "{what:<9} {:>8.0} transactions a second: archived, read twice, reconciled, committed ({seconds:.2} s)",
            f64::from(size.count) / seconds
        );
    }
    Ok(())
}

async fn wait(db: &Db, scope: Scope, begun: Statement) -> Result<Statement> {
    loop {
        let statement = statement::wait(db, scope, begun.id, LOOK).await?;
        if statement.status.is_over() {
            return Ok(statement);
        }
    }
}

/// Small pulls by turns into a household that is full, and into an empty one.
async fn pulls(db: &Db, outside: &Outside, transactions: usize) -> Result<()> {
    let today = Day::at(db.now_ms(), UTC);
    let (mut full, mut empty) = (Target::found(db).await?, Target::found(db).await?);
    for n in 0..transactions.div_ceil(FILLING) {
        full.take(db, outside.archive(), &page(n * FILLING, FILLING, today, n)).await?;
    }
    let (mut into_full, mut into_empty) = (Vec::with_capacity(PULLS), Vec::with_capacity(PULLS));
    for n in 0..PULLS {
        let first = transactions.next_multiple_of(FILLING) + n * SMALL;
        let small = page(first, SMALL, today, FILLING + transactions + n);
        for (target, seconds) in [(&mut full, &mut into_full), (&mut empty, &mut into_empty)] {
            let begun = Instant::now();
            target.take(db, outside.archive(), &small).await?;
            seconds.push(begun.elapsed());
        }
    }
    let (full, empty) = (median(into_full), median(into_empty));
    println!(
        "pull of {SMALL} into a household of {transactions}: {full:?}; into an empty one: {empty:?} (medians of {PULLS})"
    );
    println!("ratio     {:>8.2}", full.as_secs_f64() / empty.as_secs_f64());
    Ok(())
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all[all.len() / 2]
}

/// A statement, made up: the same for the same numbers, the oldest day first.
fn file(size: &BenchImport, today: Day) -> Vec<u8> {
    let count = size.count as usize;
    let mut text = String::with_capacity(count * 160 + 1_000);
    text.push_str(match size.format {
        StatementFormat::Csv => "Date,Amount,Description\n",
        StatementFormat::Ofx => "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:UTF-8\nCHARSET:NONE\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>1<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST>\n",
    });
    for n in 0..count {
        let day = today.plus(i32::try_from(n * DAYS / count).unwrap_or(0) - i32::try_from(DAYS).unwrap_or(0));
        let (euros, cents, what) = (n % 120 + 1, n % 100, descriptor(n));
        // Writing into a string never fails.
        let _ = match size.format {
            StatementFormat::Csv => writeln!(text, "{day},-{euros}.{cents:02},{what}"),
            StatementFormat::Ofx => {
                let day = day.to_string().replace('-', "");
                writeln!(
                    text,
                    "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}<TRNAMT>-{euros}.{cents:02}<FITID>{n:012}<NAME>{what}</STMTTRN>"
                )
            }
        };
    }
    if size.format == StatementFormat::Ofx {
        text.push_str("</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n");
    }
    text.into_bytes()
}
