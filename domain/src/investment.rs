//! Investments: securities, what was done with them, and what is held of them. Units and prices are exact decimals, as their source
//! writes them; what money moved is the transaction's amount.

use rust_decimal::Decimal;

use crate::{
    category::{self, CategoryId, UNCATEGORIZED},
    currency::Currency,
    day::Day,
    money::Money,
};

/// Declares an enumeration whose numbers stand in rows.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$case_doc])* $case,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$case),+];

            /// The number in the rows. Never changes.
            #[must_use]
            pub const fn code(self) -> i16 {
                match self {
                    $(Self::$case => $code,)+
                }
            }

            /// That of a number from the rows.
            #[must_use]
            pub fn from_code(code: i16) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.code() == code)
            }
        }
    };
}

codes! {
    /// What a security is.
    SecurityKind {
        /// A share of a company.
        Stock = 1,
        /// A share of a fund.
        Fund = 2,
        /// A bond, a bill, a deposit.
        Debt = 3,
        /// An option.
        Option = 4,
        /// Anything else.
        Other = 5,
    }
}

codes! {
    /// What was done with a security, or on account of it.
    TradeKind {
        /// Bought; also to close what was sold short.
        Buy = 1,
        /// Sold; also short.
        Sell = 2,
        /// A dividend came in.
        Dividend = 3,
        /// Interest came in.
        Interest = 4,
        /// A fund handed out gains of more than a year.
        LongTermGain = 5,
        /// A fund handed out gains of less than a year.
        ShortTermGain = 6,
        /// Other income.
        OtherIncome = 7,
        /// A fee, or another expense.
        Expense = 8,
        /// Income was put into the security at once: no cash moved.
        Reinvestment = 9,
        /// A part of what was paid for it came back.
        ReturnOfCapital = 10,
        /// Interest on what was borrowed.
        MarginInterest = 11,
        /// Cash went from one part of the account to another: the whole has as much as before.
        CashJournal = 12,
        /// Units went from one part of the account to another.
        SecurityJournal = 13,
        /// Units came into the account or left it.
        Transfer = 14,
        /// So many units became so many others.
        Split = 15,
        /// An option was exercised or assigned, or expired.
        OptionClosure = 16,
    }
}

codes! {
    /// The part of an account that something is held in.
    HeldIn {
        /// What is paid for.
        Cash = 1,
        /// What is bought on credit.
        Margin = 2,
        /// What is sold short.
        Short = 3,
        /// Any other.
        Other = 4,
    }
}

/// What a security is called by everybody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecurityKey {
    /// Who gives such codes, in capitals: `CUSIP`, `ISIN` and the like.
    pub id_type: String,
    /// The code.
    pub code: String,
}

/// A security, as far as a source says what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    /// What it is called by everybody.
    pub key: SecurityKey,
    /// What it is.
    pub kind: Option<SecurityKind>,
    /// What it is called at the exchange.
    pub ticker: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

impl Security {
    /// One of which nothing but its code is known.
    #[must_use]
    pub const fn bare(key: SecurityKey) -> Self {
        Self { key, kind: None, ticker: None, name: None }
    }
}

/// What stands behind a transaction of an investment account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trade {
    /// What was done.
    pub kind: TradeKind,
    /// With what, where it was something.
    pub security: Option<SecurityKey>,
    /// So many units; in positive, out negative.
    pub units: Option<Decimal>,
    /// The price of one.
    pub unit_price: Option<Decimal>,
    /// What the broker took for it.
    pub commission: Option<Decimal>,
    /// Other fees, loads and penalties.
    pub fees: Option<Decimal>,
    /// Taxes, and what was withheld for them.
    pub taxes: Option<Decimal>,
    /// What it came to; also where no cash moved, such as the income that was reinvested.
    pub total: Option<Decimal>,
    /// In which currency price and costs are.
    pub currency: Currency,
}

/// What is held of a security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Of which.
    pub security: SecurityKey,
    /// In which part of the account.
    pub held_in: HeldIn,
    /// So many units; what is sold short is negative.
    pub units: Decimal,
    /// The price of one, in the currency of the value.
    pub unit_price: Decimal,
    /// What they are worth; what is sold short is negative.
    pub value: Money,
    /// The day of the price.
    pub day: Option<Day>,
}

impl TradeKind {
    /// The category of its transaction: income is income and a fee is a fee; a purchase is neither spending nor income, but moves money
    /// into what it buys.
    #[must_use]
    pub fn category(self, amount_minor: i64) -> CategoryId {
        let key = match self {
            Self::Dividend | Self::LongTermGain | Self::ShortTermGain => "INCOME_DIVIDENDS",
            Self::Interest => "INCOME_INTEREST_EARNED",
            Self::OtherIncome => "INCOME_OTHER_INCOME",
            Self::Expense => "BANK_FEES_OTHER_BANK_FEES",
            Self::MarginInterest => "BANK_FEES_INTEREST_CHARGE",
            Self::CashJournal => "TRANSFER_IN_ACCOUNT_TRANSFER",
            Self::Sell
            | Self::ReturnOfCapital
            | Self::SecurityJournal
            | Self::Transfer
            | Self::Split
            | Self::OptionClosure
                if amount_minor >= 0 =>
            {
                "TRANSFER_IN_INVESTMENT_AND_RETIREMENT_FUNDS"
            }
            Self::Buy
            | Self::Reinvestment
            | Self::Sell
            | Self::ReturnOfCapital
            | Self::SecurityJournal
            | Self::Transfer
            | Self::Split
            | Self::OptionClosure => "TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS",
        };
        category::by_key(key).map_or(UNCATEGORIZED, |category| category.id)
    }
}

/// A decimal as rows hold it: no zeros behind, no plus, so that equal numbers are equal texts.
#[must_use]
pub fn canonical(number: Decimal) -> String {
    number.normalize().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::category::Kind;

    #[test]
    fn numbers_come_back() {
        assert!(TradeKind::ALL.iter().all(|kind| TradeKind::from_code(kind.code()) == Some(*kind)));
        assert!(SecurityKind::ALL.iter().all(|kind| SecurityKind::from_code(kind.code()) == Some(*kind)));
        assert!(HeldIn::ALL.iter().all(|part| HeldIn::from_code(part.code()) == Some(*part)));
        assert_eq!((TradeKind::from_code(0), HeldIn::from_code(99)), (None, None));
    }

    #[test]
    fn every_kind_has_a_category_that_does_what_it_does() {
        for &trade in TradeKind::ALL {
            let kind = category::get(trade.category(0)).expect("a category").kind;
            let expected = match trade {
                TradeKind::Dividend
                | TradeKind::Interest
                | TradeKind::LongTermGain
                | TradeKind::ShortTermGain
                | TradeKind::OtherIncome => Kind::Income,
                TradeKind::Expense | TradeKind::MarginInterest => Kind::Spending,
                _ => Kind::Transfer,
            };
            assert_eq!(kind, expected, "{trade:?}");
            assert_ne!(trade.category(-1), UNCATEGORIZED, "{trade:?}");
        }
        assert_ne!(TradeKind::Transfer.category(-1), TradeKind::Transfer.category(1));
    }

    #[test]
    fn equal_numbers_are_equal_texts() {
        let text = |number: &str| canonical(number.parse().expect("a decimal"));
        assert_eq!([text("1.500"), text("-0.0"), text("100"), text("0.0370")], ["1.5", "0", "100", "0.037"]);
    }
}
