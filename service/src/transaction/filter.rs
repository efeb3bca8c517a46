//! Which transactions are asked for.

use std::collections::BTreeSet;

use domain::{
    category::{CategoryId, tree::Tree},
    day::Day,
    id::{AccountId, TagId},
    merchant::MerchantId,
};
use entity::transaction::Column;
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, Condition, sea_query::Expr};

use super::Lens;
use crate::{Error, Result, account::Accounts, db::Engine, ledger};

/// The most values of one kind in a filter.
const VALUES: usize = 200;
/// The longest text that is searched for.
const TEXT_CHARS: usize = 100;

/// All conditions hold together; several values of one kind are alternatives, and an empty list is no condition.
#[derive(Clone, Debug, Default, Hash)]
pub struct Filter {
    /// In these accounts.
    pub accounts: Vec<AccountId>,
    /// Of these categories; a group stands for all its categories.
    pub categories: Vec<CategoryId>,
    /// Of these merchants, or those that are part of them.
    pub merchants: Vec<MerchantId>,
    /// With one of these tags.
    pub tags: Vec<TagId>,
    /// With this text in descriptor, note or the merchant's name, in capitals or not.
    pub text: Option<String>,
    /// At least.
    pub min_amount: Option<Decimal>,
    /// At most.
    pub max_amount: Option<Decimal>,
    /// Not before.
    pub from: Option<Day>,
    /// Not after.
    pub to: Option<Day>,
    /// Only pending ones, or only posted ones.
    pub pending: Option<bool>,
}

impl Filter {
    /// Says which field is wrong.
    pub(super) fn check(&self) -> Result<()> {
        for (field, count) in [
            ("accountIds", self.accounts.len()),
            ("categoryIds", self.categories.len()),
            ("merchantIds", self.merchants.len()),
            ("tagIds", self.tags.len()),
        ] {
            if count > VALUES {
                return Err(Error::invalid(field, format!("must have at most {VALUES} values")));
            }
        }
        if let Some(text) = &self.text {
            if text.chars().count() > TEXT_CHARS {
                return Err(Error::invalid("text", format!("must have at most {TEXT_CHARS} characters")));
            }
            if text.contains('\0') {
                return Err(Error::invalid("text", "must not contain null bytes"));
            }
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && to < from
        {
            return Err(Error::invalid("to", "must not be before `from`"));
        }
        if let (Some(min), Some(max)) = (self.min_amount, self.max_amount)
            && max < min
        {
            return Err(Error::invalid("maxAmount", "must not be less than `minAmount`"));
        }
        Ok(())
    }

    /// As a condition. The household's accounts say how many decimals an amount has where.
    pub(super) fn condition(&self, engine: Engine, lens: &Lens, categories: &Tree) -> Result<Condition> {
        let accounts = lens.accounts();
        if self.categories.iter().any(|id| categories.get(*id).is_none()) {
            return Err(Error::NotFound { what: "category" });
        }
        if self.accounts.iter().any(|id| !accounts.contains_key(&id.0)) {
            return Err(Error::NotFound { what: "account" });
        }
        let state = match self.pending {
            None => super::SHOWN,
            Some(true) => "state = 1",
            Some(false) => "state = 0",
        };
        let mut all = Condition::all().add(Expr::cust(state));
        if !self.accounts.is_empty() {
            all = all.add(Column::AccountId.is_in(self.accounts.iter().map(|id| id.0)));
        }
        if !self.categories.is_empty() {
            all = all.add(Expr::cust(of_categories(engine, &self.covered(categories))));
        }
        if !self.merchants.is_empty() {
            let family: BTreeSet<MerchantId> =
                self.merchants.iter().flat_map(|id| lens.merchants().family(*id)).collect();
            all = all.add(Column::MerchantId.is_in(family.iter().map(|id| id.0)));
        }
        if !self.tags.is_empty() {
            // Numbers between commas: none of them means anything in a pattern.
            let has = |tag: &TagId| Column::Tags.like(format!("%,{},%", tag.0));
            all = all.add(self.tags.iter().map(has).fold(Condition::any(), Condition::add));
        }
        if let Some(from) = self.from {
            all = all.add(Column::Day.gte(from.number()));
        }
        if let Some(to) = self.to {
            all = all.add(Column::Day.lte(to.number()));
        }
        if let Some(text) = self.text.as_deref().filter(|text| !text.is_empty()) {
            let called = lens.merchants().named_like(text);
            let has = contains(engine, text).add(Column::MerchantId.is_in(called.iter().map(|id| id.0)));
            all = all.add(has);
        }
        Ok(if self.min_amount.is_some() || self.max_amount.is_some() { all.add(self.amounts(accounts)) } else { all })
    }

    fn covered(&self, categories: &Tree) -> BTreeSet<i32> {
        self.categories.iter().flat_map(|id| categories.covered(*id)).map(|id| id.0).collect()
    }

    /// 18.50 is 1850 minor units in euro, and 18 in yen.
    fn amounts(&self, accounts: &Accounts) -> Condition {
        let mut any = Condition::any();
        let digits: BTreeSet<u8> = accounts.values().map(|account| account.currency.digits()).collect();
        for digits in digits {
            let of = accounts.values().filter(|account| account.currency.digits() == digits);
            let mut all = Condition::all().add(Column::AccountId.is_in(of.map(|account| account.id.0)));
            if let Some(min) = self.min_amount {
                all = all.add(Column::AmountMinor.gte(minor(min, digits, Decimal::ceil)));
            }
            if let Some(max) = self.max_amount {
                all = all.add(Column::AmountMinor.lte(minor(max, digits, Decimal::floor)));
            }
            any = any.add(all);
        }
        any
    }
}

/// Whether a row counts as one of some categories, or a part of it does.
fn of_categories(engine: Engine, categories: &BTreeSet<i32>) -> String {
    let numbers: Vec<String> = categories.iter().map(ToString::to_string).collect();
    let (numbers, counted_as, is_split) = (numbers.join(", "), ledger::COUNTED_AS, ledger::IS_SPLIT);
    let (parts, category) = ledger::sums::parts_of(engine);
    let has_part = format!("EXISTS (SELECT 1 FROM {parts} WHERE {category} IN ({numbers}))");
    format!("CASE WHEN {is_split} THEN {has_part} ELSE {counted_as} IN ({numbers}) END")
}

/// A bound in minor units; what lies beyond every amount is as good as no bound.
fn minor(bound: Decimal, digits: u8, round: fn(&Decimal) -> Decimal) -> i64 {
    let scaled = bound.checked_mul(Decimal::from(10_i64.pow(u32::from(digits)))).map(|scaled| round(&scaled));
    let largest = domain::money::LARGEST_MINOR + 1;
    let beyond = if bound.is_sign_negative() { -largest } else { largest };
    scaled.and_then(|scaled| i64::try_from(scaled).ok()).map_or(beyond, |minor| minor.clamp(-largest, largest))
}

fn contains(engine: Engine, text: &str) -> Condition {
    use sea_orm::sea_query::extension::postgres::PgExpr;
    let escaped: String =
        text.chars().flat_map(|c| if matches!(c, '%' | '_' | '\\') { vec!['\\', c] } else { vec![c] }).collect();
    let pattern = || sea_orm::sea_query::LikeExpr::new(format!("%{escaped}%"));
    let like = |column: Column| match engine {
        // The backslash is its escape unless another one is named; the builder would name it in the wrong place.
        Engine::Postgres => Expr::col(column).ilike(pattern()),
        // SQLite compares letters of ASCII without regard to case.
        Engine::Sqlite => sea_orm::ExprTrait::like(Expr::col(column), pattern().escape('\\')),
    };
    Condition::any().add(like(Column::Descriptor)).add(like(Column::MerchantName)).add(like(Column::Note))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_exact_in_every_currency() {
        let bound = |text: &str| text.parse::<Decimal>().expect("a decimal");
        assert_eq!(minor(bound("18.505"), 2, Decimal::ceil), 1851);
        assert_eq!(minor(bound("18.505"), 2, Decimal::floor), 1850);
        assert_eq!(minor(bound("-18.5"), 0, Decimal::ceil), -18);
        assert_eq!(minor(bound("79228162514264337593543950335"), 2, Decimal::floor), domain::money::LARGEST_MINOR + 1);
        assert_eq!(minor(bound("-79228162514264337593543950335"), 2, Decimal::ceil), -domain::money::LARGEST_MINOR - 1);
    }
}
