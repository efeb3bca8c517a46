//! `GET /accounts`.

use domain::{account::AccountKind, currency::Currency, line::descriptor};
use serde::Deserialize;

use super::{
    Rows, each, envelope,
    field::{self, Field},
    text,
};
use crate::bank::{Failure, List, Listed, Problem, Reason, SourceAccount};

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, rename = "Account")]
    accounts: Rows<'a>,
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, rename = "AccountId")]
    id: Field<'a>,
    #[serde(borrow, rename = "Currency")]
    currency: Field<'a>,
    #[serde(borrow, rename = "AccountTypeCode")]
    kind: Field<'a>,
    #[serde(borrow, rename = "Nickname")]
    nickname: Field<'a>,
    #[serde(borrow, rename = "Description")]
    description: Field<'a>,
    #[serde(borrow, rename = "Account")]
    numbers: Field<'a>,
}

/// One of the numbers by which an account is known.
#[derive(Deserialize)]
struct Number<'a> {
    #[serde(borrow, rename = "Identification")]
    identification: Field<'a>,
    #[serde(borrow, rename = "Name")]
    name: Field<'a>,
}

/// Reads the answer of `GET /accounts`.
pub fn decode_accounts(raw: &[u8]) -> Result<Listed<SourceAccount>, Failure> {
    let text = text(raw);
    let (data, _) = envelope::<Data<'_>>(&text)?;
    let mut rejected = Vec::new();
    let rows =
        each(List::Accounts, data.accounts, &mut rejected, read, |row: &Row<'_>| (field::readable_id(row.id), None));
    Ok(Listed { rows, rejected })
}

fn read(row: &Row<'_>) -> Result<SourceAccount, Reason> {
    let name = "Currency";
    let currency = Currency::from_code(&field::text(row.currency, name)?)
        .ok_or(Reason { field: name, problem: Problem::UnknownCurrency })?;
    let numbers: Vec<Number<'_>> = field::optional_object(row.numbers).unwrap_or_default();
    let names = [row.nickname, row.description].into_iter().chain(numbers.iter().map(|number| number.name));
    let name = names.filter_map(field::optional).map(|name| descriptor(&name)).find(|name| !name.is_empty());
    Ok(SourceAccount {
        source_id: field::id(row.id, "AccountId")?.into_owned(),
        kind: field::optional(row.kind).map_or(AccountKind::Other, |code| kind(&code)),
        currency,
        name: name.unwrap_or_default(),
        number_tail: numbers.iter().filter_map(|number| field::optional(number.identification)).find_map(|n| tail(&n)),
    })
}

/// The kind of a code of ISO 20022's external list of cash account types.
fn kind(code: &str) -> AccountKind {
    match code {
        // Current, overdraft, salary, transacting.
        "CACC" | "ODFT" | "SLRY" | "TRAN" => AccountKind::Checking,
        // Savings, with limited liquidity, money market.
        "SVGS" | "LLSV" | "MOMA" => AccountKind::Savings,
        "CARD" => AccountKind::CreditCard,
        // Loan, marginal lending.
        "LOAN" | "MGLD" => AccountKind::Loan,
        _ => AccountKind::Other,
    }
}

/// The last four letters or digits of a number that may be masked in front. A short number has no tail: it would be all of it.
fn tail(number: &str) -> Option<String> {
    let plain: String = number.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let start = plain.char_indices().rev().nth(3).map(|(start, _)| start)?;
    let tail = &plain[start..];
    (plain.len() >= 8 && tail.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| tail.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bank::Defect;

    #[test]
    fn accounts_are_read() {
        let raw = json!({"Data": {"Account": [
            {"AccountId": "giro", "Currency": "EUR", "AccountTypeCode": "CACC", "Nickname": " House\n hold ", "Description": "Giro",
             "Account": [{"SchemeName": "UK.OBIE.IBAN", "Identification": "DE89 3704 0044 0532 0130 00", "Name": "A. Person"}]},
            {"AccountId": "card", "Currency": "USD", "AccountTypeCode": "CARD", "Nickname": "", "Description": "Gold",
             "Account": [{"SchemeName": "UK.OBIE.PAN", "Identification": "************1234"}]},
            {"AccountId": "save", "Currency": "JPY", "AccountTypeCode": "SVGS",
             "Account": [{"Identification": "1234", "Name": "A. Person"}, {"Identification": "************"}]},
            {"AccountId": "loan", "Currency": "EUR", "AccountTypeCode": "LOAN", "Account": "none"},
            {"AccountId": "odd", "Currency": "EUR", "AccountTypeCode": "NEWS"},
            {"AccountId": "switched", "Currency": "EUR"},
            {"AccountId": "", "Currency": "EUR"},
            {"AccountId": "gold", "Currency": "XAU"},
            {"AccountId": "none", "Nickname": "MARKER"},
        ]}});
        let listed = decode_accounts(raw.to_string().as_bytes()).expect("accounts");
        let rows: Vec<_> = listed
            .rows
            .iter()
            .map(|row| (&*row.source_id, row.kind, row.currency.code(), &*row.name, row.number_tail.as_deref()))
            .collect();
        assert_eq!(
            rows,
            [
                ("giro", AccountKind::Checking, "EUR", "House hold", Some("3000")),
                ("card", AccountKind::CreditCard, "USD", "Gold", Some("1234")),
                ("save", AccountKind::Savings, "JPY", "A. Person", None),
                ("loan", AccountKind::Loan, "EUR", "", None),
                ("odd", AccountKind::Other, "EUR", "", None),
                ("switched", AccountKind::Other, "EUR", "", None),
            ]
        );
        let rejected: Vec<_> = listed.rejected.iter().map(|bad| (bad.index, bad.reason)).collect();
        assert_eq!(
            rejected,
            [
                (6, Reason { field: "AccountId", problem: Problem::Empty }),
                (7, Reason { field: "Currency", problem: Problem::UnknownCurrency }),
                (8, Reason { field: "Currency", problem: Problem::Missing }),
            ]
        );
        let shown = format!("{listed:?}");
        assert!(
            shown.contains("giro") && !shown.contains("House") && !shown.contains("3000") && !shown.contains("MARKER")
        );
        assert_eq!(decode_accounts(b"{}"), Err(Failure::Malformed { what: Defect::NoData }));
    }
}
