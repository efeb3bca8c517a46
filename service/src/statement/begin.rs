//! Takes a file in: archived, a row, a job.

use std::io::Read;

use connector::file::{self, FILE_BYTES, Format, csv::CsvMapping};
use domain::{
    account::AccountKind,
    id::{AccountId, StatementId},
    job::Lane,
};
use entity::statement;
use ring::digest;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use super::{Said, Statement, to_store};
use crate::{
    Db, Error, Result, Scope, Unit, account,
    archive::{self, Saying},
    event::Event,
    idempotency::Once,
    job::{ImportStatement, Job},
    outside::Outside,
};

/// Bytes of a part in the archive.
const PART_BYTES: u64 = 1 << 20;
/// A person waits for a file up to this length; longer ones take their time.
const URGENT_BYTES: i64 = 4 << 20;
/// The longest name of a file.
const NAME_CHARS: usize = 200;

/// A file that is to be imported.
pub struct Import<R> {
    /// Its bytes.
    pub file: R,
    /// What it is called.
    pub file_name: String,
    /// Into which account; `None`: those that it names, which are found or made.
    pub account: Option<AccountId>,
    /// ISO 4217, for files that do not say it.
    pub currency: Option<String>,
    /// The kind of a new account, for files that do not say it.
    pub kind: Option<AccountKind>,
    /// What the columns of a table mean; `None`: guessed.
    pub mapping: Option<CsvMapping>,
    /// The client's key of this request.
    pub idempotency_key: Option<String>,
}

impl<R> Import<R> {
    /// The same of another file.
    pub fn of<S>(self, file: S) -> Import<S> {
        let Self { file: _, file_name, account, currency, kind, mapping, idempotency_key } = self;
        Import { file, file_name, account, currency, kind, mapping, idempotency_key }
    }
}

/// Takes a file in, and leaves the job that imports it. What is wrong with the file is told by the statement; only what can be seen at once is an error.
pub async fn begin<R: Read + Send>(db: &Db, outside: &Outside, scope: Scope, import: Import<R>) -> Result<Statement> {
    #[derive(Serialize)]
    struct Input<'a>(&'a [u8], Option<i64>, &'a str);
    let Import { mut file, file_name, account, currency, kind, mapping, idempotency_key } = import;
    if !scope.role().writes() {
        return Err(Error::Denied { reason: "viewers of a household change nothing in it" });
    }
    let said = said(db, scope, account, currency, kind, mapping).await?;
    let file_name: String = domain::line::descriptor(&file_name).chars().take(NAME_CHARS).collect();
    db.write(scope, |unit| async move { archive::prepare(unit).await }.scope_boxed()).await?;
    let id = db.next_id().await?;
    let kept = keep(db, outside, scope, id, &mut file, &file_name).await?;
    let options = to_store(&said)?;
    let input = Input(kept.hash.as_ref(), account.map(|account| account.0), &options);
    let once = &Once::new(db, "importStatement", idempotency_key.as_deref(), &input)?;
    let row = &row(scope, id, account, file_name, options, &kept);
    let kept = &kept.parts;
    db.write(scope, move |unit| {
        async move {
            if let Some(before) = once.recall(unit).await? {
                return load(unit, before).await?.try_into();
            }
            let row = statement::Model { created_at_ms: unit.now_ms(), ..row.clone() };
            statement::Entity::insert(statement::ActiveModel::from(row.clone()))
                .exec_without_returning(unit.connection())
                .await?;
            for part in kept {
                archive::record(unit, part, Saying::Changes).await?;
            }
            let lane = if row.bytes <= URGENT_BYTES { Lane::Urgent } else { Lane::Bulk };
            let lane = lane.name().to_owned();
            unit.enqueue(Job::ImportStatement(ImportStatement { statement: row.id, lane }))?;
            unit.emit(Event::StatementUpdated { statement: row.id });
            once.remember(unit, row.id).await?;
            row.try_into()
        }
        .scope_boxed()
    })
    .await
}

/// What is known of a file beside its bytes: what the person said, and what the chosen account says.
pub(super) async fn said(
    db: &Db,
    scope: Scope,
    account: Option<AccountId>,
    currency: Option<String>,
    kind: Option<AccountKind>,
    mapping: Option<CsvMapping>,
) -> Result<Said> {
    if let Some(code) = &currency {
        account::currency("currency", code)?;
    }
    let mut said = Said { currency, kind: kind.map(AccountKind::code), mapping, mapping_source: None };
    if let Some(mapping) = &said.mapping {
        mapping.check().map_err(|refusal| Error::invalid("mapping", format!("cannot be used: {refusal}")))?;
    }
    if let Some(account) = account {
        // What the file does not say, its account does.
        let chosen = account::get(db, scope, account).await?;
        said.currency.get_or_insert_with(|| chosen.currency.code().to_owned());
        said.kind.get_or_insert(chosen.kind.code());
    }
    Ok(said)
}

/// A statement of the unit's household.
pub(super) async fn load(unit: &Unit, id: i64) -> Result<statement::Model> {
    let row =
        unit.scope().find::<statement::Entity>().filter(statement::Column::Id.eq(id)).one(unit.connection()).await?;
    row.ok_or(Error::NotFound { what: "statement" })
}

/// A file in the archive.
struct Kept {
    parts: Vec<archive::Kept>,
    format: Format,
    bytes: u64,
    hash: digest::Digest,
}

async fn keep<R: Read + Send>(
    db: &Db,
    outside: &Outside,
    scope: Scope,
    id: i64,
    file: &mut R,
    name: &str,
) -> Result<Kept> {
    let sealer = archive::sealer(db, scope).await?;
    let mut hash = digest::Context::new(&digest::SHA256);
    let (mut parts, mut format, mut bytes) = (Vec::new(), None, 0);
    loop {
        let mut part = Vec::new();
        file.take(PART_BYTES)
            .read_to_end(&mut part)
            .map_err(|error| Error::broken(format!("the file cannot be read: {}", error.kind())))?;
        if part.is_empty() {
            break;
        }
        if format.is_none() {
            let found = file::detect(&part, Some(name));
            format = Some(found.map_err(|refusal| Error::invalid("file", format!("cannot be imported: {refusal}")))?);
        }
        bytes += part.len() as u64;
        if bytes > FILE_BYTES {
            return Err(Error::invalid("file", format!("must have at most {FILE_BYTES} bytes")));
        }
        hash.update(&part);
        parts.push(archive::keep(outside.archive(), db, &sealer, scope, id, &part).await?);
    }
    let format = format.ok_or_else(|| Error::invalid("file", "must not be empty"))?;
    Ok(Kept { parts, format, bytes, hash: hash.finish() })
}

fn row(
    scope: Scope,
    id: i64,
    account: Option<AccountId>,
    file_name: String,
    options: String,
    kept: &Kept,
) -> statement::Model {
    statement::Model {
        file_name,
        format: kept.format.name().to_owned(),
        bytes: i64::try_from(kept.bytes).unwrap_or(i64::MAX),
        account_id: account.map(|account| account.0),
        options,
        ..empty_row(scope, StatementId(id).0)
    }
}

/// A statement of which nothing is known.
pub(super) fn empty_row(scope: Scope, id: i64) -> statement::Model {
    let list = || "[]".to_owned();
    statement::Model {
        household_id: scope.household().0,
        id,
        status: statement::WAITING,
        file_name: String::new(),
        format: String::new(),
        bytes: 0,
        account_id: None,
        options: "{}".to_owned(),
        accounts: list(),
        refusal: None,
        lines: 0,
        lines_done: 0,
        new_count: 0,
        duplicate_count: 0,
        changed_count: 0,
        rejected_count: 0,
        unsupported_count: 0,
        is_truncated: 0,
        rejects: list(),
        created_at_ms: 0,
        finished_at_ms: None,
        closing: list(),
        held: list(),
        undo_state: statement::STANDS,
        undo: None,
    }
}
