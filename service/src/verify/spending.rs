//! The sums of months: what each counts is what the transactions say.

use domain::{
    day::Month,
    id::{AccountId, Owned},
};
use sea_orm::QueryResult;

use super::{Check, Figure, look::Look};
use crate::{Result, ledger::sums::facts};

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    let sql = format!(
        "SELECT month, account_id, category_id,
           CAST(sum(posted) AS bigint), CAST(sum(pending) AS bigint), CAST(sum(posted_minor) AS bigint), CAST(sum(pending_minor) AS bigint),
           CAST(sum(kept_posted) AS bigint), CAST(sum(kept_pending) AS bigint), CAST(sum(kept_posted_minor) AS bigint),
           CAST(sum(kept_pending_minor) AS bigint)
         FROM (
           SELECT month, account_id, category_id, posted_count AS posted, pending_count AS pending, posted_minor, pending_minor,
             0 AS kept_posted, 0 AS kept_pending, 0 AS kept_posted_minor, 0 AS kept_pending_minor FROM ({}) AS fact
           UNION ALL
           SELECT month, account_id, category_id, 0, 0, 0, 0, posted_count, pending_count, posted_minor, pending_minor
           FROM monthly_spending WHERE household_id = $1
         ) AS both_sides
         GROUP BY month, account_id, category_id
         HAVING sum(posted) <> sum(kept_posted) OR sum(pending) <> sum(kept_pending)
           OR sum(posted_minor) <> sum(kept_posted_minor) OR sum(pending_minor) <> sum(kept_pending_minor)
         ORDER BY month, account_id, category_id",
        facts("")
    );
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
