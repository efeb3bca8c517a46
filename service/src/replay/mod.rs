//! Replaying: what a connection's archived pages say, beside what its rows say.
//!
//! The pages are decoded by today's decoder and booked by the ledger itself, into a scratch database that begins with the accounts and
//! nothing in them; there is no second way of booking. Then both sides are compared by the names that the bank gave its lines. What
//! the person set, what other sources brought, and what the person threw away is no difference.

mod compare;
mod mend;
mod rows;
mod scratch;
#[cfg(test)]
mod tests;

use std::{collections::HashSet, path::PathBuf};

use domain::{
    categorize::Setting,
    day::Day,
    id::{AccountId, ConnectionId, TransactionId},
    money::Money,
    reconcile::State,
};
use entity::{account, connection, transaction};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use crate::{Db, Error, Result, Scope, account as accounts, archive::Archive, ledger};

use scratch::Scratch;

/// How a row differs from what the pages say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A page brought it, and it is not there.
    Missing,
    /// It says something else than the pages: day, amount, descriptor, or whether it is booked.
    Different,
    /// It is said to be the bank's, and no page brought it.
    Extra,
    /// The account's sums are not those of its transactions.
    Sums,
}

impl Kind {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Different => "different",
            Self::Extra => "extra",
            Self::Sums => "sums",
        }
    }
}

/// What one side says of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The day.
    pub day: Day,
    /// The amount.
    pub amount: Money,
    /// What the bank wrote.
    pub descriptor: String,
    /// How it stands.
    pub state: State,
}

impl Said {
    fn of(row: &transaction::Model, account: &Subject) -> Self {
        Self {
            day: Day::of_row(row.day),
            amount: Money::new(row.amount_minor, account.currency),
            descriptor: row.descriptor.clone(),
            state: ledger::state(row),
        }
    }
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Of which kind.
    pub kind: Kind,
    /// In which account.
    pub account: AccountId,
    /// Of which transaction; `None` where there is none yet.
    pub transaction: Option<TransactionId>,
    /// What the pages say.
    pub archived: Option<Said>,
    /// What the row says.
    pub kept: Option<Said>,
}

/// What is to be replayed, and how.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The connection.
    pub connection: ConnectionId,
    /// Where the scratch database is put: a folder that does not exist, and is removed in the end.
    pub scratch: PathBuf,
    /// Mend what differs.
    pub write: bool,
    /// At most so many differences are named one by one.
    pub named: usize,
}

/// What a replay has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Pages of the archive.
    pub pages: u64,
    /// Lines in them.
    pub lines: u64,
    /// Lines in them that today's decoder does not understand, of accounts that are there.
    pub rejected: u64,
    /// Rows of the bank that the pages bring.
    pub rows: u64,
    /// Transactions that are not there.
    pub missing: u64,
    /// Transactions that say something else.
    pub different: u64,
    /// Transactions that no page brought.
    pub extra: u64,
    /// Accounts whose sums are not those of their transactions.
    pub sums: u64,
    /// Accounts whose opening balance held what was missing.
    pub openings: u64,
    /// The first of the differences.
    pub differences: Vec<Difference>,
}

impl Outcome {
    /// Whether both sides say the same.
    #[must_use]
    pub const fn is_same(&self) -> bool {
        self.missing + self.different + self.extra + self.sums == 0
    }

    fn found(&mut self, named: usize, difference: Difference) {
        *match difference.kind {
            Kind::Missing => &mut self.missing,
            Kind::Different => &mut self.different,
            Kind::Extra => &mut self.extra,
            Kind::Sums => &mut self.sums,
        } += 1;
        if self.differences.len() < named {
            self.differences.push(difference);
        }
    }
}

/// An account that is replayed.
#[derive(Clone, Copy, Debug)]
struct Subject {
    id: i64,
    setting: Setting,
    currency: domain::currency::Currency,
}

/// The two sides.
struct Sides<'a> {
    db: &'a Db,
    scope: Scope,
    replay: &'a Replay,
    scratch: &'a Db,
    /// Rows of the scratch database of which nobody knows whether the bank still had them when it told its history once more: what it
    /// no longer told was gone only where its balance agreed, and the archive keeps no balances.
    undecided: &'a HashSet<i64>,
    /// As it stood when its pages were read.
    connection: &'a connection::Model,
}

/// Replays a connection. With `write` what differs is mended on the way, a bounded number of rows in each commit.
pub async fn replay(db: &Db, archive: &Archive, scope: Scope, replay: &Replay) -> Result<Outcome> {
    let connection = find(db, scope, replay.connection).await?;
    let rows = scope
        .find::<account::Entity>()
        .filter(account::Column::ConnectionId.eq(connection.id))
        .order_by_asc(account::Column::Id)
        .all(db.reader())
        .await?;
    let mut outcome = Outcome::default();
    let scratch = Scratch::open(db, replay.scratch.clone(), &connection, &rows).await?;
    let done = async {
        let undecided = &scratch.book(db, archive, &connection, &rows, &mut outcome).await?;
        let sides = Sides { db, scope, replay, scratch: &scratch.db, undecided, connection: &connection };
        for row in &rows {
            let (setting, currency) = (accounts::setting(row)?, crate::connection::currency(&row.currency)?);
            sides.account(Subject { id: row.id, setting, currency }, &mut outcome).await?;
        }
        // What was pulled while we compared would look like a difference.
        let now = find(db, scope, replay.connection).await?;
        if stands(&now, &connection) { Ok(()) } else { Err(moved()) }
    }
    .await;
    scratch.close().await?;
    done.map(|()| outcome)
}

async fn find(db: &Db, scope: Scope, id: ConnectionId) -> Result<connection::Model> {
    let row = scope.find::<connection::Entity>().filter(connection::Column::Id.eq(id.0)).one(db.reader()).await?;
    row.ok_or(Error::NotFound { what: "connection" })
}

/// Whether a connection has not moved: no page came, and no listing ended.
fn stands(now: &connection::Model, then: &connection::Model) -> bool {
    (&now.cursor, now.is_listing) == (&then.cursor, then.is_listing)
}

/// The connection was pulled meanwhile.
fn moved() -> Error {
    Error::Conflict { reason: "the connection was pulled meanwhile: replay it again".to_owned() }
}
