//! Everything outside Florin, and nothing of what it means: banks over HTTP, statement files, exchange rates.

pub mod bank;
pub mod file;
pub mod rate;
