use domain::{
    categorize::Source,
    category::{self, CategoryId},
    id::{AccountId, SessionId, TransactionId, UserId},
    identity::Role,
    merchant::MerchantId,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::ConnectionTrait;

use super::{Contribution, contribution, set};
use crate::{
    Db, Error, Scope,
    category::{CreateCategory, UpdateCategory},
    household,
    identity::Caller,
    merchant::{self, MergeMerchants},
    testing::{entered, on_both_engines, purse},
    transaction::{self as transactions, UpdateTransaction},
    verify,
};

/// A household with a purse.
#[derive(Clone)]
struct Home {
    db: Db,
    scope: Scope,
    purse: AccountId,
}

fn id(key: &str) -> CategoryId {
    category::by_key(key).expect(key).id
}

impl Home {
    async fn new(db: &Db) -> Self {
        let scope = Scope::of_operator(household::create(db, "home", "EUR").await.expect("creates"));
        let purse = purse(db, scope, "Purse").await;
        Self { db: db.clone(), scope, purse }
    }

    async fn contributing(db: &Db) -> Self {
        let home = Self::new(db).await;
        home.set(true).await;
        home
    }

    /// An owner of its own, as one of a role.
    fn caller(&self, role: Role) -> Caller {
        let scope = Scope::of_member(self.scope.household(), role);
        Caller { user: UserId(self.scope.household().0), session: SessionId(1), scope, seq: 0, until_ms: i64::MAX }
    }

    async fn set(&self, is_on: bool) -> Contribution {
        let now = set(&self.db, &self.caller(Role::Owner), is_on).await.expect("set");
        self.count().await;
        now
    }

    async fn votes(&self) -> usize {
        contribution(&self.db, self.scope).await.expect("reads").votes
    }

    async fn merchant(&self, text: &str) -> MerchantId {
        let row = self.enter(text).await;
        transactions::get(&self.db, self.scope, row).await.expect("reads").merchant
    }

    async fn enter(&self, text: &str) -> TransactionId {
        entered(&self.db, self.scope, self.purse, 0, (text, -500)).await.id
    }

    /// Chooses a category for a merchant, and has it counted.
    async fn choose(&self, text: &str, category: CategoryId) {
        let row = self.enter(text).await;
        let command = UpdateTransaction { category: Some(category), is_remembered: true, ..UpdateTransaction::of(row) };
        transactions::update(&self.db, self.scope, command).await.expect("chosen");
        self.count().await;
    }

    async fn count(&self) {
        while self.db.write(self.scope, |unit| super::count::step(unit).scope_boxed()).await.expect("counts") {}
    }

    /// What is found of a line.
    async fn found(&self, text: &str) -> (CategoryId, Source, Option<u8>) {
        let row = self.enter(text).await;
        let row = transactions::get(&self.db, self.scope, row).await.expect("reads");
        (row.category, row.category_source, row.confidence_percent)
    }
}

async fn assert_sound(db: &Db) {
    let mut found = Vec::new();
    let question = verify::Question { household: None, archive: None };
    verify::verify(db, question, &mut |finding| found.push(finding)).await.expect("looks");
    found.retain(|finding| finding.check != verify::Check::JobLease);
    assert_eq!(found, [], "what must always hold");
}

on_both_engines! {
    async fn five_households_are_heard_by_others(bench: Bench) {
        let db = &bench.db;
        let (coffee, gifts) = (id("FOOD_AND_DRINK_COFFEE"), id("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES"));
        let stranger = Home::new(db).await;
        let before = stranger.found("QWYLLA 0001").await;
        assert_ne!(before.1, Source::Crowd);
        // One that does not contribute does not count.
        stranger.choose("ZXQWV 0001", gifts).await;
        let mut homes = Vec::new();
        for number in 0..5 {
            assert_eq!(stranger.found("QWYLLA 0002").await, before, "{number} are too few");
            let home = Home::contributing(db).await;
            home.choose("QWYLLA 0001", coffee).await;
            // Again is one vote; for money that comes in, or a merchant that is not asked about, is another matter.
            home.choose("QWYLLA 0003", coffee).await;
            assert_eq!(contribution(db, home.scope).await.expect("reads"), Contribution { is_on: true, votes: 1 });
            homes.push(home);
        }
        assert_eq!(stranger.found("POS QWYLLA 0007 BERLIN").await, (coffee, Source::Crowd, Some(75)));
        let row = stranger.enter("QWYLLA 0009").await;
        let why = transactions::get(db, stranger.scope, row).await.expect("reads").because();
        assert_eq!(why, "Most households that chose a category for Qwylla chose this one.");
        assert_sound(db).await;
        // The household's own word goes before.
        stranger.choose("QWYLLA 0001", gifts).await;
        assert_eq!(stranger.found("QWYLLA 0002").await.1, Source::Choice);
        let other = Home::new(db).await;
        assert_eq!(other.found("QWYLLA 0002").await, (coffee, Source::Crowd, Some(75)));

        // Two thirds: three others are too many, and what somebody takes back counts no more.
        let mut others = Vec::new();
        for _ in 0..3 {
            let home = Home::contributing(db).await;
            home.choose("QWYLLA 0001", gifts).await;
            others.push(home);
        }
        assert_ne!(other.found("QWYLLA 0002").await.1, Source::Crowd);
        others[0].choose("QWYLLA 0001", coffee).await;
        assert_eq!(other.found("QWYLLA 0002").await, (coffee, Source::Crowd, Some(60)));
        let choices = merchant::list_choices(db, homes[0].scope).await.expect("reads");
        merchant::forget(db, homes[0].scope, choices[0].id).await.expect("forgets");
        homes[0].count().await;
        assert_eq!(other.found("QWYLLA 0002").await, (coffee, Source::Crowd, Some(60)));
        assert_eq!(homes[1].set(false).await, Contribution { is_on: false, votes: 0 });
        homes[2].set(false).await;
        assert_ne!(other.found("QWYLLA 0002").await.1, Source::Crowd, "four are too few");
        // What was chosen before counts when a household begins to contribute, or does again.
        homes[1].set(true).await;
        stranger.choose("QWYLLA 0001", coffee).await;
        stranger.set(true).await;
        assert_eq!(other.found("QWYLLA 0002").await.1, Source::Crowd);
        assert_sound(db).await;
    }

    async fn what_is_nobodys_business_is_no_vote(bench: Bench) {
        let db = &bench.db;
        let home = Home::contributing(db).await;
        let coffee = id("FOOD_AND_DRINK_COFFEE");
        // Of nobody, of a phrase, of nothing.
        home.choose("CHECK 1001", coffee).await;
        home.choose("FOREIGN TRANSACTION FEE QWYLLA", coffee).await;
        home.choose("QWYLLA 0001", id("UNCATEGORIZED")).await;
        home.choose("SAVEXO 0001", id("TRANSFER_OUT_SAVINGS")).await;
        assert_eq!(home.votes().await, 0);
        // A category of its own is what it is in; one that is in nothing of ours is nothing to others.
        let own = async |parent: Option<CategoryId>, name: &str| {
            let command = CreateCategory {
                name: name.into(),
                parent,
                kind: parent.is_none().then_some(category::Kind::Spending),
                icon: None,
                color: None,
                idempotency_key: None,
            };
            crate::category::create(db, home.scope, command).await.expect("creates")
        };
        let (espresso, other) = (own(Some(coffee), "Espresso").await, own(None, "Mine").await);
        home.choose("QWYLLA 0001", espresso).await;
        assert_eq!(home.votes().await, 1);
        for _ in 0..4 {
            Home::contributing(db).await.choose("QWYLLA 0001", coffee).await;
        }
        assert_eq!(Home::new(db).await.found("QWYLLA 0002").await.0, coffee);
        home.choose("QWYLLA 0001", other).await;
        assert_eq!(home.votes().await, 0);
        assert_ne!(Home::new(db).await.found("QWYLLA 0002").await.1, Source::Crowd);
        // What is certain needs no crowd.
        for _ in 0..5 {
            Home::contributing(db).await.choose("NETFLIX.COM", coffee).await;
        }
        assert_eq!(Home::new(db).await.found("NETFLIX.COM").await.1, Source::Seller);
        // Members do not decide.
        assert!(matches!(set(db, &home.caller(Role::Member), false).await, Err(Error::Denied { .. })));
        // A person contributes with one household.
        let second = Caller { scope: Home::new(db).await.scope, ..home.caller(Role::Owner) };
        assert!(matches!(set(db, &second, true).await, Err(Error::Conflict { .. })));
        home.set(false).await;
        assert!(set(db, &second, true).await.expect("set").is_on);
        assert_sound(db).await;
    }

    async fn a_vote_is_of_the_text_and_goes_with_its_choice(bench: Bench) {
        let db = &bench.db;
        let (coffee, gifts) = (id("FOOD_AND_DRINK_COFFEE"), id("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES"));
        let mut homes = Vec::new();
        for _ in 0..5 {
            let home = Home::new(db).await;
            let (part, whole) = (home.merchant("QWYLLA 0001").await, home.merchant("ZXQWV 0001").await);
            let merge = MergeMerchants { merchants: vec![part], into: whole };
            merchant::merge(db, home.scope, merge).await.expect("merges");
            home.choose("QWYLLA 0001", coffee).await;
            // Whether it was chosen before or afterwards.
            home.set(true).await;
            home.choose("HEXUM 0001", gifts).await;
            homes.push((home, part));
        }
        let stranger = Home::new(db).await;
        assert_eq!(stranger.found("QWYLLA 0002").await.1, Source::Crowd);
        assert_ne!(stranger.found("ZXQWV 0002").await.1, Source::Crowd, "nobody chose anything for it");
        // Separated, forgotten: so is the vote, and no other.
        for (home, part) in &homes {
            merchant::separate(db, home.scope, *part).await.expect("separates");
            let choices = merchant::list_choices(db, home.scope).await.expect("reads");
            let choice = choices.iter().find(|choice| choice.category == coffee).expect("chosen");
            assert_eq!(choice.merchant_name, "Zxqwv");
            merchant::forget(db, home.scope, choice.id).await.expect("forgets");
            home.count().await;
            assert_eq!(home.votes().await, 1);
        }
        assert_ne!(stranger.found("QWYLLA 0003").await.1, Source::Crowd);
        assert_eq!(stranger.found("HEXUM 0002").await.0, gifts);
        // What a category of its own is in may change.
        let own = CreateCategory {
            name: "Mine".into(),
            parent: Some(coffee),
            kind: None,
            icon: None,
            color: None,
            idempotency_key: None,
        };
        let home = &homes[0].0;
        let own = crate::category::create(db, home.scope, own).await.expect("creates");
        home.choose("HEXUM 0001", own).await;
        assert_ne!(stranger.found("HEXUM 0003").await.1, Source::Crowd, "four are too few");
        let moved = UpdateCategory { id: own, name: None, parent: Some(Some(gifts)), icon: None, color: None };
        crate::category::update(db, home.scope, moved).await.expect("moves");
        home.count().await;
        assert_eq!(stranger.found("HEXUM 0004").await.0, gifts);
        assert_sound(db).await;
    }

    async fn votes_that_are_counted_at_once_are_all_counted(bench: Bench) {
        let db = &bench.db;
        let (coffee, gifts) = (id("FOOD_AND_DRINK_COFFEE"), id("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES"));
        let mut homes = Vec::new();
        for number in 0..8 {
            let home = Home::new(db).await;
            for merchant in ["QWYLLA", "ZXQWV", "HEXUM"] {
                let row = home.enter(merchant).await;
                let category = if number == 7 { gifts } else { coffee };
                let command = UpdateTransaction { category: Some(category), is_remembered: true, ..UpdateTransaction::of(row) };
                transactions::update(db, home.scope, command).await.expect("chosen");
            }
            homes.push(home);
        }
        for is_on in [true, false, true] {
            let all = homes.iter().map(|home| home.set(is_on));
            futures::future::join_all(all).await;
            assert_sound(db).await;
        }
        assert_eq!(Home::new(db).await.found("QWYLLA").await, (coffee, Source::Crowd, Some(60)));
    }

    async fn a_wrong_count_is_found(bench: Bench) {
        let db = &bench.db;
        Home::contributing(db).await.choose("QWYLLA", id("FOOD_AND_DRINK_COFFEE")).await;
        assert_sound(db).await;
        for (sql, undo, count) in [
            ("UPDATE merchant_crowd SET households = 2", "UPDATE merchant_crowd SET households = 1", 3),
            ("UPDATE merchant_popular SET total = 2", "UPDATE merchant_popular SET total = 1", 1),
            ("UPDATE merchant_popular SET category_id = 807", "UPDATE merchant_popular SET category_id = 702", 1),
            ("DELETE FROM merchant_crowd", "SELECT 1", 2),
        ] {
            db.writer().execute_unprepared(sql).await.expect("breaks");
            let mut found = Vec::new();
            let question = verify::Question { household: None, archive: None };
            verify::verify(db, question, &mut |finding| found.push(finding)).await.expect("looks");
            found.retain(|finding| finding.check == verify::Check::Crowd);
            assert_eq!(found.len(), count, "{sql}: {found:?}");
            db.writer().execute_unprepared(undo).await.expect("mends");
        }
    }
}
