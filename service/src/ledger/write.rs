//! Writes rows: many new ones with one statement, changed ones one by one.

use domain::reconcile::Identity;
use entity::{transaction, transaction_alias};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

use crate::{
    Result, Unit,
    db::{Column, Table},
};

/// Runs a statement over a table of values; `$1` is the household.
pub(super) async fn execute<const N: usize>(unit: &Unit, sql: &str, table: Table<N>) -> Result<()> {
    let household = unit.scope().household().0.into();
    let statement = unit.db().statement_of(sql, table.parameters(unit.db().engine(), [household]));
    unit.connection().execute_raw(statement).await?;
    Ok(())
}

/// Writes new transactions, which no person has touched yet.
pub(super) async fn insert(unit: &Unit, rows: &[transaction::Model]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let table = Table::new([
        ("id", Column::Long(rows.iter().map(|row| row.id).collect())),
        ("account_id", Column::Long(rows.iter().map(|row| row.account_id).collect())),
        ("amount_minor", Column::Long(rows.iter().map(|row| row.amount_minor).collect())),
        ("merchant_id", Column::Long(rows.iter().map(|row| row.merchant_id).collect())),
        ("fingerprint", Column::Long(rows.iter().map(|row| row.fingerprint).collect())),
        ("day", Column::Int(rows.iter().map(|row| row.day).collect())),
        ("category_id", Column::Int(rows.iter().map(|row| row.category_id).collect())),
        ("ordinal", Column::Short(rows.iter().map(|row| row.ordinal).collect())),
        ("state", Column::Short(rows.iter().map(|row| row.state).collect())),
        ("category_source", Column::Short(rows.iter().map(|row| row.category_source).collect())),
        ("origin", Column::Short(rows.iter().map(|row| row.origin).collect())),
        // A new row is always so sure of something, or of nothing.
        ("confidence", Column::Short(rows.iter().map(|row| row.confidence.unwrap_or(0)).collect())),
        ("descriptor", Column::Text(rows.iter().map(|row| row.descriptor.clone()).collect())),
    ]);
    let sql = format!(
        r#"INSERT INTO "transaction" (household_id, id, account_id, amount_minor, merchant_id, fingerprint, day, category_id,
             ordinal, state, category_source, origin, confidence, descriptor)
           SELECT $1, v.id, v.account_id, v.amount_minor, v.merchant_id, v.fingerprint, v.day, v.category_id,
             v.ordinal, v.state, v.category_source, v.origin, v.confidence, v.descriptor FROM {}"#,
        table.source(unit.db().engine(), 2)
    );
    execute(unit, &sql, table).await?;
    insert_originals(unit, rows).await?;
    insert_ruled(unit, rows).await
}

/// Of those that rules of the household hold for, what these gave them.
async fn insert_ruled(unit: &Unit, rows: &[transaction::Model]) -> Result<()> {
    let ruled: Vec<&transaction::Model> =
        rows.iter().filter(|row| row.rule_id.is_some() || row.ruled.is_some()).collect();
    if ruled.is_empty() {
        return Ok(());
    }
    // What is not there stands as nothing: no rule has the number 0, and nothing that a rule gives is empty.
    let texts = |text: fn(&transaction::Model) -> &Option<String>| {
        Column::Text(ruled.iter().map(|row| text(row).clone().unwrap_or_default()).collect())
    };
    let table = Table::new([
        ("id", Column::Long(ruled.iter().map(|row| row.id).collect())),
        ("rule_id", Column::Long(ruled.iter().map(|row| row.rule_id.unwrap_or(0)).collect())),
        ("ruled", Column::Short(ruled.iter().map(|row| row.ruled.unwrap_or(0)).collect())),
        ("excluded", Column::Short(ruled.iter().map(|row| row.excluded.unwrap_or(0)).collect())),
        ("merchant_name", texts(|row| &row.merchant_name)),
        ("note", texts(|row| &row.note)),
        ("tags", texts(|row| &row.tags)),
        ("parts", texts(|row| &row.parts)),
    ]);
    let sql = format!(
        r#"UPDATE "transaction" SET rule_id = nullif(v.rule_id, 0), ruled = nullif(v.ruled, 0),
             merchant_name = nullif(v.merchant_name, ''), note = nullif(v.note, ''), tags = nullif(v.tags, ''),
             parts = nullif(v.parts, ''), excluded = nullif(v.excluded, 0) FROM {}
           WHERE household_id = $1 AND "transaction".id = v.id"#,
        table.source(unit.db().engine(), 2)
    );
    execute(unit, &sql, table).await
}

/// Of the few that were of another currency, what they were.
async fn insert_originals(unit: &Unit, rows: &[transaction::Model]) -> Result<()> {
    let original = |row: &transaction::Model| Some((row.id, row.original_minor?, row.original_currency.clone()?));
    let originals: Vec<(i64, i64, String)> = rows.iter().filter_map(original).collect();
    if originals.is_empty() {
        return Ok(());
    }
    let table = Table::new([
        ("id", Column::Long(originals.iter().map(|one| one.0).collect())),
        ("minor", Column::Long(originals.iter().map(|one| one.1).collect())),
        ("currency", Column::Text(originals.into_iter().map(|one| one.2).collect())),
    ]);
    let sql = format!(
        r#"UPDATE "transaction" SET original_minor = v.minor, original_currency = v.currency FROM {}
           WHERE household_id = $1 AND "transaction".id = v.id"#,
        table.source(unit.db().engine(), 2)
    );
    execute(unit, &sql, table).await
}

/// Writes a changed transaction.
pub(crate) async fn update(unit: &Unit, row: transaction::Model) -> Result<()> {
    transaction::Entity::update(row.into_active_model().reset_all()).exec(unit.connection()).await?;
    Ok(())
}

/// History that comes late was in the opening balance: it is taken out of there, and the balance of today stays.
pub(crate) async fn lower_opening(unit: &Unit, account: i64, minor: i64) -> Result<()> {
    if minor == 0 {
        return Ok(());
    }
    let sql = "UPDATE account SET opening_minor = opening_minor - $3 WHERE household_id = $1 AND id = $2";
    let values = [unit.scope().household().0.into(), account.into(), minor.into()];
    unit.connection().execute_raw(unit.db().statement(sql, values)).await?;
    Ok(())
}

/// Takes other names away from transactions that bear them as their own again.
pub(super) async fn remove_aliases(unit: &Unit, names: &[(i64, Identity)]) -> Result<()> {
    for (account, name) in names {
        unit.scope()
            .delete::<transaction_alias::Entity>()
            .filter(transaction_alias::Column::AccountId.eq(*account))
            .filter(transaction_alias::Column::Fingerprint.eq(name.fingerprint))
            .filter(transaction_alias::Column::Ordinal.eq(name.ordinal))
            .exec(unit.connection())
            .await?;
    }
    Ok(())
}

/// Writes other names of transactions. A name that is known already stays with its transaction.
pub(crate) async fn insert_aliases(unit: &Unit, aliases: Vec<transaction_alias::ActiveModel>) -> Result<()> {
    use sea_orm::sea_query::OnConflict;
    use transaction_alias::Column as Name;
    if aliases.is_empty() {
        return Ok(());
    }
    let known = OnConflict::columns([Name::HouseholdId, Name::AccountId, Name::Fingerprint, Name::Ordinal])
        .do_nothing()
        .to_owned();
    transaction_alias::Entity::insert_many(aliases)
        .on_conflict(known)
        .exec_without_returning(unit.connection())
        .await?;
    Ok(())
}
