//! Banks over HTTP: signing in with OAuth 2, accounts, balances, and the feed of transactions.
//!
//! [`Bank`] asks, a [`Provider`] says where, [`Tokens`] say for whom. Nothing is kept between two calls, no clock is read and no
//! die is thrown: moments, `state` and the bytes of a [`Verifier`] are arguments. A [`Failure`] has one variant for each thing a
//! caller does about it, and holds nothing that must not be logged.
//!
//! A bank's dialect is one module: its paths, its answers, its refusals. [`obie`] is the first; `http` and `oauth` know none.

mod client;
mod failure;
mod http;
mod oauth;
pub mod obie;
mod provider;
mod row;
mod secret;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use client::Bank;
pub use failure::{Defect, Failure, Outage, SignIn};
pub(crate) use http::Http;
pub use http::{NoClient, Options};
pub use oauth::{Tokens, Verifier};
pub use provider::{BadAddress, Provider};
pub use row::{
    BalanceKind, Currencies, Entries, List, Listed, Page, Problem, Reason, Rejected, SourceAccount, SourceBalance,
};
pub use secret::Secret;
