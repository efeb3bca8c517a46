//! A bank that tells its history once more, under other ids and without some of it; and rows that a person has made one.

use domain::{id::TransactionId, reconcile::State};
use entity::transaction;
use sea_orm::QueryOrder;
use serde_json::json;

use super::*;
use crate::duplicate::{MergeTransactions, merge};

/// What the bank says of a line: its id, day of January, amount, text, and whether it is pending.
type Said = (&'static str, u32, i64, &'static str, bool);

const HISTORY: [Said; 6] = [
    ("a1", 9, -1_500, "NETFLIX.COM", false),
    ("a2", 10, -1_000, "REWE MARKT", false),
    ("a3", 11, -420, "BLUE BOTTLE COFFEE", false),
    ("a4", 11, -420, "BLUE BOTTLE COFFEE", false),
    ("a5", 12, -3_000, "SHELL STATION", false),
    ("a6", 13, -700, "CAFE 11", true),
];
/// Told once more, in two pages: with other ids, but for the first; one booked line and one pending line are not told any more.
const AGAIN: [&[Said]; 2] = [
    &[HISTORY[0], ("b2", 10, -1_000, "REWE MARKT", false), ("b3", 11, -420, "BLUE BOTTLE COFFEE", false)],
    &[("b4", 11, -420, "BLUE BOTTLE COFFEE", false)],
];
/// All that is booked of the history.
const BOOKED: i64 = -6_340;
/// What is booked and not told any more.
const UNTOLD: i64 = -3_000;

/// A page of the account.
fn page(cursor: &str, lines: &[Said], removed: &[&str]) -> Vec<u8> {
    let lines: Vec<_> = lines
        .iter()
        .map(|(id, day, minor, text, is_pending)| {
            let at = format!("2025-01-{day:02}T12:00:00+00:00");
            let amount = format!("{}.{:02}", minor.abs() / 100, minor.abs() % 100);
            json!({
                "AccountId": ACCOUNTS[0], "TransactionId": id, "CreditDebitIndicator": "Debit", "BookingDateTime": at,
                "ValueDateTime": at, "Status": if *is_pending { "PDNG" } else { "BOOK" }, "TransactionInformation": text,
                "Amount": { "Amount": amount, "Currency": "EUR" },
            })
        })
        .collect();
    let removed: Vec<_> = removed.iter().map(|id| json!({ "AccountId": ACCOUNTS[0], "TransactionId": id })).collect();
    let page = json!({
        "Data": { "Transaction": lines, "Removed": removed },
        "Links": { "Self": "/" },
        "Meta": { "Cursor": cursor, "HasMore": false },
    });
    page.to_string().into_bytes()
}

/// A household whose bank has told its history once.
struct Told {
    pulled: Pulled,
    target: Target,
    page: usize,
}

impl Told {
    async fn new(db: &Db) -> Self {
        let folder = Folder::new();
        let archive = Archive::open(folder.path().join("archive"), 7);
        let scope = Scope::of_operator(household::create(db, "told", "EUR").await.expect("founded"));
        let target = Target::found_in(db, scope).await.expect("a connection");
        let scratch = folder.path().join("scratch");
        let asked = Replay { connection: target.connection(), scratch, write: false, named: 10 };
        let mut told = Self { pulled: Pulled { scope, archive, asked, folder }, target, page: 0 };
        told.take(db, &HISTORY, &[]).await;
        told
    }

    async fn take(&mut self, db: &Db, lines: &[Said], removed: &[&str]) {
        self.page += 1;
        let page = page(&format!("c{}", self.page), lines, removed);
        self.target.take(db, &self.pulled.archive, &page).await.expect("booked");
    }

    /// The history once more, to its end.
    async fn again(&mut self, db: &Db, balance: i64) {
        self.target.begin_again(db).await.expect("begins again");
        for lines in AGAIN {
            self.take(db, lines, &[]).await;
        }
        self.target.settle(db, balance).await.expect("settled");
    }

    async fn rows(&self, db: &Db) -> Vec<transaction::Model> {
        let rows = self.pulled.scope.find::<transaction::Entity>().order_by_asc(transaction::Column::Id);
        rows.all(db.reader()).await.expect("reads")
    }

    async fn row(&self, db: &Db, text: &str) -> transaction::Model {
        self.rows(db).await.into_iter().find(|row| row.descriptor == text).expect(text)
    }

    /// Nothing differs, and nothing is written where nothing does.
    async fn assert_same(&self, db: &Db, what: &str) {
        let before = self.rows(db).await;
        for write in [false, true] {
            let outcome = self.pulled.replay(db, write).await;
            assert!(outcome.is_same() && outcome.differences.is_empty(), "{what}: {outcome:?}");
        }
        assert_eq!(self.rows(db).await, before, "{what}");
        assert_eq!(self.pulled.faults(db).await, [], "{what}");
    }

    async fn merge(&self, db: &Db, kept: i64, gone: i64) {
        let command = MergeTransactions { kept: TransactionId(kept), gone: TransactionId(gone), idempotency_key: None };
        merge(db, self.pulled.scope, command).await.expect("merged");
    }
}

fn counted(found: &Outcome) -> (u64, u64, u64) {
    (found.missing, found.different, found.extra)
}

on_both_engines! {
    async fn a_bank_that_begins_again_with_other_ids_is_no_difference(bench: Bench) {
        let db = &bench.db;
        for (balance, state) in [(BOOKED - UNTOLD, State::Vanished), (BOOKED, State::Posted)] {
            let mut told = Told::new(db).await;
            told.assert_same(db, "told once").await;
            told.again(db, balance).await;
            assert_eq!(told.row(db, "SHELL STATION").await.state, state.code(), "what the balance said");
            assert_eq!(told.row(db, "CAFE 11").await.state, State::Vanished.code(), "what was announced goes");
            assert_eq!(told.rows(db).await.len(), HISTORY.len(), "each is what it was");
            told.assert_same(db, "told once more").await;
            // What comes later is compared as ever: also what takes the place of what was not told, or brings it back.
            told.take(db, &[("c1", 14, -3_000, "SHELL STATION", false), ("c2", 14, -99, "KIOSK", true)], &[]).await;
            told.assert_same(db, "changes").await;
            told.take(db, &[("a5", 12, -3_100, "SHELL STATION", false)], &["c1", "c2"]).await;
            told.assert_same(db, "a name of before").await;
            told.again(db, 0).await;
            told.assert_same(db, "told a third time").await;
        }
    }

    async fn a_listing_that_goes_on_or_begins_anew_settles_nothing(bench: Bench) {
        let db = &bench.db;
        let mut told = Told::new(db).await;
        for what in ["begun", "begun anew"] {
            told.target.begin_again(db).await.expect("begins again");
            told.take(db, AGAIN[0], &[]).await;
            assert_eq!(told.row(db, "CAFE 11").await.state, State::Pending.code());
            told.assert_same(db, what).await;
        }
        told.take(db, AGAIN[1], &[]).await;
        told.assert_same(db, "told, but for the balances").await;
        told.target.settle(db, BOOKED - UNTOLD).await.expect("settled");
        told.assert_same(db, "settled").await;
        told.take(db, &[("c1", 15, -5, "KIOSK", false)], &[]).await;
        told.assert_same(db, "changes").await;
    }

    async fn what_a_listing_left_untold_is_not_touched_and_the_rest_is_mended(bench: Bench) {
        let db = &bench.db;
        for (balance, other) in [(BOOKED - UNTOLD, State::Posted), (BOOKED, State::Vanished)] {
            let mut told = Told::new(db).await;
            told.again(db, balance).await;
            let before = told.rows(db).await;
            let set = |id: i64, what: &str| format!(r#"UPDATE "transaction" SET {what} WHERE household_id = $1 AND id = {id}"#);
            let (untold, pending) = (told.row(db, "SHELL STATION").await.id, told.row(db, "CAFE 11").await.id);
            let (lost, wrong) = (told.row(db, "REWE MARKT").await.id, told.row(db, "NETFLIX.COM").await.id);
            told.pulled.execute(db, &set(untold, &format!("state = {}", other.code()))).await;
            let shown = told.pulled.replay(db, false).await;
            assert_eq!((counted(&shown), shown.sums), ((0, 0, 0), 1), "of a row left untold nobody knows: {shown:?}");
            told.pulled.execute(db, &set(untold, &format!("state = {}", (3 - other.code())))).await;
            told.pulled.execute(db, &set(pending, "state = 1")).await;
            told.pulled.execute(db, &set(wrong, "amount_minor = amount_minor - 1")).await;
            told.pulled.execute(db, &format!(r#"DELETE FROM "transaction" WHERE household_id = $1 AND id = {lost}"#)).await;
            let mended = told.pulled.replay(db, true).await;
            assert_eq!((counted(&mended), mended.sums), ((1, 2, 0), 1), "{mended:?}");
            let dangling = r#"DELETE FROM transaction_alias WHERE household_id = $1
                AND transaction_id NOT IN (SELECT id FROM "transaction" WHERE household_id = $1)"#;
            assert_eq!(told.pulled.execute(db, dangling).await, 1, "the name that the lost row had before");
            told.assert_same(db, "mended").await;
            let said = |rows: &[transaction::Model]| {
                let mut said: Vec<_> = rows.iter().map(|row| (row.fingerprint, row.amount_minor, row.state)).collect();
                said.sort_unstable();
                said
            };
            assert_eq!(said(&told.rows(db).await), said(&before), "as it was");
            // What the bank speaks of again is compared again.
            told.take(db, &[("a5", 12, -3_100, "SHELL STATION", false)], &[]).await;
            told.pulled.execute(db, &set(untold, "amount_minor = -3000")).await;
            assert_eq!(counted(&told.pulled.replay(db, true).await), (0, 1, 0));
            assert_eq!(told.row(db, "SHELL STATION").await.amount_minor, -3_100);
            // And what it takes back itself is decided.
            told.take(db, &[], &["a5"]).await;
            told.pulled.execute(db, &set(untold, "state = 0")).await;
            assert_eq!(counted(&told.pulled.replay(db, true).await), (0, 1, 0));
            told.assert_same(db, "taken back").await;
        }
    }

    async fn what_a_person_made_one_is_no_difference(bench: Bench) {
        let db = &bench.db;
        for is_younger_kept in [false, true] {
            let mut told = Told::new(db).await;
            told.take(db, &[("a7", 14, -750, "CAFE 11", false)], &[]).await;
            let twins: Vec<i64> = told.rows(db).await.iter().filter(|row| row.amount_minor == -420).map(|row| row.id).collect();
            let settled: Vec<i64> = told.rows(db).await.iter().filter(|row| row.descriptor == "CAFE 11").map(|row| row.id).collect();
            for pair in [&twins, &settled] {
                let (kept, gone) = if is_younger_kept { (pair[1], pair[0]) } else { (pair[0], pair[1]) };
                told.merge(db, kept, gone).await;
            }
            assert_eq!(told.rows(db).await.len(), 5);
            told.assert_same(db, "merged").await;
            // The bank says the same once more, and then more of both.
            told.take(db, &[HISTORY[2], HISTORY[3]], &[]).await;
            told.take(db, &[("a7", 14, -760, "CAFE 11", false), ("a8", 15, -420, "BLUE BOTTLE COFFEE", false)], &["a6"]).await;
            assert_eq!(told.rows(db).await.len(), 6);
            told.assert_same(db, "said again").await;
            // A third coffee merged as well: what was merged is merged again.
            let third = told.rows(db).await.iter().map(|row| row.id).max().expect("a row");
            told.merge(db, third, if is_younger_kept { twins[1] } else { twins[0] }).await;
            told.assert_same(db, "merged once more").await;
            told.again(db, 0).await;
            told.assert_same(db, "told once more").await;
        }
    }
}
