//! Applies a rule to the past: in steps, each a commit, which a job takes one after the other. What is through stays so.

use domain::id::RuleId;
use entity::{rule, transaction};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use super::{Rule, State, row_of};
use crate::{
    Db, Error, Result, Scope, Unit,
    event::Event,
    job::{ApplyRule, Job, Run, Verdict},
    ledger::{self, Sums},
    transaction::{SHOWN, Touched, tell},
};

/// Transactions that are looked at in one commit.
const STEP: u64 = 500;

/// Begins to apply a rule to all transactions that are there. If it is just being applied, that goes on instead.
pub async fn apply(db: &Db, scope: Scope, id: RuleId) -> Result<Rule> {
    db.write(scope, move |unit| {
        async move {
            let mut row = row_of(unit, id).await?;
            if row.is_on == 0 {
                return Err(Error::Conflict { reason: "the rule is off: turn it on first".into() });
            }
            if row.run_state == Some(State::Running.code()) {
                return Rule::from_row(row);
            }
            let all = unit.scope().find::<transaction::Entity>().filter(Expr::cust(SHOWN));
            let total = i64::try_from(all.count(unit.connection()).await?).unwrap_or(i64::MAX);
            let run = unit.next_id()?;
            (row.run, row.run_state, row.run_after) = (Some(run), Some(State::Running.code()), Some(0));
            (row.run_looked, row.run_total, row.run_changed) = (Some(0), Some(total), Some(0));
            put(unit, row.clone()).await?;
            unit.enqueue(Job::ApplyRule(ApplyRule { rule: id.0, run }))?;
            Rule::from_row(row)
        }
        .scope_boxed()
    })
    .await
}

/// The job: step by step, as long as the rule is what it was.
pub async fn go_on(run: &Run, order: &ApplyRule) -> Result<Verdict> {
    let order = *order;
    while run.write(move |unit| step(unit, order).scope_boxed()).await? {}
    Ok(Verdict::Done(run.finish(|_| async move { Ok(()) }.scope_boxed()).await?))
}

/// Says that the job gave up.
pub async fn tell_stopped(run: &Run, order: &ApplyRule) -> Result<Verdict> {
    let order = *order;
    let finished = run
        .finish(move |unit| {
            async move {
                if let Some(row) = running(unit, order).await? {
                    put(unit, rule::Model { run_state: Some(State::Stopped.code()), ..row }).await?;
                }
                Ok(())
            }
            .scope_boxed()
        })
        .await?;
    Ok(Verdict::Done(finished))
}

/// The rule, as long as it is being applied by this order.
async fn running(unit: &Unit, order: ApplyRule) -> Result<Option<rule::Model>> {
    let row =
        unit.scope().find::<rule::Entity>().filter(rule::Column::Id.eq(order.rule)).one(unit.connection()).await?;
    let is_running = |row: &rule::Model| row.run == Some(order.run) && row.run_state == Some(State::Running.code());
    Ok(row.filter(is_running))
}

/// Looks at the next transactions. Answers whether there may be more.
pub(super) async fn step(unit: &mut Unit, order: ApplyRule) -> Result<bool> {
    let Some(rule) = running(unit, order).await? else { return Ok(false) };
    let after = rule.run_after.unwrap_or(0);
    let some = unit.scope().find::<transaction::Entity>().filter(Expr::cust(SHOWN));
    let some = some.filter(transaction::Column::Id.gt(after)).order_by_asc(transaction::Column::Id).limit(STEP);
    let rows = some.all(unit.connection()).await?;
    let customs = ledger::customs(unit).await?;
    let (mut sums, mut changed, mut days) = (Sums::default(), Vec::new(), Vec::new());
    for row in &rows {
        let applied = customs.apply(row, RuleId(order.rule));
        if applied.row == *row {
            continue;
        }
        sums.subtract(row);
        sums.add(&applied.row);
        changed.push(row.id);
        days.push(row.day);
        ledger::update(unit, applied.row).await?;
    }
    sums.write(unit).await?;
    if !changed.is_empty() {
        tell(unit, Touched { changed: &changed, days: &days, ..Touched::default() }).await?;
    }
    let has_more = rows.len() as u64 == STEP;
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let looked = rule.run_looked.unwrap_or(0).saturating_add(count(rows.len()));
    let next = rule::Model {
        run_after: Some(rows.last().map_or(after, |last| last.id)),
        run_looked: Some(looked),
        // Some may have come meanwhile.
        run_total: rule.run_total.max(Some(looked)),
        run_changed: Some(rule.run_changed.unwrap_or(0).saturating_add(count(changed.len()))),
        run_state: Some(if has_more { State::Running } else { State::Done }.code()),
        ..rule
    };
    put(unit, next).await?;
    Ok(has_more)
}

async fn put(unit: &mut Unit, row: rule::Model) -> Result<()> {
    rule::Entity::update(row.into_active_model().reset_all()).exec(unit.connection()).await?;
    unit.emit(Event::RulesChanged {});
    Ok(())
}
