//! Connections: a person's consent at a bank.

use async_graphql::{Context, Enum, Error, ID, InputObject, Object, SimpleObject, Subscription};
use domain::id::{ConnectionId, Owned};
use futures::{Stream, StreamExt, TryStreamExt};
use service::{
    connection::{self, CompleteLink, Leave, StartLink, Status},
    event::Event,
    outside::Institution as Bank,
};

use super::{
    account::Account,
    db, outside, owned, scope,
    shelf::Shelf,
    stream::{Heard, heard},
};
use crate::{
    error::from_service,
    fallible::Fallible,
    scalar::{Cursor, Timestamp},
};

/// A bank that can be linked.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Institution {
    /// Its id: permanent, and the same for everybody.
    id: ID,
    /// What people call it.
    name: String,
    /// Whether it is a bank for trying things out.
    is_sandbox: bool,
}

impl From<&Bank> for Institution {
    fn from(bank: &Bank) -> Self {
        Self { id: bank.id.to_string().into(), name: bank.name.clone(), is_sandbox: bank.is_sandbox }
    }
}

/// How a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Status")]
pub(crate) enum ConnectionStatus {
    /// Its first pull is not complete.
    Pulling,
    /// Everything the bank has is here.
    Active,
    /// The bank does not answer as it should; it is tried again by itself.
    Failing,
    /// The person must sign in at the bank: start a link that renews this connection.
    SignInNeeded,
}

/// A person's consent at a bank.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) connection: connection::Connection,
    pub(crate) shelf: Shelf,
}

/// A person's consent at a bank, and what is pulled through it.
#[Object]
impl Connection {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        self.connection.id.text(self.shelf.scope().household()).into()
    }

    /// The bank; null when this installation no longer offers it.
    async fn institution(&self, ctx: &Context<'_>) -> Option<Institution> {
        outside(ctx).institution(self.connection.institution).ok().map(Institution::from)
    }

    /// How it stands.
    async fn status(&self) -> ConnectionStatus {
        self.connection.status.into()
    }

    /// Why the last pull failed: `RATE_LIMITED`, `UNAVAILABLE`, `MALFORMED`, `REFUSED`, `CURSOR_REFUSED` or `SIGN_IN_NEEDED`.
    async fn failure(&self) -> Option<&str> {
        self.connection.failure.as_deref()
    }

    /// When the first of the present failures was.
    async fn failing_since(&self) -> Option<Timestamp> {
        self.connection.failing_since_ms.map(Timestamp::from_ms)
    }

    /// Lines of the bank that could not be understood, ever. They are in the archive, and in no sum.
    async fn rejected_lines(&self) -> i64 {
        self.connection.rejected
    }

    /// When everything was pulled last.
    async fn pulled_at(&self) -> Option<Timestamp> {
        self.connection.pulled_at_ms.map(Timestamp::from_ms)
    }

    /// When the next pull is planned.
    async fn next_pull_at(&self) -> Option<Timestamp> {
        self.connection.next_pull_at_ms.map(Timestamp::from_ms)
    }

    /// When it was made.
    async fn created_at(&self) -> Timestamp {
        Timestamp::from_ms(self.connection.created_at_ms)
    }

    /// The accounts that are pulled through it.
    #[graphql(complexity = "10 * child_complexity")]
    async fn accounts(&self) -> Fallible<Vec<Account>> {
        Fallible::run(async {
            let of = |account: &&service::account::Account| account.connection == Some(self.connection.id);
            let accounts = self.shelf.accounts().await?.iter().filter(of).cloned();
            Ok(accounts.map(|account| Account::new(account, &self.shelf)).collect())
        })
        .await
    }
}

#[derive(Debug, Default)]
pub(crate) struct ConnectionQuery;

/// Questions about banks and connections.
#[Object]
impl ConnectionQuery {
    /// The banks that can be linked.
    async fn institutions(&self, ctx: &Context<'_>) -> Fallible<Vec<Institution>> {
        Fallible::run(async {
            scope(ctx)?;
            Ok(outside(ctx).institutions().iter().map(Institution::from).collect())
        })
        .await
    }

    /// The household's connections, the oldest first.
    #[graphql(complexity = "10 * child_complexity")]
    async fn connections(&self, ctx: &Context<'_>) -> Fallible<Vec<Connection>> {
        Fallible::run(async {
            let shelf = Shelf::new(db(ctx), scope(ctx)?);
            let all = shelf.connections().await?.to_vec();
            Ok(all.into_iter().map(|connection| Connection { connection, shelf: shelf.clone() }).collect())
        })
        .await
    }
}

/// A wish to link a bank.
#[derive(InputObject)]
pub(crate) struct StartLinkInput {
    /// The bank.
    institution_id: ID,
    /// The page to which the bank sends the person back, on Florin's own site; if it is left out, a page of Florin's that shows state and code.
    redirect_uri: Option<String>,
    /// The connection that is to be renewed, when its bank asks for a new sign-in.
    connection_id: Option<ID>,
}

/// A link that was begun.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct StartedLink {
    /// Where the person goes now.
    authorization_url: String,
    /// What the bank sends back along with the code.
    state: String,
    /// When it is too late to come back.
    expires_at: Timestamp,
}

/// A person came back from their bank.
#[derive(InputObject)]
pub(crate) struct CompleteLinkInput {
    /// As the bank sent it.
    state: String,
    /// As the bank sent it.
    #[graphql(secret)]
    code: String,
}

/// The removal of a connection.
#[derive(InputObject)]
pub(crate) struct RemoveConnectionInput {
    /// The connection.
    id: ID,
    /// Whether its accounts go too, with all their transactions and what the bank ever sent. Otherwise they stay, and a later link to the same bank
    /// finds them again.
    #[graphql(default = false)]
    delete_accounts: bool,
}

#[derive(Debug, Default)]
pub(crate) struct ConnectionMutation;

/// Changes of connections.
#[Object]
impl ConnectionMutation {
    /// Begins to link a bank: answers with the page of the bank where the person allows it (OAuth 2 with PKCE).
    async fn start_link(&self, ctx: &Context<'_>, input: StartLinkInput) -> Fallible<StartedLink> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let institution = input.institution_id.parse();
            let connection =
                input.connection_id.map(|id| owned(&id, scope, "connectionId", "connection")).transpose()?;
            let command = StartLink {
                institution: institution.map_err(|error: domain::id::NotAnId| {
                    service::Error::invalid("institutionId", error.to_string())
                })?,
                redirect_uri: input.redirect_uri,
                connection,
            };
            let started = connection::start_link(db(ctx), outside(ctx), scope, command).await?;
            Ok(StartedLink {
                authorization_url: started.authorization_url,
                state: started.state,
                expires_at: Timestamp::from_ms(started.expires_at_ms),
            })
        })
        .await
    }

    /// Completes a link, and begins to pull. A state is good once, in the household that began the link.
    async fn complete_link(&self, ctx: &Context<'_>, input: CompleteLinkInput) -> Fallible<Connection> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = CompleteLink { state: input.state, code: input.code };
            let connection = connection::complete_link(db(ctx), outside(ctx), scope, command).await?;
            Ok(Connection { connection, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }

    /// Asks the bank now, instead of when it is planned. Answers at once; `connectionUpdated` tells when it is done. A bank that was asked too often
    /// (`RATE_LIMITED`) is not asked before `nextPullAt`.
    async fn refresh_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The connection.")] id: ID,
    ) -> Fallible<Connection> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let connection = connection::refresh(db(ctx), scope, owned(&id, scope, "id", "connection")?).await?;
            Ok(Connection { connection, shelf: Shelf::new(db(ctx), scope) })
        })
        .await
    }

    /// Removes a connection: its tokens are forgotten at once. Answers with its id.
    async fn remove_connection(&self, ctx: &Context<'_>, input: RemoveConnectionInput) -> Fallible<ID> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let id: ConnectionId = owned(&input.id, scope, "id", "connection")?;
            let leave = if input.delete_accounts { Leave::Nothing } else { Leave::Accounts };
            let removed = connection::remove(db(ctx), scope, id, leave).await?;
            Ok(removed.text(scope.household()).into())
        })
        .await
    }
}

/// A connection that was made, changed how it stands, or was removed.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ConnectionUpdate {
    /// Its place. Subscribe `after` it to go on from here.
    cursor: Cursor,
    /// Whether events before this one are no longer kept: load the present state anew.
    is_gap: bool,
    /// The connection's id; null for a gap.
    connection_id: Option<ID>,
    /// The connection as it is now; null when it was removed, and for a gap.
    connection: Option<Connection>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ConnectionSubscription;

/// What clients can hear about connections.
#[Subscription]
impl ConnectionSubscription {
    /// Connections as they are made, pulled, fail and go. With `after`, everything since that event comes first.
    async fn connection_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cursor of the last event that was received.")] after: Option<Cursor>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ConnectionUpdate>> + use<>> {
        let (db, scope) = (db(ctx).clone(), scope(ctx).map_err(|error| from_service(&error))?);
        let all = heard(ctx, after).await?;
        let updates = all.and_then(move |heard| {
            let db = db.clone();
            async move {
                let (cursor, id) = match heard {
                    Heard::Gap(cursor) => {
                        return Ok(Some(ConnectionUpdate {
                            cursor,
                            is_gap: true,
                            connection_id: None,
                            connection: None,
                        }));
                    }
                    Heard::Event(seen) => match seen.event {
                        Event::ConnectionUpdated { connection } => (Cursor(seen.seq), ConnectionId(connection)),
                        _ => return Ok(None),
                    },
                };
                let connection = match connection::get(&db, scope, id).await {
                    Ok(connection) => Some(Connection { connection, shelf: Shelf::new(&db, scope) }),
                    Err(service::Error::NotFound { .. }) => None,
                    Err(error) => return Err(from_service(&error)),
                };
                let connection_id = Some(id.text(scope.household()).into());
                Ok::<_, Error>(Some(ConnectionUpdate { cursor, is_gap: false, connection_id, connection }))
            }
        });
        Ok(updates.filter_map(|update| async move { update.transpose() }))
    }
}
