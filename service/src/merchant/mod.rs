//! Merchants, as a household knows them: what it calls them and which of them are one (`directory`, said by `edit`, shown by `list`), and
//! which categories it chose for their lines. `domain::categorize` says which lines are alike; here the choices are kept (`choice`), and
//! lines that are there already follow where the person asks for it (`alike`). `review` says what is worth asking about.

mod alike;
mod choice;
mod directory;
mod edit;
mod list;
mod review;

pub use alike::{CategorizeAlike, categorize, count, go_on};
pub use choice::{Choice, forget, list as list_choices};
pub(crate) use choice::{choices, choices_of, remember};
pub use directory::directory;
pub(crate) use directory::{directory_of, load};
pub use edit::{MergeMerchants, UpdateMerchant, merge, separate, update};
pub use list::{Known, Order, Page, Question, get, list};
pub use review::{Confirmation, ITEMS, Item, Queue, confirm, queue};
