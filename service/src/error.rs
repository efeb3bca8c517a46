//! What can go wrong in a use case. Each shape has a stable code (`docs/ERRORS.md`), but for the last one,
//! which is between a job and its lease.

use sea_orm::{DbErr, RuntimeErr};

/// The result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of a use case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is wrong: which field, and what it has to be.
    #[error("{field} {reason}")]
    Invalid {
        /// Name of the field, as the client wrote it.
        field: &'static str,
        /// A sentence without its subject: "must not be empty".
        reason: String,
    },
    /// There is no such thing in this household.
    #[error("no such {what}")]
    NotFound {
        /// The noun.
        what: &'static str,
    },
    /// The request contradicts the present state.
    #[error("{reason}")]
    Conflict {
        /// A whole sentence.
        reason: String,
    },
    /// Nobody is signed in, or no longer.
    #[error("sign in first")]
    Unauthenticated,
    /// Mail address and password do not go together. Says no more, on purpose.
    #[error("mail address or password is wrong")]
    WrongCredentials,
    /// Too many attempts.
    #[error("too many attempts, try again in {} s", after.as_secs() + 1)]
    Throttled {
        /// When there is room for the next one.
        after: std::time::Duration,
    },
    /// The caller's role does not allow it.
    #[error("{reason}")]
    Denied {
        /// A whole sentence.
        reason: &'static str,
    },
    /// Try again: the database or another service is overloaded, restarting, or contended.
    #[error("busy: {reason}")]
    Busy {
        /// Which limit was met.
        reason: String,
    },
    /// The connection broke while a commit was on its way: it took effect or it did not. Never repeated by itself; a client
    /// repeats it under the same idempotency key, a job by its fence.
    #[error("the database did not say whether the commit took effect")]
    Unanswered,
    /// A fault of ours. Clients see `INTERNAL` and the id of the request.
    #[error("broken: {reason}")]
    Broken {
        /// For the log.
        reason: String,
    },
    /// The job no longer holds its claim: somebody else does its work now. Never reaches a client.
    #[error("the job's lease is lost")]
    Fenced,
}

/// Every code that a use case can answer with. Stable: clients rely on them.
pub const CODES: [&str; 9] = [
    "INVALID",
    "NOT_FOUND",
    "CONFLICT",
    "UNAUTHENTICATED",
    "WRONG_CREDENTIALS",
    "RATE_LIMITED",
    "FORBIDDEN",
    "BUSY",
    "INTERNAL",
];

impl Error {
    /// A field is wrong.
    pub fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid { field, reason: reason.into() }
    }

    /// A fault of ours.
    pub fn broken(reason: impl Into<String>) -> Self {
        Self::Broken { reason: reason.into() }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "INVALID",
            Self::NotFound { .. } => "NOT_FOUND",
            Self::Conflict { .. } => "CONFLICT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::WrongCredentials => "WRONG_CREDENTIALS",
            Self::Throttled { .. } => "RATE_LIMITED",
            Self::Denied { .. } => "FORBIDDEN",
            Self::Busy { .. } | Self::Unanswered => "BUSY",
            Self::Broken { .. } | Self::Fenced => "INTERNAL",
        }
    }

    /// Whether the same call can succeed later without anybody changing anything.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unanswered | Self::Broken { .. })
    }
}

/// How a database failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Another transaction was in the way: the same unit of work can be tried again at once.
    Contention,
    /// The server is away, restarting, or out of connections.
    Unavailable,
    /// Anything else.
    Other,
}

/// PostgreSQL's codes: <https://www.postgresql.org/docs/15/errcodes-appendix.html>; SQLite's: <https://www.sqlite.org/rescode.html>.
pub(crate) fn fault(error: &DbErr) -> Fault {
    let source = match error {
        DbErr::Conn(RuntimeErr::SqlxError(source))
        | DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source)) => source,
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => return Fault::Unavailable,
        _ => return Fault::Other,
    };
    match source.as_ref() {
        sea_orm::sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            match code.as_ref() {
                // serialization failure, deadlock; SQLITE_BUSY and its extended forms, SQLITE_LOCKED
                "40001" | "40P01" | "5" | "261" | "517" | "773" | "6" | "262" => Fault::Contention,
                // lock timeout, idle in transaction, statement timeout, out of connections, shutting down, starting up
                "55P03" | "25P03" | "57014" | "53300" | "57P01" | "57P02" | "57P03" => Fault::Unavailable,
                // A waiting job of the same unique key, or a running one of the same serial key, appeared meanwhile.
                "23505" if database.constraint().is_some_and(|name| name == "job_unique" || name == "job_serial") => {
                    Fault::Contention
                }
                "2067"
                    if database.message().contains("job.unique_key")
                        || database.message().contains("job.serial_key") =>
                {
                    Fault::Contention
                }
                code if code.starts_with("08") => Fault::Unavailable,
                _ => Fault::Other,
            }
        }
        sea_orm::sqlx::Error::Io(_)
        | sea_orm::sqlx::Error::PoolTimedOut
        | sea_orm::sqlx::Error::PoolClosed
        | sea_orm::sqlx::Error::WorkerCrashed
        | sea_orm::sqlx::Error::Tls(_)
        | sea_orm::sqlx::Error::Protocol(_) => Fault::Unavailable,
        _ => Fault::Other,
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match fault(&error) {
            Fault::Contention => Self::Busy { reason: "the database is contended".into() },
            Fault::Unavailable => Self::Busy { reason: "the database does not answer".into() },
            Fault::Other => Self::broken(describe(&error)),
        }
    }
}

/// The error of a commit: only one that surely had no effect may be tried again.
pub(crate) fn commit_error(error: DbErr) -> Error {
    match fault(&error) {
        Fault::Contention => error.into(),
        Fault::Unavailable => Error::Unanswered,
        Fault::Other => Error::broken(describe(&error)),
    }
}

/// The database's own sentence. It names tables and constraints and never a value: PostgreSQL keeps values in the detail,
/// which is left out here.
fn describe(error: &DbErr) -> String {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(source))
        | DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source)) => match source.as_ref() {
            sea_orm::sqlx::Error::Database(database) => {
                format!("database: {} ({})", database.message(), database.code().unwrap_or_default())
            }
            other => format!("database: {other}"),
        },
        other => format!("database: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_documented_and_no_other_is_used() {
        let documents = include_str!("../../docs/ERRORS.md");
        for code in CODES {
            assert!(documents.contains(&format!("| `{code}` |")), "docs/ERRORS.md says nothing of {code}");
        }
        let reason = String::new;
        let errors = [
            Error::invalid("field", "is wrong"),
            Error::NotFound { what: "account" },
            Error::Conflict { reason: reason() },
            Error::Unauthenticated,
            Error::WrongCredentials,
            Error::Throttled { after: std::time::Duration::ZERO },
            Error::Denied { reason: "no" },
            Error::Busy { reason: reason() },
            Error::Unanswered,
            Error::broken("pipe"),
            Error::Fenced,
        ];
        let used: std::collections::BTreeSet<_> = errors.iter().map(Error::code).collect();
        assert_eq!(used, CODES.into());
    }
}
