//! Runs a request against the schema, so that neither a panic nor an endless resolver harms the rest.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::{Executor, Request, Response, parser::types::OperationType};
use axum::http::HeaderValue;
use futures::FutureExt;

use super::{
    client::ClientAddress,
    error::{Code, Refusal},
    options::Hooks,
    plan::Plan,
    request_id::RequestId,
};

/// What every resolver can know about its request, besides the caller.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    /// The same as in the response's header and in its errors; on a socket each operation has its own.
    pub id: RequestId,
    /// Attempts are limited by it.
    pub client: ClientAddress,
    /// How it came.
    pub transport: Transport,
    /// Whether the request proves that no other site's page made it: it carries `X-Florin-Client`. False on sockets.
    pub intent: bool,
    /// The `Cookie` headers of a request that proves intent; of any other none. Marked sensitive, so that no log shows them.
    pub cookies: Vec<HeaderValue>,
}

/// Resolvers can set cookies over HTTP only: a socket has no response headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// One request, one response.
    Http,
    /// `graphql-transport-ws`.
    Socket,
}

impl Transport {
    /// For logs and labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Socket => "socket",
        }
    }
}

/// One finished operation, for the log line and the metrics. Never variables, never bodies.
#[derive(Clone, Copy, Debug)]
pub struct Finished<'a> {
    /// How it came.
    pub transport: Transport,
    /// As the client named it, cut; do not make it a label of a metric.
    pub name: &'a str,
    /// `query`, `mutation`, `subscription`, or `none` if the document was never read.
    pub kind: &'static str,
    /// `OK`, the code of the first error, or `CANCELLED` if the client left before the answer.
    pub code: &'a str,
    /// 0 on sockets, and where nothing was answered.
    pub status: u16,
    /// From the request's arrival to its answer, or to the end of the subscription.
    pub elapsed: Duration,
}

/// Measures one request and says once how it ended, whatever way that is.
pub(super) struct Record {
    pub id: RequestId,
    started: Instant,
    transport: Transport,
    plan: Option<Plan>,
    told: Arc<dyn Fn(&Finished<'_>) + Send + Sync>,
    done: bool,
}

impl Record {
    const LONGEST_NAME: usize = 64;

    pub(super) fn start(info: &RequestInfo, hooks: &Hooks) -> Self {
        Self {
            id: info.id.clone(),
            started: Instant::now(),
            transport: info.transport,
            plan: None,
            told: hooks.finished.clone(),
            done: false,
        }
    }

    pub(super) fn plan(&mut self, plan: &Plan) {
        self.plan = Some(plan.clone());
    }

    pub(super) fn finish(mut self, code: &str, status: u16) {
        self.tell(code, status);
    }

    fn tell(&mut self, code: &str, status: u16) {
        if std::mem::replace(&mut self.done, true) {
            return;
        }
        // A name in a parsed document is letters, digits and underscores, so it may stand in the log.
        let name = self.plan.as_ref().and_then(|plan| plan.name.as_deref()).unwrap_or("");
        let finished = Finished {
            transport: self.transport,
            name: &name[..name.len().min(Self::LONGEST_NAME)],
            kind: self.plan.as_ref().map_or("none", |plan| kind(plan.kind)),
            code,
            status,
            elapsed: self.started.elapsed(),
        };
        tracing::info!(
            request_id = %self.id,
            transport = finished.transport.as_str(),
            operation = finished.name,
            kind = finished.kind,
            code = finished.code,
            status = finished.status,
            milliseconds = u64::try_from(finished.elapsed.as_millis()).unwrap_or(u64::MAX),
            "graphql"
        );
        (self.told)(&finished);
    }
}

impl Drop for Record {
    /// The client left before the end. That is how a subscription normally ends.
    fn drop(&mut self) {
        let subscription = self.plan.as_ref().is_some_and(|plan| plan.kind == OperationType::Subscription);
        self.tell(if subscription { "OK" } else { CANCELLED }, 0);
    }
}

/// In logs and metrics only: nobody was there to be told.
pub const CANCELLED: &str = "CANCELLED";

const fn kind(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    }
}

/// Executes a query or mutation.
pub(super) async fn execute<S: Executor>(
    schema: &S,
    request: Request,
    limit: Duration,
    id: &RequestId,
) -> Result<Response, Refusal> {
    let guarded = AssertUnwindSafe(schema.execute(request)).catch_unwind();
    match tokio::time::timeout(limit, guarded).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(panic)) => Err(panicked(panic.as_ref(), id)),
        Err(_) => Err(timed_out()),
    }
}

pub(super) fn timed_out() -> Refusal {
    Code::Timeout.refuse("the operation took too long")
}

/// Every other request of the process goes on; the message of the panic stays with us.
pub(super) fn panicked(panic: &(dyn Any + Send), id: &RequestId) -> Refusal {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    tracing::error!(request_id = %id, error = message, "a resolver panicked");
    Code::Internal.refuse("internal error")
}
