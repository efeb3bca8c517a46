//! Finds the news of lost hints: looks at the numbers of all watched households at once, now and then.

use std::{collections::HashMap, time::Duration};

use domain::id::HouseholdId;
use entity::household;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use tokio_util::sync::CancellationToken;

use crate::{Db, Result};

/// Households asked for in one statement.
const CHUNK: usize = 1000;

/// Looks every `period` until `stop`.
pub async fn sweep(db: Db, period: Duration, stop: CancellationToken) {
    let mut told = HashMap::new();
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = look(&db, &mut told).await {
            tracing::warn!(reason = %error, "no sweep for news; the next one makes up for it");
        }
    }
}

async fn look(db: &Db, told: &mut HashMap<i64, i64>) -> Result<()> {
    let watched = db.hints().news().watched();
    let mut seen = HashMap::with_capacity(watched.len());
    for chunk in watched.chunks(CHUNK) {
        #[expect(
            clippy::disallowed_methods,
            reason = "only the numbers of households that somebody with a scope watches"
        )]
        let rows: Vec<(i64, i64)> = household::Entity::find()
            .select_only()
            .columns([household::Column::Id, household::Column::Seq])
            .filter(household::Column::Id.is_in(chunk.iter().map(|household| household.0)))
            .into_tuple()
            .all(db.reader())
            .await?;
        for (id, seq) in rows {
            // A household seen for the first time is told of as well: its watcher may have read before the last commit.
            if told.get(&id) != Some(&seq) {
                db.hints().news().tell(HouseholdId(id));
            }
            seen.insert(id, seq);
        }
    }
    *told = seen;
    Ok(())
}
