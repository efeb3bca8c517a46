//! Spending: sums of a period, by category, merchant, account or month; each currency for itself, or all of them in one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::{
    categorize,
    category::{CategoryId, Kind, tree::Tree},
    currency::Currency,
    day::{Day, Month},
    exchange::Total,
    id::AccountId,
    merchant::MerchantId,
    money::Money,
    reconcile::State,
    split,
};
use entity::transaction;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryResult, Value, sea_query::Expr};

use crate::{
    Db, Error, Result, Scope,
    account::{self, Accounts},
    category, exchange,
    ledger::{self, COUNTED_AS, IS_SPLIT, theirs},
    merchant, period,
    transaction::SHOWN,
};

/// The most groups of an answer.
const GROUPS: usize = 10_000;

/// By what sums are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Category: each by itself.
    Category,
    /// Group of categories; within a category what is directly in it.
    Group,
    /// Merchant.
    Merchant,
    /// Account.
    Account,
    /// Month.
    Month,
}

/// What a sum is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A category.
    Category(CategoryId),
    /// A merchant, with what people call it.
    Merchant(MerchantId, String),
    /// An account.
    Account(AccountId),
    /// A month.
    Month(Month),
}

/// A sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Of what.
    pub key: Key,
    /// Posted: what was spent less what was refunded, or for income what came in less what went back.
    pub amount: Money,
    /// Announced.
    pub pending: Money,
    /// How many posted transactions; one that is split counts once for each of its parts.
    pub count: i64,
    /// Its part of the total of its currency, in ten thousandths; `None` where the total is not positive.
    pub share_of_ten_thousand: Option<i64>,
}

/// The sums of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spending {
    /// The household's categories.
    pub categories: Arc<Tree>,
    /// One for each currency.
    pub totals: Vec<Money>,
    /// The largest first, currency by currency; months in their order.
    pub sums: Vec<Sum>,
}

/// A sum of all currencies in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertedSum {
    /// Of what.
    pub key: Key,
    /// Posted: what was spent less what was refunded, or for income what came in less what went back.
    pub amount: Total,
    /// Announced.
    pub pending: Total,
    /// How many posted transactions.
    pub count: i64,
}

/// The sums of a period in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// The household's categories.
    pub categories: Arc<Tree>,
    /// Of everything.
    pub total: Total,
    /// The largest first, as far as it is known; months in their order.
    pub sums: Vec<ConvertedSum>,
}

/// What is to be summed.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// By what.
    pub grouping: Grouping,
    /// Spending or income; transfers are neither.
    pub kind: Kind,
    /// Only what is of this category or of one in it.
    pub within: Option<CategoryId>,
}

/// The sums of a period. `seq` is the household's number, where the caller has just read it. Transfers between accounts are neither spending nor income.
pub async fn sum(db: &Db, scope: Scope, seq: Option<i64>, question: Question) -> Result<Spending> {
    period::check(question.from, question.to)?;
    let whole = question.from == question.from.month().first_day() && question.to == question.to.month().last_day();
    let cells = if whole && question.grouping != Grouping::Merchant {
        from_sums(db, scope, question).await?
    } else {
        from_rows(db, scope, question).await?
    };
    let cells = of_merchants(db, scope, seq, question, cells, |cell| cell).await?;
    let categories = categories(db, scope, seq, question, cells.iter()).await?;
    let accounts = account::by_id(db, scope, seq).await?;
    let accounts = account::with(db, scope, accounts, cells.iter().map(|cell| cell.account)).await?;
    Ok(arrange(cells, &accounts, categories, question))
}

/// Sums by merchant are of who that is for the household, by the name that it has there.
async fn of_merchants<C>(
    db: &Db,
    scope: Scope,
    seq: Option<i64>,
    question: Question,
    mut cells: Vec<C>,
    cell: fn(&mut C) -> &mut Cell,
) -> Result<Vec<C>> {
    if question.grouping == Grouping::Merchant {
        let merchants = merchant::directory(db, scope, seq).await?;
        for key in cells.iter_mut().map(|one| &mut cell(one).key) {
            if let Key::Merchant(id, name) = key {
                if let Some(called) = merchants.called(*id) {
                    called.clone_into(name);
                }
                *id = merchants.resolve(*id);
            }
        }
    }
    Ok(cells)
}

/// The household's categories, with those of the sums that were read.
async fn categories(
    db: &Db,
    scope: Scope,
    seq: Option<i64>,
    question: Question,
    cells: impl Iterator<Item = &Cell>,
) -> Result<Arc<Tree>> {
    let tree = category::tree(db, scope, seq).await?;
    let asked = cells.map(|cell| cell.category).chain(question.within);
    let tree = category::with(db, scope, tree, asked).await?;
    match question.within {
        Some(id) if tree.get(id).is_none() => Err(Error::NotFound { what: "category" }),
        _ => Ok(tree),
    }
}

/// The sums of a period in one currency, each transaction at the rate of its day. Pending ones too.
pub async fn converted(db: &Db, scope: Scope, question: Question, currency: Currency) -> Result<Converted> {
    period::check(question.from, question.to)?;
    let cells = by_day(db, scope, question, currency).await?;
    let cells = of_merchants(db, scope, None, question, cells, |by_day| &mut by_day.cell).await?;
    let categories = categories(db, scope, None, question, cells.iter().map(|by_day| &by_day.cell)).await?;
    let accounts = account::by_id(db, scope, None).await?;
    let accounts = account::with(db, scope, accounts, cells.iter().map(|by_day| by_day.cell.account)).await?;
    let among: BTreeSet<Currency> = accounts.values().map(|account| account.currency).chain([currency]).collect();
    let rates = exchange::rates(db, scope, &among, question.from, question.to).await?;
    let sign = question.sign();
    let mut total = Total::new(currency);
    let mut names: BTreeMap<MerchantId, String> = BTreeMap::new();
    let mut sums: BTreeMap<Key, ConvertedSum> = BTreeMap::new();
    for ByDay { day, is_original, cell } in
        cells.into_iter().filter(|by_day| question.asks_for(&by_day.cell, &categories))
    {
        let Some(account) = accounts.get(&cell.account) else { continue };
        let key = question.key(cell.key, &categories).nameless(&mut names);
        let none =
            || ConvertedSum { key: key.clone(), amount: Total::new(currency), pending: Total::new(currency), count: 0 };
        let sum = sums.entry(key.clone()).or_insert_with(none);
        let money = |minor: i64| Money::new(sign * minor, if is_original { currency } else { account.currency });
        sum.amount.add(money(cell.posted), day, &rates);
        sum.pending.add(money(cell.pending), day, &rates);
        sum.count += cell.count;
        total.add(money(cell.posted), day, &rates);
    }
    let mut sums: Vec<ConvertedSum> =
        sums.into_values().map(|sum| ConvertedSum { key: sum.key.named(&names), ..sum }).collect();
    if question.grouping != Grouping::Month {
        sums.sort_by_key(|sum| std::cmp::Reverse(sum.amount.known().minor));
    }
    sums.truncate(GROUPS);
    Ok(Converted { categories, total, sums })
}

/// A sum as the database gives it: out is negative.
struct Cell {
    account: i64,
    category: CategoryId,
    key: Key,
    posted: i64,
    pending: i64,
    count: i64,
}

/// Whole months: from the sums that are kept.
async fn from_sums(db: &Db, scope: Scope, question: Question) -> Result<Vec<Cell>> {
    let key = if question.grouping == Grouping::Month { "s.month" } else { "0" };
    let sql = format!(
        "SELECT s.account_id, s.category_id, CAST({key} AS bigint) AS k, CAST(sum(s.posted_minor) AS bigint), CAST(sum(s.pending_minor) AS bigint),
           CAST(sum(s.posted_count) AS bigint)
         FROM monthly_spending s WHERE s.household_id = $1 AND s.month BETWEEN $2 AND $3 GROUP BY 1, 2, 3"
    );
    let (from, to) = (question.from.month().number(), question.to.month().number());
    let values: [Value; 3] = [scope.household().0.into(), from.into(), to.into()];
    let rows = db.reader().query_all_raw(db.statement(&sql, values)).await?;
    rows.iter().map(|row| cell(row, |number| key_of(question.grouping, number, row))).collect()
}

/// Any days, and merchants: a scan of the period, bounded by the index.
async fn from_rows(db: &Db, scope: Scope, question: Question) -> Result<Vec<Cell>> {
    let cells = scan(db, scope, question, None).await?;
    Ok(cells.into_iter().map(|by_day| by_day.cell).collect())
}

/// A sum of one day.
struct ByDay {
    day: Day,
    /// Whether it is of what the bank has converted itself, and in the currency that it was of before.
    is_original: bool,
    cell: Cell,
}

/// The same, each day by itself, and what was of a currency before its bank converted it in that.
async fn by_day(db: &Db, scope: Scope, question: Question, currency: Currency) -> Result<Vec<ByDay>> {
    scan(db, scope, question, Some(currency)).await
}

async fn scan(db: &Db, scope: Scope, question: Question, by_day: Option<Currency>) -> Result<Vec<ByDay>> {
    let (day, is_original) = match by_day {
        None => ("0", "1 = 0"),
        Some(_) => ("t.day", "coalesce(t.original_currency, '') = $4"),
    };
    let minor = format!("CASE WHEN {is_original} THEN t.original_minor ELSE t.amount_minor END");
    let (key, name) = match question.grouping {
        Grouping::Month => ("t.day", "NULL, NULL"),
        Grouping::Category | Grouping::Group | Grouping::Account => ("0", "NULL, NULL"),
        Grouping::Merchant => ("t.merchant_id", "min(t.merchant_name), min(t.descriptor)"),
    };
    let sql = format!(
        r#"SELECT t.account_id, {COUNTED_AS} AS category_id, CAST({key} AS bigint) AS k,
             CAST(sum(CASE WHEN t.state = 0 THEN {minor} ELSE 0 END) AS bigint),
             CAST(sum(CASE WHEN t.state = 1 THEN {minor} ELSE 0 END) AS bigint),
             CAST(sum(CASE WHEN t.state = 0 THEN 1 ELSE 0 END) AS bigint), {name}, CAST({day} AS integer) AS d,
             CASE WHEN {is_original} THEN 1 ELSE 0 END AS o
           FROM "transaction" t WHERE t.household_id = $1 AND t.day BETWEEN $2 AND $3 AND t.state IN (0, 1) AND NOT ({IS_SPLIT})
           GROUP BY 1, 2, 3, 9, 10"#
    );
    let (household, from, to) = (scope.household().0, question.from.number(), question.to.number());
    let mut values: Vec<Value> = vec![household.into(), from.into(), to.into()];
    values.extend(by_day.map(|currency| Value::from(currency.code())));
    let rows = db.reader().query_all_raw(db.statement_of(&sql, values)).await?;
    let mut cells = rows
        .iter()
        .map(|row| {
            let cell = cell(row, |number| match question.grouping {
                Grouping::Month => Ok(Key::Month(i32::try_from(number).map_or(Day::FIRST, Day::of_row).month())),
                grouping => key_of(grouping, number, row),
            })?;
            let is_original = row.try_get_by_index::<i32>(9)? == 1;
            Ok(ByDay { day: Day::of_row(row.try_get_by_index(8)?), is_original, cell })
        })
        .collect::<Result<Vec<_>>>()?;
    cells.extend(parts(db, scope, question, by_day).await?);
    Ok(cells)
}

/// The parts of what is split, each by itself: they are few.
async fn parts(db: &Db, scope: Scope, question: Question, by_day: Option<Currency>) -> Result<Vec<ByDay>> {
    use transaction::Column::Day as On;
    let split = scope.find::<transaction::Entity>().filter(Expr::cust(IS_SPLIT)).filter(Expr::cust(SHOWN));
    let split = split.filter(On.between(question.from.number(), question.to.number()));
    let mut all = Vec::new();
    for row in split.all(db.reader()).await? {
        let counted = theirs::counted(&row);
        let original = ledger::original(&row).filter(|original| by_day == Some(original.currency));
        let minors = match original {
            None => counted.iter().map(|(_, minor)| *minor).collect(),
            // What the bank converted as a whole it converted in parts, too.
            Some(original) => {
                let weights: Vec<i128> = counted.iter().map(|(_, minor)| i128::from(*minor)).collect();
                split::in_proportion(original.minor, &weights)
            }
        };
        let is_posted = ledger::state(&row) == State::Posted;
        let day = Day::of_row(row.day);
        for ((category, _), minor) in counted.into_iter().zip(minors) {
            let key = match question.grouping {
                Grouping::Category | Grouping::Group => Key::Category(category),
                Grouping::Account => Key::Account(AccountId(row.account_id)),
                Grouping::Month => Key::Month(day.month()),
                Grouping::Merchant => merchant_key(row.merchant_id, row.merchant_name.clone(), &row.descriptor),
            };
            let (posted, pending) = if is_posted { (minor, 0) } else { (0, minor) };
            let cell = Cell { account: row.account_id, category, key, posted, pending, count: i64::from(is_posted) };
            all.push(ByDay { day, is_original: original.is_some(), cell });
        }
    }
    Ok(all)
}

fn merchant_key(merchant: i64, given: Option<String>, descriptor: &str) -> Key {
    let merchant = MerchantId(merchant);
    Key::Merchant(merchant, given.unwrap_or_else(|| categorize::merchant_name(merchant, descriptor)))
}

fn key_of(grouping: Grouping, number: i64, row: &QueryResult) -> Result<Key> {
    Ok(match grouping {
        Grouping::Category | Grouping::Group => Key::Category(CategoryId(row.try_get_by_index(1)?)),
        Grouping::Account => Key::Account(AccountId(row.try_get_by_index(0)?)),
        Grouping::Month => Key::Month(Month::of_row(i32::try_from(number).unwrap_or_default())),
        Grouping::Merchant => merchant_key(number, row.try_get_by_index(6)?, &row.try_get_by_index::<String>(7)?),
    })
}

fn cell(row: &QueryResult, key: impl FnOnce(i64) -> Result<Key>) -> Result<Cell> {
    Ok(Cell {
        account: row.try_get_by_index(0)?,
        category: CategoryId(row.try_get_by_index(1)?),
        key: key(row.try_get_by_index(2)?)?,
        posted: row.try_get_by_index(3)?,
        pending: row.try_get_by_index(4)?,
        count: row.try_get_by_index(5)?,
    })
}

impl Question {
    /// What is spent is shown as a positive amount.
    fn sign(&self) -> i64 {
        if self.kind == Kind::Income { 1 } else { -1 }
    }

    fn asks_for(&self, cell: &Cell, categories: &Tree) -> bool {
        let is_within = self.within.is_none_or(|top| categories.is_in(cell.category, top));
        is_within && categories.or_uncategorized(cell.category).kind == self.kind
    }

    /// What a cell is a part of: categories are what they stand for.
    fn key(&self, key: Key, categories: &Tree) -> Key {
        let Key::Category(id) = key else { return key };
        let id = categories.or_uncategorized(id).id;
        match self.grouping {
            Grouping::Group => Key::Category(categories.rolled_up(id, self.within).unwrap_or(id)),
            _ => Key::Category(id),
        }
    }
}

impl Key {
    /// A merchant is one, whatever name it bears in which row: the first is kept.
    fn nameless(self, names: &mut BTreeMap<MerchantId, String>) -> Self {
        match self {
            Self::Merchant(id, name) => {
                names.entry(id).or_insert(name);
                Self::Merchant(id, String::new())
            }
            key => key,
        }
    }

    fn named(self, names: &BTreeMap<MerchantId, String>) -> Self {
        match self {
            Self::Merchant(id, _) => Self::Merchant(id, names.get(&id).cloned().unwrap_or_default()),
            key => key,
        }
    }
}

/// Adds up what belongs together, and puts it into order.
fn arrange(cells: Vec<Cell>, accounts: &Accounts, categories: Arc<Tree>, question: Question) -> Spending {
    let sign = question.sign();
    let mut names: BTreeMap<MerchantId, String> = BTreeMap::new();
    let mut sums: BTreeMap<(Currency, Key), (i64, i64, i64)> = BTreeMap::new();
    let mut totals: BTreeMap<Currency, i64> = BTreeMap::new();
    for cell in cells.into_iter().filter(|cell| question.asks_for(cell, &categories)) {
        // Removed since the sums were read, with its transactions.
        let Some(account) = accounts.get(&cell.account) else { continue };
        let key = question.key(cell.key, &categories).nameless(&mut names);
        let sum = sums.entry((account.currency, key)).or_default();
        *sum = (sum.0 + sign * cell.posted, sum.1 + sign * cell.pending, sum.2 + cell.count);
        *totals.entry(account.currency).or_default() += sign * cell.posted;
    }
    let mut sums: Vec<Sum> = sums
        .into_iter()
        .map(|((currency, key), (amount, pending, count))| {
            let total = totals.get(&currency).copied().unwrap_or(0);
            let share = (total > 0).then(|| share(amount, total));
            let money = |minor| Money::new(minor, currency);
            let key = key.named(&names);
            Sum { key, amount: money(amount), pending: money(pending), count, share_of_ten_thousand: share }
        })
        .collect();
    if question.grouping != Grouping::Month {
        sums.sort_by_key(|sum| (sum.amount.currency, std::cmp::Reverse(sum.amount.minor)));
    }
    sums.truncate(GROUPS);
    let totals = totals.into_iter().map(|(currency, minor)| Money::new(minor, currency)).collect();
    Spending { categories, totals, sums }
}

fn share(amount: i64, total: i64) -> i64 {
    i64::try_from((i128::from(amount) * 20_000 + i128::from(total)).div_euclid(2 * i128::from(total))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_are_rounded_to_the_nearest() {
        assert_eq!(
            [share(1, 3), share(2, 3), share(1, 1), share(-1, 2), share(0, 9)],
            [3_333, 6_667, 10_000, -5_000, 0]
        );
    }
}
