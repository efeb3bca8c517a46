//! Exchange rates: what an amount of one currency was worth in another on a day.
//!
//! A rate that is not known is never taken for one: a conversion says with which rate, of which day and from where, or says that it cannot.
//! A total in one currency carries what could not be converted into it ([`Total`]).
//!
//! What a bank says it converted comes first, for that amount alone ([`settled`]). Two sources are known of rates. What a person has set holds for its pair of currencies, both ways, and by way of the one for the other where nothing
//! better is known. The central bank's reference rates are against the euro, so that any pair is two of them, of one day. The latest day counts that is not after the day asked for and at most
//! [`STALE_DAYS`] before it: no rates are published at weekends and on holidays. Of one day what a person has set comes first.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use crate::{currency::Currency, day::Day, money::Money};

/// Days that a rate may be older than what it is asked for: an Easter and a weekend beside it.
pub const STALE_DAYS: i32 = 7;
/// Significant digits of a rate that is shown. It is applied with all it has.
const SHOWN_DIGITS: u32 = 12;
/// Significant digits and decimals that a rate may be given with.
const DIGITS: usize = 15;

/// Who says what a rate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The bank of the account, which has converted the amount itself: what it took, of what it was.
    Bank,
    /// The reference rates of the European Central Bank.
    CentralBank,
    /// A person of the household.
    Person,
}

/// What one unit of a currency is in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Of what there is one.
    pub from: Currency,
    /// In what the rate is.
    pub to: Currency,
    /// Of which day.
    pub day: Day,
    /// So many units of `to` for one of `from`, to twelve significant digits.
    pub rate: Decimal,
    /// Who says so.
    pub source: Source,
}

/// An amount in another currency, and how it came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Converted {
    /// The amount, rounded to the minor unit; half of one away from zero.
    pub money: Money,
    /// The rate; `None` where the currency is the same.
    pub quote: Option<Quote>,
}

/// Why a decimal is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARate {
    /// Nothing is worth nothing.
    #[error("must be more than zero")]
    NotPositive,
    /// No pair of currencies is that far apart.
    #[error("must be between 0.000000001 and 1000000000, with at most {DIGITS} digits")]
    OutOfProportion,
}

/// Whether a decimal may be a rate.
pub fn check(rate: Decimal) -> Result<Decimal, NotARate> {
    let rate = rate.normalize();
    if rate <= Decimal::ZERO {
        return Err(NotARate::NotPositive);
    }
    let bounds = Decimal::new(1, 9)..=Decimal::from(1_000_000_000);
    let digits = rate.mantissa().unsigned_abs().to_string().len();
    if bounds.contains(&rate) && digits <= DIGITS { Ok(rate) } else { Err(NotARate::OutOfProportion) }
}

/// An amount in the currency that it was of before its bank converted it: nobody knows that better than the bank.
#[must_use]
pub fn settled(amount: Money, original: Option<Money>, to: Currency, day: Day) -> Option<Converted> {
    let original = original.filter(|original| original.currency == to && amount.currency != to)?;
    let rate = original.decimal().checked_div(amount.decimal())?.abs().round_sf(SHOWN_DIGITS)?.normalize();
    let quote = Quote { from: amount.currency, to, day, rate, source: Source::Bank };
    Some(Converted { money: original, quote: Some(quote) })
}

/// The rates of some days.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    /// Units of a currency for one euro.
    per_euro: BTreeMap<(Currency, Day), Decimal>,
    /// What persons have set, each pair in the order of its codes: units of the second for one of the first, as two numbers, so that a rate
    /// of the other way round is no quotient that was cut off.
    set: BTreeMap<(Currency, Currency, Day), Ratio>,
}

/// A rate as the quotient of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ratio {
    over: Decimal,
    under: Decimal,
}

impl Ratio {
    const fn turned(self) -> Self {
        Self { over: self.under, under: self.over }
    }

    /// The product with an amount; `None` beyond 96 bits.
    fn of(self, amount: Decimal) -> Option<Decimal> {
        amount.checked_mul(self.over)?.checked_div(self.under)
    }
}

/// The later of two rates; of one day the first.
fn later(one: Option<Found>, other: Option<Found>) -> Option<Found> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if one.day >= other.day { one } else { other }),
        (one, other) => one.or(other),
    }
}

/// A rate with where it is from.
struct Found {
    ratio: Ratio,
    day: Day,
    source: Source,
}

impl Rates {
    /// Takes a reference rate: so many units for one euro.
    pub fn add_reference(&mut self, currency: Currency, day: Day, per_euro: Decimal) {
        if per_euro > Decimal::ZERO {
            self.per_euro.insert((currency, day), per_euro);
        }
    }

    /// Takes what a person has set: so many units of `to` for one of `from`.
    pub fn set(&mut self, from: Currency, to: Currency, day: Day, rate: Decimal) {
        if rate > Decimal::ZERO {
            let ratio = Ratio { over: rate, under: Decimal::ONE };
            let ratio = if from < to { ratio } else { ratio.turned() };
            self.set.insert((from.min(to), from.max(to), day), ratio);
        }
    }

    /// The rate of a day, as it is shown; `None` for one and the same currency, and where none is known.
    #[must_use]
    pub fn quote(&self, from: Currency, to: Currency, day: Day) -> Option<Quote> {
        let Found { ratio, day, source } = self.find(from, to, day)?;
        let rate = ratio.of(Decimal::ONE)?.round_sf(SHOWN_DIGITS)?.normalize();
        Some(Quote { from, to, day, rate, source })
    }

    /// An amount in another currency, as of a day; `None` where no rate is known.
    #[must_use]
    pub fn convert(&self, money: Money, to: Currency, day: Day) -> Option<Converted> {
        if money.currency == to {
            return Some(Converted { money, quote: None });
        }
        let exact = self.exact(money, to, day)?;
        Some(Converted { money: rounded(exact, to)?, quote: Some(self.quote(money.currency, to, day)?) })
    }

    /// The same, not rounded.
    fn exact(&self, money: Money, to: Currency, day: Day) -> Option<Decimal> {
        if money.currency == to {
            return Some(money.decimal());
        }
        self.find(money.currency, to, day)?.ratio.of(money.decimal())
    }

    fn find(&self, from: Currency, to: Currency, day: Day) -> Option<Found> {
        if from == to {
            return None;
        }
        let earliest = day.plus(-STALE_DAYS);
        let (low, high) = (from.min(to), from.max(to));
        let mut set = self.set.range((low, high, earliest)..=(low, high, day));
        let by_person = set.next_back().map(|((.., day), ratio)| Found {
            ratio: if from == low { *ratio } else { ratio.turned() },
            day: *day,
            source: Source::Person,
        });
        let otherwise = later(self.reference(from, to, earliest, day), self.by_way(from, to, earliest, day));
        later(by_person, otherwise)
    }

    /// By way of a currency for which a person has set what one of the two is worth.
    fn by_way(&self, from: Currency, to: Currency, earliest: Day, day: Day) -> Option<Found> {
        let mut best: Option<Found> = None;
        for ((low, high, on), ratio) in &self.set {
            if *on < earliest || *on > day {
                continue;
            }
            for (one, other, ratio) in [(*low, *high, *ratio), (*high, *low, ratio.turned())] {
                // One of `one` is so many of `other`.
                let found = if one == from && other != to {
                    self.reference(other, to, earliest, day).map(|rest| (ratio, rest))
                } else if other == to && one != from {
                    self.reference(from, one, earliest, day).map(|rest| (ratio, rest))
                } else {
                    None
                };
                let Some((ratio, rest)) = found else { continue };
                let product = ratio.over.checked_mul(rest.ratio.over).zip(ratio.under.checked_mul(rest.ratio.under));
                let Some((over, under)) = product else { continue };
                // It is as old as the older of its two parts.
                let found = Found { ratio: Ratio { over, under }, day: rest.day.min(*on), source: Source::Person };
                best = later(Some(found), best);
            }
        }
        best
    }

    /// By way of the euro, with two rates of one day.
    fn reference(&self, from: Currency, to: Currency, earliest: Day, day: Day) -> Option<Found> {
        let euro = Currency::EURO;
        let days = |currency: Currency| self.per_euro.range((currency, earliest)..=(currency, day)).rev();
        let (leading, other) = if from == euro { (to, from) } else { (from, to) };
        days(leading).find_map(|((_, day), rate)| {
            let second = if other == euro { Decimal::ONE } else { *self.per_euro.get(&(other, *day))? };
            let ratio = if leading == from {
                Ratio { over: second, under: *rate }
            } else {
                Ratio { over: *rate, under: second }
            };
            Some(Found { ratio, day: *day, source: Source::CentralBank })
        })
    }
}

/// An amount that may be larger than any that is written down: a sum, or one in another currency.
fn rounded(exact: Decimal, currency: Currency) -> Option<Money> {
    let digits = u32::from(currency.digits());
    let rounded = exact.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    let minor = rounded.checked_mul(Decimal::from(10_i64.pow(digits)))?;
    Some(Money::new(minor.to_i64()?, currency))
}

/// A sum of several currencies in one of them, and what could not be converted into it. It is rounded once, at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    currency: Currency,
    known: Decimal,
    missing: BTreeMap<Currency, i64>,
}

impl Total {
    /// Nothing.
    #[must_use]
    pub const fn new(currency: Currency) -> Self {
        Self { currency, known: Decimal::ZERO, missing: BTreeMap::new() }
    }

    /// Adds an amount as of a day.
    pub fn add(&mut self, money: Money, day: Day, rates: &Rates) {
        if money.minor == 0 {
            return;
        }
        let exact = rates.exact(money, self.currency, day);
        // What is beyond 64 bits of minor units is not known, rather than cut off.
        let sum = exact.and_then(|exact| self.known.checked_add(exact));
        if let Some(known) = sum.filter(|sum| rounded(*sum, self.currency).is_some()) {
            self.known = known;
        } else {
            let missing = self.missing.entry(money.currency).or_default();
            *missing = missing.saturating_add(money.minor);
        }
    }

    /// What is known of it.
    #[must_use]
    pub fn known(&self) -> Money {
        // Nothing was added that does not fit.
        rounded(self.known, self.currency).unwrap_or(Money::new(0, self.currency))
    }

    /// What is not in it, for want of a rate: each currency in its own money, what cancels out left away.
    #[must_use]
    pub fn missing(&self) -> Vec<Money> {
        let missing = self.missing.iter().filter(|(_, minor)| **minor != 0);
        missing.map(|(currency, minor)| Money::new(*minor, *currency)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::from_code(code).expect(code)
    }

    fn day(text: &str) -> Day {
        text.parse().expect(text)
    }

    fn decimal(text: &str) -> Decimal {
        text.parse().expect(text)
    }

    fn money(text: &str, code: &str) -> Money {
        Money::from_decimal(decimal(text), currency(code)).expect(text)
    }

    #[test]
    fn what_a_bank_took_is_not_converted_back() {
        let (took, on) = (money("-9.26", "EUR"), day("2026-01-05"));
        let of = |to: &str, original: Option<Money>| settled(took, original, currency(to), on);
        let converted = of("USD", Some(money("-10.00", "USD"))).expect("it was of that currency");
        assert_eq!(converted.money, money("-10.00", "USD"));
        let quote = converted.quote.expect("a rate");
        assert_eq!((quote.from, quote.to, quote.day), (Currency::EURO, currency("USD"), on));
        assert_eq!((quote.rate, quote.source), (decimal("1.07991360691"), Source::Bank));
        assert_eq!(of("GBP", Some(money("-10.00", "USD"))), None);
        assert_eq!(of("USD", None), None);
        assert_eq!(settled(money("0", "EUR"), Some(money("1", "USD")), currency("USD"), on), None);
    }

    /// Rates of the European Central Bank of 2 and 5 January 2026 would stand so; the figures are made up.
    fn rates() -> Rates {
        let mut rates = Rates::default();
        for (code, on, rate) in [
            ("USD", "2026-01-02", "1.1700"),
            ("JPY", "2026-01-02", "183.25"),
            ("USD", "2026-01-05", "1.1800"),
            ("GBP", "2026-01-05", "0.86850"),
        ] {
            rates.add_reference(currency(code), day(on), decimal(rate));
        }
        rates
    }

    fn shown(rates: &Rates, amount: &str, from: &str, to: &str, on: &str) -> Option<String> {
        let converted = rates.convert(money(amount, from), currency(to), day(on))?;
        let by = converted.quote.map(|quote| format!(" at {} of {}", quote.rate, quote.day));
        Some(format!("{}{}", converted.money, by.unwrap_or_default()))
    }

    #[test]
    fn an_amount_is_converted_with_the_rate_of_its_day() {
        let rates = rates();
        for (amount, from, to, on, expected) in [
            ("100.00", "EUR", "USD", "2026-01-02", "117.00 USD at 1.17 of 2026-01-02"),
            ("117.00", "USD", "EUR", "2026-01-02", "100.00 EUR at 0.854700854701 of 2026-01-02"),
            // Saturday and Sunday have the rates of Friday.
            ("100.00", "EUR", "USD", "2026-01-04", "117.00 USD at 1.17 of 2026-01-02"),
            ("100.00", "EUR", "USD", "2026-01-05", "118.00 USD at 1.18 of 2026-01-05"),
            // Both legs are of one day: of the fifth there is no yen.
            ("11700", "JPY", "USD", "2026-01-05", "74.70 USD at 0.00638472032742 of 2026-01-02"),
            ("-10.00", "GBP", "USD", "2026-01-06", "-13.59 USD at 1.35866436385 of 2026-01-05"),
            ("5.00", "EUR", "EUR", "1999-01-01", "5.00 EUR"),
        ] {
            assert_eq!(shown(&rates, amount, from, to, on).as_deref(), Some(expected), "{amount} {from}");
        }
    }

    #[test]
    fn a_missing_rate_is_never_one() {
        let rates = rates();
        for (from, to, on) in [
            ("EUR", "USD", "2026-01-01"),
            ("EUR", "USD", "2026-01-13"),
            ("EUR", "CHF", "2026-01-05"),
            ("JPY", "GBP", "2026-01-05"),
        ] {
            assert_eq!(rates.convert(money("100", from), currency(to), day(on)), None, "{from} {to} {on}");
        }
        assert!(rates.quote(currency("EUR"), currency("USD"), day("2026-01-12")).is_some(), "seven days old");
    }

    #[test]
    fn what_a_person_has_set_comes_first_both_ways() {
        let mut rates = rates();
        rates.set(currency("USD"), currency("EUR"), day("2026-01-02"), decimal("0.9"));
        assert_eq!(shown(&rates, "100", "USD", "EUR", "2026-01-03").as_deref(), Some("90.00 EUR at 0.9 of 2026-01-02"));
        assert_eq!(
            shown(&rates, "90", "EUR", "USD", "2026-01-02").map(|text| text[..10].to_owned()).as_deref(),
            Some("100.00 USD")
        );
        let quote = rates.quote(currency("EUR"), currency("USD"), day("2026-01-02"));
        assert_eq!(quote.map(|quote| quote.source), Some(Source::Person));
        // A later reference rate is nearer to its day.
        let quote = rates.quote(currency("EUR"), currency("USD"), day("2026-01-05"));
        assert_eq!(quote.map(|quote| quote.source), Some(Source::CentralBank));
        // What nobody publishes.
        rates.set(currency("ARS"), currency("EUR"), day("2026-01-02"), decimal("0.0006"));
        assert_eq!(
            shown(&rates, "1000", "ARS", "EUR", "2026-01-09").as_deref(),
            Some("0.60 EUR at 0.0006 of 2026-01-02")
        );
        assert_eq!(shown(&rates, "1000", "ARS", "EUR", "2026-01-10"), None);
    }

    #[test]
    fn what_a_person_has_set_leads_on_to_other_currencies() {
        let mut rates = rates();
        rates.set(currency("ARS"), currency("EUR"), day("2026-01-02"), decimal("0.0006"));
        // 1000 pesos are 0.60 euros, and these are 0.70 dollars.
        assert_eq!(
            shown(&rates, "1000", "ARS", "USD", "2026-01-02").as_deref(),
            Some("0.70 USD at 0.000702 of 2026-01-02")
        );
        assert_eq!(
            shown(&rates, "0.70", "USD", "ARS", "2026-01-02").map(|text| text[..10].to_owned()).as_deref(),
            Some("997.15 ARS")
        );
        let quote = rates.quote(currency("ARS"), currency("USD"), day("2026-01-02"));
        assert_eq!(quote.map(|quote| quote.source), Some(Source::Person));
        assert_eq!(shown(&rates, "1000", "ARS", "CHF", "2026-01-02"), None);
        // Where both are published of a later day, or of the same, that holds.
        rates.set(currency("USD"), currency("EUR"), day("2026-01-05"), decimal("0.5"));
        let quote = rates.quote(currency("USD"), currency("GBP"), day("2026-01-05"));
        assert_eq!(quote.map(|quote| quote.source), Some(Source::CentralBank));
    }

    #[test]
    fn a_total_is_never_cut_off() {
        let mut rates = Rates::default();
        rates.set(currency("EUR"), currency("IRR"), day("2026-01-02"), decimal("1200000"));
        let mut total = Total::new(currency("IRR"));
        total.add(money("1500000.00", "EUR"), day("2026-01-02"), &rates);
        assert_eq!(total.known().to_string(), "1800000000000.00 IRR");
        let converted = rates.convert(money("1500000.00", "EUR"), currency("IRR"), day("2026-01-02"));
        assert_eq!(converted.map(|it| it.money.to_string()).as_deref(), Some("1800000000000.00 IRR"));
        // Beyond 64 bits the rest is missing.
        let most = money("999999999999.99", "EUR");
        total.add(most, day("2026-01-02"), &rates);
        assert_eq!((total.known().to_string().as_str(), total.missing()), ("1800000000000.00 IRR", vec![most]));
    }

    #[test]
    fn a_total_says_what_is_not_in_it_and_is_rounded_once() {
        let rates = rates();
        let mut total = Total::new(currency("EUR"));
        for (amount, code, on) in [
            ("0.01", "USD", "2026-01-02"),
            ("0.01", "USD", "2026-01-02"),
            ("10.00", "EUR", "1990-01-01"),
            ("5.00", "CHF", "2026-01-02"),
            ("7.00", "USD", "2020-01-02"),
            ("-7.00", "USD", "2020-01-02"),
        ] {
            total.add(money(amount, code), day(on), &rates);
        }
        assert_eq!(total.known(), money("10.02", "EUR"));
        assert_eq!(total.missing(), [money("5.00", "CHF")]);
    }

    #[test]
    fn a_rate_is_positive_and_in_proportion() {
        assert_eq!(check(decimal("1.1700")), Ok(decimal("1.17")));
        for (wrong, why) in [
            ("0", NotARate::NotPositive),
            ("-1", NotARate::NotPositive),
            ("0.0000000001", NotARate::OutOfProportion),
            ("1000000001", NotARate::OutOfProportion),
            ("1.0000000000000001", NotARate::OutOfProportion),
        ] {
            assert_eq!(check(decimal(wrong)), Err(why), "{wrong}");
        }
    }

    proptest! {
        /// Whatever the amounts and the rates, nothing is lost: each amount is in what is known or in what is missing.
        #[test]
        fn a_total_is_what_its_parts_are(
            parts in prop::collection::vec((-10_000_000_i64..10_000_000, 0_usize..4, 0_i32..20), 0..30),
            usd in 1_u32..2_000_000,
            jpy in 1_u32..200_000_000,
        ) {
            let codes = ["EUR", "USD", "JPY", "CHF"];
            let first = day("2026-01-02");
            let mut rates = Rates::default();
            rates.add_reference(currency("USD"), first, Decimal::new(i64::from(usd), 6));
            rates.add_reference(currency("JPY"), first, Decimal::new(i64::from(jpy), 6));
            let (mut total, mut known, mut missing) = (Total::new(currency("EUR")), Decimal::ZERO, BTreeMap::new());
            for (minor, which, later) in parts {
                let (part, on) = (Money::new(minor, currency(codes[which])), first.plus(later));
                total.add(part, on, &rates);
                match rates.convert(part, currency("EUR"), on) {
                    Some(converted) => known += converted.money.decimal(),
                    None => *missing.entry(part.currency).or_insert(0_i64) += minor,
                }
            }
            missing.retain(|_, minor| *minor != 0);
            // Each part was rounded here, and the total once.
            let apart = (total.known().decimal() - known).abs();
            prop_assert!(apart <= Decimal::new(16, 2), "{apart}");
            let found: BTreeMap<Currency, i64> = total.missing().iter().map(|money| (money.currency, money.minor)).collect();
            prop_assert_eq!(found, missing);
        }
    }
}
