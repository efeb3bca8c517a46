//! What the tests stand on: throwaway PostgreSQL and Redis servers, fresh databases, and the built binary as a
//! process that can be frozen and killed. It knows no crate of Florin and leaves nothing behind, however a test ends.
//!
//! A missing server is a failure that says what to install, never a skipped test. Linux only: the tie between the
//! life of a test process and its children is the kernel's (`PR_SET_PDEATHSIG`, through `setpriv`).

mod child;
mod eventually;
mod folder;
pub mod http;
pub mod postgres;
pub mod process;
pub mod redis;
pub mod sql;

pub use eventually::{eventually, within_a_minute};

/// How to get every server the tests need, on the Debian the project is built on.
const INSTALL: &str = "apt-get install postgresql redis-server (or run scripts/servers)";
