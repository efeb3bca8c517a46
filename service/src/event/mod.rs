//! What happened in a household: written in the transaction that caused it, numbered in the order of the commits,
//! kept for a while so that whoever was away gets everything since.

mod feed;
mod sweep;

pub use feed::{Feed, Page};
pub use sweep::sweep;

use domain::id::{HouseholdId, JobId};
use entity::event;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use crate::{Db, Error, Result, Scope, ambient::millis};

/// Something that happened. The names of kinds and fields are stored: they never change their meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum Event {
    /// Sessions ended: whoever holds a socket looks whether it is theirs.
    SessionsEnded {},
    /// A probe of the job system took effect.
    ProbeDone {
        /// The job.
        job: String,
        /// What the caller marked it with.
        label: String,
    },
}

/// An event with its place in the household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The cursor: ask for events after it to go on from here.
    pub seq: i64,
    /// When the unit of work that caused it began, in milliseconds of Unix time.
    pub at_ms: i64,
    /// What happened.
    pub event: Event,
}

impl Event {
    /// The probe's event.
    #[must_use]
    pub fn probe_done(job: JobId, label: &str) -> Self {
        Self::ProbeDone { job: job.to_string(), label: label.to_owned() }
    }

    pub(crate) fn row(&self, household: HouseholdId, seq: i64, at_ms: i64) -> Result<event::ActiveModel> {
        let (kind, body) = crate::job::split(serde_json::to_value(self))?;
        Ok(event::ActiveModel {
            household_id: Set(household.0),
            seq: Set(seq),
            kind: Set(kind),
            body: Set(body),
            at_ms: Set(at_ms),
        })
    }

    fn from_row(row: &event::Model) -> Result<Self> {
        crate::job::join(&row.kind, &row.body)
            .map_err(|error| Error::broken(format!("event {} of household {}: {error}", row.seq, row.household_id)))
    }
}

/// The household's events after a cursor, oldest first, at most `limit`.
pub async fn list(db: &Db, scope: Scope, after: i64, limit: u64) -> Result<Vec<Seen>> {
    let rows = scope
        .find::<event::Entity>()
        .filter(event::Column::Seq.gt(after))
        .order_by_asc(event::Column::Seq)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.iter().map(|row| Ok(Seen { seq: row.seq, at_ms: row.at_ms, event: Event::from_row(row)? })).collect()
}

/// Commits between two looks at what has outlived its retention.
const COMMITS_BETWEEN_REMOVALS: i64 = 256;

/// Removes what has outlived its retention, now and then, while the household's row is held anyway. A household that writes
/// nothing keeps its last events, which do no harm: what must be bounded is growth.
pub(crate) async fn remove_old(
    db: &Db,
    connection: &impl ConnectionTrait,
    scope: Scope,
    seq: i64,
    now_ms: i64,
) -> Result<()> {
    if seq % COMMITS_BETWEEN_REMOVALS != 0 {
        return Ok(());
    }
    let too_old = scope.find::<event::Entity>().filter(event::Column::AtMs.lt(now_ms - millis(db.event_retention())));
    let newest: Option<Option<i64>> =
        too_old.select_only().column_as(event::Column::Seq.max(), "newest").into_tuple().one(connection).await?;
    let Some(floor) = newest.flatten() else { return Ok(()) };
    scope.delete::<event::Entity>().filter(event::Column::Seq.lte(floor)).exec(connection).await?;
    let raise = db.statement(
        "UPDATE household SET event_floor_seq = $2 WHERE id = $1",
        [scope.household().0.into(), floor.into()],
    );
    connection.execute_raw(raise).await?;
    Ok(())
}
