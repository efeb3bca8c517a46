//! Sessions: begin with a sign-in, go on with every refresh, end at once in every process.

use std::time::Duration;

use domain::{
    id::{HouseholdId, SessionId, UserId},
    identity::Role,
};
use entity::session;
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
    sea_query::Expr,
};

use super::token::{ACCESS_LIFETIME, Access, Refresh, SESSION_LIFETIME, Tokens};
use crate::{
    Db, Error, Result, Scope, Unit,
    ambient::millis,
    db::Engine,
    event::Event,
    job::{Job, Run, Verdict},
};

/// For so long the previous refresh token gets the same successor: two tabs that refresh at once, an answer that was lost.
const REUSE_WINDOW: Duration = Duration::from_secs(30);
/// Ended and expired sessions removed at a sign-in.
const REMOVED_AT_ONCE: u64 = 20;

/// Who is asking, known for sure at the moment of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The person.
    pub user: UserId,
    /// What began with their sign-in.
    pub session: SessionId,
    /// The household that their token is for.
    pub scope: Scope,
    /// The household's number at that moment.
    pub seq: i64,
    /// When the token ends, in milliseconds of Unix time.
    pub until_ms: i64,
}

/// What a sign-in or a refresh gives.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who signed in.
    pub caller: Caller,
    /// Their tokens.
    pub tokens: Tokens,
}

/// The sessions of people belong to no household; a scope comes out of here, and does not go in.
#[expect(clippy::disallowed_methods, reason = "the table belongs to people, not to a household")]
mod rows {
    use entity::session;
    use sea_orm::{DeleteMany, EntityTrait, Select, UpdateMany};

    pub(super) fn find() -> Select<session::Entity> {
        session::Entity::find()
    }

    pub(super) fn update() -> UpdateMany<session::Entity> {
        session::Entity::update_many()
    }

    pub(super) fn delete() -> DeleteMany<session::Entity> {
        session::Entity::delete_many()
    }
}

/// Who an access token stands for, if it is genuine, has not run out, and its session and membership still stand. One row is
/// read at every request: so a session that ends, and a member who leaves, are out at once in every process.
pub async fn authenticate(db: &Db, access_token: &str) -> Result<Option<Caller>> {
    let Some(access) = Access::open(access_token, db.keys()) else { return Ok(None) };
    if access.until_ms <= db.now_ms() {
        return Ok(None);
    }
    standing(db, access.session, access.household, access.until_ms).await
}

/// The caller of a session in a household, if both still stand.
async fn standing(db: &Db, session: SessionId, household: HouseholdId, until_ms: i64) -> Result<Option<Caller>> {
    let sql = "SELECT session.user_id, membership.role, household.seq
        FROM session
        JOIN membership ON membership.household_id = $2 AND membership.user_id = session.user_id
        JOIN household ON household.id = membership.household_id
        WHERE session.id = $1 AND session.ended_at_ms IS NULL";
    let row = db.reader().query_one_raw(db.statement(sql, [session.0.into(), household.0.into()])).await?;
    let Some(row) = row else { return Ok(None) };
    let role: i16 = row.try_get_by_index(1)?;
    let role = Role::from_code(role).ok_or_else(|| Error::broken(format!("membership: role {role} is unknown")))?;
    let scope = Scope::of_member(household, role);
    Ok(Some(Caller { user: UserId(row.try_get_by_index(0)?), session, scope, seq: row.try_get_by_index(2)?, until_ms }))
}

/// Resolves when a caller's right ends: the token runs out, the session ends, the membership ends.
pub async fn ended(db: &Db, caller: &Caller) {
    let watch = db.hints().news().watch(caller.scope.household());
    loop {
        let news = watch.next();
        match standing(db, caller.session, caller.scope.household(), caller.until_ms).await {
            Ok(Some(_)) => {}
            Ok(None) => return,
            // The database is away: nobody can be told anything new either. The token's end still holds.
            Err(error) => tracing::debug!(reason = %error, "whether a session still stands is not known"),
        }
        let left = u64::try_from(caller.until_ms - db.now_ms()).unwrap_or(0);
        tokio::select! {
            () = news => {}
            () = tokio::time::sleep(Duration::from_millis(left)) => return,
        }
    }
}

/// Begins a session, in the unit of work of the sign-in.
pub(super) async fn begin(unit: &Unit, user: UserId, household: HouseholdId) -> Result<session::Model> {
    let db = unit.db();
    let now_ms = unit.now_ms();
    let row = session::Model {
        id: unit.next_id()?,
        user_id: user.0,
        household_id: household.0,
        salt: (db.ambient().chance.number() >> 1).cast_signed(),
        generation: 1,
        rotated_at_ms: now_ms,
        expires_at_ms: now_ms + millis(SESSION_LIFETIME),
        ended_at_ms: None,
        created_at_ms: now_ms,
    };
    session::Entity::insert(active(&row)).exec_without_returning(unit.connection()).await?;
    let old = rows::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::ExpiresAtMs.lt(now_ms))
        .limit(REMOVED_AT_ONCE);
    let old: Vec<i64> = old.into_tuple().all(unit.connection()).await?;
    if !old.is_empty() {
        rows::delete().filter(session::Column::Id.is_in(old)).exec(unit.connection()).await?;
    }
    Ok(row)
}

fn active(row: &session::Model) -> session::ActiveModel {
    session::ActiveModel {
        id: Set(row.id),
        user_id: Set(row.user_id),
        household_id: Set(row.household_id),
        salt: Set(row.salt),
        generation: Set(row.generation),
        rotated_at_ms: Set(row.rotated_at_ms),
        expires_at_ms: Set(row.expires_at_ms),
        ended_at_ms: Set(row.ended_at_ms),
        created_at_ms: Set(row.created_at_ms),
    }
}

/// The session as its owner gets it, once its row is committed.
pub(super) async fn open(db: &Db, row: &session::Model) -> Result<Session> {
    let (session, household) = (SessionId(row.id), HouseholdId(row.household_id));
    let access_until_ms = db.now_ms() + millis(ACCESS_LIFETIME);
    let caller = standing(db, session, household, access_until_ms).await?.ok_or(Error::Unauthenticated)?;
    let tokens = Tokens {
        access: Access { session, household, until_ms: access_until_ms }.seal(db.keys()),
        access_until_ms,
        refresh: Refresh { session, generation: row.generation }.seal(row.salt, db.keys()),
        refresh_until_ms: row.expires_at_ms,
    };
    Ok(Session { caller, tokens })
}

/// The next pair of tokens. The token before the last one gets the same successor for 30 s; one that is older, or comes later, was
/// stolen or has been: the session ends.
pub async fn refresh(db: &Db, refresh_token: &str) -> Result<Session> {
    let (claimed, code) = Refresh::read(refresh_token).ok_or(Error::Unauthenticated)?;
    let code = &code;
    let turned = db.transaction(|transaction| turn(db, transaction, claimed, code).scope_boxed()).await?;
    match turned {
        Turn::Next(row) => open(db, &row).await,
        Turn::Reused(row) => {
            end(db, &row).await?;
            tracing::warn!(session = %SessionId(row.id), "a refresh token was used again: the session ended");
            Err(Error::Unauthenticated)
        }
    }
}

enum Turn {
    Next(session::Model),
    Reused(session::Model),
}

async fn turn(
    db: &Db,
    transaction: &DatabaseTransaction,
    claimed: Refresh,
    code: &[u8; crate::key::MAC_BYTES],
) -> Result<Turn> {
    let now_ms = db.now_ms();
    let query = rows::find().filter(session::Column::Id.eq(claimed.session.0));
    let query = if db.engine() == Engine::Postgres { query.lock_exclusive() } else { query };
    let mut row = query.one(transaction).await?.ok_or(Error::Unauthenticated)?;
    if !claimed.is_genuine(row.salt, code, db.keys()) || row.ended_at_ms.is_some() || row.expires_at_ms <= now_ms {
        return Err(Error::Unauthenticated);
    }
    if claimed.generation == row.generation {
        row.generation += 1;
        row.rotated_at_ms = now_ms;
        row.expires_at_ms = now_ms + millis(SESSION_LIFETIME);
        rows::update()
            .col_expr(session::Column::Generation, Expr::value(row.generation))
            .col_expr(session::Column::RotatedAtMs, Expr::value(row.rotated_at_ms))
            .col_expr(session::Column::ExpiresAtMs, Expr::value(row.expires_at_ms))
            .filter(session::Column::Id.eq(row.id))
            .exec(transaction)
            .await?;
        return Ok(Turn::Next(row));
    }
    let previous = claimed.generation == row.generation - 1;
    if previous && now_ms <= row.rotated_at_ms + millis(REUSE_WINDOW) {
        Ok(Turn::Next(row))
    } else {
        Ok(Turn::Reused(row))
    }
}

/// Ends a session; its sockets hear of it through the household's events.
async fn end(db: &Db, row: &session::Model) -> Result<()> {
    // The scope of the house's own work: a viewer, and whoever is no longer a member, may sign out too.
    let scope = Scope::of_operator(HouseholdId(row.household_id));
    let id = row.id;
    db.write(scope, |unit| {
        async move {
            rows::update()
                .col_expr(session::Column::EndedAtMs, Expr::value(unit.now_ms()))
                .filter(session::Column::Id.eq(id))
                .filter(session::Column::EndedAtMs.is_null())
                .exec(unit.connection())
                .await?;
            unit.emit(Event::SessionsEnded {});
            Ok(())
        }
        .scope_boxed()
    })
    .await
}

/// Signs out.
pub async fn logout(db: &Db, caller: &Caller) -> Result<()> {
    let row = rows::find().filter(session::Column::Id.eq(caller.session.0)).one(db.reader()).await?;
    end(db, &row.ok_or(Error::Unauthenticated)?).await
}

/// Signs a refresh token's session out: for a browser whose access token has run out.
pub async fn logout_by_refresh_token(db: &Db, refresh_token: &str) -> Result<()> {
    let (claimed, code) = Refresh::read(refresh_token).ok_or(Error::Unauthenticated)?;
    let row = rows::find().filter(session::Column::Id.eq(claimed.session.0)).one(db.reader()).await?;
    let row = row.filter(|row| claimed.is_genuine(row.salt, &code, db.keys())).ok_or(Error::Unauthenticated)?;
    end(db, &row).await
}

/// Ends all sessions of a person but one, in a unit of work of the present household; the other households are told by jobs.
pub(super) async fn end_others(unit: &mut Unit, user: UserId, but: SessionId) -> Result<()> {
    let others = rows::update()
        .col_expr(session::Column::EndedAtMs, Expr::value(unit.now_ms()))
        .filter(session::Column::UserId.eq(user.0))
        .filter(session::Column::Id.ne(but.0))
        .filter(session::Column::EndedAtMs.is_null())
        .exec_with_returning(unit.connection())
        .await?;
    unit.emit(Event::SessionsEnded {});
    let mut elsewhere: Vec<i64> =
        others.into_iter().map(|row| row.household_id).filter(|id| *id != unit.scope().household().0).collect();
    elsewhere.sort_unstable();
    elsewhere.dedup();
    for household in elsewhere {
        unit.enqueue_for(HouseholdId(household), Job::TellSessionsEnded {})?;
    }
    Ok(())
}

/// The job that tells another household's sockets that sessions ended.
pub async fn tell_sessions_ended(run: &Run) -> Result<Verdict> {
    let finished = run
        .finish(|unit| {
            async move {
                unit.emit(Event::SessionsEnded {});
                Ok(())
            }
            .scope_boxed()
        })
        .await?;
    Ok(Verdict::Done(finished))
}

/// Gives a token for another household that the caller is a member of. The session goes on in it.
pub async fn switch_household(db: &Db, caller: &Caller, household: HouseholdId) -> Result<Session> {
    let until_ms = caller.until_ms;
    standing(db, caller.session, household, until_ms).await?.ok_or(Error::NotFound { what: "household" })?;
    let caller = *caller;
    let row = db.transaction(|transaction| switch(transaction, caller, household).scope_boxed()).await?;
    open(db, &row).await
}

async fn switch(transaction: &DatabaseTransaction, caller: Caller, household: HouseholdId) -> Result<session::Model> {
    let switched = rows::update()
        .col_expr(session::Column::HouseholdId, Expr::value(household.0))
        .filter(session::Column::Id.eq(caller.session.0))
        .filter(session::Column::EndedAtMs.is_null())
        .exec_with_returning(transaction)
        .await?;
    super::user::open_next_in(transaction, caller.user, household).await?;
    switched.into_iter().next().ok_or(Error::Unauthenticated)
}
