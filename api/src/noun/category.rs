//! Categories and merchants: what a transaction was for, and who was paid.

use async_graphql::{Context, Enum, ID, Object, Value};
use domain::{
    category::{self, CategoryId, Kind},
    id::{shared_number, shared_text},
    merchant::MerchantId,
};
use service::{Error, Result};

use super::scope;
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

/// A category, or a group of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Category(&'static category::Category);

impl Category {
    /// A category of the taxonomy; one that a newer version wrote shows as uncategorized.
    pub(crate) fn new(id: CategoryId) -> Self {
        let known = category::get(id).or_else(|| category::get(category::UNCATEGORIZED));
        Self(known.unwrap_or(&category::all()[0]))
    }

    pub(crate) fn find(id: CategoryId) -> Option<Self> {
        category::get(id).map(Self)
    }
}

/// A category, or a group of them. The taxonomy is the same for everybody; its ids are permanent.
#[Object]
impl Category {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        category_text(self.0.id).into()
    }

    /// Its permanent name for programs, such as `FOOD_AND_DRINK_GROCERIES`.
    async fn key(&self) -> &str {
        self.0.key
    }

    /// What people call it.
    async fn name(&self) -> &str {
        self.0.label
    }

    /// Income, spending or transfer.
    async fn kind(&self) -> CategoryKind {
        self.0.kind.into()
    }

    /// The group that it belongs to; null for a group.
    async fn group(&self) -> Option<Self> {
        self.0.parent.and_then(Self::find)
    }
}

impl AtHand for Category {
    fn value(&self, field: &str, below: Below<'_>) -> Option<Value> {
        let text = |text: &str| Some(Value::String(text.to_owned()));
        match field {
            "id" => Some(Value::String(category_text(self.0.id))),
            "key" => text(self.0.key),
            "name" => text(self.0.label),
            "group" => match self.0.parent {
                Some(group) => below.object(&Self::find(group)?),
                None => Some(Value::Null),
            },
            _ => None,
        }
    }
}

/// Who was paid, or who paid.
#[derive(Clone, Debug)]
pub(crate) struct Merchant {
    pub(crate) id: MerchantId,
    pub(crate) name: String,
}

/// Who was paid, or who paid.
#[Object]
impl Merchant {
    /// Its id: the same for all transactions with this merchant.
    async fn id(&self) -> ID {
        shared_text(MERCHANT, self.id.0).into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is one of the sellers that Florin knows, rather than a name that was read from a descriptor or given by a person.
    async fn is_known(&self) -> bool {
        self.id.is_listed()
    }
}

impl AtHand for Merchant {
    fn value(&self, field: &str, _: Below<'_>) -> Option<Value> {
        match field {
            "id" => Some(Value::String(shared_text(MERCHANT, self.id.0))),
            "name" => Some(Value::String(self.name.clone())),
            "isKnown" => Some(Value::Boolean(self.id.is_listed())),
            _ => None,
        }
    }
}

const CATEGORY: &str = "cat";
const MERCHANT: &str = "mer";

/// A category's id as clients see it.
pub(crate) fn category_text(id: CategoryId) -> String {
    shared_text(CATEGORY, i64::from(id.0))
}

/// The category of an id.
pub(crate) fn category_id(id: &ID, field: &'static str) -> Result<CategoryId> {
    let number = shared_number(CATEGORY, id).map_err(|error| Error::invalid(field, error.to_string()))?;
    let known = i32::try_from(number).ok().map(CategoryId).filter(|id| category::get(*id).is_some());
    known.ok_or(Error::NotFound { what: "category" })
}

/// The merchant of an id.
pub(crate) fn merchant_id(id: &ID, field: &'static str) -> Result<MerchantId> {
    shared_number(MERCHANT, id).map(MerchantId).map_err(|error| Error::invalid(field, error.to_string()))
}

#[derive(Debug, Default)]
pub(crate) struct CategoryQuery;

/// Questions about the taxonomy.
#[Object]
impl CategoryQuery {
    /// All categories, each group before what belongs to it.
    #[graphql(complexity = "130 * child_complexity / 4")]
    async fn categories(&self, ctx: &Context<'_>) -> Fallible<Vec<Category>> {
        Fallible::run(async {
            scope(ctx)?;
            let groups = category::all().iter().filter(|known| known.parent.is_none());
            let with_members = groups.flat_map(|group| {
                let members = category::all().iter().filter(move |known| known.parent == Some(group.id));
                std::iter::once(group).chain(members)
            });
            Ok(with_members.map(Category).collect())
        })
        .await
    }
}
