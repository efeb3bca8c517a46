//! Categories: each of the household's own is in one that is there, and what was merged is what it became; budgets are of such.

use domain::{category::CategoryId, id::Owned};

use super::{Check, look::Look};
use crate::Result;

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    let categories = look.categories().await?;
    for (table, column, problem) in [
        ("category", "id", "it is in no category that is there, or was merged into none"),
        ("budget", "category_id", "it has a budget, and is not there"),
        ("merchant_choice", "category_id", "it was chosen for a merchant, and is not there"),
    ] {
        let sql = format!("SELECT DISTINCT {column} FROM {table} WHERE household_id = $1 ORDER BY 1");
        for row in look.ask(&sql, Vec::new()).await? {
            let id = CategoryId(row.try_get_by_index(0)?);
            // A budget is of what is there under its own number: a merge takes it along.
            let is_there = if table == "budget" { categories.itself(id) } else { categories.get(id) };
            if is_there.is_none() {
                look.found(Check::Category, id.text(look.household()), problem);
            }
        }
    }
    Ok(())
}
