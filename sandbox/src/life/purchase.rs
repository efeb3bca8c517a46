//! What a person buys: a card payment is pending first, and is booked under a new id, with the same amount or another, or goes.

use std::borrow::Cow;

use chrono::Weekday;
use domain::day::Day;

use super::{
    day_at,
    entry::{DAY_MS, Entry, Row},
    household::CHECKING,
    moment,
    month::{LONGEST_PENDING_DAYS, MINUTE_MS, Scribe},
    region::Area,
    shop::{HABITS, Kind, Shop, shops},
    text,
};
use crate::dice;

/// A payment with a card, before the bank has booked it.
#[derive(Clone)]
pub(super) struct Payment {
    pub(super) account: usize,
    pub(super) at_ms: i64,
    /// Reserved, positive.
    pub(super) reserved: i64,
    /// Booked in the end, positive; `None`: the reservation expires.
    pub(super) booked: Option<i64>,
    /// What the terminal prints at first.
    pub(super) first_text: String,
    pub(super) text: String,
    pub(super) name: &'static str,
    pub(super) code: u16,
}

impl Scribe<'_> {
    pub(super) fn daytime(&mut self, day: Day) -> i64 {
        moment(day) + self.dice.between(7 * 60 * MINUTE_MS, 21 * 60 * MINUTE_MS)
    }

    pub(super) fn habits(&mut self, day: Day) {
        for (kind, share) in HABITS {
            let share = match kind {
                Kind::Fuel if !self.person.drives => 0,
                Kind::Restaurant | Kind::Fun if matches!(day.weekday(), Weekday::Fri | Weekday::Sat) => share * 2,
                // Shops are closed on Sundays, coffee is not.
                Kind::Groceries | Kind::Drugstore | Kind::Clothing | Kind::Home if day.weekday() == Weekday::Sun => 0,
                _ => share,
            };
            if self.dice.permille(share) {
                self.buy(kind, day);
            }
        }
    }

    /// Which account a purchase is paid from: small everyday things often from checking.
    pub(super) fn purse(&mut self, kind: Kind) -> usize {
        let debit = match kind {
            Kind::Groceries | Kind::Bakery | Kind::Drugstore | Kind::FastFood | Kind::Pharmacy => 500,
            Kind::Flight | Kind::Hotel | Kind::Online => 0,
            _ => 150,
        };
        let card = self.person.card.unwrap_or(CHECKING);
        if self.dice.permille(debit) { CHECKING } else { card }
    }

    pub(super) fn buy(&mut self, kind: Kind, day: Day) {
        let account = self.purse(kind);
        let area = self.person.region.area;
        let offers: Vec<&Shop> = shops(area).iter().filter(|shop| shop.kind == kind).collect();
        let Some(shop) = self.dice.pick(&offers, true).copied() else { return };
        let at_ms = self.daytime(day);
        let price = self.price(shop);
        let payment = self.at_terminal(shop, area, account, at_ms, price);
        // Two coffees alike: for a friend, or another one in the afternoon.
        let again = kind == Kind::Coffee && self.dice.permille(180);
        if again {
            let at_ms = at_ms + self.dice.between(1, 90) * MINUTE_MS;
            let first = Payment { booked: Some(price), first_text: payment.text.clone(), ..payment };
            self.pay(first.clone());
            return self.pay(Payment { at_ms, ..first });
        }
        let returned =
            matches!(kind, Kind::Online | Kind::Clothing) && payment.booked.is_some() && self.dice.permille(150);
        if returned {
            self.refund(shop, account, day, price, payment.text.clone());
        }
        self.pay(payment);
    }

    pub(super) fn price(&mut self, shop: &Shop) -> i64 {
        if shop.kind == Kind::Coffee {
            // A short menu: the same coffee costs the same every time.
            let drink = dice::seed_of_text(self.person.key ^ self.dice.below(2), shop.text);
            let tens = (shop.high - shop.low) / 10 + 1;
            return shop.low + (drink % tens.unsigned_abs()).cast_signed() * 10;
        }
        let price = self.dice.skewed(shop.low, shop.high);
        match shop.kind {
            // Tags end on 99.
            Kind::Online | Kind::Clothing | Kind::Electronics | Kind::Books => price / 100 * 100 + 99,
            _ => price,
        }
    }

    /// A purchase as the terminal reports it: what it reserves is not always what is booked.
    pub(super) fn at_terminal(&mut self, shop: &Shop, area: Area, account: usize, at_ms: i64, price: i64) -> Payment {
        let here = area == self.person.region.area;
        let city = if here { self.person.city } else { "NEW YORK NY" };
        let text = text::cut(&text::write(shop.text, self.person.key, &mut self.dice, city, self.month));
        let mut payment = Payment {
            account,
            at_ms,
            reserved: price,
            booked: Some(price),
            first_text: text.clone(),
            text,
            name: shop.name,
            code: shop.code,
        };
        match shop.kind {
            // The pump reserves a round amount before anybody knows how much goes in.
            Kind::Fuel => payment.reserved = if area == Area::America { 12_500 } else { 10_000 },
            // A tip, written on the bill.
            Kind::Restaurant if area == Area::America => payment.booked = Some(price * 118 / 100),
            Kind::Restaurant if self.dice.permille(150) => payment.booked = Some((price * 11 / 10 + 49) / 50 * 50),
            _ if self.dice.permille(25) => payment.booked = None,
            _ => {}
        }
        if self.dice.permille(120) {
            // At first only the name; the rest comes with the booking.
            payment.first_text = text::cut(&shop.name.to_uppercase());
        }
        payment
    }

    /// Part of a purchase, or all of it, comes back some days later.
    pub(super) fn refund(&mut self, shop: &Shop, account: usize, day: Day, price: i64, descriptor: String) {
        let back = if self.dice.permille(500) { price } else { price * self.dice.between(20, 80) / 100 };
        let days = i32::try_from(self.dice.between(5, 12)).unwrap_or(5);
        let at_ms = self.night(day.plus(days));
        let id = self.id();
        self.entries.push(Entry::row(Row {
            id,
            account,
            amount_minor: back,
            pending: false,
            booking_ms: at_ms,
            value_ms: at_ms,
            descriptor,
            merchant: Some(Cow::Borrowed(shop.name)),
            code: Some(shop.code),
            replaces: None,
        }));
    }

    /// A payment with a card: pending first, and booked some days later under a new id, or gone.
    pub(super) fn pay(&mut self, payment: Payment) {
        let Payment { account, at_ms, reserved, booked, first_text, text, name, code } = payment;
        let row = Row {
            id: self.id(),
            account,
            amount_minor: -reserved,
            pending: true,
            booking_ms: at_ms,
            value_ms: at_ms,
            descriptor: first_text,
            merchant: self.dice.permille(550).then_some(Cow::Borrowed(name)),
            code: self.dice.permille(780).then_some(code),
            replaces: None,
        };
        let (pending, day) = (row.id, day_at(at_ms));
        if let Some(booked) = booked {
            let days = i32::try_from(self.dice.between(1, 3)).unwrap_or(1);
            let booking_ms = self.night(day.plus(days));
            let replaces = (!self.dice.permille(100)).then_some(pending);
            let id = self.id();
            self.entries.push(Entry::gone(booking_ms, account, pending, id));
            let row = row.clone();
            self.entries.push(Entry::row(Row {
                id,
                amount_minor: -booked,
                pending: false,
                booking_ms,
                descriptor: text,
                replaces,
                ..row
            }));
        } else {
            let days = self.dice.between(5, LONGEST_PENDING_DAYS - 1);
            self.entries.push(Entry::gone(at_ms + days * DAY_MS, account, pending, pending));
        }
        self.entries.push(Entry::row(row));
    }
}
