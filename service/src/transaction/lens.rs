//! What rows are looked at through: the accounts of their household, and what it says of merchants.

use std::sync::Arc;

use domain::{id::AccountId, merchant::Directory};
use entity::transaction;

use super::Transaction;
use crate::{
    Db, Result, Scope, Unit,
    account::{self, Account, Accounts},
    merchant,
};

/// What rows of a household are looked at through.
#[derive(Clone, Debug)]
pub(crate) struct Lens {
    accounts: Arc<Accounts>,
    merchants: Arc<Directory>,
}

impl Lens {
    /// A household's: from memory, where the caller has just read the household's number.
    pub(crate) async fn of(db: &Db, scope: Scope, seq: Option<i64>) -> Result<Self> {
        let accounts = account::by_id(db, scope, seq).await?;
        Ok(Self { accounts, merchants: merchant::directory(db, scope, seq).await? })
    }

    /// That of the unit's household.
    pub(crate) async fn of_unit(unit: &Unit) -> Result<Self> {
        Ok(Self::new(Arc::new(account::all_of(unit).await?), merchant::directory_of(unit).await?))
    }

    /// From what is at hand.
    pub(crate) const fn new(accounts: Arc<Accounts>, merchants: Arc<Directory>) -> Self {
        Self { accounts, merchants }
    }

    /// The accounts.
    pub(crate) fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// What the household says of merchants.
    pub(crate) const fn merchants(&self) -> &Arc<Directory> {
        &self.merchants
    }

    /// The same with the accounts of some rows: one may have been made since they were kept.
    pub(crate) async fn with(self, db: &Db, scope: Scope, rows: &[transaction::Model]) -> Result<Self> {
        let accounts = account::with(db, scope, self.accounts, rows.iter().map(|row| row.account_id)).await?;
        Ok(Self { accounts, ..self })
    }

    /// A row as its household sees it; `None` where the account was removed between two reads.
    pub(crate) fn show(&self, row: transaction::Model) -> Result<Option<Transaction>> {
        let account = self.accounts.get(&row.account_id).cloned();
        account.map(|account| Transaction::from_row(row, account, &self.merchants)).transpose()
    }
}

/// A row as its household sees it.
pub(crate) async fn shown(unit: &Unit, row: transaction::Model) -> Result<Transaction> {
    let account = account::load(unit, AccountId(row.account_id)).await?;
    Transaction::from_row(row, Arc::new(Account::from_row(account)?), &*merchant::directory_of(unit).await?)
}
