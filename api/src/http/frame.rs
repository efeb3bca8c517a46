//! What surrounds every request: its name, its sender's address, and the headers that keep browsers strict.

use std::{net::SocketAddr, panic::AssertUnwindSafe};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use futures::FutureExt;

use super::{
    accept::Media,
    client::ClientAddress,
    execute::panicked,
    options::Hooks,
    request_id::{REQUEST_ID_HEADER, RequestId},
    respond::Reply,
};

pub(super) async fn frame(State(hooks): State<Hooks>, mut request: Request, next: Next) -> Response {
    let id = RequestId::take_or_make(request.headers(), || (hooks.request_id)());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let client = ClientAddress::find(peer, request.headers(), &*hooks.trusted_proxy);
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(client);

    let mut response = AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| Reply::refused(panicked(panic.as_ref(), &id), &id).into_http(Media::Json));

    let headers = response.headers_mut();
    headers.insert(REQUEST_ID_HEADER, id.header_value());
    for (name, value) in STRICT {
        // A page that needs more than nothing brings its own policy.
        headers.entry(name).or_insert(value);
    }
    response
}

const STRICT: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
];
