//! Failures that tests order: the next so many matching requests fail in a chosen way.

use std::{collections::VecDeque, io, sync::Mutex};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use crate::{bank::lock, problem::Problem};

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    Transactions,
    Accounts,
    Balances,
    Token,
}

/// How it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// 429 with `Retry-After`.
    TooManyRequests,
    /// 500.
    ServerError,
    /// No answer until the client leaves.
    Hang,
    /// The connection is closed in the middle of the body.
    Cut,
    /// 200 with half of the JSON.
    Malformed,
}

/// An order to fail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// Whose requests; absent: everybody's.
    pub(crate) customer: Option<String>,
    /// Which requests; absent: all of them.
    pub(crate) path: Option<Target>,
    pub(crate) kind: Kind,
    #[serde(default = "once")]
    pub(crate) times: u32,
    #[serde(default)]
    pub(crate) retry_after_seconds: u32,
}

fn once() -> u32 {
    1
}

/// Orders that have not been carried out yet, oldest first.
#[derive(Default)]
pub(crate) struct Faults(Mutex<VecDeque<Order>>);

/// A failure that has fallen due.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    kind: Kind,
    retry_after_seconds: u32,
}

impl Faults {
    pub(crate) fn order(&self, order: Order) {
        lock(&self.0).push_back(order);
    }

    /// What is still to fail.
    pub(crate) fn open(&self) -> Vec<Order> {
        lock(&self.0).iter().filter(|order| order.times > 0).cloned().collect()
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }

    /// The failure of a request, if one has been ordered for it. It counts as one of its times.
    pub(crate) fn due(&self, target: Target, customer: Option<&str>) -> Option<Fault> {
        let mut orders = lock(&self.0);
        orders.retain(|order| order.times > 0);
        let order = orders.iter_mut().find(|order| {
            order.path.is_none_or(|path| path == target)
                && order.customer.as_deref().is_none_or(|wanted| customer == Some(wanted))
        })?;
        order.times -= 1;
        Some(Fault { kind: order.kind, retry_after_seconds: order.retry_after_seconds })
    }
}

/// Answers a request, or fails it as ordered. Failures without an answer come before the work, those of the answer after it.
pub(crate) async fn answer(fault: Option<Fault>, work: impl Future<Output = Response>) -> Response {
    let Some(Fault { kind, retry_after_seconds }) = fault else { return work.await };
    match kind {
        Kind::TooManyRequests => {
            let mut response = Problem::new(StatusCode::TOO_MANY_REQUESTS, "U029", "too many requests").into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds));
            response
        }
        Kind::ServerError => {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "U000", "the bank is out of order").into_response()
        }
        Kind::Hang => std::future::pending().await,
        Kind::Cut => half(work.await, true).await,
        Kind::Malformed => half(work.await, false).await,
    }
}

/// The first half of an answer; `cut`: while the whole was announced.
async fn half(response: Response, cut: bool) -> Response {
    let (mut parts, body) = response.into_parts();
    // Bodies of this bank are in memory: there is nothing that could fail.
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    parts.headers.remove(header::CONTENT_LENGTH);
    if !cut {
        return Response::from_parts(parts, Body::from(half));
    }
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let pieces = futures::stream::unfold(Some(half), |piece| async move {
        if let Some(half) = piece {
            return Some((Ok::<Bytes, io::Error>(half), None));
        }
        // The server writes what it has whenever a body is not ready; else it would drop the first half as well.
        tokio::task::yield_now().await;
        Some((Err(io::ErrorKind::ConnectionReset.into()), None))
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(customer: Option<&str>, path: Option<Target>, times: u32) -> Order {
        Order { customer: customer.map(str::to_owned), path, kind: Kind::ServerError, times, retry_after_seconds: 0 }
    }

    #[test]
    fn an_order_hits_what_it_names_and_as_often_as_it_says() {
        let faults = Faults::default();
        faults.order(order(Some("anna"), Some(Target::Accounts), 2));
        assert!(faults.due(Target::Accounts, Some("ben")).is_none());
        assert!(faults.due(Target::Balances, Some("anna")).is_none());
        assert!(faults.due(Target::Accounts, None).is_none());
        assert!(faults.due(Target::Accounts, Some("anna")).is_some());
        assert!(faults.due(Target::Accounts, Some("anna")).is_some());
        assert!(faults.due(Target::Accounts, Some("anna")).is_none());
        faults.order(order(None, None, 5));
        assert!(faults.due(Target::Token, None).is_some());
        faults.clear();
        assert!(faults.due(Target::Token, None).is_none());
    }
}
