//! What surrounds a use case and is handed to it: the clock, and chance.

use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// Tells the time.
pub trait Clock: Debug + Send + Sync + 'static {
    /// UTC in milliseconds of Unix time.
    fn now_ms(&self) -> i64;
}

/// Throws the dice.
pub trait Chance: Debug + Send + Sync + 'static {
    /// A number that nobody can foretell.
    fn number(&self) -> u64;
}

/// The clock and the dice of a process.
#[derive(Clone, Debug)]
pub struct Ambient {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The dice.
    pub chance: Arc<dyn Chance>,
}

impl Ambient {
    /// 32 bytes that nobody can foretell.
    #[must_use]
    pub fn key_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.chance.number().to_le_bytes());
        }
        bytes
    }

    /// The machine's clock and its source of randomness.
    #[must_use]
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), chance: Arc::new(SystemChance) }
    }
}

#[derive(Debug)]
struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "this is the one place where the machine's clock enters")]
        chrono::Utc::now().timestamp_millis()
    }
}

#[derive(Debug)]
struct SystemChance;

impl Chance for SystemChance {
    fn number(&self) -> u64 {
        #[expect(clippy::disallowed_methods, reason = "this is the one place where the machine's randomness enters")]
        rand::random()
    }
}

/// A clock that stands still until somebody moves it.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Stands at a moment.
    #[must_use]
    pub fn at_ms(now_ms: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now_ms)))
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Milliseconds of a duration, as the rows hold them.
#[must_use]
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
