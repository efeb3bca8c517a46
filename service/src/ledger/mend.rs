//! Mends rows that are not what their source said: they say it again, and what the person set stays.

use domain::reconcile::State;
use entity::transaction;
use sea_orm::{ColumnTrait, QueryFilter};

use super::{
    Prepared,
    book::{Booked, Changes, taken_back, with_line},
    customs::customs,
    state,
};
use crate::{Result, Unit};

/// What becomes of a row.
#[derive(Clone, Debug)]
pub(crate) enum Mend {
    /// It says what the line says.
    Say {
        /// The row.
        id: i64,
        /// What its source said.
        line: Box<Prepared>,
    },
    /// Its source has not said it, or has taken it back: it is no longer shown, and a booked line may take its place.
    TakeBack {
        /// The row.
        id: i64,
    },
}

impl Mend {
    const fn id(&self) -> i64 {
        match self {
            Self::Say { id, .. } | Self::TakeBack { id } => *id,
        }
    }
}

/// Mends rows, and carries the sums along. One that its person has deleted meanwhile, or that is gone, stays so.
pub(crate) async fn mend(unit: &Unit, mends: &[Mend]) -> Result<Booked> {
    let found = mends.iter().filter_map(|mend| match mend {
        Mend::Say { line, .. } => Some((&line.answer, line.line.amount_minor)),
        Mend::TakeBack { .. } => None,
    });
    let customs = customs(unit).await?.asking(unit, found).await?;
    let mut changes = Changes::default();
    for mend in mends {
        let id = transaction::Column::Id.eq(mend.id());
        let found = unit.scope().find::<transaction::Entity>().filter(id).one(unit.connection()).await?;
        let Some(row) = found.filter(|row| state(row) != State::Deleted) else { continue };
        let mended = match mend {
            Mend::Say { line, .. } => with_line(&row, line, &customs),
            Mend::TakeBack { .. } => taken_back(&row),
        };
        changes.change(&row, mended);
    }
    changes.write(unit).await
}
