//! Securities: each once in a household, with what the latest file says it is.

use std::collections::{BTreeMap, HashMap};

use domain::investment::{Security, SecurityKey, SecurityKind};
use entity::security;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::AT_ONCE;
use crate::{Error, Result, Scope, Unit};

/// Keeps securities, and answers with their numbers. What is not said now stays as it was said before.
pub(crate) async fn keep<'a>(
    unit: &Unit,
    said: impl IntoIterator<Item = &'a Security>,
) -> Result<HashMap<SecurityKey, i64>> {
    let mut wanted: BTreeMap<SecurityKey, Security> = BTreeMap::new();
    for one in said {
        let known = wanted.entry(one.key.clone()).or_insert_with(|| Security::bare(one.key.clone()));
        *known = with(known, one);
    }
    let mut ids = HashMap::with_capacity(wanted.len());
    let all: Vec<Security> = wanted.into_values().collect();
    for some in all.chunks(AT_ONCE) {
        let codes = security::Column::Code.is_in(some.iter().map(|one| one.key.code.as_str()));
        let rows = unit.scope().find::<security::Entity>().filter(codes).all(unit.connection()).await?;
        let mut rows: HashMap<SecurityKey, security::Model> = rows.into_iter().map(|row| (key(&row), row)).collect();
        let mut new = Vec::new();
        for one in some {
            let Some(row) = rows.remove(&one.key) else {
                let row = row(unit.scope().household().0, unit.next_id()?, one.clone());
                ids.insert(one.key.clone(), row.id);
                new.push(security::ActiveModel::from(row));
                continue;
            };
            ids.insert(one.key.clone(), row.id);
            let before = read(row.clone())?;
            let after = with(&before, one);
            if after != before {
                let after = self::row(row.household_id, row.id, after);
                after.into_active_model().reset_all().update(unit.connection()).await?;
            }
        }
        if !new.is_empty() {
            security::Entity::insert_many(new).exec_without_returning(unit.connection()).await?;
        }
    }
    Ok(ids)
}

/// A security as it was known, with what is said of it now.
fn with(known: &Security, said: &Security) -> Security {
    Security {
        key: known.key.clone(),
        kind: said.kind.or(known.kind),
        ticker: said.ticker.clone().or_else(|| known.ticker.clone()),
        name: said.name.clone().or_else(|| known.name.clone()),
    }
}

/// Securities by their numbers.
pub(super) async fn by_id(
    connection: &impl ConnectionTrait,
    scope: Scope,
    ids: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, Security>> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let mut found = HashMap::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let of = security::Column::Id.is_in(some.iter().copied());
        for row in scope.find::<security::Entity>().filter(of).all(connection).await? {
            found.insert(row.id, read(row)?);
        }
    }
    Ok(found)
}

fn key(row: &security::Model) -> SecurityKey {
    SecurityKey { id_type: row.id_type.clone(), code: row.code.clone() }
}

fn read(row: security::Model) -> Result<Security> {
    let kind = |code| SecurityKind::from_code(code).ok_or_else(|| Error::broken("a security of an unknown kind"));
    Ok(Security {
        kind: row.kind.map(kind).transpose()?,
        key: SecurityKey { id_type: row.id_type, code: row.code },
        ticker: row.ticker,
        name: row.name,
    })
}

fn row(household_id: i64, id: i64, said: Security) -> security::Model {
    security::Model {
        household_id,
        id,
        id_type: said.key.id_type,
        code: said.key.code,
        kind: said.kind.map(SecurityKind::code),
        ticker: said.ticker,
        name: said.name,
    }
}
