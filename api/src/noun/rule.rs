//! Rules: what a household wants done to every transaction that fits a condition.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::{
    id::{HouseholdId, Owned, RuleId, shared_text},
    rule::{Actions, Condition, DEPTH, Piece, Size},
};
use service::{
    Error, Result, Scope,
    rule::{self, CreateRule, PreviewRule, Progress, SAMPLES, State, UpdateRule},
};

use super::{
    category::{Category, category_id},
    db,
    merchant::{Direction, MERCHANT, merchant_id},
    owned, scope,
    shelf::Shelf,
    tag::{Tag, tag_ids},
    transaction::{Transaction, TransactionPart},
};
use crate::{
    fallible::Fallible,
    scalar::{Decimal, Timestamp},
};

/// For which transactions a rule is: exactly one field is there, the others are null.
#[derive(Clone, Debug, Default, SimpleObject)]
pub(crate) struct RuleCondition {
    /// All of these hold.
    all: Option<Vec<Self>>,
    /// One of these holds, or several.
    any: Option<Vec<Self>>,
    /// This does not hold.
    not: Option<Box<Self>>,
    /// The descriptor, or what the merchant is called, has this text in it. Neither case nor accents nor apostrophes matter.
    contains: Option<String>,
    /// The descriptor, or what the merchant is called, is this text. Neither case nor accents nor apostrophes matter.
    equals: Option<String>,
    /// This regular expression finds something in the descriptor, or in what the merchant is called.
    matches: Option<String>,
    /// The amount without its sign is within these.
    amount: Option<RuleAmount>,
    /// Money comes in, or goes out.
    direction: Option<Direction>,
    /// It is of one of these accounts.
    account_ids: Option<Vec<ID>>,
    /// Its day of the month is one of these.
    day_of_month: Option<RuleDays>,
    /// It has one of these tags.
    tag_ids: Option<Vec<ID>>,
    /// It is with one of these merchants.
    merchant_ids: Option<Vec<ID>>,
    /// It is of one of these categories, or of one in them.
    category_ids: Option<Vec<ID>>,
}

/// Amounts without a sign, in units of the account's currency.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct RuleAmount {
    /// At least.
    at_least: Option<Decimal>,
    /// At most.
    at_most: Option<Decimal>,
}

/// Days of a month, from 1 to 31; from 28 to 3 is around its end.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct RuleDays {
    /// The first one.
    from: i32,
    /// The last one.
    to: i32,
}

impl RuleCondition {
    fn of(condition: &Condition, household: HouseholdId) -> Self {
        let all = |children: &[Condition]| Some(children.iter().map(|child| Self::of(child, household)).collect());
        let none = Self::default();
        match condition {
            Condition::All(children) => Self { all: all(children), ..none },
            Condition::Any(children) => Self { any: all(children), ..none },
            Condition::Not(child) => Self { not: Some(Box::new(Self::of(child, household))), ..none },
            Condition::Contains(text) => Self { contains: Some(text.clone()), ..none },
            Condition::Equals(text) => Self { equals: Some(text.clone()), ..none },
            Condition::Matches(pattern) => Self { matches: Some(pattern.clone()), ..none },
            Condition::Amount { at_least, at_most } => {
                let decimal = |size: &Option<Size>| size.map(|size| Decimal::from(size.0));
                let amount = RuleAmount { at_least: decimal(at_least), at_most: decimal(at_most) };
                Self { amount: Some(amount), ..none }
            }
            Condition::ComesIn(comes_in) => {
                Self { direction: Some(if *comes_in { Direction::In } else { Direction::Out }), ..none }
            }
            Condition::Account(ids) => Self { account_ids: Some(texts(ids, household)), ..none },
            Condition::DayOfMonth { from, to } => {
                Self { day_of_month: Some(RuleDays { from: (*from).into(), to: (*to).into() }), ..none }
            }
            Condition::Tag(ids) => Self { tag_ids: Some(texts(ids, household)), ..none },
            Condition::Merchant(ids) => {
                let ids = ids.iter().map(|id| shared_text(MERCHANT, id.0).into());
                Self { merchant_ids: Some(ids.collect()), ..none }
            }
            Condition::Category(ids) => Self { category_ids: Some(texts(ids, household)), ..none },
        }
    }
}

fn texts<T: Owned>(ids: &[T], household: HouseholdId) -> Vec<ID> {
    ids.iter().map(|id| id.text(household).into()).collect()
}

/// For which transactions a rule is. Several fields together all hold: they become an `all`, in the order in which they stand here. Up to 100
/// conditions, 4 deep. A text is looked for in the descriptor and in what the merchant is called; neither case nor accents nor apostrophes matter.
#[derive(InputObject)]
pub(crate) struct RuleConditionInput {
    /// All of these hold.
    all: Option<Vec<Self>>,
    /// One of these holds, or several.
    any: Option<Vec<Self>>,
    /// This does not hold.
    not: Option<Box<Self>>,
    /// The text is somewhere in it; at most 200 characters.
    contains: Option<String>,
    /// It is this text; at most 200 characters.
    equals: Option<String>,
    /// A regular expression finds something in it; at most 200 characters. Neither case nor accents nor apostrophes matter; classes are of
    /// letters of ASCII. Without references back, without looking around, and not too large. A household has at most 100 of them.
    matches: Option<String>,
    /// The amount without its sign is within these.
    amount: Option<RuleAmountInput>,
    /// Money comes in, or goes out.
    direction: Option<Direction>,
    /// It is of one of these accounts.
    account_ids: Option<Vec<ID>>,
    /// Its day of the month is one of these.
    day_of_month: Option<RuleDaysInput>,
    /// It has one of these tags: by itself, or by a rule before.
    tag_ids: Option<Vec<ID>>,
    /// It is with one of these merchants.
    merchant_ids: Option<Vec<ID>>,
    /// It is of one of these categories, or of one in them: as it is found without rules, or by a rule before.
    category_ids: Option<Vec<ID>>,
}

/// Amounts without a sign, in units of the account's currency.
#[derive(InputObject)]
pub(crate) struct RuleAmountInput {
    /// At least.
    at_least: Option<Decimal>,
    /// At most.
    at_most: Option<Decimal>,
}

/// Days of a month, from 1 to 31; from 28 to 3 is around its end.
#[derive(InputObject)]
pub(crate) struct RuleDaysInput {
    /// The first one.
    from: i32,
    /// The last one.
    to: i32,
}

impl RuleConditionInput {
    /// Reads it. `path` is where it stands in the whole.
    fn read(self, scope: Scope, path: &str, depth: usize) -> Result<Condition> {
        // The schema bounds no input; what is deeper is refused with its place by the check.
        if depth > 2 * DEPTH {
            return Err(Error::invalid(
                "condition",
                format!("must not stand deeper than {DEPTH} conditions in each other"),
            ));
        }
        let list = |name: &str, children: Vec<Self>| {
            let read = |(place, child): (usize, Self)| child.read(scope, &format!("{path}{name}[{place}]."), depth + 1);
            children.into_iter().enumerate().map(read).collect()
        };
        let mut all = Vec::new();
        all.extend(self.all.map(|children| list("all", children)).transpose()?.map(Condition::All));
        all.extend(self.any.map(|children| list("any", children)).transpose()?.map(Condition::Any));
        let not = self.not.map(|child| child.read(scope, &format!("{path}not."), depth + 1)).transpose()?;
        all.extend(not.map(|child| Condition::Not(Box::new(child))));
        all.extend(self.contains.map(Condition::Contains));
        all.extend(self.equals.map(Condition::Equals));
        all.extend(self.matches.map(Condition::Matches));
        if let Some(RuleAmountInput { at_least, at_most }) = self.amount {
            let size = |amount: Option<Decimal>, name: &str| {
                let read = |amount: Decimal| at(path, name, amount.read("condition"));
                amount.map(|amount| read(amount).map(|amount| Size(amount.normalize()))).transpose()
            };
            let (at_least, at_most) = (size(at_least, "amount.atLeast")?, size(at_most, "amount.atMost")?);
            all.push(Condition::Amount { at_least, at_most });
        }
        all.extend(self.direction.map(|direction| Condition::ComesIn(direction == Direction::In)));
        if let Some(ids) = self.account_ids {
            all.push(Condition::Account(at(path, "accountIds", owned_all(&ids, scope, "account"))?));
        }
        if let Some(RuleDaysInput { from, to }) = self.day_of_month {
            // What is no day at all is none of a month.
            let day = |day: i32| u8::try_from(day).unwrap_or(0);
            all.push(Condition::DayOfMonth { from: day(from), to: day(to) });
        }
        if let Some(ids) = self.tag_ids {
            all.push(Condition::Tag(at(path, "tagIds", owned_all(&ids, scope, "tag"))?));
        }
        if let Some(ids) = self.merchant_ids {
            let ids = ids.iter().map(|id| merchant_id(id, "condition")).collect::<Result<_>>();
            all.push(Condition::Merchant(at(path, "merchantIds", ids)?));
        }
        if let Some(ids) = self.category_ids {
            all.push(Condition::Category(at(path, "categoryIds", owned_all(&ids, scope, "category"))?));
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::All(all) })
    }
}

/// Says where in a condition something is wrong.
fn at<T>(path: &str, name: &str, read: Result<T>) -> Result<T> {
    read.map_err(|error| match error {
        Error::Invalid { field, reason } => Error::invalid(field, format!("at `{path}{name}` {reason}")),
        other => other,
    })
}

fn owned_all<T: Owned>(ids: &[ID], scope: Scope, what: &'static str) -> Result<Vec<T>> {
    ids.iter().map(|id| owned(id, scope, "condition", what)).collect()
}

/// What a rule does to a transaction.
#[derive(Clone, Debug)]
pub(crate) struct RuleActions {
    actions: Actions,
    shelf: Shelf,
}

/// What a rule does to a transaction.
#[Object]
impl RuleActions {
    /// The category that it gets. While that is archived it gets none.
    async fn category(&self) -> Fallible<Option<Category>> {
        Fallible::run(async {
            match self.actions.category {
                Some(id) => self.shelf.category(id).await.map(Some),
                None => Ok(None),
            }
        })
        .await
    }

    /// Whether it is a transfer between accounts: its category is that of one, in or out as the money goes.
    async fn is_transfer(&self) -> bool {
        self.actions.is_transfer
    }

    /// Whether it is neither spending nor income, whatever its category is.
    async fn excludes(&self) -> bool {
        self.actions.excludes
    }

    /// What its merchant is called.
    async fn merchant_name(&self) -> Option<&str> {
        self.actions.merchant_name.as_deref()
    }

    /// Its note.
    async fn note(&self) -> Option<&str> {
        self.actions.note.as_deref()
    }

    /// The parts that it is split into, where its amount can be split so; empty: it is not split.
    async fn split(&self) -> Vec<RulePart> {
        self.actions.split.iter().map(|piece| RulePart { piece: piece.clone(), shelf: self.shelf.clone() }).collect()
    }

    /// The tags that it gets beside those that it has.
    async fn tags(&self) -> Fallible<Vec<Tag>> {
        Fallible::run(self.shelf.tags(&self.actions.tags)).await
    }
}

/// A part that a rule splits a transaction into: of an amount, or of a share.
#[derive(Clone, Debug)]
pub(crate) struct RulePart {
    piece: Piece,
    shelf: Shelf,
}

/// A part that a rule splits a transaction into: of an amount, or of a share.
#[Object]
impl RulePart {
    /// What it was for.
    async fn category(&self) -> Fallible<Category> {
        Fallible::run(self.shelf.category(self.piece.category)).await
    }

    /// How much, in units of the account's currency, whichever way the money goes.
    async fn amount(&self) -> Option<Decimal> {
        self.piece.amount.map(|size| Decimal::from(size.0))
    }

    /// How much of what the amounts of the other parts leave, in proportion.
    async fn share(&self) -> Option<Decimal> {
        self.piece.share.map(|size| Decimal::from(size.0))
    }
}

/// A part that a rule splits a transaction into: of an amount, or of a share, more than nothing.
#[derive(InputObject)]
pub(crate) struct RulePartInput {
    /// What it was for.
    category_id: ID,
    /// How much, without a sign, in units of the account's currency.
    amount: Option<Decimal>,
    /// How much of what the amounts of the other parts leave, in proportion.
    share: Option<Decimal>,
}

/// What a rule does to a transaction: something at least.
#[derive(InputObject)]
pub(crate) struct RuleActionsInput {
    /// The category that it gets; not a group, and not an archived one.
    category_id: Option<ID>,
    /// Whether it is a transfer between accounts; not beside a category.
    #[graphql(default)]
    is_transfer: bool,
    /// Whether it is neither spending nor income, whatever its category is.
    #[graphql(default)]
    excludes: bool,
    /// What its merchant is called, at most 100 characters.
    merchant_name: Option<String>,
    /// Its note, at most 2000 characters; where it has one already it keeps that.
    note: Option<String>,
    /// The tags that it gets beside those that it has, at most 20.
    tag_ids: Option<Vec<ID>>,
    /// The parts that it is split into, 2 to 50. Where amounts leave nothing for the shares, or do not add up without any, it is not split.
    split: Option<Vec<RulePartInput>>,
}

impl RuleActionsInput {
    fn read(self, scope: Scope) -> Result<Actions> {
        let size = |decimal: Option<Decimal>| {
            decimal.map(|decimal| decimal.read("split").map(|decimal| Size(decimal.normalize()))).transpose()
        };
        let piece = |part: RulePartInput| {
            Ok(Piece {
                category: category_id(&part.category_id, scope, "categoryId")?,
                amount: size(part.amount)?,
                share: size(part.share)?,
            })
        };
        Ok(Actions {
            category: self.category_id.map(|id| category_id(&id, scope, "categoryId")).transpose()?,
            is_transfer: self.is_transfer,
            excludes: self.excludes,
            merchant_name: self.merchant_name,
            note: self.note,
            tags: tag_ids(&self.tag_ids.unwrap_or_default(), scope, "tagIds")?,
            split: self.split.unwrap_or_default().into_iter().map(piece).collect::<Result<_>>()?,
        })
    }
}

/// Where the application of a rule to the past stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub(crate) enum RuleProgressState {
    /// It goes on by itself.
    Running,
    /// It is through.
    Done,
    /// It was stopped, because the rule was changed or something went wrong; what it had done stays.
    Stopped,
}

/// How the application of a rule to the past goes on.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct RuleProgress {
    /// Where it stands.
    state: RuleProgressState,
    /// How many transactions were looked at.
    looked_at: i64,
    /// How many there are.
    total: i64,
    /// How many were changed.
    changed: i64,
}

impl From<Progress> for RuleProgress {
    fn from(progress: Progress) -> Self {
        let Progress { state, looked, total, changed } = progress;
        Self { state: state.into(), looked_at: looked, total, changed }
    }
}

/// A rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) rule: rule::Rule,
    pub(crate) shelf: Shelf,
}

/// A rule: what a household wants done to every transaction that fits a condition. Rules are asked in their order, before everything that
/// Florin finds by itself; a later one has the last word. Nothing that a person set on a transaction is touched.
#[Object]
impl Rule {
    /// Its id.
    async fn id(&self) -> ID {
        self.rule.id.text(self.shelf.scope().household()).into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.rule.name
    }

    /// For which transactions.
    async fn condition(&self) -> RuleCondition {
        RuleCondition::of(&self.rule.condition, self.shelf.scope().household())
    }

    /// What is done to them.
    async fn actions(&self) -> RuleActions {
        RuleActions { actions: self.rule.actions.clone(), shelf: self.shelf.clone() }
    }

    /// Whether no rule after it is asked where it holds.
    async fn stops(&self) -> bool {
        self.rule.stops
    }

    /// Whether it is asked at all.
    async fn is_on(&self) -> bool {
        self.rule.is_on
    }

    /// How its last application to the past goes on; null where it was never applied. `householdChanged` tells when to look again.
    async fn progress(&self) -> Option<RuleProgress> {
        self.rule.progress.map(RuleProgress::from)
    }

    /// When it was changed, the last time.
    async fn changed_at(&self) -> Timestamp {
        Timestamp::from_ms(self.rule.changed_at_ms)
    }
}

/// What a rule would do to the past.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct RulePreview {
    /// For how many transactions it holds.
    holds_count: u64,
    /// How many it would change.
    change_count: u64,
    /// How many would be of another category, and keep theirs: a person has chosen it, it is what was done with a security, or it is that of a
    /// transfer.
    locked_count: u64,
    /// How many were looked at.
    looked_at: u64,
    /// Whether these are all: no more than the latest 100,000 are looked at.
    is_complete: bool,
    /// Some of those that it would change, the latest first.
    samples: Vec<RuleSample>,
}

/// A transaction that a rule would change, and what it would be.
#[derive(Clone, Debug)]
pub(crate) struct RuleSample {
    previewed: rule::Previewed,
    shelf: Shelf,
}

/// A transaction that a rule would change, and what it would be.
#[Object]
impl RuleSample {
    /// As it is.
    async fn transaction(&self) -> Transaction {
        Transaction { transaction: self.previewed.transaction.clone(), shelf: self.shelf.clone() }
    }

    /// Its category then.
    async fn category(&self) -> Fallible<Category> {
        Fallible::run(self.shelf.category(self.previewed.category)).await
    }

    /// What its merchant is called then.
    async fn merchant_name(&self) -> &str {
        &self.previewed.merchant_name
    }

    /// Its note then.
    async fn note(&self) -> Option<&str> {
        self.previewed.note.as_deref()
    }

    /// Whether it is neither spending nor income then.
    async fn is_excluded(&self) -> bool {
        self.previewed.is_excluded
    }

    /// The parts that it is split into then.
    async fn parts(&self) -> Vec<TransactionPart> {
        TransactionPart::of(&self.previewed.parts, self.previewed.transaction.amount.currency, &self.shelf)
    }

    /// Its tags then.
    async fn tags(&self) -> Fallible<Vec<Tag>> {
        Fallible::run(self.shelf.tags(&self.previewed.tags)).await
    }
}

/// A rule that is to be tried on the past.
#[derive(InputObject)]
pub(crate) struct PreviewRuleInput {
    /// The rule in whose place it is tried; after all others if it is left out.
    id: Option<ID>,
    /// For which transactions.
    condition: RuleConditionInput,
    /// What is done to them.
    actions: RuleActionsInput,
    /// Whether no rule after it is asked where it holds.
    #[graphql(default)]
    stops: bool,
}

#[derive(Debug, Default)]
pub(crate) struct RuleQuery;

/// Questions about rules.
#[Object]
impl RuleQuery {
    /// The household's rules, in the order in which they are asked; at most 1,000.
    #[graphql(complexity = "50 * child_complexity")]
    async fn rules(&self, ctx: &Context<'_>) -> Fallible<Vec<Rule>> {
        Fallible::run(async {
            let (db, scope) = (db(ctx), scope(ctx)?);
            let shelf = Shelf::new(db, scope);
            let rules = rule::list(db, scope).await?;
            Ok(rules.into_iter().map(|rule| Rule { rule, shelf: shelf.clone() }).collect())
        })
        .await
    }

    /// A rule, such as to see how its application to the past goes on.
    async fn rule(&self, ctx: &Context<'_>, #[graphql(desc = "The rule.")] id: ID) -> Fallible<Rule> {
        Fallible::run(async {
            let (db, scope) = (db(ctx), scope(ctx)?);
            let rule = rule::get(db, scope, owned(&id, scope, "id", "rule")?).await?;
            Ok(Rule { rule, shelf: Shelf::new(db, scope) })
        })
        .await
    }

    /// What a rule would do to the transactions that are there, before it is saved. Nothing is changed.
    #[graphql(complexity = "1000 + first.unwrap_or(20).clamp(0, 100) as usize * child_complexity")]
    async fn preview_rule(
        &self,
        ctx: &Context<'_>,
        input: PreviewRuleInput,
        #[graphql(desc = "So many samples: 20 if it is left out, and at most 100.")] first: Option<i32>,
    ) -> Fallible<RulePreview> {
        Fallible::run(async {
            let (db, scope) = (db(ctx), scope(ctx)?);
            let first = usize::try_from(first.unwrap_or(20)).ok().filter(|first| *first <= SAMPLES);
            let first = first.ok_or_else(|| Error::invalid("first", format!("must be 0 to {SAMPLES}")))?;
            let command = PreviewRule {
                id: input.id.map(|id| owned(&id, scope, "id", "rule")).transpose()?,
                condition: input.condition.read(scope, "", 1)?,
                actions: input.actions.read(scope)?,
                stops: input.stops,
            };
            let preview = rule::preview(db, scope, command, first).await?;
            let shelf = Shelf::around(db, scope, preview.samples.iter().map(|sample| sample.transaction.id));
            let sample = |previewed| RuleSample { previewed, shelf: shelf.clone() };
            Ok(RulePreview {
                holds_count: preview.holds,
                change_count: preview.changes,
                locked_count: preview.locked,
                looked_at: preview.looked,
                is_complete: preview.is_whole,
                samples: preview.samples.into_iter().map(sample).collect(),
            })
        })
        .await
    }
}

/// A rule that is to be made.
#[derive(InputObject)]
pub(crate) struct CreateRuleInput {
    /// What people call it, at most 100 characters.
    name: String,
    /// For which transactions.
    condition: RuleConditionInput,
    /// What is done to them.
    actions: RuleActionsInput,
    /// Whether no rule after it is asked where it holds.
    #[graphql(default)]
    stops: bool,
    /// Whether it is asked.
    #[graphql(default = true)]
    is_on: bool,
    /// Of the client's choice: the same key with the same input is answered with the first answer, and makes nothing twice.
    idempotency_key: Option<String>,
}

/// A change of a rule. What is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateRuleInput {
    /// The rule.
    id: ID,
    /// What people call it.
    name: Option<String>,
    /// For which transactions: a whole new condition.
    condition: Option<RuleConditionInput>,
    /// What is done to them: all of it anew.
    actions: Option<RuleActionsInput>,
    /// Whether no rule after it is asked where it holds.
    stops: Option<bool>,
    /// Whether it is asked.
    is_on: Option<bool>,
}

#[derive(Debug, Default)]
pub(crate) struct RuleMutation;

/// Changes of rules.
#[Object]
impl RuleMutation {
    /// Makes a rule, the last in the order: for transactions to come, and for those that change. `applyRule` is for those that are there.
    async fn create_rule(&self, ctx: &Context<'_>, input: CreateRuleInput) -> Fallible<Rule> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = CreateRule {
                name: input.name,
                condition: input.condition.read(scope, "", 1)?,
                actions: input.actions.read(scope)?,
                stops: input.stops,
                is_on: input.is_on,
                idempotency_key: input.idempotency_key,
            };
            let rule = rule::create(db(ctx), scope, command).await?;
            Ok(Rule { rule, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }

    /// Changes a rule. What it did stays. If it is just being applied to the past and means something else now, that stops.
    async fn update_rule(&self, ctx: &Context<'_>, input: UpdateRuleInput) -> Fallible<Rule> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = UpdateRule {
                id: owned(&input.id, scope, "id", "rule")?,
                name: input.name,
                condition: input.condition.map(|condition| condition.read(scope, "", 1)).transpose()?,
                actions: input.actions.map(|actions| actions.read(scope)).transpose()?,
                stops: input.stops,
                is_on: input.is_on,
            };
            let rule = rule::update(db(ctx), scope, command).await?;
            Ok(Rule { rule, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }

    /// Removes a rule. What it did stays. Answers with its id.
    async fn remove_rule(&self, ctx: &Context<'_>, #[graphql(desc = "The rule.")] id: ID) -> Fallible<ID> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let id: RuleId = rule::remove(db(ctx), scope, owned(&id, scope, "id", "rule")?).await?;
            Ok(id.text(scope.household()).into())
        })
        .await
    }

    /// Puts the rules into another order. Answers with all of them.
    #[graphql(complexity = "50 * child_complexity")]
    async fn reorder_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "All rules of the household, each once, in their new order.")] ids: Vec<ID>,
    ) -> Fallible<Vec<Rule>> {
        Fallible::run(async {
            let (db, scope) = (db(ctx), scope(ctx)?);
            let ids = ids.iter().map(|id| owned(id, scope, "ids", "rule")).collect::<Result<Vec<_>>>()?;
            let rules = rule::reorder(db, scope, ids).await?;
            let shelf = Shelf::new(db, scope);
            Ok(rules.into_iter().map(|rule| Rule { rule, shelf: shelf.clone() }).collect())
        })
        .await
    }

    /// Begins to apply a rule to the transactions that are there, as if it had always been: all rules are asked in their order, and what this one
    /// has the last word on is written. Nothing that a person set is touched. `Rule.progress` says how it goes on.
    async fn apply_rule(&self, ctx: &Context<'_>, #[graphql(desc = "The rule. It is on.")] id: ID) -> Fallible<Rule> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let rule = rule::apply(db(ctx), scope, owned(&id, scope, "id", "rule")?).await?;
            Ok(Rule { rule, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }
}
