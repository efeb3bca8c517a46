//! OAuth 2 at a bank's token endpoint: a code, or a refresh token, for tokens.

use std::{fmt, pin::Pin};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use oauth2::{
    AsyncHttpClient, AuthUrl, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, TokenResponse, TokenUrl,
    basic::{BasicClient, BasicErrorResponse, BasicTokenResponse, BasicTokenType},
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Defect, Failure, Outage, Provider, Secret, SignIn,
    http::{Answer, Http},
};

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// What opens a person's accounts. It is written out whole by serde: whoever stores it seals it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Goes with every request for a resource.
    pub access: Secret,
    /// Gets the next tokens. A bank may replace it with each of them.
    pub refresh: Option<Secret>,
    /// Until when the access token is good, in milliseconds of Unix time. `None`: the bank does not say.
    pub expires_at_ms: Option<i64>,
}

impl Tokens {
    /// Whether the access token should still be good at a moment, as far as the bank said.
    #[must_use]
    pub fn good_at(&self, moment_ms: i64) -> bool {
        self.expires_at_ms.is_none_or(|end_ms| moment_ms < end_ms)
    }
}

/// The secret half of PKCE (RFC 7636): made before a person is sent to the bank, kept (sealed) until they come back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Verifier(Secret);

impl Verifier {
    /// The verifier of 256 bits of chance.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(***)")
    }
}

/// The client that we are to a bank, in the terms of the library.
pub(super) fn client(provider: &Provider) -> Client {
    let client = BasicClient::new(ClientId::new(provider.client_id().to_owned()))
        .set_auth_uri(AuthUrl::from_url(provider.url(&["authorize"])))
        .set_token_uri(TokenUrl::from_url(provider.url(&["token"])));
    match provider.client_secret() {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose().to_owned())),
        None => client,
    }
}

/// Takes the code of a person who came back.
pub(super) async fn exchange(
    http: &Http,
    provider: &Provider,
    redirect_uri: &Url,
    code: &str,
    verifier: &Verifier,
    now_ms: i64,
) -> Result<Tokens, Failure> {
    let client = client(provider).set_redirect_uri(RedirectUrl::from_url(redirect_uri.clone()));
    let answer = client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()))
        .request_async(http)
        .await
        .map_err(failure)?;
    tokens(&answer, None, now_ms)
}

/// Gets the next tokens. A bank that sends no new refresh token means the old one to go on.
pub(super) async fn refresh(
    http: &Http,
    provider: &Provider,
    tokens_before: &Tokens,
    now_ms: i64,
) -> Result<Tokens, Failure> {
    let Some(before) = &tokens_before.refresh else {
        return Err(Failure::SignInNeeded { why: SignIn::NoRefreshToken });
    };
    let answer = client(provider)
        .exchange_refresh_token(&RefreshToken::new(before.expose().to_owned()))
        .request_async(http)
        .await
        .map_err(failure)?;
    tokens(&answer, Some(before), now_ms)
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Failure>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(call(self, request))
    }
}

/// Between the library's requests and ours. Refusals end here, so that the library only sees tokens.
async fn call(http: &Http, request: HttpRequest) -> Result<HttpResponse, Failure> {
    // A code or a token that makes no request cannot have come from this bank.
    let request = request.try_into().map_err(|_| Failure::Malformed { what: Defect::NoToken })?;
    let answer = http.send(request).await?;
    if !answer.status.is_success() {
        return Err(refusal(&answer));
    }
    Ok(HttpResponse::new(answer.body.into()))
}

/// A refusal of the token endpoint (RFC 6749, 5.2).
fn refusal(answer: &Answer) -> Failure {
    #[derive(Deserialize)]
    struct Body {
        error: String,
    }
    /// What may stand in `error`; another text may say anything, and is not repeated.
    const CODES: [&str; 7] = [
        "access_denied",
        "invalid_client",
        "invalid_request",
        "invalid_scope",
        "slow_down",
        "unauthorized_client",
        "unsupported_grant_type",
    ];
    let status = answer.status.as_u16();
    let code = serde_json::from_slice(&answer.body).map_or_else(|_| String::new(), |body: Body| body.error);
    match code.as_str() {
        "invalid_grant" => Failure::SignInNeeded { why: SignIn::GrantEnded },
        "server_error" | "temporarily_unavailable" => Failure::Unavailable { reason: Outage::Status(status) },
        known if CODES.contains(&known) => Failure::Refused { status, code: Some(code) },
        _ => Failure::Refused { status, code: None },
    }
}

/// The library's error, without the answer that it holds.
fn failure(error: RequestTokenError<Failure, BasicErrorResponse>) -> Failure {
    match error {
        RequestTokenError::Request(failure) => failure,
        RequestTokenError::ServerResponse(_) | RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            Failure::Malformed { what: Defect::NoToken }
        }
    }
}

fn tokens(answer: &BasicTokenResponse, refresh_before: Option<&Secret>, now_ms: i64) -> Result<Tokens, Failure> {
    let access = answer.access_token().secret();
    let refresh = answer.refresh_token().map(|token| token.secret().as_str()).filter(|token| !token.is_empty());
    let sendable = |token: &str| token.bytes().all(|byte| byte.is_ascii_graphic());
    let bearer = matches!(answer.token_type(), BasicTokenType::Bearer);
    if !bearer || access.is_empty() || !sendable(access) || !refresh.is_none_or(sendable) {
        return Err(Failure::Malformed { what: Defect::NoToken });
    }
    let life_ms = answer.expires_in().map(|life| i64::try_from(life.as_millis()).unwrap_or(i64::MAX));
    Ok(Tokens {
        access: Secret::new(access),
        refresh: refresh.map(Secret::new).or_else(|| refresh_before.cloned()),
        expires_at_ms: life_ms.map(|life_ms| now_ms.saturating_add(life_ms)),
    })
}
