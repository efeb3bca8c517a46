use domain::{
    account::AccountKind,
    category::{self, Kind},
    day::Day,
    id::{AccountId, TransactionId, TransferId},
};
use rust_decimal::Decimal;
use scoped_futures::ScopedFutureExt;

use super::{ConfirmTransfer, LinkTransfer, State, Transfer, confirm, link, list, matching, reject, unlink};
use crate::{
    Error, Result, Scope,
    account::{self, CreateAccount},
    duplicate::{self, MergeTransactions, UnmergeTransactions},
    household, spending,
    testing::{Bench, on_both_engines},
    transaction::{self as transactions, CreateTransaction, Filter, UpdateTransaction},
    verify,
};

/// A household with accounts of its own.
struct Home {
    bench: Bench,
    scope: Scope,
    checking: AccountId,
    savings: AccountId,
    loan: AccountId,
}

const OUT: &str = "TRANSFER TO SAVINGS";
const IN: &str = "TRANSFER FROM CHECKING";

fn day(number: i32) -> Day {
    Day::from_number(20_400 + number).expect("a day")
}

impl Home {
    async fn new(bench: Bench) -> Self {
        let scope = Scope::of_operator(household::create(&bench.db, "home", "EUR").await.expect("creates"));
        let account = async |name: &str, kind, currency: &str| {
            let command = CreateAccount {
                name: name.into(),
                kind,
                currency: currency.into(),
                opening_balance: None,
                idempotency_key: None,
            };
            account::create(&bench.db, scope, command).await.expect("creates").id
        };
        let checking = account("Checking", AccountKind::Checking, "EUR").await;
        let savings = account("Savings", AccountKind::Savings, "EUR").await;
        let loan = account("House", AccountKind::Loan, "EUR").await;
        Self { bench, scope, checking, savings, loan }
    }

    /// A booked row. What does not say that it is a transfer is groceries or wages, so that a sum shows whether it counts.
    async fn row(&self, account: AccountId, number: i32, minor: i64, description: &str) -> TransactionId {
        let key = if minor < 0 { "FOOD_AND_DRINK_GROCERIES" } else { "INCOME_WAGES" };
        let command = CreateTransaction {
            account,
            day: day(number),
            amount: Decimal::new(minor, 2),
            description: description.into(),
            category: None,
            note: None,
            place: None,
            idempotency_key: None,
        };
        let id = transactions::create(&self.bench.db, self.scope, command).await.expect("creates").id;
        if [OUT, IN].contains(&description) {
            return id;
        }
        let category = category::all().iter().find(|known| known.key == key).expect("a category").id;
        // Nobody has chosen it, but that is what it was found to be.
        let sql = r#"UPDATE "transaction" SET category_id = $3 WHERE household_id = $1 AND id = $2"#;
        let values = [self.scope.household().0.into(), id.0.into(), category.0.into()];
        let db = &self.bench.db;
        sea_orm::ConnectionTrait::execute_raw(db.writer(), db.statement(sql, values)).await.expect("updates");
        let scope = self.scope;
        let rebuilt = db
            .write(scope, move |unit| async move { crate::ledger::sums::rebuild(unit, account.0).await }.scope_boxed());
        rebuilt.await.expect("adds up");
        id
    }

    /// Runs what is due, as the job does.
    async fn find(&self) {
        let step =
            || self.bench.db.write(self.scope, |unit| async move { matching::step(unit, false).await }.scope_boxed());
        while step().await.expect("a step") {}
    }

    async fn all(&self, state: Option<State>) -> Vec<Transfer> {
        let page = list(&self.bench.db, self.scope, state, None, None, None).await.expect("reads");
        page.rows.into_iter().map(|(_, transfer)| transfer).collect()
    }

    /// The only one.
    async fn only(&self) -> Transfer {
        let [only] = <[Transfer; 1]>::try_from(self.all(None).await).expect("one");
        only
    }

    async fn link(&self, out: TransactionId, into: TransactionId) -> Result<Transfer> {
        let command = LinkTransfer { out, into, is_expense: false, idempotency_key: None };
        link(&self.bench.db, self.scope, command).await
    }

    async fn confirm(&self, transfer: TransferId, is_expense: bool) -> Result<Transfer> {
        confirm(&self.bench.db, self.scope, ConfirmTransfer { transfer, is_expense }).await
    }

    /// What was spent and what came in, by the sums that are kept and by the rows, in minor units.
    async fn sums(&self) -> (i64, i64) {
        let mut found = Vec::new();
        for kind in [Kind::Spending, Kind::Income] {
            // Whole months are read from the sums, others from the rows.
            let (first, last) = (day(-60).month().first_day(), day(90).month().last_day());
            let mut of_kind = Vec::new();
            for (from, to) in [(first, last), (first, last.plus(1))] {
                let question =
                    spending::Question { from, to, grouping: spending::Grouping::Category, kind, within: None };
                let sum = spending::sum(&self.bench.db, self.scope, None, question).await.expect("reads");
                of_kind.push(sum.totals.iter().map(|total| total.minor).sum::<i64>());
            }
            assert_eq!(of_kind[0], of_kind[1], "the sums are what the rows say");
            found.push(of_kind[0]);
        }
        self.assert_sound().await;
        (found[0], found[1])
    }

    async fn assert_sound(&self) {
        let question = verify::Question { household: Some(self.scope.household()), archive: None };
        let mut found = Vec::new();
        verify::verify(&self.bench.db, question, &mut |finding| found.push(finding)).await.expect("looks");
        assert_eq!(found, [], "what must always hold");
    }
}

fn field(refused: Result<Transfer>) -> &'static str {
    match refused {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

fn is_conflict<T: std::fmt::Debug>(refused: &Result<T>) -> bool {
    matches!(refused, Err(Error::Conflict { .. }))
}

on_both_engines! {
    async fn what_speaks_for_itself_is_no_spending_and_no_income(bench: Bench) {
        let home = Home::new(bench).await;
        home.row(home.checking, 1, -50_000, OUT).await;
        home.row(home.savings, 2, 50_000, IN).await;
        home.row(home.checking, 2, -4_217, "REWE MARKT").await;
        home.find().await;
        let transfer = home.only().await;
        assert_eq!((transfer.state, transfer.is_by_person, transfer.reserve), (State::Confirmed, false, None));
        assert_eq!(home.sums().await, (4_217, 0));
        // Looked at again nothing changes.
        home.find().await;
        assert_eq!(home.only().await, transfer);
        // A category that a person gives such a row would count it once more.
        let other = category::all().iter().find(|known| known.key == "TRAVEL_FLIGHTS").expect("a category").id;
        let command = UpdateTransaction { category: Some(other), ..UpdateTransaction::of(transfer.out.id) };
        assert!(is_conflict(&transactions::update(&home.bench.db, home.scope, command).await));
        // A list of a category has what its sum has.
        let filter = Filter { categories: vec![transfer.out.category], ..Filter::default() };
        let (order, slice) = (transactions::Order::DateDescending, transactions::Slice::default());
        let page = transactions::list(&home.bench.db, home.scope, None, &filter, order, &slice).await;
        let ids: Vec<TransactionId> = page.expect("reads").rows.iter().map(|(_, row)| row.id).collect();
        assert_eq!(ids, [transfer.out.id]);
    }

    async fn a_proposal_changes_nothing_until_a_person_answers(bench: Bench) {
        let home = Home::new(bench).await;
        let out = home.row(home.checking, 1, -8_000, "IKEA BERLIN").await;
        let into = home.row(home.savings, 2, 8_000, "GUTSCHRIFT").await;
        let sums = (8_000, 8_000);
        let proposed = home.link(out, into).await.expect("linked");
        assert_eq!((proposed.state, proposed.is_by_person, proposed.confidence_percent), (State::Confirmed, true, None));
        assert_eq!(home.sums().await, (0, 0));
        let rejected = unlink(&home.bench.db, home.scope, proposed.id).await.expect("unlinked");
        assert_eq!((rejected.state, rejected.id), (State::Rejected, proposed.id));
        assert_eq!(home.sums().await, sums);
        // A rejection is remembered, whatever comes.
        home.row(home.savings, 3, 100, "INTEREST").await;
        home.find().await;
        assert_eq!(home.all(Some(State::Rejected)).await.len(), 1);
        assert_eq!(home.all(None).await.len(), 1);
        assert!(is_conflict(&home.confirm(proposed.id, false).await));
        assert!(unlink(&home.bench.db, home.scope, proposed.id).await.is_ok(), "again is no error");
        assert!(reject(&home.bench.db, home.scope, proposed.id).await.is_ok());
        // But for the person's own word.
        let again = home.link(out, into).await.expect("linked");
        assert_eq!((again.id, again.state), (proposed.id, State::Confirmed));
        assert_eq!(home.sums().await, (0, 100));
        assert!(is_conflict(&reject(&home.bench.db, home.scope, again.id).await), "a confirmed one is unlinked");
    }

    async fn what_cannot_be_a_transfer_is_refused_and_changes_nothing(bench: Bench) {
        let home = Home::new(bench).await;
        let out = home.row(home.checking, 1, -8_000, "A").await;
        let (into, less) = (home.row(home.savings, 2, 8_000, "B").await, home.row(home.savings, 2, 7_900, "C").await);
        let (back, later) = (home.row(home.checking, 2, 8_000, "D").await, home.row(home.checking, 2, -8_000, "E").await);
        assert_eq!(field(home.link(out, out).await), "inId");
        assert_eq!(field(home.link(into, out).await), "outId");
        assert_eq!(field(home.link(out, later).await), "inId");
        assert_eq!(field(home.link(out, back).await), "inId", "of one account");
        assert_eq!(field(home.link(out, less).await), "inId", "a hundred would be in no sum");
        assert!(matches!(home.link(out, TransactionId(1)).await, Err(Error::NotFound { what: "transaction" })));
        assert!(matches!(home.confirm(TransferId(1), false).await, Err(Error::NotFound { what: "transfer" })));
        assert_eq!(home.all(None).await, []);
        let linked = home.link(out, into).await.expect("linked");
        assert!(is_conflict(&home.link(later, into).await), "a row is in one transfer");
        assert_eq!(field(home.confirm(linked.id, true).await), "countAsExpense");
        assert_eq!(home.only().await, linked);
        assert_eq!(home.sums().await, (8_000, 15_900));
    }

    async fn a_loan_counts_as_the_household_wants(bench: Bench) {
        let home = Home::new(bench).await;
        let out = home.row(home.checking, 1, -90_000, "RATE DARLEHEN").await;
        let into = home.row(home.loan, 1, 90_000, "ZAHLUNG").await;
        let linked = home.link(out, into).await.expect("linked");
        assert!(linked.pays_loan);
        assert_eq!(home.sums().await, (0, 0));
        assert!(home.confirm(linked.id, true).await.expect("confirmed").is_expense);
        assert_eq!(home.sums().await, (90_000, 0), "what comes into the loan is no income");
        assert!(!home.confirm(linked.id, false).await.expect("confirmed").is_expense);
        assert_eq!(home.sums().await, (0, 0));
    }

    async fn a_side_that_goes_leaves_the_other_one_as_what_it_is(bench: Bench) {
        let home = Home::new(bench).await;
        let out = home.row(home.checking, 1, -50_000, "A").await;
        let into = home.row(home.savings, 2, 50_000, "B").await;
        home.link(out, into).await.expect("linked");
        assert_eq!(home.sums().await, (0, 0));
        transactions::delete(&home.bench.db, home.scope, into).await.expect("deleted");
        assert_eq!(home.sums().await, (50_000, 0));
        assert_eq!(home.all(None).await, []);
        home.find().await;
        assert_eq!(home.all(None).await, []);
        // Another one takes its place.
        let other = home.row(home.savings, 3, 50_000, "C").await;
        home.link(out, other).await.expect("linked");
        assert_eq!(home.only().await.out.id, out);
        assert_eq!(home.sums().await, (0, 0));
    }

    async fn a_merge_takes_the_transfer_along(bench: Bench) {
        let home = Home::new(bench).await;
        let out = home.row(home.checking, 1, -8_000, "A").await;
        let twin = home.row(home.checking, 1, -8_000, "B").await;
        let into = home.row(home.savings, 2, 8_000, "C").await;
        let linked = home.link(twin, into).await.expect("linked");
        assert_eq!(home.sums().await, (8_000, 0));
        let command = MergeTransactions { kept: out, gone: twin, idempotency_key: None };
        duplicate::merge(&home.bench.db, home.scope, command).await.expect("merged");
        let after = home.only().await;
        assert_eq!((after.id, after.out.id, after.state), (linked.id, out, State::Confirmed));
        assert_eq!(home.sums().await, (0, 0));
        let merge = duplicate::merged(&home.bench.db, home.scope, &[out]).await.expect("reads")[&out][0].id;
        duplicate::unmerge(&home.bench.db, home.scope, UnmergeTransactions { merge }).await.expect("unmerged");
        assert_eq!(home.only().await.out.id, out);
        assert_eq!(home.sums().await, (8_000, 0));
    }

    async fn whatever_happens_the_sums_are_those_of_the_rows(bench: Bench) {
        let home = Home::new(bench).await;
        // A life of its own: the same at every run.
        let mut dice = 7_u64;
        let mut roll = move |sides: usize| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(dice >> 33).expect("31 bits") % sides
        };
        let (db, scope) = (&home.bench.db, home.scope);
        let mut ids: Vec<TransactionId> = Vec::new();
        let (mut stood, mut fell) = (0, 0);
        for _ in 0..140 {
            let account = [home.checking, home.savings, home.loan][roll(3)];
            let transfers = home.all(None).await;
            let one = (!transfers.is_empty()).then(|| transfers[roll(transfers.len())].clone());
            match (roll(8), one) {
                (0..=2, _) => {
                    let minor = [-500, 500, -700, 700][roll(4)];
                    let number = i32::try_from(roll(9)).expect("small");
                    ids.push(home.row(account, number, minor, [OUT, IN, "REWE MARKT"][roll(3)]).await);
                }
                (3, _) => home.find().await,
                (4, _) if ids.len() > 1 => {
                    // Most pairs cannot be linked.
                    for _ in 0..12 {
                        if home.link(ids[roll(ids.len())], ids[roll(ids.len())]).await.is_ok() {
                            stood += 1;
                            break;
                        }
                    }
                }
                (5, Some(one)) => {
                    let _ = if roll(2) == 0 { home.confirm(one.id, one.pays_loan).await } else { reject(db, scope, one.id).await };
                }
                (6, Some(one)) => fell += i32::from(unlink(db, scope, one.id).await.is_ok()),
                (7, _) if ids.len() > 1 => {
                    let (kept, gone) = (ids[roll(ids.len())], ids[roll(ids.len())]);
                    if roll(2) == 0 {
                        let _ = duplicate::merge(db, scope, MergeTransactions { kept, gone, idempotency_key: None }).await;
                    } else {
                        let _ = transactions::delete(db, scope, gone).await;
                    }
                }
                _ => {}
            }
            home.sums().await;
        }
        assert!(stood > 2 && fell > 0, "{stood} stood, {fell} fell");
    }
}
