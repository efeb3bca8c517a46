//! Linking: a person is sent to their bank, allows us in, and comes back with a code.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use connector::bank::{Failure, Verifier};
use domain::id::{ConnectionId, InstitutionId, LinkId, Owned};
use entity::{connection, link};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Connection, Pull, Status, load, tokens};
use crate::{
    Db, Error, Result, Scope, Unit,
    ambient::millis,
    archive,
    event::Event,
    job::Job,
    key::Purpose,
    outside::{Institution, Outside},
};

/// A person takes at most so long at the bank.
pub const LINK_TIME: Duration = Duration::from_mins(30);
/// Where a bank sends people back to, unless the client names another page of the same site.
pub const CALLBACK: &str = "/link/callback";
/// The longest code that a bank may send.
const CODE_BYTES: usize = 4096;

/// A wish to link a bank.
#[derive(Clone, Debug)]
pub struct StartLink {
    /// Which.
    pub institution: InstitutionId,
    /// The page to which the bank sends the person back; must be on Florin's own site.
    pub redirect_uri: Option<String>,
    /// The connection that is to be renewed.
    pub connection: Option<ConnectionId>,
}

/// A link that was begun.
#[derive(Clone, Debug)]
pub struct Started {
    /// Where the person goes now.
    pub authorization_url: String,
    /// What the bank will send back along with the code.
    pub state: String,
    /// Until when, in milliseconds of Unix time.
    pub expires_at_ms: i64,
}

/// A person came back.
#[derive(Clone)]
pub struct CompleteLink {
    /// As the bank sent it.
    pub state: String,
    /// As the bank sent it.
    pub code: String,
}

/// What is kept, sealed, while the person is away.
#[derive(Serialize, Deserialize)]
struct Away {
    verifier: Verifier,
    redirect_uri: Url,
}

/// Begins a link: nothing is asked of the bank yet.
pub async fn start_link(db: &Db, outside: &Outside, scope: Scope, command: StartLink) -> Result<Started> {
    let institution = outside.institution(command.institution)?;
    let redirect_uri = redirect_uri(outside, command.redirect_uri.as_deref())?;
    let verifier = Verifier::from_random(db.ambient().key_bytes());
    let id = LinkId(db.next_id().await?);
    let state = state(db, scope, id);
    let authorization = institution.provider.authorization(&redirect_uri, &state, &verifier);
    let away =
        serde_json::to_vec(&Away { verifier, redirect_uri }).map_err(|error| Error::broken(error.to_string()))?;
    let sealed = &db.keys().seal(db.ambient(), &place(scope, id), &away)?;
    let renewed = command.connection;
    let institution_id = row_id(institution)?;
    let expires_at_ms = db
        .write(scope, move |unit| {
            async move {
                if let Some(connection) = renewed {
                    let row = load(unit, connection.0).await?;
                    if row.institution_id != institution_id {
                        return Err(Error::invalid("connectionId", "must be a connection to the same institution"));
                    }
                }
                let over = link::Column::ExpiresAtMs.lte(unit.now_ms());
                unit.scope().delete::<link::Entity>().filter(over).exec(unit.connection()).await?;
                let expires_at_ms = unit.now_ms() + millis(LINK_TIME);
                let row = link::ActiveModel {
                    household_id: Set(unit.scope().household().0),
                    id: Set(id.0),
                    institution_id: Set(institution_id),
                    connection_id: Set(renewed.map(|connection| connection.0)),
                    secret: Set(sealed.clone()),
                    expires_at_ms: Set(expires_at_ms),
                };
                link::Entity::insert(row).exec_without_returning(unit.connection()).await?;
                Ok(expires_at_ms)
            }
            .scope_boxed()
        })
        .await?;
    Ok(Started { authorization_url: authorization.into(), state, expires_at_ms })
}

/// Completes a link: takes the code to the bank, keeps the tokens, and pulls. A state is good once, and in the household that began
/// the link only: nobody can be made to link another person's bank.
pub async fn complete_link(db: &Db, outside: &Outside, scope: Scope, command: CompleteLink) -> Result<Connection> {
    if !scope.role().writes() {
        return Err(Error::Denied { reason: "viewers of a household change nothing in it" });
    }
    let id = read_state(db, scope, &command.state)?;
    if command.code.is_empty() || command.code.len() > CODE_BYTES {
        return Err(Error::invalid("code", "must be the code that the bank sent back"));
    }
    let begun = scope.find::<link::Entity>().filter(link::Column::Id.eq(id.0)).one(db.reader()).await?;
    let begun = begun.filter(|link| link.expires_at_ms > db.now_ms()).ok_or_else(no_longer)?;
    let institution = outside.institution(InstitutionId(i64::from(begun.institution_id)))?;
    let away: Away = serde_json::from_slice(&db.keys().open(&place(scope, id), &begun.secret)?)
        .map_err(|_| Error::broken("what was sealed is no link"))?;
    let tokens = outside
        .bank()
        .exchange(&institution.provider, &away.redirect_uri, &command.code, &away.verifier, db.now_ms())
        .await
        .map_err(|failure| refused(&failure))?;
    let connection = match begun.connection_id {
        Some(renewed) => renewed,
        None => db.next_id().await?,
    };
    let sealed = &tokens::seal(db, scope.household().0, connection, &tokens)?;
    let begun = &begun;
    db.write(scope, move |unit| {
        async move {
            // Whoever deletes the row completes the link.
            let done = unit.scope().delete::<link::Entity>().filter(link::Column::Id.eq(begun.id));
            if done.exec(unit.connection()).await?.rows_affected != 1 {
                return Err(no_longer());
            }
            archive::prepare(unit).await?;
            let row = match begun.connection_id {
                Some(_) => renew(unit, connection, sealed).await?,
                None => insert(unit, connection, begun.institution_id, sealed).await?,
            };
            unit.enqueue(Job::Pull(Pull::asked_for(&row)))?;
            unit.emit(Event::ConnectionUpdated { connection });
            Ok(row.into())
        }
        .scope_boxed()
    })
    .await
}

/// Writes a new connection, nothing of which was pulled.
pub(crate) async fn insert(unit: &Unit, id: i64, institution_id: i32, sealed: &str) -> Result<connection::Model> {
    let row = connection::Model {
        household_id: unit.scope().household().0,
        id,
        institution_id,
        status: Status::Pulling.code(),
        secret: sealed.to_owned(),
        cursor: None,
        failure: None,
        failures: 0,
        failing_since_ms: None,
        rejected: 0,
        pulled_at_ms: None,
        next_pull_at_ms: None,
        is_listing: 0,
        created_at_ms: unit.now_ms(),
    };
    connection::Entity::insert(connection::ActiveModel::from(row.clone()))
        .exec_without_returning(unit.connection())
        .await?;
    Ok(row)
}

/// A renewed connection goes on where it stopped.
async fn renew(unit: &Unit, id: i64, sealed: &str) -> Result<connection::Model> {
    let row = load(unit, id).await?;
    let status = if row.pulled_at_ms.is_some() { Status::Active } else { Status::Pulling };
    let row = connection::Model {
        status: status.code(),
        secret: sealed.to_owned(),
        failure: None,
        failures: 0,
        failing_since_ms: None,
        ..row
    };
    unit.scope()
        .update::<connection::Entity>()
        .filter(connection::Column::Id.eq(id))
        .col_expr(connection::Column::Status, Expr::value(row.status))
        .col_expr(connection::Column::Secret, Expr::value(sealed))
        .col_expr(connection::Column::Failure, Expr::value(None::<String>))
        .col_expr(connection::Column::Failures, Expr::value(0))
        .col_expr(connection::Column::FailingSinceMs, Expr::value(None::<i64>))
        .exec(unit.connection())
        .await?;
    Ok(row)
}

fn row_id(institution: &Institution) -> Result<i32> {
    i32::try_from(institution.id.0).map_err(|_| Error::broken("an institution's id beyond its range"))
}

fn redirect_uri(outside: &Outside, wanted: Option<&str>) -> Result<Url> {
    let site = outside.public_url();
    let own = |url: &Url| url.origin() == site.origin() && url.username().is_empty() && url.fragment().is_none();
    match wanted {
        None => site.join(CALLBACK).map_err(|error| Error::broken(error.to_string())),
        Some(text) => text.parse().ok().filter(own).ok_or_else(|| {
            Error::invalid("redirectUri", format!("must be an address below {}", site.origin().ascii_serialization()))
        }),
    }
}

/// The state names the link, and cannot be made up.
fn state(db: &Db, scope: Scope, id: LinkId) -> String {
    let text = id.text(scope.household());
    let code = db.keys().sign(Purpose::Lookup, &signed(&text));
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(code))
}

fn read_state(db: &Db, scope: Scope, text: &str) -> Result<LinkId> {
    let refuse =
        || Error::invalid("state", "must be the state that the bank sent back, in the household that began the link");
    let (link, code) = text.split_once('.').ok_or_else(refuse)?;
    let id = LinkId::parse(link, scope.household()).map_err(|_| refuse())?;
    let code = URL_SAFE_NO_PAD.decode(code).map_err(|_| refuse())?;
    if db.keys().verify(Purpose::Lookup, &signed(link), &code) { Ok(id) } else { Err(refuse()) }
}

fn signed(link: &str) -> Vec<u8> {
    format!("link state {link}").into_bytes()
}

fn place(scope: Scope, id: LinkId) -> String {
    format!("link {} {}", scope.household().0, id.0)
}

fn no_longer() -> Error {
    Error::Conflict { reason: "this link is completed already, or its time is over: start a new one".into() }
}

/// Nothing was changed; what a person can do about it depends on the failure.
fn refused(failure: &Failure) -> Error {
    match failure {
        Failure::SignInNeeded { .. } => {
            Error::invalid("code", "was refused by the bank: it is used already, or too old; start a new link")
        }
        Failure::RateLimited { .. } | Failure::Unavailable { .. } | Failure::Malformed { .. } => {
            Error::Busy { reason: failure.to_string() }
        }
        Failure::CursorRefused | Failure::Refused { .. } => Error::broken(failure.to_string()),
    }
}
