//! Keeps what was published.

use connector::rate::Published;
use domain::day::{Day, UTC};
use scoped_futures::ScopedFutureExt;
use sea_orm::ConnectionTrait;

use crate::{
    Db, Error, Result, Scope, Unit,
    db::{Column, Table},
    household::HOUSE,
    job::Run,
};

/// Rates that are written with one commit. Since 1999 there are two hundred thousand.
const AT_ONCE: usize = 10_000;

/// What became of a file of rates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How many rates there were.
    pub rates: usize,
    /// The first of their days.
    pub from: Option<Day>,
    /// The last.
    pub to: Option<Day>,
    /// Codes that were passed over, because no account can be in them.
    pub passed: Vec<String>,
}

impl Kept {
    fn of(published: &Published) -> Self {
        let days = || published.references.iter().map(|one| one.day);
        Self {
            rates: published.references.len(),
            from: days().min(),
            to: days().max(),
            passed: published.passed.iter().cloned().collect(),
        }
    }
}

/// Keeps what was published, by hand. What is known already is written anew: a bank corrects itself.
pub async fn import(db: &Db, published: &Published) -> Result<Kept> {
    if let Some(fault) = fault(db, published) {
        return Err(Error::invalid("file", fault));
    }
    for part in Part::all(published) {
        let part = &part;
        db.write(Scope::of_operator(HOUSE), move |unit| async move { part.write(unit).await }.scope_boxed()).await?;
    }
    Ok(Kept::of(published))
}

/// The same within a job, of what has no [`fault`].
pub(super) async fn book(run: &Run, published: &Published) -> Result<()> {
    for part in Part::all(published) {
        let part = &part;
        run.write(move |unit| async move { part.write(unit).await }.scope_boxed()).await?;
    }
    Ok(())
}

/// Why what was published cannot be true. Nobody publishes what is still to come: such a day would say that nothing is missing until then. A clock
/// may be a day behind.
pub(super) fn fault(db: &Db, published: &Published) -> Option<String> {
    let latest = published.references.iter().map(|one| one.day).max()?;
    let tomorrow = Day::at(db.now_ms(), UTC).plus(1);
    (latest > tomorrow).then(|| format!("has a rate of {latest}, which is still to come"))
}

/// The latest day of which there is a rate.
pub async fn latest(db: &Db) -> Result<Option<Day>> {
    let row = db.reader().query_one_raw(db.statement("SELECT max(day) FROM exchange_rate", [])).await?;
    let day: Option<i32> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    Ok(day.map(Day::of_row))
}

/// So many rates as are written at once.
struct Part {
    currencies: Vec<String>,
    days: Vec<i32>,
    rates: Vec<String>,
}

impl Part {
    /// The earliest first: the latest day says how far Florin has come, and so it is written last.
    fn all(published: &Published) -> Vec<Self> {
        let mut references = published.references.clone();
        references.sort_by_key(|one| (one.day, one.currency));
        // Of one currency and day what stands last in the file holds.
        references.dedup_by(|later, earlier| {
            let is_same = (later.day, later.currency) == (earlier.day, earlier.currency);
            if is_same {
                *earlier = *later;
            }
            is_same
        });
        let part = |references: &[connector::rate::Reference]| Self {
            currencies: references.iter().map(|one| one.currency.code().to_owned()).collect(),
            days: references.iter().map(|one| one.day.number()).collect(),
            rates: references.iter().map(|one| one.per_euro.to_string()).collect(),
        };
        references.chunks(AT_ONCE).map(part).collect()
    }

    async fn write(&self, unit: &Unit) -> Result<()> {
        let engine = unit.db().engine();
        let table = Table::new([
            ("currency", Column::Text(self.currencies.clone())),
            ("day", Column::Int(self.days.clone())),
            ("per_euro", Column::Text(self.rates.clone())),
        ]);
        // SQLite would take ON for that of a join.
        let sql = format!(
            "INSERT INTO exchange_rate (currency, day, per_euro) SELECT v.currency, v.day, v.per_euro FROM {} WHERE true
             ON CONFLICT (currency, day) DO UPDATE SET per_euro = excluded.per_euro WHERE exchange_rate.per_euro <> excluded.per_euro",
            table.source(engine, 1)
        );
        let values = table.parameters(engine, []);
        unit.connection().execute_raw(unit.db().statement_of(&sql, values)).await?;
        Ok(())
    }
}
