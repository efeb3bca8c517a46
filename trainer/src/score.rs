//! How often the categorizer is right: over all rows, over those that it is surest of, by who says what is right, and by who answered.

use std::{collections::BTreeMap, fmt};

use domain::categorize::{Answer, Source};

use crate::table::Label;

/// Parts of the rows, in percent, the surest first.
const PARTS: [usize; 4] = [100, 90, 80, 70];
/// Confidence is held against what was right in so many steps.
const STEPS: usize = 10;

/// What became of the rows.
#[derive(Debug, Default)]
pub struct Score {
    rows: Vec<Scored>,
}

#[derive(Clone, Debug)]
struct Scored {
    kind: String,
    source: Source,
    confidence_percent: u8,
    is_group_right: bool,
    /// `None` where only the group is known.
    is_category_right: Option<bool>,
}

impl Scored {
    /// As far as the label goes.
    fn is_right(&self) -> bool {
        self.is_category_right.unwrap_or(self.is_group_right)
    }
}

impl Score {
    /// Takes a row in.
    pub fn take(&mut self, label: &Label, answer: &Answer) {
        self.rows.push(Scored {
            kind: label.kind.clone(),
            source: answer.source,
            confidence_percent: answer.confidence_percent,
            is_group_right: label.is_group_right(answer.category),
            is_category_right: (!label.category.is_empty()).then(|| label.is_right(answer.category)),
        });
    }
}

/// Expected calibration error in points: how far confidence is from what was right, step by step.
fn calibration_error(rows: &[&Scored]) -> f64 {
    let off: f64 = steps(rows).iter().map(|(count, said, right)| (said - right).abs() * as_float(*count)).sum();
    100.0 * off / as_float(rows.len().max(1))
}

/// Of each step of confidence: how many rows, how sure they were on average, and how many were right.
fn steps(rows: &[&Scored]) -> Vec<(usize, f64, f64)> {
    let mut steps = vec![(0_usize, 0.0, 0_usize); STEPS];
    for row in rows {
        let step = &mut steps[(usize::from(row.confidence_percent) * STEPS / 100).min(STEPS - 1)];
        *step = (step.0 + 1, step.1 + f64::from(row.confidence_percent) / 100.0, step.2 + usize::from(row.is_right()));
    }
    let of = |(count, said, right): (usize, f64, usize)| {
        let all = as_float(count.max(1));
        (count, said / all, as_float(right) / all)
    };
    steps.into_iter().map(of).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows of a file")]
fn as_float(count: usize) -> f64 {
    count as f64
}

fn percent(right: usize, all: usize) -> f64 {
    100.0 * as_float(right) / as_float(all.max(1))
}

fn line(f: &mut fmt::Formatter<'_>, what: &str, rows: &[&Scored]) -> fmt::Result {
    let answered = rows.iter().filter(|row| row.source != Source::None).count();
    let groups = rows.iter().filter(|row| row.is_group_right).count();
    let detailed: Vec<bool> = rows.iter().filter_map(|row| row.is_category_right).collect();
    let right = detailed.iter().filter(|right| **right).count();
    writeln!(
        f,
        "{what:<24} {:>7} {:>9.1} {:>12.1} {:>15.1}",
        rows.len(),
        percent(answered, rows.len()),
        percent(groups, rows.len()),
        percent(right, detailed.len())
    )
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24} {:>7} {:>9} {:>12} {:>15}", "", "rows", "answered", "group right", "category right")?;
        let mut kinds: BTreeMap<&str, Vec<&Scored>> = BTreeMap::new();
        for row in &self.rows {
            kinds.entry(&row.kind).or_default().push(row);
        }
        for (kind, rows) in &kinds {
            let mut rows = rows.clone();
            // A stable order: equally sure ones stay as they stand in the file.
            rows.sort_by_key(|row| std::cmp::Reverse(row.confidence_percent));
            for part in PARTS {
                line(f, &format!("{kind}, surest {part} %"), &rows[..rows.len() * part / 100])?;
            }
            writeln!(f, "{kind}: expected calibration error {:.1} points", calibration_error(&rows))?;
        }
        for source in Source::ALL {
            let rows: Vec<&Scored> = self.rows.iter().filter(|row| row.source == source).collect();
            if !rows.is_empty() {
                line(f, source.name(), &rows)?;
            }
        }
        writeln!(f, "\nconfidence      rows   said  right")?;
        let all: Vec<&Scored> = self.rows.iter().collect();
        for (step, (count, said, right)) in steps(&all).into_iter().enumerate().filter(|(_, step)| step.0 > 0) {
            writeln!(
                f,
                "{:>3} to {:>3} % {count:>6} {:>5.1}% {:>5.1}%",
                step * 10,
                step * 10 + 10,
                100.0 * said,
                100.0 * right
            )?;
        }
        writeln!(f, "expected calibration error: {:.1} points", calibration_error(&all))
    }
}

#[cfg(test)]
mod tests {
    use domain::{category, merchant::MerchantId};

    use super::*;

    #[test]
    fn what_is_right_is_counted_as_far_as_the_label_goes() {
        let mut score = Score::default();
        let coffee = category::by_key("FOOD_AND_DRINK_COFFEE").expect("known").id;
        let answer = |confidence_percent| Answer {
            category: coffee,
            merchant: MerchantId(1),
            source: Source::Seller,
            confidence_percent,
            is_phrase: false,
            is_told: false,
        };
        let label = |group: &str, category: &str| Label {
            group: group.into(),
            category: category.into(),
            kind: "human".into(),
            household: String::new(),
        };
        score.take(&label("FOOD_AND_DRINK", "FOOD_AND_DRINK_COFFEE"), &answer(90));
        score.take(&label("FOOD_AND_DRINK", ""), &answer(90));
        score.take(&label("FOOD_AND_DRINK", "FOOD_AND_DRINK_RESTAURANT"), &answer(50));
        score.take(&label("TRAVEL", "TRAVEL_FLIGHTS"), &answer(50));
        let said = score.to_string();
        assert!(said.contains("human, surest 100 %            4     100.0         75.0            33.3"), "{said}");
        assert!(
            said.contains(" 90 to 100 %      2  90.0% 100.0%") && said.contains(" 50 to  60 %      2  50.0%   0.0%"),
            "{said}"
        );
        // Two are ten points off, two fifty.
        let all: Vec<&Scored> = score.rows.iter().collect();
        assert!((calibration_error(&all) - 30.0).abs() < 1e-9);
        assert!(Score::default().to_string().contains("error: 0.0"));
    }
}
