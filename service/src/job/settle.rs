//! Ends a claim other than by success: later, parked, dead, handed back, expired. And keeps one alive.

use std::collections::HashMap;

use domain::{
    id::{HouseholdId, JobId},
    job::Lane,
};
use entity::job;
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

use super::{
    Job, Lease, Run, Verdict,
    claim::{enter, locked},
    enqueue::{New, insert, join},
    is, moved_rank, rows,
};
use crate::{Db, Error, Result, ambient::millis};

/// Expired claims settled at once.
const EXPIRED_AT_ONCE: u64 = 200;
/// How long a job of an unknown kind is left to processes of a newer version.
const UNKNOWN_KIND_DELAY_MS: i64 = 60_000;
/// A reason is a sentence, not a dump.
const REASON_CHARS: usize = 300;

/// What became of a job when its claim ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It succeeded.
    Done,
    /// It goes on later by plan.
    Later,
    /// It failed and is tried again.
    Retry,
    /// It waits for a person.
    Parked,
    /// It gave up.
    Dead,
    /// The claim was lost before: whoever has the job now settles it.
    Fenced,
}

impl Settled {
    /// The name in logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Later => "later",
            Self::Retry => "retry",
            Self::Parked => "parked",
            Self::Dead => "dead",
            Self::Fenced => "fenced",
        }
    }
}

/// Where a row goes.
enum Next {
    /// Without a reason the last one stays.
    Waiting {
        run_at_ms: i64,
        attempt: i32,
        reason: Option<String>,
    },
    Parked {
        reason: String,
    },
    Dead {
        reason: String,
    },
}

/// Settles a claim by its handler's verdict, or its error.
pub async fn settle(run: &Run, verdict: Result<Verdict>) -> Result<Settled> {
    let db = run.db();
    let (next, settled) = match verdict {
        Ok(Verdict::Done(_)) => return Ok(Settled::Done),
        Err(Error::Fenced) => return Ok(Settled::Fenced),
        Ok(Verdict::Later { at_ms, reason }) => {
            (Next::Waiting { run_at_ms: at_ms, attempt: 0, reason: Some(reason) }, Settled::Later)
        }
        Ok(Verdict::Parked { reason }) => (Next::Parked { reason }, Settled::Parked),
        Ok(Verdict::Never { reason }) => (Next::Dead { reason }, Settled::Dead),
        Err(error) => failed(db, run.job().as_ref(), run.attempt(), &error),
    };
    if !settle_row(db, run.id(), run.fence(), next).await? {
        return Ok(Settled::Fenced);
    }
    if settled == Settled::Dead
        && let Some(obituary) = run.job().and_then(|job| job.obituary())
    {
        db.hints().ring(obituary.policy().lane);
    }
    Ok(settled)
}

fn failed(db: &Db, job: Option<&Job>, attempt: u16, error: &Error) -> (Next, Settled) {
    let reason = error.to_string();
    let now_ms = db.now_ms();
    let Some(policy) = job.map(Job::policy) else {
        // Not a failure: a newer version wrote it, and its processes will do it.
        return (
            Next::Waiting { run_at_ms: now_ms + UNKNOWN_KIND_DELAY_MS, attempt: 0, reason: Some(reason) },
            Settled::Later,
        );
    };
    if !error.is_transient() || attempt >= policy.attempts {
        return (Next::Dead { reason }, Settled::Dead);
    }
    let delay = policy.backoff.delay(attempt, db.ambient().chance.number());
    let next = Next::Waiting { run_at_ms: now_ms + millis(delay), attempt: i32::from(attempt), reason: Some(reason) };
    (next, Settled::Retry)
}

/// Gives a claim back untouched, because the process stops: the attempt does not count, the fence does.
pub async fn hand_back(run: &Run) -> Result<()> {
    let next = Next::Waiting { run_at_ms: run.db().now_ms(), attempt: i32::from(run.attempt()) - 1, reason: None };
    if settle_row(run.db(), run.id(), run.fence(), next).await?
        && let Some(policy) = run.policy()
    {
        run.db().hints().ring(policy.lane);
    }
    Ok(())
}

async fn settle_row(db: &Db, id: JobId, fence: i32, next: Next) -> Result<bool> {
    let next = &next;
    db.reserve_ids().await?;
    db.transaction(|transaction| move_row(db, transaction, id.0, fence, next).scope_boxed()).await
}

/// Moves a running row on, if this claim still holds it.
async fn move_row(db: &Db, transaction: &DatabaseTransaction, id: i64, fence: i32, next: &Next) -> Result<bool> {
    if let Next::Waiting { run_at_ms, .. } = next
        && give_way(db, transaction, id, *run_at_ms, &format!("fence = {fence} AND state = 1")).await?
    {
        return Ok(true);
    }
    let update = rows::update()
        .col_expr(job::Column::LeaseUntilMs, Expr::value(Option::<i64>::None))
        .filter(job::Column::Id.eq(id))
        .filter(job::Column::Fence.eq(fence))
        .filter(is(job::RUNNING));
    let shorten = |reason: &str| reason.chars().take(REASON_CHARS).collect::<String>();
    let update = match next {
        Next::Waiting { run_at_ms, attempt, reason } => update
            .col_expr(job::Column::State, Expr::value(job::WAITING))
            .col_expr(job::Column::Rank, moved_rank(*run_at_ms))
            .col_expr(job::Column::RunAtMs, Expr::value(*run_at_ms))
            .col_expr(job::Column::Attempt, Expr::value(*attempt))
            .col_expr(
                job::Column::Reason,
                reason.as_deref().map_or(Expr::col(job::Column::Reason), |reason| Expr::value(shorten(reason))),
            ),
        Next::Parked { reason } => update
            .col_expr(job::Column::State, Expr::value(job::PARKED))
            .col_expr(job::Column::Reason, Expr::value(shorten(reason))),
        Next::Dead { reason } => update
            .col_expr(job::Column::State, Expr::value(job::DEAD))
            .col_expr(job::Column::Reason, Expr::value(shorten(reason))),
    };
    let is_moved = update.exec(transaction).await?.rows_affected == 1;
    if is_moved && matches!(next, Next::Dead { .. }) {
        leave_obituary(db, transaction, id).await?;
    }
    Ok(is_moved)
}

async fn leave_obituary(db: &Db, transaction: &DatabaseTransaction, id: i64) -> Result<()> {
    let row = rows::find().filter(job::Column::Id.eq(id)).one(transaction).await?;
    let dead = row.and_then(|row| Some((row.household_id, join::<Job>(&row.kind, &row.body).ok()?)));
    let Some((household, job)) = dead.and_then(|(household, dead)| Some((household, dead.obituary()?))) else {
        return Ok(());
    };
    let now_ms = db.now_ms();
    let new = New { id: db.next_reserved_id()?, household: HouseholdId(household), job, run_at_ms: now_ms };
    insert(transaction, vec![new], now_ms).await
}

/// Ends a job whose work waits already under its unique key, and makes the one that waits as urgent as the more urgent of both. `still`
/// says in which state the job must be, itself never the one that waits. Returns whether it gave way.
pub(super) async fn give_way(
    db: &Db,
    transaction: &DatabaseTransaction,
    id: i64,
    run_at_ms: i64,
    still: &str,
) -> Result<bool> {
    let urge = format!(
        "UPDATE job SET
            lane = CASE WHEN mine.lane < job.lane THEN mine.lane ELSE job.lane END,
            rank = CASE WHEN $2 < job.run_at_ms THEN job.rank - job.run_at_ms + $2 ELSE job.rank END,
            run_at_ms = CASE WHEN $2 < job.run_at_ms THEN $2 ELSE job.run_at_ms END
        FROM (SELECT id, lane, unique_key FROM job WHERE id = $1 AND unique_key IS NOT NULL AND {still}) AS mine
        WHERE job.state = 0 AND job.unique_key = mine.unique_key AND job.id <> mine.id"
    );
    if transaction.execute_raw(db.statement(&urge, [id.into(), run_at_ms.into()])).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let end = format!("DELETE FROM job WHERE id = $1 AND {still}");
    Ok(transaction.execute_raw(db.statement(&end, [id.into()])).await?.rows_affected() == 1)
}

/// Renews the claims of a process. Returns those that it no longer holds.
pub async fn renew(db: &Db, lease: &Lease, claims: &[(JobId, i32)]) -> Result<Vec<JobId>> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let mine = || {
        rows::find()
            .select_only()
            .columns([job::Column::Id, job::Column::Fence])
            .filter(is(job::RUNNING))
            .filter(job::Column::Worker.eq(lease.worker.as_str()))
            .filter(job::Column::Id.is_in(claims.iter().map(|(id, _)| id.0)))
    };
    let held: HashMap<i64, i32> = mine().into_tuple::<(i64, i32)>().all(db.writer()).await?.into_iter().collect();
    let (mine, until_ms) = (&mine, db.now_ms() + millis(lease.length));
    db.transaction(|transaction| {
        async move {
            // A row that its own unit of work has locked right now is not waited for: the others must be renewed in time.
            let free: Vec<(i64, i32)> = locked(db, mine()).into_tuple().all(transaction).await?;
            rows::update()
                .col_expr(job::Column::LeaseUntilMs, Expr::value(until_ms))
                .filter(job::Column::Id.is_in(free.into_iter().map(|(id, _)| id)))
                .exec(transaction)
                .await?;
            Ok(())
        }
        .scope_boxed()
    })
    .await?;
    Ok(claims.iter().filter(|(id, fence)| held.get(&id.0) != Some(fence)).map(|(id, _)| *id).collect())
}

/// Takes the jobs back whose claim has ended because their process died or froze. The attempt counts, so that a job that kills
/// its process is not tried for ever. Returns how many.
pub async fn expire(db: &Db) -> Result<usize> {
    let now_ms = db.now_ms();
    let one: Option<i64> = overdue(rows::find().select_only().column(job::Column::Id), now_ms)
        .limit(1)
        .into_tuple()
        .one(db.reader())
        .await?;
    if one.is_none() {
        return Ok(0);
    }
    db.reserve_ids().await?;
    let expired = db.transaction(|transaction| expire_within(db, transaction, now_ms).scope_boxed()).await?;
    for lane in expired.iter().filter_map(|row| Lane::from_code(row.lane)) {
        db.hints().ring(lane);
    }
    Ok(expired.len())
}

fn overdue(query: sea_orm::Select<job::Entity>, now_ms: i64) -> sea_orm::Select<job::Entity> {
    query.filter(is(job::RUNNING)).filter(job::Column::LeaseUntilMs.lt(now_ms)).order_by_asc(job::Column::LeaseUntilMs)
}

async fn expire_within(db: &Db, transaction: &DatabaseTransaction, now_ms: i64) -> Result<Vec<job::Model>> {
    enter(db, transaction).await?;
    // A claim whose last write is just being committed is locked, and left alone.
    let rows = locked(db, overdue(rows::find(), now_ms).limit(EXPIRED_AT_ONCE)).all(transaction).await?;
    for row in &rows {
        let error = Error::Busy { reason: "the worker was lost during the attempt".into() };
        let job: Option<Job> = join(&row.kind, &row.body).ok();
        let (next, _) = failed(db, job.as_ref(), u16::try_from(row.attempt).unwrap_or(u16::MAX), &error);
        move_row(db, transaction, row.id, row.fence, &next).await?;
    }
    Ok(rows)
}
