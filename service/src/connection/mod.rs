//! Connections: a person's consent at a bank, and what is pulled through it.

mod failure;
mod finish;
mod link;
pub(crate) mod listing;
mod page;
mod pull;
mod source_account;
mod tokens;
#[cfg(test)]
mod world;

pub(crate) use link::insert;
pub use link::{CALLBACK, CompleteLink, LINK_TIME, StartLink, Started, complete_link, start_link};
pub(crate) use page::{Step, batches, currency, tell};
pub use pull::pull;
pub(crate) use source_account::{Source, keep};

use std::time::Duration;

use domain::{
    id::{ConnectionId, InstitutionId},
    job::Lane,
};
use entity::{
    account, archive_page, balance, connection, link as link_row, monthly_spending, transaction, transaction_alias,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use crate::{
    Db, Error, Result, Scope, Unit,
    event::Event,
    job::{Job, Pull},
    refund,
    scope::Tenant,
    transfer,
};

/// How often a bank is asked when nobody asks.
pub const PULL_INTERVAL: Duration = Duration::from_hours(24);

impl Tenant for connection::Entity {
    const HOUSEHOLD: Self::Column = connection::Column::HouseholdId;
}

impl Tenant for link_row::Entity {
    const HOUSEHOLD: Self::Column = link_row::Column::HouseholdId;
}

/// How a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Its first pull is not complete.
    Pulling,
    /// Everything the bank has is here.
    Active,
    /// The bank did not answer as it should; it is tried again.
    Failing,
    /// A person must sign in at the bank.
    SignInNeeded,
}

impl Status {
    const fn code(self) -> i16 {
        match self {
            Self::Pulling => connection::PULLING,
            Self::Active => connection::ACTIVE,
            Self::Failing => connection::FAILING,
            Self::SignInNeeded => connection::SIGN_IN_NEEDED,
        }
    }

    fn of(row: &connection::Model) -> Self {
        match row.status {
            connection::PULLING => Self::Pulling,
            connection::ACTIVE => Self::Active,
            connection::SIGN_IN_NEEDED => Self::SignInNeeded,
            _ => Self::Failing,
        }
    }
}

/// A connection, as its household sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The connection.
    pub id: ConnectionId,
    /// The bank.
    pub institution: InstitutionId,
    /// How it stands.
    pub status: Status,
    /// Why the last pull failed: a stable name.
    pub failure: Option<String>,
    /// When the first of the failures was, in milliseconds of Unix time.
    pub failing_since_ms: Option<i64>,
    /// Lines of the bank that could not be understood, ever. The archive has them.
    pub rejected: i64,
    /// When everything was pulled last.
    pub pulled_at_ms: Option<i64>,
    /// When the next pull is planned.
    pub next_pull_at_ms: Option<i64>,
    /// When it was made.
    pub created_at_ms: i64,
}

impl From<connection::Model> for Connection {
    fn from(row: connection::Model) -> Self {
        Self {
            id: ConnectionId(row.id),
            institution: InstitutionId(i64::from(row.institution_id)),
            status: Status::of(&row),
            failure: row.failure,
            failing_since_ms: row.failing_since_ms,
            rejected: row.rejected,
            pulled_at_ms: row.pulled_at_ms,
            next_pull_at_ms: row.next_pull_at_ms,
            created_at_ms: row.created_at_ms,
        }
    }
}

/// The household's connections, the oldest first.
pub async fn list(db: &Db, scope: Scope) -> Result<Vec<Connection>> {
    let rows = scope.find::<connection::Entity>().order_by_asc(connection::Column::Id).all(db.reader()).await?;
    Ok(rows.into_iter().map(Connection::from).collect())
}

/// One of them.
pub async fn get(db: &Db, scope: Scope, id: ConnectionId) -> Result<Connection> {
    let row = scope.find::<connection::Entity>().filter(connection::Column::Id.eq(id.0)).one(db.reader()).await?;
    row.map(Connection::from).ok_or(Error::NotFound { what: "connection" })
}

/// Asks the bank now, instead of when it is planned; but not before the moment that a bank has given that was asked too often. Returns at once.
pub async fn refresh(db: &Db, scope: Scope, id: ConnectionId) -> Result<Connection> {
    db.write(scope, |unit| {
        async move {
            let row = load(unit, id.0).await?;
            if row.status == connection::SIGN_IN_NEEDED {
                return Err(Error::Conflict {
                    reason: "the bank asks for a new sign-in: start a link that renews this connection".into(),
                });
            }
            unit.enqueue(Job::Pull(Pull::asked_for(&row)))?;
            Ok(row.into())
        }
        .scope_boxed()
    })
    .await
}

/// What becomes of a connection's accounts when it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// They stay, with all their transactions; a later link to the same bank finds them again.
    Accounts,
    /// Nothing stays, the archive's pages included.
    Nothing,
}

/// Removes a connection.
pub async fn remove(db: &Db, scope: Scope, id: ConnectionId, leave: Leave) -> Result<ConnectionId> {
    db.write(scope, |unit| {
        async move {
            load(unit, id.0).await?;
            match leave {
                Leave::Accounts => let_accounts_go(unit, id.0).await?,
                Leave::Nothing => remove_accounts(unit, id.0).await?,
            }
            delete(unit, id.0).await?;
            unit.emit(Event::ConnectionUpdated { connection: id.0 });
            Ok(id)
        }
        .scope_boxed()
    })
    .await
}

/// Whether the bank's tokens in a row open, and are such.
pub(crate) fn secret_opens(db: &Db, row: &connection::Model) -> bool {
    tokens::open(db, row).is_ok()
}

/// A connection of the unit's household.
pub(crate) async fn load(unit: &Unit, id: i64) -> Result<connection::Model> {
    let row =
        unit.scope().find::<connection::Entity>().filter(connection::Column::Id.eq(id)).one(unit.connection()).await?;
    row.ok_or(Error::NotFound { what: "connection" })
}

async fn let_accounts_go(unit: &mut Unit, id: i64) -> Result<()> {
    unit.scope()
        .update::<account::Entity>()
        .filter(account::Column::ConnectionId.eq(id))
        .col_expr(account::Column::ConnectionId, Expr::value(None::<i64>))
        // What the bank said last is no longer what it says.
        .col_expr(account::Column::BankMinor, Expr::value(None::<i64>))
        .col_expr(account::Column::AvailableMinor, Expr::value(None::<i64>))
        .col_expr(account::Column::BankAtMs, Expr::value(None::<i64>))
        .exec(unit.connection())
        .await?;
    unit.emit(Event::AccountsChanged {});
    Ok(())
}

async fn remove_accounts(unit: &mut Unit, id: i64) -> Result<()> {
    let accounts: Vec<i64> = unit
        .scope()
        .find::<account::Entity>()
        .filter(account::Column::ConnectionId.eq(id))
        .select_only()
        .column(account::Column::Id)
        .into_tuple()
        .all(unit.connection())
        .await?;
    remove_rows_of(unit, &accounts).await?;
    unit.scope()
        .delete::<archive_page::Entity>()
        .filter(archive_page::Column::SourceId.eq(id))
        .exec(unit.connection())
        .await?;
    unit.emit(Event::AccountsChanged {});
    Ok(())
}

/// Deletes accounts with everything that belongs to them.
pub(crate) async fn remove_rows_of(unit: &mut Unit, accounts: &[i64]) -> Result<()> {
    transfer::leave(unit, accounts).await?;
    refund::leave(unit, accounts).await?;
    let (scope, connection) = (unit.scope(), unit.connection());
    let all = || accounts.iter().copied();
    let aliases = transaction_alias::Column::AccountId.is_in(all());
    scope.delete::<transaction_alias::Entity>().filter(aliases).exec(connection).await?;
    scope.delete::<transaction::Entity>().filter(transaction::Column::AccountId.is_in(all())).exec(connection).await?;
    let sums = monthly_spending::Column::AccountId.is_in(all());
    scope.delete::<monthly_spending::Entity>().filter(sums).exec(connection).await?;
    scope.delete::<balance::Entity>().filter(balance::Column::AccountId.is_in(all())).exec(connection).await?;
    scope.delete::<account::Entity>().filter(account::Column::Id.is_in(all())).exec(connection).await?;
    Ok(())
}

async fn delete(unit: &Unit, id: i64) -> Result<()> {
    unit.scope().delete::<connection::Entity>().filter(connection::Column::Id.eq(id)).exec(unit.connection()).await?;
    Ok(())
}

/// Connections of a bank whose accounts have all been taken over by another one are of no use any more.
pub(crate) async fn remove_if_empty(unit: &mut Unit, id: i64) -> Result<()> {
    let left = unit
        .scope()
        .find::<account::Entity>()
        .filter(account::Column::ConnectionId.eq(id))
        .one(unit.connection())
        .await?;
    if left.is_none() {
        delete(unit, id).await?;
        unit.emit(Event::ConnectionUpdated { connection: id });
    }
    Ok(())
}

impl Pull {
    /// A pull that a person waits for.
    fn asked_for(row: &connection::Model) -> Self {
        Self { connection: row.id, institution: row.institution_id, lane: Lane::Urgent.name().to_owned() }
    }

    /// A pull that was planned.
    fn planned(row: &connection::Model) -> Self {
        Self { connection: row.id, institution: row.institution_id, lane: Lane::Routine.name().to_owned() }
    }
}
