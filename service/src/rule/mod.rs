//! Rules: what a household wants done to every transaction that fits a condition. `domain::rule` says what they mean; here they are kept
//! (`edit`), tried on the past before they are saved (`preview`), and applied to it (`apply`). Transactions to come meet them where they
//! are booked (`ledger/customs.rs`).

mod apply;
mod edit;
mod preview;
#[cfg(test)]
mod tests;

pub use apply::{apply, go_on, tell_stopped};
pub use edit::{CreateRule, UpdateRule, create, remove, reorder, update};
pub use preview::{Preview, PreviewRule, Previewed, SAMPLES, preview};

use std::{collections::BTreeSet, sync::Arc};

use domain::{
    id::{RuleId, TagId},
    rule::{self as rules, Actions, Condition, Set},
};
use entity::rule;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};

use crate::{Db, Error, Result, Scope, Unit, scope::Tenant, tag};

impl Tenant for rule::Entity {
    const HOUSEHOLD: Self::Column = rule::Column::HouseholdId;
}

/// A rule, as its household sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which.
    pub id: RuleId,
    /// What people call it.
    pub name: String,
    /// For which transactions.
    pub condition: Condition,
    /// What is done to them.
    pub actions: Actions,
    /// Whether no rule after it is asked where it holds.
    pub stops: bool,
    /// Whether it is asked at all.
    pub is_on: bool,
    /// How its last application to the past goes on.
    pub progress: Option<Progress>,
    /// When it was changed, the last time.
    pub changed_at_ms: i64,
}

/// How the application of a rule to the past goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Whether it goes on, is through, or has stopped.
    pub state: State,
    /// How many transactions were looked at.
    pub looked: i64,
    /// How many there were when it began.
    pub total: i64,
    /// How many were changed.
    pub changed: i64,
}

/// Where an application of a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It goes on.
    Running,
    /// It is through.
    Done,
    /// It was stopped: the rule was changed, or the job gave up.
    Stopped,
}

impl State {
    const ALL: [Self; 3] = [Self::Running, Self::Done, Self::Stopped];

    const fn code(self) -> i16 {
        match self {
            Self::Running => 0,
            Self::Done => 1,
            Self::Stopped => 2,
        }
    }
}

impl Rule {
    fn from_row(row: rule::Model) -> Result<Self> {
        let state = row.run_state.and_then(|code| State::ALL.into_iter().find(|state| state.code() == code));
        let progress = state.map(|state| Progress {
            state,
            looked: row.run_looked.unwrap_or(0),
            total: row.run_total.unwrap_or(0),
            changed: row.run_changed.unwrap_or(0),
        });
        Ok(Self {
            id: RuleId(row.id),
            name: row.name,
            condition: stored(&row.condition)?,
            actions: stored(&row.actions)?,
            stops: row.stops != 0,
            is_on: row.is_on != 0,
            progress,
            changed_at_ms: row.changed_at_ms,
        })
    }

    fn said(&self) -> rules::Rule {
        rules::Rule { id: self.id, condition: self.condition.clone(), actions: self.actions.clone(), stops: self.stops }
    }
}

/// The household's rules, in their order.
pub async fn list(db: &Db, scope: Scope) -> Result<Vec<Rule>> {
    load(db.reader(), scope).await
}

/// One rule.
pub async fn get(db: &Db, scope: Scope, id: RuleId) -> Result<Rule> {
    let row = scope.find::<rule::Entity>().filter(rule::Column::Id.eq(id.0)).one(db.reader()).await?;
    Rule::from_row(row.ok_or(Error::NotFound { what: "rule" })?)
}

async fn load(connection: &impl ConnectionTrait, scope: Scope) -> Result<Vec<Rule>> {
    let rows = scope.find::<rule::Entity>().order_by_asc(rule::Column::Place).order_by_asc(rule::Column::Id);
    rows.all(connection).await?.into_iter().map(Rule::from_row).collect()
}

async fn row_of(unit: &Unit, id: RuleId) -> Result<rule::Model> {
    let row = unit.scope().find::<rule::Entity>().filter(rule::Column::Id.eq(id.0)).one(unit.connection()).await?;
    row.ok_or(Error::NotFound { what: "rule" })
}

/// The rules of the unit's household, ready to be asked. They are kept as of the commit that changed them the last time.
pub(crate) async fn ready(unit: &Unit) -> Result<Arc<Set>> {
    let (household, seq) = (unit.scope().household(), unit.rules_seq());
    if seq == 0 {
        return Ok(Arc::default());
    }
    if let Some(kept) = unit.db().memory().rules.recall(household, seq) {
        return Ok(kept);
    }
    let standing = standing_tags(unit.connection(), unit.scope()).await?;
    let rules = load(unit.connection(), unit.scope()).await?;
    // They were bounded when they were saved.
    let set = Set::new(asked(&rules, &standing)).map_err(|error| Error::broken(error.to_string()))?;
    let set = Arc::new(set);
    unit.db().memory().rules.keep(household, seq, set.clone());
    Ok(set)
}

async fn standing_tags(connection: &impl ConnectionTrait, scope: Scope) -> Result<BTreeSet<TagId>> {
    Ok(tag::standing(connection, scope).await?.into_iter().map(|tag| tag.id).collect())
}

/// The rules that are asked. They know nothing of tags that are no more: one that asks for nothing else, or does nothing else, rests.
fn asked(rules: &[Rule], standing: &BTreeSet<TagId>) -> Vec<rules::Rule> {
    let without_removed = |rule: &Rule| {
        let mut rule = rule.said();
        rule.actions.tags.retain(|tag| standing.contains(tag));
        rule.condition.retain_tags(&|tag| standing.contains(&tag));
        (!rule.actions.is_empty() && !rule.condition.asks_for_nothing()).then_some(rule)
    };
    rules.iter().filter(|rule| rule.is_on).filter_map(without_removed).collect()
}

/// The household's rules mean something else after this commit.
pub(crate) async fn touch(unit: &Unit) -> Result<()> {
    let sql = "UPDATE household SET rules_seq = $2 WHERE id = $1";
    let values = [unit.scope().household().0.into(), unit.seq().into()];
    unit.connection().execute_raw(unit.db().statement(sql, values)).await?;
    Ok(())
}

fn stored<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::broken(format!("a stored rule that is none: {error}")))
}

fn to_store(thing: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(thing).map_err(|error| Error::broken(error.to_string()))
}
