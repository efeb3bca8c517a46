//! A claimed job in the hands of its handler.

use domain::{
    id::{HouseholdId, JobId},
    job::Policy,
};
use entity::job;
use scoped_futures::ScopedBoxFuture;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{Job, enqueue::join};
use crate::{
    Db, Error, Result, Scope, Unit,
    db::{Begin, Engine},
};

/// A job that this process has claimed. Everything that its handler writes goes through it, so that a handler that lost its
/// lease writes nothing.
#[derive(Debug)]
pub struct Run {
    db: Db,
    row: job::Model,
}

/// Proof that a job's last write and its end were committed together.
#[derive(Debug)]
pub struct Finished(());

/// What a handler says comes next.
#[derive(Debug)]
pub enum Verdict {
    /// The effect is committed, and with it the end of the job.
    Done(Finished),
    /// Nothing failed; the job goes on at a moment.
    Later {
        /// UTC in milliseconds of Unix time.
        at_ms: i64,
        /// Why, for whoever lists the jobs.
        reason: String,
    },
    /// The job goes on when a person has acted.
    Parked {
        /// What the person must do.
        reason: String,
    },
    /// It can never succeed.
    Never {
        /// Why.
        reason: String,
    },
}

/// Under which claim a unit of work stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Claim {
    /// Under none: a person's request.
    None,
    /// Under a job's claim, which goes on afterwards.
    Held { id: i64, fence: i32 },
    /// Under a job's claim, which ends with this unit of work.
    Last { id: i64, fence: i32 },
}

impl Run {
    pub(super) fn new(db: Db, row: job::Model) -> Self {
        Self { db, row }
    }

    /// The job's id.
    #[must_use]
    pub fn id(&self) -> JobId {
        JobId(self.row.id)
    }

    /// The number of this claim.
    #[must_use]
    pub fn fence(&self) -> i32 {
        self.row.fence
    }

    /// The number of this attempt, from 1.
    #[must_use]
    pub fn attempt(&self) -> u16 {
        u16::try_from(self.row.attempt).unwrap_or(u16::MAX)
    }

    /// Whether an earlier run ended with something other than success; then this was the reason.
    #[must_use]
    pub fn earlier_reason(&self) -> Option<&str> {
        self.row.reason.as_deref()
    }

    /// Name of the kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.row.kind
    }

    /// Whether it is tied to others: its end may let them start.
    #[must_use]
    pub fn is_tied(&self) -> bool {
        self.row.serial_key.is_some() || self.row.group_key.is_some()
    }

    /// What to do; `None` when a newer version of Florin wrote a kind that this one does not know.
    #[must_use]
    pub fn job(&self) -> Option<Job> {
        join(&self.row.kind, &self.row.body).ok()
    }

    /// How it is run.
    #[must_use]
    pub fn policy(&self) -> Option<Policy> {
        self.job().map(|job| job.policy())
    }

    /// The scope of the job's household.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::of_operator(HouseholdId(self.row.household_id))
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// A unit of work after which the job goes on.
    pub async fn write<'a, T, F>(&self, work: F) -> Result<T>
    where
        F: for<'u> Fn(&'u mut Unit) -> ScopedBoxFuture<'a, 'u, Result<T>> + Send + Sync,
        T: Send,
    {
        let claim = Claim::Held { id: self.row.id, fence: self.row.fence };
        self.db.unit(Begin::Write { scope: self.scope(), claim }, work).await
    }

    /// The last unit of work: its commit ends the job.
    pub async fn finish<'a, F>(&self, work: F) -> Result<Finished>
    where
        F: for<'u> Fn(&'u mut Unit) -> ScopedBoxFuture<'a, 'u, Result<()>> + Send + Sync,
    {
        let claim = Claim::Last { id: self.row.id, fence: self.row.fence };
        self.db.unit(Begin::Write { scope: self.scope(), claim }, work).await.map(|()| Finished(()))
    }
}

/// Makes sure, inside a transaction, that a job still holds its claim; under [`Claim::Last`] also ends the job. The row stays
/// locked until the commit, so nobody can take the claim away in between.
pub(crate) async fn assert_claim(db: &Db, transaction: &DatabaseTransaction, claim: Claim) -> Result<()> {
    let held = match claim {
        Claim::None => true,
        Claim::Held { id, fence } => {
            let sql = "SELECT 1 FROM job WHERE id = $1 AND fence = $2 AND state = 1";
            let sql = if db.engine() == Engine::Postgres { format!("{sql} FOR UPDATE") } else { sql.to_owned() };
            transaction.query_one_raw(db.statement(&sql, [id.into(), fence.into()])).await?.is_some()
        }
        Claim::Last { id, fence } => {
            let sql = "DELETE FROM job WHERE id = $1 AND fence = $2 AND state = 1";
            transaction.execute_raw(db.statement(sql, [id.into(), fence.into()])).await?.rows_affected() == 1
        }
    };
    if held { Ok(()) } else { Err(Error::Fenced) }
}
