//! What statements say against each other, of an account that no bank feeds: between two closing balances the rows add up to what the
//! balances differ by, unless something is missing or counted twice.
//!
//! The latest closing balance is what the account holds, so a difference shows in the earlier ones: the sum of everything since then is not
//! what they say.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{day::Day, reconcile::LIKENESS_DAYS};
use entity::statement as row;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryResult};

use crate::{
    Db, Error, Result, Scope,
    statement::{self, Closing},
};

/// Rows that statements have told, those that a person has entered and a statement knows among them.
const TOLD: &str = "(t.origin <> 1 OR EXISTS (SELECT 1 FROM transaction_alias a
    WHERE a.household_id = t.household_id AND a.transaction_id = t.id AND a.origin IN (2, 3)))";

/// Two closing balances that the rows between them do not explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// What is missing: in positive, out negative.
    pub(super) minor: i64,
    /// The day of the earlier balance.
    pub(super) after: Day,
    /// The day of the later one, which agrees with all that are later still.
    pub(super) until: Day,
}

/// What a statement said an account held.
struct Said {
    statement: i64,
    day: Day,
    minor: i64,
    /// When its statement was through.
    at_ms: i64,
    /// Whether it brought anything new.
    brings_news: bool,
}

/// The latest gap of an account, if statements say what it holds, and whether they do.
pub(super) async fn gap(
    db: &Db,
    connection: &impl ConnectionTrait,
    scope: Scope,
    account: i64,
) -> Result<(bool, Option<Gap>)> {
    let said = said(connection, scope, account).await?;
    let Some((latest, earlier)) = said.split_last() else { return Ok((false, None)) };
    if earlier.is_empty() {
        return Ok((true, None));
    }
    // What a person has thrown away was in the balances, unless it was there twice.
    let told = Sums::load(db, connection, scope, account, "t.state IN (0, 2)").await?;
    let mut shown = None;
    let mut agreed = latest.day;
    for earlier in earlier.iter().rev() {
        let of = |sums: &Sums| (latest.minor - earlier.minor) - (sums.until(latest.day) - sums.until(earlier.day));
        let minor = of(&told);
        if minor != 0 && shown.is_none() {
            shown = Some(Sums::load(db, connection, scope, account, "t.state = 0").await?);
        }
        if minor == 0 || shown.as_ref().is_some_and(|shown| of(shown) == 0) {
            agreed = earlier.day;
            continue;
        }
        let strays = strays(db, connection, scope, account, earlier).await?;
        if !strays.explain(minor) {
            return Ok((true, Some(Gap { minor, after: earlier.day, until: agreed })));
        }
    }
    Ok((true, None))
}

/// The closing balances of the statements that stand, in the order of their days; of one day the one that was told last, and as of when it was
/// told first.
async fn said(connection: &impl ConnectionTrait, scope: Scope, account: i64) -> Result<Vec<Said>> {
    let standing = scope
        .find::<row::Entity>()
        .filter(row::Column::Status.eq(row::DONE))
        .filter(row::Column::UndoState.eq(row::STANDS))
        .all(connection)
        .await?;
    let mut of_days: BTreeMap<Day, Said> = BTreeMap::new();
    for row in standing {
        let Some(at_ms) = row.finished_at_ms else { continue };
        for closing in Closing::of(&row)?.into_iter().filter(|closing| closing.account() == account) {
            let brings_news = row.new_count > 0;
            let said = Said { statement: row.id, day: closing.day(), minor: closing.minor(), at_ms, brings_news };
            let is_over = |before: &Said| {
                if before.minor == said.minor {
                    // Who says the same again knows no more than who said it first.
                    at_ms < before.at_ms
                } else {
                    (brings_news, at_ms) >= (before.brings_news, before.at_ms)
                }
            };
            if of_days.get(&said.day).is_none_or(is_over) {
                of_days.insert(said.day, said);
            }
        }
    }
    Ok(of_days.into_values().collect())
}

/// What the rows add up to by the end of each day.
struct Sums(BTreeMap<Day, i64>);

impl Sums {
    async fn load(db: &Db, connection: &impl ConnectionTrait, scope: Scope, account: i64, state: &str) -> Result<Self> {
        let sql = format!(
            r#"SELECT t.day, CAST(sum(t.amount_minor) AS bigint) FROM "transaction" t
               WHERE t.household_id = $1 AND t.account_id = $2 AND {state} AND {TOLD} GROUP BY t.day ORDER BY t.day"#
        );
        let rows = connection.query_all_raw(db.statement(&sql, [scope.household().0.into(), account.into()])).await?;
        let mut sum = 0_i64;
        let by_day = rows.iter().map(|row| {
            let (day, moved): (i32, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            sum = sum.checked_add(moved).ok_or_else(|| Error::broken("a sum beyond 64 bits"))?;
            Ok((Day::of_row(day), sum))
        });
        by_day.collect::<Result<_>>().map(Self)
    }

    fn until(&self, day: Day) -> i64 {
        self.0.range(..=day).next_back().map_or(0, |(_, sum)| *sum)
    }
}

/// Rows that stand on the other side of a closing balance than its statement had them.
struct Strays {
    /// Of its last day or before, and not in it: a file that was downloaded at noon has half a day, and some banks book with an earlier day.
    absent: i64,
    /// In it, and moved behind its last day since.
    moved: i64,
}

impl Strays {
    /// Whether they are what is missing.
    fn explain(&self, minor: i64) -> bool {
        let Self { absent, moved } = *self;
        [absent, -moved, absent - moved].contains(&minor)
    }
}

async fn strays(db: &Db, connection: &impl ConnectionTrait, scope: Scope, account: i64, said: &Said) -> Result<Strays> {
    let named: HashSet<i64> = statement::named_rows(connection, scope, said.statement).await?.into_iter().collect();
    let sql = format!(
        r#"SELECT t.id, t.day, t.amount_minor FROM "transaction" t
           WHERE t.household_id = $1 AND t.account_id = $2 AND t.state IN (0, 2) AND {TOLD} AND t.day BETWEEN $3 AND $4"#
    );
    let first = statement::first_day(connection, scope, said.statement, account).await?.unwrap_or(said.day);
    let (from, to) = (first.number(), said.day.plus(LIKENESS_DAYS).number());
    let values = [scope.household().0.into(), account.into(), from.into(), to.into()];
    let mut strays = Strays { absent: 0, moved: 0 };
    for row in connection.query_all_raw(db.statement(&sql, values)).await? {
        let (id, day, minor): (i64, i32, i64) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        match (named.contains(&id), Day::of_row(day) <= said.day) {
            (false, true) => strays.absent += minor,
            (true, false) => strays.moved += minor,
            _ => {}
        }
    }
    Ok(strays)
}

/// The first and the last day of what statements have told of an account, commit by commit, and how far their closing balances reach.
pub(super) async fn covered(db: &Db, scope: Scope, account: i64) -> Result<Vec<(Day, Day)>> {
    let sql =
        "SELECT first_day, last_day, statement_id FROM statement_booking WHERE household_id = $1 AND account_id = $2";
    let rows = db.reader().query_all_raw(db.statement(sql, [scope.household().0.into(), account.into()])).await?;
    let closings: HashMap<i64, Day> =
        said(db.reader(), scope, account).await?.into_iter().map(|said| (said.statement, said.day)).collect();
    let days = |row: &QueryResult| {
        let (first, last): (i32, i32) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let (last, statement): (Day, i64) = (Day::of_row(last), row.try_get_by_index(2)?);
        Ok((Day::of_row(first), closings.get(&statement).map_or(last, |closing| last.max(*closing))))
    };
    rows.iter().map(days).collect()
}
