//! What a person says of a transfer outlives what its bank does to a side of it.

use domain::{
    day::Day,
    id::{AccountId, TransactionId, TransferId},
};
use rust_decimal::Decimal;

use super::{Entry, State, World, bank::line};
use crate::{
    account::{self, CreateAccount},
    testing::{Bench, on_both_engines},
    transaction::{self as transactions, CreateTransaction},
    transfer::{self, LinkTransfer, State as Standing, Transfer},
    verify,
};

const TEXT: &str = "TO MY SAVINGS";

/// A world with a savings account that no bank feeds, and what came into it.
struct Home<'a> {
    world: World<'a>,
    into: TransactionId,
}

fn day(number: i32) -> Day {
    Day::from_number(20_400 + number).expect("a day")
}

/// As the bank announces it.
fn announced(id: &str) -> Entry {
    Entry::Line(domain::line::Line { pending: true, ..line(id, day(1), -50_000, TEXT) })
}

impl<'a> Home<'a> {
    async fn new(bench: &'a Bench) -> Self {
        let world = World::new(bench).await;
        let account = CreateAccount {
            name: "Savings".into(),
            kind: domain::account::AccountKind::Savings,
            currency: "EUR".into(),
            opening_balance: None,
            idempotency_key: None,
        };
        let account = account::create(&bench.db, world.scope, account).await.expect("creates").id;
        let into = row(&world, account).await;
        Self { world, into }
    }

    async fn pull(&self) {
        self.world.pull(10, std::iter::repeat(None)).await;
        let (mut found, db) = (Vec::new(), &self.world.bench.db);
        let question = verify::Question { household: Some(self.world.scope.household()), archive: None };
        verify::verify(db, question, &mut |finding| found.push(finding)).await.expect("looks");
        found
            .retain(|finding| finding.check == verify::Check::Transfer || finding.check == verify::Check::SpendingSums);
        assert_eq!(found, [], "what must always hold");
    }

    /// The announced row, as a transfer by a person's word.
    async fn linked(&mut self) -> TransferId {
        self.world.bank.log.push(announced("p"));
        self.pull().await;
        let [row] = <[_; 1]>::try_from(self.world.rows(State::Pending).await).expect("one row");
        let command =
            LinkTransfer { out: TransactionId(row.id), into: self.into, is_expense: false, idempotency_key: None };
        transfer::link(&self.world.bench.db, self.world.scope, command).await.expect("linked").id
    }

    async fn all(&self) -> Vec<Transfer> {
        let page = transfer::list(&self.world.bench.db, self.world.scope, None, None, None, None).await;
        page.expect("reads").rows.into_iter().map(|(_, transfer)| transfer).collect()
    }

    /// The transfer is that of before, and of the only row that the bank has booked.
    async fn assert_passed(&self, before: TransferId, state: Standing) {
        let booked = self.world.rows(State::Posted).await;
        let [booked] = booked.iter().filter(|row| row.amount_minor < 0).collect::<Vec<_>>()[..] else {
            panic!("{booked:?}")
        };
        let [one] = <[Transfer; 1]>::try_from(self.all().await).expect("one");
        assert_eq!((one.id, one.state, one.is_by_person), (before, state, true));
        assert_eq!((one.out.id.0, one.into.id), (booked.id, self.into));
        assert_eq!(booked.counted_as.is_some(), state == Standing::Confirmed);
    }
}

async fn row(world: &World<'_>, account: AccountId) -> TransactionId {
    let command = CreateTransaction {
        account,
        day: day(1),
        amount: Decimal::from(500),
        description: "CREDIT".into(),
        category: None,
        note: None,
        place: None,
        idempotency_key: None,
    };
    transactions::create(&world.bench.db, world.scope, command).await.expect("creates").id
}

on_both_engines! {
    async fn a_transfer_goes_over_to_the_booking_of_a_later_pull(bench: Bench) {
        let mut home = Home::new(&bench).await;
        let before = home.linked().await;
        home.world.bank.log.push(Entry::Removed("p".into()));
        home.pull().await;
        assert_eq!(home.all().await, [], "there is one side");
        home.world.bank.log.push(Entry::Line(line("b", day(2), -50_000, TEXT)));
        home.pull().await;
        home.assert_passed(before, Standing::Confirmed).await;
    }

    async fn a_transfer_goes_over_to_the_booking_of_a_later_page(bench: Bench) {
        let mut home = Home::new(&bench).await;
        let before = home.linked().await;
        home.world.bank.log.push(Entry::Removed("p".into()));
        home.world.pull_page(10, None).await;
        home.world.bank.log.push(Entry::Line(line("b", day(2), -50_000, TEXT)));
        home.pull().await;
        home.assert_passed(before, Standing::Confirmed).await;
    }

    async fn a_rejection_goes_over_as_well(bench: Bench) {
        let mut home = Home::new(&bench).await;
        let before = home.linked().await;
        transfer::unlink(&bench.db, home.world.scope, before).await.expect("unlinked");
        home.world.bank.log.push(Entry::Removed("p".into()));
        home.pull().await;
        home.world.bank.log.push(Entry::Line(line("b", day(2), -50_000, TEXT)));
        home.pull().await;
        home.assert_passed(before, Standing::Rejected).await;
    }

    async fn a_side_that_comes_back_is_one_again(bench: Bench) {
        let mut home = Home::new(&bench).await;
        let before = home.linked().await;
        home.world.bank.log.push(Entry::Removed("p".into()));
        home.pull().await;
        home.world.bank.log.push(Entry::Line(line("p", day(1), -50_000, TEXT)));
        home.pull().await;
        home.assert_passed(before, Standing::Confirmed).await;
    }

    async fn what_a_person_says_meanwhile_is_the_answer(bench: Bench) {
        let mut home = Home::new(&bench).await;
        home.linked().await;
        home.world.bank.log.push(Entry::Removed("p".into()));
        home.pull().await;
        home.world.bank.log.push(Entry::Line(line("x", day(3), -50_000, "ANOTHER PURCHASE")));
        home.pull().await;
        let other = home.world.rows(State::Posted).await.into_iter().find(|row| row.descriptor.starts_with("ANOTHER"));
        let out = TransactionId(other.expect("booked").id);
        let command = LinkTransfer { out, into: home.into, is_expense: false, idempotency_key: None };
        let linked = transfer::link(&bench.db, home.world.scope, command).await.expect("linked");
        home.world.bank.log.push(Entry::Line(line("b", day(2), -50_000, TEXT)));
        home.pull().await;
        let [one] = <[Transfer; 1]>::try_from(home.all().await).expect("one");
        assert_eq!((one.id, one.out.id), (linked.id, out));
    }
}
