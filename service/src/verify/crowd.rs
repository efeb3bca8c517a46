//! The crowd: what is counted of each merchant is what households voted for, and what is told of it is what most of them did.

use domain::id::HouseholdId;
use entity::merchant_vote;
use sea_orm::ConnectionTrait;

use super::{
    Check, Finding,
    look::{Look, NAMED},
};
use crate::{
    Db, Result,
    crowd::{is_due, wanted},
    household::HOUSE,
};

/// What a household's votes are: each of a choice that is there, and counted as it should be, or about to be.
pub(super) async fn check_votes(look: &mut Look<'_>) -> Result<()> {
    let sql = "SELECT v.merchant_id FROM merchant_vote v WHERE v.household_id = $1 AND v.category_id IS NOT NULL AND NOT EXISTS (
                 SELECT 1 FROM merchant_choice c WHERE c.household_id = $1 AND c.id = v.choice_id) ORDER BY 1";
    for row in look.offenders(Check::Crowd, sql).await? {
        let merchant: i64 = row.try_get_by_index(0)?;
        look.found(Check::Crowd, format!("merchant {merchant}"), "a vote for it is of no choice that is there");
    }
    let sql = "SELECT CASE WHEN h.contributor_id IS NULL THEN 0 ELSE 1 END, (SELECT count(*) FROM job j
                 WHERE j.household_id = $1 AND j.kind = 'count_votes' AND j.state IN (0, 1)) FROM household h WHERE h.id = $1";
    let Some(row) = look.ask(sql, Vec::new()).await?.into_iter().next() else { return Ok(()) };
    let (is_on, jobs): (i32, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    if jobs > 0 {
        return Ok(());
    }
    let (tree, votes) = (look.categories().await?, look.scope().find::<merchant_vote::Entity>());
    for vote in votes.all(look.snapshot()).await?.iter().filter(|vote| is_due(vote, wanted(vote, is_on != 0, &tree))) {
        look.found(
            Check::Crowd,
            format!("merchant {}", vote.merchant_id),
            "a vote for it is not counted as it should be",
        );
    }
    Ok(())
}

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
