//! Names: by which identities sources know transactions. Two transactions of one name would be one of them missing at the next pull.

use domain::id::{AccountId, Owned, TransactionId};

use super::{Check, look::Look};
use crate::Result;

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    // No key of the tables guards this: a transaction may be another account's, or gone.
    let sql = r#"
        SELECT n.transaction_id, n.account_id, count(*) FROM transaction_alias n
        LEFT JOIN "transaction" t ON t.household_id = $1 AND t.id = n.transaction_id AND t.account_id = n.account_id
        WHERE n.household_id = $1 AND t.id IS NULL GROUP BY n.transaction_id, n.account_id ORDER BY n.transaction_id, n.account_id"#;
    for row in look.offenders(Check::AliasOrphan, sql).await? {
        let (transaction, account) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let names: i64 = row.try_get_by_index(2)?;
        let household = look.household();
        let about = format!("{} {}", AccountId(account).text(household), TransactionId(transaction).text(household));
        let problem = format!("{names} other names in this account are of a transaction that is not in it");
        look.found(Check::AliasOrphan, about, &problem);
    }
    let sql = r#"
        SELECT t.id, n.transaction_id FROM transaction_alias n
        JOIN "transaction" t ON t.household_id = $1 AND t.account_id = n.account_id
          AND t.fingerprint = n.fingerprint AND t.ordinal = n.ordinal
        WHERE n.household_id = $1 ORDER BY t.id, n.transaction_id"#;
    for row in look.offenders(Check::AliasClash, sql).await? {
        let (owner, other) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let household = look.household();
        let about = format!("{} {}", TransactionId(owner).text(household), TransactionId(other).text(household));
        look.found(Check::AliasClash, about, "the name of the first is another name of the second");
    }
    Ok(())
}
