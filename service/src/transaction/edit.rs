//! What people do to transactions. What they set is theirs: no pull, rule or model overwrites it.

use std::sync::Arc;

use domain::{
    categorize::Source,
    category::CategoryId,
    day::Day,
    id::{AccountId, TagId, TransactionId},
    identity,
    line::{self, DESCRIPTOR_CHARS},
    merchant::MerchantId,
    reconcile::{self, Origin, State},
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
        theirs::{Mark, tags_text},
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
    /// The client's key of this request.
    pub idempotency_key: Option<String>,
}

/// Enters a transaction.
pub async fn create(db: &Db, scope: Scope, command: CreateTransaction) -> Result<Transaction> {
    #[derive(Serialize)]
    struct Input<'a>(i64, i32, String, &'a str, Option<i32>, &'a Option<String>);
    let description = text("description", &command.description, DESCRIPTOR_CHARS)?;
    let descriptor = line::descriptor(&description);
    if descriptor.is_empty() {
        return Err(Error::invalid("description", "must not be empty"));
    }
    let note = command.note.as_deref().map(|note| text("note", note, NOTE_CHARS)).transpose()?;
    let input = Input(
        command.account.0,
        command.day.number(),
        command.amount.normalize().to_string(),
        &descriptor,
        command.category.map(|id| id.0),
        &note,
    );
    let once = &Once::new(db, "createTransaction", command.idempotency_key.as_deref(), &input)?;
    let (command, descriptor, note) = (&command, &descriptor, &note);
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
            let row = by_hand(unit, &account, (command, given, &customs), descriptor, note.clone())?;
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
    };
    if let Some(category) = given {
        set_chosen(&mut row, category);
    }
    customs.give(&mut row, &found, None, false);
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
}

/// Changes a transaction. A category that a person set stays for ever.
pub async fn update(db: &Db, scope: Scope, command: UpdateTransaction) -> Result<Transaction> {
    let note = command.note.map(|note| note.map(|note| text("note", &note, NOTE_CHARS)).transpose()).transpose()?;
    let name = command.merchant_name.map(|name| {
        name.map(|name| identity::name(&name).map_err(|reason| Error::invalid("merchantName", reason))).transpose()
    });
    let name = name.transpose()?;
    let (id, category, is_remembered, note, name) = (command.id, command.category, command.is_remembered, &note, &name);
    let tags = &command.tags;
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
            if let Some(note) = note {
                row.note.clone_from(note);
                Mark::Note.set_ruled(&mut row, false);
            }
            if let Some(tags) = tags {
                tag::assert_standing(unit, tags).await?;
                row.tags = tags_text(tags.iter().copied());
                Mark::Tags.set_ruled(&mut row, false);
            }
            if let Some(name) = name {
                row.merchant_id = match name {
                    Some(name) => MerchantId::of_name(name).0,
                    None => automatic_merchant(unit, &row).await?,
                };
                row.merchant_name.clone_from(name);
                Mark::Name.set_ruled(&mut row, false);
            }
            write_changed(unit, &before, row.clone()).await?;
            tell(unit, Touched { changed: &[row.id], days: &[row.day], ..Touched::default() }).await?;
            shown(unit, row).await
        }
        .scope_boxed()
    })
    .await
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
    if row.counted_as.is_some() {
        return Err(Error::Conflict {
            reason: "it is a side of a transfer, which counts as one: unlink that first".into(),
        });
    }
    set_chosen(row, category::given(&*category::tree_of(unit).await?, category)?.id);
    Ok(())
}

fn set_chosen(row: &mut transaction::Model, category: CategoryId) {
    (row.category_id, row.category_source) = (category.0, Source::Person.code());
    (row.confidence, row.rule_id) = (Some(CERTAIN), None);
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

async fn automatic_merchant(unit: &Unit, row: &transaction::Model) -> Result<i64> {
    let account = account::load(unit, AccountId(row.account_id)).await?;
    Ok(ledger::answer(&row.descriptor, row.amount_minor, account::setting(&account)?).merchant.0)
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
