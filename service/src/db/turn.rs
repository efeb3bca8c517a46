//! Turns: within a process, units of work of one household line up here, before they take a connection. The household's row
//! would let them through one at a time anyway; but those that wait there each hold a connection that another household needs.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::id::HouseholdId;
use tokio::sync::{Mutex as Line, OwnedMutexGuard};

/// The lines of the households that anybody waits for or writes to now.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    lines: Arc<Mutex<HashMap<HouseholdId, Arc<Line<()>>>>>,
}

/// A turn. It ends when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    household: HouseholdId,
    turns: Turns,
    held: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits for the household's turn, in the order of asking.
    pub(super) async fn take(&self, household: HouseholdId) -> Turn {
        let line = self.lines().entry(household).or_default().clone();
        // The turn exists before the wait, so that a caller who gives up while waiting leaves the line tidy.
        let mut turn = Turn { household, turns: self.clone(), held: None };
        turn.held = Some(line.lock_owned().await);
        turn
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, HashMap<HouseholdId, Arc<Line<()>>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut lines = self.turns.lines();
        self.held = None;
        // Whoever waits holds a clone of the line; nobody can take a new one while the map is locked.
        if lines.get(&self.household).is_some_and(|line| Arc::strong_count(line) == 1) {
            lines.remove(&self.household);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn one_at_a_time_in_a_household_and_no_wait_between_households() {
        let turns = Turns::default();
        let first = turns.take(HouseholdId(1)).await;
        let other = turns.take(HouseholdId(2)).now_or_never();
        assert!(other.is_some());
        let mut second = std::pin::pin!(turns.take(HouseholdId(1)));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        assert!(second.now_or_never().is_some());
    }

    #[tokio::test]
    async fn nothing_is_kept_of_a_household_that_nobody_writes_to() {
        let turns = Turns::default();
        let first = turns.take(HouseholdId(1)).await;
        let waiting = turns.take(HouseholdId(1));
        assert!(Box::pin(waiting).as_mut().now_or_never().is_none(), "waits, and gives up");
        drop(first);
        drop(turns.take(HouseholdId(1)).await);
        assert!(turns.lines().is_empty());
    }
}
