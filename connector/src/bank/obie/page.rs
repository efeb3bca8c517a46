//! `GET /transactions`: a page of the feed.

use domain::line::{Line, descriptor, original};
use serde::Deserialize;

use super::{
    Rows, each, envelope,
    field::{self, Field},
    text,
};
use crate::bank::{Currencies, Defect, Entries, Failure, List, Problem, Reason};

/// The longest cursor that is kept.
const CURSOR_BYTES: usize = 1024;

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, rename = "Transaction")]
    transactions: Rows<'a>,
    #[serde(borrow, rename = "Removed")]
    removed: Rows<'a>,
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, rename = "AccountId")]
    account: Field<'a>,
    #[serde(borrow, rename = "TransactionId")]
    id: Field<'a>,
    #[serde(borrow, rename = "CreditDebitIndicator")]
    indicator: Field<'a>,
    #[serde(borrow, rename = "Status")]
    status: Field<'a>,
    #[serde(borrow, rename = "BookingDateTime")]
    booked: Field<'a>,
    #[serde(borrow, rename = "TransactionInformation")]
    information: Field<'a>,
    #[serde(borrow, rename = "Amount")]
    amount: Field<'a>,
    #[serde(borrow, rename = "CurrencyExchange")]
    exchange: Field<'a>,
    #[serde(borrow, rename = "MerchantDetails")]
    merchant: Field<'a>,
    #[serde(borrow, rename = "SupplementaryData")]
    supplement: Field<'a>,
}

#[derive(Deserialize)]
struct Merchant<'a> {
    #[serde(borrow, rename = "MerchantName")]
    name: Field<'a>,
    #[serde(borrow, rename = "MerchantCategoryCode")]
    category_code: Field<'a>,
}

#[derive(Deserialize)]
struct Exchange<'a> {
    #[serde(borrow, rename = "InstructedAmount")]
    instructed: Field<'a>,
}

#[derive(Deserialize)]
struct Supplement<'a> {
    #[serde(borrow, rename = "PendingTransactionId")]
    pending: Field<'a>,
}

#[derive(Deserialize)]
struct RemovedRow<'a> {
    #[serde(borrow, rename = "AccountId")]
    account: Field<'a>,
    #[serde(borrow, rename = "TransactionId")]
    id: Field<'a>,
}

/// Reads a page of `GET /transactions`: one that has just come, or one from the archive.
pub fn decode_page(raw: &[u8], currencies: &Currencies) -> Result<Entries, Failure> {
    let text = text(raw);
    let (data, meta) = envelope::<Data<'_>>(&text)?;
    let (cursor, has_more) = meta.map(|meta| (meta.cursor, meta.has_more)).unwrap_or_default();
    let cursor = cursor.filter(|cursor| (1..=CURSOR_BYTES).contains(&cursor.len()));
    let mut rejected = Vec::new();
    let read = |row: &Row<'_>| line(row, currencies);
    let lines = each(List::Transactions, data.transactions, &mut rejected, read, |row| {
        (field::readable_id(row.account), field::readable_id(row.id))
    });
    let read = |row: &RemovedRow<'_>| {
        let (account, _) = field::account(row.account, currencies)?;
        Ok((account.clone(), field::id(row.id, "TransactionId")?.into_owned()))
    };
    let removed = each(List::Removed, data.removed, &mut rejected, read, |row| {
        (field::readable_id(row.account), field::readable_id(row.id))
    });
    Ok(Entries {
        lines,
        removed,
        rejected,
        cursor: cursor.ok_or(Failure::Malformed { what: Defect::NoCursor })?,
        has_more: has_more.ok_or(Failure::Malformed { what: Defect::NoHasMore })?,
    })
}

fn line(row: &Row<'_>, currencies: &Currencies) -> Result<(String, Line), Reason> {
    let (account, currency) = field::account(row.account, currencies)?;
    let id = field::id(row.id, "TransactionId")?;
    let name = "Status";
    let pending = match &*field::text(row.status, name)? {
        "BOOK" => false,
        "PDNG" => true,
        _ => return Err(Reason { field: name, problem: Problem::UnknownCode }),
    };
    let merchant: Option<Merchant<'_>> = field::optional_object(row.merchant);
    let supplement: Option<Supplement<'_>> = field::optional_object(row.supplement);
    let money = field::money(row.amount, row.indicator, currency)?;
    let exchange: Option<Exchange<'_>> = field::optional_object(row.exchange);
    let instructed = exchange.and_then(|exchange| field::amount(exchange.instructed));
    let line = Line {
        source_id: Some(id.into_owned()),
        replaces_source_id: supplement.and_then(|supplement| field::readable_id(supplement.pending)),
        day: field::day(row.booked, "BookingDateTime")?,
        amount_minor: money.minor,
        original: instructed.and_then(|(size, other)| original(money, size, other)),
        pending,
        descriptor: field::optional(row.information).map(|text| descriptor(&text)).unwrap_or_default(),
        merchant_name: merchant
            .as_ref()
            .and_then(|merchant| field::optional(merchant.name))
            .map(|name| descriptor(&name))
            .filter(|name| !name.is_empty()),
        merchant_category_code: merchant.and_then(|merchant| category_code(merchant.category_code)),
        category: None,
    };
    Ok((account.clone(), line))
}

/// A merchant category code: three or four digits, because some banks lose the zero in front.
fn category_code(field: Field<'_>) -> Option<u16> {
    let text = field::optional(field)?;
    let plain = matches!(text.len(), 3..=4) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
