//! Runs one claimed job: within its time limit, apart from the others' panics, for as long as the claim holds.

use std::panic::AssertUnwindSafe;

use domain::job::Lane;
use futures::FutureExt;
use service::{
    Error, Result,
    job::{self, Job, Run, Verdict},
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{Shared, handler};

/// How a run ended.
enum End {
    /// The handler spoke.
    Verdict(Result<Verdict>),
    /// The process stops: the job is handed back.
    Halted,
}

/// Runs a job and settles it.
pub(crate) async fn execute(shared: &Shared, run: Run, lane: Lane) {
    let begun = Instant::now();
    let lost = CancellationToken::new();
    shared.running().insert(run.id(), (run.fence(), lost.clone()));
    let end = tokio::select! {
        biased;
        // Dropping the handler rolls back what it has not committed.
        () = lost.cancelled() => End::Verdict(Err(Error::Fenced)),
        () = shared.halt.cancelled() => End::Halted,
        verdict = attempt(shared, &run) => End::Verdict(verdict),
    };
    let (outcome, reason) = match end {
        End::Verdict(verdict) => {
            let reason = verdict.as_ref().err().map(ToString::to_string);
            match job::settle(&run, verdict).await {
                Ok(settled) => (settled.name(), reason),
                // The lease ends by itself, and the job is tried again.
                Err(error) => ("unsettled", Some(error.to_string())),
            }
        }
        End::Halted => match job::hand_back(&run).await {
            Ok(()) => ("handed back", None),
            Err(error) => ("unsettled", Some(error.to_string())),
        },
    };
    let mut running = shared.running();
    if running.get(&run.id()).is_some_and(|(fence, _)| *fence == run.fence()) {
        running.remove(&run.id());
    }
    drop(running);
    tracing::info!(
        job = %run.id(),
        kind = run.kind(),
        lane = lane.name(),
        attempt = run.attempt(),
        outcome,
        reason,
        milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        "job"
    );
}

async fn attempt(shared: &Shared, run: &Run) -> Result<Verdict> {
    let Some(job) = run.job() else {
        return Err(Error::Busy { reason: "this version of Florin does not know the kind".into() });
    };
    let limit = job.policy().time_limit;
    let handler = AssertUnwindSafe(Box::pin(handle(shared, run, job))).catch_unwind();
    match tokio::time::timeout(limit, handler).await {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(_panic)) => Err(Error::broken("the handler panicked")),
        Err(_elapsed) => Err(Error::Busy { reason: format!("the time limit of {} s is over", limit.as_secs()) }),
    }
}

/// The handler of each kind.
async fn handle(shared: &Shared, run: &Run, job: Job) -> Result<Verdict> {
    match job {
        Job::TellSessionsEnded {} => service::identity::tell_sessions_ended(run).await,
        Job::Pull(pull) => service::connection::pull(run, &shared.outside, &pull).await,
        Job::ImportStatement(import) => service::statement::import(run, &shared.outside, &import).await,
        Job::UndoStatement(undo) => service::statement::take_back(run, &undo).await,
        Job::TellStatementStopped { statement } => service::statement::tell_stopped(run, statement).await,
        Job::EvaluateBudgets {} => service::budget::evaluate(run).await,
        Job::MatchTransfers {} => service::transfer::match_transfers(run).await,
        Job::CategorizeAlike(order) => service::merchant::go_on(run, &order).await,
        Job::ApplyRule(order) => service::rule::go_on(run, &order).await,
        Job::TellRuleStopped(order) => service::rule::tell_stopped(run, &order).await,
        Job::CountVotes {} => service::crowd::count(run).await,
        Job::FetchRates {} => service::exchange::fetch(run, &shared.outside).await,
        Job::Probe(probe) => handler::probe::run(run, probe).await,
    }
}
