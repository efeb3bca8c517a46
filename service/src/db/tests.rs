//! The unit of work and the ids, on both engines.

use std::{collections::HashSet, time::Duration};

use domain::id::{self, HouseholdId, JobId};
use futures::future::join_all;
use scoped_futures::ScopedFutureExt;
use sea_orm::ConnectionTrait;

use crate::{
    Db, Error, Result, Scope,
    event::{self, Event, Feed, Page},
    household::{self, HOUSE},
    testing::{Bench, RETENTION, on_both_engines},
};

fn house() -> Scope {
    Scope::of_operator(HOUSE)
}

async fn emit(db: &Db, scope: Scope, labels: &[&str]) -> Result<i64> {
    db.write(scope, |unit| {
        async move {
            for label in labels {
                unit.emit(Event::probe_done(JobId(1), label));
            }
            Ok(unit.seq())
        }
        .scope_boxed()
    })
    .await
}

async fn numbers(db: &Db, scope: Scope) -> Vec<(i64, String)> {
    let seen = event::list(db, scope, 0, 1000).await.expect("lists");
    seen.into_iter()
        .map(|seen| match seen.event {
            Event::ProbeDone { label, .. } => (seen.seq, label),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn named(expected: &[(i64, &str)]) -> Vec<(i64, String)> {
    expected.iter().map(|(seq, label)| (*seq, (*label).to_owned())).collect()
}

on_both_engines! {
    async fn every_commit_takes_the_next_number_and_its_events_the_following(bench: Bench) {
        let db = &bench.db;
        assert_eq!(emit(db, house(), &["a"]).await.expect("writes"), 1);
        assert_eq!(emit(db, house(), &["b", "c", "d"]).await.expect("writes"), 2);
        assert_eq!(emit(db, house(), &[]).await.expect("writes"), 5);
        assert_eq!(emit(db, house(), &["e"]).await.expect("writes"), 6);
        assert_eq!(numbers(db, house()).await, named(&[(1, "a"), (2, "b"), (3, "c"), (4, "d"), (6, "e")]));
    }

    async fn work_that_fails_leaves_nothing(bench: Bench) {
        let db = &bench.db;
        let failed: Result<()> = db
            .write(house(), |unit| {
                async move {
                    unit.emit(Event::probe_done(JobId(1), "never"));
                    unit.enqueue(crate::job::Job::Probe(crate::job::Probe {
                        label: "never".into(),
                        lane: "bulk".into(),
                        hold_ms: 0,
                        end: crate::job::ProbeEnd::Done,
                        unique: None,
                        serial: None,
                        group: None,
                    }))?;
                    Err(Error::invalid("amount", "must not be zero"))
                }
                .scope_boxed()
            })
            .await;
        assert!(matches!(failed, Err(Error::Invalid { field: "amount", .. })));
        assert_eq!(numbers(db, house()).await, named(&[]));
        assert!(crate::job::counts(db).await.expect("counts").is_empty());
        assert_eq!(emit(db, house(), &["a"]).await.expect("writes"), 1, "the number was given back");
    }

    async fn writers_of_one_household_from_several_processes_leave_no_gap(bench: Bench) {
        let processes = [bench.db.clone(), bench.another(2).await, bench.another(3).await];
        let mut seen = join_all((0..30).map(|number| {
            let db = processes[number % 3].clone();
            async move { emit(&db, house(), &["x"]).await.expect("writes") }
        }))
        .await;
        seen.sort_unstable();
        assert_eq!(seen, (1..=30).collect::<Vec<_>>());
    }

    async fn households_do_not_see_each_other(bench: Bench) {
        let db = &bench.db;
        let (one, other) = (household::create(db, "one", "EUR").await.expect("founds"), household::create(db, "other", "USD").await.expect("founds"));
        assert_ne!(one, other);
        emit(db, Scope::of_operator(one), &["mine"]).await.expect("writes");
        assert_eq!(numbers(db, Scope::of_operator(one)).await, named(&[(2, "mine")]));
        assert_eq!(numbers(db, Scope::of_operator(other)).await, named(&[]));
        let nobody = Scope::of_operator(HouseholdId(1));
        assert!(matches!(emit(db, nobody, &["lost"]).await, Err(Error::NotFound { what: "household" })));
        assert!(matches!(Feed::begin(db, nobody, None).await, Err(Error::NotFound { what: "household" })));
    }

    async fn a_feed_gives_what_was_missed_then_what_comes(bench: Bench) {
        let db = &bench.db;
        emit(db, house(), &["before"]).await.expect("writes");
        let mut all = Feed::begin(db, house(), Some(0)).await.expect("begins");
        let mut fresh = Feed::begin(db, house(), None).await.expect("begins");
        let Page::Events(missed) = all.next().await.expect("reads") else { panic!("events") };
        assert_eq!(missed.iter().map(|seen| seen.seq).collect::<Vec<_>>(), [1]);
        let (heard, _) = tokio::join!(async { tokio::join!(all.next(), fresh.next()) }, emit(db, house(), &["after"]));
        for page in [heard.0, heard.1] {
            let Page::Events(events) = page.expect("reads") else { panic!("events") };
            assert_eq!(events.iter().map(|seen| seen.seq).collect::<Vec<_>>(), [2]);
        }
        assert_eq!(fresh.cursor(), 2);
    }

    async fn a_lost_hint_is_made_up_for_by_the_sweep(bench: Bench) {
        // Another process writes, and its hint reaches nobody.
        let other = bench.another(2).await;
        let mut feed = Feed::begin(&bench.db, house(), None).await.expect("begins");
        let stop = tokio_util::sync::CancellationToken::new();
        let sweep = tokio::spawn(event::sweep(bench.db.clone(), Duration::from_millis(20), stop.clone()));
        emit(&other, house(), &["silent"]).await.expect("writes");
        let page = tokio::time::timeout(Duration::from_mins(1), feed.next()).await.expect("heard").expect("reads");
        assert!(matches!(page, Page::Events(events) if events.len() == 1));
        stop.cancel();
        sweep.await.expect("ends");
    }

    async fn after_a_full_disk_what_is_acknowledged_is_durable(bench: Bench) {
        // SQLite ends a transaction by itself when the disk is full; PostgreSQL refuses the statement, which is nothing special.
        if bench.db.engine() == crate::db::Engine::Sqlite {
            let db = &bench.db;
            let pages = db.writer().query_one_raw(db.statement("PRAGMA page_count", [])).await.expect("asks").expect("a row");
            let pages: i64 = pages.try_get_by_index(0).expect("a number");
            db.writer().execute_unprepared(&format!("PRAGMA max_page_count = {}", pages + 4)).await.expect("limits");
            let large = "x".repeat(3_000);
            let mut full = 0;
            while emit(db, house(), &[&large]).await.is_ok() {
                full += 1;
                assert!(full < 1_000, "the disk is never full");
            }
            emit(db, house(), &["after"]).await.expect("the disk has room again");
            let other = bench.another(2).await;
            assert_eq!(numbers(&other, house()).await.last().map(|(_, label)| label.as_str()), Some("after"));
        }
    }

    async fn a_cursor_from_nowhere_is_a_gap_not_a_silence(bench: Bench) {
        let db = &bench.db;
        emit(db, house(), &["a"]).await.expect("writes");
        let mut lost = Feed::begin(db, house(), Some(7_000)).await.expect("begins");
        assert_eq!(lost.next().await.expect("reads"), Page::Gap { resume_after: 1 });
        emit(db, house(), &["b"]).await.expect("writes");
        let Page::Events(events) = lost.next().await.expect("reads") else { panic!("events") };
        assert_eq!(events.iter().map(|seen| seen.seq).collect::<Vec<_>>(), [2]);
    }

    async fn what_outlived_its_retention_is_a_gap_not_a_silence(bench: Bench) {
        let db = &bench.db;
        for _ in 0..10 {
            emit(db, house(), &["old"]).await.expect("writes");
        }
        let mut slow = Feed::begin(db, house(), Some(3)).await.expect("begins");
        bench.clock.advance(RETENTION + Duration::from_secs(1));
        let many = vec!["new"; 300];
        emit(db, house(), &many).await.expect("writes");
        assert_eq!(slow.next().await.expect("reads"), Page::Gap { resume_after: 10 });
        let Page::Events(events) = slow.next().await.expect("reads") else { panic!("events") };
        assert_eq!(events[0].seq, 11);
        assert_eq!(event::list(db, house(), 0, 1).await.expect("lists")[0].seq, 11);
    }

    async fn processes_never_issue_the_same_id(bench: Bench) {
        let processes = [bench.db.clone(), bench.another(2).await, bench.another(3).await];
        let mut ids = HashSet::new();
        for db in &processes {
            let mut last = 0;
            // More than fit into the millisecond at which the clock stands.
            for _ in 0..5_000 {
                let next = db.next_id().await.expect("issues");
                assert!(next > last);
                assert!(ids.insert(next), "issued twice: {next}");
                last = next;
            }
        }
        let nodes: HashSet<u16> = ids.iter().map(|id| id::node(*id)).collect();
        assert_eq!(nodes.len(), 3);
    }

    async fn a_node_that_was_given_back_is_taken_again_and_never_repeats(bench: Bench) {
        let first = bench.another(2).await;
        let before = first.next_id().await.expect("issues");
        first.close().await.expect("closes");
        bench.clock.advance(Duration::from_millis(1));
        let second = bench.another(3).await;
        let after = second.next_id().await.expect("issues");
        assert_eq!(id::node(before), id::node(after));
        assert!(after > before);
    }

    async fn a_node_of_a_dead_process_is_taken_when_its_span_is_over(bench: Bench) {
        let dead = bench.another(2).await;
        let before = dead.next_id().await.expect("issues");
        let meanwhile = bench.another(3).await.next_id().await.expect("issues");
        assert_ne!(id::node(before), id::node(meanwhile), "its span is not over");
        bench.clock.advance(Duration::from_mins(2));
        let heir = bench.another(4).await;
        let after = heir.next_id().await.expect("issues");
        assert_eq!(id::node(before), id::node(after));
        // It was not dead, only frozen. It finds out, takes another node, and repeats nothing.
        let late = dead.next_id().await.expect("issues");
        assert_ne!(id::node(late), id::node(after));
    }

    async fn processes_that_migrate_at_the_same_time_take_turns(bench: Bench) {
        let bare = Bench::bare(bench.db.engine()).await;
        let processes = [bare.db.clone(), bare.another(2).await, bare.another(3).await];
        for outcome in join_all(processes.iter().map(Db::migrate)).await {
            outcome.expect("migrates");
        }
        assert_eq!(bare.db.pending_migrations().await.expect("asks"), 0);
    }
}
