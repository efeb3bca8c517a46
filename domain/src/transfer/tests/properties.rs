use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::transfer::LAG_DAYS;

const TEXTS: [&str; 10] = [
    "TRANSFER",
    "TRANSFER TO XXXX2222",
    "TRANSFER FROM XXXX1111",
    "TRANSFER TO HOUSEHOLD",
    "UEBERTRAG VON GIROKONTO",
    "PAYMENT THANK YOU",
    "ZELLE PAYMENT TO JOHN",
    "NETFLIX.COM",
    "ZXCV",
    "CARD PAYMENT XXXX3333",
];

type Drawn = (usize, i32, i64, bool, usize, bool);

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    prop::collection::vec(
        (0..7_usize, 0..14, 1..4_i64, any::<bool>(), 0..TEXTS.len(), prop::bool::weighted(0.1)),
        0..40,
    )
}

fn rows(drawn: &[Drawn]) -> Vec<Row<'static>> {
    let numbered = drawn.iter().zip(1..);
    numbered
        .map(|((account, on, amount, out, text, pending), id)| {
            let amount = if *out { -amount * 10_000 } else { amount * 10_000 };
            Row { pending: *pending, ..row(id, *account, *on, amount, TEXTS[*text]) }
        })
        .collect()
}

proptest! {
    #[test]
    fn every_proposal_is_of_two_free_rows_that_fit(drawn in drawn(), fee in 0..20_000_i64) {
        let (accounts, rows) = (accounts(), rows(&drawn));
        let fees = [(currency("EUR"), fee)];
        let mut seen = HashSet::new();
        for found in propose(&Household { fees: &fees, ..household(&accounts, &rows) }) {
            prop_assert!(seen.insert(found.pair.out) && seen.insert(found.pair.into), "a row in two transfers");
            let of = |id| rows.iter().find(|row| row.id == id).expect("a row");
            let (out, into) = (of(found.pair.out), of(found.pair.into));
            prop_assert!(out.account != into.account && out.amount_minor < 0 && into.amount_minor > 0);
            prop_assert_eq!(found.lag_days, into.day.business_days_since(out.day));
            prop_assert!(found.lag_days.abs() <= LAG_DAYS && (1..=99).contains(&found.confidence_percent));
            let same_currency = (out.account.0 == 7) == (into.account.0 == 7);
            let difference = -out.amount_minor - into.amount_minor;
            prop_assert!(!same_currency || difference == found.fee_minor && (0..=fee).contains(&difference));
            if found.is_sure() {
                prop_assert!(!out.pending && !into.pending && same_currency && difference == 0);
            }
        }
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(
        (drawn, shuffled) in drawn().prop_flat_map(|drawn| {
            let places: Vec<usize> = (0..drawn.len()).collect();
            (Just(drawn), Just(places).prop_shuffle())
        }),
    ) {
        let (accounts, rows) = (accounts(), rows(&drawn));
        let moved: Vec<Row<'_>> = shuffled.iter().map(|place| rows[*place]).collect();
        prop_assert_eq!(propose(&household(&accounts, &moved)), propose(&household(&accounts, &rows)));
    }

    #[test]
    fn what_was_rejected_never_comes_again(drawn in drawn()) {
        let (accounts, rows) = (accounts(), rows(&drawn));
        let mut rejected = Vec::new();
        loop {
            let proposals = propose(&Household { rejected: &rejected, ..household(&accounts, &rows) });
            prop_assert!(proposals.iter().all(|it| !rejected.contains(&it.pair)));
            let touched = |it: &Proposal| rejected.iter().any(|pair: &Pair| pair.out == it.pair.out || pair.into == it.pair.into);
            prop_assert!(!proposals.iter().any(|it| it.is_sure() && touched(it)));
            let Some(next) = proposals.first() else { break };
            rejected.push(next.pair);
        }
    }

    #[test]
    fn what_stands_stays_and_is_left_alone(drawn in drawn()) {
        let (accounts, rows) = (accounts(), rows(&drawn));
        let first = propose(&household(&accounts, &rows));
        let settled: Vec<Pair> = first.iter().step_by(2).map(|it| it.pair).collect();
        let again = propose(&Household { settled: &settled, ..household(&accounts, &rows) });
        let taken: HashSet<_> = settled.iter().flat_map(|pair| [pair.out, pair.into]).collect();
        prop_assert!(again.iter().all(|it| !taken.contains(&it.pair.out) && !taken.contains(&it.pair.into)));
    }

    /// Whatever the texts are.
    #[test]
    fn any_text_can_be_read(text in "\\PC{0,60}|(X{0,6}[0-9]{1,6}[ .*]|ENDING IN |USD ){0,8}", amount in 1..i64::MAX) {
        let accounts = accounts();
        let rows = [row(1, MAIN, 0, -amount, &text), row(2, DOLLARS, 0, amount, &text), row(3, OTHER, 0, amount, &text)];
        let rate = |_: Currency, _: Currency, _: Day| Some(Rate { rate: 1.into(), tolerance_permille: 10 });
        let proposals = propose(&Household { rate: &rate, ..household(&accounts, &rows) });
        prop_assert!(proposals.len() <= 1);
    }
}

/// Somebody moves one amount every day for years: all rows hang together.
#[test]
fn ten_thousand_rows_of_one_amount_are_paired() {
    let accounts = accounts();
    for (step, name) in [(1, "one a day"), (0, "all on one day")] {
        let rows: Vec<Row<'_>> = (0..5_000)
            .flat_map(|n| {
                let on = n * step;
                let id = i64::from(n) * 2 + 1;
                [
                    row(id, MAIN, on, -50_000, "TRANSFER TO XXXX2222"),
                    row(id + 1, SAVINGS, on, 50_000, "TRANSFER FROM XXXX1111"),
                ]
            })
            .collect();
        let proposals = propose(&household(&accounts, &rows));
        assert_eq!(proposals.len(), 5_000, "{name}");
        assert!(proposals.iter().all(Proposal::is_sure), "{name}");
    }
}

/// As above, and every tenth has not come in.
#[test]
fn holes_in_a_long_row_leave_their_own_rows_alone() {
    let accounts = accounts();
    let rows: Vec<Row<'_>> = (0..5_000)
        .flat_map(|n| {
            let id = i64::from(n) * 2 + 1;
            let out = row(id, MAIN, n, -50_000, "TRANSFER TO XXXX2222");
            let into = row(id + 1, SAVINGS, n, 50_000, "TRANSFER FROM XXXX1111");
            std::iter::once(out).chain((n % 10 != 3).then_some(into))
        })
        .collect();
    let proposals = propose(&household(&accounts, &rows));
    assert_eq!(proposals.len(), 4_500);
    assert!(proposals.iter().all(|it| it.lag_days == 0));
}
