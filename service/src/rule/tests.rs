use domain::{
    categorize::Source,
    category::{self, CategoryId},
    id::{AccountId, RuleId, TransactionId},
    rule::{Actions, Condition, contains},
};
use rust_decimal::Decimal;
use scoped_futures::ScopedFutureExt;

use super::{CreateRule, PreviewRule, Progress, Rule, State, UpdateRule, apply, create, list, preview, update};
use crate::{
    Error, Result, Scope, household,
    job::ApplyRule,
    tag::{self, CreateTag},
    testing::{Bench, assert_sound, entered, on_both_engines, purse},
    transaction::{self as transactions, Transaction},
};

struct Home {
    bench: Bench,
    scope: Scope,
    account: AccountId,
}

fn id(key: &str) -> CategoryId {
    category::by_key(key).expect(key).id
}

impl Home {
    async fn new(bench: Bench) -> Self {
        let scope = Scope::of_operator(household::create(&bench.db, "home", "EUR").await.expect("creates"));
        let account = purse(&bench.db, scope, "Purse").await;
        Self { bench, scope, account }
    }

    async fn enter(&self, text: &str, minor: i64) -> Transaction {
        entered(&self.bench.db, self.scope, self.account, 0, (text, minor)).await
    }

    async fn create(&self, condition: Condition, actions: Actions) -> Result<Rule> {
        let command =
            CreateRule { name: "A rule".into(), condition, actions, stops: false, is_on: true, idempotency_key: None };
        create(&self.bench.db, self.scope, command).await
    }

    async fn turn(&self, rule: RuleId, is_on: bool) {
        let change =
            UpdateRule { id: rule, name: None, condition: None, actions: None, stops: None, is_on: Some(is_on) };
        update(&self.bench.db, self.scope, change).await.expect("updates");
    }

    async fn progress(&self) -> Progress {
        let [rule] = <[Rule; 1]>::try_from(list(&self.bench.db, self.scope).await.expect("reads")).expect("one");
        rule.progress.expect("it was applied")
    }

    /// The next step of the job that a rule's application left; `dies` before its commit.
    async fn step(&self, rule: RuleId, dies: bool) -> Result<bool> {
        let db = &self.bench.db;
        let sql = "SELECT run FROM rule WHERE household_id = $1 AND id = $2";
        let statement = db.statement(sql, [self.scope.household().0.into(), rule.0.into()]);
        let row =
            sea_orm::ConnectionTrait::query_one_raw(db.reader(), statement).await.expect("reads").expect("a rule");
        let order = ApplyRule { rule: rule.0, run: row.try_get_by_index(0).expect("a run") };
        let step = db.write(self.scope, move |unit| {
            async move {
                let has_more = super::apply::step(unit, order).await?;
                if dies { Err(Error::broken("the process died")) } else { Ok(has_more) }
            }
            .scope_boxed()
        });
        step.await
    }

    async fn category(&self, id: TransactionId) -> (CategoryId, Source) {
        let row = transactions::get(&self.bench.db, self.scope, id).await.expect("reads");
        (row.category, row.category_source)
    }

    async fn assert_sound(&self) {
        assert_sound(&self.bench.db, self.scope).await;
    }
}

fn progress(state: State, looked: i64, changed: i64) -> Progress {
    Progress { state, looked, total: 1_203, changed }
}

on_both_engines! {
    async fn an_application_goes_on_where_it_was_interrupted(bench: Bench) {
        let home = Home::new(bench).await;
        let mut all = Vec::new();
        for number in 0..1_203 {
            all.push(home.enter(if number % 3 == 0 { "QWYLLA" } else { "ZXQWV" }, -100 - number).await.id);
        }
        let gifts = id("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES");
        let actions = Actions { category: Some(gifts), ..Actions::default() };
        let rule = home.create(contains("zxqwv"), actions).await.expect("creates").id;
        let begun = apply(&home.bench.db, home.scope, rule).await.expect("begins");
        assert_eq!(begun.progress, Some(progress(State::Running, 0, 0)));
        assert_eq!(home.step(rule, false).await.ok(), Some(true));
        let after_one = home.progress().await;
        assert_eq!(after_one, progress(State::Running, 500, 333));
        home.assert_sound().await;
        // A second one joins the first, and one that dies leaves nothing.
        let again = apply(&home.bench.db, home.scope, rule).await.expect("goes on");
        assert_eq!(again.progress, Some(after_one));
        assert!(home.step(rule, true).await.is_err());
        assert_eq!(home.progress().await, after_one);
        assert_eq!((home.step(rule, false).await.ok(), home.step(rule, false).await.ok()), (Some(true), Some(false)));
        assert_eq!(home.progress().await, progress(State::Done, 1_203, 802));
        home.assert_sound().await;
        for (number, id) in all.iter().enumerate().step_by(97) {
            let (category, source) = home.category(*id).await;
            assert_eq!((category == gifts, source == Source::Rule), (number % 3 != 0, number % 3 != 0), "{number}");
        }
        // Once more: there is nothing to change. A change of the rule stops it.
        apply(&home.bench.db, home.scope, rule).await.expect("begins");
        home.step(rule, false).await.expect("a step");
        home.turn(rule, false).await;
        assert_eq!(home.progress().await, progress(State::Stopped, 500, 0));
        assert_eq!(home.step(rule, false).await.ok(), Some(false), "nothing goes on");
        let off = apply(&home.bench.db, home.scope, rule).await;
        assert!(matches!(off, Err(Error::Conflict { .. })), "{off:?}");
    }

    async fn a_preview_says_what_an_application_does(bench: Bench) {
        let home = Home::new(bench).await;
        let (coffee, gifts) = (id("FOOD_AND_DRINK_COFFEE"), id("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES"));
        let to = |category| Actions { category: Some(category), ..Actions::default() };
        let mut rows = Vec::new();
        for (text, minor) in [("ZXQWV ONE", -100), ("ZXQWV TWO", -5_000), ("STARBUCKS", -300), ("ZXQWV MINE", -100)] {
            rows.push(home.enter(text, minor).await.id);
        }
        let mine = transactions::UpdateTransaction { category: Some(coffee), ..transactions::UpdateTransaction::of(rows[3]) };
        transactions::update(&home.bench.db, home.scope, mine).await.expect("updates");
        let last = Condition::Amount { at_least: Some(domain::rule::Size(Decimal::from(40))), at_most: None };
        let tried = PreviewRule { id: None, condition: contains("ZXQWV"), actions: to(gifts), stops: false };
        let preview_of = async |tried: &PreviewRule| preview(&home.bench.db, home.scope, tried.clone(), 10).await.expect("tries");
        let before = preview_of(&tried).await;
        assert_eq!((before.holds, before.changes, before.locked, before.looked, before.is_whole), (3, 2, 1, 4, true));
        let samples: Vec<_> = before.samples.iter().map(|one| (one.transaction.id, one.category)).collect();
        assert_eq!(samples, [(rows[1], gifts), (rows[0], gifts)]);
        assert_ne!(home.category(rows[0]).await.0, gifts, "nothing is written");

        // A rule after it has the last word on one of them; in its place it would have it itself.
        let first = home.create(contains("ZXQWV"), to(gifts)).await.expect("creates").id;
        let second = home.create(last, to(coffee)).await.expect("creates").id;
        let in_place = preview_of(&PreviewRule { id: Some(first), ..tried.clone() }).await;
        assert_eq!((in_place.holds, in_place.changes), (3, 1));
        assert_eq!(preview_of(&tried).await.changes, 2);
        for rule in [first, second] {
            apply(&home.bench.db, home.scope, rule).await.expect("begins");
            assert_eq!(home.step(rule, false).await.ok(), Some(false));
        }
        let now: Vec<(CategoryId, Source)> = {
            let mut now = Vec::new();
            for row in &rows {
                now.push(home.category(*row).await);
            }
            now
        };
        assert_eq!((now[0], now[1], now[3]), ((gifts, Source::Rule), (coffee, Source::Rule), (coffee, Source::Person)));
        assert_eq!(now[2].1, Source::Seller);
        home.assert_sound().await;
    }

    async fn a_rule_is_asked_about_what_came_and_not_about_what_rules_made_of_it(bench: Bench) {
        let home = Home::new(bench).await;
        let (coffee, gifts) = (id("FOOD_AND_DRINK_COFFEE"), id("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES"));
        let (renamed, mine) = (home.enter("AMZN MKTP US*2K3", -100).await.id, home.enter("AMZN MKTP US*2K4", -100).await.id);
        let shop = home.category(renamed).await.0;
        // It gives another name than the one that it asks for, and another category.
        let actions = |note: &str, category| Actions {
            merchant_name: Some("Bezos".into()),
            note: Some(note.into()),
            category: Some(category),
            ..Actions::default()
        };
        let condition = Condition::All(vec![contains("amazon"), Condition::Category(vec![shop])]);
        let rule = home.create(condition.clone(), actions("one", gifts)).await.expect("creates").id;
        let run = async || {
            apply(&home.bench.db, home.scope, rule).await.expect("begins");
            assert_eq!(home.step(rule, false).await.ok(), Some(false));
            home.assert_sound().await;
            home.progress().await.changed
        };
        let row = async |id| transactions::get(&home.bench.db, home.scope, id).await.expect("reads");
        assert_eq!((run().await, run().await), (2, 0));
        // A person takes the note and the name away from one of them: it does not come back.
        let change = transactions::UpdateTransaction { note: Some(None), merchant_name: Some(None), ..transactions::UpdateTransaction::of(mine) };
        transactions::update(&home.bench.db, home.scope, change).await.expect("updates");
        let changed = UpdateRule {
            id: rule,
            name: None,
            condition: None,
            actions: Some(actions("two", coffee)),
            stops: None,
            is_on: None,
        };
        update(&home.bench.db, home.scope, changed).await.expect("updates");
        let tried = PreviewRule { id: Some(rule), condition, actions: actions("two", coffee), stops: false };
        let preview = preview(&home.bench.db, home.scope, tried, 10).await.expect("tries");
        assert_eq!((preview.holds, preview.changes), (2, 2));
        assert_eq!(run().await, 2);
        let (renamed, mine, next) = (row(renamed).await, row(mine).await, home.enter("AMZN MKTP US*2K5", -100).await);
        for row in [&renamed, &next] {
            assert_eq!((row.note.as_deref(), row.merchant_name.as_str(), row.category), (Some("two"), "Bezos", coffee));
        }
        assert_eq!((mine.note, mine.merchant_name.as_str(), mine.category), (None, "Amazon", coffee));
    }

    async fn rules_give_no_more_tags_than_a_transaction_has(bench: Bench) {
        let home = Home::new(bench).await;
        let mut tags = Vec::new();
        for number in 0..25 {
            let command = CreateTag { name: format!("Tag {number}"), color: None, idempotency_key: None };
            tags.push(tag::create(&home.bench.db, home.scope, command).await.expect("creates").id);
        }
        for some in tags.chunks(15) {
            home.create(contains("zxqwv"), Actions { tags: some.to_vec(), ..Actions::default() }).await.expect("creates");
        }
        assert_eq!(home.enter("ZXQWV", -100).await.tags, tags[..20]);
        // A rule that asks for nothing but a tag that is gone rests, also where it asks for what has none.
        let has_none = Condition::Not(Box::new(Condition::Tag(vec![tags[0]])));
        home.create(has_none, Actions { note: Some("none".into()), ..Actions::default() }).await.expect("creates");
        assert_eq!(home.enter("QWYLLA", -100).await.note.as_deref(), Some("none"));
        tag::remove(&home.bench.db, home.scope, tags[0]).await.expect("removes");
        assert_eq!(home.enter("QWYLLA", -100).await.note, None);
    }

    async fn rules_are_bounded_all_together(bench: Bench) {
        let home = Home::new(bench).await;
        let actions = || Actions { is_transfer: true, ..Actions::default() };
        let expression = |number: usize| Condition::Matches(format!("^X{number}"));
        let many = Condition::Any((0..99).map(expression).collect());
        let rule = home.create(many, actions()).await.expect("creates").id;
        home.create(expression(100), actions()).await.expect("the hundredth");
        let long = |number: usize| Condition::Any((0..99).map(|text| contains(&format!("{number} {text} {}", "x".repeat(190)))).collect());
        home.create(long(1), actions()).await.expect("20,000 characters");
        home.create(long(2), actions()).await.expect("40,000 characters");
        let too_long = home.create(long(3), actions()).await;
        assert!(matches!(too_long, Err(Error::Conflict { .. })), "{too_long:?}");
        let one_more = home.create(expression(101), actions()).await;
        assert!(matches!(one_more, Err(Error::Conflict { .. })), "{one_more:?}");
        home.turn(rule, false).await;
        assert!(home.create(expression(101), actions()).await.is_err(), "what is off may be turned on");
        // Rules of before are asked as of the last change, in this process and in any other.
        assert_eq!(home.enter("X100 QWYLLA", -100).await.category_source, Source::Rule);
        assert_ne!(home.enter("X5 QWYLLA", -100).await.category_source, Source::Rule);
        home.turn(rule, true).await;
        assert_eq!(home.enter("X5 QWYLLA", -100).await.category_source, Source::Rule);
    }
}
