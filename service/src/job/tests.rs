//! The rules of the table, on both engines, with a clock that stands still.

use std::{collections::HashMap, time::Duration};

use domain::{id::JobId, job::Lane};
use scoped_futures::ScopedFutureExt;

use super::{
    Filter, Job, Lease, Probe, ProbeEnd, Restart, Run, Settled, State, Verdict, counts, expire, hand_back, list,
    remove, renew, restart, settle,
};
use crate::{
    Chance, Db, Error, Result, Scope,
    event::{self, Event},
    household::HOUSE,
    testing::{Bench, on_both_engines},
};

const MINUTE: Duration = Duration::from_mins(1);

fn lease(worker: &str) -> Lease {
    Lease { worker: worker.to_owned(), length: MINUTE }
}

fn house() -> Scope {
    Scope::of_operator(HOUSE)
}

fn probe(label: &str) -> Probe {
    Probe {
        label: label.to_owned(),
        lane: "routine".to_owned(),
        hold_ms: 0,
        end: ProbeEnd::Done,
        unique: None,
        serial: None,
        group: None,
    }
}

async fn claim(db: &Db, lane: Lane, slots: usize, lease: &Lease) -> Result<Vec<Run>> {
    super::claim(db, lane, slots, lease).await.map(|claimed| claimed.runs)
}

async fn enqueue(db: &Db, probes: &[Probe]) {
    enqueue_at(db, probes, db.now_ms()).await;
}

async fn enqueue_at(db: &Db, probes: &[Probe], run_at_ms: i64) {
    db.write(house(), |unit| {
        async move { probes.iter().try_for_each(|probe| unit.enqueue_at(Job::Probe(probe.clone()), run_at_ms)) }
            .scope_boxed()
    })
    .await
    .expect("enqueues");
}

async fn finish(run: &Run) -> Result<Settled> {
    let Some(Job::Probe(probe)) = run.job() else { panic!("a probe") };
    let effect = &Event::probe_done(run.id(), &probe.label);
    let finished = run
        .finish(|unit| {
            async move {
                unit.emit(effect.clone());
                Ok(())
            }
            .scope_boxed()
        })
        .await;
    settle(run, finished.map(Verdict::Done)).await
}

fn label(run: &Run) -> String {
    let Some(Job::Probe(probe)) = run.job() else { panic!("a probe") };
    probe.label
}

fn labels(runs: &[Run]) -> Vec<String> {
    runs.iter().map(label).collect()
}

async fn effects(db: &Db) -> Vec<String> {
    let seen = event::list(db, house(), 0, 10_000).await.expect("lists");
    seen.into_iter()
        .map(|seen| match seen.event {
            Event::ProbeDone { label, .. } => label,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn busy() -> Error {
    Error::Busy { reason: "the bank does not answer".into() }
}

on_both_engines! {
    async fn the_oldest_due_job_comes_first_and_none_before_its_time(bench: Bench) {
        let db = &bench.db;
        enqueue_at(db, &[probe("tomorrow")], db.now_ms() + 86_400_000).await;
        enqueue_at(db, &[probe("now")], db.now_ms()).await;
        enqueue_at(db, &[probe("earlier")], db.now_ms() - 5_000).await;
        let runs = claim(db, Lane::Routine, 8, &lease("a")).await.expect("claims");
        assert_eq!(labels(&runs), ["earlier", "now"]);
        assert!(claim(db, Lane::Routine, 8, &lease("a")).await.expect("claims").is_empty());
        assert!(claim(db, Lane::Bulk, 8, &lease("a")).await.expect("claims").is_empty());
        bench.clock.advance(Duration::from_hours(24));
        assert_eq!(labels(&claim(db, Lane::Routine, 8, &lease("a")).await.expect("claims")), ["tomorrow"]);
    }

    async fn no_more_jobs_are_claimed_than_there_are_slots(bench: Bench) {
        let db = &bench.db;
        enqueue(db, &["1", "2", "3"].map(probe)).await;
        assert!(claim(db, Lane::Routine, 0, &lease("a")).await.expect("claims").is_empty());
        assert_eq!(labels(&claim(db, Lane::Routine, 2, &lease("a")).await.expect("claims")), ["1", "2"]);
        assert_eq!(labels(&claim(db, Lane::Routine, 2, &lease("a")).await.expect("claims")), ["3"]);
    }

    async fn a_write_after_the_lease_was_lost_leaves_nothing(bench: Bench) {
        let db = &bench.db;
        enqueue(db, &[probe("once")]).await;
        let frozen = claim(db, Lane::Routine, 1, &lease("frozen")).await.expect("claims").remove(0);
        bench.clock.advance(MINUTE * 2);
        assert_eq!(expire(db).await.expect("sweeps"), 1);
        bench.clock.advance(MINUTE);
        let other = claim(db, Lane::Routine, 1, &lease("other")).await.expect("claims").remove(0);
        assert_eq!((other.id(), other.attempt(), other.fence()), (frozen.id(), 2, 2));
        assert!(matches!(frozen.write(|_unit| async { Ok(()) }.scope_boxed()).await, Err(Error::Fenced)));
        assert_eq!(finish(&frozen).await.expect("settles"), Settled::Fenced);
        assert_eq!(effects(db).await, Vec::<String>::new());
        // Nor can it settle what another holds.
        assert_eq!(settle(&frozen, Ok(Verdict::Never { reason: "late".into() })).await.expect("settles"), Settled::Fenced);
        assert_eq!(finish(&other).await.expect("settles"), Settled::Done);
        assert_eq!(effects(db).await, ["once"]);
    }

    async fn a_renewed_lease_holds_and_a_lost_one_is_told(bench: Bench) {
        let db = &bench.db;
        enqueue(db, &[probe("1"), probe("2")]).await;
        let runs = claim(db, Lane::Routine, 2, &lease("a")).await.expect("claims");
        let claims: Vec<(JobId, i32)> = runs.iter().map(|run| (run.id(), run.fence())).collect();
        bench.clock.advance(MINUTE / 2);
        assert_eq!(renew(db, &lease("a"), &claims).await.expect("renews"), []);
        bench.clock.advance(MINUTE * 3 / 4);
        assert_eq!(expire(db).await.expect("sweeps"), 0);
        bench.clock.advance(MINUTE);
        assert_eq!(expire(db).await.expect("sweeps"), 2);
        assert_eq!(renew(db, &lease("a"), &claims).await.expect("renews"), [claims[0].0, claims[1].0]);
        assert_eq!(renew(db, &lease("a"), &[]).await.expect("renews"), []);
    }

    async fn a_failure_waits_longer_each_time_and_ends_in_death(bench: Bench) {
        let db = &bench.db;
        enqueue(db, &[probe("flaky")]).await;
        let mut delays = Vec::new();
        for attempt in 1..=5 {
            bench.clock.advance(MINUTE);
            let run = claim(db, Lane::Routine, 1, &lease("a")).await.expect("claims").remove(0);
            assert_eq!(run.attempt(), attempt);
            let settled = settle(&run, Err(busy())).await.expect("settles");
            assert_eq!(settled, if attempt < 5 { Settled::Retry } else { Settled::Dead });
            let row = &list(db, Filter::default(), 1).await.expect("lists")[0];
            delays.push(row.run_at_ms - db.now_ms());
        }
        // Between half of and the whole of 200 ms, doubled each time.
        for (delay, whole) in delays.iter().zip([200, 400, 800, 1600]) {
            assert!(*delay >= whole / 2 && *delay <= whole, "{delays:?}");
        }
        let dead = &list(db, Filter { state: Some(State::Dead), ..Filter::default() }, 9).await.expect("lists")[0];
        assert_eq!(dead.reason.as_deref(), Some("busy: the bank does not answer"));
        assert!(claim(db, Lane::Routine, 1, &lease("a")).await.expect("claims").is_empty());
    }

    async fn an_error_that_no_repetition_mends_is_final(bench: Bench) {
        let db = &bench.db;
        enqueue(db, &[probe("wrong")]).await;
        let run = claim(db, Lane::Routine, 1, &lease("a")).await.expect("claims").remove(0);
        let error = Error::NotFound { what: "account" };
        assert_eq!(settle(&run, Err(error)).await.expect("settles"), Settled::Dead);
        assert_eq!(remove(db, Restart::One(run.id())).await.expect("removes"), 1);
        assert!(matches!(remove(db, Restart::One(run.id())).await, Err(Error::NotFound { .. })));
    }

    async fn a_job_that_was_handed_back_lost_no_attempt(bench: Bench) {
        let db = &bench.db;
        enqueue(db, &[probe("stopped")]).await;
        let run = claim(db, Lane::Routine, 1, &lease("a")).await.expect("claims").remove(0);
        hand_back(&run).await.expect("hands back");
        let again = claim(db, Lane::Routine, 1, &lease("b")).await.expect("claims").remove(0);
        assert_eq!((again.attempt(), again.fence()), (1, 2));
        assert_eq!(finish(&run).await.expect("settles"), Settled::Fenced);
        assert_eq!(finish(&again).await.expect("settles"), Settled::Done);
    }

    async fn a_retry_gives_way_to_a_newer_request_of_its_key(bench: Bench) {
        let db = &bench.db;
        let budget = Probe { unique: Some("budget".into()), ..probe("budget") };
        enqueue(db, std::slice::from_ref(&budget)).await;
        let run = claim(db, Lane::Routine, 1, &lease("a")).await.expect("claims").remove(0);
        enqueue(db, std::slice::from_ref(&budget)).await;
        assert_eq!(settle(&run, Err(busy())).await.expect("settles"), Settled::Retry);
        let left = list(db, Filter::default(), 9).await.expect("lists");
        assert_eq!(left.len(), 1, "the newer request does the work of both");
        assert_ne!(left[0].id, run.id());
        assert_eq!(left[0].attempt, 0);
    }

    async fn restarting_gives_way_to_a_request_that_waits(bench: Bench) {
        let db = &bench.db;
        let budget = Probe { unique: Some("budget".into()), ..probe("budget") };
        enqueue(db, std::slice::from_ref(&budget)).await;
        let run = claim(db, Lane::Routine, 1, &lease("a")).await.expect("claims").remove(0);
        assert_eq!(settle(&run, Ok(Verdict::Parked { reason: "sign in".into() })).await.expect("settles"), Settled::Parked);
        enqueue(db, std::slice::from_ref(&budget)).await;
        assert_eq!(restart(db, Restart::All(State::Parked)).await.expect("restarts"), 1);
        let left = list(db, Filter::default(), 9).await.expect("lists");
        assert_eq!(left.iter().map(|job| job.state).collect::<Vec<_>>(), [State::Waiting]);
        assert!(matches!(restart(db, Restart::All(State::Running)).await, Err(Error::Invalid { field: "state", .. })));
    }

    async fn restarting_at_the_same_time_loses_nothing(bench: Bench) {
        let db = &bench.db;
        let other = &bench.another(2).await;
        let unique = |number: i32| Probe { unique: Some(number.to_string()), ..probe("dead") };
        enqueue(db, &(0..60).map(unique).collect::<Vec<_>>()).await;
        for run in claim(db, Lane::Routine, 60, &lease("a")).await.expect("claims") {
            settle(&run, Ok(Verdict::Never { reason: "hopeless".into() })).await.expect("settles");
        }
        let both = tokio::join!(restart(db, Restart::All(State::Dead)), restart(other, Restart::All(State::Dead)));
        assert_eq!(both.0.expect("restarts") + both.1.expect("restarts"), 60);
        let left = list(db, Filter::default(), 100).await.expect("lists");
        assert_eq!(left.iter().filter(|job| job.state == State::Waiting).count(), 60);
    }

    async fn who_gives_way_passes_its_urgency_on(bench: Bench) {
        let db = &bench.db;
        let budget = |lane: &str| Probe { unique: Some("budget".into()), lane: lane.into(), ..probe("budget") };
        enqueue(db, &[budget("urgent")]).await;
        let run = claim(db, Lane::Urgent, 1, &lease("a")).await.expect("claims").remove(0);
        settle(&run, Ok(Verdict::Parked { reason: "sign in".into() })).await.expect("settles");
        enqueue_at(db, &[budget("bulk")], db.now_ms() + 86_400_000).await;
        assert_eq!(restart(db, Restart::One(run.id())).await.expect("restarts"), 1);
        assert_eq!(labels(&claim(db, Lane::Urgent, 1, &lease("a")).await.expect("claims")), ["budget"], "today, and in its lane");
    }

    async fn a_row_that_is_just_being_written_delays_no_renewal(bench: Bench) {
        // On SQLite a writer delays everybody, and for no longer than its commit.
        if bench.db.engine() == crate::db::Engine::Postgres {
            let db = &bench.db;
            enqueue(db, &[probe("1"), probe("2")]).await;
            let runs = claim(db, Lane::Routine, 2, &lease("a")).await.expect("claims");
            let claims: Vec<(JobId, i32)> = runs.iter().map(|run| (run.id(), run.fence())).collect();
            let writing = db.begin().await.expect("begins");
            let held = crate::job::Claim::Held { id: runs[0].id().0, fence: 1 };
            crate::job::assert_claim(db, &writing, held).await.expect("holds");
            assert_eq!(renew(db, &lease("a"), &claims).await.expect("renews"), [], "a locked row is not lost");
            writing.commit().await.expect("commits");
        }
    }

    async fn a_job_that_was_handed_back_remembers_why_it_was_stopped(bench: Bench) {
        let db = &bench.db;
        enqueue(db, &[probe("parked")]).await;
        let run = claim(db, Lane::Routine, 1, &lease("a")).await.expect("claims").remove(0);
        settle(&run, Ok(Verdict::Parked { reason: "sign in".into() })).await.expect("settles");
        restart(db, Restart::All(State::Parked)).await.expect("restarts");
        let again = claim(db, Lane::Routine, 1, &lease("a")).await.expect("claims").remove(0);
        hand_back(&again).await.expect("hands back");
        let last = claim(db, Lane::Routine, 1, &lease("a")).await.expect("claims").remove(0);
        assert_eq!(last.earlier_reason(), Some("sign in"));
    }

    async fn what_a_key_holds_is_stepped_over_once_and_comes_back_in_order(bench: Bench) {
        let db = &bench.db;
        let bank: Vec<Probe> = (0..600).map(|number| Probe { group: Some(("bank".into(), 2)), ..probe(&format!("bank {number}")) }).collect();
        enqueue(db, &bank).await;
        enqueue(db, &[probe("free")]).await;
        let first = claim(db, Lane::Routine, 4, &lease("a")).await.expect("claims");
        assert_eq!(labels(&first), ["bank 0", "bank 1", "free"]);
        let held = list(db, Filter { state: Some(State::Waiting), ..Filter::default() }, 1000).await.expect("lists");
        assert_eq!(held.len(), 598);
        assert!(held.iter().all(|job| job.held_by.as_deref() == Some("g:bank")));
        assert!(claim(db, Lane::Routine, 4, &lease("a")).await.expect("claims").is_empty());
        finish(&first[1]).await.expect("settles");
        assert_eq!(labels(&claim(db, Lane::Routine, 4, &lease("a")).await.expect("claims")), ["bank 2"]);
    }

    async fn more_held_jobs_than_one_claim_steps_over_hide_nothing(bench: Bench) {
        let db = &bench.db;
        let hanging = vec![Probe { group: Some(("bank".into(), 1)), ..probe("bank") }; 5_000];
        enqueue(db, &hanging).await;
        enqueue(db, &[probe("free")]).await;
        let mut found = Vec::new();
        loop {
            let claimed = crate::job::claim(db, Lane::Routine, 4, &lease("a")).await.expect("claims");
            found.extend(labels(&claimed.runs));
            if !claimed.more {
                break;
            }
        }
        assert_eq!(found, ["bank", "free"]);
    }

    async fn keys_hold_across_lanes(bench: Bench) {
        let db = &bench.db;
        let connection = |lane: &str| Probe { serial: Some("connection".into()), lane: lane.into(), ..probe(lane) };
        enqueue(db, &[connection("routine"), connection("urgent"), connection("bulk")]).await;
        let routine = claim(db, Lane::Routine, 4, &lease("a")).await.expect("claims");
        assert_eq!(labels(&routine), ["routine"]);
        assert!(claim(db, Lane::Urgent, 4, &lease("a")).await.expect("claims").is_empty());
        assert!(claim(db, Lane::Bulk, 4, &lease("a")).await.expect("claims").is_empty());
        finish(&routine[0]).await.expect("settles");
        assert_eq!(labels(&claim(db, Lane::Urgent, 4, &lease("a")).await.expect("claims")), ["urgent"]);
        assert!(claim(db, Lane::Bulk, 4, &lease("a")).await.expect("claims").is_empty());
    }

    async fn a_job_that_an_open_transaction_joins_is_not_started_before_its_commit(bench: Bench) {
        // What the transaction wrote must be seen by the job that it relies on. On SQLite there is one writer, so nobody can claim.
        if bench.db.engine() == crate::db::Engine::Postgres {
            let (db, other) = (&bench.db, &bench.another(2).await);
            let budget = &Probe { unique: Some("budget".into()), ..probe("budget") };
            enqueue(db, std::slice::from_ref(budget)).await;
            let transaction = db.begin().await.expect("begins");
            let new = crate::job::New { id: 7, household: HOUSE, job: Job::Probe(budget.clone()), run_at_ms: db.now_ms() };
            crate::job::insert(&transaction, vec![new], db.now_ms()).await.expect("joins");
            assert!(claim(other, Lane::Routine, 4, &lease("b")).await.expect("claims").is_empty());
            transaction.commit().await.expect("commits");
            assert_eq!(claim(other, Lane::Routine, 4, &lease("b")).await.expect("claims").len(), 1);
        }
    }

    async fn any_order_of_claims_deaths_and_ends_keeps_the_keys_and_every_effect_once(bench: Bench) {
        let processes = [bench.db.clone(), bench.another(2).await, bench.another(3).await];
        let dice = bench.db.ambient().chance.clone();
        simulate(&bench, &processes, dice.as_ref()).await;
    }
}

const SERIALS: u64 = 3;
const GROUPS: u64 = 2;
const JOBS: usize = 60;

/// A seeded life of the table: three processes claim, finish, fail, put off, die and freeze in any order. After each step no key
/// is broken; at the end every job had its effect once.
async fn simulate(bench: &Bench, processes: &[Db], dice: &dyn Chance) {
    let draw = |below: u64| dice.number() % below;
    let mut held: Vec<Run> = Vec::new();
    let mut enqueued = 0;
    for step in 0.. {
        let db = &processes[usize::try_from(draw(3)).expect("small")];
        match draw(10) {
            0..=2 if enqueued < JOBS => {
                let tied = Probe {
                    serial: (draw(2) == 0).then(|| draw(SERIALS).to_string()),
                    group: (draw(2) == 0)
                        .then(|| draw(GROUPS))
                        .map(|key| (key.to_string(), u32::try_from(key + 1).expect("small"))),
                    lane: Lane::ALL[usize::try_from(draw(3)).expect("small")].name().to_owned(),
                    ..probe(&enqueued.to_string())
                };
                enqueue(db, &[tied]).await;
                enqueued += 1;
            }
            0..=5 => {
                let lane = Lane::ALL[usize::try_from(draw(3)).expect("small")];
                let slots = usize::try_from(draw(4)).expect("small");
                held.extend(claim(db, lane, slots, &lease(&draw(3).to_string())).await.expect("claims"));
            }
            6..=8 if !held.is_empty() => {
                // Mostly one of the last claims: the older, the surer its lease is lost.
                let run = held.remove(held.len() - 1 - usize::try_from(draw(4.min(held.len() as u64))).expect("small"));
                match draw(6) {
                    0 => drop(settle(&run, Err(busy())).await.expect("settles")),
                    1 => {
                        let verdict = Verdict::Later { at_ms: run.db().now_ms() + 500, reason: "rate limit".into() };
                        settle(&run, Ok(verdict)).await.expect("settles");
                    }
                    2 => hand_back(&run).await.expect("hands back"),
                    // It forgets the job, as a process does that dies; or freezes, and writes late.
                    3 => drop(run),
                    4 => {
                        bench.clock.advance(MINUTE * 2);
                        expire(db).await.expect("sweeps");
                        finish(&run).await.expect("settles");
                    }
                    _ => drop(finish(&run).await.expect("settles")),
                }
            }
            _ => {
                bench.clock.advance(Duration::from_millis(draw(20_000)));
                expire(db).await.expect("sweeps");
            }
        }
        assert_keys_hold(db).await;
        // The dead begin anew, so that the end is reached whatever the dice say.
        restart(db, Restart::All(State::Dead)).await.expect("restarts");
        if enqueued == JOBS && counts(db).await.expect("counts").values().sum::<i64>() == 0 {
            break;
        }
        assert!(step < 5_000, "the table does not empty: {:?} of {enqueued}", list(db, Filter::default(), 9).await);
    }
    let mut effects = effects(&bench.db).await;
    effects.sort_unstable_by_key(|label| label.parse::<usize>().expect("a number"));
    assert_eq!(effects, (0..JOBS).map(|number| number.to_string()).collect::<Vec<_>>());
}

async fn assert_keys_hold(db: &Db) {
    let running = crate::job::rows::find();
    let running = sea_orm::QueryFilter::filter(
        running,
        sea_orm::ColumnTrait::eq(&entity::job::Column::State, entity::job::RUNNING),
    );
    let (mut serials, mut groups): (HashMap<String, i32>, HashMap<String, (i32, i32)>) =
        (HashMap::new(), HashMap::new());
    for row in running.all(db.reader()).await.expect("reads") {
        if let Some(key) = row.serial_key {
            *serials.entry(key).or_default() += 1;
        }
        if let (Some(key), Some(cap)) = (row.group_key, row.group_cap) {
            groups.entry(key).or_insert((0, cap)).0 += 1;
        }
    }
    assert!(serials.values().all(|count| *count == 1), "{serials:?}");
    assert!(groups.values().all(|(count, cap)| count <= cap), "{groups:?}");
}
