//! Who in this process waits for news of which household.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::id::HouseholdId;
use tokio::sync::Notify;

/// The households that somebody in this process watches.
#[derive(Clone, Debug, Default)]
pub struct News {
    households: Arc<Mutex<HashMap<HouseholdId, Entry>>>,
    /// Rings when the set of watched households changes.
    changed: Arc<Notify>,
}

#[derive(Debug)]
struct Entry {
    bell: Arc<Notify>,
    watchers: usize,
}

/// A watch on a household. It ends when it is dropped.
#[derive(Debug)]
pub struct Watch {
    household: HouseholdId,
    bell: Arc<Notify>,
    news: News,
}

impl News {
    /// Watches a household.
    #[must_use]
    pub fn watch(&self, household: HouseholdId) -> Watch {
        let bell = {
            let mut households = self.lock();
            let entry = households.entry(household).or_insert_with(|| Entry { bell: Arc::default(), watchers: 0 });
            entry.watchers += 1;
            entry.bell.clone()
        };
        self.changed.notify_one();
        Watch { household, bell, news: self.clone() }
    }

    /// Wakes everybody who watches a household.
    pub fn tell(&self, household: HouseholdId) {
        if let Some(entry) = self.lock().get(&household) {
            entry.bell.notify_waiters();
        }
    }

    /// The households that are watched now.
    #[must_use]
    pub fn watched(&self) -> Vec<HouseholdId> {
        self.lock().keys().copied().collect()
    }

    /// Waits until the set of watched households has changed.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<HouseholdId, Entry>> {
        self.households.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    /// A future that ends at the next news. News that comes after this call is not missed, even before the future is awaited.
    pub fn next(&self) -> impl Future<Output = ()> + Send + 'static {
        // `notified_owned` takes part in `notify_waiters` from its creation on.
        self.bell.clone().notified_owned()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut households = self.news.lock();
        if let Some(entry) = households.get_mut(&self.household) {
            entry.watchers -= 1;
            if entry.watchers == 0 {
                households.remove(&self.household);
                drop(households);
                self.news.changed.notify_one();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn news_reach_every_watcher_and_only_theirs() {
        let news = News::default();
        let (one, again, other) = (news.watch(HouseholdId(1)), news.watch(HouseholdId(1)), news.watch(HouseholdId(2)));
        let (first, second, third) = (one.next(), again.next(), other.next());
        news.tell(HouseholdId(1));
        assert_eq!(first.now_or_never(), Some(()));
        assert_eq!(second.now_or_never(), Some(()));
        assert_eq!(third.now_or_never(), None);
    }

    #[tokio::test]
    async fn a_household_is_forgotten_with_its_last_watcher() {
        let news = News::default();
        let (one, again) = (news.watch(HouseholdId(1)), news.watch(HouseholdId(1)));
        drop(one);
        assert_eq!(news.watched(), [HouseholdId(1)]);
        drop(again);
        assert_eq!(news.watched(), []);
    }
}
