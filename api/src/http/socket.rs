//! `/graphql` over WebSocket: who may open a socket, and how many.

mod operate;
mod operations;
pub(super) mod origin;
mod protocol;
mod session;
mod writer;

use std::sync::Arc;

use async_graphql::Executor;
use axum::{
    extract::{FromRequestParts, Request, WebSocketUpgrade},
    http::{HeaderMap, Method, header},
    response::Response,
};

use super::{
    Shared,
    accept::Media,
    authenticate::Authenticate,
    error::{Code, Refusal},
    execute::{Record, Transport},
    graphql::arrival,
    respond::Reply,
};
use protocol::SUB_PROTOCOL;

/// Whether the request wants to become a socket.
pub(super) fn is_upgrade(method: &Method, headers: &HeaderMap) -> bool {
    // Over HTTP/2 a socket is a CONNECT, without the header.
    method == Method::CONNECT
        || headers.get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

pub(super) async fn open<S: Executor, A: Authenticate>(shared: Arc<Shared<S, A>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let arrival = arrival(&shared, &parts, Transport::Socket);
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let opened = (|| {
        let upgrade = upgrade.map_err(|rejection| Code::BadRequest.refuse(rejection.body_text()))?;
        let cookie_counts = origin::check(&parts.headers, &shared.origins)?;
        let place = shared
            .sockets
            .clone()
            .try_acquire_owned()
            .map_err(|_| Code::Busy.refuse("no socket is free").retry_after(Shared::<S, A>::RETRY))?;
        Ok::<_, Refusal>((upgrade, cookie_counts, place))
    })();
    let (upgrade, cookie_counts, place) = match opened {
        Ok(opened) => opened,
        Err(refusal) => {
            let reply = Reply::refused(refusal, &arrival.id);
            let record = Record::start(&arrival, &shared.hooks);
            record.finish(reply.code(), reply.status(Media::Json).as_u16());
            return reply.into_http(Media::Json);
        }
    };
    let longest = shared.options.body_bytes;
    let counted = shared.hooks.sockets.token();
    let client = session::Client { headers: parts.headers, arrival, cookie_counts };
    upgrade
        .protocols([SUB_PROTOCOL])
        .max_message_size(longest)
        .max_frame_size(longest)
        // What waits to leave waits in our queue, which is counted, and not in a second one below it.
        .write_buffer_size(0)
        .read_buffer_size(8 << 10)
        .on_upgrade(move |socket| async move {
            session::run(shared, socket, client).await;
            drop((place, counted));
        })
}
