//! The operations that run on one socket: each under its id, each in a task of its own.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::extract::ws::Message;
use tokio::{sync::mpsc, task::AbortHandle};

#[derive(Clone)]
pub(super) struct Operations(Arc<Mutex<Running>>);

struct Running {
    by_id: HashMap<String, Entry>,
    /// Tells two operations apart that use the same id one after the other.
    last: u64,
    limit: usize,
}

struct Entry {
    number: u64,
    task: AbortHandle,
}

/// Why an operation was not started.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotStarted {
    IdInUse,
    TooMany,
}

/// An operation's way to speak, for as long as the client listens.
pub(super) struct Voice {
    pub(super) id: String,
    number: u64,
    operations: Operations,
    out: mpsc::Sender<Message>,
}

impl Operations {
    pub(super) fn new(limit: usize) -> Self {
        Self(Arc::new(Mutex::new(Running { by_id: HashMap::new(), last: 0, limit })))
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the operation under the id until it ends or is dropped.
    pub(super) fn start<F>(
        &self,
        id: String,
        out: mpsc::Sender<Message>,
        run: impl FnOnce(Voice) -> F + Send + 'static,
    ) -> Result<(), NotStarted>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // Held until the entry is in, so that the task cannot end before it has begun.
        let mut running = self.lock();
        if running.by_id.contains_key(&id) {
            return Err(NotStarted::IdInUse);
        }
        if running.by_id.len() >= running.limit {
            return Err(NotStarted::TooMany);
        }
        running.last += 1;
        let number = running.last;
        let voice = Voice { id: id.clone(), number, operations: self.clone(), out };
        let task = tokio::spawn(async move { run(voice).await }).abort_handle();
        running.by_id.insert(id, Entry { number, task });
        Ok(())
    }

    /// The client no longer listens: the operation is dropped and its id is free.
    pub(super) fn drop_one(&self, id: &str) {
        let entry = self.lock().by_id.remove(id);
        if let Some(entry) = entry {
            entry.task.abort();
        }
    }

    pub(super) fn drop_all(&self) {
        let entries = std::mem::take(&mut self.lock().by_id);
        for entry in entries.into_values() {
            entry.task.abort();
        }
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.lock().by_id.len()
    }
}

impl Voice {
    /// Sends a message of the operation. `false` if nobody listens any more.
    pub(super) async fn say(&self, message: String) -> bool {
        self.speak(message, false).await
    }

    /// Sends the last message; the id is free before the client can know.
    pub(super) async fn say_last(&self, message: String) {
        self.speak(message, true).await;
    }

    async fn speak(&self, message: String, last: bool) -> bool {
        let Ok(place) = self.out.reserve().await else { return false };
        // Under the lock: once the client's `complete` is handled, nothing is sent under this id by us,
        // which may by then belong to another operation.
        let mut running = self.operations.lock();
        if running.by_id.get(&self.id).is_none_or(|entry| entry.number != self.number) {
            return false;
        }
        if last {
            running.by_id.remove(&self.id);
        }
        place.send(Message::Text(message.into()));
        true
    }
}

impl Drop for Voice {
    /// Whatever way a task ends, its id is free afterwards.
    fn drop(&mut self) {
        let mut running = self.operations.lock();
        if running.by_id.get(&self.id).is_some_and(|entry| entry.number == self.number) {
            running.by_id.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(message: Option<Message>) -> String {
        match message {
            Some(Message::Text(text)) => text.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn ids_are_exclusive_bounded_and_freed() {
        let (out, mut sent) = mpsc::channel(4);
        let operations = Operations::new(2);
        let endless = |_voice: Voice| std::future::pending::<()>();
        let id = |text: &str| text.to_owned();
        assert_eq!(operations.start(id("a"), out.clone(), endless), Ok(()));
        assert_eq!(operations.start(id("a"), out.clone(), endless), Err(NotStarted::IdInUse));
        let short = |voice: Voice| async move { voice.say_last("done".to_owned()).await };
        assert_eq!(operations.start(id("b"), out.clone(), short), Ok(()));
        assert_eq!(operations.start(id("c"), out.clone(), endless), Err(NotStarted::TooMany));
        assert_eq!(text(sent.recv().await), "done");
        assert_eq!(operations.start(id("b"), out.clone(), endless), Ok(()));
        operations.drop_one("a");
        operations.drop_one("unknown");
        assert_eq!(operations.count(), 1);
        operations.drop_all();
        assert_eq!(operations.count(), 0);
    }

    #[tokio::test]
    async fn a_dropped_operation_is_silent() {
        let (out, mut sent) = mpsc::channel(4);
        let operations = Operations::new(2);
        let (speak, spoken) = tokio::sync::oneshot::channel::<Voice>();
        let hold = |voice: Voice| async move {
            speak.send(voice).ok();
            std::future::pending::<()>().await;
        };
        operations.start("a".to_owned(), out.clone(), hold).unwrap();
        let old = spoken.await.unwrap();
        assert!(old.say("one".to_owned()).await);
        operations.drop_one("a");
        operations.start("a".to_owned(), out, |_voice| std::future::pending::<()>()).unwrap();
        assert!(!old.say("two".to_owned()).await);
        assert_eq!(text(sent.recv().await), "one");
        assert!(sent.try_recv().is_err());
        drop(old);
        assert_eq!(operations.count(), 1, "the new operation keeps the id");
    }

    #[tokio::test]
    async fn a_panic_frees_the_id() {
        let (out, _sent) = mpsc::channel(4);
        let operations = Operations::new(2);
        operations.start("a".to_owned(), out, |voice| async move { panic!("expected: {}", voice.id) }).unwrap();
        while operations.count() > 0 {
            tokio::task::yield_now().await;
        }
    }
}
