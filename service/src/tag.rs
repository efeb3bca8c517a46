//! Tags: what a household marks transactions with, beside their categories. A transaction keeps the number of a tag that was removed; nobody
//! sees it.

use domain::{id::TagId, identity};
use entity::tag;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::{Db, Error, Result, Scope, Unit, category::colored, event::Event, idempotency::Once, rule, scope::Tenant};

/// So many tags a household may have.
pub const TAGS: usize = 500;

impl Tenant for tag::Entity {
    const HOUSEHOLD: Self::Column = tag::Column::HouseholdId;
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Which.
    pub id: TagId,
    /// What people call it.
    pub name: String,
    /// `#` and six hexadecimal digits.
    pub color: Option<String>,
}

impl Tag {
    fn from_row(row: tag::Model) -> Self {
        Self { id: TagId(row.id), name: row.name, color: row.color }
    }
}

/// A tag that is to be made.
#[derive(Clone, Debug)]
pub struct CreateTag {
    /// What it is called.
    pub name: String,
    /// In which colour.
    pub color: Option<String>,
    /// The client's key of this request.
    pub idempotency_key: Option<String>,
}

/// A change of a tag. What is `None` stays.
#[derive(Clone, Debug)]
pub struct UpdateTag {
    /// Which.
    pub id: TagId,
    /// What it is called.
    pub name: Option<String>,
    /// In which colour; an inner `None` removes it.
    pub color: Option<Option<String>>,
}

/// The household's tags, by their names.
pub async fn list(db: &Db, scope: Scope) -> Result<Vec<Tag>> {
    standing(db.reader(), scope).await
}

/// Makes a tag.
pub async fn create(db: &Db, scope: Scope, command: CreateTag) -> Result<Tag> {
    #[derive(Serialize)]
    struct Input<'a>(&'a str, &'a Option<String>);
    let name = &named(&command.name)?;
    let color = &command.color.as_deref().map(colored).transpose()?;
    let once = &Once::new(db, "createTag", command.idempotency_key.as_deref(), &Input(name, color))?;
    db.write(scope, move |unit| {
        async move {
            if let Some(before) = once.recall(unit).await? {
                return load(unit, TagId(before)).await.map(Tag::from_row);
            }
            let tags = standing(unit.connection(), unit.scope()).await?;
            if tags.len() >= TAGS {
                return Err(Error::Conflict { reason: format!("a household has at most {TAGS} tags") });
            }
            assert_alone(&tags, name, None)?;
            let last = unit.scope().find::<tag::Entity>().order_by_desc(tag::Column::Id).one(unit.connection()).await?;
            let row = tag::Model {
                household_id: unit.scope().household().0,
                id: last.map_or(1, |last| last.id + 1),
                name: name.clone(),
                color: color.clone(),
                is_removed: 0,
            };
            tag::Entity::insert(tag::ActiveModel::from(row.clone())).exec_without_returning(unit.connection()).await?;
            once.remember(unit, row.id).await?;
            unit.emit(Event::TagsChanged {});
            Ok(Tag::from_row(row))
        }
        .scope_boxed()
    })
    .await
}

/// Changes what a tag is called, and its colour.
pub async fn update(db: &Db, scope: Scope, command: UpdateTag) -> Result<Tag> {
    let name = &command.name.as_deref().map(named).transpose()?;
    let color = &command.color.map(|color| color.as_deref().map(colored).transpose()).transpose()?;
    let id = command.id;
    db.write(scope, move |unit| {
        async move {
            let mut row = load(unit, id).await?;
            if let Some(name) = name {
                assert_alone(&standing(unit.connection(), unit.scope()).await?, name, Some(id))?;
                row.name.clone_from(name);
            }
            if let Some(color) = color {
                row.color.clone_from(color);
            }
            put(unit, row.clone()).await?;
            Ok(Tag::from_row(row))
        }
        .scope_boxed()
    })
    .await
}

/// Removes a tag, from all its transactions at once. Rules that name it neither give it nor ask for it any more.
pub async fn remove(db: &Db, scope: Scope, id: TagId) -> Result<TagId> {
    db.write(scope, move |unit| {
        async move {
            let row = load(unit, id).await?;
            put(unit, tag::Model { is_removed: 1, ..row }).await?;
            rule::touch(unit).await?;
            Ok(id)
        }
        .scope_boxed()
    })
    .await
}

/// Those that stand, by their names.
pub(crate) async fn standing(connection: &impl ConnectionTrait, scope: Scope) -> Result<Vec<Tag>> {
    let rows = scope.find::<tag::Entity>().filter(tag::Column::IsRemoved.eq(0)).all(connection).await?;
    let mut tags: Vec<Tag> = rows.into_iter().map(Tag::from_row).collect();
    tags.sort_by_cached_key(|tag| (tag.name.to_lowercase(), tag.id));
    Ok(tags)
}

/// Makes sure that all of these are there.
pub(crate) async fn assert_standing(unit: &Unit, ids: &[TagId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let standing = standing(unit.connection(), unit.scope()).await?;
    if ids.iter().all(|id| standing.iter().any(|tag| tag.id == *id)) {
        Ok(())
    } else {
        Err(Error::NotFound { what: "tag" })
    }
}

async fn load(unit: &Unit, id: TagId) -> Result<tag::Model> {
    let standing = unit.scope().find::<tag::Entity>().filter(tag::Column::IsRemoved.eq(0));
    let row = standing.filter(tag::Column::Id.eq(id.0)).one(unit.connection()).await?;
    row.ok_or(Error::NotFound { what: "tag" })
}

async fn put(unit: &mut Unit, row: tag::Model) -> Result<()> {
    unit.scope()
        .update::<tag::Entity>()
        .filter(tag::Column::Id.eq(row.id))
        .set(tag::ActiveModel {
            name: Set(row.name),
            color: Set(row.color),
            is_removed: Set(row.is_removed),
            ..Default::default()
        })
        .exec(unit.connection())
        .await?;
    unit.emit(Event::TagsChanged {});
    Ok(())
}

fn named(name: &str) -> Result<String> {
    identity::name(name).map_err(|reason| Error::invalid("name", reason))
}

/// Two tags never have one name, in whatever case of letters.
fn assert_alone(tags: &[Tag], name: &str, but: Option<TagId>) -> Result<()> {
    let is_same = |tag: &&Tag| Some(tag.id) != but && tag.name.to_lowercase() == name.to_lowercase();
    match tags.iter().find(is_same) {
        Some(_) => Err(Error::Conflict { reason: "there is a tag of this name".into() }),
        None => Ok(()),
    }
}
