//! One operation on a socket, from the client's `subscribe` to our last message.

use std::{panic::AssertUnwindSafe, sync::Arc};

use async_graphql::{Executor, Request, Response, parser::types::OperationType};
use futures::StreamExt;
use tokio::time::timeout;
use tracing::Instrument;

use super::{
    super::{
        Shared,
        authenticate::Authenticate,
        error::{Code, Refusal},
        execute::{Record, RequestInfo, panicked, timed_out},
        plan::{Plan, examine},
        request::Parameters,
        request_id::RequestId,
        respond::Reply,
    },
    operations::Voice,
    protocol::ServerMessage,
};

pub(super) async fn operate<S: Executor, A: Authenticate>(
    shared: Arc<Shared<S, A>>,
    voice: Voice,
    parameters: Parameters,
    length: usize,
    caller: A::Caller,
    info: RequestInfo,
) {
    let mut record = Record::start(&info, &shared.hooks);
    let mut request = parameters.into_request();
    let code = match examine(&mut request, length, &shared.options.document) {
        Ok(plan) => {
            record.plan(&plan);
            request.data.insert(caller);
            request.data.insert(info);
            run(&shared, &voice, request, &plan, &record.id).await
        }
        Err(refusal) => refuse(&voice, refusal, &record.id).await,
    };
    record.finish(&code, 0);
}

/// Returns the code for the log: of the last answer, or that the client left.
async fn run<S: Executor, A>(
    shared: &Shared<S, A>,
    voice: &Voice,
    request: Request,
    plan: &Plan,
    id: &RequestId,
) -> String {
    let answers = shared.schema.execute_stream(request, None);
    let mut answers = AssertUnwindSafe(answers).catch_unwind();
    let span = tracing::info_span!("graphql", request_id = %id);
    let mut code = "OK".to_owned();
    loop {
        // A subscription may be silent for as long as it likes.
        let next = answers.next().instrument(span.clone());
        let next = if plan.kind == OperationType::Subscription {
            next.await
        } else if let Ok(next) = timeout(shared.options.execution_timeout, next).await {
            next
        } else {
            return refuse(voice, timed_out(), id).await;
        };
        let response: Response = match next {
            None => break,
            Some(Ok(response)) => response,
            Some(Err(panic)) => return refuse(voice, panicked(panic.as_ref(), id), id).await,
        };
        let reply = Reply::executed(response, id);
        reply.code().clone_into(&mut code);
        if !reply.began() {
            // An error ends the operation; nothing follows it, not even `complete`.
            voice.say_last(ServerMessage::Error { id: &voice.id, payload: reply.errors() }.text()).await;
            return code;
        }
        if !voice.say(ServerMessage::Next { id: &voice.id, payload: &reply }.text()).await {
            return code;
        }
    }
    voice.say_last(ServerMessage::Complete { id: &voice.id }.text()).await;
    code
}

async fn refuse(voice: &Voice, refusal: Refusal, id: &RequestId) -> String {
    let reply = Reply::refused(refusal, id);
    voice.say_last(ServerMessage::Error { id: &voice.id, payload: reply.errors() }.text()).await;
    reply.code().to_owned()
}

/// The message for an operation that has no place.
pub(super) fn no_place(id: &str, info: &RequestInfo) -> String {
    let refusal = Code::TooManyOperations.refuse("the socket runs as many operations as it may");
    let reply = Reply::refused(refusal, &info.id);
    ServerMessage::Error { id, payload: reply.errors() }.text()
}
