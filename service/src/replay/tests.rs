mod listing;

use std::{collections::HashSet, fmt::Write};

use domain::categorize::Setting;
use sea_orm::ConnectionTrait;

use super::{Kind, Outcome, Replay, Sides, Subject, find, mend::Cure, replay, scratch::Scratch};
use crate::{
    Db, Error, Scope,
    archive::Archive,
    bench::{ACCOUNTS, Target},
    connection, household,
    ledger::Mend,
    testing::{Folder, on_both_engines},
    verify::{self, Check, Question},
};

/// More than are compared at once, of each account.
const ROWS: usize = 2_100;

/// A page of booked lines, two of which are always alike.
fn page(first: usize, cursor: usize) -> Vec<u8> {
    let mut json = r#"{"Data":{"Transaction":["#.to_owned();
    for n in first..first + ROWS {
        let comma = if n == first { "" } else { "," };
        let (account, what) = (ACCOUNTS[n % ACCOUNTS.len()], n / 6 % 50);
        let day = format!("2025-{:02}-{:02}", n % 12 + 1, n % 28 + 1);
        write!(
            json,
            r#"{comma}{{"AccountId":"{account}","TransactionId":"b-{n}","CreditDebitIndicator":"Debit","Status":"BOOK","BookingDateTime":"{day}T12:00:00+00:00","ValueDateTime":"{day}T12:00:00+00:00","TransactionInformation":"SHOP {what}","Amount":{{"Amount":"{what}.10","Currency":"EUR"}}}}"#
        )
        .expect("a string");
    }
    write!(json, r#"],"Removed":[]}},"Links":{{"Self":"/"}},"Meta":{{"Cursor":"c{cursor}","HasMore":false}}}}"#)
        .expect("a string");
    json.into_bytes()
}

/// A household with a connection of three pages.
struct Pulled {
    scope: Scope,
    archive: Archive,
    asked: Replay,
    folder: Folder,
}

impl Pulled {
    async fn new(db: &Db) -> Self {
        let folder = Folder::new();
        let archive = Archive::open(folder.path().join("archive"), 7);
        let scope = Scope::of_operator(household::create(db, "replayed", "EUR").await.expect("founded"));
        let mut target = Target::found_in(db, scope).await.expect("a connection");
        for n in 0..3 {
            target.take(db, &archive, &page(n * ROWS, n)).await.expect("booked");
        }
        let connection = connection::list(db, scope).await.expect("listed")[0].id;
        let asked = Replay { connection, scratch: folder.path().join("scratch"), write: false, named: 10 };
        Self { scope, archive, asked, folder }
    }

    async fn replay(&self, db: &Db, write: bool) -> Outcome {
        let asked = Replay { write, ..self.asked.clone() };
        let outcome = replay(db, &self.archive, self.scope, &asked).await.expect("replayed");
        assert!(!self.folder.path().join("scratch").exists(), "nothing is left");
        outcome
    }

    async fn execute(&self, db: &Db, sql: &str) -> u64 {
        let values = [self.scope.household().0.into()];
        db.writer().execute_raw(db.statement(sql, values)).await.expect(sql).rows_affected()
    }

    /// What is found, but for the tokens, of which this connection has none, and its pull, which nobody planned.
    async fn faults(&self, db: &Db) -> Vec<verify::Finding> {
        let mut found = Vec::new();
        let question = Question { household: Some(self.scope.household()), archive: None };
        verify::verify(db, question, &mut |finding| found.push(finding)).await.expect("verified");
        found.retain(|finding| ![Check::Secret, Check::PullUnplanned].contains(&finding.check));
        found
    }
}

on_both_engines! {
    async fn many_rows_are_compared_and_mended_in_steps(bench: Bench) {
        let db = &bench.db;
        let pulled = Pulled::new(db).await;
        let same = pulled.replay(db, false).await;
        assert!(same.is_same() && same.differences.is_empty(), "{same:?}");
        assert_eq!((same.pages, same.lines, same.rejected, same.rows), (3, 6_300, 0, 6_300));

        let missing = pulled.execute(db, r#"DELETE FROM "transaction" WHERE household_id = $1 AND id % 3 = 0"#).await;
        let different =
            pulled.execute(db, r#"UPDATE "transaction" SET day = day + 40 WHERE household_id = $1 AND id % 3 = 1"#).await;
        let extra = pulled
            .execute(db, r#"UPDATE "transaction" SET fingerprint = id WHERE household_id = $1 AND id % 12 = 2"#)
            .await;
        // A row that bears another name is one too many, and its own is missing.
        let shown = pulled.replay(db, false).await;
        let counted = |found: &Outcome| (found.missing, found.different, found.extra, found.sums);
        assert!(missing > 1_000 && different > 1_000 && extra > 100);
        assert_eq!(counted(&shown), (missing + extra, different, extra, 3));
        assert_eq!((shown.differences.len(), shown.differences[0].kind), (10, Kind::Sums));
        assert_eq!(counted(&pulled.replay(db, false).await), counted(&shown), "nothing was written");

        let mended = pulled.replay(db, true).await;
        assert_eq!(counted(&mended), counted(&shown));
        let again = pulled.replay(db, true).await;
        assert!(again.is_same(), "{again:?}");
        assert_eq!(pulled.faults(db).await, []);
    }

    async fn a_connection_that_moved_on_is_left_alone(bench: Bench) {
        let db = &bench.db;
        let pulled = Pulled::new(db).await;
        let asked = Replay { write: true, ..pulled.asked.clone() };
        let row = find(db, pulled.scope, asked.connection).await.expect("the connection");
        let scratch = Scratch::open(db, asked.scratch.clone(), &row, &[]).await.expect("a scratch database");
        let account = crate::account::list(db, pulled.scope).await.expect("listed")[0].clone();
        let setting = Setting::of(account.kind, account.currency);
        let of = Subject { id: account.id.0, setting, currency: account.currency };
        let ids = db.reader().query_one_raw(db.statement(r#"SELECT min(id) FROM "transaction" WHERE household_id = $1"#,
            [pulled.scope.household().0.into()])).await.expect("selects").expect("a row");
        let id: i64 = ids.try_get_by_index(0).expect("an id");
        let cure = || Cure { missing: Vec::new(), mends: vec![Mend::TakeBack { id }] };
        let undecided = &HashSet::new();
        let before = entity::connection::Model { cursor: Some("c1".to_owned()), ..row.clone() };
        let listing = entity::connection::Model { is_listing: 1, ..row.clone() };
        let sides = |connection| Sides {
            db, scope: pulled.scope, replay: &asked, scratch: &scratch.db, undecided, connection,
        };
        for then in [&before, &listing] {
            let refused = sides(then).cure(of, cure()).await;
            assert!(matches!(&refused, Err(Error::Conflict { reason }) if reason.contains("again")), "{refused:?}");
            assert!(matches!(sides(then).add_up(of).await, Err(Error::Conflict { .. })));
        }
        assert!(pulled.replay_is_same(db).await, "nothing was written");
        sides(&row).cure(of, cure()).await.expect("where it stands it is mended");
        scratch.close().await.expect("closes");
        let found = pulled.replay(db, false).await;
        assert_eq!((found.missing, found.different, found.extra), (0, 1, 0), "what was taken back is not what the pages say");
    }
}

impl Pulled {
    /// With a scratch database of its own, beside one that is open.
    async fn replay_is_same(&self, db: &Db) -> bool {
        let asked = Replay { scratch: self.folder.path().join("another"), ..self.asked.clone() };
        replay(db, &self.archive, self.scope, &asked).await.expect("replayed").is_same()
    }
}
