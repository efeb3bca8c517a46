//! Recognizes lines of a file without reading their rows back: whoever imports a file again imports the same file, nearly always.

use std::collections::HashMap;

use domain::reconcile::{Identity, State};
use sea_orm::ConnectionTrait;

use super::{Became, How, Named, known::by_name};
use crate::{
    Error, Result, Unit,
    db::{Column, Table},
};

/// What has become of the lines of a file, if each of them is a row by its own name, and that row says just what the line says: then nothing is
/// left to be decided, and nothing changes. `None` if it is otherwise with any of them; [`super::book()`] decides then.
///
/// A name is a fingerprint within the account and a number, and no two rows bear one (`domain::reconcile::window` calls rows by it as well).
pub(crate) async fn recognize(unit: &Unit, account: i64, lines: &[Named]) -> Result<Option<Vec<Became>>> {
    let rows = rows(unit, account, lines).await?;
    let became = |(place, line): (usize, &Named)| {
        let name = Identity { fingerprint: line.fingerprint, ordinal: line.ordinal };
        let row = rows.get(&(name.fingerprint, name.ordinal))?;
        let is_same = (row.day, row.amount_minor, row.origin)
            == (line.line.day.number(), line.line.amount_minor, line.origin.code());
        let (transaction, origin, was) = (row.id, line.origin, Some(State::Posted));
        is_same.then_some(Became { place, transaction, origin, name, how: How::Known, was })
    };
    Ok(lines.iter().enumerate().map(became).collect())
}

/// What is compared of a row.
struct Row {
    id: i64,
    day: i32,
    amount_minor: i64,
    origin: i16,
}

/// The booked rows that bear the fingerprints of some lines as their own, by their names. They come as one text: read row by row they would take
/// as long as everything else.
async fn rows(unit: &Unit, account: i64, lines: &[Named]) -> Result<HashMap<(i64, i16), Row>> {
    let mut fingerprints: Vec<i64> = lines.iter().map(|line| line.fingerprint).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    let engine = unit.db().engine();
    let table = Table::new([("fingerprint", Column::Long(fingerprints))]);
    let sql = format!(
        r#"SELECT string_agg(t.fingerprint || ' ' || t.ordinal || ' ' || t.id || ' ' || t.day || ' ' || t.amount_minor || ' ' || t.origin, ',')
           FROM {} {} "transaction" t {}
             ON t.household_id = $1 AND t.account_id = $2 AND t.fingerprint = v.fingerprint AND t.state = {}"#,
        table.source(engine, 3),
        Table::<1>::join(engine),
        by_name(engine),
        State::Posted.code(),
    );
    let values = table.parameters(engine, [unit.scope().household().0.into(), account.into()]);
    let row = unit.connection().query_one_raw(unit.db().statement_of(&sql, values)).await?;
    let text: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    let mut rows = HashMap::with_capacity(lines.len());
    for row in text.iter().flat_map(|text| text.split(',')) {
        let (name, row) = read(row).ok_or_else(|| Error::broken("a row that is no row"))?;
        rows.insert(name, row);
    }
    Ok(rows)
}

fn read(text: &str) -> Option<((i64, i16), Row)> {
    let mut fields = text.split(' ');
    let mut next = || fields.next();
    let name = (next()?.parse().ok()?, next()?.parse().ok()?);
    let row = Row {
        id: next()?.parse().ok()?,
        day: next()?.parse().ok()?,
        amount_minor: next()?.parse().ok()?,
        origin: next()?.parse().ok()?,
    };
    Some((name, row))
}
