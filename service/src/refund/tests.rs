use domain::{
    account::AccountKind,
    category::{self, CategoryId},
    id::{AccountId, TransactionId},
    rule::{Actions, Piece, Size, contains},
};
use rust_decimal::Decimal;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, QueryFilter};

use super::{LinkRefund, Refund, candidates, link, of_purchases, purchases, unlink};
use crate::{
    Error, Result, Scope,
    account::{self, CreateAccount},
    connection, duplicate, household, rule,
    testing::{Bench, assert_sound, entered, on_both_engines, purse},
    transaction::{self as transactions, NewPart, SplitTransaction, Transaction, UpdateTransaction},
    transfer::{self, LinkTransfer},
};

struct Home {
    bench: Bench,
    scope: Scope,
    card: AccountId,
    bank: AccountId,
}

fn id(key: &str) -> CategoryId {
    category::by_key(key).expect(key).id
}

/// What a transaction counts as: categories with minor units.
type Counted = Vec<(CategoryId, i64)>;

impl Home {
    async fn new(bench: Bench) -> Self {
        let scope = Scope::of_operator(household::create(&bench.db, "home", "EUR").await.expect("creates"));
        let (card, bank) = (purse(&bench.db, scope, "Card").await, purse(&bench.db, scope, "Bank").await);
        Self { bench, scope, card, bank }
    }

    async fn enter(&self, account: AccountId, day: i32, text: &str, minor: i64) -> TransactionId {
        entered(&self.bench.db, self.scope, account, day, (text, minor)).await.id
    }

    async fn set(&self, id: TransactionId, change: impl FnOnce(&mut UpdateTransaction)) -> Result<Transaction> {
        let mut command = UpdateTransaction::of(id);
        change(&mut command);
        let changed = transactions::update(&self.bench.db, self.scope, command).await;
        self.assert_sound().await;
        changed
    }

    async fn split(&self, id: TransactionId, parts: &[(CategoryId, i64)]) {
        let part = |(category, minor): &(CategoryId, i64)| NewPart {
            category: *category,
            amount: Some(Decimal::new(*minor, 2)),
            share: None,
            note: Some("a part".into()),
        };
        let command = SplitTransaction { id, parts: parts.iter().map(part).collect() };
        transactions::split(&self.bench.db, self.scope, command).await.expect("splits");
        self.assert_sound().await;
    }

    async fn link(&self, refund: TransactionId, purchase: TransactionId) -> Result<Refund> {
        let linked = link(&self.bench.db, self.scope, LinkRefund { refund, purchase }).await;
        self.assert_sound().await;
        linked
    }

    async fn counted(&self, id: TransactionId) -> Counted {
        let row = transactions::get(&self.bench.db, self.scope, id).await.expect("reads");
        let parts: Counted = row.parts.iter().map(|part| (part.category(), part.minor())).collect();
        if parts.is_empty() { vec![(row.category, row.amount.minor)] } else { parts }
    }

    async fn row(&self, id: TransactionId) -> entity::transaction::Model {
        let rows = self.scope.find::<entity::transaction::Entity>();
        let row = rows.filter(entity::transaction::Column::Id.eq(id.0)).one(self.bench.db.reader()).await;
        row.expect("reads").expect("a row")
    }

    async fn assert_sound(&self) {
        assert_sound(&self.bench.db, self.scope).await;
    }
}

on_both_engines! {
    async fn a_refund_counts_as_its_purchase_whatever_that_becomes(bench: Bench) {
        let home = Home::new(bench).await;
        let (coffee, gifts, pets) =
            (id("FOOD_AND_DRINK_COFFEE"), id("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES"), id("GENERAL_MERCHANDISE_PET_SUPPLIES"));
        let purchase = home.enter(home.card, 1, "QWYLLA 0001", -10_000).await;
        let refund = home.enter(home.bank, 20, "CREDIT QWYLLA", 4_000).await;
        let before = home.counted(refund).await;
        let linked = home.link(refund, purchase).await.expect("links");
        assert_eq!((linked.refund.id, linked.purchase.map(|it| it.id), linked.refund.refund_of), (refund, Some(purchase), Some(purchase)));
        assert_eq!(linked.refund.because(), "It is a refund, and counts as its purchase.");
        assert_eq!(home.link(refund, purchase).await.expect("again").refund.refund_of, Some(purchase));

        home.set(purchase, |it| it.category = Some(coffee)).await.expect("chosen");
        assert_eq!(home.counted(refund).await, [(coffee, 4_000)]);
        // Split: in proportion, without the notes of the parts, and again when it is split otherwise.
        home.split(purchase, &[(coffee, -9_999), (gifts, -1)]).await;
        assert_eq!(home.counted(refund).await, [(coffee, 4_000)]);
        home.split(purchase, &[(coffee, -6_667), (gifts, -3_333)]).await;
        assert_eq!(home.counted(refund).await, [(coffee, 2_667), (gifts, 1_333)]);
        let row = transactions::get(&home.bench.db, home.scope, refund).await.expect("reads");
        assert!(row.parts.iter().all(|part| part.note().is_none()), "{:?}", row.parts);
        home.split(purchase, &[]).await;
        assert_eq!(home.counted(refund).await, [(coffee, 4_000)]);
        // Excluded: neither is spending nor income.
        home.set(purchase, |it| it.is_excluded = Some(true)).await.expect("excluded");
        assert_eq!(home.counted(refund).await, [(id("TRANSFER_IN_OTHER_TRANSFER_IN"), 4_000)]);
        home.set(purchase, |it| it.is_excluded = Some(false)).await.expect("included");
        assert_eq!(home.counted(refund).await, [(coffee, 4_000)]);

        // What a person says of the refund itself goes before: its category not while it is linked, its parts and its exclusion do.
        let refused = home.set(refund, |it| it.category = Some(pets)).await;
        assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
        home.set(refund, |it| it.is_excluded = Some(true)).await.expect("excluded");
        home.set(refund, |it| it.is_excluded = Some(false)).await.expect("included");
        assert_eq!(home.counted(refund).await, [(coffee, 4_000)]);

        let unlinked = unlink(&home.bench.db, home.scope, refund).await.expect("unlinks");
        assert_eq!((unlinked.refund.refund_of, unlinked.purchase.map(|it| it.id)), (None, Some(purchase)));
        assert_eq!(home.counted(refund).await, before);
        let refused = unlink(&home.bench.db, home.scope, refund).await;
        assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
        home.split(refund, &[(pets, 3_000), (gifts, 1_000)]).await;
        home.link(refund, purchase).await.expect("links");
        home.split(purchase, &[(coffee, -6_667), (gifts, -3_333)]).await;
        assert_eq!(home.counted(refund).await, [(pets, 3_000), (gifts, 1_000)], "the person's own parts stay");
    }

    async fn a_refund_whose_purchase_goes_counts_as_what_it_is(bench: Bench) {
        let home = Home::new(bench).await;
        let coffee = id("FOOD_AND_DRINK_COFFEE");
        let (db, scope) = (&home.bench.db, home.scope);
        let bought = async |day: i32| {
            let purchase = home.enter(home.card, day, "QWYLLA 0001", -10_000).await;
            home.set(purchase, |it| it.category = Some(coffee)).await.expect("chosen");
            let refund = home.enter(home.bank, day + 9, "CREDIT QWYLLA", 4_000).await;
            let before = home.counted(refund).await;
            home.link(refund, purchase).await.expect("links");
            assert_eq!(home.counted(refund).await, [(coffee, 4_000)]);
            (purchase, refund, before)
        };
        // Deleted.
        let (purchase, refund, before) = bought(1).await;
        transactions::delete(db, scope, purchase).await.expect("deletes");
        home.assert_sound().await;
        assert_eq!(home.counted(refund).await, before);
        assert_eq!(purchases(db, scope, &[refund]).await.expect("reads").len(), 0);
        // Become a part of another one: then it is the refund of that, and stays so when it is parted again.
        let (purchase, refund, _) = bought(40).await;
        let kept = home.enter(home.card, 42, "QWYLLA", -10_000).await;
        let merge = duplicate::MergeTransactions { kept, gone: purchase, idempotency_key: None };
        duplicate::merge(db, scope, merge).await.expect("merges");
        home.assert_sound().await;
        assert_eq!(purchases(db, scope, &[refund]).await.expect("reads")[&refund].id, kept);
        assert_eq!(of_purchases(db, scope, &[kept]).await.expect("reads")[&kept][0].id, refund);
        assert_eq!(home.counted(refund).await, [(coffee, 4_000)]);
        // Parted again, it is of the one that it was of.
        let merges = duplicate::merged(db, scope, &[kept]).await.expect("reads");
        let undo = duplicate::UnmergeTransactions { merge: merges[&kept][0].id };
        let parted = duplicate::unmerge(db, scope, undo).await.expect("unmerges");
        home.assert_sound().await;
        assert_eq!(purchases(db, scope, &[refund]).await.expect("reads")[&refund].id, parted.restored.id);
        // The refund itself merged, and parted.
        let other = home.enter(home.bank, 50, "CREDIT QWYLLA", 4_000).await;
        let merge = duplicate::MergeTransactions { kept: other, gone: refund, idempotency_key: None };
        duplicate::merge(db, scope, merge).await.expect("merges");
        home.assert_sound().await;
        assert_eq!(home.counted(other).await, [(coffee, 4_000)]);
        let merges = duplicate::merged(db, scope, &[other]).await.expect("reads");
        let undo = duplicate::UnmergeTransactions { merge: merges[&other][0].id };
        duplicate::unmerge(db, scope, undo).await.expect("unmerges");
        home.assert_sound().await;
        assert_eq!(home.counted(refund).await, [(coffee, 4_000)]);
        assert_eq!(transactions::get(db, scope, other).await.expect("reads").refund_of, None);
        // Its account removed with all that it has.
        let (_, refund, before) = bought(80).await;
        let card = home.card.0;
        db.write(scope, move |unit| async move { connection::remove_rows_of(unit, &[card]).await }.scope_boxed()).await.expect("removes");
        home.assert_sound().await;
        assert_eq!(home.counted(refund).await, before);
    }

    async fn a_refund_follows_its_purchase_into_transfers_and_out(bench: Bench) {
        let home = Home::new(bench).await;
        let (db, scope) = (&home.bench.db, home.scope);
        let coffee = id("FOOD_AND_DRINK_COFFEE");
        let purchase = home.enter(home.card, 1, "QWYLLA 0001", -7_700).await;
        home.set(purchase, |it| it.category = Some(coffee)).await.expect("chosen");
        let refund = home.enter(home.card, 2, "QWYLLA 0002", 7_700).await;
        let into = home.enter(home.bank, 2, "IN", 7_700).await;
        home.link(refund, purchase).await.expect("links");
        let command = || LinkTransfer { out: purchase, into, is_expense: false, idempotency_key: None };
        let linked = transfer::link(db, scope, command()).await.expect("links");
        home.assert_sound().await;
        let as_transfer = home.counted(purchase).await[0].0;
        assert_eq!(home.counted(refund).await, [(as_transfer, 7_700)]);
        transfer::unlink(db, scope, linked.id).await.expect("unlinks");
        home.assert_sound().await;
        assert_eq!(home.counted(refund).await, [(coffee, 7_700)]);
        transfer::link(db, scope, command()).await.expect("links");
        transactions::delete(db, scope, into).await.expect("deletes");
        home.assert_sound().await;
        assert_eq!(home.counted(refund).await, [(coffee, 7_700)]);
        // One booking cannot be both.
        let merge = duplicate::MergeTransactions { kept: purchase, gone: refund, idempotency_key: None };
        assert!(matches!(duplicate::merge(db, scope, merge).await, Err(Error::Conflict { .. })));
        // Deleted, it is no purchase any more: another one may be.
        transactions::delete(db, scope, purchase).await.expect("deletes");
        home.assert_sound().await;
        assert_eq!(transactions::get(db, scope, refund).await.expect("reads").refund_of, None);
    }

    async fn what_a_person_takes_from_a_refund_does_not_stay_for_ever(bench: Bench) {
        let home = Home::new(bench).await;
        let (coffee, gifts, pets) =
            (id("FOOD_AND_DRINK_COFFEE"), id("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES"), id("GENERAL_MERCHANDISE_PET_SUPPLIES"));
        let purchase = home.enter(home.card, 1, "QWYLLA 0001", -10_000).await;
        let refund = home.enter(home.bank, 20, "CREDIT QWYLLA", 5_000).await;
        home.split(purchase, &[(coffee, -5_000), (gifts, -5_000)]).await;
        home.link(refund, purchase).await.expect("links");
        // As long as it is linked, it is what its purchase is, split or not.
        let refused = home.set(refund, |it| it.category = Some(pets)).await;
        assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
        let command = SplitTransaction { id: refund, parts: Vec::new() };
        let refused = transactions::split(&home.bench.db, home.scope, command).await;
        assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
        assert_eq!(home.counted(refund).await, [(coffee, 2_500), (gifts, 2_500)]);
        // Parts that it had, and has no more, are no reason against its purchase's.
        unlink(&home.bench.db, home.scope, refund).await.expect("unlinks");
        home.split(refund, &[(pets, 4_000), (gifts, 1_000)]).await;
        home.split(refund, &[]).await;
        home.link(refund, purchase).await.expect("links");
        assert_eq!(home.counted(refund).await, [(coffee, 2_500), (gifts, 2_500)]);
        // Nor are they forgotten: a rule that would split it does not when it is free again.
        unlink(&home.bench.db, home.scope, refund).await.expect("unlinks");
        home.assert_sound().await;
        let row = home.row(refund).await;
        assert_eq!((row.parts, row.ruled), (None, Some(8 << 8)));
        home.link(refund, purchase).await.expect("links");
        assert_eq!(home.counted(refund).await, [(coffee, 2_500), (gifts, 2_500)]);
        // Of what is excluded it may count all the same.
        home.split(purchase, &[]).await;
        home.set(purchase, |it| (it.category, it.is_excluded) = (Some(coffee), Some(true))).await.expect("excluded");
        assert_eq!(home.counted(refund).await, [(id("TRANSFER_IN_OTHER_TRANSFER_IN"), 5_000)]);
        home.set(refund, |it| it.is_excluded = Some(false)).await.expect("included");
        assert_eq!(home.counted(refund).await, [(coffee, 5_000)]);
    }

    async fn what_rules_want_of_a_refund_comes_back_when_its_link_ends(bench: Bench) {
        let home = Home::new(bench).await;
        let (db, scope) = (&home.bench.db, home.scope);
        let (coffee, gifts) = (id("FOOD_AND_DRINK_COFFEE"), id("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES"));
        let share = |category, share: i64| Piece { category, amount: None, share: Some(Size(Decimal::from(share))) };
        let split = Actions { split: vec![share(coffee, 1), share(gifts, 3)], ..Actions::default() };
        let command = rule::CreateRule {
            name: "R".into(),
            condition: contains("HORNBAX"),
            actions: split,
            stops: false,
            is_on: true,
            idempotency_key: None,
        };
        rule::create(db, scope, command).await.expect("creates");
        let purchase = home.enter(home.card, 1, "QWYLLA 0001", -10_000).await;
        let refund = home.enter(home.bank, 20, "HORNBAX RET", 4_000).await;
        let own = [(coffee, 1_000), (gifts, 3_000)];
        assert_eq!(home.counted(refund).await, own);
        home.link(refund, purchase).await.expect("links");
        assert_eq!(home.counted(refund).await.len(), 1);
        transactions::delete(db, scope, purchase).await.expect("deletes");
        home.assert_sound().await;
        assert_eq!(home.counted(refund).await, own);
    }

    async fn what_can_be_no_refund_is_refused(bench: Bench) {
        let home = Home::new(bench).await;
        let (db, scope) = (&home.bench.db, home.scope);
        let purchase = home.enter(home.card, 1, "QWYLLA 0001", -10_000).await;
        let other = home.enter(home.card, 2, "QWYLLA 0002", -3_000).await;
        let refund = home.enter(home.bank, 20, "CREDIT QWYLLA", 4_000).await;
        let field = async |refund, purchase| match home.link(refund, purchase).await {
            Err(Error::Invalid { field, .. }) => field.to_owned(),
            Err(Error::Conflict { .. }) => "conflict".to_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!([field(purchase, other).await, field(refund, refund).await], ["refundId", "purchaseId"]);
        home.link(refund, purchase).await.expect("links");
        assert_eq!(field(refund, other).await, "conflict", "it is that of another one");
        let into = home.enter(home.bank, 2, "IN", 3_000).await;
        let transfer = LinkTransfer { out: other, into, is_expense: false, idempotency_key: None };
        let linked = transfer::link(db, scope, transfer).await.expect("links");
        assert_eq!([field(into, purchase).await, field(into, other).await], ["conflict", "conflict"]);
        transfer::unlink(db, scope, linked.id).await.expect("unlinks");
        let out = home.enter(home.card, 20, "OUT", -4_000).await;
        let transfer = LinkTransfer { out, into: refund, is_expense: false, idempotency_key: None };
        let refused = transfer::link(db, scope, transfer).await;
        assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
        let stranger = Scope::of_operator(household::create(db, "else", "EUR").await.expect("creates"));
        let refused = link(db, stranger, LinkRefund { refund, purchase }).await;
        assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
        let dollars = CreateAccount {
            name: "Dollars".into(),
            kind: AccountKind::Cash,
            currency: "USD".into(),
            opening_balance: None,
            idempotency_key: None,
        };
        let dollars = account::create(db, scope, dollars).await.expect("creates").id;
        let abroad = home.enter(dollars, 3, "QWYLLA 0003", -10_000).await;
        assert_eq!(field(into, abroad).await, "purchaseId");
    }

    async fn the_likeliest_purchase_is_offered_first(bench: Bench) {
        let home = Home::new(bench).await;
        let (db, scope) = (&home.bench.db, home.scope);
        let enter = async |day, text, minor| home.enter(home.card, day, text, minor).await;
        enter(-400, "QWYLLA 0001", -4_000).await;
        let exact = enter(1, "QWYLLA 0001", -4_000).await;
        let less = enter(12, "QWYLLA 0002", -3_000).await;
        let more = enter(10, "QWYLLA 0003", -9_000).await;
        let given_back = enter(9, "QWYLLA 0003", -4_000).await;
        enter(9, "ZXQWV 0001", -4_000).await;
        enter(40, "QWYLLA 0001", -4_000).await;
        let first = home.enter(home.bank, 13, "QWYLLA 0009", 4_000).await;
        let refund = home.enter(home.bank, 20, "QWYLLA 0004", 4_000).await;
        home.link(first, given_back).await.expect("links");
        let offered = async |refund| candidates(db, scope, refund, 10).await.expect("reads").iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!(offered(refund).await, [exact, more, less]);
        assert_eq!(offered(first).await, [given_back, exact, more, less], "what it is linked to is left for it");
        assert_eq!(offered(exact).await, []);
    }
}
