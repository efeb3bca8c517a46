//! For tests: a bank whose log is in memory, a household that pulls it through everything but the network, and what must be true
//! afterwards.

mod bank;
mod corpus;
mod refund;
mod rules;
mod simulation;
mod transfer;
mod undo;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

pub(super) use bank::{Bank, Entry};
use connector::bank::{BalanceKind, Entries, SourceAccount, SourceBalance};
use domain::{
    account::AccountKind,
    currency::Currency,
    day::Day,
    id::{AccountId, TransactionId},
    line::Line,
    money::Money,
    reconcile::{self, State},
};
use entity::{account, connection, monthly_spending, transaction, transaction_alias};
use rust_decimal::Decimal;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, sea_query::Expr};

use super::{Source, Step, batches, finish, insert, keep, listing};
use crate::{
    Error, Scope,
    account::UpdateAccount,
    archive::{self, Archive},
    household, ledger,
    outside::SANDBOX,
    statement::{account::Ours, testing as statement},
    testing::{Bench, Folder, on_both_engines},
    transaction::{UpdateTransaction, delete, update},
};

/// The only account of the bank's only customer.
const ACCOUNT: &str = "checking";

/// Where a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crash {
    /// Before the commit: nothing of the page is there.
    Before,
    /// After it: everything is, and nobody heard.
    After,
}

/// A household, and its bank.
pub(super) struct World<'a> {
    bench: &'a Bench,
    archive: Archive,
    scope: Scope,
    connection: i64,
    pub(super) bank: Bank,
    _folder: Folder,
}

fn euro() -> Currency {
    Currency::from_code("EUR").expect("the euro")
}

impl<'a> World<'a> {
    pub(super) async fn new(bench: &'a Bench) -> Self {
        let (db, folder) = (&bench.db, Folder::new());
        let scope = Scope::of_operator(household::create(db, "World", "EUR").await.expect("a household"));
        let connection = db.next_id().await.expect("an id");
        let sandbox = i32::try_from(SANDBOX.0).expect("small");
        db.write(scope, move |unit| {
            async move {
                archive::prepare(unit).await?;
                insert(unit, connection, sandbox, "").await.map(|_| ())
            }
            .scope_boxed()
        })
        .await
        .expect("a connection");
        let archive = Archive::open(folder.path().to_owned(), 1);
        Self { bench, archive, scope, connection, bank: Bank::default(), _folder: folder }
    }

    async fn row(&self) -> connection::Model {
        let id = connection::Column::Id.eq(self.connection);
        let found = self.scope.find::<connection::Entity>().filter(id).one(self.bench.db.reader()).await;
        found.expect("reads").expect("the connection")
    }

    pub(super) async fn account(&self) -> account::Model {
        let of_bank = account::Column::ConnectionId.eq(self.connection);
        let found = self.scope.find::<account::Entity>().filter(of_bank).one(self.bench.db.reader()).await;
        found.expect("reads").expect("the account")
    }

    /// The accounts, as every pull finds them first.
    async fn accounts(&self) -> HashMap<String, Source> {
        let listed = &[SourceAccount {
            source_id: ACCOUNT.to_owned(),
            kind: AccountKind::Checking,
            currency: euro(),
            name: "Checking".to_owned(),
            number_tail: None,
        }];
        let connection = self.connection;
        let kept = self
            .bench
            .db
            .write(self.scope, move |unit| async move { keep(unit, connection, listed).await }.scope_boxed());
        kept.await.expect("kept").expect("the connection")
    }

    /// Pulls everything the bank has, page by page; the process dies where `crashes` says, one word a page, and another goes on.
    pub(super) async fn pull(&self, rows: usize, mut crashes: impl Iterator<Item = Option<Crash>>) {
        let accounts = &self.accounts().await;
        loop {
            let row = self.row().await;
            let Some(page) = self.bank.page(row.cursor.as_deref(), rows) else {
                self.forget_cursor().await;
                continue;
            };
            let is_over = page.lines.is_empty() && page.removed.is_empty();
            if is_over && row.cursor.is_some() {
                return self.close(&row, accounts).await;
            }
            self.book(&row, page, accounts, crashes.next().flatten()).await;
        }
    }

    /// Pulls one page and no more: the pull goes on later.
    pub(super) async fn pull_page(&self, rows: usize, crash: Option<Crash>) {
        let (row, accounts) = (self.row().await, &self.accounts().await);
        let page = self.bank.page(row.cursor.as_deref(), rows).expect("a cursor of this log");
        self.book(&row, page, accounts, crash).await;
    }

    async fn book(
        &self,
        row: &connection::Model,
        page: Entries,
        accounts: &HashMap<String, Source>,
        crash: Option<Crash>,
    ) {
        let (db, scope) = (&self.bench.db, self.scope);
        let is_listing = match row.cursor {
            None => listing::is_needed(db, scope, accounts).await.expect("reads"),
            Some(_) => row.is_listing != 0,
        };
        let sealer = archive::sealer(db, scope).await.expect("a key");
        let kept = archive::keep(&self.archive, db, &sealer, scope, row.id, b"a page").await.expect("kept");
        let after = page.cursor.clone();
        let batches = batches(db.keys().fingerprint(), accounts, page, is_listing.then_some(row.id));
        let (connection, before, rejected) = (row.id, row.cursor.clone(), 0);
        let step = &Step { connection, before, after, is_listing, rejected, kept, batches };
        let written = db.write(scope, move |unit| {
            async move {
                step.write(unit).await?;
                match crash {
                    Some(Crash::Before) => Err(Error::broken("the process died")),
                    _ => Ok(()),
                }
            }
            .scope_boxed()
        });
        assert_eq!(written.await.is_err(), crash == Some(Crash::Before));
    }

    async fn forget_cursor(&self) {
        let id = self.connection;
        let forgotten = self.bench.db.write(self.scope, move |unit| {
            async move {
                unit.scope()
                    .update::<connection::Entity>()
                    .filter(connection::Column::Id.eq(id))
                    .col_expr(connection::Column::Cursor, Expr::value(None::<String>))
                    .exec(unit.connection())
                    .await?;
                Ok(())
            }
            .scope_boxed()
        });
        forgotten.await.expect("written");
    }

    async fn close(&self, row: &connection::Model, accounts: &HashMap<String, Source>) {
        let balances = &[SourceBalance {
            account_source_id: ACCOUNT.to_owned(),
            kind: BalanceKind::Booked,
            money: Money::new(self.bank.balance(), euro()),
        }];
        let closed = self.bench.db.write(self.scope, move |unit| {
            async move { finish::close(unit, row, row.is_listing != 0, accounts, balances).await }.scope_boxed()
        });
        closed.await.expect("closed");
        // The next pull comes later.
        self.bench.clock.advance(Duration::from_millis(10));
    }

    /// Imports the lines of a statement file.
    pub(super) async fn import(&self, lines: Vec<Line>) -> i64 {
        let Source { account, setting, .. } = self.accounts().await[ACCOUNT];
        statement::import(&self.bench.db, self.scope, Ours { account, setting }, lines).await
    }

    /// Takes an import back.
    pub(super) async fn undo(&self, statement: i64, keep_edited: bool) {
        statement::take_back(&self.bench.db, self.scope, statement, keep_edited).await;
    }

    /// The rows in a state, in the order of their days and amounts.
    pub(super) async fn rows(&self, state: State) -> Vec<transaction::Model> {
        let found = self
            .scope
            .find::<transaction::Entity>()
            .filter(transaction::Column::State.eq(state.code()))
            .order_by_asc(transaction::Column::Day)
            .order_by_asc(transaction::Column::AmountMinor)
            .order_by_asc(transaction::Column::Id);
        found.all(self.bench.db.reader()).await.expect("reads")
    }

    pub(super) fn fingerprint_key(&self) -> reconcile::FingerprintKey {
        *self.bench.db.keys().fingerprint()
    }

    /// A person's note on a row.
    pub(super) async fn note(&self, id: i64, note: &str) {
        let note = Some(Some(note.to_owned()));
        let command = UpdateTransaction { note, ..UpdateTransaction::of(TransactionId(id)) };
        update(&self.bench.db, self.scope, command).await.expect("noted");
    }

    /// A person throws a row away.
    pub(super) async fn delete(&self, id: i64) {
        delete(&self.bench.db, self.scope, TransactionId(id)).await.expect("deleted");
    }

    /// No row's name is another name, of itself or of a second row.
    async fn assert_names(&self) {
        let db = &self.bench.db;
        let others = self.scope.find::<transaction_alias::Entity>().all(db.reader()).await;
        let others: HashSet<(i64, i16)> =
            others.expect("reads").into_iter().map(|name| (name.fingerprint, name.ordinal)).collect();
        let rows = self.scope.find::<transaction::Entity>().all(db.reader()).await.expect("reads");
        let clash = rows.iter().find(|row| others.contains(&(row.fingerprint, row.ordinal)));
        assert_eq!(clash, None, "its name is another name, too");
    }

    /// What is kept beside the rows adds up to them, and their names are theirs alone.
    pub(super) async fn assert_sums(&self) {
        self.assert_names().await;
        let mut cells: BTreeMap<(i32, i32), (i32, i32, i64, i64)> = BTreeMap::new();
        let (mut posted_minor, mut pending_minor) = (0, 0);
        for (state, is_posted) in [(State::Posted, true), (State::Pending, false)] {
            for row in self.rows(state).await {
                for (category, minor) in ledger::theirs::counted(&row) {
                    let cell = cells.entry((Day::of_row(row.day).month().number(), category.0)).or_default();
                    let counted = if is_posted { (1, 0, minor, 0) } else { (0, 1, 0, minor) };
                    *cell = (cell.0 + counted.0, cell.1 + counted.1, cell.2 + counted.2, cell.3 + counted.3);
                    posted_minor += counted.2;
                    pending_minor += counted.3;
                }
            }
        }
        let kept = self.scope.find::<monthly_spending::Entity>().all(self.bench.db.reader()).await.expect("reads");
        let kept: BTreeMap<_, _> = kept
            .into_iter()
            .map(|row| {
                let sums = (row.posted_count, row.pending_count, row.posted_minor, row.pending_minor);
                ((row.month, row.category_id), sums)
            })
            .collect();
        assert_eq!(kept, cells, "the sums of the months");
        let account = self.account().await;
        assert_eq!((account.posted_minor, account.pending_minor), (posted_minor, pending_minor), "the account's sums");
    }
}

on_both_engines! {
    async fn an_account_that_is_linked_again_is_anchored_by_its_bank(bench: Bench) {
        let mut world = World::new(&bench).await;
        world.bank.opening_minor = 100_000;
        let day = Day::from_number(20_400).expect("a day");
        world.bank.log.push(Entry::Line(bank::line("1", day, -350, "COFFEE CORNER")));
        world.pull(10, std::iter::repeat(None)).await;
        // The bank goes, and the person says what was there before.
        let (id, scope) = (AccountId(world.account().await.id), world.scope);
        let mut let_go = scope.update::<account::Entity>().filter(account::Column::Id.eq(id.0));
        let_go = let_go.col_expr(account::Column::ConnectionId, Expr::value(None::<i64>));
        let_go.exec(bench.db.writer()).await.expect("updates");
        let opening_balance = Some(Decimal::from(5));
        let command = UpdateAccount { id, name: None, kind: None, opening_balance };
        crate::account::update(&bench.db, scope, command).await.expect("updates");
        world.forget_cursor().await;
        world.pull(10, std::iter::repeat(None)).await;
        let account = world.account().await;
        assert_eq!((account.opening_minor, account.posted_minor, account.bank_minor), (100_000, -350, Some(99_650)));
        assert_eq!(account.covered_day, Some(day.number()));
    }

    async fn a_bank_that_anchors_an_account_while_a_file_is_read_has_the_files_rows_in_its_balance(bench: Bench) {
        let mut world = World::new(&bench).await;
        world.bank.opening_minor = 100_000;
        let day = |number| Day::from_number(number).expect("a day");
        world.bank.log.push(Entry::Line(bank::line("1", day(20_400), -350, "COFFEE CORNER")));
        let Source { account, setting, .. } = world.accounts().await[ACCOUNT];
        let early = vec![bank::line("f1", day(20_300), -2_000, "REWE MARKT")];
        let begun = statement::Begun::new(&bench.db, Ours { account, setting }, early).await;
        world.pull(10, std::iter::repeat(None)).await;
        begun.book(&bench.db, world.scope).await;
        let account = world.account().await;
        assert_eq!((account.opening_minor, account.posted_minor, account.bank_minor), (102_000, -2_350, Some(99_650)));
    }
}
