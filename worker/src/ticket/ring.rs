//! Pushes tickets, few of them: rings of a lane that come close together share one, and none is pushed while many are unheard.

use std::{sync::Arc, time::Duration};

use apalis_core::{backend::TaskSink, task::builder::TaskBuilder, task::task_id::TaskId};
use apalis_redis::ConnectionManager;
use domain::job::Lane;
use service::hint::Messenger;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use super::{Queue, Ticket, connect, queue};

/// Rings of a lane within this time share a ticket: the table is looked at as a whole anyway.
const SHARED: Duration = Duration::from_millis(10);
/// No ticket is pushed while so many are outstanding in a lane. At 8,000 apalis-redis would stick for good, because its script
/// unpacks all due tickets at once; that many unheard ones mean that nobody is there to hear another.
const OUTSTANDING: u64 = 500;

/// Rings the lanes of other processes.
#[derive(Debug)]
pub struct Ringer {
    wanted: Arc<[Notify; 3]>,
}

impl Ringer {
    /// Connects, and rings until `stop`.
    pub async fn start(url: &str, stop: CancellationToken) -> service::Result<Self> {
        let connection = connect(url).await?;
        let wanted: Arc<[Notify; 3]> = Arc::default();
        for (index, lane) in Lane::ALL.into_iter().enumerate() {
            tokio::spawn(serve(wanted.clone(), index, connection.clone(), lane, stop.clone()));
        }
        Ok(Self { wanted })
    }
}

impl Messenger for Ringer {
    fn ring(&self, lane: Lane) {
        if let Some(index) = Lane::ALL.iter().position(|known| *known == lane) {
            self.wanted[index].notify_one();
        }
    }
}

async fn serve(
    wanted: Arc<[Notify; 3]>,
    index: usize,
    mut connection: ConnectionManager,
    lane: Lane,
    stop: CancellationToken,
) {
    let mut queue = queue(&connection, lane);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = wanted[index].notified() => {}
        }
        if let Err(error) = push(&mut queue, &mut connection).await {
            tracing::debug!(lane = lane.name(), %error, "no ticket pushed; the sweep replaces it");
        }
        tokio::time::sleep(SHARED).await;
    }
}

async fn push(
    queue: &mut Queue,
    connection: &mut ConnectionManager,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let config = queue.get_config().clone();
    let (waiting, due): (u64, u64) = redis::pipe()
        .llen(config.active_jobs_list())
        .zcard(config.scheduled_jobs_set())
        .query_async(connection)
        .await?;
    if waiting + due < OUTSTANDING {
        let ticket = TaskBuilder::new(Ticket {}).task_id(TaskId::from_ulid(Ulid::generate())).build();
        queue.push_task(ticket).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}
