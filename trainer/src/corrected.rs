//! What households see that correct each line that is wrong, once, as lines come in: what is remembered, and what it teaches of similar names.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use domain::{
    categorize::{Alike, Choices, Chosen, normalize::normalize},
    category,
    merchant::Directory,
};

use crate::{
    score::Score,
    table::{Label, Row},
};

/// What households saw, line by line.
#[derive(Debug, Default)]
pub struct Corrected {
    households: BTreeMap<String, Household>,
    all: Score,
    repeats: Score,
}

#[derive(Debug, Default)]
struct Household {
    chosen: Vec<Chosen>,
    choices: Choices,
    seen: BTreeSet<Alike>,
}

impl Corrected {
    /// Takes the next line of a household in, and what it was for.
    pub fn take(&mut self, label: &Label, row: &Row) {
        let household = self.households.entry(label.household.clone()).or_default();
        let found = row.answer();
        let choices = &household.choices;
        let adapted = || choices.adapted(&found, &row.descriptor, row.amount_minor);
        let answer = choices.answer(&found, row.amount_minor).unwrap_or_else(adapted);
        self.all.take(label, &answer);
        let Some(lines) = Alike::of(&found, &row.descriptor, row.amount_minor, &Directory::default()) else { return };
        if !household.seen.insert(lines) {
            self.repeats.take(label, &answer);
        }
        let key = if label.category.is_empty() { &label.group } else { &label.category };
        let category = category::by_key(key).filter(|_| !label.is_right(answer.category));
        if let Some(category) = category {
            // The latest choice for a merchant is the one that holds.
            household.chosen.retain(|before| before.lines != lines);
            let name = normalize(&row.descriptor).name;
            household.chosen.push(Chosen { lines, category: category.id, kind: category.kind, name });
            household.choices = Choices::new(household.chosen.clone(), Arc::default());
        }
    }
}

impl fmt::Display for Corrected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.all)?;
        writeln!(f, "of merchants that were there before:\n{}", self.repeats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_corrects_once_and_is_not_asked_again() {
        let mut corrected = Corrected::default();
        let gifts = |household: &str| Label {
            group: "GENERAL_MERCHANDISE".into(),
            category: "GENERAL_MERCHANDISE_GIFTS_AND_NOVELTIES".into(),
            kind: "human".into(),
            household: household.into(),
        };
        let row = |descriptor: &str| Row {
            descriptor: descriptor.into(),
            amount_minor: -900,
            country: Some(*b"US"),
            merchant_category_code: None,
            label: None,
        };
        for (household, descriptor) in [
            ("one", "PLONKO ZEDRIK"),
            ("one", "POS PLONKO ZEDRIK 0815"),
            ("one", "PLONKO ZEDRIK QUORRALTON"),
            ("other", "PLONKO ZEDRIK"),
            ("other", "ONLINE TRANSFER"),
            ("other", "ONLINE TRANSFER"),
        ] {
            corrected.take(&gifts(household), &row(descriptor));
        }
        let said = corrected.to_string();
        let (all, repeats) = said.split_once("of merchants that were there before:").expect("both");
        assert!(all.contains("human, surest 100 %            6 "), "{said}");
        assert!(all.contains("choice                         1     100.0        100.0           100.0"), "{said}");
        assert!(all.contains("similar                        1     100.0        100.0           100.0"), "{said}");
        assert!(repeats.contains("human, surest 100 %            1     100.0        100.0           100.0"), "{said}");
    }
}
