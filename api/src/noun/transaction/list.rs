//! Lists of transactions: which, in which order, and which part of them.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, Value};
use service::transaction::{self, Filter, Order, Slice};

use super::{
    super::{category::category_id, db, merchant::merchant_id, owned, scope, seq, shelf::Shelf, tag::tag_ids},
    Transaction,
};
use crate::{
    at_hand::{AtHand, Below, Quick},
    fallible::Fallible,
    scalar::{Date, Decimal},
};

/// Which transactions. All conditions hold together; several values of one kind are alternatives.
#[derive(Default, InputObject)]
pub(crate) struct TransactionFilter {
    /// In these accounts.
    account_ids: Option<Vec<ID>>,
    /// Of these categories; a group stands for all its categories.
    category_ids: Option<Vec<ID>>,
    /// With these merchants, or those that are part of them.
    merchant_ids: Option<Vec<ID>>,
    /// With one of these tags.
    tag_ids: Option<Vec<ID>>,
    /// With this text in the descriptor, the note, or the name that a person gave the merchant; at most 100 characters.
    text: Option<String>,
    /// At least; what was spent is negative.
    min_amount: Option<Decimal>,
    /// At most; what was spent is negative.
    max_amount: Option<Decimal>,
    /// Not before this day.
    from: Option<Date>,
    /// Not after this day.
    to: Option<Date>,
    /// Only pending ones, or only booked ones.
    is_pending: Option<bool>,
}

impl TransactionFilter {
    fn read(self, ctx: &Context<'_>) -> service::Result<Filter> {
        let scope = scope(ctx)?;
        let accounts = self.account_ids.unwrap_or_default();
        let categories = self.category_ids.unwrap_or_default();
        let merchants = self.merchant_ids.unwrap_or_default();
        Ok(Filter {
            accounts: accounts.iter().map(|id| owned(id, scope, "accountIds", "account")).collect::<Result<_, _>>()?,
            categories: categories.iter().map(|id| category_id(id, scope, "categoryIds")).collect::<Result<_, _>>()?,
            merchants: merchants.iter().map(|id| merchant_id(id, "merchantIds")).collect::<Result<_, _>>()?,
            tags: tag_ids(&self.tag_ids.unwrap_or_default(), scope, "tagIds")?,
            text: self.text,
            min_amount: self.min_amount.map(|amount| amount.read("minAmount")).transpose()?,
            max_amount: self.max_amount.map(|amount| amount.read("maxAmount")).transpose()?,
            from: self.from.map(|day| day.read("from")).transpose()?,
            to: self.to.map(|day| day.read("to")).transpose()?,
            pending: self.is_pending,
        })
    }
}

/// The order of a list of transactions. Amounts are compared by their number of minor units, whatever the currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[graphql(remote = "Order")]
pub(crate) enum TransactionOrder {
    /// The latest first.
    #[default]
    DateDescending,
    /// The earliest first.
    DateAscending,
    /// The largest amount first: what came in before what was spent.
    AmountDescending,
    /// The smallest amount first: what was spent before what came in.
    AmountAscending,
}

/// Where a page stands in its list (Relay's cursor connections).
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct PageInfo {
    /// Whether the list goes on after this page.
    has_next_page: bool,
    /// Whether there is something before this page.
    has_previous_page: bool,
    /// Cursor of the first row.
    start_cursor: Option<String>,
    /// Cursor of the last row.
    end_cursor: Option<String>,
}

impl PageInfo {
    /// Of a page whose rows have these cursors.
    pub(crate) fn new(has_next_page: bool, has_previous_page: bool, cursors: &[&String]) -> Self {
        let start_cursor = cursors.first().map(|cursor| (*cursor).clone());
        let end_cursor = cursors.last().map(|cursor| (*cursor).clone());
        Self { has_next_page, has_previous_page, start_cursor, end_cursor }
    }
}

/// A transaction in a list.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct TransactionEdge {
    /// Its place in this list, with this filter and order.
    cursor: String,
    /// The transaction.
    node: Transaction,
}

impl AtHand for TransactionEdge {
    fn value(&self, field: &str, below: Below<'_>) -> Option<Value> {
        match field {
            "cursor" => Some(Value::String(self.cursor.clone())),
            "node" => below.object(&self.node),
            _ => None,
        }
    }
}

/// A page of transactions.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct TransactionConnection {
    /// The transactions with their cursors.
    edges: Vec<Quick<TransactionEdge>>,
    /// Where the page stands.
    page_info: PageInfo,
}

impl TransactionConnection {
    fn new(page: transaction::Page, shelf: &Shelf) -> Self {
        let cursors: Vec<&String> = page.rows.iter().map(|(cursor, _)| cursor).collect();
        let page_info = PageInfo::new(page.has_next, page.has_previous, &cursors);
        let edge = |(cursor, transaction)| {
            Quick(TransactionEdge { cursor, node: Transaction { transaction, shelf: shelf.clone() } })
        };
        Self { edges: page.rows.into_iter().map(edge).collect(), page_info }
    }
}

#[derive(Debug, Default)]
pub(crate) struct TransactionQuery;

/// Questions about transactions.
#[Object]
impl TransactionQuery {
    /// A page of transactions: the `first` ones after a cursor, or the `last` ones before one; 50 if neither is given, and at most 200.
    #[graphql(complexity = "first.or(last).unwrap_or(50).clamp(1, 200) as usize * child_complexity")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of Relay's connections")]
    async fn transactions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] filter: Option<TransactionFilter>,
        #[graphql(desc = "In which order.", default)] order: TransactionOrder,
        #[graphql(desc = "So many.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Fallible<TransactionConnection> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let filter = filter.unwrap_or_default().read(ctx)?;
            let slice = Slice { first, after, last, before };
            let page = transaction::list(db(ctx), scope, seq(ctx), &filter, order.into(), &slice).await?;
            let shelf = Shelf::around(db(ctx), scope, page.rows.iter().map(|(_, one)| one.id));
            shelf.fetch_categories(seq(ctx)).await?;
            Ok(TransactionConnection::new(page, &shelf))
        })
        .await
    }
}
