//! What `:86:` says of a row, in the forms that banks give it: subfields with numbers, as German and Polish banks write them; keys between
//! slashes, as Dutch ones do; labels; or mere text.

mod mark;
mod subfield;
mod wrap;

use domain::{currency::Currency, line};
use rust_decimal::Decimal;

use self::mark::{Marks, cut};
use super::{
    super::{amount, descriptor},
    entry::{Entry, is_nothing},
};

/// What a person reads of a row.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Details {
    pub(super) descriptor: String,
    /// The other side.
    pub(super) name: Option<String>,
    /// How much it was in the currency in which it was agreed.
    pub(super) original: Option<(Decimal, Currency)>,
}

/// What one form of details holds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    name: String,
    purpose: String,
    /// What kind of booking the bank calls it.
    kind: String,
    /// The reference of whoever gave the order: text only where there is no other.
    reference: String,
    /// `USD12,50`.
    original: String,
}

impl Details {
    /// Of `:86:`, `:NS:` and the row itself.
    pub(super) fn of(text: &str, own: &str, entry: &Entry) -> Self {
        let mut found = found(text, entry);
        if !own.is_empty() {
            found.fill(subfield::own(own));
        }
        let name = line::descriptor(&found.name);
        let texts = [
            line::descriptor(&found.purpose),
            name.clone(),
            descriptor::once([found.kind.as_str(), &entry.more]),
            line::descriptor(&found.reference),
            // Where there is no text, some banks put it into the references.
            line::descriptor(&format!("{} {}", entry.reference, entry.bank_reference)),
        ];
        Self {
            descriptor: texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
            name: Some(name).filter(|name| !name.is_empty()),
            original: original(&found.original),
        }
    }
}

/// What a text with the marks of SEPA in it (`EREF+…SVWZ+…`) is for; banks write it so outside MT940 as well.
pub(in super::super) fn sepa_purpose(text: &str) -> Option<String> {
    subfield::sepa(text).map(|found| found.purpose).filter(|purpose| !purpose.is_empty())
}

/// A currency and an amount, as in `/OCMT/USD12,50/`.
fn original(text: &str) -> Option<(Decimal, Currency)> {
    let (code, size) = text.trim().trim_end_matches('/').split_at_checked(3)?;
    Some((amount::parse_alone(size)?.size, Currency::from_code(code)?))
}

impl Found {
    /// Takes what is missing from another form.
    fn fill(&mut self, other: Self) {
        let Self { name, purpose, kind, reference, original } = self;
        for (target, source) in [
            (name, other.name),
            (purpose, other.purpose),
            (kind, other.kind),
            (reference, other.reference),
            (original, other.original),
        ] {
            if target.is_empty() {
                *target = source;
            }
        }
    }
}

fn found(text: &str, entry: &Entry) -> Found {
    if let Some(found) = subfield::found(text) {
        return found;
    }
    let joined = wrap::joined(text);
    let trimmed = joined.trim();
    if let Some(found) = slashes(trimmed) {
        return found;
    }
    if let Some(found) = labels(trimmed) {
        return found;
    }
    if let Some(found) = named_above(text, entry) {
        return found;
    }
    // 999 is the code of text without a form.
    let plain = trimmed.strip_prefix("999").filter(|rest| rest.starts_with(char::is_alphabetic)).unwrap_or(trimmed);
    subfield::sepa(plain).unwrap_or_else(|| Found { purpose: plain.to_owned(), ..Found::default() })
}

/// Keys between slashes: `/TRTP/SEPA OVERBOEKING/NAME/J. JANSEN/REMI/FACTUUR 12`.
fn slashes(text: &str) -> Option<Found> {
    if !text.starts_with('/') {
        return None;
    }
    let parts = cut(text, Marks::Slashes);
    if parts.is_empty() {
        return None;
    }
    let value = |wanted: &str| parts.iter().find(|(key, value)| *key == wanted && !value.is_empty()).map(|part| part.1);
    // `/CNTP/account/bank/name/city/`
    let counterparty = value("CNTP").and_then(|side| side.split('/').nth(2));
    let remittance = value("REMI").map(|text| {
        let text = text.strip_prefix("USTD/").or_else(|| text.strip_prefix("STRD/")).unwrap_or(text);
        text.trim_matches('/')
    });
    let mut found = Found {
        name: value("NAME").or(counterparty).unwrap_or_default().to_owned(),
        purpose: remittance.or_else(|| value("PY")).unwrap_or_default().to_owned(),
        kind: value("TRTP").unwrap_or_default().to_owned(),
        reference: value("EREF").filter(|reference| !is_nothing(reference)).unwrap_or_default().to_owned(),
        original: value("OCMT").unwrap_or_default().to_owned(),
    };
    if found.name.is_empty() && found.purpose.is_empty() {
        let mut lines = value("BENM").or_else(|| value("ORDP")).map(without_account).unwrap_or_default().into_iter();
        lines.next().unwrap_or_default().clone_into(&mut found.name);
        found.purpose = lines.collect::<Vec<_>>().join(" ");
    }
    if found == (Found { original: found.original.clone(), ..Found::default() }) {
        // Keys of which none says more: what stands between them is text.
        let purpose: Vec<&str> = parts.iter().map(|(_, value)| value.trim()).collect();
        purpose.join(" ").trim().clone_into(&mut found.purpose);
    }
    Some(found)
}

/// What stands behind the account of a side, in lines that begin with a slash: its name, and what the row is for.
fn without_account(side: &str) -> Vec<&str> {
    let lines = side.split('/').map(str::trim);
    lines.filter(|line| line.contains(char::is_alphabetic) && *line != "EMPTY").collect()
}

/// Labels before each part, of which one names the other side: `Naam: J. Jansen   Omschrijving: factuur 12`, `OD: JAN NOWAK; TYT.: CZYNSZ`.
fn labels(text: &str) -> Option<Found> {
    if !["Naam:", "Name:", "OD:", "DLA:"].iter().any(|label| text.contains(label)) {
        return None;
    }
    // Texts are filled up with spaces, and broken between a semicolon and its label.
    let text = &text.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts = cut(text, Marks::Labels);
    let value = |wanted: &[&str]| {
        let part = parts.iter().find(|(key, value)| wanted.contains(key) && !value.is_empty());
        part.map(|part| part.1.trim_matches([';', ' ']).to_owned())
    };
    let name = value(&["Naam:", "Name:", "; OD:", "; DLA:"])?;
    let kind = parts.first().and_then(|(key, _)| text.split(key).next()).unwrap_or_default().trim().to_owned();
    let purpose = value(&["Omschrijving:", "; TYT.:"]).unwrap_or_default();
    let reference = value(&["Kenmerk:"]).unwrap_or_default();
    Some(Found { name, purpose, kind, reference, ..Found::default() })
}

/// The account and the name of the other side on the first line, both of which the row repeats; the purpose below.
fn named_above(text: &str, entry: &Entry) -> Option<Found> {
    let (first, rest) = text.split_once('\n')?;
    let name = first.trim().strip_prefix(entry.reference.as_str()).filter(|_| !entry.reference.is_empty())?.trim();
    (!name.is_empty() && name.eq_ignore_ascii_case(&entry.more)).then(|| Found {
        name: name.to_owned(),
        purpose: wrap::joined(rest).trim().to_owned(),
        ..Found::default()
    })
}
