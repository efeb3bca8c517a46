//! People: register, sign in, change what they are called and their password.

use std::{fmt, net::IpAddr};

use domain::{
    id::{HouseholdId, UserId},
    identity::{self, Role},
};
use entity::{household, membership, user};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

use super::{
    session::{self, Caller, Session},
    throttle::{self, Limit},
};
use crate::{Db, Error, Result, Scope, Unit, account, db::Begin};

/// The tables of people.
#[expect(
    clippy::disallowed_methods,
    reason = "they belong to people; what is read of households is read through memberships"
)]
mod rows {
    use entity::{household, membership, user};
    use sea_orm::{EntityTrait, Select, UpdateMany};

    pub(super) fn users() -> Select<user::Entity> {
        user::Entity::find()
    }

    pub(super) fn update_users() -> UpdateMany<user::Entity> {
        user::Entity::update_many()
    }

    pub(super) fn memberships() -> Select<membership::Entity> {
        membership::Entity::find()
    }

    pub(super) fn households() -> Select<household::Entity> {
        household::Entity::find()
    }
}

/// A new person with a household of their own.
#[derive(Clone)]
pub struct Register {
    /// Mail address.
    pub mail_address: String,
    /// Password.
    pub password: String,
    /// What they call themselves.
    pub name: String,
    /// Language tag.
    pub locale: String,
    /// Of the IANA database.
    pub time_zone: String,
    /// Base currency of their household.
    pub currency: String,
}

/// A sign-in.
#[derive(Clone)]
pub struct Login {
    /// Mail address.
    pub mail_address: String,
    /// Password.
    pub password: String,
}

/// A change of password.
#[derive(Clone)]
pub struct ChangePassword {
    /// The present one.
    pub current_password: String,
    /// The next one.
    pub new_password: String,
}

/// A change of what a person is called; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UpdateProfile {
    /// What they call themselves.
    pub name: Option<String>,
    /// Language tag.
    pub locale: Option<String>,
    /// Of the IANA database.
    pub time_zone: Option<String>,
}

/// A person, as they see themselves.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// The person.
    pub id: UserId,
    /// Mail address.
    pub mail_address: String,
    /// What they call themselves.
    pub name: String,
    /// Language tag.
    pub locale: String,
    /// Of the IANA database.
    pub time_zone: String,
    /// Since when, in milliseconds of Unix time.
    pub created_at_ms: i64,
    /// The households they belong to, the oldest first.
    pub memberships: Vec<Membership>,
}

/// A household, and what a person may do in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The household.
    pub household: HouseholdId,
    /// What its members call it.
    pub name: String,
    /// Base currency.
    pub currency: String,
    /// What the person may do in it.
    pub role: Role,
}

macro_rules! keeps_secrets {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}
keeps_secrets!(Register, Login, ChangePassword, Profile);

fn checked<T>(field: &'static str, outcome: std::result::Result<T, &'static str>) -> Result<T> {
    outcome.map_err(|reason| Error::invalid(field, reason))
}

/// Registers a person, founds their household, and signs them in.
pub async fn register(db: &Db, command: Register, address: IpAddr) -> Result<Session> {
    let mail_address = checked("email", identity::mail_address(&command.mail_address))?;
    checked("password", identity::password(&command.password))?;
    let name = checked("name", identity::name(&command.name))?;
    let locale = checked("locale", identity::locale(&command.locale))?;
    let time_zone = checked("timeZone", identity::time_zone(&command.time_zone))?;
    let currency = account::currency("currency", &command.currency)?;
    throttle::attempt(db, Limit::Address(address)).await?;
    // Hashed before anything is looked up: the time says nothing of whether the address is known.
    let password_hash = db.hashing().hash(&command.password, db.ambient().chance.as_ref()).await?;
    if by_mail_address(db, &mail_address).await?.is_some() {
        return Err(taken());
    }
    let household = HouseholdId(db.next_id().await?);
    let person = user::Model {
        id: db.next_id().await?,
        mail_address,
        password_hash,
        name: name.clone(),
        locale,
        time_zone,
        household_id: household.0,
        created_at_ms: db.now_ms(),
    };
    let person = &person;
    let begin = Begin::Found { id: household, name: &name, currency: currency.code() };
    let session = db.unit(begin, |unit| settle_in(unit, person).scope_boxed()).await?;
    session::open(db, &session).await
}

fn taken() -> Error {
    Error::Conflict { reason: "a person with this mail address is registered already".into() }
}

async fn settle_in(unit: &mut Unit, person: &user::Model) -> Result<entity::session::Model> {
    let row = user::ActiveModel {
        id: Set(person.id),
        mail_address: Set(person.mail_address.clone()),
        password_hash: Set(person.password_hash.clone()),
        name: Set(person.name.clone()),
        locale: Set(person.locale.clone()),
        time_zone: Set(person.time_zone.clone()),
        household_id: Set(person.household_id),
        created_at_ms: Set(person.created_at_ms),
    };
    let inserted = user::Entity::insert(row).exec_without_returning(unit.connection()).await;
    if let Err(error) = inserted {
        // Somebody registered the same address meanwhile.
        return Err(if matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))) {
            taken()
        } else {
            error.into()
        });
    }
    join(unit, UserId(person.id), Role::Owner).await?;
    session::begin(unit, UserId(person.id), unit.scope().household()).await
}

async fn join(unit: &Unit, user: UserId, role: Role) -> Result<()> {
    let row = membership::ActiveModel {
        household_id: Set(unit.scope().household().0),
        user_id: Set(user.0),
        role: Set(role.code()),
        created_at_ms: Set(unit.now_ms()),
    };
    membership::Entity::insert(row).exec_without_returning(unit.connection()).await?;
    Ok(())
}

/// Signs a person in. A wrong password and an unknown mail address get the same answer after the same work.
pub async fn login(db: &Db, command: Login, address: IpAddr) -> Result<Session> {
    throttle::attempt(db, Limit::Address(address)).await?;
    // What is no mail address is nobody's: the same answer, and not a word about its shape.
    let mail_address = identity::mail_address(&command.mail_address).unwrap_or_default();
    throttle::attempt(db, Limit::Account(&mail_address)).await?;
    let person = by_mail_address(db, &mail_address).await?;
    let right = command.password.len() <= identity::PASSWORD_MAX_BYTES
        && db.hashing().verify(&command.password, person.as_ref().map(|person| person.password_hash.as_str())).await?;
    let person = person.filter(|_| right).ok_or(Error::WrongCredentials)?;
    throttle::forget(db, Limit::Account(&mail_address)).await?;
    let user = UserId(person.id);
    let household = household_to_open(db, &person).await?;
    let session = db
        .write(Scope::of_operator(household), |unit| {
            async move { session::begin(unit, user, household).await }.scope_boxed()
        })
        .await?;
    session::open(db, &session).await
}

/// The one they were in last, while they belong to it; else the oldest.
async fn household_to_open(db: &Db, person: &user::Model) -> Result<HouseholdId> {
    let memberships = rows::memberships()
        .filter(membership::Column::UserId.eq(person.id))
        .order_by_asc(membership::Column::HouseholdId)
        .all(db.reader())
        .await?;
    let last = memberships.iter().find(|membership| membership.household_id == person.household_id);
    let open = last
        .or(memberships.first())
        .ok_or_else(|| Error::broken(format!("{} belongs to no household", UserId(person.id))))?;
    Ok(HouseholdId(open.household_id))
}

/// Whether anybody is registered at all.
pub async fn any_registered(db: &Db) -> Result<bool> {
    Ok(rows::users().one(db.reader()).await?.is_some())
}

async fn by_mail_address(db: &Db, mail_address: &str) -> Result<Option<user::Model>> {
    Ok(rows::users().filter(user::Column::MailAddress.eq(mail_address)).one(db.reader()).await?)
}

async fn by_id(connection: &impl ConnectionTrait, id: UserId) -> Result<user::Model> {
    rows::users().filter(user::Column::Id.eq(id.0)).one(connection).await?.ok_or(Error::Unauthenticated)
}

/// The caller, as they see themselves.
pub async fn profile(db: &Db, caller: &Caller) -> Result<Profile> {
    let person = by_id(db.reader(), caller.user).await?;
    let joined = rows::memberships()
        .filter(membership::Column::UserId.eq(caller.user.0))
        .order_by_asc(membership::Column::HouseholdId)
        .all(db.reader())
        .await?;
    let households = rows::households()
        .filter(household::Column::Id.is_in(joined.iter().map(|membership| membership.household_id)))
        .order_by_asc(household::Column::Id)
        .all(db.reader())
        .await?;
    let memberships = households.into_iter().filter_map(|household| {
        let role = joined.iter().find(|membership| membership.household_id == household.id)?.role;
        Some(Membership {
            household: HouseholdId(household.id),
            name: household.name,
            currency: household.currency,
            role: Role::from_code(role)?,
        })
    });
    Ok(Profile {
        id: UserId(person.id),
        mail_address: person.mail_address,
        name: person.name,
        locale: person.locale,
        time_zone: person.time_zone,
        created_at_ms: person.created_at_ms,
        memberships: memberships.collect(),
    })
}

/// Changes what a person is called.
pub async fn update_profile(db: &Db, caller: &Caller, command: UpdateProfile) -> Result<Profile> {
    let mut update = rows::update_users().filter(user::Column::Id.eq(caller.user.0));
    let mut changes = false;
    let fields = [
        (user::Column::Name, "name", command.name, identity::name as fn(&str) -> _),
        (user::Column::Locale, "locale", command.locale, identity::locale),
        (user::Column::TimeZone, "timeZone", command.time_zone, identity::time_zone),
    ];
    for (column, field, value, check) in fields {
        if let Some(value) = value {
            update = update.col_expr(column, Expr::value(checked(field, check(&value))?));
            changes = true;
        }
    }
    if changes {
        update.exec(db.writer()).await?;
    }
    profile(db, caller).await
}

/// Changes the password. All other sessions of the person end.
pub async fn change_password(db: &Db, caller: &Caller, command: ChangePassword, address: IpAddr) -> Result<()> {
    checked("newPassword", identity::password(&command.new_password))?;
    throttle::attempt(db, Limit::Address(address)).await?;
    let person = by_id(db.reader(), caller.user).await?;
    throttle::attempt(db, Limit::Account(&person.mail_address)).await?;
    let right = command.current_password.len() <= identity::PASSWORD_MAX_BYTES
        && db.hashing().verify(&command.current_password, Some(&person.password_hash)).await?;
    if !right {
        return Err(Error::invalid("currentPassword", "is not the present password"));
    }
    throttle::forget(db, Limit::Account(&person.mail_address)).await?;
    let password_hash = &db.hashing().hash(&command.new_password, db.ambient().chance.as_ref()).await?;
    let caller = *caller;
    // Their own account: a viewer of a household may change it too.
    let scope = Scope::of_operator(caller.scope.household());
    db.write(scope, |unit| {
        async move {
            rows::update_users()
                .col_expr(user::Column::PasswordHash, Expr::value(password_hash.as_str()))
                .filter(user::Column::Id.eq(caller.user.0))
                .exec(unit.connection())
                .await?;
            session::end_others(unit, caller.user, caller.session).await
        }
        .scope_boxed()
    })
    .await
}

/// Founds another household for the caller, who owns it.
pub async fn create_household(db: &Db, caller: &Caller, name: &str, currency_code: &str) -> Result<Membership> {
    let name = checked("name", identity::name(name))?;
    let currency = account::currency("currency", currency_code)?;
    let id = HouseholdId(db.next_id().await?);
    let user = caller.user;
    let begin = Begin::Found { id, name: &name, currency: currency.code() };
    db.unit(begin, |unit| async move { join(unit, user, Role::Owner).await }.scope_boxed()).await?;
    Ok(Membership { household: id, name, currency: currency.code().to_owned(), role: Role::Owner })
}

/// The next sign-in begins there.
pub(super) async fn open_next_in(connection: &impl ConnectionTrait, id: UserId, household: HouseholdId) -> Result<()> {
    rows::update_users()
        .col_expr(user::Column::HouseholdId, Expr::value(household.0))
        .filter(user::Column::Id.eq(id.0))
        .exec(connection)
        .await?;
    Ok(())
}
