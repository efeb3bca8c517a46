//! Transactions: what happened to accounts.

use async_graphql::{
    Context, Enum, Error, ID, InputObject, MaybeUndefined, Object, ScalarType, SimpleObject, Subscription, Value,
    resolver_utils::enum_value,
};
use domain::{
    categorize::Source,
    currency::Currency,
    id::{Owned, RuleId, TransactionId},
    place::Place,
    split::Part,
};
use futures::{Stream, StreamExt, TryStreamExt};
use service::{
    event::Event,
    refund::CANDIDATES,
    transaction::{
        self, CreateTransaction, Filter, NewPart, NewPlace, Order, Slice, SplitTransaction, UpdateTransaction,
        UpdateTransactions,
    },
};

use super::{
    account::Account,
    category::{Category, category_id},
    db,
    duplicate::TransactionMerge,
    exchange::Conversion,
    given,
    investment::Trade,
    merchant::{Merchant, merchant_id},
    money::Money,
    owned,
    rule::Rule,
    scope, seq,
    shelf::Shelf,
    stream::{Heard, heard},
    tag::{Tag, tag_ids},
    transfer::Transfer,
};
use crate::{
    at_hand::{AtHand, Below, Quick},
    error::from_service,
    fallible::Fallible,
    scalar::{Cursor, Date, Decimal},
};

/// A transaction.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) transaction: transaction::Transaction,
    pub(crate) shelf: Shelf,
}

/// A transaction: what happened to an account.
#[Object]
impl Transaction {
    /// Its id. It stays when a pending transaction is booked.
    pub(crate) async fn id(&self) -> ID {
        self.transaction.id.text(self.shelf.scope().household()).into()
    }

    /// The day it was booked on; while it is pending: the day it was authorized on.
    async fn date(&self) -> Date {
        self.transaction.day.into()
    }

    /// In positive, out negative.
    async fn amount(&self) -> Money {
        self.transaction.amount.into()
    }

    /// What it was in another currency before the bank converted it, as far as its source says so; null for everything else.
    async fn original_amount(&self) -> Option<Money> {
        self.transaction.original.map(Money::from)
    }

    /// Its amount in another currency: what it was before the bank converted it, where that is the currency, else at the rate of its day; null where none is known.
    #[graphql(complexity = "5 + child_complexity")]
    async fn converted(
        &self,
        #[graphql(desc = "In which currency, ISO 4217; the household's if it is left out.")] currency: Option<String>,
    ) -> Fallible<Option<Conversion>> {
        Fallible::run(async {
            let Self { transaction, shelf } = self;
            let converted = shelf.converted(transaction, currency.as_deref()).await?;
            Ok(converted.map(Conversion::from))
        })
        .await
    }

    /// Whether it is announced, and not booked yet.
    async fn is_pending(&self) -> bool {
        self.transaction.pending
    }

    /// What its source wrote.
    async fn descriptor(&self) -> &str {
        &self.transaction.descriptor
    }

    /// Who was paid, or who paid.
    async fn merchant(&self) -> Merchant {
        self.merchant_at_hand()
    }

    /// What it was for; of a refund that is linked to its purchase, what that was for.
    async fn category(&self) -> Fallible<Category> {
        Fallible::run(self.shelf.category(self.transaction.category)).await
    }

    /// Whether a person chose the category: then nothing else changes it.
    async fn is_category_locked(&self) -> bool {
        self.transaction.category_source == Source::Person
    }

    /// Who says that it is of its category, how sure that is, and why.
    async fn categorization(&self) -> Categorization {
        self.categorization_at_hand()
    }

    /// How many other transactions are like it (of the same merchant, in the same direction), are of another category, and were given theirs
    /// by no person: `categorizeAlike` gives them this one's.
    #[graphql(complexity = 200)]
    async fn alike_count(&self) -> Fallible<u64> {
        Fallible::run(self.shelf.alike_count(self.transaction.id)).await
    }

    /// Its tags, by their names.
    async fn tags(&self) -> Fallible<Vec<Tag>> {
        Fallible::run(self.shelf.tags(&self.transaction.tags)).await
    }

    /// What it was for, part by part, where it is split: then it counts as its parts, and `category` is what it was found to be as a whole. Empty
    /// for everything else, and while it is a side of a confirmed transfer.
    async fn parts(&self) -> Vec<TransactionPart> {
        TransactionPart::of(&self.transaction.parts, self.transaction.amount.currency, &self.shelf)
    }

    /// Whether it is neither spending nor income, whatever its category is: a person or a rule said so. It counts as another transfer then.
    async fn is_excluded(&self) -> bool {
        self.transaction.is_excluded
    }

    /// Where it was, as the person said.
    async fn location(&self) -> Option<Location> {
        self.transaction.place.as_ref().map(Location::from)
    }

    /// What the person noted, or a rule.
    async fn note(&self) -> Option<&str> {
        self.transaction.note.as_deref()
    }

    /// Its account.
    async fn account(&self) -> Account {
        Account::new(self.transaction.account.clone(), &self.shelf)
    }

    /// The purchase that it is the refund of, as a person said: it counts as that.
    async fn refund_of(&self) -> Fallible<Option<Transaction>> {
        Fallible::run(async {
            if self.transaction.refund_of.is_none() {
                return Ok(None);
            }
            let purchase = self.shelf.purchase(self.transaction.id).await?;
            Ok(purchase.map(|transaction| Transaction { transaction, shelf: self.shelf.clone() }))
        })
        .await
    }

    /// What was given back of it, the first refund first.
    async fn refunds(&self) -> Fallible<Vec<Transaction>> {
        Fallible::run(async {
            let refunds = self.shelf.refunds(self.transaction.id).await?;
            let shown = |transaction| Transaction { transaction, shelf: self.shelf.clone() };
            Ok(refunds.into_iter().map(shown).collect())
        })
        .await
    }

    /// Its amount with what was given back of it.
    async fn net_amount(&self) -> Fallible<Money> {
        Fallible::run(async {
            let refunds = self.shelf.refunds(self.transaction.id).await?;
            let minors = refunds.iter().map(|refund| refund.amount.minor);
            let net = minors.fold(self.transaction.amount.minor, i64::saturating_add);
            Ok(domain::money::Money::new(net, self.transaction.amount.currency).into())
        })
        .await
    }

    /// Of what came in: purchases that it may be the refund of, the likeliest first. Of the same merchant, in the same currency, at most a year old;
    /// those of which just so much is left before those of which more is, and the latest before older ones.
    #[graphql(complexity = "100 + first.unwrap_or(10).clamp(1, 50) as usize * child_complexity")]
    async fn refund_candidates(
        &self,
        #[graphql(desc = "How many, at most 50; 10 if it is left out.")] first: Option<i32>,
    ) -> Fallible<Vec<Transaction>> {
        Fallible::run(async {
            let first = first.unwrap_or(10);
            let first = usize::try_from(first).ok().filter(|first| (1..=CANDIDATES).contains(first));
            let first =
                first.ok_or_else(|| service::Error::invalid("first", format!("must be between 1 and {CANDIDATES}")))?;
            let found = self.shelf.refund_candidates(self.transaction.id, first).await?;
            let shelf = self.shelf.with(found.iter().map(|one| one.id));
            Ok(found.into_iter().map(|transaction| Transaction { transaction, shelf: shelf.clone() }).collect())
        })
        .await
    }

    /// The transfer that it is a side of, confirmed or proposed. While it is a side of a confirmed one, `category` is what it counts as.
    async fn transfer(&self) -> Fallible<Option<Transfer>> {
        Fallible::run(async {
            let transfer = self.shelf.transfer(self.transaction.id).await?;
            Ok(transfer.map(|transfer| Transfer::new(transfer, &self.shelf)))
        })
        .await
    }

    /// What was done with a security, in an investment account; null for everything else.
    async fn trade(&self) -> Fallible<Option<Trade>> {
        Fallible::run(async { Ok(self.shelf.trade(self.transaction.id).await?.map(Trade::from)) }).await
    }

    /// What was merged into it, the latest first. `unmergeTransactions` undoes the first of them.
    async fn merged(&self) -> Fallible<Vec<TransactionMerge>> {
        Fallible::run(async {
            let merges = self.shelf.merges(self.transaction.id).await?;
            Ok(merges.iter().map(|merge| TransactionMerge::new(merge, self.shelf.scope())).collect())
        })
        .await
    }
}

impl AtHand for Transaction {
    fn value(&self, field: &str, below: Below<'_>) -> Option<Value> {
        let transaction = &self.transaction;
        match field {
            "id" => Some(Value::String(transaction.id.text(self.shelf.scope().household()))),
            "date" => Some(Date::from(transaction.day).to_value()),
            "amount" => below.object(&Money::from(transaction.amount)),
            "isPending" => Some(Value::Boolean(transaction.pending)),
            "descriptor" => Some(Value::String(transaction.descriptor.clone())),
            "merchant" => below.object(&self.merchant_at_hand()),
            "category" => below.object(&self.shelf.category_at_hand(transaction.category)?),
            "isCategoryLocked" => Some(Value::Boolean(transaction.category_source == Source::Person)),
            "categorization" => below.object(&self.categorization_at_hand()),
            "note" => Some(transaction.note.clone().map_or(Value::Null, Value::String)),
            "account" => below.object(&Account::new(transaction.account.clone(), &self.shelf)),
            _ => None,
        }
    }
}

impl Transaction {
    fn categorization_at_hand(&self) -> Categorization {
        Categorization {
            source: self.transaction.category_source.into(),
            confidence: self.transaction.confidence_percent.map(|percent| f64::from(percent) / 100.0),
            because: self.transaction.because(),
            rule: self.transaction.rule,
            shelf: self.shelf.clone(),
        }
    }

    fn merchant_at_hand(&self) -> Merchant {
        Merchant { id: self.transaction.merchant, name: self.transaction.merchant_name.clone() }
    }
}

/// Who says that a transaction is of its category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Source")]
pub(crate) enum CategorizationSource {
    /// Nobody.
    None,
    /// The list of sellers.
    Seller,
    /// What banks themselves write for such a line.
    Phrase,
    /// The merchant category code of the card payment.
    MerchantCategoryCode,
    /// A word that names a trade.
    TradeWord,
    /// What was done with a security.
    Investment,
    /// The model, which knows what names and amounts are typical of: a guess.
    Model,
    /// Many households that chose it for the merchant.
    Crowd,
    /// The source itself, such as a column of a bank's file.
    Provider,
    /// A rule of the household.
    Rule,
    /// What the household chose for the merchant before.
    Choice,
    /// A person: then nothing else changes it.
    Person,
}

/// Who says that a transaction is of its category.
#[derive(Clone, Debug)]
pub(crate) struct Categorization {
    source: CategorizationSource,
    confidence: Option<f64>,
    because: String,
    rule: Option<RuleId>,
    shelf: Shelf,
}

/// Who says that a transaction is of its category.
#[Object]
impl Categorization {
    /// Who says so; of a side of a confirmed transfer: of the category that it has without.
    async fn source(&self) -> CategorizationSource {
        self.source
    }

    /// How sure that is, from 0 to 1; null where that was not kept yet.
    async fn confidence(&self) -> Option<f64> {
        self.confidence
    }

    /// Why, as a person reads it, in English.
    async fn because(&self) -> &str {
        &self.because
    }

    /// The rule that says so, where one does and it is still there.
    async fn rule(&self) -> Fallible<Option<Rule>> {
        Fallible::run(async {
            let Some(id) = self.rule else { return Ok(None) };
            let rule = self.shelf.rule(id).await?;
            Ok(rule.map(|rule| Rule { rule, shelf: self.shelf.clone() }))
        })
        .await
    }
}

impl AtHand for Categorization {
    fn value(&self, field: &str, _: Below<'_>) -> Option<Value> {
        match field {
            "source" => Some(enum_value(self.source)),
            "confidence" => Some(self.confidence.map_or(Value::Null, Value::from)),
            "because" => Some(Value::String(self.because.clone())),
            _ => None,
        }
    }
}

/// A place, as a person or their device said.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Location {
    /// In degrees (WGS 84), north positive; to a millionth.
    latitude: f64,
    /// In degrees, east positive; to a millionth.
    longitude: f64,
    /// What the place is called.
    place_name: Option<String>,
}

impl From<&Place> for Location {
    fn from(place: &Place) -> Self {
        let place_name = place.name().map(str::to_owned);
        Self { latitude: place.latitude(), longitude: place.longitude(), place_name }
    }
}

/// A part of a transaction that was for several things.
#[derive(Clone, Debug)]
pub(crate) struct TransactionPart {
    part: Part,
    currency: Currency,
    shelf: Shelf,
}

impl TransactionPart {
    pub(crate) fn of(parts: &[Part], currency: Currency, shelf: &Shelf) -> Vec<Self> {
        parts.iter().map(|part| Self { part: part.clone(), currency, shelf: shelf.clone() }).collect()
    }
}

/// A part of a transaction that was for several things.
#[Object]
impl TransactionPart {
    /// What it was for.
    async fn category(&self) -> Fallible<Category> {
        Fallible::run(self.shelf.category(self.part.category())).await
    }

    /// How much of it, in positive, out negative. The parts add up to the whole.
    async fn amount(&self) -> Money {
        domain::money::Money::new(self.part.minor(), self.currency).into()
    }

    /// What the person noted on it.
    async fn note(&self) -> Option<&str> {
        self.part.note()
    }
}

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

/// A transaction that a person enters, in an account that no bank feeds.
#[derive(InputObject)]
pub(crate) struct CreateTransactionInput {
    /// The account.
    account_id: ID,
    /// The day.
    date: Date,
    /// In positive, out negative; not zero.
    amount: Decimal,
    /// What it was: merchant and category are found by it. At most 200 characters.
    description: String,
    /// The category; if it is left out it is found by the description.
    category_id: Option<ID>,
    /// A note; at most 2000 characters.
    note: Option<String>,
    /// Where it was.
    location: Option<LocationInput>,
    /// Of the client's choice: the same key with the same input is answered with the first answer, and enters nothing twice.
    idempotency_key: Option<String>,
}

/// A change of a transaction. What is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateTransactionInput {
    /// The transaction.
    id: ID,
    /// The category. From then on nothing but a person changes it.
    category_id: Option<ID>,
    /// Whether the category is for transactions like this one that are still to come, too: of the same merchant, in the same direction.
    #[graphql(default = true)]
    remember: bool,
    /// A note, at most 2000 characters; null removes it.
    note: MaybeUndefined<String>,
    /// What the person calls the merchant, at most 100 characters; null brings the automatic name back.
    merchant_name: MaybeUndefined<String>,
    /// All its tags, at most 20; an empty list removes them.
    tag_ids: Option<Vec<ID>>,
    /// Where it was; null removes it.
    location: MaybeUndefined<LocationInput>,
    /// Whether it is neither spending nor income, whatever its category is.
    is_excluded: Option<bool>,
}

/// A place, as a person or their device says.
#[derive(InputObject)]
pub(crate) struct LocationInput {
    /// In degrees (WGS 84), north positive.
    latitude: f64,
    /// In degrees, east positive.
    longitude: f64,
    /// What the place is called, at most 100 characters.
    place_name: Option<String>,
}

impl From<LocationInput> for NewPlace {
    fn from(input: LocationInput) -> Self {
        let LocationInput { latitude, longitude, place_name } = input;
        Self { latitude, longitude, name: place_name }
    }
}

/// A change of several transactions at once. What is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateTransactionsInput {
    /// The transactions, 1 to 500.
    ids: Vec<ID>,
    /// The category of all of them. From then on nothing but a person changes it. It is not remembered for others.
    category_id: Option<ID>,
    /// A note, at most 2000 characters; null removes it.
    note: MaybeUndefined<String>,
    /// What the person calls the merchant, at most 100 characters; null brings the automatic names back.
    merchant_name: MaybeUndefined<String>,
    /// Whether they are neither spending nor income, whatever their categories are.
    is_excluded: Option<bool>,
    /// Tags that they get beside those that they have, at most 20 each in all.
    add_tag_ids: Option<Vec<ID>>,
    /// Tags that they do not keep.
    remove_tag_ids: Option<Vec<ID>>,
}

/// What was changed at once.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct UpdateTransactionsPayload {
    /// The transactions, as they are now.
    transactions: Vec<Transaction>,
}

/// A split of a transaction.
#[derive(InputObject)]
pub(crate) struct SplitTransactionInput {
    /// The transaction; not a side of a confirmed transfer.
    transaction_id: ID,
    /// What it was for: 2 to 50 parts that add up to it; none: it is one again.
    parts: Vec<TransactionPartInput>,
}

/// A part that a transaction is to have: of an amount, or of a share.
#[derive(InputObject)]
pub(crate) struct TransactionPartInput {
    /// What it was for.
    category_id: ID,
    /// How much of it, signed as the transaction is: in positive, out negative.
    amount: Option<Decimal>,
    /// How much of what the amounts of the other parts leave, in proportion: percents, or how many of them paid.
    share: Option<Decimal>,
    /// A note, at most 2000 characters.
    note: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct TransactionMutation;

/// Changes of transactions.
#[Object]
impl TransactionMutation {
    /// Enters a transaction.
    async fn create_transaction(&self, ctx: &Context<'_>, input: CreateTransactionInput) -> Fallible<Transaction> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = CreateTransaction {
                account: owned(&input.account_id, scope, "accountId", "account")?,
                day: input.date.read("date")?,
                amount: input.amount.read("amount")?,
                description: input.description,
                category: input.category_id.map(|id| category_id(&id, scope, "categoryId")).transpose()?,
                note: input.note,
                place: input.location.map(NewPlace::from),
                idempotency_key: input.idempotency_key,
            };
            let transaction = transaction::create(db(ctx), scope, command).await?;
            Ok(Transaction { transaction, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }

    /// Changes a transaction. What a person set stays: no pull and no rule overwrites it.
    async fn update_transaction(&self, ctx: &Context<'_>, input: UpdateTransactionInput) -> Fallible<Transaction> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = UpdateTransaction {
                id: owned(&input.id, scope, "id", "transaction")?,
                category: input.category_id.map(|id| category_id(&id, scope, "categoryId")).transpose()?,
                is_remembered: input.remember,
                note: given(input.note),
                merchant_name: given(input.merchant_name),
                is_excluded: input.is_excluded,
                place: given(input.location).map(|place| place.map(NewPlace::from)),
                tags: input.tag_ids.map(|ids| tag_ids(&ids, scope, "tagIds")).transpose()?,
            };
            let transaction = transaction::update(db(ctx), scope, command).await?;
            Ok(Transaction { transaction, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }

    /// Changes several transactions at once: all of them, or none.
    #[graphql(complexity = "100 * child_complexity")]
    async fn update_transactions(
        &self,
        ctx: &Context<'_>,
        input: UpdateTransactionsInput,
    ) -> Fallible<UpdateTransactionsPayload> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = UpdateTransactions {
                ids: input.ids.iter().map(|id| owned(id, scope, "ids", "transaction")).collect::<Result<_, _>>()?,
                category: input.category_id.map(|id| category_id(&id, scope, "categoryId")).transpose()?,
                note: given(input.note),
                merchant_name: given(input.merchant_name),
                is_excluded: input.is_excluded,
                added_tags: tag_ids(&input.add_tag_ids.unwrap_or_default(), scope, "addTagIds")?,
                removed_tags: tag_ids(&input.remove_tag_ids.unwrap_or_default(), scope, "removeTagIds")?,
            };
            let changed = transaction::update_many(db(ctx), scope, command).await?;
            let shelf = Shelf::around(db(ctx), scope, changed.iter().map(|one| one.id));
            let shown = |transaction| Transaction { transaction, shelf: shelf.clone() };
            Ok(UpdateTransactionsPayload { transactions: changed.into_iter().map(shown).collect() })
        })
        .await
    }

    /// Splits a transaction into parts of their own categories, or makes it one again. The split stays whatever its source does: where the amount
    /// changes, the parts change in proportion.
    async fn split_transaction(&self, ctx: &Context<'_>, input: SplitTransactionInput) -> Fallible<Transaction> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let part = |part: TransactionPartInput| {
                Ok(NewPart {
                    category: category_id(&part.category_id, scope, "categoryId")?,
                    amount: part.amount.map(|amount| amount.read("amount")).transpose()?,
                    share: part.share.map(|share| share.read("share")).transpose()?,
                    note: part.note,
                })
            };
            let command = SplitTransaction {
                id: owned(&input.transaction_id, scope, "transactionId", "transaction")?,
                parts: input.parts.into_iter().map(part).collect::<service::Result<_>>()?,
            };
            let transaction = transaction::split(db(ctx), scope, command).await?;
            Ok(Transaction { transaction, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }

    /// Deletes a transaction: it is not shown or counted any more, and does not come back when its bank delivers it again. Answers with its id.
    async fn delete_transaction(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The transaction.")] id: ID,
    ) -> Fallible<ID> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let id: TransactionId = owned(&id, scope, "id", "transaction")?;
            Ok(transaction::delete(db(ctx), scope, id).await?.text(scope.household()).into())
        })
        .await
    }
}

/// Transactions that appeared, changed or went, in one commit.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct TransactionsChange {
    /// Its place. Subscribe `after` it to go on from here.
    cursor: Cursor,
    /// Whether events before this one are no longer kept: load the present state anew.
    is_gap: bool,
    /// How many are new.
    new_count: u64,
    /// How many say something else now.
    changed_count: u64,
    /// How many are no longer shown.
    gone_count: u64,
    /// Whether `transactions` and `goneIds` name all of them. They do where they are few; where they are many: load what is on the screen anew.
    is_complete: bool,
    /// Those that are new or changed, as they are now.
    transactions: Vec<Transaction>,
    /// Ids of those that are no longer shown.
    gone_ids: Vec<ID>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TransactionSubscription;

/// What clients can hear about transactions.
#[Subscription]
impl TransactionSubscription {
    /// Transactions as they appear, change and go. With `after`, everything since that event comes first.
    async fn transactions_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cursor of the last event that was received.")] after: Option<Cursor>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<TransactionsChange>> + use<>> {
        let (db, scope) = (db(ctx).clone(), scope(ctx).map_err(|error| from_service(&error))?);
        let all = heard(ctx, after).await?;
        let changes = all.and_then(move |heard| {
            let db = db.clone();
            async move {
                let (cursor, changed) = match heard {
                    Heard::Gap(cursor) => return Ok(Some(TransactionsChange::gap(cursor))),
                    Heard::Event(seen) => match seen.event {
                        Event::TransactionsChanged(changed) => (Cursor(seen.seq), changed),
                        _ => return Ok(None),
                    },
                };
                let ids: Vec<TransactionId> = changed.ids.iter().copied().map(TransactionId).collect();
                let now = transaction::get_many(&db, scope, &ids).await.map_err(|error| from_service(&error))?;
                let gone = ids.iter().filter(|id| now.iter().all(|transaction| transaction.id != **id));
                let gone_ids = gone.map(|id| id.text(scope.household()).into()).collect();
                let around = Shelf::around(&db, scope, now.iter().map(|transaction| transaction.id));
                let transactions =
                    now.into_iter().map(|transaction| Transaction { transaction, shelf: around.clone() }).collect();
                let (new_count, changed_count, gone_count) = (changed.new, changed.changed, changed.gone);
                let is_complete = changed.ids.len() as u64 == new_count + changed_count + gone_count;
                Ok::<_, Error>(Some(TransactionsChange {
                    cursor,
                    is_gap: false,
                    new_count,
                    changed_count,
                    gone_count,
                    is_complete,
                    transactions,
                    gone_ids,
                }))
            }
        });
        Ok(changes.filter_map(|change| async move { change.transpose() }))
    }
}

impl TransactionsChange {
    const fn gap(cursor: Cursor) -> Self {
        Self {
            cursor,
            is_gap: true,
            new_count: 0,
            changed_count: 0,
            gone_count: 0,
            is_complete: false,
            transactions: Vec::new(),
            gone_ids: Vec::new(),
        }
    }
}
