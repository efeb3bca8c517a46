//! Transfers: a transaction that went out of one account of the household, and the one that it came in as. `domain::transfer` finds them;
//! here they are proposed, confirmed and rejected. What a confirmed one counts as stands in both transactions, so that every sum
//! follows in the same commit, and is neither spending nor income.

mod count;
mod decide;
mod follow;
mod list;
mod matching;
#[cfg(test)]
mod tests;

pub use decide::{ConfirmTransfer, LinkTransfer, confirm, link, reject, unlink};
pub(crate) use follow::{confirmed, decided, follow, leave, pass_on};
pub use list::{Page, list, of_transactions};
pub(crate) use matching::ask_for_match;
pub use matching::match_transfers;

use domain::{
    id::TransferId,
    transfer::{Evidence, Reserve},
};
use entity::{transfer, transfer_due};

use crate::{Error, Result, scope::Tenant, transaction::Transaction};

/// The transactions of the household `$1` about which a person has decided as sides of transfers that do not stand: a query. Its
/// condition is, word for word, that of a partial index.
pub(crate) const REMEMBERED: &str =
    "SELECT out_id FROM transfer WHERE household_id = $1 AND is_by_person = 1 AND state <> 1
    UNION ALL SELECT in_id FROM transfer WHERE household_id = $1 AND is_by_person = 1 AND state <> 1";

impl Tenant for transfer::Entity {
    const HOUSEHOLD: Self::Column = transfer::Column::HouseholdId;
}

impl Tenant for transfer_due::Entity {
    const HOUSEHOLD: Self::Column = transfer_due::Column::HouseholdId;
}

/// A transfer, as its household sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The transfer.
    pub id: TransferId,
    /// The transaction that went out.
    pub out: Transaction,
    /// The one that it came in as.
    pub into: Transaction,
    /// How it stands.
    pub state: State,
    /// Whether a person decided so, not the evidence.
    pub is_by_person: bool,
    /// Whether what goes out counts as spending all the same.
    pub is_expense: bool,
    /// Whether it pays a loan.
    pub pays_loan: bool,
    /// How likely it was found to be, in percent.
    pub confidence_percent: Option<i16>,
    /// Why it was only proposed.
    pub reserve: Option<Reserve>,
    /// What speaks for it.
    pub evidence: Vec<Evidence>,
    /// When it was found, in milliseconds of Unix time.
    pub created_at_ms: i64,
    /// When it was confirmed or rejected.
    pub decided_at_ms: Option<i64>,
}

/// How a transfer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It waits for a person, and changes nothing.
    Proposed,
    /// It is one.
    Confirmed,
    /// A person has said that it is none.
    Rejected,
}

impl State {
    const fn code(self) -> i16 {
        match self {
            Self::Proposed => transfer::PROPOSED,
            Self::Confirmed => transfer::CONFIRMED,
            Self::Rejected => transfer::REJECTED,
        }
    }

    fn from_code(code: i16) -> Result<Self> {
        let known = [Self::Proposed, Self::Confirmed, Self::Rejected];
        let found = known.into_iter().find(|state| state.code() == code);
        found.ok_or_else(|| Error::broken("a transfer in an unknown state"))
    }
}

impl Transfer {
    /// From its row and its transactions.
    fn new(row: &transfer::Model, out: Transaction, into: Transaction) -> Result<Self> {
        let reserve = row
            .reserve
            .map(|code| Reserve::from_code(code).ok_or_else(|| Error::broken("a transfer of an unknown reserve")));
        Ok(Self {
            id: TransferId(row.id),
            out,
            into,
            state: State::from_code(row.state)?,
            is_by_person: row.is_by_person != 0,
            is_expense: row.is_expense != 0,
            pays_loan: row.pays_loan != 0,
            confidence_percent: row.confidence,
            reserve: reserve.transpose()?,
            evidence: Evidence::ALL.into_iter().filter(|one| row.evidence & bit(*one) != 0).collect(),
            created_at_ms: row.created_at_ms,
            decided_at_ms: row.decided_at_ms,
        })
    }
}

/// A piece of evidence as it stands in the rows.
const fn bit(evidence: Evidence) -> i64 {
    1 << evidence.code()
}
