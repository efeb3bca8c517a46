//! What rules give a row follows what its bank says of it; what a person set stays.

use domain::{
    category::{self, CategoryId},
    day::Day,
    id::{TagId, TransactionId},
    line::Line,
    rule::{Actions, Condition, contains},
};

use super::{Entry, State, World, bank::line, ledger};
use crate::{
    rule::{self, CreateRule},
    tag::{self, CreateTag},
    testing::on_both_engines,
    transaction::{UpdateTransaction, update},
    verify,
};

fn day(number: i32) -> Day {
    Day::from_number(20_400 + number).expect("a day")
}

fn category(key: &str) -> CategoryId {
    category::by_key(key).expect(key).id
}

fn announced(id: &str, minor: i64, text: &str) -> Entry {
    Entry::Line(Line { pending: true, ..line(id, day(1), minor, text) })
}

fn booked(id: &str, of: &str, minor: i64, text: &str) -> Entry {
    Entry::Line(Line { replaces_source_id: Some(of.to_owned()), ..line(id, day(2), minor, text) })
}

impl World<'_> {
    async fn tag(&self, name: &str) -> TagId {
        let command = CreateTag { name: name.into(), color: None, idempotency_key: None };
        tag::create(&self.bench.db, self.scope, command).await.expect("creates").id
    }

    async fn rule(&self, condition: Condition, actions: Actions) {
        let command =
            CreateRule { name: "A rule".into(), condition, actions, stops: false, is_on: true, idempotency_key: None };
        rule::create(&self.bench.db, self.scope, command).await.expect("creates");
    }

    async fn pull_all(&self) {
        self.pull(10, std::iter::repeat(None)).await;
        self.assert_sums().await;
        let (mut found, db) = (Vec::new(), &self.bench.db);
        let question = verify::Question { household: Some(self.scope.household()), archive: None };
        verify::verify(db, question, &mut |finding| found.push(finding)).await.expect("looks");
        found.retain(|finding| matches!(finding.check, verify::Check::TransactionCode | verify::Check::SpendingSums));
        assert_eq!(found, [], "what must always hold");
    }

    /// The category, what the merchant is called, the note and the tags of the only row in a state.
    async fn only(&self, state: State) -> (i64, CategoryId, Option<String>, Option<String>, Vec<TagId>) {
        let [row] = <[_; 1]>::try_from(self.rows(state).await).expect("one row");
        let tags = ledger::theirs::tags(&row);
        (row.id, CategoryId(row.category_id), row.merchant_name, row.note, tags)
    }

    async fn set(&self, id: i64, change: impl FnOnce(&mut UpdateTransaction)) {
        let mut command = UpdateTransaction {
            id: TransactionId(id),
            category: None,
            is_remembered: false,
            note: None,
            merchant_name: None,
            tags: None,
        };
        change(&mut command);
        update(&self.bench.db, self.scope, command).await.expect("changed");
    }
}

on_both_engines! {
    async fn what_rules_gave_follows_the_booking(bench: Bench) {
        let mut world = World::new(&bench).await;
        let (trips, fun) = (world.tag("Trips").await, world.tag("Fun").await);
        let coffee = category("FOOD_AND_DRINK_COFFEE");
        let gifts = category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES");
        world
            .rule(
                contains("zxqwv"),
                Actions {
                    category: Some(gifts),
                    merchant_name: Some("The place".into()),
                    note: Some("by rule".into()),
                    tags: vec![trips],
                    is_transfer: false,
                },
            )
            .await;
        world.rule(Condition::Tag(vec![trips]), Actions { tags: vec![fun], ..Actions::default() }).await;
        world.rule(contains("settled"), Actions { category: Some(coffee), ..Actions::default() }).await;

        world.bank.log.push(announced("p", -500, "ZXQWV 0001"));
        world.pull_all().await;
        let (id, given, name, note, tags) = world.only(State::Pending).await;
        assert_eq!((given, name.as_deref(), note.as_deref(), tags), (gifts, Some("The place"), Some("by rule"), vec![trips, fun]));

        // Booked under another text: what holds no more is taken back, what holds now is given.
        world.bank.log.push(booked("b", "p", -550, "SETTLED QWYLLA"));
        world.pull_all().await;
        let now = world.only(State::Posted).await;
        assert_eq!(now, (id, coffee, None, None, Vec::new()));

        // What a person set stays whatever the bank says, and what they took away stays away.
        world.bank.log.push(announced("p2", -700, "ZXQWV 0002"));
        world.pull_all().await;
        let (id, ..) = world.only(State::Pending).await;
        world.set(id, |it| (it.note, it.tags) = (Some(Some("mine".into())), Some(vec![fun]))).await;
        world.set(id, |it| (it.merchant_name, it.category) = (Some(None), Some(coffee))).await;
        world.bank.log.push(booked("b2", "p2", -710, "ZXQWV 0002"));
        world.pull_all().await;
        let row = world.rows(State::Posted).await.into_iter().find(|row| row.id == id).expect("the row");
        assert_eq!((row.amount_minor, row.note.as_deref(), row.merchant_name), (-710, Some("mine"), None));
        assert_eq!((CategoryId(row.category_id), row.rule_id, row.ruled), (coffee, None, None));
        assert_eq!(row.tags.as_deref(), Some(",2,"));
    }

    async fn what_rules_gave_is_no_estate(bench: Bench) {
        let mut world = World::new(&bench).await;
        let note = Actions { note: Some("by rule".into()), ..Actions::default() };
        world.rule(contains("zxqwv"), note).await;
        world.bank.log.push(announced("p", -500, "ZXQWV"));
        world.bank.log.push(announced("q", -900, "ZXQWV"));
        world.pull_all().await;
        let [large, small] = <[_; 2]>::try_from(world.rows(State::Pending).await).expect("two rows");
        assert_eq!((small.note.as_deref(), large.note.as_deref()), (Some("by rule"), Some("by rule")));
        world.set(large.id, |it| it.note = Some(Some("mine".into()))).await;
        // The bank takes both back, and brings what may have become of them.
        for entry in [Entry::Removed("p".into()), Entry::Removed("q".into())] {
            world.bank.log.push(entry);
        }
        world.pull_all().await;
        world.bank.log.push(Entry::Line(line("c", day(2), -900, "ZXQWV LATER")));
        world.bank.log.push(Entry::Line(line("d", day(2), -500, "QWYLLA")));
        world.pull_all().await;
        let notes: Vec<Option<String>> = world.rows(State::Posted).await.into_iter().map(|row| row.note).collect();
        assert_eq!(notes, [Some("mine".to_owned()), None], "a person's note goes over to the heir, a rule's does not");
    }

    async fn an_import_that_is_taken_back_takes_along_what_only_rules_have_touched(bench: Bench) {
        let world = World::new(&bench).await;
        let tag = world.tag("Trips").await;
        world.rule(contains("zxqwv"), Actions { tags: vec![tag], note: Some("by rule".into()), ..Actions::default() }).await;
        let lines = vec![line("1", day(1), -500, "ZXQWV"), line("2", day(2), -600, "ZXQWV")];
        let statement = world.import(lines).await;
        let rows = world.rows(State::Posted).await;
        assert!(rows.len() == 2 && rows.iter().all(|row| row.tags.as_deref() == Some(",1,") && row.ruled == Some(6)), "{rows:?}");
        world.set(rows[0].id, |it| it.tags = Some(Vec::new())).await;
        world.set(rows[1].id, |it| it.tags = Some(vec![tag])).await;
        world.undo(statement, true).await;
        let [kept] = <[_; 1]>::try_from(world.rows(State::Posted).await).expect("one row");
        assert_eq!((kept.id, kept.tags.as_deref()), (rows[1].id, Some(",1,")), "a person's tag is kept");
    }
}
