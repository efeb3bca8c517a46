//! What tests and the demo do to the bank, under `/control/`, without authentication: failures, purchases, time, and what is true.

mod ledger;
mod purchase;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    routing::{delete, get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{bank::Bank, fault::Order, oauth, problem::Problem};

/// The routes below `/control`.
pub(crate) fn routes() -> Router<Arc<Bank>> {
    Router::new()
        .route("/fault", get(orders).post(order).delete(clear))
        .route("/purchase", post(purchase::purchase))
        .route("/post", post(purchase::post))
        .route("/expire", post(purchase::expire))
        .route("/clock", post(advance))
        .route("/ledger", get(ledger::ledger))
        .route("/consent", delete(revoke))
}

/// A customer's name as it is meant, without months.
fn customer(text: &str) -> Result<String, Problem> {
    oauth::customer(text, None).map(|(name, _)| name).map_err(Problem::field)
}

async fn order(State(bank): State<Arc<Bank>>, Json(mut order): Json<Order>) -> Result<StatusCode, Problem> {
    order.customer = order.customer.as_deref().map(customer).transpose()?;
    bank.faults.order(order);
    Ok(StatusCode::NO_CONTENT)
}

async fn orders(State(bank): State<Arc<Bank>>) -> Json<Vec<Order>> {
    Json(bank.faults.open())
}

async fn clear(State(bank): State<Arc<Bank>>) -> StatusCode {
    bank.faults.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Advance {
    advance_days: u32,
}

/// The most by which one request moves the bank's present: ten years.
const MOST_DAYS: u32 = 3_660;

async fn advance(State(bank): State<Arc<Bank>>, Json(by): Json<Advance>) -> Result<Json<Value>, Problem> {
    if by.advance_days > MOST_DAYS {
        return Err(Problem::field("advance_days must be at most 3660"));
    }
    bank.advance(by.advance_days);
    Ok(Json(json!({ "now_ms": bank.now_ms() })))
}

#[derive(Deserialize)]
struct Whose {
    customer: String,
}

async fn revoke(State(bank): State<Arc<Bank>>, Query(whose): Query<Whose>) -> Result<StatusCode, Problem> {
    let (name, now_ms) = (customer(&whose.customer)?, bank.now_ms());
    bank.touched(&name, |touched| touched.revoked_ms = touched.revoked_ms.max(Some(now_ms)));
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests;
