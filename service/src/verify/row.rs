//! Transactions: what they refer to by number is known, and their days are of the calendar.

use std::collections::BTreeSet;

use domain::{
    categorize::Source,
    category::CategoryId,
    day::Day,
    id::{Owned, TransactionId},
    merchant::{self, MerchantId},
    reconcile::{Origin, State},
    split::Part,
};

use super::{Check, look::Look};
use crate::Result;

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    codes(look).await?;
    merchants(look).await?;
    tags(look).await?;
    parts(look).await?;
    let (first, last) = (Day::FIRST.number(), Day::LAST.number());
    let sql = format!(
        r#"SELECT id FROM "transaction" WHERE household_id = $1 AND (day < {first} OR day > {last}) ORDER BY id"#
    );
    look.each::<TransactionId>(Check::TransactionCode, "its day is outside the calendar", &sql).await?;
    // A bank may say zero; a person may not.
    let entered = Origin::Manual.code();
    let sql = format!(
        r#"SELECT id FROM "transaction" WHERE household_id = $1 AND amount_minor = 0 AND origin = {entered} ORDER BY id"#
    );
    look.each::<TransactionId>(Check::TransactionCode, "a person entered it, of no amount", &sql).await?;
    let (taken_back, awaited) = (Origin::TakenBack.code(), Origin::Awaited.code());
    let deleted = State::Deleted.code();
    let sql = format!(
        r#"SELECT id FROM "transaction" WHERE household_id = $1 AND origin IN ({taken_back}, {awaited}) AND state <> {deleted} ORDER BY id"#
    );
    let problem = "its bank has taken it back after its person had thrown it away, and it is not thrown away";
    look.each::<TransactionId>(Check::TransactionCode, problem, &sql).await?;
    let sql = r#"SELECT id FROM "transaction" WHERE household_id = $1 AND ordinal < 0 ORDER BY id"#;
    look.each::<TransactionId>(Check::TransactionCode, "its number among equal ones is negative", sql).await
}

/// The range of a state is guarded by its table.
async fn codes(look: &mut Look<'_>) -> Result<()> {
    let sql = r#"SELECT category_id, category_source, origin, count(*), min(id), counted_as FROM "transaction" WHERE household_id = $1
                 GROUP BY category_id, category_source, origin, counted_as"#;
    let categories = look.categories().await?;
    for row in look.ask(sql, Vec::new()).await? {
        let category: i32 = row.try_get_by_index(0)?;
        let (source, origin): (i16, i16) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let (count, id): (i64, i64) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
        let counted_as: Option<i32> = row.try_get_by_index(5)?;
        for (is_known, what) in [
            (categories.get(CategoryId(category)).is_some(), "category"),
            (
                counted_as.is_none_or(|category| categories.get(CategoryId(category)).is_some()),
                "category as a transfer",
            ),
            (Source::from_code(source).is_some(), "source of the category"),
            (Origin::from_code(origin).is_some(), "origin"),
        ] {
            if !is_known {
                tell(look, what, id, count);
            }
        }
    }
    Ok(())
}

/// What rules are said to have given is there, and tags are some that the household has had.
async fn tags(look: &mut Look<'_>) -> Result<()> {
    let rule = Source::Rule.code();
    let sql = format!(
        r#"SELECT id FROM "transaction" WHERE household_id = $1 AND (category_source = {rule}) <> (rule_id IS NOT NULL) ORDER BY id"#
    );
    look.each::<TransactionId>(Check::TransactionCode, "a rule chose its category, and it does not say which", &sql)
        .await?;
    let sql = r#"SELECT id FROM "transaction" WHERE household_id = $1 AND ruled IS NOT NULL
                 AND ((ruled & 1 <> 0 AND merchant_name IS NULL) OR (ruled & 2 <> 0 AND note IS NULL) OR (ruled & 4 <> 0 AND tags IS NULL)
                   OR (ruled & 8 <> 0 AND parts IS NULL) OR (ruled & 80 <> 0) OR (ruled & 32 <> 0 AND excluded IS NULL))
                 ORDER BY id"#;
    let problem = "a rule is said to have given it what it does not have";
    look.each::<TransactionId>(Check::TransactionCode, problem, sql).await?;
    let ids = look.ask("SELECT id FROM tag WHERE household_id = $1", Vec::new()).await?;
    let ids = ids.iter().map(|row| row.try_get_by_index(0)).collect::<std::result::Result<BTreeSet<i64>, _>>()?;
    let sql = r#"SELECT tags, min(id), count(*) FROM "transaction" WHERE household_id = $1 AND tags IS NOT NULL GROUP BY tags"#;
    for row in look.ask(sql, Vec::new()).await? {
        let tags: String = row.try_get_by_index(0)?;
        let numbers = tags.strip_prefix(',').and_then(|tags| tags.strip_suffix(','));
        let is_tag = |number: &str| number.parse().is_ok_and(|number: i64| ids.contains(&number));
        if !numbers.is_some_and(|numbers| numbers.split(',').all(is_tag)) {
            tell(look, "tag", row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        }
    }
    Ok(())
}

/// The parts of what is split can be read, and add up to it.
async fn parts(look: &mut Look<'_>) -> Result<()> {
    let categories = look.categories().await?;
    let sql = r#"SELECT id, amount_minor, parts FROM "transaction" WHERE household_id = $1 AND parts IS NOT NULL ORDER BY id"#;
    for row in look.ask(sql, Vec::new()).await? {
        let (id, minor, text): (i64, i64, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let parts: Vec<Part> = serde_json::from_str(&text).unwrap_or_default();
        let sum: i128 = parts.iter().map(|part| i128::from(part.minor())).sum();
        let is_known = |part: &Part| categories.get(part.category()).is_some();
        if parts.is_empty() || sum != i128::from(minor) || !parts.iter().all(is_known) {
            let about = TransactionId(id).text(look.household());
            look.found(
                Check::TransactionCode,
                about,
                "its parts do not add up to it, or are of no category that is known",
            );
        }
    }
    Ok(())
}

/// Below zero is the hash of a name; above it must be a seller of the list, and zero is nobody.
async fn merchants(look: &mut Look<'_>) -> Result<()> {
    let sql = r#"SELECT merchant_id, count(*), min(id) FROM "transaction" WHERE household_id = $1 AND merchant_id >= 0
                 GROUP BY merchant_id ORDER BY merchant_id"#;
    for row in look.ask(sql, Vec::new()).await? {
        let merchant = MerchantId(row.try_get_by_index(0)?);
        if merchant::name(merchant).is_none() {
            tell(look, "merchant", row.try_get_by_index(2)?, row.try_get_by_index(1)?);
        }
    }
    Ok(())
}

fn tell(look: &mut Look<'_>, what: &str, first: i64, count: i64) {
    let about = TransactionId(first).text(look.household());
    let problem = match count {
        1 => format!("its {what} is none that is known"),
        _ => format!("its {what} is none that is known, and so of {} more", count - 1),
    };
    look.found(Check::TransactionCode, about, &problem);
}
