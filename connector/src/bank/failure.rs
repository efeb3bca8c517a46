//! What can go wrong between Florin and a bank, by what is done about it.

use std::time::Duration;

/// A call that came to nothing. A variant is a thing that the caller does; none holds a URL, a token or a text of the bank's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A person must sign in at the bank again; nothing else helps. But see [`SignIn::TokenRefused`].
    #[error("the bank asks for a new sign-in: {why}")]
    SignInNeeded {
        /// Which door is closed.
        why: SignIn,
    },
    /// We asked too often: ask again later, and others of this bank too.
    #[error("the bank answers too many requests")]
    RateLimited {
        /// How long the bank asks us to wait, at most a day. `None`: it does not say.
        retry_after: Option<Duration>,
    },
    /// The bank, or the way to it, is out of order: try again.
    #[error("the bank is unavailable: {reason}")]
    Unavailable {
        /// What was seen of it.
        reason: Outage,
    },
    /// The bank answered what nobody can read. Trying again soon brings the same.
    #[error("the bank's answer cannot be read: {what}")]
    Malformed {
        /// What is wrong with it.
        what: Defect,
    },
    /// The bank does not know the cursor (any more): read the feed from its beginning.
    #[error("the bank does not take this cursor")]
    CursorRefused,
    /// The bank understood, and will not. That is a matter between it and who runs Florin.
    #[error("the bank refused with status {status}{}", code.as_deref().map(|code| format!(", {code}")).unwrap_or_default())]
    Refused {
        /// Of the HTTP answer.
        status: u16,
        /// The code of the error, where it looks like one of OAuth's or OBIE's.
        code: Option<String>,
    },
}

/// Which door of a sign-in is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignIn {
    /// The authorization code or the refresh token is not good any more (`invalid_grant`).
    #[error("the grant has ended")]
    GrantEnded,
    /// The access token was refused (401). Refresh it, unless it was just issued.
    #[error("the access token was refused")]
    TokenRefused,
    /// The consent was withdrawn or has ended (403).
    #[error("the consent has ended")]
    ConsentEnded,
    /// The bank gave no refresh token, so there is nothing to refresh with.
    #[error("there is no refresh token")]
    NoRefreshToken,
}

/// What was seen of a bank that is out of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outage {
    /// No connection: no such name, no route, nobody listens, no TLS.
    #[error("no connection")]
    NoConnection,
    /// No connection, or no whole answer, within the time allowed.
    #[error("no answer in time")]
    TimedOut,
    /// The connection ended before the answer did.
    #[error("the answer was cut off")]
    CutOff,
    /// It sent us elsewhere, as to a page about maintenance. Redirects are not followed.
    #[error("it redirects, with status {0}")]
    Redirected(u16),
    /// It reports a trouble of its own.
    #[error("status {0}")]
    Status(u16),
}

/// What is wrong with an answer that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// It is longer than what is accepted, after decompression.
    #[error("it is longer than {limit_bytes} bytes")]
    TooLarge {
        /// What is accepted.
        limit_bytes: usize,
    },
    /// It is no JSON.
    #[error("it is not JSON")]
    NotJson,
    /// It is JSON of another shape.
    #[error("a part of it has another shape")]
    Shape,
    /// There is no `Data` in it.
    #[error("Data is missing")]
    NoData,
    /// A page without a usable `Meta.Cursor`: it is missing, empty or beyond 1024 bytes.
    #[error("Meta.Cursor is missing or out of bounds")]
    NoCursor,
    /// A page without `Meta.HasMore`.
    #[error("Meta.HasMore is missing")]
    NoHasMore,
    /// A page that promises more behind the cursor it was asked for: reading on would never end.
    #[error("Meta.Cursor stands still")]
    CursorStands,
    /// The answer of the token endpoint has no bearer token that can be sent.
    #[error("it holds no usable bearer token")]
    NoToken,
}
