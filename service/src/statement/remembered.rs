//! Mappings that are remembered: what a person said of a table's columns holds for the next file of the same shape into the same account,
//! or into none that was chosen, until the person says something else.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use connector::file::{
    Format,
    csv::{self, CsvMapping, Shape},
};
use entity::{statement, statement_mapping};
use ring::digest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict};
use serde::{Deserialize, Serialize};

use super::{Said, stored, to_store};
use crate::{Db, Result, Scope, Unit, archive, job::Run, outside::Outside, scope::Tenant};

impl Tenant for statement_mapping::Entity {
    const HOUSEHOLD: Self::Column = statement_mapping::Column::HouseholdId;
}

/// Where the mapping of a table comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MappingSource {
    /// It was found in the file.
    Guessed,
    /// It was given with the file.
    Given,
    /// It was given with an earlier file of the same shape: into the same account, if one was chosen.
    Remembered,
}

/// What a file is like that a person may say something of; `None` of files that are no tables, and of tables that cannot be split.
pub(super) async fn shape(run: &Run, outside: &Outside, row: &statement::Model) -> Result<Option<Shape>> {
    if Format::from_name(&row.format) != Some(Format::Csv) {
        return Ok(None);
    }
    let pages = archive::pages(outside.archive(), run.db(), run.scope(), row.id, 0, 1).await?;
    let Some(head) = pages.into_iter().next() else { return Ok(None) };
    let is_whole = i64::try_from(head.raw.len()).is_ok_and(|bytes| bytes == row.bytes);
    Ok(csv::shape(&head.raw, is_whole).ok())
}

/// What the person said of the file, with the mapping that is remembered where none was given: of the account that it is for, or of all
/// accounts where it is for none in particular.
pub(super) async fn recall(
    db: &Db,
    scope: Scope,
    account: Option<i64>,
    said: Said,
    shape: Option<&Shape>,
) -> Result<Said> {
    if said.mapping_source.is_some() {
        // An earlier attempt has settled it.
        return Ok(said);
    }
    if said.mapping.is_some() {
        return Ok(Said { mapping_source: Some(MappingSource::Given), ..said });
    }
    let Some(shape) = shape else { return Ok(said) };
    let mut known = scope
        .find::<statement_mapping::Entity>()
        .filter(statement_mapping::Column::Shape.eq(hash(shape)))
        .select_only()
        .column(statement_mapping::Column::Mapping)
        .distinct();
    if let Some(account) = account {
        known = known.filter(statement_mapping::Column::AccountId.eq(account));
    }
    let known: Vec<String> = known.into_tuple().all(db.reader()).await?;
    // Where nobody says which account it is for, tables of one shape that are understood differently say nothing.
    let [known] = &known[..] else { return Ok(said) };
    let mut mapping: CsvMapping = stored(known)?;
    if let Some(skip_lines) = shape.skip_lines {
        mapping.skip_lines = skip_lines;
    }
    Ok(Said { mapping: Some(mapping), mapping_source: Some(MappingSource::Remembered), ..said })
}

/// Remembers what was given with a file, for the one account that it was booked into.
pub(super) async fn remember(unit: &Unit, said: &Said, shape: Option<&Shape>, accounts: &[i64]) -> Result<()> {
    let given = said.mapping.as_ref().filter(|_| said.mapping_source == Some(MappingSource::Given));
    let (Some(mapping), Some(shape), [account]) = (given, shape, accounts) else { return Ok(()) };
    let row = statement_mapping::Model {
        household_id: unit.scope().household().0,
        account_id: *account,
        shape: hash(shape),
        mapping: to_store(mapping)?,
        given_at_ms: unit.now_ms(),
    };
    let key = [
        statement_mapping::Column::HouseholdId,
        statement_mapping::Column::AccountId,
        statement_mapping::Column::Shape,
    ];
    let again = OnConflict::columns(key)
        .update_columns([statement_mapping::Column::Mapping, statement_mapping::Column::GivenAtMs])
        .to_owned();
    statement_mapping::Entity::insert(statement_mapping::ActiveModel::from(row))
        .on_conflict(again)
        .exec_without_returning(unit.connection())
        .await?;
    Ok(())
}

/// Names of columns may be long.
fn hash(shape: &Shape) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, shape.key.as_bytes()))
}
