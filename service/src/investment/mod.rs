//! Investments: what was done with securities behind transactions, and what accounts hold of them. Only files say so.
//!
//! What each statement says is kept beside what others say, so that an import can be taken back: then what is left speaks.

mod holding;
mod security;
mod trade;

pub(crate) use holding::{Held, history, keep as keep_holdings, remove as remove_holdings, settle};
pub use holding::{Holding, holdings};
pub(crate) use security::keep as keep_securities;
pub use trade::{Trade, trades};
pub(crate) use trade::{forget as forget_trades, keep as keep_trades, take_back as take_trades_back};

use entity::{holding as holding_row, security as security_row, trade as trade_row};

use crate::scope::Tenant;

/// Rows of one statement to the database, and codes of one question.
const AT_ONCE: usize = 1_000;

impl Tenant for security_row::Entity {
    const HOUSEHOLD: Self::Column = security_row::Column::HouseholdId;
}

impl Tenant for trade_row::Entity {
    const HOUSEHOLD: Self::Column = trade_row::Column::HouseholdId;
}

impl Tenant for holding_row::Entity {
    const HOUSEHOLD: Self::Column = holding_row::Column::HouseholdId;
}
