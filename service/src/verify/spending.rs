//! The sums of months: what each counts is what the transactions say.

use domain::{
    day::Month,
    id::{AccountId, Owned},
};
use sea_orm::QueryResult;

use super::{Check, Figure, look::Look};
use crate::{Result, ledger::sums::differing};

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    let sql = differing(look.db().engine(), "");
    for row in look.offenders(Check::SpendingSums, &sql).await? {
        let number = |column| -> Result<i64> { Ok(row.try_get_by_index(column)?) };
        let figures = vec![
            Figure::count("posted", number(3)?, number(7)?),
            Figure::count("pending", number(4)?, number(8)?),
            Figure::amount("posted sum", number(5)?, number(9)?),
            Figure::amount("pending sum", number(6)?, number(10)?),
        ];
        let about = cell(look, &row)?;
        look.found_with(Check::SpendingSums, about, "the month's sum is not that of its transactions", figures);
    }
    let sql = "SELECT month, account_id, category_id FROM monthly_spending
               WHERE household_id = $1 AND posted_count = 0 AND pending_count = 0 ORDER BY month, account_id, category_id";
    for row in look.offenders(Check::SpendingEmpty, sql).await? {
        let about = cell(look, &row)?;
        look.found(Check::SpendingEmpty, about, "a sum of nothing is kept as a row");
    }
    Ok(())
}

/// Which sum: account, month, category.
fn cell(look: &Look<'_>, row: &QueryResult) -> Result<String> {
    let account = AccountId(row.try_get_by_index(1)?).text(look.household());
    let number: i32 = row.try_get_by_index(0)?;
    let month = Month::of_row(number);
    // What is no month is told as it stands there.
    let month = if month.number() == number { month.to_string() } else { number.to_string() };
    let category: i32 = row.try_get_by_index(2)?;
    Ok(format!("{account} {month} category {category}"))
}
