//! The crowd: what is counted of each merchant is what households voted for, and what is told of it is what most of them did.

use domain::id::HouseholdId;
use sea_orm::ConnectionTrait;

use super::{Check, Finding, look::NAMED};
use crate::{Db, Result, household::HOUSE};

/// One statement for each question: a single look at tables to which many households write.
pub(super) async fn check(db: &Db) -> Result<Vec<Finding>> {
    let counted = "SELECT merchant_id, comes_in, counted_id AS category_id, count(*) AS households FROM merchant_vote
                   WHERE counted_id IS NOT NULL GROUP BY merchant_id, comes_in, counted_id";
    let same = "b.merchant_id = a.merchant_id AND b.comes_in = a.comes_in";
    let is_in = |other: &str| {
        format!(
            "EXISTS (SELECT 1 FROM ({other}) b WHERE {same} AND b.category_id = a.category_id AND b.households = a.households)"
        )
    };
    let crowd = "SELECT merchant_id, comes_in, category_id, households FROM merchant_crowd";
    let most =
        "SELECT merchant_id, comes_in, max(households) AS households, sum(households) AS total FROM merchant_crowd
                GROUP BY merchant_id, comes_in";
    let mut findings = Vec::new();
    for (sql, problem) in [
        (
            format!("SELECT a.merchant_id FROM ({counted}) a WHERE NOT {}", is_in(crowd)),
            "not all votes for it are counted",
        ),
        (format!("SELECT a.merchant_id FROM ({crowd}) a WHERE NOT {}", is_in(counted)), "it has more votes than were given"),
        (
            format!(
                "SELECT a.merchant_id FROM ({most}) a WHERE NOT EXISTS (SELECT 1 FROM merchant_popular b
                   JOIN merchant_crowd c ON c.merchant_id = b.merchant_id AND c.comes_in = b.comes_in AND c.category_id = b.category_id
                   WHERE {same} AND b.households = a.households AND b.total = a.total AND c.households = a.households)"
            ),
            "what is told of it is not what most chose",
        ),
        (
            format!("SELECT b.merchant_id FROM merchant_popular b WHERE NOT EXISTS (SELECT 1 FROM merchant_crowd a WHERE {same})"),
            "something is told of it, and nobody chose",
        ),
    ] {
        let sql = format!("{sql} ORDER BY 1 LIMIT {NAMED}");
        for row in db.reader().query_all_raw(db.statement(&sql, [])).await? {
            let merchant: i64 = row.try_get_by_index(0)?;
            let (about, problem) = (format!("merchant {merchant}"), problem.to_owned());
            let household: HouseholdId = HOUSE;
            findings.push(Finding { check: Check::Crowd, household, about, problem, figures: Vec::new() });
        }
    }
    Ok(findings)
}
