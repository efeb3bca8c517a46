//! Looks for transfers among what has changed: a job, some days at a time, each in one commit with everything that follows from it.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::{
    categorize::Source,
    category::CategoryId,
    currency::Currency,
    day::Day,
    exchange::Rates,
    id::{AccountId, TransactionId},
    merchant::MerchantId,
    reconcile::State,
    transfer::{self as found, History, Household, Pair, Proposal},
};
use entity::{account, transaction, transfer, transfer_due};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, sea_query::Expr,
};

use super::{bit, count};
use crate::{
    Error, Result, Unit, account as accounts, category,
    db::{Column, Table},
    event::Event,
    exchange,
    job::{Job, Run, Verdict},
    ledger,
};

/// So long it waits for more, in milliseconds: the pages of a pull are looked at together, not one by one.
const SETTLE_MS: i64 = 3_000;
/// Days that are looked at with one commit.
const DAYS: i32 = 62;
/// Parts of a thousand by which a bank's rate may differ from the reference rate of the day, its margin included: cards and banks take up to
/// three percent, and the rate moves within the day.
const TOLERANCE_PERMILLE: u32 = 35;
/// Calendar days that a transfer may take, at most: five business days with two weekends around them.
const LAG: i32 = 9;

/// Has transfers looked for around some days. A household with one account has none.
pub(crate) async fn ask_for_match(unit: &mut Unit, days: &[i32]) -> Result<()> {
    let Some((first, last)) = days.iter().min().zip(days.iter().max()) else { return Ok(()) };
    if unit.scope().find::<account::Entity>().count(unit.connection()).await? < 2 {
        return Ok(());
    }
    let sql = "INSERT INTO transfer_due (household_id, first_day, last_day) VALUES ($1, $2, $3)
         ON CONFLICT (household_id) DO UPDATE SET
           first_day = CASE WHEN excluded.first_day < transfer_due.first_day THEN excluded.first_day ELSE transfer_due.first_day END,
           last_day = CASE WHEN excluded.last_day > transfer_due.last_day THEN excluded.last_day ELSE transfer_due.last_day END";
    let values = [unit.scope().household().0.into(), (*first).into(), (*last).into()];
    unit.connection().execute_raw(unit.db().statement(sql, values)).await?;
    unit.enqueue_at(Job::MatchTransfers {}, unit.now_ms() + SETTLE_MS)
}

/// The job: everything that is due, the earliest days first.
pub async fn match_transfers(run: &Run) -> Result<Verdict> {
    while run.write(|unit| async move { step(unit, true).await }.scope_boxed()).await? {}
    let finished = run.finish(|unit| async move { step(unit, false).await.map(|_| ()) }.scope_boxed()).await?;
    Ok(Verdict::Done(finished))
}

/// Looks at the first of the days that are due. Answers whether there are more of them; with `leave_last` the last of them are left to
/// the commit that ends the job.
pub(super) async fn step(unit: &mut Unit, leave_last: bool) -> Result<bool> {
    let due = unit.scope().find::<transfer_due::Entity>().one(unit.connection()).await?;
    let Some(due) = due else { return Ok(false) };
    let last = due.last_day.min(due.first_day.saturating_add(DAYS - 1));
    if last == due.last_day {
        if leave_last {
            return Ok(false);
        }
        unit.scope().delete::<transfer_due::Entity>().exec(unit.connection()).await?;
    } else {
        let rest = unit.scope().update::<transfer_due::Entity>();
        rest.col_expr(transfer_due::Column::FirstDay, Expr::value(last + 1)).exec(unit.connection()).await?;
    }
    match_days(unit, due.first_day, last).await?;
    Ok(true)
}

/// Decides about the rows of some days, with those around them that they may belong to.
async fn match_days(unit: &mut Unit, first: i32, last: i32) -> Result<()> {
    let accounts = unit.scope().find::<account::Entity>().all(unit.connection()).await?;
    let rows = candidates(unit, &accounts, first, last).await?;
    let days: HashMap<i64, i32> = rows.iter().map(|row| (row.id, row.day)).collect();
    let known = of_rows(unit, days.keys().copied().collect()).await?;
    let is_meant = |id: i64| days.get(&id).is_some_and(|day| (first..=last).contains(day));
    let proposals: Vec<Proposal> = propose(unit, &accounts, &rows, &known)
        .await?
        .into_iter()
        .filter(|one| is_meant(one.pair.out.0) || is_meant(one.pair.into.0))
        .collect();

    let by_pair: HashMap<(i64, i64), &transfer::Model> =
        known.iter().map(|row| ((row.out_id, row.in_id), row)).collect();
    let of: HashMap<i64, &transaction::Model> = rows.iter().map(|row| (row.id, row)).collect();
    let of_account: count::Accounts = accounts.iter().map(|account| (account.id, account.clone())).collect();
    let mut standing = HashSet::new();
    let (mut made, mut recounted) = (false, count::Recounted::default());
    for proposal in &proposals {
        let pair = (proposal.pair.out.0, proposal.pair.into.0);
        let (Some(out), Some(into)) = (of.get(&pair.0), of.get(&pair.1)) else { continue };
        standing.insert(pair);
        let before = by_pair.get(&pair).copied();
        let row = proposed(unit, proposal, (out, into), before)?;
        if before == Some(&row) {
            continue;
        }
        // What else was proposed of a row that is in a transfer now goes before it stands.
        let others = known.iter().filter(|other| other.state == transfer::PROPOSED && other.id != row.id);
        let others = others.filter(|other| [other.out_id, other.in_id].iter().any(|id| [pair.0, pair.1].contains(id)));
        withdraw(unit, &others.map(|other| other.id).collect::<Vec<_>>()).await?;
        put(unit, &row, before.is_some()).await?;
        made = true;
        if row.state == transfer::CONFIRMED {
            let [of_out, of_in] = count::categories(&row, &of_account)?;
            recounted.count(unit, out, of_out).await?;
            recounted.count(unit, into, of_in).await?;
        }
    }
    // What was proposed of these days and is not any more.
    let stale = known.iter().filter(|row| {
        row.state == transfer::PROPOSED
            && (is_meant(row.out_id) || is_meant(row.in_id))
            && !standing.contains(&(row.out_id, row.in_id))
    });
    let stale: Vec<i64> = stale.map(|row| row.id).collect();
    withdraw(unit, &stale).await?;
    if made || !stale.is_empty() {
        unit.emit(Event::TransfersChanged {});
    }
    recounted.write(unit, &[]).await
}

/// The row of a proposal: as it was, with what is known now.
fn proposed(
    unit: &Unit,
    proposal: &Proposal,
    (out, into): (&transaction::Model, &transaction::Model),
    before: Option<&transfer::Model>,
) -> Result<transfer::Model> {
    let is_sure = proposal.is_sure();
    let evidence = proposal.evidence.iter().fold(0, |bits, one| bits | bit(*one));
    Ok(transfer::Model {
        household_id: unit.scope().household().0,
        id: before.map_or_else(|| unit.next_id(), |row| Ok(row.id))?,
        out_id: out.id,
        out_account_id: out.account_id,
        in_id: into.id,
        in_account_id: into.account_id,
        state: if is_sure { transfer::CONFIRMED } else { transfer::PROPOSED },
        is_by_person: 0,
        is_expense: 0,
        pays_loan: i16::from(proposal.pays_loan),
        confidence: Some(i16::from(proposal.confidence_percent)),
        reserve: proposal.reserve.map(found::Reserve::code),
        evidence,
        created_at_ms: before.map_or_else(|| unit.now_ms(), |row| row.created_at_ms),
        decided_at_ms: is_sure.then(|| unit.now_ms()),
    })
}

async fn put(unit: &Unit, row: &transfer::Model, is_known: bool) -> Result<()> {
    let row = transfer::ActiveModel::from(row.clone());
    if is_known {
        let row = sea_orm::ActiveModelTrait::reset_all(row);
        transfer::Entity::update(row).exec(unit.connection()).await?;
    } else {
        transfer::Entity::insert(row).exec_without_returning(unit.connection()).await?;
    }
    Ok(())
}

/// Takes proposals back.
pub(super) async fn withdraw(unit: &Unit, ids: &[i64]) -> Result<()> {
    if !ids.is_empty() {
        let of = transfer::Column::Id.is_in(ids.iter().copied());
        let open = transfer::Column::State.eq(transfer::PROPOSED);
        unit.scope().delete::<transfer::Entity>().filter(of).filter(open).exec(unit.connection()).await?;
    }
    Ok(())
}

/// The rows of the days and of those around them that may be a side of a transfer at all: where all accounts are in one currency, those
/// whose amount went the other way in another account.
async fn candidates(
    unit: &Unit,
    accounts: &[account::Model],
    first: i32,
    last: i32,
) -> Result<Vec<transaction::Model>> {
    #[derive(FromQueryResult)]
    struct Slim {
        id: i64,
        account_id: i64,
        amount_minor: i64,
    }
    // Around the days what they may belong to, and around that what it may belong to instead.
    let (first, last) = (first.saturating_sub(2 * LAG), last.saturating_add(2 * LAG));
    let sql = r#"SELECT id, account_id, amount_minor FROM "transaction"
                 WHERE household_id = $1 AND day BETWEEN $2 AND $3 AND state IN (0, 1) AND refund_of IS NULL"#;
    let values = [unit.scope().household().0.into(), first.into(), last.into()];
    let slim = Slim::find_by_statement(unit.db().statement(sql, values)).all(unit.connection()).await?;
    let mut accounts_of: HashMap<i64, BTreeSet<i64>> = HashMap::new();
    for row in &slim {
        accounts_of.entry(row.amount_minor).or_default().insert(row.account_id);
    }
    let is_one_currency = accounts.iter().all(|account| account.currency == accounts[0].currency);
    let has_other_side = |row: &&Slim| {
        let others = accounts_of.get(&-row.amount_minor);
        others.is_some_and(|others| others.iter().any(|other| *other != row.account_id))
    };
    let kept = slim.iter().filter(|row| row.amount_minor != 0 && (!is_one_currency || has_other_side(row)));
    let table = Table::new([("id", Column::Long(kept.map(|row| row.id).collect()))]);
    let engine = unit.db().engine();
    let sql = format!(
        r#"SELECT t.* FROM {} {} "transaction" t ON t.household_id = $1 AND t.id = v.id"#,
        table.source(engine, 2),
        Table::<1>::join(engine)
    );
    let values = table.parameters(engine, [unit.scope().household().0.into()]);
    Ok(transaction::Model::find_by_statement(unit.db().statement_of(&sql, values)).all(unit.connection()).await?)
}

/// The transfers of some rows, whatever their state.
async fn of_rows(unit: &Unit, ids: Vec<i64>) -> Result<Vec<transfer::Model>> {
    let engine = unit.db().engine();
    let table = Table::new([("id", Column::Long(ids))]);
    let (source, join) = (table.source(engine, 2), Table::<1>::join(engine));
    let of = |column: &str| {
        format!("SELECT t.* FROM {source} {join} transfer t ON t.household_id = $1 AND t.{column} = v.id")
    };
    let sql = format!("{} UNION {}", of("out_id"), of("in_id"));
    let values = table.parameters(engine, [unit.scope().household().0.into()]);
    Ok(transfer::Model::find_by_statement(unit.db().statement_of(&sql, values)).all(unit.connection()).await?)
}

async fn propose(
    unit: &Unit,
    accounts: &[account::Model],
    rows: &[transaction::Model],
    known: &[transfer::Model],
) -> Result<Vec<Proposal>> {
    let of_account = |account: &account::Model| -> Result<(AccountId, domain::account::AccountKind, Currency)> {
        Ok((AccountId(account.id), accounts::kind(account)?, crate::connection::currency(&account.currency)?))
    };
    let mut all = Vec::with_capacity(accounts.len());
    for account in accounts {
        let (id, kind, currency) = of_account(account)?;
        all.push(found::Account { id, kind, currency, name: &account.name, tail: &account.tail });
    }
    let categories = category::tree_of(unit).await?;
    let mut of_rows = Vec::with_capacity(rows.len());
    for row in rows {
        of_rows.push(found::Row {
            id: TransactionId(row.id),
            account: AccountId(row.account_id),
            day: Day::of_row(row.day),
            amount_minor: row.amount_minor,
            descriptor: &row.descriptor,
            merchant: MerchantId(row.merchant_id),
            // What a household made itself speaks as what it is in.
            category: categories.nearest_known(CategoryId(row.category_id), row.amount_minor > 0),
            category_source: Source::from_code(row.category_source)
                .ok_or_else(|| Error::broken("a category of an unknown source"))?,
            pending: ledger::state(row) == State::Pending,
        });
    }
    let pairs = |state: i16| -> Vec<Pair> {
        let of = known.iter().filter(|row| row.state == state);
        of.map(|row| Pair { out: TransactionId(row.out_id), into: TransactionId(row.in_id) }).collect()
    };
    let (settled, rejected) = (pairs(transfer::CONFIRMED), pairs(transfer::REJECTED));
    let history = history(unit).await?;
    let names = names(unit).await?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let among: BTreeSet<Currency> = all.iter().map(|account| account.currency).collect();
    let days = || of_rows.iter().map(|row| row.day);
    let rates = match days().min().zip(days().max()) {
        Some((first, last)) => exchange::load(unit.db(), unit.connection(), unit.scope(), &among, first, last).await?,
        None => Rates::default(),
    };
    let rate = |from, to, day| {
        let quote = rates.quote(from, to, day)?;
        Some(found::Rate { rate: quote.rate, tolerance_permille: TOLERANCE_PERMILLE })
    };
    Ok(found::propose(&Household {
        accounts: &all,
        rows: &of_rows,
        settled: &settled,
        rejected: &rejected,
        history: &history,
        names: &names,
        fees: &[],
        rate: &rate,
    }))
}

/// What the people of the household are called.
async fn names(unit: &Unit) -> Result<Vec<String>> {
    let sql =
        r#"SELECT u.name FROM membership m JOIN "user" u ON u.id = m.user_id WHERE m.household_id = $1 ORDER BY u.id"#;
    let statement = unit.db().statement(sql, [unit.scope().household().0.into()]);
    let rows = unit.connection().query_all_raw(statement).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// How often transfers between accounts were confirmed.
async fn history(unit: &Unit) -> Result<Vec<History>> {
    let sql = "SELECT out_account_id, in_account_id, count(*) FROM transfer WHERE household_id = $1 AND state = 1
               GROUP BY out_account_id, in_account_id ORDER BY out_account_id, in_account_id";
    let statement = unit.db().statement(sql, [unit.scope().household().0.into()]);
    let rows = unit.connection().query_all_raw(statement).await?;
    let history = rows.iter().map(|row| {
        let (from, to) = (AccountId(row.try_get_by_index(0)?), AccountId(row.try_get_by_index(1)?));
        let count: i64 = row.try_get_by_index(2)?;
        Ok(History { from, to, count: u32::try_from(count).unwrap_or(u32::MAX) })
    });
    history.collect()
}
