//! The unit of work: everything that one use case writes, in one transaction that holds the household's row.

use std::collections::BTreeSet;

use domain::{
    day::{Day, UTC},
    id::HouseholdId,
    job::Lane,
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait};

use super::{Begin, Db};
use crate::{
    Error, Result, Scope,
    error::commit_error,
    event::Event,
    job::{self, Job},
};

/// What a household had said before a unit of work began, as far as it spares looking for it.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    has_choices: bool,
    rules_seq: i64,
    merchants_seq: i64,
    has_refunds: bool,
    contributes: bool,
}

/// A unit of work in progress.
#[derive(Debug)]
pub struct Unit {
    db: Db,
    transaction: DatabaseTransaction,
    scope: Scope,
    now_ms: i64,
    seq: i64,
    said: Said,
    events: Vec<Event>,
    jobs: Vec<job::New>,
}

impl Unit {
    /// Takes the household's row and its next number. Under a claim it also makes sure that the job still holds it.
    pub(super) async fn begin(db: &Db, begin: Begin<'_>) -> Result<Self> {
        if let Begin::Write { scope, .. } = begin
            && !scope.role().writes()
        {
            return Err(Error::Denied { reason: "viewers of a household change nothing in it" });
        }
        let transaction = db.begin().await?;
        let (scope, seq, said) = match begin {
            Begin::Write { scope, claim } => {
                let next = db.statement(
                    "UPDATE household SET seq = seq + 1 WHERE id = $1 RETURNING seq, has_choices, rules_seq, merchants_seq, has_refunds,
                       CASE WHEN contributor_id IS NULL THEN 0 ELSE 1 END",
                    [scope.household().0.into()],
                );
                let row = transaction.query_one_raw(next).await?.ok_or(Error::NotFound { what: "household" })?;
                job::assert_claim(db, &transaction, claim).await?;
                let said = Said {
                    has_choices: row.try_get_by_index::<i16>(1)? != 0,
                    rules_seq: row.try_get_by_index(2)?,
                    merchants_seq: row.try_get_by_index(3)?,
                    has_refunds: row.try_get_by_index::<i16>(4)? != 0,
                    contributes: row.try_get_by_index::<i32>(5)? != 0,
                };
                (scope, row.try_get_by_index(0)?, said)
            }
            Begin::Found { id, name, currency } => {
                (Scope::of_operator(id), found(db, &transaction, id, name, currency).await?, Said::default())
            }
        };
        let (now_ms, db) = (db.now_ms(), db.clone());
        let (events, jobs) = (Vec::new(), Vec::new());
        Ok(Self { db, transaction, scope, now_ms, seq, said, events, jobs })
    }

    /// Whose rows it writes.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The moment at which it began; the same throughout.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The day in UTC at which it began.
    #[must_use]
    pub fn today(&self) -> Day {
        Day::at(self.now_ms, UTC)
    }

    /// Whether the household had chosen categories for merchants when this began.
    pub(crate) fn has_choices(&self) -> bool {
        self.said.has_choices
    }

    /// Number of the commit that changed the household's rules before this began; 0: it has never had one.
    pub(crate) fn rules_seq(&self) -> i64 {
        self.said.rules_seq
    }

    /// Number of the commit that changed what the household says of merchants before this began; 0: it has never said anything.
    pub(crate) fn merchants_seq(&self) -> i64 {
        self.said.merchants_seq
    }

    /// Whether the household had linked refunds to their purchases when this began.
    pub(crate) fn has_refunds(&self) -> bool {
        self.said.has_refunds
    }

    /// Whether what the household chooses for merchants counts for others.
    pub(crate) fn contributes(&self) -> bool {
        self.said.contributes
    }

    /// The household's number of this commit. The first event takes it.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// The database, for what stands around it: keys, dice.
    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// The open transaction, for statements.
    pub(crate) fn connection(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// A new id.
    pub fn next_id(&self) -> Result<i64> {
        self.db.next_reserved_id()
    }

    /// Leaves an event: it is written with this commit and gets the household's next number.
    pub fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Leaves a job that is due at once: it is written with this commit, and its lane rings afterwards.
    pub fn enqueue(&mut self, job: Job) -> Result<()> {
        self.enqueue_at(job, self.now_ms)
    }

    /// Leaves a job that is due at once and writes in another household: nothing else may.
    pub fn enqueue_for(&mut self, household: HouseholdId, job: Job) -> Result<()> {
        let id = self.next_id()?;
        self.jobs.push(job::New { id, household, job, run_at_ms: self.now_ms });
        Ok(())
    }

    /// Leaves a job that is due at a moment.
    pub fn enqueue_at(&mut self, job: Job, run_at_ms: i64) -> Result<()> {
        let id = self.next_id()?;
        self.jobs.push(job::New { id, household: self.scope.household(), job, run_at_ms });
        Ok(())
    }

    pub(super) async fn commit(self) -> Result<()> {
        let Self { db, transaction, scope, now_ms, seq, events, jobs, .. } = self;
        let household = scope.household();
        if !events.is_empty() {
            let last_seq = seq + i64::try_from(events.len() - 1).map_err(|_| Error::broken("too many events"))?;
            let rows = events
                .iter()
                .zip(seq..)
                .map(|(event, seq)| event.row(household, seq, now_ms))
                .collect::<Result<Vec<_>>>()?;
            entity::event::Entity::insert_many(rows).exec_without_returning(&transaction).await?;
            if last_seq > seq {
                let advance =
                    db.statement("UPDATE household SET seq = $2 WHERE id = $1", [household.0.into(), last_seq.into()]);
                transaction.execute_raw(advance).await?;
            }
            crate::event::remove_old(&db, &transaction, scope, (seq, last_seq), now_ms).await?;
        }
        let lanes: BTreeSet<i16> =
            jobs.iter().filter(|job| job.run_at_ms <= now_ms).map(|new| new.job.policy().lane.code()).collect();
        job::insert(&transaction, jobs, now_ms).await?;
        transaction.commit().await.map_err(commit_error)?;
        for lane in lanes.into_iter().filter_map(Lane::from_code) {
            db.hints().ring(lane);
        }
        if !events.is_empty() {
            db.hints().event(household);
        }
        Ok(())
    }

    pub(super) async fn rollback(self) {
        // The work has failed already and says why; a connection that cannot even roll back is closed by the pool.
        if let Err(error) = self.transaction.rollback().await {
            tracing::debug!(reason = %Error::from(error), "rollback failed");
        }
    }
}

/// Writes the row of a new household. Its first number is taken by the unit of work that founds it.
async fn found(db: &Db, transaction: &DatabaseTransaction, id: HouseholdId, name: &str, currency: &str) -> Result<i64> {
    let seq = 1;
    let row = entity::household::ActiveModel {
        id: Set(id.0),
        name: Set(name.to_owned()),
        currency: Set(currency.to_owned()),
        seq: Set(seq),
        event_floor_seq: Set(0),
        has_choices: Set(0),
        rules_seq: Set(0),
        merchants_seq: Set(0),
        has_refunds: Set(0),
        contributor_id: Set(None),
        created_at_ms: Set(db.now_ms()),
    };
    entity::household::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(seq)
}
