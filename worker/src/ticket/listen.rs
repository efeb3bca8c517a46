//! Hears tickets: each rings the bell of its lane in this process.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use apalis::prelude::{BoxDynError, Data, Event, Monitor, WorkerBuilder};
use apalis_core::backend::{
    Vacuum,
    ext::{
        BackendExt,
        poll_strategy::{PollSnapshot, PollStrategy},
    },
};
use apalis_redis::ConnectionManager;
use domain::job::Lane;
use service::hint::Hints;
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use super::{Queue, Ticket, connect, queue};

/// How often the queues are asked: apalis-redis has no wake-up of its own.
const POLL: Duration = Duration::from_millis(50);
/// How often what was heard is thrown away; apalis-redis keeps it for ever.
const VACUUM: Duration = Duration::from_secs(5);
/// A pause before a worker that lost its connection or its registration starts again.
const RESTART: Duration = Duration::from_millis(200);

/// Rings `hints` for the tickets of other processes, until `stop`.
pub async fn listen(url: &str, hints: Hints, stop: CancellationToken) -> service::Result<()> {
    let connection = connect(url).await?;
    let vacuum = tokio::spawn(vacuum(connection.clone(), stop.clone()));
    while !stop.is_cancelled() {
        let ended = stop.clone();
        let monitor = Lane::ALL
            .into_iter()
            .fold(Monitor::new(), |monitor, lane| {
                let (queue, hints) = (queue(&connection, lane), hints.clone());
                monitor.register(move |_restarts| {
                    // A name that was seen within the last heartbeats is refused: every start takes a new one.
                    WorkerBuilder::new(format!("{}-{}", lane.name(), Ulid::generate()))
                        .backend(queue.clone().poll_with_strategy(Ticker::every(POLL)))
                        .data((hints.clone(), lane))
                        .build(hear)
                })
            })
            .should_restart(|_worker, _error| false)
            .on_event(|worker, event| {
                if let Event::Error(error) = event {
                    tracing::debug!(worker = worker.name(), %error, "tickets are not heard; the sweep replaces them");
                }
            })
            .shutdown_timeout(Duration::from_secs(1));
        let outcome = monitor
            .run_with_signal(async move {
                ended.cancelled().await;
                Ok(())
            })
            .await;
        if let Err(error) = outcome {
            tracing::debug!(%error, "tickets are not heard; listening anew");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(RESTART) => {}
        }
    }
    vacuum.abort();
    Ok(())
}

async fn hear(_ticket: Ticket, bell: Data<(Hints, Lane)>) -> Result<(), BoxDynError> {
    let (hints, lane) = &*bell;
    hints.ring_here(*lane);
    Ok(())
}

/// Asks at an interval. The strategy that comes with apalis arms its timer without polling it, so that a fetch which ends at
/// once leaves nobody to wake the worker; polling until the timer is pending always does.
struct Ticker(tokio::time::Interval);

impl Ticker {
    fn every(period: Duration) -> Self {
        let mut interval = tokio::time::interval(period);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        Self(interval)
    }
}

impl PollStrategy for Ticker {
    fn poll_drive(&mut self, context: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut due = false;
        while self.0.poll_tick(context).is_ready() {
            due = true;
        }
        if due { Poll::Ready(Some(())) } else { Poll::Pending }
    }
}

/// Throws away tickets that were heard: their data, and the sets of ids that apalis' own vacuum leaves.
async fn vacuum(mut connection: ConnectionManager, stop: CancellationToken) {
    let mut queues: Vec<Queue> = Lane::ALL.map(|lane| queue(&connection, lane)).into();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(VACUUM) => {}
        }
        for queue in &mut queues {
            let config = queue.get_config().clone();
            let swept = queue.vacuum().await.map(drop).map_err(|error| error.to_string());
            let forgotten = redis::cmd("DEL")
                .arg(config.done_jobs_set())
                .arg(config.dead_jobs_set())
                .query_async::<()>(&mut connection)
                .await
                .map_err(|error| error.to_string());
            if let Err(error) = swept.and(forgotten) {
                tracing::debug!(%error, "old tickets were not thrown away; the next round does it");
            }
        }
    }
}
