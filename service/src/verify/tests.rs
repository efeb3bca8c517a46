use std::collections::BTreeMap;

use domain::{
    account::AccountKind,
    categorize::Setting,
    currency::Currency,
    day::Day,
    id::TransactionId,
    line::Line,
    reconcile::{Reason, State},
};
use entity::{listed_row, statement};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, TransactionTrait};

use super::{Check, Finding, Question, Report, verify};
use crate::{
    Db, Error, Scope, Unit,
    archive::{self, Archive, Saying},
    connection::{self, Source},
    db::Engine,
    duplicate::{self, MergeTransactions, Pair},
    event::Event,
    household,
    job::{ImportStatement, Job, Pull},
    ledger::{self, Batch, Mode, Prepared},
    testing::{Folder, on_both_engines},
};

const BANK: i32 = 1;

/// A household to which all has happened that can: pulls, pending lines that were booked, a deleted row, an archive, jobs, events.
struct Life {
    scope: Scope,
    connection: i64,
    accounts: Vec<i64>,
    /// A posted transaction of the first account, one that was pending, and one that its person has deleted.
    posted: i64,
    settled: i64,
    deleted: i64,
    /// Two that a person has made one, and what came of it.
    kept: i64,
    gone: i64,
    merge: i64,
    page: i64,
    statement: i64,
}

impl Life {
    async fn live(db: &Db, archive: &Archive) -> Self {
        let scope = Scope::of_operator(household::create(db, "life", "EUR").await.expect("founded"));
        let (connection, statement) = (db.next_id().await.expect("an id"), db.next_id().await.expect("an id"));
        let sources =
            db.write(scope, move |unit| begin(unit, connection, statement).scope_boxed()).await.expect("begins");
        let sealer = archive::sealer(db, scope).await.expect("a key");
        let kept = archive::keep(archive, db, &sealer, scope, connection, b"what a bank sent").await.expect("kept");
        db.write(scope, |unit| archive::record(unit, &kept, Saying::Changes).scope_boxed()).await.expect("recorded");
        let accounts: Vec<i64> = sources.iter().map(|source| source.account).collect();
        let mut booked = Vec::new();
        for page in [first_page(), second_page()] {
            let batches = &sources.iter().map(|source| batch(db, *source, &page)).collect::<Vec<_>>();
            let page = db.write(scope, |unit| async move { ledger::book(unit, batches).await }.scope_boxed()).await;
            booked.push(page.expect("booked"));
        }
        let (posted, deleted, settled) = (booked[0].new[0], booked[0].new[2], booked[1].changed[0]);
        crate::transaction::delete(db, scope, TransactionId(deleted)).await.expect("deleted");
        let (kept, gone) = (booked[1].new[1], booked[1].new[2]);
        let command = MergeTransactions { kept: TransactionId(kept), gone: TransactionId(gone), idempotency_key: None };
        let one = duplicate::merge(db, scope, command).await.expect("merged").id;
        let merge = duplicate::merged(db, scope, &[one]).await.expect("merges")[&one][0].id.0;
        let doubt = |other| Pair { account: accounts[0], known: settled, new: other, reason: Reason::Text };
        // What may be one with a part of another one is asked again when that is undone.
        let doubts = &[doubt(kept), doubt(gone)];
        db.write(scope, |unit| async move { tell_once_more(unit, connection, settled, doubts).await }.scope_boxed())
            .await
            .expect("told");
        for account in &accounts {
            let sql = "UPDATE account SET bank_minor = opening_minor + posted_minor, anchored = 1 WHERE household_id = $1 AND id = $2";
            let values = [scope.household().0.into(), (*account).into()];
            db.writer().execute_raw(db.statement(sql, values)).await.expect("the bank agrees");
        }
        invest(db, scope, accounts[0], statement, [booked[0].new[1], gone]).await;
        let page = archive::places(db, scope, -1, 1).await.expect("places")[0].id;
        Self { scope, connection, accounts, posted, settled, deleted, kept, gone, merge, page, statement }
    }

    /// A statement about this household, with its numbers in place of their names.
    fn sql(&self, text: &str) -> String {
        let numbers = [
            ("{h}", self.scope.household().0),
            ("{a}", self.accounts[0]),
            ("{b}", self.accounts[1]),
            ("{c}", self.connection),
            ("{posted}", self.posted),
            ("{settled}", self.settled),
            ("{deleted}", self.deleted),
            ("{kept}", self.kept),
            ("{gone}", self.gone),
            ("{merge}", self.merge),
            ("{page}", self.page),
            ("{s}", self.statement),
        ];
        numbers.iter().fold(text.to_owned(), |sql, (name, number)| sql.replace(name, &number.to_string()))
    }
}

/// Trades behind a transaction and behind one that became a part of another, and a holding that does not stand: its statement waits.
async fn invest(db: &Db, scope: Scope, account: i64, statement: i64, transactions: [i64; 2]) {
    let household = scope.household().0;
    let [first, second] = transactions;
    let statements = [
        format!("INSERT INTO security (household_id, id, id_type, code) VALUES ({household}, 1, 'ISIN', 'DE000A0STOCK')"),
        format!(
            "INSERT INTO trade (household_id, transaction_id, statement_id, account_id, security_id, kind, currency, units)
             VALUES ({household}, {first}, {statement}, {account}, 1, 1, 'EUR', '1.5'),
                    ({household}, {second}, {statement}, {account}, NULL, 8, 'EUR', NULL)"
        ),
        format!("INSERT INTO holding VALUES ({household}, {account}, {statement}, 0, 1, 100, 19000, 1, 0, 'EUR', '1', '1')"),
    ];
    for sql in statements {
        db.writer().execute_unprepared(&sql).await.expect("invests");
    }
}

/// Two doubts, and a bank in the middle of telling its history once more.
async fn tell_once_more(unit: &Unit, connection: i64, named: i64, doubts: &[Pair]) -> crate::Result<()> {
    duplicate::record(unit, doubts).await?;
    connection::listing::begin(unit, connection, true).await?;
    let row = listed_row::ActiveModel {
        household_id: Set(unit.scope().household().0),
        connection_id: Set(connection),
        transaction_id: Set(named),
        is_guess: Set(0),
    };
    listed_row::Entity::insert(row).exec_without_returning(unit.connection()).await?;
    Ok(())
}

async fn begin(unit: &mut Unit, connection: i64, statement: i64) -> crate::Result<Vec<Source>> {
    archive::prepare(unit).await?;
    let household = unit.scope().household().0;
    let place = format!("connection {household} {connection}");
    let tokens = br#"{"access":"a","refresh":"r","expires_at_ms":1}"#;
    let sealed = unit.db().keys().seal(unit.db().ambient(), &place, tokens)?;
    connection::insert(unit, connection, BANK, &sealed).await?;
    let listed = ["checking", "card"].map(|name| connector::bank::SourceAccount {
        source_id: name.to_owned(),
        kind: AccountKind::Checking,
        currency: Currency::from_code("EUR").expect("the euro"),
        name: name.to_owned(),
        number_tail: None,
    });
    let kept = connection::keep(unit, connection, &listed).await?.expect("the connection");
    let pull = Pull { connection, institution: BANK, lane: "routine".to_owned() };
    unit.enqueue_at(Job::Pull(pull), unit.now_ms() + 86_400_000)?;
    let row = statement::ActiveModel {
        household_id: Set(household),
        id: Set(statement),
        status: Set(statement::WAITING),
        file_name: Set("a.csv".to_owned()),
        format: Set("csv".to_owned()),
        bytes: Set(1),
        options: Set("{}".to_owned()),
        accounts: Set("[]".to_owned()),
        lines: Set(0),
        lines_done: Set(0),
        new_count: Set(0),
        duplicate_count: Set(0),
        changed_count: Set(0),
        rejected_count: Set(0),
        unsupported_count: Set(0),
        is_truncated: Set(0),
        rejects: Set("[]".to_owned()),
        created_at_ms: Set(unit.now_ms()),
        ..Default::default()
    };
    statement::Entity::insert(row).exec_without_returning(unit.connection()).await?;
    unit.enqueue(Job::ImportStatement(ImportStatement { statement, lane: "urgent".to_owned() }))?;
    unit.emit(Event::ConnectionUpdated { connection });
    unit.emit(Event::AccountsChanged {});
    let mut sources: Vec<Source> = kept.into_values().collect();
    sources.sort_by_key(|source| source.account);
    Ok(sources)
}

fn line(id: &str, day: &str, amount_minor: i64, text: &str) -> Line {
    Line {
        source_id: Some(id.to_owned()),
        replaces_source_id: None,
        day: day.parse().expect("a day"),
        amount_minor,
        pending: false,
        descriptor: text.to_owned(),
        merchant_name: None,
        original: None,
        merchant_category_code: None,
        category: None,
    }
}

/// Two months with both ends of a leap day, two equal coffees, and a pending line.
fn first_page() -> Vec<Line> {
    vec![
        line("1", "2024-02-29", -420, "BLUE BOTTLE COFFEE"),
        line("2", "2024-02-29", -420, "BLUE BOTTLE COFFEE"),
        line("3", "2024-03-01", -1_999, "REWE MARKT"),
        line("4", "1969-12-31", 100_000, "SALARY"),
        line("5", "1900-01-01", 1, "THE FIRST DAY"),
        line("6", "2200-12-31", -1, "THE LAST DAY"),
        Line { pending: true, ..line("7", "2024-03-02", -1_850, "CAFE 11") },
    ]
}

fn second_page() -> Vec<Line> {
    vec![
        Line { replaces_source_id: Some("7".to_owned()), ..line("8", "2024-03-04", -2_050, "CAFE 11") },
        Line { pending: true, ..line("9", "2024-03-05", -700, "KIOSK") },
        line("10", "2024-03-06", -990, "BAKERY"),
        line("11", "2024-03-06", -990, "BAKERY"),
    ]
}

fn batch(db: &Db, source: Source, lines: &[Line]) -> Batch {
    let prepared =
        |line: &Line| Prepared::new(db.keys().fingerprint(), ledger::Source::Bank, source.setting, line.clone());
    let lines = lines.iter().map(prepared).collect();
    Batch {
        account: source.account,
        setting: source.setting,
        covered_day: None,
        mode: Mode::Page { removed: vec![] },
        lines,
    }
}

async fn findings(db: &Db, question: Question<'_>) -> (Report, Vec<Finding>) {
    let mut findings = Vec::new();
    let report = verify(db, question, &mut |finding| findings.push(finding)).await.expect("verifies");
    (report, findings)
}

fn counted(findings: &[Finding]) -> BTreeMap<&'static str, usize> {
    findings.iter().fold(BTreeMap::new(), |mut counts, finding| {
        *counts.entry(finding.check.name()).or_default() += 1;
        counts
    })
}

/// Runs statements with the guards of the tables asleep.
async fn break_by(db: &Db, statements: &str) {
    if db.engine() == Engine::Postgres {
        let transaction = db.writer().begin().await.expect("begins");
        transaction.execute_unprepared("SET LOCAL session_replication_role = replica").await.expect("a superuser");
        let unchecked = "ALTER TABLE duplicate_suggestion DROP CONSTRAINT IF EXISTS duplicate_suggestion_check";
        transaction.execute_unprepared(unchecked).await.expect("the owner");
        transaction.execute_unprepared(statements).await.expect(statements);
        transaction.commit().await.expect("commits");
    } else {
        db.writer()
            .execute_unprepared("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
            .await
            .expect("off");
        db.writer().execute_unprepared(statements).await.expect(statements);
        db.writer()
            .execute_unprepared("PRAGMA foreign_keys = ON; PRAGMA ignore_check_constraints = OFF")
            .await
            .expect("on");
    }
}

const ONE_CELL: &str = "household_id = {h} AND account_id = {a} AND month = 24289";
const A_COPY: &str = r#"INSERT INTO "transaction" (household_id, id, account_id, amount_minor, merchant_id, fingerprint, day, category_id,
    ordinal, state, category_source, origin, descriptor) SELECT household_id, 999, 999, amount_minor, merchant_id, fingerprint, day,
    category_id, ordinal, state, category_source, origin, descriptor FROM "transaction" WHERE household_id = {h} AND id = {deleted}"#;

/// What is broken, and exactly what is found.
#[rustfmt::skip]
const WAYS: &[(&str, &[(Check, usize)])] = &[
    ("UPDATE monthly_spending SET posted_minor = posted_minor + 1 WHERE {cell}", &[(Check::SpendingSums, 1)]),
    ("UPDATE monthly_spending SET posted_count = posted_count + 1 WHERE {cell}", &[(Check::SpendingSums, 1)]),
    ("UPDATE monthly_spending SET pending_minor = pending_minor + 1 WHERE {cell}", &[(Check::SpendingSums, 1)]),
    ("UPDATE monthly_spending SET pending_count = pending_count + 1 WHERE {cell}", &[(Check::SpendingSums, 1)]),
    ("UPDATE monthly_spending SET month = 24000 WHERE {cell}", &[(Check::SpendingSums, 2)]),
    ("DELETE FROM monthly_spending WHERE {cell}", &[(Check::SpendingSums, 1)]),
    ("INSERT INTO monthly_spending VALUES ({h}, 24000, {a}, 1, 0, 0, 0, 0)", &[(Check::SpendingEmpty, 1)]),
    ("UPDATE account SET posted_minor = posted_minor + 5, opening_minor = opening_minor - 5 WHERE household_id = {h} AND id = {a}", &[(Check::AccountSums, 1)]),
    ("UPDATE account SET pending_minor = pending_minor + 5 WHERE household_id = {h} AND id = {b}", &[(Check::AccountSums, 1)]),
    (r#"UPDATE "transaction" SET amount_minor = amount_minor - 1 WHERE household_id = {h} AND id = {posted}"#, &[(Check::SpendingSums, 1), (Check::AccountSums, 1)]),
    (r#"UPDATE "transaction" SET state = 2 WHERE household_id = {h} AND id = {posted}"#, &[(Check::SpendingSums, 1), (Check::AccountSums, 1)]),
    (r#"UPDATE "transaction" SET day = day + 1 WHERE household_id = {h} AND id = {posted}"#, &[(Check::SpendingSums, 2)]),
    (r#"DELETE FROM "transaction" WHERE household_id = {h} AND id = {posted}"#, &[(Check::SpendingSums, 1), (Check::AccountSums, 1)]),
    ("{copy}", &[(Check::Orphan, 1)]),
    ("INSERT INTO balance VALUES ({h}, 999, 1, 1)", &[(Check::Orphan, 1)]),
    ("INSERT INTO statement_mapping VALUES ({h}, 999, 'a', '{}', 1)", &[(Check::Orphan, 1)]),
    ("INSERT INTO monthly_spending VALUES ({h}, 24000, 999, 1, 1, 0, 1, 0)", &[(Check::Orphan, 1), (Check::SpendingSums, 1)]),
    ("INSERT INTO transaction_alias VALUES ({h}, 999, 1, 0, 0, {posted}, NULL, NULL, NULL)", &[(Check::Orphan, 1), (Check::AliasOrphan, 1)]),
    ("UPDATE account SET connection_id = 999 WHERE household_id = {h} AND id = {b}", &[(Check::Orphan, 1)]),
    ("INSERT INTO membership VALUES ({h}, 999, 0, 0)", &[(Check::Orphan, 1)]),
    ("DELETE FROM household_key WHERE household_id = {h}", &[(Check::Orphan, 1)]),
    ("INSERT INTO transaction_alias VALUES ({h}, {a}, 1, 0, 0, 999, NULL, NULL, NULL)", &[(Check::AliasOrphan, 1)]),
    ("INSERT INTO transaction_alias VALUES ({h}, {b}, 1, 0, 0, {posted}, NULL, NULL, NULL)", &[(Check::AliasOrphan, 1)]),
    (r#"INSERT INTO transaction_alias SELECT household_id, account_id, fingerprint, ordinal, 0, {settled}, NULL, NULL, NULL FROM "transaction" WHERE household_id = {h} AND id = {posted}"#, &[(Check::AliasClash, 1)]),
    ("INSERT INTO duplicate_suggestion VALUES ({h}, 1, {kept}, {a}, 0, 0, 0)", &[(Check::Suggestion, 1)]),
    ("INSERT INTO duplicate_suggestion VALUES ({h}, {kept}, {kept} + 1000000, {a}, 0, 1, 0)", &[(Check::Suggestion, 1)]),
    ("UPDATE duplicate_suggestion SET account_id = {b} WHERE household_id = {h} AND second_id = {gone}", &[(Check::Suggestion, 1)]),
    ("UPDATE duplicate_suggestion SET account_id = 999 WHERE household_id = {h} AND second_id = {gone}", &[(Check::Suggestion, 1), (Check::Orphan, 1)]),
    ("UPDATE duplicate_suggestion SET first_id = {kept}, second_id = {settled} WHERE household_id = {h} AND second_id = {kept}", &[(Check::Suggestion, 1)]),
    ("UPDATE duplicate_suggestion SET first_id = {kept} WHERE household_id = {h} AND second_id = {kept}", &[(Check::Suggestion, 1)]),
    ("UPDATE transaction_merge SET kept_id = 1 WHERE household_id = {h} AND id = {merge}", &[(Check::Merge, 1)]),
    ("UPDATE transaction_merge SET account_id = {b} WHERE household_id = {h} AND id = {merge}", &[(Check::Merge, 1), (Check::Suggestion, 1), (Check::Trade, 1)]),
    ("UPDATE transaction_merge SET account_id = 999 WHERE household_id = {h} AND id = {merge}", &[(Check::Merge, 1), (Check::Suggestion, 1), (Check::Orphan, 1), (Check::Trade, 1)]),
    ("UPDATE transaction_merge SET gone_id = {posted} WHERE household_id = {h} AND id = {merge}", &[(Check::Merge, 1), (Check::Suggestion, 1), (Check::Trade, 1)]),
    ("DELETE FROM transaction_merge WHERE household_id = {h} AND id = {merge}", &[(Check::Suggestion, 1), (Check::Trade, 1)]),
    (r#"DELETE FROM "transaction" WHERE household_id = {h} AND id = {kept}"#, &[(Check::Merge, 1), (Check::Suggestion, 1), (Check::AliasOrphan, 1), (Check::SpendingSums, 1), (Check::AccountSums, 1)]),
    ("INSERT INTO transfer VALUES ({h}, 1, {posted}, {a}, 999, {b}, 0, 0, 0, 0, NULL, NULL, 0, 0, NULL)", &[(Check::Transfer, 2)]),
    ("INSERT INTO transfer VALUES ({h}, 1, {posted}, {a}, 999, {b}, 1, 0, 0, 0, NULL, NULL, 0, 0, NULL)", &[(Check::Transfer, 3)]),
    (r#"UPDATE "transaction" SET counted_as = 304 WHERE household_id = {h} AND id = {posted}"#, &[(Check::Transfer, 1), (Check::SpendingSums, 2)]),
    (r#"UPDATE "transaction" SET counted_as = 9999 WHERE household_id = {h} AND id = {posted}"#, &[(Check::Transfer, 2), (Check::TransactionCode, 1), (Check::SpendingSums, 2)]),
    (r#"UPDATE "transaction" SET refund_of = {posted} WHERE household_id = {h} AND id = {posted}"#, &[(Check::Refund, 1)]),
    (r#"UPDATE "transaction" SET refund_of = 999 WHERE household_id = {h} AND id = {posted}"#, &[(Check::Refund, 1)]),
    (r#"UPDATE "transaction" SET refund_of = {posted}, counted_as = 304 WHERE household_id = {h} AND id = {posted}"#, &[(Check::Refund, 1), (Check::SpendingSums, 2)]),
    ("INSERT INTO merchant VALUES ({h}, 10001, NULL, 'A', 10002, 0), ({h}, 10002, NULL, 'B', 10001, 0)", &[(Check::Merchant, 2)]),
    ("INSERT INTO merchant VALUES ({h}, 10001, 'C', 'A', NULL, 0), ({h}, 10002, NULL, 'B', 10001, 0)", &[]),
    ("INSERT INTO merchant_vote VALUES ({h}, 10001, 0, 702, 999, NULL)", &[(Check::Crowd, 1)]),
    ("INSERT INTO merchant_vote VALUES ({h}, 10001, 0, NULL, NULL, NULL)", &[(Check::Crowd, 1)]),
    ("INSERT INTO category VALUES ({h}, 1000000, 1000007, NULL, 'Lost', NULL, NULL, 0, NULL, 0)", &[(Check::Category, 1)]),
    ("INSERT INTO category VALUES ({h}, 702, NULL, NULL, NULL, NULL, NULL, 0, 1000007, 0)", &[(Check::Category, 1), (Check::TransactionCode, 2)]),
    ("INSERT INTO budget VALUES ({h}, 1000007, 'EUR', 24000, 5)", &[(Check::Category, 1)]),
    ("INSERT INTO merchant_choice VALUES ({h}, 1, 10001, 0, 0, 1000007, 'Kroger', 0, NULL)", &[(Check::Category, 1)]),
    ("UPDATE connection SET is_listing = 0 WHERE household_id = {h} AND id = {c}", &[(Check::ListedRow, 1)]),
    ("INSERT INTO listed_row VALUES ({h}, {c}, 999, 0)", &[(Check::ListedRow, 1)]),
    ("UPDATE listed_row SET connection_id = 999 WHERE household_id = {h}", &[(Check::ListedRow, 1)]),
    (r#"UPDATE "transaction" SET origin = 4 WHERE household_id = {h} AND id = {posted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET category_id = 9999 WHERE household_id = {h} AND id = {deleted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET category_source = 55 WHERE household_id = {h} AND id = {deleted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET origin = 7 WHERE household_id = {h} AND id = {deleted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET rule_id = 5 WHERE household_id = {h} AND id = {posted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET category_source = 5 WHERE household_id = {h} AND id = {posted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET ruled = 2 WHERE household_id = {h} AND id = {posted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET tags = ',1,' WHERE household_id = {h} AND id = {posted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET parts = '[[807,-1,null]]' WHERE household_id = {h} AND id = {deleted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET parts = 'none' WHERE household_id = {h} AND id = {deleted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET parts = '[[807,' || amount_minor || ',null]]' WHERE household_id = {h} AND id = {posted}"#, &[(Check::SpendingSums, 2)]),
    (r#"UPDATE "transaction" SET merchant_id = 4 WHERE household_id = {h} AND id = {posted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET merchant_id = 0 WHERE household_id = {h} AND id = {posted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET day = 2147483647 WHERE household_id = {h} AND id = {deleted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET day = -2147483648 WHERE household_id = {h} AND id = {deleted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET amount_minor = 0, origin = 1 WHERE household_id = {h} AND id = {deleted}"#, &[(Check::TransactionCode, 1)]),
    (r#"UPDATE "transaction" SET ordinal = -1 WHERE household_id = {h} AND id = {posted}"#, &[(Check::TransactionCode, 1)]),
    ("UPDATE account SET currency = 'XQX' WHERE household_id = {h} AND id = {a}", &[(Check::AccountCode, 1)]),
    ("UPDATE account SET kind = 44 WHERE household_id = {h} AND id = {a}", &[(Check::AccountCode, 1)]),
    ("UPDATE account SET anchored = 7 WHERE household_id = {h} AND id = {a}", &[(Check::AccountCode, 1)]),
    ("UPDATE account SET source_id = NULL WHERE household_id = {h} AND id = {a}", &[(Check::AccountCode, 1)]),
    ("UPDATE trade SET transaction_id = 999 WHERE household_id = {h} AND kind = 1", &[(Check::Trade, 1)]),
    ("UPDATE trade SET transaction_id = 999 WHERE household_id = {h} AND transaction_id = {gone}", &[(Check::Trade, 1)]),
    ("UPDATE trade SET account_id = {b} WHERE household_id = {h} AND kind = 1", &[(Check::Trade, 1)]),
    ("UPDATE trade SET account_id = 999 WHERE household_id = {h} AND kind = 1", &[(Check::Trade, 1), (Check::Orphan, 1)]),
    ("UPDATE trade SET security_id = 999 WHERE household_id = {h} AND kind = 1", &[(Check::Trade, 1)]),
    ("UPDATE trade SET kind = 99 WHERE household_id = {h} AND kind = 1", &[(Check::Trade, 1)]),
    ("UPDATE holding SET security_id = 999 WHERE household_id = {h}", &[(Check::Holding, 1)]),
    ("UPDATE holding SET account_id = 999 WHERE household_id = {h}", &[(Check::Orphan, 1)]),
    ("UPDATE holding SET held_in = 99 WHERE household_id = {h}", &[(Check::Holding, 1)]),
    ("UPDATE holding SET stands = 1 WHERE household_id = {h}", &[(Check::Holding, 1)]),
    ("UPDATE account SET bank_minor = bank_minor + 1 WHERE household_id = {h} AND id = {a}", &[(Check::Drift, 1)]),
    ("DELETE FROM job WHERE unique_key = 'pull:{c}'", &[(Check::PullUnplanned, 1)]),
    ("DELETE FROM job WHERE unique_key = 'statement:{s}'", &[(Check::StatementUnplanned, 1)]),
    ("UPDATE job SET state = 3 WHERE unique_key = 'pull:{c}'", &[(Check::JobDead, 1)]),
    ("UPDATE job SET state = 2 WHERE unique_key = 'pull:{c}'", &[(Check::JobParked, 1)]),
    ("UPDATE job SET state = 1, lease_until_ms = 1 WHERE unique_key = 'pull:{c}'", &[(Check::JobLease, 1)]),
    ("UPDATE job SET kind = 'dance' WHERE unique_key = 'pull:{c}'", &[(Check::JobUnknown, 1)]),
    ("UPDATE job SET body = '{}' WHERE unique_key = 'pull:{c}'", &[(Check::JobUnknown, 1)]),
    ("UPDATE household SET seq = 1 WHERE id = {h}", &[(Check::EventNumber, 1)]),
    ("UPDATE household SET event_floor_seq = 1000 WHERE id = {h}", &[(Check::EventNumber, 2)]),
    ("UPDATE archive_page SET start = start + 1 WHERE household_id = {h} AND id = {page}", &[(Check::ArchivePage, 1)]),
    ("UPDATE archive_page SET start = -1 WHERE household_id = {h} AND id = {page}", &[(Check::ArchivePage, 1)]),
    ("UPDATE archive_page SET bytes = 1000 WHERE household_id = {h} AND id = {page}", &[(Check::ArchivePage, 1)]),
    ("UPDATE archive_page SET segment = 'gone' WHERE household_id = {h} AND id = {page}", &[(Check::ArchivePage, 1)]),
    ("UPDATE archive_page SET id = id + 1 WHERE household_id = {h} AND id = {page}", &[(Check::ArchivePage, 1)]),
    ("UPDATE connection SET secret = 'AQ' WHERE household_id = {h} AND id = {c}", &[(Check::Secret, 1)]),
    ("UPDATE household_key SET sealed = 'AQ' WHERE household_id = {h}", &[(Check::Secret, 1)]),
];

on_both_engines! {
    async fn each_break_is_found_and_nothing_else(bench: Bench) {
        let (db, folder) = (&bench.db, Folder::new());
        let archive = Archive::open(folder.path().join("archive"), 7);
        for (text, expected) in WAYS {
            let life = Life::live(db, &archive).await;
            let question = Question { household: Some(life.scope.household()), archive: Some(&archive) };
            let (report, before) = findings(db, question).await;
            assert_eq!(before, [], "before {text}");
            assert_eq!((report.households, report.accounts, report.transactions, report.pages), (1, 2, 19, 1));
            let sql = life.sql(&text.replace("{cell}", ONE_CELL).replace("{copy}", A_COPY));
            break_by(db, &sql).await;
            let (report, found) = findings(db, question).await;
            let expected: BTreeMap<_, _> = expected.iter().map(|(check, count)| (check.name(), *count)).collect();
            assert_eq!(counted(&found), expected, "{text}: {found:?}");
            let warnings = found.iter().filter(|finding| finding.check.is_warning()).count() as u64;
            assert_eq!((report.faults, report.warnings), (found.len() as u64 - warnings, warnings));
            assert!(found.iter().all(|finding| finding.household == life.scope.household() && !finding.about.is_empty()));
        }
    }

    async fn every_household_is_looked_at_and_what_has_none_is_found(bench: Bench) {
        let (db, folder) = (&bench.db, Folder::new());
        let archive = Archive::open(folder.path().join("archive"), 7);
        let lives = [Life::live(db, &archive).await, Life::live(db, &archive).await, Life::live(db, &archive).await];
        let question = Question { household: None, archive: Some(&archive) };
        let (report, found) = findings(db, question).await;
        assert_eq!(found, []);
        assert_eq!((report.households, report.accounts, report.transactions), (4, 6, 57), "three, and the house itself");
        break_by(db, &lives[1].sql("DELETE FROM household WHERE id = {h}")).await;
        let (report, found) = findings(db, question).await;
        assert_eq!(report.households, 3);
        // Connection, accounts, transactions, their other names, suggestions, merges, what was listed, sums, pages, key, statement, events,
        // jobs, securities, trades, holdings, the days that are due; and the three jobs themselves.
        assert_eq!(counted(&found), [(Check::Orphan.name(), 17), (Check::JobUnknown.name(), 3)].into(), "{found:?}");
        assert!(found.iter().all(|finding| finding.household == lives[1].scope.household()));
        let gone = Question { household: Some(lives[1].scope.household()), archive: None };
        let refused = verify(db, gone, &mut |_| {}).await;
        assert!(matches!(refused, Err(Error::NotFound { what: "household" })), "{refused:?}");
    }

    async fn more_findings_than_are_named_are_told_as_one(bench: Bench) {
        let (db, folder) = (&bench.db, Folder::new());
        let archive = Archive::open(folder.path().join("archive"), 7);
        let life = Life::live(db, &archive).await;
        let empty: Vec<String> = (0..150).map(|month| format!("({{h}}, {}, {{a}}, 1, 0, 0, 0, 0)", 23_000 + month)).collect();
        break_by(db, &life.sql(&format!("INSERT INTO monthly_spending VALUES {}", empty.join(", ")))).await;
        let (_, found) = findings(db, Question { household: Some(life.scope.household()), archive: None }).await;
        assert_eq!(counted(&found), [(Check::SpendingEmpty.name(), 101)].into());
        assert!(found.iter().any(|finding| finding.problem == "there are more than are named here"));
    }

    async fn a_finding_tells_ids_and_keeps_amounts_apart(bench: Bench) {
        let (db, folder) = (&bench.db, Folder::new());
        let archive = Archive::open(folder.path().join("archive"), 7);
        let life = Life::live(db, &archive).await;
        break_by(db, &life.sql(r#"UPDATE "transaction" SET amount_minor = -77777 WHERE household_id = {h} AND id = {posted}"#)).await;
        let (_, found) = findings(db, Question { household: Some(life.scope.household()), archive: None }).await;
        for finding in &found {
            assert!(finding.about.starts_with("acc_"), "{finding:?}");
            assert!(!finding.problem.contains("77777") && finding.figures.iter().all(|figure| figure.is_amount), "{finding:?}");
        }
        let figure = found.iter().find(|one| one.check == Check::SpendingSums).expect("found").figures[0];
        assert_eq!((figure.expected - figure.found, figure.name), (-77_777 + 420, "posted sum"));
    }
}

/// The months of the database are those of the calendar, on every day of it.
mod months {
    use super::*;

    on_both_engines! {
        async fn are_those_of_the_calendar(bench: Bench) {
            let (db, folder) = (&bench.db, Folder::new());
            let archive = Archive::open(folder.path().join("archive"), 7);
            let life = Life::live(db, &archive).await;
            let source = Source {
                account: life.accounts[0], setting: Setting::of(AccountKind::Checking, Currency::EURO), currency: Currency::EURO, covered_day: None,
            };
            // The ends of every month from the first year to the last.
            let mut day = Day::FIRST;
            let mut lines = Vec::new();
            loop {
                let month = day.month();
                for day in [month.first_day(), month.last_day()] {
                    lines.push(line(&format!("day {day}"), &day.to_string(), -i64::from(day.number()), "EVERY DAY"));
                }
                if month == Day::LAST.month() {
                    break;
                }
                day = month.plus(1).first_day();
            }
            let batches = &[batch(db, source, &lines)];
            db.write(life.scope, |unit| async move { ledger::book(unit, batches).await }.scope_boxed()).await.expect("booked");
            let (_, found) = findings(db, Question { household: Some(life.scope.household()), archive: None }).await;
            assert_eq!(counted(&found), [(Check::Drift.name(), 1)].into(), "{:?}", found.first());
        }
    }
}

#[test]
fn names_are_unique_and_documented() {
    let documents = include_str!("../../../docs/OPERATING.md");
    let names: std::collections::BTreeSet<_> = Check::ALL.iter().map(|check| check.name()).collect();
    assert_eq!(names.len(), Check::ALL.len());
    for name in names {
        assert!(documents.contains(&format!("\n| `{name}` ")), "docs/OPERATING.md says nothing of {name}");
    }
    assert_eq!(State::Deleted.code(), 2, "the statements above rely on it");
    assert_eq!("2024-02-29".parse::<Day>().map(|day| day.month().number()), Ok(24_289));
}
