//! What a person does in a month, as their bank writes it down. What begins in a month is settled before the end of the next one.

use chrono::Weekday;
use domain::day::{Day, Month};

use super::{
    beginning,
    entry::{Entry, GENERATED_IDS, Row},
    household::{Balances, CHECKING, Person},
    moment,
    purchase::Payment,
    region::{Area, Bill, TRAVEL_BILLS},
    shop::{Kind, PLACES, Shop, shops},
    text,
};
use crate::dice::{self, Dice};

/// A pending row is booked or gone after at most so many days.
pub(super) const LONGEST_PENDING_DAYS: i64 = 9;

/// Months between two rises of a price.
const RISE_MONTHS: u64 = 22;
pub(super) const MINUTE_MS: i64 = 60_000;

/// Writes a month.
pub(super) struct Scribe<'a> {
    pub(super) person: &'a Person,
    pub(super) month: Month,
    pub(super) opening: &'a Balances,
    pub(super) dice: Dice,
    pub(super) count: u64,
    pub(super) entries: Vec<Entry>,
}

impl<'a> Scribe<'a> {
    pub(super) fn new(person: &'a Person, month: Month, opening: &'a Balances) -> Self {
        let dice = Dice::new(dice::seed(&[person.key, 0x307, u64::from(month.number().unsigned_abs())]));
        Self { person, month, opening, dice, count: 0, entries: Vec::with_capacity(300) }
    }

    /// All that begins in the month.
    pub(super) fn write(mut self) -> Vec<Entry> {
        self.income();
        for bill in self.person.region.bills {
            self.bill(bill, CHECKING, self.person.card.unwrap_or(CHECKING));
        }
        self.rent();
        self.save();
        self.pay_card();
        self.interest();
        self.cash();
        self.hairdresser();
        let journey = self.journey();
        for day in 1..=self.month.days() {
            let away = journey.as_ref().is_some_and(|days| days.contains(&day));
            if !away {
                self.habits(self.day(day));
            }
        }
        if let Some(travel) = self.person.travel {
            self.dollars(travel);
        }
        self.entries
    }

    pub(super) fn id(&mut self) -> u64 {
        self.count += 1;
        let month = u64::from(self.month.number().unsigned_abs());
        dice::seed(&[self.person.key, 0x1d, month, self.count]) % GENERATED_IDS
    }

    pub(super) fn day(&self, number: i32) -> Day {
        self.month.first_day().plus(number.min(self.month.days()) - 1)
    }

    /// Whole years since the life began.
    fn years(&self) -> i32 {
        (self.month.number() - beginning().number()).div_euclid(12)
    }

    fn print(&mut self, pattern: &str) -> String {
        text::write(pattern, self.person.key, &mut self.dice, self.person.city, self.month)
    }

    /// Of what is usual, as much as this person.
    fn own(&self, minor: i64) -> i64 {
        minor * self.person.wealth / 1_000
    }

    /// A moment of the bank's night run, on a day on which it works.
    pub(super) fn night(&mut self, day: Day) -> i64 {
        moment(on_or_after(day)) + self.dice.between(120 * MINUTE_MS, 330 * MINUTE_MS)
    }

    /// Books without a pending row: transfers, direct debits, fees.
    fn book(&mut self, account: usize, at_ms: i64, amount_minor: i64, descriptor: String) {
        let id = self.id();
        self.entries.push(Entry::row(Row {
            id,
            account,
            amount_minor,
            pending: false,
            booking_ms: at_ms,
            value_ms: at_ms,
            descriptor,
            merchant: None,
            code: None,
            replaces: None,
        }));
    }

    /// Money from one account to another: both legs at a moment.
    fn transfer(&mut self, from: usize, to: usize, at_ms: i64, minor: i64, texts: [&str; 2]) {
        let [out, into] = texts.map(|text| self.print(text));
        self.book(from, at_ms, -minor, out);
        self.book(to, at_ms, minor, into);
    }

    fn income(&mut self) {
        let region = self.person.region;
        // A raise of two percent every April.
        let raises = self.years() + i32::from(self.month.month() >= 4);
        let yearly = (0..raises).fold(self.own(region.salary_minor), |salary, _| salary * 102 / 100);
        let part = yearly / i64::try_from(region.paydays.len()).unwrap_or(1);
        for payday in region.paydays {
            let text = match region.area {
                Area::Germany => format!("SEPA-GUTSCHRIFT {} LOHN/GEHALT ^ PNR %%%%%", self.person.employer),
                Area::Britain => format!("BGC {} SALARY", self.person.employer),
                Area::America => format!("{} DIRECT DEP PPD ID: 9%%%%%%%%%", self.person.employer),
            };
            let text = self.print(&text);
            let at_ms = moment(on_or_before(self.day(*payday))) + self.dice.between(60 * MINUTE_MS, 110 * MINUTE_MS);
            self.book(CHECKING, at_ms, part, text);
        }
    }

    fn rent(&mut self) {
        let base = self.own(self.person.region.rent_minor);
        let rent = (0..self.years()).fold(base, |rent, _| rent * 1_015 / 1_000) / 100 * 100;
        let text = self.print(self.person.region.rent);
        let at_ms = self.night(self.day(1));
        self.book(CHECKING, at_ms, -rent, text);
    }

    fn bill(&mut self, bill: &Bill, from: usize, card: usize) {
        let months = self.month.number() - beginning().number();
        // Each price rises in a month of its own, every 22 months: so there is a rise in any two years.
        let shift = dice::seed_of_text(self.person.key, bill.text) % RISE_MONTHS;
        let rises = (i64::from(months) + shift.cast_signed()).div_euclid(RISE_MONTHS.cast_signed());
        let price = bill.price + bill.rise * rises;
        let skipped = bill.text.contains("KFZ") && !self.person.drives;
        if skipped || !bill.rhythm.falls_in(self.month) {
            return;
        }
        let day = self.day(bill.day);
        let text = self.print(bill.text);
        let Some((name, code)) = bill.card else {
            let at_ms = self.night(day);
            return self.book(from, at_ms, -price, text);
        };
        let at_ms = moment(day) + self.dice.between(300 * MINUTE_MS, 900 * MINUTE_MS);
        let text = text::cut(&text);
        let first_text = text.clone();
        self.pay(Payment { account: card, at_ms, reserved: price, booked: Some(price), first_text, text, name, code });
    }

    fn save(&mut self) {
        let (Some(savings), region) = (self.person.savings, self.person.region) else { return };
        // What is there for the month once the card is paid.
        let free = self.opening[CHECKING] + self.person.card.map_or(0, |card| self.opening[card]);
        let at_ms = self.night(self.day(2));
        self.transfer(CHECKING, savings, at_ms, 30_000, region.to_savings);
        let at_ms = self.night(self.day(3));
        let (enough, little) = (self.own(420_000), self.own(230_000));
        if free > enough {
            let surplus = (free - self.own(300_000)) / 10_000 * 10_000;
            self.transfer(CHECKING, savings, at_ms, surplus, region.to_savings);
        } else if free < little && self.opening[savings] > 150_000 {
            let missing = (self.own(270_000) - free).min(self.opening[savings] - 50_000) / 10_000 * 10_000;
            self.transfer(savings, CHECKING, at_ms, missing, region.from_savings);
        }
    }

    /// Pays what the card's statement says: what is owed when the month begins.
    fn pay_card(&mut self) {
        let Some(card) = self.person.card else { return };
        let owed = -self.opening[card];
        if owed > 0 {
            let at_ms = self.night(self.day(6));
            self.transfer(CHECKING, card, at_ms, owed, self.person.region.card_payment);
        }
    }

    fn interest(&mut self) {
        let Some(savings) = self.person.savings else { return };
        // Two percent a year of what stands there, four times a year.
        let interest = self.opening[savings] * 2 / 100 / 4;
        if self.month.month().is_multiple_of(3) && interest > 0 {
            let text = self.print(self.person.region.interest);
            let at_ms = moment(self.month.last_day()) + 1_400 * MINUTE_MS;
            self.book(savings, at_ms, interest, text);
        }
    }

    fn cash(&mut self) {
        for _ in 0..self.dice.between(1, 3) {
            let day = self.dice.between(1, 28);
            let at_ms = self.daytime(self.day(i32::try_from(day).unwrap_or(1)));
            let minor = self.dice.between(2, 8) * 2_000;
            let text = self.print(self.person.region.cash);
            self.book(CHECKING, at_ms, -minor, text);
        }
        if self.dice.permille(120) {
            let text = self.print(self.person.region.fee);
            let at_ms = self.night(self.month.last_day().plus(-3));
            self.book(CHECKING, at_ms, -290, text);
        }
    }

    fn hairdresser(&mut self) {
        if self.dice.permille(600) {
            let day = i32::try_from(self.dice.between(3, 27)).unwrap_or(3);
            self.buy(Kind::Hairdresser, self.day(day));
        }
    }

    /// A journey abroad, in two months of the year: which days it takes.
    fn journey(&mut self) -> Option<std::ops::Range<i32>> {
        if !self.person.journeys.contains(&self.month.month()) {
            return None;
        }
        let first = i32::try_from(self.dice.between(6, 14)).unwrap_or(6);
        let days = first..first + i32::try_from(self.dice.between(4, 7)).unwrap_or(4);
        let place = self.dice.pick(&PLACES, false)?;
        self.buy(Kind::Flight, self.day(2));
        self.buy(Kind::Hotel, self.day(first));
        let account = self.person.card.unwrap_or(CHECKING);
        for day in days.clone() {
            for _ in 0..self.dice.between(2, 3) {
                let (name, terminal, code) = *self.dice.pick(&place.shops, false)?;
                let euros = self.dice.skewed(400, 7_500);
                let there = euros * 10_000 / place.rate;
                let text = format!("{} {} {}.{:02}", text::cut(terminal), place.currency, there / 100, there % 100);
                let at_ms = self.daytime(self.day(day));
                let booked = Some(euros);
                let first_text = text.clone();
                self.pay(Payment { account, at_ms, reserved: euros, booked, first_text, text, name, code });
                let fee = self.print(self.person.region.foreign_fee);
                let fee_ms = self.night(self.day(day).plus(3));
                self.book(account, fee_ms, -(euros * 175 / 10_000).max(1), fee);
            }
        }
        Some(days)
    }

    /// A travel account in dollars: some work for a client in America, subscriptions, a few purchases, a journey in May.
    fn dollars(&mut self, travel: usize) {
        let at_ms = self.night(self.day(12));
        let earned = self.dice.between(36_000, 52_000);
        let text = self.print("UPWORK ESCROW INC EDI PAYMNTS REF %%%%%%");
        self.book(travel, at_ms, earned, text);
        for bill in &TRAVEL_BILLS {
            self.bill(bill, travel, travel);
        }
        let mut wanted = vec![Kind::Online; usize::try_from(self.dice.between(1, 2)).unwrap_or(1)];
        let journey = self.month.month() == 5;
        if journey {
            wanted.extend([Kind::Coffee, Kind::Restaurant, Kind::FastFood, Kind::Taxi, Kind::Transit].repeat(2));
            wanted.push(Kind::Flight);
        }
        for kind in wanted {
            let offers: Vec<&Shop> = shops(Area::America).iter().filter(|shop| shop.kind == kind).collect();
            let Some(shop) = self.dice.pick(&offers, true).copied() else { continue };
            let day = if journey { self.dice.between(18, 26) } else { self.dice.between(2, 27) };
            let at_ms = self.daytime(self.day(i32::try_from(day).unwrap_or(2)));
            let price = self.price(shop);
            let payment = self.at_terminal(shop, Area::America, travel, at_ms, price);
            self.pay(payment);
        }
        if self.opening[travel] > 300_000 {
            // Into euros, at a rate of the month: both legs, in two currencies.
            let rate = 10_400
                + (dice::seed(&[self.person.key, 0xf, u64::from(self.month.number().unsigned_abs())]) % 1_000)
                    .cast_signed();
            let at_ms = self.night(self.day(20));
            let text = self.print("WISE US INC TRNWISE EUR CONVERSION %%%%%%%");
            self.book(travel, at_ms, -100_000, text);
            let text = self.print("SEPA-GUTSCHRIFT WISE EUROPE SA WISE PAYMENT USD 1000.00");
            self.book(CHECKING, at_ms, 100_000 * 10_000 / rate, text);
        }
    }
}

fn on_or_after(day: Day) -> Day {
    match day.weekday() {
        Weekday::Sat => day.plus(2),
        Weekday::Sun => day.plus(1),
        _ => day,
    }
}

fn on_or_before(day: Day) -> Day {
    match day.weekday() {
        Weekday::Sat => day.plus(-1),
        Weekday::Sun => day.plus(-2),
        _ => day,
    }
}
