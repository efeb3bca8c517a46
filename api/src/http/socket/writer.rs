//! The one task that writes to a socket: what waits is counted, what takes too long ends the socket.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures::{SinkExt, stream::SplitSink};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use super::protocol::Close;

/// How long a client may take to see the close frame.
pub(super) const FAREWELL: Duration = Duration::from_secs(2);

/// Why a writer ended before it was told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The client does not take what is sent.
    Slow,
    /// The connection is gone.
    Gone,
}

pub(super) struct Writer {
    pub(super) out: mpsc::Sender<Message>,
    task: JoinHandle<Option<Fault>>,
}

impl Writer {
    pub(super) fn start(sink: SplitSink<WebSocket, Message>, queue: usize, send_timeout: Duration) -> Self {
        let (out, waiting) = mpsc::channel(queue.max(1));
        Self { out, task: tokio::spawn(write(sink, waiting, send_timeout)) }
    }

    /// Resolves when writing has failed. Safe to drop and call again.
    pub(super) async fn fault(&mut self) -> Fault {
        match (&mut self.task).await {
            Ok(Some(fault)) => fault,
            _ => Fault::Gone,
        }
    }

    /// Sends the close frame behind what still waits, if the client takes it in time.
    pub(super) async fn close(self, close: Close, patience: Duration) {
        let Self { out, mut task } = self;
        let finish = async {
            if out.send(frame(&close)).await.is_ok() {
                // Its answer does not matter any more.
                let _ = (&mut task).await;
            }
        };
        if timeout(patience, finish).await.is_err() {
            task.abort();
        }
    }
}

fn frame(close: &Close) -> Message {
    Message::Close(Some(CloseFrame { code: close.code, reason: close.reason.as_ref().into() }))
}

async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut waiting: mpsc::Receiver<Message>,
    send_timeout: Duration,
) -> Option<Fault> {
    while let Some(message) = waiting.recv().await {
        let last = matches!(message, Message::Close(_));
        match timeout(send_timeout, sink.send(message)).await {
            Ok(Ok(())) if last => return None,
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Some(Fault::Gone),
            Err(_) => {
                // It may be slow and not dead: tell it why, behind what it has not read yet.
                let _ = timeout(FAREWELL, sink.send(frame(&Close::SLOW_READER))).await;
                return Some(Fault::Slow);
            }
        }
    }
    None
}
