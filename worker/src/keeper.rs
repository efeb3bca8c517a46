//! Keeps the claims of this process alive, breaks off what it lost, and takes back what other processes left behind.

use std::sync::Arc;

use domain::id::JobId;
use service::job;
use tokio_util::sync::CancellationToken;

use crate::Shared;

/// Renewals in one lease: two may fail before the claim is lost.
const RENEWALS: u32 = 3;

/// Renews and sweeps until `stop`.
pub(crate) async fn keep(shared: Arc<Shared>, stop: CancellationToken) {
    let mut renewal = tokio::time::interval(shared.options.lease / RENEWALS);
    let mut sweep = tokio::time::interval(shared.options.sweep);
    for timer in [&mut renewal, &mut sweep] {
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    }
    loop {
        tokio::select! {
            // After a long sleep both are due: first find out what was lost, then take back.
            biased;
            () = stop.cancelled() => return,
            _ = renewal.tick() => renew(&shared).await,
            _ = sweep.tick() => {
                // When the clock was put forward our own claims look overdue too.
                renew(&shared).await;
                match job::expire(&shared.db).await {
                    Ok(0) => {}
                    Ok(expired) => tracing::warn!(expired, "took jobs back whose worker was lost"),
                    Err(error) => tracing::warn!(reason = %error, "no sweep for lost workers; the next one makes up for it"),
                }
            }
        }
    }
}

async fn renew(shared: &Shared) {
    let claims: Vec<(JobId, i32)> = shared.running().iter().map(|(id, (fence, _))| (*id, *fence)).collect();
    match job::renew(&shared.db, &shared.lease, &claims).await {
        Ok(lost) => {
            let running = shared.running();
            for id in lost {
                // A job that was claimed anew during the renewal is not meant.
                if let Some((fence, token)) = running.get(&id)
                    && claims.contains(&(id, *fence))
                {
                    token.cancel();
                }
            }
        }
        Err(error) => tracing::warn!(reason = %error, "claims were not renewed; trying again"),
    }
}
