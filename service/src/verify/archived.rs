//! The archive: every page lies where its row says, opens with its household's key, and unpacks.

use domain::id::HouseholdId;

use super::{Check, Finding, look::NAMED};
use crate::{
    Db, Result, Scope,
    archive::{self, Archive},
};

/// Rows that are read at once; of the pages one is in memory.
const AT_ONCE: u64 = 100;

/// Reads all pages of a household. Answers with their number.
pub(super) async fn check(
    db: &Db,
    archive: &Archive,
    household: HouseholdId,
    findings: &mut Vec<Finding>,
) -> Result<u64> {
    let scope = Scope::of_operator(household);
    let (mut pages, mut broken, mut after) = (0, 0, -1);
    loop {
        let rows = archive::places(db, scope, after, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(pages) };
        after = last.id;
        let sealer = archive::sealer(db, scope).await.ok();
        for row in rows {
            pages += 1;
            // Without the key no page opens, which is a finding of its own.
            let Some(sealer) = &sealer else { continue };
            let Err(error) = archive::read(archive, sealer, &row).await else { continue };
            broken += 1;
            let problem = match broken {
                ..=NAMED => error.to_string(),
                _ if broken == NAMED + 1 => "there are more than are named here".to_owned(),
                _ => continue,
            };
            let about = format!("page {} of source {} in {}", row.id, row.source_id, row.segment);
            findings.push(Finding { check: Check::ArchivePage, household, about, problem, figures: Vec::new() });
        }
    }
}
