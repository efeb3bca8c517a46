//! Hints: "lane X has work", "household Y has news". They carry no content and may be lost or doubled at any time,
//! because whoever hears one reads the rows, and a sweep finds what a lost one would have said.

mod news;
mod redis;

pub use news::{News, Watch};
pub use redis::{RedisNews, redis_answers};

use std::{fmt::Debug, sync::Arc};

use domain::{id::HouseholdId, job::Lane};
use tokio::sync::Notify;

/// Carries hints to other processes. Must not block: it is called right after a commit.
pub trait Messenger: Debug + Send + Sync + 'static {
    /// Some lane has work.
    fn ring(&self, lane: Lane) {
        let _ = lane;
    }

    /// Some household has news.
    fn event(&self, household: HouseholdId) {
        let _ = household;
    }
}

/// The hints of a process: its own bells and news, and messengers to the others.
#[derive(Clone, Debug)]
pub struct Hints {
    bells: Arc<[Notify; 3]>,
    news: News,
    messengers: Arc<[Arc<dyn Messenger>]>,
}

impl Hints {
    /// Rings within this process, and through the messengers in others.
    #[must_use]
    pub fn new(news: News, messengers: Vec<Arc<dyn Messenger>>) -> Self {
        Self { bells: Arc::default(), news, messengers: messengers.into() }
    }

    /// Rings within this process only.
    #[must_use]
    pub fn in_process() -> Self {
        Self::new(News::default(), Vec::new())
    }

    /// Says that a lane has work.
    pub fn ring(&self, lane: Lane) {
        self.ring_here(lane);
        self.ring_elsewhere(lane);
    }

    /// Says so to other processes only: this one has its hands full.
    pub fn ring_elsewhere(&self, lane: Lane) {
        for messenger in self.messengers.iter() {
            messenger.ring(lane);
        }
    }

    /// Says so within this process only: a ticket from another one arrived.
    pub fn ring_here(&self, lane: Lane) {
        self.bell(lane).notify_one();
    }

    /// Waits for the bell of a lane. One that rang before anybody waited is not lost.
    pub async fn rung(&self, lane: Lane) {
        self.bell(lane).notified().await;
    }

    /// Says that a household has news.
    pub fn event(&self, household: HouseholdId) {
        self.news.tell(household);
        for messenger in self.messengers.iter() {
            messenger.event(household);
        }
    }

    /// Who waits for news in this process.
    #[must_use]
    pub fn news(&self) -> &News {
        &self.news
    }

    fn bell(&self, lane: Lane) -> &Notify {
        match lane {
            Lane::Urgent => &self.bells[0],
            Lane::Routine => &self.bells[1],
            Lane::Bulk => &self.bells[2],
        }
    }
}
