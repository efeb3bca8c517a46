//! What stands above the rows of a statement, and the account that it makes.

use domain::{account::AccountKind, currency::Currency, day::Day, line};

use super::{
    super::{Reason, StatementAccount, date, source_id, tail},
    token::Tag,
};

/// What stands above the rows of a statement.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) kind: Option<AccountKind>,
    bank: String,
    branch: String,
    number: String,
    key: String,
    account_type: String,
    currency: String,
    /// When it was made: what is held is held as of then.
    as_of: String,
    pub(super) index: Option<Index>,
}

/// The account of a statement, once it is known.
#[derive(Clone, Debug)]
pub(super) enum Index {
    Account(usize, Currency),
    Refused(Reason),
}

const fn kind(tag: Tag) -> Option<AccountKind> {
    match tag {
        Tag::Card => Some(AccountKind::CreditCard),
        Tag::Investment => Some(AccountKind::Investment),
        Tag::Loan => Some(AccountKind::Loan),
        _ => None,
    }
}

impl Header {
    /// Of the statement that an element begins.
    pub(super) fn of(tag: Tag) -> Self {
        Self { kind: kind(tag), ..Self::default() }
    }

    pub(super) fn take(&mut self, tag: Tag, value: &str) {
        let target = match tag {
            Tag::BankId | Tag::BrokerId => &mut self.bank,
            Tag::BranchId => &mut self.branch,
            Tag::AccountId | Tag::LoanId => &mut self.number,
            Tag::AccountKey => &mut self.key,
            Tag::AccountType => &mut self.account_type,
            Tag::DefaultCurrency => &mut self.currency,
            Tag::AsOf => &mut self.as_of,
            _ => return,
        };
        value.clone_into(target);
    }

    /// The day of the statement, where it says it legibly.
    pub(super) fn day(&self) -> Option<Day> {
        date::ofx(&self.as_of).ok().or_else(|| date::alone(&self.as_of))
    }

    /// Whether nothing was said of the account.
    pub(super) fn is_bare(&self) -> bool {
        self.number.is_empty() && self.currency.is_empty()
    }

    pub(super) fn currency(&self, otherwise: Option<Currency>) -> Result<Currency, Reason> {
        if self.currency.is_empty() {
            return otherwise.ok_or(Reason::UnknownCurrency(None));
        }
        let code = self.currency.to_ascii_uppercase();
        Currency::from_code(&code).ok_or_else(|| Reason::unknown_currency(&code))
    }

    pub(super) fn account(&self, currency: Currency, bank_name: &str) -> StatementAccount {
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
