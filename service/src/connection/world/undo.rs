//! An import that is taken back leaves what would be there if it had never been, whatever came before it and after it.

use domain::{day::Day, line::Line, reconcile::State};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::{Entry, World, bank::line};
use crate::{
    db::Engine,
    testing::{Bench, on_both_engines},
};

const TEXTS: [&str; 3] = ["REWE MARKT 1234 BERLIN", "STARBUCKS COFFEE 114", "NETFLIX.COM"];

#[derive(Clone, Debug)]
enum Step {
    /// The bank tells what it has booked up to a purchase, and is pulled.
    Pull(usize),
    /// A file of the purchases between two, with ids or without.
    File { from: usize, to: usize, has_ids: bool },
}

#[derive(Clone, Debug)]
struct Scenario {
    /// Day and amount.
    purchases: Vec<(i32, i64)>,
    steps: Vec<Step>,
    /// Which of the files is taken back, and before which step.
    undone: usize,
    at: usize,
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let amount = prop_oneof![2 => Just(-350_i64), 1 => Just(-1_299), 3 => -9_000..-100_i64];
    let step = || {
        prop_oneof![
            2 => (0..20_usize).prop_map(Step::Pull),
            3 => (0..20_usize, 0..20_usize, any::<bool>())
                .prop_map(|(one, other, has_ids)| Step::File { from: one.min(other), to: one.max(other), has_ids }),
        ]
    };
    let steps = prop::collection::vec(step(), 1..7);
    (prop::collection::vec((0..15_i32, amount), 1..20), steps, 0..4_usize, 0..7_usize).prop_map(
        |(mut purchases, steps, undone, at)| {
            // Equal amounts are of one day: of different days the nearest may be the wrong one, with an undo and without.
            for (on, amount) in &mut purchases {
                *amount -= i64::from(*on) * 10_000;
            }
            purchases.sort_unstable();
            Scenario { purchases, steps, undone, at }
        },
    )
}

/// What is there: days and amounts of the rows, and what the account says.
#[derive(Debug, PartialEq, Eq)]
struct There {
    posted: Vec<(i32, i64)>,
    account: (i64, i64, Option<i64>),
}

/// Plays the steps; the file that is taken back is left out, or imported and taken back.
async fn play(bench: &Bench, scenario: &Scenario, is_left_out: bool) -> There {
    let mut world = World::new(bench).await;
    world.bank.opening_minor = 100_000;
    // The account is there before the first file.
    world.pull(5, std::iter::empty()).await;
    let purchases: Vec<Line> =
        scenario.purchases.iter().enumerate().map(|(place, said)| purchase(place, *said)).collect();
    let (mut told, mut files, mut open) = (0, 0, None);
    for (place, step) in scenario.steps.iter().enumerate() {
        if place >= scenario.at.max(1)
            && let Some(statement) = open.take()
        {
            world.undo(statement, false).await;
        }
        match step {
            Step::Pull(to) => {
                let to = (*to).min(purchases.len());
                for line in purchases.iter().take(to).skip(told) {
                    world.bank.log.push(Entry::Line(line.clone()));
                }
                told = told.max(to);
                world.pull(4, std::iter::empty()).await;
            }
            Step::File { from, to, has_ids } => {
                let (from, to) = ((*from).min(purchases.len()), (*to).min(purchases.len()));
                let lines = purchases[from..to].iter().enumerate().map(|(place, line)| {
                    let source_id = has_ids.then(|| format!("file {}", from + place));
                    Line { source_id, ..line.clone() }
                });
                let is_it = files == scenario.undone;
                files += 1;
                if is_it && is_left_out {
                    continue;
                }
                let statement = world.import(lines.collect()).await;
                if is_it {
                    open = Some(statement);
                }
            }
        }
        world.assert_sums().await;
    }
    if let Some(statement) = open {
        world.undo(statement, false).await;
    }
    world.assert_sums().await;
    let rows = world.rows(State::Posted).await;
    let account = world.account().await;
    There {
        posted: rows.iter().map(|row| (row.day, row.amount_minor)).collect(),
        account: (account.opening_minor, account.posted_minor, account.bank_minor),
    }
}

fn purchase(place: usize, (on, amount_minor): (i32, i64)) -> Line {
    let day = Day::from_number(20_400 + on).expect("a day");
    // An amount is always of one merchant, so that files and bank agree.
    let text = TEXTS[usize::try_from(amount_minor.unsigned_abs()).expect("small") % TEXTS.len()];
    line(&format!("b{place}"), day, amount_minor, text)
}

/// The same scenarios in every run. More: `PROPTEST_CASES=5000 cargo test -p service undo`.
#[test]
fn an_import_that_is_taken_back_was_never_there() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let bench = runtime.block_on(Bench::new(Engine::Sqlite));
    let config = Config { failure_persistence: None, ..Config::with_cases(Config::default().cases / 2) };
    let dice = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let outcome = TestRunner::new_with_rng(config, dice).run(&scenario(), |scenario| {
        let (there, never) =
            runtime.block_on(async { (play(&bench, &scenario, false).await, play(&bench, &scenario, true).await) });
        prop_assert_eq!(there, never);
        Ok(())
    });
    assert!(outcome.is_ok(), "{}", outcome.expect_err("a scenario"));
    runtime.block_on(bench.db.close()).expect("closed");
}

on_both_engines! {
    async fn a_row_says_what_the_statements_say_that_are_left(bench: Bench) {
        // Each file has the row on another day; the last one where the third had it.
        let days = [1, 2, 4, 4];
        let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [2, 1, 3, 0], [2, 3, 0, 1], [1, 2, 0, 3], [0, 2, 3, 1]];
        for order in orders {
            let world = World::new(&bench).await;
            world.pull(5, std::iter::empty()).await;
            let mut files = Vec::new();
            for day in days {
                let with_id = |place: usize, said| Line { source_id: Some(format!("file {place}")), ..purchase(place, said) };
                files.push(world.import(vec![with_id(0, (1, -7)), with_id(1, (day, -1_299)), with_id(2, (5, -900))]).await);
            }
            let mut left: Vec<usize> = (0..days.len()).collect();
            for undone in order {
                world.undo(files[undone], false).await;
                left.retain(|file| *file != undone);
                let rows = world.rows(State::Posted).await;
                let said: Vec<i32> = rows.iter().filter(|row| row.amount_minor == -1_299).map(|row| row.day - 20_400).collect();
                assert_eq!(said, left.last().map(|file| days[*file]).into_iter().collect::<Vec<_>>(), "{order:?} {left:?}");
                assert_eq!(rows.len(), if left.is_empty() { 0 } else { 3 });
                world.assert_sums().await;
            }
        }
    }

    async fn what_a_person_wrote_goes_with_the_import_or_is_kept(bench: Bench) {
        for keep_edited in [false, true] {
            let world = World::new(&bench).await;
            world.pull(5, std::iter::empty()).await;
            let statement = world.import(vec![purchase(0, (1, -350)), purchase(1, (2, -900)), purchase(2, (3, -7))]).await;
            let rows = world.rows(State::Posted).await;
            world.note(rows[0].id, "with Ada").await;
            world.delete(rows[1].id).await;
            world.undo(statement, keep_edited).await;
            world.assert_sums().await;
            let left: Vec<_> = world.rows(State::Posted).await.into_iter().map(|row| row.note).collect();
            assert_eq!(left, if keep_edited { vec![Some("with Ada".to_owned())] } else { vec![] });
            assert!(world.rows(State::Deleted).await.is_empty(), "a tombstone of a file that was never there");
            // Once more is all of it, once.
            world.import(vec![purchase(0, (1, -350)), purchase(1, (2, -900)), purchase(2, (3, -7))]).await;
            assert_eq!(world.rows(State::Posted).await.len(), 3);
        }
    }
}
