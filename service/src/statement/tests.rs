//! Files that are imported on both engines: a mapping that is remembered, and ids of OFX that are missing or used twice.

use std::{io::Cursor, time::Duration};

use connector::{
    bank::{self, Bank},
    file::csv::Positive,
};
use domain::{account::AccountKind, id::AccountId, job::Lane};
use entity::{statement_mapping, transaction};
use sea_orm::QueryOrder;

use super::{Import, MappingSource, Statement, Status, begin, get, import, mapping::DateOrder};
use crate::{
    Scope,
    account::{self, CreateAccount},
    archive::Archive,
    household,
    job::{self, Job, Lease, Verdict},
    outside::Outside,
    testing::{Bench, Folder, on_both_engines},
};

/// A household that imports files.
struct Home {
    bench: Bench,
    scope: Scope,
    outside: Outside,
    _folder: Folder,
}

impl Home {
    async fn new(bench: Bench) -> Self {
        let folder = Folder::new();
        let archive = Archive::open(folder.path().join("archive"), 7);
        // Whoever was first has installed the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let second = Duration::from_secs(1);
        let options = bank::Options { connect_timeout: second, request_timeout: second, answer_limit_bytes: 1 };
        let bank = Bank::new(&options).expect("a client");
        let outside = Outside::new(Vec::new(), bank, None, archive, "http://localhost/".parse().expect("an address"));
        let scope = Scope::of_operator(household::create(&bench.db, "home", "EUR").await.expect("founded"));
        Self { bench, scope, outside, _folder: folder }
    }

    async fn account(&self, name: &str) -> AccountId {
        let command = CreateAccount {
            name: name.to_owned(),
            kind: AccountKind::Checking,
            currency: "EUR".to_owned(),
            opening_balance: None,
            idempotency_key: None,
        };
        account::create(&self.bench.db, self.scope, command).await.expect("an account").id
    }

    /// Gives a file, and does the job.
    async fn import(&self, text: &str, account: AccountId, mapping: Option<super::CsvMapping>) -> Statement {
        let db = &self.bench.db;
        let file = Import {
            file: Cursor::new(text.as_bytes()),
            file_name: "a file".to_owned(),
            account: Some(account),
            currency: None,
            kind: None,
            mapping,
            idempotency_key: None,
        };
        let begun = begin(db, &self.outside, self.scope, file).await.expect("begins");
        let lease = Lease { worker: "a".to_owned(), length: Duration::from_secs(30) };
        for run in job::claim(db, Lane::Urgent, 8, &lease).await.expect("claims").runs {
            if let Some(Job::ImportStatement(order)) = run.job() {
                let verdict = import(&run, &self.outside, &order).await.expect("imports");
                assert!(matches!(verdict, Verdict::Done(_)));
            }
        }
        let done = get(db, self.scope, begun.id).await.expect("a statement");
        assert!(matches!(done.status, Status::Done | Status::Refused));
        done
    }

    /// Day and amount of all rows.
    async fn rows(&self) -> Vec<(String, i64)> {
        let found = self.scope.find::<transaction::Entity>().order_by_asc(transaction::Column::Id);
        let rows = found.all(self.bench.db.reader()).await.expect("reads");
        rows.iter().map(|row| (domain::day::Day::of_row(row.day).to_string(), row.amount_minor)).collect()
    }

    async fn remembered(&self) -> usize {
        self.scope.find::<statement_mapping::Entity>().all(self.bench.db.reader()).await.expect("reads").len()
    }
}

/// Days that may be either, and amounts that say nothing of their sign.
fn table(above: &str, day: &str, amount: &str) -> String {
    format!("{above}Date,Text,Amount\n{day},Coffee,{amount}\n")
}

/// A statement of rows with their ids, days, amounts and names.
fn ofx(rows: &[(&str, &str, &str, &str)]) -> String {
    let row = |(id, day, amount, name): &(&str, &str, &str, &str)| {
        format!("<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}<TRNAMT>{amount}{id}<NAME>{name}</STMTTRN>\n")
    };
    let rows: String = rows.iter().map(row).collect();
    format!(
        "OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>1234<ACCTTYPE>CHECKING</BANKACCTFROM>\n\
         <BANKTRANLIST>{rows}</BANKTRANLIST></STMTRS></OFX>"
    )
}

on_both_engines! {
    async fn a_mapping_that_was_given_is_remembered_for_its_account_and_shape(bench: Bench) {
        let home = Home::new(bench).await;
        let (account, other) = (home.account("one").await, home.account("other").await);
        let first = home.import(&table("", "03/04/2026", "4.50"), account, None).await;
        assert_eq!(first.mapping_source, Some(MappingSource::Guessed));
        assert_eq!(home.remembered().await, 0);
        let mut corrected = first.mapping.expect("a mapping");
        (corrected.date_order, corrected.positive) = (DateOrder::MonthDayYear, Positive::Out);
        let second = home.import(&table("", "03/05/2026", "5.50"), account, Some(corrected.clone())).await;
        assert_eq!(second.mapping_source, Some(MappingSource::Given));
        assert_eq!(home.remembered().await, 1);
        // The next file has lines above its table: the rows begin further down.
        let third = home.import(&table("Account,mine\n\n", "03/06/2026", "6.50"), account, None).await;
        assert_eq!(third.mapping_source, Some(MappingSource::Remembered));
        let read = third.mapping.expect("a mapping");
        assert_eq!((read.date_order, read.positive, read.skip_lines), (DateOrder::MonthDayYear, Positive::Out, 3));
        // Neither another account nor another shape knows of it.
        let elsewhere = home.import(&table("", "03/07/2026", "7.50"), other, None).await;
        assert_eq!(elsewhere.mapping_source, Some(MappingSource::Guessed));
        let wider = home.import("Date,Text,Amount,Note\n03/08/2026,Coffee,8.50,\n", account, None).await;
        assert_eq!(wider.mapping_source, Some(MappingSource::Guessed));
        // What comes with the file counts, and is remembered instead.
        corrected.positive = Positive::In;
        let fourth = home.import(&table("", "03/09/2026", "9.50"), account, Some(corrected)).await;
        assert_eq!(fourth.mapping_source, Some(MappingSource::Given));
        let fifth = home.import(&table("", "03/10/2026", "10.50"), account, None).await;
        assert_eq!(fifth.mapping_source, Some(MappingSource::Remembered));
        assert_eq!(home.remembered().await, 1);
        let rows: Vec<(String, i64)> = home.rows().await;
        let expected = [
            ("2026-04-03", 450),
            ("2026-03-05", -550),
            ("2026-03-06", -650),
            ("2026-07-03", 750),
            ("2026-08-03", 850),
            ("2026-03-09", 950),
            ("2026-03-10", 1050),
        ];
        assert_eq!(rows, expected.map(|(day, minor)| (day.to_owned(), minor)));
    }

    async fn a_mapping_that_was_refused_is_not_remembered(bench: Bench) {
        let home = Home::new(bench).await;
        let account = home.account("one").await;
        let mut mapping = home.import(&table("", "25/04/2026", "4.50"), account, None).await.mapping.expect("a mapping");
        mapping.currency = Some("USD".to_owned());
        let refused = home.import(&table("", "26/04/2026", "4.50"), account, Some(mapping)).await;
        assert_eq!((refused.status, home.remembered().await), (Status::Refused, 0));
    }

    async fn ids_of_rows_that_each_file_numbers_anew_lose_none_and_double_none(bench: Bench) {
        let home = Home::new(bench).await;
        let account = home.account("one").await;
        let file = ofx;
        let january = file(&[
            ("<FITID>1", "20260105", "-4.50", "COFFEE BAR"),
            ("<FITID>1", "20260106", "-19.99", "BOOKS"),
            ("", "20260107", "-4.50", "COFFEE BAR"),
            ("", "20260107", "-4.50", "COFFEE BAR"),
        ]);
        let first = home.import(&january, account, None).await;
        assert_eq!((first.new, first.duplicate, first.rejected), (4, 0, 0));
        let again = home.import(&january, account, None).await;
        assert_eq!((again.new, again.duplicate), (0, 4));
        let march = file(&[("<FITID>1", "20260305", "-30.00", "SHOES"), ("<FITID>2", "20260306", "-4.50", "COFFEE BAR")]);
        let later = home.import(&march, account, None).await;
        assert_eq!((later.new, later.duplicate), (2, 0));
        assert_eq!(home.rows().await.len(), 6);
    }

    async fn a_row_that_corrects_another_takes_its_place(bench: Bench) {
        let home = Home::new(bench).await;
        let account = home.account("one").await;
        let wrong = ofx(&[("<FITID>1", "20260105", "-45.00", "COFFEE BAR"), ("<FITID>2", "20260106", "-19.99", "BOOKS")]);
        let right = ("<FITID>3<CORRECTFITID>1<CORRECTACTION>REPLACE", "20260105", "-4.50", "COFFEE BAR");
        home.import(&wrong, account, None).await;
        let second = home.import(&ofx(&[right]), account, None).await;
        assert_eq!((second.new, second.changed), (0, 1));
        let of = |rows: &[(&str, i64)]| rows.iter().map(|(day, minor)| ((*day).to_owned(), *minor)).collect::<Vec<_>>();
        let corrected = of(&[("2026-01-05", -450), ("2026-01-06", -1_999)]);
        assert_eq!(home.rows().await, corrected);
        // Whatever of the two comes again, alone or together, says nothing new.
        let both = ofx(&[("<FITID>1", "20260105", "-45.00", "COFFEE BAR"), right]);
        for again in [&wrong, &ofx(&[right]), &both] {
            let told = home.import(again, account, None).await;
            assert_eq!((told.new, told.changed), (0, 0), "{again}");
            assert_eq!(home.rows().await, corrected);
        }
        // In another account both come in one file.
        let other = home.account("two").await;
        assert_eq!(home.import(&both, other, None).await.new, 1);
        assert_eq!(home.rows().await[2..], of(&[("2026-01-05", -450)]));
    }
}
