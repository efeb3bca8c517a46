//! The life of one socket: greets, hands messages to operations, keeps alive, ends with a reason.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use async_graphql::Executor;
use axum::{
    extract::ws::{Message, Utf8Bytes, WebSocket},
    http::HeaderMap,
};
use futures::{StreamExt, future::BoxFuture, stream::SplitStream};
use serde_json::{Map, Value};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, sleep, timeout},
};

use super::{
    super::{
        Shared,
        authenticate::{Authenticate, Credentials},
        error::Refusal,
        execute::RequestInfo,
        request_id::RequestId,
    },
    operate::{no_place, operate},
    operations::{NotStarted, Operations},
    protocol::{ClientMessage, Close, Phase, ServerMessage},
    writer::{FAREWELL, Fault, Writer},
};

/// Who opened the socket, as far as the upgrade tells.
pub(super) struct Client {
    pub(super) headers: HeaderMap,
    pub(super) arrival: RequestInfo,
    pub(super) cookie_counts: bool,
}

pub(super) async fn run<S: Executor, A: Authenticate>(shared: Arc<Shared<S, A>>, socket: WebSocket, client: Client) {
    let agreed = socket.protocol().is_some();
    let (sink, mut frames) = socket.split();
    let options = &shared.options.socket;
    let mut writer = Writer::start(sink, options.queue, options.send_timeout);
    let id = client.arrival.id.clone();
    let close = if agreed {
        let mut session = Session {
            operations: Operations::new(options.operations),
            out: writer.out.clone(),
            shared: shared.clone(),
            client: Some(Arc::new(client)),
            phase: Phase::Opened,
            alive: true,
            greeting: None,
            caller: None,
            ended: Box::pin(std::future::pending()),
        };
        session.serve(&mut frames, &mut writer).await
    } else {
        Some(Close::SUB_PROTOCOL_NOT_ACCEPTABLE)
    };
    tracing::debug!(request_id = %id, code = close.as_ref().map_or(1005, |close| close.code), "socket closed");
    if let Some(close) = close {
        writer.close(close, options.send_timeout.min(FAREWELL)).await;
    }
    drain(&mut frames).await;
}

/// How long a client may take to read the close frame and answer: longer than to take it, because it may have its hands full.
const LINGER: Duration = Duration::from_secs(5);

/// Reads on until the connection is closed. Reading is what sends the answer to a client's close frame;
/// and leaving while bytes are unread would make the operating system throw our own close frame away
/// before the client has read it.
async fn drain(frames: &mut SplitStream<WebSocket>) {
    let read = async {
        while let Some(frame) = frames.next().await {
            if frame.is_err() {
                // Nothing more can be read, but the client may still need a moment to read us.
                std::future::pending::<()>().await;
            }
        }
    };
    let _ = timeout(LINGER, read).await;
}

type Greeting<C> = Pin<Box<dyn Future<Output = Result<Option<C>, Refusal>> + Send>>;

struct Session<S, A: Authenticate> {
    shared: Arc<Shared<S, A>>,
    operations: Operations,
    out: mpsc::Sender<Message>,
    /// Gone once greeted, its headers with it.
    client: Option<Arc<Client>>,
    phase: Phase,
    /// Whether anything came since the last ping.
    alive: bool,
    greeting: Option<Greeting<A::Caller>>,
    caller: Option<(A::Caller, RequestInfo)>,
    ended: BoxFuture<'static, ()>,
}

impl<S, A: Authenticate> Drop for Session<S, A> {
    fn drop(&mut self) {
        self.operations.drop_all();
    }
}

impl<S: Executor, A: Authenticate> Session<S, A> {
    /// Until somebody ends it; `None` if the client has closed or is gone.
    async fn serve(&mut self, frames: &mut SplitStream<WebSocket>, writer: &mut Writer) -> Option<Close> {
        let options = &self.shared.options.socket;
        let init_timeout = sleep(options.init_timeout);
        let mut keepalive = interval_at(Instant::now() + options.keepalive, options.keepalive);
        keepalive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = self.shared.hooks.stop.clone();
        tokio::pin!(init_timeout);
        loop {
            let outcome = tokio::select! {
                () = stop.cancelled() => Err(Close::GOING_AWAY),
                fault = writer.fault() => return (fault == Fault::Slow).then_some(Close::SLOW_READER),
                () = &mut init_timeout, if self.phase != Phase::Ready => Err(Close::INIT_TIMEOUT),
                caller = next_of(&mut self.greeting) => self.greeted(caller).await,
                () = &mut self.ended => Err(Close::SESSION_ENDED),
                _ = keepalive.tick() => self.ping().await,
                frame = frames.next() => match frame {
                    None | Some(Ok(Message::Close(_))) => return None,
                    Some(Ok(frame)) => self.receive(frame).await,
                    Some(Err(error)) => Err(unreadable(&error)),
                },
            };
            if let Err(close) = outcome {
                return Some(close);
            }
        }
    }

    async fn receive(&mut self, frame: Message) -> Result<(), Close> {
        self.alive = true;
        match frame {
            Message::Text(text) => self.hear(&text).await,
            Message::Binary(_) => Err(Close::bad_request("Messages are text")),
            // Pings are answered by the library below.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => Ok(()),
        }
    }

    async fn hear(&mut self, text: &Utf8Bytes) -> Result<(), Close> {
        let message = ClientMessage::parse(text)?;
        self.phase.admit(&message)?;
        match message {
            ClientMessage::Init(payload) => self.greet(payload),
            ClientMessage::Ping(payload) => self.send(ServerMessage::Pong { payload }.text()).await,
            ClientMessage::Pong => {}
            ClientMessage::Complete { id } => self.operations.drop_one(&id),
            ClientMessage::Subscribe { id, parameters } => {
                let Some((caller, arrival)) = self.caller.clone() else { return Err(Close::UNAUTHORIZED) };
                let info = RequestInfo { id: RequestId::make(|| (self.shared.hooks.request_id)()), ..arrival };
                let (shared, length) = (self.shared.clone(), text.len());
                let again = (id.clone(), info.clone());
                let started = self
                    .operations
                    .start(id, self.out.clone(), move |voice| operate(shared, voice, parameters, length, caller, info));
                match started {
                    Ok(()) => {}
                    Err(NotStarted::IdInUse) => return Err(Close::subscriber_exists(&again.0)),
                    Err(NotStarted::TooMany) => self.send(no_place(&again.0, &again.1)).await,
                }
            }
        }
        Ok(())
    }

    /// Begins to look up the caller; meanwhile the socket goes on listening.
    fn greet(&mut self, payload: Map<String, Value>) {
        self.phase = Phase::Greeting;
        let Some(client) = self.client.clone() else { return };
        let authenticate = self.shared.authenticate.clone();
        self.greeting = Some(Box::pin(async move {
            let credentials = Credentials {
                headers: &client.headers,
                client: client.arrival.client,
                cookie_counts: client.cookie_counts,
            };
            authenticate.by_init(&payload, credentials).await
        }));
    }

    async fn greeted(&mut self, caller: Result<Option<A::Caller>, Refusal>) -> Result<(), Close> {
        self.greeting = None;
        let Ok(Some(caller)) = caller else { return Err(Close::FORBIDDEN) };
        let Some(client) = self.client.take() else { return Err(Close::FORBIDDEN) };
        let (authenticate, watched) = (self.shared.authenticate.clone(), caller.clone());
        self.ended = Box::pin(async move { authenticate.ended(&watched).await });
        self.caller = Some((caller, client.arrival.clone()));
        self.phase = Phase::Ready;
        self.send(ServerMessage::ConnectionAck.text()).await;
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), Close> {
        if !std::mem::take(&mut self.alive) {
            return Err(Close::NO_PONG);
        }
        // If it cannot be sent the writer has failed, which is noticed on its own.
        let _ = self.out.send(Message::Ping(axum::body::Bytes::new())).await;
        Ok(())
    }

    async fn send(&mut self, text: String) {
        let _ = self.out.send(Message::Text(text.into())).await;
    }
}

/// Waits for ever where there is nothing to wait for.
async fn next_of<T>(future: &mut Option<Pin<Box<dyn Future<Output = T> + Send>>>) -> T {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

/// The library below keeps its kinds of errors to itself; only their words tell them apart.
fn unreadable(error: &axum::Error) -> Close {
    if error.to_string().contains("too long") { Close::TOO_BIG } else { Close::PROTOCOL_ERROR }
}
