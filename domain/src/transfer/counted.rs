//! What the two sides of a transfer count as: categories that are neither spending nor income.

use crate::{account::AccountKind, category::CategoryId};

/// From Savings.
const FROM_SAVINGS: CategoryId = CategoryId(204);
/// From Investment & Retirement.
const FROM_INVESTMENT: CategoryId = CategoryId(203);
/// Deposit.
const DEPOSIT: CategoryId = CategoryId(202);
/// Account Transfer In.
const IN: CategoryId = CategoryId(205);
/// To Investment & Retirement.
const TO_INVESTMENT: CategoryId = CategoryId(301);
/// To Savings.
const TO_SAVINGS: CategoryId = CategoryId(302);
/// Cash Withdrawal.
const WITHDRAWAL: CategoryId = CategoryId(303);
/// Account Transfer Out.
const OUT: CategoryId = CategoryId(304);
/// Credit Card Payment, which is of both sides.
const CARD_PAYMENT: CategoryId = CategoryId(402);

/// The categories of what goes out of an account of one kind, and of what comes into one of another kind.
#[must_use]
pub const fn categories(from: AccountKind, to: AccountKind) -> (CategoryId, CategoryId) {
    use AccountKind::{Cash, Checking, CreditCard, Investment, Loan, Other, Savings};
    let out = match to {
        CreditCard => return (CARD_PAYMENT, CARD_PAYMENT),
        Savings => TO_SAVINGS,
        Investment => TO_INVESTMENT,
        Cash => WITHDRAWAL,
        Checking | Loan | Other => OUT,
    };
    let into = match from {
        Savings => FROM_SAVINGS,
        Investment => FROM_INVESTMENT,
        Cash => DEPOSIT,
        Checking | CreditCard | Loan | Other => IN,
    };
    (out, into)
}

/// Whether a transfer to or from such an account pays a loan or draws it.
#[must_use]
pub const fn is_loan(kind: AccountKind) -> bool {
    matches!(kind, AccountKind::Loan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::category::{self, Kind};

    #[test]
    fn no_side_is_spending_or_income() {
        for from in AccountKind::ALL {
            for to in AccountKind::ALL {
                let (out, into) = categories(from, to);
                for side in [out, into] {
                    let known = category::get(side).expect("a category");
                    assert_eq!(known.kind, Kind::Transfer, "{from:?} to {to:?}");
                    assert!(category::all().iter().all(|other| other.parent != Some(side)), "no group");
                }
            }
        }
    }

    #[test]
    fn the_accounts_say_what_it_was_for() {
        use AccountKind::{Cash, Checking, CreditCard, Savings};
        assert_eq!(categories(Checking, CreditCard), (CARD_PAYMENT, CARD_PAYMENT));
        assert_eq!(categories(Checking, Savings), (TO_SAVINGS, IN));
        assert_eq!(categories(Savings, Checking), (OUT, FROM_SAVINGS));
        assert_eq!(categories(Checking, Cash), (WITHDRAWAL, IN));
    }
}
