//! Candidates: pairs of rows that amounts and days allow to be a transfer.

use std::collections::{BTreeMap, HashMap, HashSet};

use rust_decimal::Decimal;

use super::{Household, LAG_DAYS, Member, Pair, voice::Voice};
use crate::{currency::Currency, money::Money};

/// Rows of a list that are looked at on each side of a day. More of one amount within [`LAG_DAYS`] are compared in turn, the first of a
/// day with the first.
pub(super) const NEAREST: usize = 64;

/// How the amounts of two rows fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// They are equal.
    Equal,
    /// So much was kept on the way.
    Fee(i64),
    /// They are equal at the rate of the day.
    Rate,
    /// Nobody knows the rate.
    Unknown,
}

/// Two rows that may be a transfer, as places among the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) out: usize,
    pub(super) into: usize,
    pub(super) fit: Fit,
    /// Whether a text of the one names the amount and the currency of the other. Only asked across currencies.
    pub(super) states_amount: bool,
}

/// Rows that come in, in the order of their places.
type List = Vec<usize>;

/// The pairs that amounts and days allow, without those that a person has rejected.
pub(super) fn pairs(household: &Household<'_>, members: &[Member<'_>]) -> Vec<Candidate> {
    let rejected: HashSet<Pair> = household.rejected.iter().copied().collect();
    let fees: HashMap<Currency, i64> = household.fees.iter().copied().collect();
    let currency = |member: &Member<'_>| household.accounts[member.account].currency;
    let mut by_amount: HashMap<(Currency, i64), List> = HashMap::new();
    // Amounts that differ need a word that speaks for them: what was bought or earned is not looked at.
    let mut by_currency: BTreeMap<Currency, List> = BTreeMap::new();
    let mut order: Vec<usize> = (0..members.len()).filter(|place| members[*place].row.amount_minor > 0).collect();
    order.sort_unstable_by_key(|place| members[*place].place());
    for place in order {
        let member = &members[place];
        by_amount.entry((currency(member), member.row.amount_minor)).or_default().push(place);
        if member.voice != Voice::Trade {
            by_currency.entry(currency(member)).or_default().push(place);
        }
    }
    let mut candidates = Vec::new();
    for (out, member) in members.iter().enumerate().filter(|(_, member)| member.row.amount_minor < 0) {
        let Some(amount) = member.row.amount_minor.checked_neg() else { continue };
        let own = currency(member);
        let mut add = |into: usize, fit, states_amount| {
            let pair = Pair { out: member.row.id, into: members[into].row.id };
            if members[into].account != member.account && !rejected.contains(&pair) {
                candidates.push(Candidate { out, into, fit, states_amount });
            }
        };
        for into in by_amount.get(&(own, amount)).into_iter().flat_map(|list| near(members, list, member)) {
            add(into, Fit::Equal, false);
        }
        if member.voice == Voice::Trade {
            continue;
        }
        for (other, list) in &by_currency {
            let largest_fee = fees.get(&own).copied().unwrap_or(0);
            if *other == own && largest_fee <= 0 {
                continue;
            }
            let band = (*other != own).then(|| Band::of(household, member, amount, own, *other)).flatten();
            for into in near(members, list, member) {
                let came = &members[into];
                if *other == own {
                    let fee = amount.saturating_sub(came.row.amount_minor);
                    if (1..=largest_fee).contains(&fee) {
                        add(into, Fit::Fee(fee), false);
                    }
                    continue;
                }
                let sent = Money::new(amount, own);
                let states = states(came.row.descriptor, sent)
                    || states(member.row.descriptor, Money::new(came.row.amount_minor, *other));
                match band {
                    Some(band) if band.holds(came.row.amount_minor) => add(into, Fit::Rate, states),
                    None if states || member.told.names(came.account) || came.told.names(member.account) => {
                        add(into, Fit::Unknown, states);
                    }
                    Some(_) | None => {}
                }
            }
        }
    }
    candidates
}

/// The rows of a list that lie near a row: [`NEAREST`] of them at most on each side, at most [`LAG_DAYS`] business days away.
fn near<'a>(members: &'a [Member<'_>], list: &'a [usize], row: &'a Member<'_>) -> impl Iterator<Item = usize> + 'a {
    let middle = list.partition_point(|place| {
        let member = &members[*place];
        (member.row.day, member.ordinal) < (row.row.day, row.ordinal)
    });
    let is_near = |place: &usize| members[*place].row.day.business_days_since(row.row.day).abs() <= LAG_DAYS;
    let before = list[..middle].iter().rev().copied().take(NEAREST).take_while(is_near);
    before.chain(list[middle..].iter().copied().take(NEAREST).take_while(is_near))
}

/// The amounts, in minor units, that fit a rate.
#[derive(Clone, Copy)]
struct Band {
    least: Decimal,
    most: Decimal,
}

impl Band {
    fn of(household: &Household<'_>, row: &Member<'_>, amount: i64, from: Currency, to: Currency) -> Option<Self> {
        let rate = (household.rate)(from, to, row.row.day)?;
        let whole = Money::new(amount, from).decimal().checked_mul(rate.rate)?;
        let expected = whole.checked_mul(Decimal::from(10_i64.pow(u32::from(to.digits()))))?;
        let may_differ = expected.checked_mul(Decimal::new(i64::from(rate.tolerance_permille), 3))?;
        // A minor unit more or less is rounding.
        Some(Self { least: expected - may_differ - Decimal::ONE, most: expected + may_differ + Decimal::ONE })
    }

    fn holds(self, amount_minor: i64) -> bool {
        (self.least..=self.most).contains(&Decimal::from(amount_minor))
    }
}

/// Whether a text names an amount with its currency: `USD 1000.00`, `1.000,00 USD`.
fn states(text: &str, money: Money) -> bool {
    let code = money.currency.code();
    let named = text.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case(code));
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (whole, exact) = (digits(&money.decimal().trunc().to_string()), digits(&money.decimal().to_string()));
    named
        && text
            .split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '\'')))
            .filter(|number| number.contains(|c: char| c.is_ascii_digit()))
            .any(|number| {
                let number = number.trim_matches(['.', ',', '\'']);
                let found = digits(number);
                found == exact || (found == whole && money.decimal().fract().is_zero())
            })
}
