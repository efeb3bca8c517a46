//! Accounts: their sums, their codes, and whether the bank agrees.

use domain::{
    account::AccountKind,
    currency::Currency,
    id::{AccountId, Owned},
};

use super::{Check, Figure, look::Look};
use crate::{
    Result,
    account::{ANCHORED, BY_STATEMENT, UNANCHORED},
    ledger::sums::differing_accounts,
};

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    sums(look).await?;
    drift(look).await?;
    codes(look).await
}

async fn sums(look: &mut Look<'_>) -> Result<()> {
    for row in look.offenders(Check::AccountSums, &differing_accounts("")).await? {
        let number = |column| -> Result<i64> { Ok(row.try_get_by_index(column)?) };
        let about = AccountId(number(0)?).text(look.household());
        let figures = vec![
            Figure::amount("posted sum", number(1)?, number(3)?),
            Figure::amount("pending sum", number(2)?, number(4)?),
        ];
        look.found_with(Check::AccountSums, about, "the account's sums are not those of its transactions", figures);
    }
    Ok(())
}

async fn drift(look: &mut Look<'_>) -> Result<()> {
    let sql = "SELECT id, bank_minor, opening_minor + posted_minor FROM account
               WHERE household_id = $1 AND connection_id IS NOT NULL AND bank_minor <> opening_minor + posted_minor ORDER BY id";
    for row in look.offenders(Check::Drift, sql).await? {
        let number = |column| -> Result<i64> { Ok(row.try_get_by_index(column)?) };
        let about = AccountId(number(0)?).text(look.household());
        let figures = vec![Figure::amount("balance", number(1)?, number(2)?)];
        look.found_with(Check::Drift, about, "the bank's balance is another than the transactions add up to", figures);
    }
    Ok(())
}

async fn codes(look: &mut Look<'_>) -> Result<()> {
    let sql = "SELECT currency, kind, anchored, min(id) FROM account WHERE household_id = $1 GROUP BY currency, kind, anchored";
    for row in look.ask(sql, Vec::new()).await? {
        let currency: String = row.try_get_by_index(0)?;
        let (kind, anchored): (i16, i16) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let about = AccountId(row.try_get_by_index(3)?).text(look.household());
        if Currency::from_code(&currency).is_none() {
            look.found(Check::AccountCode, about.clone(), "its currency is none that is known");
        }
        if AccountKind::from_code(kind).is_none() {
            look.found(Check::AccountCode, about.clone(), "its kind is none that is known");
        }
        if ![UNANCHORED, ANCHORED, BY_STATEMENT].contains(&anchored) {
            look.found(Check::AccountCode, about, "where its opening balance comes from is nothing that is known");
        }
    }
    // What is the bank's has the bank's name: without it the next pull would make the account a second time.
    let sql = "SELECT id FROM account WHERE household_id = $1 AND connection_id IS NOT NULL
               AND (institution_id IS NULL OR source_id IS NULL) ORDER BY id";
    look.each::<AccountId>(
        Check::AccountCode,
        "a bank feeds it, and it does not say which account of which bank it is",
        sql,
    )
    .await
}
