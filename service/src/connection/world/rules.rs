//! What rules give a row follows what its bank says of it; what a person set stays.

use domain::{
    category::{self, CategoryId},
    day::Day,
    id::{TagId, TransactionId},
    line::Line,
    rule::{Actions, Condition, Piece, Size, contains},
};
use rust_decimal::Decimal;

use super::{Entry, State, World, bank::line, ledger};
use crate::{
    rule::{self, CreateRule},
    tag::{self, CreateTag},
    testing::on_both_engines,
    transaction::{self, NewPart, SplitTransaction, UpdateTransaction, update},
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
        let mut command = UpdateTransaction::of(TransactionId(id));
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
                    excludes: false,
                    split: Vec::new(),
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
        assert_eq!((CategoryId(row.category_id), row.rule_id, row.ruled), (coffee, None, Some(1 << 8)));
        assert_eq!(row.tags.as_deref(), Some(",2,"));
    }

    async fn a_split_follows_the_amount(bench: Bench) {
        let mut world = World::new(&bench).await;
        let (coffee, gifts) = (category("FOOD_AND_DRINK_COFFEE"), category("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES"));
        let part = |category, minor: i64| NewPart { category, amount: Some(Decimal::new(minor, 2)), share: None, note: None };
        let split = async |world: &World<'_>, id: i64, parts: Vec<NewPart>| {
            let command = SplitTransaction { id: TransactionId(id), parts };
            transaction::split(&world.bench.db, world.scope, command).await.expect("splits");
            world.pull_all().await;
        };
        let parts = |row: &entity::transaction::Model| {
            let parts = ledger::theirs::parts(row);
            parts.iter().map(|part| (part.category(), part.minor())).collect::<Vec<_>>()
        };
        world.bank.log.push(announced("p", -5_000, "QWYLLA"));
        world.pull_all().await;
        let (id, ..) = world.only(State::Pending).await;
        split(&world, id, vec![part(coffee, -3_000), part(gifts, -2_000)]).await;
        // With a tip.
        world.bank.log.push(booked("b", "p", -5_501, "QWYLLA"));
        world.pull_all().await;
        let row = world.rows(State::Posted).await.remove(0);
        assert_eq!((row.id, parts(&row)), (id, vec![(coffee, -3_301), (gifts, -2_200)]));

        // Taken back without a word and told anew, it is split as it was.
        world.bank.log.push(Entry::Removed("b".into()));
        world.pull_all().await;
        world.bank.log.push(Entry::Line(line("c", day(2), -5_501, "QWYLLA")));
        world.pull_all().await;
        let heir = world.rows(State::Posted).await.remove(0);
        assert_eq!(parts(&heir), [(coffee, -3_301), (gifts, -2_200)]);

        // A rule splits what comes, and follows the amount; what does not fit is left as it is.
        let piece = |category, amount: Option<i64>| Piece {
            category,
            amount: amount.map(|amount| Size(Decimal::from(amount))),
            share: amount.is_none().then_some(Size(Decimal::ONE)),
        };
        let rent = Actions { split: vec![piece(gifts, Some(30)), piece(coffee, None)], ..Actions::default() };
        world.rule(contains("hexum"), rent).await;
        for (number, minor) in [-4_000, -3_000, 3_500].into_iter().enumerate() {
            world.bank.log.push(Entry::Line(line(&format!("r{number}"), day(3), minor, "HEXUM")));
        }
        world.pull_all().await;
        let mut rows = world.rows(State::Posted).await;
        rows.retain(|row| row.descriptor == "HEXUM");
        assert_eq!(
            rows.iter().map(|row| (parts(row), row.ruled)).collect::<Vec<_>>(),
            [(vec![(gifts, -3_000), (coffee, -1_000)], Some(8)), (Vec::new(), None), (vec![(gifts, 3_000), (coffee, 500)], Some(8))]
        );
        // Whoever chooses a category for all of it has it whole; and a rule splits nothing that somebody has chosen.
        world.set(rows[2].id, |it| it.category = Some(gifts)).await;
        let whole = |rows: Vec<entity::transaction::Model>, id| rows.into_iter().find(|row| row.id == id).expect("the row").parts.is_none();
        assert!(whole(world.rows(State::Posted).await, rows[2].id));
        world.bank.log.push(Entry::Line(line("r2", day(3), 3_700, "HEXUM")));
        world.pull_all().await;
        assert!(whole(world.rows(State::Posted).await, rows[2].id), "also when its bank corrects it");
        split(&world, rows[0].id, Vec::new()).await;
        assert_eq!(parts(&world.rows(State::Posted).await.into_iter().find(|row| row.id == rows[0].id).expect("it")), []);
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

    async fn what_a_person_has_taken_away_is_an_estate(bench: Bench) {
        let mut world = World::new(&bench).await;
        world.rule(contains("zxqwv"), Actions { note: Some("by rule".into()), ..Actions::default() }).await;
        world.bank.log.push(announced("p", -500, "ZXQWV"));
        world.pull_all().await;
        let (id, ..) = world.only(State::Pending).await;
        world.set(id, |it| it.note = Some(None)).await;
        world.bank.log.push(Entry::Removed("p".into()));
        world.pull_all().await;
        // Under another name, in a later pull: the rule holds for it, and the person's word goes over.
        world.bank.log.push(Entry::Line(line("c", day(2), -500, "QWYLLA ZXQWV")));
        world.pull_all().await;
        let [heir] = <[_; 1]>::try_from(world.rows(State::Posted).await).expect("one row");
        assert_ne!(heir.id, id);
        assert_eq!(heir.note, None);
    }

    async fn an_import_that_is_taken_back_takes_along_what_only_rules_have_touched(bench: Bench) {
        let world = World::new(&bench).await;
        let tag = world.tag("Trips").await;
        world.rule(contains("zxqwv"), Actions { tags: vec![tag], note: Some("by rule".into()), ..Actions::default() }).await;
        let lines = vec![line("1", day(1), -500, "ZXQWV"), line("2", day(2), -600, "ZXQWV")];
        let statement = world.import(lines).await;
        let rows = world.rows(State::Posted).await;
        assert!(rows.len() == 2 && rows.iter().all(|row| row.tags.as_deref() == Some(",1,") && row.ruled == Some(6)), "{rows:?}");
        world.set(rows[1].id, |it| it.tags = Some(vec![tag])).await;
        world.undo(statement, true).await;
        let [kept] = <[_; 1]>::try_from(world.rows(State::Posted).await).expect("one row");
        assert_eq!((kept.id, kept.tags.as_deref()), (rows[1].id, Some(",1,")), "a person's tag is kept");
    }
}
