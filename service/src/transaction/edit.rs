//! What people do to transactions. What they set is theirs: no pull, rule or model overwrites it.

use std::collections::BTreeSet;

use domain::{
    categorize::Source,
    category::CategoryId,
    id::{AccountId, Owned, TagId, TransactionId},
    identity,
    merchant::MerchantId,
    reconcile::State,
};
use entity::transaction;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, QueryFilter};

use super::{
    Transaction,
    change::{Touched, load, tell, write_changed},
    enter::NewPlace,
    lens::shown,
};
use crate::{
    Db, Error, Result, Scope, Unit, account, category, duplicate,
    ledger::{
        self, Sums,
        stored::side,
        theirs::{Mark, place_text, tags, tags_text},
    },
    merchant, tag,
};

/// The longest note.
pub const NOTE_CHARS: usize = 2_000;

/// The most tags that a transaction has.
pub const TAGS: usize = 20;

/// What a person says is certain, in percent.
const CERTAIN: i16 = 100;

/// A change of a transaction. What is `None` stays.
#[derive(Clone, Debug)]
pub struct UpdateTransaction {
    /// Which.
    pub id: TransactionId,
    /// The person's category.
    pub category: Option<CategoryId>,
    /// Whether the category is for the merchant's lines to come too.
    pub is_remembered: bool,
    /// The person's note; an inner `None` removes it.
    pub note: Option<Option<String>>,
    /// What the person calls the merchant; an inner `None` brings the automatic name back.
    pub merchant_name: Option<Option<String>>,
    /// All its tags.
    pub tags: Option<Vec<TagId>>,
    /// Where it was; an inner `None` removes it.
    pub place: Option<Option<NewPlace>>,
    /// Whether it is neither spending nor income.
    pub is_excluded: Option<bool>,
}

impl UpdateTransaction {
    /// A change that changes nothing yet.
    #[must_use]
    pub const fn of(id: TransactionId) -> Self {
        Self {
            id,
            category: None,
            is_remembered: false,
            note: None,
            merchant_name: None,
            tags: None,
            place: None,
            is_excluded: None,
        }
    }
}

/// Changes a transaction. A category that a person set stays for ever.
pub async fn update(db: &Db, scope: Scope, command: UpdateTransaction) -> Result<Transaction> {
    let (note, name) = (noted(command.note)?, called(command.merchant_name)?);
    let (id, category, is_remembered, note, name) = (command.id, command.category, command.is_remembered, &note, &name);
    let (tags, is_excluded) = (&command.tags, command.is_excluded);
    let place = &command.place.map(|place| place.as_ref().map(NewPlace::read).transpose()).transpose()?;
    if tags.as_ref().is_some_and(|tags| tags.len() > TAGS) {
        return Err(Error::invalid("tagIds", format!("must have at most {TAGS} tags")));
    }
    db.write(scope, move |unit| {
        async move {
            let before = load(unit, id).await?;
            let mut row = before.clone();
            if let Some(category) = category {
                choose(unit, &mut row, category).await?;
                if is_remembered {
                    merchant::remember(unit, &before, CategoryId(row.category_id)).await?;
                }
            }
            set_note(&mut row, note.as_ref());
            set_excluded(&mut row, is_excluded);
            if let Some(place) = place {
                row.place = place.as_ref().and_then(place_text);
                Mark::Place.set_persons(&mut row);
            }
            if let Some(tags) = tags {
                tag::assert_standing(unit, tags).await?;
                set_tags(&mut row, tags.iter().copied());
            }
            if let Some(name) = name {
                let merchant = match name {
                    Some(name) => MerchantId::of_name(name),
                    None => automatic_merchant(unit, &row).await?,
                };
                set_name(&mut row, name.as_deref(), merchant);
            }
            write_changed(unit, &before, row.clone()).await?;
            tell(unit, Touched { changed: &[row.id], days: &[row.day], ..Touched::default() }).await?;
            shown(unit, row).await
        }
        .scope_boxed()
    })
    .await
}

/// A change of several transactions at once. What is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UpdateTransactions {
    /// Which.
    pub ids: Vec<TransactionId>,
    /// The person's category for all of them.
    pub category: Option<CategoryId>,
    /// The person's note; an inner `None` removes it.
    pub note: Option<Option<String>>,
    /// What the person calls the merchant; an inner `None` brings the automatic names back.
    pub merchant_name: Option<Option<String>>,
    /// Whether they are neither spending nor income.
    pub is_excluded: Option<bool>,
    /// Tags that all of them get.
    pub added_tags: Vec<TagId>,
    /// Tags that none of them keeps.
    pub removed_tags: Vec<TagId>,
}

/// The most that are changed at once.
pub const CHANGES: usize = 500;

/// Changes several transactions at once: all of them, or none.
pub async fn update_many(db: &Db, scope: Scope, command: UpdateTransactions) -> Result<Vec<Transaction>> {
    let ids: BTreeSet<TransactionId> = command.ids.iter().copied().collect();
    if ids.is_empty() || command.ids.len() > CHANGES {
        return Err(Error::invalid("ids", format!("must be 1 to {CHANGES}")));
    }
    let (note, name) = (noted(command.note)?, called(command.merchant_name)?);
    let (category, added, removed) = (command.category, &command.added_tags, &command.removed_tags);
    let is_excluded = command.is_excluded;
    let is_idle = category.is_none() && note.is_none() && name.is_none() && is_excluded.is_none();
    if is_idle && added.is_empty() && removed.is_empty() {
        return Err(Error::invalid("input", "must change something"));
    }
    if added.iter().any(|tag| removed.contains(tag)) {
        return Err(Error::invalid("removeTagIds", "must not name a tag that is added"));
    }
    let (ids, note, name) = (&ids, &note, &name);
    db.write(scope, move |unit| {
        async move {
            tag::assert_standing(unit, added).await?;
            let found = unit.scope().find::<transaction::Entity>().filter(sea_orm::sea_query::Expr::cust(super::SHOWN));
            let found = found.filter(transaction::Column::Id.is_in(ids.iter().map(|id| id.0)));
            let rows = found.all(unit.connection()).await?;
            if rows.len() < ids.len() {
                return Err(Error::NotFound { what: "transaction" });
            }
            let given = match category {
                Some(category) => Some(category::given(&*category::tree_of(unit).await?, category)?.id),
                None => None,
            };
            let accounts = account::all_of(unit).await?;
            let (mut sums, mut days) = (Sums::default(), Vec::with_capacity(rows.len()));
            for before in rows {
                let mut row = before.clone();
                if let Some(category) = given {
                    assert_whole(&row).map_err(|error| naming(unit.scope(), &row, error))?;
                    set_chosen(&mut row, category);
                }
                set_note(&mut row, note.as_ref());
                set_excluded(&mut row, is_excluded);
                if let Some(name) = name {
                    let account =
                        accounts.get(&row.account_id).ok_or_else(|| Error::broken("a row without its account"))?;
                    let by_text = || ledger::answer(&row.descriptor, row.amount_minor, account.setting()).merchant;
                    let merchant = name.as_deref().map_or_else(by_text, MerchantId::of_name);
                    set_name(&mut row, name.as_deref(), merchant);
                }
                let before_tags = tags(&row);
                let kept = before_tags.iter().copied().filter(|tag| !removed.contains(tag));
                let now: BTreeSet<TagId> = kept.chain(added.iter().copied()).collect();
                if !now.iter().eq(&before_tags) {
                    if now.len() > TAGS {
                        let row = TransactionId(row.id).text(unit.scope().household());
                        let reason =
                            format!("must leave each at most {TAGS} tags, and {row} has {}", before_tags.len());
                        return Err(Error::invalid("addTagIds", reason));
                    }
                    set_tags(&mut row, now);
                }
                sums.subtract(&before);
                sums.add(&row);
                days.push(row.day);
                ledger::update(unit, row).await?;
            }
            sums.write(unit).await?;
            let changed: Vec<i64> = ids.iter().map(|id| id.0).collect();
            tell(unit, Touched { changed: &changed, days: &days, ..Touched::default() }).await
        }
        .scope_boxed()
    })
    .await?;
    super::get_many(db, scope, &ids.iter().copied().collect::<Vec<_>>()).await
}

/// Deletes a transaction: it is not shown or counted any more, and does not come back when its source delivers it again.
pub async fn delete(db: &Db, scope: Scope, id: TransactionId) -> Result<TransactionId> {
    db.write(scope, move |unit| {
        async move {
            let before = load(unit, id).await?;
            let row = transaction::Model { state: State::Deleted.code(), was: Some(before.state), ..before.clone() };
            write_changed(unit, &before, row).await?;
            let account = account::load(unit, AccountId(before.account_id)).await?;
            let rise = account::anchor(unit, &account).await?.rise_deleted(&side(&before)?);
            ledger::lower_opening(unit, account.id, -rise).await?;
            duplicate::forget(unit, id.0).await?;
            tell(unit, Touched { gone: &[id.0], days: &[before.day], ..Touched::default() }).await?;
            Ok(id)
        }
        .scope_boxed()
    })
    .await
}

/// Gives a row the category that a person has chosen: nothing but a person changes it from then on.
pub(crate) async fn choose(unit: &Unit, row: &mut transaction::Model, category: CategoryId) -> Result<()> {
    assert_whole(row)?;
    set_chosen(row, category::given(&*category::tree_of(unit).await?, category)?.id);
    Ok(())
}

/// A side of a transfer counts as one, and as nothing else; a refund as its purchase.
pub(crate) fn assert_whole(row: &transaction::Model) -> Result<()> {
    if row.refund_of.is_some() {
        return Err(Error::Conflict { reason: "it is a refund, which counts as its purchase: unlink it first".into() });
    }
    match row.counted_as {
        None => Ok(()),
        Some(_) => {
            Err(Error::Conflict { reason: "it is a side of a transfer, which counts as one: unlink that first".into() })
        }
    }
}

/// A refusal of one of several rows, with which it is.
pub(crate) fn naming(scope: Scope, row: &transaction::Model, error: Error) -> Error {
    match error {
        Error::Conflict { reason } => {
            let id = TransactionId(row.id).text(scope.household());
            Error::Conflict { reason: format!("{id}: {reason}") }
        }
        other => other,
    }
}

pub(super) fn set_chosen(row: &mut transaction::Model, category: CategoryId) {
    (row.category_id, row.category_source) = (category.0, Source::Person.code());
    (row.confidence, row.rule_id) = (Some(CERTAIN), None);
    // A rule's parts are not what the person says it was for.
    if Mark::Parts.is_ruled(row) {
        row.parts = None;
        Mark::Parts.set_persons(row);
    }
}

/// What a person notes, removes, or leaves as it is.
#[expect(clippy::option_option, reason = "left as it is, removed, or given")]
fn noted(note: Option<Option<String>>) -> Result<Option<Option<String>>> {
    note.map(|note| note.map(|note| text("note", &note, NOTE_CHARS)).transpose()).transpose()
}

/// The same of what a person calls a merchant.
#[expect(clippy::option_option, reason = "left as it is, removed, or given")]
fn called(name: Option<Option<String>>) -> Result<Option<Option<String>>> {
    let called = |name: String| identity::name(&name).map_err(|reason| Error::invalid("merchantName", reason));
    name.map(|name| name.map(called).transpose()).transpose()
}

fn set_note(row: &mut transaction::Model, note: Option<&Option<String>>) {
    if let Some(note) = note {
        row.note = note.clone().filter(|note| !note.is_empty());
        Mark::Note.set_persons(row);
    }
}

fn set_tags(row: &mut transaction::Model, tags: impl IntoIterator<Item = TagId>) {
    row.tags = tags_text(tags);
    Mark::Tags.set_persons(row);
}

fn set_excluded(row: &mut transaction::Model, is_excluded: Option<bool>) {
    if let Some(is_excluded) = is_excluded {
        row.excluded = is_excluded.then_some(1);
        Mark::Excluded.set_persons(row);
    }
}

fn set_name(row: &mut transaction::Model, name: Option<&str>, merchant: MerchantId) {
    (row.merchant_id, row.merchant_name) = (merchant.0, name.map(str::to_owned));
    Mark::Name.set_persons(row);
}

async fn automatic_merchant(unit: &Unit, row: &transaction::Model) -> Result<MerchantId> {
    let account = account::load(unit, AccountId(row.account_id)).await?;
    Ok(ledger::answer(&row.descriptor, row.amount_minor, account::setting(&account)?).merchant)
}

/// A text of a person's, without the spaces around it.
pub(crate) fn text(field: &'static str, text: &str, chars: usize) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > chars {
        return Err(Error::invalid(field, format!("must have at most {chars} characters")));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Error::invalid(field, "must not contain control characters"));
    }
    Ok(text.to_owned())
}
