use std::collections::{HashMap, HashSet};

use chrono::Weekday;
use proptest::prelude::*;

use super::*;
use crate::testing::{NOW_MS, bank};

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

/// The log of a customer between two days.
fn log(customer: &str, from: &str, to: &str) -> (Life, Vec<Entry>) {
    let life = Life::of(1, customer);
    let (from_ms, to_ms) = (moment(day(from)), moment(day(to)));
    let mut entries = Vec::new();
    for span in life.span(from_ms)..=life.span(to_ms) {
        entries.extend(life.chunk(span).entries);
    }
    entries.retain(|entry| entry.at_ms >= from_ms && entry.at_ms < to_ms);
    (life, entries)
}

fn booked(entries: &[Entry]) -> impl Iterator<Item = &Row> {
    entries.iter().filter_map(|entry| match &entry.change {
        Change::Row(row) if !row.pending => Some(row),
        _ => None,
    })
}

fn pending(entries: &[Entry]) -> impl Iterator<Item = &Row> {
    entries.iter().filter_map(|entry| match &entry.change {
        Change::Row(row) if row.pending => Some(row),
        _ => None,
    })
}

/// Two years of anna.
fn anna() -> Vec<Entry> {
    log("anna", "2024-11-01", "2026-11-01").1
}

#[test]
fn a_life_is_the_same_however_it_is_asked_for() {
    for customer in ["anna", "ben", "load-40000"] {
        let (forward, backward) = (Life::of(1, customer), Life::of(1, customer));
        let span = forward.span(NOW_MS);
        let up: Vec<Chunk> = (span - 3..=span).map(|span| forward.chunk(span)).collect();
        let mut down: Vec<Chunk> = (span - 3..=span).rev().map(|span| backward.chunk(span)).collect();
        down.reverse();
        assert_eq!(up, down, "{customer}");
        assert_eq!(forward.accounts, backward.accounts);
        assert_ne!(Life::of(2, customer).chunk(span), up[3], "another seed");
    }
    assert_ne!(Life::of(1, "ben").chunk(24_310), Life::of(1, "bea").chunk(24_310));
}

#[test]
fn ids_and_places_are_never_given_twice() {
    for customer in ["anna", "clara", "load-20000"] {
        let (_, entries) = log(customer, "2024-11-01", "2026-11-01");
        assert!(entries.windows(2).all(|pair| pair[0].place() < pair[1].place()), "{customer}");
        let ids: Vec<u64> = booked(&entries).chain(pending(&entries)).map(|row| row.id).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{customer}");
        assert!(ids.iter().all(|id| *id < GENERATED_IDS));
    }
}

#[test]
fn a_month_has_sixty_to_a_hundred_and_some_transactions() {
    let entries = anna();
    let mut months: HashMap<Month, usize> = HashMap::new();
    for row in booked(&entries) {
        *months.entry(day_at(row.booking_ms).month()).or_default() += 1;
    }
    assert_eq!(months.len(), 24);
    assert!(months.values().all(|count| (55..=130).contains(count)), "{months:?}");
    let mean = months.values().sum::<usize>() / 24;
    assert!((60..=100).contains(&mean), "{mean}");
}

#[test]
fn salary_and_rent_come_every_month() {
    let entries = anna();
    let of = |text: &'static str| booked(&entries).filter(move |row| row.descriptor.contains(text)).collect::<Vec<_>>();
    let salary = of("LOHN/GEHALT");
    assert_eq!(salary.len(), 24);
    for row in &salary {
        let day = day_at(row.booking_ms);
        assert!(!matches!(day.weekday(), Weekday::Sat | Weekday::Sun), "{day}");
        // The 27th, or the Friday before it.
        assert!((25..=27).contains(&day.since(day.month().first_day().plus(-1))), "{day}");
    }
    let amounts: Vec<i64> = salary.iter().map(|row| row.amount_minor).collect();
    assert!(amounts.is_sorted());
    assert_eq!(amounts.iter().collect::<HashSet<_>>().len(), 3, "a raise in each April");
    let rent: HashSet<Month> = of("MIETE").iter().map(|row| day_at(row.booking_ms).month()).collect();
    assert_eq!(rent.len(), 24);
    assert!(of("MIETE").iter().all(|row| row.account == 0 && row.amount_minor < -100_000));
}

#[test]
fn the_price_of_a_subscription_rises_within_two_years() {
    let entries = anna();
    for text in ["NETFLIX.COM", "SPOTIFY"] {
        let paid: Vec<i64> =
            booked(&entries).filter(|row| row.descriptor.starts_with(text)).map(|row| -row.amount_minor).collect();
        assert!(paid.len() >= 21, "{text}: {}", paid.len());
        assert!(paid.is_sorted());
        let prices = paid.iter().collect::<HashSet<_>>().len();
        assert!((2..=3).contains(&prices), "{text}: {prices}");
    }
}

#[test]
fn two_equal_coffees_are_bought_on_one_day() {
    let entries = anna();
    let mut alike: HashMap<(usize, i64, &str, i64), usize> = HashMap::new();
    for row in booked(&entries) {
        let key = (row.account, row.amount_minor, row.descriptor.as_str(), row.value_ms / DAY_MS);
        *alike.entry(key).or_default() += 1;
    }
    let pairs: Vec<_> = alike.iter().filter(|(_, count)| **count == 2).collect();
    assert!(pairs.len() >= 5, "{pairs:?}");
    assert!(pairs.iter().any(|((_, minor, ..), _)| (-700..-300).contains(minor)));
}

#[test]
fn money_between_accounts_leaves_one_and_reaches_the_other() {
    let entries = anna();
    for (account, texts) in [
        (1, ["DAUERAUFTRAG UEBERTRAG AUF TAGESGELD", "UEBERTRAG VON GIROKONTO"]),
        (2, ["SEPA-LASTSCHRIFT KREDITKARTENABRECHNUNG", "ZAHLUNG ERHALTEN DANKE"]),
    ] {
        let leg = |account: usize, text: &str| {
            let rows = booked(&entries).filter(|row| row.account == account && row.descriptor.starts_with(text));
            rows.map(|row| (row.booking_ms, row.amount_minor)).collect::<Vec<_>>()
        };
        let (out, into) = (leg(0, texts[0]), leg(account, texts[1]));
        assert!(out.len() >= 22, "{}", out.len());
        assert_eq!(out.iter().map(|(at, minor)| (*at, -minor)).collect::<Vec<_>>(), into);
    }
    let converted = booked(&entries).filter(|row| row.account == 3 && row.descriptor.starts_with("WISE US")).count();
    let received = booked(&entries).filter(|row| row.descriptor.contains("WISE EUROPE")).count();
    assert_eq!(converted, received);
    assert!(converted > 0, "dollars become euros");
}

#[test]
fn what_is_pending_is_booked_under_a_new_id_or_goes() {
    for customer in ["anna", "dora", "load-20000"] {
        let (life, entries) = log(customer, "2025-01-01", "2026-01-01");
        let gone: HashMap<u64, i64> = entries
            .iter()
            .filter_map(|entry| match entry.change {
                Change::Gone { id, .. } => Some((id, entry.at_ms)),
                Change::Row(_) => None,
            })
            .collect();
        let replaced: HashMap<u64, &Row> =
            booked(&entries).filter_map(|row| row.replaces.map(|pending| (pending, row))).collect();
        let settled_ms = moment(day("2026-01-01")) - life.longest_pending_ms();
        let (mut linked, mut changed, mut all) = (0, 0, 0);
        for row in pending(&entries).filter(|row| row.booking_ms < settled_ms) {
            let gone_ms = gone.get(&row.id).unwrap_or_else(|| panic!("{customer}: {row:?} stays"));
            assert!(*gone_ms > row.booking_ms && *gone_ms - row.booking_ms <= life.longest_pending_ms());
            all += 1;
            if let Some(successor) = replaced.get(&row.id) {
                assert_eq!((successor.account, successor.value_ms), (row.account, row.booking_ms));
                assert_eq!(successor.booking_ms, *gone_ms);
                linked += 1;
                changed += i32::from(successor.amount_minor != row.amount_minor);
            }
        }
        assert!(linked * 100 > all * 80 && linked * 100 < all * 95, "{customer}: {linked} of {all}");
        assert!(customer.starts_with("load") || changed > 8, "{customer}: tips and pumps: {changed}");
    }
}

#[test]
fn some_reservations_expire_and_some_purchases_are_returned() {
    let entries = anna();
    let follows: HashSet<i64> = booked(&entries).map(|row| row.booking_ms).collect();
    let expired = entries.iter().filter(|e| matches!(e.change, Change::Gone { .. }) && !follows.contains(&e.at_ms));
    assert!(expired.count() >= 5);
    let returned = booked(&entries).filter(|row| row.amount_minor > 0 && row.merchant.is_some()).count();
    assert!(returned >= 3, "{returned}");
}

#[test]
fn descriptors_are_as_banks_write_them() {
    let entries = anna();
    let card: Vec<&Row> = pending(&entries).filter(|row| !row.descriptor.contains('.')).collect();
    assert!(card.iter().all(|row| row.descriptor.chars().count() <= 22));
    let coded = booked(&entries).filter(|row| row.code.is_some()).count();
    let shops = booked(&entries).filter(|row| row.value_ms != row.booking_ms).count();
    assert!(coded * 100 > shops * 65 && coded < shops, "{coded} of {shops}");
    for (beginning, least) in
        [("SUMUP *", 10), ("PAYPAL *", 10), ("REWE", 10), ("SEPA-LASTSCHRIFT", 100), ("ZINSEN", 8)]
    {
        let count = booked(&entries).filter(|row| row.descriptor.starts_with(beginning)).count();
        assert!(count >= least, "{beginning}: {count}");
    }
    let abroad = ["CHF", "DKK", "SEK", "CZK"].map(|code| format!(" {code} "));
    assert!(booked(&entries).any(|row| abroad.iter().any(|code| row.descriptor.contains(code.as_str()))));
}

#[test]
fn nobody_sinks_deep() {
    let names = (0..40).map(|number| format!("person-{number}")).chain(["anna".to_owned()]);
    for customer in names {
        let (life, entries) = log(&customer, "2020-01-01", "2027-01-01");
        let mut balances = life.chunk(i64::from(beginning().number())).opening;
        let mut least = balances.clone();
        for (account, minor) in entries.iter().filter_map(Entry::booked) {
            balances[account] += minor;
            least[account] = least[account].min(balances[account]);
        }
        for (account, least) in life.accounts.iter().zip(&least) {
            let border = match account.kind {
                AccountKind::CreditCard => -900_000,
                AccountKind::Savings => 0,
                _ => -150_000,
            };
            assert!(*least >= border, "{customer}: {} fell to {least}", account.nickname);
        }
        assert!(balances.iter().all(|minor| *minor < 20_000_000), "{customer}: {balances:?}");
    }
}

#[test]
fn account_numbers_pass_their_check() {
    let accounts = ["anna", "ben", "clara", "dora"].map(|name| Life::of(1, name).accounts).concat();
    assert!(accounts.iter().map(|account| &account.id).collect::<HashSet<_>>().len() == accounts.len());
    for account in accounts.iter().filter(|account| account.kind != AccountKind::CreditCard) {
        let turned = account.number[4..].chars().chain(account.number[..4].chars());
        let rest = turned.fold(0_u64, |rest, c| {
            let digit = u64::from(c.to_digit(36).expect("a letter or digit"));
            (rest * if digit > 9 { 100 } else { 10 } + digit) % 97
        });
        assert_eq!(rest, 1, "{}", account.number);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn opening_and_booked_rows_are_the_balance_at_every_moment(
        customer in prop::sample::select(vec!["anna", "ben", "clara", "load-30000", "load-3000", "load-900"]),
        months in 1..18_i32,
        back_ms in 0..400 * DAY_MS,
    ) {
        let now_ms = NOW_MS - back_ms;
        let bank = bank(now_ms);
        let since = day_at(now_ms).month().plus(-months).first_day();
        let mut sums = bank.opening(customer, since);
        let mut pending = HashMap::new();
        bank.each(customer, since, now_ms, |entry| match &entry.change {
            Change::Row(row) if row.pending => { pending.insert(row.id, (row.account, row.amount_minor)); }
            Change::Row(row) => sums[row.account] += row.amount_minor,
            Change::Gone { id, .. } => { pending.remove(id); }
        });
        let balances = bank.balances(customer, now_ms);
        prop_assert_eq!(&balances.booked, &sums);
        let mut waiting = vec![0; sums.len()];
        for (account, minor) in pending.values() {
            waiting[*account] += minor;
        }
        prop_assert_eq!(balances.pending, waiting);
    }

    #[test]
    fn any_splitting_into_pages_gives_the_same_log(
        customer in prop::sample::select(vec!["anna", "emil", "load-20000"]),
        limits in prop::collection::vec(1..400_usize, 1..6),
        back_ms in 0..200 * DAY_MS,
    ) {
        let now_ms = NOW_MS - back_ms;
        let bank = bank(now_ms);
        let since = day_at(now_ms).month().plus(-2).first_day();
        let mut whole = Vec::new();
        bank.each(customer, since, now_ms, |entry| whole.push(entry.clone()));
        let (mut after, mut joined) = (None, Vec::new());
        for limit in limits.iter().cycle() {
            let page = bank.page(customer, since, after, *limit, now_ms);
            let again = bank.page(customer, since, after, *limit, now_ms);
            prop_assert_eq!(&page.entries, &again.entries);
            prop_assert_eq!(page.end, again.end);
            prop_assert!(page.entries.len() == *limit || !page.more);
            joined.extend(page.entries);
            after = Some(page.end);
            if !page.more {
                break;
            }
        }
        prop_assert_eq!(joined, whole);
        let last = bank.page(customer, since, after, 10, now_ms);
        prop_assert!(last.entries.is_empty() && !last.more && Some(last.end) == after);
    }
}
