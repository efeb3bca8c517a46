//! Accounts: what kinds there are.

/// What an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountKind {
    /// For payments: checking, current, giro.
    Checking,
    /// For savings.
    Savings,
    /// A credit card: its balance is what is owed, negative.
    CreditCard,
    /// A loan: its balance is what is owed, negative.
    Loan,
    /// Investments.
    Investment,
    /// Cash in a purse.
    Cash,
    /// Anything else of value.
    Other,
}

impl AccountKind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Checking, Self::Savings, Self::CreditCard, Self::Loan, Self::Investment, Self::Cash, Self::Other];

    /// The number in the rows. Never changes.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Checking => 0,
            Self::Savings => 1,
            Self::CreditCard => 2,
            Self::Loan => 3,
            Self::Investment => 4,
            Self::Cash => 5,
            Self::Other => 6,
        }
    }

    /// The kind of a number from the rows.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}
