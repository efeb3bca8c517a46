use super::*;
use crate::{
    categorize::Source,
    category,
    transfer::{Evidence, Reserve},
};

/// What must come out for rows numbered from 1, in the order in which they stand.
fn check(name: &str, rows: &[(usize, i32, i64, &str)], expected: &[(i64, i64, bool)]) {
    let accounts = accounts();
    let rows: Vec<Row<'_>> =
        rows.iter().zip(1..).map(|((account, on, amount, text), id)| row(id, *account, *on, *amount, text)).collect();
    let proposals = propose(&household(&accounts, &rows));
    assert_eq!(brief(&proposals), expected, "{name}: {proposals:#?}");
}

#[test]
fn what_speaks_on_both_sides_is_sure() {
    for (name, rows, expected) in [
        (
            "a card is paid",
            vec![
                (MAIN, 0, -81_234, "SEPA-LASTSCHRIFT KREDITKARTENABRECHNUNG 11/2026"),
                (CARD, 1, 81_234, "PAYMENT THANK YOU - WEB"),
            ],
            vec![(1, 2, true)],
        ),
        (
            "a card is paid by a text that says nothing, to the cent",
            vec![(MAIN, 0, -81_234, "FNBO EPMT 0815"), (CARD, 1, 81_234, "PAYMENT THANK YOU")],
            vec![(1, 2, true)],
        ),
        (
            "a round amount on a card may be somebody else's cheque",
            vec![(MAIN, 0, -80_000, "FNBO EPMT 0815"), (CARD, 1, 80_000, "PAYMENT THANK YOU")],
            vec![(1, 2, false)],
        ),
        (
            "over the weekend",
            vec![
                (MAIN, 4, -50_000, "ONLINE TRANSFER TO SAV XXXX2222"),
                (SAVINGS, 7, 50_000, "ONLINE TRANSFER FROM CHK XXXX1111"),
            ],
            vec![(1, 2, true)],
        ),
        (
            "five business days later, in either order",
            vec![(MAIN, 0, -50_000, "UEBERTRAG AUF TAGESGELD"), (SAVINGS, 7, 50_000, "UEBERTRAG VON GIROKONTO")],
            vec![(1, 2, true)],
        ),
        (
            "it comes in before it goes out",
            vec![(SAVINGS, 0, 50_000, "UEBERTRAG VON GIROKONTO"), (MAIN, 1, -50_000, "UEBERTRAG AUF TAGESGELD")],
            vec![(2, 1, true)],
        ),
        (
            "six business days are too many",
            vec![(MAIN, 0, -50_000, "UEBERTRAG AUF TAGESGELD"), (SAVINGS, 8, 50_000, "UEBERTRAG VON GIROKONTO")],
            vec![],
        ),
        (
            "cash that somebody has noted",
            vec![(MAIN, 0, -10_000, "BARGELDAUSZAHLUNG GA NR 00012345"), (CASH, 0, 10_000, "ATM cash")],
            vec![(1, 2, true)],
        ),
        (
            "cash, and something else in the purse",
            vec![(MAIN, 0, -10_000, "BARGELDAUSZAHLUNG GA NR 00012345"), (CASH, 0, 10_000, "from grandmother")],
            vec![(1, 2, false)],
        ),
    ] {
        check(name, &rows, &expected);
    }
}

#[test]
fn among_equal_amounts_the_texts_decide_before_the_days() {
    for (name, rows, expected) in [
        (
            "the wrong two five hundreds: the nearer one is the rent",
            vec![
                (MAIN, 0, -50_000, "TRANSFER TO HOUSEHOLD XXXX4444"),
                (MAIN, 2, -50_000, "DAUERAUFTRAG HAUSVERWALTUNG BERGER MIETE"),
                (OTHER, 2, 50_000, "TRANSFER FROM XXXX1111"),
            ],
            vec![(1, 3, true)],
        ),
        (
            "two five hundreds to two accounts, each named, the days crossed",
            vec![
                (MAIN, 0, -50_000, "TRANSFER TO XXXX2222"),
                (MAIN, 1, -50_000, "TRANSFER TO XXXX4444"),
                (OTHER, 0, 50_000, "TRANSFER FROM XXXX1111"),
                (SAVINGS, 1, 50_000, "TRANSFER FROM XXXX1111"),
            ],
            vec![(1, 4, true), (2, 3, true)],
        ),
        (
            "greedy by date would leave one alone",
            vec![
                (MAIN, 0, -50_000, "TRANSFER TO XXXX2222"),
                (OTHER, 5, -50_000, "TRANSFER TO XXXX2222"),
                (SAVINGS, 4, 50_000, "TRANSFER RECEIVED"),
                (SAVINGS, 10, 50_000, "TRANSFER RECEIVED"),
            ],
            vec![(1, 3, true), (2, 4, true)],
        ),
        (
            "two own accounts on one day, and nothing says which",
            vec![
                (MAIN, 0, -50_000, "TRANSFER"),
                (MAIN, 0, -50_000, "TRANSFER"),
                (SAVINGS, 0, 50_000, "TRANSFER"),
                (OTHER, 0, 50_000, "TRANSFER"),
            ],
            vec![(1, 3, false), (2, 4, false)],
        ),
        (
            "twice between the same two accounts: it makes no difference",
            vec![
                (MAIN, 0, -50_000, "TRANSFER TO XXXX2222"),
                (MAIN, 0, -50_000, "TRANSFER TO XXXX2222"),
                (SAVINGS, 0, 50_000, "TRANSFER FROM XXXX1111"),
                (SAVINGS, 1, 50_000, "TRANSFER FROM XXXX1111"),
            ],
            vec![(1, 3, true), (2, 4, true)],
        ),
        (
            "two went out and one came in: which one makes a difference",
            vec![(MAIN, 0, -50_000, "TRANSFER"), (MAIN, 1, -50_000, "TRANSFER"), (SAVINGS, 1, 50_000, "TRANSFER")],
            vec![(2, 3, false)],
        ),
        (
            "a ring of one amount through three accounts",
            vec![
                (MAIN, 0, -50_000, "TRANSFER TO XXXX2222"),
                (SAVINGS, 0, 50_000, "TRANSFER FROM XXXX1111"),
                (SAVINGS, 0, -50_000, "TRANSFER TO XXXX4444"),
                (OTHER, 0, 50_000, "TRANSFER FROM XXXX2222"),
                (OTHER, 0, -50_000, "TRANSFER TO XXXX1111"),
                (MAIN, 0, 50_000, "TRANSFER FROM XXXX4444"),
            ],
            vec![(1, 2, true), (3, 4, true), (5, 6, true)],
        ),
        (
            "the text names another account of the household",
            vec![(MAIN, 0, -50_000, "TRANSFER TO XXXX4444"), (SAVINGS, 0, 50_000, "TRANSFER")],
            vec![],
        ),
    ] {
        check(name, &rows, &expected);
    }
}

#[test]
fn what_was_bought_or_earned_is_no_transfer() {
    for (name, rows) in [
        (
            "rent and a salary of one amount",
            vec![
                (MAIN, 0, -150_000, "DAUERAUFTRAG MIETE WOHNUNG"),
                (OTHER, 0, 150_000, "NORDLICHT GMBH LOHN/GEHALT 11/2026"),
            ],
        ),
        ("a refund on the same card", vec![(CARD, 0, -4_999, "ZARA 0815"), (CARD, 2, 4_999, "ZARA 0815")]),
        ("a refund on another account", vec![(CARD, 0, -4_999, "ZARA 0815"), (MAIN, 2, 4_999, "ZARA 0815")]),
        ("a purchase and a transfer", vec![(CARD, 0, -5_000, "NETFLIX.COM"), (OTHER, 0, 5_000, "TRANSFER FROM")]),
        (
            "two rows of one account",
            vec![(MAIN, 0, -5_000, "TRANSFER TO XXXX2222"), (MAIN, 0, 5_000, "TRANSFER FROM XXXX2222")],
        ),
        (
            "two that come in",
            vec![(MAIN, 0, 5_000, "TRANSFER FROM XXXX2222"), (SAVINGS, 0, 5_000, "TRANSFER FROM XXXX1111")],
        ),
        (
            "another amount",
            vec![(MAIN, 0, -5_001, "TRANSFER TO XXXX2222"), (SAVINGS, 0, 5_000, "TRANSFER FROM XXXX1111")],
        ),
    ] {
        check(name, &rows, &[]);
    }
    // People send and get equal amounts: nothing says that it is the same money.
    check(
        "sent to one friend and got from another",
        &[(MAIN, 0, -5_000, "ZELLE PAYMENT TO JOHN"), (OTHER, 0, 5_000, "ZELLE PAYMENT FROM JANE")],
        &[(1, 2, false)],
    );
}

#[test]
fn a_loan_that_is_paid_carries_its_flag() {
    let accounts = accounts();
    let rows = [row(1, MAIN, 0, -93_417, "DARLEHEN RATE 5555"), row(2, LOAN, 1, 93_417, "ZAHLUNGSEINGANG")];
    let proposals = propose(&household(&accounts, &rows));
    assert_eq!(brief(&proposals), [(1, 2, true)], "{proposals:#?}");
    assert!(proposals[0].pays_loan && proposals[0].evidence.contains(&Evidence::LoanPayment));
    let rows = [row(1, MAIN, 0, -5_000, "TRANSFER TO SAVINGS"), row(2, SAVINGS, 1, 5_000, "TRANSFER FROM CHECKING")];
    assert!(!propose(&household(&accounts, &rows))[0].pays_loan);
}

#[test]
fn a_pending_row_is_only_proposed() {
    let accounts = accounts();
    for pending in [[true, false], [false, true], [false, false]] {
        let [mut out, mut into] =
            [row(1, MAIN, 0, -5_000, "TRANSFER TO XXXX2222"), row(2, SAVINGS, 1, 5_000, "TRANSFER FROM XXXX1111")];
        [out.pending, into.pending] = pending;
        let proposals = propose(&household(&accounts, &[out, into]));
        let expected = if pending == [false, false] { None } else { Some(Reserve::Pending) };
        assert_eq!(proposals[0].reserve, expected, "{pending:?}");
    }
}

#[test]
fn what_a_person_said_counts() {
    let accounts = accounts();
    let rows = [
        row(1, MAIN, 0, -5_000, "TRANSFER TO XXXX2222"),
        row(2, SAVINGS, 1, 5_000, "TRANSFER FROM XXXX1111"),
        row(3, SAVINGS, 2, 5_000, "TRANSFER FROM XXXX1111"),
    ];
    let plain = household(&accounts, &rows);
    assert_eq!(brief(&propose(&plain)), [(1, 2, false)]);
    let rejected = [pair(1, 2)];
    let after = propose(&Household { rejected: &rejected, ..plain });
    assert_eq!(brief(&after), [(1, 3, false)]);
    assert_eq!(after[0].reserve, Some(Reserve::Rejected));
    let settled = [pair(1, 3)];
    assert_eq!(propose(&Household { settled: &settled, ..plain }), []);
    let mut said = [rows[0], rows[1]];
    said[0].category = category::by_key("GENERAL_MERCHANDISE_ELECTRONICS").expect("known").id;
    said[0].category_source = Source::Person;
    let proposals = propose(&household(&accounts, &said));
    assert_eq!(proposals.iter().map(|it| it.reserve).collect::<Vec<_>>(), [Some(Reserve::Person)]);
}

#[test]
fn a_credit_note_from_oneself_is_no_income_and_wages_are() {
    let accounts = accounts();
    for (text, expected) in [
        ("GUTSCHRIFT BERGER ANNA", vec![(1, 2, true)]),
        ("GUTSCHRIFT PAULA GROSS", vec![]),
        ("LOHN/GEHALT ANNA BERGER", vec![]),
    ] {
        let rows = [row(1, MAIN, 0, -20_000, "UEBERWEISUNG ANNA BERGER"), row(2, SAVINGS, 1, 20_000, text)];
        let proposals = propose(&Household { names: &["Anna Berger"], ..household(&accounts, &rows) });
        assert_eq!(brief(&proposals), expected, "{text}: {proposals:#?}");
    }
}

#[test]
fn names_and_history_make_what_was_sent_sure() {
    let accounts = accounts();
    let rows = [
        row(1, MAIN, 0, -50_000, "UEBERWEISUNG ANNA BERGER"),
        row(2, OTHER, 1, 50_000, "UEBERWEISUNG VON BERGER ANNA"),
    ];
    let plain = household(&accounts, &rows);
    assert_eq!(propose(&plain)[0].reserve, Some(Reserve::Weak));
    let named = propose(&Household { names: &["Anna Berger"], ..plain });
    assert_eq!((named[0].reserve, named[0].evidence.contains(&Evidence::OwnName)), (None, true));
    // One word is nobody's whole name.
    assert!(!propose(&Household { names: &["Anna"], ..plain })[0].is_sure());
    for (count, sure) in [(2, false), (3, true)] {
        let history = [History { from: AccountId(1), to: AccountId(4), count }];
        assert_eq!(propose(&Household { history: &history, ..plain })[0].is_sure(), sure, "{count}");
    }
}

#[test]
fn across_currencies_it_is_proposed_where_rate_or_text_fit() {
    let accounts = accounts();
    let rate = |from: Currency, _: Currency, _: Day| {
        let rate = if from == currency("USD") { "0.95" } else { "1.0526" };
        Some(Rate { rate: rate.parse().expect("a rate"), tolerance_permille: 20 })
    };
    for (name, came, text, with_rate, without) in [
        ("the rate fits", 95_500, "TRANSFER FROM TRAVEL", Some(Evidence::Rate), Some(Evidence::AccountName)),
        ("it does not", 99_000, "TRANSFER FROM TRAVEL", None, Some(Evidence::AccountName)),
        (
            "the text names the amount",
            95_000,
            "WISE PAYMENT USD 1,000.00",
            Some(Evidence::AmountInText),
            Some(Evidence::AmountInText),
        ),
        ("it names another amount", 99_000, "WISE PAYMENT USD 1,001.00", None, None),
        ("nothing is named", 95_000, "TRANSFER", Some(Evidence::Rate), None),
    ] {
        let rows = [row(1, DOLLARS, 0, -100_000, "TRANSFER EUR CONVERSION"), row(2, MAIN, 1, came, text)];
        let plain = household(&accounts, &rows);
        for (proposals, expected) in
            [(propose(&Household { rate: &rate, ..plain }), with_rate), (propose(&plain), without)]
        {
            assert_eq!(proposals.len(), usize::from(expected.is_some()), "{name}: {proposals:#?}");
            for (proposal, sign) in proposals.iter().zip(expected) {
                assert!(proposal.evidence.contains(&sign), "{name}: {proposal:#?}");
                assert_eq!(proposal.reserve, Some(Reserve::OtherAmount), "{name}");
            }
        }
    }
}

#[test]
fn what_a_bank_keeps_on_the_way_is_only_proposed() {
    let accounts = accounts();
    let fees = [(currency("EUR"), 2_500)];
    for (came, expected) in [(99_500, Some(500)), (97_500, Some(2_500)), (97_499, None), (100_500, None)] {
        let rows = [row(1, MAIN, 0, -100_000, "WIRE TRANSFER"), row(2, OTHER, 1, came, "WIRE TRANSFER FROM MAIN")];
        let plain = household(&accounts, &rows);
        assert_eq!(propose(&plain), [], "{came}");
        let proposals = propose(&Household { fees: &fees, ..plain });
        assert_eq!(proposals.first().map(|it| it.fee_minor), expected, "{came}");
        assert!(proposals.iter().all(|it| it.reserve == Some(Reserve::OtherAmount)));
    }
}

#[test]
fn numbers_of_evidence_and_reserves_come_back() {
    for evidence in Evidence::ALL {
        assert_eq!(Evidence::from_code(evidence.code()), Some(evidence));
    }
    for code in 0..6 {
        assert_eq!(Reserve::from_code(code).map(Reserve::code), Some(code));
    }
    assert_eq!((Evidence::from_code(14), Reserve::from_code(6)), (None, None));
}

#[test]
fn what_is_guessed_or_what_others_think_is_no_evidence() {
    use crate::transfer::voice::Voice;
    for (key, minor) in [("TRANSFER_OUT_SAVINGS", -5_000), ("TRANSFER_IN_SAVINGS", 5_000)] {
        let category = crate::category::by_key(key).expect("known").id;
        let said =
            |category_source| Voice::of(&Row { category, category_source, ..row(1, MAIN, 0, minor, "SAVEXO 0815") });
        assert_eq!(said(Source::Provider), Voice::Between, "{key}");
        for source in [Source::Model, Source::Similar, Source::Crowd] {
            assert_ne!(said(source), Voice::Between, "{key} {source:?}");
        }
    }
}
