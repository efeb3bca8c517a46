//! Waiting for a condition of another process, with a deadline instead of a guess how long it takes.

use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(25);

/// Asks `probe` again and again until it gives a value, and gives that value.
///
/// A probe that hangs counts against the deadline as well.
///
/// # Panics
/// With `what`, when `deadline` has passed without a value.
pub async fn eventually<T>(what: &str, deadline: Duration, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + deadline;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if let Ok(Some(value)) = tokio::time::timeout(left, probe()).await {
            return value;
        }
        // An answer that is ready at once beats even a timeout of zero, so the end is looked at here as well.
        assert!(Instant::now() < end, "not within {deadline:?}: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// [`eventually`] with the deadline of every test with real processes: long enough for a slow, busy machine.
///
/// # Panics
/// With `what`, when a minute has passed without a value.
pub async fn within_a_minute<T>(what: &str, probe: impl AsyncFnMut() -> Option<T>) -> T {
    eventually(what, Duration::from_mins(1), probe).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn gives_the_first_value() {
        let mut asked = 0;
        let value = within_a_minute("the third answer", async || {
            asked += 1;
            (asked == 3).then_some("third")
        })
        .await;
        assert_eq!((value, asked), ("third", 3));
    }

    #[tokio::test]
    #[should_panic(expected = "not within 60ms: a job is done")]
    async fn panics_with_what_was_awaited() {
        eventually("a job is done", Duration::from_millis(60), async || None::<()>).await;
    }

    #[tokio::test]
    #[should_panic(expected = "an answer from a dead peer")]
    async fn a_probe_that_hangs_meets_the_deadline() {
        let hanging = async || std::future::pending::<Option<()>>().await;
        eventually("an answer from a dead peer", Duration::from_millis(60), hanging).await;
    }
}
