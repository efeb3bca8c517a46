//! What statements of investment accounts hold beside cash: trades, holdings, and what the securities are. One is read at a time, as
//! fields, and is made sense of at its end.

mod holding;
mod security;
#[cfg(test)]
mod tests;
mod trade;

use domain::{
    currency::Currency,
    investment::{SecurityKey, SecurityKind},
};
use rust_decimal::Decimal;

use super::{
    super::{Field, Position, Reason, amount, source_id},
    row::Part,
    token::Tag,
};

/// Bytes of the name of a list of codes, such as `CUSIP`.
const ID_TYPE_BYTES: usize = 32;

/// What is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Something that was done: the element that says what.
    Trade(Tag),
    /// Something that is held.
    Holding,
    /// What a security is.
    Security(SecurityKind),
}

impl Sort {
    /// What an element begins.
    pub(super) const fn of(tag: Tag) -> Option<Self> {
        Some(match tag {
            Tag::Buy
            | Tag::Sell
            | Tag::Income
            | Tag::Expense
            | Tag::Reinvestment
            | Tag::ReturnOfCapital
            | Tag::MarginInterest
            | Tag::CashJournal
            | Tag::SecurityJournal
            | Tag::Transfer
            | Tag::Split
            | Tag::OptionClosure => Self::Trade(tag),
            Tag::Holding => Self::Holding,
            Tag::StockInfo => Self::Security(SecurityKind::Stock),
            Tag::FundInfo => Self::Security(SecurityKind::Fund),
            Tag::DebtInfo => Self::Security(SecurityKind::Debt),
            Tag::OptionInfo => Self::Security(SecurityKind::Option),
            Tag::OtherInfo => Self::Security(SecurityKind::Other),
            _ => return None,
        })
    }
}

/// The fields of what is being read.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) sort: Sort,
    pub(super) position: Position,
    fields: Vec<(Tag, String)>,
}

/// What of a record is wrong.
type Wrong = (Field, Reason);

impl Record {
    pub(super) const fn new(sort: Sort, position: Position) -> Self {
        Self { sort, position, fields: Vec::new() }
    }

    /// Takes a field; of two of the same name the first counts: an option names the security behind it after itself.
    pub(super) fn take(&mut self, part: Part, tag: Tag, value: &str) {
        // A currency that is for information is not that of the amounts.
        if tag == Tag::CurrencySymbol && part != Part::Currency {
            return;
        }
        if self.get(tag).is_none() && !value.is_empty() {
            self.fields.push((tag, value.to_owned()));
        }
    }

    fn get(&self, tag: Tag) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == tag).map(|(_, value)| value.as_str())
    }

    /// Whether a field is this word.
    fn says(&self, tag: Tag, word: &str) -> bool {
        self.get(tag).is_some_and(|value| value.eq_ignore_ascii_case(word))
    }

    /// A number, if it is there.
    fn number(&self, tag: Tag, field: Field) -> Result<Option<Decimal>, Wrong> {
        let Some(text) = self.get(tag) else { return Ok(None) };
        let amount = amount::parse_alone(text).filter(|amount| !amount.has_currency);
        amount.map(|amount| Some(amount.signed())).ok_or((field, Reason::NotAnAmount))
    }

    fn needed(&self, tag: Tag, field: Field) -> Result<Decimal, Wrong> {
        self.number(tag, field)?.ok_or((field, Reason::Missing))
    }

    /// The security that it is about, if it names one.
    fn security(&self) -> Result<Option<SecurityKey>, Wrong> {
        let Some(code) = self.get(Tag::SecurityCode) else { return Ok(None) };
        let id_type = self.get(Tag::SecurityCodeType).unwrap_or("OTHER").to_ascii_uppercase();
        let code = source_id(code).filter(|_| is_code(&id_type)).ok_or((Field::Security, Reason::NotACode))?;
        Ok(Some(SecurityKey { id_type, code }))
    }

    /// In which currency its amounts are.
    fn currency(&self, otherwise: Currency) -> Result<Currency, Wrong> {
        let Some(code) = self.get(Tag::CurrencySymbol).or_else(|| self.get(Tag::Currency)) else {
            return Ok(otherwise);
        };
        let code = code.to_ascii_uppercase();
        Currency::from_code(&code).ok_or_else(|| (Field::Currency, Reason::unknown_currency(&code)))
    }
}

fn is_code(id_type: &str) -> bool {
    id_type.len() <= ID_TYPE_BYTES && !id_type.contains(char::is_control)
}
