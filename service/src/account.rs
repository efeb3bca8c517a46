//! Accounts: where money is kept.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use domain::{
    account::AccountKind,
    categorize::Setting,
    currency::Currency,
    day::Day,
    id::{AccountId, ConnectionId, InstitutionId},
    identity,
    money::Money,
    reconcile::Anchor,
};
use entity::{account, balance};
use rust_decimal::Decimal;
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, OnConflict},
};
use serde::Serialize;

use crate::{Db, Error, Result, Scope, Unit, drift, event::Event, idempotency::Once, period};

/// What an account held before its first transaction is not known: a bank or a statement may say it.
pub(crate) const UNANCHORED: i16 = 0;
/// A bank or a person has said it.
pub(crate) const ANCHORED: i16 = 1;
/// It follows from the latest statement.
pub(crate) const BY_STATEMENT: i16 = 2;
/// Accounts of a household.
const ACCOUNTS: u64 = 1_000;

/// An account, as its household sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// Through which connection it is pulled.
    pub connection: Option<ConnectionId>,
    /// At which bank it is.
    pub institution: Option<InstitutionId>,
    /// What it is.
    pub kind: AccountKind,
    /// Its currency.
    pub currency: Currency,
    /// What the person calls it.
    pub name: String,
    /// The last digits of its number; empty where they are not known.
    pub tail: String,
    /// What the bank says is booked, or where no bank says so: the opening balance and all posted transactions.
    pub balance: Money,
    /// The bank's balance less what the transactions add up to: zero, unless something is missing or counted twice. Where no bank feeds the
    /// account, the same of its statements. `None` where neither says anything.
    pub drift: Option<Money>,
    /// Since when it is that much, in milliseconds of Unix time; `None` where it is nothing, or has changed since the last pull.
    pub drift_since_ms: Option<i64>,
    /// What the bank says can be spent.
    pub available: Option<Money>,
    /// Sum of the pending transactions.
    pub pending: Money,
    /// When the bank said so, in milliseconds of Unix time.
    pub bank_at_ms: Option<i64>,
    /// When it was made.
    pub created_at_ms: i64,
}

impl Account {
    /// From its row.
    pub(crate) fn from_row(row: account::Model) -> Result<Self> {
        let currency = crate::connection::currency(&row.currency)?;
        let computed = row.opening_minor + row.posted_minor;
        let bank = row.bank_minor.filter(|_| row.connection_id.is_some());
        let by_statements = row.drift_minor.filter(|_| row.connection_id.is_none() && row.anchored == BY_STATEMENT);
        let found = bank.map(|bank| bank - computed).or(by_statements);
        Ok(Self {
            id: AccountId(row.id),
            connection: row.connection_id.map(ConnectionId),
            institution: row.institution_id.map(|id| InstitutionId(i64::from(id))),
            kind: kind(&row)?,
            currency,
            drift_since_ms: found.and_then(|drift| drift::since_ms(&row, drift)),
            name: row.name,
            tail: row.tail,
            balance: Money::new(bank.unwrap_or(computed), currency),
            drift: found.map(|drift| Money::new(drift, currency)),
            available: row.available_minor.map(|minor| Money::new(minor, currency)),
            pending: Money::new(row.pending_minor, currency),
            bank_at_ms: row.bank_at_ms,
            created_at_ms: row.created_at_ms,
        })
    }

    /// What is known of it before its lines are categorized.
    pub(crate) fn setting(&self) -> Setting {
        Setting::of(self.kind, self.currency)
    }
}

/// The household's accounts, the oldest first.
pub async fn list(db: &Db, scope: Scope) -> Result<Vec<Account>> {
    let rows = scope.find::<account::Entity>().order_by_asc(account::Column::Id).all(db.reader()).await?;
    rows.into_iter().map(Account::from_row).collect()
}

/// A household's accounts by their ids.
pub(crate) type Accounts = HashMap<i64, Arc<Account>>;

/// The household's accounts by their ids: from memory, where the caller has just read the household's number.
pub(crate) async fn by_id(db: &Db, scope: Scope, seq: Option<i64>) -> Result<Arc<Accounts>> {
    let household = scope.household();
    if let Some(kept) = seq.and_then(|seq| db.memory().accounts.recall(household, seq)) {
        return Ok(kept);
    }
    let all = list(db, scope).await?;
    let all: Arc<Accounts> = Arc::new(all.into_iter().map(|account| (account.id.0, Arc::new(account))).collect());
    if let Some(seq) = seq {
        db.memory().accounts.keep(household, seq, all.clone());
    }
    Ok(all)
}

/// Accounts that have all of these ids: one may have been made since they were kept.
pub(crate) async fn with(
    db: &Db,
    scope: Scope,
    kept: Arc<Accounts>,
    mut ids: impl Iterator<Item = i64>,
) -> Result<Arc<Accounts>> {
    if ids.all(|id| kept.contains_key(&id)) { Ok(kept) } else { by_id(db, scope, None).await }
}

/// One of them.
pub async fn get(db: &Db, scope: Scope, id: AccountId) -> Result<Account> {
    let row = scope.find::<account::Entity>().filter(account::Column::Id.eq(id.0)).one(db.reader()).await?;
    row.ok_or(Error::NotFound { what: "account" }).and_then(Account::from_row)
}

/// An account of the unit's household, for writing.
pub(crate) async fn load(unit: &Unit, id: AccountId) -> Result<account::Model> {
    let row =
        unit.scope().find::<account::Entity>().filter(account::Column::Id.eq(id.0)).one(unit.connection()).await?;
    row.ok_or(Error::NotFound { what: "account" })
}

/// A new account that no bank feeds.
#[derive(Clone, Debug)]
pub struct CreateAccount {
    /// What the person calls it.
    pub name: String,
    /// What it is.
    pub kind: AccountKind,
    /// ISO 4217.
    pub currency: String,
    /// What it held before the first transaction.
    pub opening_balance: Option<Decimal>,
    /// The client's key of this request.
    pub idempotency_key: Option<String>,
}

/// Makes an account: cash, or one whose transactions are entered by hand or imported.
pub async fn create(db: &Db, scope: Scope, command: CreateAccount) -> Result<Account> {
    #[derive(Serialize)]
    struct Input<'a>(&'a str, i16, &'a str, Option<i64>);
    let name = &identity::name(&command.name).map_err(|reason| Error::invalid("name", reason))?;
    let currency = currency("currency", &command.currency)?;
    let opening = command.opening_balance.map(|opening| minor("openingBalance", opening, currency)).transpose()?;
    let kind = command.kind;
    let input = Input(name, kind.code(), currency.code(), opening);
    let once = &Once::new(db, "createAccount", command.idempotency_key.as_deref(), &input)?;
    db.write(scope, move |unit| {
        async move {
            if let Some(before) = once.recall(unit).await? {
                return load(unit, AccountId(before)).await.and_then(Account::from_row);
            }
            let mut row = row_by_hand(unit, name, kind, currency)?;
            row.opening_minor = opening.unwrap_or(0);
            row.anchored = if opening.is_some() { ANCHORED } else { UNANCHORED };
            insert(unit, &row).await?;
            once.remember(unit, row.id).await?;
            Account::from_row(row)
        }
        .scope_boxed()
    })
    .await
}

/// The row of an account that no bank feeds, and of which nobody has said what it held before its first transaction.
pub(crate) fn row_by_hand(unit: &Unit, name: &str, kind: AccountKind, currency: Currency) -> Result<account::Model> {
    Ok(account::Model {
        household_id: unit.scope().household().0,
        id: unit.next_id()?,
        connection_id: None,
        institution_id: None,
        source_id: None,
        file_source_id: None,
        kind: kind.code(),
        currency: currency.code().to_owned(),
        name: name.to_owned(),
        source_name: String::new(),
        tail: String::new(),
        opening_minor: 0,
        posted_minor: 0,
        pending_minor: 0,
        anchored: UNANCHORED,
        covered_day: None,
        anchored_at_ms: None,
        drift_minor: None,
        drift_since_ms: None,
        bank_minor: None,
        available_minor: None,
        bank_at_ms: None,
        created_at_ms: unit.now_ms(),
    })
}

/// Writes a new account.
pub(crate) async fn insert(unit: &mut Unit, row: &account::Model) -> Result<()> {
    use sea_orm::PaginatorTrait;
    if unit.scope().find::<account::Entity>().count(unit.connection()).await? >= ACCOUNTS {
        return Err(Error::Conflict { reason: format!("a household has at most {ACCOUNTS} accounts") });
    }
    account::Entity::insert(account::ActiveModel::from(row.clone())).exec_without_returning(unit.connection()).await?;
    unit.emit(Event::AccountsChanged {});
    Ok(())
}

/// The kind of an account's row.
pub(crate) fn kind(row: &account::Model) -> Result<AccountKind> {
    AccountKind::from_code(row.kind).ok_or_else(|| Error::broken("an account of an unknown kind"))
}

/// The accounts of the unit's household by their ids.
pub(crate) async fn all_of(unit: &Unit) -> Result<Accounts> {
    all(unit.connection(), unit.scope()).await
}

/// All accounts of a household.
pub(crate) async fn all(connection: &impl ConnectionTrait, scope: Scope) -> Result<Accounts> {
    let rows = scope.find::<account::Entity>().all(connection).await?;
    rows.into_iter().map(|row| Ok((row.id, Arc::new(Account::from_row(row)?)))).collect()
}

/// What is known of an account's row before its lines are categorized.
pub(crate) fn setting(row: &account::Model) -> Result<Setting> {
    Ok(Setting::of(kind(row)?, crate::connection::currency(&row.currency)?))
}

/// Keeps the booked balance that a source named for a day.
pub(crate) async fn keep_balance(unit: &Unit, account: i64, day: Day, minor: i64) -> Result<()> {
    let row = balance::ActiveModel {
        household_id: Set(unit.scope().household().0),
        account_id: Set(account),
        day: Set(day.number()),
        bank_minor: Set(minor),
    };
    let again = OnConflict::columns([balance::Column::HouseholdId, balance::Column::AccountId, balance::Column::Day])
        .update_column(balance::Column::BankMinor)
        .to_owned();
    balance::Entity::insert(row).on_conflict(again).exec_without_returning(unit.connection()).await?;
    Ok(())
}

/// What makes the account's balance true.
pub(crate) async fn anchor(unit: &Unit, account: &account::Model) -> Result<Anchor> {
    if let Some(covered) = account.covered_day {
        let at_ms = account.anchored_at_ms.unwrap_or(account.created_at_ms);
        return Ok(Anchor::Bank { at_ms, covered: Day::of_row(covered) });
    }
    if account.anchored != BY_STATEMENT {
        return Ok(Anchor::Fixed);
    }
    let latest = unit
        .scope()
        .find::<balance::Entity>()
        .filter(balance::Column::AccountId.eq(account.id))
        .order_by_desc(balance::Column::Day)
        .one(unit.connection())
        .await?;
    Ok(latest.map_or(Anchor::Fixed, |latest| Anchor::Statement { day: Day::of_row(latest.day) }))
}

/// The first and the last day of an account's posted transactions, if there are any.
pub(crate) async fn posted_days(unit: &Unit, account: i64) -> Result<Option<(Day, Day)>> {
    let sql =
        r#"SELECT min(day), max(day) FROM "transaction" WHERE household_id = $1 AND account_id = $2 AND state = 0"#;
    let values = [unit.scope().household().0.into(), account.into()];
    let Some(row) = unit.connection().query_one_raw(unit.db().statement(sql, values)).await? else { return Ok(None) };
    let days: (Option<i32>, Option<i32>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    Ok(days.0.zip(days.1).map(|(first, last)| (Day::of_row(first), Day::of_row(last))))
}

/// A change of an account. What is `None` stays.
#[derive(Clone, Debug)]
pub struct UpdateAccount {
    /// Which.
    pub id: AccountId,
    /// What the person calls it.
    pub name: Option<String>,
    /// What it is; a bank's account is what the bank says.
    pub kind: Option<AccountKind>,
    /// What it held before the first transaction; for accounts that no bank feeds.
    pub opening_balance: Option<Decimal>,
}

/// Changes an account.
pub async fn update(db: &Db, scope: Scope, command: UpdateAccount) -> Result<Account> {
    let name =
        command.name.as_deref().map(identity::name).transpose().map_err(|reason| Error::invalid("name", reason))?;
    let (name, command) = (&name, &command);
    db.write(scope, move |unit| {
        async move {
            let mut row = load(unit, command.id).await?;
            if row.connection_id.is_some() && (command.kind.is_some() || command.opening_balance.is_some()) {
                return Err(Error::Conflict {
                    reason: "kind and opening balance of this account are what its bank says".into(),
                });
            }
            if let Some(name) = name {
                row.name.clone_from(name);
            }
            if let Some(kind) = command.kind {
                row.kind = kind.code();
            }
            if let Some(opening) = command.opening_balance {
                row.opening_minor = minor("openingBalance", opening, crate::connection::currency(&row.currency)?)?;
                row.anchored = ANCHORED;
                // From now on a person says it, not the bank that the account once had.
                (row.covered_day, row.anchored_at_ms) = (None, None);
            }
            unit.scope()
                .update::<account::Entity>()
                .filter(account::Column::Id.eq(row.id))
                .col_expr(account::Column::Name, Expr::value(row.name.as_str()))
                .col_expr(account::Column::Kind, Expr::value(row.kind))
                .col_expr(account::Column::OpeningMinor, Expr::value(row.opening_minor))
                .col_expr(account::Column::Anchored, Expr::value(row.anchored))
                .col_expr(account::Column::CoveredDay, Expr::value(row.covered_day))
                .col_expr(account::Column::AnchoredAtMs, Expr::value(row.anchored_at_ms))
                .exec(unit.connection())
                .await?;
            unit.emit(Event::AccountsChanged {});
            Account::from_row(row)
        }
        .scope_boxed()
    })
    .await
}

/// The currency that a client named, in a field of that name.
pub(crate) fn currency(field: &'static str, code: &str) -> Result<Currency> {
    let unknown = || Error::invalid(field, "must be the code of a currency in use (ISO 4217) in capitals, such as EUR");
    Currency::from_code(code).ok_or_else(unknown)
}

/// Minor units of an amount in a field.
pub(crate) fn minor(field: &'static str, amount: Decimal, currency: Currency) -> Result<i64> {
    Money::from_decimal(amount, currency)
        .map(|money| money.minor)
        .map_err(|error| Error::invalid(field, error.to_string()))
}

/// The balance at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayBalance {
    /// The day.
    pub day: Day,
    /// What was booked by its end.
    pub balance: Money,
}

/// The booked balance at the end of each day, by what the transactions say: the opening balance and all posted ones up to it.
pub async fn balance_history(db: &Db, scope: Scope, id: AccountId, from: Day, to: Day) -> Result<Vec<DayBalance>> {
    period::check(from, to)?;
    let row = scope.find::<account::Entity>().filter(account::Column::Id.eq(id.0)).one(db.reader()).await?;
    let row = row.ok_or(Error::NotFound { what: "account" })?;
    let currency = crate::connection::currency(&row.currency)?;
    let sql = r#"SELECT day, CAST(sum(amount_minor) AS bigint) FROM "transaction"
                 WHERE household_id = $1 AND account_id = $2 AND day <= $3 AND state = 0 GROUP BY day"#;
    let values = [scope.household().0.into(), id.0.into(), to.number().into()];
    let mut by_day: BTreeMap<i32, i64> = BTreeMap::new();
    for sum in db.reader().query_all_raw(db.statement(sql, values)).await? {
        by_day.insert(sum.try_get_by_index(0)?, sum.try_get_by_index(1)?);
    }
    let mut balance = row.opening_minor + by_day.range(..from.number()).map(|(_, minor)| minor).sum::<i64>();
    let days = (from.number()..=to.number()).map(|number| {
        balance += by_day.get(&number).copied().unwrap_or(0);
        DayBalance { day: Day::of_row(number), balance: Money::new(balance, currency) }
    });
    Ok(days.collect())
}
