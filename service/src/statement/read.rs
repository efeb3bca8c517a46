//! Reads a statement from the archive: its parts come one by one, a thread of its own reads the rows, and what it finds goes through a
//! channel. In memory are two parts and a batch of rows, however long the file is.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read},
};

use connector::file::{
    ClosingBalance, Format, Item, Options, Refusal, Statement, StatementAccount, StatementLine, Summary,
    csv::CsvMapping,
};
use domain::investment::{Holding, Security};
use tokio::sync::mpsc;

use super::{
    REJECTS, Reject,
    order::{Cut, Cutter, Order},
};
use crate::{Db, Error, Result, Scope, archive, investment::Held, outside::Outside};

/// Parts that are read ahead.
const PARTS_AHEAD: usize = 2;
/// Batches that are read ahead.
pub(super) const BATCHES_AHEAD: usize = 2;

/// What a first look at a file found.
pub(super) struct Survey {
    pub(super) accounts: Vec<StatementAccount>,
    pub(super) balances: Vec<ClosingBalance>,
    /// What each account of the file holds, where that is told to its end.
    pub(super) held: BTreeMap<usize, Held>,
    pub(super) securities: Vec<Security>,
    pub(super) rejects: Vec<Reject>,
    pub(super) summary: Summary,
    pub(super) mapping: Option<CsvMapping>,
    pub(super) order: Order,
}

/// Lines that are booked together.
pub(super) struct Lines {
    pub(super) lines: Vec<StatementLine>,
    /// Whether these are all lines of the file of each of their days.
    pub(super) is_whole: bool,
}

/// Where a file is, and how it is read.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) db: Db,
    pub(super) outside: Outside,
    pub(super) scope: Scope,
    pub(super) id: i64,
    pub(super) format: Format,
    pub(super) options: Options,
}

impl Source {
    /// Reads the whole file, and keeps what is not a line.
    pub(super) async fn survey(&self) -> Result<std::result::Result<Survey, Refusal>> {
        let (format, options) = (self.format, self.options.clone());
        self.with_parts(move |parts| survey(format, parts, &options)).await
    }

    /// Reads the lines again, about `size` at a time.
    pub(super) fn batches(&self, order: &Order, size: usize) -> mpsc::Receiver<Result<Lines>> {
        let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
        let (source, order) = (self.clone(), order.clone());
        tokio::spawn(async move {
            let (format, options, lines) = (source.format, source.options.clone(), sender.clone());
            let outcome =
                source.with_parts(move |parts| send_lines(format, parts, &options, order.cutter(size), &lines)).await;
            let failure = match outcome {
                Ok(Ok(())) => return,
                Ok(Err(refusal)) => refused_later(&refusal),
                Err(error) => error,
            };
            // Whoever no longer listens has given up already.
            let _ = sender.send(Err(failure)).await;
        });
        batches
    }

    /// Runs a reader of rows in a thread of its own while its parts come from the archive.
    async fn with_parts<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Parts) -> T + Send + 'static,
    {
        let (sender, parts) = mpsc::channel(PARTS_AHEAD);
        let reading = tokio::task::spawn_blocking(move || read(Parts { later: parts, present: Vec::new(), at: 0 }));
        self.send_parts(sender).await?;
        reading.await.map_err(|_| Error::broken("the reader of a statement panicked"))
    }

    async fn send_parts(&self, sender: mpsc::Sender<Vec<u8>>) -> Result<()> {
        let mut after = 0;
        loop {
            let pages = archive::pages(self.outside.archive(), &self.db, self.scope, self.id, after, 1).await?;
            let Some(part) = pages.into_iter().next() else { return Ok(()) };
            after = part.id;
            // A reader that has seen enough is no failure.
            if sender.send(part.raw).await.is_err() {
                return Ok(());
            }
        }
    }
}

/// A file that was good at the first look.
pub(super) fn refused_later(refusal: &Refusal) -> Error {
    Error::broken(format!("a statement was refused at the second look: {refusal}"))
}

/// Reads a whole file, and keeps what is not a line.
pub(super) fn survey(format: Format, file: impl BufRead, options: &Options) -> std::result::Result<Survey, Refusal> {
    let mut statement = Statement::open(format, file, options)?;
    let (mut accounts, mut balances, mut rejects) = (Vec::new(), Vec::new(), Vec::new());
    let (mut held, mut securities) = (BTreeMap::<usize, Held>::new(), Vec::new());
    let mut begun: BTreeMap<usize, Vec<Holding>> = BTreeMap::new();
    let mut order = Order::default();
    for item in statement.by_ref() {
        match item? {
            Item::Account(account) => accounts.push(account),
            Item::Balance(balance) => balances.push(balance),
            Item::Reject(reject) if rejects.len() < REJECTS => rejects.push(Reject {
                line: reject.position.line,
                row: reject.position.row,
                field: format!("{:?}", reject.field).to_lowercase(),
                reason: reject.reason.to_string(),
            }),
            Item::Reject(_) => {}
            Item::Line(line) => order.take(&line),
            Item::Holding(holding) => begun.entry(holding.account).or_default().push(holding.holding),
            Item::HoldingsEnd(end) => {
                let now = Held { day: end.day, holdings: begun.remove(&end.account).unwrap_or_default() };
                // An account may come twice, each time as of another day.
                let is_older = held.get(&end.account).is_some_and(|before| now.day < before.day);
                if !is_older {
                    held.insert(end.account, now);
                }
            }
            Item::Security(security) => securities.push(security),
        }
    }
    let (summary, mapping) = (statement.summary(), statement.mapping().cloned());
    Ok(Survey { accounts, balances, held, securities, rejects, summary, mapping, order })
}

/// Reads the lines of a file, and sends them in batches.
pub(super) fn send_lines(
    format: Format,
    file: impl BufRead,
    options: &Options,
    mut cutter: Cutter,
    batches: &mpsc::Sender<Result<Lines>>,
) -> std::result::Result<(), Refusal> {
    let mut lines = Vec::new();
    for item in Statement::open(format, file, options)? {
        let Item::Line(line) = item? else { continue };
        if let Some(Cut { is_whole }) = cutter.before(&line) {
            let lines = std::mem::take(&mut lines);
            if batches.blocking_send(Ok(Lines { lines, is_whole })).is_err() {
                return Ok(());
            }
        }
        lines.push(line);
    }
    if !lines.is_empty() {
        let Cut { is_whole } = cutter.end();
        // Whoever no longer listens has given up already.
        let _ = batches.blocking_send(Ok(Lines { lines, is_whole }));
    }
    Ok(())
}

/// The parts of a file, end to end.
struct Parts {
    later: mpsc::Receiver<Vec<u8>>,
    present: Vec<u8>,
    at: usize,
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Parts {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at >= self.present.len() {
            match self.later.blocking_recv() {
                Some(part) => (self.present, self.at) = (part, 0),
                None => return Ok(&[]),
            }
        }
        Ok(&self.present[self.at..])
    }

    fn consume(&mut self, length: usize) {
        self.at += length;
    }
}
