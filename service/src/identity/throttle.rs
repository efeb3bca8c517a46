//! How often somebody may try: for each key a bucket that empties at a steady rate, as one number in a row (the generic cell
//! rate algorithm). All processes see the same.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::ConnectionTrait;

use crate::{Db, Error, Result, ambient::millis, key::Purpose};

/// What is limited.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit<'a> {
    /// Attempts from one address. An IPv6 network of 64 bits counts as one: it is one customer's.
    Address(std::net::IpAddr),
    /// Attempts at one account.
    Account(&'a str),
}

impl Limit<'_> {
    /// So many at once, …
    const fn burst(self) -> u32 {
        match self {
            Self::Address(_) => 30,
            Self::Account(_) => 10,
        }
    }

    /// … and then one in this time.
    const fn pace(self) -> Duration {
        match self {
            Self::Address(_) => Duration::from_secs(3),
            Self::Account(_) => Duration::from_secs(30),
        }
    }

    /// The row's key. It does not say whom it is about.
    fn key(self, db: &Db) -> String {
        let name = match self {
            Self::Address(std::net::IpAddr::V6(address)) => format!("address {:x}", u128::from(address) >> 64),
            Self::Address(address) => format!("address {address}"),
            Self::Account(mail_address) => format!("account {mail_address}"),
        };
        URL_SAFE_NO_PAD.encode(&db.keys().sign(Purpose::Lookup, name.as_bytes())[..KEY_BYTES])
    }
}

/// Enough that two keys never meet.
const KEY_BYTES: usize = 16;
/// Chance that an attempt also removes keys that nobody uses any more: one in so many.
const REMOVAL: u64 = 64;

/// Counts an attempt, or refuses it and says when to come back.
pub(super) async fn attempt(db: &Db, limit: Limit<'_>) -> Result<()> {
    let (now_ms, pace_ms) = (db.now_ms(), millis(limit.pace()));
    let full_ms = now_ms + pace_ms * i64::from(limit.burst());
    let key = limit.key(db);
    // The row holds the moment at which the bucket will be empty. An attempt moves it on, unless the bucket is full.
    let sql = "INSERT INTO throttle (key, free_at_ms) VALUES ($1, $2 + $3)
        ON CONFLICT (key) DO UPDATE SET free_at_ms = CASE WHEN throttle.free_at_ms < $2 THEN $2 ELSE throttle.free_at_ms END + $3
        WHERE throttle.free_at_ms + $3 <= $4
        RETURNING free_at_ms";
    let values = [key.as_str().into(), now_ms.into(), pace_ms.into(), full_ms.into()];
    if db.writer().query_one_raw(db.statement(sql, values)).await?.is_none() {
        return Err(Error::Throttled { after: wait(db, &key, full_ms - pace_ms).await? });
    }
    if db.ambient().chance.number().is_multiple_of(REMOVAL) {
        db.writer().execute_raw(db.statement("DELETE FROM throttle WHERE free_at_ms < $1", [now_ms.into()])).await?;
    }
    Ok(())
}

/// How long until the bucket has room for one.
async fn wait(db: &Db, key: &str, latest_ms: i64) -> Result<Duration> {
    let row =
        db.reader().query_one_raw(db.statement("SELECT free_at_ms FROM throttle WHERE key = $1", [key.into()])).await?;
    let free_at_ms: i64 = row.map_or(Ok(latest_ms), |row| row.try_get_by_index(0))?;
    Ok(Duration::from_millis(u64::try_from(free_at_ms - latest_ms).unwrap_or(0).max(1)))
}

/// Forgets the attempts at an account: whoever knows the password may try again at once.
pub(super) async fn forget(db: &Db, limit: Limit<'_>) -> Result<()> {
    db.writer().execute_raw(db.statement("DELETE FROM throttle WHERE key = $1", [limit.key(db).into()])).await?;
    Ok(())
}
