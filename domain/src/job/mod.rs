//! Which work runs next: lanes, ranks, retries, and who must wait for whom.

mod admission;
mod backoff;

pub use admission::{Admission, Hold, Load, Ties};
pub use backoff::Backoff;

use std::time::Duration;

/// A lane has workers of its own, so that no kind of work can crowd out another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// A person waits for the answer: a link, a refresh.
    Urgent,
    /// What keeps a household up to date: scheduled pulls, alerts.
    Routine,
    /// What can take hours: backfill, re-categorization, reports.
    Bulk,
}

impl Lane {
    /// All lanes, most urgent first.
    pub const ALL: [Self; 3] = [Self::Urgent, Self::Routine, Self::Bulk];

    /// The name in logs, in Redis and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Routine => "routine",
            Self::Bulk => "bulk",
        }
    }

    /// The number in the job table. Never changes.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Urgent => 0,
            Self::Routine => 1,
            Self::Bulk => 2,
        }
    }

    /// The lane of a number from the job table.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.code() == code)
    }

    /// The lane of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.name() == name)
    }
}

/// How a kind of job is run: the named numbers that stand beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// The lane it runs in.
    pub lane: Lane,
    /// How long after it is due it may wait while younger work of its lane with a smaller allowance goes first.
    pub allowance: Duration,
    /// How often it is tried before it is dead.
    pub attempts: u16,
    /// How long one attempt may take.
    pub time_limit: Duration,
    /// How long it waits between attempts.
    pub backoff: Backoff,
}

impl Policy {
    /// No kind has a longer allowance. A lane looks no further ahead than this for jobs that are due.
    pub const LONGEST_ALLOWANCE: Duration = Duration::from_mins(10);

    /// The virtual deadline by which a lane is ordered: fixed when the row is written, so that waiting ages a job
    /// and nothing starves.
    #[must_use]
    pub fn rank(&self, due_ms: i64) -> i64 {
        due_ms.saturating_add(i64::try_from(self.allowance.as_millis()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_found_by_name_and_number() {
        for lane in Lane::ALL {
            assert_eq!(Lane::from_code(lane.code()), Some(lane));
            assert_eq!(Lane::from_name(lane.name()), Some(lane));
        }
        assert_eq!(Lane::from_code(3), None);
        assert_eq!(Lane::from_name("Bulk"), None);
    }

    #[test]
    fn an_old_patient_job_outranks_a_new_impatient_one() {
        let backoff = Backoff { first: Duration::from_secs(1), limit: Duration::from_mins(1) };
        let policy = |allowance| Policy {
            lane: Lane::Routine,
            allowance,
            attempts: 1,
            time_limit: Duration::from_secs(1),
            backoff,
        };
        let patient = policy(Duration::from_mins(1));
        let impatient = policy(Duration::ZERO);
        assert!(impatient.rank(1_000) < patient.rank(1_000));
        assert!(patient.rank(1_000) < impatient.rank(61_001));
        assert_eq!(patient.rank(i64::MAX), i64::MAX);
    }
}
