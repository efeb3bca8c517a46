//! What a row says of itself: whether it moved between accounts, or bought something.

use std::{collections::HashMap, sync::OnceLock};

use super::{Row, told::Told};
use crate::{
    account::AccountKind,
    categorize::Source,
    category::{self, CategoryId, Kind, UNCATEGORIZED},
};

/// What a row says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// It went to another account of the same person: a transfer between accounts, into savings, to a credit card.
    Between,
    /// It was drawn in cash, or paid in.
    Cash,
    /// It pays a loan.
    Loan,
    /// It was sent, to whomever: a standing order, a bank transfer.
    Sent,
    /// Nothing.
    Silent,
    /// It bought or earned something.
    Trade,
}

impl Voice {
    /// What a row says.
    pub(super) fn of(row: &Row<'_>) -> Self {
        let by_person = row.category_source == Source::Person;
        let category = told(row);
        let placed = category != UNCATEGORIZED && row.category_source != Source::None;
        match meaning(category) {
            Some(Self::Sent) if by_person => Self::Between,
            // Somebody who was paid, or what a person or the text says that it was for.
            Some(Self::Silent) if by_person || placed || row.merchant.is_listed() => Self::Trade,
            said => said.unwrap_or(Self::Trade),
        }
    }

    /// What comes in as income of whatever sort, by a word such as that for a credit note, and names somebody of the household, was sent by
    /// themselves. Wages stay wages, whoever is named in them, and what goes out may have the name of who held the card.
    pub(super) fn own_or_said(self, row: &Row<'_>, told: &Told) -> Self {
        let by_person = matches!(row.category_source, Source::Person | Source::Choice);
        let is_said = by_person || row.merchant.is_listed();
        let is_vague = meaning(self::told(row)) == Some(Self::Silent) && !is_said;
        if is_vague && told.own_name && row.amount_minor > 0 { Self::Sent } else { self }
    }

    /// Whether it speaks for a transfer to or from an account of a kind.
    pub(super) fn fits(self, other: AccountKind) -> bool {
        match self {
            Self::Between => true,
            Self::Cash => other == AccountKind::Cash,
            Self::Loan => other == AccountKind::Loan,
            Self::Sent | Self::Silent | Self::Trade => false,
        }
    }
}

/// The category, unless it is a guess, or what others think: what a line is likely to be for does not say that it is.
fn told(row: &Row<'_>) -> CategoryId {
    if matches!(row.category_source, Source::Model | Source::Similar | Source::Crowd) {
        UNCATEGORIZED
    } else {
        row.category
    }
}

/// What a category that comes with Florin says; one of a household's own is asked as what it is in.
fn meaning(category: CategoryId) -> Option<Voice> {
    static MEANINGS: OnceLock<HashMap<CategoryId, Voice>> = OnceLock::new();
    let meanings = MEANINGS.get_or_init(|| {
        let meaning = |it: &category::Category| match it.key {
            "TRANSFER_IN_DEPOSIT" | "TRANSFER_OUT_WITHDRAWAL" => Voice::Cash,
            "TRANSFER_IN"
            | "TRANSFER_OUT"
            | "TRANSFER_IN_OTHER_TRANSFER_IN"
            | "TRANSFER_OUT_OTHER_TRANSFER_OUT"
            | "TRANSFER_IN_CASH_ADVANCES_AND_LOANS" => Voice::Sent,
            "UNCATEGORIZED" | "INCOME_OTHER_INCOME" => Voice::Silent,
            key if key.starts_with("LOAN_PAYMENTS") && key != "LOAN_PAYMENTS_BNPL" && it.kind == Kind::Spending => {
                Voice::Loan
            }
            _ if it.kind == Kind::Transfer => Voice::Between,
            _ => Voice::Trade,
        };
        category::all().iter().map(|it| (it.id, meaning(it))).collect()
    });
    meanings.get(&category).copied()
}
