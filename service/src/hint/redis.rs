//! News between processes over Redis: a message says "household Y has news" on one of a fixed number of channels,
//! and a process listens only to the channels of the households that it watches.

use std::{collections::BTreeSet, time::Duration};

use domain::id::HouseholdId;
use redis::{AsyncCommands, Client, PushInfo, PushKind, aio::ConnectionManager, aio::ConnectionManagerConfig};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Messenger, News};
use crate::{Error, Result};

/// Channels over which the households are spread. All processes must agree on it.
const SHARDS: u64 = 64;
/// Hints that wait for Redis. Beyond it they are dropped: the sweep says the same a moment later.
const WAITING: usize = 4096;
/// A connection that died is noticed at the next command, so there is one this often.
const PING: Duration = Duration::from_secs(2);

/// Publishes news.
#[derive(Debug)]
pub struct RedisNews {
    outbox: mpsc::Sender<HouseholdId>,
}

impl RedisNews {
    /// Connects, and serves until `stop`: publishes what is told here, and tells `news` what others publish.
    pub async fn start(url: &str, news: News, stop: CancellationToken) -> Result<Self> {
        let separator = if url.contains('?') { '&' } else { '?' };
        let client = Client::open(format!("{url}{separator}protocol=resp3")).map_err(|error| broken(&error))?;
        let (pushes, inbox) = mpsc::unbounded_channel();
        let config = ConnectionManagerConfig::new()
            .set_push_sender(pushes)
            .set_automatic_resubscription()
            .set_number_of_retries(usize::MAX)
            .set_max_delay(Duration::from_secs(2));
        let connection = client.get_connection_manager_with_config(config).await.map_err(|error| broken(&error))?;
        let (outbox, waiting) = mpsc::channel(WAITING);
        tokio::spawn(publish(connection.clone(), waiting, stop.clone()));
        tokio::spawn(listen(connection, inbox, news, stop));
        Ok(Self { outbox })
    }
}

impl Messenger for RedisNews {
    fn event(&self, household: HouseholdId) {
        // A full outbox drops the hint; the sweep of the other process finds the rows.
        let _ = self.outbox.try_send(household);
    }
}

/// A fault of Redis is never a fault of the request: hints may be lost.
fn broken(error: &redis::RedisError) -> Error {
    Error::Busy { reason: format!("redis: {error}") }
}

fn channel(household: HouseholdId) -> String {
    // The low bits of an id are its sequence, often 0: mix before taking the remainder (Fibonacci hashing).
    let mixed = household.0.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    format!("florin:news:{}", mixed % SHARDS)
}

async fn publish(mut connection: ConnectionManager, mut waiting: mpsc::Receiver<HouseholdId>, stop: CancellationToken) {
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            received = waiting.recv_many(&mut batch, 256) => if received == 0 { return },
        }
        let households: BTreeSet<i64> = batch.drain(..).map(|household| household.0).collect();
        let mut pipeline = redis::pipe();
        for household in households {
            pipeline.publish(channel(HouseholdId(household)), household).ignore();
        }
        if let Err(error) = pipeline.query_async::<()>(&mut connection).await {
            tracing::debug!(%error, "news were not published; the sweep replaces them");
        }
    }
}

async fn listen(
    mut connection: ConnectionManager,
    mut inbox: mpsc::UnboundedReceiver<PushInfo>,
    news: News,
    stop: CancellationToken,
) {
    let mut subscribed = BTreeSet::new();
    let mut ping = tokio::time::interval(PING);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ping.tick() => {
                if let Err(error) = connection.ping::<()>().await {
                    tracing::debug!(%error, "redis does not answer");
                }
                // Also repairs a subscription that failed while Redis was away.
                subscribe(&mut connection, &mut subscribed, &news).await;
            }
            () = news.changed() => subscribe(&mut connection, &mut subscribed, &news).await,
            push = inbox.recv() => {
                let Some(push) = push else { return };
                if push.kind == PushKind::Message
                    && let Some(household) = redis::Msg::from_push_info(push).and_then(|message| message.get_payload::<i64>().ok())
                {
                    news.tell(HouseholdId(household));
                }
            }
        }
    }
}

async fn subscribe(connection: &mut ConnectionManager, subscribed: &mut BTreeSet<String>, news: &News) {
    let wanted: BTreeSet<String> = news.watched().into_iter().map(channel).collect();
    for channel in wanted.difference(&subscribed.clone()) {
        match connection.subscribe(channel).await {
            Ok(()) => drop(subscribed.insert(channel.clone())),
            Err(error) => tracing::debug!(%error, "not subscribed; the sweep replaces the news until then"),
        }
    }
    for channel in subscribed.clone().difference(&wanted) {
        match connection.unsubscribe(channel).await {
            Ok(()) => drop(subscribed.remove(channel)),
            Err(error) => tracing::debug!(%error, "not unsubscribed"),
        }
    }
}

/// Whether a Redis server answers, within a few seconds.
pub async fn redis_answers(url: &str) -> Result<()> {
    let client = Client::open(url).map_err(|error| broken(&error))?;
    let ping = async {
        let mut connection = client.get_multiplexed_async_connection().await?;
        connection.ping::<()>().await
    };
    tokio::time::timeout(Duration::from_secs(5), ping)
        .await
        .map_err(|_| Error::Busy { reason: "redis: no answer within 5 s".into() })?
        .map_err(|error| broken(&error))
}
