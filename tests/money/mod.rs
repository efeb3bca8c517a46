//! Money through the front door: banks are linked and pulled, people change and sum what came, and everything agrees with what the
//! bank would swear to.

mod bad_input;
mod bank;
mod budgets;
mod bulk;
mod categories;
mod choices;
mod consents;
mod crowd;
mod drift;
mod exchange;
mod faults;
mod isolation;
mod ledger;
mod lists;
mod losses;
mod manual;
mod merchants;
mod merge;
mod person;
mod pulls;
mod refunds;
mod replay;
mod rules;
mod secrets;
mod splits;
mod sums;
mod transfers;
mod whole_path;
