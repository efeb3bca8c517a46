//! What many households chose for a merchant. It goes before what a guess would say, and after what is known for sure.

use std::collections::HashMap;

use super::{Answer, Source};
use crate::{category::CategoryId, merchant::MerchantId};

/// So many households at least must have chosen a category before anybody hears of it.
pub const LEAST: u32 = 5;

/// What was chosen most for lines of a merchant, by households that say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Popular {
    /// The category.
    pub category: CategoryId,
    /// By how many households.
    pub households: u32,
    /// Of how many that chose one.
    pub of: u32,
}

impl Popular {
    /// Whether others are told: enough households, and two thirds of them.
    #[must_use]
    pub const fn wins(&self) -> bool {
        self.households >= LEAST && self.households.saturating_mul(3) >= self.of.saturating_mul(2)
    }

    /// How sure the next household's line is of it, in percent. In steps, so that nobody reads from it what a single household does; each is below
    /// what the rule of succession, (n + 1) / (N + 2) (Laplace), says of a crowd that is as large and as much of one mind as the step asks for.
    #[must_use]
    pub const fn confidence_percent(&self) -> u8 {
        let is_of_one_mind = self.households.saturating_mul(10) >= self.of.saturating_mul(9);
        match (self.of, is_of_one_mind) {
            (50.., true) => 85,
            (10.., true) => 80,
            (_, true) => 75,
            (_, false) => 60,
        }
    }
}

/// A merchant, and whether money came in: what households vote on.
pub type Lines = (MerchantId, bool);

/// What was chosen most for some merchants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crowd(HashMap<Lines, Popular>);

impl Crowd {
    /// What a line is asked as, from what is found of it without the crowd; `None` where that is as good as certain, or its source names the
    /// category or the group, and nobody is asked.
    #[must_use]
    pub const fn asks(found: &Answer, amount_minor: i64) -> Option<Lines> {
        let is_open = found.is_guess() || (matches!(found.source, Source::MerchantCategoryCode) && !found.is_told);
        if is_open { Some((found.merchant, amount_minor > 0)) } else { None }
    }

    /// What is found of a line, unless the crowd is surer.
    #[must_use]
    pub fn answer(&self, found: &Answer, amount_minor: i64) -> Answer {
        let popular = Self::asks(found, amount_minor).and_then(|lines| self.0.get(&lines));
        let is_surer = |popular: &&Popular| popular.wins() && popular.confidence_percent() > found.confidence_percent;
        match popular.filter(is_surer) {
            Some(popular) => Answer {
                category: popular.category,
                source: Source::Crowd,
                confidence_percent: popular.confidence_percent(),
                ..*found
            },
            None => *found,
        }
    }
}

impl FromIterator<(Lines, Popular)> for Crowd {
    fn from_iter<T: IntoIterator<Item = (Lines, Popular)>>(all: T) -> Self {
        Self(all.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::AccountKind,
        categorize::{Question, Setting, answer},
        category,
    };

    const fn popular(households: u32, of: u32) -> Popular {
        Popular { category: CategoryId(702), households, of }
    }

    #[test]
    fn five_households_and_two_thirds_win() {
        for (households, of, wins) in
            [(4, 4, false), (5, 5, true), (5, 7, true), (5, 8, false), (6, 9, true), (66, 100, false), (67, 100, true)]
        {
            assert_eq!(popular(households, of).wins(), wins, "{households} of {of}");
        }
        for (households, of, percent) in [
            (5, 5, 75),
            (5, 6, 60),
            (6, 9, 60),
            (9, 9, 75),
            (10, 10, 80),
            (9, 10, 80),
            (8, 10, 60),
            (45, 50, 85),
            (44, 50, 60),
        ] {
            assert_eq!(popular(households, of).confidence_percent(), percent, "{households} of {of}");
        }
        // Never surer than Laplace.
        for of in 5..500 {
            for popular in (5..=of).map(|households| popular(households, of)).filter(Popular::wins) {
                let said = u32::from(popular.confidence_percent());
                assert!(said * (of + 2) <= 100 * (popular.households + 1), "{popular:?}");
            }
        }
    }

    #[test]
    fn the_crowd_is_asked_where_nothing_certain_is_known() {
        let setting = Setting { kind: AccountKind::Checking, country: Some(*b"US") };
        let gifts = category::by_key("GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES").expect("known").id;
        for (text, amount, is_heeded) in [
            ("QWYLLA 0001", -500, true),
            ("QWYLLA 0001", 500, false),
            // As sure by itself.
            ("EL CAMINO TAQUERIA", -500, false),
            ("NETFLIX.COM", -500, false),
            ("FOREIGN TRANSACTION FEE QWYLLA", -500, false),
        ] {
            let found = answer(&Question::of(text, amount, setting));
            let known = Popular { category: gifts, ..popular(5, 5) };
            let crowd: Crowd = [((found.merchant, false), known)].into_iter().collect();
            let heard = crowd.answer(&found, amount);
            let expected = Answer { category: gifts, source: Source::Crowd, confidence_percent: 75, ..found };
            assert_eq!(heard, if is_heeded { expected } else { found }, "{text}");
            let split: Crowd = [((found.merchant, false), popular(4, 4))].into_iter().collect();
            assert_eq!(split.answer(&found, amount), found, "four are too few");
            // What its source names stays, and what is as sure.
            let told = Answer { is_told: true, ..found };
            assert_eq!(crowd.answer(&told, amount), told);
            let sure = Answer { confidence_percent: 75, ..found };
            assert_eq!(crowd.answer(&sure, amount), sure);
        }
    }
}
