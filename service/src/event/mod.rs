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

use crate::{Db, Result, Scope, ambient::millis};

/// Something that happened. The names of kinds and fields are stored: they never change their meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum Event {
    /// Written by a newer version of Florin: something happened that this one has no name for.
    #[serde(skip)]
    Unknown,
    /// Sessions ended: whoever holds a socket looks whether it is theirs.
    SessionsEnded {},
    /// A connection was made, changed how it stands, or was removed.
    ConnectionUpdated {
        /// The connection.
        connection: i64,
    },
    /// Accounts appeared, changed or went.
    AccountsChanged {},
    /// Transactions appeared, changed or went.
    TransactionsChanged(Changed),
    /// Transfers were proposed, confirmed, rejected or taken apart.
    TransfersChanged {},
    /// A statement file went on.
    StatementUpdated {
        /// The statement.
        statement: i64,
    },
    /// Categories were made, changed, archived or merged.
    CategoriesChanged {},
    /// Rules were made, changed, put into another order or removed, or one went on with the past.
    RulesChanged {},
    /// Merchants were named, merged or separated: transactions with them are called otherwise.
    MerchantsChanged {},
    /// Tags were made, changed or removed.
    TagsChanged {},
    /// Budgets were set.
    BudgetsChanged {},
    /// A person has set an exchange rate, or taken one back.
    ExchangeRatesChanged {},
    /// The household is told something.
    AlertRaised {
        /// The notification.
        notification: i64,
    },
    /// A probe of the job system took effect.
    ProbeDone {
        /// The job.
        job: String,
        /// What the caller marked it with.
        label: String,
    },
}

/// Which transactions changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// How many are new.
    pub new: u64,
    /// How many say something else now.
    pub changed: u64,
    /// How many are no longer shown.
    pub gone: u64,
    /// All of them, where they are few; empty where they are many.
    pub ids: Vec<i64>,
}

impl Changed {
    /// More than so many are not named one by one.
    const NAMED: usize = 50;

    /// From the ids of those that are new, changed and gone.
    #[must_use]
    pub fn of(new: &[i64], changed: &[i64], gone: &[i64]) -> Self {
        let count = |ids: &[i64]| ids.len() as u64;
        let all = new.len() + changed.len() + gone.len();
        let ids = if all <= Self::NAMED { [new, changed, gone].concat() } else { Vec::new() };
        Self { new: count(new), changed: count(changed), gone: count(gone), ids }
    }
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

    fn from_row(row: &event::Model) -> Self {
        crate::job::join(&row.kind, &row.body).unwrap_or_else(|error| {
            tracing::debug!(seq = row.seq, kind = row.kind, %error, "an event of an unknown kind");
            Self::Unknown
        })
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
    Ok(rows.iter().map(|row| Seen { seq: row.seq, at_ms: row.at_ms, event: Event::from_row(row) }).collect())
}

/// Numbers between two looks at what has outlived its retention.
const NUMBERS_BETWEEN_REMOVALS: i64 = 256;

/// Removes what has outlived its retention, now and then, while the household's row is held anyway. A household that writes
/// nothing keeps its last events, which do no harm: what must be bounded is growth. `first` and `last` are the numbers of the events
/// that this commit has written.
pub(crate) async fn remove_old(
    db: &Db,
    connection: &impl ConnectionTrait,
    scope: Scope,
    (first, last): (i64, i64),
    now_ms: i64,
) -> Result<()> {
    if (first - 1) / NUMBERS_BETWEEN_REMOVALS == last / NUMBERS_BETWEEN_REMOVALS {
        return Ok(());
    }
    // Up to the first event that is young enough: one with a wrong clock takes no young one along.
    let kept = scope.find::<event::Entity>().filter(event::Column::AtMs.gte(now_ms - millis(db.event_retention())));
    let oldest: Option<Option<i64>> =
        kept.select_only().column_as(event::Column::Seq.min(), "oldest").into_tuple().one(connection).await?;
    let Some(floor) = oldest.flatten().map(|oldest| oldest - 1) else { return Ok(()) };
    let removed = scope.delete::<event::Entity>().filter(event::Column::Seq.lte(floor)).exec(connection).await?;
    if removed.rows_affected == 0 {
        return Ok(());
    }
    let raise = db.statement(
        "UPDATE household SET event_floor_seq = $2 WHERE id = $1",
        [scope.household().0.into(), floor.into()],
    );
    connection.execute_raw(raise).await?;
    Ok(())
}
