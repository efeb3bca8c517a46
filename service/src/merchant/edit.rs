//! What a household says of merchants, said: what one is called, that several are one, that one is one of its own again. The rows stay as they
//! are; whoever reads them asks (`directory`).

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    categorize, identity,
    merchant::{self as sellers, Directory, MerchantId},
};
use entity::{merchant, transaction};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QuerySelect, sea_query::Expr,
};

use super::{directory, list};
use crate::{Db, Error, Result, Scope, Unit, event::Event, transaction::SHOWN};

/// A household says something of so many merchants.
const MOST: u64 = 5_000;
/// So many are merged into one at once.
const MERGED: usize = 100;

/// What a household calls a merchant.
#[derive(Clone, Debug)]
pub struct UpdateMerchant {
    /// Which.
    pub id: MerchantId,
    /// What it is called; `None`: as it was before the household said anything.
    pub name: Option<String>,
}

/// Merchants that are one.
#[derive(Clone, Debug)]
pub struct MergeMerchants {
    /// These become part of it.
    pub merchants: Vec<MerchantId>,
    /// Which they are.
    pub into: MerchantId,
}

/// Says what a merchant is called, in all its transactions, those to come among them.
pub async fn update(db: &Db, scope: Scope, command: UpdateMerchant) -> Result<list::Known> {
    let named = |name: &str| identity::name(name).map_err(|reason| Error::invalid("name", reason));
    let name = &command.name.as_deref().map(named).transpose()?;
    let (id, known_as) = db
        .write(scope, move |unit| {
            async move {
                let said = directory::load(unit.connection(), unit.scope()).await?;
                let id = said.resolve(command.id);
                let mut row = saying(unit, &said, &known(unit, &said, [id]).await?, id);
                row.name.clone_from(name);
                let known_as = row.known_as.clone();
                put(unit, row).await?;
                close(unit).await?;
                Ok((id, known_as))
            }
            .scope_boxed()
        })
        .await?;
    list::said(db, scope, id, known_as).await
}

/// Says that merchants are one: their transactions, those to come among them, are that one's.
pub async fn merge(db: &Db, scope: Scope, command: MergeMerchants) -> Result<list::Known> {
    if command.merchants.is_empty() || command.merchants.len() > MERGED {
        return Err(Error::invalid("merchantIds", format!("must be 1 to {MERGED}")));
    }
    if command.merchants.contains(&command.into) {
        return Err(Error::invalid("merchantIds", "must not have the one in it that they are to be part of"));
    }
    let command = &command;
    let id = db
        .write(scope, move |unit| {
            async move {
                let said = directory::load(unit.connection(), unit.scope()).await?;
                let into = said.resolve(command.into);
                let from: BTreeSet<MerchantId> = command.merchants.iter().map(|id| said.resolve(*id)).collect();
                if command.merchants.contains(&into) {
                    return Err(Error::Conflict {
                        reason: "the one that they are to be part of is part of one of them: separate it first".into(),
                    });
                }
                let known =
                    known(unit, &said, command.merchants.iter().copied().chain(from.iter().copied()).chain([into]))
                        .await?;
                put(unit, saying(unit, &said, &known, into)).await?;
                // What is part of it already stays so.
                for id in from.into_iter().filter(|id| *id != into) {
                    put(unit, merchant::Model { merged_into: Some(into.0), ..saying(unit, &said, &known, id) }).await?;
                }
                close(unit).await?;
                Ok(into)
            }
            .scope_boxed()
        })
        .await?;
    list::get(db, scope, id).await
}

/// Says that a merchant is one of its own again, with all that were merged into it before it was merged itself.
pub async fn separate(db: &Db, scope: Scope, id: MerchantId) -> Result<list::Known> {
    let known_as = db
        .write(scope, move |unit| {
            async move {
                let said = directory::load(unit.connection(), unit.scope()).await?;
                let known = known(unit, &said, [id]).await?;
                let row = saying(unit, &said, &known, id);
                if row.merged_into.is_none() {
                    return Err(Error::Conflict { reason: "it is part of no other merchant".into() });
                }
                let known_as = row.known_as.clone();
                put(unit, merchant::Model { merged_into: None, ..row }).await?;
                close(unit).await?;
                Ok(known_as)
            }
            .scope_boxed()
        })
        .await?;
    list::said(db, scope, id, known_as).await
}

/// What merchants are called as long as the household says nothing. All must be there: sellers that Florin knows, or of transactions of the household.
async fn known(
    unit: &Unit,
    said: &Directory,
    ids: impl IntoIterator<Item = MerchantId>,
) -> Result<BTreeMap<MerchantId, String>> {
    use transaction::Column::{Descriptor, MerchantId as Of, MerchantName};
    let (mut known, mut unknown) = (BTreeMap::new(), BTreeSet::new());
    for id in ids {
        // Lines that name nobody are of no merchant.
        if id == MerchantId::of_name("") {
            return Err(Error::NotFound { what: "merchant" });
        }
        match said.saying(id).map(|saying| saying.known_as.as_str()).or_else(|| sellers::name(id)) {
            Some(name) => _ = known.insert(id, name.to_owned()),
            None => _ = unknown.insert(id),
        }
    }
    if unknown.is_empty() {
        return Ok(known);
    }
    let rows = unit.scope().find::<transaction::Entity>().filter(Expr::cust(SHOWN));
    let rows = rows.filter(Of.is_in(unknown.iter().map(|id| id.0))).group_by(Of).select_only().column(Of);
    let rows = rows.column_as(MerchantName.min(), "name").column_as(Descriptor.min(), "descriptor");
    let rows: Vec<(i64, Option<String>, String)> = rows.into_tuple().all(unit.connection()).await?;
    for (id, name, descriptor) in rows {
        let id = MerchantId(id);
        known.insert(id, name.unwrap_or_else(|| categorize::merchant_name(id, &descriptor)));
    }
    if unknown.iter().all(|id| known.contains_key(id)) { Ok(known) } else { Err(Error::NotFound { what: "merchant" }) }
}

/// What the household says of a merchant, as a row.
fn saying(unit: &Unit, said: &Directory, known: &BTreeMap<MerchantId, String>, id: MerchantId) -> merchant::Model {
    let before = said.saying(id).cloned().unwrap_or_default();
    merchant::Model {
        household_id: unit.scope().household().0,
        merchant_id: id.0,
        name: before.name,
        known_as: known.get(&id).cloned().unwrap_or(before.known_as),
        merged_into: before.merged_into.map(|id| id.0),
        changed_at_ms: unit.now_ms(),
    }
}

async fn put(unit: &Unit, row: merchant::Model) -> Result<()> {
    let gone = unit.scope().delete::<merchant::Entity>().filter(merchant::Column::MerchantId.eq(row.merchant_id));
    gone.exec(unit.connection()).await?;
    merchant::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(unit.connection()).await?;
    Ok(())
}

/// What every change ends with: sayings that say nothing go, there are not too many, and whoever asks hears of it.
async fn close(unit: &mut Unit) -> Result<()> {
    let sql = "DELETE FROM merchant WHERE household_id = $1 AND name IS NULL AND merged_into IS NULL
               AND NOT EXISTS (SELECT 1 FROM merchant m WHERE m.household_id = $1 AND m.merged_into = merchant.merchant_id)";
    unit.connection().execute_raw(unit.db().statement(sql, [unit.scope().household().0.into()])).await?;
    if unit.scope().find::<merchant::Entity>().count(unit.connection()).await? > MOST {
        return Err(Error::Conflict { reason: format!("a household says something of at most {MOST} merchants") });
    }
    let sql = "UPDATE household SET merchants_seq = $2 WHERE id = $1";
    let values = [unit.scope().household().0.into(), unit.seq().into()];
    unit.connection().execute_raw(unit.db().statement(sql, values)).await?;
    unit.emit(Event::MerchantsChanged {});
    Ok(())
}
