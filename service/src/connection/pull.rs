//! A pull: reads a bank's feed from the cursor on, page by page. No transaction is open while we wait for the bank; a page is archived first, then
//! booked, with sums, cursor, events and follow-up jobs in one commit.

use std::{collections::HashMap, time::Duration};

use connector::bank::{Currencies, Entries, Failure, Listed, Page, Problem, SourceAccount, SourceBalance, obie};
use domain::id::{ConnectionId, InstitutionId};
use entity::connection;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, QueryFilter, sea_query::Expr};

use super::{
    Status, Step, batches,
    failure::{Pulled, Stop, left_alone_until, remedy},
    finish, listing,
    source_account::{self, Source},
    tokens::Door,
};
use crate::{
    Db, Result, Unit,
    ambient::millis,
    archive,
    event::Event,
    job::{Pull, Run, Verdict},
    outside::{Institution, Outside},
    seal::Sealer,
};

/// Rows of a page.
const PAGE_ROWS: u32 = 500;
/// After so long a pull lets others have its slot, and goes on later.
const TURN: Duration = Duration::from_mins(4);
/// A bank that books faster than we read is believed after so many looks.
const LOOKS: usize = 3;

/// Pulls through a connection.
pub async fn pull(run: &Run, outside: &Outside, order: &Pull) -> Result<Verdict> {
    let Some(row) = find(run, order.connection).await? else { return nothing(run).await };
    if row.status == connection::SIGN_IN_NEEDED {
        return nothing(run).await;
    }
    if let Some(at_ms) = left_alone_until(&row, run.db().now_ms()) {
        return Ok(Verdict::Later {
            at_ms,
            reason: "the bank was asked too often, and is left alone until then".into(),
        });
    }
    let Ok(institution) = outside.institution(InstitutionId(i64::from(row.institution_id))) else {
        return Ok(not_offered(run));
    };
    let pulled = async {
        let mut puller = Puller::new(run, outside, institution, row).await?;
        puller.pull().await
    };
    match pulled.await {
        Ok(verdict) => Ok(verdict),
        Err(Stop::Bank(failure)) => failed(run, order.connection, &failure).await,
        Err(Stop::House(error)) => Err(error),
        Err(Stop::Gone) => nothing(run).await,
    }
}

async fn find(run: &Run, id: i64) -> Result<Option<connection::Model>> {
    let found = run.scope().find::<connection::Entity>().filter(connection::Column::Id.eq(id));
    Ok(found.one(run.db().reader()).await?)
}

/// There is nothing to do: the connection is gone, or waits for its person.
async fn nothing(run: &Run) -> Result<Verdict> {
    let finished = run.finish(|_| async { Ok(()) }.scope_boxed()).await?;
    Ok(Verdict::Done(finished))
}

/// The installation no longer offers this bank; it may again.
fn not_offered(run: &Run) -> Verdict {
    let at_ms = run.db().now_ms() + millis(super::PULL_INTERVAL);
    Verdict::Later { at_ms, reason: "the bank is not offered by this installation".into() }
}

/// Notes the failure of a bank and says when it is tried again.
async fn failed(run: &Run, id: i64, failure: &Failure) -> Result<Verdict> {
    let Some(row) = find(run, id).await? else { return nothing(run).await };
    let note = &Note::new(run, &row, failure);
    if let Some(at_ms) = note.at_ms {
        run.write(|unit| async move { note.write(unit).await }.scope_boxed()).await?;
        return Ok(Verdict::Later { at_ms, reason: failure.to_string() });
    }
    let finished = run.finish(|unit| async move { note.write(unit).await }.scope_boxed()).await?;
    Ok(Verdict::Done(finished))
}

/// What is noted about a failure.
struct Note {
    connection: i64,
    status: i16,
    failure: &'static str,
    failures: i32,
    failing_since_ms: Option<i64>,
    at_ms: Option<i64>,
    forget_cursor: bool,
    is_news: bool,
}

impl Note {
    fn new(run: &Run, row: &connection::Model, failure: &Failure) -> Self {
        let failures = row.failures.saturating_add(1);
        let remedy = remedy(failure, failures, run.db().ambient().chance.number());
        let status = remedy.status.map_or(row.status, Status::code);
        Self {
            connection: row.id,
            status,
            failure: remedy.name,
            failures,
            failing_since_ms: row.failing_since_ms,
            at_ms: remedy.after.map(|after| run.db().now_ms() + millis(after)),
            forget_cursor: *failure == Failure::CursorRefused,
            is_news: status != row.status || row.failure.as_deref() != Some(remedy.name),
        }
    }

    async fn write(&self, unit: &mut Unit) -> Result<()> {
        let since_ms = self.failing_since_ms.unwrap_or(unit.now_ms());
        let mut update = unit
            .scope()
            .update::<connection::Entity>()
            .filter(connection::Column::Id.eq(self.connection))
            .col_expr(connection::Column::Status, Expr::value(self.status))
            .col_expr(connection::Column::Failure, Expr::value(self.failure))
            .col_expr(connection::Column::Failures, Expr::value(self.failures))
            .col_expr(connection::Column::FailingSinceMs, Expr::value(since_ms))
            .col_expr(connection::Column::NextPullAtMs, Expr::value(self.at_ms));
        if self.forget_cursor {
            update = update.col_expr(connection::Column::Cursor, Expr::value(None::<String>));
        }
        update.exec(unit.connection()).await?;
        if self.is_news {
            unit.emit(Event::ConnectionUpdated { connection: self.connection });
        }
        Ok(())
    }
}

/// One pull in progress.
struct Puller<'a> {
    run: &'a Run,
    outside: &'a Outside,
    institution: &'a Institution,
    door: Door<'a>,
    connection: i64,
    cursor: Option<String>,
    /// Whether the bank tells its history once more.
    is_listing: bool,
    sealer: Sealer,
    accounts: HashMap<String, Source>,
    begun_ms: i64,
}

impl<'a> Puller<'a> {
    async fn new(
        run: &'a Run,
        outside: &'a Outside,
        institution: &'a Institution,
        row: connection::Model,
    ) -> Pulled<Self> {
        let door = Door::new(run, outside, institution, &row)?;
        let sealer = archive::sealer(run.db(), run.scope()).await?;
        let (connection, cursor, begun_ms) = (row.id, row.cursor, run.db().now_ms());
        let (is_listing, accounts) = (row.is_listing != 0, HashMap::new());
        Ok(Self { run, outside, institution, door, connection, cursor, is_listing, sealer, accounts, begun_ms })
    }

    async fn pull(&mut self) -> Pulled<Verdict> {
        self.door.keep_open().await?;
        self.find_accounts().await?;
        for _ in 0..LOOKS {
            if !self.read_to_the_end().await? {
                let reason = "others have their turn".to_owned();
                return Ok(Verdict::Later { at_ms: self.db().now_ms(), reason });
            }
            let balances = self.balances().await?;
            // Nothing was booked between the last page and the balances: they speak of the same moment.
            let page = self.page().await?;
            if is_empty(&page.entries) {
                let finished =
                    finish::finish(self.run, self.connection, self.is_listing, &self.accounts, &balances).await?;
                return Ok(Verdict::Done(finished));
            }
            self.book(page).await?;
        }
        let finished = finish::finish(self.run, self.connection, false, &self.accounts, &[]).await?;
        Ok(Verdict::Done(finished))
    }

    /// False when the pull's turn is over before the feed.
    async fn read_to_the_end(&mut self) -> Pulled<bool> {
        loop {
            let page = self.page().await?;
            let has_more = page.entries.has_more;
            self.book(page).await?;
            if !has_more {
                return Ok(true);
            }
            if self.db().now_ms() - self.begun_ms > millis(TURN) {
                return Ok(false);
            }
            self.door.keep_open().await?;
        }
    }

    fn db(&self) -> &'a Db {
        self.run.db()
    }

    async fn find_accounts(&mut self) -> Pulled<()> {
        let listed = loop {
            match self.outside.bank().accounts(&self.institution.provider, &self.door.tokens).await {
                Ok(listed) => break listed,
                Err(failure) => self.door.reopen(failure).await?,
            }
        };
        let Listed { rows, rejected } = listed;
        if !rejected.is_empty() {
            tracing::warn!(connection = %self.name(), rejected = rejected.len(), first = %rejected[0].reason, "accounts were not understood");
        }
        self.accounts = self.keep_accounts(&rows).await?;
        Ok(())
    }

    async fn keep_accounts(&self, rows: &[SourceAccount]) -> Pulled<HashMap<String, Source>> {
        let connection = self.connection;
        let kept = self
            .run
            .write(move |unit| async move { source_account::keep(unit, connection, rows).await }.scope_boxed())
            .await?;
        kept.ok_or(Stop::Gone)
    }

    async fn balances(&mut self) -> Pulled<Vec<SourceBalance>> {
        let currencies = self.currencies();
        loop {
            let asked = self.outside.bank().balances(&self.institution.provider, &self.door.tokens, &currencies).await;
            match asked {
                Ok(listed) => return Ok(listed.rows),
                Err(failure) => self.door.reopen(failure).await?,
            }
        }
    }

    /// The page at the cursor. When it speaks of an account that we have not seen, the accounts are asked for again.
    async fn page(&mut self) -> Pulled<Page> {
        let mut page = loop {
            let currencies = self.currencies();
            let (bank, provider) = (self.outside.bank(), &self.institution.provider);
            let asked =
                bank.transactions(provider, &self.door.tokens, &currencies, self.cursor.as_deref(), PAGE_ROWS).await;
            match asked {
                Ok(page) => break page,
                Err(failure) => self.door.reopen(failure).await?,
            }
        };
        if page.entries.rejected.iter().any(|row| row.reason.problem == Problem::UnknownAccount) {
            self.find_accounts().await?;
            page.entries = obie::decode_page(&page.raw, &self.currencies())?;
        }
        Ok(page)
    }

    fn currencies(&self) -> Currencies {
        self.accounts.iter().map(|(id, source)| (id.clone(), source.currency)).collect()
    }

    /// Archives a page and books it.
    async fn book(&mut self, page: Page) -> Pulled<()> {
        let Page { raw, entries } = page;
        if is_empty(&entries) && Some(&entries.cursor) == self.cursor.as_ref() {
            return Ok(());
        }
        let (db, scope) = (self.db(), self.run.scope());
        let kept = archive::keep(self.outside.archive(), db, &self.sealer, scope, self.connection, &raw).await?;
        if let Some(first) = entries.rejected.first() {
            let rejected = entries.rejected.len();
            tracing::warn!(connection = %self.name(), rejected, first = %first.reason, "lines were not understood; the archive has them");
        }
        let cursor = entries.cursor.clone();
        let rejected = i64::try_from(entries.rejected.len()).unwrap_or(i64::MAX);
        if self.cursor.is_none() {
            self.is_listing = listing::is_needed(db, scope, &self.accounts).await?;
        }
        let is_listing = self.is_listing;
        let batches = batches(db.keys().fingerprint(), &self.accounts, entries, is_listing.then_some(self.connection));
        let (connection, before, after) = (self.connection, self.cursor.clone(), cursor.clone());
        let step = &Step { connection, before, after, is_listing, rejected, kept, batches };
        let is_there = self.run.write(move |unit| async move { step.write(unit).await }.scope_boxed()).await?;
        self.cursor = Some(cursor);
        if is_there { Ok(()) } else { Err(Stop::Gone) }
    }

    fn name(&self) -> String {
        use domain::id::Owned;
        ConnectionId(self.connection).text(self.run.scope().household())
    }
}

fn is_empty(entries: &Entries) -> bool {
    entries.lines.is_empty() && entries.removed.is_empty() && entries.rejected.is_empty() && !entries.has_more
}
