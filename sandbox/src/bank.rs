//! The bank: its customers' lives, what tests have added to them, and what it would swear to at a moment.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use domain::day::Day;

use crate::{
    Clock, Options,
    fault::Faults,
    life::{Chunk, DAY_MS, Entry, Life, Place, moment},
    seal::Seal,
};

/// Lives and chunks that are kept at hand: whatever is not can be made again.
const LIVES_KEPT: usize = 512;
const ENTRIES_KEPT: usize = 150_000;

/// Takes a lock; what it guards is whole between statements, so a panic elsewhere does not matter.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What tests have done to a customer since the bank was started.
#[derive(Default)]
pub(crate) struct Touched {
    /// In the order of their places.
    pub(crate) added: Vec<Entry>,
    /// Consents given until then are void.
    pub(crate) revoked_ms: Option<i64>,
    /// The first day that any consent shows.
    pub(crate) since: Option<Day>,
}

#[derive(Default)]
struct Kept {
    lives: VecDeque<(String, Arc<Life>)>,
    chunks: VecDeque<(String, i64, Arc<Chunk>)>,
    entries: usize,
}

/// Everything that requests share.
pub(crate) struct Bank {
    pub(crate) options: Options,
    pub(crate) seal: Seal,
    pub(crate) faults: Faults,
    clock: Clock,
    advanced_ms: AtomicI64,
    latest_ms: AtomicI64,
    count: AtomicU64,
    kept: Mutex<Kept>,
    touched: Mutex<HashMap<String, Touched>>,
    /// Nonces of codes that have been used, and until when they would have been good.
    used: Mutex<HashMap<String, i64>>,
}

/// Part of the log.
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    /// The place of the last entry, or where the page was asked for.
    pub(crate) end: Place,
    pub(crate) more: bool,
}

/// Booked balances and pending sums, account by account.
pub(crate) struct Balances {
    pub(crate) booked: Vec<i64>,
    pub(crate) pending: Vec<i64>,
}

impl Bank {
    pub(crate) fn new(options: Options, clock: Clock) -> Self {
        Self {
            seal: Seal::new(options.seed),
            options,
            clock,
            faults: Faults::default(),
            advanced_ms: AtomicI64::new(0),
            latest_ms: AtomicI64::new(i64::MIN),
            count: AtomicU64::new(0),
            kept: Mutex::default(),
            touched: Mutex::default(),
            used: Mutex::default(),
        }
    }

    /// The bank's present moment; it never goes back, even if the clock does.
    pub(crate) fn now_ms(&self) -> i64 {
        let now = (self.clock)().saturating_add(self.advanced_ms.load(Ordering::SeqCst));
        self.latest_ms.fetch_max(now, Ordering::SeqCst).max(now)
    }

    pub(crate) fn advance(&self, days: u32) {
        self.advanced_ms.fetch_add(i64::from(days) * DAY_MS, Ordering::SeqCst);
    }

    /// A number that was not given before in this process.
    pub(crate) fn count(&self) -> u64 {
        self.count.fetch_add(1, Ordering::SeqCst)
    }

    /// Remembers that a code was used; false if it had been.
    pub(crate) fn use_up(&self, nonce: &str, until_ms: i64, now_ms: i64) -> bool {
        let mut used = lock(&self.used);
        used.retain(|_, until| *until >= now_ms);
        used.insert(nonce.to_owned(), until_ms).is_none()
    }

    /// What tests have done to a customer, to be read or changed.
    pub(crate) fn touched<T>(&self, customer: &str, then: impl FnOnce(&mut Touched) -> T) -> T {
        then(lock(&self.touched).entry(customer.to_owned()).or_default())
    }

    /// What tests have added to a customer's log.
    fn added(&self, customer: &str) -> Vec<Entry> {
        lock(&self.touched).get(customer).map_or_else(Vec::new, |touched| touched.added.clone())
    }

    pub(crate) fn life(&self, customer: &str) -> Arc<Life> {
        let mut kept = lock(&self.kept);
        if let Some((_, life)) = kept.lives.iter().find(|(name, _)| name == customer) {
            return life.clone();
        }
        let life = Arc::new(Life::of(self.options.seed, customer));
        kept.lives.push_back((customer.to_owned(), life.clone()));
        if kept.lives.len() > LIVES_KEPT {
            kept.lives.pop_front();
        }
        life
    }

    fn chunk(&self, customer: &str, life: &Life, span: i64) -> Arc<Chunk> {
        let found = |kept: &Kept| {
            kept.chunks.iter().find(|(name, at, _)| *at == span && name == customer).map(|(_, _, chunk)| chunk.clone())
        };
        if let Some(chunk) = found(&lock(&self.kept)) {
            return chunk;
        }
        // Made without the lock: two at a time may make the same one, and both are right.
        let chunk = Arc::new(life.chunk(span));
        let mut kept = lock(&self.kept);
        kept.entries += chunk.entries.len();
        kept.chunks.push_back((customer.to_owned(), span, chunk.clone()));
        while kept.entries > ENTRIES_KEPT && kept.chunks.len() > 1 {
            let dropped = kept.chunks.pop_front().map_or(0, |(_, _, chunk)| chunk.entries.len());
            kept.entries -= dropped;
        }
        chunk
    }

    /// The log after a place, as far as it has happened; at most `limit` entries, of those that begin on `since`.
    pub(crate) fn page(&self, customer: &str, since: Day, after: Option<Place>, limit: usize, now_ms: i64) -> Page {
        let life = self.life(customer);
        let start = (moment(since), 0);
        let after = after.filter(|place| *place > start);
        let follows = |entry: &Entry| after.map_or(entry.place() >= start, |after| entry.place() > after);
        let from_ms = after.unwrap_or(start).0;
        let mut entries: Vec<Entry> = Vec::new();
        for span in life.span(from_ms)..=life.span(now_ms) {
            let chunk = self.chunk(customer, &life, span);
            let first = chunk.entries.partition_point(|entry| !follows(entry));
            let happened = chunk.entries[first..].iter().take_while(|entry| entry.at_ms <= now_ms);
            entries.extend(happened.take(limit + 1 - entries.len()).cloned());
            if entries.len() > limit {
                break;
            }
        }
        let added = self.added(customer);
        if !added.is_empty() {
            entries.extend(added.into_iter().filter(follows).filter(|entry| entry.at_ms <= now_ms).take(limit + 1));
            entries.sort_unstable_by_key(Entry::place);
        }
        let more = entries.len() > limit;
        entries.truncate(limit);
        let end = entries.last().map_or(after.unwrap_or(start), Entry::place);
        Page { entries, end, more }
    }

    /// Every entry from `since` until now, one after the other, without keeping any.
    pub(crate) fn each(&self, customer: &str, since: Day, now_ms: i64, mut visit: impl FnMut(&Entry)) {
        let life = self.life(customer);
        let from_ms = moment(since);
        let visible = |entry: &&Entry| entry.at_ms >= from_ms && entry.at_ms <= now_ms;
        for span in life.span(from_ms)..=life.span(now_ms) {
            life.chunk(span).entries.iter().filter(visible).for_each(&mut visit);
        }
        self.added(customer).iter().filter(visible).for_each(&mut visit);
    }

    /// The balances at a moment, everything included that happened at it.
    pub(crate) fn balances(&self, customer: &str, now_ms: i64) -> Balances {
        let life = self.life(customer);
        let span = life.span(now_ms);
        let mut booked = self.chunk(customer, &life, span).opening.clone();
        let mut pending = vec![0; booked.len()];
        let mut gone = HashSet::new();
        let mut waiting = Vec::new();
        let mut note = |entry: &Entry| match &entry.change {
            crate::life::Change::Gone { id, .. } => {
                gone.insert(*id);
            }
            crate::life::Change::Row(row) if row.pending => waiting.push((row.id, row.account, row.amount_minor)),
            crate::life::Change::Row(_) => {}
        };
        for earlier in life.span(now_ms - life.longest_pending_ms())..=span {
            let chunk = self.chunk(customer, &life, earlier);
            for entry in chunk.entries.iter().take_while(|entry| entry.at_ms <= now_ms) {
                note(entry);
                if let (true, Some((account, amount))) = (earlier == span, entry.booked()) {
                    booked[account] += amount;
                }
            }
        }
        for entry in self.added(customer).iter().filter(|entry| entry.at_ms <= now_ms) {
            note(entry);
            if let Some((account, amount)) = entry.booked() {
                booked[account] += amount;
            }
        }
        for (_, account, amount) in waiting.into_iter().filter(|(id, ..)| !gone.contains(id)) {
            pending[account] += amount;
        }
        Balances { booked, pending }
    }

    /// The booked balances just before the first moment of a day.
    pub(crate) fn opening(&self, customer: &str, since: Day) -> Vec<i64> {
        self.balances(customer, moment(since) - 1).booked
    }
}
