//! The scratch database: a file of SQLite with the accounts of a connection, into which its pages are booked once more.

use std::{collections::HashMap, fs, path::PathBuf, time::Duration};

use connector::bank::{Currencies, Problem, obie};
use entity::{account, household};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::Outcome;
use crate::{
    Db, Error, Keys, Result, Scope, account as accounts,
    archive::{self, Archive},
    connection::{Source, batches, currency},
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
    pub(super) async fn open(db: &Db, folder: PathBuf, scope: Scope, rows: &[account::Model]) -> Result<Self> {
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
            created_at_ms: Set(0),
        };
        household::Entity::insert(household).exec_without_returning(scratch.writer()).await?;
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

    /// Books all pages of a connection, in the order in which they came.
    pub(super) async fn book(
        &self,
        db: &Db,
        archive: &Archive,
        connection: i64,
        rows: &[account::Model],
        outcome: &mut Outcome,
    ) -> Result<()> {
        let mut sources = HashMap::new();
        for row in rows {
            let Some(source_id) = row.source_id.clone() else { continue };
            let (kind, currency) = (accounts::kind(row)?, currency(&row.currency)?);
            sources.insert(source_id, Source { account: row.id, kind, currency, covered_day: None });
        }
        let currencies: Currencies = sources.iter().map(|(id, source)| (id.clone(), source.currency)).collect();
        let mut after = -1;
        loop {
            let pages = archive::pages(archive, db, self.scope, connection, after, PAGES).await?;
            let Some((last, _)) = pages.last() else { return Ok(()) };
            after = *last;
            for (id, raw) in pages {
                let entries = obie::decode_page(&raw, &currencies)
                    .map_err(|failure| Error::broken(format!("page {id} cannot be understood any more: {failure}")))?;
                outcome.pages += 1;
                outcome.lines += entries.lines.len() as u64;
                let ours = |problem| problem != Problem::UnknownAccount;
                outcome.rejected += entries.rejected.iter().filter(|row| ours(row.reason.problem)).count() as u64;
                let batches = &batches(db.keys().fingerprint(), &sources, entries, None);
                self.db
                    .write(self.scope, |unit| async move { ledger::book(unit, batches).await }.scope_boxed())
                    .await?;
            }
        }
    }

    pub(super) async fn close(self) -> Result<()> {
        let closed = self.db.close().await;
        drop(self.folder);
        closed
    }
}
