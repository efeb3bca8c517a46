//! Votes: what a household chose for merchants as texts name them. They are kept with its choices, and count as long as it contributes.

use domain::{
    categorize::Alike,
    category::{CategoryId, Kind, tree::Tree},
    id::ChoiceId,
    identity::Role,
};
use entity::merchant_vote;
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

use crate::{Db, Error, Result, Scope, Unit, category, identity::Caller, job::Job};

/// What a household contributes to the crowd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Whether it contributes.
    pub is_on: bool,
    /// How many votes it has.
    pub votes: usize,
}

/// What the household contributes.
pub async fn contribution(db: &Db, scope: Scope) -> Result<Contribution> {
    read(db, db.reader(), scope).await
}

async fn read(db: &Db, connection: &impl ConnectionTrait, scope: Scope) -> Result<Contribution> {
    let sql = "SELECT contributor_id FROM household WHERE id = $1";
    let row = connection.query_one_raw(db.statement(sql, [scope.household().0.into()])).await?;
    let contributor: Option<i64> = row.ok_or(Error::NotFound { what: "household" })?.try_get_by_index(0)?;
    if contributor.is_none() {
        return Ok(Contribution { is_on: false, votes: 0 });
    }
    let tree = category::load(connection, scope).await?;
    let votes = scope.find::<merchant_vote::Entity>().all(connection).await?;
    Ok(Contribution { is_on: true, votes: votes.iter().filter(|vote| stands_for(vote, &tree).is_some()).count() })
}

/// What a vote is for: of the household's own categories, what of ours they are in. Transfers are between its own accounts, and nobody else's matter.
pub(crate) fn stands_for(vote: &merchant_vote::Model, tree: &Tree) -> Option<CategoryId> {
    let ours = tree.ours(CategoryId(vote.category_id?))?;
    tree.get(ours).filter(|node| node.kind != Kind::Transfer).map(|node| node.id)
}

/// Has a household contribute, with what it chose before too, or no longer: then all its votes are taken back. Its owners decide, and a person
/// contributes with one household: a crowd is of people.
pub async fn set(db: &Db, caller: &Caller, is_on: bool) -> Result<Contribution> {
    let (scope, user) = (caller.scope, caller.user.0);
    if scope.role() != Role::Owner {
        return Err(Error::Denied { reason: "only owners of a household decide what it contributes" });
    }
    db.write(scope, move |unit| {
        async move {
            if unit.contributes() != is_on {
                let (db, household) = (unit.db(), unit.scope().household().0);
                let elsewhere = "SELECT id FROM household WHERE contributor_id = $1";
                let elsewhere = unit.connection().query_one_raw(db.statement(elsewhere, [user.into()])).await?;
                if is_on && elsewhere.is_some() {
                    return Err(Error::Conflict {
                        reason: "you contribute with another household: end that first".into(),
                    });
                }
                let sql = "UPDATE household SET contributor_id = $2 WHERE id = $1";
                let values = [household.into(), is_on.then_some(user).into()];
                unit.connection().execute_raw(db.statement(sql, values)).await?;
                unit.enqueue(Job::CountVotes {})?;
            }
            read(unit.db(), unit.connection(), unit.scope()).await
        }
        .scope_boxed()
    })
    .await
}

/// Keeps what a person has just chosen, as the text names the merchant. What is for phrases of banks is no vote.
pub(crate) async fn cast(unit: &mut Unit, choice: ChoiceId, lines: Alike, category: CategoryId) -> Result<()> {
    use merchant_vote::Column::{CategoryId, ChoiceId, ComesIn, HouseholdId, MerchantId};
    if lines.is_phrase {
        return Ok(());
    }
    let vote = merchant_vote::ActiveModel {
        household_id: Set(unit.scope().household().0),
        merchant_id: Set(lines.merchant.0),
        comes_in: Set(i16::from(lines.comes_in)),
        category_id: Set(Some(category.0)),
        choice_id: Set(Some(choice.0)),
        counted_id: Set(None),
    };
    let again =
        OnConflict::columns([HouseholdId, MerchantId, ComesIn]).update_columns([CategoryId, ChoiceId]).to_owned();
    merchant_vote::Entity::insert(vote).on_conflict(again).exec_without_returning(unit.connection()).await?;
    recount(unit)
}

/// Takes the votes of some choices back: these were forgotten.
pub(crate) async fn withdraw(unit: &mut Unit, choices: &[i64]) -> Result<()> {
    use merchant_vote::Column::{CategoryId, ChoiceId, CountedId};
    let of = || ChoiceId.is_in(choices.iter().copied());
    let uncounted = unit.scope().delete::<merchant_vote::Entity>().filter(of()).filter(CountedId.is_null());
    uncounted.exec(unit.connection()).await?;
    let counted = unit.scope().update::<merchant_vote::Entity>().filter(of());
    let counted = counted.col_expr(CategoryId, Expr::value(Option::<i32>::None));
    let counted = counted.col_expr(ChoiceId, Expr::value(Option::<i64>::None));
    let is_counted = counted.exec(unit.connection()).await?.rows_affected > 0;
    if is_counted { unit.enqueue(Job::CountVotes {}) } else { Ok(()) }
}

/// Has votes counted that may stand for something else now.
pub(crate) fn recount(unit: &mut Unit) -> Result<()> {
    if unit.contributes() { unit.enqueue(Job::CountVotes {}) } else { Ok(()) }
}
