//! The job that imports a statement.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use connector::file::Format;
use domain::{account::AccountKind, reconcile::FingerprintKey};
use entity::statement;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, QueryFilter, sea_query::Expr};
use tokio::sync::mpsc;

use super::{
    MappingSource, Said,
    account::{self, Ours},
    anchor,
    begin::load,
    book::{BATCH_LINES, Numbering, Ready, Step},
    order::Order,
    read::{Lines, Source, Survey},
    remembered, stored, to_store,
};
use crate::{
    Error, Result, Unit,
    event::Event,
    investment::{self, Held},
    job::{ImportStatement, Run, Verdict},
    outside::Outside,
};

/// What a statement says whose account went while it was imported.
const REMOVED: &str = "its account was removed while it was imported";

/// Imports a statement.
pub async fn import(run: &Run, outside: &Outside, order: &ImportStatement) -> Result<Verdict> {
    let found = run.scope().find::<statement::Entity>().filter(statement::Column::Id.eq(order.statement));
    let open = found.one(run.db().reader()).await?;
    let Some(row) = open.filter(|row| matches!(row.status, statement::WAITING | statement::RUNNING)) else {
        let finished = run.finish(|_| async { Ok(()) }.scope_boxed()).await?;
        return Ok(Verdict::Done(finished));
    };
    let shape = remembered::shape(run, outside, &row).await?;
    let said =
        &remembered::recall(run.db(), run.scope(), row.account_id, stored(&row.options)?, shape.as_ref()).await?;
    let source = source(run, outside, &row, said)?;
    let survey = match source.survey().await? {
        Ok(survey) => survey,
        Err(refusal) => return refuse(run, row.id, &refusal.to_string()).await,
    };
    let ours = match accounts(run, &row, said, &survey).await {
        Ok(Ok(ours)) => ours,
        // Such as one account too many: what the person must hear, and nothing was written.
        Ok(Err(doubt)) | Err(Error::Conflict { reason: doubt }) => return refuse(run, row.id, &doubt).await,
        Err(Error::NotFound { .. }) => return refuse(run, row.id, REMOVED).await,
        Err(error) => return Err(error),
    };
    book(run, &source, &survey.order, &row, &ours).await?;
    let accounts: &Vec<i64> = &ours.iter().map(|ours| ours.account).collect();
    let (id, survey, shape) = (row.id, &survey, shape.as_ref());
    let finished = run
        .finish(move |unit| {
            async move {
                remembered::remember(unit, said, shape, accounts).await?;
                finish(unit, id, survey, accounts).await
            }
            .scope_boxed()
        })
        .await?;
    Ok(Verdict::Done(finished))
}

fn source(run: &Run, outside: &Outside, row: &statement::Model, said: &Said) -> Result<Source> {
    let options = said.clone().options();
    let format = Format::from_name(&row.format).ok_or_else(|| Error::broken("a statement of an unknown format"))?;
    let (db, outside) = (run.db().clone(), outside.clone());
    Ok(Source { db, outside, scope: run.scope(), id: row.id, format, options })
}

/// The whole file is refused: nothing of it was booked.
async fn refuse(run: &Run, id: i64, reason: &str) -> Result<Verdict> {
    let finished = run
        .finish(move |unit| {
            async move {
                unit.scope()
                    .update::<statement::Entity>()
                    .filter(statement::Column::Id.eq(id))
                    .col_expr(statement::Column::Status, Expr::value(statement::REFUSED))
                    .col_expr(statement::Column::Refusal, Expr::value(reason))
                    .col_expr(statement::Column::FinishedAtMs, Expr::value(unit.now_ms()))
                    .exec(unit.connection())
                    .await?;
                unit.emit(Event::StatementUpdated { statement: id });
                Ok(())
            }
            .scope_boxed()
        })
        .await?;
    Ok(Verdict::Done(finished))
}

/// Finds or makes the accounts, once: an attempt that comes later uses the same.
async fn accounts(
    run: &Run,
    row: &statement::Model,
    said: &Said,
    survey: &Survey,
) -> Result<std::result::Result<Vec<Ours>, account::Doubt>> {
    let before: &Vec<i64> = &stored(&row.accounts)?;
    run.write(move |unit| {
        async move {
            let kind = said.kind.and_then(AccountKind::from_code);
            let ours = if row.status == statement::RUNNING {
                Ok(before.clone())
            } else {
                account::resolve(unit, row.account_id, kind, &survey.accounts).await?
            };
            let ours = match ours {
                Ok(ours) => ours,
                Err(doubt) => return Ok(Err(doubt)),
            };
            note(unit, row.id, said, survey, &ours).await?;
            investment::keep_securities(unit, &survey.securities).await?;
            let mut found = Vec::with_capacity(ours.len());
            for id in ours {
                found.push(account::known(unit, id).await?);
            }
            Ok(Ok(found))
        }
        .scope_boxed()
    })
    .await
}

/// Notes what the first look found.
async fn note(unit: &mut Unit, id: i64, said: &Said, survey: &Survey, ours: &[i64]) -> Result<()> {
    let guessed = survey.mapping.as_ref().map(|_| MappingSource::Guessed);
    let said = Said {
        mapping: survey.mapping.clone().or_else(|| said.mapping.clone()),
        mapping_source: said.mapping_source.or(guessed),
        ..said.clone()
    };
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let summary = &survey.summary;
    let before = load(unit, id).await?;
    let unsupported =
        if before.status == statement::RUNNING { before.unsupported_count } else { number(summary.unsupported) };
    unit.scope()
        .update::<statement::Entity>()
        .filter(statement::Column::Id.eq(id))
        .col_expr(statement::Column::Status, Expr::value(statement::RUNNING))
        .col_expr(statement::Column::Options, Expr::value(to_store(&said)?))
        .col_expr(statement::Column::Accounts, Expr::value(to_store(&ours)?))
        .col_expr(statement::Column::Lines, Expr::value(number(summary.lines)))
        .col_expr(statement::Column::RejectedCount, Expr::value(number(summary.rejects)))
        .col_expr(statement::Column::UnsupportedCount, Expr::value(unsupported))
        .col_expr(statement::Column::IsTruncated, Expr::value(i16::from(summary.truncated)))
        .col_expr(statement::Column::Rejects, Expr::value(to_store(&survey.rejects)?))
        .exec(unit.connection())
        .await?;
    unit.emit(Event::StatementUpdated { statement: id });
    Ok(())
}

/// Books the lines that are not through yet.
async fn book(run: &Run, source: &Source, order: &Order, row: &statement::Model, ours: &[Ours]) -> Result<()> {
    let key = *run.db().keys().fingerprint();
    // A file that is told again goes on as it begins.
    let is_known = Arc::new(AtomicBool::new(true));
    let numbering = Numbering::new(ours, order.days());
    let lines = source.batches(order, BATCH_LINES);
    let mut all = ready(lines, numbering, ours.to_vec(), (row.id, row.lines_done), key, Arc::clone(&is_known));
    while let Some(next) = all.recv().await {
        let ready = match next? {
            Next::Ready(ready) => ready,
            Next::Named(step) => {
                let may_be_known = is_known.load(Ordering::Relaxed);
                let known = &step;
                if may_be_known
                    && run.write(move |unit| async move { known.write_known(unit).await }.scope_boxed()).await?
                {
                    continue;
                }
                step.prepare(&key)
            }
        };
        let ready = &ready;
        let was_known = run.write(move |unit| async move { ready.write(unit).await }.scope_boxed()).await?;
        is_known.store(was_known, Ordering::Relaxed);
    }
    Ok(())
}

/// What is booked next.
enum Next {
    /// Lines that may all be known.
    Named(Step),
    /// Lines about which everything is said that needs no database.
    Ready(Ready),
}

/// Numbers the lines, and thinks about them as long as the file does not seem to be `is_known`: in a thread of its own, while what was before
/// them is written. `(statement, lines_done)`: batches are cut alike at every reading, and what was through before an earlier attempt ended is
/// passed over.
fn ready(
    mut batches: mpsc::Receiver<Result<Lines>>,
    mut numbering: Numbering,
    ours: Vec<Ours>,
    (statement, lines_done): (i64, i64),
    key: FingerprintKey,
    is_known: Arc<AtomicBool>,
) -> mpsc::Receiver<Result<Next>> {
    let (sender, all) = mpsc::channel(1);
    tokio::task::spawn_blocking(move || {
        let mut at = 0;
        while let Some(lines) = batches.blocking_recv() {
            let step = lines.and_then(|lines| numbering.step(&key, (statement, at), &ours, lines));
            at += step.as_ref().map_or(0, |step| step.lines);
            let next = match step {
                Ok(_) if at <= lines_done => continue,
                Ok(step) if is_known.load(Ordering::Relaxed) => Ok(Next::Named(step)),
                Ok(step) => Ok(Next::Ready(step.prepare(&key))),
                Err(error) => Err(error),
            };
            let is_over = next.is_err();
            // Whoever no longer listens has given up already.
            if sender.blocking_send(next).is_err() || is_over {
                return;
            }
        }
    });
    all
}

async fn finish(unit: &mut Unit, id: i64, survey: &Survey, accounts: &[i64]) -> Result<()> {
    // Who brings nothing new, such as an older download of the same day, knows no better what the account holds.
    let brings_news = load(unit, id).await?.new_count > 0;
    let closing = anchor::take(unit, accounts, &survey.balances, brings_news).await?;
    let held = investment::keep_holdings(unit, id, held(survey, accounts)).await?;
    unit.scope()
        .update::<statement::Entity>()
        .filter(statement::Column::Id.eq(id))
        .col_expr(statement::Column::Status, Expr::value(statement::DONE))
        .col_expr(statement::Column::Closing, Expr::value(to_store(&closing)?))
        .col_expr(statement::Column::Held, Expr::value(to_store(&held)?))
        .col_expr(statement::Column::FinishedAtMs, Expr::value(unit.now_ms()))
        .exec(unit.connection())
        .await?;
    // Now that the statement is through it is one of those that may stand.
    investment::settle(unit, accounts).await?;
    anchor::note_drifts(unit, accounts).await?;
    unit.emit(Event::StatementUpdated { statement: id });
    unit.emit(Event::AccountsChanged {});
    Ok(())
}

/// What accounts of ours hold: two accounts of the file may be one of them.
fn held(survey: &Survey, accounts: &[i64]) -> BTreeMap<i64, Held> {
    let mut ours: BTreeMap<i64, Held> = BTreeMap::new();
    for (place, held) in &survey.held {
        let Some(account) = accounts.get(*place) else { continue };
        let all = ours.entry(*account).or_default();
        all.day = all.day.max(held.day);
        all.holdings.extend(held.holdings.iter().cloned());
    }
    ours
}
