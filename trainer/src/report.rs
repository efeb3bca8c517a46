//! What a model or the whole categorizer gets right, category by category, and what it takes for what.

use std::{cmp::Reverse, collections::BTreeMap, fmt};

use domain::category;

/// Lines of the table of mistakes.
const MISTAKES: usize = 40;

/// Answers held against what is right.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// By what is right and what was said: how many.
    counts: BTreeMap<(String, String), usize>,
}

impl Report {
    /// Takes an answer in: the keys of what is right and of what was said.
    pub fn take(&mut self, right: &str, said: &str) {
        *self.counts.entry((right.to_owned(), said.to_owned())).or_default() += 1;
    }

    fn sum(&self, of: impl Fn(&str, &str) -> bool) -> usize {
        self.counts.iter().filter(|((right, said), _)| of(right, said)).map(|(_, count)| count).sum()
    }
}

fn group(key: &str) -> &str {
    let group = category::by_key(key).and_then(|category| category::group(category.id)).and_then(category::get);
    group.map_or(key, |group| group.key)
}

#[expect(clippy::cast_precision_loss, reason = "counts of lines")]
fn percent(part: usize, all: usize) -> f64 {
    100.0 * part as f64 / all.max(1) as f64
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.sum(|_, _| true);
        let groups = self.sum(|right, said| group(right) == group(said));
        let exact = self.sum(|right, said| right == said);
        writeln!(
            f,
            "{all} lines: group right {:.1} %, category right {:.1} %\n",
            percent(groups, all),
            percent(exact, all)
        )?;
        writeln!(f, "{:<62} {:>6} {:>6} {:>9} {:>7}", "category", "right", "said", "precision", "recall")?;
        let keys: std::collections::BTreeSet<&str> =
            self.counts.keys().flat_map(|(right, said)| [right.as_str(), said.as_str()]).collect();
        for key in keys {
            let (right, said) = (self.sum(|right, _| right == key), self.sum(|_, said| said == key));
            let both = self.sum(|right, said| right == key && said == key);
            writeln!(f, "{key:<62} {right:>6} {said:>6} {:>8.1}% {:>6.1}%", percent(both, said), percent(both, right))?;
        }
        writeln!(f, "\nTaken for another, most often first:")?;
        let mut wrong: Vec<_> = self.counts.iter().filter(|((right, said), _)| right != said).collect();
        wrong.sort_by_key(|(_, count)| Reverse(**count));
        for ((right, said), count) in wrong.into_iter().take(MISTAKES) {
            writeln!(f, "{count:>6}  {right} for {said}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_and_recall_are_of_each_category() {
        let (coffee, fuel, food) = ("FOOD_AND_DRINK_COFFEE", "TRANSPORTATION_GAS", "FOOD_AND_DRINK_RESTAURANT");
        let mut report = Report::default();
        for (right, said) in [(coffee, coffee), (coffee, food), (fuel, coffee), (coffee, coffee)] {
            report.take(right, said);
        }
        let text = report.to_string();
        assert!(text.starts_with("4 lines: group right 75.0 %, category right 50.0 %"), "{text}");
        assert!(
            text.lines().any(|line| line.starts_with(coffee) && line.ends_with("3      3     66.7%   66.7%")),
            "{text}"
        );
        assert!(text.contains("     1  TRANSPORTATION_GAS for FOOD_AND_DRINK_COFFEE"), "{text}");
    }
}
