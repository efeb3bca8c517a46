//! GraphQL over HTTP and over WebSocket: our own thin layer over [`async_graphql::Executor`].
//!
//! [`router`] serves `/graphql`, `/graphiql`, `/health/live`, `/health/ready` and `/metrics`. Serve it with
//! `into_make_service_with_connect_info::<SocketAddr>()`, or nobody has an address.

mod accept;
mod authenticate;
pub(crate) mod callback;
mod client;
mod error;
mod execute;
mod frame;
mod graphiql;
mod graphql;
mod health;
mod multipart;
mod options;
mod plan;
mod request;
mod request_id;
mod respond;
mod socket;
mod upload;

use std::{sync::Arc, time::Duration};

use async_graphql::Executor;
use axum::{Router, middleware, routing::any};
use tokio::sync::Semaphore;

pub use authenticate::{Authenticate, Credentials};
pub use client::{CLIENT_HEADER, ClientAddress};
pub use error::{Code, Refusal};
pub use execute::{CANCELLED, Finished, RequestInfo, Transport};
pub use options::{DocumentLimits, Hooks, Options, SocketOptions, UploadOptions};
pub use request_id::{REQUEST_ID_HEADER, RequestId};
pub use upload::{Upload, UploadedFile};

/// What all requests share.
struct Shared<S, A> {
    schema: S,
    authenticate: A,
    options: Options,
    hooks: Hooks,
    /// Whose pages may open sockets.
    origins: Vec<String>,
    sockets: Arc<Semaphore>,
    uploads: Semaphore,
}

impl<S, A> Shared<S, A> {
    /// When to come back if there is no room.
    const RETRY: Duration = Duration::from_secs(5);
}

/// All routes of the layer. `more` are the routes of others that want the same frame around them: a request
/// id, a client address (both in the request's extensions), strict headers, and panics that stay harmless.
pub fn router<S: Executor, A: Authenticate>(
    schema: S,
    authenticate: A,
    options: Options,
    hooks: Hooks,
    more: Router,
) -> Router {
    let addresses = std::iter::once(&options.public_url).chain(&options.allowed_origins).map(String::as_str);
    let shared = Arc::new(Shared {
        schema,
        authenticate,
        origins: socket::origin::allowed_origins(addresses),
        sockets: Arc::new(Semaphore::new(options.socket.sockets.min(Semaphore::MAX_PERMITS))),
        uploads: Semaphore::new(options.upload.concurrent.min(Semaphore::MAX_PERMITS)),
        options,
        hooks: hooks.clone(),
    });
    let pages = if shared.options.graphiql { graphiql::routes() } else { Router::new() };
    Router::new()
        .route("/graphql", any(graphql::handle::<S, A>))
        .with_state(shared)
        .merge(pages)
        .merge(health::routes(hooks.clone()))
        .merge(more)
        .layer(middleware::from_fn_with_state(hooks, frame::frame))
}

#[cfg(test)]
#[expect(clippy::unused_async, reason = "resolvers are async by the library's rule")]
mod tests;
