//! `GET /balances`.

use serde::Deserialize;

use super::{
    Rows, each, envelope,
    field::{self, Field},
    text,
};
use crate::bank::{BalanceKind, Currencies, Failure, List, Listed, Reason, SourceBalance};

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, rename = "Balance")]
    balances: Rows<'a>,
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, rename = "AccountId")]
    account: Field<'a>,
    #[serde(borrow, rename = "Amount")]
    amount: Field<'a>,
    #[serde(borrow, rename = "CreditDebitIndicator")]
    indicator: Field<'a>,
    #[serde(borrow, rename = "Type")]
    kind: Field<'a>,
}

/// Reads the answer of `GET /balances`. Balances of other moments than now (opening, closing, forward) are left out.
pub fn decode_balances(raw: &[u8], currencies: &Currencies) -> Result<Listed<SourceBalance>, Failure> {
    let text = text(raw);
    let (data, _) = envelope::<Data<'_>>(&text)?;
    let mut rejected = Vec::new();
    let read = |row: &Row<'_>| read(row, currencies);
    let rows = each(List::Balances, data.balances, &mut rejected, read, |row| (field::readable_id(row.account), None));
    Ok(Listed { rows: rows.into_iter().flatten().collect(), rejected })
}

fn read(row: &Row<'_>, currencies: &Currencies) -> Result<Option<SourceBalance>, Reason> {
    let kind = match &*field::text(row.kind, "Type")? {
        "ITBD" => BalanceKind::Booked,
        "ITAV" => BalanceKind::Available,
        _ => return Ok(None),
    };
    let (id, currency) = field::account(row.account, currencies)?;
    let money = field::money(row.amount, row.indicator, currency)?;
    Ok(Some(SourceBalance { account_source_id: id.clone(), kind, money }))
}

#[cfg(test)]
mod tests {
    use domain::{currency::Currency, money::Money};
    use serde_json::{Value, json};

    use super::*;
    use crate::bank::Problem;

    #[test]
    fn balances_are_read() {
        let currency = |code| Currency::from_code(code).expect(code);
        let currencies = [("giro", "EUR"), ("yen", "JPY")].map(|(id, code)| (id.to_owned(), currency(code))).into();
        let row = |account: &str, kind: &str, indicator: &str, amount: Value| {
            json!({"AccountId": account, "Type": kind, "CreditDebitIndicator": indicator, "Amount": amount,
                   "DateTime": "2026-11-21T10:00:00Z"})
        };
        let euro = |amount: &str| json!({"Amount": amount, "Currency": "EUR"});
        let raw = json!({"Data": {"Balance": [
            row("giro", "ITBD", "Credit", euro("1200.00")),
            row("giro", "ITAV", "Debit", euro("0.07")),
            row("giro", "OPBD", "Credit", euro("1.00")),
            row("yen", "ITBD", "Credit", euro("1.00")),
            row("closed", "ITBD", "Credit", euro("1.00")),
            row("giro", "ITBD", "Credit", json!(null)),
        ]}});
        let listed = decode_balances(raw.to_string().as_bytes(), &currencies).expect("balances");
        let rows: Vec<_> = listed.rows.iter().map(|row| (&*row.account_source_id, row.kind, row.money)).collect();
        let money = |minor| Money::new(minor, currency("EUR"));
        assert_eq!(rows, [("giro", BalanceKind::Booked, money(120_000)), ("giro", BalanceKind::Available, money(-7))]);
        let rejected: Vec<_> = listed.rejected.iter().map(|bad| (bad.index, bad.reason)).collect();
        assert_eq!(
            rejected,
            [
                (3, Reason { field: "Amount.Currency", problem: Problem::OtherCurrency }),
                (4, Reason { field: "AccountId", problem: Problem::UnknownAccount }),
                (5, Reason { field: "Amount", problem: Problem::Missing }),
            ]
        );
        assert!(!format!("{listed:?}").contains("120000"));
    }
}
