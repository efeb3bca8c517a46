//! Suggestions: recorded with the rows that they are about, shown until a person has answered or one of the rows is gone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    id::{AccountId, TransactionId},
    reconcile::{self, Origin, Reason},
};
use entity::duplicate_suggestion;
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter,
    sea_query::OnConflict,
};

use super::load;
use crate::{
    Db, Error, Result, Scope, Unit, account as accounts,
    db::{Column, Table},
    transaction::{self as transactions, Cut, Transaction},
};

/// Two transactions that may be one booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The older one.
    pub first: Transaction,
    /// The younger one.
    pub second: Transaction,
    /// Why it is not certain.
    pub reason: Reason,
    /// When it was found, in milliseconds of Unix time.
    pub created_at_ms: i64,
}

/// A page of suggestions.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Each with its cursor.
    pub rows: Vec<(String, Suggestion)>,
    /// Whether the list goes on after it.
    pub has_next: bool,
    /// Whether there is something before it.
    pub has_previous: bool,
}

/// A page of the open suggestions, the latest first; of all accounts, or of one.
pub async fn list(
    db: &Db,
    scope: Scope,
    account: Option<AccountId>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Page> {
    if let Some(account) = account {
        accounts::get(db, scope, account).await?;
    }
    let cut = Cut::new(&("duplicates", account), first, after)?;
    let mut values = vec![scope.household().0.into(), i64::from(cut.size + 1).into()];
    let mut parameter = |value: i64| {
        values.push(value.into());
        format!("${}", values.len())
    };
    let of_account = account.map(|account| format!("AND s.account_id = {}", parameter(account.0)));
    let beyond = cut.from.map(|(second, first)| {
        let (second, first) = (parameter(second), parameter(first));
        format!("AND s.second_id <= {second} AND (s.second_id < {second} OR s.first_id < {first})")
    });
    let (of_account, beyond) = (of_account.unwrap_or_default(), beyond.unwrap_or_default());
    // The suggestions come first, each of whose rows is looked up.
    let join = Table::<1>::join(db.engine());
    // Both are shown, and may still be one: a source may have corrected an amount since.
    let sql = format!(
        r#"SELECT s.* FROM duplicate_suggestion s
           {join} "transaction" a ON a.household_id = s.household_id AND a.id = s.first_id AND a.state IN (0, 1)
           {join} "transaction" b ON b.household_id = s.household_id AND b.id = s.second_id AND b.state IN (0, 1)
           WHERE s.household_id = $1 AND s.state = 0 AND (a.amount_minor = b.amount_minor OR a.state = 1 OR b.state = 1) {of_account} {beyond}
           ORDER BY s.second_id DESC, s.first_id DESC LIMIT $2"#
    );
    let mut rows =
        duplicate_suggestion::Model::find_by_statement(db.statement_of(&sql, values)).all(db.reader()).await?;
    let has_next = rows.len() > cut.size as usize;
    rows.truncate(cut.size as usize);
    let ids: Vec<TransactionId> =
        rows.iter().flat_map(|row| [TransactionId(row.first_id), TransactionId(row.second_id)]).collect();
    let all: HashMap<i64, Transaction> =
        transactions::get_many(db, scope, &ids).await?.into_iter().map(|one| (one.id.0, one)).collect();
    let rows = rows.into_iter().filter_map(|row| {
        // Where one has gone between the two reads there is nothing to suggest.
        let (first, second) = (all.get(&row.first_id)?.clone(), all.get(&row.second_id)?.clone());
        let reason = Reason::from_code(row.reason)?;
        let suggestion = Suggestion { first, second, reason, created_at_ms: row.created_at_ms };
        Some((cut.cursor(row.second_id, row.first_id), suggestion))
    });
    Ok(Page { rows: rows.collect(), has_next, has_previous: cut.from.is_some() })
}

/// Says that two transactions are two: they are never suggested again.
pub async fn dismiss(db: &Db, scope: Scope, one: TransactionId, other: TransactionId) -> Result<()> {
    if one == other {
        return Err(Error::invalid("secondId", "must be another transaction than `firstId`"));
    }
    db.write(scope, move |unit| {
        async move {
            let (one, other) = (load(unit, one).await?, load(unit, other).await?);
            if one.account_id != other.account_id {
                return Err(Error::invalid("secondId", "must be of the same account as `firstId`"));
            }
            set_dismissed(unit, one.account_id, one.id, other.id).await
        }
        .scope_boxed()
    })
    .await
}

/// Remembers for ever that two rows are two.
pub(super) async fn set_dismissed(unit: &Unit, account: i64, one: i64, other: i64) -> Result<()> {
    use duplicate_suggestion::Column::{FirstId, HouseholdId, SecondId, State};
    let row = duplicate_suggestion::ActiveModel {
        household_id: Set(unit.scope().household().0),
        first_id: Set(one.min(other)),
        second_id: Set(one.max(other)),
        account_id: Set(account),
        reason: Set(Reason::Text.code()),
        state: Set(duplicate_suggestion::DISMISSED),
        created_at_ms: Set(unit.now_ms()),
    };
    let again = OnConflict::columns([HouseholdId, FirstId, SecondId]).update_column(State).to_owned();
    duplicate_suggestion::Entity::insert(row).on_conflict(again).exec_without_returning(unit.connection()).await?;
    Ok(())
}

/// Removes the suggestion that two rows are one, because they are.
pub(super) async fn remove_answered(unit: &Unit, one: i64, other: i64) -> Result<()> {
    unit.scope()
        .delete::<duplicate_suggestion::Entity>()
        .filter(duplicate_suggestion::Column::FirstId.eq(one.min(other)))
        .filter(duplicate_suggestion::Column::SecondId.eq(one.max(other)))
        .exec(unit.connection())
        .await?;
    Ok(())
}

/// Forgets what was suggested about a row that does not come back.
pub(crate) async fn forget(unit: &Unit, id: i64) -> Result<()> {
    forget_all(unit, &[id]).await
}

/// Forgets what was suggested about rows that do not come back.
pub(crate) async fn forget_all(unit: &Unit, ids: &[i64]) -> Result<()> {
    let ids = || ids.iter().copied();
    unit.scope()
        .delete::<duplicate_suggestion::Entity>()
        .filter(
            Condition::any()
                .add(duplicate_suggestion::Column::FirstId.is_in(ids()))
                .add(duplicate_suggestion::Column::SecondId.is_in(ids())),
        )
        .exec(unit.connection())
        .await?;
    Ok(())
}

/// A new row that may be one that was there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) account: i64,
    pub(crate) known: i64,
    pub(crate) new: i64,
    pub(crate) reason: Reason,
}

/// Suggests pairs to the person. One that was suggested or dismissed before stays as it is.
pub(crate) async fn record(unit: &Unit, pairs: &[Pair]) -> Result<()> {
    if pairs.is_empty() {
        return Ok(());
    }
    let table = Table::new([
        ("first_id", Column::Long(pairs.iter().map(|pair| pair.known.min(pair.new)).collect())),
        ("second_id", Column::Long(pairs.iter().map(|pair| pair.known.max(pair.new)).collect())),
        ("account_id", Column::Long(pairs.iter().map(|pair| pair.account).collect())),
        ("reason", Column::Short(pairs.iter().map(|pair| pair.reason.code()).collect())),
    ]);
    // SQLite takes ON for a join's unless a WHERE stands between.
    let engine = unit.db().engine();
    let sql = format!(
        "INSERT INTO duplicate_suggestion (household_id, first_id, second_id, account_id, reason, state, created_at_ms)
         SELECT $1, v.first_id, v.second_id, v.account_id, v.reason, 0, $2 FROM {} WHERE true
         ON CONFLICT (household_id, first_id, second_id) DO NOTHING",
        table.source(engine, 3)
    );
    let values = table.parameters(engine, [unit.scope().household().0.into(), unit.now_ms().into()]);
    unit.connection().execute_raw(unit.db().statement_of(&sql, values)).await?;
    Ok(())
}

/// Takes back what was suggested about rows that have got a name of another source, where one source names both rows now.
pub(crate) async fn refute(unit: &Unit, ids: &[i64]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let open = open_of(unit, ids).await?;
    if open.is_empty() {
        return Ok(());
    }
    let origins = origins(unit, open.iter().flat_map(|row| [row.first_id, row.second_id]).collect()).await?;
    let of = |id: i64| origins.get(&id).map_or(&[][..], Vec::as_slice);
    let is_refuted = |row: &duplicate_suggestion::Model| {
        let reason = Reason::from_code(row.reason).unwrap_or(Reason::Text);
        reconcile::is_refuted(reason, of(row.first_id), of(row.second_id))
    };
    for row in open.iter().filter(|row| is_refuted(row)) {
        remove_answered(unit, row.first_id, row.second_id).await?;
    }
    Ok(())
}

/// The open suggestions about some rows.
async fn open_of(unit: &Unit, ids: &[i64]) -> Result<Vec<duplicate_suggestion::Model>> {
    let engine = unit.db().engine();
    let table = Table::new([("id", Column::Long(ids.to_vec()))]);
    let (source, join) = (table.source(engine, 2), Table::<1>::join(engine));
    let about = |column: &str| {
        format!(
            "SELECT s.* FROM {source} {join} duplicate_suggestion s ON s.household_id = $1 AND s.{column} = v.id AND s.state = 0"
        )
    };
    let sql = format!("{} UNION {}", about("first_id"), about("second_id"));
    let values = table.parameters(engine, [unit.scope().household().0.into()]);
    let statement = unit.db().statement_of(&sql, values);
    Ok(duplicate_suggestion::Model::find_by_statement(statement).all(unit.connection()).await?)
}

/// The kinds of source that name each of some rows.
async fn origins(unit: &Unit, ids: BTreeSet<i64>) -> Result<BTreeMap<i64, Vec<Origin>>> {
    #[derive(FromQueryResult)]
    struct Named {
        id: i64,
        origin: i16,
    }
    let engine = unit.db().engine();
    let table = Table::new([("id", Column::Long(ids.into_iter().collect()))]);
    let (source, join) = (table.source(engine, 2), Table::<1>::join(engine));
    let sql = format!(
        r#"SELECT t.id, t.origin FROM {source} {join} "transaction" t ON t.household_id = $1 AND t.id = v.id
           UNION SELECT a.transaction_id, a.origin FROM {source} {join} transaction_alias a ON a.household_id = $1 AND a.transaction_id = v.id"#
    );
    let values = table.parameters(engine, [unit.scope().household().0.into()]);
    let rows = Named::find_by_statement(unit.db().statement_of(&sql, values)).all(unit.connection()).await?;
    let mut origins: BTreeMap<i64, Vec<Origin>> = BTreeMap::new();
    for row in rows {
        let origin = Origin::from_code(row.origin).ok_or_else(|| Error::broken("an unknown origin"))?;
        origins.entry(row.id).or_default().push(origin);
    }
    Ok(origins)
}
