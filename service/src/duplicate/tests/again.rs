//! A file that is imported again, after the bank has said something else about what it named.

use super::*;

const PENDING: Said = Said { pending: true, ..said(1, 5, -4_100, "OSTERIA") };
const OF_FILE: Said = said(1, 5, -4_100, "KARTENZAHLUNG 77");
/// The booking, with a tip.
const BOOKED: Said = Said { replaces: Some(1), ..said(2, 6, -4_700, "OSTERIA") };

on_both_engines! {
    async fn a_merged_row_that_is_booked_with_a_tip_is_known_to_its_file(bench: Bench) {
        for keeps_bank in [true, false] {
            let home = Home::new(Bench::new(bench.db.engine()).await).await;
            home.bank(&[PENDING]).await;
            home.file(&[OF_FILE]).await;
            let (bank, file) = (home.of("OSTERIA").await, home.of("KARTENZAHLUNG 77").await);
            let (kept, gone) = if keeps_bank { (bank, file) } else { (file, bank) };
            home.merge(kept, gone).await.expect("merges");
            home.book(Source::Bank, &[BOOKED], &[1]).await;
            assert_eq!(home.shown().await, [(6, -4_700, "OSTERIA".to_owned())]);
            assert!(!home.file(&[OF_FILE]).await.is_visible(), "the file says what it said");
            home.unmerge(kept).await.expect("undoes");
            let both = [(5, -4_100, "KARTENZAHLUNG 77".to_owned()), (6, -4_700, "OSTERIA".to_owned())];
            assert_eq!(home.shown().await, both);
            assert!(!home.file(&[OF_FILE]).await.is_visible() && !home.bank(&[BOOKED]).await.is_visible());
            assert_eq!(home.shown().await, both);
            home.assert_whole().await;
        }
    }

    async fn a_row_that_the_bank_took_over_and_corrected_is_known_to_its_file_after_an_unmerge(bench: Bench) {
        let home = Home::new(bench).await;
        let file = [said(1, 5, -1_000, "GRID POWER")];
        home.file(&file).await;
        let command = CreateTransaction {
            account: AccountId(home.account),
            day: Day::from_number(20_405).expect("a day"),
            amount: Decimal::from(-10),
            description: "Power bill".into(),
            category: None,
            note: None,
            place: None,
            idempotency_key: None,
        };
        let entered = transactions::create(&home.bench.db, home.scope, command).await.expect("creates").id;
        let kept = home.of("GRID POWER").await;
        home.merge(kept, entered).await.expect("merges");
        home.bank(&[said(1, 5, -1_000, "GRID POWER")]).await;
        home.bank(&[said(1, 12, -1_200, "GRID POWER")]).await;
        assert!(!home.file(&file).await.is_visible());
        home.unmerge(kept).await.expect("undoes");
        let both = [(5, -1_000, "Power bill".to_owned()), (12, -1_200, "GRID POWER".to_owned())];
        assert_eq!(home.shown().await, both);
        assert!(!home.file(&file).await.is_visible());
        assert_eq!(home.shown().await, both);
        home.assert_whole().await;
    }
}
