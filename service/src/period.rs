//! Periods that a question is about.

use domain::day::Day;

use crate::{Error, Result};

/// The longest.
const DAYS: i32 = 3_660;

/// Whether two days, in the fields `from` and `to`, are a period that is answered.
pub(crate) fn check(from: Day, to: Day) -> Result<()> {
    if to < from {
        return Err(Error::invalid("to", "must not be before `from`"));
    }
    if to.since(from) >= DAYS {
        return Err(Error::invalid("to", format!("must be at most {DAYS} days after `from`")));
    }
    Ok(())
}
