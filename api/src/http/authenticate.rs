//! The seam to the sign-in module: who is asking, and for how long.

use std::future::Future;

use axum::http::HeaderMap;
use serde_json::{Map, Value};

use super::{client::ClientAddress, error::Refusal};

/// What a request brings along to prove who sends it.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    /// The request's headers; of a socket, those of its upgrade request.
    pub headers: &'a HeaderMap,
    /// Where the request really comes from.
    pub client: ClientAddress,
    /// Whether a cookie proves intent. A browser attaches cookies to requests that other sites' pages
    /// make; it cannot be brought to attach `X-Florin-Client`, nor to lie about a socket's origin.
    /// So this says: the header is there, or it is a socket from an allowed origin. A caller known
    /// only by cookie must be refused where it is false; a Bearer token needs no such proof.
    pub cookie_counts: bool,
}

/// Who is asking. Implemented by the sign-in module.
pub trait Authenticate: Clone + Send + Sync + 'static {
    /// Put into the data of each GraphQL request, where resolvers find it.
    type Caller: Clone + Send + Sync + 'static;

    /// From the headers of an HTTP request: `Authorization: Bearer`, or a cookie.
    /// Nothing presented is `Ok(None)`: registering and signing in need no caller, so the resolvers
    /// decide. Presented but no longer good is a refusal.
    fn by_headers(
        &self,
        credentials: Credentials<'_>,
    ) -> impl Future<Output = Result<Option<Self::Caller>, Refusal>> + Send;

    /// From the payload of `connection_init` (`{"authorization": "Bearer …"}`), falling back on the
    /// headers of the upgrade request. Anything but `Ok(Some(_))` closes the socket.
    fn by_init(
        &self,
        payload: &Map<String, Value>,
        credentials: Credentials<'_>,
    ) -> impl Future<Output = Result<Option<Self::Caller>, Refusal>> + Send;

    /// Resolves when the caller's right ends: the token runs out, or its session is revoked.
    fn ended(&self, caller: &Self::Caller) -> impl Future<Output = ()> + Send;
}
