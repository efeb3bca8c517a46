//! What the two sides of a transfer count as. The sums follow in the same commit.

use std::collections::{BTreeSet, HashMap};

use domain::{account::AccountKind, category::CategoryId, transfer};
use entity::{account, transaction, transfer as row};
use sea_orm::{ColumnTrait, QueryFilter, sea_query::Expr};

use crate::{
    Error, Result, Unit, account as accounts,
    ledger::Sums,
    refund,
    transaction::{self as transactions, Touched},
};

/// Accounts by their ids.
pub(super) type Accounts = HashMap<i64, account::Model>;

/// The accounts of transfers.
pub(super) async fn accounts(unit: &Unit, transfers: &[row::Model]) -> Result<Accounts> {
    let ids: BTreeSet<i64> = transfers.iter().flat_map(|row| [row.out_account_id, row.in_account_id]).collect();
    let found = unit.scope().find::<account::Entity>().filter(account::Column::Id.is_in(ids));
    Ok(found.all(unit.connection()).await?.into_iter().map(|account| (account.id, account)).collect())
}

/// What a transfer counts as: the side that goes out, and the side that comes in. `None`: as its own category.
pub(super) fn categories(row: &row::Model, accounts: &Accounts) -> Result<[Option<CategoryId>; 2]> {
    let (out, into) = transfer::categories(kind(accounts, row.out_account_id)?, kind(accounts, row.in_account_id)?);
    Ok([(row.is_expense == 0).then_some(out), Some(into)])
}

/// What one of them is.
pub(super) fn kind(accounts: &Accounts, id: i64) -> Result<AccountKind> {
    accounts.get(&id).ok_or(Error::NotFound { what: "account" }).and_then(accounts::kind)
}

/// Transactions that count as something else than before.
#[derive(Debug, Default)]
pub(super) struct Recounted {
    sums: Sums,
    ids: Vec<i64>,
    days: BTreeSet<i32>,
}

impl Recounted {
    /// Has a row count as a category, or as its own again.
    pub(super) async fn count(
        &mut self,
        unit: &Unit,
        row: &transaction::Model,
        category: Option<CategoryId>,
    ) -> Result<()> {
        let counted_as = category.map(|category| category.0);
        if row.counted_as == counted_as {
            return Ok(());
        }
        unit.scope()
            .update::<transaction::Entity>()
            .filter(transaction::Column::Id.eq(row.id))
            .col_expr(transaction::Column::CountedAs, Expr::value(counted_as))
            .exec(unit.connection())
            .await?;
        self.sums.subtract(row);
        self.sums.add(&transaction::Model { counted_as, ..row.clone() });
        self.ids.push(row.id);
        self.days.insert(row.day);
        Ok(())
    }

    /// Writes the sums, and tells whoever shows the transactions. Those of `told` are told otherwise.
    pub(super) async fn write(self, unit: &mut Unit, told: &[i64]) -> Result<()> {
        self.sums.write(unit).await?;
        // What was given back of them counts as they do.
        refund::follow(unit, Touched { changed: &self.ids, ..Touched::default() }).await?;
        let changed: Vec<i64> = self.ids.into_iter().filter(|id| !told.contains(id)).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let days: Vec<i32> = self.days.into_iter().collect();
        transactions::announce(unit, Touched { changed: &changed, days: &days, ..Touched::default() }).await
    }
}

/// Some rows, also such as are not shown.
pub(super) async fn rows(unit: &Unit, ids: impl IntoIterator<Item = i64>) -> Result<Vec<transaction::Model>> {
    let of = transaction::Column::Id.is_in(ids);
    Ok(unit.scope().find::<transaction::Entity>().filter(of).all(unit.connection()).await?)
}
