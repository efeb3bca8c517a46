//! Holdings: what accounts hold of securities. A statement says all that an account holds as of a day, and of several statements the one
//! with the latest day stands; of one day the one that was imported last.

use std::collections::{BTreeMap, HashMap};

use domain::{
    day::Day,
    id::AccountId,
    investment::{self, HeldIn, Security, SecurityKey, canonical},
    money::Money,
};
use entity::{holding, statement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::{AT_ONCE, security};
use crate::{Db, Error, Result, Scope, Unit, account as accounts, connection::currency, db::decimal};

/// What an account holds of a security, with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// How much.
    pub holding: investment::Holding,
    /// Of what.
    pub security: Security,
}

/// All that a statement says an account holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// As of.
    pub(crate) day: Option<Day>,
    /// In the order of the file.
    pub(crate) holdings: Vec<investment::Holding>,
}

/// That a statement says what an account holds: account and day. Stored: the positions never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told(i64, i32);

/// Keeps what a statement says accounts hold. It does not stand before [`settle`] says so.
pub(crate) async fn keep(unit: &Unit, statement: i64, held: BTreeMap<i64, Held>) -> Result<Vec<Told>> {
    let mut told = Vec::with_capacity(held.len());
    for (account, Held { day, holdings }) in held {
        let day = match day.or_else(|| holdings.iter().filter_map(|one| one.day).max()) {
            Some(day) => day,
            None => accounts::posted_days(unit, account).await?.map_or_else(|| unit.today(), |(_, last)| last),
        };
        let bare: Vec<Security> = holdings.iter().map(|one| Security::bare(one.security.clone())).collect();
        let ids = security::keep(unit, &bare).await?;
        let rows = holdings.iter().zip(0..).map(|(one, place)| row(unit, (account, statement, place), day, one, &ids));
        let rows: Vec<holding::ActiveModel> = rows.collect::<Result<_>>()?;
        for some in rows.chunks(AT_ONCE) {
            holding::Entity::insert_many(some.to_vec()).exec_without_returning(unit.connection()).await?;
        }
        told.push(Told(account, day.number()));
    }
    Ok(told)
}

fn row(
    unit: &Unit,
    (account_id, statement_id, place): (i64, i64, i32),
    listed: Day,
    said: &investment::Holding,
    ids: &HashMap<SecurityKey, i64>,
) -> Result<holding::ActiveModel> {
    let security_id = *ids.get(&said.security).ok_or_else(|| Error::broken("a security that was not kept"))?;
    Ok(holding::ActiveModel::from(holding::Model {
        household_id: unit.scope().household().0,
        account_id,
        statement_id,
        place,
        security_id,
        value_minor: said.value.minor,
        day: said.day.unwrap_or(listed).number(),
        held_in: said.held_in.code(),
        stands: 0,
        currency: said.value.currency.code().to_owned(),
        units: canonical(said.units),
        unit_price: canonical(said.unit_price),
    }))
}

/// Removes what a statement said that is taken back.
pub(crate) async fn remove(unit: &Unit, statement: i64) -> Result<()> {
    let of = holding::Column::StatementId.eq(statement);
    unit.scope().delete::<holding::Entity>().filter(of).exec(unit.connection()).await?;
    Ok(())
}

/// Finds the statement whose word about an account's holdings stands, among those that are through and were not taken back.
pub(crate) async fn settle(unit: &Unit, account_ids: &[i64]) -> Result<()> {
    let tellings = tellings(unit.connection(), unit.scope()).await?;
    for account in account_ids {
        // No statement has the number zero.
        let standing = tellings.get(account).and_then(|told| told.last()).map_or(0, |(.., statement)| *statement);
        let sql = "UPDATE holding SET stands = CASE WHEN statement_id = $3 THEN 1 ELSE 0 END
                   WHERE household_id = $1 AND account_id = $2 AND (stands = 1 OR statement_id = $3)";
        let values = [unit.scope().household().0.into(), (*account).into(), standing.into()];
        unit.connection().execute_raw(unit.db().statement(sql, values)).await?;
    }
    Ok(())
}

/// Which statements say what an account holds: the day, when it was through, and which. The last one stands.
type Tellings = HashMap<i64, Vec<(i32, Option<i64>, i64)>>;

/// Those that are through and were not taken back.
async fn tellings(connection: &impl ConnectionTrait, scope: Scope) -> Result<Tellings> {
    let said: Vec<(i64, Option<i64>, String)> = scope
        .find::<statement::Entity>()
        .filter(statement::Column::Status.eq(statement::DONE))
        .filter(statement::Column::UndoState.eq(statement::STANDS))
        .filter(statement::Column::Held.ne("[]"))
        .select_only()
        .columns([statement::Column::Id, statement::Column::FinishedAtMs, statement::Column::Held])
        .into_tuple()
        .all(connection)
        .await?;
    let mut tellings = Tellings::new();
    for (statement, finished_at_ms, held) in said {
        let held: Vec<Told> = serde_json::from_str(&held).map_err(|error| Error::broken(error.to_string()))?;
        for Told(account, day) in held {
            tellings.entry(account).or_default().push((day, finished_at_ms, statement));
        }
    }
    for told in tellings.values_mut() {
        told.sort_unstable();
    }
    Ok(tellings)
}

/// What accounts held at the end of days: each word of a statement with its day, and what it says that is worth; in the order of time.
pub(crate) async fn history(db: &Db, scope: Scope) -> Result<HashMap<AccountId, Vec<(Day, Vec<Money>)>>> {
    let tellings = tellings(db.reader(), scope).await?;
    let mut values: HashMap<(i64, i64), Vec<Money>> = HashMap::new();
    if tellings.is_empty() {
        return Ok(HashMap::new());
    }
    for row in scope.find::<holding::Entity>().all(db.reader()).await? {
        let value = Money::new(row.value_minor, currency(&row.currency)?);
        values.entry((row.account_id, row.statement_id)).or_default().push(value);
    }
    let history = tellings.into_iter().map(|(account, told)| {
        let of = |(day, _, statement): (i32, _, i64)| {
            (Day::of_row(day), values.get(&(account, statement)).cloned().unwrap_or_default())
        };
        (AccountId(account), told.into_iter().map(of).collect())
    });
    Ok(history.collect())
}

/// What the household's accounts hold, each in the order of its file.
pub async fn holdings(db: &Db, scope: Scope) -> Result<HashMap<AccountId, Vec<Holding>>> {
    let rows = scope
        .find::<holding::Entity>()
        .filter(holding::Column::Stands.eq(1_i16))
        .order_by_asc(holding::Column::AccountId)
        .order_by_asc(holding::Column::Place)
        .all(db.reader())
        .await?;
    let known = security::by_id(db.reader(), scope, rows.iter().map(|row| row.security_id)).await?;
    let mut found: HashMap<AccountId, Vec<Holding>> = HashMap::new();
    for row in rows {
        let security = known.get(&row.security_id).cloned();
        let security = security.ok_or_else(|| Error::broken("a holding of a security that is not there"))?;
        let of = found.entry(AccountId(row.account_id)).or_default();
        of.push(Holding { holding: read(&row, security.key.clone())?, security });
    }
    Ok(found)
}

fn read(row: &holding::Model, security: SecurityKey) -> Result<investment::Holding> {
    Ok(investment::Holding {
        security,
        held_in: HeldIn::from_code(row.held_in).ok_or_else(|| Error::broken("held in an unknown part"))?,
        units: decimal(&row.units)?,
        unit_price: decimal(&row.unit_price)?,
        value: Money::new(row.value_minor, currency(&row.currency)?),
        day: Some(Day::of_row(row.day)),
    })
}
