//! Alerts: what a household is told.

use std::sync::Arc;

use async_graphql::{Context, Enum, Error, ID, Object, SimpleObject, Subscription};
use domain::{
    budget::Threshold,
    category::tree::Tree,
    id::{NotificationId, Owned},
};
use futures::{Stream, StreamExt, TryStreamExt};
use service::{
    Scope, category,
    event::Event,
    notification::{self, BudgetAlert},
};

use super::{
    category::Category,
    db,
    money::Money,
    scope, seq,
    stream::{Heard, heard},
};
use crate::{
    error::from_service,
    fallible::Fallible,
    scalar::{Cursor, Month, Timestamp},
};

/// What an alert tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Threshold")]
pub(crate) enum AlertKind {
    /// At least 80 % of a budget is used.
    #[graphql(name = "BUDGET_APPROACHING")]
    Approaching,
    /// More than all of a budget is used.
    #[graphql(name = "BUDGET_EXCEEDED")]
    Exceeded,
}

/// Something that a household is told: once for each budget, month and threshold.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Alert {
    /// Its id.
    id: ID,
    /// What it tells.
    kind: AlertKind,
    /// When it was told.
    at: Timestamp,
    /// The budget's category.
    category: Category,
    /// The month.
    month: Month,
    /// The budget.
    budget: Money,
    /// What was used of it then, pending transactions included: positive.
    used: Money,
}

impl Alert {
    fn new(alert: &BudgetAlert, categories: &Arc<Tree>, scope: Scope) -> Self {
        Self {
            id: alert.id.text(scope.household()).into(),
            kind: alert.threshold.into(),
            at: Timestamp::from_ms(alert.at_ms),
            category: Category::new(categories, alert.category, scope.household()),
            month: alert.month.into(),
            budget: alert.budget.into(),
            used: alert.used.into(),
        }
    }
}

/// The longest list of alerts.
const ALERTS: i32 = 200;

#[derive(Debug, Default)]
pub(crate) struct AlertQuery;

/// Questions about alerts.
#[Object]
impl AlertQuery {
    /// What the household was told, the latest first; at most 200.
    #[graphql(complexity = "first.clamp(1, 200) as usize * child_complexity")]
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "So many.", default = 50)] first: i32,
    ) -> Fallible<Vec<Alert>> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let limit = u64::try_from(first).ok().filter(|_| (1..=ALERTS).contains(&first));
            let limit =
                limit.ok_or_else(|| service::Error::invalid("first", format!("must be between 1 and {ALERTS}")))?;
            let all = notification::list(db(ctx), scope, limit).await?;
            let categories = category::tree(db(ctx), scope, seq(ctx)).await?;
            Ok(all.iter().map(|alert| Alert::new(alert, &categories, scope)).collect())
        })
        .await
    }
}

/// An alert as it is told.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct AlertRaised {
    /// Its place. Subscribe `after` it to go on from here.
    cursor: Cursor,
    /// Whether events before this one are no longer kept: load `notifications` anew.
    is_gap: bool,
    /// The alert; null for a gap.
    alert: Option<Alert>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AlertSubscription;

/// What clients are told.
#[Subscription]
impl AlertSubscription {
    /// Alerts as they are raised. With `after`, everything since that event comes first.
    async fn alerts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cursor of the last event that was received.")] after: Option<Cursor>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<AlertRaised>> + use<>> {
        let (db, scope) = (db(ctx).clone(), scope(ctx).map_err(|error| from_service(&error))?);
        let all = heard(ctx, after).await?;
        let raised = all.and_then(move |heard| {
            let db = db.clone();
            async move {
                let (cursor, id) = match heard {
                    Heard::Gap(cursor) => return Ok(Some(AlertRaised { cursor, is_gap: true, alert: None })),
                    Heard::Event(seen) => match seen.event {
                        Event::AlertRaised { notification } => (Cursor(seen.seq), NotificationId(notification)),
                        _ => return Ok(None),
                    },
                };
                let alert = async {
                    let alert = notification::get(&db, scope, id).await?;
                    Ok(Alert::new(&alert, &category::tree(&db, scope, None).await?, scope))
                };
                let alert = alert.await.map_err(|error| from_service(&error))?;
                Ok::<_, Error>(Some(AlertRaised { cursor, is_gap: false, alert: Some(alert) }))
            }
        });
        Ok(raised.filter_map(|raised| async move { raised.transpose() }))
    }
}
