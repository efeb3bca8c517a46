//! The lives of the bank's customers. A life follows from the bank's seed and the customer's name alone: the present moment only
//! decides how much of it has happened. Nothing of it is stored; any stretch can be made again.

mod entry;
mod household;
mod load;
mod month;
mod purchase;
mod region;
mod shop;
mod text;

use domain::{
    account::AccountKind,
    currency::Currency,
    day::{Day, Month},
};

pub(crate) use entry::{Change, Chunk, DAY_MS, Entry, GENERATED_IDS, Place, Row};
use household::Household;
use load::Load;

use crate::dice;

/// An account of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) kind: AccountKind,
    pub(crate) currency: Currency,
    pub(crate) nickname: &'static str,
    pub(crate) description: &'static str,
    /// An IBAN, or a card number with all but its end masked.
    pub(crate) number: String,
}

/// The month in which all lives begin.
pub(crate) fn beginning() -> Month {
    Day::from_ymd(2020, 1, 1).unwrap_or(Day::FIRST).month()
}

/// The day of a moment, in UTC: this bank's books know no other zone.
pub(crate) fn day_at(at_ms: i64) -> Day {
    Day::of_row(i32::try_from(at_ms.div_euclid(DAY_MS)).unwrap_or(i32::MAX))
}

/// The first moment of a day.
pub(crate) fn moment(day: Day) -> i64 {
    i64::from(day.number()) * DAY_MS
}

enum Kind {
    Household(Box<Household>),
    Load(Load),
}

/// The life of a customer.
pub(crate) struct Life {
    pub(crate) accounts: Vec<Account>,
    kind: Kind,
}

impl Life {
    /// The life that a bank's seed gives a customer.
    pub(crate) fn of(seed: u64, customer: &str) -> Self {
        let key = dice::seed_of_text(seed, customer);
        if let Some(per_year) = Load::per_year(customer) {
            let accounts = accounts(key, &[(AccountKind::Checking, "EUR"), (AccountKind::CreditCard, "EUR")]);
            return Self { accounts, kind: Kind::Load(Load::new(key, per_year)) };
        }
        let household = Household::new(key, customer);
        Self { accounts: accounts(key, household.kinds()), kind: Kind::Household(Box::new(household)) }
    }

    /// The stretch of the log in which a moment lies.
    pub(crate) fn span(&self, at_ms: i64) -> i64 {
        match &self.kind {
            Kind::Household(_) => i64::from(day_at(at_ms).month().number()),
            Kind::Load(load) => load.span(at_ms),
        }
    }

    /// A stretch of the log.
    pub(crate) fn chunk(&self, span: i64) -> Chunk {
        match &self.kind {
            Kind::Household(household) => household.chunk(Month::of_row(i32::try_from(span).unwrap_or(i32::MAX))),
            Kind::Load(load) => load.chunk(span),
        }
    }

    /// For how long a row can be pending.
    pub(crate) fn longest_pending_ms(&self) -> i64 {
        match &self.kind {
            Kind::Household(_) => month::LONGEST_PENDING_DAYS * DAY_MS,
            Kind::Load(_) => 2 * DAY_MS,
        }
    }
}

fn accounts(key: u64, kinds: &[(AccountKind, &str)]) -> Vec<Account> {
    kinds.iter().enumerate().filter_map(|(index, (kind, code))| account(key, index as u64, *kind, code)).collect()
}

fn account(key: u64, index: u64, kind: AccountKind, code: &str) -> Option<Account> {
    let currency = Currency::from_code(code)?;
    let number = dice::seed(&[key, 0xacc0, index]);
    let (nickname, description) = match (kind, code) {
        (AccountKind::Savings, _) => ("Savings", "Florin Instant Access Savings"),
        (AccountKind::CreditCard, _) => ("Credit card", "Florin Gold Mastercard"),
        (_, "USD") if index > 0 => ("Travel", "Florin Dollar Account"),
        _ => ("Checking", "Florin Current Account"),
    };
    let identification = match kind {
        AccountKind::CreditCard => format!("************{:04}", number % 10_000),
        _ => iban(code, number),
    };
    Some(Account {
        id: format!("{:014}", number % 100_000_000_000_000),
        kind,
        currency,
        nickname,
        description,
        number: identification,
    })
}

/// An IBAN of this bank with true check digits (ISO 13616); its bank code is not in use.
fn iban(currency: &str, number: u64) -> String {
    let (country, own) = match currency {
        "GBP" => ("GB", format!("FLRN000000{:08}", number % 100_000_000)),
        _ => ("DE", format!("99999999{:010}", number % 10_000_000_000)),
    };
    let value = |c: char| if c.is_ascii_digit() { (10, u64::from(c) - 48) } else { (100, u64::from(c) - 55) };
    let rest = own.chars().chain(country.chars()).chain("00".chars()).fold(0, |rest, c| {
        let (shift, digit) = value(c);
        (rest * shift + digit) % 97
    });
    format!("{country}{:02}{own}", 98 - rest)
}

#[cfg(test)]
mod tests;
