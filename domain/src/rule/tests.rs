//! What rules find and do; and that looking at few of them finds what looking at all would.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::{
    categorize::words::fold,
    category::{
        self, UNCATEGORIZED,
        tree::{self, Saying, Tree},
    },
    currency::Currency,
    day::Day,
    id::AccountId,
    merchant::MerchantId,
    money::Money,
};

fn id(key: &str) -> CategoryId {
    category::by_key(key).expect(key).id
}

fn subject(descriptor: &str, minor: i64) -> Subject<'_> {
    Subject {
        descriptor,
        merchant_names: &[],
        merchants: &[MerchantId(5)],
        account: AccountId(1),
        amount: Money::new(minor, Currency::EURO),
        day: Day::from_ymd(2026, 3, 5).expect("a day"),
        category: UNCATEGORIZED,
        tags: &[],
    }
}

fn rule(number: i64, condition: Condition, actions: Actions) -> Rule {
    Rule { id: RuleId(number), condition, actions, stops: false }
}

fn to(category: &str) -> Actions {
    Actions { category: Some(id(category)), ..Actions::default() }
}

fn tagged(tag: i64) -> Actions {
    Actions { tags: vec![TagId(tag)], ..Actions::default() }
}

fn set(rules: Vec<Rule>) -> Set {
    Set::new(rules).expect("rules")
}

/// Whether a condition holds, asked of one rule alone.
fn holds(condition: Condition, subject: &Subject<'_>) -> bool {
    condition.check().expect("sound");
    !set(vec![rule(1, condition, tagged(1))]).ask(subject, &tree::standard()).held.is_empty()
}

#[test]
fn texts_are_found_however_they_are_written() {
    let line = subject("SQ *Café  MÜLLER'S 0815", -350);
    let named = Subject { merchant_names: &["Jungle", "Amazon"], ..subject("AMZN MKTP US*2K3", -350) };
    for (condition, subject, expected) in [
        (contains("cafe mullers"), line, true),
        (contains("CAFÉ MÜLLER’S"), line, true),
        (contains("  müller "), line, true),
        (contains("mueller"), line, false),
        (equals("sq *cafe mullers 0815"), line, true),
        (equals("cafe mullers"), line, false),
        (contains("amazon"), named, true),
        (equals("amazon"), named, true),
        (equals("amzn mktp us*2k3"), named, true),
        (equals("amzn"), named, false),
        // The two are texts of their own.
        (contains("2k3 amazon"), named, false),
        (contains("2k3amazon"), named, false),
        (Condition::Matches(r"^amzn\b".to_owned()), named, true),
        (Condition::Matches("^AMAZON$".to_owned()), named, true),
        (Condition::Matches(r"2K3\s*Amazon".to_owned()), named, false),
        (Condition::Matches(r"\d{4}$".to_owned()), line, true),
        (Condition::Matches("caf\u{e9} +m.llers".to_owned()), line, true),
        (Condition::Matches("m\u{fc}ller['\u{2019}]?s".to_owned()), line, true),
        (Condition::Matches("caf$".to_owned()), line, false),
        (Condition::Matches("[^a]*".to_owned()), line, true),
    ] {
        assert_eq!(holds(condition.clone(), &subject), expected, "{condition:?}");
    }
}

#[test]
fn amounts_days_and_all_else_are_compared() {
    let size = |text: &str| Some(Size(text.parse().expect("a decimal")));
    let line = Subject { tags: &[TagId(4)], category: id("FOOD_AND_DRINK_COFFEE"), ..subject("X", -1_850) };
    let yen = Subject {
        amount: Money::new(18, Currency::from_code("JPY").expect("yen")),
        day: Day::from_ymd(2026, 2, 28).expect("a day"),
        ..line
    };
    let between = |least, most| Condition::Amount { at_least: least, at_most: most };
    for (condition, subject, expected) in [
        (between(size("18.50"), size("18.5")), line, true),
        (between(size("18.51"), None), line, false),
        (between(None, size("18.49")), line, false),
        (between(size("18"), size("18")), yen, true),
        (Condition::ComesIn(false), line, true),
        (Condition::ComesIn(true), yen, true),
        (Condition::Account(vec![AccountId(2), AccountId(1)]), line, true),
        (Condition::Account(vec![AccountId(2)]), line, false),
        (Condition::Merchant(vec![MerchantId(5)]), line, true),
        (Condition::Merchant(vec![MerchantId(6)]), line, false),
        (Condition::Tag(vec![TagId(4)]), line, true),
        (Condition::Tag(vec![TagId(5)]), line, false),
        (Condition::Category(vec![id("FOOD_AND_DRINK_COFFEE")]), line, true),
        (Condition::Category(vec![id("FOOD_AND_DRINK")]), line, true),
        (Condition::Category(vec![id("TRAVEL")]), line, false),
        (Condition::Category(vec![UNCATEGORIZED]), line, false),
        (Condition::DayOfMonth { from: 5, to: 5 }, line, true),
        (Condition::DayOfMonth { from: 28, to: 4 }, line, false),
        (Condition::DayOfMonth { from: 28, to: 4 }, yen, true),
        (Condition::DayOfMonth { from: 31, to: 28 }, yen, true),
        (Condition::Not(Box::new(contains("x"))), line, false),
        (Condition::All(vec![contains("x"), Condition::ComesIn(true)]), line, false),
        (Condition::Any(vec![contains("y"), Condition::ComesIn(false)]), line, true),
    ] {
        assert_eq!(holds(condition.clone(), &subject), expected, "{condition:?}");
    }
}

#[test]
fn rules_follow_each_other() {
    let everything = || Condition::Not(Box::new(contains("nothing like it")));
    let (coffee, gifts) = ("FOOD_AND_DRINK_COFFEE", "GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES");
    let named = |name: &str| Actions { merchant_name: Some(name.to_owned()), ..Actions::default() };
    let rules = || {
        vec![
            rule(1, contains("uber"), to(coffee)),
            rule(2, Condition::Category(vec![id("FOOD_AND_DRINK")]), tagged(7)),
            rule(3, Condition::Tag(vec![TagId(7)]), Actions { tags: vec![TagId(7), TagId(8)], ..to(gifts) }),
            rule(4, everything(), named("Somebody")),
            rule(5, Condition::Category(vec![id(coffee)]), named("never: the one before changed it")),
        ]
    };
    let outcome = |rules: Vec<Rule>| {
        let set = set(rules);
        let Outcome { category, merchant_name, tags, held, .. } = set.ask(&subject("UBER", -100), &tree::standard());
        let held: Vec<i64> = held.into_iter().map(|rule| rule.0).collect();
        (category.map(|(by, to)| (by.0, to)), merchant_name.map(|(by, name)| (by.0, name.to_owned())), tags, held)
    };
    let tags = vec![(RuleId(2), TagId(7)), (RuleId(3), TagId(8))];
    let somebody = Some((4, "Somebody".to_owned()));
    assert_eq!(outcome(rules()), (Some((3, id(gifts))), somebody, tags, vec![1, 2, 3, 4]));
    let mut stopping = rules();
    stopping[1].stops = true;
    assert_eq!(outcome(stopping), (Some((1, id(coffee))), None, vec![(RuleId(2), TagId(7))], vec![1, 2]));
    assert_eq!(outcome(Vec::new()), (None, None, Vec::new(), Vec::new()));
}

#[test]
fn a_category_that_is_not_offered_is_given_to_nothing() {
    let coffee = id("FOOD_AND_DRINK_COFFEE");
    let archived = Saying { id: coffee.0, is_archived: true, ..Saying::default() };
    let gifts = id("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES");
    let merged = Saying { merged_into: Some(gifts.0), is_archived: false, ..archived.clone() };
    let rules = set(vec![rule(1, contains("X"), Actions { tags: vec![TagId(1)], ..to("FOOD_AND_DRINK_COFFEE") })]);
    let given = |tree: &Tree| {
        let outcome = rules.ask(&subject("X", -100), tree);
        assert_eq!(outcome.tags, [(RuleId(1), TagId(1))]);
        outcome.category.map(|(_, category)| category)
    };
    assert_eq!(given(&tree::standard()), Some(coffee));
    assert_eq!(given(&Tree::of(&[archived])), None);
    assert_eq!(given(&Tree::of(&[merged])), Some(gifts));
}

#[test]
fn a_transfer_goes_the_way_of_the_money() {
    let rules = set(vec![rule(1, contains("X"), Actions { is_transfer: true, ..Actions::default() })]);
    let given = |minor| rules.ask(&subject("X", minor), &tree::standard()).category.map(|(_, category)| category);
    assert_eq!(given(-1), Some(id("TRANSFER_OUT_ACCOUNT_TRANSFER")));
    assert_eq!(given(1), Some(id("TRANSFER_IN_ACCOUNT_TRANSFER")));
}

#[test]
fn regular_expressions_are_bounded_together() {
    let large = |number: i64| rule(number, Condition::Matches(format!("{number}[a-z]{{900}}")), tagged(1));
    assert_eq!(large(1).condition.check(), Ok(()));
    assert!(Set::new((0..5).map(large).collect()).is_ok());
    assert_eq!(Set::new((0..100).map(large).collect()).map(|_| ()), Err(TooMany));
}

const TEXTS: [&str; 8] = ["a", "ab", "abc", "b c", "\u{e9}a", "cab", "x", "a'b"];

fn condition() -> impl Strategy<Value = Condition> {
    let text = || prop::sample::select(TEXTS.to_vec()).prop_map(str::to_owned);
    let size = || prop::option::of((0..5_i64).prop_map(|minor| Size(Decimal::new(minor, 2))));
    let leaf = prop_oneof![
        4 => text().prop_map(Condition::Contains),
        2 => text().prop_map(Condition::Equals),
        1 => text().prop_map(|text| Condition::Matches(format!("^{text}"))),
        1 => (size(), size()).prop_map(|(at_least, at_most)| Condition::Amount { at_least, at_most }),
        1 => any::<bool>().prop_map(Condition::ComesIn),
        1 => prop::collection::vec((1..4_i64).prop_map(AccountId), 1..3).prop_map(Condition::Account),
        2 => prop::collection::vec((1..4_i64).prop_map(MerchantId), 1..3).prop_map(Condition::Merchant),
        1 => prop::collection::vec((1..4_i64).prop_map(TagId), 1..3).prop_map(Condition::Tag),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Condition::All),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Condition::Any),
            inner.prop_map(|child| Condition::Not(Box::new(child))),
        ]
    })
}

/// What a condition means, said once more, one rule and one text at a time.
fn means(condition: &Condition, subject: &Subject<'_>, tags: &[TagId]) -> bool {
    let lines = || std::iter::once(&subject.descriptor).chain(subject.merchant_names);
    let tidy = |text: &str| fold(text).trim().to_owned();
    match condition {
        Condition::All(children) => children.iter().all(|child| means(child, subject, tags)),
        Condition::Any(children) => children.iter().any(|child| means(child, subject, tags)),
        Condition::Not(child) => !means(child, subject, tags),
        Condition::Contains(text) => lines().any(|line| tidy(line).contains(&tidy(text))),
        Condition::Equals(text) => lines().any(|line| tidy(line) == tidy(text)),
        Condition::Matches(pattern) => {
            // All that are drawn are of one kind.
            let beginning = tidy(pattern.strip_prefix('^').expect("how it is drawn"));
            lines().any(|line| tidy(line).starts_with(&beginning))
        }
        Condition::Amount { at_least, at_most } => {
            let size = subject.amount.decimal().abs();
            at_least.is_none_or(|least| least.0 <= size) && at_most.is_none_or(|most| size <= most.0)
        }
        Condition::ComesIn(comes_in) => *comes_in == (subject.amount.minor > 0),
        Condition::Account(ids) => ids.contains(&subject.account),
        Condition::Merchant(ids) => ids.iter().any(|id| subject.merchants.contains(id)),
        Condition::Tag(ids) => ids.iter().any(|id| tags.contains(id)),
        other => unreachable!("{other:?} is not drawn"),
    }
}

proptest! {
    #[test]
    fn every_rule_that_means_a_transaction_is_found(
        rules in prop::collection::vec((condition(), 1..4_i64, prop::bool::weighted(0.1)), 0..12),
        words in prop::collection::vec(prop::sample::select(TEXTS.to_vec()), 1..4),
        name in prop::option::of(prop::sample::select(TEXTS.to_vec())),
        (minor, merchant, account) in (-5..5_i64, 1..4_i64, 1..4_i64),
    ) {
        let descriptor = words.join(" ");
        let subject = Subject {
            merchant_names: name.as_slice(),
            merchants: &[MerchantId(merchant), MerchantId(9)],
            account: AccountId(account),
            ..subject(&descriptor, minor)
        };
        let rules: Vec<Rule> = (1..)
            .zip(rules)
            .map(|(number, (condition, tag, stops))| Rule { stops, ..rule(number, condition, tagged(tag)) })
            .collect();
        let (mut tags, mut held) = (Vec::new(), Vec::new());
        for rule in &rules {
            if means(&rule.condition, &subject, &tags) {
                held.push(rule.id);
                tags.extend(&rule.actions.tags);
                if rule.stops {
                    break;
                }
            }
        }
        prop_assert_eq!(set(rules).ask(&subject, &tree::standard()).held, held);
    }

    #[test]
    fn any_text_is_a_text_or_says_what_is_wrong(text in "\\PC{0,40}") {
        for condition in [contains(&text), equals(&text), Condition::Matches(text.clone())] {
            if condition.check().is_ok() {
                let _ = set(vec![rule(1, condition, tagged(1))]).ask(&subject(&text, -1), &tree::standard());
            }
        }
    }
}
