//! Refunds: money that came back of a purchase, as a person says. The refund counts as its purchase does, so that what was bought nets to what
//! it cost. Which purchase it is of stands in the refund's row, and so does what it counts as: lists and sums need not know of refunds.
//! People link them (`link`), they are shown with their purchases (`list`), and they follow what becomes of either (`follow`).

mod follow;
mod link;
mod list;
#[cfg(test)]
mod tests;

pub(crate) use follow::{follow, give_back, leave, of, pass_on, refunded};
pub use link::{LinkRefund, link, unlink};
pub use list::{CANDIDATES, candidates, of_purchases, purchases};

use entity::transaction;

use crate::{ledger::is_shown, transaction::Transaction};

/// The transactions of the household `$1` that were given back: a query. Its condition is, word for word, that of a partial index.
pub(crate) const REFUNDED: &str =
    r#"SELECT refund_of FROM "transaction" WHERE household_id = $1 AND refund_of IS NOT NULL"#;

/// A refund and its purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Came in.
    pub refund: Transaction,
    /// Went out. `None` where it is not shown any more.
    pub purchase: Option<Transaction>,
}

/// Whether one row can be the refund of another, as they are now.
pub(crate) fn fits(refund: &transaction::Model, purchase: &transaction::Model) -> bool {
    is_shown(refund) && is_shown(purchase) && refund.amount_minor > 0 && purchase.amount_minor < 0
}
