//! Jobs: work that is a row, written in the transaction of the change that causes it. `docs/JOBS.md` has the state machine.

mod claim;
mod desk;
mod enqueue;
mod kind;
mod run;
mod settle;
#[cfg(test)]
mod tests;

pub use claim::{Claimed, Lease, claim};
pub use desk::{Filter, Listed, Restart, State, counts, list, remove, restart};
pub use kind::{ApplyRule, CategorizeAlike, ImportStatement, Job, Probe, ProbeEnd, Pull, UndoStatement};
pub use run::{Finished, Run, Verdict};
pub use settle::{Settled, expire, hand_back, renew, settle};

use entity::job;
use sea_orm::{ExprTrait, sea_query::Expr};

pub(crate) use desk::dead;
pub(crate) use enqueue::{New, insert, join, split};
pub(crate) use run::{Claim, assert_claim};

/// The table of jobs is ordered by lane, not by household; a job's writes go through the scope of its household.
#[expect(clippy::disallowed_methods, reason = "the workers' own table")]
mod rows {
    use entity::job;
    use sea_orm::{DeleteMany, EntityTrait, Select, UpdateMany};

    pub(super) fn find() -> Select<job::Entity> {
        job::Entity::find()
    }

    pub(super) fn update() -> UpdateMany<job::Entity> {
        job::Entity::update_many()
    }

    pub(super) fn delete() -> DeleteMany<job::Entity> {
        job::Entity::delete_many()
    }
}

/// The rank of a job whose moment changes: the allowance of its kind stays in it.
fn moved_rank(run_at_ms: i64) -> Expr {
    let allowance = ExprTrait::sub(Expr::col(job::Column::Rank), Expr::col(job::Column::RunAtMs));
    ExprTrait::add(allowance, run_at_ms)
}

fn one_more(column: job::Column) -> Expr {
    ExprTrait::add(Expr::col(column), 1)
}

/// "The job is in this state", with the number in the text of the statement: PostgreSQL matches a partial index to a constant, and
/// to a parameter only as long as it plans the statement anew each time.
fn is(state: i16) -> Expr {
    Expr::cust(format!("state = {state}"))
}

/// Behind a place in the order of a lane; as one comparison of rows, which the index answers by going on from there.
fn behind(rank: i64, id: i64) -> Expr {
    let place = Expr::tuple([Expr::col(job::Column::Rank), Expr::col(job::Column::Id)]);
    ExprTrait::gt(place, Expr::tuple([Expr::value(rank), Expr::value(id)]))
}
