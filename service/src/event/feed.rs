//! Everything that happens in a household from a cursor on, for as long as somebody listens.

use sea_orm::ConnectionTrait;

use super::{Seen, list};
use crate::{Db, Error, Result, Scope, hint::Watch};

/// Events read at once.
const PAGE: u64 = 200;

/// Listens to a household.
#[derive(Debug)]
pub struct Feed {
    db: Db,
    scope: Scope,
    cursor: i64,
    watch: Watch,
}

/// What a feed says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The next events, oldest first, at least one.
    Events(Vec<Seen>),
    /// Events after the cursor were removed when their retention ended, or the cursor is none of this household's: load the present
    /// state, and go on from here.
    Gap {
        /// The cursor from which nothing is missing.
        resume_after: i64,
    },
}

impl Feed {
    /// Begins after a cursor, or with what happens from now on.
    pub async fn begin(db: &Db, scope: Scope, after: Option<i64>) -> Result<Self> {
        // First watch, then look: what happens in between is seen twice rather than never.
        let watch = db.hints().news().watch(scope.household());
        let household = household(db, scope).await?;
        Ok(Self { db: db.clone(), scope, cursor: after.unwrap_or(household.seq), watch })
    }

    /// Where it stands: everything up to here was returned.
    #[must_use]
    pub fn cursor(&self) -> i64 {
        self.cursor
    }

    /// Waits for the next events.
    pub async fn next(&mut self) -> Result<Page> {
        loop {
            let news = self.watch.next();
            let events = list(&self.db, self.scope, self.cursor, PAGE).await?;
            // The numbers are read after the events: had the floor been raised between, events would be missing unnoticed.
            let numbers = household(&self.db, self.scope).await?;
            if let Some(resume_after) = gap(self.cursor, &numbers) {
                self.cursor = resume_after;
                return Ok(Page::Gap { resume_after });
            }
            if let Some(last) = events.last() {
                self.cursor = last.seq;
                return Ok(Page::Events(events));
            }
            news.await;
        }
    }
}

/// Where to go on when the cursor is of no use: it lies before what is kept, or after the last commit (it is another household's, or
/// the database was restored from a backup).
fn gap(cursor: i64, numbers: &Numbers) -> Option<i64> {
    if cursor < numbers.event_floor_seq {
        Some(numbers.event_floor_seq)
    } else if cursor > numbers.seq {
        Some(numbers.seq)
    } else {
        None
    }
}

struct Numbers {
    seq: i64,
    event_floor_seq: i64,
}

async fn household(db: &Db, scope: Scope) -> Result<Numbers> {
    let query = db.statement("SELECT seq, event_floor_seq FROM household WHERE id = $1", [scope.household().0.into()]);
    let row = db.reader().query_one_raw(query).await?.ok_or(Error::NotFound { what: "household" })?;
    Ok(Numbers { seq: row.try_get_by_index(0)?, event_floor_seq: row.try_get_by_index(1)? })
}
