//! One transaction of OFX while it is read, and the line that it becomes.

use domain::{currency::Currency, day::NotADay, line, line::Line, money::Money};

use super::{
    super::{Field, Position, Reason, amount, date, descriptor, source_id},
    token::Tag,
};

/// What was read of a transaction. Its texts are used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) pending: bool,
    kind: String,
    correction: String,
    corrected: String,
    posted: String,
    initiated: String,
    amount: String,
    id: String,
    check: String,
    industry: String,
    name: String,
    payee: String,
    memo: String,
    currency: String,
}

/// The part of a transaction that is being read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Part {
    /// Itself.
    #[default]
    Own,
    /// Who is paid.
    Payee,
    /// The currency in which the amount is.
    Currency,
    /// Another account, or a currency that is for information: nothing of it is the transaction's.
    Foreign,
}

impl Row {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.pending = false;
        for text in [
            &mut self.kind,
            &mut self.correction,
            &mut self.corrected,
            &mut self.posted,
            &mut self.initiated,
            &mut self.amount,
            &mut self.id,
            &mut self.check,
            &mut self.industry,
            &mut self.name,
            &mut self.payee,
            &mut self.memo,
            &mut self.currency,
        ] {
            text.clear();
        }
    }

    /// Takes a field; of two of the same name the first counts.
    pub(super) fn take(&mut self, part: Part, tag: Tag, value: &str) {
        let target = match (tag, part) {
            (Tag::Name, Part::Payee) | (Tag::Payee | Tag::ExtendedPayee, _) => &mut self.payee,
            (Tag::CurrencySymbol, Part::Currency) | (Tag::Currency, _) => &mut self.currency,
            (Tag::Name, Part::Own | Part::Currency) => &mut self.name,
            (Tag::Kind, _) => &mut self.kind,
            (Tag::Correction, _) => &mut self.correction,
            (Tag::Corrected, _) => &mut self.corrected,
            (Tag::Posted, _) => &mut self.posted,
            (Tag::Initiated | Tag::Authorized, _) => &mut self.initiated,
            (Tag::Amount | Tag::LoanAmount, _) => &mut self.amount,
            (Tag::Id, _) => &mut self.id,
            (Tag::Check, _) => &mut self.check,
            (Tag::Industry, _) => &mut self.industry,
            (Tag::Memo, _) => &mut self.memo,
            _ => return,
        };
        if target.is_empty() {
            target.push_str(value);
        }
    }

    /// Whether it is no booking, but says that an earlier one is none.
    pub(super) fn takes_back(&self) -> bool {
        self.correction.eq_ignore_ascii_case("DELETE")
    }

    /// What kind it is (`TRNTYPE`).
    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// The line; or which field is wrong, and why.
    pub(super) fn line(&self, currency: Currency) -> Result<Line, (Field, Reason)> {
        let day = match (self.posted.as_str(), self.initiated.as_str()) {
            ("", "") => return Err((Field::Day, Reason::Missing)),
            ("", initiated) => date::ofx(initiated),
            (posted, _) => date::ofx(posted),
        }
        .map_err(|not_a_day: NotADay| (Field::Day, not_a_day.into()))?;
        if !self.currency.is_empty() && !self.currency.eq_ignore_ascii_case(currency.code()) {
            return Err((Field::Currency, Reason::OtherCurrency));
        }
        let amount_minor = minor(&self.amount, currency).map_err(|reason| (Field::Amount, reason))?;
        Ok(Line {
            source_id: source_id(&self.id),
            replaces_source_id: source_id(&self.corrected),
            day,
            amount_minor,
            pending: self.pending,
            descriptor: self.descriptor(),
            merchant_name: None,
            original: None,
            merchant_category_code: self.category_code(),
            category: None,
        })
    }

    /// Name and memo; without both, what kind it is and the number of the check.
    fn descriptor(&self) -> String {
        let name = if self.name.is_empty() { &self.payee } else { &self.name };
        if name.is_empty() && self.memo.is_empty() {
            return line::descriptor(&format!("{} {}", self.kind, self.check));
        }
        // A bank that cuts the name at 32 characters repeats all of it in the memo.
        descriptor::once([name.as_str(), &self.memo])
    }

    fn category_code(&self) -> Option<u16> {
        let is_code = self.industry.len() == 4 && self.industry.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then(|| self.industry.parse().ok()).flatten().filter(|code| *code > 0)
    }
}

/// The amount of a transaction: the format has no currency signs in it.
fn minor(text: &str, currency: Currency) -> Result<i64, Reason> {
    if text.is_empty() {
        return Err(Reason::Missing);
    }
    let amount = amount::parse_alone(text).filter(|amount| !amount.has_currency).ok_or(Reason::NotAnAmount)?;
    Ok(Money::from_decimal(amount.signed(), currency)?.minor)
}

/// A closing balance while it is read.
#[derive(Debug, Default)]
pub(super) struct Balance {
    pub(super) amount: String,
    pub(super) day: String,
    /// Whether it is the cash of an investment account.
    pub(super) is_cash: bool,
    pub(super) position: Position,
}

impl Balance {
    /// How much it is. Banks that keep to the format in their rows write balances for the eye, with currency signs.
    pub(super) fn money(&self, currency: Currency) -> Result<Money, Reason> {
        if self.amount.is_empty() {
            return Err(Reason::Missing);
        }
        let amount = amount::parse_alone(&self.amount).ok_or(Reason::NotAnAmount)?;
        Ok(Money::from_decimal(amount.signed(), currency)?)
    }
}
