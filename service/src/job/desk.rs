//! The operator's desk: which jobs wait, run, are parked or dead; restart and remove them.

use std::collections::{BTreeMap, HashSet};

use domain::{
    id::{HouseholdId, JobId},
    job::Lane,
};
use entity::job;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::{claim::locked, is, moved_rank, rows, settle::give_way};
use crate::{Db, Error, Result};

/// The state of a job. What is done is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Due now or later.
    Waiting,
    /// Claimed by a worker.
    Running,
    /// Goes on when a person has acted.
    Parked,
    /// Gave up.
    Dead,
}

impl State {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Running, Self::Parked, Self::Dead];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Parked => "parked",
            Self::Dead => "dead",
        }
    }

    /// The state of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    const fn code(self) -> i16 {
        match self {
            Self::Waiting => job::WAITING,
            Self::Running => job::RUNNING,
            Self::Parked => job::PARKED,
            Self::Dead => job::DEAD,
        }
    }

    fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Which jobs to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only these.
    pub state: Option<State>,
    /// Only these.
    pub lane: Option<Lane>,
    /// Only after this one, in the order of ids.
    pub after: Option<JobId>,
}

/// A job as it is listed. What it is about stays out: it may name accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: JobId,
    /// The household whose rows it writes.
    pub household: HouseholdId,
    /// Name of the kind.
    pub kind: String,
    /// Its lane.
    pub lane: Lane,
    /// Its state.
    pub state: State,
    /// Attempts begun since the last success or planned wait.
    pub attempt: i32,
    /// Claims ever made.
    pub fence: i32,
    /// Not before, in milliseconds of Unix time.
    pub run_at_ms: i64,
    /// The process that holds or last held the claim.
    pub worker: Option<String>,
    /// The key that keeps it waiting.
    pub held_by: Option<String>,
    /// Why the last attempt failed, or what a person must do.
    pub reason: Option<String>,
}

/// How many jobs there are, by lane and state.
pub async fn counts(db: &Db) -> Result<BTreeMap<(&'static str, State), i64>> {
    let rows: Vec<(i16, i16, i64)> = rows::find()
        .select_only()
        .columns([job::Column::Lane, job::Column::State])
        .column_as(job::Column::Id.count(), "count")
        .group_by(job::Column::Lane)
        .group_by(job::Column::State)
        .into_tuple()
        .all(db.reader())
        .await?;
    let named = rows
        .into_iter()
        .filter_map(|(lane, state, count)| Some(((Lane::from_code(lane)?.name(), State::from_code(state)?), count)));
    Ok(named.collect())
}

/// Lists jobs, oldest first, at most `limit`.
pub async fn list(db: &Db, filter: Filter, limit: u64) -> Result<Vec<Listed>> {
    let mut query = rows::find().order_by_asc(job::Column::Id).limit(limit);
    if let Some(state) = filter.state {
        query = query.filter(is(state.code()));
    }
    if let Some(lane) = filter.lane {
        query = query.filter(job::Column::Lane.eq(lane.code()));
    }
    if let Some(after) = filter.after {
        query = query.filter(job::Column::Id.gt(after.0));
    }
    query.all(db.reader()).await?.into_iter().map(listed).collect()
}

/// Those of some unique keys whose job gave up.
pub(crate) async fn dead(db: &Db, keys: impl Iterator<Item = &str>) -> Result<HashSet<String>> {
    let rows: Vec<String> = rows::find()
        .select_only()
        .column(job::Column::UniqueKey)
        .filter(is(job::DEAD))
        .filter(job::Column::UniqueKey.is_in(keys))
        .into_tuple()
        .all(db.reader())
        .await?;
    Ok(rows.into_iter().collect())
}

fn listed(row: job::Model) -> Result<Listed> {
    let broken =
        || Error::broken(format!("job {}: lane {} or state {} is unknown", JobId(row.id), row.lane, row.state));
    Ok(Listed {
        id: JobId(row.id),
        household: HouseholdId(row.household_id),
        lane: Lane::from_code(row.lane).ok_or_else(broken)?,
        state: State::from_code(row.state).ok_or_else(broken)?,
        kind: row.kind,
        attempt: row.attempt,
        fence: row.fence,
        run_at_ms: row.run_at_ms,
        worker: row.worker,
        held_by: row.held_by,
        reason: row.reason,
    })
}

/// Which stopped jobs to restart or remove.
#[derive(Clone, Copy, Debug)]
pub enum Restart {
    /// This one; it must be parked or dead.
    One(JobId),
    /// All of a state.
    All(State),
}

impl Restart {
    fn select(self) -> Result<Condition> {
        let stopped = Condition::any().add(is(job::PARKED)).add(is(job::DEAD));
        Ok(match self {
            Self::One(id) => Condition::all().add(stopped).add(job::Column::Id.eq(id.0)),
            Self::All(state @ (State::Parked | State::Dead)) => Condition::all().add(is(state.code())),
            Self::All(_) => return Err(Error::invalid("state", "must be parked or dead")),
        })
    }

    fn missing(self, affected: u64) -> Result<u64> {
        match self {
            Self::One(_) if affected == 0 => Err(Error::NotFound { what: "parked or dead job of this id" }),
            _ => Ok(affected),
        }
    }
}

/// Lets parked or dead jobs begin anew. Returns how many; one whose work waits already under the same unique key is dropped.
pub async fn restart(db: &Db, which: Restart) -> Result<u64> {
    let condition = which.select()?;
    let now_ms = db.now_ms();
    let condition = &condition;
    let lanes = db.transaction(|transaction| restart_within(db, transaction, condition, now_ms).scope_boxed()).await?;
    for lane in lanes.iter().flatten() {
        db.hints().ring(*lane);
    }
    which.missing(lanes.len() as u64)
}

/// The lanes of those that wait now; `None` for one whose work waited already.
async fn restart_within(
    db: &Db,
    transaction: &DatabaseTransaction,
    which: &Condition,
    now_ms: i64,
) -> Result<Vec<Option<Lane>>> {
    // Rows that somebody else is restarting are left to them.
    let stopped = rows::find().select_only().column(job::Column::Id).filter(which.clone());
    let ids: Vec<i64> = locked(db, stopped).into_tuple().all(transaction).await?;
    let mut lanes = Vec::new();
    for id in ids {
        if give_way(db, transaction, id, now_ms, "state IN (2, 3)").await? {
            lanes.push(None);
            continue;
        }
        let restarted = rows::update()
            .col_expr(job::Column::State, Expr::value(job::WAITING))
            .col_expr(job::Column::Rank, moved_rank(now_ms))
            .col_expr(job::Column::RunAtMs, Expr::value(now_ms))
            .col_expr(job::Column::Attempt, Expr::value(0))
            .filter(job::Column::Id.eq(id))
            .filter(which.clone())
            .exec_with_returning(transaction)
            .await?;
        lanes.extend(restarted.into_iter().map(|row| Lane::from_code(row.lane)));
    }
    Ok(lanes)
}

/// Removes parked or dead jobs for good. Returns how many.
pub async fn remove(db: &Db, which: Restart) -> Result<u64> {
    let removed = rows::delete().filter(which.select()?).exec(db.writer()).await?;
    which.missing(removed.rows_affected)
}
