//! What is kept in memory of households, and believed as long as their number stands: every change of anything a household owns
//! advances it, and whoever asks has just read it.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{category::tree::Tree, id::HouseholdId, merchant::Directory, rule::Set};
use lru::LruCache;

use crate::account::Accounts;

/// So many households are remembered: with three accounts each, a few megabytes.
const HOUSEHOLDS: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");

/// What is kept.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// The accounts of households.
    pub(crate) accounts: Kept<Accounts>,
    /// Their categories.
    pub(crate) trees: Kept<Tree>,
    /// Their rules, each as of the commit that changed them: other writes leave them alone.
    pub(crate) rules: Kept<Set>,
    /// What they say of merchants, for whoever reads.
    pub(crate) directories: Kept<Directory>,
    /// The same, each as of the commit that changed it, for whoever writes.
    pub(crate) merchants: Kept<Directory>,
}

/// Something of households, each as of a number of its household.
#[derive(Debug)]
pub(crate) struct Kept<T>(Mutex<LruCache<HouseholdId, (i64, Arc<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(HOUSEHOLDS)))
    }
}

impl<T> Kept<T> {
    /// That of a household, if it was loaded when its number was this.
    pub(crate) fn recall(&self, household: HouseholdId, seq: i64) -> Option<Arc<T>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&household).filter(|(of, _)| *of == seq).map(|(_, thing)| thing.clone())
    }

    /// Keeps what was loaded after the household's number was read.
    pub(crate) fn keep(&self, household: HouseholdId, seq: i64, thing: Arc<T>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.put(household, (seq, thing));
    }
}
