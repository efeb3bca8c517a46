//! `florin bench categorize`: how many descriptors a second are taken apart, looked up and answered, on one core and without a database.

use std::{sync::Arc, time::Instant};

use anyhow::Result;
use domain::{
    categorize::{self, Alike, Choices, Chosen, Question},
    category::{Kind, UNCATEGORIZED, tree},
    currency::Currency,
    day::Day,
    id::{AccountId, RuleId, TagId},
    merchant::MerchantId,
    money::Money,
    rule::{Actions, Condition, RULES, Rule, Set, Size, Subject, contains},
};
use rust_decimal::Decimal;
use trainer::{
    chance::Chance,
    corpus::{Corpus, Example, Part},
};

use crate::cli;

/// Different lines; a second one of each is not what is measured.
const LINES: usize = 50_000;

/// Asks about lines drawn as consumers pay, about the names of all sellers, and what a thousand rules and a thousand choices say of the lines.
pub(super) fn run(size: &cli::BenchCategorize) -> Result<()> {
    let before = resident()?;
    let begun = Instant::now();
    // The first question reads the lists and the model.
    let corpus = Corpus::of(Part::All);
    let mut chance = Chance::new(1);
    let lines: Vec<_> = (0..LINES).map(|_| corpus.draw(&mut chance)).collect();
    drop(corpus);
    let with_lines = resident()?;
    std::hint::black_box(categorize::answer(&lines[0].question()));
    println!("lists and model read after {:.0} ms", 1e3 * begun.elapsed().as_secs_f64());
    println!(
        "resident  {before} kB at start, {with_lines} kB with {LINES} lines drawn, {} kB with lists and model",
        resident()?
    );

    report("whole pipeline, lines as consumers pay", size.rounds, lines.len(), || {
        lines.iter().map(|line| i64::from(categorize::answer(&line.question()).confidence_percent)).sum()
    });
    let names: Vec<&str> = categorize::listed().flat_map(|listed| listed.spellings()).map(|(name, _)| name).collect();
    report("sellers looked up by their spellings", size.rounds, names.len(), || {
        names
            .iter()
            .filter_map(|name| categorize::seller_of(name, Some(*b"US")))
            .map(|id| id.0)
            .fold(0, i64::wrapping_add)
    });
    for (what, expressions) in [("a thousand rules, of texts", 0), ("the same, a hundred of expressions", 100)] {
        let rules = Set::new(rules(&names, expressions))?;
        let tree = tree::standard();
        report(what, size.rounds, lines.len(), || {
            lines.iter().map(|line| i64::from(!rules.ask(&subject(&line.question()), &tree).held.is_empty())).sum()
        });
    }
    let choices = choices(&names);
    let found: Vec<_> = lines.iter().map(|line| categorize::answer(&line.question())).collect();
    report("a thousand choices, of similar names", size.rounds, lines.len(), || {
        let adapted = |(line, found): (&Example, _)| choices.adapted(found, &line.descriptor, line.amount_minor);
        lines.iter().zip(&found).map(|both| i64::from(adapted(both).confidence_percent)).sum()
    });
    Ok(())
}

/// What a household chose for a thousand merchants that have names of sellers, and are none of them.
fn choices(names: &[&str]) -> Choices {
    let chosen = |name: &&str| Chosen {
        lines: Alike { merchant: MerchantId::of_name(name), comes_in: false, is_phrase: false },
        category: UNCATEGORIZED,
        kind: Kind::Spending,
        name: (*name).to_owned(),
    };
    Choices::new(names.iter().step_by(37).take(1_000).map(chosen).collect(), Arc::default())
}

/// As many rules as a household may have: texts of sellers, a third of them with an amount or a direction beside it, a tenth of merchants, a few of
/// amounts alone, and so many of regular expressions.
fn rules(names: &[&str], expressions: i64) -> Vec<Rule> {
    let rule = |(number, name): (i64, &str)| {
        let amount = Condition::Amount { at_least: None, at_most: Some(Size(Decimal::from(1 + number % 90))) };
        let condition = match (number % 100, number % 10, number % 3) {
            _ if number < expressions => Condition::Matches(format!("^{}.*[0-9]{{2}}", pattern_of(name))),
            (0, ..) => amount,
            (_, 0, _) => Condition::Merchant(vec![MerchantId(10_000 + number)]),
            (_, _, 0) => Condition::All(vec![contains(name), amount, Condition::ComesIn(false)]),
            _ => contains(name),
        };
        let id = RuleId(number);
        Rule { id, condition, actions: Actions { tags: vec![TagId(1)], ..Actions::default() }, stops: false }
    };
    (0..).zip(names.iter().copied().step_by(37)).take(RULES).map(rule).collect()
}

/// A text as a regular expression that finds it.
fn pattern_of(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_alphanumeric() { c.to_string() } else { format!("\\x{{{:x}}}", u32::from(c)) })
        .collect()
}

fn subject<'a>(question: &Question<'a>) -> Subject<'a> {
    Subject {
        descriptor: question.descriptor,
        merchant_names: &[],
        merchants: &[MerchantId(10_010)],
        account: AccountId(1),
        amount: Money::new(question.amount_minor, Currency::EURO),
        day: Day::FIRST,
        category: UNCATEGORIZED,
        tags: &[],
    }
}

/// The median of some rounds, after one that warms up.
fn report(what: &str, rounds: u16, count: usize, round: impl Fn() -> i64) {
    std::hint::black_box(round());
    let mut seconds: Vec<f64> = (0..rounds)
        .map(|_| {
            let begun = Instant::now();
            std::hint::black_box(round());
            begun.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "a count of lines")]
    let a_second = count as f64 / seconds[seconds.len() / 2];
    println!("{what:<40} {a_second:>9.0} a second");
}

/// Memory of the process, in kilobytes.
fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    Ok(line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default())
}
