//! What a file tells anew is not there twice, and what two excerpts tell is not one.

use proptest::prelude::*;

use super::*;
use crate::reconcile::{Origin, Reason, Sketch, doubts, number};

const SHOP: i64 = -7;
const OTHER_WORDS: i64 = -8;

fn day(on: i32) -> Day {
    Day::from_number(20_000 + on).expect("a day")
}

fn line(origin: Origin, fingerprint: i64, (on, amount_minor): (i32, i64), merchant: i64) -> Incoming {
    let (replaces, pending) = (None, false);
    Incoming { fingerprint, ordinal: 0, origin, replaces, day: day(on), amount_minor, pending, merchant }
}

/// A file's lines, each under a name of its own.
fn file(origin: Origin, name: i64, merchant: i64, said: &[(i32, i64)]) -> Vec<Incoming> {
    said.iter().zip(name..).map(|(said, name)| line(origin, name, *said, merchant)).collect()
}

/// The rows that a file makes.
fn rows(lines: &[Incoming]) -> Vec<Known> {
    let row = |line: &Incoming| Known {
        identities: vec![(line.origin, Identity { fingerprint: line.fingerprint, ordinal: 0 })],
        said: vec![],
        day: line.day,
        amount_minor: line.amount_minor,
        state: State::Posted,
        was: None,
        merchant: line.merchant,
    };
    lines.iter().map(row).collect()
}

fn planned(lines: &[Incoming], known: &[Known]) -> Plan {
    window(lines, known, FileDays::of(lines.iter().map(|line| line.day)), None)
}

/// How many lines become rows.
fn new_rows(lines: &[Incoming], known: &[Known]) -> usize {
    planned(lines, known).decisions.iter().filter(|decision| matches!(decision, Decision::New { .. })).count()
}

/// How many lines become rows, and how many pairs a person is asked about.
fn outcome(lines: &[Incoming], known: &[Known]) -> (usize, usize) {
    let plan = planned(lines, known);
    let new = new_rows(lines, known);
    let text = |_| Sketch::of("A");
    let asked = doubts(lines, known, &plan, text, text);
    let is_of_files = |row: &Known| row.identities.iter().all(|(origin, _)| *origin != Origin::Bank);
    assert!(asked.iter().all(|doubt| (doubt.reason == Reason::Again) == is_of_files(&known[doubt.known])));
    (new, asked.len())
}

const WEEK: [(i32, i64); 6] = [(1, -350), (1, -350), (2, -4_217), (3, -350), (5, -1_299), (6, -90_000)];

#[test]
fn a_file_with_other_texts_or_other_ids_tells_the_same_rows() {
    for origin in [Origin::FileContent, Origin::FileId] {
        let known = rows(&file(origin, 100, SHOP, &WEEK));
        assert_eq!(outcome(&file(origin, 200, SHOP, &WEEK), &known), (0, 0));
        assert_eq!(outcome(&file(origin, 200, OTHER_WORDS, &WEEK), &known), (0, 0), "all words are other ones");
        // It goes on beyond the days of the first one.
        let longer: Vec<_> = WEEK.into_iter().chain([(8, -350), (9, -2_000)]).collect();
        assert_eq!(outcome(&file(origin, 200, SHOP, &longer), &known), (2, 0));
        assert_eq!(outcome(&file(origin, 200, SHOP, &WEEK[2..]), &known), (0, 0), "or begins later");
    }
}

#[test]
fn another_format_may_have_the_day_of_the_value() {
    let known = rows(&file(Origin::FileContent, 100, SHOP, &WEEK));
    let later: Vec<_> = WEEK.iter().map(|(on, amount)| (on + 2, *amount)).collect();
    let (new, _) = outcome(&file(Origin::FileContent, 200, SHOP, &later), &known);
    assert_eq!(new, 0);
}

#[test]
fn one_text_that_was_completed_is_recognized_among_those_that_were_not() {
    let before = file(Origin::FileContent, 100, SHOP, &WEEK);
    let known = rows(&before);
    let mut again = before.clone();
    again[2].fingerprint = 999;
    assert_eq!(outcome(&again, &known), (0, 0));
    again[2].merchant = OTHER_WORDS;
    assert_eq!(outcome(&again, &known), (1, 1), "another merchant: the person is asked");
}

#[test]
fn two_excerpts_stay_two() {
    // The statements of two cards: the same ticket on one day.
    let known = rows(&file(Origin::FileId, 100, SHOP, &[(1, -240), (2, -1_000), (3, -77), (4, -5_000)]));
    assert_eq!(outcome(&file(Origin::FileId, 200, SHOP, &[(1, -240), (2, -900), (4, -60)]), &known), (3, 1));
    // Two people who ride every day: nothing but tickets.
    let rides: Vec<_> = (1..20).map(|on| (on, -240)).collect();
    let known = rows(&file(Origin::FileId, 100, SHOP, &rides));
    assert_eq!(outcome(&file(Origin::FileId, 200, SHOP, &rides), &known).0, rides.len());
    // With words of their own, and several fares: which of the two it is, a person knows.
    let rides: Vec<_> =
        (1..20).flat_map(|on| [(on, -240), (on, -360), (on, if on % 2 == 0 { -240 } else { -410 })]).collect();
    let known = rows(&file(Origin::FileId, 100, SHOP, &rides));
    assert_eq!(outcome(&file(Origin::FileId, 200, OTHER_WORDS, &rides), &known), (rides.len(), rides.len()));
    // What is new since the last download begins in the middle of a day.
    let known = rows(&file(Origin::FileId, 100, SHOP, &WEEK));
    assert_eq!(outcome(&file(Origin::FileId, 200, SHOP, &[(6, -350), (7, -1_299), (8, -350)]), &known), (3, 0));
    assert_eq!(outcome(&file(Origin::FileId, 200, SHOP, &[(6, -90_000), (7, -1_299)]), &known), (2, 1));
}

#[test]
fn a_batch_that_is_cut_proves_nothing() {
    let known = rows(&file(Origin::FileId, 100, SHOP, &WEEK));
    let plan = window(&file(Origin::FileId, 200, SHOP, &WEEK), &known, None, None);
    assert!(plan.asked.is_empty() && plan.decisions.iter().all(|decision| matches!(decision, Decision::New { .. })));
}

#[test]
fn what_a_person_deleted_stays_deleted_under_other_words() {
    let mut known = rows(&file(Origin::FileContent, 100, SHOP, &WEEK));
    known[4].state = State::Deleted;
    assert_eq!(outcome(&file(Origin::FileContent, 200, SHOP, &WEEK), &known), (0, 0));
}

#[test]
fn a_shifted_file_finds_the_rows_of_its_bank() {
    let known = rows(&file(Origin::Bank, 100, SHOP, &[(5, -1_299), (7, -1_299), (9, -1_299)]));
    let said = [(7, -1_299), (9, -1_299), (11, -1_299)];
    assert_eq!(outcome(&file(Origin::FileContent, 200, SHOP, &said), &known).0, 1, "one amount alone proves nothing");
    let known = [known, rows(&file(Origin::Bank, 300, SHOP, &[(6, -777), (8, -777)]))].concat();
    let said = [&said[..], &[(8, -777), (10, -777)]].concat();
    assert_eq!(outcome(&file(Origin::FileContent, 200, SHOP, &said), &known).0, 0);
    // What is bought once shows it in files too, and then it holds for what the second does not reach otherwise.
    let bought = [(5, -1_299), (6, -77), (7, -450), (8, -2_000), (9, -1_299)];
    let later: Vec<_> = bought.iter().map(|(on, amount)| (on + 2, *amount)).collect();
    for kind in [Origin::Bank, Origin::FileContent] {
        let known = rows(&file(kind, 100, SHOP, &bought));
        assert_eq!(outcome(&file(Origin::FileContent, 200, SHOP, &later), &known).0, 0, "{kind:?}");
    }
}

#[test]
fn a_file_says_nothing_of_days_that_it_does_not_reach() {
    let week = [(14, -1_000), (15, -380)];
    for next in [vec![(18, -1_000), (19, -380)], vec![(16, -1_000), (17, -380)], vec![(16, -380)]] {
        for before in [Origin::FileContent, Origin::FileId, Origin::Bank, Origin::Manual] {
            for after in [Origin::FileContent, Origin::FileId] {
                let (known, lines) = (rows(&file(before, 100, SHOP, &week)), file(after, 200, SHOP, &next));
                assert_eq!(new_rows(&lines, &known), next.len(), "{before:?} {after:?}");
                // Thrown away, they swallow nothing that comes later.
                let mut gone = known;
                for row in &mut gone {
                    row.state = State::Deleted;
                }
                assert_eq!(new_rows(&lines, &gone), next.len(), "{before:?} {after:?}");
            }
        }
    }
    // A bank that has told those days too would have them.
    let (known, lines) =
        (rows(&file(Origin::Bank, 100, SHOP, &week)), file(Origin::FileId, 200, SHOP, &[(18, -1_000), (19, -380)]));
    let days = FileDays::of(lines.iter().map(|line| line.day));
    let plan = window(&lines, &known, days, Some(day(20)));
    assert!(plan.decisions.iter().all(|decision| matches!(decision, Decision::Alias { .. })), "{plan:?}");
    // A ticket a day, from two files that stand side by side.
    let rides = |days: std::ops::Range<i32>| days.map(|on| (on, -290)).collect::<Vec<_>>();
    let known = rows(&file(Origin::FileContent, 100, SHOP, &rides(1..11)));
    assert_eq!(new_rows(&file(Origin::FileId, 200, SHOP, &rides(11..21)), &known), 10);
}

#[test]
fn an_id_that_is_used_again_is_another_booking() {
    let known = rows(&file(Origin::FileId, 100, SHOP, &[(3, -1_000)]));
    let other = SHOP + 1;
    assert_eq!(outcome(&file(Origin::FileId, 100, other, &[(5, -1_000)]), &known).0, 1);
    // Of the same merchant it has moved, and so it has where the file has the day of before.
    assert_eq!(outcome(&file(Origin::FileId, 100, SHOP, &[(5, -1_000)]), &known).0, 0);
    assert_eq!(outcome(&file(Origin::FileId, 100, other, &[(5, -1_000), (2, -70)]), &known).0, 1);
}

#[test]
fn a_line_that_corrects_another_takes_its_place() {
    let before = line(Origin::FileId, 100, (3, -1_000), SHOP);
    let after = Incoming { replaces: Some(100), ..line(Origin::FileId, 200, (4, -1_200), OTHER_WORDS) };
    let known = rows(&[before]);
    assert_eq!(planned(&[after], &known).decisions, [Decision::TakeOver { known: 0, ordinal: 0 }]);
    // In one file only the correction counts, whichever comes first.
    for (lines, place) in [([before, after], 1), ([after, before], 0)] {
        let decisions = planned(&lines, &[]).decisions;
        assert_eq!((decisions[place], decisions[1 - place]), (Decision::New { ordinal: 0 }, Decision::Stale));
    }
    // What its bank leads a file does not correct, and what a person has thrown away stays so: the row learns the name.
    let of_bank = rows(&[line(Origin::Bank, 7, (3, -1_000), SHOP)]);
    let mut of_bank_and_file = of_bank.clone();
    of_bank_and_file[0].identities.push((Origin::FileId, Identity { fingerprint: 100, ordinal: 0 }));
    let mut deleted = rows(&[before]);
    deleted[0].state = State::Deleted;
    for known in [of_bank_and_file, deleted] {
        assert_eq!(planned(&[after], &known).decisions, [Decision::Alias { known: 0, ordinal: 0 }]);
    }
    // What nobody knows is not corrected.
    assert_eq!(new_rows(&[after], &of_bank), 1);
}

fn said() -> impl Strategy<Value = Vec<(i32, i64)>> {
    prop::collection::vec((0..20, (1..40_i64).prop_map(|amount| -amount * 100)), 4..40)
}

proptest! {
    /// However a file is told again: with the names it had, with new ones for some or for all, and with more behind it.
    #[test]
    fn a_file_told_again_adds_only_what_is_new(said in said(), renamed in prop::collection::vec(any::<bool>(), 40), more in 0..3_usize) {
        let days: std::collections::HashSet<_> = said.iter().map(|(on, _)| on).collect();
        let amounts: std::collections::HashSet<_> = said.iter().map(|(_, amount)| amount).collect();
        prop_assume!(days.len() > 2 && amounts.len() > 1);
        let before = file(Origin::FileId, 100, SHOP, &said);
        let known = rows(&before);
        let mut again = before;
        for (line, is_renamed) in again.iter_mut().zip(renamed) {
            line.fingerprint += if is_renamed { 1_000 } else { 0 };
        }
        again.extend(file(Origin::FileId, 5_000, SHOP, &[(30, -1), (31, -2), (32, -3)][..more]));
        prop_assert_eq!(outcome(&again, &known), (more, 0));
    }

    /// Nothing is claimed twice, whatever the files say.
    #[test]
    fn a_row_is_claimed_by_one_line_at_most(before in said(), after in said(), content: bool) {
        let kind = if content { Origin::FileContent } else { Origin::FileId };
        let known = [rows(&file(kind, 100, SHOP, &before)), rows(&file(Origin::Bank, 500, SHOP, &after))].concat();
        let mut seen = std::collections::HashMap::new();
        let mut lines = file(kind, 300, SHOP, &after);
        for line in &mut lines {
            line.ordinal = number(&mut seen, line.fingerprint).expect("few");
        }
        let plan = window(&lines, &known, FileDays::of(lines.iter().map(|line| line.day)), None);
        let mut claimed: Vec<_> = plan.decisions.iter().filter_map(|decision| decision.known()).collect();
        let count = claimed.len();
        claimed.sort_unstable();
        claimed.dedup();
        prop_assert_eq!(claimed.len(), count);
        for asked in &plan.asked {
            let is_new = matches!(plan.decisions[asked.line], Decision::New { .. });
            prop_assert!(is_new && !claimed.contains(&asked.known));
        }
    }
}
