//! For the tests of this crate: a database on each engine, with a clock that stands still and dice that fall alike.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{account::AccountKind, day::Day, id::AccountId};
use harness::postgres;
use rust_decimal::Decimal;

use crate::{
    Ambient, Chance, Db, Scope,
    account::{self, CreateAccount},
    ambient::ManualClock,
    db::{Engine, Options, Place},
    hint::Hints,
    transaction::{self, CreateTransaction, Transaction},
    verify,
};

/// When the clock begins: 2026-01-01T00:00:00Z.
pub(crate) const BEGIN_MS: i64 = 1_767_225_600_000;
/// Every byte of the master key.
const KEY: u8 = 7;
/// How long events are kept in tests.
pub(crate) const RETENTION: Duration = Duration::from_hours(1);

/// A migrated database of a test's own.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) db: Db,
    pub(crate) clock: Arc<ManualClock>,
    options: Options,
    _database: Option<postgres::Database>,
    _folder: Option<Folder>,
}

/// An account in euro that no bank feeds.
pub(crate) async fn purse(db: &Db, scope: Scope, name: &str) -> AccountId {
    let command = CreateAccount {
        name: name.into(),
        kind: AccountKind::Cash,
        currency: "EUR".into(),
        opening_balance: None,
        idempotency_key: None,
    };
    account::create(db, scope, command).await.expect("creates").id
}

/// A transaction that a person enters, so many days after a day of 2025.
pub(crate) async fn entered(
    db: &Db,
    scope: Scope,
    account: AccountId,
    day: i32,
    (text, minor): (&str, i64),
) -> Transaction {
    let command = CreateTransaction {
        account,
        day: Day::from_number(20_400 + day).expect("a day"),
        amount: Decimal::new(minor, 2),
        description: text.into(),
        category: None,
        note: None,
        place: None,
        idempotency_key: None,
    };
    transaction::create(db, scope, command).await.expect("creates")
}

/// That nothing is wrong with a household.
pub(crate) async fn assert_sound(db: &Db, scope: Scope) {
    let question = verify::Question { household: Some(scope.household()), archive: None };
    let mut found = Vec::new();
    verify::verify(db, question, &mut |finding| found.push(finding)).await.expect("looks");
    assert_eq!(found, [], "what must always hold");
}

/// A folder of a test's own.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static FOLDERS: AtomicU64 = AtomicU64::new(0);
        let name = format!("florin-service-{}-{}", std::process::id(), FOLDERS.fetch_add(1, Ordering::Relaxed));
        let folder = Self(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&folder.0).expect("a folder");
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A leftover in the folder for temporary files harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The dice of a test: a sequence that every run repeats.
#[derive(Debug)]
struct Dice(AtomicU64);

impl Chance for Dice {
    fn number(&self) -> u64 {
        // splitmix64, <https://prng.di.unimi.it/splitmix64.c>
        let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed).wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Bench {
    pub(crate) async fn new(engine: Engine) -> Self {
        let bench = Self::bare(engine).await;
        bench.db.migrate().await.expect("migrates");
        bench
    }

    /// One without a schema.
    pub(crate) async fn bare(engine: Engine) -> Self {
        let (place, database, folder) = match engine {
            Engine::Postgres => {
                let database = postgres::Database::create(postgres::shared()).await;
                let url = database.url().to_owned();
                let place = Place::Postgres { url, connections: 8, partitions: 4, idle_limit: Duration::from_mins(1) };
                (place, Some(database), None)
            }
            Engine::Sqlite => {
                let folder = Folder::new();
                (Place::Sqlite { file: folder.0.join("florin.db"), readers: 4 }, None, Some(folder))
            }
        };
        let options = Options { place, event_retention: RETENTION };
        let clock = ManualClock::at_ms(BEGIN_MS);
        let db = open(&options, &clock, 1, KEY).await;
        Self { db, clock, options, _database: database, _folder: folder }
    }

    /// Another process on the same database; `dice` tells it from the others.
    pub(crate) async fn another(&self, dice: u64) -> Db {
        open(&self.options, &self.clock, dice, KEY).await
    }

    /// Another process, with another master key.
    pub(crate) async fn with_key(&self, key: u8) -> Db {
        open(&self.options, &self.clock, 9, key).await
    }
}

async fn open(options: &Options, clock: &Arc<ManualClock>, dice: u64, key: u8) -> Db {
    let ambient = Ambient { clock: clock.clone(), chance: Arc::new(Dice(AtomicU64::new(dice << 32))) };
    let keys = crate::Keys::derive(&[key; 32]).expect("derives");
    Db::open(options, keys, ambient, Hints::in_process()).await.expect("opens")
}

/// Declares tests that run on both engines.
macro_rules! on_both_engines {
    ($(async fn $name:ident($bench:ident: Bench) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn scenario($bench: $crate::testing::Bench) $body

            #[tokio::test]
            async fn sqlite() {
                scenario($crate::testing::Bench::new($crate::db::Engine::Sqlite).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                scenario($crate::testing::Bench::new($crate::db::Engine::Postgres).await).await;
            }
        }
    )*};
}
pub(crate) use on_both_engines;
