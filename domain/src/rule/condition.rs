//! For which transactions a rule is.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::expression::Expression;
use crate::{
    categorize::words::fold,
    category::CategoryId,
    id::{AccountId, TagId},
    merchant::MerchantId,
};

/// How deep conditions may stand in each other.
pub const DEPTH: usize = 4;
/// So many conditions a rule may have, one in the other and one beside the other.
pub const CONDITIONS: usize = 100;
/// So many values of one kind a condition may name.
pub const VALUES: usize = 200;
/// The longest text or regular expression.
pub const TEXT_CHARS: usize = 200;

/// For which transactions a rule is. The names are stored: they never change their meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds, or several.
    Any(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// The descriptor or the merchant's name has this text in it. Neither case nor accents nor apostrophes matter.
    Contains(String),
    /// The descriptor or the merchant's name is this text. Neither case nor accents nor apostrophes matter.
    Equals(String),
    /// This regular expression finds something in the descriptor or in the merchant's name. Neither case nor accents nor apostrophes matter.
    Matches(String),
    /// The amount without its sign, in units of the account's currency, is within these.
    Amount {
        /// At least.
        at_least: Option<Size>,
        /// At most.
        at_most: Option<Size>,
    },
    /// Money comes in, or goes out.
    ComesIn(bool),
    /// It is of one of these accounts.
    Account(Vec<AccountId>),
    /// Its day of the month is from the one to the other, both included; from 28 to 3 is around the end of a month.
    DayOfMonth {
        /// First.
        from: u8,
        /// Last.
        to: u8,
    },
    /// It has one of these tags.
    Tag(Vec<TagId>),
    /// It is with one of these merchants.
    Merchant(Vec<MerchantId>),
    /// It is of one of these categories, or of one in them.
    Category(Vec<CategoryId>),
}

/// An amount without a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub Decimal);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Decimal::from_str(&text).map(Self).map_err(D::Error::custom)
    }
}

/// Why a condition is none: where in it, and what it has to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", if path.is_empty() { String::new() } else { format!("at `{path}` ") })]
pub struct Flaw {
    /// Where, such as `all[1].contains`.
    pub path: String,
    /// A sentence without its subject.
    pub reason: String,
}

impl Condition {
    /// Says what is wrong with it, if anything is.
    pub fn check(&self) -> Result<(), Flaw> {
        let count = self.each().count();
        if count > CONDITIONS {
            let reason = format!("must have at most {CONDITIONS} conditions in all, not {count}");
            return Err(Flaw { path: String::new(), reason });
        }
        self.check_at(&mut String::new(), 1)
    }

    fn check_at(&self, path: &mut String, depth: usize) -> Result<(), Flaw> {
        let before = path.len();
        if before > 0 {
            path.push('.');
        }
        path.push_str(self.name());
        let refuse = |reason: String| Err(Flaw { path: path.clone(), reason });
        if depth > DEPTH {
            return refuse(format!("must not stand deeper than {DEPTH} conditions in each other"));
        }
        match self {
            Self::All(children) | Self::Any(children) => {
                if children.is_empty() {
                    return refuse("must not be empty".to_owned());
                }
                let here = path.len();
                for (place, child) in children.iter().enumerate() {
                    path.push('[');
                    path.push_str(&place.to_string());
                    path.push(']');
                    child.check_at(path, depth + 1)?;
                    path.truncate(here);
                }
            }
            Self::Not(child) => child.check_at(path, depth + 1)?,
            Self::Contains(text) | Self::Equals(text) => {
                if text.chars().count() > TEXT_CHARS {
                    return refuse(format!("must have at most {TEXT_CHARS} characters"));
                }
                if fold(text).trim().is_empty() {
                    return refuse("must not be empty".to_owned());
                }
            }
            Self::Matches(pattern) => {
                if pattern.is_empty() || pattern.chars().count() > TEXT_CHARS {
                    return refuse(format!("must have 1 to {TEXT_CHARS} characters"));
                }
                if let Err(reason) = Expression::new(pattern) {
                    return refuse(format!("must be a regular expression: {reason}"));
                }
            }
            Self::Amount { at_least, at_most } => {
                if at_least.is_none() && at_most.is_none() {
                    return refuse("must have a bound".to_owned());
                }
                if [at_least, at_most].into_iter().flatten().any(|size| size.0.is_sign_negative() && !size.0.is_zero())
                {
                    return refuse("must not be negative: amounts are compared without their sign".to_owned());
                }
                if at_least.zip(*at_most).is_some_and(|(least, most)| least > most) {
                    return refuse("must have an upper bound that is not less than the lower one".to_owned());
                }
            }
            Self::DayOfMonth { from, to } => {
                if ![from, to].into_iter().all(|day| (1..=31).contains(day)) {
                    return refuse("must be of days from 1 to 31".to_owned());
                }
            }
            Self::ComesIn(_) => {}
            Self::Account(_) | Self::Tag(_) | Self::Merchant(_) | Self::Category(_) => {
                if !(1..=VALUES).contains(&self.values()) {
                    return refuse(format!("must have 1 to {VALUES} values"));
                }
            }
        }
        path.truncate(before);
        Ok(())
    }

    fn values(&self) -> usize {
        match self {
            Self::Account(ids) => ids.len(),
            Self::Tag(ids) => ids.len(),
            Self::Merchant(ids) => ids.len(),
            Self::Category(ids) => ids.len(),
            _ => 0,
        }
    }

    /// How clients call it.
    const fn name(&self) -> &'static str {
        match self {
            Self::All(_) => "all",
            Self::Any(_) => "any",
            Self::Not(_) => "not",
            Self::Contains(_) => "contains",
            Self::Equals(_) => "equals",
            Self::Matches(_) => "matches",
            Self::Amount { .. } => "amount",
            Self::ComesIn(_) => "direction",
            Self::Account(_) => "accountIds",
            Self::DayOfMonth { .. } => "dayOfMonth",
            Self::Tag(_) => "tagIds",
            Self::Merchant(_) => "merchantIds",
            Self::Category(_) => "categoryIds",
        }
    }

    /// Itself and all that stand in it.
    pub fn each(&self) -> impl Iterator<Item = &Self> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            let next = open.pop()?;
            match next {
                Self::All(children) | Self::Any(children) => open.extend(children),
                Self::Not(child) => open.push(child),
                _ => {}
            }
            Some(next)
        })
    }

    /// Forgets tags that are no more: what asks for nothing else holds for nothing.
    pub fn retain_tags(&mut self, stands: &impl Fn(TagId) -> bool) {
        match self {
            Self::All(children) | Self::Any(children) => {
                for child in children {
                    child.retain_tags(stands);
                }
            }
            Self::Not(child) => child.retain_tags(stands),
            Self::Tag(tags) => tags.retain(|tag| stands(*tag)),
            _ => {}
        }
    }

    /// How many characters its texts have.
    #[must_use]
    pub fn text_chars(&self) -> usize {
        let chars = |one: &Self| match one {
            Self::Contains(text) | Self::Equals(text) => text.chars().count(),
            _ => 0,
        };
        self.each().map(chars).sum()
    }

    /// Whether it asks for tags of which none is left.
    #[must_use]
    pub fn asks_for_nothing(&self) -> bool {
        self.each().any(|one| matches!(one, Self::Tag(tags) if tags.is_empty()))
    }

    /// How many regular expressions it has.
    #[must_use]
    pub fn expressions(&self) -> usize {
        self.each().filter(|one| matches!(one, Self::Matches(_))).count()
    }
}

/// The condition that a text is somewhere in the descriptor or the merchant's name.
#[must_use]
pub fn contains(text: &str) -> Condition {
    Condition::Contains(text.to_owned())
}

/// The condition that a text is the descriptor or the merchant's name.
#[must_use]
pub fn equals(text: &str) -> Condition {
    Condition::Equals(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(condition: &Condition) -> String {
        condition.check().expect_err("a flaw").to_string()
    }

    fn size(text: &str) -> Size {
        Size(text.parse().expect("a decimal"))
    }

    #[test]
    fn what_is_wrong_says_where() {
        let nested = |depth: usize| (1..depth).fold(contains("X"), |inner, _| Condition::All(vec![inner]));
        for (condition, expected) in [
            (Condition::All(vec![]), "at `all` must not be empty"),
            (
                Condition::All(vec![contains("UBER"), Condition::Any(vec![equals(" ' ")])]),
                "at `all[1].any[0].equals` must not be empty",
            ),
            (
                Condition::Not(Box::new(contains(&"X".repeat(201)))),
                "at `not.contains` must have at most 200 characters",
            ),
            (
                Condition::Amount { at_least: Some(size("10")), at_most: Some(size("9.99")) },
                "at `amount` must have an upper bound that is not less than the lower one",
            ),
            (Condition::Amount { at_least: None, at_most: None }, "at `amount` must have a bound"),
            (
                Condition::Amount { at_least: Some(size("-1")), at_most: None },
                "at `amount` must not be negative: amounts are compared without their sign",
            ),
            (Condition::DayOfMonth { from: 0, to: 3 }, "at `dayOfMonth` must be of days from 1 to 31"),
            (Condition::Account(vec![]), "at `accountIds` must have 1 to 200 values"),
            (Condition::Tag(vec![TagId(1); 201]), "at `tagIds` must have 1 to 200 values"),
            (
                nested(5),
                "at `all[0].all[0].all[0].all[0].contains` must not stand deeper than 4 conditions in each other",
            ),
            (Condition::Any(vec![contains("X"); 100]), "must have at most 100 conditions in all, not 101"),
        ] {
            assert_eq!(flaw(&condition), expected);
        }
        assert_eq!(nested(4).check(), Ok(()));
        assert_eq!(Condition::DayOfMonth { from: 28, to: 3 }.check(), Ok(()));
    }

    #[test]
    fn bombs_are_no_regular_expressions() {
        for (pattern, expected) in [
            ("(", "at `matches` must be a regular expression: unclosed group"),
            ("", "at `matches` must have 1 to 200 characters"),
            (
                "(x{0,1000}){0,1000}",
                "at `matches` must be a regular expression: it is too large: repeat less of what may be anything",
            ),
            (
                "((((x{99}){99}){99}){99}){99}",
                "at `matches` must be a regular expression: it is too large: repeat less of what may be anything",
            ),
        ] {
            assert_eq!(flaw(&Condition::Matches(pattern.to_owned())), expected);
        }
        // Back references and looking around would need backtracking; others are many at once, whatever the text.
        for pattern in [r"(a)\1", "(?=a)", "(?<!a)b", "[ab](?:[ab ]{1,40}[ab ]){8}z", "a.{30}b"] {
            assert!(Condition::Matches(pattern.to_owned()).check().is_err(), "{pattern}");
        }
        // What makes others hang is a table like any other.
        for pattern in ["(a+)+$", "(?:[ab c]?){400}[^a]z"] {
            assert_eq!(Condition::Matches(pattern.to_owned()).check(), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn conditions_are_stored_and_read_again() {
        let all = Condition::All(vec![
            Condition::Any(vec![contains("uber"), equals("Lyft"), Condition::Matches("^a.c$".to_owned())]),
            Condition::Not(Box::new(Condition::ComesIn(true))),
            Condition::Amount { at_least: Some(size("9.50")), at_most: None },
            Condition::Account(vec![AccountId(7)]),
            Condition::DayOfMonth { from: 28, to: 3 },
            Condition::Tag(vec![TagId(1)]),
            Condition::Merchant(vec![MerchantId(-5)]),
            Condition::Category(vec![CategoryId(13)]),
        ]);
        let text = serde_json::to_string(&all).expect("JSON");
        assert_eq!(
            text,
            r#"{"all":[{"any":[{"contains":"uber"},{"equals":"Lyft"},{"matches":"^a.c$"}]},{"not":{"comes_in":true}},{"amount":{"at_least":"9.50","at_most":null}},{"account":[7]},{"day_of_month":{"from":28,"to":3}},{"tag":[1]},{"merchant":[-5]},{"category":[13]}]}"#
        );
        assert_eq!(serde_json::from_str::<Condition>(&text).expect("the same"), all);
        assert_eq!(all.check(), Ok(()));
    }
}
