//! What an amount without a minus means.

use std::cmp::Ordering;

use domain::account::AccountKind;

use super::{
    super::{
        super::{
            Options,
            amount::{self, DecimalMark, Sign},
        },
        mapping::{Positive, Role},
        prove::{movements, runs_by_days},
        role, word,
    },
    Seen,
};

impl Seen<'_> {
    pub(super) fn positive(&self, mark: DecimalMark, options: &Options) -> (Positive, bool) {
        let Some(column) = self.column(Role::Amount) else { return (Positive::In, true) };
        if self.column(Role::Direction).is_some() {
            return self.positive_beside_words(column);
        }
        let is_card = options.kind == Some(AccountKind::CreditCard);
        let is_bank = matches!(options.kind, Some(AccountKind::Checking | AccountKind::Savings));
        let signs = Signs::of(self, column, mark);
        let by_balance = self.positive_by_balance(column, mark);
        // The balance of a card may be what is owed: there it proves nothing by itself.
        if let Some(is_in) = by_balance.filter(|_| !is_card) {
            return if is_in { (Positive::In, true) } else { (Positive::Out, true) };
        }
        if let Some(positive) = self.positive_by_words(column) {
            return (positive, true);
        }
        if signs.negative == 0 {
            // Only what comes in is marked.
            let marked = signs.plus > 0 && signs.plus < signs.positive;
            return if marked || is_card { (Positive::Out, marked) } else { (Positive::In, false) };
        }
        // An account pays a card, and calls that a payment too.
        if signs.paid_negative != signs.paid_positive && !is_bank {
            let (others_in, others_out) = (signs.positive - signs.paid_positive, signs.negative - signs.paid_negative);
            let is_out = signs.paid_negative > signs.paid_positive && others_in >= others_out;
            return if is_out { (Positive::Out, true) } else { (Positive::In, true) };
        }
        match by_balance {
            Some(false) => return (Positive::Out, false),
            Some(true) if signs.negative > signs.positive => return (Positive::In, true),
            _ => {}
        }
        if is_card {
            return match signs.positive.cmp(&signs.negative) {
                Ordering::Greater => (Positive::Out, false),
                Ordering::Equal => (Positive::In, false),
                Ordering::Less => (Positive::In, true),
            };
        }
        (Positive::In, is_bank || signs.negative >= signs.positive)
    }

    /// Whether the balance shows that positive amounts come in.
    fn positive_by_balance(&self, amount: usize, mark: DecimalMark) -> Option<bool> {
        let balance = self.column(Role::Balance)?;
        let column = |column| self.table.amounts(self.first, column, mark);
        let amounts = match self.column(Role::Fee) {
            Some(fee) => super::prove::less_fees(column(amount), &column(fee)),
            None => column(amount),
        };
        let by_days = runs_by_days(self.table, self.first, self.roles);
        movements(&amounts, &column(balance), by_days).positive_is_in()
    }

    /// What words for in and out say of the signs beside them.
    fn positive_by_words(&self, amount: usize) -> Option<Positive> {
        let is_kind = |index: &usize| self.roles[*index] == Role::DescriptionOtherwise;
        let kinds = (0..self.roles.len()).filter(is_kind);
        let mut found = kinds.filter_map(|words| role::positive_beside(self.table, self.first, words, amount));
        found.next()
    }

    /// Where a word stands beside some amounts and none beside the others, the others are the opposite.
    fn positive_beside_words(&self, column: usize) -> (Positive, bool) {
        let words: Vec<bool> = self.fields(&[Role::Direction]).filter_map(word::is_in).collect();
        let rows = (self.first..self.table.rows.len()).filter(|row| !self.table.get(*row, column).is_empty()).count();
        let only_in = words.len() < rows && words.iter().all(|is_in| *is_in);
        if only_in { (Positive::Out, true) } else { (Positive::In, true) }
    }
}

/// The signs of a column of amounts.
#[derive(Default)]
struct Signs {
    positive: usize,
    negative: usize,
    plus: usize,
    /// Payments to a card and refunds, by their sign.
    paid_positive: usize,
    paid_negative: usize,
}

impl Signs {
    fn of(seen: &Seen<'_>, column: usize, mark: DecimalMark) -> Self {
        let mut signs = Self::default();
        let columns = |wanted: &[Role]| -> Vec<usize> {
            (0..seen.roles.len()).filter(|index| wanted.contains(&seen.roles[*index])).collect()
        };
        let texts = columns(&[Role::Description, Role::Merchant]);
        let kinds = columns(&[Role::DescriptionOtherwise]);
        for row in seen.first..seen.table.rows.len() {
            let Some(amount) = amount::parse(seen.table.get(row, column), mark) else { continue };
            let is_payment = texts.iter().any(|text| word::is_payment(seen.table.get(row, *text)))
                || kinds.iter().any(|kind| word::is_kind_of_payment(seen.table.get(row, *kind)));
            let is_negative = amount.sign == Sign::Minus;
            signs.negative += usize::from(is_negative);
            signs.positive += usize::from(!is_negative);
            signs.plus += usize::from(amount.sign == Sign::Plus);
            signs.paid_negative += usize::from(is_negative && is_payment);
            signs.paid_positive += usize::from(!is_negative && is_payment);
        }
        signs
    }
}
