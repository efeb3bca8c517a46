//! Money through the front door: banks are linked and pulled, people change and sum what came, and everything agrees with what the
//! bank would swear to.

mod bank;
mod ledger;
mod person;
mod sums;
mod whole_path;
