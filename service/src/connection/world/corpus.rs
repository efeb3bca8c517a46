//! Failure patterns by name, each in a file of `service/corpus/`: what banks, files and persons do, and what must be there afterwards.

mod pattern;

use std::{
    any::Any,
    fs, iter,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
};

use domain::{
    day::Day,
    id::{MergeId, TransactionId},
    line::Line,
    reconcile::State,
};
use entity::{duplicate_suggestion, transaction, transaction_merge};
use futures::FutureExt;
use pattern::{BankLine, Death, Expected, Page, Pattern, Row, Step, Which};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use super::{Crash, Entry, World};
use crate::{
    duplicate::{self, MergeTransactions, UnmergeTransactions},
    testing::{Bench, on_both_engines},
    transaction::{UpdateTransaction, update},
};

/// What the bank had before its first line.
const OPENING_MINOR: i64 = 100_000;

/// How a pattern is played: every one in each of these ways, with one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// As it is written.
    Plain,
    /// Every process dies before its commit; another goes on.
    DyingBefore,
    /// Every process dies after its commit.
    DyingAfter,
    /// Every page is told twice.
    Twice,
    /// In the end the bank loses its log, and tells what it has once more.
    ToldAnew,
    /// And under other ids.
    ToldUnderOtherIds,
}

const WAYS: [Way; 6] =
    [Way::Plain, Way::DyingBefore, Way::DyingAfter, Way::Twice, Way::ToldAnew, Way::ToldUnderOtherIds];

impl Way {
    fn crash(self, written: Option<Death>) -> Option<Crash> {
        match (self, written) {
            (Self::DyingBefore, _) | (_, Some(Death::Before)) => Some(Crash::Before),
            (Self::DyingAfter, _) | (_, Some(Death::After)) => Some(Crash::After),
            _ => None,
        }
    }
}

/// How it ended.
#[derive(Debug)]
enum End {
    AsExpected,
    /// The rows are others.
    Otherwise(String),
    /// It could not be played, or its sums are wrong.
    Broken(String),
}

/// A pattern that is played.
struct Play<'a> {
    world: World<'a>,
    way: Way,
    /// In the order of their import.
    statements: Vec<i64>,
}

impl Play<'_> {
    async fn step(&mut self, step: &Step) {
        match step {
            Step::Page(page) => self.page(page).await,
            Step::Unheard(said) => self.say(&said.lines, &said.removed),
            Step::BeginAgain(again) => {
                self.world.bank.begin_again(again.lines.iter().map(BankLine::line).collect());
                self.pull(again.rows).await;
            }
            Step::LinkAgain(again) => {
                self.world.forget_cursor().await;
                self.pull(again.rows).await;
            }
            Step::Statement(statement) => {
                let lines = statement.lines.iter().map(pattern::FileLine::line).collect();
                self.statements.push(self.world.import(lines).await);
            }
            Step::Undo(undo) => self.world.undo(self.statements[undo.place], undo.keep_edited).await,
            Step::Note(note) => self.world.note(self.row(&note.of).await, &note.text).await,
            Step::RenameMerchant(rename) => self.rename(self.row(&rename.of).await, &rename.name).await,
            Step::Delete(delete) => self.world.delete(self.row(&delete.of).await).await,
            Step::Merge(merge) => self.merge(self.row(&merge.kept).await, self.row(&merge.gone).await).await,
            Step::Unmerge(_) => self.unmerge().await,
        }
        self.world.assert_sums().await;
    }

    fn say(&mut self, lines: &[BankLine], removed: &[String]) {
        let log = &mut self.world.bank.log;
        log.extend(lines.iter().map(|line| Entry::Line(line.line())));
        log.extend(removed.iter().cloned().map(Entry::Removed));
    }

    async fn page(&mut self, page: &Page) {
        let (rows, crash) = (page.lines.len() + page.removed.len(), self.way.crash(page.crash));
        for _ in 0..=page.again + usize::from(self.way == Way::Twice) {
            self.say(&page.lines, &page.removed);
            if crash == Some(Crash::Before) {
                self.world.pull_page(rows, crash).await;
            }
            self.world.pull_page(rows, crash.filter(|crash| *crash == Crash::After)).await;
        }
        if !page.more {
            self.pull(rows.max(1)).await;
        }
    }

    /// Everything that is left, and the balance.
    async fn pull(&self, rows: usize) {
        match self.way.crash(None) {
            Some(Crash::Before) => self.world.pull(rows, [Some(Crash::Before), None].into_iter().cycle()).await,
            crash => self.world.pull(rows, iter::repeat(crash)).await,
        }
    }

    async fn shown(&self) -> Vec<transaction::Model> {
        let mut rows = self.world.rows(State::Posted).await;
        rows.extend(self.world.rows(State::Pending).await);
        rows.sort_unstable_by_key(|row| row.id);
        rows
    }

    async fn row(&self, which: &Which) -> i64 {
        let is_it = |row: &transaction::Model| {
            which.day.is_none_or(|day| row.day == day.number())
                && which.amount.is_none_or(|minor| row.amount_minor == minor)
                && which.text.as_ref().is_none_or(|text| row.descriptor == *text)
                && which.pending.is_none_or(|pending| (row.state == State::Pending.code()) == pending)
        };
        let found: Vec<i64> = self.shown().await.iter().filter(|row| is_it(row)).map(|row| row.id).collect();
        assert!(which.place.is_some() || found.len() == 1, "{which:?} is not one row");
        *found.get(which.place.unwrap_or(0)).unwrap_or_else(|| panic!("{which:?} is not there"))
    }

    async fn rename(&self, id: i64, name: &str) {
        let merchant_name = Some(Some(name.to_owned()));
        let command = UpdateTransaction { merchant_name, ..UpdateTransaction::of(TransactionId(id)) };
        update(&self.world.bench.db, self.world.scope, command).await.expect("renamed");
    }

    async fn merge(&self, kept: i64, gone: i64) {
        let (kept, gone) = (TransactionId(kept), TransactionId(gone));
        let command = MergeTransactions { kept, gone, idempotency_key: None };
        duplicate::merge(&self.world.bench.db, self.world.scope, command).await.expect("merged");
    }

    async fn unmerge(&self) {
        let latest = self.world.scope.find::<transaction_merge::Entity>();
        let latest = latest.order_by_desc(transaction_merge::Column::Id).one(self.world.bench.db.reader()).await;
        let command = UnmergeTransactions { merge: MergeId(latest.expect("reads").expect("a merge").id) };
        duplicate::unmerge(&self.world.bench.db, self.world.scope, command).await.expect("unmerged");
    }

    /// What the bank has, once more from the beginning of another log.
    async fn tell_anew(&mut self) {
        let other = |line: Line| Line { source_id: line.source_id.map(|id| format!("{id}, anew")), ..line };
        let lines = self.world.bank.lines().into_iter().map(|line| Line { replaces_source_id: None, ..line });
        let lines = match self.way {
            Way::ToldAnew => lines.collect(),
            Way::ToldUnderOtherIds => lines.map(other).collect(),
            Way::Plain | Way::DyingBefore | Way::DyingAfter | Way::Twice => return,
        };
        self.world.bank.begin_again(lines);
        self.pull(2).await;
        self.world.assert_sums().await;
    }

    /// What is otherwise than expected.
    async fn differences(&self, expected: &Expected) -> Vec<String> {
        let mut all = Vec::new();
        for (state, rows) in [(State::Posted, &expected.posted), (State::Pending, &expected.pending)] {
            let mut ours: Vec<Row> = self.world.rows(state).await.into_iter().map(row).collect();
            for row in rows {
                match ours.iter().position(|ours| row.is(ours)) {
                    Some(place) => drop(ours.remove(place)),
                    None => all.push(format!("{state:?}: {row:?} is missing")),
                }
            }
            all.extend(ours.iter().map(|row| format!("{state:?}: {row:?} is too many")));
        }
        let account = self.world.account().await;
        let drift = account.bank_minor.map(|minor| minor - account.opening_minor - account.posted_minor);
        if drift != Some(expected.drift) {
            all.push(format!("the drift is {drift:?}"));
        }
        let open = duplicate_suggestion::Column::State.eq(duplicate_suggestion::OPEN);
        let asked = self.world.scope.find::<duplicate_suggestion::Entity>().filter(open);
        let asked = asked.all(self.world.bench.db.reader()).await.expect("reads").len();
        if asked != expected.asked {
            all.push(format!("asked about {asked} pairs"));
        }
        all
    }
}

fn row(row: transaction::Model) -> Row {
    Row {
        day: Day::of_row(row.day),
        amount: row.amount_minor,
        text: Some(row.descriptor),
        note: row.note,
        merchant: row.merchant_name,
    }
}

async fn play(bench: &Bench, pattern: &Pattern, way: Way) -> Vec<String> {
    let mut play = Play { world: World::new(bench).await, way, statements: Vec::new() };
    play.world.bank.opening_minor = OPENING_MINOR;
    for step in &pattern.step {
        play.step(step).await;
    }
    play.tell_anew().await;
    play.differences(&pattern.expect).await
}

async fn end(bench: &Bench, pattern: &Pattern, way: Way) -> End {
    match AssertUnwindSafe(play(bench, pattern, way)).catch_unwind().await {
        Ok(differences) if differences.is_empty() => End::AsExpected,
        Ok(differences) => End::Otherwise(differences.join("\n  ")),
        Err(panic) => End::Broken(said(panic.as_ref())),
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref().copied()).unwrap_or("died without a word").to_owned()
}

/// The patterns of a folder, by their names.
fn patterns(folder: &Path) -> Vec<(PathBuf, Pattern)> {
    let files = fs::read_dir(folder).expect("the folder");
    let files = files.map(|file| file.expect("reads").path());
    let mut files: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|extension| extension == "toml")).collect();
    files.sort();
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).expect("reads");
        let pattern = pattern::parse(&file, &text);
        (file, pattern)
    };
    files.into_iter().map(read).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

on_both_engines! {
    async fn every_pattern_ends_as_its_file_says(bench: Bench) {
        let patterns = patterns(&folder());
        assert!(!patterns.is_empty(), "no patterns");
        let mut wrong = Vec::new();
        for (file, pattern) in &patterns {
            for way in WAYS {
                if let End::Otherwise(how) | End::Broken(how) = end(&bench, pattern, way).await {
                    wrong.push(format!("{} ({way:?}):\n  {how}", file.display()));
                    break;
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    // Whoever mends one moves it to the others.
    async fn every_open_pattern_still_ends_otherwise(bench: Bench) {
        for (file, pattern) in &patterns(&folder().join("open")) {
            let mut ends = Vec::new();
            for way in WAYS {
                match end(&bench, pattern, way).await {
                    End::Broken(how) => panic!("{} ({way:?}): {how}", file.display()),
                    end => ends.push(end),
                }
            }
            let is_wrong = ends.iter().any(|end| matches!(end, End::Otherwise(_)));
            assert!(is_wrong, "{} ends as it should: it is not open any more", file.display());
        }
    }
}
