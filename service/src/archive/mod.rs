//! The archive: what sources sent, word for word, kept for ever and only ever appended to. What we show can be rebuilt from it.
//!
//! A page is compressed, sealed with a key of its household (erase the key, and the pages are erased), and appended to the
//! process's open segment. Many pages share one flush. The row that says where it lies is written in the transaction that books it: a
//! page whose transaction failed is a few bytes that nobody reads.

mod segment;

pub use segment::Archive;

use domain::id::HouseholdId;
use entity::{archive_page, household_key};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::{Db, Error, Result, Scope, Unit, scope::Tenant, seal::Sealer};

/// Fast, and bank pages shrink to a tenth all the same.
const COMPRESSION_LEVEL: i32 = 1;
/// A page that claims to be larger once unpacked is not one of ours.
const PAGE_BYTES: usize = 64 << 20;

impl Tenant for household_key::Entity {
    const HOUSEHOLD: Self::Column = household_key::Column::HouseholdId;
}

impl Tenant for archive_page::Entity {
    const HOUSEHOLD: Self::Column = archive_page::Column::HouseholdId;
}

/// Where a page lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) segment: String,
    pub(crate) start: u64,
    pub(crate) bytes: u64,
}

/// What a page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saying {
    /// What has changed since the page before; or a part of a file.
    Changes,
    /// More of a bank's history, told once more.
    Listing,
    /// The beginning of a bank's history, told once more.
    ListingBegins,
}

impl Saying {
    const fn code(self) -> i16 {
        match self {
            Self::Changes => archive_page::CHANGES,
            Self::Listing => archive_page::LISTING,
            Self::ListingBegins => archive_page::LISTING_BEGINS,
        }
    }

    fn of(row: &archive_page::Model) -> Result<Self> {
        [Self::Changes, Self::Listing, Self::ListingBegins]
            .into_iter()
            .find(|saying| saying.code() == row.is_listing)
            .ok_or_else(|| Error::broken(format!("page {} says what nobody knows", row.id)))
    }
}

/// A page as it was sent.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) id: i64,
    pub(crate) saying: Saying,
    pub(crate) raw: Vec<u8>,
}

/// A page that is on disk, and has no row yet.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    id: i64,
    source: i64,
    place: Place,
}

/// Makes sure that the household has a key for its pages.
pub(crate) async fn prepare(unit: &Unit) -> Result<()> {
    let household = unit.scope().household();
    if unit.scope().find::<household_key::Entity>().one(unit.connection()).await?.is_some() {
        return Ok(());
    }
    let key = unit.db().ambient().key_bytes();
    let sealed = unit.db().keys().seal(unit.db().ambient(), &key_place(household), &key)?;
    let row = household_key::ActiveModel { household_id: Set(household.0), sealed: Set(sealed) };
    household_key::Entity::insert(row).exec_without_returning(unit.connection()).await?;
    Ok(())
}

/// The sealer of a household's pages.
pub(crate) async fn sealer(db: &Db, scope: Scope) -> Result<Sealer> {
    let row = scope.find::<household_key::Entity>().one(db.reader()).await?;
    let row = row.ok_or_else(|| Error::broken("the household has no key for its archive"))?;
    Sealer::from_key(&db.keys().open(&key_place(scope.household()), &row.sealed)?)
}

/// Puts a page on disk. It belongs to the archive once [`record`] has written its row.
pub(crate) async fn keep(
    archive: &Archive,
    db: &Db,
    sealer: &Sealer,
    scope: Scope,
    source: i64,
    page: &[u8],
) -> Result<Kept> {
    let id = db.next_id().await?;
    let packed = zstd::bulk::compress(page, COMPRESSION_LEVEL).map_err(|error| Error::broken(error.to_string()))?;
    let closed = sealer.seal(db.ambient(), &page_place(scope.household(), id), &packed)?;
    let place = archive.append(closed).await?;
    Ok(Kept { id, source, place })
}

/// Writes the row of a page.
pub(crate) async fn record(unit: &Unit, kept: &Kept, saying: Saying) -> Result<()> {
    let number = |bytes: u64| i64::try_from(bytes).map_err(|_| Error::broken("a segment beyond all measure"));
    let row = archive_page::ActiveModel {
        household_id: Set(unit.scope().household().0),
        id: Set(kept.id),
        source_id: Set(kept.source),
        segment: Set(kept.place.segment.clone()),
        start: Set(number(kept.place.start)?),
        bytes: Set(number(kept.place.bytes)?),
        at_ms: Set(unit.now_ms()),
        is_listing: Set(saying.code()),
    };
    archive_page::Entity::insert(row).exec_without_returning(unit.connection()).await?;
    Ok(())
}

/// The pages of a connection or a statement after one of them, as they were sent, oldest first, at most `limit`.
pub(crate) async fn pages(
    archive: &Archive,
    db: &Db,
    scope: Scope,
    source: i64,
    after: i64,
    limit: u64,
) -> Result<Vec<Page>> {
    let rows = behind(scope, after, limit).filter(archive_page::Column::SourceId.eq(source)).all(db.reader()).await?;
    let sealer = sealer(db, scope).await?;
    let mut pages = Vec::with_capacity(rows.len());
    for row in rows {
        pages.push(Page { id: row.id, saying: Saying::of(&row)?, raw: read(archive, &sealer, &row).await? });
    }
    Ok(pages)
}

/// Where the pages of a household lie, whatever their source, oldest first: those after one of them, at most `limit`.
pub(crate) async fn places(db: &Db, scope: Scope, after: i64, limit: u64) -> Result<Vec<archive_page::Model>> {
    Ok(behind(scope, after, limit).all(db.reader()).await?)
}

fn behind(scope: Scope, after: i64, limit: u64) -> Select<archive_page::Entity> {
    scope
        .find::<archive_page::Entity>()
        .filter(archive_page::Column::Id.gt(after))
        .order_by_asc(archive_page::Column::Id)
        .limit(limit)
}

/// Reads a page.
pub(crate) async fn read(archive: &Archive, sealer: &Sealer, row: &archive_page::Model) -> Result<Vec<u8>> {
    let number = |value: i64| u64::try_from(value).map_err(|_| Error::broken("a page at a negative place"));
    let place = Place { segment: row.segment.clone(), start: number(row.start)?, bytes: number(row.bytes)? };
    let packed = sealer.open(&page_place(HouseholdId(row.household_id), row.id), archive.read(&place).await?)?;
    zstd::bulk::decompress(&packed, PAGE_BYTES).map_err(|error| Error::broken(error.to_string()))
}

/// Whether the key of the household's pages opens; `None` where there is no key yet.
pub(crate) async fn key_opens(db: &Db, scope: Scope, connection: &impl ConnectionTrait) -> Result<Option<bool>> {
    let row = scope.find::<household_key::Entity>().one(connection).await?;
    Ok(row.map(|row| db.keys().open(&key_place(scope.household()), &row.sealed).is_ok()))
}

fn key_place(household: HouseholdId) -> String {
    format!("household_key {}", household.0)
}

fn page_place(household: HouseholdId, id: i64) -> String {
    format!("archive_page {} {id}", household.0)
}
