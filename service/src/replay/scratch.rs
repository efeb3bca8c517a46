//! The scratch database: a file of SQLite with the accounts of a connection, into which its pages are booked once more.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::PathBuf,
    time::Duration,
};

use connector::bank::{Currencies, Problem, obie};
use domain::id::HouseholdId;
use entity::{account, connection, household};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::Outcome;
use crate::{
    Db, Error, Keys, Result, Scope, account as accounts,
    archive::{self, Archive, Page, Saying},
    connection::{Source, batches, currency, listing},
    db::{Options, Place},
    hint::Hints,
    ledger,
};

/// Pages that are in memory at once.
const PAGES: u64 = 8;

/// A scratch database, and its folder.
pub(super) struct Scratch {
    pub(super) db: Db,
    scope: Scope,
    folder: Folder,
}

/// What the pages have told so far.
struct Told {
    connection: i64,
    sources: HashMap<String, Source>,
    currencies: Currencies,
    /// Whether the bank is telling its history once more.
    is_listing: bool,
    undecided: HashSet<i64>,
}

impl Told {
    fn new(connection: &connection::Model, rows: &[account::Model]) -> Result<Self> {
        let mut sources = HashMap::new();
        for row in rows {
            let Some(source_id) = row.source_id.clone() else { continue };
            let (setting, currency) = (accounts::setting(row)?, currency(&row.currency)?);
            sources.insert(source_id, Source { account: row.id, setting, currency, covered_day: None });
        }
        let currencies = sources.iter().map(|(id, source)| (id.clone(), source.currency)).collect();
        Ok(Self { connection: connection.id, sources, currencies, is_listing: false, undecided: HashSet::new() })
    }
}

/// A folder that goes when nobody needs it any more.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "a scratch database is left");
        }
    }
}

impl Scratch {
    pub(super) async fn open(
        db: &Db,
        folder: PathBuf,
        connection: &connection::Model,
        rows: &[account::Model],
    ) -> Result<Self> {
        let scope = Scope::of_operator(HouseholdId(connection.household_id));
        let mut builder = fs::DirBuilder::new();
        // For no other eye: it holds what the archive seals.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(|error| Error::broken(format!("no folder for a scratch database: {error}")))?;
        let folder = Folder(folder);
        let place = Place::Sqlite { file: folder.0.join("scratch.db"), readers: 1 };
        let options = Options { place, event_retention: Duration::from_hours(1) };
        // Nothing is sealed there, and lines get their names under the installation's key.
        let keys = Keys::derive(&db.ambient().key_bytes())?;
        let scratch = Db::open(&options, keys, db.ambient().clone(), Hints::in_process()).await?;
        scratch.migrate().await?;
        let household = household::ActiveModel {
            id: Set(scope.household().0),
            name: Set("scratch".to_owned()),
            currency: Set("XXX".to_owned()),
            seq: Set(0),
            event_floor_seq: Set(0),
            has_choices: Set(0),
            rules_seq: Set(0),
            merchants_seq: Set(0),
            has_refunds: Set(0),
            contributor_id: Set(None),
            created_at_ms: Set(0),
        };
        household::Entity::insert(household).exec_without_returning(scratch.writer()).await?;
        // It holds what a listing has named, and nothing that opens a door.
        let empty = connection::Model { secret: String::new(), cursor: None, is_listing: 0, ..connection.clone() };
        let empty = connection::ActiveModel::from(empty);
        connection::Entity::insert(empty).exec_without_returning(scratch.writer()).await?;
        for row in rows {
            let empty = account::Model {
                connection_id: None,
                opening_minor: 0,
                posted_minor: 0,
                pending_minor: 0,
                ..row.clone()
            };
            account::Entity::insert(account::ActiveModel::from(empty)).exec_without_returning(scratch.writer()).await?;
        }
        Ok(Self { db: scratch, scope, folder })
    }

    /// Books all pages of a connection, in the order in which they came. Answers with the rows of which nobody knows whether they are
    /// the bank's.
    pub(super) async fn book(
        &self,
        db: &Db,
        archive: &Archive,
        connection: &connection::Model,
        rows: &[account::Model],
        outcome: &mut Outcome,
    ) -> Result<HashSet<i64>> {
        let mut told = Told::new(connection, rows)?;
        let mut after = -1;
        loop {
            let pages = archive::pages(archive, db, self.scope, connection.id, after, PAGES).await?;
            let Some(last) = pages.last() else { break };
            after = last.id;
            for page in pages {
                self.turn(&mut told, page.saying).await?;
                self.take(db, &mut told, &page, outcome).await?;
            }
        }
        // Where the bank is still at it nothing is settled there either.
        if told.is_listing && connection.is_listing == 0 {
            self.settle(&mut told).await?;
        }
        Ok(told.undecided)
    }

    /// Begins or ends a listing, where a page does.
    async fn turn(&self, told: &mut Told, saying: Saying) -> Result<()> {
        match saying {
            Saying::ListingBegins => {
                let connection = told.connection;
                let begun = self.db.write(self.scope, move |unit| {
                    async move { listing::begin(unit, connection, true).await }.scope_boxed()
                });
                begun.await?;
                told.is_listing = true;
            }
            Saying::Changes if told.is_listing => self.settle(told).await?,
            Saying::Listing | Saying::Changes => {}
        }
        Ok(())
    }

    async fn settle(&self, told: &mut Told) -> Result<()> {
        let (connection, sources) = (told.connection, &told.sources);
        let settled = self.db.write(self.scope, move |unit| {
            async move { listing::settle_unbalanced(unit, connection, sources).await }.scope_boxed()
        });
        told.undecided.extend(settled.await?);
        told.is_listing = false;
        Ok(())
    }

    async fn take(&self, db: &Db, told: &mut Told, page: &Page, outcome: &mut Outcome) -> Result<()> {
        let entries = obie::decode_page(&page.raw, &told.currencies)
            .map_err(|failure| Error::broken(format!("page {} cannot be understood any more: {failure}", page.id)))?;
        outcome.pages += 1;
        outcome.lines += entries.lines.len() as u64;
        let ours = |problem| problem != Problem::UnknownAccount;
        outcome.rejected += entries.rejected.iter().filter(|row| ours(row.reason.problem)).count() as u64;
        let listing = told.is_listing.then_some(told.connection);
        let batches = &batches(db.keys().fingerprint(), &told.sources, entries, listing);
        let booked =
            self.db.write(self.scope, |unit| async move { ledger::book(unit, batches).await }.scope_boxed()).await?;
        // What the bank speaks of again is its own again.
        for id in booked.changed {
            told.undecided.remove(&id);
        }
        Ok(())
    }

    pub(super) async fn close(self) -> Result<()> {
        let closed = self.db.close().await;
        drop(self.folder);
        closed
    }
}
