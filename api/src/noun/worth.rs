//! Net worth: what all accounts hold together, less what is owed.

use async_graphql::{Context, Enum, Object, SimpleObject};
use service::{
    exchange,
    worth::{self, Interval, Point, Question},
};

use super::{db, exchange::Total, money::Money, scope};
use crate::{fallible::Fallible, scalar::Date};

/// How far the points of a net worth lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Interval")]
pub(crate) enum NetWorthInterval {
    /// Every day.
    Day,
    /// Each Sunday, and the last day of the period.
    Week,
    /// The last day of each month, and that of the period.
    Month,
}

/// The net worth at the end of a day. Amounts are converted at the rates of that day.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct NetWorthPoint {
    /// The day.
    date: Date,
    /// What there is: accounts above zero, and securities by the latest statement that is not after the day.
    assets: Total,
    /// What is owed, as a positive amount: accounts below zero.
    debts: Total,
    /// The one less the other.
    net: Total,
    /// The net worth in each currency by itself.
    by_currency: Vec<Money>,
}

impl From<&Point> for NetWorthPoint {
    fn from(point: &Point) -> Self {
        Self {
            date: point.day.into(),
            assets: (&point.assets).into(),
            debts: (&point.debts).into(),
            net: (&point.net).into(),
            by_currency: point.by_currency.iter().map(|money| (*money).into()).collect(),
        }
    }
}

/// The net worth of a period.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct NetWorth {
    /// In the order of time.
    points: Vec<NetWorthPoint>,
    /// From this day on transactions of every account are known. Before it, the balance of an account without any is what it held at its first one. Null where there are no transactions at all.
    known_since: Option<Date>,
}

/// How many points an answer may be expected to have.
const fn weight(interval: NetWorthInterval) -> usize {
    match interval {
        NetWorthInterval::Day => 200,
        NetWorthInterval::Week => 60,
        NetWorthInterval::Month => 20,
    }
}

#[derive(Debug, Default)]
pub(crate) struct WorthQuery;

/// Questions about net worth.
#[Object]
impl WorthQuery {
    /// What all accounts hold together at the end of days, by their booked transactions, less what is owed. At most 3660 days.
    #[graphql(complexity = "weight(interval) * child_complexity")]
    async fn net_worth(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day.")] from: Date,
        #[graphql(desc = "Last day.")] to: Date,
        #[graphql(desc = "Of which days.", default_with = "NetWorthInterval::Month")] interval: NetWorthInterval,
        #[graphql(desc = "In which currency, ISO 4217; the household's if it is left out.")] currency: Option<String>,
    ) -> Fallible<NetWorth> {
        Fallible::run(async {
            let (db, scope) = (db(ctx), scope(ctx)?);
            let currency = exchange::base_or(db, scope, "currency", currency.as_deref()).await?;
            let (from, to) = (from.read("from")?, to.read("to")?);
            let worth = worth::net(db, scope, Question { from, to, interval: interval.into(), currency }).await?;
            Ok(NetWorth {
                points: worth.points.iter().map(NetWorthPoint::from).collect(),
                known_since: worth.known_since.map(Date::from),
            })
        })
        .await
    }
}
