//! The rules of a household, made ready: all texts of all rules are looked for at once, and only rules that may hold are looked at.

use std::collections::HashMap;

use aho_corasick::AhoCorasick;

use super::{Condition, Piece, Rule, Size, expression::Expression};
use crate::{
    categorize::words::fold,
    category::{self, CategoryId, UNCATEGORIZED, tree::Tree},
    day::Day,
    id::{AccountId, RuleId, TagId},
    merchant::MerchantId,
    money::Money,
};

/// All regular expressions of a household together may become so many bytes.
const EXPRESSIONS_BYTES: usize = 1 << 20;

/// A transaction, as conditions see it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What its source wrote.
    pub descriptor: &'a str,
    /// What the merchant is called, where somebody calls it something that is not in the descriptor.
    pub merchant_names: &'a [&'a str],
    /// Who was paid, or who paid: as its text says, and as a person calls them.
    pub merchants: &'a [MerchantId],
    /// Its account.
    pub account: AccountId,
    /// In positive, out negative.
    pub amount: Money,
    /// Its day.
    pub day: Day,
    /// The category that it has without rules.
    pub category: CategoryId,
    /// The tags that it has without rules.
    pub tags: &'a [TagId],
}

/// What rules want done to a transaction, each with the rule that wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// The category.
    pub category: Option<(RuleId, CategoryId)>,
    /// What the merchant is called.
    pub merchant_name: Option<(RuleId, &'a str)>,
    /// The note.
    pub note: Option<(RuleId, &'a str)>,
    /// Whether it is neither spending nor income.
    pub excludes: Option<RuleId>,
    /// The parts that it was for.
    pub split: Option<(RuleId, &'a [Piece])>,
    /// Tags that it did not have.
    pub tags: Vec<(RuleId, TagId)>,
    /// The rules that hold, up to the one that stops.
    pub held: Vec<RuleId>,
}

/// All regular expressions together are too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the regular expressions of all rules together are too large")]
pub struct TooMany;

/// The rules of a household.
#[derive(Debug, Default)]
pub struct Set {
    rules: Vec<Ready>,
    /// Every text that a rule looks for.
    literals: Option<AhoCorasick>,
    literal_count: usize,
    expressions: Vec<Expression>,
    /// Rules that hold for nothing without one of their texts: by text.
    by_literal: Vec<Vec<usize>>,
    /// The same, without one of their merchants.
    by_merchant: HashMap<MerchantId, Vec<usize>>,
    /// Rules that may hold for anything.
    always: Vec<usize>,
}

#[derive(Debug)]
struct Ready {
    rule: Rule,
    node: Node,
}

/// A condition with its texts numbered.
#[derive(Debug)]
enum Node {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Literal(usize),
    Expression(usize),
    Amount { at_least: Option<Size>, at_most: Option<Size> },
    ComesIn(bool),
    Account(Vec<AccountId>),
    DayOfMonth { from: u8, to: u8 },
    Tag(Vec<TagId>),
    Merchant(Vec<MerchantId>),
    Category(Vec<CategoryId>),
}

/// What a rule does not hold without.
#[derive(Clone, Copy, Debug)]
enum Need {
    Literal(usize),
    Merchant(MerchantId),
}

impl Node {
    /// Of these one is needed; `None` where it may hold without any.
    fn needs(&self) -> Option<Vec<Need>> {
        match self {
            Self::Literal(number) => Some(vec![Need::Literal(*number)]),
            Self::Merchant(ids) => Some(ids.iter().copied().map(Need::Merchant).collect()),
            Self::All(children) => children.iter().filter_map(Self::needs).min_by_key(Vec::len),
            Self::Any(children) => {
                let all: Option<Vec<Vec<Need>>> = children.iter().map(Self::needs).collect();
                all.map(|all| all.concat())
            }
            _ => None,
        }
    }
}

/// Texts and regular expressions of all rules, each once.
#[derive(Default)]
struct Texts {
    literals: Numbered,
    expressions: Numbered,
}

#[derive(Default)]
struct Numbered {
    list: Vec<String>,
    places: HashMap<String, usize>,
}

impl Numbered {
    fn number(&mut self, text: String) -> usize {
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        let place = self.list.len();
        self.list.push(text.clone());
        self.places.insert(text, place);
        place
    }
}

impl Texts {
    fn node(&mut self, condition: &Condition) -> Node {
        let mut nodes = |children: &[Condition]| children.iter().map(|child| self.node(child)).collect();
        match condition {
            Condition::All(children) => Node::All(nodes(children)),
            Condition::Any(children) => Node::Any(nodes(children)),
            Condition::Not(child) => Node::Not(Box::new(self.node(child))),
            Condition::Contains(text) => Node::Literal(self.literals.number(fold(text).trim().to_owned())),
            // A whole line is a text between two ends of lines.
            Condition::Equals(text) => Node::Literal(self.literals.number(format!("\n{}\n", fold(text).trim()))),
            Condition::Matches(pattern) => Node::Expression(self.expressions.number(pattern.clone())),
            Condition::Amount { at_least, at_most } => Node::Amount { at_least: *at_least, at_most: *at_most },
            Condition::ComesIn(comes_in) => Node::ComesIn(*comes_in),
            Condition::Account(ids) => Node::Account(ids.clone()),
            Condition::DayOfMonth { from, to } => Node::DayOfMonth { from: *from, to: *to },
            Condition::Tag(ids) => Node::Tag(ids.clone()),
            Condition::Merchant(ids) => Node::Merchant(ids.clone()),
            Condition::Category(ids) => Node::Category(ids.clone()),
        }
    }
}

impl Set {
    /// Makes rules ready, in their order.
    pub fn new(rules: Vec<Rule>) -> Result<Self, TooMany> {
        let mut texts = Texts::default();
        let rules: Vec<Ready> =
            rules.into_iter().map(|rule| Ready { node: texts.node(&rule.condition), rule }).collect();
        let Texts { literals, expressions } = texts;
        let literal_count = literals.list.len();
        // What the conditions of a household are is bounded; so is the automaton.
        let automaton = (literal_count > 0).then(|| AhoCorasick::new(&literals.list)).transpose();
        let expressions = expressions.list.iter().map(|pattern| Expression::new(pattern));
        let expressions = expressions.collect::<Result<Vec<_>, _>>().map_err(|_| TooMany)?;
        if expressions.iter().map(Expression::bytes).sum::<usize>() > EXPRESSIONS_BYTES {
            return Err(TooMany);
        }
        let mut set = Self {
            literals: automaton.map_err(|_| TooMany)?,
            literal_count,
            expressions,
            by_literal: vec![Vec::new(); literal_count],
            ..Self::default()
        };
        for (place, ready) in rules.iter().enumerate() {
            match ready.node.needs() {
                None => set.always.push(place),
                Some(needs) => needs.into_iter().for_each(|need| match need {
                    Need::Literal(number) => set.by_literal[number].push(place),
                    Need::Merchant(merchant) => set.by_merchant.entry(merchant).or_default().push(place),
                }),
            }
        }
        Ok(Self { rules, ..set })
    }

    /// Whether there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What the rules want done to a transaction. `tree` is the household's: a category that is not offered is given to nothing.
    #[must_use]
    pub fn ask(&self, subject: &Subject<'_>, tree: &Tree) -> Outcome<'_> {
        let mut outcome = Outcome::default();
        if self.rules.is_empty() {
            return outcome;
        }
        let lines = lines(subject);
        let found = self.found(&lines);
        let mut places = self.always.clone();
        for (word, mut bits) in found.iter().copied().enumerate() {
            while bits != 0 {
                let number = word * 64 + bits.trailing_zeros() as usize;
                places.extend(&self.by_literal[number]);
                bits &= bits - 1;
            }
        }
        places.extend(subject.merchants.iter().filter_map(|merchant| self.by_merchant.get(merchant)).flatten());
        places.sort_unstable();
        places.dedup();
        let mut asked = Asked {
            subject,
            tree,
            found: &found,
            lines: &lines,
            expressions: &self.expressions,
            category: subject.category,
            tags: subject.tags.to_vec(),
        };
        for Ready { rule, node } in places.into_iter().map(|place| &self.rules[place]) {
            if !asked.holds(node) {
                continue;
            }
            outcome.held.push(rule.id);
            asked.take(rule, &mut outcome);
            if rule.stops {
                break;
            }
        }
        outcome
    }

    /// Which of the texts are there: a bit each.
    fn found(&self, lines: &str) -> Vec<u64> {
        let mut found = vec![0_u64; self.literal_count.div_ceil(64)];
        for hit in self.literals.iter().flat_map(|literals| literals.find_overlapping_iter(lines)) {
            let number = hit.pattern().as_usize();
            found[number / 64] |= 1 << (number % 64);
        }
        found
    }
}

/// What texts are looked for in, folded: lines between ends of lines.
fn lines(subject: &Subject<'_>) -> String {
    let mut lines = String::with_capacity(subject.descriptor.len() + 32);
    lines.push('\n');
    for line in std::iter::once(&subject.descriptor).chain(subject.merchant_names) {
        lines.push_str(fold(line).trim());
        lines.push('\n');
    }
    lines
}

/// A transaction while the rules are asked.
struct Asked<'a> {
    subject: &'a Subject<'a>,
    tree: &'a Tree,
    found: &'a [u64],
    lines: &'a str,
    expressions: &'a [Expression],
    /// As the rules before left it.
    category: CategoryId,
    /// The same.
    tags: Vec<TagId>,
}

impl Asked<'_> {
    fn holds(&self, node: &Node) -> bool {
        let subject = self.subject;
        match node {
            Node::All(children) => children.iter().all(|child| self.holds(child)),
            Node::Any(children) => children.iter().any(|child| self.holds(child)),
            Node::Not(child) => !self.holds(child),
            Node::Literal(number) => self.found[number / 64] & (1 << (number % 64)) != 0,
            Node::Expression(number) => {
                let mut lines = self.lines.split_terminator('\n').skip(1);
                lines.any(|line| self.expressions[*number].finds(line))
            }
            Node::Amount { at_least, at_most } => {
                let size = Size(subject.amount.decimal().abs());
                at_least.is_none_or(|least| size >= least) && at_most.is_none_or(|most| size <= most)
            }
            Node::ComesIn(comes_in) => (subject.amount.minor > 0) == *comes_in,
            Node::Account(ids) => ids.contains(&subject.account),
            Node::DayOfMonth { from, to } => {
                let day = subject.day.of_month();
                if from <= to { (*from..=*to).contains(&day) } else { day >= *from || day <= *to }
            }
            Node::Tag(ids) => ids.iter().any(|id| self.tags.contains(id)),
            Node::Merchant(ids) => subject.merchants.iter().any(|merchant| ids.contains(merchant)),
            Node::Category(ids) => ids.iter().any(|id| self.is_in(*id)),
        }
    }

    fn is_in(&self, id: CategoryId) -> bool {
        let known = self.tree.or_uncategorized(self.category).id;
        self.tree.get(id).is_some_and(|wanted| self.tree.is_in(known, wanted.id))
    }

    fn take<'r>(&mut self, rule: &'r Rule, outcome: &mut Outcome<'r>) {
        let (id, actions) = (rule.id, &rule.actions);
        let category = if actions.is_transfer { Some(transfer(self.subject.amount)) } else { actions.category };
        let offered = |node: &&category::tree::Node| !node.is_archived && node.takes_transactions();
        if let Some(node) = category.and_then(|category| self.tree.get(category)).filter(offered) {
            self.category = node.id;
            outcome.category = Some((id, node.id));
        }
        if actions.excludes {
            outcome.excludes = Some(id);
        }
        if let Some(name) = &actions.merchant_name {
            outcome.merchant_name = Some((id, name));
        }
        if let Some(note) = &actions.note {
            outcome.note = Some((id, note));
        }
        let is_offered = |piece: &Piece| self.tree.get(piece.category).as_ref().is_some_and(offered);
        if !actions.split.is_empty() && actions.split.iter().all(is_offered) {
            outcome.split = Some((id, &actions.split));
        }
        for tag in &actions.tags {
            if !self.tags.contains(tag) {
                self.tags.push(*tag);
                outcome.tags.push((id, *tag));
            }
        }
    }
}

/// The category of money that goes to another account of the household, or comes from one.
fn transfer(amount: Money) -> CategoryId {
    let key = if amount.minor > 0 { "TRANSFER_IN_ACCOUNT_TRANSFER" } else { "TRANSFER_OUT_ACCOUNT_TRANSFER" };
    category::by_key(key).map_or(UNCATEGORIZED, |category| category.id)
}
