//! Rows, one file a table. Times are UTC in milliseconds of Unix time, because both databases store and compare
//! such a number alike.

#![expect(clippy::disallowed_methods, reason = "what the row macro generates; nobody queries here")]

pub mod event;
pub mod household;
pub mod installation;
pub mod job;
pub mod membership;
pub mod node;
pub mod session;
pub mod user;
