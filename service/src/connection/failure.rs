//! What a failure of a bank means for a connection: how it is shown, and when it is tried again.

use std::time::Duration;

use connector::bank::Failure;
use domain::job::Backoff;
use entity::connection;

use super::Status;
use crate::Error;

/// A bank that is out of order is asked again soon, then ever more rarely, and never given up.
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(10), limit: Duration::from_hours(6) };
/// A first or second failure is not shown: most pass by themselves.
const SILENT_FAILURES: i32 = 2;

/// The name of the failure of a bank that was asked too often.
const RATE_LIMITED: &str = "RATE_LIMITED";

/// Until when a bank is left alone because it was asked too often: nobody asks it earlier, not for a person either.
pub(super) fn left_alone_until(row: &connection::Model, now_ms: i64) -> Option<i64> {
    let at_ms = row.next_pull_at_ms.filter(|at_ms| *at_ms > now_ms)?;
    (row.failure.as_deref() == Some(RATE_LIMITED)).then_some(at_ms)
}

/// What is done about a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remedy {
    /// How the connection is shown.
    pub(super) status: Option<Status>,
    /// The stable name of the failure.
    pub(super) name: &'static str,
    /// When it is tried again; `None` when a person must act first.
    pub(super) after: Option<Duration>,
}

/// `failures` is how many there were in a row, with this one.
pub(super) fn remedy(failure: &Failure, failures: i32, dice: u64) -> Remedy {
    let attempt = u16::try_from(failures.max(1)).unwrap_or(u16::MAX);
    let later = BACKOFF.delay(attempt, dice);
    let shown = (failures > SILENT_FAILURES).then_some(Status::Failing);
    match failure {
        Failure::SignInNeeded { .. } => {
            Remedy { status: Some(Status::SignInNeeded), name: "SIGN_IN_NEEDED", after: None }
        }
        Failure::RateLimited { retry_after } => {
            Remedy { status: shown, name: RATE_LIMITED, after: Some(retry_after.unwrap_or(later)) }
        }
        Failure::Unavailable { .. } => Remedy { status: shown, name: "UNAVAILABLE", after: Some(later) },
        Failure::Malformed { .. } => Remedy { status: shown, name: "MALFORMED", after: Some(later) },
        // The feed is read from its beginning, at once; a bank that refuses that as well is out of order.
        Failure::CursorRefused => {
            let after = if failures <= 1 { Duration::ZERO } else { later };
            Remedy { status: shown, name: "CURSOR_REFUSED", after: Some(after) }
        }
        Failure::Refused { .. } => Remedy { status: Some(Status::Failing), name: "REFUSED", after: Some(later) },
    }
}

/// The result of a step of a pull.
pub(super) type Pulled<T> = Result<T, Stop>;

/// Why a pull does not go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// The bank failed.
    Bank(Failure),
    /// We did.
    House(Error),
    /// The connection was removed meanwhile.
    Gone,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Bank(failure)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::House(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector::bank::{Outage, SignIn};

    #[test]
    fn only_a_closed_door_waits_for_a_person() {
        let closed = remedy(&Failure::SignInNeeded { why: SignIn::ConsentEnded }, 1, 0);
        assert_eq!((closed.status, closed.after), (Some(Status::SignInNeeded), None));
        let down = Failure::Unavailable { reason: Outage::TimedOut };
        for failures in 1..200 {
            let remedy = remedy(&down, failures, 7);
            assert!(remedy.after.is_some_and(|after| after <= BACKOFF.limit));
            assert_eq!(remedy.status.is_some(), failures > SILENT_FAILURES, "the person sees what lasts");
        }
    }

    #[test]
    fn a_bank_that_says_when_is_asked_then() {
        let after = Some(Duration::from_secs(3));
        assert_eq!(remedy(&Failure::RateLimited { retry_after: after }, 9, 7).after, after);
        assert_eq!(remedy(&Failure::CursorRefused, 1, 7).after, Some(Duration::ZERO));
        assert!(remedy(&Failure::CursorRefused, 2, 7).after > Some(Duration::ZERO), "once is enough");
    }
}
