//! The rows that lines may be: those that bear their identities, and those that likeness may bring together.

use std::collections::{BTreeMap, HashMap};

use domain::{
    categorize::Setting,
    day::Day,
    reconcile::{self, DOUBT_DAYS, Identity, Known, Listed, Origin, State},
};
use entity::{transaction, transaction_alias};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

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
    /// The first day that the account's bank has told, where it matters.
    pub(super) since: Option<Day>,
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
    // Most rows of a file that is told again say what a line says, whose merchant is found already.
    let found = batches.iter().flat_map(|batch| {
        batch.lines.iter().filter(|line| line.trade.is_none()).map(|line| {
            ((batch.account, line.line.descriptor.as_str(), line.line.amount_minor), line.incoming.merchant)
        })
    });
    let merchants: HashMap<(i64, &str, i64), i64> = found.collect();
    let settings: HashMap<i64, Setting> = batches.iter().map(|batch| (batch.account, batch.setting)).collect();
    // In the order of their ids, which is that of their making.
    for (id, row) in rows {
        let Some(setting) = settings.get(&row.account_id).copied() else { continue };
        // By what the source wrote: the person may have renamed the merchant since.
        let merchant = merchants.get(&(row.account_id, row.descriptor.as_str(), row.amount_minor)).copied();
        let merchant = merchant.unwrap_or_else(|| merchant_by_descriptor(&row.descriptor, row.amount_minor, setting));
        let known = known(&row, aliases.remove(&id).unwrap_or_default(), merchant)?;
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
        let is_of_bank = !matches!(batch.mode, Mode::Window { .. });
        if is_of_bank && reconcile::wants_reach(&batch.incoming(), &known.known) {
            known.since = first_told(unit, batch.account).await?;
        }
    }
    Ok(all)
}

/// The first day of what the bank of an account has booked.
pub(crate) async fn first_told(unit: &Unit, account: i64) -> Result<Option<Day>> {
    let sql = r#"SELECT min(day) FROM "transaction" WHERE household_id = $1 AND account_id = $2 AND origin = $3 AND state = 0"#;
    let values = [unit.scope().household().0.into(), account.into(), Origin::Bank.code().into()];
    let row = unit.connection().query_one_raw(unit.db().statement(sql, values)).await?;
    let day: Option<i32> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    Ok(day.map(Day::of_row))
}

fn known(row: &transaction::Model, aliases: Vec<transaction_alias::Model>, merchant: i64) -> Result<Known> {
    let origin = |code| Origin::from_code(code).ok_or_else(|| Error::broken("an unknown origin"));
    let mut said = Vec::new();
    let mut identities = vec![(origin(row.origin)?, Identity { fingerprint: row.fingerprint, ordinal: row.ordinal })];
    for alias in aliases {
        let identity = Identity { fingerprint: alias.fingerprint, ordinal: alias.ordinal };
        identities.push((origin(alias.origin)?, identity));
        said.extend(alias.said_day.zip(alias.said_minor).map(|(day, minor)| (identity, Day::of_row(day), minor)));
    }
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

/// The days around a batch whose rows are looked at, and whether all of them are.
fn span(batch: &Batch) -> Option<(i32, i32, bool)> {
    let days = || batch.lines.iter().map(|line| line.incoming.day);
    let (before, is_whole) = match batch.mode {
        Mode::Page { .. } => (VANISHED_DAYS, false),
        Mode::Listing { .. } => (VANISHED_DAYS, true),
        Mode::Window { .. } => (DOUBT_DAYS, true),
    };
    let (from, to) = days().min().zip(days().max())?;
    Some((from.plus(-before).number(), to.plus(DOUBT_DAYS).number(), is_whole))
}

/// No day is among these.
const NO_DAYS: (i32, i32) = (1, 0);

/// Accounts and fingerprints that the batches name, side by side, with the days of which every row is read anyway: most of those that are named lie
/// there, and need not be read twice.
fn names(batches: &[Batch]) -> Option<Table<4>> {
    let mut accounts = Vec::new();
    let mut fingerprints = Vec::new();
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for batch in batches {
        let lines = batch.lines.iter().flat_map(|line| [Some(line.incoming.fingerprint), line.incoming.replaces]);
        let mut all: Vec<i64> = lines.flatten().chain(batch.removed()).collect();
        all.sort_unstable();
        all.dedup();
        let (from, to) = match span(batch) {
            Some((from, to, true)) => (from, to),
            _ => NO_DAYS,
        };
        accounts.extend(std::iter::repeat_n(batch.account, all.len()));
        first.extend(std::iter::repeat_n(from, all.len()));
        last.extend(std::iter::repeat_n(to, all.len()));
        fingerprints.extend(all);
    }
    (!accounts.is_empty()).then(|| {
        Table::new([
            ("account_id", Column::Long(accounts)),
            ("fingerprint", Column::Long(fingerprints)),
            ("first_day", Column::Int(first)),
            ("last_day", Column::Int(last)),
        ])
    })
}

fn by_identity(unit: &Unit, batches: &[Batch]) -> Option<Statement> {
    let names = names(batches)?;
    let engine = unit.db().engine();
    let index = by_name(engine);
    let sql = format!(
        r#"SELECT t.* FROM {} {} "transaction" t {index}
           ON t.household_id = $1 AND t.account_id = v.account_id AND t.fingerprint = v.fingerprint
             AND NOT (t.day BETWEEN v.first_day AND v.last_day)"#,
        names.source(engine, 2),
        Table::<4>::join(engine)
    );
    Some(statement(unit, &sql, names))
}

/// What makes SQLite look rows up by their names: without statistics it holds reading a whole household for cheaper.
pub(super) const fn by_name(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "",
        Engine::Sqlite => "INDEXED BY transaction_identity",
    }
}

fn by_alias(unit: &Unit, batches: &[Batch]) -> Option<Statement> {
    let names = names(batches)?;
    let sql = format!(
        r#"SELECT t.* FROM {} {} transaction_alias a
           ON a.household_id = $1 AND a.account_id = v.account_id AND a.fingerprint = v.fingerprint
           JOIN "transaction" t ON t.household_id = $1 AND t.id = a.transaction_id
             AND NOT (t.account_id = v.account_id AND t.day BETWEEN v.first_day AND v.last_day)"#,
        names.source(unit.db().engine(), 2),
        Table::<4>::join(unit.db().engine())
    );
    Some(statement(unit, &sql, names))
}

/// For a page what its bank has not booked, or never named; for a window everything of its days.
fn nearby(unit: &Unit, batches: &[Batch]) -> Option<Statement> {
    let (mut accounts, mut first, mut last, mut all) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for batch in batches {
        let Some((from, to, is_whole)) = span(batch) else { continue };
        accounts.push(batch.account);
        first.push(from);
        last.push(to);
        all.push(i16::from(is_whole));
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
