//! Takes back what the lines of a file did: rows that were made of them, names that they gave, rows that they changed.

use std::collections::BTreeMap;

use domain::reconcile::Identity;
use entity::{account, transaction, transaction_alias};
use sea_orm::{ColumnTrait, QueryFilter};

use super::{
    Sums,
    stored::{self, Name},
    write,
};
use crate::{Result, Unit, account as accounts, duplicate, investment};

/// What is to be taken back of one account.
#[derive(Debug, Default)]
pub(crate) struct Unbooked {
    /// Rows that go, with all their names.
    pub(crate) gone: Vec<transaction::Model>,
    /// Rows as they are, and as they were.
    pub(crate) restored: Vec<(transaction::Model, transaction::Model)>,
    /// Names that go.
    pub(crate) names: Vec<Identity>,
}

impl Unbooked {
    /// Writes it, and carries the sums and the opening balance along.
    pub(crate) async fn write(self, unit: &Unit, account: &account::Model) -> Result<()> {
        let anchor = accounts::anchor(unit, account).await?;
        let (mut sums, mut rise) = (Sums::default(), 0);
        for row in &self.gone {
            sums.subtract(row);
            rise += anchor.rise_without(&stored::side(row)?);
        }
        for (now, before) in &self.restored {
            sums.subtract(now);
            sums.add(before);
        }
        self.delete(unit, account.id).await?;
        for (_, before) in self.restored {
            write::update(unit, before).await?;
        }
        sums.write(unit).await?;
        write::lower_opening(unit, account.id, -rise).await
    }

    async fn delete(&self, unit: &Unit, account: i64) -> Result<()> {
        let scope = unit.scope();
        if !self.gone.is_empty() {
            let ids: Vec<i64> = self.gone.iter().map(|row| row.id).collect();
            let names = transaction_alias::Column::TransactionId.is_in(ids.iter().copied());
            scope.delete::<transaction_alias::Entity>().filter(names).exec(unit.connection()).await?;
            let rows = transaction::Column::Id.is_in(ids.iter().copied());
            scope.delete::<transaction::Entity>().filter(rows).exec(unit.connection()).await?;
            duplicate::forget_all(unit, &ids).await?;
            investment::forget_trades(unit, &ids).await?;
        }
        // A row that was before has its own name back: it is no other name of it any more.
        let own = self.restored.iter().map(|(_, before)| Name::own(before).identity());
        let mut by_ordinal: BTreeMap<i16, Vec<i64>> = BTreeMap::new();
        for name in self.names.iter().copied().chain(own) {
            by_ordinal.entry(name.ordinal).or_default().push(name.fingerprint);
        }
        for (ordinal, fingerprints) in by_ordinal {
            scope
                .delete::<transaction_alias::Entity>()
                .filter(transaction_alias::Column::AccountId.eq(account))
                .filter(transaction_alias::Column::Ordinal.eq(ordinal))
                .filter(transaction_alias::Column::Fingerprint.is_in(fingerprints))
                .exec(unit.connection())
                .await?;
        }
        Ok(())
    }
}
