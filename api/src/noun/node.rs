//! Anything by its id (Relay's global object identification).

use async_graphql::{Context, ID, Interface, Object};
use domain::{
    category::CategoryId,
    id::{AccountId, ConnectionId, Owned, TransactionId},
};
use service::{Error, account, category, connection, transaction};

use super::{
    account::Account,
    category::{Category, category_id},
    connection::Connection,
    db, owned, scope, seq,
    shelf::Shelf,
    transaction::Transaction,
};
use crate::fallible::Fallible;

/// Something with an id.
#[derive(Clone, Debug, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Its id."))]
pub(crate) enum Node {
    Account(Account),
    Category(Category),
    Connection(Connection),
    Transaction(Transaction),
}

#[derive(Debug, Default)]
pub(crate) struct NodeQuery;

/// Anything by its id.
#[Object]
impl NodeQuery {
    /// An account, category, connection or transaction by its id. What belongs to another household is not found.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Fallible<Node> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let shelf = || Shelf::new(db(ctx), scope);
            let kind = id.split_once('_').map_or("", |(kind, _)| kind);
            if kind == AccountId::PREFIX {
                let account = account::get(db(ctx), scope, owned(&id, scope, "id", "account")?).await?;
                Ok(Node::Account(Account::new(account, &shelf())))
            } else if kind == ConnectionId::PREFIX {
                let connection = connection::get(db(ctx), scope, owned(&id, scope, "id", "connection")?).await?;
                Ok(Node::Connection(Connection { connection, shelf: shelf() }))
            } else if kind == TransactionId::PREFIX {
                let transaction = transaction::get(db(ctx), scope, owned(&id, scope, "id", "transaction")?).await?;
                Ok(Node::Transaction(Transaction { transaction, shelf: shelf() }))
            } else if kind == CategoryId::PREFIX {
                let id = category_id(&id, scope, "id")?;
                let tree = category::tree(db(ctx), scope, seq(ctx)).await?;
                tree.get(id).ok_or(Error::NotFound { what: "category" })?;
                Ok(Node::Category(Category::new(&tree, id, scope.household())))
            } else {
                Err(Error::invalid("id", "must be the id of an account, category, connection or transaction"))
            }
        })
        .await
    }
}
