//! Splits transactions into parts of their own categories.

use domain::{
    category::CategoryId,
    id::{AccountId, TransactionId},
    money::Money,
    split::{self, Measure, PARTS, Part, Uneven},
};
use entity::transaction;
use rust_decimal::Decimal;
use scoped_futures::ScopedFutureExt;

use super::{
    Transaction,
    change::{Touched, load, tell, write_changed},
    edit::{NOTE_CHARS, assert_whole, text},
    lens::shown,
};
use crate::{
    Db, Error, Result, Scope,
    account::{self, minor},
    category,
    ledger::theirs::{Mark, parts_text},
};

/// A split of a transaction.
#[derive(Clone, Debug)]
pub struct SplitTransaction {
    /// Which.
    pub id: TransactionId,
    /// What it was for; nothing: it is one again.
    pub parts: Vec<NewPart>,
}

/// A part that a transaction is to have.
#[derive(Clone, Debug)]
pub struct NewPart {
    /// What it was for.
    pub category: CategoryId,
    /// How much of it, signed as the transaction; `None`: a share.
    pub amount: Option<Decimal>,
    /// How much of what the others leave, in proportion.
    pub share: Option<Decimal>,
    /// A note.
    pub note: Option<String>,
}

/// Splits a transaction into parts of their own categories. They add up to it, and what its source says of it later is split alike.
pub async fn split(db: &Db, scope: Scope, command: SplitTransaction) -> Result<Transaction> {
    if command.parts.len() == 1 || command.parts.len() > PARTS {
        return Err(Error::invalid("parts", format!("must be 2 to {PARTS}, or none")));
    }
    let note = |part: &NewPart| part.note.as_deref().map(|note| text("note", note, NOTE_CHARS)).transpose();
    let notes = command.parts.iter().map(note).collect::<Result<Vec<_>>>()?;
    let notes = &notes.into_iter().map(|note| note.filter(|note| !note.is_empty())).collect::<Vec<_>>();
    let (id, parts) = (command.id, &command.parts);
    db.write(scope, move |unit| {
        async move {
            let before = load(unit, id).await?;
            assert_whole(&before)?;
            let account = account::load(unit, AccountId(before.account_id)).await?;
            let whole = Money::new(before.amount_minor, crate::connection::currency(&account.currency)?);
            let minors = measured(whole, parts)?;
            let tree = category::tree_of(unit).await?;
            let mut of_categories = Vec::with_capacity(parts.len());
            for ((part, minor), note) in parts.iter().zip(minors).zip(notes) {
                of_categories.push(Part(category::given(&tree, part.category)?.id, minor, note.clone()));
            }
            let mut row = transaction::Model { parts: parts_text(&of_categories), ..before.clone() };
            Mark::Parts.set_persons(&mut row);
            write_changed(unit, &before, row.clone()).await?;
            tell(unit, Touched { changed: &[row.id], days: &[row.day], ..Touched::default() }).await?;
            shown(unit, row).await
        }
        .scope_boxed()
    })
    .await
}

/// How large the parts of a whole are.
fn measured(whole: Money, parts: &[NewPart]) -> Result<Vec<i64>> {
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let measure = |part: &NewPart| match (part.amount, part.share) {
        (Some(amount), None) => match minor("amount", amount, whole.currency)? {
            0 => Err(Error::invalid("amount", "must not be zero")),
            minor => Ok(Measure::Minor(minor)),
        },
        (None, Some(share)) if split::is_share(share) => Ok(Measure::Share(share)),
        (None, Some(_)) => {
            Err(Error::invalid("share", "must be more than 0, at most 1000000, with at most 6 decimals"))
        }
        _ => Err(Error::invalid("parts", "must each have an amount or a share")),
    };
    let measures = parts.iter().map(measure).collect::<Result<Vec<_>>>()?;
    split::measured(whole.minor, &measures).map_err(|uneven| {
        let reason = match uneven {
            Uneven::Missing(minor) => {
                format!("must add up to {whole}: {} is missing", Money::new(minor, whole.currency))
            }
            Uneven::TooLarge => "must have parts of at most 14 digits, those of the minor unit included".to_owned(),
            Uneven::NothingLeft => format!("must leave something of {whole} for the shares"),
        };
        Error::invalid("parts", reason)
    })
}
