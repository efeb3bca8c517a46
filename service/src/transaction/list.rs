//! Lists of transactions, a page at a time, by keyset: however many there are, a page costs what a page costs.

use entity::transaction::{Column, Entity, Model};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, QueryResult, QueryTrait};

use super::{
    Filter, Lens, Transaction,
    cursor::{Place, list_of},
};
use crate::{Db, Error, Result, Scope, category, tag};

/// The longest page.
pub const PAGE: u32 = 200;

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// The latest first.
    #[default]
    DateDescending,
    /// The earliest first.
    DateAscending,
    /// The largest amount first, by the number of minor units.
    AmountDescending,
    /// The smallest amount first, by the number of minor units: what was spent comes before what came in.
    AmountAscending,
}

impl Order {
    const fn column(self) -> Column {
        match self {
            Self::DateDescending | Self::DateAscending => Column::Day,
            Self::AmountDescending | Self::AmountAscending => Column::AmountMinor,
        }
    }

    const fn is_descending(self) -> bool {
        matches!(self, Self::DateDescending | Self::AmountDescending)
    }

    fn key(self, row: &Model) -> i64 {
        match self {
            Self::DateDescending | Self::DateAscending => i64::from(row.day),
            Self::AmountDescending | Self::AmountAscending => row.amount_minor,
        }
    }
}

/// Which part of a list: the first after a cursor, or the last before one.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    /// So many from the beginning, or after `after`.
    pub first: Option<i32>,
    /// Cursor.
    pub after: Option<String>,
    /// So many from the end, or before `before`.
    pub last: Option<i32>,
    /// Cursor.
    pub before: Option<String>,
}

/// A page without a size has so many.
const DEFAULT_PAGE: u32 = 50;

/// Where a page begins, how long it is, in which direction it is read.
struct Window {
    backward: bool,
    size: u32,
    from: Option<Place>,
}

impl Slice {
    fn window(&self, list: u64) -> Result<Window> {
        let backward = self.last.is_some() || self.before.is_some();
        if backward && (self.first.is_some() || self.after.is_some()) {
            let reason = "must not stand beside `first` or `after`";
            return Err(Error::invalid(if self.last.is_some() { "last" } else { "before" }, reason));
        }
        let (field, size) = if backward { ("last", self.last) } else { ("first", self.first) };
        let size = match size {
            None => DEFAULT_PAGE,
            Some(size) => u32::try_from(size)
                .ok()
                .filter(|size| (1..=PAGE).contains(size))
                .ok_or_else(|| Error::invalid(field, format!("must be between 1 and {PAGE}")))?,
        };
        let (field, cursor) = if backward { ("before", &self.before) } else { ("after", &self.after) };
        let refuse = || Error::invalid(field, "must be a cursor of this list, with the same filter and order");
        let from = cursor.as_ref().map(|text| Place::parse(text, list).ok_or_else(refuse)).transpose()?;
        Ok(Window { backward, size, from })
    }
}

/// A part of a list of something else, whose rows have a key and an id: so many after a place.
pub(crate) struct Cut {
    list: u64,
    /// The longest part.
    pub(crate) size: u32,
    /// Behind this key and id.
    pub(crate) from: Option<(i64, i64)>,
}

impl Cut {
    /// `list` tells the list from all others.
    pub(crate) fn new(list: &impl std::hash::Hash, first: Option<i32>, after: Option<&str>) -> Result<Self> {
        let list = list_of(list);
        let slice = Slice { first, after: after.map(str::to_owned), ..Slice::default() };
        let Window { size, from, .. } = slice.window(list)?;
        Ok(Self { list, size, from: from.map(|place| (place.key, place.id)) })
    }

    /// The cursor of a row.
    pub(crate) fn cursor(&self, key: i64, id: i64) -> String {
        Place { key, id }.text(self.list)
    }
}

/// A page of a list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Each with its cursor.
    pub rows: Vec<(String, Transaction)>,
    /// Whether the list goes on after it.
    pub has_next: bool,
    /// Whether there is something before it.
    pub has_previous: bool,
}

/// A page of the household's transactions. `seq` is the household's number, where the caller has just read it.
pub async fn list(
    db: &Db,
    scope: Scope,
    seq: Option<i64>,
    filter: &Filter,
    order: Order,
    slice: &Slice,
) -> Result<Page> {
    filter.check()?;
    let list = list_of(&(filter, order));
    let window = slice.window(list)?;
    if !filter.tags.is_empty() {
        let standing = tag::standing(db.reader(), scope).await?;
        if filter.tags.iter().any(|id| standing.iter().all(|tag| tag.id != *id)) {
            return Err(Error::NotFound { what: "tag" });
        }
    }
    let lens = Lens::of(db, scope, seq).await?;
    let descending = order.is_descending() != window.backward;
    let categories = category::tree(db, scope, seq).await?;
    let categories = category::with(db, scope, categories, filter.categories.iter().copied()).await?;
    let mut query = scope.find::<Entity>().filter(filter.condition(db.engine(), &lens, &categories)?);
    if let Some(place) = window.from {
        query = query.filter(beyond(order.column(), place, descending));
    }
    let direction = if descending { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
    let query = query.order_by(order.column(), direction.clone()).order_by(Column::Id, direction);
    let mut statement = query.build(db.reader().get_database_backend());
    // Not as a parameter: PostgreSQL would plan each page anew, because it can't know that the page is short.
    statement.sql = format!("{} LIMIT {}", statement.sql, window.size + 1);
    let rows = db.reader().query_all_raw(statement).await?;
    let mut rows = rows.iter().map(row).collect::<Result<Vec<_>>>()?;
    let lens = lens.with(db, scope, &rows).await?;
    let has_more = rows.len() > window.size as usize;
    rows.truncate(window.size as usize);
    if window.backward {
        rows.reverse();
    }
    let rows = rows
        .into_iter()
        .filter_map(|row| {
            let place = Place { key: order.key(&row), id: row.id };
            let shown = lens.show(row).transpose()?;
            Some(shown.map(|shown| (place.text(list), shown)))
        })
        .collect::<Result<Vec<_>>>()?;
    let came_from = window.from.is_some();
    let (has_next, has_previous) = if window.backward { (came_from, has_more) } else { (has_more, came_from) };
    Ok(Page { rows, has_next, has_previous })
}

/// A row, by the places of its columns: looking them up by their names costs more than all else of a page.
fn row(row: &QueryResult) -> Result<Model> {
    Ok(Model {
        household_id: row.try_get_by_index(0)?,
        id: row.try_get_by_index(1)?,
        account_id: row.try_get_by_index(2)?,
        amount_minor: row.try_get_by_index(3)?,
        merchant_id: row.try_get_by_index(4)?,
        fingerprint: row.try_get_by_index(5)?,
        day: row.try_get_by_index(6)?,
        category_id: row.try_get_by_index(7)?,
        ordinal: row.try_get_by_index(8)?,
        state: row.try_get_by_index(9)?,
        category_source: row.try_get_by_index(10)?,
        origin: row.try_get_by_index(11)?,
        descriptor: row.try_get_by_index(12)?,
        merchant_name: row.try_get_by_index(13)?,
        note: row.try_get_by_index(14)?,
        was: row.try_get_by_index(15)?,
        counted_as: row.try_get_by_index(16)?,
        original_minor: row.try_get_by_index(17)?,
        original_currency: row.try_get_by_index(18)?,
        confidence: row.try_get_by_index(19)?,
        rule_id: row.try_get_by_index(20)?,
        tags: row.try_get_by_index(21)?,
        ruled: row.try_get_by_index(22)?,
        parts: row.try_get_by_index(23)?,
        place: row.try_get_by_index(24)?,
        excluded: row.try_get_by_index(25)?,
        refund_of: row.try_get_by_index(26)?,
    })
}

/// "Behind this place", as the index is read: the first column alone bounds the scan.
fn beyond(column: Column, place: Place, descending: bool) -> Condition {
    let (bound, strictly, id) = if descending {
        (column.lte(place.key), column.lt(place.key), Column::Id.lt(place.id))
    } else {
        (column.gte(place.key), column.gt(place.key), Column::Id.gt(place.id))
    };
    Condition::all().add(bound).add(Condition::any().add(strictly).add(id))
}
