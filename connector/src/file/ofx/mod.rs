//! OFX 1.x and 2.x, and QFX: the statements of bank accounts, cards, loans and investments in a file, any number of them.
//!
//! - A statement in a currency that is not in use (DEM) is refused as a whole, a reject for each row; the others go on.
//! - A row with `CURRENCY` of another currency than its account is rejected: the rate beside it gives no exact amount. `ORIGCURRENCY` is
//!   for information: the amount is converted already.
//! - Of an investment account the cash rows are lines; trades are counted as unsupported.
//! - A row that takes another one back (`CORRECTACTION` is `DELETE`) is counted as unsupported; one that replaces another is a row.
//! - A card whose rows prove that its bank writes what was spent without a minus is turned round, its balance too.

mod row;
mod sign;
mod token;

use std::io::BufRead;

use domain::{account::AccountKind, currency::Currency, line};

use self::{
    row::{Balance, Part, Row},
    token::{Event, Tag, Tokens},
};
use super::{
    BalanceKind, ClosingBalance, Field, Options, Position, Queue, Reason, Refusal, StatementAccount, date, source_id,
    tail, text::Text,
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
    part: Part,
    balance: Option<(BalanceKind, Balance)>,
    rows: u64,
    /// Whether cards write money out without a minus.
    cards_are_inverted: bool,
    began: bool,
    ended: bool,
}

/// Where reading stands within a statement, apart from rows and balances.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Fields of the account.
    Account,
    /// Trades of securities.
    Trades,
    /// Anywhere else.
    Elsewhere,
}

/// What stands above the rows of a statement.
#[derive(Debug, Default)]
struct Header {
    kind: Option<AccountKind>,
    bank: String,
    branch: String,
    number: String,
    key: String,
    account_type: String,
    currency: String,
    index: Option<Index>,
}

/// The account of a statement, once it is known.
#[derive(Clone, Debug)]
enum Index {
    Account(usize, Currency),
    Refused(Reason),
}

impl<R: BufRead> Ofx<R> {
    pub(super) fn new(mut text: Text<R>, options: &Options) -> Result<Self, Refusal> {
        text.sample(options.limits.element_bytes, false)?;
        Ok(Self {
            cards_are_inverted: sign::cards_are_inverted(text.window())?,
            tokens: Tokens::new(text),
            currency: options.currency,
            bank: String::new(),
            statement: None,
            place: Place::Elsewhere,
            row: Row::default(),
            row_at: None,
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
        self.cards_are_inverted && kind == Some(AccountKind::CreditCard)
    }

    /// Reads one event; false at the end.
    pub(super) fn step(&mut self, queue: &mut Queue) -> Result<bool, Refusal> {
        match self.tokens.next()? {
            Event::Open(tag) => self.open(tag, queue)?,
            Event::Close(tag) => self.close(tag, queue)?,
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
                self.statement = Some(Header { kind: statement_kind(tag), ..Header::default() });
            }
            Tag::BankAccount | Tag::CardAccount | Tag::InvestmentAccount | Tag::LoanAccount
                if self.row_at.is_none() =>
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
            Tag::LedgerBalance => self.begin_balance(BalanceKind::Ledger, queue)?,
            Tag::AvailableBalance => self.begin_balance(BalanceKind::Available, queue)?,
            Tag::Trades => self.place = Place::Trades,
            Tag::Trade if self.place == Place::Trades && self.row_at.is_none() => queue.summary.unsupported += 1,
            _ => {}
        }
        Ok(())
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
            Tag::LedgerBalance | Tag::AvailableBalance => self.end_balance(queue)?,
            Tag::Trades => self.place = Place::Elsewhere,
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
        if let Some((_, balance)) = &mut self.balance {
            match tag {
                Tag::BalanceAmount => value.clone_into(&mut balance.amount),
                Tag::AsOf => value.clone_into(&mut balance.day),
                _ => {}
            }
            return;
        }
        match &mut self.statement {
            Some(header) if self.place == Place::Account || tag == Tag::DefaultCurrency => header.take(tag, value),
            None if tag == Tag::Org => value.clone_into(&mut self.bank),
            _ => {}
        }
    }

    fn position(&self) -> Position {
        Position { line: self.tokens.line(), row: self.rows }
    }

    fn end_row(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        let Some(position) = self.row_at.take() else { return Ok(()) };
        if self.row.takes_back() {
            queue.summary.unsupported += 1;
            return Ok(());
        }
        let is_inverted = self.is_inverted();
        match self.account(queue)? {
            Index::Account(account, currency) => match self.row.line(currency) {
                Ok(mut line) => {
                    line.amount_minor = if is_inverted { -line.amount_minor } else { line.amount_minor };
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
        if let Some(position) = self.row_at.take() {
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

const fn statement_kind(tag: Tag) -> Option<AccountKind> {
    match tag {
        Tag::Card => Some(AccountKind::CreditCard),
        Tag::Investment => Some(AccountKind::Investment),
        Tag::Loan => Some(AccountKind::Loan),
        _ => None,
    }
}

impl Header {
    fn take(&mut self, tag: Tag, value: &str) {
        let target = match tag {
            Tag::BankId | Tag::BrokerId => &mut self.bank,
            Tag::BranchId => &mut self.branch,
            Tag::AccountId | Tag::LoanId => &mut self.number,
            Tag::AccountKey => &mut self.key,
            Tag::AccountType => &mut self.account_type,
            Tag::DefaultCurrency => &mut self.currency,
            _ => return,
        };
        value.clone_into(target);
    }

    /// Whether nothing was said of the account.
    fn is_bare(&self) -> bool {
        self.number.is_empty() && self.currency.is_empty()
    }

    fn currency(&self, otherwise: Option<Currency>) -> Result<Currency, Reason> {
        if self.currency.is_empty() {
            return otherwise.ok_or(Reason::UnknownCurrency(None));
        }
        let code = self.currency.to_ascii_uppercase();
        Currency::from_code(&code).ok_or_else(|| Reason::unknown_currency(&code))
    }

    fn account(&self, currency: Currency, bank_name: &str) -> StatementAccount {
        let kind = self.kind.unwrap_or_else(|| match self.account_type.to_ascii_uppercase().as_str() {
            "SAVINGS" | "MONEYMRKT" | "CD" => AccountKind::Savings,
            "CREDITLINE" => AccountKind::Loan,
            "CREDITCARD" => AccountKind::CreditCard,
            _ => AccountKind::Checking,
        });
        let kind_word = match kind {
            AccountKind::CreditCard => "CREDITCARD".to_owned(),
            AccountKind::Investment => "INVESTMENT".to_owned(),
            AccountKind::Loan if self.account_type.is_empty() => "LOAN".to_owned(),
            _ => self.account_type.to_ascii_uppercase(),
        };
        let parts: [&str; 6] = [&self.bank, &self.branch, &self.number, &self.key, &kind_word, currency.code()];
        let name = line::descriptor(bank_name);
        StatementAccount {
            source_id: if self.number.is_empty() { None } else { source_id(&parts.join("/")) },
            kind: Some(kind),
            currency,
            tail: tail(&self.number),
            name_hint: (!name.is_empty()).then_some(name),
        }
    }
}

#[cfg(test)]
mod tests;
