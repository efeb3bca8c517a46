//! What a rule would do to the past, before it is saved. Nothing is written.

use std::sync::Arc;

use domain::{
    category::CategoryId,
    id::{RuleId, TagId},
    rule::{Actions, Condition, Set},
    split::Part,
};
use entity::transaction;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::{
    Rule, asked,
    edit::{Known, assert_bounded, check, tidy},
    load,
};
use crate::{
    Db, Error, Result, Scope,
    ledger::Customs,
    merchant,
    transaction::{Lens, SHOWN, Transaction},
};

/// So many transactions are looked at, the latest.
const LOOKED_AT: u64 = 100_000;
/// So many at a time.
const STEP: u64 = 2_000;
/// The most that are shown.
pub const SAMPLES: usize = 100;

/// A rule that is to be tried.
#[derive(Clone, Debug)]
pub struct PreviewRule {
    /// In whose place; `None`: after all others.
    pub id: Option<RuleId>,
    /// For which transactions.
    pub condition: Condition,
    /// What is done to them.
    pub actions: Actions,
    /// Whether no rule after it is asked where it holds.
    pub stops: bool,
}

/// What a rule would do.
#[derive(Clone, Debug)]
pub struct Preview {
    /// For how many transactions it holds.
    pub holds: u64,
    /// How many it would change.
    pub changes: u64,
    /// How many keep their category because a person has chosen it, it is what was done with a security, or it is that of a transfer.
    pub locked: u64,
    /// How many were looked at, the latest.
    pub looked: u64,
    /// Whether these are all.
    pub is_whole: bool,
    /// Some of those that it would change, the latest first.
    pub samples: Vec<Previewed>,
}

/// A transaction that a rule would change.
#[derive(Clone, Debug)]
pub struct Previewed {
    /// As it is.
    pub transaction: Transaction,
    /// The category that it would have.
    pub category: CategoryId,
    /// What its merchant would be called.
    pub merchant_name: String,
    /// Its note.
    pub note: Option<String>,
    /// Its tags.
    pub tags: Vec<TagId>,
    /// Whether it would be neither spending nor income.
    pub is_excluded: bool,
    /// The parts that it would be split into.
    pub parts: Vec<Part>,
}

/// Tries a rule on the past.
pub async fn preview(db: &Db, scope: Scope, command: PreviewRule, samples: usize) -> Result<Preview> {
    check(&command.condition)?;
    let actions = tidy(command.actions)?;
    let known = Known::of(db.reader(), scope).await?;
    known.assert_condition(&command.condition)?;
    known.assert_actions(&actions)?;
    let mut rules = load(db.reader(), scope).await?;
    // A number that no rule has: rules are numbered by moments.
    let id = command.id.unwrap_or(RuleId(0));
    let tried = Rule {
        id,
        name: String::new(),
        condition: command.condition,
        actions,
        stops: command.stops,
        is_on: true,
        progress: None,
        changed_at_ms: 0,
    };
    match command.id {
        None => rules.push(tried),
        Some(id) => {
            let place = rules.iter_mut().find(|rule| rule.id == id).ok_or(Error::NotFound { what: "rule" })?;
            *place = tried;
        }
    }
    assert_bounded(rules.iter())?;
    let set = Set::new(asked(&rules, known.tags())).map_err(|error| Error::Conflict { reason: error.to_string() })?;
    let set = Arc::new(set);
    let Known { tree, accounts, .. } = known;
    let merchants = merchant::directory(db, scope, None).await?;
    let choices = merchant::choices_of(db.reader(), scope, merchants.clone()).await?;
    let lens = Lens::new(Arc::new(accounts.clone()), merchants.clone());
    let asking = Customs::new(set, tree, accounts, merchants, choices);

    let mut preview = Preview { holds: 0, changes: 0, locked: 0, looked: 0, is_whole: true, samples: Vec::new() };
    let mut before = i64::MAX;
    loop {
        let some = scope.find::<transaction::Entity>().filter(Expr::cust(SHOWN));
        let some = some.filter(transaction::Column::Id.lt(before)).order_by_desc(transaction::Column::Id).limit(STEP);
        let rows = some.all(db.reader()).await?;
        let Some(last) = rows.last() else { return Ok(preview) };
        before = last.id;
        let is_last = (rows.len() as u64) < STEP;
        for row in rows {
            let applied = asking.apply(&row, id);
            preview.looked += 1;
            preview.holds += u64::from(applied.holds);
            preview.locked += u64::from(applied.is_locked);
            if applied.row == row {
                continue;
            }
            preview.changes += 1;
            if preview.samples.len() < samples {
                let shown = lens.show(applied.row)?.zip(lens.show(row)?);
                preview.samples.extend(shown.map(|(after, transaction)| Previewed {
                    transaction,
                    category: after.category,
                    merchant_name: after.merchant_name,
                    note: after.note,
                    tags: after.tags,
                    parts: after.parts,
                    is_excluded: after.is_excluded,
                }));
            }
        }
        if is_last {
            return Ok(preview);
        }
        if preview.looked >= LOOKED_AT {
            preview.is_whole = false;
            return Ok(preview);
        }
    }
}
