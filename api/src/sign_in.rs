//! Who is asking: a Bearer token, or a cookie that counts.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};
use service::{
    Db,
    identity::{self, Caller},
};

use crate::{
    cookie,
    http::{Authenticate, Code, Credentials, Refusal},
};

/// Looks up who is asking, at every request.
#[derive(Clone, Debug)]
pub(crate) struct SignIn {
    db: Db,
}

impl SignIn {
    /// Over a database.
    #[must_use]
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    async fn by_token(&self, token: &str) -> Result<Option<Caller>, Refusal> {
        identity::authenticate(&self.db, token).await.map_err(|error| {
            tracing::warn!(reason = %error, "who is asking is not known");
            Code::Busy.refuse("try again")
        })
    }

    /// A token that was presented on purpose must be good.
    async fn by_bearer(&self, authorization: &str) -> Result<Option<Caller>, Refusal> {
        let refused = || Code::Unauthenticated.refuse("the token is not good, or no longer");
        let token = authorization
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        self.by_token(token.ok_or_else(refused)?).await?.map(Some).ok_or_else(refused)
    }

    /// A cookie that ran out is no refusal: the browser attaches it to the refresh too.
    async fn by_cookie(&self, headers: &HeaderMap, counts: bool) -> Result<Option<Caller>, Refusal> {
        match cookie::in_headers(headers, cookie::ACCESS) {
            Some(token) if counts => self.by_token(token).await,
            Some(_) => {
                Err(Code::ClientHeaderRequired.refuse("a request with cookies needs the header X-Florin-Client"))
            }
            None => Ok(None),
        }
    }
}

impl Authenticate for SignIn {
    type Caller = Caller;

    async fn by_headers(&self, credentials: Credentials<'_>) -> Result<Option<Caller>, Refusal> {
        match credentials.headers.get(header::AUTHORIZATION) {
            Some(value) => self.by_bearer(value.to_str().unwrap_or_default()).await,
            None => self.by_cookie(credentials.headers, credentials.cookie_counts).await,
        }
    }

    async fn by_init(
        &self,
        payload: &Map<String, Value>,
        credentials: Credentials<'_>,
    ) -> Result<Option<Caller>, Refusal> {
        match payload.get("authorization").or_else(|| payload.get("Authorization")) {
            Some(value) => self.by_bearer(value.as_str().unwrap_or_default()).await,
            None => self.by_headers(credentials).await,
        }
    }

    async fn ended(&self, caller: &Caller) {
        identity::ended(&self.db, caller).await;
    }
}
