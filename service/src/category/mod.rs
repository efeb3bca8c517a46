//! Categories: those that come with Florin, as a household has them, and its own. `domain::category::tree` says what a household's tree is;
//! here it is kept, and changed by people.

mod edit;

pub(crate) use edit::colored;
pub use edit::{ArchiveCategory, CreateCategory, MergeCategories, UpdateCategory, archive, create, merge, update};

use std::sync::Arc;

use domain::category::{
    CategoryId, Kind,
    tree::{Node, Saying, Tree},
};
use entity::category;
use sea_orm::{ConnectionTrait, QueryOrder};

use crate::{Db, Error, Result, Scope, Unit, scope::Tenant};

impl Tenant for category::Entity {
    const HOUSEHOLD: Self::Column = category::Column::HouseholdId;
}

/// The household's categories: from memory, where the caller has just read the household's number.
pub async fn tree(db: &Db, scope: Scope, seq: Option<i64>) -> Result<Arc<Tree>> {
    let household = scope.household();
    if let Some(kept) = seq.and_then(|seq| db.memory().trees.recall(household, seq)) {
        return Ok(kept);
    }
    let tree = load(db.reader(), scope).await?;
    if let Some(seq) = seq {
        db.memory().trees.keep(household, seq, tree.clone());
    }
    Ok(tree)
}

/// Categories that have all of these: one may have been made since they were kept.
pub async fn with(
    db: &Db,
    scope: Scope,
    kept: Arc<Tree>,
    mut ids: impl Iterator<Item = CategoryId>,
) -> Result<Arc<Tree>> {
    if ids.all(|id| kept.get(id).is_some()) { Ok(kept) } else { tree(db, scope, None).await }
}

/// The categories of a unit's household.
pub(crate) async fn tree_of(unit: &Unit) -> Result<Arc<Tree>> {
    load(unit.connection(), unit.scope()).await
}

/// The categories of a household.
pub(crate) async fn load(connection: &impl ConnectionTrait, scope: Scope) -> Result<Arc<Tree>> {
    let rows = scope.find::<category::Entity>().order_by_asc(category::Column::Id).all(connection).await?;
    let sayings = rows.into_iter().map(saying).collect::<Result<Vec<_>>>()?;
    Ok(Tree::of(&sayings))
}

fn saying(row: category::Model) -> Result<Saying> {
    let kind = row.kind.map(|code| kind_of(code).ok_or_else(|| Error::broken("a category of an unknown kind")));
    Ok(Saying {
        id: row.id,
        parent: row.parent_id,
        kind: kind.transpose()?,
        name: row.name,
        icon: row.icon,
        color: row.color,
        is_archived: row.is_archived != 0,
        merged_into: row.merged_into,
    })
}

const fn code_of(kind: Kind) -> i16 {
    match kind {
        Kind::Income => 0,
        Kind::Spending => 1,
        Kind::Transfer => 2,
    }
}

fn kind_of(code: i16) -> Option<Kind> {
    [Kind::Income, Kind::Spending, Kind::Transfer].into_iter().find(|kind| code_of(*kind) == code)
}

/// The category that a person gives to transactions: what it was merged into, if it was.
pub(crate) fn given(tree: &Tree, id: CategoryId) -> Result<&Node> {
    let node = tree.get(id).ok_or(Error::NotFound { what: "category" })?;
    if !node.takes_transactions() {
        return Err(Error::invalid("categoryId", "must be a category, not a group of them"));
    }
    if node.is_archived {
        return Err(Error::invalid("categoryId", "must not be archived"));
    }
    Ok(node)
}
