//! Sessions: register, sign in, refresh, sign out, go to another household.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use axum::http::header::SET_COOKIE;
use domain::id::HouseholdId;
use service::{
    Error, Result, Scope,
    identity::{self, Login, Register},
};

use super::{caller, db, person::Me, request};
use crate::{
    cookie::{self, Cookies},
    fallible::Fallible,
    http::Transport,
    scalar::Timestamp,
};

/// What a sign-in or a refresh gives.
#[derive(Clone, SimpleObject)]
pub(crate) struct Session {
    /// Goes with every request: `Authorization: Bearer …`. Null when the tokens are in cookies.
    access_token: Option<String>,
    /// When the access token ends.
    access_token_expires_at: Timestamp,
    /// Gets the next pair of tokens from `refreshSession`. Good once; a repeat within 30 seconds gets the same answer, a later one ends
    /// the session. Null when the tokens are in cookies.
    refresh_token: Option<String>,
    /// When the session ends unless it is refreshed.
    refresh_token_expires_at: Timestamp,
    /// Who signed in.
    me: Me,
}

/// A new person, and their household.
#[derive(InputObject)]
pub(crate) struct RegisterInput {
    /// Mail address.
    email: String,
    /// 10 characters at least, 256 bytes at most.
    #[graphql(secret)]
    password: String,
    /// What they call themselves, and at first their household; at most 100 characters.
    name: String,
    /// Base currency of the household, ISO 4217, such as `EUR`.
    currency: String,
    /// Language tag (BCP 47), such as `de-CH`.
    #[graphql(default = "en")]
    locale: String,
    /// Time zone of the IANA database, such as `Europe/Zurich`.
    #[graphql(default = "UTC")]
    time_zone: String,
    /// Whether the tokens go into `HttpOnly` cookies, for browsers; the request then needs the header `X-Florin-Client`.
    #[graphql(default = false)]
    cookies: bool,
}

/// A sign-in.
#[derive(InputObject)]
pub(crate) struct LoginInput {
    /// Mail address.
    email: String,
    /// Password.
    #[graphql(secret)]
    password: String,
    /// Whether the tokens go into `HttpOnly` cookies, for browsers; the request then needs the header `X-Florin-Client`.
    #[graphql(default = false)]
    cookies: bool,
}

#[derive(Debug, Default)]
pub(crate) struct SessionMutation;

/// Changes of who is signed in.
#[Object]
impl SessionMutation {
    /// Registers a person, founds their household, and signs them in.
    async fn register(&self, ctx: &Context<'_>, input: RegisterInput) -> Fallible<Session> {
        Fallible::run(async {
            let way = Way::wanted(ctx, input.cookies)?;
            let command = Register {
                mail_address: input.email,
                password: input.password,
                name: input.name,
                locale: input.locale,
                time_zone: input.time_zone,
                currency: input.currency,
            };
            let session = identity::register(db(ctx), command, request(ctx).client.0).await?;
            answer(ctx, session, way).await
        })
        .await
    }

    /// Signs a person in. A wrong password and an unknown mail address get the same answer.
    async fn login(&self, ctx: &Context<'_>, input: LoginInput) -> Fallible<Session> {
        Fallible::run(async {
            let way = Way::wanted(ctx, input.cookies)?;
            let command = Login { mail_address: input.email, password: input.password };
            let session = identity::login(db(ctx), command, request(ctx).client.0).await?;
            answer(ctx, session, way).await
        })
        .await
    }

    /// The next pair of tokens. Without `refreshToken` the one in the cookie is taken, and the next ones go into cookies too.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(secret, desc = "The refresh token; left out by browsers that keep it in a cookie.")]
        refresh_token: Option<String>,
    ) -> Fallible<Session> {
        Fallible::run(async {
            let (token, way) = match refresh_token {
                Some(token) => (token, Way::Payload),
                None => (refresh_cookie(ctx).ok_or(Error::Unauthenticated)?, Way::Cookies),
            };
            let session = identity::refresh(db(ctx), &token).await?;
            answer(ctx, session, way).await
        })
        .await
    }

    /// Signs the caller out, in every process at once, and clears the cookies. True when it is done.
    async fn logout(&self, ctx: &Context<'_>) -> Fallible<bool> {
        Fallible::run(async {
            match (caller(ctx), refresh_cookie(ctx)) {
                (Ok(caller), _) => identity::logout(db(ctx), &caller).await?,
                // The access token has run out; the refresh token still says which session it is.
                (Err(_), Some(token)) => identity::logout_by_refresh_token(db(ctx), &token).await?,
                (Err(error), None) => return Err(error),
            }
            if request(ctx).transport == Transport::Http {
                append(ctx, cookies(ctx).clear());
            }
            Ok(true)
        })
        .await
    }

    /// Gives a token for another household of the caller. The session goes on in it; tokens for the first stay good until they end.
    async fn switch_household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The household, from `me.households`.")] id: ID,
    ) -> Fallible<Session> {
        Fallible::run(async {
            let caller = caller(ctx)?;
            // What is no id of a household is no household of the caller.
            let household: HouseholdId = id.parse().map_err(|_| Error::NotFound { what: "household" })?;
            let way = if refresh_cookie(ctx).is_some() { Way::Cookies } else { Way::Payload };
            let session = identity::switch_household(db(ctx), &caller, household).await?;
            answer(ctx, session, way).await
        })
        .await
    }
}

/// How tokens reach the client.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Payload,
    Cookies,
}

impl Way {
    /// Cookies are set for those only who prove that no other site's page sent them.
    fn wanted(ctx: &Context<'_>, cookies: bool) -> Result<Self> {
        match (cookies, request(ctx).intent) {
            (false, _) => Ok(Self::Payload),
            (true, true) if request(ctx).transport == Transport::Http => Ok(Self::Cookies),
            (true, _) => Err(Error::invalid("cookies", "need a request over HTTP with the header X-Florin-Client")),
        }
    }
}

async fn answer(ctx: &Context<'_>, session: identity::Session, way: Way) -> Result<Session> {
    let identity::Session { caller, tokens } = session;
    let profile = identity::profile(db(ctx), &caller).await?;
    let scope: Scope = caller.scope;
    if way == Way::Cookies {
        append(ctx, cookies(ctx).set(&tokens, db(ctx).now_ms()));
    }
    let shown = |token: String| (way == Way::Payload).then_some(token);
    Ok(Session {
        access_token_expires_at: Timestamp::from_ms(tokens.access_until_ms),
        refresh_token_expires_at: Timestamp::from_ms(tokens.refresh_until_ms),
        access_token: shown(tokens.access),
        refresh_token: shown(tokens.refresh),
        me: Me::new(profile, scope.household()),
    })
}

fn cookies(ctx: &Context<'_>) -> Cookies {
    *ctx.data_unchecked::<Cookies>()
}

fn append(ctx: &Context<'_>, headers: [String; 2]) {
    for header in headers {
        ctx.append_http_header(SET_COOKIE, header);
    }
}

fn refresh_cookie(ctx: &Context<'_>) -> Option<String> {
    request(ctx).cookies.iter().find_map(|line| cookie::in_line(line, cookie::REFRESH)).map(str::to_owned)
}
