//! Claims: takes the best due jobs of a lane, in a critical section of the whole installation, so that serial keys and caps
//! hold exactly whatever number of processes claims.
//!
//! A due job that has to wait for a key is marked with that key and leaves the index of ready jobs. So ten thousand jobs of one
//! hanging bank are stepped over once, not at every claim; when the key has room, the best of those it held come first.

use std::time::Duration;

use domain::job::{Admission, Hold, Lane, Load, Policy, Ties};
use entity::job;
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, LockBehavior, LockType},
};

use super::{Run, behind, is, one_more, rows};
use crate::{Db, Result, ambient::millis, db::Engine};

/// Keeps claims of several processes apart. Any constant will do; it must never change.
const CLAIM_LOCK: i64 = 0x0F10_0002;
/// Ready jobs looked at in the first statement, beyond the free slots: a few that must wait do not need a second one. Every row
/// that is looked at is locked, so there is no looking for nothing.
const SPARE: u64 = 8;
/// Ready jobs looked at in every further statement: then many must wait.
const LOOK: u64 = 256;
/// Statements of one claim: what lies behind that many held jobs is found by the next claim.
const LOOKS: usize = 8;

/// Who claims, and for how long.
#[derive(Clone, Debug)]
pub struct Lease {
    /// The process.
    pub worker: String,
    /// How long a claim lasts unless it is renewed.
    pub length: Duration,
}

#[derive(Clone, Debug, FromQueryResult)]
struct Due {
    id: i64,
    rank: i64,
    serial_key: Option<String>,
    group_key: Option<String>,
    group_cap: Option<i32>,
    held_by: Option<String>,
}

impl Due {
    fn cap(&self) -> u32 {
        self.group_cap.and_then(|cap| u32::try_from(cap).ok()).unwrap_or(0)
    }

    fn ties(&self) -> Ties {
        Ties { serial: self.serial_key.clone(), group: self.group_key.clone().map(|key| (key, self.cap())) }
    }
}

/// Whether a claim could find anything: a cheap look, without the critical section.
async fn has_work(db: &Db, lane: Lane) -> Result<bool> {
    let now_ms = db.now_ms();
    let waiting = rows::find()
        .select_only()
        .column(job::Column::Id)
        .filter(job::Column::Lane.eq(lane.code()))
        .filter(is(job::WAITING));
    let ready =
        waiting.clone().filter(job::Column::HeldBy.is_null()).filter(due(now_ms)).order_by_asc(job::Column::Rank);
    if ready.limit(1).into_tuple::<i64>().one(db.reader()).await?.is_some() {
        return Ok(true);
    }
    Ok(waiting.filter(job::Column::HeldBy.is_not_null()).limit(1).into_tuple::<i64>().one(db.reader()).await?.is_some())
}

/// What a claim found.
#[derive(Debug, Default)]
pub struct Claimed {
    /// The jobs, best rank first. Each has its `attempt` and `fence` one higher, committed.
    pub runs: Vec<Run>,
    /// Whether another claim may find more: there were more jobs than slots, or more held ones than one claim steps over.
    pub more: bool,
}

/// Claims up to `slots` jobs of a lane.
pub async fn claim(db: &Db, lane: Lane, slots: usize, lease: &Lease) -> Result<Claimed> {
    if slots == 0 || !has_work(db, lane).await? {
        return Ok(Claimed::default());
    }
    let (mut claimed, more) =
        db.transaction(|transaction| claim_within(db, transaction, lane, slots, lease).scope_boxed()).await?;
    claimed.sort_unstable_by_key(|row| (row.rank, row.id));
    Ok(Claimed { runs: claimed.into_iter().map(|row| Run::new(db.clone(), row)).collect(), more })
}

async fn claim_within(
    db: &Db,
    transaction: &DatabaseTransaction,
    lane: Lane,
    slots: usize,
    lease: &Lease,
) -> Result<(Vec<job::Model>, bool)> {
    enter(db, transaction).await?;
    let Choice { chosen, waits, more } = choose(db, transaction, lane, slots).await?;
    for (hold, ids) in waits {
        let held_by = Expr::value(hold.as_text());
        rows::update()
            .col_expr(job::Column::HeldBy, held_by)
            .filter(job::Column::Id.is_in(ids))
            .exec(transaction)
            .await?;
    }
    if chosen.is_empty() {
        return Ok((Vec::new(), more));
    }
    let claimed = rows::update()
        .col_expr(job::Column::State, Expr::value(job::RUNNING))
        .col_expr(job::Column::HeldBy, Expr::value(Option::<String>::None))
        .col_expr(job::Column::Attempt, one_more(job::Column::Attempt))
        .col_expr(job::Column::Fence, one_more(job::Column::Fence))
        .col_expr(job::Column::LeaseUntilMs, Expr::value(db.now_ms() + millis(lease.length)))
        .col_expr(job::Column::Worker, Expr::value(lease.worker.as_str()))
        .filter(job::Column::Id.is_in(chosen));
    Ok((claimed.exec_with_returning(transaction).await?, more))
}

/// Enters the critical section; it ends with the transaction. Claims are as durable as everything else: a fence that the server forgot
/// in a crash would be given out twice.
pub(super) async fn enter(db: &Db, transaction: &DatabaseTransaction) -> Result<()> {
    if db.engine() == Engine::Postgres {
        transaction.query_one_raw(db.statement("SELECT pg_advisory_xact_lock($1)", [CLAIM_LOCK.into()])).await?;
    }
    Ok(())
}

/// Due at a moment. The rank is bounded too: the index is ordered by it, and ends the search before the jobs of tomorrow.
fn due(now_ms: i64) -> Condition {
    let latest = now_ms.saturating_add(millis(Policy::LONGEST_ALLOWANCE));
    Condition::all().add(job::Column::Rank.lte(latest)).add(job::Column::RunAtMs.lte(now_ms))
}

/// What a claim decides.
struct Choice {
    /// Who starts.
    chosen: Vec<i64>,
    /// Who waits from now on, and for which key.
    waits: Vec<(Hold, Vec<i64>)>,
    /// Whether there may be more to find.
    more: bool,
}

/// Decides who starts and who is held by which key.
async fn choose(db: &Db, transaction: &DatabaseTransaction, lane: Lane, slots: usize) -> Result<Choice> {
    let mut load = load(transaction).await?;
    let mut waiting = first_of_each_hold(db, transaction, lane, slots, &load).await?;
    let mut choice = Choice { chosen: Vec::with_capacity(slots), waits: Vec::new(), more: true };
    let mut after = None;
    let mut limit = slots as u64 + SPARE;
    for _ in 0..LOOKS {
        let ready = ready(db, transaction, lane, after, limit).await?;
        after = ready.last().map(|due| (due.rank, due.id));
        choice.more = ready.len() as u64 == limit;
        limit = LOOK;
        waiting.extend(ready);
        waiting.sort_unstable_by_key(|due| (due.rank, due.id));
        for due in waiting.drain(..) {
            if choice.chosen.len() == slots {
                choice.more = true;
                return Ok(choice);
            }
            match load.admit(&due.ties()) {
                Admission::Run => choice.chosen.push(due.id),
                Admission::Wait(hold) if due.held_by.as_deref() == Some(&hold.as_text()) => {}
                Admission::Wait(hold) => match choice.waits.iter_mut().find(|(known, _)| *known == hold) {
                    Some((_, ids)) => ids.push(due.id),
                    None => choice.waits.push((hold, vec![due.id])),
                },
            }
        }
        if !choice.more {
            break;
        }
    }
    Ok(choice)
}

/// The keys that running jobs use, in all lanes.
async fn load(transaction: &DatabaseTransaction) -> Result<Load> {
    let tied = Condition::any().add(job::Column::SerialKey.is_not_null()).add(job::Column::GroupKey.is_not_null());
    let running: Vec<(Option<String>, Option<String>)> = rows::find()
        .select_only()
        .columns([job::Column::SerialKey, job::Column::GroupKey])
        .filter(is(job::RUNNING))
        .filter(tied)
        .into_tuple()
        .all(transaction)
        .await?;
    let mut load = Load::default();
    for (serial, group) in running {
        load.count(&Ties { serial, group: group.map(|key| (key, 0)) });
    }
    Ok(load)
}

fn due_columns() -> sea_orm::Select<job::Entity> {
    rows::find().select_only().columns([
        job::Column::Id,
        job::Column::Rank,
        job::Column::SerialKey,
        job::Column::GroupKey,
        job::Column::GroupCap,
        job::Column::HeldBy,
    ])
}

/// Due jobs that no key holds, best rank first. A row that an open transaction is just joining is left to the next claim.
async fn ready(
    db: &Db,
    transaction: &DatabaseTransaction,
    lane: Lane,
    after: Option<(i64, i64)>,
    limit: u64,
) -> Result<Vec<Due>> {
    let mut query = due_columns()
        .filter(job::Column::Lane.eq(lane.code()))
        .filter(is(job::WAITING))
        .filter(job::Column::HeldBy.is_null())
        .filter(due(db.now_ms()));
    if let Some((rank, id)) = after {
        query = query.filter(behind(rank, id));
    }
    let query = query.order_by_asc(job::Column::Rank).order_by_asc(job::Column::Id).limit(limit);
    Ok(locked(db, query).into_model().all(transaction).await?)
}

/// The best of those that each key holds, where the key has room again.
async fn first_of_each_hold(
    db: &Db,
    transaction: &DatabaseTransaction,
    lane: Lane,
    slots: usize,
    load: &Load,
) -> Result<Vec<Due>> {
    let mut open: Vec<(Head, u32)> = Vec::new();
    for head in heads(db, transaction, lane).await? {
        let room = Hold::from_text(&head.held_by).map_or(0, |hold| load.room(&hold, head.cap()));
        if room > 0 {
            open.push((head, room));
        }
    }
    // No more keys than slots can matter, and those first whose first job is the oldest.
    open.sort_unstable_by_key(|(head, _)| head.rank);
    open.truncate(slots);
    let mut first = Vec::new();
    for (head, room) in open {
        let query = due_columns()
            .filter(job::Column::Lane.eq(lane.code()))
            .filter(is(job::WAITING))
            .filter(job::Column::HeldBy.eq(head.held_by))
            .order_by_asc(job::Column::Rank)
            .order_by_asc(job::Column::Id)
            .limit(u64::from(room).min(slots as u64));
        let best: Vec<Due> = locked(db, query).into_model().all(transaction).await?;
        first.extend(best);
    }
    Ok(first)
}

/// A key that holds jobs, and what stands on the first of them.
#[derive(Debug, FromQueryResult)]
struct Head {
    held_by: String,
    rank: i64,
    group_cap: Option<i32>,
}

impl Head {
    fn cap(&self) -> u32 {
        self.group_cap.and_then(|cap| u32::try_from(cap).ok()).unwrap_or(0)
    }
}

/// The keys that hold jobs of a lane. Walks from key to key in the index, however many jobs each of them holds.
async fn heads(db: &Db, transaction: &DatabaseTransaction, lane: Lane) -> Result<Vec<Head>> {
    let sql = "WITH RECURSIVE key (held_by) AS (
            SELECT min(held_by) FROM job WHERE lane = $1 AND state = 0 AND held_by IS NOT NULL
            UNION ALL
            SELECT (SELECT min(job.held_by) FROM job WHERE lane = $1 AND state = 0 AND job.held_by IS NOT NULL AND job.held_by > key.held_by)
            FROM key WHERE key.held_by IS NOT NULL
        )
        SELECT key.held_by, head.rank, head.group_cap
        FROM key JOIN job AS head ON head.id = (
            SELECT id FROM job WHERE lane = $1 AND state = 0 AND held_by = key.held_by ORDER BY rank, id LIMIT 1
        )
        WHERE key.held_by IS NOT NULL";
    Ok(Head::find_by_statement(db.statement(sql, [lane.code().into()])).all(transaction).await?)
}

pub(super) fn locked(db: &Db, query: sea_orm::Select<job::Entity>) -> sea_orm::Select<job::Entity> {
    match db.engine() {
        Engine::Postgres => query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
        Engine::Sqlite => query,
    }
}
