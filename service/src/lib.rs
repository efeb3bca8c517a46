//! Use cases, one module a noun, and what they stand on: the unit of work, jobs, events, hints.
//!
//! Every use case is a free function: load, decide (a pure call into `domain`), write, enqueue.

pub mod ambient;
pub mod db;
pub mod error;
pub mod event;
pub mod hint;
pub mod household;
pub mod job;
mod node;
pub mod probe;
pub mod scope;
#[cfg(test)]
mod testing;

pub use ambient::{Ambient, Chance, Clock};
pub use db::{Db, Unit};
pub use error::{Error, Result};
pub use scope::Scope;
