//! Categories: what a transaction was for.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, Value};
use domain::{
    categorize,
    category::{
        self, CategoryId, Kind,
        tree::{Node, Tree},
    },
    id::{HouseholdId, Owned},
};
use service::{
    Result, Scope,
    category::{self as categories, ArchiveCategory, CreateCategory, MergeCategories, UpdateCategory},
};

use super::{db, given, owned, scope, seq};
use crate::{
    at_hand::{AtHand, Below},
    fallible::Fallible,
};

/// What the transactions of a category are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub(crate) enum CategoryKind {
    /// Money that came in.
    Income,
    /// Money that was spent.
    Spending,
    /// Money that moved between one's own accounts: neither income nor spending.
    Transfer,
}

/// A category of a household's tree.
#[derive(Clone, Debug)]
pub(crate) struct Category {
    tree: Arc<Tree>,
    id: CategoryId,
    household: HouseholdId,
}

impl Category {
    /// What a number of a row stands for; one that a newer version wrote shows as uncategorized.
    pub(crate) fn new(tree: &Arc<Tree>, id: CategoryId, household: HouseholdId) -> Self {
        Self { id: tree.or_uncategorized(id).id, tree: tree.clone(), household }
    }

    fn node(&self) -> &Node {
        self.tree.or_uncategorized(self.id)
    }

    fn other(&self, id: CategoryId) -> Self {
        Self { tree: self.tree.clone(), id, household: self.household }
    }

    fn text(&self) -> String {
        self.id.text(self.household)
    }

    /// The group; nothing for a group itself.
    fn above(&self) -> Option<Self> {
        let node = self.node();
        (node.group != node.id).then(|| self.other(node.group))
    }
}

/// A category, or a group of them. What comes with Florin is the same for everybody, with ids that are permanent, but for what a household
/// calls it; below and beside it a household has its own.
#[Object]
impl Category {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        self.text().into()
    }

    /// Its permanent name for programs, such as `FOOD_AND_DRINK_GROCERIES`; null for one of the household's own.
    async fn key(&self) -> Option<&str> {
        self.node().key
    }

    /// What the household calls it.
    async fn name(&self) -> &str {
        &self.node().name
    }

    /// What is shown for it: an emoji, or what the household has set.
    async fn icon(&self) -> &str {
        &self.node().icon
    }

    /// Its colour: `#` and six hexadecimal digits.
    async fn color(&self) -> &str {
        &self.node().color
    }

    /// Income, spending or transfer.
    async fn kind(&self) -> CategoryKind {
        self.node().kind.into()
    }

    /// The group that it belongs to, however deep it is in it; null for a group.
    async fn group(&self) -> Option<Self> {
        self.above()
    }

    /// What it is directly in; null for a group.
    async fn parent(&self) -> Option<Self> {
        self.node().parent.map(|parent| self.other(parent))
    }

    /// Whether it is one of the household's own.
    async fn is_own(&self) -> bool {
        self.id.is_own()
    }

    /// Whether it is not offered any more: itself, or what it is in.
    async fn is_archived(&self) -> bool {
        self.node().is_archived
    }

    /// Whether transactions may be of it itself: not of a group that comes with Florin.
    async fn takes_transactions(&self) -> bool {
        self.node().takes_transactions()
    }

    /// What Plaid's taxonomy of personal finance calls it, or what comes nearest there; of one of the household's own: what it is in. Null
    /// where there is nothing.
    async fn plaid_category(&self) -> Option<&str> {
        let known = self.tree.path(self.id).into_iter().find_map(|node| category::get(node.id))?;
        Some(known.plaid).filter(|plaid| !plaid.is_empty())
    }

    /// The merchant category codes (ISO 18245) of card payments that are of it.
    #[graphql(complexity = 10)]
    async fn merchant_category_codes(&self) -> Vec<i32> {
        self.tree.numbers(self.id).flat_map(categorize::codes).map(i32::from).collect()
    }
}

impl AtHand for Category {
    fn value(&self, field: &str, below: Below<'_>) -> Option<Value> {
        let text = |text: &str| Some(Value::String(text.to_owned()));
        let node = self.node();
        match field {
            "id" => Some(Value::String(self.text())),
            "key" => Some(node.key.map_or(Value::Null, |key| Value::String(key.to_owned()))),
            "name" => text(&node.name),
            "icon" => text(&node.icon),
            "color" => text(&node.color),
            "group" => match self.above() {
                Some(group) => below.object(&group),
                None => Some(Value::Null),
            },
            _ => None,
        }
    }
}

/// The category of an id.
pub(crate) fn category_id(id: &ID, scope: Scope, field: &'static str) -> Result<CategoryId> {
    owned(id, scope, field, "category")
}

#[derive(Debug, Default)]
pub(crate) struct CategoryQuery;

/// Questions about the taxonomy.
#[Object]
impl CategoryQuery {
    /// All categories, each before what is in it.
    #[graphql(complexity = "100 * child_complexity")]
    async fn categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether what is archived is among them.", default)] archived: bool,
    ) -> Fallible<Vec<Category>> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let tree = categories::tree(db(ctx), scope, seq(ctx)).await?;
            let listed = tree.list().into_iter().filter(|node| archived || !node.is_archived);
            Ok(listed.map(|node| Category::new(&tree, node.id, scope.household())).collect())
        })
        .await
    }
}

/// A category of the household's own that is to be made.
#[derive(InputObject)]
pub(crate) struct CreateCategoryInput {
    /// What it is called, at most 100 characters.
    name: String,
    /// What it is in, of any depth up to 32; a group if it is left out.
    parent_id: Option<ID>,
    /// What a group is; spending if it is left out. What is in another one is what that is.
    kind: Option<CategoryKind>,
    /// What is shown for it: an emoji, or the name of an icon of the client's, at most 32 characters; that of what it is in if it is left out.
    icon: Option<String>,
    /// `#` and six hexadecimal digits; that of what it is in if it is left out.
    color: Option<String>,
    /// Of the client's choice: the same key with the same input is answered with the first answer, and makes nothing twice.
    idempotency_key: Option<String>,
}

/// A change of a category. What is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateCategoryInput {
    /// The category.
    id: ID,
    /// What it is called; null brings the name back that came with Florin.
    name: MaybeUndefined<String>,
    /// What one of the household's own is in, of the same kind; null makes it a group. What comes with Florin stays where it is.
    parent_id: MaybeUndefined<ID>,
    /// What is shown for it; null brings that back that it had at first.
    icon: MaybeUndefined<String>,
    /// Its colour; the same.
    color: MaybeUndefined<String>,
}

/// A category that is not to be offered any more, or again.
#[derive(InputObject)]
pub(crate) struct ArchiveCategoryInput {
    /// The category, with all that is in it.
    id: ID,
    /// False offers it again.
    #[graphql(default = true)]
    is_archived: bool,
}

/// Two categories that are to be one.
#[derive(InputObject)]
pub(crate) struct MergeCategoriesInput {
    /// Which goes. A group that comes with Florin cannot.
    from_id: ID,
    /// What it becomes, of the same kind; not one that is in it.
    into_id: ID,
}

#[derive(Debug, Default)]
pub(crate) struct CategoryMutation;

/// Changes of categories.
#[Object]
impl CategoryMutation {
    /// Makes a category of the household's own; at most 1,000, those that were merged among them.
    async fn create_category(&self, ctx: &Context<'_>, input: CreateCategoryInput) -> Fallible<Category> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = CreateCategory {
                name: input.name,
                parent: input.parent_id.map(|id| category_id(&id, scope, "parentId")).transpose()?,
                kind: input.kind.map(Kind::from),
                icon: input.icon,
                color: input.color,
                idempotency_key: input.idempotency_key,
            };
            let id = categories::create(db(ctx), scope, command).await?;
            one(ctx, id).await
        })
        .await
    }

    /// Changes what a category is called, what is shown for it, and where one of the household's own is.
    async fn update_category(&self, ctx: &Context<'_>, input: UpdateCategoryInput) -> Fallible<Category> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let parent = given(input.parent_id);
            let parent = parent.map(|id| id.map(|id| category_id(&id, scope, "parentId")).transpose()).transpose()?;
            let command = UpdateCategory {
                id: category_id(&input.id, scope, "id")?,
                name: given(input.name),
                parent,
                icon: given(input.icon),
                color: given(input.color),
            };
            let id = categories::update(db(ctx), scope, command).await?;
            one(ctx, id).await
        })
        .await
    }

    /// Offers a category not any more, or again. Its transactions, sums and budgets stay.
    async fn archive_category(&self, ctx: &Context<'_>, input: ArchiveCategoryInput) -> Fallible<Category> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = ArchiveCategory { id: category_id(&input.id, scope, "id")?, is_archived: input.is_archived };
            let id = categories::archive(db(ctx), scope, command).await?;
            one(ctx, id).await
        })
        .await
    }

    /// Makes a category a part of another one, at once and for the past too: its transactions, its sums, its budgets, and what is in it.
    /// Answers with the other one; whatever finds the first from now on finds that.
    async fn merge_categories(&self, ctx: &Context<'_>, input: MergeCategoriesInput) -> Fallible<Category> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = MergeCategories {
                from: category_id(&input.from_id, scope, "fromId")?,
                into: category_id(&input.into_id, scope, "intoId")?,
            };
            let id = categories::merge(db(ctx), scope, command).await?;
            one(ctx, id).await
        })
        .await
    }
}

async fn one(ctx: &Context<'_>, id: CategoryId) -> Result<Category> {
    let scope = scope(ctx)?;
    let tree = categories::tree(db(ctx), scope, None).await?;
    Ok(Category::new(&tree, id, scope.household()))
}
