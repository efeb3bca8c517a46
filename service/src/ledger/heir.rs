//! What a person set on a row that its source has taken back, and said of its transfers, passes on to its heir. `domain::reconcile` says
//! who that is.

use domain::{
    categorize::Setting,
    day::Day,
    id,
    reconcile::{self, Arrived, Departed, State},
};
use entity::transaction;
use sea_orm::{ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter};

use super::{
    Customs, answer,
    book::{Booked, Changes},
    customs::customs,
    merchant_by_descriptor, set_category, state, take_category,
    theirs::{Mark, is_chosen, is_marked, marked, tags, tags_text},
};
use crate::{Result, Unit, refund, transaction::NOTE_CHARS, transfer};

/// At the end of a pull: what it has taken back for good finds its heirs among the rows of the account that came after a moment.
pub(crate) async fn settle(unit: &mut Unit, account: i64, setting: Setting, after_ms: i64) -> Result<Booked> {
    let gone = departed(unit, account).await?;
    let ids: Vec<i64> = gone.iter().map(|row| row.id).collect();
    let mut decided = transfer::decided(unit, &ids).await?;
    decided.extend(refund::refunded(unit, &ids).await?);
    let has_estate = |row: &transaction::Model| is_marked(row) || decided.contains(&row.id);
    let booked = if gone.iter().any(has_estate) {
        let here = arrived(unit, account, after_ms).await?;
        pass_on(unit, setting, &heirs(&gone, &here, setting, has_estate)).await?
    } else {
        Booked::default()
    };
    forget(unit, account).await?;
    Ok(booked)
}

/// Passes on what a person set, from the first row of each pair to the second. What the heir has itself stays.
pub(super) async fn pass_on(unit: &mut Unit, setting: Setting, heirs: &[(i64, i64)]) -> Result<Booked> {
    if heirs.is_empty() {
        return Ok(Booked::default());
    }
    let customs = customs(unit).await?;
    let mut changes = Changes::default();
    for (from, to) in heirs {
        transfer::pass_on(unit, *from, *to).await?;
        refund::pass_on(unit, *from, *to).await?;
        let (from, to) = (find(unit, *from).await?, find(unit, *to).await?);
        let Some((from, to)) = from.filter(is_marked).zip(to) else { continue };
        let (bare, heir) = passed_on(&from, &to, setting, &customs);
        match state(&bare) {
            State::Posted | State::Pending => changes.change(&from, bare),
            State::Vanished | State::Deleted => changes.keep(bare),
        }
        changes.change(&to, heir);
    }
    changes.write(unit).await
}

/// Both rows as they are afterwards.
fn passed_on(
    from: &transaction::Model,
    to: &transaction::Model,
    setting: Setting,
    customs: &Customs,
) -> (transaction::Model, transaction::Model) {
    let (mut bare, mut heir) = (from.clone(), to.clone());
    let automatic = answer(&from.descriptor, from.amount_minor, setting);
    if Mark::Note.is_persons(from) {
        let own = to.note.as_deref().filter(|_| Mark::Note.is_persons(to));
        let note = reconcile::one_note(own, from.note.as_deref(), NOTE_CHARS);
        // A note for which there is no room stays where it is.
        if note != to.note || from.note == to.note {
            heir.note = note;
            Mark::Note.set_persons(&mut heir);
            Mark::Note.remove(&mut bare, automatic.merchant.0);
        }
    }
    for mark in [Mark::Name, Mark::Parts, Mark::Place, Mark::Excluded, Mark::Refund] {
        if mark.is_persons(from) && !mark.is_persons(to) {
            mark.copy(&mut heir, from);
            mark.remove(&mut bare, automatic.merchant.0);
        }
    }
    if Mark::Tags.is_persons(from) {
        let own = if Mark::Tags.is_persons(to) { tags(to) } else { Vec::new() };
        heir.tags = tags_text(own.into_iter().chain(tags(from)));
        Mark::Tags.set_persons(&mut heir);
        Mark::Tags.remove(&mut bare, automatic.merchant.0);
    }
    if is_chosen(from) && !is_chosen(to) {
        take_category(&mut heir, from);
        set_category(&mut bare, &automatic);
        customs.give(&mut bare, &automatic, false);
    }
    (bare, heir)
}

fn heirs(
    gone: &[transaction::Model],
    here: &[transaction::Model],
    setting: Setting,
    has_estate: impl Fn(&transaction::Model) -> bool,
) -> Vec<(i64, i64)> {
    let merchant = |row: &transaction::Model| merchant_by_descriptor(&row.descriptor, row.amount_minor, setting);
    let departed = |row: &transaction::Model| Departed {
        day: Day::of_row(row.day),
        amount_minor: row.amount_minor,
        merchant: merchant(row),
        was: row.was.and_then(State::from_code),
        is_marked: has_estate(row),
    };
    let arrived = |row: &transaction::Model| Arrived {
        day: Day::of_row(row.day),
        amount_minor: row.amount_minor,
        merchant: merchant(row),
        is_marked: is_marked(row),
    };
    let (departed, arrived) =
        (gone.iter().map(departed).collect::<Vec<_>>(), here.iter().map(arrived).collect::<Vec<_>>());
    let ids = |(from, to): (usize, usize)| (gone[from].id, here[to].id);
    reconcile::heirs(&departed, &arrived).into_iter().map(ids).collect()
}

/// The condition of the partial index, word for word, and that of a row which has vanished.
const VANISHED: &str = "(state IN (1, 3) OR origin <> 0) AND state = 3";

/// What the pull has taken back, and what a person has written on or decided about of what earlier ones have.
async fn departed(unit: &Unit, account: i64) -> Result<Vec<transaction::Model>> {
    let (marked, remembered, refunded) = (marked(), transfer::REMEMBERED, refund::REFUNDED);
    let sql = format!(
        r#"SELECT * FROM "transaction" WHERE household_id = $1 AND account_id = $2 AND {VANISHED}
             AND (was IS NOT NULL OR {marked} OR id IN ({remembered}) OR id IN ({refunded})) ORDER BY id"#
    );
    let values = [unit.scope().household().0.into(), account.into()];
    Ok(transaction::Model::find_by_statement(unit.db().statement(&sql, values)).all(unit.connection()).await?)
}

/// What is shown and has come after a moment.
async fn arrived(unit: &Unit, account: i64, after_ms: i64) -> Result<Vec<transaction::Model>> {
    let sql = r#"SELECT * FROM "transaction" WHERE household_id = $1 AND id >= $3 AND account_id = $2 AND state IN (0, 1) ORDER BY id"#;
    let first = id::compose(after_ms + 1, 0, 0);
    let values = [unit.scope().household().0.into(), account.into(), first.into()];
    Ok(transaction::Model::find_by_statement(unit.db().statement(sql, values)).all(unit.connection()).await?)
}

/// The pull is over: what it has taken back has had its chance.
async fn forget(unit: &Unit, account: i64) -> Result<()> {
    let sql = format!(
        r#"UPDATE "transaction" SET was = NULL WHERE household_id = $1 AND account_id = $2 AND {VANISHED} AND was IS NOT NULL"#
    );
    let values = [unit.scope().household().0.into(), account.into()];
    unit.connection().execute_raw(unit.db().statement(&sql, values)).await?;
    Ok(())
}

async fn find(unit: &Unit, id: i64) -> Result<Option<transaction::Model>> {
    let id = transaction::Column::Id.eq(id);
    Ok(unit.scope().find::<transaction::Entity>().filter(id).one(unit.connection()).await?)
}
