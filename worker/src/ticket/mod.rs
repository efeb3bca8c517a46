//! Doorbells between processes: apalis carries tickets over Redis, one queue a lane. A ticket says "this lane has work" and
//! nothing else; it may be lost or doubled at any time.

mod listen;
mod ring;

pub use listen::listen;
pub use ring::Ringer;

use apalis_redis::{Config, ConnectionManager, RedisStorage};
use domain::job::Lane;
use redis::{Client, aio::ConnectionManagerConfig};
use serde::{Deserialize, Serialize};
use service::Error;
use std::time::Duration;

/// "This lane has work."
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Ticket {}

type Queue = RedisStorage<Ticket>;

/// A worker that was silent for three heartbeats is forgotten.
const HEARTBEAT: Duration = Duration::from_secs(5);
const MISSED_HEARTBEATS: usize = 3;
/// Tickets taken at once: one look at the table serves them all.
const BATCH: usize = 50;

/// The connection that the queues of a process share. It reconnects by itself for as long as it takes.
async fn connect(url: &str) -> service::Result<ConnectionManager> {
    let busy = |error: redis::RedisError| Error::Busy { reason: format!("redis: {error}") };
    let config = ConnectionManagerConfig::new().set_number_of_retries(usize::MAX).set_max_delay(Duration::from_secs(2));
    Client::open(url).map_err(busy)?.get_connection_manager_with_config(config).await.map_err(busy)
}

fn queue(connection: &ConnectionManager, lane: Lane) -> Queue {
    let config = Config::default()
        .queue(format!("florin-{}", lane.name()))
        .heartbeat_interval(HEARTBEAT)
        .missed_heartbeats(MISSED_HEARTBEATS)
        .batch_size(BATCH)
        // Nobody listens to apalis' own events, and a ticket needs no lock: ringing twice is harmless.
        .emit_events(false)
        .lock_tasks(false);
    RedisStorage::new(connection.clone()).with_config(config)
}
