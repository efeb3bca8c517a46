//! End to end, through the public front doors only: the command line, and what the program serves.
//!
//! A scenario runs on both sizes of Florin: the embedded default, and PostgreSQL with Redis.

mod api;
mod command_line;
mod contract;
mod events;
mod floors;
mod house;
mod jobs;
mod money;
mod statement;
