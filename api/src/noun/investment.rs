//! Investments: what was done with securities, and what accounts hold of them.

use async_graphql::{Enum, SimpleObject};
use domain::investment::{self, HeldIn as Part, SecurityKind as Sort, TradeKind as Done};

use super::money::Money;
use crate::scalar::{Date, Decimal};

/// What a security is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Sort")]
pub(crate) enum SecurityKind {
    /// A share of a company.
    Stock,
    /// A share of a fund.
    Fund,
    /// A bond, a bill, a deposit.
    Debt,
    /// An option.
    Option,
    /// Anything else.
    Other,
}

/// What was done with a security, or on account of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Done")]
pub(crate) enum TradeKind {
    /// Bought; also to close what was sold short.
    Buy,
    /// Sold; also short.
    Sell,
    /// A dividend came in.
    Dividend,
    /// Interest came in.
    Interest,
    /// A fund handed out gains of more than a year.
    LongTermGain,
    /// A fund handed out gains of less than a year.
    ShortTermGain,
    /// Other income.
    OtherIncome,
    /// A fee, or another expense.
    Expense,
    /// Income was put into the security at once: no cash moved.
    Reinvestment,
    /// A part of what was paid for it came back.
    ReturnOfCapital,
    /// Interest on what was borrowed.
    MarginInterest,
    /// Cash went from one part of the account to another: the whole has as much as before.
    CashJournal,
    /// Units went from one part of the account to another.
    SecurityJournal,
    /// Units came into the account or left it.
    Transfer,
    /// So many units became so many others.
    Split,
    /// An option was exercised or assigned, or expired.
    OptionClosure,
}

/// The part of an account that something is held in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Part")]
pub(crate) enum HeldIn {
    /// What is paid for.
    Cash,
    /// What is bought on credit.
    Margin,
    /// What is sold short.
    Short,
    /// Any other.
    Other,
}

/// A security.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Security {
    /// Who gives such codes, in capitals: `CUSIP`, `ISIN` and the like.
    id_type: String,
    /// Its code.
    code: String,
    /// What it is called at the exchange, where a file says it.
    ticker: Option<String>,
    /// Its name, where a file says it.
    name: Option<String>,
    /// What it is, where a file says it.
    kind: Option<SecurityKind>,
}

impl From<investment::Security> for Security {
    fn from(security: investment::Security) -> Self {
        let investment::SecurityKey { id_type, code } = security.key;
        let kind = security.kind.map(SecurityKind::from);
        Self { id_type, code, ticker: security.ticker, name: security.name, kind }
    }
}

/// What was done with a security, behind a transaction. What money moved is the transaction's amount.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Trade {
    /// What was done.
    kind: TradeKind,
    /// With what; null where it was no security, such as interest on what was borrowed.
    security: Option<Security>,
    /// So many units; in positive, out negative.
    units: Option<Decimal>,
    /// The price of one.
    unit_price: Option<Decimal>,
    /// What the broker took for it.
    commission: Option<Decimal>,
    /// Other fees, loads and penalties.
    fees: Option<Decimal>,
    /// Taxes, and what was withheld for them.
    taxes: Option<Decimal>,
    /// What it came to; also where no cash moved, such as the income that was reinvested.
    total: Option<Decimal>,
    /// In which currency price and costs are: ISO 4217.
    currency: String,
}

impl From<service::investment::Trade> for Trade {
    fn from(service::investment::Trade { trade, security }: service::investment::Trade) -> Self {
        Self {
            kind: trade.kind.into(),
            security: security.map(Security::from),
            units: trade.units.map(Decimal::from),
            unit_price: trade.unit_price.map(Decimal::from),
            commission: trade.commission.map(Decimal::from),
            fees: trade.fees.map(Decimal::from),
            taxes: trade.taxes.map(Decimal::from),
            total: trade.total.map(Decimal::from),
            currency: trade.currency.code().to_owned(),
        }
    }
}

/// What an account holds of a security.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Holding {
    /// Of which.
    security: Security,
    /// In which part of the account.
    held_in: HeldIn,
    /// So many units; what is sold short is negative.
    units: Decimal,
    /// The price of one, in the currency of the value.
    price: Decimal,
    /// What they are worth, rounded to the minor unit; what is sold short is negative.
    value: Money,
    /// The day of the price.
    as_of: Option<Date>,
}

impl From<service::investment::Holding> for Holding {
    fn from(service::investment::Holding { holding, security }: service::investment::Holding) -> Self {
        Self {
            security: security.into(),
            held_in: holding.held_in.into(),
            units: holding.units.into(),
            price: holding.unit_price.into(),
            value: holding.value.into(),
            as_of: holding.day.map(Date::from),
        }
    }
}
