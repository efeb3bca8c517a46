//! Jobs: what should be done is planned, and what is planned can be done.

use domain::id::{ConnectionId, HouseholdId, JobId, StatementId};
use entity::{connection, job, statement};
use sea_orm::ConnectionTrait;

use super::{Check, Finding, look::Look};
use crate::{
    Db, Result,
    ambient::millis,
    job::{Job, join},
};

use std::time::Duration;

/// Jobs that are read at once.
const AT_ONCE: i64 = 1_000;
/// A lease that ended so long ago would have been taken back by any process that works.
const OVERDUE: Duration = Duration::from_mins(10);

/// Whether whatever must go on by itself has a job: one that waits, runs, or stopped, which is told of the job.
pub(super) async fn check_planned(look: &mut Look<'_>) -> Result<()> {
    // Each state is a question of its own, because each has an index of its own.
    let none = |id: &str, unique: &str, serial: &str| {
        format!(
            "NOT EXISTS (SELECT 1 FROM job j WHERE j.state = 0 AND j.unique_key = '{unique}:' || {id})
             AND NOT EXISTS (SELECT 1 FROM job j WHERE j.state = 1 AND j.serial_key = '{serial}:' || {id})
             AND NOT EXISTS (SELECT 1 FROM job j WHERE j.state IN (2, 3) AND j.unique_key = '{unique}:' || {id})"
        )
    };
    let (asks, through) = (connection::SIGN_IN_NEEDED, [statement::WAITING, statement::RUNNING]);
    let sql = format!(
        "SELECT c.id FROM connection c WHERE c.household_id = $1 AND c.status <> {asks} AND {} ORDER BY c.id",
        none("c.id", "pull", "connection")
    );
    look.each::<ConnectionId>(Check::PullUnplanned, "nothing is planned to pull it, and nobody is asked to act", &sql)
        .await?;
    let sql = format!(
        "SELECT s.id FROM statement s WHERE s.household_id = $1 AND s.status IN ({}, {}) AND {} ORDER BY s.id",
        through[0],
        through[1],
        none("s.id", "statement", "statement")
    );
    look.each::<StatementId>(
        Check::StatementUnplanned,
        "it is not through, and nothing is planned to go on with it",
        &sql,
    )
    .await?;
    let sql = format!(
        "SELECT s.id FROM statement s WHERE s.household_id = $1 AND s.undo_state = {} AND {} ORDER BY s.id",
        statement::GOING,
        none("s.id", "undo", "statement")
    );
    look.each::<StatementId>(
        Check::StatementUnplanned,
        "it is half taken back, and nothing is planned to go on with it",
        &sql,
    )
    .await
}

/// Looks at the jobs of a household, or at all of them.
pub(super) async fn check(
    db: &Db,
    household: Option<HouseholdId>,
    tell: &mut (dyn FnMut(Vec<Finding>) + Send),
) -> Result<()> {
    let overdue_ms = db.now_ms() - millis(OVERDUE);
    let whose = if household.is_some() { "household_id = $3" } else { "$3 = 0" };
    let sql = format!(
        "SELECT id, household_id, kind, body, state, lease_until_ms,
           CASE WHEN EXISTS (SELECT 1 FROM household h WHERE h.id = job.household_id) THEN 1 ELSE 0 END
         FROM job WHERE id > $1 AND {whose} ORDER BY id LIMIT $2"
    );
    let mut after = -1;
    loop {
        let values = [after.into(), AT_ONCE.into(), household.map_or(0, |household| household.0).into()];
        let rows = db.reader().query_all_raw(db.statement(&sql, values)).await?;
        let mut findings = Vec::new();
        for row in &rows {
            after = row.try_get_by_index(0)?;
            let (kind, body): (String, String) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
            let lease_until_ms: Option<i64> = row.try_get_by_index(5)?;
            // The household's own row is missed where the jobs of all are looked at; without it a job cannot write.
            let is_homeless = household.is_none() && row.try_get_by_index::<i32>(6)? == 0;
            let mut found = |check, problem: &str| {
                let household = HouseholdId(row.try_get_by_index(1)?);
                let (about, problem) = (format!("{} {kind}", JobId(after)), problem.to_owned());
                findings.push(Finding { check, household, about, problem, figures: Vec::new() });
                Result::Ok(())
            };
            match row.try_get_by_index::<i16>(4)? {
                job::DEAD => found(Check::JobDead, "it gave up: its work was not done")?,
                job::PARKED => found(Check::JobParked, "it waits for a person")?,
                job::RUNNING if lease_until_ms.is_some_and(|until_ms| until_ms < overdue_ms) => {
                    found(Check::JobLease, "its lease ended long ago, and nobody has taken it back")?;
                }
                _ => {}
            }
            if is_homeless {
                found(Check::JobUnknown, "its household is not there")?;
            }
            if join::<Job>(&kind, &body).is_err() {
                found(Check::JobUnknown, "this version does not know what is to be done")?;
            }
        }
        let is_last = rows.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
        tell(findings);
        if is_last {
            return Ok(());
        }
    }
}
