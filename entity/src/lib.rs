//! Rows, one file a table. Times are UTC in milliseconds of Unix time, because both databases store and compare
//! such a number alike.

#![expect(clippy::disallowed_methods, reason = "what the row macro generates; nobody queries here")]

pub mod account;
pub mod archive_page;
pub mod balance;
pub mod budget;
pub mod category;
pub mod connection;
pub mod duplicate_suggestion;
pub mod event;
pub mod exchange_rate;
pub mod holding;
pub mod household;
pub mod household_key;
pub mod household_rate;
pub mod idempotency;
pub mod installation;
pub mod job;
pub mod link;
pub mod listed_row;
pub mod membership;
pub mod merchant;
pub mod merchant_choice;
pub mod merchant_vote;
pub mod monthly_spending;
pub mod node;
pub mod notification;
pub mod rule;
pub mod security;
pub mod session;
pub mod statement;
pub mod statement_booking;
pub mod statement_mapping;
pub mod tag;
pub mod trade;
pub mod transaction;
pub mod transaction_alias;
pub mod transaction_merge;
pub mod transfer;
pub mod transfer_due;
pub mod user;
