//! The columns of a table by their roles, ready for reading rows.

use super::mapping::{CsvMapping, Role};

/// Columns by their roles.
pub(super) struct Columns {
    pub(super) day: Option<usize>,
    pub(super) day_otherwise: Option<usize>,
    pub(super) amount: Option<usize>,
    pub(super) debit: Option<usize>,
    pub(super) credit: Option<usize>,
    pub(super) fee: Option<usize>,
    pub(super) direction: Option<usize>,
    pub(super) description: Vec<usize>,
    pub(super) description_otherwise: Vec<usize>,
    pub(super) merchant: Option<usize>,
    pub(super) category_code: Option<usize>,
    pub(super) category: Vec<usize>,
    pub(super) balance: Option<usize>,
    pub(super) currency: Option<usize>,
    pub(super) original_amount: Option<usize>,
    pub(super) original_currency: Option<usize>,
    pub(super) id: Option<usize>,
    pub(super) account: Option<usize>,
    pub(super) status: Option<usize>,
}

impl Columns {
    pub(super) fn of(mapping: &CsvMapping) -> Self {
        let one = |role| mapping.columns_of(role).first().copied();
        Self {
            day: one(Role::Day),
            day_otherwise: one(Role::DayOtherwise),
            amount: one(Role::Amount),
            debit: one(Role::Debit),
            credit: one(Role::Credit),
            fee: one(Role::Fee),
            direction: one(Role::Direction),
            description: mapping.columns_of(Role::Description),
            description_otherwise: mapping.columns_of(Role::DescriptionOtherwise),
            merchant: one(Role::Merchant),
            category_code: one(Role::CategoryCode),
            category: mapping.columns_of(Role::Category),
            balance: one(Role::Balance),
            currency: one(Role::Currency),
            original_amount: one(Role::OriginalAmount),
            original_currency: one(Role::OriginalCurrency),
            id: one(Role::Id),
            account: one(Role::Account),
            status: one(Role::Status),
        }
    }
}
