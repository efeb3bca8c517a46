//! Verifying: whether everything that must always hold does hold, and what does not. Reads, and writes nothing.
//!
//! Each household is looked at in one snapshot, so that a server may go on beside it; what a household has is added up by the
//! database, never in memory. `docs/OPERATING.md` says what each finding means and what to do about it.

mod account;
mod archived;
mod category;
mod crowd;
mod event;
mod investment;
mod job;
mod look;
mod merchant;
mod name;
mod orphan;
mod reconciled;
mod refund;
mod row;
mod secret;
mod spending;
#[cfg(test)]
mod tests;
mod transfer;

use domain::id::HouseholdId;
use sea_orm::ConnectionTrait;

use crate::{Db, Error, Result, archive::Archive};

use look::Look;

/// Households whose ids are read at once.
const HOUSEHOLDS: i64 = 500;

/// A thing that must always hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// A sum of a month is that of its transactions.
    SpendingSums,
    /// A sum that counts nothing is no row.
    SpendingEmpty,
    /// An account's sums are those of its transactions.
    AccountSums,
    /// A row belongs to a household, an account, a connection that is there.
    Orphan,
    /// Another name of a transaction belongs to a transaction of the same account.
    AliasOrphan,
    /// No two transactions bear one name.
    AliasClash,
    /// Two transactions that may be one booking are of one account, the older one first.
    Suggestion,
    /// What two transactions were made is there, and what became a part of it is not.
    Merge,
    /// A confirmed transfer has two sides, which count as one, and nothing else does.
    Transfer,
    /// A refund is of a transaction that is there, and counts as that does.
    Refund,
    /// A merchant that was merged is part of one that is itself part of none, in the end.
    Merchant,
    /// What is counted of the crowd is what households voted for.
    Crowd,
    /// A category of the household's own is in one that is there, and one that was merged is what it became.
    Category,
    /// What a bank has named is kept only while it tells its history once more.
    ListedRow,
    /// What a transaction refers to by number is known, and its day is one.
    TransactionCode,
    /// What an account refers to by number or code is known.
    AccountCode,
    /// What is said of a trade belongs to a transaction, or to one that became a part of another.
    Trade,
    /// What an account holds is what one statement says that stands.
    Holding,
    /// The bank's balance is what the transactions add up to.
    Drift,
    /// A connection that no person must act on has a pull ahead.
    PullUnplanned,
    /// A statement that is not through has a job.
    StatementUnplanned,
    /// No job gave up.
    JobDead,
    /// No job waits for a person.
    JobParked,
    /// Every job is one that this version can do, in a household that is there.
    JobUnknown,
    /// A job that runs has somebody who works on it.
    JobLease,
    /// A household's events are numbered within what it has counted.
    EventNumber,
    /// A page of the archive can be read.
    ArchivePage,
    /// A sealed secret opens.
    Secret,
}

impl Check {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::SpendingSums,
        Self::SpendingEmpty,
        Self::AccountSums,
        Self::Orphan,
        Self::AliasOrphan,
        Self::AliasClash,
        Self::Suggestion,
        Self::Merge,
        Self::Transfer,
        Self::Refund,
        Self::Merchant,
        Self::Crowd,
        Self::Category,
        Self::ListedRow,
        Self::TransactionCode,
        Self::AccountCode,
        Self::Trade,
        Self::Holding,
        Self::Drift,
        Self::PullUnplanned,
        Self::StatementUnplanned,
        Self::JobDead,
        Self::JobParked,
        Self::JobUnknown,
        Self::JobLease,
        Self::EventNumber,
        Self::ArchivePage,
        Self::Secret,
    ];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SpendingSums => "spending-sums",
            Self::SpendingEmpty => "spending-empty",
            Self::AccountSums => "account-sums",
            Self::Orphan => "orphan",
            Self::AliasOrphan => "alias-orphan",
            Self::AliasClash => "alias-clash",
            Self::Suggestion => "suggestion",
            Self::Merge => "merge",
            Self::Transfer => "transfer",
            Self::Refund => "refund",
            Self::Merchant => "merchant",
            Self::Crowd => "crowd",
            Self::Category => "category",
            Self::ListedRow => "listed-row",
            Self::TransactionCode => "transaction-code",
            Self::AccountCode => "account-code",
            Self::Trade => "trade",
            Self::Holding => "holding",
            Self::Drift => "drift",
            Self::PullUnplanned => "pull-unplanned",
            Self::StatementUnplanned => "statement-unplanned",
            Self::JobDead => "job-dead",
            Self::JobParked => "job-parked",
            Self::JobUnknown => "job-unknown",
            Self::JobLease => "job-lease",
            Self::EventNumber => "event-number",
            Self::ArchivePage => "archive-page",
            Self::Secret => "secret",
        }
    }

    /// Whether a finding is no fault of the database: something that a person sees as well, or that passes by itself.
    #[must_use]
    pub const fn is_warning(self) -> bool {
        matches!(self, Self::Drift | Self::ListedRow | Self::JobParked | Self::JobLease)
    }
}

/// Something that should be otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What does not hold.
    pub check: Check,
    /// Whose row it is about.
    pub household: HouseholdId,
    /// Which row: ids as clients see them, where there are such.
    pub about: String,
    /// What is wrong with it. Holds no amount.
    pub problem: String,
    /// What was found, and what should have been.
    pub figures: Vec<Figure>,
}

/// A number that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Of what.
    pub name: &'static str,
    /// What it should be.
    pub expected: i64,
    /// What it is.
    pub found: i64,
    /// Whether it is money, in minor units: not for every eye.
    pub is_amount: bool,
}

impl Figure {
    fn count(name: &'static str, expected: i64, found: i64) -> Self {
        Self { name, expected, found, is_amount: false }
    }

    fn amount(name: &'static str, expected: i64, found: i64) -> Self {
        Self { name, expected, found, is_amount: true }
    }
}

/// What is to be looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question<'a> {
    /// Only this household; `None` for all of them.
    pub household: Option<HouseholdId>,
    /// Read every page of the archive as well.
    pub archive: Option<&'a Archive>,
}

/// What was looked at, and how much was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Households.
    pub households: u64,
    /// Their accounts.
    pub accounts: u64,
    /// Their transactions.
    pub transactions: u64,
    /// Pages of the archive.
    pub pages: u64,
    /// Faults.
    pub faults: u64,
    /// Findings that are no faults.
    pub warnings: u64,
}

impl Report {
    fn count(&mut self, findings: &[Finding]) {
        let warnings = findings.iter().filter(|finding| finding.check.is_warning()).count() as u64;
        self.warnings += warnings;
        self.faults += findings.len() as u64 - warnings;
    }
}

/// Looks at everything, and tells each finding.
pub async fn verify(db: &Db, question: Question<'_>, tell: &mut (dyn FnMut(Finding) + Send)) -> Result<Report> {
    let mut report = Report::default();
    let mut tell = |report: &mut Report, findings: Vec<Finding>| {
        report.count(&findings);
        findings.into_iter().for_each(&mut *tell);
    };
    if let Some(household) = question.household {
        if households(db, household.0 - 1, 1).await?.first() != Some(&household.0) {
            return Err(Error::NotFound { what: "household" });
        }
        let findings = look_at(db, household, question.archive, &mut report).await?;
        tell(&mut report, findings);
    } else {
        let mut after = -1;
        loop {
            let ids = households(db, after, HOUSEHOLDS).await?;
            let Some(last) = ids.last() else { break };
            after = *last;
            for id in ids {
                let findings = look_at(db, HouseholdId(id), question.archive, &mut report).await?;
                tell(&mut report, findings);
            }
        }
        let findings = crowd::check(db).await?;
        tell(&mut report, findings);
        let findings = orphan::of_no_household(db).await?;
        tell(&mut report, findings);
    }
    job::check(db, question.household, &mut |findings| tell(&mut report, findings)).await?;
    Ok(report)
}

async fn households(db: &Db, after: i64, limit: i64) -> Result<Vec<i64>> {
    let sql = "SELECT id FROM household WHERE id > $1 ORDER BY id LIMIT $2";
    let rows = db.reader().query_all_raw(db.statement(sql, [after.into(), limit.into()])).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

async fn look_at(
    db: &Db,
    household: HouseholdId,
    archive: Option<&Archive>,
    report: &mut Report,
) -> Result<Vec<Finding>> {
    let mut look = Look::begin(db, household).await?;
    report.households += 1;
    report.accounts += look.count("account").await?;
    report.transactions += look.count(r#""transaction""#).await?;
    spending::check(&mut look).await?;
    account::check(&mut look).await?;
    orphan::check(&mut look).await?;
    name::check(&mut look).await?;
    reconciled::check(&mut look).await?;
    transfer::check(&mut look).await?;
    refund::check(&mut look).await?;
    merchant::check(&mut look).await?;
    crowd::check_votes(&mut look).await?;
    category::check(&mut look).await?;
    row::check(&mut look).await?;
    investment::check(&mut look).await?;
    job::check_planned(&mut look).await?;
    event::check(&mut look).await?;
    secret::check(&mut look).await?;
    let mut findings = look.end().await?;
    // Pages never change: they need no snapshot, and reading them takes its time.
    if let Some(archive) = archive {
        report.pages += archived::check(db, archive, household, &mut findings).await?;
    }
    Ok(findings)
}
