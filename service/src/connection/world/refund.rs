//! What a person says of a refund outlives what its bank does to it and to its purchase.

use domain::{
    category::{self, CategoryId},
    day::Day,
    id::TransactionId,
};

use super::{Entry, State, World, bank::line};
use crate::{
    refund::{self, LinkRefund},
    testing::on_both_engines,
    transaction::{self as transactions, UpdateTransaction},
    verify,
};

const TEXT: &str = "QWYLLA 0001";

fn day(number: i32) -> Day {
    Day::from_number(20_400 + number).expect("a day")
}

fn coffee() -> CategoryId {
    category::by_key("FOOD_AND_DRINK_COFFEE").expect("known").id
}

fn announced(id: &str, minor: i64) -> Entry {
    Entry::Line(domain::line::Line { pending: true, ..line(id, day(1), minor, TEXT) })
}

impl World<'_> {
    async fn pull_and_look(&self) {
        self.pull(10, std::iter::repeat(None)).await;
        let (mut found, db) = (Vec::new(), &self.bench.db);
        let question = verify::Question { household: Some(self.scope.household()), archive: None };
        verify::verify(db, question, &mut |finding| found.push(finding)).await.expect("looks");
        found.retain(|finding| {
            matches!(finding.check, verify::Check::Refund | verify::Check::Transfer | verify::Check::SpendingSums)
        });
        assert_eq!(found, [], "what must always hold");
    }

    /// The bank announces a purchase and books what came back of it, and a person links the two.
    async fn refunded(&mut self) -> (TransactionId, TransactionId) {
        self.bank.log.extend([announced("p", -5_000), Entry::Line(line("r", day(4), 2_000, TEXT))]);
        self.pull_and_look().await;
        let [purchase] = <[_; 1]>::try_from(self.rows(State::Pending).await).expect("one row");
        let [refund] = <[_; 1]>::try_from(self.rows(State::Posted).await).expect("one row");
        let (purchase, refund) = (TransactionId(purchase.id), TransactionId(refund.id));
        refund::link(&self.bench.db, self.scope, LinkRefund { refund, purchase }).await.expect("links");
        let chosen = UpdateTransaction { category: Some(coffee()), ..UpdateTransaction::of(purchase) };
        transactions::update(&self.bench.db, self.scope, chosen).await.expect("chosen");
        (purchase, refund)
    }

    /// Of which purchase the refund is, and whether it counts as that.
    async fn assert_of(&self, refund: TransactionId, purchase: Option<TransactionId>) {
        let row = transactions::get(&self.bench.db, self.scope, refund).await.expect("reads");
        let shown = refund::purchases(&self.bench.db, self.scope, &[refund]).await.expect("reads");
        assert_eq!(shown.get(&refund).map(|one| one.id), purchase);
        assert_eq!(row.category == coffee(), purchase.is_some(), "{row:?}");
    }

    async fn booked(&self) -> TransactionId {
        let booked = self.rows(State::Posted).await.into_iter().find(|row| row.amount_minor < 0);
        TransactionId(booked.expect("booked").id)
    }
}

on_both_engines! {
    async fn a_purchase_is_booked_with_a_tip(bench: Bench) {
        let mut world = World::new(&bench).await;
        let (purchase, refund) = world.refunded().await;
        world.bank.log.push(Entry::Line(domain::line::Line { replaces_source_id: Some("p".into()), ..line("b", day(2), -5_500, TEXT) }));
        world.pull_and_look().await;
        assert_eq!(world.booked().await, purchase);
        world.assert_of(refund, Some(purchase)).await;
    }

    async fn a_refund_goes_over_to_the_booking_of_its_purchase(bench: Bench) {
        let mut world = World::new(&bench).await;
        let (_, refund) = world.refunded().await;
        world.bank.log.push(Entry::Removed("p".into()));
        world.pull_and_look().await;
        world.assert_of(refund, None).await;
        world.bank.log.push(Entry::Line(line("b", day(2), -5_000, TEXT)));
        world.pull_and_look().await;
        world.assert_of(refund, Some(world.booked().await)).await;
    }

    async fn a_purchase_that_comes_back_is_refunded_again(bench: Bench) {
        let mut world = World::new(&bench).await;
        let (purchase, refund) = world.refunded().await;
        world.bank.log.push(Entry::Removed("p".into()));
        world.pull_and_look().await;
        world.bank.log.push(Entry::Line(line("p", day(1), -5_000, TEXT)));
        world.pull_and_look().await;
        world.assert_of(refund, Some(purchase)).await;
    }

    async fn a_refund_that_is_booked_anew_is_still_one(bench: Bench) {
        let mut world = World::new(&bench).await;
        let (purchase, _) = world.refunded().await;
        world.bank.log.extend([Entry::Removed("r".into()), Entry::Line(line("r2", day(4), 2_000, TEXT))]);
        world.pull_and_look().await;
        let refund = world.rows(State::Posted).await.into_iter().find(|row| row.amount_minor > 0).expect("booked");
        world.assert_of(TransactionId(refund.id), Some(purchase)).await;
    }
}
