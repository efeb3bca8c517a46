//! Use cases, one module a noun, and what they stand on: the unit of work, jobs, events, hints.
//!
//! Every use case is a free function: load, decide (a pure call into `domain`), write, enqueue.

pub mod account;
pub mod ambient;
pub mod archive;
pub mod bench;
pub mod budget;
pub mod category;
pub mod connection;
pub mod crowd;
pub mod db;
pub mod drift;
pub mod duplicate;
pub mod error;
pub mod event;
pub mod exchange;
pub mod hint;
pub mod household;
mod idempotency;
pub mod identity;
pub mod installation;
pub mod investment;
pub mod job;
mod key;
mod ledger;
mod memory;
pub mod merchant;
mod node;
pub mod notification;
pub mod outside;
mod period;
pub mod probe;
pub mod refund;
pub mod replay;
pub mod rule;
pub mod scope;
mod seal;
pub mod spending;
pub mod statement;
pub mod tag;
#[cfg(test)]
mod testing;
pub mod transaction;
pub mod transfer;
pub mod verify;
pub mod worth;

pub use ambient::{Ambient, Chance, Clock};
pub use db::{Db, Unit};
pub use error::{Error, Result};
pub use key::Keys;
pub use scope::Scope;
