//! Probes: jobs that show whether the job system works, and how fast.

use scoped_futures::ScopedFutureExt;

use crate::{
    Db, Error, Result, Scope,
    job::{Job, Probe},
};

/// Probes written by one unit of work.
const CHUNK: u32 = 1000;
/// Probes of one call.
pub const MAX_COUNT: u32 = 1_000_000;
/// A group of no one would wait for ever.
const MIN_CAP: u32 = 1;

/// Enqueues `count` equal probes.
pub async fn enqueue(db: &Db, scope: Scope, probe: &Probe, count: u32) -> Result<()> {
    if count == 0 || count > MAX_COUNT {
        return Err(Error::invalid("count", format!("must be 1 to {MAX_COUNT}")));
    }
    if domain::job::Lane::from_name(&probe.lane).is_none() {
        return Err(Error::invalid("lane", "must be urgent, routine or bulk"));
    }
    if probe.group.as_ref().is_some_and(|(_, cap)| *cap < MIN_CAP) {
        return Err(Error::invalid("group", "must have a cap of at least 1"));
    }
    let mut left = count;
    while left > 0 {
        let now = left.min(CHUNK);
        db.write(scope, |unit| {
            async move { (0..now).try_for_each(|_| unit.enqueue(Job::Probe(probe.clone()))) }.scope_boxed()
        })
        .await?;
        left -= now;
    }
    Ok(())
}
