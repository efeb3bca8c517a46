//! `/graphql` over HTTP: POST with JSON or files, GET for queries.

use std::sync::Arc;

use async_graphql::{Executor, Request, Response, parser::types::OperationType};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
};
use tracing::Instrument;

use super::{
    Shared,
    accept::{Media, negotiate},
    authenticate::{Authenticate, Credentials},
    client::{ClientAddress, has_client_header},
    error::{Code, Refusal},
    execute::{Record, RequestInfo, Transport, execute},
    multipart,
    plan::{Plan, examine},
    request::{self, Content},
    request_id::RequestId,
    respond::Reply,
    socket,
};

pub(super) async fn handle<S: Executor, A: Authenticate>(
    State(shared): State<Arc<Shared<S, A>>>,
    request: axum::extract::Request,
) -> axum::response::Response {
    if socket::is_upgrade(request.method(), request.headers()) {
        return socket::open(shared, request).await;
    }
    let (parts, body) = request.into_parts();
    let arrival = arrival(&shared, &parts, Transport::Http);
    let mut record = Record::start(&arrival, &shared.hooks);
    let (media, outcome) = match negotiate(&parts.headers) {
        Ok(media) => (media, answer(&shared, &parts, body, arrival, &mut record).await),
        Err(refusal) => (Media::Json, Err(refusal)),
    };
    let reply = match outcome {
        Ok(response) => Reply::executed(response, &record.id),
        Err(refusal) => Reply::refused(refusal, &record.id),
    };
    record.finish(reply.code(), reply.status(media).as_u16());
    reply.into_http(media)
}

/// What the frame found out about a request.
pub(super) fn arrival<S, A>(shared: &Shared<S, A>, parts: &Parts, transport: Transport) -> RequestInfo {
    let id = parts.extensions.get::<RequestId>().cloned();
    let client = parts.extensions.get::<ClientAddress>().copied();
    let intent = transport == Transport::Http && has_client_header(&parts.headers);
    RequestInfo {
        id: id.unwrap_or_else(|| RequestId::make(|| (shared.hooks.request_id)())),
        client: client.unwrap_or_else(|| ClientAddress::find(None, &parts.headers, &|_| false)),
        transport,
        intent,
        cookies: if intent { cookies(&parts.headers) } else { Vec::new() },
    }
}

fn cookies(headers: &HeaderMap) -> Vec<HeaderValue> {
    let mut cookies: Vec<HeaderValue> = headers.get_all(header::COOKIE).iter().cloned().collect();
    for cookie in &mut cookies {
        cookie.set_sensitive(true);
    }
    cookies
}

async fn answer<S: Executor, A: Authenticate>(
    shared: &Shared<S, A>,
    parts: &Parts,
    body: Body,
    arrival: RequestInfo,
    record: &mut Record,
) -> Result<Response, Refusal> {
    // Who asks is settled before a byte of the body is read.
    let (way, caller) = match admit(shared, parts, &arrival).await {
        Ok(admitted) => admitted,
        Err(refusal) => {
            request::discard(&parts.headers, body.into_data_stream());
            return Err(refusal);
        }
    };
    let mut request = read(shared, parts, body, way, record).await?;
    if let Some(caller) = caller {
        request.data.insert(caller);
    }
    let id = arrival.id.clone();
    request.data.insert(arrival);
    let span = tracing::info_span!("graphql", request_id = %id);
    execute(&shared.schema, request, shared.options.execution_timeout, &id).instrument(span).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Get,
    Json,
    Files,
}

async fn admit<S, A: Authenticate>(
    shared: &Shared<S, A>,
    parts: &Parts,
    arrival: &RequestInfo,
) -> Result<(Way, Option<A::Caller>), Refusal> {
    let way = match parts.method {
        Method::GET => Way::Get,
        Method::POST => match request::content(&parts.headers)? {
            Content::Json => Way::Json,
            Content::Multipart => Way::Files,
        },
        _ => return Err(Code::MethodNotAllowed.refuse("send POST, or GET for a query")),
    };
    let cookie_counts = has_client_header(&parts.headers);
    // A browser sends forms anywhere without asking; this header it does not.
    if way == Way::Files && !cookie_counts {
        return Err(Code::ClientHeaderRequired.refuse("files need the header X-Florin-Client"));
    }
    let credentials = Credentials { headers: &parts.headers, client: arrival.client, cookie_counts };
    let caller = shared.authenticate.by_headers(credentials).await?;
    // Nobody unknown fills our disk.
    if way == Way::Files && caller.is_none() {
        return Err(Code::Unauthenticated.refuse("sign in to send files"));
    }
    Ok((way, caller))
}

async fn read<S, A>(
    shared: &Shared<S, A>,
    parts: &Parts,
    body: Body,
    way: Way,
    record: &mut Record,
) -> Result<Request, Refusal> {
    let options = &shared.options;
    let headers = &parts.headers;
    let mut check = |request: &mut Request, length: usize| {
        let plan = examine(request, length, &options.document)?;
        record.plan(&plan);
        may_run(&plan, way)
    };
    match way {
        Way::Get => {
            let mut request = request::from_query_string(&parts.uri)?;
            check(&mut request, parts.uri.query().map_or(0, str::len))?;
            Ok(request)
        }
        Way::Json => {
            let body = request::read(headers, body, options.body_bytes, options.body_timeout).await?;
            let mut request = request::from_json(&body)?;
            check(&mut request, body.len())?;
            Ok(request)
        }
        Way::Files => {
            let _place = shared
                .uploads
                .try_acquire()
                .map_err(|_| Code::Busy.refuse("too many uploads at once").retry_after(Shared::<S, A>::RETRY))?;
            multipart::receive(&options.upload, options.body_bytes, headers, body, &mut check).await
        }
    }
}

fn may_run(plan: &Plan, way: Way) -> Result<(), Refusal> {
    match plan.kind {
        OperationType::Mutation if way == Way::Get => {
            let mut refusal = Code::MethodNotAllowed.refuse("send mutations by POST");
            refusal.allow = "POST";
            Err(refusal)
        }
        OperationType::Subscription => Err(Code::ValidationFailed
            .refuse("subscriptions run over WebSocket at this address, with the sub-protocol graphql-transport-ws")),
        _ => Ok(()),
    }
}
