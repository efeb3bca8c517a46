//! What an import would do: it is done, told, and taken back before anybody sees it. Whatever books files answers here, so that the two
//! cannot differ.

use std::{
    collections::HashSet,
    io::{self, BufReader, Read},
};

use connector::file::{self, BalanceKind, Format, Options, csv::CsvMapping};
use domain::{
    account::AccountKind,
    currency::Currency,
    day::Day,
    id::{AccountId, TransactionId},
    investment::{Security, SecurityKey},
    money::Money,
    reconcile::State,
};
use entity::account;
use scoped_futures::ScopedFutureExt;
use tokio::sync::mpsc;

use super::{
    Import, MappingSource, Reject, Said,
    account::{self as accounts, Ours},
    begin,
    book::{BATCH_LINES, Numbering, Ready},
    read::{BATCHES_AHEAD, Lines, Survey, refused_later, send_lines, survey},
    remembered,
};
use crate::{
    Db, Error, Result, Scope, Unit,
    investment::Trade,
    ledger::{self, Became, How},
};

/// Rows that are shown; of more only the numbers are.
const ROWS: usize = 500;
/// Bytes from which a format and the shape of a table are known: a part of the archive, from which an import knows them.
const HEAD_BYTES: usize = 1 << 20;

/// What an import would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// The name of the format.
    pub format: String,
    /// Why the file would be refused: then nothing else is known.
    pub refusal: Option<String>,
    /// How the columns of a table are understood.
    pub mapping: Option<CsvMapping>,
    /// Where that comes from.
    pub mapping_source: Option<MappingSource>,
    /// The accounts that it would be booked into, in the order of the file.
    pub accounts: Vec<Account>,
    /// Transactions in it.
    pub lines: u64,
    /// That would be new.
    pub new: u64,
    /// That are known.
    pub duplicate: u64,
    /// That say something new about a known one.
    pub changed: u64,
    /// Rows that are wrong.
    pub rejected: u64,
    /// Rows that are understood and would not be imported.
    pub unsupported: u64,
    /// Whether the file ends in the middle of something.
    pub is_truncated: bool,
    /// The first of the wrong rows.
    pub rejects: Vec<Reject>,
    /// The first of the transactions.
    pub rows: Vec<Row>,
}

/// An account that a file would be booked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which; `None` for one that the import would make.
    pub id: Option<AccountId>,
    /// What it is called.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// The closing balance that the file brings, and the day that it is of.
    pub closing: Option<(Money, Option<Day>)>,
}

/// A transaction of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line of the file, from 1.
    pub line: u64,
    /// Which row of the statement, from 1.
    pub row: u64,
    /// Its account: a place among the preview's.
    pub account: usize,
    /// Booked on.
    pub day: Day,
    /// In positive, out negative.
    pub amount: Money,
    /// What the file writes.
    pub descriptor: String,
    /// What was done with a security, where it is that.
    pub trade: Option<Trade>,
    /// What would become of it.
    pub outcome: Outcome,
    /// Why it is not new.
    pub why: Option<Why>,
    /// Which transaction it is.
    pub transaction: Option<TransactionId>,
}

/// What would become of a transaction of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It would be new.
    New,
    /// It is known.
    Duplicate,
    /// It says something new about a known one.
    Changed,
}

/// Why a transaction of a file is not new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// An earlier file had it.
    ImportedBefore,
    /// Another source has brought the same booking.
    SameBooking,
    /// A person has deleted it.
    Deleted,
    /// The file has another day for it.
    OtherDay,
    /// It was announced, and the file has it booked.
    Booked,
}

/// A file that can be read twice.
struct Twice<'a, F> {
    open: &'a F,
    format: Format,
    options: Options,
}

/// Says what an import would do. `import.file` opens the file, as often as it is asked.
pub async fn preview<R, F>(db: &Db, scope: Scope, import: Import<F>) -> Result<Preview>
where
    R: Read + Send + 'static,
    F: Fn() -> io::Result<R> + Send + Sync,
{
    let Import { file: open, file_name, account, currency, kind, mapping, idempotency_key: _ } = import;
    if !scope.role().writes() {
        return Err(Error::Denied { reason: "viewers of a household change nothing in it" });
    }
    let said = begin::said(db, scope, account, currency, kind, mapping).await?;
    let mut head = Vec::new();
    open().and_then(|file| file.take(HEAD_BYTES as u64).read_to_end(&mut head)).map_err(|error| unreadable(&error))?;
    let format = file::detect(&head, Some(&file_name));
    let format = format.map_err(|refusal| Error::invalid("file", format!("cannot be imported: {refusal}")))?;
    let is_whole = head.len() < HEAD_BYTES;
    let shape = if format == Format::Csv { file::csv::shape(&head, is_whole).ok() } else { None };
    let said = remembered::recall(db, scope, account.map(|account| account.0), said, shape.as_ref()).await?;
    let twice = &Twice { open: &open, format, options: said.clone().options() };
    let survey = match twice.survey().await? {
        Ok(survey) => survey,
        Err(refusal) => return Ok(refused(format, refusal.to_string())),
    };
    let (survey, said) = (&survey, &said);
    let rehearsed = db.rehearse(scope, move |unit| {
        async move { rehearse(unit, twice, account.map(|account| account.0), said, survey).await }.scope_boxed()
    });
    match rehearsed.await {
        Ok(Ok(preview)) => Ok(preview),
        Ok(Err(doubt)) | Err(Error::Conflict { reason: doubt }) => Ok(refused(format, doubt)),
        Err(error) => Err(error),
    }
}

fn unreadable(error: &io::Error) -> Error {
    Error::broken(format!("the file cannot be read: {}", error.kind()))
}

fn refused(format: Format, refusal: String) -> Preview {
    Preview { format: format.name().to_owned(), refusal: Some(refusal), ..Preview::default() }
}

impl<R, F> Twice<'_, F>
where
    R: Read + Send + 'static,
    F: Fn() -> io::Result<R> + Send + Sync,
{
    async fn survey(&self) -> Result<std::result::Result<Survey, file::Refusal>> {
        let file = BufReader::new((self.open)().map_err(|error| unreadable(&error))?);
        let (format, options) = (self.format, self.options.clone());
        let reading = tokio::task::spawn_blocking(move || survey(format, file, &options));
        reading.await.map_err(|_| Error::broken("the reader of a statement panicked"))
    }

    /// The lines once more, in the batches in which they would be booked.
    fn batches(&self, survey: &Survey) -> Result<mpsc::Receiver<Result<Lines>>> {
        let file = BufReader::new((self.open)().map_err(|error| unreadable(&error))?);
        let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
        let (format, options, cutter) = (self.format, self.options.clone(), survey.order.cutter(BATCH_LINES));
        tokio::task::spawn_blocking(move || {
            if let Err(refusal) = send_lines(format, file, &options, cutter, &sender) {
                // Whoever no longer listens has given up already.
                let _ = sender.blocking_send(Err(refused_later(&refusal)));
            }
        });
        Ok(batches)
    }
}

async fn rehearse<R, F>(
    unit: &mut Unit,
    file: &Twice<'_, F>,
    chosen: Option<i64>,
    said: &Said,
    survey: &Survey,
) -> Result<std::result::Result<Preview, accounts::Doubt>>
where
    R: Read + Send + 'static,
    F: Fn() -> io::Result<R> + Send + Sync,
{
    let before: HashSet<i64> = all_accounts(unit).await?.iter().map(|row| row.id).collect();
    let kind = said.kind.and_then(AccountKind::from_code);
    let ours = match accounts::resolve(unit, chosen, kind, &survey.accounts).await? {
        Ok(ours) => ours,
        Err(doubt) => return Ok(Err(doubt)),
    };
    let summary = &survey.summary;
    let mut preview = Preview {
        format: file.format.name().to_owned(),
        mapping: survey.mapping.clone(),
        mapping_source: survey.mapping.as_ref().map(|_| said.mapping_source.unwrap_or(MappingSource::Guessed)),
        accounts: named(&all_accounts(unit).await?, &before, &ours, survey),
        lines: summary.lines,
        rejected: summary.rejects,
        unsupported: summary.unsupported,
        is_truncated: summary.truncated,
        rejects: survey.rejects.clone(),
        ..Preview::default()
    };
    let mut all = Vec::with_capacity(ours.len());
    for &id in &ours {
        all.push(accounts::known(unit, id).await?);
    }
    let mut numbering = Numbering::new(&all, survey.order.days());
    let mut batches = file.batches(survey)?;
    let (mut made, mut at) = (HashSet::new(), 0);
    while let Some(lines) = batches.recv().await {
        let key = *unit.db().keys().fingerprint();
        let step = numbering.step(&key, (0, at), &all, lines?)?.prepare(&key);
        at += step.lines;
        let booked = ledger::book(unit, &step.batches).await?;
        made.extend(&booked.new);
        preview.take(&step, &booked, &all, &made, &survey.securities);
    }
    Ok(Ok(preview))
}

async fn all_accounts(unit: &Unit) -> Result<Vec<account::Model>> {
    Ok(unit.scope().find::<account::Entity>().all(unit.connection()).await?)
}

fn named(rows: &[account::Model], before: &HashSet<i64>, ours: &[i64], survey: &Survey) -> Vec<Account> {
    let account = |(place, (id, named)): (usize, (&i64, &file::StatementAccount))| {
        let closing = survey.balances.iter().rev();
        let mut closing = closing.filter(|one| one.account == place && one.kind == BalanceKind::Ledger);
        Account {
            id: before.contains(id).then_some(AccountId(*id)),
            name: rows.iter().find(|row| row.id == *id).map(|row| row.name.clone()).unwrap_or_default(),
            currency: named.currency,
            closing: closing.next().map(|one| (one.money, one.day)),
        }
    };
    ours.iter().zip(&survey.accounts).enumerate().map(account).collect()
}

impl Preview {
    fn take(
        &mut self,
        step: &Ready,
        booked: &ledger::Booked,
        ours: &[Ours],
        made: &HashSet<i64>,
        securities: &[Security],
    ) {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        self.new += count(booked.new.len());
        self.duplicate += count(booked.same);
        self.changed += count(booked.changed.len());
        self.unsupported += u64::try_from(step.left_out).unwrap_or_default();
        for batch in &step.batches {
            let became = booked.lines.get(&batch.account).map_or(&[][..], Vec::as_slice);
            let place = ours.iter().position(|ours| ours.account == batch.account).unwrap_or_default();
            let Some(currency) = self.accounts.get(place).map(|account| account.currency) else { continue };
            let places = step.places.get(&batch.account).map_or(&[][..], Vec::as_slice);
            for became in became.iter().take(ROWS.saturating_sub(self.rows.len())) {
                let (line, position) = (&batch.lines[became.place].line, places[became.place]);
                let (outcome, why) = outcome(became);
                self.rows.push(Row {
                    line: position.line,
                    row: position.row,
                    account: place,
                    day: line.day,
                    amount: Money::new(line.amount_minor, currency),
                    descriptor: line.descriptor.clone(),
                    trade: batch.lines[became.place].trade.as_deref().map(|trade| shown(trade, securities)),
                    outcome,
                    why,
                    transaction: (!made.contains(&became.transaction)).then_some(TransactionId(became.transaction)),
                });
            }
        }
    }
}

/// With what the file says the security is.
fn shown(trade: &domain::investment::Trade, securities: &[Security]) -> Trade {
    let said = |key: &SecurityKey| {
        let said = securities.iter().rev().find(|said| said.key == *key);
        said.cloned().unwrap_or_else(|| Security::bare(key.clone()))
    };
    Trade { security: trade.security.as_ref().map(said), trade: trade.clone() }
}

fn outcome(became: &Became) -> (Outcome, Option<Why>) {
    match (&became.how, became.was) {
        (How::New, _) => (Outcome::New, None),
        (How::Known | How::Named, Some(State::Deleted)) => (Outcome::Duplicate, Some(Why::Deleted)),
        (How::Known, _) => (Outcome::Duplicate, Some(Why::ImportedBefore)),
        (How::Named, _) => (Outcome::Duplicate, Some(Why::SameBooking)),
        (How::Changed(_), _) => (Outcome::Changed, Some(Why::OtherDay)),
        (How::TakenOver(_), _) => (Outcome::Changed, Some(Why::Booked)),
    }
}
