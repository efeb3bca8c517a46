//! What a bank that tells its history once more has named so far: kept in rows, because a listing has many pages and may be interrupted
//! between any two of them.

use std::collections::{BTreeMap, HashMap};

use domain::reconcile::{Decision, Listed, Plan};
use entity::{listed_row, transaction, transaction_alias};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, sea_query::OnConflict};

use crate::{
    Result, Unit,
    db::{Column, Table},
    scope::Tenant,
};

const KEY: [listed_row::Column; 3] =
    [listed_row::Column::HouseholdId, listed_row::Column::ConnectionId, listed_row::Column::TransactionId];

impl Tenant for listed_row::Entity {
    const HOUSEHOLD: Self::Column = listed_row::Column::HouseholdId;
}

/// What the listing has said about rows, in their order.
pub(super) async fn said(unit: &Unit, connection: i64, rows: &[transaction::Model]) -> Result<Vec<Listed>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = Table::new([("id", Column::Long(rows.iter().map(|row| row.id).collect()))]);
    let engine = unit.db().engine();
    let sql = format!(
        "SELECT l.* FROM {} {} listed_row l ON l.household_id = $1 AND l.connection_id = $2 AND l.transaction_id = v.id",
        ids.source(engine, 3),
        Table::<1>::join(engine)
    );
    let before = [unit.scope().household().0.into(), connection.into()];
    let statement = unit.db().statement_of(&sql, ids.parameters(engine, before));
    let named = listed_row::Model::find_by_statement(statement).all(unit.connection()).await?;
    let named: HashMap<i64, i16> = named.into_iter().map(|row| (row.transaction_id, row.is_guess)).collect();
    let said = |row: &transaction::Model| match named.get(&row.id) {
        None => Listed::Not,
        Some(0) => Listed::Named,
        Some(_) => Listed::Guessed,
    };
    Ok(rows.iter().map(said).collect())
}

/// What a page of a listing names, and the names that rows give back to it.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// By connection and row: whether it is a guess.
    rows: BTreeMap<(i64, i64), bool>,
    /// By account.
    released: BTreeMap<i64, Vec<i64>>,
}

impl Named {
    /// `ids` says which row each line has become, where it became one.
    pub(super) fn take(
        &mut self,
        connection: i64,
        account: i64,
        plan: &Plan,
        rows: &[transaction::Model],
        ids: &[Option<i64>],
    ) {
        for (decision, id) in plan.decisions.iter().zip(ids) {
            if let (Decision::New { .. }, Some(id)) = (decision, id) {
                self.rows.insert((connection, *id), false);
            }
            if let Some((known, said)) = Plan::listed(decision) {
                self.rows.insert((connection, rows[known].id), said == Listed::Guessed);
            }
        }
        let released = plan.released.iter().map(|(_, fingerprint)| *fingerprint);
        self.released.entry(account).or_default().extend(released);
    }

    pub(super) async fn write(&self, unit: &Unit) -> Result<()> {
        for (account, names) in self.released.iter().filter(|(_, names)| !names.is_empty()) {
            unit.scope()
                .delete::<transaction_alias::Entity>()
                .filter(transaction_alias::Column::AccountId.eq(*account))
                .filter(transaction_alias::Column::Fingerprint.is_in(names.iter().copied()))
                .exec(unit.connection())
                .await?;
        }
        if self.rows.is_empty() {
            return Ok(());
        }
        let household = unit.scope().household().0;
        let rows = self.rows.iter().map(|((connection, id), is_guess)| listed_row::ActiveModel {
            household_id: Set(household),
            connection_id: Set(*connection),
            transaction_id: Set(*id),
            is_guess: Set(i16::from(*is_guess)),
        });
        // What was named once is named, and a guess stays one: the row may have to give a name back.
        let again = OnConflict::columns(KEY).do_nothing().to_owned();
        listed_row::Entity::insert_many(rows).on_conflict(again).exec_without_returning(unit.connection()).await?;
        Ok(())
    }
}
