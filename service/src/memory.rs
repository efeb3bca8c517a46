//! What is kept in memory of households, and believed as long as their number stands: every change of anything a household owns
//! advances it, and whoever asks has just read it.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use domain::id::HouseholdId;
use lru::LruCache;

use crate::account::Accounts;

/// So many households are remembered: with three accounts each, a few megabytes.
const HOUSEHOLDS: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");

/// The accounts of households, each as of a number of its household.
#[derive(Debug)]
pub(crate) struct Memory(Mutex<LruCache<HouseholdId, (i64, Arc<Accounts>)>>);

impl Default for Memory {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(HOUSEHOLDS)))
    }
}

impl Memory {
    /// The accounts of a household, if they were loaded when its number was this.
    pub(crate) fn recall(&self, household: HouseholdId, seq: i64) -> Option<Arc<Accounts>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&household).filter(|(of, _)| *of == seq).map(|(_, accounts)| accounts.clone())
    }

    /// Keeps accounts that were loaded after the household's number was read.
    pub(crate) fn keep(&self, household: HouseholdId, seq: i64, accounts: Arc<Accounts>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.put(household, (seq, accounts));
    }
}
