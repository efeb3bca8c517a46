//! CAMT, the bank statements of ISO 20022: camt.052 (report), camt.053 (statement) and camt.054 (notification), in any version, any number of
//! documents, statements and accounts in a file. In memory is one entry, and of its parts one.
//!
//! - An entry (`Ntry`) is a line, whatever it is made of: `docs/STATEMENTS.md` says why.
//! - Its amount is what moved, charges included; currencies and charges beside it are for information.
//! - A row in a currency that is not in use, or in another one than its account's, is rejected; the others go on.

mod account;
mod amount;
mod detail;
mod entry;
mod xml;

use std::io::BufRead;

use domain::currency::Currency;

use self::{
    account::{Balance, Header},
    entry::{Entry, State},
    xml::{Event, Tag, Xml},
};
use super::{Field, Options, Position, Queue, Reason, Refusal, text::Text};

/// Whether the small letters of a file's head say that it is one: by what they name, or by the namespace.
pub(super) fn is_begun(head: &str) -> bool {
    let names = ["bktocstmrstmt", "bktocstmracctrpt", "bktocstmrdbtcdtntfctn", "camt.052.", "camt.053.", "camt.054."];
    head.starts_with('<') && names.iter().any(|name| head.contains(name))
}

/// A file that is being read.
pub(super) struct Camt<R> {
    xml: Xml<R>,
    currency: Option<Currency>,
    /// The statement that is being read, and on which step of the path it stands.
    statement: Option<(Header, usize)>,
    /// Whether it holds bookings alone.
    in_statement: bool,
    part: Part,
    rows: u64,
    began: bool,
}

/// The part of a statement that is being read.
enum Part {
    Head,
    Balance(Box<Balance>),
    Entry(Position, Box<Entry>),
}

impl<R: BufRead> Camt<R> {
    pub(super) fn new(text: Text<R>, options: &Options) -> Self {
        Self {
            xml: Xml::new(text),
            currency: options.currency,
            statement: None,
            in_statement: false,
            part: Part::Head,
            rows: 0,
            began: false,
        }
    }

    /// Reads one event; false at the end.
    pub(super) fn step(&mut self, queue: &mut Queue) -> Result<bool, Refusal> {
        match self.xml.next()? {
            Event::Open => self.open(queue)?,
            Event::Close => self.close(queue)?,
            Event::End => {
                self.end(queue)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn open(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        let Some(tag) = self.xml.path().last() else { return Ok(()) };
        match (tag, &mut self.part) {
            (Tag::Document, _) => self.began = true,
            (Tag::Stmt | Tag::Rpt | Tag::Ntfctn, _) => {
                (self.in_statement, self.began) = (*tag == Tag::Stmt, true);
                self.end_statement(queue)?;
                self.statement = Some((Header::new(self.currency), self.xml.path().len()));
            }
            (Tag::Ntry, _) => self.begin_entry(queue),
            (Tag::TxDtls, Part::Entry(_, entry)) => entry.begin_part(),
            (Tag::Bal, Part::Head) => {
                let position = Position { line: self.xml.line(), row: 0 };
                self.part = Part::Balance(Box::new(Balance::new(position)));
            }
            _ => {}
        }
        Ok(())
    }

    /// An entry begins. One that is still open is not whole: the file forgot to end it.
    fn begin_entry(&mut self, queue: &mut Queue) {
        let Some((_, step)) = &self.statement else { return };
        self.xml.forget_between(*step);
        self.cut_off(queue);
        self.rows += 1;
        self.part = Part::Entry(Position { line: self.xml.line(), row: self.rows }, Box::default());
    }

    fn cut_off(&mut self, queue: &mut Queue) {
        if let Part::Entry(position, _) = std::mem::replace(&mut self.part, Part::Head) {
            queue.reject(None, position, Field::Row, Reason::CutOff);
        }
    }

    fn close(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        let Some((header, step)) = &mut self.statement else { return Ok(()) };
        let (value, currency) = (self.xml.value(), self.xml.currency());
        let Some(path) = self.xml.path().get(*step..).filter(|path| !path.is_empty()) else {
            return self.end_statement(queue);
        };
        match (&mut self.part, path) {
            (Part::Entry(..), [Tag::Ntry]) => return self.end_entry(queue),
            (Part::Balance(_), [Tag::Bal]) => return self.end_balance(queue),
            (Part::Entry(_, entry), [Tag::Ntry, path @ ..]) => entry.take(path, value, currency, header),
            (Part::Balance(balance), [Tag::Bal, path @ ..]) => balance.take(path, value, currency),
            _ => header.take(path, value),
        }
        Ok(())
    }

    fn end_balance(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        if let (Some((header, _)), Part::Balance(balance)) =
            (&mut self.statement, std::mem::replace(&mut self.part, Part::Head))
        {
            header.hold(*balance, queue)?;
        }
        Ok(())
    }

    fn end_entry(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        let (Some((header, _)), Part::Entry(position, entry)) =
            (&mut self.statement, std::mem::replace(&mut self.part, Part::Head))
        else {
            return Ok(());
        };
        let state = entry.state(self.in_statement);
        if state == State::Other {
            queue.summary.unsupported += 1;
            return Ok(());
        }
        match header.account(&entry.amount.currency, position.line, queue)? {
            Ok((account, currency)) => match entry.line(state == State::Pending, currency, header) {
                Ok(line) => queue.line(account, position, line),
                Err((field, reason)) => queue.reject(Some(account), position, field, reason),
            },
            Err(reason) => queue.reject(None, position, Field::Currency, reason),
        }
        header.tell(queue)
    }

    fn end_statement(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        self.cut_off(queue);
        match self.statement.take() {
            Some((mut header, _)) => header.end(self.xml.line(), queue),
            None => Ok(()),
        }
    }

    fn end(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        queue.summary.truncated = !self.xml.path().is_empty();
        self.end_statement(queue)?;
        if self.began { Ok(()) } else { Err(Refusal::UnknownFormat) }
    }
}

#[cfg(test)]
mod tests;
