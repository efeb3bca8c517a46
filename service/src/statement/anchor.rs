//! Closing balances: kept for their day, and where no bank and no person says what an account held before its first transaction, the latest of
//! them does.

use std::collections::BTreeSet;

use connector::file::{BalanceKind, ClosingBalance};
use domain::{day::Day, id::AccountId};
use entity::{account, balance, statement};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, sea_query::Expr};
use serde::{Deserialize, Serialize};

use super::stored;
use crate::{
    Result, Unit,
    account::{self as accounts, BY_STATEMENT, UNANCHORED},
    drift,
};

/// A closing balance that was kept: account, day, minor units. Stored: the positions never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Closing(i64, i32, i64);

impl Closing {
    /// Those that a statement brought.
    pub(crate) fn of(row: &statement::Model) -> Result<Vec<Self>> {
        stored(&row.closing)
    }

    pub(crate) const fn account(self) -> i64 {
        self.0
    }

    pub(crate) fn day(self) -> Day {
        Day::of_row(self.1)
    }

    pub(crate) const fn minor(self) -> i64 {
        self.2
    }
}

/// Takes the closing balances of a file in. One without a day is of the day of the account's last transaction. What is known of a day already
/// stays, unless the file `brings_news`.
pub(super) async fn take(
    unit: &Unit,
    ours: &[i64],
    balances: &[ClosingBalance],
    brings_news: bool,
) -> Result<Vec<Closing>> {
    let mut taken = Vec::new();
    for balance in balances.iter().filter(|balance| balance.kind == BalanceKind::Ledger) {
        let Some(&account) = ours.get(balance.account) else { continue };
        let day = match balance.day {
            Some(day) => day,
            None => accounts::posted_days(unit, account).await?.map_or_else(|| unit.today(), |(_, last)| last),
        };
        if brings_news || !is_known(unit, account, day).await? {
            accounts::keep_balance(unit, account, day, balance.money.minor).await?;
        }
        taken.push(Closing(account, day.number(), balance.money.minor));
    }
    settle_all(unit, ours).await?;
    Ok(taken)
}

/// Whether a statement has said what an account held on a day.
async fn is_known(unit: &Unit, account: i64, day: Day) -> Result<bool> {
    let of_day = unit
        .scope()
        .find::<balance::Entity>()
        .filter(balance::Column::AccountId.eq(account))
        .filter(balance::Column::Day.eq(day.number()));
    Ok(of_day.one(unit.connection()).await?.is_some())
}

/// Takes the closing balances of a file back: what other files say of the same days stands again. Those of an account that a bank
/// feeds are its history, whoever told them first.
pub(super) async fn take_back(unit: &Unit, statement: i64, ours: &[i64], closing: &[Closing]) -> Result<()> {
    let mut open = BTreeSet::new();
    for &Closing(account, day, minor) in closing {
        if accounts::load(unit, AccountId(account)).await?.connection_id.is_some() {
            continue;
        }
        unit.scope()
            .delete::<balance::Entity>()
            .filter(balance::Column::AccountId.eq(account))
            .filter(balance::Column::Day.eq(day))
            .filter(balance::Column::BankMinor.eq(minor))
            .exec(unit.connection())
            .await?;
        open.insert((account, day));
    }
    let others = unit
        .scope()
        .find::<statement::Entity>()
        .filter(statement::Column::Id.ne(statement))
        .filter(statement::Column::Status.eq(statement::DONE))
        .filter(statement::Column::UndoState.eq(statement::STANDS))
        .order_by_asc(statement::Column::FinishedAtMs)
        .order_by_asc(statement::Column::Id)
        .all(unit.connection())
        .await?;
    for other in others {
        for Closing(account, day, minor) in Closing::of(&other)? {
            if open.contains(&(account, day)) {
                accounts::keep_balance(unit, account, Day::of_row(day), minor).await?;
            }
        }
    }
    settle_all(unit, ours).await
}

async fn settle_all(unit: &Unit, ours: &[i64]) -> Result<()> {
    for &account in ours {
        settle(unit, account).await?;
    }
    Ok(())
}

/// Notes whether what is left of the statements fits together, once it is known which of them stand.
pub(super) async fn note_drifts(unit: &Unit, ours: &[i64]) -> Result<()> {
    for &account in ours {
        drift::note_after_statement(unit, account).await?;
    }
    Ok(())
}

/// The opening balance is what makes the latest statement true: older files that come later do not change what it says.
async fn settle(unit: &Unit, account: i64) -> Result<()> {
    let row = accounts::load(unit, AccountId(account)).await?;
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
    let (opening_minor, anchored) = match latest {
        Some(latest) => (latest.bank_minor - posted_until(unit, account, latest.day).await?, BY_STATEMENT),
        None if row.anchored == BY_STATEMENT => (0, UNANCHORED),
        None => return Ok(()),
    };
    unit.scope()
        .update::<account::Entity>()
        .filter(account::Column::Id.eq(account))
        .col_expr(account::Column::OpeningMinor, Expr::value(opening_minor))
        .col_expr(account::Column::Anchored, Expr::value(anchored))
        .exec(unit.connection())
        .await?;
    Ok(())
}

async fn posted_until(unit: &Unit, account: i64, day: i32) -> Result<i64> {
    let sql = r#"SELECT CAST(coalesce(sum(amount_minor), 0) AS bigint) FROM "transaction"
                 WHERE household_id = $1 AND account_id = $2 AND day <= $3 AND state = 0"#;
    let values = [unit.scope().household().0.into(), account.into(), day.into()];
    let sum = unit.connection().query_one_raw(unit.db().statement(sql, values)).await?;
    Ok(sum.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0))
}
