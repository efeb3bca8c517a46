//! Money through the front door: banks are linked and pulled, people change and sum what came, and everything agrees with what the
//! bank would swear to.

mod bank;
mod consents;
mod faults;
mod ledger;
mod losses;
mod person;
mod pulls;
mod sums;
mod whole_path;
