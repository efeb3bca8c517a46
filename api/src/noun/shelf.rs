//! The accounts and connections that the objects of one answer refer to: loaded at most once for each top-level field, however many
//! objects ask. They are few, so that a list of them is cheaper than keys one by one. What was merged into transactions, the transfers
//! that they are sides of, and the trades behind them, are loaded once for all that the field shows; exchange rates year by year.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use domain::{
    category::{CategoryId, tree::Tree},
    currency::Currency,
    exchange::{Converted, Rates, settled},
    id::{AccountId, RuleId, TagId, TransactionId},
};
use service::{
    Db, Result, Scope,
    account::{self, Account},
    category,
    connection::{self, Connection},
    duplicate::{self, Merge},
    exchange,
    investment::{self, Holding, Trade},
    merchant, refund, rule, tag,
    transaction::Transaction,
    transfer::{self, Transfer},
};
use tokio::sync::{Mutex, OnceCell};

use super::{category::Category, tag::Tag};

/// Shared by all objects below one field.
#[derive(Clone, Debug)]
pub(crate) struct Shelf(Arc<Inner>);

/// Rates by the year and the currencies between which they are.
type RatesOfYears = HashMap<(i32, BTreeSet<Currency>), Arc<Rates>>;

#[derive(Debug)]
struct Inner {
    db: Db,
    scope: Scope,
    categories: OnceCell<Arc<Tree>>,
    accounts: OnceCell<Vec<Account>>,
    connections: OnceCell<Vec<Connection>>,
    /// The transactions that are shown.
    transactions: Vec<TransactionId>,
    merges: OnceCell<HashMap<TransactionId, Vec<Merge>>>,
    transfers: OnceCell<HashMap<TransactionId, Transfer>>,
    /// By their purchases.
    refunds: OnceCell<HashMap<TransactionId, Vec<Transaction>>>,
    /// By their refunds.
    purchases: OnceCell<HashMap<TransactionId, Transaction>>,
    trades: OnceCell<HashMap<TransactionId, Trade>>,
    holdings: OnceCell<HashMap<AccountId, Vec<Holding>>>,
    tags: OnceCell<HashMap<TagId, tag::Tag>>,
    rules: OnceCell<HashMap<RuleId, rule::Rule>>,
    base: OnceCell<Currency>,
    /// Of a year, between two currencies.
    rates: Mutex<RatesOfYears>,
}

impl Shelf {
    pub(crate) fn new(db: &Db, scope: Scope) -> Self {
        Self::around(db, scope, [])
    }

    /// For an answer that shows these transactions.
    pub(crate) fn around(db: &Db, scope: Scope, shown: impl IntoIterator<Item = TransactionId>) -> Self {
        Self(Arc::new(Inner {
            db: db.clone(),
            scope,
            categories: OnceCell::new(),
            accounts: OnceCell::new(),
            connections: OnceCell::new(),
            transactions: shown.into_iter().collect(),
            merges: OnceCell::new(),
            transfers: OnceCell::new(),
            refunds: OnceCell::new(),
            purchases: OnceCell::new(),
            trades: OnceCell::new(),
            holdings: OnceCell::new(),
            tags: OnceCell::new(),
            rules: OnceCell::new(),
            base: OnceCell::new(),
            rates: Mutex::default(),
        }))
    }

    /// The same for an answer that shows these.
    pub(crate) fn with(&self, shown: impl IntoIterator<Item = TransactionId>) -> Self {
        Self::around(&self.0.db, self.0.scope, shown)
    }

    pub(crate) fn scope(&self) -> Scope {
        self.0.scope
    }

    /// Has the household's categories at hand: from memory, where its number has just been read.
    pub(crate) async fn fetch_categories(&self, seq: Option<i64>) -> Result<&Arc<Tree>> {
        let inner = &self.0;
        inner.categories.get_or_try_init(|| category::tree(&inner.db, inner.scope, seq)).await
    }

    /// What a number of a row stands for.
    pub(crate) async fn category(&self, id: CategoryId) -> Result<Category> {
        let tree = self.fetch_categories(None).await?.clone();
        let tree = category::with(&self.0.db, self.scope(), tree, std::iter::once(id)).await?;
        Ok(Category::new(&tree, id, self.scope().household()))
    }

    /// The same, as long as it must not be fetched, and is known: it may have been made since.
    pub(crate) fn category_at_hand(&self, id: CategoryId) -> Option<Category> {
        let tree = self.0.categories.get().filter(|tree| tree.get(id).is_some())?;
        Some(Category::new(tree, id, self.scope().household()))
    }

    pub(crate) async fn accounts(&self) -> Result<&[Account]> {
        let inner = &self.0;
        let all = inner.accounts.get_or_try_init(|| account::list(&inner.db, inner.scope)).await?;
        Ok(all)
    }

    pub(crate) async fn connections(&self) -> Result<&[Connection]> {
        let inner = &self.0;
        let all = inner.connections.get_or_try_init(|| connection::list(&inner.db, inner.scope)).await?;
        Ok(all)
    }

    /// What was merged into a transaction, the latest first.
    pub(crate) async fn merges(&self, id: TransactionId) -> Result<Vec<Merge>> {
        let inner = &self.0;
        if !inner.transactions.contains(&id) {
            return Ok(duplicate::merged(&inner.db, inner.scope, &[id]).await?.remove(&id).unwrap_or_default());
        }
        let load = || duplicate::merged(&inner.db, inner.scope, &inner.transactions);
        let all = inner.merges.get_or_try_init(load).await?;
        Ok(all.get(&id).cloned().unwrap_or_default())
    }

    /// The transfer that a transaction is a side of, confirmed or proposed.
    pub(crate) async fn transfer(&self, id: TransactionId) -> Result<Option<Transfer>> {
        let inner = &self.0;
        if !inner.transactions.contains(&id) {
            return Ok(transfer::of_transactions(&inner.db, inner.scope, &[id]).await?.remove(&id));
        }
        let load = || transfer::of_transactions(&inner.db, inner.scope, &inner.transactions);
        let all = inner.transfers.get_or_try_init(load).await?;
        Ok(all.get(&id).cloned())
    }

    /// What was given back of a transaction.
    pub(crate) async fn refunds(&self, id: TransactionId) -> Result<Vec<Transaction>> {
        let inner = &self.0;
        if !inner.transactions.contains(&id) {
            return Ok(refund::of_purchases(&inner.db, inner.scope, &[id]).await?.remove(&id).unwrap_or_default());
        }
        let load = || refund::of_purchases(&inner.db, inner.scope, &inner.transactions);
        Ok(inner.refunds.get_or_try_init(load).await?.get(&id).cloned().unwrap_or_default())
    }

    /// The purchase that a transaction is the refund of.
    pub(crate) async fn purchase(&self, id: TransactionId) -> Result<Option<Transaction>> {
        let inner = &self.0;
        if !inner.transactions.contains(&id) {
            return Ok(refund::purchases(&inner.db, inner.scope, &[id]).await?.remove(&id));
        }
        let load = || refund::purchases(&inner.db, inner.scope, &inner.transactions);
        Ok(inner.purchases.get_or_try_init(load).await?.get(&id).cloned())
    }

    /// Purchases that a transaction may be the refund of.
    pub(crate) async fn refund_candidates(&self, id: TransactionId, first: usize) -> Result<Vec<Transaction>> {
        refund::candidates(&self.0.db, self.0.scope, id, first).await
    }

    /// What was done with a security behind a transaction.
    pub(crate) async fn trade(&self, id: TransactionId) -> Result<Option<Trade>> {
        let inner = &self.0;
        if !inner.transactions.contains(&id) {
            return Ok(investment::trades(&inner.db, inner.scope, &[id]).await?.remove(&id));
        }
        let load = || investment::trades(&inner.db, inner.scope, &inner.transactions);
        Ok(inner.trades.get_or_try_init(load).await?.get(&id).cloned())
    }

    /// How many other transactions are like one, and of another category.
    pub(crate) async fn alike_count(&self, id: TransactionId) -> Result<u64> {
        merchant::count(&self.0.db, self.0.scope, id).await
    }

    /// Tags by their numbers, those that stand, by their names.
    pub(crate) async fn tags(&self, ids: &[TagId]) -> Result<Vec<Tag>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let inner = &self.0;
        let load = || async {
            let tags = tag::list(&inner.db, inner.scope).await?;
            Ok::<_, service::Error>(tags.into_iter().map(|tag| (tag.id, tag)).collect())
        };
        let all = inner.tags.get_or_try_init(load).await?;
        let household = self.scope().household();
        let mut tags: Vec<Tag> =
            ids.iter().filter_map(|id| all.get(id)).map(|tag| Tag { tag: tag.clone(), household }).collect();
        tags.sort_by_cached_key(|tag| (tag.tag.name.to_lowercase(), tag.tag.id));
        Ok(tags)
    }

    /// A rule; nothing where it was removed.
    pub(crate) async fn rule(&self, id: RuleId) -> Result<Option<rule::Rule>> {
        let inner = &self.0;
        let load = || async {
            let rules = rule::list(&inner.db, inner.scope).await?;
            Ok::<_, service::Error>(rules.into_iter().map(|rule| (rule.id, rule)).collect())
        };
        Ok(inner.rules.get_or_try_init(load).await?.get(&id).cloned())
    }

    /// What an account holds.
    pub(crate) async fn holdings(&self, id: AccountId) -> Result<Vec<Holding>> {
        let inner = &self.0;
        let all = inner.holdings.get_or_try_init(|| investment::holdings(&inner.db, inner.scope)).await?;
        Ok(all.get(&id).cloned().unwrap_or_default())
    }

    /// The amount of a transaction in another currency, the household's if none is named; `None` where no rate is known.
    pub(crate) async fn converted(&self, transaction: &Transaction, to: Option<&str>) -> Result<Option<Converted>> {
        let (money, day) = (transaction.amount, transaction.day);
        let inner = &self.0;
        let to = match to {
            Some(_) => exchange::base_or(&inner.db, inner.scope, "currency", to).await?,
            None => *inner.base.get_or_try_init(|| exchange::base(&inner.db, inner.scope)).await?,
        };
        if let Some(settled) = settled(money, transaction.original, to, day) {
            return Ok(Some(settled));
        }
        let year = day.month().year();
        let among = BTreeSet::from([money.currency, to]);
        let mut known = inner.rates.lock().await;
        let rates = if let Some(rates) = known.get(&(year, among.clone())) {
            Arc::clone(rates)
        } else {
            let january = day.month().plus(1 - day.month().month().cast_signed());
            let (from, last) = (january.first_day(), january.plus(11).last_day());
            let rates = exchange::rates(&inner.db, inner.scope, &among, from, last).await?;
            Arc::clone(known.entry((year, among)).or_insert_with(|| Arc::new(rates)))
        };
        drop(known);
        Ok(rates.convert(money, to, day))
    }
}
