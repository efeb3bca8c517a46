//! Writes that take effect once however often they are sent: the first answer is remembered under the client's key, in the transaction
//! of its effect. A repeat at the same time waits at the household's row, and then finds the answer.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::idempotency;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use crate::{Db, Error, Result, Unit, ambient::millis, key::Purpose, scope::Tenant};

/// How long an answer is remembered.
const REMEMBERED: std::time::Duration = std::time::Duration::from_hours(7 * 24);
/// The longest key.
const KEY_BYTES: usize = 255;

impl Tenant for idempotency::Entity {
    const HOUSEHOLD: Self::Column = idempotency::Column::HouseholdId;
}

/// One write under a client's key, or a write without one, which is new every time.
#[derive(Clone, Debug)]
pub(crate) struct Once(Option<Named>);

#[derive(Clone, Debug)]
struct Named {
    key: String,
    input: String,
}

impl Once {
    /// `operation` and `input` are what was asked for: the same key with another of either is a conflict.
    pub(crate) fn new(db: &Db, operation: &str, key: Option<&str>, input: &impl Serialize) -> Result<Self> {
        let Some(key) = key else { return Ok(Self(None)) };
        if key.is_empty() || key.len() > KEY_BYTES {
            return Err(Error::invalid("idempotencyKey", "must have 1 to 255 bytes"));
        }
        let input = serde_json::to_string(&(operation, input)).map_err(|error| Error::broken(error.to_string()))?;
        let hash = |text: &str| URL_SAFE_NO_PAD.encode(db.keys().sign(Purpose::Lookup, text.as_bytes()));
        Ok(Self(Some(Named { key: hash(&format!("idempotency key {key}")), input: hash(&format!("input {input}")) })))
    }

    /// The answer that was given before, if this is a repeat.
    pub(crate) async fn recall(&self, unit: &Unit) -> Result<Option<i64>> {
        let Some(named) = &self.0 else { return Ok(None) };
        let before = unit
            .scope()
            .find::<idempotency::Entity>()
            .filter(idempotency::Column::Key.eq(&named.key))
            .filter(idempotency::Column::ExpiresAtMs.gt(unit.now_ms()))
            .one(unit.connection())
            .await?;
        match before {
            None => Ok(None),
            Some(row) if row.input == named.input => {
                row.answer.parse().map(Some).map_err(|_| Error::broken("a remembered answer that is none"))
            }
            Some(_) => Err(Error::Conflict {
                reason: "this idempotency key was used for another request; a new request needs a new key".into(),
            }),
        }
    }

    /// Remembers the answer: the id of what was made or changed.
    pub(crate) async fn remember(&self, unit: &Unit, answer: i64) -> Result<()> {
        let Some(named) = &self.0 else { return Ok(()) };
        let over = idempotency::Column::ExpiresAtMs.lte(unit.now_ms());
        unit.scope().delete::<idempotency::Entity>().filter(over).exec(unit.connection()).await?;
        let row = idempotency::ActiveModel {
            household_id: Set(unit.scope().household().0),
            key: Set(named.key.clone()),
            input: Set(named.input.clone()),
            answer: Set(answer.to_string()),
            expires_at_ms: Set(unit.now_ms() + millis(REMEMBERED)),
        };
        idempotency::Entity::insert(row).exec_without_returning(unit.connection()).await?;
        Ok(())
    }
}
