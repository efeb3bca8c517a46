//! What stands above the entries of a statement: the account, and its closing balances.

use domain::{account::AccountKind, currency::Currency, line};

use super::{
    super::{
        BalanceKind, ClosingBalance, Field, Position, Queue, Reason, Refusal, StatementAccount, date, source_id, tail,
    },
    amount::Amount,
    xml::Tag,
};

/// Balances that wait for the currency of their account. Statements have two to five.
const HELD: usize = 32;

/// What is known of the account of a statement.
#[derive(Debug, Default)]
pub(super) struct Header {
    number: String,
    currency: String,
    name: String,
    bank: String,
    bank_code: String,
    owner: String,
    kind: String,
    /// The currency of its balances, of what is booked first.
    balance_currency: String,
    /// The currency that the person gave, for a file that does not say any.
    given: Option<Currency>,
    held: Vec<Balance>,
    found: Option<(usize, Currency)>,
}

impl Header {
    pub(super) fn new(given: Option<Currency>) -> Self {
        Self { given, ..Self::default() }
    }

    /// Takes a field of a statement; of two of the same name the first counts.
    pub(super) fn take(&mut self, path: &[Tag], value: &str) {
        use Tag::{Acct, BIC, BICFI, Ccy, Cd, FinInstnId, IBAN, Id, Nm, Othr, Ownr, PrtryAcct, Svcr, Tp};
        let target = match path {
            [Acct, Id, IBAN] | [Acct, Id, Othr | PrtryAcct, Id] => &mut self.number,
            [Acct, Ccy] => &mut self.currency,
            [Acct, Nm] => &mut self.name,
            [Acct, Tp, Cd] => &mut self.kind,
            [Acct, Ownr, Nm] => &mut self.owner,
            [Acct, Svcr, FinInstnId, Nm] => &mut self.bank,
            [Acct, Svcr, FinInstnId, BIC | BICFI] => &mut self.bank_code,
            _ => return,
        };
        if target.is_empty() {
            value.clone_into(target);
        }
    }

    /// Whether a party of a booking is who the account belongs to.
    pub(super) fn is_ours(&self, name: &str, number: &str) -> bool {
        let own = compact(&self.number);
        (!own.is_empty() && compact(number) == own) || (!name.is_empty() && name.eq_ignore_ascii_case(&self.owner))
    }

    /// The account, announced when it is first needed. Its currency is what it says; else that of its balances; else that of the first amount
    /// that asks; else what the person gave. A currency that is not in use is said of each row.
    pub(super) fn account(
        &mut self,
        asking: &str,
        line: u64,
        queue: &mut Queue,
    ) -> Result<Result<(usize, Currency), Reason>, Refusal> {
        if let Some(found) = self.found {
            return Ok(Ok(found));
        }
        let said = [self.currency.as_str(), &self.balance_currency, asking];
        let code = said.into_iter().find(|code| !code.is_empty());
        let Some(currency) = code.map_or(self.given, currency_of) else {
            return Ok(Err(Reason::unknown_currency(code.unwrap_or_default())));
        };
        let found = (queue.account(self.announced(currency), line)?, currency);
        self.found = Some(found);
        Ok(Ok(found))
    }

    fn announced(&self, currency: Currency) -> StatementAccount {
        let number = compact(&self.number);
        let name = [&self.name, &self.bank, &self.bank_code].into_iter().find(|name| !name.is_empty());
        StatementAccount {
            // The bank is left out: it stands in an IBAN, and reports of one bank name it or do not.
            source_id: if number.is_empty() { None } else { source_id(&format!("{number}/{}", currency.code())) },
            kind: match self.kind.as_str() {
                "CACC" | "CASH" | "SLRY" | "TRAN" => Some(AccountKind::Checking),
                "SVGS" | "LLSV" | "MOMA" => Some(AccountKind::Savings),
                "LOAN" => Some(AccountKind::Loan),
                _ => None,
            },
            currency,
            tail: tail(&number),
            name_hint: name.map(|name| line::descriptor(name)).filter(|name| !name.is_empty()),
        }
    }

    /// Keeps a balance until the currency of the account is certain.
    pub(super) fn hold(&mut self, balance: Balance, queue: &mut Queue) -> Result<(), Refusal> {
        if balance.is_of_bookings() && self.balance_currency.is_empty() {
            balance.amount.currency.clone_into(&mut self.balance_currency);
        }
        if balance.kind().is_some() {
            self.held.push(balance);
        }
        if self.held.len() < HELD && self.found.is_none() { Ok(()) } else { self.tell(queue) }
    }

    /// Hands the balances out that wait.
    pub(super) fn tell(&mut self, queue: &mut Queue) -> Result<(), Refusal> {
        for balance in std::mem::take(&mut self.held) {
            let Some(kind) = balance.kind() else { continue };
            let position = balance.position;
            match self.account(&balance.amount.currency, position.line, queue)? {
                Ok((account, currency)) => match balance.amount.money(currency) {
                    Ok(money) => {
                        let day = date::xml(&balance.day).ok();
                        queue.balance(ClosingBalance { account, position, money, day, kind });
                    }
                    // Of a balance its amount is the balance.
                    Err((Field::Currency, reason)) => queue.reject(Some(account), position, Field::Currency, reason),
                    Err((_, reason)) => queue.reject(Some(account), position, Field::Balance, reason),
                },
                Err(reason) => queue.reject(None, position, Field::Currency, reason),
            }
        }
        Ok(())
    }

    /// The statement ends: an account of which only its number is known is one all the same.
    pub(super) fn end(&mut self, line: u64, queue: &mut Queue) -> Result<(), Refusal> {
        self.tell(queue)?;
        if !self.number.is_empty() || !self.currency.is_empty() {
            // What has no currency has no rows either: nothing is lost.
            let _ = self.account("", line, queue)?;
        }
        Ok(())
    }
}

/// A number without the spaces that make it legible.
fn compact(number: &str) -> String {
    number.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
}

/// The currency of a code.
pub(super) fn currency_of(code: &str) -> Option<Currency> {
    Currency::from_code(&code.to_ascii_uppercase())
}

/// A balance while it is read.
#[derive(Debug, Default)]
pub(super) struct Balance {
    position: Position,
    code: String,
    stage: String,
    amount: Amount,
    day: String,
}

impl Balance {
    pub(super) fn new(position: Position) -> Self {
        Self { position, ..Self::default() }
    }

    /// Takes a field of a balance.
    pub(super) fn take(&mut self, path: &[Tag], value: &str, currency: &str) {
        use Tag::{Amt, Cd, CdOrPrtry, CdtDbtInd, Dt, DtTm, SubTp, Tp};
        match path {
            [Tp, CdOrPrtry, Cd] | [Tp, Cd] => value.clone_into(&mut self.code),
            [Tp, SubTp, Cd] => value.clone_into(&mut self.stage),
            [Amt] => self.amount.take(value, currency),
            [CdtDbtInd] => value.clone_into(&mut self.amount.direction),
            [Dt] | [Dt, Dt | DtTm] if !value.is_empty() => value.clone_into(&mut self.day),
            _ => {}
        }
    }

    /// Which closing balance it is. Opening, expected and forward balances are none, and interim ones hold only until the next booking of
    /// their day: kept for the day, they would contradict what comes later.
    fn kind(&self) -> Option<BalanceKind> {
        match (self.code.as_str(), self.stage.as_str()) {
            (_, "INTM") => None,
            ("CLBD", _) => Some(BalanceKind::Ledger),
            ("CLAV", _) => Some(BalanceKind::Available),
            _ => None,
        }
    }

    fn is_of_bookings(&self) -> bool {
        matches!(self.code.as_str(), "OPBD" | "PRCD" | "ITBD" | "CLBD")
    }
}
