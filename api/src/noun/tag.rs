//! Tags: what a household marks transactions with.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use domain::id::{HouseholdId, Owned, TagId};
use service::{
    Error, Result, Scope,
    tag::{self, CreateTag, UpdateTag},
};

use super::{db, given, owned, scope};
use crate::fallible::Fallible;

/// A tag.
#[derive(Clone, Debug)]
pub(crate) struct Tag {
    pub(crate) tag: tag::Tag,
    pub(crate) household: HouseholdId,
}

/// A tag: what a household marks transactions with, beside their categories.
#[Object]
impl Tag {
    /// Its id.
    async fn id(&self) -> ID {
        self.tag.id.text(self.household).into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.tag.name
    }

    /// Its colour: `#` and six hexadecimal digits.
    async fn color(&self) -> Option<&str> {
        self.tag.color.as_deref()
    }
}

/// The tags of ids.
pub(crate) fn tag_ids(ids: &[ID], scope: Scope, field: &'static str) -> Result<Vec<TagId>> {
    ids.iter().map(|id| owned(id, scope, field, "tag")).collect()
}

#[derive(Debug, Default)]
pub(crate) struct TagQuery;

/// Questions about tags.
#[Object]
impl TagQuery {
    /// The household's tags, by their names; at most 500.
    #[graphql(complexity = "50 * child_complexity")]
    async fn tags(&self, ctx: &Context<'_>) -> Fallible<Vec<Tag>> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let tags = tag::list(db(ctx), scope).await?;
            Ok(tags.into_iter().map(|tag| Tag { tag, household: scope.household() }).collect())
        })
        .await
    }
}

/// A tag that is to be made.
#[derive(InputObject)]
pub(crate) struct CreateTagInput {
    /// What it is called, at most 100 characters. Two tags never have one name, in whatever case of letters.
    name: String,
    /// `#` and six hexadecimal digits.
    color: Option<String>,
    /// Of the client's choice: the same key with the same input is answered with the first answer, and makes nothing twice.
    idempotency_key: Option<String>,
}

/// A change of a tag. What is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateTagInput {
    /// The tag.
    id: ID,
    /// What it is called.
    name: Option<String>,
    /// Its colour; null removes it.
    color: MaybeUndefined<String>,
}

#[derive(Debug, Default)]
pub(crate) struct TagMutation;

/// Changes of tags.
#[Object]
impl TagMutation {
    /// Makes a tag.
    async fn create_tag(&self, ctx: &Context<'_>, input: CreateTagInput) -> Fallible<Tag> {
        Fallible::run(async {
            let CreateTagInput { name, color, idempotency_key } = input;
            let scope = scope(ctx)?;
            let tag = tag::create(db(ctx), scope, CreateTag { name, color, idempotency_key }).await?;
            Ok(Tag { tag, household: scope.household() })
        })
        .await
    }

    /// Changes what a tag is called, and its colour.
    async fn update_tag(&self, ctx: &Context<'_>, input: UpdateTagInput) -> Fallible<Tag> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            if input.name.is_none() && matches!(input.color, MaybeUndefined::Undefined) {
                return Err(Error::invalid("input", "must change something"));
            }
            let id = owned(&input.id, scope, "id", "tag")?;
            let command = UpdateTag { id, name: input.name, color: given(input.color) };
            let tag = tag::update(db(ctx), scope, command).await?;
            Ok(Tag { tag, household: scope.household() })
        })
        .await
    }

    /// Removes a tag, from all its transactions at once. Rules neither give it nor ask for it any more. Answers with its id.
    async fn remove_tag(&self, ctx: &Context<'_>, #[graphql(desc = "The tag.")] id: ID) -> Fallible<ID> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let id = tag::remove(db(ctx), scope, owned(&id, scope, "id", "tag")?).await?;
            Ok(id.text(scope.household()).into())
        })
        .await
    }
}
