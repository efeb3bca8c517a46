//! A household's life: month follows month, and each knows with which balances it begins.

use std::sync::{Mutex, PoisonError};

use domain::{account::AccountKind, day::Month};

use super::{
    beginning,
    entry::{Chunk, Entry},
    moment,
    month::Scribe,
    region::Region,
};
use crate::dice::{self, Dice};

/// The most accounts that a household has.
pub(super) const MOST_ACCOUNTS: usize = 4;
/// Balances, account by account.
pub(super) type Balances = [i64; MOST_ACCOUNTS];

/// Who lives this life: what does not change from month to month.
pub(super) struct Person {
    pub(super) key: u64,
    pub(super) region: &'static Region,
    pub(super) city: &'static str,
    pub(super) employer: &'static str,
    /// Of what is usual there, in thousandths: salary, rent, and how much is bought.
    pub(super) wealth: i64,
    pub(super) drives: bool,
    /// Months of the two journeys of a year.
    pub(super) journeys: [u32; 2],
    pub(super) savings: Option<usize>,
    pub(super) card: Option<usize>,
    pub(super) travel: Option<usize>,
}

/// The account for everyday payments.
pub(super) const CHECKING: usize = 0;

/// A person's life and the balances with which its months begin, as far as somebody has asked.
pub(super) struct Household {
    person: Person,
    kinds: Vec<(AccountKind, &'static str)>,
    /// From the first month on.
    openings: Mutex<Vec<Balances>>,
}

impl Household {
    pub(super) fn new(key: u64, customer: &str) -> Self {
        let mut dice = Dice::new(dice::seed(&[key, 0x11fe]));
        let anna = customer == "anna";
        let drawn = dice.pick(&["EUR", "GBP", "USD"], false).copied().unwrap_or("EUR");
        let currency = if anna { "EUR" } else { drawn };
        let region = Region::of(currency);
        let mut kinds = vec![(AccountKind::Checking, currency)];
        let mut add = |wanted: bool, kind, code| {
            wanted.then(|| {
                kinds.push((kind, code));
                kinds.len() - 1
            })
        };
        let savings = add(anna | dice.permille(850), AccountKind::Savings, currency);
        let card = add(anna | dice.permille(800), AccountKind::CreditCard, currency);
        let travel = add(anna, AccountKind::Checking, "USD");
        let one_of = |dice: &mut Dice, list: &'static [&'static str]| dice.pick(list, false).copied().unwrap_or("");
        let person = Person {
            key,
            region,
            city: if anna { "BERLIN" } else { one_of(&mut dice, region.cities) },
            employer: one_of(&mut dice, region.employers),
            wealth: if anna { 1_000 } else { dice.between(1_000, 1_500) },
            drives: anna || dice.permille(600),
            journeys: [dice.below(3), dice.below(3) + 5].map(|n| 3 + u32::try_from(n).unwrap_or(0)),
            savings,
            card,
            travel,
        };
        Self { person, kinds, openings: Mutex::new(Vec::new()) }
    }

    pub(super) fn kinds(&self) -> &[(AccountKind, &'static str)] {
        &self.kinds
    }

    fn first(&self) -> Balances {
        let person = &self.person;
        let mut balances = [0; MOST_ACCOUNTS];
        // Whoever has no savings account keeps the reserve here.
        balances[CHECKING] = if person.savings.is_some() { 240_000 } else { 800_000 };
        for (account, amount) in [(person.savings, 900_000), (person.card, -35_000), (person.travel, 120_000)] {
            if let Some(account) = account {
                balances[account] = amount;
            }
        }
        balances
    }

    /// What begins in a month that begins with these balances.
    fn begun(&self, month: Month, opening: &Balances) -> Vec<Entry> {
        Scribe::new(&self.person, month, opening).write()
    }

    /// The entries whose moment lies in a month: what begins in it, and what is left of the month before.
    fn entries(&self, month: Month, opening: &Balances, before: Option<&Balances>) -> Vec<Entry> {
        let (from_ms, to_ms) = (moment(month.first_day()), moment(month.plus(1).first_day()));
        let left = before.map_or_else(Vec::new, |before| self.begun(month.plus(-1), before));
        let mut entries: Vec<Entry> = left
            .into_iter()
            .filter(|entry| entry.at_ms >= from_ms)
            .chain(self.begun(month, opening).into_iter().filter(|entry| entry.at_ms < to_ms))
            .collect();
        entries.sort_unstable_by_key(Entry::place);
        entries
    }

    /// A month of the log; before the first one nothing happened.
    pub(super) fn chunk(&self, month: Month) -> Chunk {
        let accounts = self.kinds.len();
        let Ok(index) = usize::try_from(month.number() - beginning().number()) else {
            return Chunk { opening: self.first()[..accounts].to_vec(), entries: Vec::new() };
        };
        let mut openings = self.openings.lock().unwrap_or_else(PoisonError::into_inner);
        if openings.is_empty() {
            openings.push(self.first());
        }
        while openings.len() <= index {
            let known = openings.len() - 1;
            let month = beginning().plus(i32::try_from(known).unwrap_or(0));
            let before = known.checked_sub(1).map(|before| &openings[before]);
            let mut balances = openings[known];
            for (account, amount) in self.entries(month, &openings[known], before).iter().filter_map(Entry::booked) {
                balances[account] += amount;
            }
            openings.push(balances);
        }
        let opening = openings[index];
        let before = index.checked_sub(1).map(|before| openings[before]);
        drop(openings);
        Chunk { opening: opening[..accounts].to_vec(), entries: self.entries(month, &opening, before.as_ref()) }
    }
}
