//! Everything outside Florin, and nothing of what it means: banks over HTTP, statement files.

pub mod bank;
pub mod file;
