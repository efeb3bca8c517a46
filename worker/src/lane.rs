//! A lane: claims as many jobs as it has free slots, whenever there is a reason to look.

use std::{sync::Arc, time::Duration};

use domain::job::Lane;
use service::job::{self, Claimed};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{Shared, dispatch};

/// Jobs claimed at once: a process that dies leaves no more than this many to wait for the end of their lease.
const BATCH: usize = 64;
/// How long a busy lane waits for company when a slot becomes free.
const GATHER: Duration = Duration::from_millis(5);
/// How long a lane waits after the database failed.
const PAUSE: Duration = Duration::from_millis(250);

/// Serves a lane until `stop`.
pub(crate) async fn serve(shared: Arc<Shared>, lane: Lane, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(shared.options.slots(lane)));
    let hints = shared.db.hints().clone();
    let mut sweep = tokio::time::interval(shared.options.sweep);
    sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = hints.rung(lane) => {}
            () = shared.freed(lane).notified() => gather(&slots, shared.options.slots(lane)).await,
            _ = sweep.tick() => {}
        }
        if let Err(error) = fill(&shared, lane, &slots, &stop).await {
            // The sweep tries again; a pause keeps the doorbells from turning an outage into a storm.
            tracing::warn!(lane = lane.name(), reason = %error, "no jobs claimed");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Lets a few more slots become free before the table is asked: short jobs end in crowds, and a claim costs the same for one as for
/// many. A lane that is half empty asks at once.
async fn gather(slots: &Semaphore, all: usize) {
    if slots.available_permits() * 2 < all {
        tokio::time::sleep(GATHER).await;
    }
}

/// Claims until the lane is full or nothing is due.
async fn fill(
    shared: &Arc<Shared>,
    lane: Lane,
    slots: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> service::Result<()> {
    while !stop.is_cancelled() {
        let free = slots.available_permits().min(BATCH);
        if free == 0 {
            return Ok(());
        }
        let Claimed { runs, more } = job::claim(&shared.db, lane, free, &shared.lease).await?;
        for run in runs {
            // Only this lane takes permits, so as many are free as were counted.
            let Ok(permit) = slots.clone().try_acquire_owned() else {
                job::hand_back(&run).await?;
                continue;
            };
            let shared = shared.clone();
            shared.clone().tasks.spawn(async move {
                let tied = run.is_tied();
                dispatch::execute(&shared, run, lane).await;
                drop(permit);
                if tied {
                    // Jobs of other lanes may have waited for the same key.
                    for lane in Lane::ALL {
                        shared.freed(lane).notify_one();
                    }
                } else {
                    shared.freed(lane).notify_one();
                }
            });
        }
        if !more {
            return Ok(());
        }
        // There may be more than this process can take: wake another.
        shared.db.hints().ring_elsewhere(lane);
    }
    Ok(())
}
