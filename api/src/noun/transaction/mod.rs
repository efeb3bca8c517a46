//! Transactions: what happened to accounts. Here is what one is; how they are listed (`list`), entered and changed (`edit`), and heard of
//! (`changes`) is beside it.

mod categorization;
mod changes;
mod edit;
mod list;

pub(crate) use changes::TransactionSubscription;
pub(crate) use edit::TransactionMutation;
pub(crate) use list::{PageInfo, TransactionQuery};

use async_graphql::{ID, Object, ScalarType, SimpleObject, Value};
use domain::{categorize::Source, currency::Currency, id::Owned, place::Place, split::Part};
use service::{refund::CANDIDATES, transaction};

use super::{
    account::Account, category::Category, duplicate::TransactionMerge, exchange::Conversion, investment::Trade,
    merchant::Merchant, money::Money, shelf::Shelf, tag::Tag, transfer::Transfer,
};
use crate::{
    at_hand::{AtHand, Below},
    fallible::Fallible,
    scalar::Date,
};
use categorization::Categorization;

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
    /// those of which just so much is left before those of which more is, then the others, and the latest before older ones. One of some days after
    /// it comes last.
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
        Categorization::of(&self.transaction, &self.shelf)
    }

    fn merchant_at_hand(&self) -> Merchant {
        Merchant { id: self.transaction.merchant, name: self.transaction.merchant_name.clone() }
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
