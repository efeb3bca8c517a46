//! What a booking is made of: who paid whom, and what for.

use domain::currency::Currency;
use rust_decimal::Decimal;

use super::{account::Header, amount::Amount, xml::Tag};

/// Bytes of a text of many pieces that are kept: more than a descriptor holds.
const TEXT_BYTES: usize = 1_000;

/// One part of an entry while it is read.
#[derive(Debug, Default)]
pub(super) struct Detail {
    pub(super) reference: String,
    debtor: Party,
    creditor: Party,
    /// In the currency in which it was agreed, as far as it says so.
    amount: Amount,
    instructed: Amount,
    countervalue: Amount,
    remittance: String,
    structured: String,
    additional: String,
    category_code: String,
}

/// One side of a payment.
#[derive(Debug, Default)]
struct Party {
    name: String,
    /// For whom it acts.
    ultimate_name: String,
    number: String,
}

impl Detail {
    /// Takes a field; of two of the same name the first counts, and remittance is joined.
    pub(super) fn take(&mut self, path: &[Tag], value: &str, currency: &str) {
        use Tag::{
            AcctSvcrRef, AddtlRmtInf, AddtlTxInf, Aggtd, Amt, AmtDtls, CardTx, CdtrRef, CdtrRefInf, CntrValAmt, Indv,
            InstdAmt, MrchntCtgyCd, Nb, Ref, Refs, RfrdDocInf, RfrdDocNb, RltdPties, RmtInf, Strd, Tx, TxAmt, Ustrd,
        };
        let target = match path {
            [RltdPties, rest @ ..] => match self.party(rest) {
                Some(target) => target,
                None => return,
            },
            [RmtInf, Ustrd] => return add(&mut self.remittance, value),
            [RmtInf, Strd, CdtrRefInf, Ref | CdtrRef]
            | [RmtInf, Strd, RfrdDocInf, Nb | RfrdDocNb]
            | [RmtInf, Strd, AddtlRmtInf] => return add(&mut self.structured, value),
            [Amt] | [AmtDtls, TxAmt, Amt] => return self.amount.take(value, currency),
            [AmtDtls, InstdAmt, Amt] => return self.instructed.take(value, currency),
            [AmtDtls, CntrValAmt, Amt] => return self.countervalue.take(value, currency),
            [Refs, AcctSvcrRef] => &mut self.reference,
            [AddtlTxInf] => &mut self.additional,
            [CardTx, Tx, MrchntCtgyCd] | [CardTx, Tx, Indv | Aggtd, MrchntCtgyCd] => &mut self.category_code,
            _ => return,
        };
        if target.is_empty() {
            target.push_str(value);
        }
    }

    fn party(&mut self, path: &[Tag]) -> Option<&mut String> {
        use Tag::{
            Agt, Cdtr, CdtrAcct, Dbtr, DbtrAcct, FinInstnId, IBAN, Id, Nm, Othr, PrtryAcct, Pty, UltmtCdtr, UltmtDbtr,
        };
        let (role, rest) = path.split_first()?;
        let party = match role {
            Cdtr | CdtrAcct | UltmtCdtr => &mut self.creditor,
            Dbtr | DbtrAcct | UltmtDbtr => &mut self.debtor,
            _ => return None,
        };
        match (role, rest) {
            (Cdtr | Dbtr, [Nm] | [Pty, Nm] | [Agt, FinInstnId, Nm]) => Some(&mut party.name),
            (UltmtCdtr | UltmtDbtr, [Nm] | [Pty, Nm]) => Some(&mut party.ultimate_name),
            (CdtrAcct | DbtrAcct, [Id, IBAN] | [Id, Othr | PrtryAcct, Id]) => Some(&mut party.number),
            _ => None,
        }
    }

    /// The side of the other one. Where a bank has the roles the other way round, the account's own number or its owner's name says so.
    fn other(&self, debtor: bool, header: &Header) -> Option<&Party> {
        let (likely, unlikely) = if debtor { (&self.debtor, &self.creditor) } else { (&self.creditor, &self.debtor) };
        if !likely.is_nobody() && !likely.is_ours(header) {
            return Some(likely);
        }
        // Without a number it may be the owner.
        let is_other = !unlikely.number.is_empty() && !unlikely.is_ours(header);
        is_other.then_some(unlikely)
    }

    /// Who it was, from the account's side: whom the other one acts for, or itself.
    pub(super) fn counterparty(&self, debtor: bool, header: &Header) -> Option<&str> {
        let other = self.other(debtor, header)?;
        [&other.ultimate_name, &other.name].into_iter().map(String::as_str).find(|name| !name.is_empty())
    }

    /// Everything that is said of it, who it was first.
    pub(super) fn texts<'a>(&'a self, debtor: bool, header: &Header) -> impl Iterator<Item = &'a str> {
        let other = self.other(debtor, header);
        let names = other.map(|other| [other.ultimate_name.as_str(), &other.name]).unwrap_or_default();
        names.into_iter().chain([self.remittance.as_str(), &self.structured, &self.additional])
    }

    /// The amount in another currency than the account's, if there was one.
    pub(super) fn foreign(&self, currency: Currency) -> Option<(Decimal, Currency)> {
        [&self.instructed, &self.amount, &self.countervalue].into_iter().find_map(|amount| amount.foreign(currency))
    }

    /// The merchant category code of a card payment.
    pub(super) fn category_code(&self) -> Option<u16> {
        let is_code = self.category_code.len() == 4 && self.category_code.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then(|| self.category_code.parse().ok()).flatten().filter(|code| *code > 0)
    }
}

impl Party {
    fn is_nobody(&self) -> bool {
        self.name.is_empty() && self.ultimate_name.is_empty()
    }

    fn is_ours(&self, header: &Header) -> bool {
        header.is_ours(&self.name, &self.number)
    }
}

/// Adds a piece to a text, as long as it is not longer than anybody reads.
fn add(text: &mut String, piece: &str) {
    if text.len() + piece.len() > TEXT_BYTES && !text.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(piece);
}
