//! What is wrong with a configuration, said so that a person can repair it without reading code.

use std::fmt;

/// One thing that is wrong. No part of it ever holds the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The key, such as `database.connections`; for something unknown, the name as it was written.
    pub key: String,
    /// Where the value came from: the variable, or the file and the key.
    pub place: String,
    /// What is wrong with it.
    pub wrong: String,
    /// What would be right, when the key is known.
    pub accepted: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.wrong)?;
        match &self.accepted {
            Some(accepted) => write!(f, " (accepted: {accepted})"),
            None => Ok(()),
        }
    }
}

/// All that is wrong with a configuration, so that it takes one attempt to repair it and not six.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "the configuration has a problem:")?,
            count => write!(f, "the configuration has {count} problems:")?,
        }
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for Problems {}

/// The known name that somebody probably meant: one that goes on where theirs ends, or one few letters away.
pub(super) fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let allowed = (name.chars().count() / 4).max(2);
    let near = known
        .clone()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min();
    match near {
        Some((_, candidate)) => Some(candidate),
        None => known.into_iter().find(|candidate| name.len() > 2 && candidate.starts_with(name)),
    }
}

/// The Levenshtein distance: letters to insert, remove or replace.
fn distance(from: &str, to: &str) -> usize {
    let to = to.chars().collect::<Vec<_>>();
    let mut row = (0..=to.len()).collect::<Vec<_>>();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in to.iter().enumerate() {
            let replace = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replace.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_letters() {
        for (from, to, expected) in [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("lisen", "listen", 1)] {
            assert_eq!(distance(from, to), expected, "{from} to {to}");
        }
    }

    #[test]
    fn suggestions_are_close_or_longer() {
        let known = ["listen", "worker.lease_seconds", "log.filter"];
        assert_eq!(meant("lisen", known.into_iter()), Some("listen"));
        assert_eq!(meant("worker.lease", known.into_iter()), Some("worker.lease_seconds"));
        assert_eq!(meant("colour", known.into_iter()), None);
    }
}
