//! What `florin bench` measures: the way of a page from a bank's bytes to its commit, without the bank; and the ceiling, which is one statement
//! that writes the same rows into the same tables.

use std::collections::HashMap;

use connector::bank::{Currencies, SourceAccount, obie};
use domain::{account::AccountKind, currency::Currency, day::Day, id::ConnectionId};
use scoped_futures::ScopedFutureExt;
use sea_orm::ConnectionTrait;

use crate::{
    Db, Error, Result, Scope,
    archive::{self, Archive},
    connection::{Source, Step, batches, insert, keep, listing},
    db::{Column, Engine, Table},
    household,
    outside::SANDBOX,
    seal::Sealer,
};

/// Accounts of a household.
pub const ACCOUNTS: [&str; 3] = ["checking", "savings", "card"];

/// Counts what is in the tables, as the database does by itself a minute after a bulk load: until then its plans are guesses.
pub async fn analyze(db: &Db) -> Result<()> {
    db.writer().execute_unprepared("ANALYZE").await?;
    Ok(())
}

/// A household that is linked to nothing, and takes pages.
pub struct Target {
    scope: Scope,
    connection: ConnectionId,
    cursor: Option<String>,
    /// Whether the bank tells its history once more.
    is_listing: bool,
    accounts: HashMap<String, Source>,
    sealer: Sealer,
}

impl Target {
    /// Founds one.
    pub async fn found(db: &Db) -> Result<Self> {
        Self::found_in(db, Scope::of_operator(household::create(db, "bench", "EUR").await?)).await
    }

    /// In a household that is there.
    pub async fn found_in(db: &Db, scope: Scope) -> Result<Self> {
        let id = db.next_id().await?;
        let euro = Currency::from_code("EUR").ok_or_else(|| Error::broken("no euro"))?;
        let listed = &ACCOUNTS.map(|name| SourceAccount {
            source_id: name.to_owned(),
            kind: AccountKind::Checking,
            currency: euro,
            name: name.to_owned(),
            number_tail: None,
        });
        let accounts = db
            .write(scope, move |unit| {
                async move {
                    archive::prepare(unit).await?;
                    let sandbox =
                        i32::try_from(SANDBOX.0).map_err(|_| Error::broken("an institution's id beyond its range"))?;
                    insert(unit, id, sandbox, "").await?;
                    keep(unit, id, listed).await?.ok_or_else(|| Error::broken("the connection is gone"))
                }
                .scope_boxed()
            })
            .await?;
        let sealer = archive::sealer(db, scope).await?;
        Ok(Self { scope, connection: ConnectionId(id), cursor: None, is_listing: false, accounts, sealer })
    }

    /// The whole way of a page: decoded, archived, reconciled, categorized, inserted, summed, committed. Answers with its lines.
    pub async fn take(&mut self, db: &Db, archive: &Archive, raw: &[u8]) -> Result<usize> {
        let currencies: Currencies = self.accounts.iter().map(|(id, source)| (id.clone(), source.currency)).collect();
        let entries = obie::decode_page(raw, &currencies).map_err(|failure| Error::broken(failure.to_string()))?;
        let (lines, after) = (entries.lines.len(), entries.cursor.clone());
        let connection = self.connection.0;
        let kept = archive::keep(archive, db, &self.sealer, self.scope, connection, raw).await?;
        if self.cursor.is_none() {
            self.is_listing = listing::is_needed(db, self.scope, &self.accounts).await?;
        }
        let is_listing = self.is_listing;
        let listing = is_listing.then_some(connection);
        let batches = batches(db.keys().fingerprint(), &self.accounts, entries, listing);
        let step = &Step {
            connection,
            before: self.cursor.clone(),
            after: after.clone(),
            is_listing,
            rejected: 0,
            kept,
            batches,
        };
        db.write(self.scope, move |unit| async move { step.write(unit).await }.scope_boxed()).await?;
        self.cursor = Some(after);
        Ok(lines)
    }

    /// The ceiling: the same rows with one statement, without reading, deciding or archiving anything. `first` numbers them.
    pub async fn write_at_once(&self, db: &Db, first: i64, count: usize) -> Result<()> {
        if db.engine() != Engine::Postgres {
            return Err(Error::broken("the ceiling is measured on PostgreSQL"));
        }
        let numbers = || (first..).take(count);
        let accounts: Vec<i64> = self.accounts.values().map(|source| source.account).collect();
        let account = |n: i64| accounts[usize::try_from(n).unwrap_or(0) % accounts.len()];
        let small = |n: i64, modulus: i64| i32::try_from(n % modulus).unwrap_or(0);
        let today = Day::at(db.now_ms(), domain::day::UTC);
        let table = Table::new([
            ("id", Column::Long(numbers().collect())),
            ("account_id", Column::Long(numbers().map(account).collect())),
            ("amount_minor", Column::Long(numbers().map(|n| -(n % 9_973)).collect())),
            ("merchant_id", Column::Long(numbers().map(|n| n % 5_000).collect())),
            (
                "fingerprint",
                Column::Long(numbers().map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed())).collect()),
            ),
            ("day", Column::Int(numbers().map(|n| today.plus(-small(n, 28)).number()).collect())),
            ("month", Column::Int(numbers().map(|n| today.plus(-small(n, 28)).month().number()).collect())),
            ("category_id", Column::Int(numbers().map(|n| 101 + small(n, 40)).collect())),
            ("descriptor", Column::Text(numbers().map(|n| format!("REWE MARKT {} BERLIN", n % 10_000)).collect())),
        ]);
        let sql = format!(
            r#"WITH v AS MATERIALIZED (SELECT * FROM {}), new AS (
                 INSERT INTO "transaction" (household_id, id, account_id, amount_minor, merchant_id, fingerprint, day, category_id, ordinal, state,
                   category_source, origin, confidence, descriptor)
                 SELECT $1, id, account_id, amount_minor, merchant_id, fingerprint, day, category_id, 0, 0, 0, 0, 0, descriptor FROM v
                 ON CONFLICT DO NOTHING)
               INSERT INTO monthly_spending (household_id, month, account_id, category_id, posted_count, pending_count, posted_minor, pending_minor)
               SELECT $1, v.month, v.account_id, v.category_id, count(*)::int, 0, sum(v.amount_minor)::bigint, 0 FROM v GROUP BY 2, 3, 4
               ON CONFLICT (household_id, month, account_id, category_id) DO UPDATE SET
                 posted_count = monthly_spending.posted_count + excluded.posted_count,
                 posted_minor = monthly_spending.posted_minor + excluded.posted_minor"#,
            table.source(db.engine(), 2)
        );
        let parameters = table.parameters(db.engine(), [self.scope.household().0.into()]);
        db.writer().execute_raw(db.statement_of(&sql, parameters)).await?;
        Ok(())
    }
}

#[cfg(test)]
impl Target {
    /// The connection that is pulled.
    pub(crate) fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// The bank refuses the cursor: the next page begins its history once more.
    pub(crate) async fn begin_again(&mut self, db: &Db) -> Result<()> {
        let sql = "UPDATE connection SET cursor = NULL WHERE household_id = $1 AND id = $2";
        let values = [self.scope.household().0.into(), self.connection.0.into()];
        db.writer().execute_raw(db.statement(sql, values)).await?;
        self.cursor = None;
        Ok(())
    }

    /// The bank has told everything; `balance` is that of each account.
    pub(crate) async fn settle(&mut self, db: &Db, balance: i64) -> Result<()> {
        let (connection, accounts) = (self.connection.0, &self.accounts);
        if self.is_listing {
            let settled = db.write(self.scope, move |unit| {
                async move { listing::settle(unit, connection, accounts, |_| Some(balance)).await }.scope_boxed()
            });
            settled.await?;
        }
        self.is_listing = false;
        Ok(())
    }
}
