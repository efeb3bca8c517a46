//! The kinds of jobs, each with the numbers by which it is run.

use std::time::Duration;

use domain::{
    id::HouseholdId,
    job::{Backoff, Lane, Policy, Ties},
};
use serde::{Deserialize, Serialize};

/// A job. The names of kinds and fields are stored: they never change their meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum Job {
    /// Tells a household's sockets that sessions of one of its members ended in another household.
    TellSessionsEnded {},
    /// Asks a bank for what is new.
    Pull(Pull),
    /// Books the lines of a statement file.
    ImportStatement(ImportStatement),
    /// Takes the import of a statement file back.
    UndoStatement(UndoStatement),
    /// Tells the household that a statement file will not go on by itself: its job gave up.
    TellStatementStopped {
        /// The statement.
        statement: i64,
    },
    /// Compares the household's budgets with what was spent, and tells what is noteworthy.
    EvaluateBudgets {},
    /// Looks for transfers between the household's accounts among what has changed.
    MatchTransfers {},
    /// Gives transactions that are alike a category, where they are too many for one commit.
    CategorizeAlike(CategorizeAlike),
    /// Applies a rule to the transactions that are there.
    ApplyRule(ApplyRule),
    /// Says that a rule's application to the past will not go on by itself: its job gave up.
    TellRuleStopped(ApplyRule),
    /// Counts what the household has voted for.
    CountVotes {},
    /// Fetches the exchange rates that were published; a job of the house.
    FetchRates {},
    /// Does nothing but show that the job system works.
    Probe(Probe),
}

/// A statement file that is to be booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportStatement {
    /// The statement.
    pub statement: i64,
    /// `urgent` for what a person waits for, `bulk` for what takes its time.
    pub lane: String,
}

/// Transactions that are alike, and what a person said that all of them are. See `domain::categorize::Alike`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategorizeAlike {
    /// Whose they are: merchants are the same for everybody.
    pub household: i64,
    /// Who was paid, or who paid.
    pub merchant: i64,
    /// Whether money came in.
    pub comes_in: bool,
    /// Whether a phrase of banks says what they are.
    pub is_phrase: bool,
    /// The category that they get.
    pub category: i32,
}

/// A rule that is applied to the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyRule {
    /// The rule.
    pub rule: i64,
    /// Which of its applications.
    pub run: i64,
}

/// A statement file whose import is to be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoStatement {
    /// The statement.
    pub statement: i64,
    /// The lane: `urgent`, because a person waits.
    pub lane: String,
}

/// A pull through one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// The connection.
    pub connection: i64,
    /// Its bank: so many pulls at once and no more.
    pub institution: i32,
    /// `urgent` where a person waits, else `routine`.
    pub lane: String,
}

/// A job that has one visible effect, an event, and behaves as its caller wishes until then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The caller's mark; the event repeats it.
    pub label: String,
    /// `urgent`, `routine` or `bulk`.
    pub lane: String,
    /// How long it works before its effect, in milliseconds.
    pub hold_ms: u64,
    /// How it ends.
    pub end: ProbeEnd,
    /// At most one of this key waits.
    pub unique: Option<String>,
    /// Never two of this key at once.
    pub serial: Option<String>,
    /// At most so many of this key at once.
    pub group: Option<(String, u32)>,
}

/// How a probe ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeEnd {
    /// With its effect.
    Done,
    /// With an error at the first attempts, then with its effect.
    FailFirst(u16),
    /// Once with "later", then with its effect.
    LaterOnce {
        /// How much later, in milliseconds.
        after_ms: u64,
    },
    /// Parked, until a person restarts it; then with its effect.
    Park,
    /// Hopeless from the start.
    Never,
    /// With a panic.
    Panic,
    /// By ending the process.
    Abort,
}

/// A socket outlives its session until this has run: it is urgent, and is tried until the last access token has run out.
const SESSIONS_ENDED_ATTEMPTS: u16 = 20;
const SESSIONS_ENDED_TIME_LIMIT: Duration = Duration::from_secs(30);
const SESSIONS_ENDED_BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), limit: Duration::from_mins(1) };

/// Failures of the bank are no failures of the job: the handler deals with them. What is left are faults of ours.
const PULL_ATTEMPTS: u16 = 8;
/// A pull goes on in another job before this is over.
const PULL_TIME_LIMIT: Duration = Duration::from_mins(10);
const PULL_BACKOFF: Backoff = Backoff { first: Duration::from_secs(10), limit: Duration::from_hours(1) };
/// A planned pull that starts so much late is no harm.
const PULL_ALLOWANCE: Duration = Duration::from_mins(5);
/// Pulls at one bank at the same time.
const PULLS_PER_INSTITUTION: u32 = 64;

/// A statement goes on after the lines that are through: an attempt loses nothing.
const STATEMENT_ATTEMPTS: u16 = 8;
const STATEMENT_TIME_LIMIT: Duration = Duration::from_hours(1);
const STATEMENT_BACKOFF: Backoff = Backoff { first: Duration::from_secs(2), limit: Duration::from_mins(10) };

/// A person may be waiting for the statement that stopped.
const STATEMENT_STOPPED_TIME_LIMIT: Duration = Duration::from_secs(30);

/// A budget's alert is about now.
const BUDGETS_ATTEMPTS: u16 = 8;
const BUDGETS_TIME_LIMIT: Duration = Duration::from_secs(30);
const BUDGETS_BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), limit: Duration::from_mins(10) };

/// Nobody waits for it, and nothing is lost while it waits: what is due stands in a row.
const TRANSFERS_ATTEMPTS: u16 = 8;
/// Some days of a household are a second's work; ten years of a large one some minutes', and what is through stays so.
const TRANSFERS_TIME_LIMIT: Duration = Duration::from_mins(10);
const TRANSFERS_BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), limit: Duration::from_mins(10) };

/// What is done stays so: an attempt goes on where the last one stopped.
const ALIKE_ATTEMPTS: u16 = 8;
const ALIKE_TIME_LIMIT: Duration = Duration::from_mins(10);
/// A million transactions are two thousand commits.
const RULE_TIME_LIMIT: Duration = Duration::from_hours(1);
const ALIKE_BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), limit: Duration::from_mins(10) };

/// A publisher that is out of order is no failure of the job. What is left are faults of ours.
const RATES_ATTEMPTS: u16 = 8;
/// All that was published since 1999 is some seconds' work.
const RATES_TIME_LIMIT: Duration = Duration::from_mins(5);
const RATES_BACKOFF: Backoff = Backoff { first: Duration::from_mins(1), limit: Duration::from_hours(1) };

/// A probe is tried so often that tests see several failures, and at intervals that do not bore.
const PROBE_ATTEMPTS: u16 = 5;
const PROBE_TIME_LIMIT: Duration = Duration::from_mins(1);
const PROBE_BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), limit: Duration::from_secs(5) };

impl Job {
    /// How it is run.
    #[must_use]
    pub fn policy(&self) -> Policy {
        match self {
            Self::TellSessionsEnded {} => Policy {
                lane: Lane::Urgent,
                allowance: Duration::ZERO,
                attempts: SESSIONS_ENDED_ATTEMPTS,
                time_limit: SESSIONS_ENDED_TIME_LIMIT,
                backoff: SESSIONS_ENDED_BACKOFF,
            },
            Self::Pull(pull) => {
                let lane = Lane::from_name(&pull.lane).unwrap_or(Lane::Routine);
                Policy {
                    lane,
                    allowance: if lane == Lane::Urgent { Duration::ZERO } else { PULL_ALLOWANCE },
                    attempts: PULL_ATTEMPTS,
                    time_limit: PULL_TIME_LIMIT,
                    backoff: PULL_BACKOFF,
                }
            }
            Self::ImportStatement(ImportStatement { lane, .. }) | Self::UndoStatement(UndoStatement { lane, .. }) => {
                Policy {
                    lane: Lane::from_name(lane).unwrap_or(Lane::Bulk),
                    allowance: Duration::ZERO,
                    attempts: STATEMENT_ATTEMPTS,
                    time_limit: STATEMENT_TIME_LIMIT,
                    backoff: STATEMENT_BACKOFF,
                }
            }
            Self::TellStatementStopped { .. } => Policy {
                lane: Lane::Urgent,
                allowance: Duration::ZERO,
                attempts: STATEMENT_ATTEMPTS,
                time_limit: STATEMENT_STOPPED_TIME_LIMIT,
                backoff: STATEMENT_BACKOFF,
            },
            Self::EvaluateBudgets {} => Policy {
                lane: Lane::Routine,
                allowance: Duration::ZERO,
                attempts: BUDGETS_ATTEMPTS,
                time_limit: BUDGETS_TIME_LIMIT,
                backoff: BUDGETS_BACKOFF,
            },
            Self::MatchTransfers {} => Policy {
                lane: Lane::Routine,
                allowance: Duration::ZERO,
                attempts: TRANSFERS_ATTEMPTS,
                time_limit: TRANSFERS_TIME_LIMIT,
                backoff: TRANSFERS_BACKOFF,
            },
            Self::CategorizeAlike(_) | Self::CountVotes {} => Policy {
                lane: Lane::Bulk,
                allowance: Duration::ZERO,
                attempts: ALIKE_ATTEMPTS,
                time_limit: ALIKE_TIME_LIMIT,
                backoff: ALIKE_BACKOFF,
            },
            Self::ApplyRule(_) | Self::TellRuleStopped(_) => Policy {
                lane: Lane::Bulk,
                allowance: Duration::ZERO,
                attempts: ALIKE_ATTEMPTS,
                time_limit: RULE_TIME_LIMIT,
                backoff: ALIKE_BACKOFF,
            },
            Self::FetchRates {} => Policy {
                lane: Lane::Bulk,
                allowance: Duration::ZERO,
                attempts: RATES_ATTEMPTS,
                time_limit: RATES_TIME_LIMIT,
                backoff: RATES_BACKOFF,
            },
            Self::Probe(probe) => Policy {
                lane: Lane::from_name(&probe.lane).unwrap_or(Lane::Bulk),
                allowance: Duration::ZERO,
                attempts: PROBE_ATTEMPTS,
                time_limit: PROBE_TIME_LIMIT,
                backoff: PROBE_BACKOFF,
            },
        }
    }

    /// What it must not run beside.
    #[must_use]
    pub fn ties(&self) -> Ties {
        match self {
            Self::TellSessionsEnded {}
            | Self::TellStatementStopped { .. }
            | Self::EvaluateBudgets {}
            | Self::MatchTransfers {}
            | Self::CountVotes {}
            | Self::FetchRates {} => Ties::default(),
            Self::CategorizeAlike(order) => {
                Ties { serial: Some(format!("alike:{}:{}", order.household, order.merchant)), ..Ties::default() }
            }
            Self::ApplyRule(order) | Self::TellRuleStopped(order) => {
                Ties { serial: Some(format!("rule:{}", order.rule)), ..Ties::default() }
            }
            Self::Pull(pull) => Ties {
                serial: Some(format!("connection:{}", pull.connection)),
                group: Some((format!("institution:{}", pull.institution), PULLS_PER_INSTITUTION)),
            },
            Self::ImportStatement(ImportStatement { statement, .. })
            | Self::UndoStatement(UndoStatement { statement, .. }) => {
                Ties { serial: Some(format!("statement:{statement}")), ..Ties::default() }
            }
            Self::Probe(probe) => Ties { serial: probe.serial.clone(), group: probe.group.clone() },
        }
    }

    /// The key of which at most one waits. A second one joins the first: it makes it more urgent, never less.
    #[must_use]
    pub fn unique_key(&self, household: HouseholdId) -> Option<String> {
        match self {
            Self::TellSessionsEnded {} | Self::CategorizeAlike(_) => None,
            Self::ApplyRule(order) => Some(format!("rule:{}", order.run)),
            Self::TellRuleStopped(order) => Some(format!("rule stopped:{}", order.run)),
            Self::Pull(pull) => Some(format!("pull:{}", pull.connection)),
            Self::ImportStatement(import) => Some(format!("statement:{}", import.statement)),
            Self::UndoStatement(undo) => Some(format!("undo:{}", undo.statement)),
            Self::TellStatementStopped { statement } => Some(format!("stopped:{statement}")),
            Self::EvaluateBudgets {} => Some(format!("budgets:{}", household.0)),
            Self::MatchTransfers {} => Some(format!("transfers:{}", household.0)),
            Self::CountVotes {} => Some(format!("votes:{}", household.0)),
            Self::FetchRates {} => Some("exchange rates".to_owned()),
            Self::Probe(probe) => probe.unique.clone(),
        }
    }

    /// What is left to do when it gives up: written in the commit in which it does.
    #[must_use]
    pub(super) fn obituary(&self) -> Option<Self> {
        match self {
            Self::ImportStatement(ImportStatement { statement, .. })
            | Self::UndoStatement(UndoStatement { statement, .. }) => {
                Some(Self::TellStatementStopped { statement: *statement })
            }
            Self::ApplyRule(order) => Some(Self::TellRuleStopped(*order)),
            _ => None,
        }
    }
}
