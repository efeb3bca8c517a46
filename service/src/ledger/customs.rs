//! What a household itself says of its transactions: its rules, then what it chose for merchants. It goes before everything that Florin
//! finds, and never before what a person set on the very transaction.

use std::sync::Arc;

use domain::{
    categorize::{Answer, Choices, Source},
    category::{CategoryId, tree::Tree},
    day::Day,
    id::{AccountId, RuleId, TagId},
    merchant::{self as sellers, MerchantId},
    money::Money,
    rule::{Outcome, Piece, RULED, Set, Subject},
    split::{self, Measure, Part},
};
use entity::transaction::Model;

use super::{
    answer, set_category,
    theirs::{Mark, is_chosen, parts_text, tags, tags_text},
};
use crate::{
    Result, Unit,
    account::{self, Account, Accounts},
    category, merchant, rule,
};

/// What a household itself says.
#[derive(Debug)]
pub(crate) struct Customs {
    choices: Choices,
    rules: Ruler,
}

/// A household's rules, with what they are asked against.
#[derive(Debug)]
pub(crate) struct Ruler {
    rules: Arc<Set>,
    tree: Arc<Tree>,
    accounts: Accounts,
}

/// What the unit's household says. One that says nothing pays nothing for it.
pub(crate) async fn customs(unit: &Unit) -> Result<Customs> {
    let choices = merchant::choices(unit).await?;
    let rules = rule::ready(unit).await?;
    let accounts = if rules.is_empty() { Accounts::default() } else { account::all_of(unit).await? };
    let tree = if rules.is_empty() { domain::category::tree::standard() } else { category::tree_of(unit).await? };
    Ok(Customs { choices, rules: Ruler { rules, tree, accounts } })
}

impl Customs {
    /// Gives a row what was found of it, and what the household says of it instead. `before` is the row as it was, of one that was there: what
    /// its rules gave it then they may take back now. Where `keeps_category` the category stays, but for what rules say.
    pub(crate) fn give(&self, row: &mut Model, found: &Answer, before: Option<&Model>, keeps_category: bool) {
        for mark in Mark::ALL {
            if mark.is_ruled(row) {
                mark.remove(row, found.merchant.0);
            }
        }
        if row.merchant_name.is_none() {
            row.merchant_id = found.merchant.0;
        }
        if !is_chosen(row) && !keeps_category {
            set_category(row, &self.choices.answer(found, row.amount_minor));
        }
        self.rules.rule(row, before);
    }
}

impl Ruler {
    /// For rules that are not the household's yet.
    pub(crate) fn new(rules: Arc<Set>, tree: Arc<Tree>, accounts: Accounts) -> Self {
        Self { rules, tree, accounts }
    }

    /// Does to a row what the rules want. What is there stays; what a person took away stays away, as long as the rule held before.
    fn rule(&self, row: &mut Model, before: Option<&Model>) {
        let outcome = self.ask(row);
        if outcome.held.is_empty() {
            return;
        }
        if let Some(category) = outcome.category.filter(|_| takes_category(row)) {
            set_ruled_category(row, category);
        }
        let held_before = before.map(|before| self.ask(before).held).unwrap_or_default();
        let may_give =
            |mark: Mark, by: RuleId| before.is_some_and(|row| mark.is_ruled(row)) || !held_before.contains(&by);
        if let Some((by, name)) = outcome.merchant_name
            && row.merchant_name.is_none()
            && may_give(Mark::Name, by)
        {
            name_merchant(row, name);
        }
        if let Some((by, note)) = outcome.note
            && row.note.is_none()
            && may_give(Mark::Note, by)
        {
            give_note(row, note);
        }
        if let Some(by) = outcome.excludes
            && row.excluded.is_none()
            && may_give(Mark::Excluded, by)
        {
            exclude(row);
        }
        if let Some((by, pieces)) = outcome.split
            && row.parts.is_none()
            && may_give(Mark::Parts, by)
        {
            self.split(row, pieces);
        }
        let new: Vec<TagId> =
            outcome.tags.iter().filter(|(by, _)| may_give(Mark::Tags, *by)).map(|(_, tag)| *tag).collect();
        add_tags(row, &new);
    }

    /// Does to a row of the past what one of the rules wants, where no rule after it wants something else.
    pub(crate) fn apply(&self, row: &Model, rule: RuleId) -> Applied {
        let outcome = self.ask(row);
        if !outcome.held.contains(&rule) {
            return Applied { holds: false, is_locked: false, row: row.clone() };
        }
        let mut after = row.clone();
        let of_rule = |by: RuleId| by == rule;
        let category = outcome.category.filter(|(by, to)| of_rule(*by) && to.0 != row.category_id);
        let is_locked = category.is_some() && !(takes_category(row) && row.counted_as.is_none());
        if let Some(category) = category.filter(|_| !is_locked) {
            set_ruled_category(&mut after, category);
        }
        let name = outcome.merchant_name.filter(|(by, _)| of_rule(*by) && !Mark::Name.is_persons(row));
        if let Some((_, name)) = name.filter(|(_, name)| row.merchant_name.as_deref() != Some(name)) {
            name_merchant(&mut after, name);
        }
        if let Some((_, note)) = outcome.note.filter(|(by, _)| of_rule(*by) && !Mark::Note.is_persons(row)) {
            give_note(&mut after, note);
        }
        if outcome.excludes.is_some_and(of_rule) && row.excluded.is_none() {
            exclude(&mut after);
        }
        if let Some((_, pieces)) = outcome.split.filter(|(by, _)| of_rule(*by) && !Mark::Parts.is_persons(row)) {
            self.split(&mut after, pieces);
        }
        let new: Vec<TagId> = outcome.tags.iter().filter(|(by, _)| of_rule(*by)).map(|(_, tag)| *tag).collect();
        add_tags(&mut after, &new);
        Applied { holds: true, is_locked, row: after }
    }

    /// Splits a row, where its amount can be split so.
    fn split(&self, row: &mut Model, pieces: &[Piece]) {
        let Some(account) = self.accounts.get(&row.account_id) else { return };
        let whole = Money::new(row.amount_minor, account.currency);
        let measures: Option<Vec<Measure>> = pieces.iter().map(|piece| piece.measure(whole)).collect();
        let Some(Ok(minors)) = measures.map(|measures| split::measured(whole.minor, &measures)) else { return };
        let part = |(piece, minor): (&Piece, i64)| Part(piece.category, minor, None);
        row.parts = parts_text(&pieces.iter().zip(minors).map(part).collect::<Vec<_>>());
        Mark::Parts.set_ruled(row, true);
    }

    fn ask(&self, row: &Model) -> Outcome<'_> {
        let account = (!self.rules.is_empty()).then(|| self.accounts.get(&row.account_id)).flatten();
        let Some(account) = account else { return Outcome::default() };
        let tags = tags(row);
        let merchants = merchants(row, account);
        let seller = merchants.first().and_then(|merchant| sellers::name(*merchant));
        let subject = Subject {
            descriptor: &row.descriptor,
            merchant_name: row.merchant_name.as_deref().or(seller),
            merchants: &merchants,
            account: AccountId(row.account_id),
            amount: Money::new(row.amount_minor, account.currency),
            day: Day::of_row(row.day),
            category: CategoryId(row.category_id),
            tags: &tags,
        };
        self.rules.ask(&subject, &self.tree)
    }
}

/// What became of a row of the past.
#[derive(Debug)]
pub(crate) struct Applied {
    /// Whether the rule holds for it.
    pub(crate) holds: bool,
    /// Whether it would have another category, and keeps its own.
    pub(crate) is_locked: bool,
    /// The row as it is afterwards.
    pub(crate) row: Model,
}

/// Who was paid as the text says; where somebody calls them otherwise, them too.
fn merchants(row: &Model, account: &Account) -> Vec<MerchantId> {
    let shown = MerchantId(row.merchant_id);
    if row.merchant_name.is_none() {
        return vec![shown];
    }
    vec![answer(&row.descriptor, row.amount_minor, account.setting()).merchant, shown]
}

/// Whether a rule may give a row a category: a person's stays, and what was done with a security says it by itself.
fn takes_category(row: &Model) -> bool {
    !is_chosen(row) && row.category_source != Source::Investment.code()
}

fn set_ruled_category(row: &mut Model, (rule, category): (RuleId, CategoryId)) {
    (row.category_id, row.category_source) = (category.0, Source::Rule.code());
    (row.confidence, row.rule_id) = (Some(i16::from(RULED)), Some(rule.0));
}

fn name_merchant(row: &mut Model, name: &str) {
    (row.merchant_id, row.merchant_name) = (MerchantId::of_name(name).0, Some(name.to_owned()));
    Mark::Name.set_ruled(row, true);
}

fn exclude(row: &mut Model) {
    row.excluded = Some(1);
    Mark::Excluded.set_ruled(row, true);
}

fn give_note(row: &mut Model, note: &str) {
    row.note = Some(note.to_owned());
    Mark::Note.set_ruled(row, true);
}

/// Adds tags that it does not have; a person's remain a person's.
fn add_tags(row: &mut Model, new: &[TagId]) {
    let before = tags(row);
    if new.iter().all(|tag| before.contains(tag)) {
        return;
    }
    let is_ruled = !Mark::Tags.is_persons(row);
    row.tags = tags_text(before.into_iter().chain(new.iter().copied()));
    Mark::Tags.set_ruled(row, is_ruled);
}
