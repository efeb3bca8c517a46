//! What a household itself says of its transactions: its rules, then what it chose for merchants; and what many others chose, where nothing
//! certain is found. It goes before everything that Florin finds, and never before what a person set on the very transaction.

use std::sync::Arc;

use domain::{
    categorize::{Answer, Choices, Crowd, Source},
    category::{CategoryId, tree::Tree},
    day::Day,
    id::{AccountId, RuleId, TagId},
    merchant::{Directory, MerchantId},
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
    category, crowd, merchant, rule,
    transaction::TAGS,
};

/// What a household itself says, with what its rules are asked against.
#[derive(Debug)]
pub(crate) struct Customs {
    rules: Arc<Set>,
    tree: Arc<Tree>,
    accounts: Accounts,
    merchants: Arc<Directory>,
    choices: Choices,
    crowd: Crowd,
}

/// What the unit's household says. One that says nothing pays nothing for it.
pub(crate) async fn customs(unit: &Unit) -> Result<Customs> {
    let merchants = merchant::directory_of(unit).await?;
    let choices = merchant::choices(unit, merchants.clone()).await?;
    let rules = rule::ready(unit).await?;
    let accounts = if rules.is_empty() { Accounts::default() } else { account::all_of(unit).await? };
    let tree = if rules.is_empty() { domain::category::tree::standard() } else { category::tree_of(unit).await? };
    Ok(Customs { rules, tree, accounts, merchants, choices, crowd: Crowd::default() })
}

impl Customs {
    /// What a household says, or would.
    pub(crate) fn new(
        rules: Arc<Set>,
        tree: Arc<Tree>,
        accounts: Accounts,
        merchants: Arc<Directory>,
        choices: Choices,
    ) -> Self {
        Self { rules, tree, accounts, merchants, choices, crowd: Crowd::default() }
    }

    /// With what the crowd says of lines of which this is found, where that is not certain.
    pub(crate) async fn asking<'a>(
        self,
        unit: &Unit,
        found: impl IntoIterator<Item = (&'a Answer, i64)>,
    ) -> Result<Self> {
        Ok(Self { crowd: crowd::ask(unit, found).await?, ..self })
    }

    /// Gives a row what was found of it, and what the household says of it instead. What its rules gave it before they may take back now. Where
    /// `keeps_category` the category stays, but for what rules say.
    pub(crate) fn give(&self, row: &mut Model, found: &Answer, keeps_category: bool) {
        unrule(row, found.merchant.0);
        if row.merchant_name.is_none() {
            row.merchant_id = found.merchant.0;
        }
        if !is_chosen(row) && !keeps_category {
            let chosen = self.choices.answer(found, row.amount_minor);
            let heard = || self.crowd.answer(&self.adapted(row, found), row.amount_minor);
            set_category(row, &chosen.unwrap_or_else(heard));
        }
        self.rule(row);
    }

    /// What is found of a row, in the light of what the household chose for others.
    fn adapted(&self, row: &Model, found: &Answer) -> Answer {
        self.choices.adapted(found, &row.descriptor, row.amount_minor)
    }

    /// Does to a row, which no rule has touched, what the rules want. What a person set or took away stays.
    fn rule(&self, row: &mut Model) {
        let outcome = self.ask(row);
        if let Some(category) = outcome.category.filter(|_| takes_category(row)) {
            set_ruled_category(row, category);
        }
        self.mark(row, &outcome, |_| true);
    }

    /// Does to a row what some of the rules want, but for the category.
    fn mark(&self, row: &mut Model, outcome: &Outcome<'_>, is_of: impl Fn(RuleId) -> bool) {
        if let Some((_, name)) = outcome.merchant_name.filter(|(by, _)| is_of(*by) && Mark::Name.is_open(row)) {
            (row.merchant_id, row.merchant_name) = (MerchantId::of_name(name).0, Some(name.to_owned()));
            Mark::Name.set_ruled(row);
        }
        if let Some((_, note)) = outcome.note.filter(|(by, _)| is_of(*by) && Mark::Note.is_open(row)) {
            row.note = Some(note.to_owned());
            Mark::Note.set_ruled(row);
        }
        if outcome.excludes.is_some_and(&is_of) && Mark::Excluded.is_open(row) {
            row.excluded = Some(1);
            Mark::Excluded.set_ruled(row);
        }
        // What a person has chosen for the whole is for all of it.
        let may_split = |row: &Model| Mark::Parts.is_open(row) && !is_chosen(row);
        if let Some((_, pieces)) = outcome.split.filter(|(by, _)| is_of(*by) && may_split(row)) {
            self.split(row, pieces);
        }
        let new: Vec<TagId> = outcome.tags.iter().filter(|(by, _)| is_of(*by)).map(|(_, tag)| *tag).collect();
        if Mark::Tags.is_open(row) {
            add_tags(row, &new);
        }
    }

    /// Does to a row of the past what one of the rules wants, where no rule after it wants something else. It is asked about the row as it came:
    /// without what rules gave it since.
    pub(crate) fn apply(&self, row: &Model, rule: RuleId) -> Applied {
        let Some(account) = self.accounts.get(&row.account_id) else { return Applied::nothing(row) };
        let mut bare = row.clone();
        let is_ruled = row.category_source == Source::Rule.code();
        if is_ruled || Mark::ALL.into_iter().any(|mark| mark.is_ruled(row)) {
            let found = answer(&row.descriptor, row.amount_minor, account.setting());
            unrule(&mut bare, found.merchant.0);
            if is_ruled {
                let chosen = self.choices.answer(&found, row.amount_minor);
                set_category(&mut bare, &chosen.unwrap_or_else(|| self.adapted(row, &found)));
            }
        }
        let outcome = self.ask(&bare);
        if !outcome.held.contains(&rule) {
            return Applied::nothing(row);
        }
        let mut after = row.clone();
        let is_same = |to: CategoryId| self.tree.or_uncategorized(CategoryId(row.category_id)).id == to;
        let category = outcome.category.filter(|(by, to)| *by == rule && !is_same(*to));
        let is_locked = category.is_some() && !(takes_category(row) && row.counted_as.is_none());
        if let Some(category) = category.filter(|_| !is_locked) {
            set_ruled_category(&mut after, category);
        }
        self.mark(&mut after, &outcome, |by| by == rule);
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
        Mark::Parts.set_ruled(row);
    }

    fn ask(&self, row: &Model) -> Outcome<'_> {
        let account = (!self.rules.is_empty()).then(|| self.accounts.get(&row.account_id)).flatten();
        let Some(account) = account else { return Outcome::default() };
        let tags = tags(row);
        let merchants = self.merchants_of(row, account);
        let shown = row.merchant_name.as_deref();
        let names: Vec<&str> = merchants.iter().flat_map(|id| self.merchants.names(*id)).chain(shown).collect();
        let subject = Subject {
            descriptor: &row.descriptor,
            merchant_names: &names,
            merchants: &merchants,
            account: AccountId(row.account_id),
            amount: Money::new(row.amount_minor, account.currency),
            day: Day::of_row(row.day),
            category: CategoryId(row.category_id),
            tags: &tags,
        };
        self.rules.ask(&subject, &self.tree)
    }

    /// Who was paid as the text says; where somebody calls them otherwise, or says that they are part of another one, that one too.
    fn merchants_of(&self, row: &Model, account: &Account) -> Vec<MerchantId> {
        let shown = self.merchants.path(MerchantId(row.merchant_id));
        if row.merchant_name.is_none() {
            return shown.collect();
        }
        let by_text = answer(&row.descriptor, row.amount_minor, account.setting()).merchant;
        self.merchants.path(by_text).chain(shown).collect()
    }
}

/// Takes from a row what rules gave it, but for the category.
fn unrule(row: &mut Model, merchant: i64) {
    for mark in Mark::ALL {
        if mark.is_ruled(row) {
            mark.remove(row, merchant);
        }
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

impl Applied {
    fn nothing(row: &Model) -> Self {
        Self { holds: false, is_locked: false, row: row.clone() }
    }
}

/// Whether a rule may give a row a category: a person's stays, and what was done with a security says it by itself.
fn takes_category(row: &Model) -> bool {
    !is_chosen(row) && row.category_source != Source::Investment.code()
}

fn set_ruled_category(row: &mut Model, (rule, category): (RuleId, CategoryId)) {
    (row.category_id, row.category_source) = (category.0, Source::Rule.code());
    (row.confidence, row.rule_id) = (Some(i16::from(RULED)), Some(rule.0));
}

/// Adds tags that it does not have, as many as there is room for.
fn add_tags(row: &mut Model, new: &[TagId]) {
    let before = tags(row);
    let new: Vec<TagId> = new.iter().copied().filter(|tag| !before.contains(tag)).collect();
    if !new.is_empty() {
        row.tags = tags_text(before.into_iter().chain(new).take(TAGS));
        Mark::Tags.set_ruled(row);
    }
}
