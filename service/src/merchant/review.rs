//! What a person is asked about: transactions whose category is uncertain, those that are alike together, the most money times uncertainty
//! first. One answer is for all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    categorize::{Choices, Source},
    category::{CategoryId, tree::Tree},
    currency::Currency,
    day::{Day, UTC},
    exchange::Total,
    id::TransactionId,
    merchant::MerchantId,
    money::Money,
};
use entity::transaction;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, Condition, QueryFilter, sea_query::Expr};

use super::{alike, choice};
use crate::{
    Db, Error, Result, Scope, Unit, category,
    connection::currency,
    exchange, ledger,
    transaction::{Lens, SHOWN, Touched, Transaction, choose, get_many, load, naming, tell, write_changed},
};

/// From this confidence on, in percent, nobody is asked.
const SURE: i16 = 70;
/// What is older is not asked about: thirteen months, so that a year can be compared with the one before.
const DAYS: i32 = 396;
/// The most that one request answers.
const ANSWERS: usize = 100;
/// The most that are shown at once.
pub const ITEMS: usize = 100;

/// What is uncertain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The most important ones.
    pub items: Vec<Item>,
    /// How many there are in all.
    pub item_count: usize,
    /// How many transactions they are.
    pub transaction_count: u64,
}

/// Transactions that are alike, and of an uncertain category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The one that came last. It stands for all.
    pub transaction: Transaction,
    /// How many they are.
    pub count: u64,
    /// What they come to, in or out, at the rates of today.
    pub total: Total,
    /// What the household's choices say of them now, where that is something else than what they have.
    pub suggested: Option<CategoryId>,
}

/// A person's answer about a transaction, and all that are alike.
#[derive(Clone, Copy, Debug)]
pub struct Confirmation {
    /// The transaction.
    pub transaction: TransactionId,
    /// Its category.
    pub category: CategoryId,
}

/// What is alike: a merchant, whether money came in, and, of lines that name nobody, the transaction: each by itself.
type Kind = (MerchantId, i32, i64);

/// What is known of a kind.
#[derive(Debug)]
struct Sum {
    last: i64,
    count: u64,
    /// By currency: how much, and how much of it is uncertain, in minor units.
    amounts: BTreeMap<Currency, (i64, i64)>,
}

/// What the household is asked about.
pub async fn queue(db: &Db, scope: Scope, base: Currency, first: usize) -> Result<Queue> {
    let today = Day::at(db.now_ms(), UTC);
    let lens = Lens::of(db, scope, None).await?;
    let kinds = uncertain(db, scope, today, &lens).await?;
    let among: BTreeSet<Currency> = kinds.values().flat_map(|sum| sum.amounts.keys().copied()).chain([base]).collect();
    let rates = exchange::rates(db, scope, &among, today, today).await?;
    let total = |sum: &Sum, of: fn(&(i64, i64)) -> i64| {
        let mut total = Total::new(base);
        for (currency, amounts) in &sum.amounts {
            total.add(Money::new(of(amounts), *currency), today, &rates);
        }
        total
    };
    // What nobody can convert still counts for something.
    let weight = |total: &Total| {
        total.missing().iter().fold(total.known().minor, |sum, missing| sum.saturating_add(missing.minor))
    };
    let transaction_count = kinds.values().map(|sum| sum.count).sum();
    let item_count = kinds.len();
    let mut order: Vec<(i64, Sum)> =
        kinds.into_values().map(|sum| (weight(&total(&sum, |(_, uncertain)| *uncertain)), sum)).collect();
    order.sort_by_key(|(weight, sum)| (std::cmp::Reverse(*weight), sum.last));
    order.truncate(first);
    let ids: Vec<TransactionId> = order.iter().map(|(_, sum)| TransactionId(sum.last)).collect();
    let shown = get_many(db, scope, &ids).await?;
    let mut shown: HashMap<TransactionId, Transaction> = shown.into_iter().map(|one| (one.id, one)).collect();
    let choices = choice::choices_of(db.reader(), scope, lens.merchants().clone()).await?;
    let tree = category::load(db.reader(), scope).await?;
    let items = order.into_iter().filter_map(|(_, sum)| {
        // One that has gone meanwhile is asked about no more.
        let transaction = shown.remove(&TransactionId(sum.last))?;
        let suggested = suggested(&choices, &transaction, &tree);
        Some(Item { transaction, count: sum.count, total: total(&sum, |(amount, _)| *amount), suggested })
    });
    Ok(Queue { items: items.collect(), item_count, transaction_count })
}

/// What a household's choices say of a transaction, where that is something else than what it has.
fn suggested(choices: &Choices, transaction: &Transaction, tree: &Tree) -> Option<CategoryId> {
    let (descriptor, minor) = (&transaction.descriptor, transaction.amount.minor);
    let found = ledger::answer(descriptor, minor, transaction.account.setting());
    let said = choices.answer(&found, minor).unwrap_or_else(|| choices.adapted(&found, descriptor, minor));
    let is_theirs = matches!(said.source, Source::Choice | Source::Similar);
    // One that was merged is what it has become.
    (is_theirs && said.category != tree.or_uncategorized(transaction.category).id).then_some(said.category)
}

async fn uncertain(db: &Db, scope: Scope, today: Day, lens: &Lens) -> Result<BTreeMap<Kind, Sum>> {
    let (person, choice) = (Source::Person.code(), Source::Choice.code());
    let sql = format!(
        r#"SELECT t.merchant_id, CASE WHEN t.amount_minor > 0 THEN 1 ELSE 0 END AS comes_in,
             CASE WHEN t.merchant_id = $3 THEN t.id ELSE 0 END AS alone,
             a.currency, count(*), max(t.id), CAST(sum(abs(t.amount_minor)) AS bigint),
             CAST(sum(abs(t.amount_minor) * (100 - coalesce(t.confidence, 0)) / 100) AS bigint)
           FROM "transaction" t JOIN account a ON a.household_id = t.household_id AND a.id = t.account_id
           WHERE t.household_id = $1 AND t.day >= $2 AND t.{SHOWN} AND t.counted_as IS NULL AND t.parts IS NULL AND t.excluded IS NULL
             AND t.category_source NOT IN ({person}, {choice}) AND coalesce(t.confidence, 0) < {SURE} AND t.merchant_name IS NULL
           GROUP BY 1, 2, 3, 4"#
    );
    let values = [scope.household().0.into(), today.plus(-DAYS).number().into(), MerchantId::of_name("").0.into()];
    let mut kinds: BTreeMap<Kind, Sum> = BTreeMap::new();
    for row in sea_orm::ConnectionTrait::query_all_raw(db.reader(), db.statement(&sql, values)).await? {
        // What a phrase says is surer than that.
        let kind = (
            lens.merchants().resolve(MerchantId(row.try_get_by_index(0)?)),
            row.try_get_by_index(1)?,
            row.try_get_by_index(2)?,
        );
        let (currency, count) = (currency(&row.try_get_by_index::<String>(3)?)?, row.try_get_by_index::<i64>(4)?);
        let (last, amount, uncertain) = (row.try_get_by_index(5)?, row.try_get_by_index(6)?, row.try_get_by_index(7)?);
        let sum = kinds.entry(kind).or_insert_with(|| Sum { last, count: 0, amounts: BTreeMap::new() });
        sum.last = sum.last.max(last);
        sum.count += u64::try_from(count).unwrap_or(0);
        let amounts = sum.amounts.entry(currency).or_default();
        *amounts = (amounts.0.saturating_add(amount), amounts.1.saturating_add(uncertain));
    }
    renamed(db, scope, today, lens, &mut kinds).await?;
    Ok(kinds)
}

/// Adds those whose merchant a person calls otherwise: what they are like is what their texts say.
async fn renamed(db: &Db, scope: Scope, today: Day, lens: &Lens, kinds: &mut BTreeMap<Kind, Sum>) -> Result<()> {
    use transaction::Column::{CategorySource, Confidence, CountedAs, Day as On, Excluded, MerchantName, Parts};
    let rows = scope
        .find::<transaction::Entity>()
        .filter(Expr::cust(SHOWN))
        .filter(On.gte(today.plus(-DAYS).number()))
        .filter(MerchantName.is_not_null())
        .filter(CountedAs.is_null())
        .filter(Parts.is_null())
        .filter(Excluded.is_null())
        .filter(CategorySource.is_not_in([Source::Person.code(), Source::Choice.code()]))
        .filter(Condition::any().add(Confidence.is_null()).add(Confidence.lt(SURE)))
        .all(db.reader())
        .await?;
    for row in rows {
        let Some(account) = lens.accounts().get(&row.account_id) else { continue };
        let kind = match alike::alike(&row, lens) {
            Some(lines) => (lines.merchant, i32::from(lines.comes_in), 0),
            None => (MerchantId(row.merchant_id), i32::from(row.amount_minor > 0), row.id),
        };
        let sum = kinds.entry(kind).or_insert_with(|| Sum { last: row.id, count: 0, amounts: BTreeMap::new() });
        sum.last = sum.last.max(row.id);
        sum.count += 1;
        let amounts = sum.amounts.entry(account.currency).or_default();
        let amount = row.amount_minor.saturating_abs();
        let unsure = i64::from(100 - row.confidence.unwrap_or(0));
        *amounts = (amounts.0.saturating_add(amount), amounts.1.saturating_add(amount.saturating_mul(unsure) / 100));
    }
    Ok(())
}

/// Answers: each gives its transaction and all that are alike its category, and the household remembers it. All of them are taken, or none.
/// Answers with the transactions that were named.
pub async fn confirm(db: &Db, scope: Scope, confirmations: Vec<Confirmation>) -> Result<Vec<Transaction>> {
    if confirmations.is_empty() || confirmations.len() > ANSWERS {
        return Err(Error::invalid("items", format!("must be 1 to {ANSWERS}")));
    }
    let named: BTreeSet<TransactionId> = confirmations.iter().map(|one| one.transaction).collect();
    if named.len() < confirmations.len() {
        return Err(Error::invalid("items", "must name each transaction once"));
    }
    let confirmations = &confirmations;
    db.write(scope, move |unit| {
        async move {
            let (mut ids, mut days) = (Vec::new(), Vec::new());
            for one in confirmations {
                let row = confirmed(unit, *one).await?;
                ids.push(row.id);
                days.push(row.day);
            }
            tell(unit, Touched { changed: &ids, days: &days, ..Touched::default() }).await?;
            Ok(())
        }
        .scope_boxed()
    })
    .await?;
    let ids: Vec<TransactionId> = confirmations.iter().map(|one| one.transaction).collect();
    get_many(db, scope, &ids).await
}

async fn confirmed(
    unit: &mut Unit,
    Confirmation { transaction, category }: Confirmation,
) -> Result<transaction::Model> {
    let before = load(unit, transaction).await?;
    let mut row = before.clone();
    choose(unit, &mut row, category).await.map_err(|error| naming(unit.scope(), &before, error))?;
    choice::remember(unit, &before, CategoryId(row.category_id)).await?;
    write_changed(unit, &before, row.clone()).await?;
    alike::spread(unit, &row).await?;
    Ok(row)
}
