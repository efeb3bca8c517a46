//! One entry while it is read, and the line that it becomes. An entry is one booking, and stays one line when the bank says what it is made
//! of: of a batch only who took part is kept, so that it costs no more memory than any other.

use domain::{currency::Currency, line, line::Line};
use rust_decimal::Decimal;

use super::{
    super::{Field, Reason, date, descriptor, source_id},
    account::Header,
    amount::Amount,
    detail::Detail,
    xml::Tag,
};

/// Bytes of the names of a batch that are kept: more than a descriptor holds.
const NAMES_BYTES: usize = 1_000;

/// What was read of an entry.
#[derive(Debug, Default)]
pub(super) struct Entry {
    reference: String,
    pub(super) amount: Amount,
    status: String,
    is_reversal: bool,
    booked: String,
    valued: String,
    domain: String,
    family: String,
    sub_family: String,
    code: String,
    additional: String,
    /// What the entry itself says in the words of its parts, such as the amount that was instructed.
    own: Detail,
    /// How many parts there are.
    parts: u32,
    /// The part that is read, or was read last: the only one, if there is one.
    part: Detail,
    /// Who took part in a batch.
    names: String,
    /// The name that all of them have.
    common_name: Option<String>,
}

/// What is done with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is booked.
    Booked,
    /// It is announced.
    Pending,
    /// It is for information, or in a state that nobody knows.
    Other,
}

impl Entry {
    /// Takes a field; of two of the same name the first counts.
    pub(super) fn take(&mut self, path: &[Tag], value: &str, currency: &str, header: &Header) {
        use Tag::{
            AcctSvcrRef, AddtlNtryInf, Amt, AmtDtls, BkTxCd, BookgDt, CardTx, Cd, CdtDbtInd, Domn, Dt, DtTm, Fmly,
            NtryDtls, Prtry, RvslInd, Sts, SubFmlyCd, TxDtls, ValDt,
        };
        let target = match path {
            [NtryDtls, TxDtls] | [TxDtls] => return self.end_part(header),
            [NtryDtls, TxDtls, rest @ ..] | [TxDtls, rest @ ..] => return self.part.take(rest, value, currency),
            [AmtDtls | CardTx, ..] => return self.own.take(path, value, currency),
            [Amt] => return self.amount.take(value, currency),
            [RvslInd] => {
                self.is_reversal = matches!(value, "true" | "1");
                return;
            }
            [AcctSvcrRef] => &mut self.reference,
            [CdtDbtInd] => &mut self.amount.direction,
            [Sts] | [Sts, Cd | Prtry] => &mut self.status,
            [BookgDt] | [BookgDt, Dt | DtTm] => &mut self.booked,
            [ValDt] | [ValDt, Dt | DtTm] => &mut self.valued,
            [BkTxCd, Domn, Cd] => &mut self.domain,
            [BkTxCd, Domn, Fmly, Cd] => &mut self.family,
            [BkTxCd, Domn, Fmly, SubFmlyCd] => &mut self.sub_family,
            [BkTxCd, Prtry, Cd] => &mut self.code,
            [AddtlNtryInf] => &mut self.additional,
            _ => return,
        };
        if target.is_empty() {
            target.push_str(value);
        }
    }

    /// A part begins.
    pub(super) fn begin_part(&mut self) {
        self.part = Detail::default();
    }

    fn end_part(&mut self, header: &Header) {
        self.parts = self.parts.saturating_add(1);
        let name = self.part.counterparty(self.is_debtor_asked(), header).unwrap_or_default();
        if self.parts == 1 {
            self.common_name = Some(name.to_owned());
        } else if self.common_name.as_deref() != Some(name) {
            self.common_name = None;
        }
        let is_said = descriptor::contains(&self.names, name);
        if !is_said && self.names.len() + name.len() <= NAMES_BYTES {
            if !self.names.is_empty() {
                self.names.push_str(", ");
            }
            self.names.push_str(name);
        }
    }

    /// Whether the other side is the debtor: who pays what comes in. In a reversal the parties keep the roles that they had in what is reversed.
    fn is_debtor_asked(&self) -> bool {
        self.amount.is_in().unwrap_or_default() != self.is_reversal
    }

    /// What is done with it. A statement holds bookings alone, whatever word for their state it has.
    pub(super) fn state(&self, in_statement: bool) -> State {
        match self.status.as_str() {
            "" | "BOOK" => State::Booked,
            "PDNG" | "FUTR" => State::Pending,
            "INFO" => State::Other,
            _ if in_statement => State::Booked,
            _ => State::Other,
        }
    }

    /// The line; or which field is wrong, and why.
    pub(super) fn line(&self, pending: bool, currency: Currency, header: &Header) -> Result<Line, (Field, Reason)> {
        let written = if self.booked.is_empty() { &self.valued } else { &self.booked };
        if written.is_empty() {
            return Err((Field::Day, Reason::Missing));
        }
        let day = date::xml(written).map_err(|not_a_day| (Field::Day, not_a_day.into()))?;
        let amount = self.amount.money(currency)?;
        let alone = (self.parts == 1).then_some(&self.part);
        let name = match alone {
            Some(part) => part.counterparty(self.is_debtor_asked(), header),
            None => self.common_name.as_deref().filter(|name| !name.is_empty()),
        };
        let foreign = alone.and_then(|part| part.foreign(currency)).or_else(|| self.own.foreign(currency));
        Ok(Line {
            source_id: reference(&self.reference).or_else(|| reference(&alone?.reference)),
            replaces_source_id: None,
            day,
            amount_minor: amount.minor,
            original: foreign.and_then(|(size, other)| line::original(amount, size, other)),
            pending,
            descriptor: self.descriptor(alone, foreign, header),
            merchant_name: name.map(line::descriptor),
            merchant_category_code: alone.and_then(Detail::category_code).or_else(|| self.own.category_code()),
            category: None,
        })
    }

    /// Who it was, what for, and what the bank adds; without all of that, the code of what it is. An amount of another currency comes last,
    /// unless it was said.
    fn descriptor(&self, alone: Option<&Detail>, foreign: Option<(Decimal, Currency)>, header: &Header) -> String {
        let said = match alone {
            Some(part) => {
                descriptor::once(part.texts(self.is_debtor_asked(), header).chain([self.additional.as_str()]))
            }
            None => descriptor::once([self.additional.as_str(), &self.names]),
        };
        let said = if said.is_empty() { self.kind() } else { said };
        match foreign.map(|(size, other)| format!("{size} {}", other.code())) {
            Some(foreign) if !is_said(&said, &foreign) => line::descriptor(&format!("{said} {foreign}")),
            _ => said,
        }
    }

    fn kind(&self) -> String {
        let code = [self.domain.as_str(), &self.family, &self.sub_family].join(" ");
        descriptor::once([code.as_str(), &self.code])
    }
}

/// Whether a text has an amount already, with a point or a comma.
fn is_said(text: &str, amount: &str) -> bool {
    let size = amount.split(' ').next().unwrap_or_default();
    descriptor::contains(text, size) || descriptor::contains(text, &size.replace('.', ","))
}

/// The bank's own reference of a booking, the only one that is the same in all of its reports. What stands there for none is none.
fn reference(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let is_none =
        matches!(plain.as_str(), "NOTPROVIDED" | "NOTAVAILABLE" | "NONREF" | "NOREF" | "NONE" | "NA" | "UNKNOWN");
    if is_none || plain.bytes().all(|byte| byte == b'0') { None } else { source_id(text) }
}
