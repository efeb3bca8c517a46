//! What people do to rules.

use std::{collections::BTreeSet, sync::Arc};

use domain::{
    category::{CategoryId, tree::Tree},
    id::{RuleId, TagId},
    identity,
    money::LARGEST_MINOR,
    rule::{Actions, Condition, EXPRESSIONS, Piece, RULES, RULES_CHARS, Set, Size},
    split::{self, PARTS},
};
use entity::rule;
use rust_decimal::Decimal;
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set as To, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::Serialize;

use super::{Rule, State, load, row_of, standing_tags, to_store, touch};
use crate::{
    Db, Error, Result, Scope, Unit,
    account::{self, Accounts},
    category,
    event::Event,
    idempotency::Once,
    transaction::{NOTE_CHARS, TAGS, text},
};

/// A rule that is to be made.
#[derive(Clone, Debug)]
pub struct CreateRule {
    /// What people call it.
    pub name: String,
    /// For which transactions.
    pub condition: Condition,
    /// What is done to them.
    pub actions: Actions,
    /// Whether no rule after it is asked where it holds.
    pub stops: bool,
    /// Whether it is asked.
    pub is_on: bool,
    /// The client's key of this request.
    pub idempotency_key: Option<String>,
}

/// A change of a rule. What is `None` stays.
#[derive(Clone, Debug)]
pub struct UpdateRule {
    /// Which.
    pub id: RuleId,
    /// What people call it.
    pub name: Option<String>,
    /// For which transactions.
    pub condition: Option<Condition>,
    /// What is done to them.
    pub actions: Option<Actions>,
    /// Whether no rule after it is asked where it holds.
    pub stops: Option<bool>,
    /// Whether it is asked.
    pub is_on: Option<bool>,
}

/// Makes a rule, the last one of all.
pub async fn create(db: &Db, scope: Scope, command: CreateRule) -> Result<Rule> {
    #[derive(Serialize)]
    struct Input<'a>(&'a str, &'a str, &'a str, bool, bool);
    let CreateRule { name, condition, actions, stops, is_on, idempotency_key } = command;
    let (name, actions) = (named(&name)?, tidy(actions)?);
    check(&condition)?;
    let (of_condition, of_actions) = (to_store(&condition)?, to_store(&actions)?);
    let input = Input(&name, &of_condition, &of_actions, stops, is_on);
    let once = &Once::new(db, "createRule", idempotency_key.as_deref(), &input)?;
    let (name, condition, actions) = (&name, &condition, &actions);
    let (of_condition, of_actions) = (&of_condition, &of_actions);
    db.write(scope, move |unit| {
        async move {
            if let Some(before) = once.recall(unit).await? {
                return Rule::from_row(row_of(unit, RuleId(before)).await?);
            }
            let rules = load(unit.connection(), unit.scope()).await?;
            if rules.len() >= RULES {
                return Err(Error::Conflict { reason: format!("a household has at most {RULES} rules") });
            }
            let known = Known::of(unit.connection(), unit.scope()).await?;
            known.assert_condition(condition)?;
            known.assert_actions(actions)?;
            let row = rule::Model {
                household_id: unit.scope().household().0,
                id: unit.next_id()?,
                place: next_place(unit).await?,
                name: name.clone(),
                is_on: i16::from(is_on),
                stops: i16::from(stops),
                condition: of_condition.clone(),
                actions: of_actions.clone(),
                changed_at_ms: unit.now_ms(),
                run: None,
                run_state: None,
                run_after: None,
                run_looked: None,
                run_total: None,
                run_changed: None,
            };
            let new = Rule::from_row(row.clone())?;
            assert_bounded(rules.iter().chain([&new]))?;
            rule::Entity::insert(row.into_active_model()).exec_without_returning(unit.connection()).await?;
            once.remember(unit, new.id.0).await?;
            changed(unit).await?;
            Ok(new)
        }
        .scope_boxed()
    })
    .await
}

/// Changes a rule. If it is just being applied to the past, that stops.
pub async fn update(db: &Db, scope: Scope, command: UpdateRule) -> Result<Rule> {
    let name = &command.name.as_deref().map(named).transpose()?;
    let actions = &command.actions.map(tidy).transpose()?;
    let condition = &command.condition;
    condition.as_ref().map(check).transpose()?;
    let UpdateRule { id, stops, is_on, .. } = command;
    db.write(scope, move |unit| {
        async move {
            let mut row = row_of(unit, id).await?;
            if condition.is_some() || actions.is_some() {
                let known = Known::of(unit.connection(), unit.scope()).await?;
                condition.as_ref().map(|condition| known.assert_condition(condition)).transpose()?;
                actions.as_ref().map(|actions| known.assert_actions(actions)).transpose()?;
            }
            if let Some(name) = name {
                row.name.clone_from(name);
            }
            if let Some(condition) = condition {
                row.condition = to_store(condition)?;
            }
            if let Some(actions) = actions {
                row.actions = to_store(actions)?;
            }
            row.stops = stops.map_or(row.stops, i16::from);
            row.is_on = is_on.map_or(row.is_on, i16::from);
            let means_otherwise = condition.is_some() || actions.is_some() || stops.is_some() || is_on.is_some();
            if means_otherwise && row.run_state == Some(State::Running.code()) {
                row.run_state = Some(State::Stopped.code());
            }
            row.changed_at_ms = unit.now_ms();
            let rule = Rule::from_row(row.clone())?;
            let others = load(unit.connection(), unit.scope()).await?;
            assert_bounded(others.iter().filter(|other| other.id != id).chain([&rule]))?;
            rule::Entity::update(row.into_active_model().reset_all()).exec(unit.connection()).await?;
            changed(unit).await?;
            Ok(rule)
        }
        .scope_boxed()
    })
    .await
}

/// Removes a rule. What it did stays.
pub async fn remove(db: &Db, scope: Scope, id: RuleId) -> Result<RuleId> {
    db.write(scope, move |unit| {
        async move {
            row_of(unit, id).await?;
            let gone = unit.scope().delete::<rule::Entity>().filter(rule::Column::Id.eq(id.0));
            gone.exec(unit.connection()).await?;
            changed(unit).await?;
            Ok(id)
        }
        .scope_boxed()
    })
    .await
}

/// Puts the rules into another order: all of them, each once.
pub async fn reorder(db: &Db, scope: Scope, ids: Vec<RuleId>) -> Result<Vec<Rule>> {
    let ids = &ids;
    db.write(scope, move |unit| {
        async move {
            let rules = load(unit.connection(), unit.scope()).await?;
            let all: BTreeSet<RuleId> = rules.iter().map(|rule| rule.id).collect();
            if ids.iter().any(|id| !all.contains(id)) {
                return Err(Error::NotFound { what: "rule" });
            }
            if ids.len() != all.len() || ids.iter().collect::<BTreeSet<_>>().len() != all.len() {
                return Err(Error::invalid("ids", "must name every rule of the household once"));
            }
            let is_moved = |(id, rule): &(&RuleId, &Rule)| **id != rule.id;
            if !ids.iter().zip(&rules).any(|pair| is_moved(&pair)) {
                return Ok(rules);
            }
            for (place, id) in (1..).zip(ids) {
                unit.scope()
                    .update::<rule::Entity>()
                    .filter(rule::Column::Id.eq(id.0))
                    .set(rule::ActiveModel { place: To(place), ..Default::default() })
                    .exec(unit.connection())
                    .await?;
            }
            changed(unit).await?;
            load(unit.connection(), unit.scope()).await
        }
        .scope_boxed()
    })
    .await
}

async fn changed(unit: &mut Unit) -> Result<()> {
    touch(unit).await?;
    unit.emit(Event::RulesChanged {});
    Ok(())
}

async fn next_place(unit: &Unit) -> Result<i32> {
    let last = unit.scope().find::<rule::Entity>().order_by_desc(rule::Column::Place).select_only();
    let last: Option<i32> = last.column(rule::Column::Place).into_tuple().one(unit.connection()).await?;
    Ok(last.map_or(1, |last| last + 1))
}

fn named(name: &str) -> Result<String> {
    identity::name(name).map_err(|reason| Error::invalid("name", reason))
}

/// Says what is wrong with a condition.
pub(super) fn check(condition: &Condition) -> Result<()> {
    condition.check().map_err(|flaw| Error::invalid("condition", flaw.to_string()))
}

/// Actions as they are kept: they do something, and nothing twice.
pub(super) fn tidy(actions: Actions) -> Result<Actions> {
    let merchant_name = actions.merchant_name.as_deref().map(identity::name).transpose();
    let merchant_name = merchant_name.map_err(|reason| Error::invalid("merchantName", reason))?;
    let note = actions.note.as_deref().map(|note| text("note", note, NOTE_CHARS)).transpose()?;
    let note = note.filter(|note| !note.is_empty());
    let tags: BTreeSet<TagId> = actions.tags.iter().copied().collect();
    if tags.len() > TAGS {
        return Err(Error::invalid("tagIds", format!("must have at most {TAGS} tags")));
    }
    if actions.is_transfer && actions.category.is_some() {
        return Err(Error::invalid("isTransfer", "must not stand beside a category: that of a transfer is given"));
    }
    if !actions.split.is_empty() {
        let is_sound = |piece: &Piece| match (piece.amount, piece.share) {
            (Some(Size(amount)), None) => amount > Decimal::ZERO && amount < Decimal::from(LARGEST_MINOR),
            (None, Some(Size(share))) => split::is_share(share),
            _ => false,
        };
        if !(2..=PARTS).contains(&actions.split.len()) || !actions.split.iter().all(is_sound) {
            let reason = format!("must be 2 to {PARTS} parts, each of an amount or of a share, more than nothing");
            return Err(Error::invalid("split", reason));
        }
    }
    let actions = Actions { merchant_name, note, tags: tags.into_iter().collect(), ..actions };
    if actions.is_empty() {
        return Err(Error::invalid("actions", "must do something"));
    }
    Ok(actions)
}

/// What a rule may name.
pub(super) struct Known {
    pub(super) tree: Arc<Tree>,
    pub(super) accounts: Accounts,
    tags: BTreeSet<TagId>,
}

impl Known {
    pub(super) async fn of(connection: &impl ConnectionTrait, scope: Scope) -> Result<Self> {
        Ok(Self {
            tree: category::load(connection, scope).await?,
            accounts: account::all(connection, scope).await?,
            tags: standing_tags(connection, scope).await?,
        })
    }

    /// The tags that stand.
    pub(super) const fn tags(&self) -> &BTreeSet<TagId> {
        &self.tags
    }

    pub(super) fn assert_condition(&self, condition: &Condition) -> Result<()> {
        for one in condition.each() {
            match one {
                Condition::Account(ids) => {
                    all(ids, "account", |id| self.accounts.contains_key(&id.0))?;
                }
                Condition::Tag(ids) => all(ids, "tag", |id| self.tags.contains(id))?,
                Condition::Category(ids) => {
                    all(ids, "category", |id: &CategoryId| self.tree.get(*id).is_some())?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn assert_actions(&self, actions: &Actions) -> Result<()> {
        if let Some(category) = actions.category {
            category::given(&self.tree, category)?;
        }
        for piece in &actions.split {
            category::given(&self.tree, piece.category)?;
        }
        all(&actions.tags, "tag", |id| self.tags.contains(id))
    }
}

fn all<T>(ids: &[T], what: &'static str, is_known: impl Fn(&T) -> bool) -> Result<()> {
    if ids.iter().all(is_known) { Ok(()) } else { Err(Error::NotFound { what }) }
}

/// Makes sure that all rules together cost a transaction little.
pub(super) fn assert_bounded<'a>(rules: impl Iterator<Item = &'a Rule> + Clone) -> Result<()> {
    let expressions: usize = rules.clone().map(|rule| rule.condition.expressions()).sum();
    if expressions > EXPRESSIONS {
        let reason = format!("the rules of a household have at most {EXPRESSIONS} regular expressions in all");
        return Err(Error::Conflict { reason });
    }
    let chars: usize = rules.clone().map(|rule| rule.condition.text_chars()).sum();
    if chars > RULES_CHARS {
        let reason = format!("the texts of all rules of a household have at most {RULES_CHARS} characters together");
        return Err(Error::Conflict { reason });
    }
    match Set::new(rules.map(Rule::said).collect()) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::Conflict { reason: error.to_string() }),
    }
}
