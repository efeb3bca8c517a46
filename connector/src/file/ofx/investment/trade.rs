//! What was done: the elements of `INVTRANLIST` but for `STMTTRN`.
//!
//! The amount of a line is what the account's cash moved by. The format wants `TOTAL` with the sign of that; some banks write what was
//! bought without a minus, so the kind decides where it can only be one (a purchase, a fee), and a reversal is the other way round.
//! What moves securities alone is a line of no amount: it says what happened, and no sum changes by it. So is income that was
//! reinvested at once, and cash that stays within the account.

use domain::{
    currency::Currency,
    day::NotADay,
    investment::{Trade, TradeKind},
    line::{self, Line},
    money::Money,
};
use rust_decimal::Decimal;

use super::{
    super::{
        super::{Field, Reason, date, source_id},
        token::Tag,
    },
    Record, Wrong,
};

/// How the sign of what cash moved by is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cash {
    /// It only goes out.
    Out,
    /// It comes in, unless its costs are higher.
    In,
    /// As it is written: a dividend on what was sold short is paid.
    Written,
    /// None moves.
    None,
}

impl Record {
    /// The line, and what was done.
    pub(in super::super) fn into_line(self, tag: Tag, account: Currency) -> Result<(Line, Trade), Wrong> {
        let day = self.get(Tag::Traded).or_else(|| self.get(Tag::Settled)).ok_or((Field::Day, Reason::Missing))?;
        let day = date::ofx(day).map_err(|not_a_day: NotADay| (Field::Day, not_a_day.into()))?;
        let trade = self.trade(tag, account)?;
        let amount_minor = self.moved(&trade, account)?;
        let line = Line {
            source_id: self.get(Tag::Id).and_then(source_id),
            replaces_source_id: None,
            day,
            amount_minor,
            pending: false,
            descriptor: self.descriptor(&trade),
            merchant_name: None,
            original: None,
            merchant_category_code: None,
            category: None,
        };
        Ok((line, trade))
    }

    fn trade(&self, tag: Tag, account: Currency) -> Result<Trade, Wrong> {
        let kind = self.kind(tag);
        let sum = |tags: &[Tag]| {
            tags.iter().try_fold(None::<Decimal>, |sum, tag| {
                let Some(more) = self.number(*tag, Field::Costs)? else { return Ok(sum) };
                let sum = sum.unwrap_or_default().checked_add(more);
                sum.map(Some).ok_or((Field::Costs, Reason::NotAnAmount))
            })
        };
        let mut trade = Trade {
            kind,
            security: self.security()?,
            units: self.units(kind)?,
            unit_price: self.number(Tag::UnitPrice, Field::Price)?,
            commission: sum(&[Tag::Commission])?,
            fees: sum(&[Tag::Fees, Tag::SalesLoad, Tag::Penalty])?,
            taxes: sum(&[Tag::Taxes, Tag::Withholding, Tag::StateWithholding])?,
            total: self.number(Tag::Total, Field::Amount)?,
            currency: self.currency(account)?,
        };
        trade.total = match cash(kind) {
            Cash::Out => trade.total.map(|total| self.turned(-total.abs())),
            Cash::In if !costs_more(&trade) => trade.total.map(|total| self.turned(total.abs())),
            Cash::In | Cash::Written => trade.total,
            // What was reinvested, or moved within the account, has no direction.
            Cash::None => trade.total.map(|total| total.abs()),
        };
        Ok(trade)
    }

    fn kind(&self, tag: Tag) -> TradeKind {
        match tag {
            Tag::Buy => TradeKind::Buy,
            Tag::Sell => TradeKind::Sell,
            Tag::Expense => TradeKind::Expense,
            Tag::Reinvestment => TradeKind::Reinvestment,
            Tag::ReturnOfCapital => TradeKind::ReturnOfCapital,
            Tag::MarginInterest => TradeKind::MarginInterest,
            Tag::CashJournal => TradeKind::CashJournal,
            Tag::SecurityJournal => TradeKind::SecurityJournal,
            Tag::Transfer => TradeKind::Transfer,
            Tag::Split => TradeKind::Split,
            Tag::OptionClosure => TradeKind::OptionClosure,
            _ => match self.get(Tag::IncomeType).unwrap_or_default().to_ascii_uppercase().as_str() {
                "DIV" => TradeKind::Dividend,
                "INTEREST" => TradeKind::Interest,
                "CGLONG" => TradeKind::LongTermGain,
                "CGSHORT" => TradeKind::ShortTermGain,
                _ => TradeKind::OtherIncome,
            },
        }
    }

    /// So many units came in or went out.
    fn units(&self, kind: TradeKind) -> Result<Option<Decimal>, Wrong> {
        let units = self.number(Tag::Units, Field::Units)?;
        let change = match kind {
            TradeKind::Buy | TradeKind::Reinvestment => units.map(|units| self.turned(units.abs())),
            TradeKind::Sell => units.map(|units| self.turned(-units.abs())),
            TradeKind::Transfer if self.says(Tag::Direction, "OUT") => units.map(|units| -units.abs()),
            TradeKind::Split => {
                let old = self.number(Tag::OldUnits, Field::Units)?;
                let new = self.number(Tag::NewUnits, Field::Units)?;
                old.zip(new).and_then(|(old, new)| new.checked_sub(old))
            }
            _ => units,
        };
        Ok(change)
    }

    /// What the account's cash moved by, in minor units.
    fn moved(&self, trade: &Trade, account: Currency) -> Result<i64, Wrong> {
        let amount = match cash(trade.kind) {
            // A split may leave a part of a unit, which is paid out.
            Cash::None if trade.kind == TradeKind::Split => {
                self.number(Tag::FractionCash, Field::Amount)?.unwrap_or_default()
            }
            Cash::None => Decimal::ZERO,
            Cash::Out | Cash::In | Cash::Written => trade.total.ok_or((Field::Amount, Reason::Missing))?,
        };
        // The rate beside an amount of another currency gives no exact amount.
        if !amount.is_zero() && trade.currency != account {
            return Err((Field::Currency, Reason::OtherCurrency));
        }
        let money = Money::from_decimal(amount, account).map_err(|not_money| (Field::Amount, not_money.into()))?;
        Ok(money.minor)
    }

    /// Of a reversal: the other way round.
    fn turned(&self, number: Decimal) -> Decimal {
        if self.get(Tag::Reversal).is_some() { -number } else { number }
    }

    /// What the bank writes; where it writes nothing, what was done with which security.
    fn descriptor(&self, trade: &Trade) -> String {
        let memo = line::descriptor(self.get(Tag::Memo).unwrap_or_default());
        if !memo.is_empty() {
            return memo;
        }
        let code = trade.security.as_ref().map(|security| security.code.as_str()).unwrap_or_default();
        line::descriptor(&format!("{} {code}", word(trade.kind)))
    }
}

const fn cash(kind: TradeKind) -> Cash {
    match kind {
        TradeKind::Buy | TradeKind::Expense | TradeKind::MarginInterest => Cash::Out,
        TradeKind::Sell => Cash::In,
        TradeKind::Dividend
        | TradeKind::Interest
        | TradeKind::LongTermGain
        | TradeKind::ShortTermGain
        | TradeKind::OtherIncome
        | TradeKind::ReturnOfCapital => Cash::Written,
        TradeKind::Reinvestment
        | TradeKind::CashJournal
        | TradeKind::SecurityJournal
        | TradeKind::Transfer
        | TradeKind::Split
        | TradeKind::OptionClosure => Cash::None,
    }
}

/// Whether a sale brings less than it costs: then cash goes out, as it is written.
fn costs_more(trade: &Trade) -> bool {
    let mut costs = [trade.commission, trade.fees, trade.taxes].into_iter().flatten();
    let costs = costs.try_fold(Decimal::ZERO, |sum, more| sum.checked_add(more.abs()));
    let worth = trade.units.zip(trade.unit_price).and_then(|(units, price)| units.abs().checked_mul(price.abs()));
    costs.zip(worth).is_some_and(|(costs, worth)| costs > worth)
}

const fn word(kind: TradeKind) -> &'static str {
    match kind {
        TradeKind::Buy => "BUY",
        TradeKind::Sell => "SELL",
        TradeKind::Dividend => "DIVIDEND",
        TradeKind::Interest => "INTEREST",
        TradeKind::LongTermGain | TradeKind::ShortTermGain => "CAPITAL GAIN",
        TradeKind::OtherIncome => "INCOME",
        TradeKind::Expense => "EXPENSE",
        TradeKind::Reinvestment => "REINVESTMENT",
        TradeKind::ReturnOfCapital => "RETURN OF CAPITAL",
        TradeKind::MarginInterest => "MARGIN INTEREST",
        TradeKind::CashJournal | TradeKind::SecurityJournal => "JOURNAL",
        TradeKind::Transfer => "TRANSFER",
        TradeKind::Split => "SPLIT",
        TradeKind::OptionClosure => "OPTION CLOSURE",
    }
}
