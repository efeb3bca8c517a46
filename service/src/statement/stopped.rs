//! Statements whose job gave up. That they failed is written nowhere but in the job: whoever lets it go on mends both.

use std::collections::HashSet;

use scoped_futures::ScopedFutureExt;

use super::{Statement, Status};
use crate::{
    Db, Result, Scope,
    event::Event,
    job::{self, ImportStatement, Job, Run, UndoStatement, Verdict},
};

/// The job: tells whoever looks at the statement to look again.
pub async fn tell_stopped(run: &Run, statement: i64) -> Result<Verdict> {
    let finished = run
        .finish(move |unit| {
            async move {
                unit.emit(Event::StatementUpdated { statement });
                Ok(())
            }
            .scope_boxed()
        })
        .await?;
    Ok(Verdict::Done(finished))
}

/// Says of the statements that wait for a job which one waits in vain.
pub(super) async fn mark(db: &Db, scope: Scope, statements: &mut [Statement]) -> Result<()> {
    let keys: Vec<(usize, String)> =
        statements.iter().enumerate().filter_map(|(place, one)| Some((place, awaited(one, scope)?))).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let dead: HashSet<String> = job::dead(db, keys.iter().map(|(_, key)| key.as_str())).await?;
    for (place, key) in keys {
        if dead.contains(&key) {
            statements[place].status = Status::Failed;
        }
    }
    Ok(())
}

/// The key of the job that it waits for.
fn awaited(statement: &Statement, scope: Scope) -> Option<String> {
    let (statement, status, lane) = (statement.id.0, statement.status, String::new());
    let job = match status {
        Status::Waiting | Status::Running => Job::ImportStatement(ImportStatement { statement, lane }),
        Status::Undoing => Job::UndoStatement(UndoStatement { statement, lane }),
        Status::Done | Status::Refused | Status::Undone | Status::Failed => return None,
    };
    job.unique_key(scope.household())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{id::StatementId, job::Lane};
    use entity::statement;
    use sea_orm::{ActiveModelTrait, IntoActiveModel};

    use super::*;
    use crate::{
        event::{Feed, Page},
        household,
        job::{Lease, Restart, Settled, State, claim, remove, restart, settle},
        statement::{begin::empty_row, get, list, wait},
        testing::on_both_engines,
    };

    async fn claimed(db: &Db) -> Run {
        let lease = Lease { worker: "a".into(), length: Duration::from_mins(1) };
        claim(db, Lane::Urgent, 1, &lease).await.expect("claims").runs.remove(0)
    }

    async fn begin(db: &Db, scope: Scope, row: statement::Model, job: Job) -> StatementId {
        let id = row.id;
        let (row, job) = (&row, &job);
        let written = db.write(scope, move |unit| {
            async move {
                row.clone().into_active_model().insert(unit.connection()).await?;
                unit.enqueue(job.clone())
            }
            .scope_boxed()
        });
        written.await.expect("begun");
        StatementId(id)
    }

    on_both_engines! {
        async fn a_statement_whose_job_gives_up_has_failed_until_it_goes_on(bench: Bench) {
            let db = &bench.db;
            let scope = Scope::of_operator(household::create(db, "home", "EUR").await.expect("creates"));
            let lane = "urgent".to_owned();
            let import = empty_row(scope, db.next_id().await.expect("an id"));
            let undo = statement::Model {
                status: statement::DONE,
                undo_state: statement::GOING,
                ..empty_row(scope, db.next_id().await.expect("an id"))
            };
            for (row, before) in [(import, Status::Waiting), (undo, Status::Undoing)] {
                let (statement, lane) = (row.id, lane.clone());
                let job = match before {
                    Status::Undoing => Job::UndoStatement(UndoStatement { statement, lane }),
                    _ => Job::ImportStatement(ImportStatement { statement, lane }),
                };
                let id = begin(db, scope, row, job).await;
                assert_eq!(get(db, scope, id).await.expect("reads").status, before);
                let mut feed = Feed::begin(db, scope, None).await.expect("a feed");
                let gives_up = Verdict::Never { reason: "a part is gone".into() };
                assert_eq!(settle(&claimed(db).await, Ok(gives_up)).await.expect("settles"), Settled::Dead);
                assert_eq!(get(db, scope, id).await.expect("reads").status, Status::Failed);
                let listed = list(db, scope, 9).await.expect("reads");
                assert!(listed.iter().any(|one| one.id == id && one.status == Status::Failed));
                // Nobody waits for it in vain, and whoever looks is told.
                let waited = wait(db, scope, id, Duration::from_hours(1)).await.expect("at once");
                assert_eq!(waited.status, Status::Failed);
                let run = claimed(db).await;
                assert_eq!(run.job(), Some(Job::TellStatementStopped { statement }));
                let verdict = tell_stopped(&run, statement).await;
                settle(&run, verdict).await.expect("settles");
                let Page::Events(told) = feed.next().await.expect("told") else { panic!("a gap") };
                let [told] = &told[..] else { panic!("{told:?}") };
                assert_eq!(told.event, Event::StatementUpdated { statement });
                assert_eq!(restart(db, Restart::All(State::Dead)).await.expect("restarts"), 1);
                assert_eq!(get(db, scope, id).await.expect("reads").status, before);
                // A worker that is lost again and again leaves the same.
                let mut attempts = 0;
                while get(db, scope, id).await.expect("reads").status == before {
                    let run = claimed(db).await;
                    attempts += 1;
                    bench.clock.advance(Duration::from_mins(2));
                    assert_eq!(crate::job::expire(db).await.expect("sweeps"), 1);
                    bench.clock.advance(Duration::from_mins(20));
                    assert_eq!(run.attempt(), attempts);
                }
                assert_eq!(get(db, scope, id).await.expect("reads").status, Status::Failed);
                let run = claimed(db).await;
                assert_eq!(run.job(), Some(Job::TellStatementStopped { statement }));
                let verdict = tell_stopped(&run, statement).await;
                settle(&run, verdict).await.expect("settles");
                assert_eq!(remove(db, Restart::All(State::Dead)).await.expect("removes"), 1);
            }
        }
    }
}
