//! A life at a bank that does everything banks have been seen to do, pulled by processes that die, with files and a person's hand in
//! between: at every end of a pull the rows are what the bank would swear to.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    account::AccountKind,
    categorize::Setting,
    day::Day,
    line::Line,
    reconcile::{State, fingerprint_of_id},
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::{
    Crash, Entry, World,
    bank::{id, line},
};
use crate::{db::Engine, ledger, testing::Bench};

/// How banks write one merchant.
const TEXTS: [[&str; 3]; 4] = [
    ["REWE MARKT 1234 BERLIN", "REWE SAGT DANKE 5512", "REWE MARKT KOELN"],
    ["STARBUCKS COFFEE 114", "STARBUCKS 114 BERLIN", "STARBUCKS COFFEE BERLIN"],
    ["NETFLIX.COM", "NETFLIX COM 4412", "NETFLIX.COM AMSTERDAM"],
    ["SHELL STATION 0412", "SHELL 0412 HAMBURG", "SHELL DEUTSCHLAND 0412"],
];

/// Something happens. Numbers choose among what there is.
#[derive(Clone, Debug)]
enum Event {
    Buy {
        merchant: usize,
        amount_minor: i64,
        is_announced: bool,
    },
    Days(i32),
    /// A pending row is booked, perhaps with more, perhaps without a word of what it was.
    Book {
        which: usize,
        more_minor: i64,
        is_linked: bool,
    },
    /// A pending row is never booked.
    Expire(usize),
    /// A pending row is taken back in one pull, to be booked in a later one.
    Withhold(usize),
    /// It is booked: so many days after it was announced.
    BookLate {
        which: usize,
        days: i32,
        is_linked: bool,
    },
    /// A booked row gets another day.
    Redate {
        which: usize,
        days: i32,
    },
    /// A booked row gets another text.
    Retext {
        which: usize,
        text: usize,
    },
    /// The bank takes a booked row back.
    TakeBack(usize),
    /// A row gets another id: removed under the one, told under the other.
    Rename(usize),
    /// The bank loses its log and tells everything once more: under other ids where the bits say so, the latest first perhaps, and not
    /// what is older than so many days.
    BeginAgain {
        renamed: u32,
        is_backwards: bool,
        days: i32,
    },
    Pull {
        rows: usize,
        crashes: Vec<Option<bool>>,
    },
    /// A statement of the last days, of one of two kinds, each with texts of its own.
    File {
        days: i32,
        has_ids: bool,
    },
    /// The person writes on a row.
    Note(usize),
    /// The person throws a row away.
    Delete(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let which = || 0..64_usize;
    let amounts = prop_oneof![3 => Just(-350_i64), 1 => Just(-1_299), 2 => -9_000..-100_i64];
    prop_oneof![
        10 => (0..4_usize, amounts, any::<bool>())
            .prop_map(|(merchant, amount_minor, is_announced)| Event::Buy { merchant, amount_minor, is_announced }),
        4 => (0..3_i32).prop_map(Event::Days),
        5 => (which(), prop_oneof![3 => Just(0_i64), 1 => Just(-70)], any::<bool>())
            .prop_map(|(which, more_minor, is_linked)| Event::Book { which, more_minor, is_linked }),
        1 => which().prop_map(Event::Expire),
        1 => which().prop_map(Event::Withhold),
        1 => (which(), 0..3_i32, any::<bool>()).prop_map(|(which, days, is_linked)| Event::BookLate { which, days, is_linked }),
        1 => (which(), -2..3_i32).prop_map(|(which, days)| Event::Redate { which, days }),
        1 => (which(), 0..3_usize).prop_map(|(which, text)| Event::Retext { which, text }),
        1 => which().prop_map(Event::TakeBack),
        1 => which().prop_map(Event::Rename),
        1 => (any::<u32>(), any::<bool>(), 0..40_i32)
            .prop_map(|(renamed, is_backwards, days)| Event::BeginAgain { renamed, is_backwards, days }),
        6 => (1..9_usize, prop::collection::vec(prop::option::weighted(0.3, any::<bool>()), 0..6))
            .prop_map(|(rows, crashes)| Event::Pull { rows, crashes }),
        2 => (1..20_i32, any::<bool>()).prop_map(|(days, has_ids)| Event::File { days, has_ids }),
        2 => which().prop_map(Event::Note),
        1 => which().prop_map(Event::Delete),
    ]
}

/// What goes on besides what the bank knows.
struct Life<'a> {
    world: World<'a>,
    today: Day,
    ids: usize,
    /// Which booking an id of the bank is of: it stays when the id changes.
    bookings: BTreeMap<String, usize>,
    /// Bookings that the household knows.
    pulled: BTreeSet<usize>,
    /// What was booked at the last pull: its id and its day.
    heard: BTreeMap<usize, (String, Day)>,
    /// Bookings that a file has named, and the day that it gave them.
    filed: BTreeMap<usize, Day>,
    deleted: BTreeSet<usize>,
    /// Announcements that the bank has taken back and will book in a later pull.
    withheld: Vec<Line>,
    /// Everything that was ever announced.
    announced: Vec<Line>,
    /// What was thrown away and may come back, because nothing but its look says what it is.
    may_return: BTreeSet<usize>,
    /// What was thrown away and the bank has taken back: what is exactly so may be held for it.
    gone: Vec<Line>,
    /// What happened since the last pull.
    news: BTreeSet<usize>,
    /// The days of what was taken back since.
    taken: BTreeSet<Day>,
    /// What the bank does not tell any more, and we know.
    forgotten: Vec<Line>,
}

impl<'a> Life<'a> {
    async fn new(bench: &'a Bench) -> Self {
        let mut world = World::new(bench).await;
        world.bank.opening_minor = 100_000;
        Self {
            world,
            today: Day::from_ymd(2026, 1, 5).expect("a day"),
            ids: 0,
            bookings: BTreeMap::new(),
            pulled: BTreeSet::new(),
            heard: BTreeMap::new(),
            filed: BTreeMap::new(),
            deleted: BTreeSet::new(),
            withheld: Vec::new(),
            announced: Vec::new(),
            may_return: BTreeSet::new(),
            gone: Vec::new(),
            news: BTreeSet::new(),
            taken: BTreeSet::new(),
            forgotten: Vec::new(),
        }
    }

    fn next_id(&mut self, booking: Option<usize>) -> String {
        self.ids += 1;
        let id = format!("b{}", self.ids);
        self.bookings.insert(id.clone(), booking.unwrap_or(self.ids));
        id
    }

    fn say(&mut self, line: Line) {
        if line.pending {
            self.announced.push(line.clone());
        }
        self.news.insert(self.booking(&line));
        self.world.bank.log.push(Entry::Line(line));
    }

    fn take(&mut self, id: &str) {
        self.news.insert(self.bookings[id]);
        self.world.bank.log.push(Entry::Removed(id.to_owned()));
    }

    fn booking(&self, line: &Line) -> usize {
        self.bookings[id(line)]
    }

    /// A booked line that the household has pulled, or that at least no file has named before the bank did.
    fn settled(&self, which: usize) -> Option<Line> {
        let settled = |line: &Line| {
            let booking = self.booking(line);
            self.pulled.contains(&booking) || !self.filed.contains_key(&booking)
        };
        let all: Vec<Line> = self.world.bank.booked().into_iter().filter(settled).collect();
        (!all.is_empty()).then(|| all[which % all.len()].clone())
    }

    async fn live(&mut self, event: Event) {
        match event {
            Event::Buy { merchant, amount_minor, is_announced } => {
                let id = self.next_id(None);
                let line = line(&id, self.today, amount_minor, TEXTS[merchant][0]);
                self.say(Line { pending: is_announced, ..line });
            }
            Event::Withhold(which) => self.withhold(which).await,
            Event::BookLate { which, days, is_linked } => self.book_late(which, days, is_linked),
            Event::Days(days) => self.today = self.today.plus(days),
            Event::Book { which, more_minor, is_linked } => {
                let pending = self.world.bank.pending();
                if pending.is_empty() {
                    return;
                }
                let before = pending[which % pending.len()].clone();
                // A tombstone swallows what is the same, or what the bank says takes its place.
                let is_deleted = self.deleted.contains(&self.booking(&before));
                let is_linked = is_linked || (more_minor != 0 && is_deleted);
                if is_deleted && !is_linked && self.has_twin(&before) {
                    self.may_return.insert(self.booking(&before));
                }
                self.take(id(&before));
                let id = self.next_id(Some(self.booking(&before)));
                self.say(Line {
                    replaces_source_id: is_linked.then(|| before.source_id.clone()).flatten(),
                    pending: false,
                    amount_minor: before.amount_minor + more_minor,
                    ..line(&id, self.today.max(before.day), 0, &before.descriptor)
                });
            }
            Event::Expire(which) => {
                let pending = self.world.bank.pending();
                if let Some(line) = pending.get(which % pending.len().max(1)) {
                    self.take_announcement(line).await;
                }
            }
            Event::Redate { which, days } => {
                if let Some(line) = self.settled(which) {
                    self.say(Line { day: line.day.plus(days), ..line });
                }
            }
            Event::Retext { which, text } => {
                if let Some(line) = self.settled(which) {
                    self.say(Line { descriptor: retexted(&line, text), ..line });
                }
            }
            Event::TakeBack(which) => {
                if let Some(line) = self.settled(which) {
                    self.take(id(&line));
                    self.taken.insert(line.day);
                    if self.deleted.contains(&self.booking(&line)) {
                        self.gone.push(line);
                    }
                }
            }
            Event::Rename(which) => {
                if let Some(line) = self.settled(which) {
                    self.take(id(&line));
                    let source_id = Some(self.next_id(Some(self.booking(&line))));
                    self.say(Line { source_id, replaces_source_id: None, ..line });
                }
            }
            Event::BeginAgain { renamed, is_backwards, days } => self.begin_again(renamed, is_backwards, days).await,
            Event::Pull { rows, crashes } => self.pull(rows, &crashes).await,
            Event::File { days, has_ids } => self.import(days, has_ids).await,
            Event::Note(which) => {
                let rows = self.world.rows(State::Posted).await;
                if let Some(row) = rows.get(which % rows.len().max(1)) {
                    self.world.note(row.id, "mine").await;
                }
            }
            Event::Delete(which) => self.delete(which).await,
        }
    }

    /// A pending row goes. What was thrown away goes in a pull of its own: what looks like it in that pull is its booking.
    async fn take_announcement(&mut self, line: &Line) {
        let is_deleted = self.deleted.contains(&self.booking(line));
        if is_deleted {
            self.pull(4, &[]).await;
        }
        self.take(id(line));
        if is_deleted {
            self.pull(4, &[]).await;
            self.gone.push(line.clone());
        }
    }

    /// Whether something was announced that looks the same.
    fn has_twin(&self, line: &Line) -> bool {
        let is_twin = |other: &Line| is_like(other, line) && self.booking(other) != self.booking(line);
        self.announced.iter().any(is_twin)
    }

    async fn withhold(&mut self, which: usize) {
        let pending = self.world.bank.pending();
        if let Some(line) = pending.get(which % pending.len().max(1)) {
            self.take_announcement(line).await;
            self.pull(4, &[]).await;
            self.withheld.push(line.clone());
        }
    }

    fn book_late(&mut self, which: usize, days: i32, is_linked: bool) {
        if self.withheld.is_empty() {
            return;
        }
        let before = self.withheld.remove(which % self.withheld.len());
        let booking = self.booking(&before);
        if !is_linked && self.deleted.contains(&booking) && (days != 0 || self.has_twin(&before)) {
            self.may_return.insert(booking);
        }
        let source_id = Some(self.next_id(Some(booking)));
        let replaces_source_id = before.source_id.clone().filter(|_| is_linked);
        self.say(Line { source_id, replaces_source_id, pending: false, day: before.day.plus(days), ..before });
    }

    async fn begin_again(&mut self, renamed: u32, is_backwards: bool, days: i32) {
        let first = self.today.plus(-days);
        // Of days that are not told nothing can be taken back; whoever has not heard of it by then never will.
        let told = self.world.bank.booked().iter().map(|line| line.day).filter(|day| *day >= first).min();
        if self.taken.iter().any(|day| told.is_none_or(|told| *day < told)) {
            self.pull(4, &[]).await;
        }
        // What nobody has heard of is not forgotten, and what is pending neither.
        let is_told = |line: &Line| line.day >= first || line.pending || self.news.contains(&self.booking(line));
        let (mut lines, forgotten): (Vec<Line>, Vec<Line>) = self.world.bank.lines().into_iter().partition(is_told);
        self.forgotten.extend(forgotten);
        for (place, line) in lines.iter_mut().enumerate() {
            line.replaces_source_id = None;
            let booking = self.bookings[id(line)];
            if renamed & (1 << (place % 32)) != 0 {
                line.source_id = Some(self.next_id(Some(booking)));
            }
        }
        if is_backwards {
            lines.reverse();
        }
        self.world.bank.begin_again(lines);
    }

    async fn pull(&mut self, rows: usize, crashes: &[Option<bool>]) {
        let crash = |is_before| if is_before { Crash::Before } else { Crash::After };
        // Another id and another day at once: what was booked and thrown away is not known by either.
        let changed: Vec<usize> = self.news.iter().copied().filter(|booking| self.changed_twice(*booking)).collect();
        // What was bought on the day that it had looks like it more than it does itself.
        for line in self.world.bank.booked() {
            let booking = self.booking(&line);
            if changed.contains(&booking) && self.deleted.contains(&booking) {
                let day = self.heard[&booking].1;
                self.gone.push(Line { day, ..line });
            }
        }
        self.may_return.extend(changed);
        self.world.pull(rows, crashes.iter().map(|word| word.map(crash))).await;
        self.pulled.extend(self.bookings.values().copied());
        let heard = |line: &Line| (self.booking(line), (id(line).to_owned(), line.day));
        self.heard = self.world.bank.booked().iter().map(heard).collect();
        self.news.clear();
        self.taken.clear();
        self.assert_true().await;
        // A booking that is taken back is told again within the pull, or never.
        self.gone.retain(|line| line.pending);
    }

    /// Whether a booking has another day and another id than when it was pulled.
    fn changed_twice(&self, booking: usize) -> bool {
        let lines = self.world.bank.lines();
        let now = lines.iter().find(|line| self.booking(line) == booking);
        let then = self.heard.get(&booking);
        now.zip(then).is_some_and(|(now, (id, day))| now.source_id.as_ref() != Some(id) && now.day != *day)
    }

    async fn delete(&mut self, which: usize) {
        let key = self.world.fingerprint_key();
        let names: BTreeMap<i64, usize> =
            self.bookings.iter().map(|(id, booking)| (fingerprint_of_id(&key, id), *booking)).collect();
        let mut rows = self.world.rows(State::Posted).await;
        rows.extend(self.world.rows(State::Pending).await);
        let lines = self.world.bank.lines();
        let told: BTreeMap<usize, bool> =
            lines.iter().chain(&self.forgotten).map(|line| (self.booking(line), line.pending)).collect();
        // What the bank has booked meanwhile, perhaps with a tip, is not what the person throws away.
        let led = rows.iter().filter_map(|row| Some((row.id, *names.get(&row.fingerprint)?, row.state)));
        let is_told = |booking: &usize, state: i16| told.get(booking) == Some(&(state == State::Pending.code()));
        let led: Vec<_> = led.filter(|(_, booking, state)| is_told(booking, *state)).collect();
        if let Some((id, booking, _)) = led.get(which % led.len().max(1)) {
            self.world.delete(*id).await;
            self.deleted.insert(*booking);
        }
    }

    async fn import(&mut self, days: i32, has_ids: bool) {
        let first = self.today.plus(-days);
        let booked = self.world.bank.booked().into_iter().filter(|line| line.day >= first);
        let lines: Vec<Line> = booked
            .map(|line| {
                let booking = self.booking(&line);
                // A file has days of its own: it does not follow when the bank's feed gives another one.
                let day = *self.filed.entry(booking).or_insert(line.day);
                let descriptor = retexted(&line, 1 + usize::from(has_ids));
                Line {
                    day,
                    source_id: has_ids.then(|| format!("f{booking}")),
                    replaces_source_id: None,
                    descriptor,
                    ..line
                }
            })
            .collect();
        self.world.import(lines).await;
    }
}

/// Whether two lines have merchant and amount in common.
fn is_like(one: &Line, other: &Line) -> bool {
    one.amount_minor == other.amount_minor && retexted(one, 0) == retexted(other, 0)
}

fn retexted(line: &Line, text: usize) -> String {
    let merchant = TEXTS.iter().find(|texts| texts.contains(&line.descriptor.as_str())).expect("one of ours");
    merchant[text].to_owned()
}

impl Life<'_> {
    /// What nobody can tell apart: a purchase that is exactly what was thrown away and taken back is held for it; and what was thrown
    /// away comes back where something else may have been meant.
    async fn take_returned(&mut self) {
        let mut rows: Vec<(Day, i64)> =
            self.world.rows(State::Posted).await.iter().map(|row| (Day::of_row(row.day), row.amount_minor)).collect();
        let told: Vec<Line> = self.world.bank.booked().into_iter().chain(self.forgotten.clone()).collect();
        let (deleted, sworn): (Vec<&Line>, Vec<&Line>) =
            told.iter().partition(|line| self.deleted.contains(&self.booking(line)));
        for line in sworn {
            let found = rows.iter().position(|row| *row == (line.day, line.amount_minor));
            let gone = self.gone.iter().position(|gone| gone.day == line.day && is_like(gone, line));
            match (found, gone) {
                (Some(place), _) => drop(rows.swap_remove(place)),
                (None, Some(gone)) => {
                    self.gone.swap_remove(gone);
                    self.deleted.insert(self.booking(line));
                }
                (None, None) => {}
            }
        }
        for line in deleted {
            let found = rows.iter().position(|row| *row == (line.day, line.amount_minor));
            if let Some(place) = found.filter(|_| self.may_return.contains(&self.booking(line))) {
                rows.swap_remove(place);
                self.deleted.remove(&self.booking(line));
            }
        }
    }

    /// The rows are the bank's word, without what the person has thrown away; and what its balance lacks is just that.
    async fn assert_true(&mut self) {
        let told = self.world.bank.booked();
        self.take_returned().await;
        let (deleted, sworn): (Vec<&Line>, Vec<&Line>) =
            told.iter().chain(&self.forgotten).partition(|line| self.deleted.contains(&self.booking(line)));
        let mut sworn: Vec<(Day, i64)> = sworn.iter().map(|line| (line.day, line.amount_minor)).collect();
        sworn.sort_unstable();
        let rows = self.world.rows(State::Posted).await;
        let rows: Vec<(Day, i64)> = rows.iter().map(|row| (Day::of_row(row.day), row.amount_minor)).collect();
        assert_eq!(rows, sworn, "booked");
        let pending = self.world.bank.pending();
        let announced = pending.iter().filter(|line| !self.deleted.contains(&self.booking(line)));
        let mut announced: Vec<(Day, i64)> = announced.map(|line| (line.day, line.amount_minor)).collect();
        announced.sort_unstable();
        let rows = self.world.rows(State::Pending).await;
        let rows: Vec<(Day, i64)> = rows.iter().map(|row| (Day::of_row(row.day), row.amount_minor)).collect();
        if self.filed.is_empty() {
            assert_eq!(rows, announced, "pending");
        } else {
            // A file may have told a purchase that looks like one that is pending: then that one is shown when it is booked.
            assert!(rows.iter().all(|row| announced.contains(row)), "pending: {rows:?} of {announced:?}");
        }
        self.world.assert_sums().await;
        let account = self.world.account().await;
        let drift = account.bank_minor.expect("a balance") - account.opening_minor - account.posted_minor;
        assert_eq!(drift, deleted.iter().map(|line| line.amount_minor).sum::<i64>(), "the drift");
    }
}

async fn scenario(bench: &Bench, events: Vec<Event>) {
    let mut life = Life::new(bench).await;
    life.pull(5, &[]).await;
    for event in events {
        life.live(event).await;
    }
    life.pull(3, &[]).await;
}

#[test]
fn a_merchant_is_one_in_all_texts() {
    for texts in TEXTS {
        let merchants = texts
            .map(|text| ledger::answer(text, -350, Setting { kind: AccountKind::Checking, country: None }).merchant);
        assert!(merchants.iter().all(|merchant| *merchant == merchants[0]), "{texts:?} {merchants:?}");
    }
}

/// The same lives in every run. More of them: `PROPTEST_CASES=20000 cargo test --release -p service simulation`.
#[test]
fn the_rows_are_what_the_bank_would_swear_to() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let bench = runtime.block_on(Bench::new(Engine::Sqlite));
    let config = Config { failure_persistence: None, ..Config::with_cases(Config::default().cases / 2) };
    let dice = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let lives = prop::collection::vec(event(), 1..50);
    let outcome = TestRunner::new_with_rng(config, dice).run(&lives, |events| {
        runtime.block_on(scenario(&bench, events));
        Ok(())
    });
    assert!(outcome.is_ok(), "{}", outcome.expect_err("a life"));
    runtime.block_on(bench.db.close()).expect("closed");
}
