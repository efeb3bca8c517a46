//! How long a failed job waits before it is tried again.

use std::time::Duration;

/// Exponential delay with jitter: the n-th failure waits between half of and the whole of `first × 2^(n−1)`, at most `limit`.
///
/// Half of the delay is chance, so that jobs that failed together do not come back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest delay after the first failure.
    pub first: Duration,
    /// No delay is longer.
    pub limit: Duration,
}

impl Backoff {
    /// The delay after `failures` failures (1 for the first); `chance` is any random number.
    #[must_use]
    pub fn delay(&self, failures: u16, chance: u64) -> Duration {
        let doublings = u32::from(failures.saturating_sub(1)).min(31);
        let whole = self.first.saturating_mul(1 << doublings).min(self.limit);
        let half = u64::try_from(whole.as_millis() / 2).unwrap_or(u64::MAX);
        Duration::from_millis(half.saturating_add(chance % half.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEN_SECONDS_TO_AN_HOUR: Backoff = Backoff { first: Duration::from_secs(10), limit: Duration::from_hours(1) };

    #[test]
    fn doubles_and_stops_at_the_limit() {
        let longest = |failures| TEN_SECONDS_TO_AN_HOUR.delay(failures, 5_000 * (1 << (failures - 1)));
        assert_eq!(longest(1), Duration::from_secs(10));
        assert_eq!(longest(2), Duration::from_secs(20));
        assert_eq!(longest(5), Duration::from_secs(160));
        assert_eq!(TEN_SECONDS_TO_AN_HOUR.delay(60_000, 1_800_000), Duration::from_hours(1));
    }

    proptest! {
        #[test]
        fn stays_between_half_and_whole(failures in 1u16.., chance: u64) {
            let delay = TEN_SECONDS_TO_AN_HOUR.delay(failures, chance);
            let whole = Duration::from_secs(10).saturating_mul(1 << u32::from(failures - 1).min(20)).min(Duration::from_hours(1));
            prop_assert!(delay <= whole && delay >= whole / 2, "{delay:?} of {whole:?}");
        }
    }
}
