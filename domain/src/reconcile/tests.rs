//! What reconciling must never do: lose a line, count one twice, bring back what was deleted.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

mod thrown_away;

const MERCHANT: i64 = -7;

fn day(number: i32) -> Day {
    Day::from_number(20_000 + number).expect("a day")
}

fn booked(fingerprint: i64, on: i32, amount_minor: i64) -> Incoming {
    Incoming {
        fingerprint,
        ordinal: 0,
        origin: Origin::Bank,
        replaces: None,
        day: day(on),
        amount_minor,
        pending: false,
        merchant: MERCHANT,
    }
}

fn pending(fingerprint: i64, on: i32, amount_minor: i64) -> Incoming {
    Incoming { pending: true, ..booked(fingerprint, on, amount_minor) }
}

/// The rows of one account, as the house keeps them.
#[derive(Clone, Debug, Default)]
struct Rows {
    known: Vec<Known>,
    /// What a listing has said about them.
    listed: Vec<Listed>,
}

impl Rows {
    /// A page of a listing.
    fn list_anew(&mut self, lines: &[Incoming]) -> Plan {
        let plan = listing(lines, &[], &self.known, &self.listed, Some(day(0)));
        for (row, fingerprint) in &plan.released {
            self.known[*row].identities.retain(|(_, identity)| identity.fingerprint != *fingerprint);
        }
        let count = self.known.len();
        self.apply(lines, &plan);
        self.listed.resize(self.known.len(), Listed::Named);
        for (row, said) in plan.decisions.iter().filter_map(Plan::listed) {
            // A guess stays one.
            if self.listed[row] == Listed::Not {
                self.listed[row] = said;
            }
        }
        assert!(self.known.len() >= count);
        plan
    }

    fn apply(&mut self, lines: &[Incoming], plan: &Plan) {
        for row in &plan.vanished {
            self.leave(*row, State::Vanished);
        }
        for row in &plan.withdrawn {
            self.known[*row].identities[0].0 = Origin::TakenBack;
        }
        let mut made = BTreeMap::new();
        for (place, (line, decision)) in lines.iter().zip(&plan.decisions).enumerate() {
            let own = |ordinal| (line.origin, Identity { fingerprint: line.fingerprint, ordinal });
            match *decision {
                Decision::New { ordinal } => {
                    made.insert(place, self.known.len());
                    self.known.push(Known {
                        identities: vec![own(ordinal)],
                        said: vec![],
                        day: line.day,
                        amount_minor: 0,
                        state: State::Pending,
                        was: None,
                        merchant: 0,
                    });
                    self.set(self.known.len() - 1, line);
                }
                Decision::Change { known } => self.set(known, line),
                Decision::TakeOver { known, ordinal } => {
                    made.insert(place, known);
                    self.known[known].identities.insert(0, own(ordinal));
                    self.set(known, line);
                }
                Decision::Alias { known, ordinal } => self.known[known].identities.push(own(ordinal)),
                // A tombstone follows what its bank says of it.
                Decision::Swallowed { known } => {
                    let own = self.known[known].identities[0];
                    if own == (Origin::Bank, Identity { fingerprint: line.fingerprint, ordinal: 0 }) {
                        self.set(known, line);
                    }
                }
                Decision::Same { .. } | Decision::Stale => {}
            }
        }
        for (place, fingerprint) in &plan.forerunners {
            let identity = Identity { fingerprint: *fingerprint, ordinal: 0 };
            self.known[made[place]].identities.push((lines[*place].origin, identity));
        }
        let mut identities: Vec<Identity> =
            self.known.iter().flat_map(|row| &row.identities).map(|(_, identity)| *identity).collect();
        let count = identities.len();
        identities.sort_unstable();
        identities.dedup();
        assert_eq!(identities.len(), count, "two rows of one identity");
    }

    fn set(&mut self, row: usize, line: &Incoming) {
        let row = &mut self.known[row];
        (row.day, row.amount_minor, row.merchant) = (line.day, line.amount_minor, line.merchant);
        let said = if line.pending { State::Pending } else { State::Posted };
        if row.state == State::Deleted {
            row.was = Some(said);
        } else {
            (row.state, row.was) = (said, None);
        }
    }

    fn leave(&mut self, row: usize, state: State) {
        let row = &mut self.known[row];
        (row.was, row.state) = (Some(row.state), state);
    }

    /// The end of a pull.
    fn close(&mut self) {
        for row in &mut self.known {
            if row.state == State::Vanished {
                row.was = None;
            }
            if row.identities[0].0 == Origin::TakenBack {
                let is_announcement = row.was == Some(State::Pending);
                row.identities[0].0 = if is_announcement { Origin::Awaited } else { Origin::Bank };
            }
        }
    }

    fn page(&mut self, lines: &[Incoming], removed: &[i64]) -> Plan {
        let plan = page(lines, removed, &self.known, Some(day(0)));
        self.apply(lines, &plan);
        plan
    }

    fn window(&mut self, lines: &[Incoming]) -> Plan {
        let mut seen = HashMap::new();
        let numbered = |line: &Incoming| {
            let ordinal = number(&mut seen, line.fingerprint).expect("few");
            Incoming { ordinal, ..*line }
        };
        let lines: Vec<Incoming> = lines.iter().map(numbered).collect();
        let plan = window(&lines, &self.known, None, None);
        self.apply(&lines, &plan);
        plan
    }

    /// Day and amount of the rows in a state, in order.
    fn list(&self, state: State) -> Vec<(i32, i64)> {
        let mut rows: Vec<(i32, i64)> = self
            .known
            .iter()
            .filter(|row| row.state == state)
            .map(|row| (row.day.number() - 20_000, row.amount_minor))
            .collect();
        rows.sort_unstable();
        rows
    }
}

#[test]
fn two_equal_coffees_are_two() {
    let mut rows = Rows::default();
    let coffees = [booked(1, 5, -350), booked(2, 5, -350)];
    rows.page(&coffees, &[]);
    assert_eq!(rows.list(State::Posted), [(5, -350), (5, -350)]);
    let again = rows.page(&coffees, &[]);
    assert_eq!(again.decisions, [Decision::Same { known: 0 }, Decision::Same { known: 1 }]);
}

#[test]
fn a_booked_line_takes_the_place_of_its_pending_one_by_the_banks_link() {
    let mut rows = Rows::default();
    rows.page(&[pending(1, 5, -3_000)], &[]);
    // A tip was added, and the removal comes a page later.
    rows.page(&[Incoming { replaces: Some(1), ..booked(2, 7, -3_600) }], &[]);
    rows.page(&[], &[1]);
    assert_eq!((rows.known.len(), rows.list(State::Posted)), (1, vec![(7, -3_600)]));
    // The first page again: the row is further on.
    assert_eq!(rows.page(&[pending(1, 5, -3_000)], &[]).decisions, [Decision::Stale]);
}

#[test]
fn without_a_link_the_vanished_row_of_the_same_merchant_is_found() {
    for (amount, what) in [(-3_000, "the same amount"), (-3_600, "with a tip"), (-1_200, "less fuel than reserved")] {
        let mut rows = Rows::default();
        rows.page(&[pending(1, 5, -3_000)], &[]);
        rows.page(&[booked(2, 7, amount)], &[1]);
        assert_eq!((rows.known.len(), rows.list(State::Posted)), (1, vec![(7, amount)]), "{what}");
    }
}

#[test]
fn likeness_never_ends_a_pending_row_that_its_bank_still_reports() {
    let mut rows = Rows::default();
    rows.page(&[pending(1, 5, -350), pending(2, 5, -350)], &[]);
    rows.page(&[booked(3, 6, -350)], &[1]);
    assert_eq!((rows.list(State::Posted), rows.list(State::Pending)), (vec![(6, -350)], vec![(5, -350)]));
}

#[test]
fn where_two_rows_could_be_meant_another_amount_decides_nothing() {
    let mut rows = Rows::default();
    rows.page(&[pending(1, 5, -3_000), pending(2, 5, -4_000)], &[]);
    let plan = rows.page(&[booked(3, 6, -3_500)], &[1, 2]);
    assert_eq!(plan.decisions, [Decision::New { ordinal: 0 }]);
    assert_eq!(rows.list(State::Vanished).len(), 2);
}

#[test]
fn a_pending_line_that_comes_and_goes_on_one_page_leaves_no_row_and_does_not_come_back() {
    let mut rows = Rows::default();
    let lines = [pending(1, 5, -350), Incoming { replaces: Some(1), ..booked(2, 6, -350) }];
    rows.page(&lines, &[1]);
    assert_eq!((rows.known.len(), rows.list(State::Posted)), (1, vec![(6, -350)]));
    for order in [[lines[0], lines[1]], [lines[1], lines[0]]] {
        rows.page(&order, &[1]);
        assert_eq!(rows.known.len(), 1);
    }
    rows.page(&lines[..1], &[]);
    assert_eq!((rows.known.len(), rows.list(State::Pending)), (1, vec![]));
}

#[test]
fn a_correction_changes_its_row_and_a_booked_line_is_never_pending_again() {
    let mut rows = Rows::default();
    rows.page(&[booked(1, 5, -350)], &[]);
    rows.page(&[booked(1, 6, -353)], &[]);
    assert_eq!(rows.list(State::Posted), [(6, -353)]);
    assert_eq!(rows.page(&[pending(1, 5, -350)], &[]).decisions, [Decision::Stale]);
    // The later line of a page counts.
    rows.page(&[booked(1, 7, -1), booked(1, 8, -2)], &[]);
    assert_eq!(rows.list(State::Posted), [(8, -2)]);
}

fn in_file(fingerprint: i64, on: i32, amount_minor: i64) -> Incoming {
    Incoming { origin: Origin::FileId, ..booked(fingerprint, on, amount_minor) }
}

#[test]
fn a_file_over_a_linked_account_adds_nothing_twice() {
    let mut rows = Rows::default();
    rows.page(&[booked(1, 5, -350), booked(2, 5, -350), booked(3, 9, -1_000)], &[]);
    let file = [in_file(11, 5, -350), in_file(12, 5, -350), in_file(13, 8, -1_000), in_file(14, 9, -77)];
    let plan = rows.window(&file);
    assert_eq!(plan.decisions.iter().filter(|decision| matches!(decision, Decision::New { .. })).count(), 1);
    assert_eq!(rows.known.len(), 4);
    assert!(rows.window(&file).decisions.iter().all(|decision| matches!(decision, Decision::Same { .. })));
    // A third coffee of the file is a third coffee.
    rows.window(&[in_file(11, 5, -350), in_file(12, 5, -350), in_file(15, 5, -350)]);
    assert_eq!(rows.list(State::Posted).iter().filter(|(_, amount)| *amount == -350).count(), 3);
}

#[test]
fn in_one_kind_of_file_another_id_is_another_transaction_however_alike() {
    let mut rows = Rows::default();
    rows.window(&[in_file(1, 5, -350)]);
    rows.window(&[in_file(2, 6, -350)]);
    assert_eq!(rows.list(State::Posted), [(5, -350), (6, -350)]);
}

#[test]
fn equal_lines_without_an_id_are_counted_not_merged() {
    let mut rows = Rows::default();
    let line = Incoming { origin: Origin::FileContent, ..booked(1, 5, -350) };
    rows.window(&[line, line]);
    rows.window(&[line, line]);
    assert_eq!(rows.known.len(), 2);
    rows.window(&[line, line, line]);
    assert_eq!(rows.known.len(), 3);
}

#[test]
fn a_statement_books_what_was_pending() {
    let mut rows = Rows::default();
    rows.page(&[pending(1, 5, -350)], &[]);
    rows.window(&[in_file(9, 6, -350)]);
    assert_eq!((rows.known.len(), rows.list(State::Posted)), (1, vec![(6, -350)]));
    // The bank books it too, under an id of its own, and says what it replaces: still one.
    rows.page(&[Incoming { replaces: Some(1), ..booked(2, 6, -350) }], &[1]);
    assert_eq!(rows.known.len(), 1, "{:?}", rows.known);
}

#[test]
fn a_statement_books_what_was_pending_and_the_bank_does_not_say_what_it_replaces() {
    let mut rows = Rows::default();
    rows.page(&[pending(1, 5, -350)], &[]);
    rows.window(&[in_file(9, 6, -350)]);
    rows.page(&[booked(2, 6, -350)], &[1]);
    assert_eq!((rows.known.len(), rows.list(State::Posted)), (1, vec![(6, -350)]), "{:?}", rows.known);
}

#[test]
fn ids_that_a_bank_gives_again_name_other_transactions() {
    let mut rows = Rows::default();
    rows.window(&[in_file(1, 5, -350), in_file(2, 6, -400)]);
    rows.window(&[in_file(1, 35, -90_000), in_file(2, 36, -4_000)]);
    assert_eq!(rows.list(State::Posted), [(5, -350), (6, -400), (35, -90_000), (36, -4_000)]);
    for file in [[in_file(1, 5, -350), in_file(2, 6, -400)], [in_file(1, 35, -90_000), in_file(2, 36, -4_000)]] {
        assert!(rows.window(&file).decisions.iter().all(|decision| matches!(decision, Decision::Same { .. })));
    }
    // One id twice in a file, and half of it in another.
    rows.window(&[in_file(7, 5, -1), in_file(7, 5, -2)]);
    assert!(matches!(rows.window(&[in_file(7, 5, -2)]).decisions[..], [Decision::Same { .. }]));
    assert_eq!(rows.known.len(), 6);
}

#[test]
fn an_entry_that_a_person_threw_away_swallows_nothing() {
    for from_bank in [false, true] {
        let mut rows = Rows::default();
        let identity = Identity { fingerprint: 99, ordinal: 0 };
        let identities = vec![(Origin::Manual, identity)];
        let (state, said) = (State::Deleted, vec![]);
        rows.known.push(Known {
            identities,
            said,
            day: day(5),
            amount_minor: -350,
            state,
            was: None,
            merchant: MERCHANT,
        });
        if from_bank {
            rows.page(&[booked(1, 6, -350)], &[]);
        } else {
            rows.window(&[in_file(1, 6, -350)]);
        }
        assert_eq!(rows.list(State::Posted), [(6, -350)]);
    }
}

#[test]
fn a_statement_books_a_purchase_with_its_tip_before_the_bank_does() {
    for linked in [None, Some(1)] {
        let mut rows = Rows::default();
        rows.page(&[pending(1, 5, -1_850)], &[]);
        rows.window(&[in_file(9, 6, -2_050)]);
        rows.page(&[Incoming { replaces: linked, ..booked(2, 6, -2_050) }], &[1]);
        assert_eq!((rows.list(State::Posted), rows.list(State::Pending)), (vec![(6, -2_050)], vec![]), "{linked:?}");
    }
}

#[test]
fn a_bank_that_comes_after_its_statement_adds_nothing_twice() {
    let mut rows = Rows::default();
    rows.window(&[in_file(11, 5, -350), in_file(12, 5, -350)]);
    rows.page(&[booked(1, 5, -350), booked(2, 6, -350), booked(3, 6, -350)], &[]);
    assert_eq!(rows.list(State::Posted), [(5, -350), (6, -350), (6, -350)]);
    assert!(
        rows.window(&[in_file(11, 5, -350), in_file(12, 5, -350)])
            .decisions
            .iter()
            .all(|decision| matches!(decision, Decision::Same { .. }))
    );
}

/// One purchase of a bank's life.
#[derive(Clone, Debug)]
struct Purchase {
    day: i32,
    amount: i64,
    /// Announced first.
    announced: bool,
    /// Booked with so much more.
    tip: i64,
    /// Days until it is booked; never, where there is none.
    settles: Option<i32>,
    /// The bank says what it replaces.
    linked: bool,
    /// So many days after it was booked the bank gives it another id, or takes it back.
    afterwards: Option<(i32, bool)>,
}

fn purchase() -> impl Strategy<Value = Purchase> {
    let amounts = prop_oneof![Just(-350), Just(-350), -5_000..-1_i64];
    let settles = prop::option::weighted(0.8, 1..5);
    let afterwards = prop::option::weighted(0.3, (0..4, any::<bool>()));
    (0..20, amounts, any::<bool>(), prop_oneof![Just(0), Just(-50)], settles, any::<bool>(), afterwards).prop_map(
        |(day, amount, announced, tip, settles, linked, afterwards)| Purchase {
            day,
            amount,
            announced,
            tip,
            settles,
            linked,
            afterwards,
        },
    )
}

/// An entry of the bank's log.
#[derive(Clone, Copy, Debug)]
enum Entry {
    Line(Incoming),
    Removed(i64),
}

/// The log in the order in which a bank writes it.
fn log(life: &[Purchase]) -> Vec<Entry> {
    let mut log: Vec<(i32, usize, Entry)> = Vec::new();
    for (place, purchase) in life.iter().enumerate() {
        let id = i64::try_from(place).expect("small") * 10 + 1;
        let on = purchase.day;
        let settled = match (purchase.announced, purchase.settles) {
            (false, _) => booked(id + 1, on, purchase.amount),
            (true, settles) => {
                log.push((on, place, Entry::Line(pending(id, on, purchase.amount))));
                let Some(days) = settles else {
                    log.push((on + 10, place, Entry::Removed(id)));
                    continue;
                };
                log.push((on + days, place, Entry::Removed(id)));
                let replaces = purchase.linked.then_some(id);
                Incoming { replaces, ..booked(id + 1, on + days, purchase.amount + purchase.tip) }
            }
        };
        let booked_on = settled.day.number() - 20_000;
        log.push((booked_on, place, Entry::Line(settled)));
        if let Some((days, is_renamed)) = purchase.afterwards {
            log.push((booked_on + days, place, Entry::Removed(id + 1)));
            if is_renamed {
                let renamed = Incoming { fingerprint: id + 2, replaces: None, ..settled };
                log.push((booked_on + days, place, Entry::Line(renamed)));
            }
        }
    }
    log.sort_by_key(|(day, place, _)| (*day, *place));
    log.into_iter().map(|(_, _, entry)| entry).collect()
}

/// What the bank has booked, by the whole of its log.
fn sworn(log: &[Entry]) -> Vec<Incoming> {
    let (lines, removed) = split(log);
    lines.into_iter().filter(|line| !line.pending && !removed.contains(&line.fingerprint)).collect()
}

fn days_and_amounts(lines: &[Incoming]) -> Vec<(i32, i64)> {
    let mut all: Vec<(i32, i64)> = lines.iter().map(|line| (line.day.number() - 20_000, line.amount_minor)).collect();
    all.sort_unstable();
    all
}

fn split(entries: &[Entry]) -> (Vec<Incoming>, Vec<i64>) {
    let lines = entries.iter().filter_map(|entry| if let Entry::Line(line) = entry { Some(*line) } else { None });
    let removed = entries.iter().filter_map(|entry| if let Entry::Removed(id) = entry { Some(*id) } else { None });
    (lines.collect(), removed.collect())
}

proptest! {
    /// However the log is cut into pages, and however often it is read again from its beginning: the booked rows are what the
    /// bank has booked, and what is pending is what the bank has pending.
    #[test]
    fn the_rows_are_what_the_bank_would_swear_to(
        life in prop::collection::vec(purchase(), 0..25),
        sizes in prop::collection::vec(1..9_usize, 1..6),
        rounds in 1..4_usize,
    ) {
        let log = log(&life);
        let mut rows = Rows::default();
        for round in 0..rounds {
            let mut rest = &log[..];
            let mut size = sizes.iter().cycle().skip(round);
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(*size.next().expect("cycles")));
                let (lines, removed) = split(now);
                rows.page(&lines, &removed);
                rest = later;
            }
        }
        prop_assert_eq!(rows.list(State::Posted), days_and_amounts(&sworn(&log)));
        prop_assert_eq!(rows.list(State::Pending), vec![]);
    }

    /// The bank tells its history anew, in any order, some rows under other ids, and has forgotten what is older than a day. Whoever
    /// reads a page twice reads the same.
    #[test]
    fn a_history_that_is_listed_anew_adds_nothing_and_loses_nothing(
        life in prop::collection::vec(purchase(), 0..25),
        renamed in prop::collection::vec(any::<bool>(), 25),
        order in Just((0..25_usize).collect::<Vec<_>>()).prop_shuffle(),
        forgotten in -1..12_i32,
        size in 1..9_usize,
    ) {
        let log = log(&life);
        let mut rows = Rows::default();
        for entries in log.chunks(7) {
            let (lines, removed) = split(entries);
            rows.page(&lines, &removed);
        }
        let before = days_and_amounts(&sworn(&log));
        prop_assert_eq!(rows.list(State::Posted), before.clone());
        let sworn = sworn(&log);
        let listed = order.iter().filter_map(|place| {
            let line = *sworn.get(*place)?;
            let fingerprint = if renamed[*place] { line.fingerprint + 1_000 } else { line.fingerprint };
            (line.day.number() - 20_000 > forgotten).then_some(Incoming { fingerprint, replaces: None, ..line })
        });
        let listed: Vec<Incoming> = listed.collect();
        rows.listed = vec![Listed::Not; rows.known.len()];
        for lines in listed.chunks(size) {
            rows.list_anew(lines);
            rows.list_anew(lines);
        }
        prop_assert_eq!(rows.list(State::Posted), before);
    }

    /// A page at a time, read twice in a row: as after a crash between the commit and the answer.
    #[test]
    fn a_repeated_page_changes_nothing(life in prop::collection::vec(purchase(), 0..25), size in 1..9_usize) {
        let log = log(&life);
        let mut rows = Rows::default();
        for entries in log.chunks(size) {
            let (lines, removed) = split(entries);
            rows.page(&lines, &removed);
            let once = rows.clone();
            rows.page(&lines, &removed);
            prop_assert_eq!(rows.list(State::Posted), once.list(State::Posted));
            prop_assert_eq!(rows.list(State::Pending), once.list(State::Pending));
        }
    }
}

/// A person says that two rows are one: the first leads, and bears the names of both.
fn merge(rows: &mut Rows, kept: usize, gone: usize) {
    let names = std::mem::take(&mut rows.known[gone].identities);
    let (day, amount_minor) = (rows.known[gone].day, rows.known[gone].amount_minor);
    rows.known[kept].said.extend(names.iter().map(|(_, name)| (*name, day, amount_minor)));
    rows.known[kept].identities.extend(names);
    rows.known.remove(gone);
}

#[test]
fn what_a_person_made_one_stays_one_when_its_bank_tells_both_anew() {
    let (one, other) = (booked(1, 5, -350), booked(2, 6, -350));
    for kept in [0, 1] {
        for pages in [
            vec![vec![one], vec![other]],
            vec![vec![other], vec![one]],
            vec![vec![one, other]],
            vec![vec![one]],
            vec![vec![other]],
        ] {
            let mut rows = Rows::default();
            rows.page(&[one, other], &[]);
            merge(&mut rows, kept, 1 - kept);
            let (before, names) = (rows.list(State::Posted), rows.known[0].identities.len());
            for page in &pages {
                rows.list_anew(page);
            }
            assert_eq!((rows.known.len(), rows.list(State::Posted)), (1, before), "{pages:?}");
            assert_eq!((rows.known[0].identities.len(), rows.listed[0]), (names, Listed::Named), "{pages:?}");
        }
    }
}

#[test]
fn what_a_person_made_one_stays_one_under_every_name() {
    let mut rows = Rows::default();
    rows.page(&[booked(1, 5, -350), booked(2, 6, -350)], &[]);
    merge(&mut rows, 1, 0);
    let plan = rows.page(&[booked(1, 5, -350), booked(2, 6, -350)], &[]);
    assert_eq!(plan.decisions, [Decision::Stale, Decision::Same { known: 0 }]);

    // Two ids of a file; one id that a file uses twice; two equal contents.
    let content = Incoming { origin: Origin::FileContent, ..booked(3, 5, -350) };
    let far_apart = [in_file(1, 5, -350), in_file(2, 30, -350)];
    for file in [[in_file(1, 5, -350), in_file(2, 6, -350)], [in_file(1, 5, -350); 2], [content; 2], far_apart] {
        let mut rows = Rows::default();
        rows.window(&file);
        merge(&mut rows, 0, 1);
        for _ in 0..2 {
            let plan = rows.window(&file);
            assert_eq!(plan.decisions, [Decision::Same { known: 0 }; 2], "{file:?}");
        }
        rows.known[0].state = State::Deleted;
        assert_eq!(rows.window(&file).decisions, [Decision::Swallowed { known: 0 }; 2]);
    }
}

#[test]
fn a_bank_that_takes_one_name_of_a_pending_row_back_leaves_the_other() {
    let mut rows = Rows::default();
    rows.page(&[pending(1, 5, -350), pending(2, 5, -350)], &[]);
    merge(&mut rows, 1, 0);
    rows.page(&[], &[1]);
    assert_eq!(rows.list(State::Pending), [(5, -350)]);
    rows.page(&[], &[2]);
    assert_eq!(rows.list(State::Pending), []);
}

#[test]
fn a_bank_says_nothing_of_days_before_its_first() {
    let foreign = |on, merchant| Known {
        identities: vec![(Origin::FileId, Identity { fingerprint: i64::from(on), ordinal: 0 })],
        said: vec![],
        day: day(on),
        amount_minor: -350,
        state: State::Posted,
        was: None,
        merchant,
    };
    let line = booked(1, 16, -350);
    let is_new = |known: &[Known], since| {
        matches!(page(&[line], &[], known, since).decisions[..], [Decision::New { .. }])
            && matches!(listing(&[line], &[], known, &[], since).decisions[..], [Decision::New { .. }])
    };
    let before = foreign(13, line.merchant);
    assert!(wants_reach(&[line], std::slice::from_ref(&before)));
    for (since, new) in [(None, true), (Some(14), true), (Some(13), false), (Some(1), false)] {
        assert_eq!(is_new(std::slice::from_ref(&before), since.map(day)), new, "{since:?}");
    }
    // The file goes on behind the line: its booking would be there.
    assert!(!is_new(&[before.clone(), foreign(17, line.merchant + 1)], None));
    // On one day nothing stands between them, and what comes later the bank has in any case.
    for on in [16, 18] {
        assert!(!is_new(&[foreign(on, line.merchant)], None));
        assert!(!wants_reach(&[line], &[foreign(on, line.merchant)]));
    }
    assert!(!wants_reach(&[line], &[foreign(11, line.merchant)]));
}
