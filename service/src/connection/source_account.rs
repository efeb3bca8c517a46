//! The accounts that a bank lists, and ours that stand for them.

use std::collections::{BTreeSet, HashMap};

use connector::bank::SourceAccount;
use domain::{categorize::Setting, currency::Currency};
use entity::{account, connection};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::page::currency;
use crate::{Result, Unit, event::Event};

/// So many last characters of a number tell one person's accounts apart.
const TAIL_CHARS: usize = 4;

/// What a pull needs to know of an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    pub(crate) account: i64,
    pub(crate) setting: Setting,
    pub(crate) currency: Currency,
    /// The earliest day that was known when its opening balance was found.
    pub(crate) covered_day: Option<i32>,
}

/// Makes ours for those that are new, and finds the others, also where another connection brought them: whoever links a bank anew
/// finds the accounts as they were. `None` when the connection is gone.
pub(crate) async fn keep(
    unit: &mut Unit,
    connection: i64,
    listed: &[SourceAccount],
) -> Result<Option<HashMap<String, Source>>> {
    let Some(row) = unit
        .scope()
        .find::<connection::Entity>()
        .filter(connection::Column::Id.eq(connection))
        .one(unit.connection())
        .await?
    else {
        return Ok(None);
    };
    let names: Vec<&str> = listed.iter().map(|source| source.source_id.as_str()).collect();
    let found = unit
        .scope()
        .find::<account::Entity>()
        .filter(account::Column::InstitutionId.eq(row.institution_id))
        .filter(account::Column::SourceId.is_in(names))
        .all(unit.connection())
        .await?;
    let mut ours: HashMap<String, account::Model> =
        found.into_iter().filter_map(|account| Some((account.source_id.clone()?, account))).collect();
    let mut former = BTreeSet::new();
    let mut kept = HashMap::new();
    for source in listed {
        let account = match ours.remove(&source.source_id) {
            Some(account) => {
                if let Some(before) = take_over(unit, connection, &account, source).await? {
                    former.insert(before);
                }
                account
            }
            None if kept.contains_key(&source.source_id) => continue,
            None => match adopt(unit, &row, source).await? {
                Some(account) => account,
                None => insert(unit, &row, source).await?,
            },
        };
        let setting = crate::account::setting(&account)?;
        let covered_day = account.covered_day;
        let known = Source { account: account.id, setting, currency: currency(&account.currency)?, covered_day };
        kept.insert(source.source_id.clone(), known);
    }
    for before in former {
        super::remove_if_empty(unit, before).await?;
    }
    Ok(Some(kept))
}

/// An account that is ours already. Answers with the other connection that it came through before.
async fn take_over(
    unit: &mut Unit,
    connection: i64,
    account: &account::Model,
    source: &SourceAccount,
) -> Result<Option<i64>> {
    let name = name(source);
    if account.connection_id == Some(connection) && account.source_name == name {
        return Ok(None);
    }
    let mut update = unit
        .scope()
        .update::<account::Entity>()
        .filter(account::Column::Id.eq(account.id))
        .col_expr(account::Column::ConnectionId, Expr::value(connection))
        .col_expr(account::Column::SourceName, Expr::value(name.as_str()));
    // The name follows the bank's as long as the person has not chosen one.
    if account.name == account.source_name {
        update = update.col_expr(account::Column::Name, Expr::value(name.as_str()));
    }
    update.exec(unit.connection()).await?;
    unit.emit(Event::AccountsChanged {});
    Ok(account.connection_id.filter(|before| *before != connection))
}

/// An account that statement files have made before its bank was linked: the only one of the currency whose number ends alike.
async fn adopt(
    unit: &mut Unit,
    connection: &connection::Model,
    source: &SourceAccount,
) -> Result<Option<account::Model>> {
    let Some(tail) = source.number_tail.as_deref().filter(|tail| tail.len() >= TAIL_CHARS) else { return Ok(None) };
    let alike = unit
        .scope()
        .find::<account::Entity>()
        .filter(account::Column::Tail.eq(tail))
        .filter(account::Column::Currency.eq(source.currency.code()))
        .filter(account::Column::FileSourceId.is_not_null())
        .filter(account::Column::InstitutionId.is_null())
        .filter(account::Column::ConnectionId.is_null())
        .all(unit.connection())
        .await?;
    let Ok([only]) = <[account::Model; 1]>::try_from(alike) else { return Ok(None) };
    unit.scope()
        .update::<account::Entity>()
        .filter(account::Column::Id.eq(only.id))
        .col_expr(account::Column::ConnectionId, Expr::value(connection.id))
        .col_expr(account::Column::InstitutionId, Expr::value(connection.institution_id))
        .col_expr(account::Column::SourceId, Expr::value(source.source_id.as_str()))
        .col_expr(account::Column::SourceName, Expr::value(name(source)))
        .col_expr(account::Column::Kind, Expr::value(source.kind.code()))
        .exec(unit.connection())
        .await?;
    unit.emit(Event::AccountsChanged {});
    Ok(Some(account::Model { kind: source.kind.code(), ..only }))
}

async fn insert(unit: &mut Unit, connection: &connection::Model, source: &SourceAccount) -> Result<account::Model> {
    let name = name(source);
    let row = account::Model {
        household_id: unit.scope().household().0,
        id: unit.next_id()?,
        connection_id: Some(connection.id),
        institution_id: Some(connection.institution_id),
        source_id: Some(source.source_id.clone()),
        file_source_id: None,
        kind: source.kind.code(),
        currency: source.currency.code().to_owned(),
        name: name.clone(),
        source_name: name,
        tail: source.number_tail.clone().unwrap_or_default(),
        opening_minor: 0,
        posted_minor: 0,
        pending_minor: 0,
        anchored: crate::account::UNANCHORED,
        covered_day: None,
        anchored_at_ms: None,
        drift_minor: None,
        drift_since_ms: None,
        bank_minor: None,
        available_minor: None,
        bank_at_ms: None,
        created_at_ms: unit.now_ms(),
    };
    let new = account::ActiveModel { id: Set(row.id), ..row.clone().into() };
    account::Entity::insert(new).exec_without_returning(unit.connection()).await?;
    unit.emit(Event::AccountsChanged {});
    Ok(row)
}

fn name(source: &SourceAccount) -> String {
    let name: String = domain::line::descriptor(&source.name).chars().take(domain::identity::NAME_CHARS).collect();
    if name.is_empty() { "Account".to_owned() } else { name }
}
