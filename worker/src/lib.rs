//! Lanes, dispatch and handlers: claims jobs, runs them, and settles what became of them.
//!
//! A worker never trusts a doorbell: it looks at the table when one rings, when a slot becomes free, and once a sweep.

mod dispatch;
mod handler;
mod keeper;
mod lane;
pub mod ticket;

use std::{collections::HashMap, sync::Arc, sync::Mutex, sync::PoisonError, time::Duration};

use domain::{id::JobId, job::Lane};
use service::{Db, job::Lease, outside::Outside};
use tokio::{sync::Notify, task::JoinSet};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How a process works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Jobs that run at the same time in the urgent lane.
    pub urgent_slots: usize,
    /// Jobs that run at the same time in the routine lane.
    pub routine_slots: usize,
    /// Jobs that run at the same time in the bulk lane.
    pub bulk_slots: usize,
    /// How long a claim lasts unless it is renewed.
    pub lease: Duration,
    /// How long a lost doorbell can delay a job.
    pub sweep: Duration,
    /// How long running jobs may go on after the stop; then they are handed back.
    pub grace: Duration,
}

impl Options {
    fn slots(&self, lane: Lane) -> usize {
        match lane {
            Lane::Urgent => self.urgent_slots,
            Lane::Routine => self.routine_slots,
            Lane::Bulk => self.bulk_slots,
        }
    }
}

/// What the lanes of a process share.
#[derive(Debug)]
struct Shared {
    db: Db,
    outside: Outside,
    options: Options,
    lease: Lease,
    /// The claims that are being worked on, and how to break off each.
    running: Mutex<HashMap<JobId, (i32, CancellationToken)>>,
    /// Rings when a lane has a free slot, or when a key that held jobs may have room.
    freed: [Notify; 3],
    /// Cancelled when the grace after the stop is over.
    halt: CancellationToken,
    tasks: TaskTracker,
}

impl Shared {
    fn freed(&self, lane: Lane) -> &Notify {
        match lane {
            Lane::Urgent => &self.freed[0],
            Lane::Routine => &self.freed[1],
            Lane::Bulk => &self.freed[2],
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, (i32, CancellationToken)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Works until `stop`: then takes no new job, lets the running ones finish for a while, and hands the others back.
pub async fn run(db: Db, outside: Outside, options: Options, name: String, stop: CancellationToken) {
    let shared = Arc::new(Shared {
        lease: Lease { worker: name, length: options.lease },
        db,
        outside,
        options,
        running: Mutex::default(),
        freed: Default::default(),
        halt: CancellationToken::new(),
        tasks: TaskTracker::new(),
    });
    // The keeper outlives the lanes: claims are renewed until the last job has ended.
    let kept = CancellationToken::new();
    let keeper = tokio::spawn(keeper::keep(shared.clone(), kept.clone()));
    let mut lanes = JoinSet::new();
    for lane in Lane::ALL {
        lanes.spawn(lane::serve(shared.clone(), lane, stop.clone()));
    }
    stop.cancelled().await;
    // One deadline for everything: a lane that hangs in a claim must not eat up the time of the jobs.
    let deadline = tokio::time::Instant::now() + shared.options.grace;
    let ended = tokio::time::timeout_at(deadline, async {
        while let Some(lane) = lanes.join_next().await {
            if let Err(error) = lane {
                tracing::error!(%error, "a lane ended with a panic");
            }
        }
        shared.tasks.close();
        shared.tasks.wait().await;
    });
    if ended.await.is_err() {
        lanes.shutdown().await;
        tracing::info!(running = shared.tasks.len(), "handing back what still runs");
        shared.halt.cancel();
        shared.tasks.close();
        shared.tasks.wait().await;
    }
    kept.cancel();
    if let Err(error) = keeper.await {
        tracing::error!(%error, "the keeper of claims ended with a panic");
    }
}
