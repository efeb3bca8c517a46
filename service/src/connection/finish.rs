//! The end of a pull: balances, what may be forgotten, and when the next one is due.

use std::{collections::HashMap, time::Duration};

use connector::bank::{BalanceKind, SourceBalance};
use domain::reconcile::{Origin, State};
use entity::{account, connection};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, sea_query::Expr};

use super::{PULL_INTERVAL, Pull, Status, failure::Pulled, listing, load, page::tell, source_account::Source};
use crate::{
    Error, Result, Unit,
    account::{self as accounts, ANCHORED},
    ambient::millis,
    drift,
    event::Event,
    job::{Finished, Job, Run},
    ledger, refund, transfer,
};

/// Planned pulls are spread by so much, so that those who linked in one minute do not meet every day.
const SPREAD: Duration = Duration::from_hours(2);
/// A pending row that vanished so long ago is not waited for any more.
const VANISHED_DAYS: i32 = 30;

/// The last unit of work of a pull.
pub(super) async fn finish(
    run: &Run,
    connection: i64,
    is_listing: bool,
    accounts: &HashMap<String, Source>,
    balances: &[SourceBalance],
) -> Pulled<Finished> {
    let finished = run
        .finish(move |unit| {
            async move {
                match load(unit, connection).await {
                    Ok(row) => close(unit, &row, is_listing, accounts, balances).await,
                    Err(Error::NotFound { .. }) => Ok(()),
                    Err(error) => Err(error),
                }
            }
            .scope_boxed()
        })
        .await?;
    Ok(finished)
}

/// Everything that the end of a pull writes.
pub(super) async fn close(
    unit: &mut Unit,
    row: &connection::Model,
    is_listing: bool,
    accounts: &HashMap<String, Source>,
    balances: &[SourceBalance],
) -> Result<()> {
    if is_listing {
        let booked = |account| balance_of(accounts, balances, account, BalanceKind::Booked);
        listing::settle(unit, row.id, accounts, booked).await?;
    }
    for source in accounts.values() {
        let of = |kind| balance_of(accounts, balances, source.account, kind);
        if let Some(booked) = of(BalanceKind::Booked) {
            keep_balance(unit, source.account, booked, of(BalanceKind::Available)).await?;
            drift::note(unit, source.account).await?;
        }
    }
    inherit(unit, row, accounts).await?;
    forget(unit, accounts).await?;
    let spread = unit.db().ambient().chance.number() % u64::try_from(SPREAD.as_millis()).unwrap_or(1);
    let next_ms = unit.now_ms() + millis(PULL_INTERVAL + Duration::from_millis(spread));
    settle(unit, row, next_ms).await?;
    unit.enqueue_at(Job::Pull(Pull::planned(row)), next_ms)?;
    unit.emit(Event::ConnectionUpdated { connection: row.id });
    Ok(())
}

/// What a person set on rows that this pull has taken back passes on to what has come since the last one ended.
async fn inherit(unit: &mut Unit, row: &connection::Model, accounts: &HashMap<String, Source>) -> Result<()> {
    let since_ms = row.pulled_at_ms.unwrap_or_else(|| domain::id::issued_at_ms(row.id));
    for source in accounts.values() {
        let booked = ledger::settle_heirs(unit, source.account, source.setting, since_ms).await?;
        tell(unit, &booked).await?;
    }
    Ok(())
}

fn balance_of(
    accounts: &HashMap<String, Source>,
    balances: &[SourceBalance],
    account: i64,
    kind: BalanceKind,
) -> Option<i64> {
    let mut of = balances.iter().filter(|balance| balance.kind == kind);
    let found =
        of.find(|balance| accounts.get(&balance.account_source_id).is_some_and(|source| source.account == account));
    found.map(|balance| balance.money.minor)
}

/// What the bank says is kept for the day. The first time it says what was there before everything we know of.
async fn keep_balance(unit: &Unit, account: i64, booked: i64, available: Option<i64>) -> Result<()> {
    let scope = unit.scope();
    let row = scope.find::<account::Entity>().filter(account::Column::Id.eq(account)).one(unit.connection()).await?;
    let row = row.ok_or_else(|| Error::broken("a pulled account is gone"))?;
    let mut update = scope
        .update::<account::Entity>()
        .filter(account::Column::Id.eq(account))
        .col_expr(account::Column::BankMinor, Expr::value(booked))
        .col_expr(account::Column::AvailableMinor, Expr::value(available))
        .col_expr(account::Column::BankAtMs, Expr::value(unit.now_ms()));
    // Before it was linked a person may have said what it held: now its bank does.
    if row.anchored != ANCHORED || row.covered_day.is_none() {
        // What files have from before the bank's first day is in the opening balance, whenever it comes.
        let covered = ledger::first_told(unit, account).await?.unwrap_or_else(|| unit.today());
        update = update
            .col_expr(account::Column::Anchored, Expr::value(ANCHORED))
            .col_expr(account::Column::OpeningMinor, Expr::value(booked - row.posted_minor))
            .col_expr(account::Column::CoveredDay, Expr::value(covered.number()))
            // The moment of an id, so that it compares with those of rows.
            .col_expr(account::Column::AnchoredAtMs, Expr::value(domain::id::issued_at_ms(unit.next_id()?)));
    }
    update.exec(unit.connection()).await?;
    accounts::keep_balance(unit, account, unit.today(), booked).await
}

/// Forgets pending rows that vanished long ago, names that no source repeats, and that the bank has taken back what a person had
/// thrown away: what it tells in the place of something, it tells in the same pull. Later only the booking of an announcement may
/// come, and only on its very day it is held for that: any other is a purchase of its own.
async fn forget(unit: &Unit, accounts: &HashMap<String, Source>) -> Result<()> {
    let household = unit.scope().household().0;
    for source in accounts.values() {
        let vanished = unit.today().plus(-VANISHED_DAYS).number();
        // The first condition is that of the partial index. What a person has set on a row is kept, and what a person has made or
        // said of two rows.
        let (marked, remembered, refunded) = (ledger::theirs::marked(), transfer::REMEMBERED, refund::REFUNDED);
        let gone = format!(
            r#"SELECT id FROM "transaction" WHERE household_id = $1 AND account_id = $2 AND day < $3 AND (state IN (1, 3) OR origin <> 0)
                      AND state = 3 AND NOT {marked}
                      AND id NOT IN (SELECT kept_id FROM transaction_merge WHERE household_id = $1)
                      AND id NOT IN ({remembered}) AND id NOT IN ({refunded})"#
        );
        for sql in [
            format!("DELETE FROM transaction_alias WHERE household_id = $1 AND transaction_id IN ({gone})"),
            format!("DELETE FROM trade WHERE household_id = $1 AND transaction_id IN ({gone})"),
            format!("DELETE FROM duplicate_suggestion WHERE household_id = $1 AND first_id IN ({gone})"),
            format!("DELETE FROM duplicate_suggestion WHERE household_id = $1 AND second_id IN ({gone})"),
            format!(r#"DELETE FROM "transaction" WHERE household_id = $1 AND id IN ({gone})"#),
        ] {
            let values = [household.into(), source.account.into(), vanished.into()];
            unit.connection().execute_raw(unit.db().statement(&sql, values)).await?;
        }
        let (bank, taken_back, awaited) = (Origin::Bank.code(), Origin::TakenBack.code(), Origin::Awaited.code());
        let pending = State::Pending.code();
        let sql = format!(
            r#"UPDATE "transaction" SET origin = CASE WHEN was = {pending} AND day >= $3 THEN {awaited} ELSE {bank} END
               WHERE household_id = $1 AND account_id = $2 AND (state IN (1, 3) OR origin <> 0)
                 AND (origin = {taken_back} OR (origin = {awaited} AND day < $3))"#
        );
        let values = [household.into(), source.account.into(), vanished.into()];
        unit.connection().execute_raw(unit.db().statement(&sql, values)).await?;
        let sql = "DELETE FROM transaction_alias WHERE household_id = $1 AND account_id = $2 AND expires_day < $3";
        let values = [household.into(), source.account.into(), unit.today().number().into()];
        unit.connection().execute_raw(unit.db().statement(sql, values)).await?;
    }
    Ok(())
}

async fn settle(unit: &Unit, row: &connection::Model, next_ms: i64) -> Result<()> {
    unit.scope()
        .update::<connection::Entity>()
        .filter(connection::Column::Id.eq(row.id))
        .col_expr(connection::Column::Status, Expr::value(Status::Active.code()))
        .col_expr(connection::Column::Failure, Expr::value(None::<String>))
        .col_expr(connection::Column::Failures, Expr::value(0))
        .col_expr(connection::Column::FailingSinceMs, Expr::value(None::<i64>))
        .col_expr(connection::Column::PulledAtMs, Expr::value(unit.now_ms()))
        .col_expr(connection::Column::NextPullAtMs, Expr::value(next_ms))
        .exec(unit.connection())
        .await?;
    Ok(())
}
