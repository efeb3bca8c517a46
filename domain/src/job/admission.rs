//! Who may run beside whom: jobs of one serial key never overlap, jobs of one group never exceed its cap.

use std::collections::{HashMap, HashSet};

/// What ties a job to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// Never two at once: a connection, a household.
    pub serial: Option<String>,
    /// At most so many at once: an institution, a mail host, a webhook's endpoint.
    pub group: Option<(String, u32)>,
}

/// The key that keeps a job waiting.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Hold {
    /// A job of the same serial key runs.
    Serial(String),
    /// The group is at its cap.
    Group(String),
}

impl Hold {
    /// The text in the job table.
    #[must_use]
    pub fn as_text(&self) -> String {
        match self {
            Self::Serial(key) => format!("s:{key}"),
            Self::Group(key) => format!("g:{key}"),
        }
    }

    /// The hold of a text from the job table.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        match text.split_at_checked(2)? {
            ("s:", key) => Some(Self::Serial(key.to_owned())),
            ("g:", key) => Some(Self::Group(key.to_owned())),
            _ => None,
        }
    }
}

/// Whether a job may start now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It runs, and counts from now on.
    Run,
    /// It waits for this key.
    Wait(Hold),
}

/// The keys in use by running jobs.
#[derive(Clone, Debug, Default)]
pub struct Load {
    serial: HashSet<String>,
    group: HashMap<String, u32>,
}

impl Load {
    /// Counts a job that runs already.
    pub fn count(&mut self, ties: &Ties) {
        if let Some(key) = &ties.serial {
            self.serial.insert(key.clone());
        }
        if let Some((key, _)) = &ties.group {
            *self.group.entry(key.clone()).or_default() += 1;
        }
    }

    /// Lets a job start, and counts it, or says what it waits for.
    pub fn admit(&mut self, ties: &Ties) -> Admission {
        if let Some(key) = &ties.serial
            && self.serial.contains(key)
        {
            return Admission::Wait(Hold::Serial(key.clone()));
        }
        if let Some((key, cap)) = &ties.group
            && self.group.get(key).copied().unwrap_or(0) >= *cap
        {
            return Admission::Wait(Hold::Group(key.clone()));
        }
        self.count(ties);
        Admission::Run
    }

    /// How many of the jobs that a key holds back could start now; `cap` is the cap that they name for a group.
    #[must_use]
    pub fn room(&self, hold: &Hold, cap: u32) -> u32 {
        match hold {
            Hold::Serial(key) => u32::from(!self.serial.contains(key)),
            Hold::Group(key) => cap.saturating_sub(self.group.get(key).copied().unwrap_or(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn serial(key: &str) -> Ties {
        Ties { serial: Some(key.to_owned()), group: None }
    }

    fn group(key: &str, cap: u32) -> Ties {
        Ties { serial: None, group: Some((key.to_owned(), cap)) }
    }

    #[test]
    fn a_serial_key_runs_once() {
        let mut load = Load::default();
        assert_eq!(load.room(&Hold::Serial("c1".into()), 0), 1);
        assert_eq!(load.admit(&serial("c1")), Admission::Run);
        assert_eq!(load.admit(&serial("c1")), Admission::Wait(Hold::Serial("c1".into())));
        assert_eq!(load.admit(&serial("c2")), Admission::Run);
        assert_eq!(load.room(&Hold::Serial("c1".into()), 0), 0);
    }

    #[test]
    fn a_full_group_holds_its_own_and_no_other() {
        let mut load = Load::default();
        load.count(&group("bank", 2));
        assert_eq!(load.admit(&group("bank", 2)), Admission::Run);
        assert_eq!(load.admit(&group("bank", 2)), Admission::Wait(Hold::Group("bank".into())));
        assert_eq!(load.admit(&group("other", 2)), Admission::Run);
        assert_eq!(load.admit(&Ties::default()), Admission::Run);
        assert_eq!(load.room(&Hold::Group("other".into()), 2), 1);
    }

    #[test]
    fn a_job_that_waits_takes_no_room() {
        let mut load = Load::default();
        let both = Ties { serial: Some("c1".into()), group: Some(("bank".into(), 1)) };
        assert_eq!(load.admit(&group("bank", 1)), Admission::Run);
        assert_eq!(load.admit(&both), Admission::Wait(Hold::Group("bank".into())));
        assert_eq!(load.admit(&serial("c1")), Admission::Run, "the waiting job must not keep its serial key");
    }

    #[test]
    fn holds_come_back_from_text() {
        for hold in [Hold::Serial("connection:7".into()), Hold::Group("g:s:".into())] {
            assert_eq!(Hold::from_text(&hold.as_text()), Some(hold));
        }
        assert_eq!(Hold::from_text("x"), None);
        assert_eq!(Hold::from_text("q:key"), None);
    }

    proptest! {
        #[test]
        fn no_order_of_jobs_breaks_a_key(jobs in prop::collection::vec((prop::option::of(0u8..4), prop::option::of(0u8..3)), 0..60)) {
            let cap = |key: u8| u32::from(key) + 1;
            let mut load = Load::default();
            let mut running: Vec<Ties> = Vec::new();
            for (serial_key, group_key) in jobs {
                let ties = Ties {
                    serial: serial_key.map(|key| key.to_string()),
                    group: group_key.map(|key| (key.to_string(), cap(key))),
                };
                if load.admit(&ties) == Admission::Run {
                    running.push(ties);
                }
            }
            for key in 0u8..4 {
                let name = key.to_string();
                prop_assert!(running.iter().filter(|ties| ties.serial.as_ref() == Some(&name)).count() <= 1);
                prop_assert!(running.iter().filter(|ties| ties.group.as_ref().is_some_and(|(group, _)| *group == name)).count() <= cap(key) as usize);
            }
        }
    }
}
