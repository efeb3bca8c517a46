//! Investments: what is said of trades and holdings belongs to something that is there, and what it refers to by number is known.

use domain::{
    id::{AccountId, TransactionId},
    investment::{HeldIn, TradeKind},
};
use entity::statement;

use super::{Check, look::Look};
use crate::Result;

pub(super) async fn check(look: &mut Look<'_>) -> Result<()> {
    trades(look).await?;
    holdings(look).await
}

async fn trades(look: &mut Look<'_>) -> Result<()> {
    let sql = r#"SELECT DISTINCT t.transaction_id FROM trade t WHERE t.household_id = $1
        AND NOT EXISTS (SELECT 1 FROM "transaction" x WHERE x.household_id = $1 AND x.id = t.transaction_id AND x.account_id = t.account_id)
        AND NOT EXISTS (SELECT 1 FROM transaction_merge m WHERE m.household_id = $1 AND m.gone_id = t.transaction_id AND m.account_id = t.account_id)
        ORDER BY 1"#;
    let problem = "there is a trade of it, and no transaction of that account";
    look.each::<TransactionId>(Check::Trade, problem, sql).await?;
    let sql = "SELECT DISTINCT t.transaction_id FROM trade t WHERE t.household_id = $1 AND t.security_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM security s WHERE s.household_id = $1 AND s.id = t.security_id) ORDER BY 1";
    look.each::<TransactionId>(Check::Trade, "its trade is of a security that is not there", sql).await?;
    let known = codes(TradeKind::ALL.iter().map(|kind| kind.code()));
    let sql = format!(
        "SELECT DISTINCT transaction_id FROM trade WHERE household_id = $1 AND kind NOT IN ({known}) ORDER BY 1"
    );
    look.each::<TransactionId>(Check::Trade, "the kind of its trade is none that is known", &sql).await
}

async fn holdings(look: &mut Look<'_>) -> Result<()> {
    let sql = "SELECT DISTINCT t.account_id FROM holding t WHERE t.household_id = $1
        AND NOT EXISTS (SELECT 1 FROM security s WHERE s.household_id = $1 AND s.id = t.security_id) ORDER BY 1";
    look.each::<AccountId>(Check::Holding, "it holds a security that is not there", sql).await?;
    let known = codes(HeldIn::ALL.iter().map(|part| part.code()));
    let sql = format!(
        "SELECT DISTINCT account_id FROM holding WHERE household_id = $1 AND held_in NOT IN ({known}) ORDER BY 1"
    );
    look.each::<AccountId>(Check::Holding, "it holds something in a part that is none that is known", &sql).await?;
    let sql = "SELECT account_id FROM holding WHERE household_id = $1 AND stands = 1
        GROUP BY account_id HAVING count(DISTINCT statement_id) > 1 ORDER BY 1";
    look.each::<AccountId>(Check::Holding, "several statements at once say what it holds", sql).await?;
    let (done, stands) = (statement::DONE, statement::STANDS);
    // One that is being taken back says what it said until that is through.
    let going = statement::GOING;
    let sql = format!(
        "SELECT DISTINCT t.account_id FROM holding t WHERE t.household_id = $1 AND t.stands = 1
         AND NOT EXISTS (SELECT 1 FROM statement s WHERE s.household_id = $1 AND s.id = t.statement_id
           AND s.status = {done} AND s.undo_state IN ({stands}, {going})) ORDER BY 1"
    );
    look.each::<AccountId>(Check::Holding, "what it holds is said by a statement that does not stand", &sql).await
}

fn codes(codes: impl Iterator<Item = i16>) -> String {
    codes.map(|code| code.to_string()).collect::<Vec<_>>().join(", ")
}
