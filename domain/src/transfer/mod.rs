//! Transfers: which row of one account went to which row of another account of the household.
//!
//! A row goes out of one account, another comes into a different one, of the same amount and at most [`LAG_DAYS`] business days apart,
//! in either order. Which rows belong together is decided for all rows that hang together at once, as one assignment of greatest total
//! weight, so that a pair whose texts fit is not lost to one whose days are nearer.
//!
//! A proposal is *sure* only where both sides speak for it and nothing else could be meant. What it costs to be wrong is not the same
//! both ways: two real expenses that are hidden make a total wrong, and a proposal is one question. Everything else is proposed, and a
//! proposal changes nothing. What a person has confirmed stays, and what a person has rejected never comes again.
//!
//! Steps: `candidate` finds pairs that amounts and days allow, `told` reads texts, `voice` what a row says of itself, `weigh`
//! gives points, `solve` assigns (`assign`). The same rows give the same proposals in whatever order they come.

mod assign;
mod candidate;
mod counted;
mod solve;
#[cfg(test)]
mod tests;
mod told;
mod voice;
mod weigh;

pub use counted::{categories, is_loan};

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;

use crate::{
    account::AccountKind,
    categorize::Source,
    category::CategoryId,
    currency::Currency,
    day::Day,
    id::{AccountId, TransactionId},
    merchant::MerchantId,
};
use told::Told;
use voice::Voice;
use weigh::Weigher;

/// Business days, Monday to Friday, that the two sides of a transfer may lie apart. Holidays are not known here.
pub const LAG_DAYS: i32 = 5;

/// An account of the household.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account<'a> {
    /// Its id.
    pub id: AccountId,
    /// What it is.
    pub kind: AccountKind,
    /// Its currency.
    pub currency: Currency,
    /// What the person calls it.
    pub name: &'a str,
    /// The last digits of its number; empty where they are not known.
    pub tail: &'a str,
}

/// A row that is shown, pending or posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Its id.
    pub id: TransactionId,
    /// Its account, one of [`Household::accounts`]; a row of another one is left out.
    pub account: AccountId,
    /// Booked on.
    pub day: Day,
    /// In minor units of the account's currency; in positive, out negative.
    pub amount_minor: i64,
    /// What its source wrote.
    pub descriptor: &'a str,
    /// Who was paid.
    pub merchant: MerchantId,
    /// What it was for.
    pub category: CategoryId,
    /// Who says so.
    pub category_source: Source,
    /// Whether its bank has not booked it yet.
    pub pending: bool,
}

/// A row that goes out and the row that it comes in as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// The row that goes out.
    pub out: TransactionId,
    /// The row that comes in.
    pub into: TransactionId,
}

/// How often transfers from one account to another have been confirmed, by evidence or by a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// From which account.
    pub from: AccountId,
    /// To which.
    pub to: AccountId,
    /// How often.
    pub count: u32,
}

/// What one unit of a currency is worth in another, and by how much a bank may differ from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Whole units of the other currency for one whole unit.
    pub rate: Decimal,
    /// Parts of a thousand by which the amount may be more or less.
    pub tolerance_permille: u32,
}

/// The rows of a household and what is known about its transfers.
#[derive(Clone, Copy)]
pub struct Household<'a> {
    /// All its accounts.
    pub accounts: &'a [Account<'a>],
    /// The rows that may be paired, and those around them: [`LAG_DAYS`] business days to both sides, so that it shows what else could be meant.
    pub rows: &'a [Row<'a>],
    /// Transfers that stand: their rows take no part.
    pub settled: &'a [Pair],
    /// Pairs that a person has rejected.
    pub rejected: &'a [Pair],
    /// Transfers that were confirmed before, counted for accounts.
    pub history: &'a [History],
    /// What the people of the household are called; names of one word say nothing.
    pub names: &'a [&'a str],
    /// The most that a bank on the way may keep, in minor units, by currency; in a currency that is not named nothing.
    pub fees: &'a [(Currency, i64)],
    /// The rate from one currency to another on a day; `None` where it is not known.
    pub rate: &'a dyn Fn(Currency, Currency, Day) -> Option<Rate>,
}

/// What speaks for a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The amounts are equal, in one currency.
    Amount,
    /// The amounts are equal at the rate of the day.
    Rate,
    /// The text of what came in names the amount and the currency that went out, or the other way round.
    AmountInText,
    /// What came in is less by what a bank may keep.
    Fee,
    /// They lie at most one business day apart.
    Lag,
    /// A text holds the last digits of the other account.
    Tail,
    /// A text names the other account, as the person calls it or by what it is.
    AccountName,
    /// A text holds the name of somebody of the household.
    OwnName,
    /// What goes out is called a transfer.
    WordOut,
    /// What comes in is called one.
    WordIn,
    /// There have been transfers between the two accounts.
    History,
    /// It pays a credit card.
    CardPayment,
    /// It pays a loan.
    LoanPayment,
    /// It was drawn in cash, or paid in.
    Cash,
}

impl Evidence {
    /// All of it.
    pub const ALL: [Self; 14] = [
        Self::Amount,
        Self::Rate,
        Self::AmountInText,
        Self::Fee,
        Self::Lag,
        Self::Tail,
        Self::AccountName,
        Self::OwnName,
        Self::WordOut,
        Self::WordIn,
        Self::History,
        Self::CardPayment,
        Self::LoanPayment,
        Self::Cash,
    ];

    /// The number in the rows. Never changes. Below 63, so that evidence fits the bits of a number.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Amount => 0,
            Self::Rate => 1,
            Self::AmountInText => 2,
            Self::Fee => 3,
            Self::Lag => 4,
            Self::Tail => 5,
            Self::AccountName => 6,
            Self::OwnName => 7,
            Self::WordOut => 8,
            Self::WordIn => 9,
            Self::History => 10,
            Self::CardPayment => 11,
            Self::LoanPayment => 12,
            Self::Cash => 13,
        }
    }

    /// The evidence of a number from the rows.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|evidence| evidence.code() == code)
    }
}

/// Why a proposal is not sure. The first that holds, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reserve {
    /// One of the rows is not booked yet.
    Pending,
    /// The amounts differ, by a rate or a fee.
    OtherAmount,
    /// A person has said that one of the rows is something else.
    Person,
    /// A person has rejected another pair of one of the rows.
    Rejected,
    /// One of the rows may as well belong to another row.
    Ambiguous,
    /// The two sides do not say enough.
    Weak,
}

impl Reserve {
    /// The number in the rows. Never changes.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Pending => 0,
            Self::OtherAmount => 1,
            Self::Person => 2,
            Self::Rejected => 3,
            Self::Ambiguous => 4,
            Self::Weak => 5,
        }
    }

    /// The reserve of a number from the rows.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        [Self::Pending, Self::OtherAmount, Self::Person, Self::Rejected, Self::Ambiguous, Self::Weak]
            .into_iter()
            .find(|reserve| reserve.code() == code)
    }
}

/// Two rows that are likely one transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The rows.
    pub pair: Pair,
    /// How likely it is, from 1 to 99: an order among proposals, not a frequency that was measured.
    pub confidence_percent: u8,
    /// Why it is only proposed; `None` where the evidence confirms it.
    pub reserve: Option<Reserve>,
    /// Whether the other side is a loan, so that it may go on counting as an expense where the household wants that: part of it is interest.
    pub pays_loan: bool,
    /// Business days from what went out to what came in; negative where it came in first.
    pub lag_days: i32,
    /// What a bank on the way has kept, in minor units; 0 across currencies.
    pub fee_minor: i64,
    /// What speaks for it, in the order of the list.
    pub evidence: Vec<Evidence>,
}

impl Proposal {
    /// Whether the evidence confirms it without a person.
    #[must_use]
    pub const fn is_sure(&self) -> bool {
        self.reserve.is_none()
    }
}

/// A row with what is known of it.
struct Member<'a> {
    row: Row<'a>,
    account: usize,
    /// How many rows of its account, day and amount come before it.
    ordinal: usize,
    told: Told,
    voice: Voice,
}

impl Member<'_> {
    /// Where it stands among rows of one amount: rows of one day take turns, whichever accounts they are of.
    fn place(&self) -> (Day, usize, TransactionId) {
        (self.row.day, self.ordinal, self.row.id)
    }
}

/// The transfers among the rows that no transfer holds yet, in the order of their outgoing rows' days and ids. No row is in two of
/// them, none in one that stands, and none is a pair that was rejected.
///
/// With `n` rows the work is at most a constant times `n · log n`, however many of them have one amount: a row is compared with at
/// most `candidate::NEAREST` rows on each side of it in each list of rows, and at most `solve::TOGETHER` rows are assigned
/// together.
#[must_use]
pub fn propose(household: &Household<'_>) -> Vec<Proposal> {
    let taken: HashSet<TransactionId> = household.settled.iter().flat_map(|pair| [pair.out, pair.into]).collect();
    let mut rows: Vec<Row<'_>> = household.rows.iter().filter(|row| !taken.contains(&row.id)).copied().collect();
    rows.sort_unstable_by_key(|row| (row.day, row.id));
    rows.dedup_by_key(|row| row.id);
    let reader = told::Reader::new(household);
    let mut seen: HashMap<(AccountId, Day, i64), usize> = HashMap::new();
    let members: Vec<Member<'_>> = rows
        .into_iter()
        .filter_map(|row| {
            let account = household.accounts.iter().position(|account| account.id == row.account)?;
            let count = seen.entry((row.account, row.day, row.amount_minor)).or_default();
            *count += 1;
            let told = reader.read(&row, account);
            let voice = Voice::of(&row).own_or_said(&row, &told);
            Some(Member { row, account, ordinal: *count - 1, told, voice })
        })
        .collect();
    let candidates = candidate::pairs(household, &members);
    let weighed = Weigher::new(household, &members).weigh(candidates);
    let mut chosen = solve::solve(&members, &weighed);
    chosen.sort_unstable_by_key(|chosen| {
        let out = &members[weighed[chosen.place].candidate.out];
        (out.row.day, out.row.id)
    });
    chosen.into_iter().map(|chosen| weighed[chosen.place].proposal(&members, chosen.ambiguous)).collect()
}
