//! Counting votes: a job. What was counted of a vote stands in the vote, and both are written in one commit, so that none counts twice.

use domain::category::tree::Tree;
use entity::merchant_vote;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, sea_query::Expr};

use super::vote::stands_for;
use crate::{
    Result, Unit, category,
    job::{Run, Verdict},
};

/// Votes that are counted in one commit. It holds what it counts until then, so they are few.
const STEP: usize = 100;

/// The job: everything that is not counted yet.
pub async fn count(run: &Run) -> Result<Verdict> {
    while run.write(|unit| step(unit).scope_boxed()).await? {}
    Ok(Verdict::Done(run.finish(|_| async move { Ok(()) }.scope_boxed()).await?))
}

/// Counts some votes, in the order of the merchants: everybody waits in one direction. Answers whether there may be more.
pub(super) async fn step(unit: &mut Unit) -> Result<bool> {
    use merchant_vote::Column::{ComesIn, CountedId, MerchantId};
    let votes = unit.scope().find::<merchant_vote::Entity>().order_by_asc(MerchantId).order_by_asc(ComesIn);
    let votes = votes.all(unit.connection()).await?;
    let tree = category::tree_of(unit).await?;
    let is_on = unit.contributes();
    let all = votes.iter().map(|vote| (vote, wanted(vote, is_on, &tree)));
    let mut due = all.filter(|(vote, now)| is_due(vote, *now));
    for (vote, now) in due.by_ref().take(STEP) {
        tally(unit, vote, now).await?;
        let this = Condition::all().add(MerchantId.eq(vote.merchant_id)).add(ComesIn.eq(vote.comes_in));
        if vote.category_id.is_none() {
            let gone = unit.scope().delete::<merchant_vote::Entity>().filter(this);
            gone.exec(unit.connection()).await?;
        } else {
            let counted = unit.scope().update::<merchant_vote::Entity>().filter(this);
            counted.col_expr(CountedId, Expr::value(now)).exec(unit.connection()).await?;
        }
    }
    Ok(due.next().is_some())
}

/// What a vote is to be counted for, in a household that contributes or does not.
pub(crate) fn wanted(vote: &merchant_vote::Model, is_on: bool, tree: &Tree) -> Option<i32> {
    stands_for(vote, tree).filter(|_| is_on).map(|category| category.0)
}

/// Whether it is not counted so yet, or is of a choice that was forgotten.
pub(crate) fn is_due(vote: &merchant_vote::Model, wanted: Option<i32>) -> bool {
    vote.category_id.is_none() || vote.counted_id != wanted
}

/// Moves a vote from what it was counted as to what it is for.
async fn tally(unit: &Unit, vote: &merchant_vote::Model, now: Option<i32>) -> Result<()> {
    if vote.counted_id == now {
        return Ok(());
    }
    let (db, connection) = (unit.db(), unit.connection());
    let run = async |sql: &str, more: &[sea_orm::Value]| {
        let lines = [vote.merchant_id.into(), vote.comes_in.into()];
        let values = lines.into_iter().chain(more.iter().cloned()).collect();
        connection.execute_raw(db.statement_of(sql, values)).await
    };
    let change = i32::from(now.is_some()) - i32::from(vote.counted_id.is_some());
    // The merchant's own row first: whoever counts a vote for it meanwhile waits here, and sees what this one has counted.
    // What is told is found again below.
    let total = if vote.counted_id.is_some() {
        "UPDATE merchant_popular SET total = total + $3, households = 0 WHERE merchant_id = $1 AND comes_in = $2"
    } else {
        "INSERT INTO merchant_popular (merchant_id, comes_in, category_id, households, total) VALUES ($1, $2, 0, 0, $3)
         ON CONFLICT (merchant_id, comes_in) DO UPDATE SET total = merchant_popular.total + $3, households = 0"
    };
    run(total, &[change.into()]).await?;
    if let Some(before) = vote.counted_id {
        let last = "DELETE FROM merchant_crowd WHERE merchant_id = $1 AND comes_in = $2 AND category_id = $3 AND households <= 1";
        run(last, &[before.into()]).await?;
        let less = "UPDATE merchant_crowd SET households = households - 1 WHERE merchant_id = $1 AND comes_in = $2 AND category_id = $3";
        run(less, &[before.into()]).await?;
    }
    if let Some(now) = now {
        let more = "INSERT INTO merchant_crowd (merchant_id, comes_in, category_id, households) VALUES ($1, $2, $3, 1)
                    ON CONFLICT (merchant_id, comes_in, category_id) DO UPDATE SET households = merchant_crowd.households + 1";
        run(more, &[now.into()]).await?;
    }
    let of = "FROM merchant_crowd c WHERE c.merchant_id = $1 AND c.comes_in = $2 ORDER BY c.households DESC, c.category_id LIMIT 1";
    let most = format!(
        "UPDATE merchant_popular SET category_id = coalesce((SELECT c.category_id {of}), 0), households = coalesce((SELECT c.households {of}), 0)
         WHERE merchant_id = $1 AND comes_in = $2"
    );
    run(&most, &[]).await?;
    run("DELETE FROM merchant_popular WHERE merchant_id = $1 AND comes_in = $2 AND total <= 0", &[]).await?;
    Ok(())
}
