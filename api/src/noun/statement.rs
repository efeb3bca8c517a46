//! Statements: files that people download from their banks and give to us.

use std::time::Duration;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::id::Owned;
use service::statement::mapping::{
    CsvColumn as Column, CsvMapping as Mapping, DateOrder as Days, DecimalMark as Mark, Positive, Role,
};
use service::statement::{self, Import, Status};

use super::{
    account::{Account, AccountKind},
    db, outside, owned, scope,
    shelf::Shelf,
};
use crate::{fallible::Fallible, http::Upload, scalar::Timestamp};

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
}

/// What a column of a table means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Role")]
pub(crate) enum CsvRole {
    /// Nothing that is read.
    Ignored,
    /// The day of booking.
    Day,
    /// A day that counts where the day of booking is empty.
    DayOtherwise,
    /// The amount, in and out.
    Amount,
    /// Money out.
    Debit,
    /// Money in.
    Credit,
    /// A word for in or out.
    Direction,
    /// A part of the descriptor.
    Description,
    /// What becomes the descriptor where all parts of it are empty.
    DescriptionOtherwise,
    /// The merchant's name, apart from the descriptor.
    Merchant,
    /// The merchant category code (ISO 18245).
    CategoryCode,
    /// The balance after the row.
    Balance,
    /// The currency of the row's account.
    Currency,
    /// The bank's id of the row.
    Id,
    /// The number or the name of the row's account.
    Account,
    /// Whether the row is booked, pending, or was declined.
    Status,
}

/// In which order a day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Days")]
pub(crate) enum DateOrder {
    /// `21/11/2026`
    DayMonthYear,
    /// `11/21/2026`
    MonthDayYear,
    /// `2026-11-21`; also what is written when every day names its month.
    YearMonthDay,
}

/// What stands before cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Mark")]
pub(crate) enum DecimalMark {
    /// `1,234.56`
    Point,
    /// `1.234,56`
    Comma,
}

/// What an amount without a minus means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Positive")]
pub(crate) enum PositiveAmount {
    /// Money in, as most accounts write it.
    In,
    /// Money out, as many cards write it.
    Out,
}

/// A column of a table.
#[derive(Clone, Debug, SimpleObject, InputObject)]
#[graphql(input_name = "CsvColumnInput")]
pub(crate) struct CsvColumn {
    /// Its name in the file.
    name: Option<String>,
    /// What it means.
    role: CsvRole,
}

/// How a table is read: found by guessing, to be given back corrected.
#[derive(Clone, Debug, SimpleObject, InputObject)]
#[graphql(input_name = "CsvMappingInput")]
pub(crate) struct CsvMapping {
    /// What stands between two fields: one sign.
    delimiter: String,
    /// Lines of text before the first row, the names of the columns among them.
    skip_lines: u32,
    /// The columns, in their order.
    columns: Vec<CsvColumn>,
    /// In which order a day is written.
    date_order: DateOrder,
    /// Whether the rows prove it. If not, ask: 03/04 is two different days.
    date_order_certain: bool,
    /// What stands before cents.
    decimal_mark: DecimalMark,
    /// Whether the rows prove it.
    decimal_mark_certain: bool,
    /// What an amount without a minus means.
    positive: PositiveAmount,
    /// Whether the rows prove it.
    positive_certain: bool,
    /// The currency of rows that do not name theirs, ISO 4217.
    currency: Option<String>,
}

impl From<Mapping> for CsvMapping {
    fn from(mapping: Mapping) -> Self {
        let column = |column: Column| CsvColumn { name: column.name, role: column.role.into() };
        Self {
            delimiter: mapping.delimiter.to_string(),
            skip_lines: u32::try_from(mapping.skip_lines).unwrap_or(u32::MAX),
            columns: mapping.columns.into_iter().map(column).collect(),
            date_order: mapping.date_order.into(),
            date_order_certain: mapping.date_order_certain,
            decimal_mark: mapping.decimal_mark.into(),
            decimal_mark_certain: mapping.decimal_mark_certain,
            positive: mapping.positive.into(),
            positive_certain: mapping.positive_certain,
            currency: mapping.currency,
        }
    }
}

impl CsvMapping {
    fn read(self) -> service::Result<Mapping> {
        let mut signs = self.delimiter.chars();
        let (Some(delimiter), None) = (signs.next(), signs.next()) else {
            return Err(service::Error::invalid("mapping", "must have a delimiter of one sign"));
        };
        let column = |column: CsvColumn| Column { name: column.name, role: column.role.into() };
        Ok(Mapping {
            delimiter,
            skip_lines: u64::from(self.skip_lines),
            columns: self.columns.into_iter().map(column).collect(),
            date_order: self.date_order.into(),
            date_order_certain: self.date_order_certain,
            decimal_mark: self.decimal_mark.into(),
            decimal_mark_certain: self.decimal_mark_certain,
            positive: self.positive.into(),
            positive_certain: self.positive_certain,
            currency: self.currency,
        })
    }
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

    /// `OFX`, `CSV` or `CAMT`.
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

    /// How the columns of a table were understood; null for other formats.
    async fn mapping(&self) -> Option<CsvMapping> {
        self.statement.mapping.clone().map(CsvMapping::from)
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

    /// Rows that are understood and not imported, such as trades and pending ones.
    async fn unsupported_count(&self) -> i64 {
        self.statement.unsupported
    }

    /// The first 500 of the wrong rows.
    async fn rejects(&self) -> Vec<RejectedRow> {
        let row = |reject: &statement::Reject| RejectedRow {
            line: reject.line,
            row: reject.row,
            field: reject.field.clone(),
            reason: reject.reason.clone(),
        };
        self.statement.rejects.iter().map(row).collect()
    }

    /// Whether the file ends in the middle of something. What was whole was taken.
    async fn is_truncated(&self) -> bool {
        self.statement.is_truncated
    }

    /// When it was given.
    async fn created_at(&self) -> Timestamp {
        Timestamp::from_ms(self.statement.created_at_ms)
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

/// A statement file that is to be imported: OFX 1 or 2, QFX, CAMT, or CSV.
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
    /// What the columns of a table mean; guessed if it is left out.
    mapping: Option<CsvMapping>,
    /// Of the client's choice: the same key with the same file is answered with the first answer.
    idempotency_key: Option<String>,
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
            let missing = || service::Error::invalid("file", "must be a file of a multipart request");
            let upload = input.file.file(ctx).map_err(|_| missing())?;
            let file = upload.open().map_err(|error| service::Error::broken(format!("an upload is gone: {error}")))?;
            let import = Import {
                file,
                file_name: upload.name.clone(),
                account: input.account_id.map(|id| owned(&id, scope, "accountId", "account")).transpose()?,
                currency: input.currency,
                kind: input.kind.map(Into::into),
                mapping: input.mapping.map(CsvMapping::read).transpose()?,
                idempotency_key: input.idempotency_key,
            };
            let begun = statement::begin(db(ctx), outside(ctx), scope, import).await?;
            let statement = statement::wait(db(ctx), scope, begun.id, WAIT).await?;
            Ok(Statement { statement, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }
}
