//! A bank of our own that behaves like a real one over HTTP and OAuth 2: for the demo, the tests and the load generator.
//!
//! Every customer name is a customer. What happens on their accounts follows from the bank's seed and the name, so a life is the
//! same in every process and at every moment; the present only decides how much of it has happened. Consents, codes, tokens and
//! cursors are signed texts that follow from the seed as well: a bank that is started again knows all of them. Only what tests do
//! under `/control/` is kept in memory. `docs/SANDBOX.md` walks through all of it with curl.
//!
//! | customer | life |
//! |---|---|
//! | `anna` | checking, savings and credit card in euros, a travel account in dollars |
//! | `load-N`, `load-N-…` | checking and credit card with N transactions a year between them, made as they are asked for |
//! | any other | two or three accounts in euros, pounds or dollars |
//!
//! `name@6` shows six months at the consent instead of 24.
//!
//! | path | what |
//! |---|---|
//! | `GET /authorize` | the consent page (RFC 6749 §4.1, PKCE with S256 is mandatory) |
//! | `POST /authorize/decision` | its form: the parameters of the request, `customer`, `months`, `decision` (`allow` or `deny`) |
//! | `POST /token` | codes and refresh tokens against tokens |
//! | `GET /open-banking/v4.0/aisp/accounts` | the accounts, as in OBIE account information 4.0 |
//! | `GET /open-banking/v4.0/aisp/balances` | booked (`ITBD`) and available (`ITAV`) balances |
//! | `GET /open-banking/v4.0/aisp/transactions` | the log from `cursor` on, at most `limit` entries |
//!
//! Under `/control/`, without authentication:
//!
//! | path | what |
//! |---|---|
//! | `POST fault` | orders failures: `{customer, path, kind, times, retry_after_seconds}` |
//! | `GET fault`, `DELETE fault` | the orders that are not carried out yet; takes all of them back |
//! | `POST purchase` | a purchase now: `{customer, account, amount, descriptor, merchant_category_code, pending, booked_day}` |
//! | `POST post` | books a pending purchase under a new id: `{customer, transaction_id, amount, descriptor, booked_day, linked}` |
//! | `POST expire` | a pending purchase goes without being booked: `{customer, transaction_id}` |
//! | `POST clock` | moves the bank's present: `{advance_days}` |
//! | `GET ledger` | what the bank would swear to now: `customer`, `since`, `summary=true` |
//! | `DELETE consent` | ends a customer's consents: `customer` |

mod bank;
mod control;
mod dice;
mod fault;
mod life;
mod oauth;
mod problem;
mod resource;
mod seal;
mod serve;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

pub use serve::serve;

/// The bank's clock: milliseconds of Unix time.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What can be chosen about the bank.
#[derive(Clone)]
pub struct Options {
    /// Who its only client says to be.
    pub client_id: String,
    /// And proves it with.
    pub client_secret: String,
    /// How long a consent lasts.
    pub consent_days: u32,
    /// Keys and lives follow from it: two banks with one seed are the same bank.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { client_id: "florin".to_owned(), client_secret: "florin-sandbox".to_owned(), consent_days: 90, seed: 1 }
    }
}

/// The whole bank: OAuth 2, the resources, and the control for tests. Two routers have nothing in common but what follows from the seed.
pub fn router(options: Options, clock: Clock) -> Router {
    let bank = Arc::new(bank::Bank::new(options, clock));
    Router::new()
        .route("/", get(async || "Florin's sandbox bank: not a real one. See docs/SANDBOX.md.\n"))
        .route("/authorize", get(oauth::authorize))
        .route("/authorize/decision", post(oauth::decide))
        .route("/token", post(oauth::token))
        .route("/open-banking/v4.0/aisp/accounts", get(resource::accounts))
        .route("/open-banking/v4.0/aisp/balances", get(resource::balances))
        .route("/open-banking/v4.0/aisp/transactions", get(resource::transactions))
        .nest("/control", control::routes())
        .with_state(bank)
}
