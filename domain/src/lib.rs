//! Pure decisions about money, time and work. Nothing here reads a clock, a database or the network:
//! every fact is an argument, so every rule is tested without one.

pub mod account;
pub mod budget;
pub mod categorize;
pub mod category;
pub mod currency;
pub mod day;
pub mod drift;
pub mod exchange;
pub mod id;
pub mod identity;
pub mod investment;
pub mod job;
pub mod line;
pub mod merchant;
pub mod money;
pub mod place;
pub mod reconcile;
pub mod rule;
pub mod split;
pub mod transfer;
