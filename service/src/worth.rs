//! Net worth: what all accounts hold together, less what is owed, at the end of days.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    currency::Currency,
    day::Day,
    exchange::{Rates, Total},
    id::AccountId,
    money::Money,
};
use sea_orm::ConnectionTrait;

use crate::{Db, Error, Result, Scope, connection::currency, exchange, investment, period};

/// How far the points of an answer lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// Every day.
    Day,
    /// Each Sunday, and the last day of the period.
    Week,
    /// The last day of each month, and that of the period.
    Month,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// How often.
    pub interval: Interval,
    /// In which currency.
    pub currency: Currency,
}

/// The end of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The day.
    pub day: Day,
    /// What there is: accounts above zero, and securities.
    pub assets: Total,
    /// What is owed, as a positive amount: accounts below zero.
    pub debts: Total,
    /// The one less the other.
    pub net: Total,
    /// The same, each currency by itself, in the order of the codes.
    pub by_currency: Vec<Money>,
}

/// The net worth of a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// In the order of time.
    pub points: Vec<Point>,
    /// From here on transactions of every account are known: before, some balances are carried back. `None` where no account has any.
    pub known_since: Option<Day>,
}

/// What an account holds of one currency at the end of a day, as its own transactions say, and what the securities in it are worth.
struct Ledger {
    currency: Currency,
    /// At the end of everything.
    balance_minor: i64,
    /// What was posted on days of the period and after it.
    by_day: BTreeMap<i32, i64>,
    /// What securities were worth, by each statement that says it, in the order of time.
    holdings: Vec<(Day, Vec<Money>)>,
}

/// The net worth at the end of days of a period.
pub async fn net(db: &Db, scope: Scope, question: Question) -> Result<Worth> {
    let Question { from, to, .. } = question;
    period::check(from, to)?;
    let ledgers = ledgers(db, scope, from).await?;
    let held = ledgers
        .iter()
        .flat_map(|ledger| ledger.holdings.iter().flat_map(|(_, values)| values.iter().map(|value| value.currency)));
    let among: BTreeSet<Currency> =
        ledgers.iter().map(|ledger| ledger.currency).chain(held).chain([question.currency]).collect();
    let rates = exchange::rates(db, scope, &among, from, to).await?;
    let points = days(question).into_iter().map(|day| point(&ledgers, &rates, day, question.currency)).collect();
    Ok(Worth { points, known_since: known_since(db, scope).await? })
}

/// The days of which there is a point.
fn days(Question { from, to, interval, .. }: Question) -> Vec<Day> {
    let all = (from.number()..=to.number()).map(Day::of_row);
    let is_one = |day: &Day| match interval {
        Interval::Day => true,
        Interval::Week => day.weekday() == domain::day::Weekday::Sun || *day == to,
        Interval::Month => *day == day.month().last_day() || *day == to,
    };
    all.filter(is_one).collect()
}

fn point(ledgers: &[Ledger], rates: &Rates, day: Day, currency: Currency) -> Point {
    let total = || Total::new(currency);
    let (mut assets, mut debts, mut net) = (total(), total(), total());
    let mut by_currency: BTreeMap<Currency, i64> = BTreeMap::new();
    for ledger in ledgers {
        let later: i64 = ledger.by_day.range(day.number() + 1..).map(|(_, minor)| minor).sum();
        let balance = Money::new(ledger.balance_minor.saturating_sub(later), ledger.currency);
        // A statement says all that an account holds.
        let told = ledger.holdings.iter().rev().find(|(told, _)| *told <= day);
        let securities = told.into_iter().flat_map(|(_, values)| values.iter().copied());
        for money in std::iter::once(balance).chain(securities) {
            let side = if money.minor < 0 { &mut debts } else { &mut assets };
            side.add(Money::new(money.minor.abs(), money.currency), day, rates);
            net.add(money, day, rates);
            let sum = by_currency.entry(money.currency).or_default();
            *sum = sum.saturating_add(money.minor);
        }
    }
    let by_currency = by_currency.into_iter().map(|(currency, minor)| Money::new(minor, currency)).collect();
    Point { day, assets, debts, net, by_currency }
}

/// The accounts with what moved in them after the first day.
async fn ledgers(db: &Db, scope: Scope, from: Day) -> Result<Vec<Ledger>> {
    let mut ledgers: BTreeMap<AccountId, Ledger> = BTreeMap::new();
    // In one statement, and so of one moment; from the present back, so that what lies before the period is not read.
    let sql = r#"SELECT a.id, a.currency, a.opening_minor + a.posted_minor, CAST(NULL AS integer) FROM account a WHERE a.household_id = $1
                 UNION ALL
                 SELECT t.account_id, '', CAST(sum(t.amount_minor) AS bigint), t.day FROM "transaction" t
                 WHERE t.household_id = $1 AND t.day > $2 AND t.state = 0 GROUP BY t.account_id, t.day"#;
    let values = [scope.household().0.into(), from.number().into()];
    let rows = db.reader().query_all_raw(db.statement(sql, values)).await?;
    let mut moved: Vec<(AccountId, i32, i64)> = Vec::new();
    for row in rows {
        let (account, minor) = (AccountId(row.try_get_by_index(0)?), row.try_get_by_index(2)?);
        if let Some(day) = row.try_get_by_index::<Option<i32>>(3)? {
            moved.push((account, day, minor));
            continue;
        }
        let code: String = row.try_get_by_index(1)?;
        let ledger =
            Ledger { currency: currency(&code)?, balance_minor: minor, by_day: BTreeMap::new(), holdings: Vec::new() };
        ledgers.insert(account, ledger);
    }
    for (account, day, minor) in moved {
        let ledger = ledgers.get_mut(&account).ok_or_else(|| Error::broken("transactions of no account"))?;
        ledger.by_day.insert(day, minor);
    }
    for (account, told) in investment::history(db, scope).await? {
        if let Some(ledger) = ledgers.get_mut(&account) {
            ledger.holdings = told;
        }
    }
    Ok(ledgers.into_values().collect())
}

/// The first day of the month from which on there are sums of every account that has any.
async fn known_since(db: &Db, scope: Scope) -> Result<Option<Day>> {
    let sql = "SELECT max(first) FROM (SELECT min(month) AS first FROM monthly_spending
               WHERE household_id = $1 AND posted_count > 0 GROUP BY account_id) AS months";
    let row = db.reader().query_one_raw(db.statement(sql, [scope.household().0.into()])).await?;
    let month: Option<i32> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    Ok(month.map(|month| domain::day::Month::of_row(month).first_day()))
}
