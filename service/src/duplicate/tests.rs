//! Merging on both engines: what comes back, what does not, and that two rows that were one are what they were.

mod again;

use std::{collections::HashMap, time::Duration};

use domain::{
    account::AccountKind,
    categorize::{Setting, Source as Chooser},
    category::CategoryId,
    day::Day,
    id::{AccountId, TransactionId},
    line::Line,
    reconcile::{self, State},
};
use entity::{account as account_row, monthly_spending, transaction, transaction_alias};
use proptest::prelude::*;
use rust_decimal::Decimal;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, sea_query::Expr};

use super::{MergeTransactions, Suggestion, UnmergeTransactions, dismiss, list, merge, merged, unmerge};
use crate::{
    Error, Result, Scope,
    account::{self, ANCHORED, CreateAccount},
    db::Engine,
    household,
    ledger::{Batch, Booked, Mode, Prepared, Source, book},
    testing::{BEGIN_MS, Bench, on_both_engines},
    transaction::{self as transactions, CreateTransaction, UpdateTransaction},
};

/// What is known of the account, which is in euro.
const SETTING: Setting = Setting { kind: AccountKind::Checking, country: None };

const HOUR: Duration = Duration::from_hours(1);

/// A line as a test writes it: day, amount and text. Equal ones of a file are numbered, and a bank's id says which it is.
#[derive(Clone, Copy, Debug)]
struct Said {
    id: Option<u8>,
    day: i32,
    amount_minor: i64,
    text: &'static str,
    pending: bool,
    replaces: Option<u8>,
}

const fn said(id: u8, day: i32, amount_minor: i64, text: &'static str) -> Said {
    Said { id: Some(id), day, amount_minor, text, pending: false, replaces: None }
}

/// A household with one account.
struct Home {
    bench: Bench,
    scope: Scope,
    account: i64,
}

/// Everything that a merge may touch, in one order.
#[derive(Clone, Debug, PartialEq)]
struct Snapshot {
    rows: Vec<transaction::Model>,
    names: Vec<transaction_alias::Model>,
    sums: Vec<monthly_spending::Model>,
    account: account_row::Model,
}

impl Home {
    async fn new(bench: Bench) -> Self {
        let scope = Scope::of_operator(household::create(&bench.db, "home", "EUR").await.expect("creates"));
        let account = Self::account(&bench, scope).await;
        Self { bench, scope, account }
    }

    async fn account(bench: &Bench, scope: Scope) -> i64 {
        let command = CreateAccount {
            name: "Checking".into(),
            kind: AccountKind::Checking,
            currency: "EUR".into(),
            opening_balance: None,
            idempotency_key: None,
        };
        account::create(&bench.db, scope, command).await.expect("creates").id.0
    }

    async fn book(&self, source: Source, lines: &[Said], removed: &[u8]) -> Booked {
        let key = self.bench.db.keys().fingerprint();
        let mut seen = HashMap::new();
        let prefix = if source == Source::Bank { "bank" } else { "file" };
        let id = |id: u8| format!("{prefix} {id}");
        let lines = lines.iter().map(|said| {
            let line = Line {
                source_id: said.id.map(id),
                replaces_source_id: said.replaces.map(id),
                day: Day::from_number(20_400 + said.day).expect("a day"),
                amount_minor: said.amount_minor,
                pending: said.pending,
                descriptor: said.text.to_owned(),
                merchant_name: None,
                original: None,
                merchant_category_code: None,
                category: None,
            };
            let mut prepared = Prepared::new(key, source, SETTING, line);
            if source == Source::File {
                prepared.incoming.ordinal = reconcile::number(&mut seen, prepared.incoming.fingerprint).expect("few");
            }
            prepared
        });
        let removed = removed.iter().map(|gone| reconcile::fingerprint_of_id(key, &id(*gone))).collect();
        let mode = if source == Source::Bank { Mode::Page { removed } } else { Mode::Window { file: None } };
        let covered_day = self.row().await.covered_day;
        let batch = &[Batch { account: self.account, setting: SETTING, covered_day, mode, lines: lines.collect() }];
        let booked = self.bench.db.write(self.scope, |unit| async move { book(unit, batch).await }.scope_boxed());
        booked.await.expect("books")
    }

    async fn bank(&self, lines: &[Said]) -> Booked {
        self.book(Source::Bank, lines, &[]).await
    }

    async fn file(&self, lines: &[Said]) -> Booked {
        self.book(Source::File, lines, &[]).await
    }

    async fn row(&self) -> account_row::Model {
        let of = account_row::Column::Id.eq(self.account);
        let row = self.scope.find::<account_row::Entity>().filter(of).one(self.bench.db.reader()).await;
        row.expect("reads").expect("the account")
    }

    /// The bank says what is there, for the first time.
    async fn anchor(&self, bank_minor: i64) {
        let posted = self.row().await.posted_minor;
        let set = |column, value: i64| (column, Expr::value(value));
        self.bench.clock.advance(HOUR);
        let (account, now_ms) = (self.account, BEGIN_MS);
        let mut update = self.scope.update::<account_row::Entity>().filter(account_row::Column::Id.eq(account));
        for (column, value) in [
            set(account_row::Column::OpeningMinor, bank_minor - posted),
            set(account_row::Column::AnchoredAtMs, self.bench.db.now_ms().max(now_ms)),
        ] {
            update = update.col_expr(column, value);
        }
        update = update.col_expr(account_row::Column::Anchored, Expr::value(ANCHORED));
        let first = self.rows().await.iter().filter(|row| row.state == 0).map(|row| row.day).min();
        let covered = first.unwrap_or(20_400);
        update = update.col_expr(account_row::Column::CoveredDay, Expr::value(covered));
        update.exec(self.bench.db.writer()).await.expect("updates");
        self.bench.clock.advance(HOUR);
    }

    async fn computed(&self) -> i64 {
        let row = self.row().await;
        row.opening_minor + row.posted_minor
    }

    async fn rows(&self) -> Vec<transaction::Model> {
        let rows = self.scope.find::<transaction::Entity>().order_by_asc(transaction::Column::Id);
        rows.all(self.bench.db.reader()).await.expect("reads")
    }

    /// The rows that are shown, as day, amount and text.
    async fn shown(&self) -> Vec<(i32, i64, String)> {
        let mut shown: Vec<_> = self
            .rows()
            .await
            .into_iter()
            .filter(|row| matches!(State::from_code(row.state), Some(State::Posted | State::Pending)))
            .map(|row| (row.day - 20_400, row.amount_minor, row.descriptor))
            .collect();
        shown.sort();
        shown
    }

    /// The id of the one row that is shown with a text.
    async fn of(&self, text: &str) -> TransactionId {
        let rows = self.rows().await;
        let found: Vec<_> = rows.iter().filter(|row| row.descriptor == text && row.state < 2).collect();
        let [one] = found.as_slice() else { panic!("not one {text}: {rows:?}") };
        TransactionId(one.id)
    }

    async fn snapshot(&self) -> Snapshot {
        let reader = self.bench.db.reader();
        let names = self
            .scope
            .find::<transaction_alias::Entity>()
            .order_by_asc(transaction_alias::Column::Fingerprint)
            .order_by_asc(transaction_alias::Column::Ordinal);
        let sums = self
            .scope
            .find::<monthly_spending::Entity>()
            .order_by_asc(monthly_spending::Column::Month)
            .order_by_asc(monthly_spending::Column::CategoryId);
        Snapshot {
            rows: self.rows().await,
            names: names.all(reader).await.expect("reads"),
            sums: sums.all(reader).await.expect("reads"),
            account: self.row().await,
        }
    }

    /// Asserts that the sums are those of the rows, and that no two rows bear one name.
    async fn assert_whole(&self) {
        let Snapshot { rows, names, sums, account } = self.snapshot().await;
        let sum = |state: State| rows.iter().filter(|row| row.state == state.code()).map(|row| row.amount_minor).sum();
        assert_eq!((account.posted_minor, account.pending_minor), (sum(State::Posted), sum(State::Pending)));
        let of_months = |value: fn(&monthly_spending::Model) -> i64| sums.iter().map(value).sum::<i64>();
        assert_eq!(of_months(|cell| cell.posted_minor), account.posted_minor);
        assert_eq!(of_months(|cell| cell.pending_minor), account.pending_minor);
        let count: usize = rows.iter().filter(|row| row.state < 2).count();
        let counted: i32 = sums.iter().map(|cell| cell.posted_count + cell.pending_count).sum();
        assert_eq!(usize::try_from(counted).expect("positive"), count);
        assert!(sums.iter().all(|cell| cell.posted_count + cell.pending_count > 0), "{sums:?}");
        for name in &names {
            assert!(rows.iter().any(|row| row.id == name.transaction_id), "of no row: {name:?}");
            let own = |row: &transaction::Model| (row.fingerprint, row.ordinal) == (name.fingerprint, name.ordinal);
            assert!(!rows.iter().any(own), "two rows of one name: {name:?}");
        }
    }

    async fn suggestions(&self) -> Vec<Suggestion> {
        let page = list(&self.bench.db, self.scope, None, Some(200), None).await.expect("lists");
        assert!(!page.has_next);
        page.rows.into_iter().map(|(_, suggestion)| suggestion).collect()
    }

    /// The pairs that are suggested, by their texts.
    async fn pairs(&self) -> Vec<(String, String)> {
        let all = self.suggestions().await;
        let mut pairs: Vec<_> = all.into_iter().map(|one| (one.first.descriptor, one.second.descriptor)).collect();
        pairs.sort();
        pairs
    }

    async fn merge(&self, kept: TransactionId, gone: TransactionId) -> Result<transactions::Transaction> {
        let command = MergeTransactions { kept, gone, idempotency_key: None };
        merge(&self.bench.db, self.scope, command).await
    }

    /// Undoes the latest merge of a transaction.
    async fn unmerge(&self, kept: TransactionId) -> Result<super::Unmerged> {
        let of = merged(&self.bench.db, self.scope, &[kept]).await.expect("lists");
        let merge = of[&kept][0].id;
        unmerge(&self.bench.db, self.scope, UnmergeTransactions { merge }).await
    }

    async fn note(&self, id: TransactionId, note: &str) {
        let note = Some(Some(note.to_owned()));
        let command = UpdateTransaction { note, ..UpdateTransaction::of(id) };
        transactions::update(&self.bench.db, self.scope, command).await.expect("updates");
    }
}

fn pair(first: &str, second: &str) -> (String, String) {
    (first.to_owned(), second.to_owned())
}

const FILE: [Said; 3] =
    [said(1, 5, -350, "KAFFEE UND MEHR"), said(2, 5, -350, "KAFFEE UND MEHR"), said(3, 9, -1_000, "SEPA 88")];
const BANK: [Said; 3] =
    [said(1, 5, -350, "COFFEE CORNER"), said(2, 6, -350, "COFFEE CORNER"), said(3, 8, -1_000, "GRID POWER")];

on_both_engines! {
    async fn a_statement_whose_texts_differ_is_suggested_and_merged(bench: Bench) {
        for bank_first in [false, true] {
            let home = Home::new(Bench::new(bench.db.engine()).await).await;
            if bank_first {
                home.bank(&BANK).await;
                home.file(&FILE).await;
            } else {
                home.file(&FILE).await;
                home.bank(&BANK).await;
            }
            let suggestions = home.suggestions().await;
            assert_eq!(suggestions.len(), 3, "{suggestions:?}");
            for one in suggestions {
                home.merge(one.first.id, one.second.id).await.expect("merges");
                home.assert_whole().await;
            }
            let bank: Vec<_> = BANK.iter().map(|said| (said.day, said.amount_minor, said.text.to_owned())).collect();
            let mut expected = bank;
            expected.sort();
            assert_eq!(home.shown().await, expected);
            let before = home.snapshot().await;
            assert!(!home.file(&FILE).await.is_visible() && !home.bank(&BANK).await.is_visible());
            assert_eq!((home.snapshot().await, home.pairs().await), (before, vec![]));
        }
    }

    async fn a_merged_row_that_is_deleted_does_not_come_back_under_any_name(bench: Bench) {
        let home = Home::new(bench).await;
        home.file(&FILE[2..]).await;
        home.bank(&BANK[2..]).await;
        let (file, bank) = (home.of("SEPA 88").await, home.of("GRID POWER").await);
        home.merge(file, bank).await.expect("merges");
        transactions::delete(&home.bench.db, home.scope, file).await.expect("deletes");
        assert!(!home.file(&FILE[2..]).await.is_visible() && !home.bank(&BANK[2..]).await.is_visible());
        assert_eq!(home.shown().await, []);
        assert!(matches!(home.unmerge(file).await, Err(Error::NotFound { .. })));
        home.assert_whole().await;
    }

    async fn a_dismissed_pair_is_never_suggested_again(bench: Bench) {
        let home = Home::new(bench).await;
        home.file(&FILE[2..]).await;
        home.bank(&BANK[2..]).await;
        let (file, bank) = (home.of("SEPA 88").await, home.of("GRID POWER").await);
        assert_eq!(home.pairs().await, [pair("SEPA 88", "GRID POWER")]);
        for _ in 0..2 {
            dismiss(&home.bench.db, home.scope, bank, file).await.expect("dismisses");
            assert_eq!(home.pairs().await, []);
            home.file(&FILE[2..]).await;
            home.bank(&BANK[2..]).await;
            assert_eq!(home.pairs().await, []);
        }
        // They may still be one, and after that they are two for good.
        home.merge(bank, file).await.expect("merges");
        home.unmerge(bank).await.expect("undoes");
        assert_eq!((home.pairs().await, home.shown().await.len()), (vec![], 2));
    }

    async fn what_a_source_names_later_is_no_longer_suggested(bench: Bench) {
        let home = Home::new(bench).await;
        home.bank(&[said(1, 6, -1_000, "GRID POWER")]).await;
        // The first part of a long file has another purchase of the same amount, the second the booking itself.
        home.file(&[said(1, 5, -1_000, "SEPA 88")]).await;
        assert_eq!(home.pairs().await, [pair("GRID POWER", "SEPA 88")]);
        home.file(&[said(2, 6, -1_000, "GRID POWER")]).await;
        assert_eq!((home.pairs().await, home.shown().await.len()), (vec![], 2));
    }

    async fn a_suggestion_goes_with_its_rows(bench: Bench) {
        let home = Home::new(bench).await;
        home.file(&FILE).await;
        home.bank(&BANK).await;
        assert_eq!(home.suggestions().await.len(), 3);
        transactions::delete(&home.bench.db, home.scope, home.of("SEPA 88").await).await.expect("deletes");
        assert_eq!(home.suggestions().await.len(), 2);
        // The bank corrects an amount: they are two now.
        home.bank(&[Said { amount_minor: -355, ..BANK[0] }]).await;
        assert_eq!(home.suggestions().await.len(), 1);
        home.assert_whole().await;
    }

    async fn pages_of_suggestions_are_read_to_their_end(bench: Bench) {
        let home = Home::new(bench).await;
        let texts = ["GRID POWER", "COFFEE CORNER", "BLUE BOTTLE", "CITY GYM", "TAXI ROMA"];
        for (id, text) in (1_u8..).zip(texts) {
            home.file(&[said(id, 5, i64::from(id) * 100, "SEPA 88")]).await;
            home.bank(&[said(id, 5, i64::from(id) * 100, text)]).await;
        }
        let db = &home.bench.db;
        let mut read = Vec::new();
        let mut after = None;
        loop {
            let page = list(db, home.scope, Some(AccountId(home.account)), Some(2), after.as_deref()).await.expect("lists");
            assert_eq!(page.has_previous, after.is_some());
            read.extend(page.rows.iter().map(|(_, one)| one.second.descriptor.clone()));
            after = page.rows.last().map(|(cursor, _)| cursor.clone());
            if !page.has_next {
                break;
            }
        }
        assert_eq!(read, ["TAXI ROMA", "CITY GYM", "BLUE BOTTLE", "COFFEE CORNER", "GRID POWER"]);
        // A cursor is one of its list.
        assert!(matches!(list(db, home.scope, None, None, after.as_deref()).await, Err(Error::Invalid { field: "after", .. })));
        assert!(matches!(list(db, home.scope, None, Some(0), None).await, Err(Error::Invalid { field: "first", .. })));
        let other = AccountId(Home::account(&home.bench, home.scope).await);
        assert!(list(db, home.scope, Some(other), None, None).await.expect("lists").rows.is_empty());
        assert!(matches!(list(db, home.scope, Some(AccountId(1)), None, None).await, Err(Error::NotFound { .. })));
    }

    async fn what_contradicts_is_refused_and_changes_nothing(bench: Bench) {
        let home = Home::new(bench).await;
        home.file(&FILE).await;
        home.bank(&BANK).await;
        let (file, bank) = (home.of("SEPA 88").await, home.of("GRID POWER").await);
        let coffee = home.suggestions().await.iter().find(|one| one.second.descriptor == "COFFEE CORNER").expect("one").second.id;
        let before = home.snapshot().await;
        for (kept, gone) in [(file, file), (file, coffee)] {
            assert!(matches!(home.merge(kept, gone).await, Err(Error::Invalid { field: "goneId", .. })));
        }
        for (kept, gone) in [(file, TransactionId(1)), (TransactionId(1), file)] {
            assert!(matches!(home.merge(kept, gone).await, Err(Error::NotFound { .. })));
        }
        let command = CreateTransaction {
            account: AccountId(Home::account(&home.bench, home.scope).await),
            day: Day::from_number(20_409).expect("a day"),
            amount: Decimal::from(-10),
            description: "ELSEWHERE".into(),
            category: None,
            note: None,
            place: None,
            idempotency_key: None,
        };
        let elsewhere = transactions::create(&home.bench.db, home.scope, command).await.expect("creates").id;
        assert!(matches!(home.merge(file, elsewhere).await, Err(Error::Invalid { field: "goneId", .. })));
        assert!(matches!(dismiss(&home.bench.db, home.scope, file, elsewhere).await, Err(Error::Invalid { field: "secondId", .. })));
        let mut after = home.snapshot().await;
        after.rows.retain(|row| row.account_id == home.account);
        after.sums.retain(|cell| cell.account_id == home.account);
        assert_eq!(after, before);

        // One wins, whichever is kept.
        let (one, other) = tokio::join!(home.merge(file, bank), home.merge(bank, file));
        let refusals: Vec<Error> = [one, other].into_iter().filter_map(Result::err).collect();
        assert!(matches!(refusals[..], [Error::Conflict { .. }]), "{refusals:?}");
        let merges = merged(&home.bench.db, home.scope, &[file, bank]).await.expect("lists");
        assert_eq!(merges.values().map(Vec::len).sum::<usize>(), 1);
    }

    async fn a_merge_under_a_key_happens_once(bench: Bench) {
        let home = Home::new(bench).await;
        home.file(&FILE[2..]).await;
        home.bank(&BANK[2..]).await;
        let (file, bank) = (home.of("SEPA 88").await, home.of("GRID POWER").await);
        let command = |kept, gone| MergeTransactions { kept, gone, idempotency_key: Some("key".into()) };
        let first = merge(&home.bench.db, home.scope, command(file, bank)).await.expect("merges");
        let again = merge(&home.bench.db, home.scope, command(file, bank)).await.expect("merges");
        assert_eq!(first, again);
        assert!(matches!(merge(&home.bench.db, home.scope, command(bank, file)).await, Err(Error::Conflict { .. })));
    }

    async fn merges_are_undone_from_the_latest_on(bench: Bench) {
        let home = Home::new(bench).await;
        home.file(&[said(1, 5, -350, "SEPA 88")]).await;
        home.file(&[Said { id: None, ..said(0, 6, -350, "WITHOUT AN ID") }]).await;
        home.bank(&[said(1, 6, -350, "GRID POWER")]).await;
        let before = home.snapshot().await;
        let (file, content, bank) = (home.of("SEPA 88").await, home.of("WITHOUT AN ID").await, home.of("GRID POWER").await);
        home.merge(content, file).await.expect("merges");
        home.merge(bank, content).await.expect("merges");
        // What stands on it is first.
        assert!(matches!(home.unmerge(content).await, Err(Error::Conflict { .. })));
        home.unmerge(bank).await.expect("undoes");
        home.unmerge(content).await.expect("undoes");
        assert_eq!(home.snapshot().await, before);
        home.merge(bank, content).await.expect("merges");
        home.merge(bank, file).await.expect("merges");
        let merges = &merged(&home.bench.db, home.scope, &[bank]).await.expect("lists")[&bank];
        assert_eq!(merges.iter().map(|merge| merge.gone).collect::<Vec<_>>(), [file, content], "the latest first");
        let older = UnmergeTransactions { merge: merges[1].id };
        assert!(matches!(unmerge(&home.bench.db, home.scope, older).await, Err(Error::Conflict { .. })));
        home.unmerge(bank).await.expect("undoes");
        home.unmerge(bank).await.expect("undoes");
        assert_eq!(home.snapshot().await, before);
    }

    async fn what_came_meanwhile_goes_to_its_side_and_what_a_person_set_stays(bench: Bench) {
        for file_kept in [true, false] {
            let home = Home::new(Bench::new(bench.db.engine()).await).await;
            home.file(&FILE[2..]).await;
            home.bank(&BANK[2..]).await;
            let (file, bank) = (home.of("SEPA 88").await, home.of("GRID POWER").await);
            home.note(bank, "of the bank").await;
            let (kept, gone) = if file_kept { (file, bank) } else { (bank, file) };
            let one = home.merge(kept, gone).await.expect("merges");
            assert_eq!((one.id, one.descriptor.as_str(), one.note.as_deref()), (kept, "GRID POWER", Some("of the bank")));
            // The bank corrects it, and the person chooses.
            home.bank(&[said(3, 10, -1_100, "GRID POWER LTD")]).await;
            let category = domain::category::all().iter().find(|known| known.parent.is_some()).expect("one").id;
            let command = UpdateTransaction { category: Some(category), ..UpdateTransaction::of(kept) };
            transactions::update(&home.bench.db, home.scope, command).await.expect("updates");
            let parted = home.unmerge(kept).await.expect("undoes");
            assert_eq!((parted.kept.id, parted.restored.id), (kept, gone));
            let of = |id| if parted.kept.id == id { &parted.kept } else { &parted.restored };
            assert_eq!((of(bank).descriptor.as_str(), of(bank).amount.minor), ("GRID POWER LTD", -1_100));
            assert_eq!((of(file).descriptor.as_str(), of(file).amount.minor), ("SEPA 88", -1_000));
            assert_eq!((of(bank).note.as_deref(), of(file).note.as_deref()), (Some("of the bank"), None));
            assert_eq!((parted.kept.category, parted.kept.category_source), (category, Chooser::Person));
            assert_ne!(parted.restored.category_source, Chooser::Person);
            home.assert_whole().await;
            let before = home.snapshot().await;
            home.bank(&[said(3, 10, -1_100, "GRID POWER LTD")]).await;
            home.file(&FILE[2..]).await;
            assert_eq!(home.snapshot().await, before, "each knows its own");
        }
    }

    async fn a_booking_that_came_meanwhile_goes_to_the_bank(bench: Bench) {
        let home = Home::new(bench).await;
        let announced = Said { pending: true, ..said(1, 5, -350, "COFFEE CORNER") };
        home.bank(&[announced]).await;
        home.file(&[said(1, 6, -400, "KAFFEE UND MEHR")]).await;
        let (bank, file) = (home.of("COFFEE CORNER").await, home.of("KAFFEE UND MEHR").await);
        // With a tip; what is booked leads.
        let one = home.merge(bank, file).await.expect("merges");
        assert_eq!((one.amount.minor, one.pending), (-400, false));
        home.book(Source::Bank, &[Said { replaces: Some(1), ..said(2, 6, -400, "COFFEE CORNER") }], &[1]).await;
        assert_eq!(home.shown().await, [(6, -400, "COFFEE CORNER".to_owned())]);
        home.unmerge(bank).await.expect("undoes");
        assert_eq!(home.shown().await, [(6, -400, "COFFEE CORNER".to_owned()), (6, -400, "KAFFEE UND MEHR".to_owned())]);
        assert_eq!((home.of("COFFEE CORNER").await, home.of("KAFFEE UND MEHR").await), (bank, file));
        let before = home.snapshot().await;
        home.bank(&[announced, said(2, 6, -400, "COFFEE CORNER")]).await;
        home.file(&[said(1, 6, -400, "KAFFEE UND MEHR")]).await;
        assert_eq!(home.snapshot().await, before);
        home.assert_whole().await;
    }

    async fn todays_balance_stays_the_banks(bench: Bench) {
        // The statement was there when the bank said what the account holds: the double is hidden.
        let home = Home::new(Bench::new(bench.db.engine()).await).await;
        home.file(&FILE).await;
        home.bank(&BANK).await;
        home.anchor(50_000).await;
        let before = home.snapshot().await;
        for one in home.suggestions().await {
            home.merge(one.second.id, one.first.id).await.expect("merges");
            assert_eq!(home.computed().await, 50_000);
        }
        // What was before the first transaction is what it was before any double.
        assert_eq!(home.row().await.opening_minor, 50_000 + 1_700);
        for row in home.rows().await {
            home.unmerge(TransactionId(row.id)).await.expect("undoes");
            assert_eq!(home.computed().await, 50_000);
        }
        assert_eq!(home.snapshot().await, before);

        // The statement comes later: it shows as drift, but for what is from before the earliest day.
        let home = Home::new(bench).await;
        home.bank(&BANK).await;
        home.anchor(50_000).await;
        home.file(&FILE).await;
        assert_eq!(home.computed().await, 50_000 - 1_700);
        home.file(&[said(4, 4, -77, "A BAKER")]).await;
        assert_eq!(home.computed().await, 50_000 - 1_700);
        let before = home.snapshot().await;
        for one in home.suggestions().await {
            home.merge(one.first.id, one.second.id).await.expect("merges");
        }
        assert_eq!(home.computed().await, 50_000);
        for row in home.rows().await {
            if row.descriptor != "A BAKER" {
                home.unmerge(TransactionId(row.id)).await.expect("undoes");
            }
        }
        assert_eq!(home.snapshot().await, before);
    }
}

/// One thing that sources and a person do.
#[derive(Clone, Copy, Debug)]
enum Act {
    Bank(u8, i32, bool),
    FileId(u8, i32, bool),
    FileContent(i32, bool),
    Note(usize),
    Choose(usize),
    Rename(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (1..6_u8, 0..6, any::<bool>()).prop_map(|(id, day, dear)| Act::Bank(id, day, dear)),
        // A file's id is believed within four days of what was said under it last.
        3 => (1..6_u8, 0..5, any::<bool>()).prop_map(|(id, day, dear)| Act::FileId(id, day, dear)),
        2 => (0..6, any::<bool>()).prop_map(|(day, dear)| Act::FileContent(day, dear)),
        1 => (0..9_usize).prop_map(Act::Note),
        1 => (0..9_usize).prop_map(Act::Choose),
        1 => (0..9_usize).prop_map(Act::Rename),
    ]
}

const fn amount(dear: bool) -> i64 {
    if dear { -900 } else { -350 }
}

impl Home {
    async fn perform(&self, act: Act) {
        match act {
            Act::Bank(id, day, dear) => drop(self.bank(&[said(id, day, amount(dear), "GRID POWER")]).await),
            Act::FileId(id, day, dear) => drop(self.file(&[said(id, day, amount(dear), "SEPA 88")]).await),
            Act::FileContent(day, dear) => {
                drop(self.file(&[Said { id: None, ..said(0, day, amount(dear), "KAFFEE UND MEHR") }]).await);
            }
            Act::Note(place) | Act::Choose(place) | Act::Rename(place) => {
                let rows = self.rows().await;
                let Some(row) = rows.get(place) else { return };
                let mut command = UpdateTransaction::of(TransactionId(row.id));
                match act {
                    Act::Note(_) => command.note = Some(Some(format!("note {place}"))),
                    Act::Choose(_) => command.category = Some(leaf(place)),
                    _ => command.merchant_name = Some(Some(format!("Name {place}"))),
                }
                transactions::update(&self.bench.db, self.scope, command).await.expect("updates");
            }
        }
    }
}

/// A category that is no group.
fn leaf(place: usize) -> CategoryId {
    let all = domain::category::all();
    all.iter().filter(|known| known.parent.is_some()).nth(place).expect("many").id
}

async fn merge_and_unmerge(acts: Vec<Act>, anchored_after: usize, picks: Vec<(usize, usize)>, order: Vec<usize>) {
    let home = Home::new(Bench::new(Engine::Sqlite).await).await;
    for (place, act) in acts.iter().enumerate() {
        home.perform(*act).await;
        if place == anchored_after {
            home.anchor(50_000).await;
        }
    }
    let before = home.snapshot().await;
    let mut merges = Vec::new();
    for (one, other) in picks {
        let rows = home.rows().await;
        let ids = (TransactionId(rows[one % rows.len()].id), TransactionId(rows[other % rows.len()].id));
        match home.merge(ids.0, ids.1).await {
            Ok(_) => {
                let of = merged(&home.bench.db, home.scope, &[ids.0]).await.expect("lists");
                merges.push(of[&ids.0][0].id);
            }
            Err(Error::Invalid { field: "goneId", .. }) => {}
            Err(error) => panic!("{error}"),
        }
        home.assert_whole().await;
    }
    // Every source says again what it has said: it is all known, whatever was merged.
    let merged_once = home.snapshot().await;
    for act in acts.iter().filter(|act| matches!(act, Act::FileContent(..) | Act::FileId(..))) {
        home.perform(*act).await;
    }
    assert_eq!(home.snapshot().await.rows.len(), merged_once.rows.len(), "nothing comes back");
    let mut order = order.into_iter().cycle();
    while !merges.is_empty() {
        let merge = merges[order.next().expect("cycles") % merges.len()];
        match unmerge(&home.bench.db, home.scope, UnmergeTransactions { merge }).await {
            Ok(_) => merges.retain(|other| *other != merge),
            // A later one stands on it.
            Err(Error::Conflict { .. }) => order = (0..merges.len()).rev().collect::<Vec<_>>().into_iter().cycle(),
            Err(error) => panic!("{error}"),
        }
        home.assert_whole().await;
    }
    assert_eq!(home.snapshot().await, before);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// However rows came about and whatever a person set on them: what is merged and undone, in whatever order, is what it was.
    #[test]
    fn what_is_merged_and_undone_is_what_it_was(
        acts in prop::collection::vec(act(), 2..14),
        anchored_after in 0..16_usize,
        picks in prop::collection::vec((0..9_usize, 0..9_usize), 1..8),
        order in prop::collection::vec(0..9_usize, 1..5),
    ) {
        prop_assume!(acts.iter().any(|act| matches!(act, Act::Bank(..) | Act::FileId(..) | Act::FileContent(..))));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(merge_and_unmerge(acts, anchored_after, picks, order));
    }
}
