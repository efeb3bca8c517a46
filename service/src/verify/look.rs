//! A look at one household: a snapshot of its rows, and what was found in it.

use std::sync::Arc;

use domain::{
    category::tree::Tree,
    id::{HouseholdId, Owned},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use super::{Check, Figure, Finding};
use crate::{Db, Result, Scope, category};

/// Findings of one question that are named one by one: who has more has another problem.
pub(super) const NAMED: usize = 100;

/// A look in progress.
pub(super) struct Look<'a> {
    db: &'a Db,
    household: HouseholdId,
    snapshot: DatabaseTransaction,
    findings: Vec<Finding>,
}

impl<'a> Look<'a> {
    pub(super) async fn begin(db: &'a Db, household: HouseholdId) -> Result<Self> {
        let snapshot = db.snapshot().await?;
        Ok(Self { db, household, snapshot, findings: Vec::new() })
    }

    pub(super) async fn end(self) -> Result<Vec<Finding>> {
        self.snapshot.rollback().await?;
        Ok(self.findings)
    }

    pub(super) fn db(&self) -> &'a Db {
        self.db
    }

    pub(super) fn household(&self) -> HouseholdId {
        self.household
    }

    pub(super) fn scope(&self) -> Scope {
        Scope::of_operator(self.household)
    }

    pub(super) fn snapshot(&self) -> &DatabaseTransaction {
        &self.snapshot
    }

    /// The household's categories.
    pub(super) async fn categories(&self) -> Result<Arc<Tree>> {
        category::load(&self.snapshot, self.scope()).await
    }

    /// How many rows of a table the household has.
    pub(super) async fn count(&self, table: &str) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM {table} WHERE household_id = $1");
        let row = self.snapshot.query_one_raw(self.db.statement(&sql, [self.household.0.into()])).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(count.unsigned_abs())
    }

    /// The rows of a question about the household, which is `$1`, with `more` behind it.
    pub(super) async fn ask(&self, sql: &str, more: Vec<Value>) -> Result<Vec<QueryResult>> {
        let values = std::iter::once(self.household.0.into()).chain(more).collect();
        Ok(self.snapshot.query_all_raw(self.db.statement_of(sql, values)).await?)
    }

    /// The rows of a question that has none where a check holds: at most so many as are named.
    pub(super) async fn offenders(&mut self, check: Check, sql: &str) -> Result<Vec<QueryResult>> {
        let mut rows = self.ask(&format!("{sql} LIMIT {}", NAMED + 1), Vec::new()).await?;
        if rows.len() > NAMED {
            rows.truncate(NAMED);
            self.found(check, String::new(), "there are more than are named here");
        }
        Ok(rows)
    }

    /// A finding for each row of a question, whose first column is the row's number.
    pub(super) async fn each<Id: Owned>(&mut self, check: Check, problem: &str, sql: &str) -> Result<()> {
        for row in self.offenders(check, sql).await? {
            let id = Id::from_number(row.try_get_by_index(0)?);
            self.found(check, id.text(self.household), problem);
        }
        Ok(())
    }

    pub(super) fn found(&mut self, check: Check, about: String, problem: &str) {
        self.found_with(check, about, problem, Vec::new());
    }

    pub(super) fn found_with(&mut self, check: Check, about: String, problem: &str, figures: Vec<Figure>) {
        let figures = figures.into_iter().filter(|figure| figure.expected != figure.found).collect();
        let household = self.household;
        self.findings.push(Finding { check, household, about, problem: problem.to_owned(), figures });
    }
}
