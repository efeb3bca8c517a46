//! The accounts that a file names, and ours that stand for them: the one that the person chose, the one that earlier files were booked into,
//! one that looks the same, or a new one.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use connector::file::StatementAccount;
use domain::{account::AccountKind, categorize::Setting};
use entity::account;
use sea_orm::{ColumnTrait, QueryFilter, sea_query::Expr};

use crate::{Result, Unit, account as accounts, key::Purpose};

/// Why the accounts of a file cannot be found: a sentence for the person.
pub(super) type Doubt = String;

/// Ours for each account of a file, in its order.
pub(super) async fn resolve(
    unit: &mut Unit,
    chosen: Option<i64>,
    kind: Option<AccountKind>,
    named: &[StatementAccount],
) -> Result<std::result::Result<Vec<i64>, Doubt>> {
    if let Some(chosen) = chosen {
        return resolve_chosen(unit, chosen, named).await;
    }
    let mut ours = Vec::with_capacity(named.len());
    for account in named {
        let Some(source) = &account.source_id else {
            return Ok(Err("the file does not name its account: say which account it is of".to_owned()));
        };
        let source = source_text(unit, source);
        let found = match by_source(unit, &source).await? {
            Some(known) => known,
            None => match alike(unit, account, &ours).await? {
                Some(known) => remember(unit, known, &source).await?,
                None => insert(unit, account, kind, source).await?,
            },
        };
        ours.push(found);
    }
    Ok(Ok(ours))
}

async fn resolve_chosen(
    unit: &Unit,
    chosen: i64,
    named: &[StatementAccount],
) -> Result<std::result::Result<Vec<i64>, Doubt>> {
    let row =
        unit.scope().find::<account::Entity>().filter(account::Column::Id.eq(chosen)).one(unit.connection()).await?;
    let Some(row) = row else { return Ok(Err("the chosen account is gone".to_owned())) };
    let [only] = named else {
        let many = format!("the file has {} accounts: import it without choosing one", named.len());
        return Ok(if named.is_empty() { Ok(Vec::new()) } else { Err(many) });
    };
    if only.currency.code() != row.currency {
        return Ok(Err(format!("the file is in {}, the chosen account in {}", only.currency.code(), row.currency)));
    }
    if let Some(source) = &only.source_id
        && row.file_source_id.is_none()
        && by_source(unit, &source_text(unit, source)).await?.is_none()
    {
        remember(unit, row.id, &source_text(unit, source)).await?;
    }
    Ok(Ok(vec![row.id]))
}

/// The number of an account is nobody's business: what is kept is its keyed hash.
fn source_text(unit: &Unit, source: &str) -> String {
    URL_SAFE_NO_PAD.encode(unit.db().keys().sign(Purpose::Lookup, format!("statement account {source}").as_bytes()))
}

async fn by_source(unit: &Unit, source: &str) -> Result<Option<i64>> {
    let found = unit.scope().find::<account::Entity>().filter(account::Column::FileSourceId.eq(source));
    Ok(found.one(unit.connection()).await?.map(|row| row.id))
}

/// The one account of the same currency whose number ends alike, if there is exactly one and no other file speaks of it.
async fn alike(unit: &Unit, named: &StatementAccount, taken: &[i64]) -> Result<Option<i64>> {
    let Some(tail) = named.tail.as_deref().filter(|tail| tail.len() >= 4) else { return Ok(None) };
    let found = unit
        .scope()
        .find::<account::Entity>()
        .filter(account::Column::Tail.eq(tail))
        .filter(account::Column::Currency.eq(named.currency.code()))
        .filter(account::Column::FileSourceId.is_null())
        .all(unit.connection())
        .await?;
    match found.as_slice() {
        [only] if !taken.contains(&only.id) => Ok(Some(only.id)),
        _ => Ok(None),
    }
}

async fn remember(unit: &Unit, account: i64, source: &str) -> Result<i64> {
    unit.scope()
        .update::<account::Entity>()
        .filter(account::Column::Id.eq(account))
        .col_expr(account::Column::FileSourceId, Expr::value(source))
        .exec(unit.connection())
        .await?;
    Ok(account)
}

async fn insert(unit: &mut Unit, named: &StatementAccount, kind: Option<AccountKind>, source: String) -> Result<i64> {
    let kind = named.kind.or(kind).unwrap_or(AccountKind::Checking);
    let hint = named.name_hint.as_deref().map(domain::line::descriptor).filter(|hint| !hint.is_empty());
    let name: String =
        hint.unwrap_or_else(|| "Imported account".to_owned()).chars().take(domain::identity::NAME_CHARS).collect();
    let mut row = accounts::row_by_hand(unit, &name, kind, named.currency)?;
    row.tail = named.tail.clone().unwrap_or_default();
    row.file_source_id = Some(source);
    accounts::insert(unit, &row).await?;
    Ok(row.id)
}

/// What booking needs to know of one of ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ours {
    pub(crate) account: i64,
    pub(crate) setting: Setting,
}

/// Looks one of ours up.
pub(super) async fn known(unit: &Unit, id: i64) -> Result<Ours> {
    let row = accounts::load(unit, domain::id::AccountId(id)).await?;
    Ok(Ours { account: id, setting: accounts::setting(&row)? })
}
