//! What people do to categories. Nothing of it touches a transaction: rows and sums keep the numbers that they were written with, and
//! the tree says what they stand for.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    category::{
        CategoryId, FIRST_OWN_ID, Kind, UNCATEGORIZED,
        tree::{Misplaced, Node, OWN_CATEGORIES, Tree},
    },
    identity,
    money::LARGEST_MINOR,
};
use entity::{budget, category};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use serde::Serialize;

use super::{code_of, tree_of};
use crate::{Db, Error, Result, Scope, Unit, crowd, event::Event, idempotency::Once, job::Job};

/// The longest icon: an emoji is up to a dozen characters that show as one.
const ICON_CHARS: usize = 32;

/// A category of the household's own that is to be made.
#[derive(Clone, Debug)]
pub struct CreateCategory {
    /// What it is called.
    pub name: String,
    /// What it is in; `None`: a group.
    pub parent: Option<CategoryId>,
    /// What a group is; `None`: spending. What is in another is what that is.
    pub kind: Option<Kind>,
    /// What is shown for it; `None`: that of what it is in.
    pub icon: Option<String>,
    /// In which colour; `None`: that of what it is in.
    pub color: Option<String>,
    /// The client's key of this request.
    pub idempotency_key: Option<String>,
}

/// A change of a category. What is `None` stays.
#[derive(Clone, Debug)]
pub struct UpdateCategory {
    /// Which.
    pub id: CategoryId,
    /// What it is called; an inner `None` brings the name back that came with Florin.
    pub name: Option<Option<String>>,
    /// What an own one is in; an inner `None` makes it a group.
    pub parent: Option<Option<CategoryId>>,
    /// What is shown for it; an inner `None` brings that back that it had at first.
    pub icon: Option<Option<String>>,
    /// In which colour; the same.
    pub color: Option<Option<String>>,
}

/// A category that is not to be offered any more, or again.
#[derive(Clone, Copy, Debug)]
pub struct ArchiveCategory {
    /// Which.
    pub id: CategoryId,
    /// Whether it is archived from now on.
    pub is_archived: bool,
}

/// Two categories that are to be one.
#[derive(Clone, Copy, Debug)]
pub struct MergeCategories {
    /// Which goes.
    pub from: CategoryId,
    /// What it becomes.
    pub into: CategoryId,
}

/// Makes a category of the household's own.
pub async fn create(db: &Db, scope: Scope, command: CreateCategory) -> Result<CategoryId> {
    #[derive(Serialize)]
    struct Input<'a>(&'a str, Option<i32>, Option<i16>, &'a Option<String>, &'a Option<String>);
    let CreateCategory { name, parent, kind, icon, color, idempotency_key } = command;
    let name = &named(&name)?;
    let (icon, color) = (&icon.map(|icon| shown(&icon)).transpose()?, &color.map(|color| colored(&color)).transpose()?);
    let input = Input(name, parent.map(|id| id.0), kind.map(code_of), icon, color);
    let once = &Once::new(db, "createCategory", idempotency_key.as_deref(), &input)?;
    db.write(scope, move |unit| {
        async move {
            if let Some(before) = once.recall(unit).await? {
                return i32::try_from(before)
                    .map(CategoryId)
                    .map_err(|_| Error::broken("a remembered category that is none"));
            }
            let tree = tree_of(unit).await?;
            if tree.own_count() >= OWN_CATEGORIES {
                return Err(Error::Conflict {
                    reason: format!("a household has at most {OWN_CATEGORIES} categories of its own"),
                });
            }
            let id = next_id(unit).await?;
            let above =
                parent.map(|parent| tree.get(parent).ok_or(Error::NotFound { what: "category" })).transpose()?;
            if let Some(above) = above {
                tree.may_be_in(id, above.id).map_err(|reason| misplaced("parentId", reason))?;
                if kind.is_some_and(|kind| kind != above.kind) {
                    return Err(Error::invalid("kind", "must be that of the category that it is in, or left out"));
                }
            }
            assert_alone(&tree, above.map(|above| above.id), name, None)?;
            let row = category::Model {
                parent_id: above.map(|above| above.id.0),
                kind: above.is_none().then(|| code_of(kind.unwrap_or(Kind::Spending))),
                name: Some(name.clone()),
                icon: icon.clone(),
                color: color.clone(),
                ..unsaid(unit, id)
            };
            category::Entity::insert(category::ActiveModel::from(row))
                .exec_without_returning(unit.connection())
                .await?;
            once.remember(unit, i64::from(id.0)).await?;
            unit.emit(Event::CategoriesChanged {});
            Ok(id)
        }
        .scope_boxed()
    })
    .await
}

/// Changes what a category is called, what is shown for it, and where an own one is.
pub async fn update(db: &Db, scope: Scope, command: UpdateCategory) -> Result<CategoryId> {
    let name = &command.name.map(|name| name.as_deref().map(named).transpose()).transpose()?;
    let icon = &command.icon.map(|icon| icon.as_deref().map(shown).transpose()).transpose()?;
    let color = &command.color.map(|color| color.as_deref().map(colored).transpose()).transpose()?;
    let (id, parent) = (command.id, command.parent);
    db.write(scope, move |unit| {
        async move {
            let tree = tree_of(unit).await?;
            let node = standing(&tree, id)?;
            let mut row = said(unit, id).await?;
            if let Some(name) = name {
                if name.is_none() && id.is_own() {
                    return Err(Error::invalid("name", "must not be empty"));
                }
                row.name.clone_from(name);
            }
            if let Some(parent) = parent {
                place(&tree, node, parent, &mut row)?;
                // Budgets of what it was in and of what it is in cover something else now.
                unit.enqueue(Job::EvaluateBudgets {})?;
            }
            let is_moved = parent.is_some() || name.is_some();
            let called = row.name.as_deref().or_else(|| domain::category::get(id).map(|known| known.label));
            if let Some(called) = called.filter(|_| is_moved) {
                let above = if id.is_own() { row.parent_id.map(CategoryId) } else { node.parent };
                assert_alone(&tree, above, called, Some(id))?;
            }
            if let Some(icon) = icon {
                row.icon.clone_from(icon);
            }
            if let Some(color) = color {
                row.color.clone_from(color);
            }
            put(unit, row).await?;
            Ok(id)
        }
        .scope_boxed()
    })
    .await
}

/// Puts an own category into another one, or makes it a group.
fn place(tree: &Tree, node: &Node, parent: Option<CategoryId>, row: &mut category::Model) -> Result<()> {
    if !node.id.is_own() {
        return Err(Error::invalid("parentId", "must be left out: what comes with Florin stays where it is"));
    }
    let Some(parent) = parent else {
        (row.parent_id, row.kind) = (None, Some(code_of(node.kind)));
        return Ok(());
    };
    let above = tree.get(parent).ok_or(Error::NotFound { what: "category" })?;
    tree.may_be_in(node.id, above.id).map_err(|reason| misplaced("parentId", reason))?;
    (row.parent_id, row.kind) = (Some(above.id.0), None);
    Ok(())
}

/// Offers a category not any more, with all that is in it, or again. Its transactions and sums stay as they are.
pub async fn archive(db: &Db, scope: Scope, command: ArchiveCategory) -> Result<CategoryId> {
    let ArchiveCategory { id, is_archived } = command;
    db.write(scope, move |unit| {
        async move {
            let tree = tree_of(unit).await?;
            standing(&tree, id)?;
            if id == UNCATEGORIZED {
                return Err(misplaced("id", Misplaced::Uncategorized));
            }
            put(unit, category::Model { is_archived: i16::from(is_archived), ..said(unit, id).await? }).await?;
            Ok(id)
        }
        .scope_boxed()
    })
    .await
}

/// Makes a category a part of another one, with its transactions, its sums and its budgets; what is in it is in the other one then.
pub async fn merge(db: &Db, scope: Scope, command: MergeCategories) -> Result<CategoryId> {
    let MergeCategories { from, into } = command;
    db.write(scope, move |unit| {
        async move {
            let tree = tree_of(unit).await?;
            let into = tree.get(into).ok_or(Error::NotFound { what: "category" })?.id;
            if tree.itself(from).is_none() && tree.get(from).is_some_and(|node| node.id == into) {
                // Again is no error.
                return Ok(into);
            }
            let node = standing(&tree, from)?;
            tree.may_go(from).map_err(|reason| misplaced("fromId", reason))?;
            tree.may_merge(from, into).map_err(|reason| misplaced("intoId", reason))?;
            for child in tree.children(Some(from)) {
                assert_alone(&tree, Some(into), &child.name, Some(from))?;
                let row = said(unit, child.id).await?;
                // What was archived with it stays so.
                let is_archived = i16::from(row.is_archived != 0 || node.is_archived);
                write(unit, category::Model { parent_id: Some(into.0), kind: None, is_archived, ..row }).await?;
            }
            let said = said(unit, from).await?;
            put(unit, category::Model { merged_into: Some(into.0), ..said }).await?;
            merge_budgets(unit, (from, into), tree.is_in(from, into)).await?;
            unit.enqueue(Job::EvaluateBudgets {})?;
            Ok(into)
        }
        .scope_boxed()
    })
    .await
}

/// What was meant for either is meant for both together, in every month; but what was meant for a category was meant for all that `is_in` it.
async fn merge_budgets(unit: &mut Unit, (from, into): (CategoryId, CategoryId), is_in: bool) -> Result<()> {
    let of_either = budget::Column::CategoryId.is_in([from.0, into.0]);
    let rows = unit.scope().find::<budget::Entity>().filter(of_either).order_by_asc(budget::Column::FromMonth);
    let rows = rows.all(unit.connection()).await?;
    if !rows.iter().any(|row| row.category_id == from.0) {
        return Ok(());
    }
    let mut months: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
    for row in &rows {
        months.entry(&row.currency).or_default().insert(row.from_month);
    }
    // Of a category and a currency what holds in a month is the latest that was said.
    let holds = |category: CategoryId, currency: &str, month: i32| {
        let said =
            |row: &&budget::Model| row.category_id == category.0 && row.currency == currency && row.from_month <= month;
        rows.iter().rev().find(said).and_then(|row| row.amount_minor)
    };
    let mut merged = Vec::new();
    for (currency, from_month) in
        months.iter().flat_map(|(currency, months)| months.iter().map(move |month| (*currency, *month)))
    {
        let amount_minor = match (holds(from, currency, from_month), holds(into, currency, from_month)) {
            (Some(_), Some(other)) if is_in => Some(other),
            (Some(one), Some(other)) => {
                let sum = one.checked_add(other).filter(|sum| *sum <= LARGEST_MINOR);
                Some(sum.ok_or_else(|| Error::Conflict { reason: "the two budgets together are too large".into() })?)
            }
            (one, other) => one.or(other),
        };
        merged.push(budget::ActiveModel {
            household_id: Set(unit.scope().household().0),
            category_id: Set(into.0),
            currency: Set(currency.to_owned()),
            from_month: Set(from_month),
            amount_minor: Set(amount_minor),
        });
    }
    unit.scope()
        .delete::<budget::Entity>()
        .filter(budget::Column::CategoryId.is_in([from.0, into.0]))
        .exec(unit.connection())
        .await?;
    budget::Entity::insert_many(merged).exec_without_returning(unit.connection()).await?;
    unit.emit(Event::BudgetsChanged {});
    Ok(())
}

/// A category that is there under its own number.
fn standing(tree: &Tree, id: CategoryId) -> Result<&Node> {
    tree.itself(id).ok_or(Error::NotFound { what: "category" })
}

fn assert_alone(tree: &Tree, parent: Option<CategoryId>, name: &str, but: Option<CategoryId>) -> Result<()> {
    if tree.has_namesake(parent, name, but) {
        return Err(Error::Conflict { reason: "there is a category of this name in the same place".into() });
    }
    Ok(())
}

fn misplaced(field: &'static str, reason: Misplaced) -> Error {
    Error::invalid(field, reason.to_string())
}

/// Own numbers are counted upwards; no row of them is ever removed.
async fn next_id(unit: &Unit) -> Result<CategoryId> {
    let last: Option<i32> = unit
        .scope()
        .find::<category::Entity>()
        .filter(category::Column::Id.gte(FIRST_OWN_ID))
        .order_by_desc(category::Column::Id)
        .select_only()
        .column(category::Column::Id)
        .into_tuple()
        .one(unit.connection())
        .await?;
    Ok(CategoryId(last.map_or(FIRST_OWN_ID, |last| last + 1)))
}

/// What the household says of a category: its row, or one that says nothing.
async fn said(unit: &Unit, id: CategoryId) -> Result<category::Model> {
    let found =
        unit.scope().find::<category::Entity>().filter(category::Column::Id.eq(id.0)).one(unit.connection()).await?;
    Ok(found.unwrap_or_else(|| unsaid(unit, id)))
}

fn unsaid(unit: &Unit, id: CategoryId) -> category::Model {
    category::Model {
        household_id: unit.scope().household().0,
        id: id.0,
        parent_id: None,
        kind: None,
        name: None,
        icon: None,
        color: None,
        is_archived: 0,
        merged_into: None,
        created_at_ms: unit.now_ms(),
    }
}

async fn put(unit: &mut Unit, row: category::Model) -> Result<()> {
    write(unit, row).await?;
    unit.emit(Event::CategoriesChanged {});
    // What is in another category stands for another one of ours.
    crowd::recount(unit)
}

async fn write(unit: &Unit, row: category::Model) -> Result<()> {
    use category::Column::{Color, HouseholdId, Icon, Id, IsArchived, Kind, MergedInto, Name, ParentId};
    let again = OnConflict::columns([HouseholdId, Id])
        .update_columns([ParentId, Kind, Name, Icon, Color, IsArchived, MergedInto])
        .to_owned();
    category::Entity::insert(category::ActiveModel::from(row))
        .on_conflict(again)
        .exec_without_returning(unit.connection())
        .await?;
    Ok(())
}

fn named(name: &str) -> Result<String> {
    identity::name(name).map_err(|reason| Error::invalid("name", reason))
}

fn shown(icon: &str) -> Result<String> {
    let icon = icon.trim();
    let is_sound = !icon.is_empty() && icon.chars().count() <= ICON_CHARS && !icon.chars().any(char::is_control);
    if is_sound {
        Ok(icon.to_owned())
    } else {
        Err(Error::invalid("icon", format!("must have 1 to {ICON_CHARS} characters, none of them for control")))
    }
}

/// A color as it is kept.
pub(crate) fn colored(color: &str) -> Result<String> {
    let digits = color
        .trim()
        .strip_prefix('#')
        .filter(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let digits = digits.ok_or_else(|| Error::invalid("color", "must be `#` and six hexadecimal digits"))?;
    Ok(format!("#{}", digits.to_ascii_uppercase()))
}
