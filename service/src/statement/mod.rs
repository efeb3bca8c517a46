//! Statements: files that people download from their banks and give to us.
//!
//! A file is archived in parts and becomes a row and a job ([`begin()`]); the job reads it twice from the archive: once as a whole, so that a file
//! that is refused has changed nothing, and once to book its lines, a thousand in each commit ([`import()`]). A job that was interrupted goes on
//! behind the lines that are through; and whatever is read again is recognized.

pub(crate) mod account;
mod anchor;
mod begin;
mod book;
mod booking;
mod import;
mod order;
mod preview;
mod read;
mod remembered;
mod stopped;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod undo;

pub(crate) use anchor::Closing;
pub use begin::{Import, begin};
pub(crate) use booking::{first_day, named_rows};
pub use import::import;
pub use preview::{Account as PreviewAccount, Outcome, Preview, Row as PreviewRow, Why, preview};
pub use remembered::MappingSource;
pub use stopped::tell_stopped;
pub use undo::{Kept, KeptBecause, Undo, UndoImport, take_back, undo};

/// How the columns of a table are described.
pub mod mapping {
    pub use connector::file::{
        amount::DecimalMark,
        csv::{CsvColumn, CsvMapping, Positive, Role},
        date::DateOrder,
    };
}

use connector::file::{Options, csv::CsvMapping};
use domain::{
    account::AccountKind,
    currency::Currency,
    id::{AccountId, StatementId},
};
use entity::statement;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use std::time::Duration;

use crate::{Db, Error, Result, Scope, event::Feed, scope::Tenant};

/// Wrong rows that are kept with their places; of more only the number is.
pub const REJECTS: usize = 500;

impl Tenant for statement::Entity {
    const HOUSEHOLD: Self::Column = statement::Column::HouseholdId;
}

/// How far a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nobody has begun.
    Waiting,
    /// Its lines are being booked.
    Running,
    /// All lines are through.
    Done,
    /// It was refused as a whole: nothing was booked.
    Refused,
    /// It is being taken back.
    Undoing,
    /// It was taken back.
    Undone,
    /// Florin failed on it, and does not try again by itself. What is through stays; an operator can let it go on.
    Failed,
}

impl Status {
    /// Whether nothing is going to happen to it by itself.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running | Self::Undoing)
    }
}

/// A row of a file that is wrong. It says where and why, and repeats nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The line of the file, from 1.
    pub line: u64,
    /// Which row of the statement, from 1.
    pub row: u64,
    /// What of it is wrong.
    pub field: String,
    /// Why.
    pub reason: String,
}

/// A statement, as its household sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The statement.
    pub id: StatementId,
    /// How far it is.
    pub status: Status,
    /// What the person's file is called.
    pub file_name: String,
    /// One of the names of `connector::file::Format`.
    pub format: String,
    /// Its length.
    pub bytes: i64,
    /// Why it was refused.
    pub refusal: Option<String>,
    /// The accounts that it was booked into, in the order of the file.
    pub accounts: Vec<AccountId>,
    /// How the columns of a table were understood.
    pub mapping: Option<CsvMapping>,
    /// Where that comes from; `None` until the file has been looked at, and of files from before this was noted.
    pub mapping_source: Option<MappingSource>,
    /// Transactions in it.
    pub lines: i64,
    /// How many of them are through.
    pub lines_done: i64,
    /// That were new.
    pub new: i64,
    /// That were known.
    pub duplicate: i64,
    /// That said something new about a known one.
    pub changed: i64,
    /// Rows that are wrong.
    pub rejected: i64,
    /// Rows that are understood and not imported, such as pending ones.
    pub unsupported: i64,
    /// Whether the file ends in the middle of something.
    pub is_truncated: bool,
    /// The first of the wrong rows.
    pub rejects: Vec<Reject>,
    /// When it was given, in milliseconds of Unix time.
    pub created_at_ms: i64,
    /// When it was through.
    pub finished_at_ms: Option<i64>,
    /// What became of it when it was taken back.
    pub undo: Option<Undo>,
}

/// What the person said about a file, and what was guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    currency: Option<String>,
    kind: Option<i16>,
    mapping: Option<CsvMapping>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mapping_source: Option<MappingSource>,
}

impl Said {
    /// How the file is read.
    fn options(self) -> Options {
        Options {
            currency: self.currency.as_deref().and_then(Currency::from_code),
            kind: self.kind.and_then(AccountKind::from_code),
            mapping: self.mapping,
            ..Options::default()
        }
    }
}

impl TryFrom<statement::Model> for Statement {
    type Error = Error;

    fn try_from(row: statement::Model) -> Result<Self> {
        let said: Said = stored(&row.options)?;
        let accounts: Vec<i64> = stored(&row.accounts)?;
        Ok(Self {
            id: StatementId(row.id),
            status: match row.status {
                _ if row.undo_state == statement::GOING => Status::Undoing,
                _ if row.undo_state == statement::TAKEN_BACK => Status::Undone,
                statement::WAITING => Status::Waiting,
                statement::RUNNING => Status::Running,
                statement::DONE => Status::Done,
                _ => Status::Refused,
            },
            file_name: row.file_name,
            format: row.format,
            bytes: row.bytes,
            refusal: row.refusal,
            accounts: accounts.into_iter().map(AccountId).collect(),
            mapping: said.mapping,
            mapping_source: said.mapping_source,
            lines: row.lines,
            lines_done: row.lines_done,
            new: row.new_count,
            duplicate: row.duplicate_count,
            changed: row.changed_count,
            rejected: row.rejected_count,
            unsupported: row.unsupported_count,
            is_truncated: row.is_truncated == 1,
            rejects: stored(&row.rejects)?,
            created_at_ms: row.created_at_ms,
            finished_at_ms: row.finished_at_ms,
            undo: row.undo.as_deref().map(stored).transpose()?,
        })
    }
}

fn stored<T: serde::de::DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| Error::broken(format!("a statement's row does not read: {error}")))
}

fn to_store(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::broken(error.to_string()))
}

/// A statement.
pub async fn get(db: &Db, scope: Scope, id: StatementId) -> Result<Statement> {
    let row = scope.find::<statement::Entity>().filter(statement::Column::Id.eq(id.0)).one(db.reader()).await?;
    let mut found = [Statement::try_from(row.ok_or(Error::NotFound { what: "statement" })?)?];
    stopped::mark(db, scope, &mut found).await?;
    let [found] = found;
    Ok(found)
}

/// Waits until a statement is through, but no longer than `limit`; answers with how far it is then.
pub async fn wait(db: &Db, scope: Scope, id: StatementId, limit: Duration) -> Result<Statement> {
    // From now on, so that nothing that happens after the first look is missed.
    let mut feed = Feed::begin(db, scope, None).await?;
    let deadline = tokio::time::Instant::now() + limit;
    loop {
        let statement = get(db, scope, id).await?;
        if statement.status.is_over() {
            return Ok(statement);
        }
        match tokio::time::timeout_at(deadline, feed.next()).await {
            Ok(news) => drop(news?),
            Err(_elapsed) => return Ok(statement),
        }
    }
}

/// The household's statements, the latest first.
pub async fn list(db: &Db, scope: Scope, limit: u64) -> Result<Vec<Statement>> {
    let found = scope.find::<statement::Entity>().order_by_desc(statement::Column::Id).limit(limit);
    let mut found: Vec<Statement> =
        found.all(db.reader()).await?.into_iter().map(Statement::try_from).collect::<Result<_>>()?;
    stopped::mark(db, scope, &mut found).await?;
    Ok(found)
}
