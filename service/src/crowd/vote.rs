//! Votes: what a household chose for merchants, as long as it contributes.

use std::collections::BTreeSet;

use domain::{
    categorize::Alike,
    category::{CategoryId, UNCATEGORIZED},
    identity::Role,
    merchant::MerchantId,
};
use entity::{merchant_choice, merchant_vote};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

use crate::{Db, Error, Result, Scope, Unit, category, job::Job};

/// What a household contributes to the crowd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Whether it contributes.
    pub is_on: bool,
    /// How many votes it has.
    pub votes: u64,
}

/// What the household contributes.
pub async fn contribution(db: &Db, scope: Scope) -> Result<Contribution> {
    read(db, db.reader(), scope).await
}

async fn read(db: &Db, connection: &impl ConnectionTrait, scope: Scope) -> Result<Contribution> {
    let sql = "SELECT contributes FROM household WHERE id = $1";
    let row = connection.query_one_raw(db.statement(sql, [scope.household().0.into()])).await?;
    let is_on = row.ok_or(Error::NotFound { what: "household" })?.try_get_by_index::<i16>(0)? != 0;
    let votes = scope.find::<merchant_vote::Entity>().filter(merchant_vote::Column::CategoryId.is_not_null());
    Ok(Contribution { is_on, votes: votes.count(connection).await? })
}

/// Has a household contribute, with what it chose before too, or no longer: then all its votes are taken back. Its owners decide.
pub async fn set(db: &Db, scope: Scope, is_on: bool) -> Result<Contribution> {
    if scope.role() != Role::Owner {
        return Err(Error::Denied { reason: "only owners of a household decide what it contributes" });
    }
    db.write(scope, move |unit| {
        async move {
            if unit.contributes() != is_on {
                let sql = "UPDATE household SET contributes = $2 WHERE id = $1";
                let values = [unit.scope().household().0.into(), i16::from(is_on).into()];
                unit.connection().execute_raw(unit.db().statement(sql, values)).await?;
                if is_on {
                    vote_as_chosen(unit).await?;
                } else {
                    take_back(unit).await?;
                }
                unit.enqueue(Job::CountVotes {})?;
            }
            read(unit.db(), unit.connection(), unit.scope()).await
        }
        .scope_boxed()
    })
    .await
}

/// Votes for what the household chose so far.
async fn vote_as_chosen(unit: &Unit) -> Result<()> {
    let choices = unit.scope().find::<merchant_choice::Entity>().filter(merchant_choice::Column::IsPhrase.eq(0));
    let tree = category::tree_of(unit).await?;
    for choice in choices.all(unit.connection()).await? {
        if let Some(category) = tree.ours(CategoryId(choice.category_id)) {
            put(unit, MerchantId(choice.merchant_id), choice.comes_in != 0, category).await?;
        }
    }
    Ok(())
}

async fn take_back(unit: &Unit) -> Result<()> {
    let all = unit.scope().update::<merchant_vote::Entity>();
    let none = Expr::value(Option::<i32>::None);
    all.col_expr(merchant_vote::Column::CategoryId, none).exec(unit.connection()).await?;
    Ok(())
}

/// Votes for what a person has just chosen for lines, as their text names the merchant; what they chose of the household's own counts as what of
/// ours that is in. What is for phrases of banks, or for nothing that others know, is no vote.
pub(crate) async fn cast(unit: &mut Unit, lines: Alike, category: CategoryId) -> Result<()> {
    if !unit.contributes() || lines.is_phrase || category == UNCATEGORIZED {
        return Ok(());
    }
    match category::tree_of(unit).await?.ours(category) {
        Some(category) => put(unit, lines.merchant, lines.comes_in, category).await?,
        None => return withdraw(unit, &BTreeSet::from([lines.merchant]), lines.comes_in).await,
    }
    unit.enqueue(Job::CountVotes {})
}

/// Takes votes back.
pub(crate) async fn withdraw(unit: &mut Unit, merchants: &BTreeSet<MerchantId>, comes_in: bool) -> Result<()> {
    use merchant_vote::Column::{CategoryId, ComesIn, MerchantId as Of};
    if !unit.contributes() {
        return Ok(());
    }
    let votes = unit.scope().update::<merchant_vote::Entity>().filter(Of.is_in(merchants.iter().map(|id| id.0)));
    let votes = votes.filter(ComesIn.eq(i16::from(comes_in))).col_expr(CategoryId, Expr::value(Option::<i32>::None));
    votes.exec(unit.connection()).await?;
    unit.enqueue(Job::CountVotes {})
}

async fn put(unit: &Unit, merchant: MerchantId, comes_in: bool, category: CategoryId) -> Result<()> {
    use merchant_vote::Column::{CategoryId, ComesIn, HouseholdId, MerchantId};
    let vote = merchant_vote::ActiveModel {
        household_id: Set(unit.scope().household().0),
        merchant_id: Set(merchant.0),
        comes_in: Set(i16::from(comes_in)),
        category_id: Set(Some(category.0)),
        counted_id: Set(None),
    };
    let again = OnConflict::columns([HouseholdId, MerchantId, ComesIn]).update_column(CategoryId).to_owned();
    merchant_vote::Entity::insert(vote).on_conflict(again).exec_without_returning(unit.connection()).await?;
    Ok(())
}
