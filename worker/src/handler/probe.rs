//! Probes: do nothing but show that the job system works.

use std::time::Duration;

use scoped_futures::ScopedFutureExt;
use service::{
    Error, Result,
    ambient::millis,
    event::Event,
    job::{Probe, ProbeEnd, Run, Verdict},
};

/// Holds, then ends as the probe says.
pub(crate) async fn run(run: &Run, probe: Probe) -> Result<Verdict> {
    tokio::time::sleep(Duration::from_millis(probe.hold_ms)).await;
    // A job that was parked or put off says why when it comes back: then it takes its effect.
    let first_time = run.earlier_reason().is_none();
    match probe.end {
        ProbeEnd::FailFirst(failures) if run.attempt() <= failures => {
            return Err(Error::Busy { reason: "the probe fails as asked".into() });
        }
        ProbeEnd::LaterOnce { after_ms } if first_time => {
            let at_ms = run.db().now_ms() + millis(Duration::from_millis(after_ms));
            return Ok(Verdict::Later { at_ms, reason: "the probe waits as asked".into() });
        }
        ProbeEnd::Park if first_time => return Ok(Verdict::Parked { reason: "the probe waits for a person".into() }),
        ProbeEnd::Never => return Ok(Verdict::Never { reason: "the probe is hopeless as asked".into() }),
        ProbeEnd::Panic => panic!("the probe panics as asked"),
        ProbeEnd::Abort => std::process::abort(),
        ProbeEnd::Done | ProbeEnd::FailFirst(_) | ProbeEnd::LaterOnce { .. } | ProbeEnd::Park => {}
    }
    let effect = &Event::probe_done(run.id(), &probe.label);
    let finished = run
        .finish(|unit| {
            async move {
                unit.emit(effect.clone());
                Ok(())
            }
            .scope_boxed()
        })
        .await?;
    Ok(Verdict::Done(finished))
}
