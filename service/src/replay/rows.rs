//! Rows and their names on either side.

use std::collections::HashMap;

use domain::reconcile::Origin;
use entity::{transaction, transaction_alias};
use sea_orm::{ColumnTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::Subject;
use crate::{
    Db, Result, Scope,
    db::{Column, Engine, Table},
};

/// Rows that are compared at once.
pub(super) const AT_ONCE: u64 = 500;

/// Rows that are shown and that a bank leads, after one of them.
pub(super) async fn led_by_bank(db: &Db, scope: Scope, of: Subject, after: i64) -> Result<Vec<transaction::Model>> {
    let rows = scope
        .find::<transaction::Entity>()
        .filter(transaction::Column::AccountId.eq(of.id))
        .filter(transaction::Column::Id.gt(after))
        .filter(transaction::Column::Origin.eq(Origin::Bank.code()))
        .filter(Expr::cust("state IN (0, 1)"))
        .order_by_asc(transaction::Column::Id)
        .limit(AT_ONCE);
    Ok(rows.all(db.reader()).await?)
}

/// The other names of rows, by row.
pub(super) async fn names_of(db: &Db, scope: Scope, rows: &[transaction::Model]) -> Result<HashMap<i64, Vec<i64>>> {
    let ids = Table::new([("id", Column::Long(rows.iter().map(|row| row.id).collect()))]);
    let sql = format!(
        "SELECT a.* FROM {} {} transaction_alias a ON a.household_id = $1 AND a.transaction_id = v.id",
        ids.source(db.engine(), 2),
        Table::<1>::join(db.engine())
    );
    let mut names: HashMap<i64, Vec<i64>> = HashMap::new();
    for name in aliases(db, scope, &sql, ids).await? {
        if name.origin == Origin::Bank.code() {
            names.entry(name.transaction_id).or_default().push(name.fingerprint);
        }
    }
    Ok(names)
}

/// Who bears which name.
#[derive(Debug, Default)]
pub(super) struct Bearers {
    /// As its own.
    pub(super) own: HashMap<i64, transaction::Model>,
    /// As another one: the row.
    pub(super) other: HashMap<i64, i64>,
}

impl Bearers {
    pub(super) async fn of(db: &Db, scope: Scope, of: Subject, fingerprints: Vec<i64>) -> Result<Self> {
        let names = Table::new([("fingerprint", Column::Long(fingerprints))]);
        // Without statistics SQLite holds reading a whole household for cheaper.
        let index = match db.engine() {
            Engine::Postgres => "",
            Engine::Sqlite => "INDEXED BY transaction_identity",
        };
        let (source, join) = (names.source(db.engine(), 2), Table::<1>::join(db.engine()));
        let account = of.id;
        let sql = format!(
            r#"SELECT t.* FROM {source} {join} "transaction" t {index}
               ON t.household_id = $1 AND t.account_id = {account} AND t.fingerprint = v.fingerprint"#
        );
        let values = names.clone().parameters(db.engine(), [scope.household().0.into()]);
        let rows = transaction::Model::find_by_statement(db.statement_of(&sql, values)).all(db.reader()).await?;
        // A name of a row that is gone hides nothing.
        let sql = format!(
            r#"SELECT a.* FROM {source} {join} transaction_alias a
               ON a.household_id = $1 AND a.account_id = {account} AND a.fingerprint = v.fingerprint
               {join} "transaction" t ON t.household_id = $1 AND t.id = a.transaction_id"#
        );
        let others = aliases(db, scope, &sql, names).await?;
        Ok(Self {
            own: rows.into_iter().map(|row| (row.fingerprint, row)).collect(),
            other: others.into_iter().map(|name| (name.fingerprint, name.transaction_id)).collect(),
        })
    }
}

async fn aliases(db: &Db, scope: Scope, sql: &str, table: Table<1>) -> Result<Vec<transaction_alias::Model>> {
    let values = table.parameters(db.engine(), [scope.household().0.into()]);
    Ok(transaction_alias::Model::find_by_statement(db.statement_of(sql, values)).all(db.reader()).await?)
}

/// All names of rows: their own and the others.
pub(super) fn all_names(rows: &[transaction::Model], names: &HashMap<i64, Vec<i64>>) -> Vec<i64> {
    let mut all: Vec<i64> = rows.iter().map(|row| row.fingerprint).chain(names.values().flatten().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all
}
