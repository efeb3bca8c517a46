//! The accounts and connections that the objects of one answer refer to: loaded at most once for each top-level field, however many
//! objects ask. They are few, so that a list of them is cheaper than keys one by one.

use std::sync::Arc;

use service::{
    Db, Result, Scope,
    account::{self, Account},
    connection::{self, Connection},
};
use tokio::sync::OnceCell;

/// Shared by all objects below one field.
#[derive(Clone, Debug)]
pub(crate) struct Shelf(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    db: Db,
    scope: Scope,
    accounts: OnceCell<Vec<Account>>,
    connections: OnceCell<Vec<Connection>>,
}

impl Shelf {
    pub(crate) fn new(db: &Db, scope: Scope) -> Self {
        let (accounts, connections) = (OnceCell::new(), OnceCell::new());
        Self(Arc::new(Inner { db: db.clone(), scope, accounts, connections }))
    }

    pub(crate) fn scope(&self) -> Scope {
        self.0.scope
    }

    pub(crate) async fn accounts(&self) -> Result<&[Account]> {
        let inner = &self.0;
        let all = inner.accounts.get_or_try_init(|| account::list(&inner.db, inner.scope)).await?;
        Ok(all)
    }

    pub(crate) async fn connections(&self) -> Result<&[Connection]> {
        let inner = &self.0;
        let all = inner.connections.get_or_try_init(|| connection::list(&inner.db, inner.scope)).await?;
        Ok(all)
    }
}
