//! Closing balances: kept for their day, and where no bank and no person says what an account held before its first transaction, the latest of
//! them does.

use connector::file::{BalanceKind, ClosingBalance};
use entity::{account, balance};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, sea_query::Expr};

use crate::{
    Result, Unit,
    account::{self as accounts, BY_STATEMENT, UNANCHORED},
    drift,
};

/// Takes the closing balances of a file in. One without a day is of the day of the account's last transaction.
pub(super) async fn take(unit: &Unit, ours: &[i64], balances: &[ClosingBalance]) -> Result<()> {
    for balance in balances.iter().filter(|balance| balance.kind == BalanceKind::Ledger) {
        let Some(&account) = ours.get(balance.account) else { continue };
        let day = match balance.day {
            Some(day) => day,
            None => accounts::posted_days(unit, account).await?.map_or_else(|| unit.today(), |(_, last)| last),
        };
        accounts::keep_balance(unit, account, day, balance.money.minor).await?;
    }
    for &account in ours {
        settle(unit, account).await?;
        drift::note(unit, account).await?;
    }
    Ok(())
}

/// The opening balance is what makes the latest statement true: older files that come later do not change what it says.
async fn settle(unit: &Unit, account: i64) -> Result<()> {
    let row = accounts::load(unit, domain::id::AccountId(account)).await?;
    if row.connection_id.is_some() || !matches!(row.anchored, UNANCHORED | BY_STATEMENT) {
        return Ok(());
    }
    let latest = unit
        .scope()
        .find::<balance::Entity>()
        .filter(balance::Column::AccountId.eq(account))
        .order_by_desc(balance::Column::Day)
        .one(unit.connection())
        .await?;
    let Some(latest) = latest else { return Ok(()) };
    let sql = r#"SELECT CAST(coalesce(sum(amount_minor), 0) AS bigint) FROM "transaction"
                 WHERE household_id = $1 AND account_id = $2 AND day <= $3 AND state = 0"#;
    let values = [unit.scope().household().0.into(), account.into(), latest.day.into()];
    let sum = unit.connection().query_one_raw(unit.db().statement(sql, values)).await?;
    let posted: i64 = sum.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0);
    unit.scope()
        .update::<account::Entity>()
        .filter(account::Column::Id.eq(account))
        .col_expr(account::Column::OpeningMinor, Expr::value(latest.bank_minor - posted))
        .col_expr(account::Column::Anchored, Expr::value(BY_STATEMENT))
        .exec(unit.connection())
        .await?;
    Ok(())
}
