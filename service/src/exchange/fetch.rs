//! Fetches what is published: a job of the house that goes on for ever, from one publication to the next.

use connector::rate::{Publisher, Span};
use domain::day::{Day, UTC, Weekday};
use scoped_futures::ScopedFutureExt;

use super::keep::{book, fault, latest};
use crate::{
    Db, Result, Scope,
    household::HOUSE,
    job::{Job, Run, Verdict},
    outside::Outside,
};

/// When the rates of a day are there, in milliseconds after midnight UTC: they are published at about 16:00 in Frankfurt, winter and summer.
const PUBLISHED_MS: i64 = (15 * 60 + 30) * 60_000;
const DAY_MS: i64 = 86_400_000;
/// After a failure.
const AGAIN_MS: i64 = 30 * 60_000;
/// Where nothing new was there: on a holiday there is nothing until the next day.
const NOTHING_NEW_MS: i64 = 2 * 3_600_000;
/// The file of ninety days is taken up to such a gap.
const QUARTER_DAYS: i32 = 80;

/// Has what is published fetched from now on, where somebody publishes.
pub async fn keep_fetching(db: &Db, outside: &Outside) -> Result<()> {
    if outside.publisher().is_none() {
        return Ok(());
    }
    let fetch = |unit: &mut crate::Unit| unit.enqueue(Job::FetchRates {});
    db.write(Scope::of_operator(HOUSE), move |unit| async move { fetch(unit) }.scope_boxed()).await
}

/// The job. It ends where nobody publishes any more.
pub async fn fetch(run: &Run, outside: &Outside) -> Result<Verdict> {
    let Some(publisher) = outside.publisher() else {
        return Ok(Verdict::Done(run.finish(|_| async move { Ok(()) }.scope_boxed()).await?));
    };
    let now_ms = run.db().now_ms();
    if let Some(span) = missing(latest(run.db()).await?, now_ms)
        && let Some(reason) = ask(run, publisher, span).await?
    {
        tracing::warn!(reason, "no exchange rates; they are asked for again");
        return Ok(Verdict::Later { at_ms: now_ms + AGAIN_MS, reason });
    }
    let (at_ms, reason) = match missing(latest(run.db()).await?, now_ms) {
        Some(_) => (now_ms + NOTHING_NEW_MS, "nothing new was published"),
        None => (next_ms(now_ms), "the next exchange rates are published then"),
    };
    Ok(Verdict::Later { at_ms, reason: reason.to_owned() })
}

/// Asks and books; or says why nothing came.
async fn ask(run: &Run, publisher: &dyn Publisher, span: Span) -> Result<Option<String>> {
    let rates = match publisher.published(span).await {
        Ok(rates) => rates,
        Err(failure) => return Ok(Some(failure.to_string())),
    };
    // A publisher's mistake is mended by the publisher: it is waited for as the end of an outage is.
    if let Some(fault) = fault(run.db(), &rates) {
        return Ok(Some(format!("the file {fault}")));
    }
    tracing::info!(rates = rates.references.len(), "exchange rates");
    book(run, &rates).await.map(|()| None)
}

/// What must be asked for to know all that was published by now.
fn missing(known: Option<Day>, now_ms: i64) -> Option<Span> {
    let expected = last_day(now_ms);
    match known {
        Some(known) if known >= expected => None,
        Some(known) if expected.business_days_since(known) <= 1 => Some(Span::Day),
        Some(known) if expected.since(known) <= QUARTER_DAYS => Some(Span::Quarter),
        _ => Some(Span::All),
    }
}

/// The last working day whose rates are there. Holidays are not known here.
fn last_day(now_ms: i64) -> Day {
    let today = Day::at(now_ms - PUBLISHED_MS, UTC);
    today.plus(match today.weekday() {
        Weekday::Sat => -1,
        Weekday::Sun => -2,
        _ => 0,
    })
}

/// When the rates of the next working day are there.
fn next_ms(now_ms: i64) -> i64 {
    let mut at_ms = now_ms.div_euclid(DAY_MS) * DAY_MS + PUBLISHED_MS;
    let is_working = |at_ms| !matches!(Day::at(at_ms, UTC).weekday(), Weekday::Sat | Weekday::Sun);
    while at_ms <= now_ms || !is_working(at_ms) {
        at_ms += DAY_MS;
    }
    at_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect(text)
    }

    fn ms(on: &str, hour: i64, minute: i64) -> i64 {
        i64::from(day(on).number()) * DAY_MS + (hour * 60 + minute) * 60_000
    }

    #[test]
    fn rates_are_expected_after_their_publication_and_on_working_days() {
        // 2026-11-20 is a Friday.
        for (now, expected, next) in [
            (ms("2026-11-20", 15, 29), "2026-11-19", ms("2026-11-20", 15, 30)),
            (ms("2026-11-20", 15, 30), "2026-11-20", ms("2026-11-23", 15, 30)),
            (ms("2026-11-21", 20, 0), "2026-11-20", ms("2026-11-23", 15, 30)),
            (ms("2026-11-23", 9, 0), "2026-11-20", ms("2026-11-23", 15, 30)),
            (ms("2026-11-23", 16, 0), "2026-11-23", ms("2026-11-24", 15, 30)),
        ] {
            assert_eq!((last_day(now), next_ms(now)), (day(expected), next), "{now}");
        }
    }

    #[test]
    fn no_more_is_asked_for_than_is_missing() {
        let now = ms("2026-11-23", 16, 0);
        for (known, span) in [
            (None, Some(Span::All)),
            (Some("2026-01-01"), Some(Span::All)),
            (Some("2026-11-19"), Some(Span::Quarter)),
            (Some("2026-11-20"), Some(Span::Day)),
            (Some("2026-11-23"), None),
        ] {
            assert_eq!(missing(known.map(day), now), span, "{known:?}");
        }
    }
}
