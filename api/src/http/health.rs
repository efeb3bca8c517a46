//! What load balancers and Prometheus ask for.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use super::options::Hooks;

/// A balancer that waits longer than this for an answer would take the process out anyway.
const READY_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn routes(hooks: Hooks) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(hooks)
}

async fn live() -> Response {
    fresh(Json(json!({ "status": "live" })))
}

async fn ready(State(hooks): State<Hooks>) -> Response {
    let answer = tokio::time::timeout(READY_TIMEOUT, (hooks.ready)())
        .await
        .unwrap_or_else(|_| Err(vec!["READINESS_TIMEOUT".to_owned()]));
    match answer {
        Ok(()) => fresh(Json(json!({ "status": "ready" }))),
        Err(reasons) => {
            fresh((StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "unready", "reasons": reasons }))))
        }
    }
}

async fn metrics(State(hooks): State<Hooks>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    fresh((kind, (hooks.metrics)()))
}

fn fresh(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
