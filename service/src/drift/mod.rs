//! Drift: the bank's balance less what the transactions add up to. Noted at the end of every pull and of every statement, and explained
//! to whoever asks. Where no bank feeds an account, its statements are held against each other.

mod statements;

use domain::{
    day::Day,
    drift::{self, Cause, Row, Suspicion},
    id::{AccountId, TransactionId},
    money::Money,
    reconcile::State,
};
use entity::{account, connection, transaction};
use sea_orm::{ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter, Value, sea_query::Expr};

use crate::{
    Db, Result, Scope, Unit,
    account::{self as accounts, Account},
    ledger,
};

/// So many rows of a kind are looked at.
const ROWS: u32 = 200;

/// What is likely to be behind a drift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// The cause.
    pub cause: Cause,
    /// The rows that show it, also such as are not shown elsewhere any more.
    pub rows: Vec<CulpritRow>,
    /// The first and the last of the days that it is about.
    pub days: Option<(Day, Day)>,
}

/// A row that shows the cause of a drift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CulpritRow {
    /// The transaction.
    pub id: TransactionId,
    /// Its day.
    pub day: Day,
    /// In positive, out negative.
    pub amount: Money,
    /// What its source wrote.
    pub descriptor: String,
}

/// Notes the drift of an account that a bank feeds, and since when it is what it is.
pub(crate) async fn note(unit: &Unit, account: i64) -> Result<()> {
    let sql = "UPDATE account SET
          drift_since_ms = CASE WHEN bank_minor = opening_minor + posted_minor THEN NULL
            WHEN drift_since_ms IS NOT NULL AND drift_minor = bank_minor - opening_minor - posted_minor THEN drift_since_ms ELSE $3 END,
          drift_minor = bank_minor - opening_minor - posted_minor
        WHERE household_id = $1 AND id = $2 AND connection_id IS NOT NULL AND bank_minor IS NOT NULL";
    let values = [unit.scope().household().0.into(), account.into(), unit.now_ms().into()];
    unit.connection().execute_raw(unit.db().statement(sql, values)).await?;
    Ok(())
}

/// The same of any account that a statement was of: without a bank its statements are held against each other.
pub(crate) async fn note_after_statement(unit: &Unit, account: i64) -> Result<()> {
    let row = accounts::load(unit, AccountId(account)).await?;
    if row.connection_id.is_some() {
        return note(unit, account).await;
    }
    let (are_there, gap) = statements::gap(unit.db(), unit.connection(), unit.scope(), row.id).await?;
    let is_told = are_there && row.anchored == accounts::BY_STATEMENT;
    let minor = is_told.then(|| gap.map_or(0, |gap| gap.minor));
    let is_new = minor != row.drift_minor;
    let since = if is_new { minor.filter(|minor| *minor != 0).map(|_| unit.now_ms()) } else { row.drift_since_ms };
    unit.scope()
        .update::<account::Entity>()
        .filter(account::Column::Id.eq(row.id))
        .col_expr(account::Column::DriftMinor, Expr::value(minor))
        .col_expr(account::Column::DriftSinceMs, Expr::value(since))
        .exec(unit.connection())
        .await?;
    Ok(())
}

/// What is likely to be behind the drift of an account.
pub async fn explain(db: &Db, scope: Scope, account: &Account) -> Result<Option<Culprit>> {
    let Some(drift) = account.drift.filter(|drift| drift.minor != 0) else { return Ok(None) };
    if account.connection.is_none() {
        return explain_statements(db, scope, account).await;
    }
    let candidates = candidates(db, scope, account.id, drift.minor).await?;
    let rows: Vec<Row> = candidates.iter().map(row).collect();
    let Some(found) = drift::suspect(drift.minor, &rows, is_blind(db, scope, account).await?) else { return Ok(None) };
    Ok(Some(culprit(account, &found, candidates)))
}

/// What is suspected, with the rows that show it.
fn culprit(account: &Account, found: &Suspicion, candidates: Vec<transaction::Model>) -> Culprit {
    let named = candidates.into_iter().filter(|row| found.rows.contains(&row.id));
    let rows = named.map(|row| CulpritRow {
        id: TransactionId(row.id),
        day: Day::of_row(row.day),
        amount: Money::new(row.amount_minor, account.currency),
        descriptor: row.descriptor,
    });
    Culprit { cause: found.cause, rows: rows.collect(), days: None }
}

/// What is there twice between two closing balances, else the days between them of which no statement has anything: then one is missing.
async fn explain_statements(db: &Db, scope: Scope, account: &Account) -> Result<Option<Culprit>> {
    let (_, gap) = statements::gap(db, db.reader(), scope, account.id.0).await?;
    let Some(gap) = gap else { return Ok(None) };
    let between = (gap.after.plus(1), gap.until);
    let candidates = candidates(db, scope, account.id, gap.minor).await?;
    let is_posted = |one: &Row| one.state == State::Posted && (between.0..=between.1).contains(&one.day);
    let posted: Vec<Row> = candidates.iter().map(row).filter(is_posted).collect();
    if let Some(found) = drift::suspect(gap.minor, &posted, false) {
        return Ok(Some(culprit(account, &found, candidates)));
    }
    let covered = statements::covered(db, scope, account.id.0).await?;
    let days = drift::uncovered(gap.after, gap.until, &covered);
    Ok(days.map(|days| Culprit { cause: Cause::MissingStatement, rows: Vec::new(), days: Some(days) }))
}

fn row(row: &transaction::Model) -> Row {
    let (day, merchant) = (Day::of_row(row.day), row.merchant_id);
    Row { id: row.id, day, amount_minor: row.amount_minor, merchant, state: ledger::state(row) }
}

/// What the bank counts and we do not, or may not, and booked rows of just the amount that is there too much; the latest of each.
async fn candidates(db: &Db, scope: Scope, account: AccountId, drift: i64) -> Result<Vec<transaction::Model>> {
    let of_account: [Value; 2] = [scope.household().0.into(), account.0.into()];
    let twice = [&of_account[..], &[(-drift).into()]].concat();
    let mut all = Vec::new();
    for (condition, values) in [
        ("state = 2 AND origin IN (0, 4, 5)", of_account.to_vec()),
        ("state IN (1, 3)", of_account.to_vec()),
        ("state = 0 AND amount_minor = $3", twice),
    ] {
        let sql = format!(
            r#"SELECT * FROM "transaction" WHERE household_id = $1 AND account_id = $2 AND {condition} ORDER BY day DESC, id DESC LIMIT {ROWS}"#
        );
        let statement = db.statement_of(&sql, values);
        all.extend(transaction::Model::find_by_statement(statement).all(db.reader()).await?);
    }
    Ok(all)
}

/// Whether lines of the account's bank could not be understood.
async fn is_blind(db: &Db, scope: Scope, account: &Account) -> Result<bool> {
    let Some(id) = account.connection else { return Ok(false) };
    let row = scope.find::<connection::Entity>().filter(connection::Column::Id.eq(id.0)).one(db.reader()).await?;
    Ok(row.is_some_and(|row| row.rejected > 0))
}

/// Since when a drift is what it is: as it was noted, unless it has changed since.
pub(crate) fn since_ms(row: &account::Model, drift: i64) -> Option<i64> {
    row.drift_since_ms.filter(|_| drift != 0 && row.drift_minor == Some(drift))
}
