//! What people do to transactions. What they set is theirs: no pull, rule or model overwrites it.

use std::{collections::BTreeSet, sync::Arc};

use domain::{
    categorize::Source,
    category::CategoryId,
    day::Day,
    id::{AccountId, TagId, TransactionId},
    identity,
    line::{self, DESCRIPTOR_CHARS},
    merchant::MerchantId,
    money::Money,
    place::{Nowhere, Place},
    reconcile::{self, Origin, State},
    split::{self, Measure, PARTS, Part, Uneven},
};
use entity::{account as account_row, transaction};
use futures::{FutureExt, future::BoxFuture};
use rust_decimal::Decimal;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use super::Transaction;
use crate::{
    Db, Error, Result, Scope, Unit,
    account::{self, Account, minor},
    budget, category, duplicate,
    event::{Changed, Event},
    idempotency::Once,
    ledger::{
        self, Customs, Sums,
        stored::side,
        theirs::{Mark, parts_text, place_text, tags, tags_text},
    },
    merchant, tag, transfer,
};

/// The longest note.
pub const NOTE_CHARS: usize = 2_000;

/// The most tags that a transaction has.
pub const TAGS: usize = 20;

/// What a person says is certain, in percent.
const CERTAIN: i16 = 100;

/// A transaction that a person enters.
#[derive(Clone, Debug)]
pub struct CreateTransaction {
    /// An account that no bank feeds.
    pub account: AccountId,
    /// When.
    pub day: Day,
    /// In positive, out negative.
    pub amount: Decimal,
    /// What it was.
    pub description: String,
    /// `None`: found by the description.
    pub category: Option<CategoryId>,
    /// A note.
    pub note: Option<String>,
    /// Where.
    pub place: Option<NewPlace>,
    /// The client's key of this request.
    pub idempotency_key: Option<String>,
}

/// A place as a person gives it.
#[derive(Clone, Debug)]
pub struct NewPlace {
    /// In degrees, north positive.
    pub latitude: f64,
    /// In degrees, east positive.
    pub longitude: f64,
    /// What it is called.
    pub name: Option<String>,
}

impl NewPlace {
    fn read(&self) -> Result<Place> {
        let name = self.name.as_deref().map(identity::name).transpose();
        let name = name.map_err(|reason| Error::invalid("placeName", reason))?;
        Place::new(self.latitude, self.longitude, name).map_err(|nowhere| match nowhere {
            Nowhere::Latitude => Error::invalid("latitude", "must be degrees from -90 to 90"),
            Nowhere::Longitude => Error::invalid("longitude", "must be degrees from -180 to 180"),
        })
    }
}

/// Enters a transaction.
pub async fn create(db: &Db, scope: Scope, command: CreateTransaction) -> Result<Transaction> {
    #[derive(Serialize)]
    struct Input<'a>(
        i64,
        i32,
        String,
        &'a str,
        Option<i32>,
        &'a Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")] Option<&'a Place>,
    );
    let description = text("description", &command.description, DESCRIPTOR_CHARS)?;
    let descriptor = line::descriptor(&description);
    if descriptor.is_empty() {
        return Err(Error::invalid("description", "must not be empty"));
    }
    let note = command.note.as_deref().map(|note| text("note", note, NOTE_CHARS)).transpose()?;
    let place = command.place.as_ref().map(NewPlace::read).transpose()?;
    let input = Input(
        command.account.0,
        command.day.number(),
        command.amount.normalize().to_string(),
        &descriptor,
        command.category.map(|id| id.0),
        &note,
        place.as_ref(),
    );
    let once = &Once::new(db, "createTransaction", command.idempotency_key.as_deref(), &input)?;
    let (command, descriptor, note, place) = (&command, &descriptor, &note, &place);
    db.write(scope, move |unit| {
        async move {
            if let Some(before) = once.recall(unit).await? {
                let row = load(unit, TransactionId(before)).await?;
                return shown(unit, row).await;
            }
            let account = account::load(unit, command.account).await?;
            if account.connection_id.is_some() {
                return Err(Error::Conflict {
                    reason: "this account's transactions come from its bank; enter them in an account of your own"
                        .into(),
                });
            }
            let given = match command.category {
                Some(id) => Some(category::given(&*category::tree_of(unit).await?, id)?.id),
                None => None,
            };
            let customs = ledger::customs(unit).await?;
            let mut row = by_hand(unit, &account, (command, given, &customs), descriptor, note.clone())?;
            row.place = place.as_ref().and_then(place_text);
            transaction::Entity::insert(transaction::ActiveModel::from(row.clone()))
                .exec_without_returning(unit.connection())
                .await?;
            let mut sums = Sums::default();
            sums.add(&row);
            sums.write(unit).await?;
            let fall = account::anchor(unit, &account).await?.fall_entered(&side(&row)?);
            ledger::lower_opening(unit, account.id, fall).await?;
            once.remember(unit, row.id).await?;
            tell(unit, Touched { new: &[row.id], days: &[row.day], ..Touched::default() }).await?;
            shown(unit, row).await
        }
        .scope_boxed()
    })
    .await
}

fn by_hand(
    unit: &Unit,
    account: &account_row::Model,
    (command, given, customs): (&CreateTransaction, Option<CategoryId>, &Customs),
    descriptor: &str,
    note: Option<String>,
) -> Result<transaction::Model> {
    let id = unit.next_id()?;
    let amount_minor = minor("amount", command.amount, crate::connection::currency(&account.currency)?)?;
    if amount_minor == 0 {
        return Err(Error::invalid("amount", "must not be zero"));
    }
    let found = ledger::answer(descriptor, amount_minor, account::setting(account)?);
    let mut row = transaction::Model {
        household_id: unit.scope().household().0,
        id,
        account_id: account.id,
        amount_minor,
        merchant_id: found.merchant.0,
        // Nobody outside knows it: its own id names it.
        fingerprint: reconcile::fingerprint_of_id(unit.db().keys().fingerprint(), &format!("entered {id}")),
        day: command.day.number(),
        category_id: found.category.0,
        ordinal: 0,
        state: State::Posted.code(),
        category_source: found.source.code(),
        origin: Origin::Manual.code(),
        descriptor: descriptor.to_owned(),
        merchant_name: None,
        note,
        was: None,
        counted_as: None,
        original_minor: None,
        original_currency: None,
        confidence: None,
        rule_id: None,
        tags: None,
        ruled: None,
        parts: None,
        place: None,
        excluded: None,
    };
    if let Some(category) = given {
        set_chosen(&mut row, category);
    }
    customs.give(&mut row, &found, false);
    Ok(row)
}

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
    if ids.is_empty() || ids.len() > CHANGES {
        return Err(Error::invalid("ids", format!("must be 1 to {CHANGES}")));
    }
    let (note, name) = (noted(command.note)?, called(command.merchant_name)?);
    let (category, added, removed) = (command.category, &command.added_tags, &command.removed_tags);
    let is_excluded = command.is_excluded;
    let is_idle = category.is_none() && note.is_none() && name.is_none() && is_excluded.is_none();
    if is_idle && added.is_empty() && removed.is_empty() {
        return Err(Error::invalid("input", "must change something"));
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
                    assert_whole(&row)?;
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
                        return Err(Error::invalid("addTagIds", format!("must leave each at most {TAGS} tags")));
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
    let notes = &command.parts.iter().map(note).collect::<Result<Vec<_>>>()?;
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
            Uneven::NothingLeft => format!("must leave something of {whole} for the shares"),
        };
        Error::invalid("parts", reason)
    })
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

/// A side of a transfer counts as one, and as nothing else.
fn assert_whole(row: &transaction::Model) -> Result<()> {
    match row.counted_as {
        None => Ok(()),
        Some(_) => {
            Err(Error::Conflict { reason: "it is a side of a transfer, which counts as one: unlink that first".into() })
        }
    }
}

fn set_chosen(row: &mut transaction::Model, category: CategoryId) {
    (row.category_id, row.category_source) = (category.0, Source::Person.code());
    (row.confidence, row.rule_id) = (Some(CERTAIN), None);
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

/// Writes a changed row, and carries the sums along.
pub(crate) async fn write_changed(unit: &Unit, before: &transaction::Model, row: transaction::Model) -> Result<()> {
    let mut sums = Sums::default();
    sums.subtract(before);
    sums.add(&row);
    ledger::update(unit, row).await?;
    sums.write(unit).await
}

/// What a commit has done to transactions: their ids, and the days on which they were and are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Touched<'a> {
    pub(crate) new: &'a [i64],
    pub(crate) changed: &'a [i64],
    pub(crate) gone: &'a [i64],
    pub(crate) days: &'a [i32],
}

/// Does what follows in the same commit, and leaves the event and the follow-up jobs.
pub(crate) fn tell<'a>(unit: &'a mut Unit, touched: Touched<'a>) -> BoxFuture<'a, Result<()>> {
    async move {
        transfer::follow(unit, touched).await?;
        transfer::ask_for_match(unit, touched.days).await?;
        announce(unit, touched).await
    }
    .boxed()
}

/// Leaves the event, and has the budgets of the present looked at.
pub(crate) async fn announce(unit: &mut Unit, touched: Touched<'_>) -> Result<()> {
    unit.emit(Event::TransactionsChanged(Changed::of(touched.new, touched.changed, touched.gone)));
    let months = touched.days.iter().map(|day| Day::of_row(*day).month().number()).collect();
    budget::ask_for_evaluation(unit, &months).await
}

/// A transaction of the unit's household that is shown.
pub(crate) async fn load(unit: &Unit, id: TransactionId) -> Result<transaction::Model> {
    let row = unit
        .scope()
        .find::<transaction::Entity>()
        .filter(transaction::Column::Id.eq(id.0))
        .filter(sea_orm::sea_query::Expr::cust(super::SHOWN))
        .one(unit.connection())
        .await?;
    row.ok_or(Error::NotFound { what: "transaction" })
}

/// A row as its household sees it.
pub(crate) async fn shown(unit: &Unit, row: transaction::Model) -> Result<Transaction> {
    let account = account::load(unit, AccountId(row.account_id)).await?;
    Transaction::from_row(row, Arc::new(Account::from_row(account)?))
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
