//! Statements: files that people download from their banks and give to us.

mod mapping;
mod preview;

use std::time::Duration;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::id::Owned;
use service::{
    Scope,
    statement::{self, Import, KeptBecause, Status, UndoImport},
};

use self::{
    mapping::{CsvMapping, MappingSource},
    preview::ImportPreview,
};
use super::{
    account::{Account, AccountKind},
    db, outside, owned, scope,
    shelf::Shelf,
};
use crate::{
    fallible::Fallible,
    http::{Upload, UploadedFile},
    scalar::Timestamp,
};

/// So long a request waits for its file to be through; what takes longer is told by `statement`.
const WAIT: Duration = Duration::from_secs(8);
/// The longest list.
const STATEMENTS: i32 = 200;

/// How far a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Status")]
pub(crate) enum StatementStatus {
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

/// Why a transaction of an import stays when the import is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "KeptBecause")]
pub(crate) enum KeptReason {
    /// Its bank has told it too.
    Bank,
    /// Another statement has it too.
    OtherStatement,
    /// It was merged with another transaction.
    Merged,
    /// A person has set something on it, or taken it away, and that was to be kept.
    Edited,
}

/// A transaction that stays when the import that brought it is taken back.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct KeptTransaction {
    /// The transaction.
    transaction_id: ID,
    /// Why it stays.
    reason: KeptReason,
}

/// What became of an import that was taken back; while it goes on: so far.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct StatementUndo {
    /// Transactions that are gone.
    gone_count: u64,
    /// Transactions that say again what they said before the import.
    restored_count: u64,
    /// Transactions that stay.
    kept_count: u64,
    /// The first 500 of them.
    kept: Vec<KeptTransaction>,
}

/// A row of a file that is wrong. It says where and why, and repeats nothing of it.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct RejectedRow {
    /// The line of the file, from 1.
    line: u64,
    /// Which row of the statement, from 1.
    row: u64,
    /// What of it is wrong: `day`, `amount`, `currency`, `balance` or `row`.
    field: String,
    /// Why.
    reason: String,
}

impl From<&statement::Reject> for RejectedRow {
    fn from(reject: &statement::Reject) -> Self {
        let (field, reason) = (reject.field.clone(), reject.reason.clone());
        Self { line: reject.line, row: reject.row, field, reason }
    }
}

/// A statement file, and what has become of it.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    statement: statement::Statement,
    shelf: Shelf,
}

/// A statement file, and what has become of it.
#[Object]
impl Statement {
    /// Its id.
    async fn id(&self) -> ID {
        self.statement.id.text(self.shelf.scope().household()).into()
    }

    /// How far it is.
    async fn status(&self) -> StatementStatus {
        self.statement.status.into()
    }

    /// Why it was refused as a whole.
    async fn refusal(&self) -> Option<&str> {
        self.statement.refusal.as_deref()
    }

    /// What the file is called.
    async fn file_name(&self) -> &str {
        &self.statement.file_name
    }

    /// `OFX`, `CSV`, `QIF`, `MT940` or `CAMT`.
    async fn format(&self) -> String {
        self.statement.format.to_ascii_uppercase()
    }

    /// The accounts that it is booked into.
    #[graphql(complexity = "3 * child_complexity")]
    async fn accounts(&self) -> Fallible<Vec<Account>> {
        Fallible::run(async {
            let all = self.shelf.accounts().await?.iter();
            let of = all.filter(|account| self.statement.accounts.contains(&account.id)).cloned();
            Ok(of.map(|account| Account::new(account, &self.shelf)).collect())
        })
        .await
    }

    /// How the columns of a table were understood, and how days and amounts are written in it or in QIF; null for other formats.
    async fn mapping(&self) -> Option<CsvMapping> {
        self.statement.mapping.clone().map(CsvMapping::from)
    }

    /// Where that comes from; null until the file has been looked at, and of files from before this was noted.
    async fn mapping_source(&self) -> Option<MappingSource> {
        self.statement.mapping_source.map(MappingSource::from)
    }

    /// Transactions in it.
    async fn line_count(&self) -> i64 {
        self.statement.lines
    }

    /// How many of them are through.
    async fn done_count(&self) -> i64 {
        self.statement.lines_done
    }

    /// That were new.
    async fn new_count(&self) -> i64 {
        self.statement.new
    }

    /// That were known: nothing was added.
    async fn duplicate_count(&self) -> i64 {
        self.statement.duplicate
    }

    /// That said something new about a known one.
    async fn changed_count(&self) -> i64 {
        self.statement.changed
    }

    /// Rows that are wrong. The good ones were taken.
    async fn rejected_count(&self) -> i64 {
        self.statement.rejected
    }

    /// Rows that are understood and not imported, such as pending ones and trades in QIF.
    async fn unsupported_count(&self) -> i64 {
        self.statement.unsupported
    }

    /// The first 500 of the wrong rows.
    async fn rejects(&self) -> Vec<RejectedRow> {
        self.statement.rejects.iter().map(RejectedRow::from).collect()
    }

    /// Whether the file ends in the middle of something. What was whole was taken.
    async fn is_truncated(&self) -> bool {
        self.statement.is_truncated
    }

    /// When it was given.
    async fn created_at(&self) -> Timestamp {
        Timestamp::from_ms(self.statement.created_at_ms)
    }

    /// What became of it when it was taken back; null while it stands.
    async fn undo(&self) -> Option<StatementUndo> {
        let household = self.shelf.scope().household();
        let kept = |kept: &statement::Kept| KeptTransaction {
            transaction_id: kept.transaction().text(household).into(),
            reason: kept.reason.into(),
        };
        self.statement.undo.as_ref().map(|undo| StatementUndo {
            gone_count: undo.gone,
            restored_count: undo.restored,
            kept_count: undo.kept,
            kept: undo.kept_rows.iter().map(kept).collect(),
        })
    }

    /// When it was through.
    async fn finished_at(&self) -> Option<Timestamp> {
        self.statement.finished_at_ms.map(Timestamp::from_ms)
    }
}

#[derive(Debug, Default)]
pub(crate) struct StatementQuery;

/// Questions about statement files.
#[Object]
impl StatementQuery {
    /// A statement file: how far it is.
    async fn statement(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Fallible<Statement> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let statement = statement::get(db(ctx), scope, owned(&id, scope, "id", "statement")?).await?;
            Ok(Statement { statement, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }

    /// The statement files that were given, the latest first; at most 200.
    #[graphql(complexity = "first.clamp(1, 200) as usize * child_complexity")]
    async fn statements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "So many.", default = 20)] first: i32,
    ) -> Fallible<Vec<Statement>> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let limit = u64::try_from(first).ok().filter(|_| (1..=STATEMENTS).contains(&first));
            let refuse = || service::Error::invalid("first", format!("must be between 1 and {STATEMENTS}"));
            let all = statement::list(db(ctx), scope, limit.ok_or_else(refuse)?).await?;
            let shelf = Shelf::new(db(ctx), scope);
            Ok(all.into_iter().map(|statement| Statement { statement, shelf: shelf.clone() }).collect())
        })
        .await
    }
}

/// A statement file that is to be imported: OFX 1 or 2, QFX, CSV, QIF, MT940 or CAMT, also in gzip or zip.
#[derive(InputObject)]
pub(crate) struct ImportStatementInput {
    /// The file, in a multipart request.
    file: Upload,
    /// Into which account. If it is left out: those that the file names, which are found or made; a file that names none needs it.
    account_id: Option<ID>,
    /// ISO 4217, for a file that does not say its currency; the account's if one is given.
    currency: Option<String>,
    /// The kind of account, for a file that does not say it.
    kind: Option<AccountKind>,
    /// What the columns of a table mean, and how days and amounts are written. Left out: as it was given with an earlier file of the same shape into `accountId`, else
    /// guessed.
    mapping: Option<CsvMapping>,
    /// Of the client's choice: the same key with the same file is answered with the first answer.
    idempotency_key: Option<String>,
}

impl ImportStatementInput {
    /// The file, and what is said about it.
    fn read<'a>(self, ctx: &Context<'a>, scope: Scope) -> service::Result<(&'a UploadedFile, Import<()>)> {
        let missing = || service::Error::invalid("file", "must be a file of a multipart request");
        let upload = self.file.file(ctx).map_err(|_| missing())?;
        let import = Import {
            file: (),
            file_name: upload.name.clone(),
            account: self.account_id.map(|id| owned(&id, scope, "accountId", "account")).transpose()?,
            currency: self.currency,
            kind: self.kind.map(Into::into),
            mapping: self.mapping.map(CsvMapping::read).transpose()?,
            idempotency_key: self.idempotency_key,
        };
        Ok((upload, import))
    }
}

#[derive(Debug, Default)]
pub(crate) struct StatementMutation;

/// What is done with statement files.
#[Object]
impl StatementMutation {
    /// Imports a statement file. Importing it again adds nothing; a wrong row does not lose the good ones. Answers when it is through, or after a few seconds
    /// with how far it is: then `statement` and `householdChanged` tell more.
    async fn import_statement(&self, ctx: &Context<'_>, input: ImportStatementInput) -> Fallible<Statement> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let (upload, import) = input.read(ctx, scope)?;
            let file = upload.open().map_err(|error| service::Error::broken(format!("an upload is gone: {error}")))?;
            let import = import.of(file);
            let begun = statement::begin(db(ctx), outside(ctx), scope, import).await?;
            let statement = statement::wait(db(ctx), scope, begun.id, WAIT).await?;
            Ok(Statement { statement, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }

    /// Says what `importStatement` would do with a file, and writes nothing.
    #[graphql(complexity = "100 + child_complexity")]
    async fn preview_import(&self, ctx: &Context<'_>, input: ImportStatementInput) -> Fallible<ImportPreview> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let (upload, import) = input.read(ctx, scope)?;
            let preview = statement::preview(db(ctx), scope, import.of(|| upload.open())).await?;
            Ok(ImportPreview::new(preview, &Shelf::new(db(ctx), scope)))
        })
        .await
    }

    /// Takes an import back: what would be there if the file had never been imported is there again. What a bank or another statement has told too stays, and so
    /// does what was merged; `undo` of the statement names it. Answers when it is through, or after a few seconds with how far it is.
    async fn undo_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The statement.")] statement_id: ID,
        #[graphql(
            desc = "Whether transactions stay on which a person has set something (a note, a name, a category, tags, parts), or taken it away.",
            default = false
        )]
        keep_edited: bool,
    ) -> Fallible<Statement> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command =
                UndoImport { statement: owned(&statement_id, scope, "statementId", "statement")?, keep_edited };
            let begun = statement::undo(db(ctx), scope, command).await?;
            let statement = statement::wait(db(ctx), scope, begun.id, WAIT).await?;
            Ok(Statement { statement, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }
}
