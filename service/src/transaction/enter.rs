//! Enters transactions that no source brings.

use domain::{
    categorize::Answer,
    category::CategoryId,
    day::Day,
    id::{AccountId, TransactionId},
    identity,
    line::{self, DESCRIPTOR_CHARS},
    place::{Nowhere, Place},
    reconcile::{self, Origin, State},
};
use entity::{account as account_row, transaction};
use rust_decimal::Decimal;
use scoped_futures::ScopedFutureExt;
use sea_orm::EntityTrait;
use serde::Serialize;

use super::{
    Transaction,
    change::{Touched, load, tell},
    edit::{NOTE_CHARS, set_chosen, text},
    lens::shown,
};
use crate::{
    Db, Error, Result, Scope, Unit,
    account::{self, minor},
    category,
    idempotency::Once,
    ledger::{self, Sums, stored::side, theirs::place_text},
};

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
    pub(super) fn read(&self) -> Result<Place> {
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
            let amount_minor = minor("amount", command.amount, crate::connection::currency(&account.currency)?)?;
            if amount_minor == 0 {
                return Err(Error::invalid("amount", "must not be zero"));
            }
            let found = ledger::answer(descriptor, amount_minor, account::setting(&account)?);
            let customs = ledger::customs(unit).await?.asking(unit, [(&found, amount_minor)]).await?;
            let mut row =
                by_hand(unit, (command, given), (&account, &found), (descriptor, amount_minor), note.clone())?;
            customs.give(&mut row, &found, false);
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
    (command, given): (&CreateTransaction, Option<CategoryId>),
    (account, found): (&account_row::Model, &Answer),
    (descriptor, amount_minor): (&str, i64),
    note: Option<String>,
) -> Result<transaction::Model> {
    let id = unit.next_id()?;
    let mut row = transaction::Model {
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
        note,
        ..ledger::blank(unit.scope().household(), id, account.id)
    };
    if let Some(category) = given {
        set_chosen(&mut row, category);
    }
    Ok(row)
}
