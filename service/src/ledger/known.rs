//! The rows that lines may be: those that bear their identities, and those that likeness may bring together.

use std::collections::{BTreeMap, HashMap};

use domain::{
    account::AccountKind,
    day::Day,
    reconcile::{DOUBT_DAYS, Identity, Known, Listed, Origin, State},
};
use entity::{transaction, transaction_alias};
use sea_orm::{FromQueryResult, Statement};

use super::{Batch, book::Mode, listing, merchant_by_descriptor, state};
use crate::{
    Error, Result, Unit,
    db::{Column, Engine, Table},
};

/// A vanished row is looked for so many days back.
const VANISHED_DAYS: i32 = 30;

/// The known rows of one batch: as they are compared, and as they are written.
#[derive(Debug, Default)]
pub(super) struct KnownRows {
    pub(super) known: Vec<Known>,
    pub(super) rows: Vec<transaction::Model>,
    /// What a listing has said about each so far; empty where there is none.
    pub(super) listed: Vec<Listed>,
}

/// Loads them for all batches with a fixed number of queries.
pub(super) async fn load(unit: &Unit, batches: &[Batch]) -> Result<Vec<KnownRows>> {
    let mut rows: BTreeMap<i64, transaction::Model> = BTreeMap::new();
    for statement in [by_identity(unit, batches), by_alias(unit, batches), nearby(unit, batches)].into_iter().flatten()
    {
        let found = transaction::Model::find_by_statement(statement).all(unit.connection()).await?;
        rows.extend(found.into_iter().map(|row| (row.id, row)));
    }
    let mut aliases: HashMap<i64, Vec<transaction_alias::Model>> = HashMap::new();
    if let Some(statement) = aliases_of(unit, &rows) {
        for alias in transaction_alias::Model::find_by_statement(statement).all(unit.connection()).await? {
            aliases.entry(alias.transaction_id).or_default().push(alias);
        }
    }
    let mut of_account: HashMap<i64, KnownRows> = HashMap::new();
    let kinds: HashMap<i64, AccountKind> = batches.iter().map(|batch| (batch.account, batch.kind)).collect();
    // In the order of their ids, which is that of their making.
    for (id, row) in rows {
        let kind = kinds.get(&row.account_id).copied().unwrap_or(AccountKind::Other);
        let known = known(&row, aliases.remove(&id).unwrap_or_default(), kind)?;
        let all = of_account.entry(row.account_id).or_default();
        all.known.push(known);
        all.rows.push(row);
    }
    let mut all: Vec<KnownRows> =
        batches.iter().map(|batch| of_account.remove(&batch.account).unwrap_or_default()).collect();
    for (batch, known) in batches.iter().zip(&mut all) {
        if let Mode::Listing { connection, .. } = batch.mode {
            known.listed = listing::said(unit, connection, &known.rows).await?;
        }
    }
    Ok(all)
}

fn known(row: &transaction::Model, aliases: Vec<transaction_alias::Model>, kind: AccountKind) -> Result<Known> {
    let origin = |code| Origin::from_code(code).ok_or_else(|| Error::broken("an unknown origin"));
    let mut said = Vec::new();
    let mut identities = vec![(origin(row.origin)?, Identity { fingerprint: row.fingerprint, ordinal: row.ordinal })];
    for alias in aliases {
        let identity = Identity { fingerprint: alias.fingerprint, ordinal: alias.ordinal };
        identities.push((origin(alias.origin)?, identity));
        said.extend(alias.said_day.zip(alias.said_minor).map(|(day, minor)| (identity, Day::of_row(day), minor)));
    }
    // By what the source wrote: the person may have renamed the merchant since.
    let merchant = merchant_by_descriptor(&row.descriptor, row.amount_minor, kind);
    Ok(Known {
        identities,
        said,
        day: Day::of_row(row.day),
        amount_minor: row.amount_minor,
        state: state(row),
        was: row.was.and_then(State::from_code),
        merchant,
    })
}

/// Accounts and fingerprints that the batches name, side by side.
fn names(batches: &[Batch]) -> Option<Table<2>> {
    let mut accounts = Vec::new();
    let mut fingerprints = Vec::new();
    for batch in batches {
        let lines = batch.lines.iter().flat_map(|line| [Some(line.incoming.fingerprint), line.incoming.replaces]);
        let mut all: Vec<i64> = lines.flatten().chain(batch.removed()).collect();
        all.sort_unstable();
        all.dedup();
        accounts.extend(std::iter::repeat_n(batch.account, all.len()));
        fingerprints.extend(all);
    }
    (!accounts.is_empty())
        .then(|| Table::new([("account_id", Column::Long(accounts)), ("fingerprint", Column::Long(fingerprints))]))
}

fn by_identity(unit: &Unit, batches: &[Batch]) -> Option<Statement> {
    let names = names(batches)?;
    let engine = unit.db().engine();
    // Without statistics SQLite holds reading a whole household for cheaper.
    let index = match engine {
        Engine::Postgres => "",
        Engine::Sqlite => "INDEXED BY transaction_identity",
    };
    let sql = format!(
        r#"SELECT t.* FROM {} {} "transaction" t {index}
           ON t.household_id = $1 AND t.account_id = v.account_id AND t.fingerprint = v.fingerprint"#,
        names.source(engine, 2),
        Table::<2>::join(engine)
    );
    Some(statement(unit, &sql, names))
}

fn by_alias(unit: &Unit, batches: &[Batch]) -> Option<Statement> {
    let names = names(batches)?;
    let sql = format!(
        r#"SELECT t.* FROM {} {} transaction_alias a
           ON a.household_id = $1 AND a.account_id = v.account_id AND a.fingerprint = v.fingerprint
           JOIN "transaction" t ON t.household_id = $1 AND t.id = a.transaction_id"#,
        names.source(unit.db().engine(), 2),
        Table::<2>::join(unit.db().engine())
    );
    Some(statement(unit, &sql, names))
}

/// For a page what its bank has not booked, or never named; for a window everything of its days.
fn nearby(unit: &Unit, batches: &[Batch]) -> Option<Statement> {
    let (mut accounts, mut first, mut last, mut all) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for batch in batches {
        let days = || batch.lines.iter().map(|line| line.incoming.day);
        let (Some(from), Some(to)) = (days().min(), days().max()) else { continue };
        let (before, window) = match batch.mode {
            Mode::Page { .. } => (VANISHED_DAYS, 0_i16),
            Mode::Listing { .. } => (VANISHED_DAYS, 1),
            Mode::Window { .. } => (DOUBT_DAYS, 1),
        };
        accounts.push(batch.account);
        first.push(from.plus(-before).number());
        last.push(to.plus(DOUBT_DAYS).number());
        all.push(window);
    }
    if accounts.is_empty() {
        return None;
    }
    let whole = all.contains(&1);
    let spans = Table::new([
        ("account_id", Column::Long(accounts)),
        ("first_day", Column::Int(first)),
        ("last_day", Column::Int(last)),
        ("whole", Column::Short(all)),
    ]);
    // The condition is that of the partial index, word for word.
    let open = if whole { "" } else { "AND (t.state IN (1, 3) OR t.origin <> 0)" };
    let sql = format!(
        r#"SELECT t.* FROM {} {} "transaction" t
           ON t.household_id = $1 AND t.account_id = v.account_id AND t.day BETWEEN v.first_day AND v.last_day {open}"#,
        spans.source(unit.db().engine(), 2),
        Table::<4>::join(unit.db().engine())
    );
    Some(statement(unit, &sql, spans))
}

fn aliases_of(unit: &Unit, rows: &BTreeMap<i64, transaction::Model>) -> Option<Statement> {
    if rows.is_empty() {
        return None;
    }
    let ids = Table::new([("id", Column::Long(rows.keys().copied().collect()))]);
    let sql = format!(
        "SELECT a.* FROM {} {} transaction_alias a ON a.household_id = $1 AND a.transaction_id = v.id",
        ids.source(unit.db().engine(), 2),
        Table::<1>::join(unit.db().engine())
    );
    Some(statement(unit, &sql, ids))
}

fn statement<const N: usize>(unit: &Unit, sql: &str, table: Table<N>) -> Statement {
    let household = unit.scope().household().0.into();
    unit.db().statement_of(sql, table.parameters(unit.db().engine(), [household]))
}
