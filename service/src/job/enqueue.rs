//! Writes the jobs that a unit of work leaves.

use std::collections::HashMap;

use domain::id::HouseholdId;
use entity::job;
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, EntityTrait,
    sea_query::{Expr, OnConflict},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Job;
use crate::{Error, Result};

/// Rows of one statement: PostgreSQL takes 65,535 parameters, SQLite 32,766.
const CHUNK: usize = 1000;

/// A job that is about to be written.
#[derive(Clone, Debug)]
pub(crate) struct New {
    pub(crate) id: i64,
    pub(crate) household: HouseholdId,
    pub(crate) job: Job,
    pub(crate) run_at_ms: i64,
}

/// Takes a kind's tag and content apart, for two columns.
pub(crate) fn split(value: serde_json::Result<Value>) -> Result<(String, String)> {
    match value {
        Ok(Value::Object(mut fields)) => match (fields.remove("kind"), fields.remove("body")) {
            (Some(Value::String(kind)), body) => Ok((kind, body.unwrap_or(Value::Null).to_string())),
            _ => Err(Error::broken("a kind without its name")),
        },
        _ => Err(Error::broken("a kind that is no object")),
    }
}

/// Puts a kind's tag and content together again.
pub(crate) fn join<T: DeserializeOwned>(kind: &str, body: &str) -> serde_json::Result<T> {
    let body: Value = serde_json::from_str(body)?;
    serde_json::from_value(if body.is_null() { json!({ "kind": kind }) } else { json!({ "kind": kind, "body": body }) })
}

/// Writes jobs. One whose unique key waits already joins the waiting one and makes it as urgent as the more urgent of both.
/// Joining locks the waiting row until our commit, so that no worker starts it before it can see what we wrote.
pub(crate) async fn insert(connection: &impl ConnectionTrait, jobs: Vec<New>, now_ms: i64) -> Result<()> {
    let rows = merge(jobs).iter().map(|new| row(new, now_ms)).collect::<Result<Vec<_>>>()?;
    for chunk in rows.chunks(CHUNK) {
        job::Entity::insert_many(chunk.to_vec())
            .on_conflict(join_the_waiting())
            .exec_without_returning(connection)
            .await?;
    }
    Ok(())
}

/// One statement must not meet the same key twice.
fn merge(jobs: Vec<New>) -> Vec<New> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut merged: Vec<New> = Vec::with_capacity(jobs.len());
    for new in jobs {
        let place = new.job.unique_key(new.household).map(|key| *places.entry(key).or_insert(merged.len()));
        match place.and_then(|place| merged.get_mut(place)) {
            Some(waiting) => waiting.run_at_ms = waiting.run_at_ms.min(new.run_at_ms),
            None => merged.push(new),
        }
    }
    merged
}

fn row(new: &New, now_ms: i64) -> Result<job::ActiveModel> {
    let (policy, ties, unique_key) = (new.job.policy(), new.job.ties(), new.job.unique_key(new.household));
    let (kind, body) = split(serde_json::to_value(&new.job))?;
    let (group_key, cap) = ties.group.unzip();
    Ok(job::ActiveModel {
        id: Set(new.id),
        household_id: Set(new.household.0),
        kind: Set(kind),
        body: Set(body),
        lane: Set(policy.lane.code()),
        rank: Set(policy.rank(new.run_at_ms)),
        run_at_ms: Set(new.run_at_ms),
        state: Set(job::WAITING),
        attempt: Set(0),
        fence: Set(0),
        lease_until_ms: Set(None),
        worker: Set(None),
        unique_key: Set(unique_key),
        serial_key: Set(ties.serial),
        group_key: Set(group_key),
        group_cap: Set(cap.map(|cap| i32::try_from(cap).unwrap_or(i32::MAX))),
        held_by: Set(None),
        reason: Set(None),
        created_at_ms: Set(now_ms),
    })
}

fn join_the_waiting() -> OnConflict {
    let smaller = |column: &str| {
        Expr::cust(format!("CASE WHEN excluded.{column} < job.{column} THEN excluded.{column} ELSE job.{column} END"))
    };
    OnConflict::column(job::Column::UniqueKey)
        .target_and_where(Expr::cust("state = 0 AND unique_key IS NOT NULL"))
        .value(job::Column::Lane, smaller("lane"))
        .value(job::Column::Rank, smaller("rank"))
        .value(job::Column::RunAtMs, smaller("run_at_ms"))
        // A new request has attempts of its own.
        .value(job::Column::Attempt, Expr::value(0))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Probe, ProbeEnd};

    fn probe(unique: Option<&str>) -> Job {
        Job::Probe(Probe {
            label: "a".into(),
            lane: "bulk".into(),
            hold_ms: 0,
            end: ProbeEnd::Done,
            unique: unique.map(str::to_owned),
            serial: None,
            group: None,
        })
    }

    #[test]
    fn a_job_comes_back_from_its_two_columns() {
        let job = probe(Some("key"));
        let (kind, body) = split(serde_json::to_value(&job)).expect("splits");
        assert_eq!(kind, "probe");
        assert_eq!(join::<Job>(&kind, &body).expect("joins"), job);
        assert!(join::<Job>("unheard_of", &body).is_err());
    }

    #[test]
    fn equal_unique_keys_of_one_unit_merge_into_the_earlier_time() {
        let new = |id, unique, run_at_ms| New { id, household: HouseholdId(0), job: probe(unique), run_at_ms };
        let merged = merge(vec![
            new(1, Some("a"), 50),
            new(2, None, 10),
            new(3, Some("a"), 20),
            new(4, None, 10),
            new(5, Some("b"), 5),
        ]);
        assert_eq!(
            merged.iter().map(|job| (job.id, job.run_at_ms)).collect::<Vec<_>>(),
            [(1, 20), (2, 10), (4, 10), (5, 5)]
        );
    }
}
