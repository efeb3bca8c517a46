//! Transfers: what is confirmed has two sides that are shown, went out of one account and came into another, and count as a transfer;
//! nothing else does.

use domain::{
    category::{self, Kind},
    id::{TransactionId, TransferId},
};

use super::{Check, look::Look};
use crate::Result;

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    let side = |column: &str, condition: &str| {
        format!(
            r#"SELECT f.id FROM transfer f WHERE f.household_id = $1 AND NOT EXISTS (
                 SELECT 1 FROM "transaction" t WHERE t.household_id = $1 AND t.id = f.{column}_id AND t.account_id = f.{column}_account_id
                   AND {condition})"#
        )
    };
    let (out, into) = (side("out", "true"), side("in", "true"));
    let sql = format!("{out} UNION {into} ORDER BY 1");
    look.each::<TransferId>(Check::Transfer, "one of its transactions is not there", &sql).await?;
    let (out, into) = (
        side("out", "t.state IN (0, 1) AND t.amount_minor < 0"),
        side("in", "t.state IN (0, 1) AND t.amount_minor > 0"),
    );
    let sql = format!("{out} AND f.state IN (0, 1) UNION {into} AND f.state IN (0, 1) ORDER BY 1");
    let problem = "one of its transactions is not shown, or goes the other way";
    look.each::<TransferId>(Check::Transfer, problem, &sql).await?;
    // What stayed on the way would be in no sum.
    let sql = r#"SELECT f.id FROM transfer f
                 JOIN "transaction" o ON o.household_id = $1 AND o.id = f.out_id JOIN "transaction" i ON i.household_id = $1 AND i.id = f.in_id
                 JOIN account a ON a.household_id = $1 AND a.id = f.out_account_id JOIN account b ON b.household_id = $1 AND b.id = f.in_account_id
                 WHERE f.household_id = $1 AND f.state = 1 AND a.currency = b.currency AND o.amount_minor <> -i.amount_minor ORDER BY f.id"#;
    look.each::<TransferId>(Check::Transfer, "its amounts differ, in one currency", sql).await?;
    let (out, into) =
        (side("out", "(t.counted_as IS NULL) = (f.is_expense = 1)"), side("in", "t.counted_as IS NOT NULL"));
    let sql = format!("{out} AND f.state = 1 UNION {into} AND f.state = 1 ORDER BY 1");
    look.each::<TransferId>(Check::Transfer, "its transactions do not count as one", &sql).await?;
    let sql = r#"SELECT t.id FROM "transaction" t WHERE t.household_id = $1 AND t.counted_as IS NOT NULL AND t.refund_of IS NULL AND NOT EXISTS (
                   SELECT 1 FROM transfer f WHERE f.household_id = $1 AND f.state = 1 AND (f.out_id = t.id OR f.in_id = t.id)) ORDER BY t.id"#;
    look.each::<TransactionId>(Check::Transfer, "it counts as a transfer, and is none", sql).await?;
    let kinds: Vec<String> = category::all()
        .iter()
        .filter(|known| known.kind == Kind::Transfer)
        .map(|known| known.id.0.to_string())
        .collect();
    let sql = format!(
        r#"SELECT id FROM "transaction" WHERE household_id = $1 AND counted_as IS NOT NULL AND refund_of IS NULL AND counted_as NOT IN ({}) ORDER BY id"#,
        kinds.join(", ")
    );
    look.each::<TransactionId>(Check::Transfer, "it is a side of a transfer, and counts as spending or income", &sql)
        .await
}
