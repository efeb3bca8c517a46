//! OFX 1.x and 2.x, and QFX: the statements of bank accounts, cards, loans and investments in a file, any number of them.
//!
//! - A statement in a currency that is not in use (DEM) is refused as a whole, a reject for each row; the others go on.
//! - A row with `CURRENCY` of another currency than its account is rejected: the rate beside it gives no exact amount. `ORIGCURRENCY` is
//!   for information: the amount is converted already.
//! - Of an investment account the cash rows are lines, and so is what was done with securities; what is held, and what the securities
//!   are, are items of their own. Its cash is its balance.
//! - A row that takes another one back (`CORRECTACTION` is `DELETE`) is counted as unsupported; one that replaces another is a row that names it.
//! - A card whose rows prove that its bank writes what was spent without a minus is turned round, its balance too.

mod header;
mod investment;
mod row;
mod sign;
mod token;

use std::io::BufRead;

use domain::{account::AccountKind, currency::Currency};

use self::{
    header::{Header, Index},
    investment::{Record, Sort},
    row::{Balance, Part, Row},
    sign::Signs,
    token::{Event, Tag, Tokens},
};
use super::{
    BalanceKind, ClosingBalance, Field, HoldingsEnd, Options, Position, Queue, Reason, Refusal, StatementHolding, date,
    text::Text,
};

/// A file that is being read.
pub(super) struct Ofx<R> {
    tokens: Tokens<R>,
    currency: Option<Currency>,
    /// The bank's name.
    bank: String,
    statement: Option<Header>,
    place: Place,
    row: Row,
    /// Where the row stands that is being read.
    row_at: Option<Position>,
    /// What is being read of investments.
    record: Option<Record>,
    part: Part,
    balance: Option<(BalanceKind, Balance)>,
    rows: u64,
    /// Whether cards write money out without a minus.
    signs: Signs,
    began: bool,
    ended: bool,
}

/// Where reading stands within a statement, apart from rows and balances.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Fields of the account.
    Account,
    /// What was done with securities.
    Trades,
    /// What securities are.
    Securities,
    /// Anywhere else.
    Elsewhere,
}

impl<R: BufRead> Ofx<R> {
    pub(super) fn new(mut text: Text<R>, options: &Options) -> Result<Self, Refusal> {
        text.sample(options.limits.element_bytes, false)?;
        Ok(Self {
            signs: sign::signs(text.window())?,
            tokens: Tokens::new(text),
            currency: options.currency,
            bank: String::new(),
            statement: None,
            place: Place::Elsewhere,
            row: Row::default(),
            row_at: None,
            record: None,
            part: Part::Own,
            balance: None,
            rows: 0,
            began: false,
            ended: false,
        })
    }

    /// Whether the signs of the statement are to be turned round.
    fn is_inverted(&self) -> bool {
        let kind = self.statement.as_ref().and_then(|header| header.kind);
        self.signs.cards_are_inverted && kind == Some(AccountKind::CreditCard)
    }

    /// Reads one event; false at the end.
    pub(super) fn step(&mut self, queue: &mut Queue) -> Result<bool, Refusal> {
        match self.tokens.next()? {
            Event::Open(tag) => self.open(tag, queue)?,
            Event::Close(tag) => self.close(tag, queue)?,
            // A list that is empty looks like a field without a value.
            Event::Field(Tag::Holdings) => self.end_holdings(queue)?,
            Event::Field(tag) => self.field(tag),
            Event::End => {
                self.end(queue)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn open(&mut self, tag: Tag, queue: &mut Queue) -> Result<(), Refusal> {
        match tag {
            Tag::Ofx => self.began = true,
            Tag::Bank | Tag::Card | Tag::Investment | Tag::Loan => {
                self.end_statement(queue)?;
                self.statement = Some(Header::of(tag));
            }
            Tag::BankAccount | Tag::CardAccount | Tag::InvestmentAccount | Tag::LoanAccount
                if self.row_at.is_none() && self.record.is_none() =>
            {
                self.place = Place::Account;
            }
            Tag::Row | Tag::LoanRow | Tag::PendingRow => {
                self.end_row(queue)?;
                self.rows += 1;
                self.row.clear();
                self.row.pending = tag == Tag::PendingRow;
                self.part = Part::Own;
                self.row_at = Some(self.position());
            }
            Tag::Payee | Tag::ExtendedPayee => self.part = Part::Payee,
            Tag::Currency => self.part = Part::Currency,
            Tag::OriginalCurrency | Tag::ToBank | Tag::ToCard => self.part = Part::Foreign,
            Tag::LedgerBalance | Tag::InvestmentBalance => self.begin_balance(BalanceKind::Ledger, queue)?,
            Tag::AvailableBalance => self.begin_balance(BalanceKind::Available, queue)?,
            Tag::Trades => self.place = Place::Trades,
            Tag::Securities => {
                self.end_statement(queue)?;
                self.place = Place::Securities;
            }
            _ => {
                if let Some(sort) = Sort::of(tag).filter(|sort| self.is_place_of(*sort)) {
                    self.begin_record(sort, queue)?;
                }
            }
        }
        Ok(())
    }

    /// Names of elements mean something else elsewhere: what was ordered is not what was done.
    fn is_place_of(&self, sort: Sort) -> bool {
        match sort {
            Sort::Trade(_) => self.place == Place::Trades && self.row_at.is_none(),
            Sort::Holding => self.statement.is_some(),
            Sort::Security(_) => self.place == Place::Securities,
        }
    }

    fn close(&mut self, tag: Tag, queue: &mut Queue) -> Result<(), Refusal> {
        match tag {
            Tag::Ofx => {
                self.end_statement(queue)?;
                self.ended = true;
            }
            Tag::Bank | Tag::Card | Tag::Investment | Tag::Loan => self.end_statement(queue)?,
            Tag::BankAccount | Tag::CardAccount | Tag::InvestmentAccount | Tag::LoanAccount
                if self.place == Place::Account =>
            {
                self.place = Place::Elsewhere;
            }
            Tag::Row | Tag::LoanRow | Tag::PendingRow => self.end_row(queue)?,
            Tag::Payee | Tag::ExtendedPayee | Tag::Currency | Tag::OriginalCurrency | Tag::ToBank | Tag::ToCard => {
                self.part = Part::Own;
            }
            Tag::LedgerBalance | Tag::AvailableBalance | Tag::InvestmentBalance => self.end_balance(queue)?,
            Tag::Trades | Tag::Securities => {
                self.end_row(queue)?;
                self.place = Place::Elsewhere;
            }
            Tag::Holdings => self.end_holdings(queue)?,
            _ if self.record.as_ref().is_some_and(|record| Sort::of(tag) == Some(record.sort)) => {
                self.end_record(queue)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn field(&mut self, tag: Tag) {
        let value = self.tokens.value();
        if self.row_at.is_some() {
            self.row.take(self.part, tag, value);
            return;
        }
        if let Some(record) = &mut self.record {
            record.take(self.part, tag, value);
            return;
        }
        if let Some((_, balance)) = &mut self.balance {
            match tag {
                // Of an investment account: its cash, as of the day of the statement. What else stands there has days of its own.
                Tag::AvailableCash => {
                    value.clone_into(&mut balance.amount);
                    balance.is_cash = true;
                }
                Tag::AsOf if balance.is_cash => {}
                Tag::BalanceAmount => value.clone_into(&mut balance.amount),
                Tag::AsOf => value.clone_into(&mut balance.day),
                _ => {}
            }
            return;
        }
        match &mut self.statement {
            Some(header) if self.place == Place::Account || matches!(tag, Tag::DefaultCurrency | Tag::AsOf) => {
                header.take(tag, value);
            }
            None if tag == Tag::Org => value.clone_into(&mut self.bank),
            _ => {}
        }
    }

    fn position(&self) -> Position {
        Position { line: self.tokens.line(), row: self.rows }
    }

    fn begin_record(&mut self, sort: Sort, queue: &mut Queue) -> Result<(), Refusal> {
        self.end_row(queue)?;
        let is_row = matches!(sort, Sort::Trade(_));
        self.rows += u64::from(is_row);
        self.part = Part::Own;
        let position = if is_row { self.position() } else { Position { row: 0, ..self.position() } };
        self.record = Some(Record::new(sort, position));
        Ok(())
    }

    fn end_record(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        let Some(record) = self.record.take() else { return Ok(()) };
        let (sort, position) = (record.sort, record.position);
        if let Sort::Security(kind) = sort {
            match record.into_security(kind) {
                Ok(security) => queue.security(security, position.line)?,
                Err((field, reason)) => queue.reject(None, position, field, reason),
            }
            return Ok(());
        }
        let (account, currency) = match self.account(queue)? {
            Index::Account(account, currency) => (account, currency),
            Index::Refused(reason) => {
                queue.reject(None, position, Field::Currency, reason);
                return Ok(());
            }
        };
        let wrong = if let Sort::Trade(tag) = sort {
            let read = record.into_line(tag, currency);
            read.map(|(line, trade)| queue.trade(account, position, line, Some(Box::new(trade))))
        } else {
            let listed = self.statement.as_ref().and_then(Header::day);
            match record.into_holding(currency, listed) {
                Ok(holding) => Ok(queue.holding(StatementHolding { account, holding }, position.line)?),
                Err(wrong) => Err(wrong),
            }
        };
        if let Err((field, reason)) = wrong {
            queue.reject(Some(account), position, field, reason);
        }
        Ok(())
    }

    /// What the account holds has been told as a whole.
    fn end_holdings(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        self.end_row(queue)?;
        if self.statement.is_none() {
            return Ok(());
        }
        if let Index::Account(account, _) = self.account(queue)? {
            let day = self.statement.as_ref().and_then(Header::day);
            queue.holdings_end(HoldingsEnd { account, day });
        }
        Ok(())
    }

    fn end_row(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        self.end_record(queue)?;
        let Some(position) = self.row_at.take() else { return Ok(()) };
        if self.row.takes_back() {
            queue.summary.unsupported += 1;
            return Ok(());
        }
        let is_inverted = self.is_inverted();
        match self.account(queue)? {
            Index::Account(account, currency) => match self.row.line(currency) {
                Ok(mut line) => {
                    let is_turned = is_inverted || (self.signs.is_unsigned && sign::is_out(self.row.kind()));
                    line.amount_minor = if is_turned { -line.amount_minor } else { line.amount_minor };
                    queue.line(account, position, line);
                }
                Err((field, reason)) => queue.reject(Some(account), position, field, reason),
            },
            Index::Refused(reason) => queue.reject(None, position, Field::Currency, reason),
        }
        Ok(())
    }

    fn begin_balance(&mut self, kind: BalanceKind, queue: &mut Queue) -> Result<(), Refusal> {
        self.end_row(queue)?;
        self.end_balance(queue)?;
        let position = Position { row: 0, ..self.position() };
        self.balance = self.statement.is_some().then(|| (kind, Balance { position, ..Balance::default() }));
        Ok(())
    }

    fn end_balance(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        let Some((kind, balance)) = self.balance.take() else { return Ok(()) };
        let position = balance.position;
        let is_inverted = self.is_inverted();
        match self.account(queue)? {
            Index::Account(account, currency) => match balance.money(currency) {
                Ok(mut money) => {
                    money.minor = if is_inverted && kind == BalanceKind::Ledger { -money.minor } else { money.minor };
                    let day = date::ofx(&balance.day).ok().or_else(|| date::alone(&balance.day));
                    let listed = self.statement.as_ref().and_then(Header::day);
                    let day = if balance.is_cash { listed } else { day };
                    queue.balance(ClosingBalance { account, position, money, day, kind });
                }
                Err(reason) => queue.reject(Some(account), position, Field::Balance, reason),
            },
            Index::Refused(reason) => queue.reject(None, position, Field::Currency, reason),
        }
        Ok(())
    }

    fn end_statement(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        self.end_row(queue)?;
        self.end_balance(queue)?;
        self.place = Place::Elsewhere;
        if self.statement.as_ref().is_some_and(|header| !header.is_bare()) {
            self.account(queue)?;
        }
        self.statement = None;
        Ok(())
    }

    /// A row that the file does not finish is not whole: its amount may have lost digits.
    fn end(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        queue.summary.truncated = !self.ended;
        let record_at = self.record.take().map(|record| record.position);
        if let Some(position) = self.row_at.take().or(record_at) {
            queue.reject(None, position, Field::Row, Reason::CutOff);
        }
        self.balance = None;
        self.end_statement(queue)?;
        if self.began || self.ended || self.rows > 0 { Ok(()) } else { Err(Refusal::UnknownFormat) }
    }

    /// The account of the statement, announced when it is first needed.
    fn account(&mut self, queue: &mut Queue) -> Result<Index, Refusal> {
        let line = self.tokens.line();
        let header = self.statement.get_or_insert_default();
        if let Some(index) = &header.index {
            return Ok(index.clone());
        }
        let index = match header.currency(self.currency) {
            Ok(currency) => Index::Account(queue.account(header.account(currency, &self.bank), line)?, currency),
            Err(reason) => Index::Refused(reason),
        };
        header.index = Some(index.clone());
        Ok(index)
    }
}

#[cfg(test)]
mod tests;
