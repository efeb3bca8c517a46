//! What the two sides of a transfer count as. The sums follow in the same commit.

use std::collections::BTreeSet;

use domain::{account::AccountKind, category::CategoryId, id::AccountId, transfer};
use entity::{transaction, transfer as row};
use sea_orm::{ColumnTrait, QueryFilter, sea_query::Expr};

use crate::{
    Result, Unit, account as accounts,
    ledger::{self, Sums},
    transaction::{self as transactions, Touched},
};

/// What a transfer counts as: the side that goes out, and the side that comes in. `None`: as its own category.
pub(super) async fn categories(unit: &Unit, row: &row::Model) -> Result<[Option<CategoryId>; 2]> {
    let [out, into] = [kind(unit, row.out_account_id).await?, kind(unit, row.in_account_id).await?];
    let (out, into) = transfer::categories(out, into);
    Ok([(row.is_expense == 0).then_some(out), Some(into)])
}

async fn kind(unit: &Unit, account: i64) -> Result<AccountKind> {
    accounts::kind(&accounts::load(unit, AccountId(account)).await?)
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

/// Whether a row is shown.
pub(super) fn is_shown(row: &transaction::Model) -> bool {
    use domain::reconcile::State::{Pending, Posted};
    matches!(ledger::state(row), Pending | Posted)
}
